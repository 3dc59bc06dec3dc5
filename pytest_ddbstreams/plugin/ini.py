"""What the ini file says, read where it says something."""

from __future__ import annotations

import re
from typing import Any

import pytest

#: What an ini file may say for True and False, as pytest's own flags do.
_TRUTHS = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(("false", "no", "off", "0"), False)


def take_over(given: dict[str, str], config: pytest.Config) -> None:
    """Make what the ini file says the default of every mock, for as long as pytest runs."""
    from .. import _options
    from .._exceptions import InvalidOption

    undo = _options.replace_ini({name: _ini_value(name, text, _options.FLAGS) for name, text in given.items()})
    config.add_cleanup(undo)
    try:
        _options.make_options({})
    except InvalidOption as error:
        raise pytest.UsageError(f"in the ini file: ddbstreams_{error}") from None


def _ini_value(name: str, text: str, flags: tuple[str, ...]) -> Any:
    """What a text means; one that means nothing stays what it is, and does not fit."""
    if name in flags:
        return _TRUTHS.get(text.lower(), text)
    return int(text) if name == "seed" and re.fullmatch(r"-?[0-9]+", text) else text
