"""What is wrong with a host that cannot be set up, as it travels to whoever starts it: its kind by its name."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from ...errors import AgentError, ModelError, ModelFailure, ParleyrunError


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFault:
    """Why a host cannot be set up.

    Attributes:
        message: What happened, as one sentence.
        kind: The name of the error's class, of those that say something of a model; empty for others.
        cause: Of a model that does not answer, the name of the `ModelFailure`.
    """

    message: str
    kind: str = ""
    cause: str = ""

    @classmethod
    def of(cls, error: Exception) -> HostFault:
        """Return what is told of an error. Of authors' own it is told where it was raised."""
        if isinstance(error, ModelError):
            return cls(message=str(error), kind=ModelError.__name__, cause=error.cause.name)
        if isinstance(error, AgentError):
            return cls(message=str(error), kind=AgentError.__name__)
        if isinstance(error, ParleyrunError):
            return cls(message=str(error))
        if isinstance(error, MemoryError):
            return cls(message="its machine has no memory left for it")
        last = traceback.extract_tb(error.__traceback__)[-1]
        return cls(message=f"{type(error).__name__}: {error} ({last.filename}:{last.lineno})")

    def as_error(self, said: str) -> AgentError | ModelError | None:
        """Return the error that says this of a model; None where it is none of a model's."""
        if self.kind == ModelError.__name__:
            return ModelError(said, ModelFailure[self.cause])
        return AgentError(said) if self.kind == AgentError.__name__ else None
