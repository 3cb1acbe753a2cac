"""Servers that never come to the end of a response's head."""

import socket
import threading
import time

import pytest

from parleyrun import ModelError, ModelFailure
from parleyrun.bots.chat_completions.completions_client import CompletionsClient
from parleyrun.bots.chat_completions.endpoint import endpoint_of
from parleyrun.runner.timers import ThreadTimers


@pytest.fixture
def server():
    """Answers each connection with what is sent again and again, until the test is over."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()
    threads = []

    def serve(parts, pause_seconds):
        def talk():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                try:
                    for part in parts:
                        connection.sendall(part)
                        if over.wait(pause_seconds):
                            return
                except OSError:
                    return

        threads.append(threading.Thread(target=talk))
        threads[-1].start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"

    yield serve
    over.set()
    for thread in threads:
        thread.join()
    listener.close()


def client_of(address):
    return CompletionsClient(
        endpoint_of(address, ""), clock=ThreadTimers().clock, connect_seconds=5, timeout_seconds=0.3
    )


@pytest.mark.parametrize("status", [b"200 OK", b"429 Too Many Requests", b"500 Internal Server Error"])
def test_a_body_that_comes_byte_by_byte_has_the_time_of_an_answer_and_no_more(server, status):
    began = time.monotonic()
    head = b"HTTP/1.1 " + status + b"\r\nContent-Length: 600\r\n\r\n"
    client = client_of(server([head, *[b"x"] * 600], 0.05))
    with pytest.raises(ModelError):
        client.complete({"messages": []})
    assert time.monotonic() - began < 10  # the body itself would take half a minute
    client.close()


def endless(part):
    while True:
        yield part


def test_a_server_that_says_for_ever_that_its_answer_is_to_come_is_not_waited_for(server):
    client = client_of(server(endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 100), 0))
    with pytest.raises(ModelError) as error:
        client.complete({"messages": []})
    assert error.value.cause in (ModelFailure.CUT, ModelFailure.UNREACHABLE)
    client.close()


def test_a_head_that_comes_byte_by_byte_has_the_time_of_an_answer_and_no_more(server):
    began = time.monotonic()
    head = b"HTTP/1.1 200 OK\r\nX: " + b"x" * 600
    client = client_of(server((head[index : index + 1] for index in range(len(head))), 0.05))
    with pytest.raises(ModelError) as error:
        client.complete({"messages": []})
    assert error.value.cause in (ModelFailure.TIMEOUT, ModelFailure.UNREACHABLE)
    assert time.monotonic() - began < 10  # the head itself would take half a minute
    client.close()
