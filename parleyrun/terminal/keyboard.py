"""The console: a terminal on which text appears above the line that is being typed, never in it."""

from __future__ import annotations

import codecs
import os
import select
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, Self, TextIO

from .line_editor import LineEditor, end_of, width_of

_READ_BYTES = 4096

REDRAW_EVERY_SECONDS = 5.0
"""How soon what the prompt says is looked at again while nothing happens: typing, for one, wears off."""

_CLEAR_ROW = "\r\x1b[K"
_ONE_UP = "\x1b[A"
_LEAST_ROOM = 8

RowAbove = Callable[[], tuple[str, str, str] | None]
"""Returns what is drawn above the prompt: its beginning, plain and as it is shown, and words that may go on."""


def _nothing_above() -> None:
    return None


def can_use(keyboard: Any, display: Any) -> bool:
    """Whether both are terminals that can move a cursor."""
    if not (keyboard.isatty() and display.isatty()) or os.environ.get("TERM", "dumb") == "dumb":
        return False
    try:
        import termios  # noqa: F401  # not there on Windows
    except ImportError:
        return False
    return True


class Console:
    """Owns a terminal while it is used as a context manager, and gives it back as it was.

    Keys are read, and everything is written, by the one thread that uses it; `wake()` may be called by any.
    `prompt()` returns the prompt, plain and as it is shown; what `above()` returns has a row of its own, in which
    the newest words stay in sight.
    """

    def __init__(
        self,
        keyboard: int,
        display: TextIO,
        prompt: Callable[[], tuple[str, str]],
        above: RowAbove = _nothing_above,
    ) -> None:
        self._keyboard = keyboard
        self._display = display
        self._prompt = prompt
        self._above = above
        self._editor = LineEditor()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._row_shown = False
        self._above_shown = False
        self._modes: Any = None
        self._handlers: dict[int, Any] = {}
        self._gone = False
        self._woken, self._waker, self._old_wakeup = -1, -1, -1
        # Guards _waker: no thread may write to what has just been closed.
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        import termios

        self._woken, self._waker = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._waker, False)
        self._modes = termios.tcgetattr(self._keyboard)
        # A signal may land on any thread; written to the pipe it gets this one to look.
        self._old_wakeup = signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        self._take_keys(0, None)
        for number, handler in (
            (signal.SIGCONT, self._take_keys),
            (signal.SIGWINCH, _redraw),
            (signal.SIGTERM, _interrupt),
            (signal.SIGHUP, _interrupt),
        ):
            self._handlers[number] = signal.signal(number, handler)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        import termios

        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._clear_row()
        with suppress(termios.error):  # a terminal that has been closed needs no giving back
            termios.tcsetattr(self._keyboard, termios.TCSADRAIN, self._modes)
        signal.set_wakeup_fd(self._old_wakeup)
        with self._lock:
            os.close(self._waker)
            self._waker = -1
        os.close(self._woken)

    def wake(self) -> None:
        """Make `lines` look again. Any thread."""
        with self._lock, suppress(BlockingIOError):  # a full pipe wakes as well
            if self._waker >= 0:
                os.write(self._waker, b".")

    def lines(self, look: Callable[[], None]) -> Iterator[str]:
        """Yield each line that is entered, until Ctrl-D; call `look()` whenever something woke the console."""
        while True:
            look()
            self._draw_row()
            ready, _, _ = select.select([self._keyboard, self._woken], [], [], REDRAW_EVERY_SECONDS)
            if self._woken in ready:
                os.read(self._woken, _READ_BYTES)
            if self._keyboard not in ready:
                continue
            data = self._read()
            if not data:
                return
            for line in self._editor.feed(self._decoder.decode(data)):
                self._clear_row()
                if line is None:
                    return
                yield line
                look()

    def _read(self) -> bytes:
        try:
            return os.read(self._keyboard, _READ_BYTES)
        except OSError:  # the terminal has been closed
            return b""

    def write(self, text: str) -> None:
        """Write whole lines above what is drawn in its place."""
        self._clear_row()
        self._put(text + "\n")

    def _draw_row(self) -> None:
        plain, shown = self._prompt()
        columns = shutil.get_terminal_size().columns
        room = max(columns - width_of(plain) - 1, _LEAST_ROOM)
        text, cursor = self._editor.row(room)
        # Back to the first column, and from there to the right: what follows the cursor may be wide.
        right = width_of(plain) + cursor
        before = self._clearing()
        above = self._row_above(columns)
        self._put(f"{before}{above}{shown}{text}\r" + (f"\x1b[{right}C" if right else ""))
        self._row_shown = True
        self._above_shown = above != ""

    def _row_above(self, columns: int) -> str:
        found = self._above()
        if found is None:
            return ""
        plain, shown, words = found
        return f"{shown}{end_of(words, max(columns - width_of(plain) - 1, _LEAST_ROOM))}\n"

    def _clear_row(self) -> None:
        if self._row_shown:
            self._row_shown = False
            self._put(self._clearing())
            self._above_shown = False

    def _clearing(self) -> str:
        """Return what clears the prompt, and the row above it where there is one."""
        return f"{_CLEAR_ROW}{_ONE_UP}{_CLEAR_ROW}" if self._above_shown else _CLEAR_ROW

    def _put(self, text: str) -> None:
        if self._gone:
            return
        encoding = self._display.encoding or "utf-8"
        try:
            self._display.write(text.encode(encoding, "replace").decode(encoding))
            self._display.flush()
        except OSError:
            self._gone = True  # the terminal has been closed: there is nobody to write to

    def _take_keys(self, _signal: int, _frame: FrameType | None) -> None:
        """Get each key as it is pressed, unseen; Ctrl-C and Ctrl-Z still work. Again after a pause by Ctrl-Z."""
        import termios

        modes = termios.tcgetattr(self._keyboard)
        modes[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
        modes[6][termios.VMIN] = 1
        modes[6][termios.VTIME] = 0
        termios.tcsetattr(self._keyboard, termios.TCSADRAIN, modes)


def _redraw(_signal: int, _frame: FrameType | None) -> None:
    """Nothing to do: the signal itself wakes the console, which draws the row anew."""


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
