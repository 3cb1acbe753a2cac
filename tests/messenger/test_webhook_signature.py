"""The signature of a body: known answers, and what is no signature of it."""

from __future__ import annotations

import pytest

from parleyrun.channels.messenger.receiving.signature import is_signed, sign

KNOWN = "sha256=f39034b29165ec6a5104d9aef27266484ab26c8caa7bca8bcb2dd02e8be61b17"


def test_the_known_answer_comes_out():
    assert sign("sesame", b"hello world") == KNOWN
    assert is_signed("sesame", b"hello world", KNOWN)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        KNOWN[:-1],
        KNOWN + "0",
        KNOWN.removeprefix("sha256="),
        KNOWN.replace("sha256", "sha1"),
        KNOWN.upper(),
        f" {KNOWN}",
        KNOWN[:-1] + "8",
        "sha256=é\udcff",
    ],
)
def test_anything_else_is_no_signature(header):
    assert not is_signed("sesame", b"hello world", header)


def test_another_secret_or_another_body_makes_another_signature():
    assert not is_signed("sesamE", b"hello world", KNOWN)
    assert not is_signed("sesame", b"hello world\n", KNOWN)


def test_it_holds_for_the_bytes_as_they_came_and_not_for_what_they_mean():
    as_sent = rb'{"text":"sch\u00f6n","url":"https:\/\/x"}'
    written_anew = '{"text":"schön","url":"https://x"}'.encode()
    assert is_signed("sesame", as_sent, sign("sesame", as_sent))
    assert not is_signed("sesame", written_anew, sign("sesame", as_sent))
