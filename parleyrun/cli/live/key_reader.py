"""The key reader: single keys of a terminal, while something else is drawn on it."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

LOOK_SECONDS = 0.5
"""How often it is looked whether the terminal is ours again (real time)."""

_READ_BYTES = 256
_NAMES = {
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1b[C": "right",
    "\x1b[D": "left",
    "\x1bOA": "up",
    "\x1bOB": "down",
    "\x1bOC": "right",
    "\x1bOD": "left",
    "\r": "enter",
    "\n": "enter",
    "\x1b": "escape",
}


class KeyReader:
    """Reads keys on a thread of its own. Use it as a context manager; at its end the terminal is as it was.

    Ctrl-C and Ctrl-Z do what they always do. In the background, where reading would stop the whole process,
    nothing is read.

    Args:
        keyboard: The terminal's file.
        on_key: Called with each key, on that thread: a letter, or `up`, `down`, `left`, `right`, `enter`,
            `escape`.
    """

    def __init__(self, keyboard: int, on_key: Callable[[str], None]) -> None:
        self._keyboard = keyboard
        self._on_key = on_key
        self._modes: Any = None
        self._ending, self._end = -1, -1
        self._thread = threading.Thread(target=self._read, name="parleyrun-keys", daemon=True)

    def __enter__(self) -> Self:
        import termios

        self._modes = termios.tcgetattr(self._keyboard)
        self._ending, self._end = os.pipe()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.write(self._end, b".")
        self._thread.join()
        for pipe in (self._ending, self._end):
            os.close(pipe)
        self.restore()

    def restore(self) -> None:
        """Give the terminal back as it was. Any thread."""
        import termios

        if self._modes is not None and self._is_ours():
            with suppress(termios.error):  # a terminal that has been closed needs no giving back
                termios.tcsetattr(self._keyboard, termios.TCSANOW, self._modes)

    def _read(self) -> None:
        while True:
            is_ours = self._is_ours() and self._takes_keys()
            watched = [self._ending, self._keyboard] if is_ours else [self._ending]
            ready, _, _ = select.select(watched, [], [], LOOK_SECONDS)
            if self._ending in ready:
                return
            if self._keyboard not in ready or not self._is_ours():
                continue
            try:
                data = os.read(self._keyboard, _READ_BYTES)
            except OSError:  # the terminal has been closed
                return
            if not data:
                return
            for key in keys_in(data.decode("utf-8", "replace")):
                self._on_key(key)

    def _is_ours(self) -> bool:
        """Whether this process is in the foreground, or the terminal knows of no such thing."""
        try:
            return os.tcgetpgrp(self._keyboard) == os.getpgrp()
        except OSError:
            return True

    def _takes_keys(self) -> bool:
        """Get each key as it is pressed, unseen; again after a pause by Ctrl-Z. False if the terminal is gone."""
        import termios

        try:
            modes = termios.tcgetattr(self._keyboard)
            if modes[3] & (termios.ECHO | termios.ICANON):
                modes[3] &= ~(termios.ECHO | termios.ICANON)
                modes[6][termios.VMIN] = 1
                modes[6][termios.VTIME] = 0
                termios.tcsetattr(self._keyboard, termios.TCSANOW, modes)
        except termios.error:
            return False
        return True


def keys_in(text: str) -> Iterator[str]:
    """Yield the keys that a terminal has sent, by their names."""
    rest = text
    while rest:
        sequence = next((known for known in _NAMES if len(known) > 1 and rest.startswith(known)), rest[0])
        yield _NAMES.get(sequence, sequence)
        rest = rest[len(sequence) :]
