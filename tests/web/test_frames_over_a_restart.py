"""A partner who is a person, and one who is a hidden bot: frames key by key, over a restart of the service."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import serving
from serving import Frame, Serving, Visitor

from parleyrun import Act, Agent
from parleyrun.store.sqlite.sqlite_store import SqliteStore

TALK = {
    "task_world": "parleyrun.ready:Chat",
    "roles": {"Buyer": {"instructions": "Buy a lamp from {others}."}, "Seller": {}},
    "time_limit": 6000,
    "end_button": "all",
}
HIDDEN = {"model": "seller", "disclose": False}
TASKS = {
    "person": {**TALK, "agents_required": 2},
    "beside": {**TALK, "bots": {"Seller": HIDDEN}},
    "filled": {**TALK, "agents_required": 2, "fill_with": {**HIDDEN, "after": 20}},
}
GREETING = "Good morning to you."
MOMENTS = {"at": 0.0, "since": 0.0, "seconds_left": 0.0, "waited": 0.0, "token": ""}
"""What differs from one conversation to the next, whoever is in it."""


class Parrot(Agent):
    """Says what it was told."""

    def act(self) -> Act:
        assert self.observation is not None
        return {"text": self.observation["text"]}


class Watched(Visitor):
    """Keeps all that comes."""

    def __init__(self, serving: Serving, token: str | None, seq: int) -> None:
        self.frames: list[Frame] = []
        super().__init__(serving, token, seq, None)

    def recv(self) -> Frame:
        frame = super().recv()
        self.frames.append(frame)
        return frame


Served = Callable[[str], Any]


@pytest.fixture
def served(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> Served:
    def serve(name: str) -> Any:
        models = {"seller": {"model": f"{__name__}:Parrot", "check": False}}
        return serving.serve(
            caplog,
            make_store=lambda clock: SqliteStore(tmp_path / f"{name}.db", clock=clock),
            models=models,
            tasks={"talk": TASKS[name]},
        )

    return serve


def sits_down(here: Serving) -> Watched:
    visitor = Watched(here, None, 0)
    visitor.line("menu")
    visitor.says("talk")
    return visitor


def comes_again(here: Serving, visitor: Visitor) -> Watched:
    return Watched(here, visitor.token, visitor.newest)


def answered(here: Serving, ann: Watched, partner: Visitor | None) -> None:
    """Ann says something and is answered, by a person's page or by the bot."""
    ann.says(GREETING)
    here.settle()
    if partner is None:
        here.advance(60)
    else:
        seq = partner.line(GREETING)["seq"]
        partner.send(type="delivered", seq=seq)
        partner.send(type="read", seq=seq)
        partner.send(type="typing", on=True)
        partner.send(type="typing", on=False)
        partner.says(GREETING)
    ann.line(GREETING)


def stops(here: Serving, ann: Watched) -> list[Frame]:
    """All that has come until now, but for when it was; of signs that are repeated, the first."""
    here.settle()
    ann.send(type="ping")
    ann.get("pong")
    shown: list[Frame] = []
    for frame in ann.frames:
        plain = {key: MOMENTS.get(key, value) for key, value in frame.items()}
        is_ours = frame["type"] in ("ack", "pong") or frame.get("place") == "waiting"
        if frame["type"] == "typing":
            # Of another type something may come between two of them, and in another place each time.
            is_ours = plain in [sign for sign in shown if sign["type"] == "typing"][-1:]
        if not is_ours:
            shown.append(plain)
    return shown


def talks_over_a_restart(served: Served, task: str) -> tuple[list[Frame], list[Frame]]:
    """All frames of somebody's page, before and after a restart of the service in the middle."""
    bob: Visitor | None = None
    with served(task) as here:
        ann = sits_down(here)
        if task == "person":
            bob = sits_down(here)
        here.settle()
        here.advance(30 if task == "filled" else 0)
        ann.place("task")
        answered(here, ann, bob)
        before = stops(here, ann)
    with served(task) as here:
        ann = comes_again(here, ann)
        here.advance(3)
        bob = None if bob is None else comes_again(here, bob)
        here.advance(4)
        answered(here, ann, bob)
        return before, stops(here, ann)


@pytest.mark.parametrize("task", ["beside", "filled"])
def test_no_key_of_any_frame_tells_a_hidden_bot_before_or_after_a_restart(served: Served, task: str) -> None:
    by_person, by_bot = talks_over_a_restart(served, "person"), talks_over_a_restart(served, task)
    for person, bot in zip(by_person, by_bot, strict=True):
        # What was missed is read by a thread of its own, so only the order of frames of one type is sure.
        assert sorted(map(_type_of, bot)) == sorted(map(_type_of, person))
        for kind in {*map(_type_of, person)}:
            of_bot, of_person = (
                [frame for frame in frames if _type_of(frame) == kind] for frames in (bot, person)
            )
            assert [[*frame] for frame in of_bot] == [[*frame] for frame in of_person]
            assert of_bot == of_person


def _type_of(frame: Frame) -> str:
    return str(frame["type"])
