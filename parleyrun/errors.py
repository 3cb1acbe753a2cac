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
            ├── AgentError      an agent cannot be built, copied or asked; names its class
            ├── MetricError     metrics that cannot be added, or what is none
            ├── RunnerError     the runner cannot take or go on with a run
            │   ├── RunnerClosed
            │   └── NotRestored
            ├── StoreError      the store cannot be opened or read, or is in use by another process
            ├── EngineError     worlds cannot be executed where the config wants it
            ├── ChannelError    a channel cannot open (busy port, bad setting), or do what it was asked
            │   ├── GraphError        Meta's Graph API refused a call; carries its code
            │   └── GraphUnreachable  the Graph API gave no answer that can be understood
            ├── ModelError      a model did not answer; carries the cause
            ├── OperatorError   what an operator asks for cannot be done; nothing has changed
            ├── PanelError      a panel such as Prolific refused a request, or gave no answer
            ├── ProjectError    a project cannot be made: its name will not do, or is taken
            ├── ScriptError     a script of `local --script` cannot be read
            ├── TaskError       no task has that name, or a task's data cannot be used
            │   └── DataMissing a task's data is not there; says what to fetch, from where, and where to put it
            ├── RegistrationError  what was registered under a name is not what belongs there
            └── MissingExtra    a part needs packages that are not installed
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
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

    Args:
        message: All that was found, as it is shown.
        findings: Every `Finding` (config/diagnostics.py), in the order of the file.
        unreadable: Whether the file could not be read at all (exit code 2), or is wrong (exit code 1).
    """

    def __init__(self, message: str, findings: Sequence[Any] = (), *, unreadable: bool = False) -> None:
        super().__init__(message)
        self.findings = tuple(findings)
        self.unreadable = unreadable


class WorldError(ParleyrunError):
    """Author code broke the world contract; the message names the class and the method."""


class ActError(WorldError):
    """What a world handed to `observe()` is not an act, or cannot be recorded."""


class AgentError(ParleyrunError):
    """An agent cannot be built, copied or asked; the message names its class."""


class MetricError(ParleyrunError):
    """Metrics of different kinds were added, or something that is no number was to be one."""


class RunnerError(ParleyrunError):
    """The runner cannot take a run, or cannot go on with one."""


class RunnerClosed(RunnerError):
    """A run was launched on a runner that is closed or closing."""


class NotRestored(RunnerError):
    """A run that is on record cannot go on: its world was not, or no longer can be, restored.

    Args:
        message: Why.
        may_fit_again: Whether the run stays on record as it is, as another start may be able to go on with it.
    """

    def __init__(self, message: str, *, may_fit_again: bool = False) -> None:
        super().__init__(message)
        self.may_fit_again = may_fit_again


class StoreError(ParleyrunError):
    """The store cannot be opened, read or written; the message says why, and how to mend it."""


class EngineError(ParleyrunError):
    """Worlds cannot be executed where the config wants it: no host can be reached, or one does not fit.

    Args:
        message: What is wrong, and how to mend it.
        of_model: The same as what is wrong with a model, where one cannot be built there, or does not answer.
    """

    def __init__(self, message: str, of_model: AgentError | ModelError | None = None) -> None:
        super().__init__(message)
        self.of_model = of_model


class ChannelError(ParleyrunError):
    """A channel cannot open, or do what it was asked: a busy port, a wrong address, a missing setting."""


class GraphError(ChannelError):
    """Meta's Graph API answered with an error.

    Args:
        code: Meta's number of what it is.
        subcode: Meta's number of which kind of that; 0 for none.
        message: Meta's own words.
        status: The HTTP status, which says little: an error can come with 200.
        transient: Meta's own opinion whether it passes.
        regain_seconds: How long Meta says a throttled page has to wait; None where it says nothing.
    """

    def __init__(
        self,
        code: int,
        subcode: int = 0,
        message: str = "",
        *,
        status: int = 400,
        transient: bool = False,
        regain_seconds: float | None = None,
    ) -> None:
        number = f"{code} ({subcode})" if subcode else f"{code}"
        super().__init__(f"the Graph API answered with error {number}, HTTP {status}: {message or 'no message'}")
        self.code = code
        self.subcode = subcode
        self.message = message
        self.status = status
        self.transient = transient
        self.regain_seconds = regain_seconds


class GraphUnreachable(ChannelError):
    """The Graph API could not be reached, or what came back is no answer of its.

    Args:
        message: What happened.
        may_have_arrived: Whether the request may have been carried out all the same: its answer was lost.
    """

    def __init__(self, message: str, *, may_have_arrived: bool) -> None:
        super().__init__(message)
        self.may_have_arrived = may_have_arrived


class ModelFailure(Enum):
    """Why a model did not answer. The value is how operators see it counted."""

    KEY = "key refused"
    MONEY = "no money left"
    RATE = "rate limit"
    CONTEXT = "context too long"
    FILTERED = "content filter"
    NO_SUCH_MODEL = "no such model"
    ADDRESS = "wrong address"
    REQUEST = "request refused"
    TIMEOUT = "too slow"
    UNREACHABLE = "unreachable"
    CUT = "cut off"
    SERVER = "server error"
    BAD_ANSWER = "answer not understood"
    EMPTY = "empty answer"
    LIMIT = "limit reached"
    RESTING = "resting after failures"
    CODE = "error in its code"


class ModelError(ParleyrunError):
    """A model did not answer.

    Args:
        message: What happened, and how to mend it. No key is in it.
        cause: Why, as one of a few kinds.
        status: The HTTP status that came with it; 0 where there is none.
        may_pass: Whether the same request may succeed later.
        wait_seconds: How long the server asks to be left alone; None where it says nothing.
    """

    def __init__(
        self,
        message: str,
        cause: ModelFailure,
        *,
        status: int = 0,
        may_pass: bool = False,
        wait_seconds: float | None = None,
    ) -> None:
        super().__init__(message)
        self.cause = cause
        self.status = status
        self.may_pass = may_pass
        self.wait_seconds = wait_seconds
        self.tries = 1
        self.received: str | None = None
        """The words of an answer that broke off, as far as they had come; None where none is to be paid."""


class OperatorError(ParleyrunError):
    """What an operator asks for cannot be done, or there is no service that could. Nothing has changed.

    Args:
        message: What is in the way.
        reached: Whether there is a service that was asked.
    """

    def __init__(self, message: str, *, reached: bool = True) -> None:
        super().__init__(message)
        self.reached = reached


class PanelError(ParleyrunError):
    """A panel such as Prolific refused a request, or gave no answer, or what it needs is not there.

    Args:
        message: What happened, and how to mend it. No token is in it.
        status: The HTTP status that came with it; 0 where there is none.
        may_pass: Whether the same request may succeed later.
        may_have_been_done: Whether what was asked may have been done all the same.
        wait_seconds: How long the panel asks to be left alone; None where it says nothing.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        may_pass: bool = False,
        may_have_been_done: bool = False,
        wait_seconds: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.may_pass = may_pass
        self.may_have_been_done = may_have_been_done
        self.wait_seconds = wait_seconds


class ProjectError(ParleyrunError):
    """A project cannot be made: its name will not do or is taken, or there is no such template."""


class ScriptError(ParleyrunError):
    """A script for `parleyrun local --script` cannot be read."""


class TaskError(ParleyrunError):
    """A task cannot be found by its name, or its data cannot be used; names the file and the line."""


class DataMissing(TaskError):
    """A task's data is not there and cannot be fetched: says what to fetch, from where, and where to put it."""


class RegistrationError(ParleyrunError):
    """What was registered under a name, or offered by an installed package, is not what belongs there.

    The message names the module, the class and what is missing.
    """


class MissingExtra(ParleyrunError):
    """A part needs packages that are not installed; the message is the one line that says what to install.

    Args:
        part: What needs them.
        extra: The extra of parleyrun that brings them.
    """

    def __init__(self, part: str, extra: str) -> None:
        super().__init__(f"{part} needs the '{extra}' extra: pip install '.[{extra}]' in parleyrun's folder")
        self.extra = extra
