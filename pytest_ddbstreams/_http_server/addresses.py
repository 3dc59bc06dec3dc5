"""Which addresses are this machine's alone, and how a URL spells them."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

_NAME = "localhost"


def is_loopback(host: str) -> bool:
    """Whether a host's name or address leads to this machine and no other."""
    address = _address(host)
    return host == _NAME or host.endswith(f".{_NAME}") if address is None else address.is_loopback


def url_of(host: str, port: int) -> str:
    """The URL at which this machine reaches a server that listens there."""
    address = _address(host)
    if address is not None and address.is_unspecified:
        host = "::1" if address.version == 6 else "127.0.0.1"  # noqa: PLR2004 - of the Internet Protocol
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def host_of(header: str) -> str:
    """The host that a Host header names; empty where it makes no sense."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
