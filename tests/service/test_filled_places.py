"""Bots that sit down in the places of people who did not come."""

import sqlite3
import threading
from contextlib import closing
from types import SimpleNamespace

import bot_models
import pytest

from parleyrun.app.planning import plan_of
from parleyrun.ready import Chat
from parleyrun.runner.mailbox import Mailbox
from parleyrun.runner.person import PersonAgent
from parleyrun.service.places.role_giving import roles_to_fill
from parleyrun.service.sessions import At, Session
from parleyrun.testing import rehearse

ECHO = {"model": "bot_models:Echo", "check": False}
FILL = {"model": "seller", "after": 20, "disclose": False, "pace": None}


@pytest.fixture(autouse=True)
def nothing_asked():
    bot_models.forget()


class Roles(Chat):
    """Gives roles, the last of them to who comes last."""

    @staticmethod
    def assign_roles(agents):
        for agent, role in zip(agents, ("Buyer", "Seller"), strict=True):
            agent.disp_id = role


class Choosy(Roles):
    """Only who likes it may come in."""

    @staticmethod
    def eligibility_function(session):
        return "picky" not in session.id

    @staticmethod
    def assign_roles(agents):
        for number, agent in enumerate(agents):
            agent.disp_id = None if "shy" in agent.id else f"Role {number}"


class Failing(Chat):
    @staticmethod
    def assign_roles(agents):
        for agent in agents:
            agent.disp_id = agent.onboard_data["role"]


def config(task_world="parleyrun.ready:Chat", *, required=2, fill_with=FILL, **task):
    return {
        "models": {"seller": ECHO},
        "tasks": {
            "haggle": {"task_world": task_world, "agents_required": required, "fill_with": fill_with, **task}
        },
    }


def of(name):
    return f"{__name__}:{name}"


def says_hi(rehearsal, *names):
    people = rehearsal.people(*names)
    for person in people:
        person.says("hi")
    return people


def test_who_has_waited_long_enough_talks_with_a_bot_that_sits_where_a_person_would():
    with rehearse(config()) as rehearsal:
        (ann,) = says_hi(rehearsal, "ann")
        rehearsal.advance(19)
        assert ann.place == "waiting"
        rehearsal.advance(1)
        assert (ann.place, ann.role) == ("task", "Person 1")
        ann.says("how much?")
        assert [(line.message.id, line.message.text) for line in ann.lines] == [("Person 2", "1: how much?")]
        assert bot_models.introduced[0]["role"] == "Person 2"


def test_people_who_come_in_time_talk_with_each_other():
    with rehearse(config()) as rehearsal:
        (ann,) = says_hi(rehearsal, "ann")
        rehearsal.advance(19)
        (bob,) = says_hi(rehearsal, "bob")
        rehearsal.advance(60)
        ann.says("a person?")
        bob.sees("a person?")
        assert bot_models.asked == []


def test_all_who_are_there_sit_down_together_and_bots_take_the_other_places():
    with rehearse(config(required=4)) as rehearsal:
        (ann,) = says_hi(rehearsal, "ann")
        rehearsal.advance(15)
        (bob,) = says_hi(rehearsal, "bob")
        rehearsal.advance(5)
        assert (ann.role, bob.role) == ("Person 1", "Person 2")
        assert [about["role"] for about in bot_models.introduced] == ["Person 3", "Person 4"]
        ann.says("hello")
        bob.sees("hello")


def test_bots_take_the_roles_that_are_left_over():
    with rehearse(config(of("Roles"))) as rehearsal:
        (ann,) = says_hi(rehearsal, "ann")
        rehearsal.advance(20)
        assert ann.role == "Buyer"
        assert [(about["role"], about["people"]) for about in bot_models.introduced] == [("Seller", ["Buyer"])]


def test_who_is_away_is_not_sat_down_and_is_as_soon_as_they_are_back():
    with rehearse({**config(), "disconnect_grace": 600}) as rehearsal:
        (ann,) = says_hi(rehearsal, "ann")
        ann.goes_away()
        rehearsal.advance(30)
        assert ann.place == "waiting"
        ann.comes_back()
        assert ann.place == "task"


def test_time_waited_before_a_restart_counts(tmp_path):
    with rehearse(config(), store=tmp_path / "haggle.db") as rehearsal:
        (ann,) = says_hi(rehearsal, "ann")
        rehearsal.advance(15)
        rehearsal.crash(down_seconds=2)
        assert ann.place == "waiting"
        rehearsal.advance(3)
        assert ann.place == "task"
        rehearsal.crash()
        assert ann.role == "Person 1"
        ann.says("how much?")
        ann.sees("1: how much?")


def test_who_waited_long_enough_while_the_service_was_down_is_sat_down_once_they_are_back(tmp_path):
    with rehearse(config(), store=tmp_path / "haggle.db") as rehearsal:
        (ann,) = says_hi(rehearsal, "ann")
        rehearsal.crash(down_seconds=50, reconnect=False)
        assert ann.place == "waiting"
        ann.comes_back()
        assert ann.place == "task"


def test_whom_the_author_turns_down_goes_on_waiting_and_the_record_says_who_was_passed_over(tmp_path):
    store = tmp_path / "haggle.db"
    with rehearse(config(of("Choosy"), required=4), store=store) as rehearsal:
        picky, shy, ann = says_hi(rehearsal, "picky", "shy", "ann")
        rehearsal.advance(20)
        assert (picky.place, shy.place, ann.place) == ("waiting", "waiting", "task")
    with closing(sqlite3.connect(store)) as connection, connection:
        rows = connection.execute("SELECT taken, passed_over FROM matches").fetchall()
    assert len(rows) == 1
    assert "memory:ann" in rows[0][0]
    assert "picky" in rows[0][1]
    assert "shy" in rows[0][1]


def test_roles_that_cannot_be_given_to_bots_end_the_wait_with_a_mistake_in_the_log(caplog):
    with rehearse(config(of("Failing"))) as rehearsal:
        (ann,) = says_hi(rehearsal, "ann")
        rehearsal.advance(20)
        ann.sees("something went wrong on our side")
    assert "Failing.assign_roles() failed for memory:ann and bots (task 'haggle')" in caplog.text


def test_who_comes_while_roles_are_given_goes_before_a_bot(monkeypatch):
    bob_waits = threading.Event()
    move = Session.move

    def noting_move(session, at, **more):
        move(session, at, **more)
        if (session.id, at) == ("memory:bob", At.WAITING):
            bob_waits.set()

    monkeypatch.setattr(Session, "move", noting_move)
    given = []

    class Meets(Roles):
        @staticmethod
        def assign_roles(agents):
            given.append([agent.is_bot for agent in agents])
            if len(given) == 1:
                rehearsal.channel.say("bob", "hi")
                assert bob_waits.wait(10)
                rehearsal.service._desk.wait_idle()
            Roles.assign_roles(agents)

    values = {**config("Meets"), "world_module": "worlds"}
    with rehearse(values, worlds=SimpleNamespace(Meets=Meets)) as rehearsal:
        ann, bob = rehearsal.people("ann", "bob")
        ann.says("hi")
        rehearsal.advance(20)
        assert given == [[False, True], [False, False]]
        ann.says("a person?")
        bob.sees("a person?")


@pytest.mark.parametrize(
    ("task_world", "role", "left"),
    [("parleyrun.ready:Chat", "Person 2", ("Person 1",)), (of("Roles"), "Seller", ("Buyer",))],
)
def test_roles_of_bots_are_found_again_where_a_crash_came_before_the_world_was_on_record(task_world, role, left):
    task = plan_of(config(task_world), defaults={"task_name": "t"}).tasks["haggle"]
    ann = PersonAgent("memory:ann", Mailbox())
    ann.disp_id = role
    assert roles_to_fill(task, [ann], "Person {number}") == left
    bob = PersonAgent("memory:bob", Mailbox())
    assert roles_to_fill(task, [ann, bob], "Person {number}") == ()


class ForSome(Chat):
    """Only who is called so talks with a bot, and nobody with a person who is not."""

    @staticmethod
    def assign_roles(agents):
        with_bot = any(agent.is_bot for agent in agents)
        for number, agent in enumerate(agents):
            if agent.is_bot or ("bots" in agent.id) is with_bot:
                agent.disp_id = f"Role {number}"


def test_whom_the_author_turns_down_keeps_no_bot_from_the_next_in_line():
    with rehearse(config(of("ForSome"))) as rehearsal:
        first, second = says_hi(rehearsal, "first", "for-bots")
        rehearsal.advance(20)
        assert (first.place, second.place) == ("waiting", "task")


def test_where_bots_take_places_no_conversation_begins_with_fewer_people():
    with rehearse(config(of("ForSome"))) as rehearsal:
        bots, person = says_hi(rehearsal, "for-bots", "person")
        assert (bots.place, person.place) == ("waiting", "waiting")
        (other,) = says_hi(rehearsal, "other")
        assert (bots.place, person.place, other.place) == ("waiting", "task", "task")
