"""The part of the mock that connects Lambda functions to streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .stream import find_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import timedelta

    from .._lambda.mapping import EventSourceMapping
    from .._service import Service
    from .stream import Stream


class Mappings:
    """What `StreamsMock` can do with Lambda functions."""

    _service: Service

    def event_source_mapping(  # noqa: PLR0913 - Lambda's settings
        self,
        stream: Stream | str,
        handler: Callable[[Any, Any], Any],
        *,
        starting_position: str,
        batch_size: int = 100,
        maximum_batching_window_in_seconds: int = 0,
        parallelization_factor: int = 1,
        maximum_retry_attempts: int = -1,
        maximum_record_age_in_seconds: int = -1,
        bisect_batch_on_function_error: bool = False,
        tumbling_window_in_seconds: int = 0,
        function_response_types: Iterable[str] = (),
        filter_criteria: Any = None,
        enabled: bool = True,
        on_failure: Callable[[dict[str, Any]], object] | list[dict[str, Any]] | None = None,
        duplicate: float = 0,
        lag: timedelta | float = 0,
    ) -> EventSourceMapping:
        """Have a Lambda function's handler get the records of a stream, under the rules of event source mappings.

        Args:
            stream: the stream: itself, its table's name or its ARN.
            handler: what is called as ``handler(event, context)``, in the thread that polls.
            starting_position: TRIM_HORIZON or LATEST.
            batch_size: how many records an event has at most, 1 to 10000.
            maximum_batching_window_in_seconds: how long it waits for a batch to be full, 0 to 300.
            parallelization_factor: how many batches of one shard may be under way at once, 1 to 10.
            maximum_retry_attempts: how often a failed batch is tried again, 0 to 10000; -1: until its records expire.
            maximum_record_age_in_seconds: how old a record may be and still be delivered, 60 to 604800; -1: any.
            bisect_batch_on_function_error: whether a failed batch is split in two.
            tumbling_window_in_seconds: how long tumbling windows are, up to 900; 0: there are none.
            function_response_types: ``["ReportBatchItemFailures"]``, or nothing.
            filter_criteria: filter patterns, or what the API calls FilterCriteria.
            enabled: whether it delivers before it is enabled.
            on_failure: gets a record of each batch that is given up: something to call, or a list to append to.
            duplicate: how large a share of the delivered batches is delivered once more, 0 to 1; the seed draws.
            lag: how long after now a mapping from LATEST really begins: what is written until then is missed.

        Raises:
            InvalidOption: a setting is not one that Lambda takes; the text says Lambda's limits.
            UnknownStream: there is no such stream.
        """
        from .._lambda.mapping import EventSourceMapping

        settings = EventSourceMapping(
            starting_position=starting_position,
            batch_size=batch_size,
            maximum_batching_window_in_seconds=maximum_batching_window_in_seconds,
            parallelization_factor=parallelization_factor,
            maximum_retry_attempts=maximum_retry_attempts,
            maximum_record_age_in_seconds=maximum_record_age_in_seconds,
            bisect_batch_on_function_error=bisect_batch_on_function_error,
            tumbling_window_in_seconds=tumbling_window_in_seconds,
            function_response_types=function_response_types,
            filter_criteria=filter_criteria,
            enabled=enabled,
        )
        return settings.connect(
            find_stream(self._service, stream), handler, on_failure=on_failure, duplicate=duplicate, lag=lag
        )
