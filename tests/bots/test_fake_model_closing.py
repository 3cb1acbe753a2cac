"""The fake model leaves nothing open behind it, whoever is still connected."""

import gc
import socket
import sys
import warnings
from urllib.parse import urlsplit

import pytest

from parleyrun.testing import FakeModel

BODY = b'{"model": "fake", "messages": [{"role": "user", "content": "hi"}]}'
REQUEST = b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)


@pytest.fixture
def left_open(monkeypatch):
    found = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: found.append(unraisable.exc_value))
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        yield found


def connected(model):
    return socket.create_connection(("127.0.0.1", urlsplit(model.base_url).port), timeout=5)


def test_a_connection_that_is_just_being_made_is_closed_with_it(left_open):
    for _ in range(50):  # which of its steps is met differs
        with FakeModel() as model:
            client = connected(model)
        client.close()
    gc.collect()
    assert left_open == []


def test_an_answer_that_nobody_reads_does_not_keep_its_connection_open(left_open):
    for _ in range(2):
        with FakeModel("word " * 2_000_000) as model:
            client = connected(model)
            client.sendall(REQUEST)
            model.wait_for_requests(1)
        client.close()
    gc.collect()
    assert left_open == []
