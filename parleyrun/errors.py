"""Every exception parleyrun raises on purpose.

::

    BaseException
    ├── RunStopped              a run is being stopped; raised by act(), never caught by `except Exception`
    │   └── Diverged            a restored world does not do again what is on record
    └── Exception
        └── ParleyrunError
            ├── ConfigError     a config that cannot be used; carries the findings that say why
            ├── WorldError      author code broke the world contract; names class and method
            │   └── ActError    what was given to observe() is not an act
            ├── RunnerError     the runner cannot take or go on with a run
            │   ├── RunnerClosed
            │   ├── TooManyBlockedRuns
            │   └── NotRestored
            ├── StoreError      the store cannot be opened or read, or is in use by another process
            ├── ChannelError    a channel cannot open (busy port, bad setting)
            ├── ScriptError     a script of `local --script` cannot be read
            └── MissingExtra    a part needs packages that are not installed
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class RunStopped(BaseException):
    """The run this agent sits in is being stopped.

    A `BaseException`, so that author code which guards `act()` with `except Exception` still lets go.
    """


class Diverged(RunStopped):
    """A parley that is run again after a restart goes another way than on record, so its run has to end."""


class ParleyrunError(Exception):
    """The root: catching it catches everything parleyrun raises on purpose."""


class ConfigError(ParleyrunError):
    """A config cannot be used.

    `findings` holds every `Finding` (config/diagnostics.py), in the order of the file; `unreadable` says whether
    the file could not be read at all (exit code 2) or was read and is wrong (exit code 1).
    """

    def __init__(self, message: str, findings: Sequence[Any] = (), *, unreadable: bool = False) -> None:
        super().__init__(message)
        self.findings = tuple(findings)
        self.unreadable = unreadable


class WorldError(ParleyrunError):
    """Author code broke the world contract; the message names the class and the method."""


class ActError(WorldError):
    """What a world handed to `observe()` is not an act, or cannot be recorded."""


class RunnerError(ParleyrunError):
    """The runner cannot take a run, or cannot go on with one."""


class RunnerClosed(RunnerError):
    """A run was launched on a runner that is closed or closing."""


class NotRestored(RunnerError):
    """A run that is on record cannot go on: its world was not, or no longer can be, restored."""


class TooManyBlockedRuns(RunnerError):
    """More runs would wait inside `parley()` than `max_threads` allows."""


class StoreError(ParleyrunError):
    """The store cannot be opened, read or written; the message says why, and how to mend it."""


class ChannelError(ParleyrunError):
    """A channel cannot open: the port is busy, the address is wrong, a setting is missing."""


class ScriptError(ParleyrunError):
    """A script for `parleyrun local --script` cannot be read."""


class MissingExtra(ParleyrunError):
    """A part needs packages that are not installed; the message is the one line that says what to install."""

    def __init__(self, part: str, extra: str) -> None:
        super().__init__(f"{part} needs the '{extra}' extra: pip install 'parleyrun[{extra}]'")
        self.extra = extra
