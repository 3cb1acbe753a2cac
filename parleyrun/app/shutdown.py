"""Shutdown: asked once, the service closes in good order; asked again, at once; and nothing keeps it waiting."""

from __future__ import annotations

import logging
import os
import signal
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType, TracebackType
from typing import Any, NoReturn, Self

from ..runner.turn import RunIdentity
from . import exit_codes
from .app import App

log = logging.getLogger(__name__)

HURRY_SECONDS = 3.0
"""How long everything may take that is left to do once somebody has asked a second time."""

LAST_THREADS_SECONDS = 5.0
"""How long threads of the author's may go on after all is closed."""

LOOK_SECONDS = 0.5
"""How long a request may go unnoticed, at worst."""

_FLUSH_SECONDS = 0.5
_OURS = Path(__file__).parent.parent
_STANDARD = Path(sysconfig.get_paths()["stdlib"])


class StopRequests:
    """Ctrl-C, SIGTERM, the terminal's being closed, and `ask()`. Use it as a context manager.

    Signals are taken on the main thread only; anywhere else there is `ask()`. At first a signal raises
    `KeyboardInterrupt`, so that it ends whatever is still starting; after `expect()` requests wait to be asked
    for. Handlers only put into a `SimpleQueue`, which alone among the standard queues and events may be touched
    while the interrupted thread is in the middle of waiting for it.
    """

    def __init__(self) -> None:
        self._requests: SimpleQueue[int] = SimpleQueue()
        self._expected = False
        self._before: dict[int, Any] = {}
        self.door_broke = False
        """Whether the end was asked for as a door stopped by itself."""

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in _stop_signals():
                self._before[number] = signal.signal(number, self._asked)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def expect(self) -> None:
        """From now on, keep requests for `wait()`."""
        self._expected = True

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the next request. Any thread. False if none came in time."""
        if seconds is None:
            # A signal that comes just as this thread goes to sleep does not wake it, nor does any on Windows: its
            # handler runs only when the thread is awake.
            while not self.wait(LOOK_SECONDS):
                pass
            return True
        try:
            self._requests.get(timeout=seconds)
        except Empty:
            return False
        return True

    def ask(self) -> None:
        """Ask for the end, as Ctrl-C does once that is expected. Any thread."""
        self._requests.put(signal.SIGTERM)

    def ask_as_door_broke(self) -> None:
        """Ask for the end as nobody can come in any more. Any thread."""
        self.door_broke = True
        self.ask()

    def _asked(self, number: int, _frame: FrameType | None) -> None:
        if not self._expected:
            raise KeyboardInterrupt
        self._requests.put(number)


class Shutdown:
    """Closes an app once, whatever is in the way.

    `cut_short` tells whether somebody asked a second time. `abandon` is called then, on another thread, if a
    third request comes or if what is left to do takes more than `HURRY_SECONDS`; it does not return. Without it
    the closing goes on.
    """

    def __init__(self, app: App, requests: StopRequests, abandon: Callable[[], NoReturn] | None = None) -> None:
        self._app = app
        self._requests = requests
        self._abandon = abandon
        self._over = False
        self.cut_short = False

    def run(self, grace_seconds: float | None = None) -> list[RunIdentity]:
        """Close in good order; a second request ends the grace. Return the runs that would not stop."""
        hurrying = threading.Thread(target=self._hurry_if_asked, name="parleyrun-hurry", daemon=True)
        hurrying.start()
        try:
            stuck = self._closed(grace_seconds)
        finally:
            self._over = True
            self._requests.ask()
            hurrying.join()
        for run in stuck:
            log.error("run %s would not stop, and is abandoned", run)
        return stuck

    def _closed(self, grace_seconds: float | None) -> list[RunIdentity]:
        """Close the app on a thread of its own, and wait for that as `StopRequests.wait` does.

        A signal that comes just as this thread goes to sleep would else go unnoticed for all of the grace.
        """
        closing: Future[list[RunIdentity]] = Future()
        args = (closing, grace_seconds)
        threading.Thread(target=self._close, args=args, name="parleyrun-closing", daemon=True).start()
        while not wait([closing], LOOK_SECONDS).done:
            pass
        return closing.result()

    def _close(self, closing: Future[list[RunIdentity]], grace_seconds: float | None) -> None:
        try:
            closing.set_result(self._app.close(grace_seconds))
        except BaseException as error:  # whatever it is, it is raised where somebody waits
            closing.set_exception(error)

    def _hurry_if_asked(self) -> None:
        self._requests.wait()  # for somebody, or for the end of `run`
        if self._over:
            return
        self.cut_short = True
        log.info("asked a second time: ending all conversations now")
        self._app.service.hurry()
        if self._abandon is not None:
            self._requests.wait(HURRY_SECONDS)
            if not self._over:
                self._abandon()


def abandon_process(restore_terminal: Callable[[], None]) -> NoReturn:
    """End the process although author code goes on, having logged where it is."""
    report_threads(thread for thread in threading.enumerate() if thread.name.startswith("parleyrun-worker"))
    restore_terminal()
    end_process(exit_codes.INTERRUPTED)


def bound_exit() -> None:
    """Keep threads that the author has started, and not ended, from keeping the process alive for good.

    Most of them end by themselves when the interpreter does, so they get a moment; call this last.
    """
    if not _last_threads():
        return
    # All is closed, so there is nothing left that a further Ctrl-C could harm.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_late_threads, name="parleyrun-exit", daemon=True).start()


def _end_late_threads() -> None:
    end = time.monotonic() + LAST_THREADS_SECONDS
    for thread in _last_threads():
        thread.join(max(0.0, end - time.monotonic()))
    late = _last_threads()
    if late:
        names = ", ".join(thread.name for thread in late)
        log.error("the process ends although threads of the world module go on: %s", names)
        report_threads(late)
        end_process(exit_codes.INTERRUPTED)


def _last_threads() -> list[threading.Thread]:
    """Return the threads that would keep the process alive."""
    # Workers count whatever they are: concurrent.futures waits for them even where they are daemons.
    return [
        thread
        for thread in threading.enumerate()
        if thread is not threading.main_thread()
        and (not thread.daemon or thread.name.startswith("parleyrun-worker"))
    ]


def report_threads(threads: Iterable[threading.Thread]) -> None:
    """Log where in the author's code each of these threads is; one that is in none is not mentioned."""
    frames = sys._current_frames()
    for thread in threads:
        frame = frames.get(thread.ident or 0)
        while frame is not None and not _is_authors(frame.f_code.co_filename):
            frame = frame.f_back
        if frame is not None:
            code = frame.f_code
            log.error("%s is at %s:%d in %s()", thread.name, code.co_filename, frame.f_lineno, code.co_qualname)


def end_process(code: int) -> NoReturn:
    """End at once, without waiting for any thread."""
    # What worlds have printed may wait in a buffer, and that buffer's lock may be held for good.
    flushing = threading.Thread(target=sys.stdout.flush, daemon=True)
    flushing.start()
    flushing.join(_FLUSH_SECONDS)
    os._exit(code)


def _is_authors(filename: str) -> bool:
    place = Path(filename)
    if filename.startswith("<") or place.is_relative_to(_OURS):
        return False
    return not place.is_relative_to(_STANDARD) or "site-packages" in place.parts


def _stop_signals() -> list[int]:
    numbers: list[int] = [signal.SIGINT, signal.SIGTERM]
    hang_up = getattr(signal, "SIGHUP", None)
    # nohup has a program ignore it, and that is then meant.
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:
        numbers.append(hang_up)
    return numbers
