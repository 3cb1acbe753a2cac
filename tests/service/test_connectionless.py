"""People of a channel without connections: they are there from their first message until it says otherwise."""

import pytest
from resume_lab import go, opened

from parleyrun.testing.rehearsal import Rehearsal


@pytest.fixture
def record(tmp_path):
    return tmp_path / "record.db"


class TestPresence:
    def test_a_first_message_is_enough_to_be_there(self, record):
        with connectionless(record) as rehearsal:
            go(rehearsal, "chat", "ann", "bob")
            rehearsal.advance(1_000)
            assert rehearsal.service.counts().away == 0
            assert places(rehearsal) == ["task", "task"]

    def test_after_a_restart_nobody_is_away_and_no_grace_runs_out(self, record):
        with connectionless(record) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            rehearsal.crash(reconnect=False)
            assert rehearsal.service.counts().away == 0
            rehearsal.advance(1_000)
            ann.says("still there?")
            bob.sees("still there?")

    def test_after_a_restart_who_waits_can_be_matched_though_they_say_nothing(self, record):
        with connectionless(record) as rehearsal:
            go(rehearsal, "trio", "ann", "bob")
            rehearsal.crash(reconnect=False)
            go(rehearsal, "trio", "cyd")
            assert places(rehearsal) == ["task", "task", "task"]

    def test_after_a_restart_people_with_connections_are_away_as_ever(self, record):
        with opened(record) as rehearsal:
            go(rehearsal, "chat", "ann", "bob")
            rehearsal.crash(reconnect=False)
            assert rehearsal.service.counts().away == 2

    def test_who_went_has_the_grace_to_write_again(self, record):
        with connectionless(record) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            ann.goes_away()
            rehearsal.advance(59)
            ann.says("I am back")
            assert bob.partners == [("Anna", "away"), ("Anna", "back")]
            bob.sees("I am back")
            rehearsal.advance(1_000)
            assert places(rehearsal) == ["task", "task"]

    def test_who_went_for_too_long_has_left_and_is_let_in_afresh(self, record):
        with connectionless(record) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            ann.goes_away()
            rehearsal.advance(61)
            assert ann.place == "gone"
            assert bob.partners[-1] == ("Anna", "left")
            ann.says("hello again")
            assert ann.place == "overworld"
            rehearsal.advance(1_000)
            assert ann.place == "overworld"

    def test_words_that_come_with_the_news_that_their_person_went_keep_them_there(self, record):
        with connectionless(record) as rehearsal:
            ann, _ = go(rehearsal, "chat", "ann", "bob")
            rehearsal.channel.go("ann")
            rehearsal.channel.say("ann", "crossed on the way")
            rehearsal.settle()
            rehearsal.advance(1_000)
            assert ann.place == "task"

    def test_who_had_gone_and_wrote_while_the_service_died_is_let_in_and_stays(self, record):
        with connectionless(record) as rehearsal:
            (ann,) = go(rehearsal, "echo", "ann")
            ann.goes_away()
            rehearsal.advance(61)
            assert ann.place == "gone"
            crash_with_mail(rehearsal, "ann", "let me in")
            assert ann.place == "overworld"
            rehearsal.advance(1_000)
            assert ann.place == "overworld"

    def test_a_duplicate_does_not_make_anybody_present(self, record):
        with connectionless(record) as rehearsal:
            (ann,) = go(rehearsal, "echo", "ann")
            ann.says("once", message_id="m1")
            ann.goes_away()
            assert ann.says("once", message_id="m1").duplicate
            assert rehearsal.service.counts().away == 1


def connectionless(record):
    rehearsal = opened(record)
    return Connectionless(rehearsal.service.plan, store=record)


class Connectionless(Rehearsal):
    """A rehearsal whose channel has no connections."""

    def _new_app(self, plan, store):
        self.channel.connectionless = True
        return super()._new_app(plan, store)


def crash_with_mail(rehearsal, name, text):
    """Die right after this person's words were journalled, before anybody has read them."""
    service = rehearsal.service
    session = service._departures.known(rehearsal.channel.id_of(name))
    session.mailbox.listen(lambda: None)
    rehearsal.channel.say(name, text)
    rehearsal.crash(reconnect=False)


def places(rehearsal):
    return [person.place for person in rehearsal.everybody]
