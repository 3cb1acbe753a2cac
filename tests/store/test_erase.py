"""Forgetting somebody: what they wrote is nowhere in the file afterwards, what others wrote is all there."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from keeping import as_file, ask
from record_lab import RecordLab, a_pair_talks

from parleyrun.archive.archive import Archive
from parleyrun.archive.archive_file import open_store
from parleyrun.archive.erasure import erase
from parleyrun.archive.selection import Selection
from parleyrun.core.message import FrozenDict, Message
from parleyrun.errors import StoreError
from parleyrun.events import Sending
from parleyrun.runner.turn import Heard
from parleyrun.store.media_content import MediaContent
from parleyrun.store.media_library import MediaLibrary, attachments_of
from parleyrun.store.record.erasing.eraser import ERASED_ID, ERASED_TEXT, Erased
from parleyrun.store.sqlite.upkeep.integrity import faults

ADA = "memory:ada"
BEN = "memory:ben"
CAT = "memory:cat"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lab.db"


def in_the_files(path: Any, *words: str) -> list[str]:
    """Return which of the words are found in the bytes of the store and of all that lies beside it."""
    if isinstance(path, Path):
        contents = b"".join(file.read_bytes() for file in path.parent.iterdir())
    else:
        contents = path.read_bytes()
    return [word for word in words if word.encode() in contents]


def erased_from(path: Any, participant_id: str = ADA) -> Erased:
    return erase(getattr(path, "url", path), participant_id, now=lambda: 1_700_000_999.0)


def transcript(path: Any, name: str = "chat/t_1") -> list[tuple[str, str]]:
    with as_file(path) as file, Archive(file) as record:
        (uid,) = record.find(name)
        conversation = record.conversation(uid)
        assert conversation is not None
        return [(entry.speaker, entry.text) for entry in record.messages(conversation)]


def what_is_wrong(path: Any) -> list[str]:
    """Return what `store check` finds."""
    with as_file(path) as file, closing(open_store(file, "ro")) as connection:
        return list(faults(connection))


def test_nothing_of_a_person_is_left_in_the_bytes_of_the_file(path: Path) -> None:
    with RecordLab(path) as lab:
        uid = lab.begin("chat/t_1", {ADA: "A", BEN: "B"}, passed_over=[(CAT, "away")])
        lab.relay(uid, ADA, "A", "secret-of-ada", [BEN], payload={"type": "file", "url": "https://ada-url"})
        lab.relay(uid, BEN, "B", "words-of-ben", [ADA])
        lab.delivered(BEN, 1)
        reference = lab.says(ADA, "ada-inside")
        heard = Heard(0, Message("ada-inside", carried_line=reference))
        lab.turn(uid, (ADA, {"text": "reply-to-ada"}), consumed=[reference], heard=(heard,), between=False)
        other = lab.begin("quiz/t_1", {ADA: "A"})
        lab.turn(other, snapshot=b"snapshot-with-ada")
        done = lab.begin("intro/t_1", {ADA: "A"}, kind="onboarding")
        lab.end(done, data={"result": "result-of-ada"}, reason="memory:ada is done")
        lab.says(ADA, "never-read-by-anyone")
        lab.tell(ADA, "hello-from-the-system")
        lab.wait_in_pool(ADA, "chat")
        lab.delivered(ADA, 1)
        lab.read(ADA, 2)
        lab.sends(ADA, 2, "m_of-ada")
        lab.send(
            Sending(participant_id=ADA, seq=3, piece=0, pieces=1, state="dropped", at=1.0, reason="ada-is-away")
        )
        lab.note(f"{ADA}/window", "closed-for-ada")
        lab.keep_data(ADA, {"name": "Ada-Lovelace"}, {"answer": "onboarding-answer"})
    words = [
        "Ada-Lovelace", "onboarding-answer", "secret-of-ada", "ada-url", "ada-inside", "reply-to-ada",
        "snapshot-with-ada", "result-of-ada", "never-read-by-anyone", "hello-from-the-system", "memory:ada",
        "m_of-ada", "ada-is-away", "closed-for-ada",
    ]  # fmt: skip
    before = in_the_files(path, *words)
    assert before == words
    erased = erased_from(path)
    assert in_the_files(path, *words) == []
    assert in_the_files(path, "words-of-ben", BEN) == ["words-of-ben", BEN]
    assert (erased.said, erased.copies, erased.data, erased.snapshots) == (3, 1, 2, 1)
    assert (erased.conversations, erased.stopped, erased.marks, erased.waiting) == (3, 2, 2, 1)
    assert ask(path, "SELECT participant_id, seq, kind FROM marks") == [(BEN, 1, "delivered")]
    assert erased.matches == 2
    assert erased.heard == 3
    assert (erased.sendings, erased.notes) == (2, 1)


def test_reactions_and_quotes_of_a_person_and_of_their_lines_go_and_those_between_others_stay(path: Path) -> None:
    def of_line(line: str) -> FrozenDict:
        return FrozenDict(line=line, id="", text="quoted in full")

    with RecordLab(path) as lab:
        uid = lab.begin("chat/t_1", {ADA: "A", BEN: "B", CAT: "C"})
        lab.relay(uid, ADA, "A", "secret-of-ada", [BEN, CAT])
        lab.relay(uid, BEN, "B", "words-of-ben", [ADA, CAT])
        lab.turn(uid, (BEN, {"id": "Guide", "text": "one of you says: secret-of-ada"}))
        lab.relay(uid, CAT, "C", "to-ada", [BEN], reply_to=of_line(f"{ADA}#1"))
        lab.relay(uid, CAT, "C", "to-ben", [BEN], reply_to=of_line(f"{BEN}#2"))
        lab.relay(uid, CAT, "C", "to-the-guide", [BEN], reply_to=of_line(f"{BEN}#3"))
        lab.reacts(uid, ADA, 2, "by-ada")
        lab.reacts(uid, BEN, 1, "to-a-line-of-adas")
        lab.reacts(uid, BEN, 3, "to-her-words")
        lab.reacts(uid, CAT, 2, "between-others")
    reactions = "SELECT line, reaction FROM reactions ORDER BY reaction"
    assert ask(path, reactions) == [
        (f"{BEN}#2", "between-others"),
        (f"{BEN}#2", "by-ada"),
        (f"{ADA}#1", "to-a-line-of-adas"),
        (f"{BEN}#3", "to-her-words"),
    ]
    replies = "SELECT text, reply_to FROM log WHERE reply_to IS NOT NULL ORDER BY n"
    quoted = [("to-ada", f"{ADA}#1"), ("to-ben", f"{BEN}#2"), ("to-the-guide", f"{BEN}#3")]
    assert ask(path, replies) == [each for each in quoted for _ in ("said", "shown")]
    assert not in_the_files(path, "quoted in full")
    assert erased_from(path).reactions == 3
    assert ask(path, reactions) == [(f"{BEN}#2", "between-others")]
    assert ask(path, replies) == [("to-ben", f"{BEN}#2")] * 2
    assert what_is_wrong(path) == []
    assert in_the_files(path, "by-ada", "to-a-line-of-adas", "to-her-words", ADA, "between-others") == [
        "between-others"
    ]


def test_what_channels_note_of_others_or_of_nobody_stays(path: Path) -> None:
    keys = [f"{BEN}/window", f"{ADA}m/window", "attachment/1"]
    with RecordLab(path) as lab:
        a_pair_talks(lab)
        lab.sends(BEN, 1, "m_of-ben")
        for key in [f"{ADA}/window", f"{ADA}/", *keys]:
            lab.note(key, "noted")
    erased_from(path)
    assert sorted(key for (key,) in ask(path, "SELECT key FROM notes")) == sorted(keys)
    assert ask(path, "SELECT participant_id, channel_id FROM outbox") == [(BEN, "m_of-ben")]


def test_old_versions_of_what_was_kept_do_not_stay_in_free_space(file: Path) -> None:
    with RecordLab(file) as lab:
        lab.begin("quiz/t_1", {ADA: "A"})
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")  # some builds of SQLite have it on
        connection.execute("UPDATE runs SET snapshot = ?", [b"older-snapshot " * 1_000])
        connection.execute("UPDATE runs SET snapshot = 'small'")
    assert in_the_files(file, "older-snapshot ")
    erased_from(file)
    assert in_the_files(file, "older-snapshot ") == []


def test_the_others_keep_their_words_and_their_logs_have_no_holes(path: Path) -> None:
    with RecordLab(path) as lab:
        a_pair_talks(lab)
    erased_from(path)
    assert transcript(path) == [
        ("Guide", "Welcome to both!"),
        ("Teacher", ERASED_TEXT),
        ("Pupil", "Fourteen lines,\nI believe."),
    ]
    lines = ask(path, f"SELECT seq, mine FROM lines WHERE participant_id = '{BEN}' ORDER BY seq")
    assert lines == [(1, 0), (2, 0), (3, 1)]
    assert ask(path, "SELECT participant_id, role FROM seats ORDER BY position") == [
        (ERASED_ID, "Teacher"),
        (BEN, "Pupil"),
    ]
    assert what_is_wrong(path) == []


def test_a_world_that_passes_words_on_in_an_act_of_its_own_hides_nothing(path: Path) -> None:
    with RecordLab(path) as lab:
        uid = lab.begin("chat/t_1", {ADA: "A", BEN: "B", CAT: "C"})
        reference = lab.says(ADA, "I am Ada Lovelace")
        lab.turn(
            uid,
            (BEN, {"id": "A", "text": "changed, in her name"}),
            (BEN, {"id": "Someone", "text": "i am  ADA lovelace"}),
            (BEN, {"id": "Guide", "text": "She says: I am Ada Lovelace!"}),
            (BEN, {"id": "Guide", "text": "memory:ada says hello"}),
            (BEN, {"id": "Guide", "text": "look", "payload": {"type": "file", "alt": "by I am Ada Lovelace"}}),
            (BEN, {"id": "Guide", "text": "memory:adam is somebody else"}),
            consumed=[reference],
        )
        yes = lab.says(ADA, "yes")
        lab.turn(
            uid,
            (BEN, {"id": "Someone", "text": "Yes"}),
            (BEN, {"id": "Guide", "text": "yes or no?"}),
            (BEN, {"id": "C", "text": "yes"}),
            consumed=[yes],
        )
    erased = erased_from(path)
    assert erased.copies == 6
    assert transcript(path) == [
        ("A", ERASED_TEXT),
        ("Someone", ERASED_TEXT),
        *[("Guide", ERASED_TEXT)] * 3,
        ("Guide", "memory:adam is somebody else"),
        ("Someone", ERASED_TEXT),
        ("Guide", "yes or no?"),
        ("C", "yes"),
    ]


def test_what_another_person_wrote_stays_even_where_they_quote(path: Path) -> None:
    with RecordLab(path) as lab:
        uid = lab.begin("chat/t_1", {ADA: "A", BEN: "B", CAT: "C"})
        lab.relay(uid, ADA, "A", "I am Ada Lovelace", [BEN, CAT])
        lab.relay(uid, BEN, "B", "You said: I am Ada Lovelace?", [ADA, CAT])
    erased_from(path)
    assert transcript(path) == [("A", ERASED_TEXT), ("B", "You said: I am Ada Lovelace?")]


def test_words_carried_into_a_conversation_they_were_not_in_go_too(path: Path) -> None:
    with RecordLab(path) as lab:
        first = lab.begin("chat/t_1", {ADA: "A"})
        reference = lab.says(ADA, "brief")
        lab.turn(first, consumed=[reference])
        later = lab.begin("chat/t_2", {BEN: "B"})
        lab.turn(later, (BEN, {"id": "Earlier", "text": "brief", "carried_line": reference}))
    erased_from(path)
    assert transcript(path, "chat/t_2") == [("Earlier", ERASED_TEXT)]


def test_conversations_that_went_on_end_and_wait_for_the_others_to_be_told(path: Path) -> None:
    with RecordLab(path) as lab:
        pair = lab.begin("chat/t_1", {ADA: "A", BEN: "B"})
        lab.turn(pair, snapshot=b"the world")
        lab.begin("quiz/t_1", {ADA: "A"})
        lab.begin("quiz/t_2", {BEN: "A"})
    assert erased_from(path).stopped == 2
    again = RecordLab(path)
    saved = again.store.open()
    again.store.close()
    by_uid = {run.record.identity.uid: run for run in saved.runs}
    assert [run.record.identity.task_id for run in saved.runs] == ["t_1", "t_2"]
    ended = by_uid[pair]
    assert ended.outcome is not None
    assert (ended.outcome.kind, ended.outcome.forced) == ("left", True)
    assert ended.record.seats == ((BEN, "B"),)
    assert ended.snapshot is None
    assert ADA not in {session.participant_id for session in saved.sessions}


def test_somebody_forgotten_may_come_back_as_a_newcomer(path: Path) -> None:
    with RecordLab(path) as lab:
        a_pair_talks(lab)
    erased_from(path)
    with RecordLab(path) as lab:
        assert lab.says(ADA, "here I am again") == f"{ADA}#1"
        assert [line.seq for line in lab.store.lines_after(ADA, 0)] == [1]
        assert len(lab.store.lines_after(BEN, 0)) == 3


def test_it_says_whose_data_still_seems_to_hold_their_words(path: Path) -> None:
    with RecordLab(path) as lab:
        uid = lab.begin("chat/t_1", {ADA: "A", BEN: "B", CAT: "C"})
        lab.relay(uid, ADA, "A", "I am Ada Lovelace", [BEN, CAT])
        lab.keep_data(BEN, {"notes": [{"partner": "She said I am Ada Lovelace"}]})
        lab.keep_data(CAT, {"notes": "nothing"})
    assert erased_from(path).still_held_by == (BEN,)


def test_a_store_that_a_process_holds_is_left_alone(path: Path) -> None:
    with RecordLab(path) as lab:
        a_pair_talks(lab)
        with pytest.raises(StoreError, match=r"in use by (parleyrun, )?process \d+ on"):
            erased_from(path)
        assert lab.says(ADA, "still here")
    erased_from(path)


def test_a_store_that_is_being_read_is_left_alone(file: Path) -> None:
    with RecordLab(file) as lab:
        a_pair_talks(lab)
    with Archive(file) as record:
        conversations = record.conversations(Selection())
        next(conversations)
        with pytest.raises(StoreError, match=r"being read by another program.*end that one"):
            erase(file, ADA, patience_seconds=0)
        conversations.close()
    assert in_the_files(file, "sonnet")
    erased_from(file)
    assert not in_the_files(file, "sonnet")


@pytest.mark.parametrize("unknown", ["memory:who", "", ERASED_ID, "memory:a%"])
def test_an_id_nobody_has_is_refused_and_nothing_changes(path: Path, unknown: str) -> None:
    with RecordLab(path) as lab:
        a_pair_talks(lab)
    erased_from(path)
    with pytest.raises(StoreError, match="expected the id of a participant on record"):
        erased_from(path, unknown)
    with RecordLab(path):
        pass
    assert transcript(path)[-1] == ("Pupil", "Fourteen lines,\nI believe.")


def test_where_there_is_no_store_no_file_is_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="expected a store"):
        erase(tmp_path / "none.db", ADA)
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, sys
from pathlib import Path
import parleyrun.archive.erasure as erasing

def die(self):
    os._exit(9)

erasing.Eraser._seats = die
erasing.erase(Path(sys.argv[1]), "memory:ada")
"""


@pytest.mark.process
def test_a_process_that_dies_half_way_has_erased_nothing(file: Path) -> None:
    with RecordLab(file) as lab:
        a_pair_talks(lab)
    before = transcript(file)
    died = subprocess.run([sys.executable, "-c", KILLED, str(file)], cwd=Path(__file__).parents[2], check=False)
    assert died.returncode == 9
    assert transcript(file) == before
    assert erased_from(file).said == 1
    assert not in_the_files(file, "sonnet")


def test_the_files_somebody_sent_are_erased_with_them_and_others_keep_theirs(file: Path) -> None:
    with RecordLab(file) as lab:
        a_pair_talks(lab)
        library = MediaLibrary(attachments_of(file))
        library.open(lab.store)
        for owner in (ADA, BEN):
            library.keep(MediaContent("image", b"the same picture", "image.png", "image/png"), owner=owner)
    assert len(list(attachments_of(file).iterdir())) == 2
    erased_from(file)
    (left,) = attachments_of(file).iterdir()
    with RecordLab(file) as lab:
        library = MediaLibrary(attachments_of(file))
        library.open(lab.store)
        assert library.file(left.name) is not None
