"""Several pages under one service: whose people are whose, and what each page has for itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
from webhook_lab import Waiting, body, raw, said

from parleyrun import World
from parleyrun.app.app import App
from parleyrun.app.planning import plan_of
from parleyrun.channels.messenger.messenger_pages import MessengerPages
from parleyrun.channels.messenger.page_people import PagePeople
from parleyrun.channels.messenger.receiving.signature import sign
from parleyrun.channels.messenger.sending.retry_policy import ECHO_GRACE_SECONDS
from parleyrun.config.schema import BrowserConfig
from parleyrun.fake_graph import FakeGraph, FakeMessengerPerson
from parleyrun.fake_graph.our_page import settings_for
from parleyrun.testing import VirtualTimers

RED, BLUE = "1111", "2222"
WITHIN_SECONDS = 60.0


class Lobby(World):
    """Sends people to a talk with each other."""

    def parley(self) -> str | None:
        act = self.agents[0].act()
        if act is None:
            return None
        if act["text"] == "show":
            payload = {"type": "image", "attachment_id": MADE["map"]}
            self.agents[0].observe({"text": "Look", "payload": payload, "persona_id": MADE["robin"]})
            return None
        return "talk"


class Talk(World):
    MAX_AGENTS = 2

    def __init__(self, opt: Any, agents: Any) -> None:
        super().__init__(opt, agents)
        for agent in agents:
            agent.observe({"text": f"you are {agent.id}"})

    def parley(self) -> None:
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                for other in self.agents:
                    if other is not agent:
                        other.observe(act)


MADE: dict[str, str] = {}


def module_initialize(opt: Any, service: Any) -> None:
    MADE["map"] = service.upload_attachment({"type": "image", "data": b"\x89PNG a map", "name": "map.png"})
    MADE["robin"] = service.create_persona("Robin", "https://example.org/robin.png")


class Pages:
    """Two pages, each with people of its own, before one service."""

    def __init__(self, store: str = ":memory:", *, max_time_in_pool: float = 300, **worlds: Any) -> None:
        self.timers = VirtualTimers(1_700_000_000.0)
        self.red = FakeGraph(page_id=RED, clock=self.timers)
        self.blue = FakeGraph(page_id=BLUE, clock=self.timers)
        self._store = store
        self._max_time_in_pool = max_time_in_pool
        self._worlds = SimpleNamespace(Lobby=Lobby, Talk=Talk, **worlds)
        self._parts = ExitStack()

    def __enter__(self) -> Pages:
        config = {
            "task_name": "two pages",
            "overworld": "Lobby",
            "page_id": [RED, BLUE],
            "tasks": {
                "talk": {
                    "task_world": "Talk",
                    "agents_required": 2,
                    "max_time_in_pool": self._max_time_in_pool,
                }
            },
        }
        with ExitStack() as parts:
            graphs = [parts.enter_context(graph) for graph in (self.red, self.blue)]
            self.app = App(
                plan_of(config, self._worlds),
                store=self._store,
                timers=self.timers,
                pages=[settings_for(graph, None) for graph in graphs],
                address=BrowserConfig(port=0),
            )
            parts.enter_context(self.app)
            for graph in graphs:
                graph.connect(f"{self.app.url}/webhook")
            self._parts = parts.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._parts.close()


def comes(person: FakeMessengerPerson, text: str = "talk") -> None:
    """Open the overworld, and say something there."""
    person.gets_started()
    person.says(text)


@pytest.fixture
def pages() -> Iterator[Pages]:
    with Pages() as pages:
        yield pages


def test_people_of_different_pages_are_different_and_meet_each_other(pages):
    # Meta gives ids a page: the same one on another page is somebody else.
    ann, bob = pages.red.person("77"), pages.blue.person("77")
    for person in (ann, bob):
        comes(person)
    ann.sees(f"you are messenger:{RED}:77")
    bob.sees(f"you are messenger:{BLUE}:77")
    ann.says("from the red page")
    bob.sees("from the red page")
    bob.says("from the blue page")
    ann.sees("from the blue page")
    assert all(call.path.split("/")[2] == RED for call in pages.red.sends())
    assert all(call.path.split("/")[2] == BLUE for call in pages.blue.sends())


def test_what_became_of_a_message_is_told_by_its_own_page(pages):
    ann, bob = pages.red.person("77"), pages.blue.person("77")
    for person in (ann, bob):
        comes(person)
    ann.sees("you are")
    bob.sees("you are")
    ann.says("read me")
    bob.sees("read me")
    assert pages.app.channel(MessengerPages).wait_at_rest(WITHIN_SECONDS)
    pages.timers.advance(1)
    bob.reads()
    pages.red.wait_for(lambda: ann.is_seen, "the blue page's person to have read what the red page's wrote")


def test_a_page_in_trouble_holds_up_no_other(pages):
    pages.red.revoke_token()
    ann, bob = pages.red.person("77"), pages.blue.person("78")
    for person in (ann, bob):
        comes(person)
    bob.sees(f"you are messenger:{BLUE}:78")
    channel = pages.app.channel(MessengerPages)
    assert channel.wait_at_rest(WITHIN_SECONDS)
    trouble = pages.app.service.trouble()
    assert trouble is not None
    assert trouble.startswith(f"page {RED}: ")
    assert BLUE not in trouble
    assert [person.participant_id for person in channel.figures().unreachable] == []
    assert channel.figures().waiting_lines == 1


def test_uploads_and_personas_are_good_on_every_page(tmp_path):
    with Pages(module_initialize=module_initialize) as pages:
        for graph in (pages.red, pages.blue):
            person = graph.person("77")
            comes(person, "show")
            shown = person.sees_attachment()
            assert shown.attachment_id in graph.page.attachments
            assert person.sees("Look").persona == "Robin"


def test_one_request_may_be_about_both_pages(pages):
    together = pages.app.channel(MessengerPages).intake
    secret = pages.red.app_secret
    events = [said("one", "m_1", "77"), said("two", "m_2", "77")]
    entries = [
        {"id": page, "time": 0, "messaging": [event]} for page, event in zip((RED, BLUE), events, strict=True)
    ]
    content = raw({"object": "page", "entry": entries})
    waiting = Waiting()
    # The blue page is of another app here, and does not believe what the red one's app has signed.
    together.take(content, sign(secret, content), waiting)
    assert waiting.status() == 200
    heard = [pages.app.service.lines_after(f"messenger:{page}:77", 0) for page in (RED, BLUE)]
    assert [[line.message.text for line in lines] for lines in heard] == [["one"], []]


def test_what_nobody_has_signed_is_refused(pages):
    intake = pages.app.channel(MessengerPages).intake
    content = body(said())
    for signature in (None, sign("another app's secret", content)):
        waiting = Waiting()
        intake.take(content, signature, waiting)
        assert waiting.status() == 403
    assert intake.verify({"hub.mode": "subscribe", "hub.verify_token": "wrong", "hub.challenge": "c"}) is None
    asked = {"hub.mode": "subscribe", "hub.verify_token": pages.blue.verify_token, "hub.challenge": "c"}
    assert intake.verify(asked) == "c"


def test_after_a_restart_each_page_sends_what_it_has_not_sent(tmp_path):
    store = str(tmp_path / "pages.db")
    with Pages(store) as pages:
        ann, bob = pages.red.person("77"), pages.blue.person("77")
        pages.red.fail_next(2, times=None)
        for person in (ann, bob):
            comes(person)
        bob.sees("you are")
    again = Pages(store)
    # The same pages and people, as far as Meta knows.
    for old, new in ((pages.red, again.red), (pages.blue, again.blue)):
        new.page.token, new.page.app_secret, new.page.verify_token = (
            old.page.token,
            old.page.app_secret,
            old.page.verify_token,
        )
        new.person("77").last_wrote = old.person("77").last_wrote
    with again:
        again.timers.advance(ECHO_GRACE_SECONDS)
        again.red.person("77").sees(f"you are messenger:{RED}:77")
        assert again.blue.person("77").heard == []


def test_the_world_module_is_told_which_page_somebody_came_over():
    told = []

    def mark_removed(participant_id: str, page_id: str) -> None:
        told.append((participant_id, page_id))

    with Pages(mark_removed=mark_removed, max_time_in_pool=30) as pages:
        comes(pages.blue.person("77"))
        pages.app.service.wait_quiet(WITHIN_SECONDS)
        pages.timers.advance(31)
        pages.app.service.wait_quiet(WITHIN_SECONDS)
    assert told == [(f"messenger:{BLUE}:77", BLUE)]


class TestPagePeople:
    def test_ids_lead_there_and_back(self):
        for people, id in ((PagePeople(), "messenger:77"), (PagePeople(RED), f"messenger:{RED}:77")):
            assert people.participant_of("77") == id
            assert people.psid_of(id) == "77"
            assert people.has(id)

    @pytest.mark.parametrize(
        "id", ["messenger:77", f"messenger:{BLUE}:77", f"messenger:{RED}:", f"browser:{RED}:77"]
    )
    def test_nobody_else_is_of_the_page(self, id):
        assert not PagePeople(RED).has(id)

    @pytest.mark.parametrize("id", [f"messenger:{RED}:77", "messenger:", "browser:77"])
    def test_nor_of_one_that_is_alone(self, id):
        assert not PagePeople().has(id)
