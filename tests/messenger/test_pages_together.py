"""Several pages as one channel: what is for whose people, and what has another id on each page."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from parleyrun.channels.messenger.messenger_pages import MessengerPages
from parleyrun.channels.messenger.page_neighbours import PageNeighbours
from parleyrun.core.message import message_from_act
from parleyrun.events import Delivery
from parleyrun.signals import Typing


@pytest.fixture
def told():
    return []


@pytest.fixture
def pages(told):
    def page(page_id):
        return SimpleNamespace(
            intake=None,
            send=lambda line: told.append((page_id, line.participant_id)),
            signal=lambda who, signal: told.append((page_id, who)),
            create_persona=lambda name, picture: f"{name} of {page_id}",
            delete_persona=lambda persona_id: told.append((page_id, persona_id)),
        )

    return MessengerPages({page_id: page(page_id) for page_id in ("1", "2")}, PageNeighbours(["1", "2"]))


def test_lines_and_signals_go_to_the_page_of_the_person_and_to_none_that_is_not_there_any_more(pages, told):
    for who in ("messenger:2:ann", "messenger:1:bob", "messenger:3:gone"):
        pages.send(Delivery(who, 1, message_from_act({"text": "hello"}), at=0.0))
        pages.signal(who, Typing("Ann", True))
    assert told == [("2", "messenger:2:ann")] * 2 + [("1", "messenger:1:bob")] * 2


def test_a_persona_is_deleted_on_each_page_by_its_own_id_and_once(pages, told):
    shared = pages.create_persona("Robin", "https://x/robin.png")
    assert shared == "Robin of 1"
    pages.delete_persona(shared)
    pages.delete_persona(shared)
    assert told == [("1", "Robin of 1"), ("2", "Robin of 2")]
