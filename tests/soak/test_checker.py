"""The checker itself: it is silent on a run that nobody disturbed, and sees whatever is done to its diaries."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from dataclasses import replace

import pytest

from .crowd import Soaked, soak
from .diary import Diary, Line
from .record import Kill, Ran, Record, Row
from .words import GUESTS, STOP, TEXTS

pytestmark = pytest.mark.process

ANSWERS = ["menu", "sorry", "going", "ask", "noted", "welcome", "echo", "oracle", "end"]
SENTENCES = ["password_ask", "still_waiting", "left_pool", "goodbye"]
"""Whose loss is tried: the crowd talks until each of them was heard."""


def record_of(soaked: Soaked) -> Record:
    """Return the record that a store would have kept of this."""
    rows: list[Row] = []
    for diary in soaked.diaries:
        for line in diary.log():
            rows.append(
                Row(
                    diary.participant_id,
                    line.seq,
                    len(rows) + 1,
                    line.mine,
                    line.speaker,
                    line.text,
                    line.message_id if line.mine else None,
                    None,
                    line.mine,
                )
            )
    return Record(rows, [Ran("t_1", "echo", "task", True, "finished", "")])


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Soaked:
    heard = (*(f"{word} " for word in ANSWERS), *(TEXTS[sentence] for sentence in SENTENCES), STOP)
    soaked = asyncio.run(soak(3, 0, tmp_path_factory.mktemp("soak"), heard=heard))
    soaked.record = record_of(soaked)
    return soaked


@pytest.fixture
def doctored(undisturbed: Soaked) -> Soaked:
    """A copy that a test may change."""
    return copy.deepcopy(undisturbed)


def find(diary: Diary, fits: Callable[[Line], bool]) -> int:
    """Return the index of a fitting line of somebody else's, about the middle of what came."""
    fitting = [index for index, line in enumerate(diary.received) if not line.mine and fits(line)]
    return fitting[len(fitting) // 2]


def find_somebody(soaked: Soaked, fits: Callable[[Line], bool]) -> tuple[Diary, int]:
    for diary in soaked.diaries:
        if any(not line.mine and fits(line) for line in diary.received):
            return diary, find(diary, fits)
    raise AssertionError("nobody ever got such a line")


def starts(*words: str) -> Callable[[Line], bool]:
    return lambda line: line.text.startswith(words)


def is_relayed(line: Line) -> bool:
    return line.speaker in GUESTS


def drop(diary: Diary, index: int) -> None:
    """Take a line out of the log, and close the gap, as a server would have that never said it."""
    seq = diary.received.pop(index).seq
    for line in diary.received:
        line.seq -= line.seq > seq
    for sent in diary.sent.values():
        sent.acks = [ack - (ack > seq) for ack in sent.acks]
    for visit in diary.visits:
        visit.offered -= visit.offered >= seq


def double(diary: Diary, index: int) -> None:
    """Have a line said twice, under a number of its own."""
    twice = copy.copy(diary.received[index])
    for line in diary.received[index + 1 :]:
        line.seq += 1
    for sent in diary.sent.values():
        sent.acks = [ack + (ack > twice.seq) for ack in sent.acks]
    for visit in diary.visits:
        visit.offered += visit.offered > twice.seq
    diary.received.insert(index + 1, replace(twice, seq=twice.seq + 1))


def people_findings(soaked: Soaked) -> list[str]:
    soaked.record = None
    return [str(finding) for finding in soaked.findings()]


def test_a_run_that_nobody_disturbed_has_no_faults(undisturbed: Soaked) -> None:
    assert undisturbed.findings() == []
    assert len(undisturbed.asked) > 10
    lines = [line for diary in undisturbed.diaries for line in diary.received]
    assert sum(map(is_relayed, lines)) > 100
    assert sum(map(starts("echo "), lines)) > 50


@pytest.mark.parametrize("word", ANSWERS)
def test_an_answer_that_was_lost_is_seen(doctored: Soaked, word: str) -> None:
    drop(*find_somebody(doctored, starts(f"{word} ")))
    assert people_findings(doctored)


@pytest.mark.parametrize("word", ANSWERS)
def test_an_answer_that_was_given_twice_is_seen(doctored: Soaked, word: str) -> None:
    double(*find_somebody(doctored, starts(f"{word} ")))
    assert people_findings(doctored)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_of_the_system_that_was_lost_is_seen(doctored: Soaked, sentence: str) -> None:
    drop(*find_somebody(doctored, starts(TEXTS[sentence])))
    assert people_findings(doctored)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_of_the_system_that_was_said_twice_is_seen(doctored: Soaked, sentence: str) -> None:
    double(*find_somebody(doctored, starts(TEXTS[sentence])))
    assert people_findings(doctored)


def test_a_partners_words_that_were_lost_are_seen(doctored: Soaked) -> None:
    drop(*find_somebody(doctored, is_relayed))
    assert any("expected to hear from" in finding for finding in people_findings(doctored))


def test_a_partners_words_that_came_twice_are_seen(doctored: Soaked) -> None:
    double(*find_somebody(doctored, is_relayed))
    assert any("expected to hear from" in finding for finding in people_findings(doctored))


def test_a_partners_words_in_the_wrong_order_are_seen(doctored: Soaked) -> None:
    for diary in doctored.diaries:
        for before, after in zip(diary.received, diary.received[1:], strict=False):
            same = before.speaker == after.speaker and is_relayed(before)
            if same and not before.text.startswith(STOP) and not after.text.startswith(STOP):
                before.text, after.text = after.text, before.text
                assert any("expected to hear from" in finding for finding in people_findings(doctored))
                return
    raise AssertionError("nobody said two things in a row")


def test_the_last_words_of_a_partner_that_were_lost_are_seen(doctored: Soaked) -> None:
    drop(*find_somebody(doctored, lambda line: is_relayed(line) and line.text.startswith(STOP)))
    assert any("expected to hear from" in finding for finding in people_findings(doctored))


def test_answers_in_the_wrong_order_are_seen(doctored: Soaked) -> None:
    diary, _ = find_somebody(doctored, starts("echo "))
    echoes = [line for line in diary.received if line.text.startswith("echo ")]
    echoes[0].text, echoes[1].text = echoes[1].text, echoes[0].text
    assert any("expected an answer to" in finding for finding in people_findings(doctored))


def test_an_answer_out_of_a_world_that_was_built_again_is_seen(doctored: Soaked) -> None:
    diary, index = find_somebody(doctored, starts("echo "))
    *_, words = diary.received[index].text.split(" ", 2)
    diary.received[index].text = f"echo 0000000000 {words}"
    assert any("the world is another one" in finding for finding in people_findings(doctored))


def test_a_hole_in_the_numbers_is_seen(doctored: Soaked) -> None:
    doctored.diaries[0].received.pop(find(doctored.diaries[0], starts("menu")))
    assert any("lines are missing" in finding for finding in people_findings(doctored))


def test_a_frame_that_came_twice_is_seen(doctored: Soaked) -> None:
    received = doctored.diaries[0].received
    index = find(doctored.diaries[0], lambda line: True)
    received.insert(index + 1, copy.copy(received[index]))
    assert any("came twice" in finding for finding in people_findings(doctored))


def test_a_line_that_changed_between_two_connections_is_seen(doctored: Soaked) -> None:
    diary = doctored.diaries[0]
    index = find(diary, lambda line: line.visit > 0)
    diary.received.append(replace(diary.received[index], text="something else"))
    assert any("something else" in finding for finding in people_findings(doctored))


def test_a_message_that_was_never_acknowledged_is_seen(doctored: Soaked) -> None:
    diary = doctored.diaries[0]
    *_, last = diary.sent.values()
    last.acks.clear()
    assert any("never acknowledged" in finding for finding in people_findings(doctored))


def test_a_message_on_record_twice_is_seen(doctored: Soaked) -> None:
    diary = doctored.diaries[0]
    *_, last = diary.sent.values()
    last.acks.append(last.acks[0] + 1)
    assert any("and again as line" in finding for finding in people_findings(doctored))


def test_words_that_somebody_never_said_are_seen(doctored: Soaked) -> None:
    diary = doctored.diaries[0]
    sent = next(iter(diary.sent.values()))
    diary.received.append(Line(sent.acks[0], "", "not this", True, sent.message_id, len(diary.visits)))
    assert any("they never sent 'not this'" in finding for finding in people_findings(doctored))


def test_somebody_who_does_not_come_home_is_seen(doctored: Soaked) -> None:
    diary, _ = find_somebody(doctored, is_relayed)
    welcomes = [line.seq for line in diary.received if line.text.startswith("welcome ")]
    diary.received = [line for line in diary.received if line.seq <= welcomes[-1]]
    for sent in list(diary.sent.values()):
        if sent.acks[0] > welcomes[-1]:
            del diary.sent[sent.message_id]
    assert any("expected them in the overworld" in finding for finding in people_findings(doctored))


def test_trouble_in_the_servers_log_is_seen(doctored: Soaked) -> None:
    doctored.troubles.append("Traceback")
    assert any("the server's log: Traceback" in finding for finding in people_findings(doctored))


# -- the record ----------------------------------------------------------------------------------------------


def rows_of(soaked: Soaked) -> list[Row]:
    assert soaked.record is not None
    return soaked.record.rows


def change(soaked: Soaked, fits: Callable[[Row], bool], **values: object) -> None:
    rows = rows_of(soaked)
    index = next(index for index, row in enumerate(rows) if fits(row))
    rows[index] = replace(rows[index], **values)  # type: ignore[arg-type]


def findings(soaked: Soaked) -> list[str]:
    return [str(finding) for finding in soaked.findings()]


def test_a_line_that_is_not_on_record_is_seen(doctored: Soaked) -> None:
    del rows_of(doctored)[50]
    assert any("is on record as None" in finding for finding in findings(doctored))


def test_a_line_on_record_that_nobody_saw_is_seen(doctored: Soaked) -> None:
    last = rows_of(doctored)[-1]
    rows_of(doctored).append(replace(last, seq=last.seq + 1, n=last.n + 1))
    assert any("was seen as None" in finding for finding in findings(doctored))


@pytest.mark.parametrize("values", [{"text": "else"}, {"speaker": "Else"}, {"mine": True}])
def test_a_line_that_is_on_record_as_another_is_seen(doctored: Soaked, values: dict[str, object]) -> None:
    change(doctored, lambda row: not row.mine, **values)
    assert any("is on record as" in finding for finding in findings(doctored))


def test_a_message_on_record_under_another_id_is_seen(doctored: Soaked) -> None:
    change(doctored, lambda row: row.mine, message_id="another")
    assert any("on record as 'another'" in finding for finding in findings(doctored))


def test_a_message_that_still_counts_as_unread_is_seen(doctored: Soaked) -> None:
    change(doctored, lambda row: row.mine, consumed=False)
    assert any("counts as unread" in finding for finding in findings(doctored))


def test_a_participant_who_was_nobody_is_seen(doctored: Soaked) -> None:
    rows = rows_of(doctored)
    rows.append(Row("browser:nobody", 1, len(rows) + 1, False, "", TEXTS["password_ask"], None, None, False))
    assert findings(doctored) == []
    rows.append(Row("browser:nobody", 2, len(rows) + 1, True, "", "hello", "x", None, True))
    assert any("nobody was this person" in finding for finding in findings(doctored))


def test_a_disorder_of_commits_is_seen(doctored: Soaked) -> None:
    rows = rows_of(doctored)
    rows[10], rows[11] = replace(rows[10], n=rows[11].n), replace(rows[11], n=rows[10].n)
    assert any("was committed before" in finding for finding in findings(doctored))


def test_words_that_were_heard_before_they_were_said_are_seen(doctored: Soaked) -> None:
    said = next(row for row in reversed(rows_of(doctored)) if row.mine)
    change(doctored, lambda row: not row.mine, carried_line=f"{said.participant_id}#{said.seq}")
    assert any("was heard before it was said" in finding for finding in findings(doctored))


@pytest.mark.parametrize("outcome", ["failed", "stopped", "left"])
def test_a_run_that_did_not_finish_is_seen(doctored: Soaked, outcome: str) -> None:
    assert doctored.record is not None
    doctored.record.runs.append(Ran("t_2", "pair", "task", True, outcome, "diverged"))
    assert any("ended as" in finding for finding in findings(doctored))


def test_a_run_that_never_ended_is_seen(doctored: Soaked) -> None:
    assert doctored.record is not None
    doctored.record.runs.append(Ran("t_2", "pair", "task", False, None, None))
    doctored.record.runs.append(Ran("t_2", "overworld", "overworld", False, None, None))
    assert findings(doctored) == ["run pair/t_2 never ended"]


# -- the oracle ----------------------------------------------------------------------------------------------


def test_an_oracle_that_was_asked_twice_without_a_kill_is_seen(doctored: Soaked) -> None:
    doctored.asked.append(doctored.asked[0])
    assert any("with no kill in between" in finding for finding in findings(doctored))


def test_an_oracle_may_be_asked_again_when_a_kill_came_before_its_answer_was_on_record(doctored: Soaked) -> None:
    doctored.asked.insert(1, doctored.asked[0])
    doctored.kills = [Kill(asked=1, newest_n=0)]
    assert findings(doctored) == []


def test_an_oracle_that_was_asked_again_for_what_was_on_record_is_seen(doctored: Soaked) -> None:
    doctored.asked.append(doctored.asked[0])
    doctored.kills = [Kill(asked=len(doctored.asked) - 1, newest_n=len(rows_of(doctored)))]
    assert any("which was on record" in finding for finding in findings(doctored))


def test_an_answer_that_the_oracle_never_gave_is_seen(doctored: Soaked) -> None:
    del doctored.asked[0]
    assert any("never gave" in finding for finding in findings(doctored))
