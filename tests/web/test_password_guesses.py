"""People who guess the password over ever new connections, and honest ones behind the same address."""

from __future__ import annotations

import json
from typing import Any

from serving import serve
from websockets.sync.client import connect

from parleyrun.config.texts import Texts
from parleyrun.runner.timers import ThreadTimers
from parleyrun.service.places.guess_limiter import ADDRESSES_KEPT, GuessLimiter
from parleyrun.testing import VirtualTimers

TEXTS = Texts()
SECRET = "open sesame"


class Stranger:
    """A script behind a proxy on this machine."""

    def __init__(self, serving: Any, address: str) -> None:
        self.socket = serving.clients.enter_context(
            connect(
                serving.url.replace("http", "ws") + "/websocket",
                additional_headers={"X-Forwarded-For": address},
                compression=None,
                ping_interval=None,
            )
        )

    def says(self, text: str) -> str:
        """Say something; return the answer."""
        self.socket.send(json.dumps({"text": text}))
        return self.hears()

    def hears(self) -> str:
        return str(json.loads(self.socket.recv(timeout=10))["text"])


def guess_over_new_connections(serving: Any, address: str, more: int = 0) -> None:
    """Use up the tries that are let pass, then with `more` connections at the same time one more each."""
    for number in range(25):
        stranger = Stranger(serving, address)
        assert stranger.says(f"guess {number}") == TEXTS.password_ask
        stranger.socket.close()
    strangers = [Stranger(serving, address) for _ in range(more)]
    for stranger in strangers:
        assert stranger.says("hello") == TEXTS.password_ask
        assert stranger.says("guess") == busy(2)
    serving.advance(2)
    for stranger in strangers:
        assert stranger.hears() == TEXTS.password_wrong
        stranger.socket.close()


def busy(seconds: int) -> str:
    return TEXTS.password_busy.format(seconds=seconds)


def test_a_new_connection_is_no_new_beginning_and_the_log_says_so_once(caplog):
    with serve(caplog, password=SECRET) as serving:
        guess_over_new_connections(serving, "192.0.2.7")
        stranger = Stranger(serving, "192.0.2.7")
        # From here on a first word is no try any more, and each try waits.
        assert stranger.says("hello") == TEXTS.password_ask
        assert stranger.says("guess") == busy(2)
        other = Stranger(serving, "192.0.2.7")
        other.says("hello")
        assert other.says("another guess") == busy(2)
        serving.advance(2)
        assert stranger.hears() == TEXTS.password_wrong
        assert other.hears() == TEXTS.password_wrong
        assert stranger.says("once more") == busy(7)
        assert caplog.text.count("guesses passwords") == 1
        assert "from 192.0.2.7" in caplog.text


def test_honest_people_behind_the_same_address_get_in_and_those_elsewhere_notice_nothing(caplog):
    with serve(caplog, password=SECRET) as serving:
        guess_over_new_connections(serving, "192.0.2.7", 8)
        honest = Stranger(serving, "192.0.2.7")
        assert honest.says(SECRET) == TEXTS.password_ask
        assert honest.says(SECRET) == busy(60)
        elsewhere = Stranger(serving, "192.0.2.8")
        assert elsewhere.says(SECRET) == "menu"
        serving.advance(60)
        assert honest.hears() == "menu"


def test_who_hangs_up_while_their_guess_waits_has_not_guessed(caplog):
    with serve(caplog, password=SECRET) as serving:
        guess_over_new_connections(serving, "127.0.0.1", 1)
        ann = serving.visitor()
        ann.line(TEXTS.password_ask)
        ann.says(SECRET)
        ann.line(busy(4))
        ann.hangs_up()
        serving.until(lambda figures: figures.away == figures.sessions)
        serving.advance(5)
        again = ann.again()
        again.line(busy(3))
        serving.advance(3)
        again.line("menu")


def test_after_the_burst_a_first_word_opens_the_gate_again_and_a_second_burst_is_told_again(caplog):
    with serve(caplog, password=SECRET) as serving:
        guess_over_new_connections(serving, "192.0.2.7", 8)
        serving.advance(60)
        assert Stranger(serving, "192.0.2.7").says(SECRET) == "menu"
        serving.advance(200)
        guess_over_new_connections(serving, "192.0.2.7")
        assert caplog.text.count("guesses passwords") == 2


def test_guesses_from_everywhere_slow_everybody_down_and_are_told_once(caplog):
    timers = VirtualTimers()
    limiter = GuessLimiter(timers)
    for number in range(400):
        limiter.wrong(f"192.0.{number // 200}.{number % 200}")
    assert limiter.wait_seconds("203.0.113.1") == 60
    assert caplog.text.count("guesses passwords") == 1
    timers.advance(103, lambda: None)
    assert limiter.wait_seconds("203.0.113.1") == 0


def test_of_addresses_only_so_many_are_kept():
    limiter = GuessLimiter(ThreadTimers().clock)
    for number in range(ADDRESSES_KEPT + 500):
        limiter.wrong(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(limiter._by_address) == ADDRESSES_KEPT
