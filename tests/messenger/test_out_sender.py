"""The sender: every person's lines in order, whatever becomes of anybody's."""

from __future__ import annotations

import logging
import threading
from itertools import pairwise
from types import SimpleNamespace

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from out_lab import ANN, BOB, CLEO, DOWN, LOST, Out, graph_error, left

from parleyrun.channels.messenger.graph.usage import Usage
from parleyrun.channels.messenger.sending import piece_sender
from parleyrun.channels.messenger.sending.retry_policy import ECHO_GRACE_SECONDS
from parleyrun.channels.messenger.sending.send_queues import ROOM, Action, Lane
from parleyrun.errors import StoreError
from parleyrun.events import Sending
from parleyrun.runner.thread_workers import ThreadWorkers
from parleyrun.runner.timers import Timer


@pytest.fixture
def out():
    return Out()


class TestInOrder:
    def test_a_line_is_on_record_as_tried_before_it_is_sent_and_as_sent_after_it(self, out):
        seen = []
        out.graph.answers.append(lambda: seen.extend(out.record.states(ANN)) or {"message_id": "m_9"})
        out.say(ANN, "hello")
        assert seen == [(1, 0, "trying")]
        assert out.record.states(ANN) == [(1, 0, "trying"), (1, 0, "sent")]
        assert out.record.sendings[-1].channel_id == "m_9"

    def test_nothing_is_sent_that_cannot_be_put_on_record(self, out, monkeypatch):
        def broken(sending):
            raise StoreError("the disk is full")

        monkeypatch.setattr(out.record, "record_sending", broken)
        out.say(ANN, "hello")
        assert out.graph.posts == []
        monkeypatch.undo()
        out.advance(10)
        assert out.graph.texts(ANN) == ["hello"]

    def test_nothing_is_sent_as_long_as_its_try_is_not_on_record(self, out, monkeypatch):
        monkeypatch.setattr(piece_sender, "ON_RECORD_WITHIN_SECONDS", 0.01)
        monkeypatch.setattr(out.record, "after", lambda work: None)
        out.say(ANN, "hello")
        out.advance(30)
        assert out.graph.posts == []
        monkeypatch.undo()
        out.advance(60)
        assert out.graph.texts(ANN) == ["hello"]

    def test_everybody_is_sent_one_piece_in_turn(self, out):
        out.workers.holding = True
        out.say(ANN, "a1", "a2", "a3")
        out.say(BOB, "b1", "b2")
        out.say(CLEO, "c1")
        out.workers.holding = False
        out.workers.go()
        assert out.graph.texts() == ["a1", "b1", "c1", "a2", "b2", "a3"]

    def test_no_more_than_one_piece_of_a_person_is_under_way(self, out):
        out.workers.holding = True
        out.say(ANN, "a1", "a2")
        out.say(BOB, "b1")
        assert len(out.workers.jobs) == 2

    def test_a_long_line_is_sent_in_pieces_that_are_named_by_their_number(self, out):
        out.say(ANN, "one[*SPLIT*]two")
        assert out.record.states(ANN) == [(1, 0, "trying"), (1, 0, "sent"), (1, 1, "trying"), (1, 1, "sent")]
        assert {sending.pieces for sending in out.record.sendings} == {2}
        names = [out.metadata.read(post["message"]["metadata"]) for post in out.graph.posts]
        assert [(name.participant_id, name.seq, name.piece, name.pieces) for name in names] == [
            (ANN, 1, 0, 2),
            (ANN, 1, 1, 2),
        ]

    def test_a_line_with_nothing_to_show_is_dealt_with_and_not_sent(self, out):
        out.say(ANN, "  ", "hello")
        assert out.graph.texts(ANN) == ["hello"]
        assert (1, 0, "dropped") in out.record.states(ANN)

    def test_what_was_sent_counts_from_before_the_request_in_whole_milliseconds(self, out):
        out.advance(0.0004)
        began = out.timers.time()
        out.graph.answers.append(lambda: out.advance(3) or {})
        out.say(ANN, "hello")
        assert began - 0.001 <= out.record.sendings[-1].at <= began
        assert out.record.sendings[-1].at * 1000 == pytest.approx(
            round(out.record.sendings[-1].at * 1000), abs=1e-3
        )

    @examples(25)
    @given(st.data())
    def test_whatever_goes_wrong_nobodys_lines_change_places_or_get_lost(self, data):
        out = Out()
        troubles = [
            lambda: graph_error(2),
            lambda: graph_error(4),
            lambda: DOWN,
            lambda: graph_error(1200),
            lambda: graph_error(190),
            lambda: graph_error(10, 2018278),
            lambda: graph_error(2018300),
        ]
        for person in (ANN, BOB, CLEO):
            for trouble in data.draw(st.lists(st.sampled_from(troubles), max_size=2)):
                out.graph.fail(person, trouble())
        expected = {}
        for number in range(12):
            person = data.draw(st.sampled_from([ANN, BOB, CLEO]))
            text = f"{person} {number}"
            expected.setdefault(person, []).append(text)
            out.say(person, text)
            out.advance(data.draw(st.sampled_from([0.0, 1.0, 40.0])))
        for _ in range(6):
            out.advance(3600)
            for person in (ANN, BOB, CLEO):
                out.heard(person)
        out.advance(3600)
        for person, texts in expected.items():
            sent = [seq for seq, _, state in out.record.states(person) if state == "sent"]
            assert sent == list(range(1, len(texts) + 1))
            tried = out.graph.texts(person)
            assert [text for n, text in enumerate(tried) if tried.index(text) == n] == texts
            assert sorted(tried, key=texts.index) == tried


class TestOnePersonsTrouble:
    def test_somebody_else_is_sent_everything_while_one_is_tried_again(self, out):
        out.graph.fail(ANN, *[graph_error(2)] * 3)
        out.say(ANN, "a1", "a2")
        out.say(BOB, "b1", "b2")
        assert out.graph.texts(BOB) == ["b1", "b2"]
        out.advance(60)
        assert out.graph.texts(ANN) == ["a1"] * 4 + ["a2"]

    def test_tries_come_more_and_more_slowly(self, out):
        times = []
        out.graph.always["1"] = lambda: times.append(out.timers.monotonic()) or graph_error(2)
        out.say(ANN, "a1")
        out.advance(300)
        waits = [after - before for before, after in pairwise(times)]
        assert all(2**n <= wait <= 2 ** (n + 1) for n, wait in enumerate(waits[:6]))

    def test_a_line_that_alone_is_refused_again_and_again_is_given_up_and_the_next_one_sent(self, out, caplog):
        out.graph.fail(ANN, *[graph_error(2)] * 8)
        out.say(ANN, "a1", "a2")
        for _ in range(600):
            out.say(BOB, "b")
            out.advance(0.5)
        assert out.graph.texts(ANN) == ["a1"] * 8 + ["a2"]
        assert (1, 0, "dropped") in out.record.states(ANN)
        (told,) = [record for record in caplog.records if record.levelno == logging.ERROR]
        assert "messenger:1#1" in told.message
        assert "refused 8 times" in told.message

    def test_while_nobody_can_be_sent_anything_no_line_is_given_up(self, out):
        out.graph.fail(ANN, *[graph_error(2)] * 20)
        out.say(ANN, "a1")
        out.advance(5 * 3600)
        out.advance(3600)
        assert (1, 0, "sent") in out.record.states(ANN)

    def test_a_temporary_failure_is_tried_twice_more_and_then_given_up(self, out):
        out.graph.fail(ANN, *[graph_error(1200)] * 3)
        out.say(ANN, "a1", "a2")
        out.advance(60)
        assert out.graph.texts(ANN) == ["a1", "a1", "a1", "a2"]

    def test_troubles_of_different_kinds_are_not_added_up(self, out):
        out.graph.fail(ANN, graph_error(2), graph_error(2), graph_error(1200), graph_error(1200))
        out.say(ANN, "a1")
        out.advance(120)
        assert (1, 0, "sent") in out.record.states(ANN)

    def test_an_upload_whose_answer_is_lost_puts_no_words_in_doubt(self, out):
        uploads = [LOST] * 6
        out.graph.answers.extend(uploads)
        out.say(ANN, "look", payload={"type": "image", "data": b"cat"})
        for _ in range(200):
            out.graph.fail(BOB, {})
            out.say(BOB, "b")
            out.advance(1)
        assert [state for _, _, state in out.record.states(ANN)].count("sent") == 2

    def test_those_who_give_no_answer_take_few_of_the_places(self, out):
        people = [f"messenger:{number}" for number in range(100, 140)]
        for person in people:
            out.graph.fail(person, DOWN)
            out.say(person, "one")
        out.workers.holding = True
        out.advance(120)
        assert len(out.workers.jobs) == ROOM[Lane.SUSPECT]
        out.say(BOB, "b1")
        assert len(out.workers.jobs) == ROOM[Lane.SUSPECT] + 1
        out.workers.holding = False
        out.workers.go()
        assert all(out.graph.texts(person) == ["one", "one"] for person in people)

    def test_pictures_leave_room_for_words(self, out):
        out.workers.holding = True
        for number in range(100, 140):
            out.say(f"messenger:{number}", "", payload={"type": "image", "url": "https://example.org/a.png"})
        out.advance(30)
        assert len(out.workers.jobs) == ROOM[Lane.MEDIA]
        out.say(BOB, "b1")
        assert len(out.workers.jobs) == ROOM[Lane.MEDIA] + 1

    def test_a_message_that_is_wrong_is_told_to_its_author_and_the_rest_is_sent(self, out, caplog):
        out.graph.fail(ANN, graph_error(100, 2018008))
        out.say(ANN, "look", id="Guide", payload={"type": "image", "url": "https://example.org/gone.png"})
        assert out.graph.texts(ANN) == ["Guide: look"]
        assert out.record.states(ANN) == [(1, 0, "trying"), (1, 0, "dropped"), (1, 1, "trying"), (1, 1, "sent")]
        (told,) = [record.message for record in caplog.records if record.levelno == logging.ERROR]
        assert "messenger:1#1, said by 'Guide'" in told
        assert "see that its url can be opened by anybody" in told

    def test_words_under_a_persona_that_is_gone_are_shown_without_it(self, out):
        out.graph.fail(ANN, graph_error(100))
        out.say(ANN, "hello", persona_id="77")
        assert [post.get("persona_id") for post in out.graph.posts] == ["77", None]
        assert (1, 0, "sent") in out.record.states(ANN)

    def test_an_error_for_what_was_sent_is_no_reason_to_send_it_again(self, out):
        out.graph.fail(ANN, graph_error(1, 1357046))
        out.say(ANN, "a1", "a2")
        out.advance(3600)
        assert out.graph.texts(ANN) == ["a1", "a2"]
        assert (1, 0, "sent") in out.record.states(ANN)

    def test_another_app_that_has_the_thread_is_waited_for(self, out):
        out.graph.fail(ANN, graph_error(10, 2018300), graph_error(10, 2018300))
        out.say(ANN, "a1")
        out.advance(29)
        assert out.graph.texts(ANN) == ["a1"]
        out.advance(1)
        assert out.graph.texts(ANN) == ["a1", "a1"]
        out.heard(ANN)
        assert (1, 0, "sent") in out.record.states(ANN)

    def test_a_timer_that_fires_although_it_was_cancelled_changes_nothing(self, out, monkeypatch):
        monkeypatch.setattr(Timer, "cancel", lambda timer: None)
        out.graph.fail(ANN, graph_error(2018300), graph_error(2018300))
        out.say(ANN, "a1")
        out.advance(10)
        out.heard(ANN)
        out.advance(59)
        assert out.graph.texts(ANN) == ["a1", "a1"]
        out.advance(1)
        assert out.graph.texts(ANN) == ["a1", "a1", "a1"]

    def test_a_mistake_of_ours_is_logged_and_silences_nobody(self, out, caplog):
        out.graph.fail(ANN, RuntimeError("a mistake"))
        out.say(ANN, "a1", "a2")
        out.advance(60)
        assert out.graph.texts(ANN) == ["a1", "a1", "a2"]
        assert any(record.exc_info for record in caplog.records)


class TestSomebodyWhoIsGone:
    @pytest.mark.parametrize(
        ("code", "subcode"), [(551, 0), (10, 2018108), (200, 1545041), (100, 2018001), (613, 2018338)]
    )
    def test_is_sent_nothing_more_and_everybody_is_told(self, out, code, subcode):
        out.graph.fail(ANN, graph_error(code, subcode))
        out.say(ANN, "one[*SPLIT*]two", "three")
        out.say(ANN, "four")
        out.advance(3600)
        assert out.graph.texts(ANN) == ["one"]
        assert out.gone == [ANN]
        dropped = [(seq, piece) for seq, piece, state in out.record.states(ANN) if state == "dropped"]
        assert dropped == [(1, 0), (1, 1), (2, 0), (3, 0)]
        (told,) = out.sender.unreachable()
        assert told.participant_id == ANN
        assert "Meta's words" in told.reason

    def test_what_waited_behind_it_is_dropped_too(self, out):
        out.workers.holding = True
        out.say(ANN, "one", "two", "three")
        out.graph.fail(ANN, graph_error(551))
        out.workers.holding = False
        out.workers.go()
        assert [state for _, _, state in out.record.states(ANN)] == ["trying", "dropped", "dropped", "dropped"]

    def test_is_not_gone_who_writes_while_meta_says_so(self, out):
        out.graph.fail(ANN, lambda: out.heard(ANN) or graph_error(551))
        out.say(ANN, "one", "two")
        assert out.graph.texts(ANN) == ["one", "one", "two"]
        assert out.gone == []

    def test_is_sent_everything_that_is_said_after_they_write_again(self, out):
        out.graph.fail(ANN, graph_error(551))
        out.say(ANN, "one")
        out.heard(ANN)
        out.say(ANN, "two")
        assert out.graph.texts(ANN) == ["one", "two"]
        assert out.sender.unreachable() == []


class TestTheWindow:
    def test_outside_it_nothing_is_tried_and_nothing_is_lost(self, out):
        out.heard(ANN)
        out.advance(24 * 3600)
        out.say(ANN, "one", "two")
        out.advance(3600)
        assert out.graph.posts == []
        assert out.record.sendings == []
        (told,) = out.sender.unreachable()
        assert (told.participant_id, told.lines) == (ANN, 2)
        assert "has not written" in told.reason
        out.heard(ANN)
        assert out.graph.texts(ANN) == ["one", "two"]

    def test_a_record_of_long_ago_counts_like_what_was_heard(self, out):
        out.record.heard[ANN] = out.timers.time() - 25 * 3600
        out.say(ANN, "one")
        assert out.graph.posts == []

    def test_where_meta_sees_it_closed_one_refusal_is_enough(self, out):
        out.graph.fail(ANN, graph_error(10, 2018278))
        out.say(ANN, "one", "two")
        out.advance(3600)
        assert out.graph.texts(ANN) == ["one"]
        out.heard(ANN)
        assert out.graph.texts(ANN) == ["one", "one", "two"]
        assert [post["messaging_type"] for post in out.graph.posts] == ["RESPONSE"] * 3

    def test_a_human_agent_may_write_for_seven_days(self):
        out = Out(human_agent=True)
        out.heard(ANN)
        out.advance(6 * 86_400)
        out.say(ANN, "one")
        (post,) = out.graph.posts
        assert (post["messaging_type"], post["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
        out.advance(86_400)
        out.say(ANN, "two")
        assert len(out.graph.posts) == 1

    @pytest.mark.parametrize("error", [graph_error(100), graph_error(10, 2018278), graph_error(10)])
    def test_where_meta_does_not_take_the_tag_the_line_waits_for_the_person(self, error):
        out = Out(human_agent=True)
        out.heard(ANN)
        out.advance(2 * 86_400)
        out.graph.fail(ANN, error)
        out.say(ANN, "one")
        out.advance(3600)
        assert out.graph.texts(ANN) == ["one"]
        out.heard(ANN)
        assert (1, 0, "sent") in out.record.states(ANN)

    def test_who_writes_while_meta_refuses_is_sent_what_waited_for_them(self, out):
        out.heard(ANN)
        out.advance(60)
        out.graph.fail(ANN, lambda: out.heard(ANN) or graph_error(10, 2018278))
        out.say(ANN, "one", "two")
        assert out.graph.texts(ANN) == ["one", "one", "two"]

    def test_a_clock_that_was_wrong_for_a_while_silences_nobody(self, out):
        out.heard(ANN)
        wrong_by = 3 * 86_400
        out.windows._clock = SimpleNamespace(time=lambda: out.timers.time() + wrong_by)
        out.say(ANN, "one")
        assert out.graph.posts == []
        wrong_by = 0
        out.advance(3600)
        assert out.graph.texts(ANN) == ["one"]

    def test_who_came_without_words_is_known_to_the_next_process(self, out):
        out.record.heard[ANN] = out.timers.time() - 25 * 3600
        out.windows.came(ANN, out.timers.time() - 3600)
        out.say(ANN, "one")
        assert out.graph.texts(ANN) == ["one"]
        out.advance(23 * 3600)
        out.say(ANN, "two")
        assert out.graph.texts(ANN) == ["one"]

    def test_who_writes_while_the_record_is_asked_when_they_did_is_sent_everything(self, out):
        long_ago = out.timers.time() - 25 * 3600
        out.record.heard = SimpleNamespace(get=lambda participant: out.heard(ANN) or long_ago)
        out.say(ANN, "one")
        assert out.graph.texts(ANN) == ["one"]

    def test_a_line_that_waited_a_day_for_its_person_has_as_many_tries_as_any(self, out):
        out.heard(ANN)
        out.advance(24 * 3600)
        out.say(ANN, "one")
        out.advance(24 * 3600)
        out.graph.fail(ANN, LOST, LOST, LOST)
        out.heard(ANN)
        out.advance(120)
        assert out.record.states(ANN)[-1] == (1, 0, "sent")


class TestLostAnswers:
    def test_an_echo_is_as_good_as_the_answer(self, out):
        out.graph.fail(ANN, LOST)
        out.say(ANN, "one", "two")
        out.advance(1)
        out.echo(out.graph.posts[0], "m_1")
        out.advance(3600)
        assert out.graph.texts(ANN) == ["one", "two"]
        assert [(s.state, s.channel_id) for s in out.record.sendings][1] == ("sent", "m_1")

    def test_an_echo_that_comes_before_the_answer_is_lost_counts_too(self, out):
        def echo_first():
            out.echo(out.graph.posts[-1], "m_1")
            return LOST

        out.graph.fail(ANN, echo_first)
        out.say(ANN, "one", "two")
        assert out.graph.texts(ANN) == ["one", "two"]
        out.advance(3600)
        assert out.graph.texts(ANN) == ["one", "two"]

    def test_an_echo_is_on_record_before_the_answer_comes(self, out):
        states = []

        def echo_first():
            out.echo(out.graph.posts[-1], "m_1")
            states.extend(out.record.states(ANN))
            return {"message_id": "m_1"}

        out.graph.fail(ANN, echo_first)
        out.say(ANN, "one")
        assert states == [(1, 0, "trying"), (1, 0, "sent")]

    def test_without_an_echo_it_is_sent_again_after_a_moment(self, out):
        out.graph.fail(ANN, LOST)
        out.say(ANN, "one", "two")
        out.advance(ECHO_GRACE_SECONDS - 0.1)
        assert out.graph.texts(ANN) == ["one"]
        out.advance(60)
        assert out.graph.texts(ANN) == ["one", "one", "two"]

    def test_one_that_is_never_answered_is_not_sent_for_ever(self, out):
        out.graph.always["1"] = LOST
        out.say(ANN, "one", "two")
        for _ in range(200):
            out.say(BOB, "b")
            out.advance(1)
        assert out.graph.texts(ANN) == ["one"] * 4 + ["two"] * 4
        out.echo(out.graph.posts[0], "m_1")
        assert out.record.sendings[-1].state == "sent"

    def test_echoes_of_others_change_nothing(self, out):
        out.say(ANN, "one")
        before = list(out.record.sendings)
        for metadata in ("", "hello", "00000000:1:1.0/1", "6b6b6b6b:1:1.1/1", "6b6b6b6b:1:" + "9" * 50 + ".0/1"):
            assert out.metadata.read(metadata) is None
        assert out.record.sendings == before

    def test_an_echo_of_a_piece_whose_answer_came_is_not_recorded_again(self, out):
        out.say(ANN, "one")
        recorded = len(out.record.sendings)
        out.echo(out.graph.posts[0], out.record.sendings[-1].channel_id)
        assert len(out.record.sendings) == recorded


class TestAfterARestart:
    def test_what_was_left_goes_out_first_and_in_order(self, out):
        one, two = out.line(ANN, "one"), out.line(ANN, "two")
        out.sender.start([left(one, two)])
        out.say(ANN, "three")
        assert out.graph.texts(ANN) == ["one", "two", "three"]

    def test_pieces_that_were_sent_are_not_sent_again(self, out):
        line = out.line(ANN, "one[*SPLIT*]two[*SPLIT*]three")
        out.sender.start(
            [
                left(
                    line,
                    sendings=[
                        Sending(
                            participant_id=ANN, seq=1, piece=0, pieces=3, state="sent", at=1.0, channel_id="m_1"
                        )
                    ],
                )
            ]
        )
        assert out.graph.texts(ANN) == ["two", "three"]

    def test_a_piece_that_was_being_tried_waits_for_its_echo(self, out):
        line = out.line(ANN, "one")
        out.sender.start(
            [left(line, sendings=[Sending(participant_id=ANN, seq=1, piece=0, pieces=1, state="trying", at=1.0)])]
        )
        out.advance(ECHO_GRACE_SECONDS - 0.1)
        assert out.graph.posts == []
        out.advance(0.2)
        assert out.graph.texts(ANN) == ["one"]

    def test_its_echo_spares_it_being_sent_again(self, out):
        lines = out.line(ANN, "one"), out.line(ANN, "two")
        out.sender.start(
            [
                left(
                    *lines,
                    sendings=[Sending(participant_id=ANN, seq=1, piece=0, pieces=1, state="trying", at=1.0)],
                )
            ]
        )
        out.echo({"message": {"metadata": "6b6b6b6b:1:1.0/1"}}, "m_1")
        assert out.graph.texts(ANN) == ["two"]
        out.advance(60)
        assert out.graph.texts(ANN) == ["two"]

    def test_the_echo_of_an_earlier_piece_does_not_confirm_a_later_one(self, out):
        line = out.line(ANN, "one[*SPLIT*]two")
        known = [
            Sending(participant_id=ANN, seq=1, piece=0, pieces=2, state="sent", at=1.0, channel_id="m_1"),
            Sending(participant_id=ANN, seq=1, piece=1, pieces=2, state="trying", at=1.0),
        ]
        out.sender.start([left(line, sendings=known)])
        out.echo({"message": {"metadata": "6b6b6b6b:1:1.0/2"}}, "m_1")
        assert out.graph.posts == []
        out.advance(ECHO_GRACE_SECONDS)
        assert out.graph.texts(ANN) == ["two"]

    def test_a_line_that_comes_twice_at_the_start_is_sent_once(self, out):
        one, two = out.line(ANN, "one"), out.line(ANN, "two")
        out.workers.holding = True
        out.sender.start([left(one, two)])
        out.sender.put(two)
        out.workers.holding = False
        out.workers.go()
        assert out.graph.texts(ANN) == ["one", "two"]


class TestThrottling:
    def test_the_whole_page_waits_and_then_one_line_shows_whether_it_is_over(self, out):
        out.graph.answers.append(graph_error(4))
        out.say(ANN, "a1")
        out.say(BOB, "b1")
        out.say(CLEO, "c1")
        assert out.graph.texts() == ["a1"]
        out.workers.holding = True
        out.advance(15)
        assert len(out.workers.jobs) == 1
        out.workers.holding = False
        out.workers.go()
        out.advance(15)
        assert sorted(out.graph.texts()) == ["a1", "a1", "b1", "c1"]

    def test_what_meta_says_of_the_time_is_obeyed(self, out):
        out.graph.answers.append(graph_error(80006, regain_seconds=1800.0))
        out.say(ANN, "a1")
        out.say(BOB, "b1")
        out.advance(1799)
        assert out.graph.texts() == ["a1"]
        out.advance(1)
        assert sorted(out.graph.texts()) == ["a1", "a1", "b1"]

    def test_an_hour_of_it_is_a_handful_of_tries_and_loses_nothing(self, out):
        end = out.timers.monotonic() + 3600
        people = [f"messenger:{number}" for number in range(50)]
        for person in people:
            psid = person.partition(":")[2]
            out.graph.always[psid] = lambda: graph_error(613) if out.timers.monotonic() < end else {}
        for person in people:
            out.say(person, "one", "two")
        out.advance(3599)
        assert len(out.graph.texts()) < 30
        out.advance(600)
        for person in people:
            assert [state for _, _, state in out.record.states(person)].count("sent") == 2

    def test_one_who_alone_is_throttled_holds_the_page_up_less_and_less(self, out):
        out.graph.always["1"] = graph_error(613)
        out.say(ANN, "a1")
        for number in range(360):
            out.say(BOB, f"b{number}")
            out.advance(10)
        assert len(out.graph.texts(BOB)) == 360
        assert len(out.graph.texts(ANN)) < 20

    def test_a_full_limit_slows_the_page_down(self):
        out = Out(per_second=10.0)
        out.graph.usage = Usage(percent=100.0)
        out.say(ANN, "warm up")
        for number in range(100, 140):
            out.say(f"messenger:{number}", "hello")
        before = len(out.graph.posts)
        out.advance(10)
        assert len(out.graph.posts) - before == pytest.approx(10, abs=1)

    def test_the_page_keeps_to_its_rate(self):
        out = Out(per_second=5.0)
        for number in range(30):
            out.say(f"messenger:{number}", "hello")
        assert len(out.graph.posts) == 6
        out.advance(2)
        assert len(out.graph.posts) == pytest.approx(16, abs=1)


class TestAStoppedPage:
    @pytest.mark.parametrize(("code", "subcode"), [(190, 0), (190, 460), (10, 1893063)])
    def test_sends_nothing_keeps_everything_and_says_so_once(self, out, caplog, code, subcode):
        out.graph.page_trouble = graph_error(190)
        out.graph.answers.append(graph_error(code, subcode))
        out.say(ANN, "a1")
        out.say(BOB, "b1")
        out.advance(3600)
        assert out.graph.texts() == ["a1"]
        assert "Meta's words" in out.sender.trouble()
        assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1
        assert 3 <= len(out.graph.gets) <= 8

    def test_goes_on_once_it_is_mended(self, out):
        out.graph.page_trouble = graph_error(190)
        out.graph.answers.append(graph_error(190))
        out.say(ANN, "a1")
        out.say(BOB, "b1")
        out.advance(100)
        out.graph.page_trouble = None
        out.advance(200)
        assert out.sender.trouble() is None
        assert sorted(out.graph.texts()) == ["a1", "a1", "b1"]

    def test_a_line_that_waited_for_days_has_as_many_tries_as_any(self, out):
        out.graph.fail(ANN, LOST, graph_error(2), LOST)
        out.graph.fail(BOB, graph_error(190))
        out.graph.page_trouble = graph_error(190)
        out.say(ANN, "a1")
        out.say(BOB, "b1")
        out.advance(3 * 86_400)
        out.graph.page_trouble = None
        out.advance(3600)
        assert (1, 0, "sent") in out.record.states(ANN)
        assert (1, 0, "dropped") not in out.record.states(ANN)

    def test_that_is_stopped_a_second_time_is_told_of_again(self, out, caplog):
        for _ in range(2):
            out.graph.fail(ANN, graph_error(190))
            out.say(ANN, "one")
            out.advance(3600)
        assert out.graph.texts(ANN) == ["one"] * 4
        assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 2

    def test_goes_on_although_looking_after_it_failed_in_a_way_of_its_own(self, out):
        out.graph.page_trouble = ValueError("a mistake of ours")
        out.graph.fail(ANN, graph_error(190))
        out.say(ANN, "one")
        out.advance(100)
        out.graph.page_trouble = None
        out.advance(200)
        assert out.graph.texts(ANN) == ["one", "one"]

    def test_one_line_shows_whether_it_is_mended_before_all_are_sent(self, out, caplog):
        for number in range(20):
            out.graph.always[str(number)] = graph_error(10, 1893063)
        for number in range(20):
            out.say(f"messenger:{number}", "hello")
        assert len(out.graph.posts) == 1
        out.advance(3600)
        assert len(out.graph.posts) <= 7
        assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1

    def test_a_missing_permission_is_told_and_what_waits_is_tried_now_and_then(self, out):
        out.graph.fail(ANN, graph_error(230), graph_error(230))
        out.say(ANN, "a1")
        assert "lacks a permission" in out.sender.trouble()
        out.advance(600)
        assert out.graph.texts(ANN) == ["a1"] * 3
        assert out.sender.trouble() is None

    def test_one_person_to_whom_the_app_may_not_write_yet_is_no_trouble_of_the_page(self, out):
        out.graph.fail(ANN, graph_error(200, 2018028))
        out.say(ANN, "a1")
        assert out.sender.trouble() is None
        assert "not reviewed" in out.sender.unreachable()[0].reason


class TestActions:
    def typing(self, out, seconds=10.0):
        return Action({"sender_action": "typing_on"}, out.timers.monotonic() + seconds)

    def test_an_action_is_never_before_an_earlier_line(self, out):
        out.workers.holding = True
        out.say(ANN, "one")
        out.sender.act(ANN, "typing", self.typing(out))
        out.workers.holding = False
        out.workers.go()
        assert [post.get("sender_action") for post in out.graph.posts] == [None, "typing_on"]

    def test_only_the_newest_of_a_kind_is_sent(self, out):
        out.workers.holding = True
        out.say(ANN, "one")
        out.sender.act(ANN, "typing", self.typing(out))
        out.sender.act(ANN, "typing", Action({"sender_action": "typing_off"}, self.typing(out).until))
        out.workers.holding = False
        out.workers.go()
        assert out.graph.actions(ANN) == ["typing_off"]

    def test_one_that_is_taken_back_in_time_is_not_sent(self, out):
        out.workers.holding = True
        out.say(ANN, "one")
        out.sender.act(ANN, "typing", self.typing(out))
        out.sender.take_back(ANN, "typing")
        out.sender.take_back(BOB, "typing")
        out.workers.holding = False
        out.workers.go()
        assert out.graph.actions(ANN) == []

    def test_one_that_comes_too_late_is_left_out(self, out):
        out.workers.holding = True
        out.sender.act(ANN, "typing", self.typing(out))
        out.advance(11)
        out.workers.holding = False
        out.workers.go()
        assert out.graph.actions(ANN) == []

    def test_an_action_that_fails_is_not_tried_again_and_holds_nothing_up(self, out):
        out.graph.fail(ANN, LOST, graph_error(551))
        out.sender.act(ANN, "typing", self.typing(out))
        out.sender.act(ANN, "typing", self.typing(out))
        out.say(ANN, "one")
        out.advance(60)
        assert out.graph.actions(ANN) == ["typing_on", "typing_on"]
        assert out.graph.texts(ANN) == ["one"]

    def test_a_mistake_in_an_action_is_logged_and_silences_nobody(self, out, caplog):
        out.graph.fail(ANN, RuntimeError("a mistake"))
        out.sender.act(ANN, "typing", self.typing(out))
        out.say(ANN, "one")
        assert out.graph.texts(ANN) == ["one"]
        assert any(record.exc_info for record in caplog.records)

    def test_there_are_none_for_those_who_cannot_be_sent_anything(self, out):
        out.graph.fail(ANN, graph_error(551))
        out.say(ANN, "one")
        out.sender.act(ANN, "typing", self.typing(out))
        out.graph.fail(BOB, LOST)
        out.say(BOB, "one")
        out.sender.act(BOB, "typing", self.typing(out))
        assert out.graph.actions(ANN) == out.graph.actions(BOB) == []


class TestClosing:
    def test_what_can_be_sent_is_sent_and_the_rest_stays_on_record(self, out):
        out.graph.fail(ANN, graph_error(2))
        out.say(ANN, "one", "two")
        out.say(BOB, "one")
        out.sender.close()
        out.advance(3600)
        assert out.graph.texts(ANN) == ["one"]
        assert out.graph.texts(BOB) == ["one"]
        assert (1, 0, "trying") in out.record.states(ANN)

    def test_nothing_is_taken_afterwards_and_a_second_close_is_harmless(self, out):
        out.sender.close()
        out.say(ANN, "one")
        out.heard(ANN)
        out.sender.act(ANN, "typing", Action({"sender_action": "typing_on"}, 1e9))
        out.sender.close()
        assert out.graph.posts == []


def test_with_threads_for_workers_and_for_callers_the_order_is_the_same():
    out = Out(workers=ThreadWorkers(16, "test"), per_second=10_000.0)
    people = [f"messenger:{number}" for number in range(40)]
    expected = [f"line {number}" for number in range(25)]

    def talk(part):
        for text in expected:
            for person in part:
                out.say(person, text)

    callers = [threading.Thread(target=talk, args=(people[start::4],)) for start in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(60)
    out.sender.close()
    for person in people:
        assert out.graph.texts(person) == expected


def test_those_for_whom_nothing_waits_take_no_place(out):
    for number in range(50):
        out.say(f"messenger:{number}", "hello")
    assert list(out.sender._state._queues) == []
    assert out.sender.waiting_lines() == 0
