"""The parameters of a template: values that were given, defaults, and names that the template does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..._exceptions import InvalidOption, short
from .stack import members

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

#: The names that Ref has in every template. D.
PSEUDO_PARAMETERS: Final = frozenset(
    f"AWS::{name}"
    for name in ("AccountId", "NotificationARNs", "Partition", "Region", "StackId", "StackName", "URLSuffix")
)
#: The default of such a parameter is the name of a value in Systems Manager. D.
_IN_SYSTEMS_MANAGER: Final = "AWS::SSM::Parameter::Value<"


class Parameters:
    """The values that are known before deployment, by name.

    Args:
        declared: the section Parameters of the template.
        given: values by name; of parameters, of pseudo parameters, and of other names that the template refers to.

    Raises:
        InvalidOption: the template does not allow a value.
    """

    def __init__(self, declared: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        self._declared = declared
        self._given = given
        #: Names that were looked up.
        self._asked: set[str] = set()
        for name, value in given.items():
            _check_allowed(name, value, members(declared.get(name)).get("AllowedValues"))

    def refuse_unknown(self, references: Collection[str]) -> None:
        """Raise if a value was given for a name that the template does not have.

        Args:
            references: names that the template refers to, beside those that were looked up.

        Raises:
            InvalidOption: it was.
        """
        known = {*self._declared, *PSEUDO_PARAMETERS, *references, *self._asked}
        for name in self._given:
            if name not in known:
                listed = _listed(self._declared or sorted(references))
                raise InvalidOption(f"unknown parameter {short(name)}; the template has: {listed}")

    def __contains__(self, name: str) -> bool:
        self._asked.add(name)
        return name in self._given or self._default(name) is not None

    def __getitem__(self, name: str) -> Any:
        value = self._given[name] if name in self._given else self._default(name)
        is_list = "List" in self._type(name)
        return [part.strip() for part in value.split(",")] if is_list and isinstance(value, str) else value

    def _type(self, name: str) -> str:
        return str(members(self._declared.get(name)).get("Type"))

    def _default(self, name: str) -> Any:
        is_looked_up = self._type(name).startswith(_IN_SYSTEMS_MANAGER)
        return None if is_looked_up else members(self._declared.get(name)).get("Default")


def _check_allowed(name: str, value: Any, allowed: Any) -> None:
    if isinstance(allowed, list) and str(value) not in map(str, allowed):
        raise InvalidOption(
            f"parameters={{{name!r}: {short(value)}}} does not fit; the template allows: {_listed(allowed)}"
        )


def _listed(values: Iterable[Any]) -> str:
    return ", ".join(map(str, values)) or "none"
