"""The options of a mock, each declared once: name, type, default, accepted values, help.

`mock_streams`, the marker, the ini keys and the command line are made from `OPTIONS`. Pytest imports this module at
the start of every run, so it imports little.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._exceptions import InvalidOption, refuse_unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from typing import TypedDict, overload

    from typing_extensions import Self, Unpack

    class OptionArguments(TypedDict, total=False):
        """The options as keyword arguments; a test compares it with `Options`."""

        region: str
        account_id: str
        freeze: datetime | str | None
        seed: int
        mock_credentials: bool
        block_network: bool
        strict: bool
        auto_rotate: bool
        enforce_rates: bool
        instant_retries: bool


Value = TypeVar("Value")

#: The texts of an ini file that mean True and False, as for pytest's own flags.
_TRUTHS = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(("false", "no", "off", "0"), False)


def _is_region(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[a-z]{2,}(-[a-z0-9]+)+-[0-9]+", value) is not None


def _is_account(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9]{12}", value) is not None


def _is_integer(value: object) -> bool:
    return type(value) is int


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_instant_or_none(value: object) -> bool:
    if value is None:
        return True
    from ._clock import instant_of

    try:
        instant_of(value)
    except InvalidOption:
        return False
    return True


class Option(Generic[Value]):
    """The declaration of one option: an attribute of the class `Options`.

    Attributes:
        name: the name of the attribute.
        default: the value where nothing else is given.
        help: what the option does, in one sentence without a full stop.
        accepts: the accepted values, for error texts.
        fits: whether a value is accepted.
        on_command_line: whether ``python -m pytest_ddbstreams serve`` has a flag for it. Options that concern the
            clients of this process have none.
        metavar: names the value in the help of the command line.
    """

    name: str

    def __init__(  # noqa: PLR0913 - all that is declared of an option
        self,
        default: Value,
        help: str,  # noqa: A002 - as argparse calls it
        *,
        accepts: str = "True or False",
        fits: Callable[[object], bool] = _is_flag,
        on_command_line: bool = True,
        metavar: str | None = None,
    ) -> None:
        self.default = default
        self.help = help
        self.accepts = accepts
        self.fits = fits
        self.on_command_line = on_command_line
        self.metavar = metavar

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    if TYPE_CHECKING:  # At run time, the class has the declaration, and each instance the value in its `__dict__`.

        @overload
        def __get__(self, instance: None, owner: type) -> Self: ...
        @overload
        def __get__(self, instance: object, owner: type) -> Value: ...
        def __get__(self, instance: object, owner: type) -> Self | Value: ...

    @property
    def is_flag(self) -> bool:
        """Whether the option takes True or False."""
        return isinstance(self.default, bool)

    @property
    def ini_key(self) -> str:
        """The name of the option in an ini file."""
        return f"ddbstreams_{self.name}"

    @property
    def ini_help(self) -> str:
        """The help of the ini key, with the default."""
        default = "" if self.default is None else f" ({_ini_text(self.default)})"
        return f"DynamoDB Streams mock: {self.help}{default}"

    def read(self, text: str) -> Any:
        """Return the value that a text of an ini file means; a text that means none is returned as it is."""
        if self.is_flag:
            return _TRUTHS.get(text.lower(), text)
        return int(text) if isinstance(self.default, int) and re.fullmatch(r"-?[0-9]+", text) else text


class Options:
    """The options of one mock, which cannot be changed; `mock_streams` says what each of them does.

    Args:
        given: values by name. The default holds for the others.

    Raises:
        InvalidOption: a name is unknown, or a value does not fit.
    """

    # No dataclass: making its methods takes a third of the time that a pytest run spends on importing this plugin.
    region: Option[str] = Option(
        "us-east-1",
        "region in which streams are created, and AWS_DEFAULT_REGION if none is set",
        accepts="the name of an AWS region, 'eu-west-1'",
        fits=_is_region,
    )
    account_id: Option[str] = Option(
        "123456789012",
        "account that owns the streams",
        accepts="12 digits as text, '123456789012'",
        fits=_is_account,
    )
    freeze: Option[datetime | str | None] = Option(
        None,
        "instant at which the process clock is frozen while the mock is open",
        accepts="a datetime or ISO 8601 text, '2026-01-01T00:00:00Z'",
        fits=_is_instant_or_none,
        metavar="INSTANT",
    )
    seed: Option[int] = Option(
        0,
        "number that all random choices follow from, such as ids and the placement of items",
        accepts="an integer",
        fits=_is_integer,
    )
    mock_credentials: Option[bool] = Option(
        True,
        "set dummy AWS credentials in the environment while the mock is open, and sign requests with them",
        on_command_line=False,
    )
    block_network: Option[bool] = Option(
        True,
        "refuse calls of other AWS services that no mock answers and that would reach AWS",
        on_command_line=False,
    )
    strict: Option[bool] = Option(
        True,
        "report an error at the end if a fault triggered less often than its times, or if nothing answered a call",
    )
    auto_rotate: Option[bool] = Option(
        False, "close a shard that is four hours old and continue it with a new one, as the service does"
    )
    enforce_rates: Option[bool] = Option(False, "refuse calls above the documented rates, by the clock of the mock")
    instant_retries: Option[bool] = Option(
        False, "let botocore's clients retry at once, also while the clock is not frozen", on_command_line=False
    )

    def __init__(self, **given: Unpack[OptionArguments]) -> None:
        refuse_unknown("option", given, [option.name for option in OPTIONS])
        for option in OPTIONS:
            vars(self)[option.name] = _checked(option, given.get(option.name, option.default))

    def replace(self, given: Mapping[str, Any]) -> Options:
        """Return these options with other values for the given ones, which are checked as always."""
        return Options(**{**vars(self), **given})

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(
            f"{name}: the options of a mock cannot be changed; open another mock with {name}={value!r}"
        )

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if isinstance(other, Options) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(vars(self).values()))

    def __repr__(self) -> str:
        return f"Options({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


OPTIONS: tuple[Option[Any], ...] = tuple(each for each in vars(Options).values() if isinstance(each, Option))


def _checked(option: Option[Any], value: object) -> object:
    """Return the value if it fits, else raise InvalidOption."""
    if option.fits(value):
        return value
    # Imported here: this module is imported at the start of every run of pytest.
    from ._checks import misfit

    raise misfit(option.name, value, option.accepts)


#: The values of the ini file, for as long as pytest runs; empty otherwise.
INI: dict[str, Any] = {}


def replace_ini(values: Mapping[str, Any]) -> Callable[[], None]:
    """Replace the values of the ini file, and return a function that restores the old ones."""
    before = INI.copy()

    def replace(new: Mapping[str, Any]) -> None:
        INI.clear()
        INI.update(new)

    replace(values)
    return lambda: replace(before)


def make_options(given: Mapping[str, Any]) -> Options:
    """Return the options in force: the given ones, then those of the ini file, then the defaults.

    Raises:
        InvalidOption: a name is unknown, or a value does not fit.
    """
    return Options(**{**INI, **given})


def how_to_set(name: str, value: object) -> str:
    """Return the ways to set an option, for the texts of errors."""
    ini = f"ddbstreams_{name} = {_ini_text(value)} (ini)"
    return f"{name}={value!r} (mock_streams, @pytest.mark.ddbstreams) or {ini}"


def _ini_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
