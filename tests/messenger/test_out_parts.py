"""Parts of the sending half, one by one: uploads, typing, rates, windows, workers."""

from __future__ import annotations

import threading
from random import Random
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from out_lab import ANN, LOST, Notes, ScriptedGraph, graph_error

from parleyrun.channels.messenger.composing.attachment_uploads import (
    KEPT_SECONDS,
    MEDIA_SECONDS,
    AttachmentUploads,
)
from parleyrun.channels.messenger.graph.error_codes import Treatment
from parleyrun.channels.messenger.graph.usage import Usage
from parleyrun.channels.messenger.page_people import PagePeople
from parleyrun.channels.messenger.personas import create_persona, delete_persona
from parleyrun.channels.messenger.sending.attempts import OutsideWindow, Rejected, Sent, Unanswered
from parleyrun.channels.messenger.sending.messaging_window import MessagingWindow, MessagingWindows
from parleyrun.channels.messenger.sending.piece_metadata import PieceMetadata, PieceName
from parleyrun.channels.messenger.sending.rate_limiter import RateLimiter
from parleyrun.channels.messenger.sending.retry_policy import is_sign_of_life, is_tried
from parleyrun.channels.messenger.sending.typing_indicators import LONGEST_SECONDS, RENEW_SECONDS, TypingIndicators
from parleyrun.errors import ChannelError
from parleyrun.runner.thread_workers import ThreadWorkers
from parleyrun.store.media_content import MediaContent
from parleyrun.testing import VirtualTimers

CAT = MediaContent("image", b"cat", "cat.png", "image/png")


class TestAttachments:
    @pytest.fixture
    def timers(self):
        return VirtualTimers()

    @pytest.fixture
    def graph(self):
        return ScriptedGraph()

    @pytest.fixture
    def record(self, timers):
        return Notes(timers)

    @pytest.fixture
    def attachments(self, graph, timers, record):
        return AttachmentUploads(graph, timers, record)

    def test_the_same_content_is_uploaded_once(self, graph, attachments):
        assert attachments.id_of(CAT) == attachments.id_of(MediaContent("image", b"cat", "other.png", "image/png"))
        (post,) = graph.posts
        assert post["path"] == "100/message_attachments"
        assert post["message"] == {"attachment": {"type": "image", "payload": {"is_reusable": True}}}
        assert post["files"] == {"filedata": ("cat.png", b"cat", "image/png")}
        assert post["read_seconds"] == MEDIA_SECONDS

    def test_its_id_outlives_the_process(self, graph, attachments, timers, record):
        id = attachments.id_of(CAT)
        assert AttachmentUploads(graph, timers, record).id_of(CAT) == id
        assert len(graph.posts) == 1

    def test_it_is_uploaded_again_before_meta_forgets_it(self, graph, attachments, timers, record):
        attachments.id_of(CAT)
        timers.advance(KEPT_SECONDS)
        attachments.id_of(CAT)
        AttachmentUploads(graph, timers, record).id_of(CAT)
        assert len(graph.posts) == 2
        assert KEPT_SECONDS < 90 * 86_400

    def test_it_is_uploaded_again_when_meta_does_not_know_it(self, graph, attachments, timers, record):
        attachments.id_of(CAT)
        attachments.forget(CAT)
        assert record.notes == {}
        attachments.id_of(CAT)
        assert len(graph.posts) == 2

    def test_a_failure_is_raised_and_not_remembered(self, graph, attachments):
        graph.answers.extend([graph_error(100, 2018047), LOST])
        for _ in range(2):
            with pytest.raises(ChannelError):
                attachments.id_of(CAT)
        assert attachments.id_of(CAT)

    def test_those_who_want_it_at_the_same_time_wait_for_one_upload(self, graph, attachments):
        begun, go = threading.Event(), threading.Event()
        graph.answers.append(lambda: begun.set() or (go.wait(60) and {}))
        found = []
        threads = [threading.Thread(target=lambda: found.append(attachments.id_of(CAT))) for _ in range(4)]
        threads[0].start()
        assert begun.wait(60)
        for thread in threads[1:]:
            thread.start()
        go.set()
        for thread in threads:
            thread.join(60)
        assert len(set(found)) == 1
        assert (len(found), len(graph.posts)) == (4, 1)

    def test_an_author_uploads_by_address_by_data_and_by_path(self, graph, attachments, tmp_path):
        (tmp_path / "dog.png").write_bytes(b"dog")
        by_url = attachments.upload({"type": "image", "url": "https://e.org/a.png"})
        by_path = attachments.upload({"type": "image", "path": str(tmp_path / "dog.png")})
        by_data = attachments.upload({"type": "image", "data": b"cat"})
        assert len({by_url, by_path, by_data}) == 3
        assert attachments.upload({"type": "image", "attachment_id": "7"}) == "7"
        assert graph.posts[0]["message"]["attachment"]["payload"] == {
            "url": "https://e.org/a.png",
            "is_reusable": True,
        }

    @pytest.mark.parametrize(
        "payload", [{}, {"type": "image"}, {"type": "cat", "data": b"x"}, {"url": "https://e"}]
    )
    def test_what_cannot_be_uploaded_says_why(self, attachments, payload):
        with pytest.raises(ChannelError, match="cannot upload"):
            attachments.upload(payload)

    def test_an_answer_without_an_id_is_an_error(self, graph, attachments):
        graph.answers.append({"attachment_id": ""})
        with pytest.raises(ChannelError, match="expected an 'attachment_id'"):
            attachments.id_of(CAT)


class TestPersonas:
    def test_they_are_made_and_deleted(self, graph, client):
        from parleyrun.channels.messenger.graph.graph_client import GraphClient

        ours = GraphClient(
            graph_url=graph.url, api_version="v26.0", page_id=graph.page_id, page_token=graph.page_token
        )
        id = create_persona(ours, "Robin", "https://e.org/robin.png")
        assert graph.page.personas[id].name == "Robin"
        delete_persona(ours, id)
        assert graph.page.personas == {}
        ours.close()

    @pytest.mark.parametrize("name", ["", "  ", "x" * 51])
    def test_a_name_that_meta_would_refuse_is_refused(self, name):
        with pytest.raises(ChannelError, match="1 to 50 characters"):
            create_persona(ScriptedGraph(), name, "https://e.org/a.png")

    @pytest.mark.parametrize("id", ["", "me", "../1", "1/messages", "٣"])
    def test_nothing_else_can_be_deleted_by_mistake(self, id):
        with pytest.raises(ChannelError, match="all digits"):
            delete_persona(ScriptedGraph(), id)


class TestTyping:
    @pytest.fixture
    def timers(self):
        return VirtualTimers()

    @pytest.fixture
    def sent(self):
        return []

    @pytest.fixture
    def signs(self, timers, sent):
        return TypingIndicators(timers, lambda who, slot, action: sent.append((timers.time(), action.body)))

    def kinds(self, sent):
        return [body["sender_action"] for _, body in sent]

    def test_it_is_shown_at_once_and_renewed_until_it_stops(self, timers, sent, signs):
        signs.show(ANN, None)
        timers.advance(2.5 * RENEW_SECONDS)
        signs.stop(ANN)
        timers.advance(600)
        assert self.kinds(sent) == ["typing_on", "typing_on", "typing_on", "typing_off"]

    def test_saying_it_again_is_no_news(self, timers, sent, signs):
        for _ in range(10):
            signs.show(ANN, None)
            timers.advance(1)
        assert self.kinds(sent) == ["typing_on"]

    def test_it_ends_with_a_line_and_says_nothing_more(self, timers, sent, signs):
        signs.show(ANN, None)
        signs.spoken(ANN)
        signs.stop(ANN)
        timers.advance(600)
        assert self.kinds(sent) == ["typing_on"]

    def test_one_who_never_stops_is_shown_for_three_minutes(self, timers, sent, signs):
        signs.show(ANN, None)
        timers.advance(3600)
        assert len(sent) == LONGEST_SECONDS / RENEW_SECONDS

    def test_a_persona_types_under_its_own_name(self, timers, sent, signs):
        signs.show(ANN, "7")
        signs.show(ANN, None)
        assert [body for _, body in sent] == [
            {"sender_action": "typing_on", "persona_id": "7"},
            {"sender_action": "typing_on"},
        ]

    def test_nothing_is_renewed_after_the_end(self, timers, sent, signs):
        signs.show(ANN, None)
        signs.close()
        timers.advance(600)
        assert len(sent) == 1


class TestRates:
    @given(
        st.lists(
            st.tuples(st.sampled_from(["send", "throttle", "worked", "usage", "stop", "resume"]), st.floats(0, 50))
        )
    )
    def test_it_never_sends_faster_than_told_nor_in_a_pause(self, happenings):
        now, rates = 0.0, RateLimiter(5.0, 0.0, Random(1))
        sent, pauses = [], []
        for what, seconds in happenings:
            now += seconds
            if what == "send" and rates.wait_seconds(now, 0) == 0:
                rates.take(now, media=False)
                sent.append(now)
            elif what == "throttle":
                paused = rates.throttled(now, None)
                pauses += [(now, now + paused)] if paused is not None else []
            elif what == "worked":
                rates.worked(now)
            elif what == "usage":
                rates.heed(now, Usage(percent=seconds * 2))
            elif what == "stop":
                rates.stop("because")
            else:
                rates.resume()
        assert not any(begin < at < end for at in sent for begin, end in pauses)
        assert all(len([at for at in sent if start <= at <= start + 1]) <= 11 for start in sent)

    def test_media_have_a_limit_of_their_own(self):
        rates = RateLimiter(1000.0, 0.0, Random(1))
        for _ in range(11):
            assert rates.media_wait_seconds(0.0) == 0
            rates.take(0.0, media=True)
        assert rates.media_wait_seconds(0.0) > 0
        assert rates.wait_seconds(0.0, 0) == 0

    def test_pauses_grow_up_to_five_minutes(self):
        rates, now, pauses = RateLimiter(5.0, 0.0, Random(1)), 0.0, []
        for _ in range(8):
            pauses.append(rates.throttled(now, None))
            now += pauses[-1] + 1
        assert 7.5 <= pauses[0] <= 15
        assert 150 <= pauses[-1] <= 300
        rates.worked(now)
        assert rates.throttled(now, None) <= 15


def record(last_heard):
    return SimpleNamespace(last_heard=last_heard, kept=lambda channel, prefix: {})


class TestWindows:
    def test_what_is_remembered_of_silent_people_is_forgotten(self):
        timers = VirtualTimers()
        asked = []
        heard_now = record(lambda who: asked.append(who) or timers.time())
        windows = MessagingWindows(timers, heard_now, heard_now, human_agent=False)
        for number in range(5000):
            windows.heard(f"messenger:{number}", timers.time())
            timers.advance(60)
        assert windows.window_of("messenger:0") is MessagingWindow.OPEN
        assert asked == ["messenger:0"]

    def test_an_old_event_that_comes_late_closes_nothing(self):
        timers = VirtualTimers()
        nothing = record(lambda who: None)
        windows = MessagingWindows(timers, nothing, nothing, human_agent=False)
        windows.heard(ANN, timers.time())
        windows.heard(ANN, timers.time() - 30 * 3600)
        assert windows.window_of(ANN) is MessagingWindow.OPEN


class TestWorkers:
    def test_as_many_jobs_at_once_as_there_may_be_threads_and_no_more(self):
        workers = ThreadWorkers(3, "test")
        begun, go = threading.Semaphore(0), threading.Event()
        ended = threading.Semaphore(0)

        def job():
            begun.release()
            go.wait(60)
            ended.release()

        for _ in range(5):
            workers.run(job)
        for _ in range(3):
            assert begun.acquire(timeout=60)
        assert not begun.acquire(timeout=0.05)
        go.set()
        for _ in range(5):
            assert ended.acquire(timeout=60)
        workers.close()

    def test_a_job_that_fails_is_logged_and_the_next_is_done(self, caplog):
        workers = ThreadWorkers(1, "test")
        done = threading.Event()
        workers.run(lambda: 1 / 0)
        workers.run(done.set)
        assert done.wait(60)
        assert "ZeroDivisionError" in caplog.text
        workers.close()

    def test_nothing_is_done_after_the_end(self):
        workers = ThreadWorkers(1, "test")
        workers.close()
        workers.run(lambda: pytest.fail("it ran"))


@given(st.integers(0, 10**12), st.integers(0, 500), st.from_regex(r"[0-9A-Za-z_.-]{1,128}", fullmatch=True))
def test_a_piece_is_known_again_by_its_name(seq, piece, native_id):
    metadata = PieceMetadata(b"0123456789", PagePeople())
    name = PieceName(f"messenger:{native_id}", seq, piece, piece + 1)
    assert metadata.read(metadata.write(name)) == name
    assert len(metadata.write(name)) < 1000
    assert PieceMetadata(b"another key", PagePeople()).read(metadata.write(name)) is None


@pytest.mark.parametrize(
    ("verdict", "got_there", "page_lives"),
    [
        (Sent("mid"), True, True),
        (OutsideWindow(), False, False),
        (Unanswered("it was cut", may_have_arrived=True), True, False),
        (Unanswered("no connection", may_have_arrived=False), False, False),
        (Rejected(graph_error(551), Treatment.PERSON_GONE), True, True),
        (Rejected(graph_error(190), Treatment.STOP_PAGE), True, False),
    ],
)
def test_a_verdict_tells_whether_meta_was_reached_and_whether_the_page_can_send(verdict, got_there, page_lives):
    assert (is_tried(verdict), is_sign_of_life(verdict)) == (got_there, page_lives)
