"""What became of lines that a channel sends by itself: the same in memory and in a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from keeping import StandingClock, durable_store, said, settle

from parleyrun.core.message import Message
from parleyrun.errors import StoreError
from parleyrun.events import Inbound, Receipt, Sending, SendingState, SentElsewhere, Unsent
from parleyrun.store.memory_outbox import KEEP_SENT_LINES
from parleyrun.store.memory_store import MemoryStore
from parleyrun.store.protocol import UNSENT_LINES, Move, Store

PIA, QUINN = "page:pia", "page:quinn"


class Outbox:
    """A store, which can be closed and opened again. What is done here is on record when it returns."""

    def __init__(self, kind: str, path: Any) -> None:
        self._kind = kind
        self._path = path
        self.clock = StandingClock()
        self.store: Store = self._new()
        self.store.open()

    def _new(self) -> Store:
        return MemoryStore(self.clock) if self._kind == "memory" else durable_store(self._path, self.clock)

    def reopened(self) -> list[Unsent]:
        self.store.close()
        if self._kind != "memory":
            self.store = self._new()
        self.store.open()
        return self.store.unsent("page")

    def tells(self, who: str, *texts: str) -> None:
        self.store.move(Move(said=tuple(said(who, text) for text in texts)), lambda line: None)
        settle(self.store)

    def hears(self, who: str, text: str, at: float = 0.0) -> None:
        self.store.journal(Inbound(who, f"id of {text}", text, at=at), lambda receipt: None)
        settle(self.store)

    def sends(
        self,
        who: str,
        seq: int,
        state: SendingState = "sent",
        *,
        piece: int = 0,
        pieces: int = 1,
        at: float = 1.0,
        channel_id: str | None = None,
        reason: str = "",
    ) -> Sending:
        sending = Sending(
            participant_id=who,
            seq=seq,
            piece=piece,
            pieces=pieces,
            state=state,
            at=at,
            channel_id=channel_id,
            reason=reason,
        )
        self.store.record_sending(sending)
        settle(self.store)
        return sending


@pytest.fixture(params=["memory", "file", pytest.param("postgres", marks=pytest.mark.postgres)])
def outbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outbox]:
    place = request.getfixturevalue("database") if request.param == "postgres" else tmp_path / "demo.db"
    outbox = Outbox(request.param, place)
    yield outbox
    outbox.store.close()


def texts(unsent: list[Unsent]) -> dict[str, list[str]]:
    return {one.participant_id: [line.message.text for line in one.lines] for one in unsent}


def test_after_a_restart_the_lines_that_were_not_sent_come_back_in_order(outbox: Outbox) -> None:
    outbox.tells(PIA, "one", "two", "three")
    outbox.tells(QUINN, "all of it")
    outbox.tells("browser:rob", "not the page's business")
    outbox.tells("page2:rob", "nor this")
    outbox.sends(PIA, 1)
    outbox.sends(QUINN, 1)
    assert texts(outbox.reopened()) == {PIA: ["two", "three"]}


def test_what_was_dropped_is_dealt_with_too(outbox: Outbox) -> None:
    outbox.tells(PIA, "one", "two")
    outbox.sends(PIA, 1, "dropped", reason="the person is gone")
    assert texts(outbox.reopened()) == {PIA: ["two"]}


def test_a_line_is_dealt_with_once_all_its_pieces_are(outbox: Outbox) -> None:
    outbox.tells(PIA, "long", "short")
    first = outbox.sends(PIA, 1, piece=0, pieces=3, channel_id="m_0")
    second = outbox.sends(PIA, 1, "trying", piece=1, pieces=3)
    (unsent,) = outbox.reopened()
    assert [line.seq for line in unsent.lines] == [1, 2]
    assert unsent.sendings == (first, second)
    outbox.sends(PIA, 1, piece=1, pieces=3)
    outbox.sends(PIA, 1, "dropped", piece=2, pieces=3)
    assert texts(outbox.reopened()) == {PIA: ["short"]}
    assert outbox.reopened()[0].sendings == ()


def test_a_line_sent_out_of_order_is_not_sent_again(outbox: Outbox) -> None:
    outbox.tells(PIA, "one", "two", "three")
    outbox.sends(PIA, 2)
    assert texts(outbox.reopened()) == {PIA: ["one", "three"]}
    outbox.sends(PIA, 1)
    assert texts(outbox.reopened()) == {PIA: ["three"]}


def test_what_people_say_themselves_is_never_unsent(outbox: Outbox) -> None:
    outbox.hears(PIA, "hello")
    outbox.tells(PIA, "welcome")
    outbox.hears(PIA, "thanks")
    outbox.sends(PIA, 2)
    outbox.hears(PIA, "is anybody there?")
    assert outbox.reopened() == []


def test_what_is_said_since_the_store_was_opened_is_not_unsent(outbox: Outbox) -> None:
    outbox.tells(PIA, "before")
    outbox.reopened()
    outbox.tells(PIA, "since")
    assert texts(outbox.store.unsent("page")) == {PIA: ["before"]}
    assert texts(outbox.reopened()) == {PIA: ["before", "since"]}


def test_of_one_person_only_so_many_lines_come_back_and_the_rest_can_be_asked_for(outbox: Outbox) -> None:
    outbox.tells(PIA, *map(str, range(UNSENT_LINES + 2)))
    outbox.tells(QUINN, *map(str, range(UNSENT_LINES)))
    pia, quinn = outbox.reopened()
    assert (len(pia.lines), pia.more) == (UNSENT_LINES, True)
    assert (len(quinn.lines), quinn.more) == (UNSENT_LINES, False)
    rest = outbox.store.lines_after(PIA, pia.lines[-1].seq)
    assert [line.message.text for line in rest] == [str(UNSENT_LINES), str(UNSENT_LINES + 1)]


def test_fewer_pieces_than_were_planned_once_do_not_hold_up_a_line_for_ever(outbox: Outbox) -> None:
    outbox.tells(PIA, "long", "short")
    outbox.sends(PIA, 1, piece=0, pieces=3)
    outbox.sends(PIA, 1, piece=1, pieces=2)
    assert texts(outbox.reopened()) == {PIA: ["short"]}


@pytest.mark.parametrize(
    ("before", "after", "becomes"),
    [
        ("trying", "trying", "trying"),
        ("trying", "sent", "sent"),
        ("trying", "dropped", "dropped"),
        ("sent", "trying", "sent"),
        ("sent", "dropped", "sent"),
        ("dropped", "trying", "dropped"),
        ("dropped", "sent", "sent"),
    ],
)
def test_what_was_sent_stays_sent_and_what_was_dropped_is_not_tried_again(
    outbox: Outbox, before: SendingState, after: SendingState, becomes: SendingState
) -> None:
    outbox.tells(PIA, "hello")
    outbox.sends(PIA, 1, before, at=1.0, channel_id="m_1")
    outbox.sends(PIA, 1, after, at=2.0, channel_id="m_1")
    found = outbox.store.sending_of("page", "m_1")
    assert found is not None
    assert found.state == becomes


def test_an_echo_tells_what_an_answer_did_not_and_takes_nothing_back(outbox: Outbox) -> None:
    outbox.tells(PIA, "one", "two")
    outbox.sends(PIA, 1, at=1.0)
    outbox.sends(PIA, 1, at=9.0, channel_id="m_1")
    outbox.sends(PIA, 1, at=10.0)
    assert outbox.store.sending_of("page", "m_1") == Sending(
        participant_id=PIA, seq=1, piece=0, pieces=1, state="sent", at=1.0, channel_id="m_1"
    )


def test_a_sending_is_found_by_what_its_own_channel_calls_it(outbox: Outbox) -> None:
    outbox.tells(PIA, "long")
    outbox.sends(PIA, 1, piece=0, pieces=2, channel_id="m_0")
    wanted = outbox.sends(PIA, 1, piece=1, pieces=2, channel_id="m_1")
    assert outbox.store.sending_of("page", "m_1") == wanted
    assert outbox.store.sending_of("browser", "m_1") is None
    assert outbox.store.sending_of("pag", "m_1") is None
    assert outbox.store.sending_of("page", "m_2") is None


def test_a_sending_of_nobody_is_refused_and_the_next_one_recorded(tmp_path: Path) -> None:
    outbox = Outbox("file", tmp_path / "demo.db")
    outbox.tells(PIA, "hello")
    outbox.store.record_sending(
        Sending(participant_id="page:nobody", seq=1, piece=0, pieces=1, state="sent", at=1.0, channel_id="m_0")
    )
    wanted = outbox.sends(PIA, 1, channel_id="m_1")
    assert outbox.store.sending_of("page", "m_0") is None
    assert outbox.store.sending_of("page", "m_1") == wanted
    outbox.store.close()


def test_a_line_counts_as_sent_when_its_last_piece_was(outbox: Outbox) -> None:
    outbox.tells(PIA, "one", "two", "three")
    outbox.sends(PIA, 1, at=10.0)
    outbox.sends(PIA, 2, piece=0, pieces=2, at=20.0)
    outbox.sends(PIA, 2, piece=1, pieces=2, at=30.0)
    outbox.sends(PIA, 3, "dropped", at=40.0)
    until = {at: outbox.store.sent_until(PIA, at) for at in (9.9, 10.0, 29.9, 30.0, 99.0)}
    assert until == {9.9: 0, 10.0: 1, 29.9: 1, 30.0: 2, 99.0: 2}
    assert outbox.store.sent_until(QUINN, 99.0) == 0


def test_a_piece_that_is_still_tried_keeps_its_line_from_counting(outbox: Outbox) -> None:
    outbox.tells(PIA, "long")
    outbox.sends(PIA, 1, piece=0, pieces=2, at=1.0)
    outbox.sends(PIA, 1, "trying", piece=1, pieces=2, at=2.0)
    assert outbox.store.sent_until(PIA, 99.0) == 0


def test_when_a_person_last_wrote_is_what_their_channel_said_or_when_it_came(outbox: Outbox) -> None:
    assert outbox.store.last_heard(PIA) is None
    outbox.hears(PIA, "hello", at=900.5)
    outbox.tells(PIA, "welcome")
    assert outbox.store.last_heard(PIA) == 900.5
    outbox.clock.now = 1_234.0
    outbox.hears(PIA, "without a time")
    assert outbox.store.last_heard(PIA) == 1_234.0
    assert outbox.store.last_heard(QUINN) is None


def test_notes_are_kept_by_channel_and_found_by_how_their_keys_begin(outbox: Outbox) -> None:
    store = outbox.store
    store.keep("page", "attachment/b", "2")
    store.keep("page", "attachment/a", "1")
    store.keep("page", "attachmen%", "no pattern")
    store.keep("browser", "attachment/c", "elsewhere")
    settle(store)
    assert list(store.kept("page", "attachment/").items()) == [("attachment/a", "1"), ("attachment/b", "2")]
    assert list(store.kept("page")) == ["attachmen%", "attachment/a", "attachment/b"]
    assert store.kept("page", "attachmen%") == {"attachmen%": "no pattern"}
    assert store.kept("terminal") == {}


def test_a_note_is_replaced_deleted_and_outlives_a_restart(outbox: Outbox) -> None:
    for value in ("old", "new"):
        outbox.store.keep("page", "a", value)
    outbox.store.keep("page", "b", "gone soon")
    outbox.store.keep("page", "b", None)
    outbox.store.keep("page", "never there", None)
    outbox.reopened()
    assert outbox.store.kept("page") == {"a": "new"}


def test_text_that_is_no_unicode_is_kept_readable(tmp_path: Path) -> None:
    outbox = Outbox("file", tmp_path / "demo.db")
    outbox.store.keep("page", "half\ud800", "pair\udfff")
    outbox.tells(PIA, "hello")
    outbox.sends(PIA, 1, "dropped", channel_id="m\ud800", reason="\udfff")
    assert outbox.store.kept("page") == {"half\\ud800": "pair\\udfff"}
    found = outbox.store.sending_of("page", "m\ud800")
    assert found is not None
    assert found.reason == "\\udfff"
    outbox.store.close()


def test_a_closed_store_records_nothing_and_says_so(tmp_path: Path) -> None:
    outbox = Outbox("file", tmp_path / "demo.db")
    outbox.tells(PIA, "hello")
    outbox.store.close()
    with pytest.raises(StoreError, match="closed"):
        outbox.store.record_sending(Sending(participant_id=PIA, seq=1, piece=0, pieces=1, state="sent", at=1.0))
    with pytest.raises(StoreError, match="closed"):
        outbox.store.keep("page", "a", "b")
    with pytest.raises(StoreError, match="closed"):
        outbox.store.unsent("page")


STORY = st.lists(
    st.tuples(
        st.sampled_from([PIA, QUINN]),
        st.integers(1, 4),
        st.integers(0, 2),
        st.integers(1, 3),
        st.sampled_from(["trying", "sent", "dropped"]),
        st.integers(0, 9),
        st.sampled_from([None, "m_0", "m_1", "m_2"]),
    ),
    max_size=15,
)


@examples(40)
@given(STORY)
def test_memory_and_file_tell_the_same_of_any_story(story: list[tuple[Any, ...]]) -> None:
    told = []
    with TemporaryDirectory() as folder:
        for kind in ("memory", "file"):
            outbox = Outbox(kind, Path(folder) / "demo.db")
            for who in (PIA, QUINN):
                outbox.tells(who, "one", "two")
                outbox.hears(who, "three")
                outbox.tells(who, "four")
            for number, (who, seq, piece, pieces, state, at, channel_id) in enumerate(story):
                known_as = None if channel_id is None else f"{channel_id} of {who} {seq}.{piece}"
                outbox.store.record_sending(
                    Sending(
                        participant_id=who,
                        seq=seq,
                        piece=piece,
                        pieces=pieces,
                        state=state,
                        at=float(at),
                        channel_id=known_as,
                        reason=f"reason {number}",
                    )
                )
            settle(outbox.store)
            until = [outbox.store.sent_until(who, at) for who in (PIA, QUINN) for at in range(10)]
            names = {f"{name} of {who} {seq}.{piece}" for who, seq, piece, *_, name in story}
            known = [outbox.store.sending_of("page", name) for name in sorted(names)]
            unsent = [
                (one.participant_id, [line.seq for line in one.lines], one.sendings) for one in outbox.reopened()
            ]
            outbox.store.close()
            told.append((until, known, unsent))
    assert told[0] == told[1]


def test_in_memory_only_so_many_lines_of_one_person_are_remembered() -> None:
    outbox = MemoryStore(StandingClock())
    for seq in range(1, KEEP_SENT_LINES + 2):
        outbox.record_sending(
            Sending(participant_id=PIA, seq=seq, piece=0, pieces=1, state="sent", at=1.0, channel_id=f"m_{seq}")
        )
    assert outbox.sending_of("page", "m_1") is None
    assert outbox.sent_until(PIA, 1.0) == KEEP_SENT_LINES + 1
    assert outbox.sending_of("page", "m_2") is not None


def test_in_memory_an_older_id_of_a_piece_is_forgotten_with_it() -> None:
    outbox = MemoryStore(StandingClock())
    for channel_id in ("older", "newer"):
        outbox.record_sending(
            Sending(participant_id=PIA, seq=1, piece=0, pieces=1, state="sent", at=1.0, channel_id=channel_id)
        )
    assert outbox.sending_of("page", "older") is None
    assert outbox.sending_of("page", "newer") is not None
    outbox.forget(PIA)
    assert outbox.sending_of("page", "newer") is None


def test_who_is_forgotten_in_memory_leaves_nothing() -> None:
    store = MemoryStore(StandingClock())
    store.open()
    for who in (PIA, QUINN):
        store.journal(Inbound(who, "1", "hello"), lambda receipt: None)
        store.record_sending(
            Sending(participant_id=who, seq=1, piece=0, pieces=1, state="sent", at=1.0, channel_id=f"m of {who}")
        )
        store.keep("page", f"{who}/window", "closed")
    store.forget(PIA)
    assert store.sending_of("page", f"m of {PIA}") is None
    assert store.kept("page") == {f"{QUINN}/window": "closed"}
    assert store.last_heard(PIA) is None
    assert store.sending_of("page", f"m of {QUINN}") is not None


def test_a_receipt_means_that_the_time_of_writing_is_on_record_too(outbox: Outbox) -> None:
    heard: list[float | None] = []

    def then(receipt: Receipt) -> None:
        heard.append(outbox.store.last_heard(PIA))

    outbox.store.journal(Inbound(PIA, "1", "hello", at=77.0), then)
    settle(outbox.store)
    assert heard == [77.0]


def test_a_line_that_was_sent_elsewhere_is_on_record_once_and_is_not_sent_again(outbox: Outbox) -> None:
    outbox.tells(PIA, "one")
    by_hand = SentElsewhere(PIA, Message("a human here", "page inbox"), "m_5", 7.0)
    for _ in range(2):
        outbox.store.record_sent(by_hand)
    settle(outbox.store)
    lines = outbox.store.lines_after(PIA, 0)
    assert [(line.seq, line.message.text, line.mine) for line in lines] == [
        (1, "one", False),
        (2, "a human here", False),
    ]
    assert outbox.store.sending_of("page", "m_5").seq == 2
    assert outbox.store.sent_until(PIA, 7.0) == 2
    outbox.sends(PIA, 1)
    assert texts(outbox.reopened()) == {}
    outbox.store.record_sent(by_hand)
    settle(outbox.store)
    assert len(outbox.store.lines_after(PIA, 0)) == 2
