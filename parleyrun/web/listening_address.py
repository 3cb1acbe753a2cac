"""The address that is listened on, as people write it into a browser."""

from __future__ import annotations

import ipaddress
import socket

_NEAR = {4: "127.0.0.1", 6: "::1"}
# Addresses that are kept for documentation: the way there is the way out, and nothing is ever sent.
_OUTSIDE = {4: "192.0.2.1", 6: "2001:db8::1"}
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}


def is_every_address(host: str) -> bool:
    """Return whether this is `0.0.0.0` or `::`, which means every address, and is none that opens."""
    return ipaddress.ip_address(host.partition("%")[0]).is_unspecified


def near_address(host: str) -> str:
    """Return where this machine itself reaches what listens on an address."""
    return _NEAR[ipaddress.ip_address(host).version] if is_every_address(host) else host


def far_address(host: str) -> str | None:
    """Return where other machines reach what listens on every address; None where this one has no way out.

    Args:
        host: `0.0.0.0` or `::`. The latter takes IPv4 too, by which most others come.
    """
    version = ipaddress.ip_address(host).version
    return _way_out(4) or (_way_out(6) if version == 6 else None)


def url_of(host: str, port: int) -> str:
    """Return the address of the page; an IPv6 address stands in brackets there."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _way_out(version: int) -> str | None:
    try:
        with socket.socket(_FAMILIES[version], socket.SOCK_DGRAM) as way:
            way.connect((_OUTSIDE[version], 9))  # of a datagram socket: it only chooses the way
            return str(way.getsockname()[0])
    except OSError:
        return None
