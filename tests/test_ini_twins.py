"""The ini file knows every option, though pytest's start does not load them."""

from __future__ import annotations

from pytest_ddbstreams import _options, plugin


def test_every_option_has_an_ini_twin() -> None:
    assert tuple(plugin._HELP) == _options.NAMES
