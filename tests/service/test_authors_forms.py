"""Rules and worlds in every form that authors write them, with people who meet them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from parleyrun import World
from parleyrun.testing import rehearse


class Lobby(World):
    def parley(self):
        return "chat"


class Chat(World):
    begun = False

    def parley(self):
        if not self.begun:
            self.begun = True
            for agent in self.agents:
                agent.observe({"id": "Guide", "text": f"you are {agent.role}"})
        self.agents[0].act()


def only_ann_and_ben(session):
    return session.id.endswith(("ann", "ben"))


def sun_and_moon(agents):
    for agent, role in zip(agents, ("Sun", "Moon"), strict=True):
        agent.disp_id = role


FORMS: list[dict[str, Any]] = [
    {"eligibility_function": only_ann_and_ben, "assign_roles": sun_and_moon},
    {
        "eligibility_functions": {"chat": only_ann_and_ben},
        "assign_role_functions": {"chat": sun_and_moon},
    },
    {
        "chat": SimpleNamespace(eligibility_function=only_ann_and_ben, assign_roles=sun_and_moon),
    },
]


@pytest.mark.parametrize("form", FORMS, ids=["module", "mappings", "by key"])
def test_an_exclusion_rule_excludes_wherever_it_stands(form: dict[str, Any]) -> None:
    config = {
        "world_module": "worlds",
        "overworld": "Lobby",
        "tasks": {"chat": {"task_world": "Chat", "agents_required": 2}},
    }
    with rehearse(config, SimpleNamespace(Lobby=Lobby, Chat=Chat, **form)) as rehearsal:
        cat, ann, ben = (rehearsal.person(name) for name in ("cat", "ann", "ben"))
        for person in (cat, ann, ben):
            person.says("hi")

        assert cat.place == "waiting"
        assert {tuple(person.heard) for person in (ann, ben)} == {("you are Sun",), ("you are Moon",)}


def overworld_func(opt, agent):
    agent.observe({"id": "Guide", "text": "which?"})
    act = agent.act_blocking()
    return act["text"]


def onboard(opt, agent, task_id):
    agent.observe({"id": "Guide", "text": "how old?"})
    return {"age": agent.act_blocking()["text"], "task_id": task_id}


def talk(manager, opt, agents, task_id):
    (agent,) = agents
    known = manager.observe_message is not None
    agent.observe({"id": "", "text": f"{task_id}: {agent.onboard_data['age']} in {opt['room']}, {known}"})
    while True:
        act = agent.act_blocking()
        agent.observe({"id": "Guide", "text": act["text"].upper()})
        if act["text"] == "bye":
            return


MODULE = SimpleNamespace(
    overworld_func=overworld_func, onboard_functions={"chat": onboard}, task_functions={"chat": talk}
)
CONFIG = {"world_module": "worlds", "overworld": "overworld_func", "tasks": {"chat": {}}, "opt": {"room": "A"}}


@pytest.mark.parametrize("store", [None, "a.db"])
def test_worlds_that_are_functions_take_people_all_the_way_and_back(tmp_path: Path, store: str | None) -> None:
    path = None if store is None else tmp_path / store
    with rehearse(CONFIG, MODULE, store=path) as rehearsal:
        ann = rehearsal.person("ann")
        for words in ("hi", "chat", "42", "hello"):
            ann.says(words)
        if path is not None:
            rehearsal.crash()
        ann.says("bye")

        assert ann.heard == ["which?", "how old?", "t_1: 42 in A, True", "HELLO", "BYE", "which?"]
