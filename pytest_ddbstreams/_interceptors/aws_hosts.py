"""Which hosts are AWS's: the DNS suffixes of all partitions, as botocore's ``partitions.json`` has them."""

from __future__ import annotations

#: Compared with the newest botocore installed by a test.
AWS_SUFFIXES = (
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".api.aws",
    ".api.amazonwebservices.com.cn",
    ".api.amazonwebservices.eu",
    ".c2s.ic.gov",
    ".api.aws.ic.gov",
    ".sc2s.sgov.gov",
    ".api.aws.scloud",
    ".cloud.adc-e.uk",
    ".api.cloud-aws.adc-e.uk",
    ".csp.hci.ic.gov",
    ".api.aws.hci.ic.gov",
)


def is_aws(host: str) -> bool:
    """Whether a request to this host would leave for AWS."""
    return host.endswith(AWS_SUFFIXES)
