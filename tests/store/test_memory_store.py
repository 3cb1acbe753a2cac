"""The record in memory: numbering, duplicates, read marks, and what happens under many threads."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keeping import CHAT

from parleyrun import Message
from parleyrun.events import Inbound
from parleyrun.runner.turn import Said, Turn
from parleyrun.store.memory_store import KEEP_LINES, KEEP_MESSAGE_IDS, MemoryStore
from parleyrun.store.protocol import ReadLine, line_reference, parse_line_reference
from parleyrun.testing import VirtualTimers

ANN, BOB = "memory:ann", "memory:bob"


@pytest.fixture
def store():
    store = MemoryStore(VirtualTimers())
    store.open()
    yield store
    store.close()


def wrote(store, participant_id, message_id, text="hello"):
    """Journal a message; return its receipt."""
    receipts = []
    store.journal(Inbound(participant_id, message_id, text), receipts.append)
    assert len(receipts) == 1
    return receipts[0]


def said(store, *lines, publish=lambda delivery: None):
    """Commit one turn that says these `(participant_id, text or Message)`."""
    messages = tuple(
        Said(participant_id, what if isinstance(what, Message) else Message(what))
        for participant_id, what in lines
    )
    store.commit(Turn(CHAT, 1, said=messages), publish)


def test_everybodys_lines_are_numbered_from_one_their_own_included(store):
    assert wrote(store, ANN, "a").seq == 1
    said(store, (ANN, "x"), (BOB, "y"), (ANN, "z"))
    assert wrote(store, ANN, "b").seq == 4
    assert [(line.seq, line.mine) for line in store.lines_after(ANN, 0)] == [
        (1, True), (2, False), (3, False), (4, True)
    ]  # fmt: skip
    assert [line.seq for line in store.lines_after(BOB, 0)] == [1]


def test_a_line_is_on_record_before_it_is_published_in_order(store):
    published = []

    def publish(delivery):
        assert not delivery.mine
        published.append((delivery.participant_id, delivery.seq, delivery.message.text, delivery.at))

    said(store, (ANN, "1"), (BOB, "2"), (ANN, "3"), publish=publish)
    assert published == [(ANN, 1, "1", 1_000_000.0), (BOB, 1, "2", 1_000_000.0), (ANN, 2, "3", 1_000_000.0)]


def test_what_a_message_carried_is_on_record(store):
    store.journal(Inbound(ANN, "m1", "hello"), lambda receipt: None)
    (line,) = store.lines_after(ANN, 0)
    assert (line.message.text, line.message_id, line.mine) == ("hello", "m1", True)


def test_the_same_message_id_twice_is_one_line_and_says_which(store):
    first = wrote(store, ANN, "m1")
    said(store, (ANN, "in between"))
    again = wrote(store, ANN, "m1", "other words even")
    assert (first.duplicate, again.duplicate, again.seq) == (False, True, first.seq)
    assert len(store.lines_after(ANN, 0)) == 2


def test_message_ids_belong_to_their_participant(store):
    assert not wrote(store, ANN, "m1").duplicate
    assert not wrote(store, BOB, "m1").duplicate


def test_so_many_message_ids_are_remembered_and_no_more(store):
    for number in range(KEEP_MESSAGE_IDS):
        wrote(store, ANN, f"m{number}")
    assert wrote(store, ANN, "m0").duplicate
    wrote(store, ANN, "one more")
    assert wrote(store, ANN, f"m{KEEP_MESSAGE_IDS - 1}").duplicate


def test_so_many_lines_are_kept_and_their_numbers_stay(store):
    for number in range(KEEP_LINES + 10):
        said(store, (ANN, str(number)))
    lines = store.lines_after(ANN, 0)
    assert len(lines) == KEEP_LINES
    assert (lines[0].seq, lines[-1].seq) == (11, KEEP_LINES + 10)


@pytest.mark.parametrize(("after", "expected"), [(-5, [1, 2, 3]), (0, [1, 2, 3]), (2, [3]), (3, []), (99, [])])
def test_lines_after_gives_exactly_what_was_missed(store, after, expected):
    said(store, (ANN, "x"), (ANN, "y"), (ANN, "z"))
    assert [line.seq for line in store.lines_after(ANN, after)] == expected


def test_nobody_knows_a_stranger(store):
    assert store.lines_after("memory:nobody", 0) == []
    assert store.read_through("memory:nobody", 5) == []
    store.forget("memory:nobody")


def test_whoever_is_forgotten_begins_at_one_again(store):
    wrote(store, ANN, "m1")
    store.forget(ANN)
    assert store.lines_after(ANN, 0) == []
    assert wrote(store, ANN, "m1").seq == 1


def test_a_secret_lasts_and_every_name_has_its_own(store):
    assert store.secret("tokens") == store.secret("tokens")
    assert store.secret("tokens") != store.secret("other")
    assert len(store.secret("tokens")) == 32


class TestReadMarks:
    @staticmethod
    def from_ann(seq):
        return Message("x", id="Robin", carried_line=line_reference(ANN, seq))

    def test_reading_up_to_a_line_marks_the_lines_these_carried_oldest_first(self, store):
        said(store, (BOB, self.from_ann(3)), (BOB, "system"), (BOB, self.from_ann(5)), (BOB, self.from_ann(6)))
        assert store.read_through(BOB, 3) == [ReadLine(ANN, 3), ReadLine(ANN, 5)]
        assert store.read_through(BOB, 4) == [ReadLine(ANN, 6)]

    @pytest.mark.parametrize("again", [4, 1, 0, -1])
    def test_reading_what_was_read_is_no_news(self, store, again):
        said(store, (BOB, self.from_ann(1)))
        assert store.read_through(BOB, 4) == [ReadLine(ANN, 1)]
        assert store.read_through(BOB, again) == []

    def test_reading_beyond_the_end_does_not_read_what_comes_later(self, store):
        said(store, (BOB, self.from_ann(1)))
        store.read_through(BOB, 1_000_000)
        said(store, (BOB, self.from_ann(2)))
        assert store.read_through(BOB, 2) == [ReadLine(ANN, 2)]

    def test_ones_own_words_coming_back_are_no_news_to_oneself(self, store):
        wrote(store, ANN, "m1")
        said(store, (ANN, self.from_ann(1)))
        assert store.read_through(ANN, 2) == []

    @pytest.mark.parametrize("made_up", ["x", "x#", "#", "#1", "x#y", "x#-1", "x#1.5", ""])
    def test_a_carried_line_that_an_author_made_up_is_harmless(self, store, made_up):
        said(store, (BOB, Message("x", carried_line=made_up)))
        assert all(line.participant_id == "" for line in store.read_through(BOB, 1))

    def test_a_reference_is_read_as_it_is_written_even_with_marks_in_the_id(self):
        assert parse_line_reference(line_reference("web:a#b#7", 12)) == ReadLine("web:a#b#7", 12)


def test_under_many_threads_numbers_have_no_holes_and_publishing_keeps_their_order(store):
    people = [f"memory:p{number}" for number in range(4)]
    published = {person: [] for person in people}
    receipts = {person: [] for person in people}
    start = threading.Barrier(8)

    def publish(delivery):
        published[delivery.participant_id].append(delivery.seq)

    def talk(author):
        start.wait()
        for number in range(150):
            said(store, *((person, f"{author}.{number}") for person in people), publish=publish)

    def write(author):
        start.wait()
        for number in range(150):
            for person in people:
                message_id = f"{author % 2}.{number}"  # two authors send the same ids: each counts once
                store.journal(Inbound(person, message_id, "x"), receipts[person].append)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4) for work in (talk, write)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for person in people:
        lines = store.lines_after(person, 0)
        assert [line.seq for line in lines] == list(range(1, 4 * 150 + 2 * 150 + 1))
        assert published[person] == [line.seq for line in lines if not line.mine]
        assert len(receipts[person]) == 600
        assert sum(receipt.duplicate for receipt in receipts[person]) == 300
        for author in range(4):
            own = [line.message.text for line in lines if line.message.text.startswith(f"{author}.")]
            assert own == [f"{author}.{number}" for number in range(150)]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from((ANN, BOB)), st.integers(0, 5)),
        st.tuples(st.just("say"), st.sampled_from((ANN, BOB)), st.integers(0, 5)),
        st.tuples(st.just("read"), st.sampled_from((ANN, BOB)), st.integers(-1, 12)),
    ),
    max_size=30,
)


@settings(deadline=None, max_examples=100)
@given(STEPS)
def test_whatever_is_written_said_and_read_the_record_agrees_with_a_simple_one(steps):
    store = MemoryStore(VirtualTimers())
    logs = {ANN: [], BOB: []}  # (kind, key) of each line
    read = {ANN: 0, BOB: 0}
    for step, person, number in steps:
        log = logs[person]
        if step == "write":
            receipt = wrote(store, person, str(number))
            known = [index + 1 for index, line in enumerate(log) if line == ("mine", number)]
            assert (receipt.duplicate, receipt.seq) == ((True, known[0]) if known else (False, len(log) + 1))
            if not known:
                log.append(("mine", number))
        elif step == "say":
            other = BOB if person == ANN else ANN
            said(store, (person, Message("x", carried_line=line_reference(other, number))))
            log.append(("said", number))
        else:
            other = BOB if person == ANN else ANN
            news = [key for kind, key in log[read[person] : max(number, 0)] if kind == "said"]
            assert store.read_through(person, number) == [ReadLine(other, key) for key in news]
            read[person] = max(read[person], min(number, len(log)))
        assert [line.seq for line in store.lines_after(person, 0)] == list(range(1, len(log) + 1))
