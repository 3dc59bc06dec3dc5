"""The Lambda functions of a mock: handlers by the name or the ARN of a function."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

from .._checks import check_function
from .._exceptions import InvalidOption, short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .._service import Service

#: A name, or an ARN, each of which may end with a version or an alias. D, API model.
_NAME_OR_ARN = re.compile(
    r"(?:arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:)?[A-Za-z0-9_-]{1,64}(?::[$A-Za-z0-9_-]+)?"
)


class LambdaFunctions(MutableMapping[str, "Callable[[Any, Any], Any]"]):
    """The handlers that mappings of another mock's Lambda call: ``lambda_functions["projector"] = handler``.

    A key is the name or the ARN of a function, without a version or an alias, or with one for this one alone. A mapping
    that moto's ``create_event_source_mapping`` has made, or makes later, calls the handler of its function.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    def __getitem__(self, name: str) -> Callable[[Any, Any], Any]:
        handler: Callable[[Any, Any], Any] = self._service.lambda_functions[name]
        return handler

    def __setitem__(self, name: str, handler: Callable[[Any, Any], Any]) -> None:
        """Register a handler, also for mappings that are there already.

        Raises:
            InvalidOption: the key is no name or ARN of a function, or the handler is no function that Lambda could run.
        """
        key: object = name
        if not (isinstance(key, str) and _NAME_OR_ARN.fullmatch(key)):
            raise InvalidOption(f"{short(name)} is not the name or the ARN of a Lambda function, such as 'projector'")
        check_function("handler", handler, "a function of (event, context)", arguments=2)
        self._service.lambda_functions[name] = handler
        if self._service.tables is not None:
            self._service.tables.connect_functions()

    def __delitem__(self, name: str) -> None:
        """Forget a handler; mappings that are connected keep it."""
        del self._service.lambda_functions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._service.lambda_functions)

    def __len__(self) -> int:
        return len(self._service.lambda_functions)

    def __repr__(self) -> str:
        return f"<LambdaFunctions {sorted(self)}>"
