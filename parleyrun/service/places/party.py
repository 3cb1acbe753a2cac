"""Parties: who is together in a conversation."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from ...runner.person import PersonAgent
from ...signals import Presence, PresenceState
from ..sessions import Session


class Party:
    """Who is together in one run of a task. Touched on the desk only."""

    __slots__ = ("bots", "members", "task")

    def __init__(self, task: str, members: list[tuple[Session, PersonAgent]]) -> None:
        self.task = task
        self.members = members
        self.bots: dict[str, bool] = {}

    def bots_sit(self, bots: Iterable[tuple[str, bool]], left: Container[str] | None) -> None:
        """These bots sit there, by role and with whether people are told; those have `left`, None: all others."""
        before = {} if left is None else {role: shown for role, shown in self.bots.items() if role not in left}
        self.bots = {**before, **dict(bots)}

    def others(self, session: Session) -> Iterator[Session]:
        """Yield the people who are with this one."""
        for member, _ in self.members:
            if member is not session:
                yield member

    def remove(self, session: Session) -> None:
        self.members = [(member, agent) for member, agent in self.members if member is not session]

    def role_of(self, session: Session) -> str:
        for member, agent in self.members:
            if member is session:
                return agent.role or ""
        return ""

    def presence(self, session: Session, state: PresenceState) -> Presence:
        return Presence(self.role_of(session), state)
