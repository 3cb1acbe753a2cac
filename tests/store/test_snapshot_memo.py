"""Snapshots refer to seats and options by their place in the memo, and those of earlier versions by names."""

import io
import pickle

import pytest

from parleyrun.core.open_opt import OpenOpt
from parleyrun.core.opt import Opt
from parleyrun.runner.mailbox import Mailbox
from parleyrun.runner.person import PersonAgent
from parleyrun.runner.seats.parlai_seat import ParlaiSeat
from parleyrun.store.snapshot import Earlier, dump, load, named_opt, named_seat

OPT = Opt({"topic": "tea"})


def seats(number, kind=PersonAgent):
    return [kind(f"browser:{n}", Mailbox()) for n in range(number)]


@pytest.mark.parametrize("number", [1, 2, 300])
@pytest.mark.parametrize("kind", [PersonAgent, ParlaiSeat])
def test_a_world_comes_back_with_the_seats_and_options_of_the_new_process(number, kind):
    old, new = seats(number, kind), seats(number, kind)
    world = {"agents": old, "last": old[-1], "opt": OPT, "words": ["a", "b"], "again": old}

    back = load(dump(world, old, OPT), new, fresh := Opt({"topic": "coffee"}))

    assert back["agents"] == new
    assert back["last"] is new[-1]
    assert back["again"] is back["agents"]
    assert back["opt"] is fresh
    assert back["words"] == ["a", "b"]


def test_a_world_comes_back_where_there_are_more_seats_than_there_were():
    old, new = seats(2), seats(3)
    words = ["a", "b"]

    back = load(dump({"agents": old, "words": words, "again": words}, old, OPT), new, OPT)

    assert back["agents"] == new[:2]
    assert back["again"] is back["words"]
    assert back["words"] == ["a", "b"]


def test_a_world_that_holds_a_seat_that_is_no_more_is_not_restored():
    old = seats(2)
    with pytest.raises(pickle.UnpicklingError, match="seat 1 is not there"):
        load(dump(old, old, OPT), seats(1), OPT)


def test_a_seat_takes_two_bytes():
    agents = seats(2)
    assert len(dump([*agents, agents[0]], agents, OPT)) - len(dump(agents, agents, OPT)) == 2


@pytest.mark.parametrize("kind", [PersonAgent, ParlaiSeat])
def test_somebody_who_has_no_seat_in_the_world_is_refused(kind):
    with pytest.raises(pickle.PicklingError, match="who has no seat in it"):
        dump(seats(1, kind), seats(1), OPT)


@pytest.mark.parametrize("kind", [Opt, OpenOpt])
def test_options_of_before_a_change_come_back_as_those_of_now_and_others_as_they_were(kind):
    before, other = kind({"topic": "tea"}), kind({"topic": "rain"})

    back = load(dump([before, other], [], OPT, earlier=Earlier(opts=(before,))), [], OPT)

    assert back[0] is OPT
    assert back[1] == other
    assert type(back[1]) is kind


def test_a_snapshot_of_a_version_that_named_its_seats_is_read():
    old, new = seats(2), seats(2)
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, 5)
    pickler.dispatch_table = {
        PersonAgent: lambda agent: (named_seat, (old.index(agent),)),
        Opt: lambda opt: (named_opt, ()),
    }
    pickler.dump({"agents": old, "opt": OPT, "twice": [old[1], old[1]]})

    back = load(buffer.getvalue(), new, OPT)

    assert back["agents"] == new
    assert back["opt"] is OPT
    assert back["twice"] == [new[1], new[1]]
