"""The part of the mock that connects streams to Lambda functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .stream import find_stream

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from typing_extensions import Unpack

    from .._lambda.mapping import EventSourceMapping
    from .._lambda.settings import SettingArguments
    from .._service import Service
    from .stream import Stream


class Mappings:
    """The method of `StreamsMock` that makes event source mappings."""

    _service: Service

    def event_source_mapping(
        self,
        stream: Stream | str,
        handler: Callable[[Any, Any], Any],
        *,
        on_failure: Callable[[dict[str, Any]], object] | list[dict[str, Any]] | None = None,
        duplicate: float = 0,
        lag: timedelta | float = 0,
        **settings: Unpack[SettingArguments],
    ) -> EventSourceMapping:
        """Return a mapping that delivers the records of a stream to the handler of a Lambda function.

        Args:
            stream: the stream: a `Stream`, its table's name or its ARN.
            handler: function that is called as ``handler(event, context)``, in the thread that polls.
            on_failure: gets the on-failure record of each batch that is given up: a callable, or a list to append to.
            duplicate: share of the delivered batches that is delivered once more, 0 to 1; the seed draws them.
            lag: how long after now a mapping from LATEST starts to read; it misses earlier records.
            settings: ``starting_position``, TRIM_HORIZON or LATEST, and the other settings of `EventSourceMapping`.

        Raises:
            InvalidOption: Lambda does not accept a setting; the text names Lambda's limits.
            UnknownStream: the stream does not exist.
        """
        from .._lambda.mapping import EventSourceMapping

        mapping = EventSourceMapping(**settings)
        found = find_stream(self._service, stream)
        return mapping.connect(found, handler, on_failure=on_failure, duplicate=duplicate, lag=lag)
