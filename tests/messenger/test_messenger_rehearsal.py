"""Rehearsals with Messenger: what authors test with, without Facebook."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from parleyrun import World
from parleyrun.testing import rehearse_messenger

DEMO = Path(__file__).parents[2] / "configs" / "demo.yml"


class Parrot(World):
    """Says again what it hears; 'later' comes ten seconds later."""

    def parley(self):
        agent = self.agents[0]
        act = agent.act()
        if act is None:
            return
        if act["text"] == "later":
            agent.act(timeout=10)
        agent.observe({"id": "Parrot", "text": act["text"], "payload": act.get("payload")})

    def return_overworld(self):
        """Come back quietly."""


WORLDS = SimpleNamespace(Parrot=Parrot, Task=Parrot)
CONFIG = {"overworld": "Parrot", "tasks": {"task": {"task_world": "Task"}}}


def test_the_demo_is_rehearsed_as_it_stands():
    with rehearse_messenger(DEMO) as rehearsal:
        ann = rehearsal.person("ann")
        ann.gets_started()
        ann.sees("Welcome")
        ann.presses("echo")
        ann.sees("Say something")
        ann.says("hello")
        ann.sees("Echo: hello")


def test_time_stands_still_until_it_is_moved():
    with rehearse_messenger(CONFIG, WORLDS) as rehearsal:
        ann = rehearsal.person()
        ann.gets_started()
        ann.says("later")
        rehearsal.settle()
        assert ann.heard == []
        rehearsal.advance(11)
        assert ann.heard == ["Parrot: later"]


def test_the_page_and_the_secrets_of_a_config_are_never_used():
    real = dict.fromkeys(("page_token", "app_secret", "verify_token"), "real")
    told = {**real, "graph_url": "https://graph.facebook.com", "allow_images": True}
    config = {**CONFIG, "page_id": "1", "channels": {"messenger": told}}
    with rehearse_messenger(config, WORLDS) as rehearsal:
        (ann,) = rehearsal.people("ann")
        ann.gets_started()
        ann.sends_image("https://example.org/cat.png")
        assert ann.sees_attachment("image").url == "https://example.org/cat.png"
        assert {call.status for call in rehearsal.graph.calls} == {200}


def test_what_goes_wrong_is_asked_of_its_graph():
    with rehearse_messenger(CONFIG, WORLDS) as rehearsal:
        ann = rehearsal.person("ann")
        ann.gets_started()
        rehearsal.graph.fail_next(2)
        ann.says("hello")
        rehearsal.settle()
        assert ann.heard == []
        rehearsal.advance(10)
        assert ann.heard == ["Parrot: hello"]


def test_a_record_in_a_file_outlives_it(tmp_path):
    for _ in range(2):
        with rehearse_messenger(CONFIG, WORLDS, store_path=tmp_path / "parrot.db") as rehearsal:
            ann = rehearsal.person("ann")
            ann.gets_started()
            ann.says("hello")
            ann.sees("hello")
            newest = rehearsal.service.lines_after("messenger:ann", 0)[-1].seq
    assert newest >= 4


def test_it_fails_at_its_end_where_messenger_left_something_out():
    class Verbose(Parrot):
        def parley(self):
            if self.agents[0].act() is not None:
                choices = {"text": "Choose", "quick_replies": [str(number) for number in range(14)]}
                self.agents[0].observe(choices)
                self.agents[0].observe({"payload": {"type": "hologram", "url": "https://x.example/h"}})

    worlds = SimpleNamespace(Parrot=Verbose, Task=Parrot)
    named = r"(?s)'Choose': expected at most 13 quick replies, got 14.*'': expected one of image.* got 'hologram'"
    fails = pytest.raises(AssertionError, match=named)
    with fails, rehearse_messenger(CONFIG, worlds) as rehearsal:
        ann = rehearsal.person("ann")
        ann.gets_started()
        ann.says("hello")
        ann.sees("Choose")
        rehearsal.settle()


def test_a_clock_that_runs_cannot_be_moved():
    fails = pytest.raises(AssertionError, match="whose time stands still")
    with rehearse_messenger(CONFIG, WORLDS, real_time=True) as rehearsal, fails:
        rehearsal.advance(1)


def test_a_world_module_uploads_what_it_shows_before_the_doors_open(tmp_path):
    (tmp_path / "map.png").write_bytes(b"\x89PNG a map")
    uploaded = []

    def module_initialize(opt, service):
        uploaded.append(service.upload_attachment({"type": "image", "path": str(tmp_path / "map.png")}))

    class Shows(Parrot):
        def parley(self):
            if self.agents[0].act() is not None:
                self.agents[0].observe(
                    {"text": "Look", "payload": {"type": "image", "attachment_id": uploaded[0]}}
                )

    worlds = SimpleNamespace(Parrot=Shows, Task=Parrot, module_initialize=module_initialize)
    with rehearse_messenger(CONFIG, worlds) as rehearsal:
        ann = rehearsal.person("ann")
        ann.gets_started()
        ann.says("show me")
        assert ann.sees_attachment().attachment_id == uploaded[0]
        ann.sees("Look")


def test_a_reply_to_a_line_is_quoted_to_the_partner():
    task = {"task_world": "parleyrun.ready:Chat", "agents_required": 2, "replies": True}
    with rehearse_messenger({"tasks": {"talk": task}}) as rehearsal:
        ann, bob = rehearsal.people("1", "2")
        for person in (ann, bob):
            person.gets_started()
        rehearsal.settle()  # they have met
        ann.says("Shall we meet?")
        shown = bob.sees("Shall we meet?")
        rehearsal.settle()  # what Meta calls it is known once its answer has been taken in
        bob.says("Yes", reply_to=shown.message_id)
        assert ann.sees("Yes").text == "Person 2: > Shall we meet?\nYes"
        bob.says("No", reply_to="m_of_nothing")
        assert ann.sees("No").text == "Person 2: No"
