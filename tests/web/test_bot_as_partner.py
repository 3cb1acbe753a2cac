"""Somebody talks with a bot over a real socket: what they get of it, and what they read, goes as with a person."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import serving
from serving import Frame, Serving, Visitor

from parleyrun import BotAgent, World
from parleyrun.core.bot_seats.bot_settings import BotSettings
from parleyrun.store.memory_store import MemoryStore
from parleyrun.store.sqlite.sqlite_store import SqliteStore


class Parrot:
    """Says what it has heard last, in bold."""

    def __init__(self) -> None:
        self.heard = ""

    def fork(self) -> Parrot:
        copy = Parrot()
        copy.heard = self.heard
        return copy

    def observe(self, act: dict[str, str]) -> None:
        self.heard = act["text"]

    def act(self) -> dict[str, str]:
        return {"text": f"**{self.heard}**"}


class Talk(World):
    """Everybody is shown what everybody says; where there is one person, Sam is a bot."""

    disclose = False

    @staticmethod
    def assign_roles(agents) -> None:
        for agent, role in zip(agents, ("Ann", "Sam"), strict=False):
            agent.disp_id = role

    @classmethod
    def generate_world(cls, opt, agents) -> Talk:
        if len(agents) == 1:
            settings = BotSettings(model="parrot", disclose=cls.disclose)
            agents = [*agents, BotAgent(Parrot(), "bot:parrot", role="Sam", settings=settings)]
        return cls(opt, agents)

    def parley(self) -> None:
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                for other in self.agents:
                    if other is not agent:
                        other.observe(act)

    def episode_done(self) -> bool:
        return False


class ToldTalk(Talk):
    disclose = True


@pytest.fixture(params=["memory", "file"])
def here(request, caplog, tmp_path: Path):
    def store(clock):
        return MemoryStore(clock) if request.param == "memory" else SqliteStore(tmp_path / "talk.db", clock=clock)

    worlds = SimpleNamespace(**vars(serving.WORLDS), Talk=Talk, ToldTalk=ToldTalk)
    tasks = {
        "people": {"task_world": "Talk", "agents_required": 2},
        "bot": {"task_world": "Talk"},
        "told": {"task_world": "ToldTalk"},
    }
    with serving.serve(
        caplog, make_store=store, worlds=worlds, tasks=tasks, channels={"browser": {"markdown": "authors"}}
    ) as place:
        yield place


def goes_to(here: Serving, task: str) -> Visitor:
    person = here.visitor()
    person.line("menu")
    person.says(task)
    person.place(("waiting", "task"))
    return person


def comparable(frame: Frame) -> Frame:
    return {**frame, "at": 0.0, "seq": 0}


def test_a_line_of_an_undisclosed_bot_is_field_by_field_that_of_a_person(here: Serving) -> None:
    ann, sam = goes_to(here, "people"), goes_to(here, "people")
    ann.says("hello")
    sam.line("hello")
    sam.says("**hello**")
    by_person = ann.line("**hello**")
    cid = goes_to(here, "bot")
    cid.says("hello")
    by_bot = cid.line("**hello**")
    assert list(by_bot) == list(by_person)
    assert comparable(by_bot) == comparable(by_person)
    assert "markup" not in by_bot


def test_a_line_of_a_bot_that_people_are_told_of_is_marked_and_formatted(here: Serving) -> None:
    ann = goes_to(here, "told")
    ann.says("hello")
    frame = ann.line("**hello**")
    assert frame["bot"] is True
    assert frame["id"] == "Sam"
    assert frame["markup"] == [["p", ["strong", "hello"]]]
    again = here.visitor(ann.session["token"])
    assert again.line("**hello**") == frame


def test_that_a_bots_words_were_read_goes_nowhere_and_nobody_complains(here: Serving) -> None:
    for task in ("bot", "told"):
        ann = goes_to(here, task)
        for text in ("hello", "and again"):
            ann.says(text)
            frame = ann.line(f"**{text}**")
            ann.send(type="typing", on=True)
            ann.send(type="delivered", seq=frame["seq"])
            ann.send(type="read", seq=frame["seq"])
        ann.send(type="ping")
        ann.get("pong")
        here.settle()
        # The bot is no partner who could be away, and whoever talks with it can leave and come back.
        ann.closes()
        back = here.visitor(ann.session["token"], ann.newest)
        back.place("task")
        back.says("still there?")
        back.line("**still there?**")
