"""The words that the worlds, the people and the checker of the soak have in common.

What a person says is `WORD NAME:NUMBER`, so no two messages are the same, apart from the password and EXIT. What
is said to them holds the words that it answers, so that somebody who only has the lines can tell what became of
each message.
"""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "sesame"
EXIT = "EXIT"
STOP = "stop"
LEAVE = "leave"

WORLD = "World"
ORACLE = "Oracle"

TEXTS = {
    "password_ask": "gate: the password, please",
    "password_wrong": "gate: wrong",
    "password_busy": "gate: not now",
    "still_waiting": "pool: still waiting",
    "waiting": "pool: a notice",
    "left_pool": "pool: left",
    "pool_backup": "pool: no {task}, so {backup}",
    "goodbye": "goodbye",
    "person_name": "Guest {number}",
}
"""The system's own sentences and names, as the soak's config has them. Every other one is a sign of trouble."""


@dataclass(frozen=True)
class TaskKind:
    """What the soak knows of one of its tasks.

    `relays` says that people see each other's words, `bot` that the oracle answers every message, to everybody.
    In a task for one person without the oracle the world answers `echo SECRET WORDS`.
    """

    key: str
    world: str
    people: int = 1
    onboarding: str | None = None
    bot: bool = False
    seconds_in_pool: float | None = None
    backup: str | None = None

    @property
    def relays(self) -> bool:
        return self.people > 1


TASKS = {
    kind.key: kind
    for kind in (
        TaskKind("echo", "Echo"),
        TaskKind("parrot", "BlockingEcho", onboarding="BlockingQuestions"),
        TaskKind("oracle", "OracleTalk", onboarding="Questions", bot=True),
        TaskKind("pair", "Relay", people=2, onboarding="Questions"),
        TaskKind("duet", "BlockingRelay", people=2, onboarding="BlockingQuestions"),
        TaskKind("seance", "BlockingSeance", people=2, bot=True),
        TaskKind("trio", "Relay", people=3),
        TaskKind("canon", "BlockingRelay", people=3, onboarding="Questions"),
        TaskKind("brief", "Relay", people=2, seconds_in_pool=2.0, backup="echo"),
    )
}
"""Both styles of worlds, for one person, for pairs, for three, and with a bot inside."""

GUESTS = frozenset(
    TEXTS["person_name"].format(number=number + 1) for number in range(max(kind.people for kind in TASKS.values()))
)
"""What people are called in conversations: the soak's worlds give nobody a role of another name."""

OVERWORLDS = ("Hall", "BlockingHall", "FreshHall")
QUESTIONS = 2
