"""What all tests share."""

# Loaded before any test: pytester restores the loaded modules after each inner run, and a botocore that is loaded
# afresh in every one of them would cost most of the time.
import boto3  # noqa: F401

pytest_plugins = ["pytester"]
