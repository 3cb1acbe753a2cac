"""Uploads and personas on the chat page's side, over real sockets: nobody needs Messenger for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from serving import Menu, Serving

from parleyrun import World
from parleyrun.errors import ChannelError
from parleyrun.runner.timers import Clock
from parleyrun.store.memory_store import MemoryStore
from parleyrun.store.protocol import Store
from parleyrun.store.sqlite.sqlite_store import SqliteStore

PICTURE = "https://example.org/robin.png"


class Guide(World):
    """Shows a map, as Robin."""

    made: dict[str, str]

    def __init__(self, opt: Any, agents: Any) -> None:
        super().__init__(opt, agents)
        self.over = False

    def parley(self) -> None:
        if self.agents[0].act() is None:
            return
        self.agents[0].typing_on(self.made["persona"])
        payload = {"type": "image", "attachment_id": self.made["map"], "alt": "a map"}
        self.agents[0].observe({"text": "Here we are", "payload": payload, "persona_id": self.made["persona"]})

    def episode_done(self) -> bool:
        return self.over


def module_initialize(opt: Any, service: Any) -> None:
    Guide.made = {
        "map": service.upload_attachment({"type": "image", "data": b"\x89PNG a map", "name": "map.png"}),
        "persona": service.create_persona("Robin", PICTURE),
    }


WORLDS = SimpleNamespace(Menu=Menu, Guide=Guide, module_initialize=module_initialize)


def guided(make_store: Callable[[Clock], Store] = MemoryStore) -> Serving:
    return Serving(make_store, worlds=WORLDS, tasks={"echo": {"task_world": "Guide"}})


@pytest.fixture
def serving() -> Iterator[Serving]:
    with guided() as serving:
        yield serving


def shown(serving):
    person = serving.visitor()
    person.line("menu")
    person.says("echo")
    person.place("task")
    person.says("where?")
    return person, person.line("Here we are")


def test_a_persona_speaks_under_its_name_and_types_under_it(serving):
    person = serving.visitor()
    person.line("menu")
    person.says("echo")
    person.place("task")
    person.says("where?")
    assert person.get("typing", id="Robin")["on"]
    assert person.line("Here we are")["persona"] == {"name": "Robin", "picture": PICTURE}


def test_an_upload_is_shown_from_an_address_of_our_own(serving):
    _, line = shown(serving)
    payload = line["payload"]
    assert (payload["type"], payload["alt"], payload["name"]) == ("image", "a map", "map.png")
    answer = serving.http.get(f"{serving.url}/{payload['url']}")
    assert (answer.status_code, answer.content) == (200, b"\x89PNG a map")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("inline")
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_script_is_given_the_address_too(serving):
    script = serving.script()
    script.says("hi")
    assert script.texts(1) == ["menu"]
    script.says("echo")
    serving.settle()
    script.says("where?")
    assert serving.http.get(f"{serving.url}/{script.recv()['payload']['url']}").status_code == 200


@pytest.mark.parametrize(
    "path", ["attachments/", "attachments/x", "attachments/../serving.py", f"attachments/{'0' * 40}"]
)
def test_at_other_addresses_there_is_nothing(serving, path):
    assert serving.http.get(f"{serving.url}/{path}").status_code == 404


def test_with_a_record_in_a_file_all_of_it_outlives_a_restart(tmp_path):
    def make_store(clock: Clock) -> SqliteStore:
        return SqliteStore(tmp_path / "kept.db", clock)

    with guided(make_store) as serving:
        person, line = shown(serving)
        token = person.token
    (tmp_path / "kept.db.attachments").stat()
    with guided(make_store) as serving:
        again = serving.visitor(token)
        back = again.line("Here we are")
        assert (back["persona"], back["payload"]) == (line["persona"], line["payload"])
        answer = serving.http.get(f"{serving.url}/{line['payload']['url']}", headers={"range": "bytes=1-3"})
        assert (answer.status_code, answer.content) == (206, b"PNG")


def test_what_an_author_gets_wrong_is_one_clear_error(serving):
    with pytest.raises(ChannelError, match="cannot upload this attachment: expected 'path', 'url', 'data'"):
        serving.service.authors.upload_attachment({"type": "image"})
