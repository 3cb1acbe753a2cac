from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest
from serve_lab import Visitor
from serve_process import ServeProcess

from parleyrun.app import shutdown

pytestmark = pytest.mark.process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_stop_lets_conversations_come_to_their_end(
    served: ServeProcess, number: signal.Signals
) -> None:
    url = served.ready()
    with Visitor(url) as ann, Visitor(url) as late:
        ann.goes_to("echo")
        ann.sees("talk!")
        served.send(number)
        ann.sees("Your conversation is kept")
        late.says("hi")
        late.sees("closing and cannot start")
        ann.says("BYE")
        ann.sees("BYE")
        assert ann.is_sent_away() == 1012
        assert late.is_sent_away() == 1012
    assert served.exit_code() == 0
    assert "Traceback" not in served.stderr


def test_a_second_ctrl_c_ends_conversations_at_once(served: ServeProcess) -> None:
    with Visitor(served.ready()) as ann:
        ann.goes_to("echo")
        ann.sees("talk!")
        served.interrupt()
        ann.sees("Your conversation is kept")
        served.interrupt()
        assert ann.is_sent_away() == 1012
    assert served.exit_code() == 130
    assert "Traceback" not in served.stderr


def test_a_grace_that_is_over_is_still_a_good_order(lab: Path) -> None:
    with ServeProcess("lab.yml", "--port", "0", "--grace", "0", folder=lab) as process:
        with Visitor(process.ready()) as ann:
            ann.goes_to("echo")
            ann.sees("talk!")
            process.interrupt()
            assert ann.is_sent_away() == 1012
        assert process.exit_code() == 0


def test_a_world_that_will_not_stop_is_named_and_left_behind(served: ServeProcess) -> None:
    with Visitor(served.ready()) as ann:
        ann.goes_to("stubborn")
        served.wait_for("thinking begins")
        served.interrupt()
        served.wait_for("closing: conversations have 300 s")
        served.interrupt()
        served.wait_for("asked a second time")
        served.interrupt()
        assert served.exit_code() == 130
    assert "lab_worlds.py" in served.stderr
    assert "in Stubborn.parley()" in served.stderr


def test_threads_of_the_author_cannot_keep_the_process(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(shutdown, "LAST_THREADS_SECONDS", 0.0)
    monkeypatch.setattr(shutdown, "end_process", ended.append)
    release = threading.Event()
    thread = threading.Thread(target=release.wait, name="model-loader")
    thread.start()
    shutdown._end_late_threads()
    release.set()
    thread.join()
    assert ended == [130]
    assert "model-loader" in caplog.text


def test_threads_that_end_by_themselves_are_let_go_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(shutdown, "end_process", ended.append)
    shutdown._end_late_threads()
    assert ended == []
