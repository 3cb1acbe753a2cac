"""Where connections come from, also behind proxies."""

from __future__ import annotations

import pytest

from parleyrun.web.client_addresses import ClientAddresses


def came_from(client: str | None, *forwarded: str, trusted: tuple[str, ...] = ("10.0.0.0/8",)) -> str:
    headers = [(b"host", b"study.example"), *((b"x-forwarded-for", value.encode()) for value in forwarded)]
    scope = {"client": None if client is None else (client, 5000), "headers": headers}
    return ClientAddresses(trusted).of(scope)


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        pytest.param("192.0.2.1", (), "192.0.2.1", id="a client without a proxy"),
        pytest.param("192.0.2.1", ("198.51.100.7",), "192.0.2.1", id="who is no proxy is not believed"),
        pytest.param("127.0.0.1", ("192.0.2.1",), "192.0.2.1", id="a proxy on this machine is"),
        pytest.param("::1", ("192.0.2.1",), "192.0.2.1", id="over IPv6 too"),
        pytest.param("10.1.2.3", ("192.0.2.1",), "192.0.2.1", id="a trusted network is"),
        pytest.param("127.0.0.1", ("6.6.6.6, 192.0.2.1, 10.0.0.9",), "192.0.2.1", id="several proxies"),
        pytest.param("127.0.0.1", ("6.6.6.6, 192.0.2.1", "10.0.0.9"), "192.0.2.1", id="in several headers"),
        pytest.param("127.0.0.1", ("192.0.2.1:4711",), "192.0.2.1", id="with a port"),
        pytest.param("127.0.0.1", ("[2001:db8:1:2:3::4]:80",), "2001:db8:1:2::/64", id="IPv6 with a port"),
        pytest.param("127.0.0.1", ("10.0.0.4, 10.0.0.9",), "10.0.0.4", id="trusted all the way"),
        pytest.param("127.0.0.1", ("nobody, 10.0.0.9",), "10.0.0.9", id="what is no address ends the way"),
        pytest.param("127.0.0.1", (), "127.0.0.1", id="this machine"),
        pytest.param("2001:db8:1:2:aaaa::1", (), "2001:db8:1:2::/64", id="an IPv6 household is one address"),
        pytest.param("::ffff:192.0.2.1", (), "192.0.2.1", id="IPv4 in the clothes of IPv6"),
        pytest.param("fe80::1%eth0", (), "fe80::/64", id="with a zone"),
        pytest.param("testclient", (), "", id="no address at all"),
        pytest.param(None, (), "", id="a socket without addresses"),
    ],
)
def test_a_connection_comes_from_the_last_that_can_be_believed(client, forwarded, address):
    assert came_from(client, *forwarded) == address
