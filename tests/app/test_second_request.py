"""A second request to end is noticed while all closes, even if its signal wakes nobody."""

from __future__ import annotations

import os
import signal
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from parleyrun.app.shutdown import Shutdown, StopRequests

PATIENCE_SECONDS = 60.0


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals cannot be masked here")
def test_a_signal_that_does_not_wake_who_waits_for_the_closing_ends_it_all_the_same() -> None:
    hurried = threading.Event()

    def close(_grace_seconds: float | None) -> list[Any]:
        os.kill(os.getpid(), signal.SIGINT)  # which is taken by another thread than the one that waits
        assert hurried.wait(PATIENCE_SECONDS)
        return []

    app: Any = SimpleNamespace(close=close, service=SimpleNamespace(hurry=hurried.set))
    with StopRequests() as requests:
        requests.expect()
        idle = threading.Event()
        taker = threading.Thread(target=idle.wait, daemon=True)
        taker.start()
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            shutdown = Shutdown(app, requests)
            assert shutdown.run() == []
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
            idle.set()
    assert shutdown.cut_short


def test_what_goes_wrong_in_closing_is_raised_where_somebody_waits_for_it() -> None:
    def close(_grace_seconds: float | None) -> list[Any]:
        raise OSError("the disk is gone")

    app: Any = SimpleNamespace(close=close, service=SimpleNamespace(hurry=lambda: None))
    with pytest.raises(OSError, match="the disk is gone"):
        Shutdown(app, StopRequests()).run()
