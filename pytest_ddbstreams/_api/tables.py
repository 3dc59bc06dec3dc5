"""The part of the mock that reaches into the tables which feed its streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._exceptions import StreamStateError

if TYPE_CHECKING:
    from .._service import Service


class TableLevers:
    """What `StreamsMock` can do to tables."""

    _service: Service

    def expire_items(self) -> int:
        """Delete what Time To Live would delete by now from every table that has it enabled.

        The service takes hours or days for it; here it happens at once, and only when asked for. The streams of the
        tables get REMOVE records that name the service in their ``userIdentity``.

        Returns:
            How many items were deleted.

        Raises:
            StreamStateError: there are no tables; streams alone have no Time To Live.
        """
        tables = self._service.tables
        if tables is None:
            raise StreamStateError(
                "expire_items() needs tables, and there are none: pip install 'pytest-ddbstreams[moto]', and make them "
                "under moto's mock_aws. For a stream without a table: stream.remove(key, by_ttl=True)"
            )
        return tables.expire_items()
