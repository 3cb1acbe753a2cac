"""Client addresses: where a connection comes from, also behind proxies."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

IPV6_PREFIX = 64
"""What one IPv6 household has at least: all of it counts as one address."""

_LOOPBACK = ("127.0.0.0/8", "::1/128")

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ClientAddresses:
    """Tells addresses apart. What a proxy says in `X-Forwarded-For` is believed if the proxy is trusted.

    Args:
        trusted_proxies: Networks whose word counts, besides this machine itself.
    """

    def __init__(self, trusted_proxies: Iterable[str] = ()) -> None:
        self._trusted = [ipaddress.ip_network(network) for network in (*_LOOPBACK, *trusted_proxies)]

    def of(self, scope: Any) -> str:
        """Return where an ASGI connection comes from: an address, of IPv6 its network; "" if nobody knows."""
        client = scope.get("client")
        address = None if client is None else _address(client[0])
        if address is None:
            return ""
        # Each proxy adds at the end whom it was called by; what stands before the first stranger is hearsay.
        hops = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        for hop in reversed(hops.decode("latin-1").split(",") if hops else []):
            if not self._is_trusted(address):
                break
            before = _address(hop.strip())
            if before is None:
                break
            address = before
        return _household(address)

    def _is_trusted(self, address: _Address) -> bool:
        return any(address in network for network in self._trusted)


def is_from_this_machine(scope: Any) -> bool:
    """Whether somebody asks who is here, and no proxy here for somebody elsewhere."""
    if any(name in (b"x-forwarded-for", b"forwarded", b"x-real-ip") for name, _ in scope["headers"]):
        return False
    return ClientAddresses().of(scope) in ("127.0.0.1", "::1")


def _address(text: str) -> _Address | None:
    """Return the address that a text begins with: `192.0.2.1:80`, `2001:db8::1` or `[2001:db8::1]:80`, say."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def _household(address: _Address) -> str:
    if address.version == 4 or address.is_loopback:
        return str(address)
    return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))
