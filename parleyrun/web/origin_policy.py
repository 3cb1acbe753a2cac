"""The origin policy: the names that the server answers under, whose pages may connect, and who may frame ours."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Iterable

from ..config.schema import BrowserConfig

log = logging.getLogger(__name__)

REFUSALS_LOGGED = 20

Headers = Iterable[tuple[bytes, bytes]]

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def is_loopback(host: str) -> bool:
    """Return whether a name or an address, without brackets, always means the machine that asks."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class OriginPolicy:
    """Decides by the headers `Host` and `Origin`, which no page can forge in its visitor's browser.

    A page elsewhere whose name is made to lead here (DNS rebinding) still sends its own name as `Host`; a page
    that connects from elsewhere sends its own `Origin`. Scripts send no `Origin`, and are let in.

    Args:
        address: The names and origins that the config allows, and who may frame the page.
        bound_to: The address that is listened on. On loopback only names of loopback, and those that the config
            allows, are answered; elsewhere any, unless the config names some.
    """

    def __init__(self, address: BrowserConfig, bound_to: str) -> None:
        any_host = not address.allowed_hosts and not is_loopback(bound_to)
        self._hosts = None if any_host else {name.lower() for name in (*address.allowed_hosts, address.host)}
        self._origins = {origin.lower() for origin in address.allowed_origins}
        self._logged: set[tuple[str, str]] = set()
        ancestors = " ".join(address.frame_ancestors) or "'none'"
        self.frame_ancestors = f"frame-ancestors {ancestors}".encode()
        # The older header can name nobody, so it goes where somebody may.
        self.frame_headers = () if address.frame_ancestors else ((b"x-frame-options", b"DENY"),)

    def answers_as(self, headers: Headers) -> bool:
        """Return whether a request came under a name of this server; one without any name is no browser's."""
        if self._hosts is None:
            return True
        return all(self._is_ours(host) or self._refuse("host", host) for host in _values(headers, b"host"))

    def lets_connect(self, headers: Headers) -> bool:
        """Return whether a websocket may be opened from where it comes."""
        headers = list(headers)
        hosts = _values(headers, b"host")
        return self.answers_as(headers) and all(
            origin in self._origins or _is_same(origin, hosts) or self._refuse("origin", origin)
            for origin in _values(headers, b"origin")
        )

    def _is_ours(self, host: str) -> bool:
        assert self._hosts is not None
        before, _, port = host.rpartition(":")
        name = before if port.isdigit() else host
        return name in self._hosts or is_loopback(name.removeprefix("[").removesuffix("]"))

    def _refuse(self, what: str, value: str) -> bool:
        """Tell the operator, once for each value and not for ever; return False."""
        if (what, value) not in self._logged and len(self._logged) < REFUSALS_LOGGED:
            self._logged.add((what, value))
            key = f"channels.browser.allowed_{what}s"
            log.warning("refused a request with the %s %a; if it is one of yours, add it to %s", what, value, key)
        return False


def is_same_origin(headers: Headers, *, or_hidden: bool = False) -> bool:
    """Return whether a request comes from a page of the very name it asks for, or from no page at all.

    Args:
        headers: The request's.
        or_hidden: Whether one that hides its origin (`null`) may come, too.
    """
    headers = list(headers)
    hosts = _values(headers, b"host")
    return all(
        _is_same(origin, hosts) or (or_hidden and origin == "null") for origin in _values(headers, b"origin")
    )


def _values(headers: Headers, wanted: bytes) -> list[str]:
    return [value.decode("latin-1").lower() for name, value in headers if name == wanted]


def _is_same(origin: str, hosts: list[str]) -> bool:
    """Return whether an origin is the one host asked for; one that hides itself (`null`) is of no host.

    Its scheme is not looked at: a proxy may speak https for us.
    """
    scheme, found, authority = origin.partition("://")
    port = _DEFAULT_PORTS.get(scheme, " ")
    return bool(found) and [authority.removesuffix(port)] == [host.removesuffix(port) for host in hosts]
