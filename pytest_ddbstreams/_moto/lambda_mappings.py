"""Event source mappings of moto's Lambda whose function has a handler here.

Such a mapping follows the rules of this package, runs in ``drain()``, and needs no Docker. moto keeps its own object of
it, which its API describes, and invokes nothing. A mapping without a handler is left to moto, and the report says so.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from .._api.stream import find_stream
from .._exceptions import InvalidOption, UnknownStream
from .._lambda.function import Configuration
from .._lambda.mapping import EventSourceMapping
from .._lambda.templates.deployed import function_name, settings_of
from .._service import OPEN
from .destinations import destination_of
from .methods import Patch, Patches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .._api.stream import Stream
    from .._service import Service

MODULE = "moto.awslambda.models"


def connect_functions(service: Service) -> None:
    """Connect the mappings of moto that are not connected, and whose function has a handler in a mock."""
    models = sys.modules.get(MODULE)
    backends = [] if models is None else [one for each in models.lambda_backends.values() for one in each.values()]
    for backend in backends:
        for made in tuple(backend._event_source_mappings.values()):  # noqa: SLF001 - moto has no public way to all
            if made.uuid not in service.deployed_mappings:
                _connect(service, backend, made)


def _connect(service: Service, backend: Any, made: Any) -> None:
    """Connect one mapping of moto, if it reads a stream of the mock and its function has a handler."""
    stream = _stream_of(service, made.event_source_arn)
    if stream is None:
        return
    handler = _handler_of(service, made)
    if handler is None:
        _note_missing(service, made, stream.table_name)
        return
    service.notes.pop(made.uuid, None)
    mapping = EventSourceMapping(**settings_of(made.get_configuration(), "the mapping"))
    mapping._set("_configuration", _configuration_of(backend, made))  # noqa: SLF001 - as a template gives it
    on_failure = destination_of(made.destination_config, made.function_arn)
    service.deployed_mappings[made.uuid] = mapping.connect(stream, handler, on_failure=on_failure)
    _table_of(stream).lambda_event_source_mappings.pop(made.function_arn, None)


def _note_missing(service: Service, made: Any, table_name: str) -> None:
    service.notes[made.uuid] = (
        f"{made.function_arn} reads {table_name}: moto runs it, because it has no handler here. "
        f"Register one: ddbstreams_mock.lambda_functions[{function_name(made.function_arn)!r}] = handler"
    )


def _stream_of(service: Service, arn: str) -> Stream | None:
    """Return the stream that a mapping reads, or None if it reads no stream of DynamoDB that the mock has.

    A mapping that is older than the mock has the ARN of moto's stream; the mock's stream of the table stands for it.
    """
    if arn.split(":")[2] != "dynamodb":
        return None
    with suppress(UnknownStream):
        return find_stream(service, arn)
    _, _, _, region, account, place, *_ = arn.split(":")
    with service.lock:
        newest = service.registry.newest(place.split("/")[1], region, account)
    return None if newest is None else find_stream(service, newest.name.arn)


def _handler_of(service: Service, made: Any) -> Callable[[Any, Any], Any] | None:
    """Return the handler of a mapping's function: by its ARN and its name, with and without its version or alias."""
    arn = made.function_arn
    name, unqualified = function_name(arn), ":".join(arn.split(":")[:7])
    qualifier = arn[len(unqualified) :]
    known = service.lambda_functions
    return next((known[key] for key in (arn, name + qualifier, unqualified, name) if key in known), None)


def _configuration_of(backend: Any, made: Any) -> Configuration:
    function = backend.get_function(made.function_arn)
    return Configuration(
        timeout=int(function.timeout), memory_size=int(function.memory_size), name=function.function_name
    )


def _table_of(stream: Stream) -> Any:
    from moto.dynamodb.models import dynamodb_backends

    account, region = stream.arn.split(":")[4], stream.arn.split(":")[3]
    return dynamodb_backends[account][region].tables[stream.table_name]


def _deployed(uuid: str) -> list[tuple[Service, EventSourceMapping]]:
    """Return the open mocks that have a mapping of moto's, with the mapping."""
    return [(service, service.deployed_mappings[uuid]) for service in OPEN if uuid in service.deployed_mappings]


def _change(service: Service, mapping: EventSourceMapping, backend: Any, made: Any, spec: Mapping[str, Any]) -> None:
    """Change a mapping as moto's was changed; one whose new function has no handler is disabled and forgotten."""
    changes = settings_of(spec, "the mapping")
    del changes["starting_position"]
    if "FunctionName" in spec:
        changes["handler"] = _handler_of(service, made)
        if changes["handler"] is None:
            mapping.disable()
            del service.deployed_mappings[made.uuid]
            _note_missing(service, made, made.event_source_arn.split("/")[1])
            return
        changes["timeout"] = _configuration_of(backend, made).timeout
    mapping.update(on_failure=destination_of(made.destination_config, made.function_arn), **changes)


# The replacements. Each does what is said here, beside what the method does.


def _create(create: Callable[..., Any]) -> Any:
    """Refuse what Lambda refuses, and connect the new mapping."""

    def replacement(self: Any, spec: dict[str, Any]) -> Any:
        if str(spec.get("EventSourceArn")).startswith("arn:") and ":dynamodb:" in spec["EventSourceArn"]:
            _check(spec)
        made = create(self, spec)
        for service in OPEN[-1:]:
            _connect(service, self, made)
        return made

    return replacement


def _update(update: Callable[..., Any]) -> Any:
    """Refuse what Lambda refuses, and change the mapping here, too."""

    def replacement(self: Any, uuid: str, spec: dict[str, Any]) -> Any:
        mappings = _deployed(uuid)
        if mappings:
            _check({**self.get_event_source_mapping(uuid).get_configuration(), **spec})
        made = update(self, uuid, spec)
        for service, mapping in mappings:
            _change(service, mapping, self, made, spec)
        return made

    return replacement


def _delete(delete: Callable[..., Any]) -> Any:
    """Disable the mapping here; the report keeps its history."""

    def replacement(self: Any, uuid: str) -> Any:
        for _, mapping in _deployed(uuid):
            mapping.disable()
        for service in OPEN:
            service.notes.pop(uuid, None)
        return delete(self, uuid)

    return replacement


def _check(properties: Mapping[str, Any]) -> None:
    with _refusing():
        EventSourceMapping(**settings_of(properties, "the mapping"))


@contextmanager
def _refusing() -> Iterator[None]:
    """Raise a refusal in moto's class for Lambda's, which moto turns into an answer."""
    from moto.awslambda.exceptions import InvalidParameterValueException

    try:
        yield
    except InvalidOption as refusal:
        raise InvalidParameterValueException(str(refusal)) from None


PATCHES = Patches(
    (
        Patch(MODULE, "LambdaBackend", "create_event_source_mapping", ("self", "spec"), _create),
        Patch(MODULE, "LambdaBackend", "update_event_source_mapping", ("self", "uuid", "spec"), _update),
        Patch(MODULE, "LambdaBackend", "delete_event_source_mapping", ("self", "uuid"), _delete),
    )
)
