"""A parley that was cut off is taken up to where it was: what it heard again, and what it has to say again."""

from __future__ import annotations

from parleyrun.core.message import Message
from parleyrun.runner.mailbox import Mailbox
from parleyrun.runner.person import PersonAgent
from parleyrun.runner.replay import LOOKS_IN_VAIN_ALLOWED, Replay
from parleyrun.runner.turn import Heard, Said


def anything(_message: Message) -> bool:
    return True


def test_each_seat_hears_again_what_it_heard_in_the_order_of_all() -> None:
    replay = Replay([Heard(0, Message("one")), Heard(1, Message("two"))], [])
    assert replay.hear(1, anything) is None
    assert replay.hear(0, lambda message: message.text == "another") is None
    assert replay.hear(0, anything) == Message("one")
    assert replay.hear(1, anything) == Message("two")
    assert not replay.listening
    assert replay.hear(0, anything) is None


def test_a_world_that_looks_for_what_is_not_on_record_is_let_look_for_a_while() -> None:
    replay = Replay([Heard(0, Message("one"))], [])
    assert not any(replay.in_vain() for _ in range(LOOKS_IN_VAIN_ALLOWED))
    assert replay.in_vain()
    replay.hear(0, anything)
    assert not replay.in_vain()


def test_what_a_world_says_otherwise_than_before_is_told() -> None:
    replay = Replay([], [Said("ann", Message("one"))] * 3)
    assert replay.say("ann", Message("one")) is None
    assert replay.say("bob", Message("one")) == "it spoke to bob, but on record to ann"
    assert replay.say("ann", Message("two")) == "it said something else to ann than what is on record"
    assert not replay.speaking
    assert replay.say("ann", Message("one")) == "it said something to ann that is not on record"


def test_data_that_an_author_puts_in_place_is_seen_by_all_seats_of_a_person() -> None:
    kept = {"data": {"old": 1}, "stored_data": {"old": 1}}
    first, second = (PersonAgent("ann", Mailbox(), **kept) for _ in range(2))
    first.data = {"new": 2}
    first.stored_data = {"new": 3}
    assert (second.data, second.stored_data) == ({"new": 2}, {"new": 3})
    first.data = first.data
    assert second.data == {"new": 2}
