"""What a world module may ask of the service: to say something to somebody, from outside their worlds."""

import sqlite3
from contextlib import closing

import pytest
from resume_lab import opened as opened_on
from small_worlds import Echo, Small, go, opened, pair

from parleyrun.core.message import FrozenDict
from parleyrun.errors import ActError, StoreError, WorldError

PICTURE = {"type": "image", "url": "https://example.org/a.png"}


def test_a_message_reaches_its_person_and_nobody_else_as_the_systems():
    with opened({"chat": pair()}) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        rehearsal.service.authors.observe_message(ann.id, "a word to you", ["yes", "no"], persona_id="77")
        rehearsal.settle()
        line = ann.sees("a word to you")
        assert line.message.id == ""
        assert line.message.quick_replies == ("yes", "no")
        assert line.message.persona_id == "77"
        bob.sees_nothing_new()
        ann.says("yes")
        bob.sees("yes")


def test_a_payload_reaches_its_person():
    with opened({"echo": Echo}) as rehearsal:
        (ann,) = go(rehearsal, "echo", "ann")
        rehearsal.service.authors.observe_payload(ann.id, PICTURE, quick_replies=["more"])
        rehearsal.settle()
        message = ann.lines[-1].message
        assert (message.text, message.payload, message.quick_replies) == ("", FrozenDict(PICTURE), ("more",))


def test_it_is_on_record_and_stands_in_the_log_after_a_restart(tmp_path):
    with opened_on(tmp_path / "record.db") as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        rehearsal.service.authors.observe_message(ann.id, "do not forget")
        rehearsal.settle()
        with closing(sqlite3.connect(tmp_path / "record.db")) as record:
            (sent,) = record.execute("SELECT sent FROM lines WHERE text = 'do not forget'").fetchone()
        assert sent == rehearsal.timers.time()
        rehearsal.crash()
        assert [line.message.text for line in rehearsal.service.lines_after(ann.id, 0)].count("do not forget") == 1
        rehearsal.service.authors.observe_message(ann.id, "nor this")
        rehearsal.settle()
        ann.sees("nor this")


def test_a_world_may_write_to_somebody_elsewhere_from_within_its_parley():
    class Reports(Small):
        service = None

        def parley(self):
            act = self.agents[0].act()
            if act is not None:
                self.agents[0].observe({"text": "said in the parley"})
                Reports.service.observe_message(self.agents[0].data["operator"], f"they said {act['text']}")

    with opened({"echo": Echo, "report": Reports}) as rehearsal:
        Reports.service = rehearsal.service.authors
        (olga,) = go(rehearsal, "echo", "olga")
        (ann,) = go(rehearsal, "report", "ann")
        rehearsal.service._sessions.get(ann.id).data["operator"] = olga.id
        ann.says("help")
        olga.sees("they said help")
        ann.sees("said in the parley")


@pytest.mark.parametrize("who", ["memory:nobody", "", "ann"])
def test_writing_to_somebody_who_was_never_here_is_one_clear_error(who):
    with opened({"echo": Echo}) as rehearsal:
        go(rehearsal, "echo", "ann")
        with pytest.raises(WorldError, match="expected the id of a participant who has been here, got"):
            rehearsal.service.authors.observe_message(who, "hello?")


def test_somebody_who_has_gone_can_still_be_written_to():
    with opened({"echo": Echo}) as rehearsal:
        (ann,) = go(rehearsal, "echo", "ann")
        ann.goes_away()
        rehearsal.advance(61)
        assert ann.place == "gone"
        rehearsal.service.authors.observe_message(ann.id, "come back soon")
        rehearsal.settle()
        ann.sees("come back soon")
        assert ann.place == "gone"


def test_what_is_no_act_is_refused_with_what_is_wrong():
    with opened({"echo": Echo}) as rehearsal:
        (ann,) = go(rehearsal, "echo", "ann")
        with pytest.raises(ActError, match=r"'quick_replies\[0\]'"):
            rehearsal.service.authors.observe_message(ann.id, "hello", [[]])
        with pytest.raises(ActError, match=r"'payload\.type'"):
            rehearsal.service.authors.observe_payload(ann.id, {"url": "https://example.org"})
        ann.sees_nothing_new()


def test_before_anybody_is_let_in_there_is_nobody_to_write_to(tmp_path):
    errors = []

    def module_initialize(opt, service):
        try:
            service.observe_message("memory:ann", "too early")
        except WorldError as error:
            errors.append(str(error))

    with opened({"echo": Echo}, hooks={"module_initialize": module_initialize}):
        assert len(errors) == 1


def test_a_closed_service_says_that_nothing_can_be_recorded_any_more(tmp_path):
    with opened_on(tmp_path / "record.db") as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        service = rehearsal.service
    with pytest.raises(StoreError, match="closed"):
        service.authors.observe_message(ann.id, "too late")
