"""What becomes of a batch of a host's reports: of each by itself, and of those that come too late."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from parleyrun.core.model_answer import ModelAnswer
from parleyrun.engines.host_orders import (
    AnswerReport,
    BeatReport,
    DecisionReport,
    DropOrder,
    EndReport,
    HostLoad,
    LogReport,
    ReleasedReport,
    RestReport,
    SignReport,
    TurnReport,
)
from parleyrun.engines.report_taking import ReportTaking
from parleyrun.runner.turn import Outcome, RunIdentity, Turn

RUN = RunIdentity("t_1", "uid", "chat", "World")
OVER = Outcome("finished", "over")
ANSWER = ModelAnswer(
    model="m", prompt_hash="", prompt_tokens=1, completion_tokens=1, cost=0.0, seconds=0.0, tries=1
)


class Taken:
    """A taking of reports, and all that it tells anybody, in order."""

    def __init__(self, *, has_models: bool = True, is_recorded: bool = True) -> None:
        self.told: list[Any] = []
        self.host = SimpleNamespace(
            name="one",
            is_closed=False,
            late_turns=0,
            placed={"uid": None},
            recorded=threading.Event(),
            notice=self._tells("notice"),
            put=self._tells("put"),
        )
        self.host.recorded.set()
        self.run = SimpleNamespace(
            epoch=2, host=self.host, lock=threading.RLock(), take=lambda turn: turn, waiting_seats=lambda: [0],
            mail_came=self._tells("mail"),
        )  # fmt: skip
        self.runs = {"uid": self.run}
        self.waiting: list[Callable[[], None]] = []
        record = SimpleNamespace(after=(lambda call: call()) if is_recorded else self.waiting.append)
        means = SimpleNamespace(counted=self._tells("counted"), record=self._tells("decided"))
        self.hosts = SimpleNamespace(steps=0, late_turns=0, record=record, move=self._tells("moved"))
        self.take = ReportTaking(
            self.hosts,  # type: ignore[arg-type]
            self._tells("commit"),
            SimpleNamespace(typing=self._tells("typing")),  # type: ignore[arg-type]
            means if has_models else None,  # type: ignore[arg-type]
            self.runs.get,  # type: ignore[arg-type]
            self._tells("over"),
        )

    def _tells(self, what: str) -> Callable[..., None]:
        return lambda *values: self.told.append((what, *values))

    def reports(self, *reports: Any) -> list[Any]:
        self.told.clear()
        self.take(self.host, reports)  # type: ignore[arg-type]
        return list(self.told)


def end(epoch: int, uid: str = "uid") -> EndReport:
    return EndReport(uid=uid, epoch=epoch, outcome=OVER)


def test_what_a_host_says_of_a_run_counts_only_while_the_run_is_there_in_that_epoch() -> None:
    taken = Taken()
    for late in (ReleasedReport("uid", 1), ReleasedReport("other", 2), end(1), end(2, "other")):
        assert taken.reports(late) == []
    assert taken.host.placed == {"uid": None}
    turn = Turn(RUN, 1, 1, outcome=OVER)
    assert taken.reports(TurnReport(turn)) == [("put", DropOrder("uid", 1))]
    assert (taken.host.late_turns, taken.hosts.late_turns) == (1, 1)

    assert taken.reports(ReleasedReport("uid", 2)) == [("moved", taken.run, taken.host)]
    turn = Turn(RUN, 1, 2, consumed=("line",))
    assert taken.reports(TurnReport(turn)) == [("commit", turn), ("mail", 0)]
    assert taken.reports(TurnReport(Turn(RUN, 2, 2))) == [("commit", Turn(RUN, 2, 2))]
    assert taken.reports(end(2)) == [("over", taken.run, end(2))]
    assert taken.host.placed == {}
    assert taken.host.late_turns == 1


def test_a_run_that_is_on_another_host_by_now_is_ended_by_that_one_alone() -> None:
    taken = Taken()
    taken.run.host = SimpleNamespace(name="two")
    assert taken.reports(end(2)) == []
    assert taken.reports(TurnReport(Turn(RUN, 1, 2))) == [("put", DropOrder("uid", 2))]


def test_what_bots_did_counts_where_there_are_models() -> None:
    reports = AnswerReport(ANSWER), DecisionReport("uid", "a decision")  # type: ignore[arg-type]
    assert Taken().reports(*reports) == [("counted", ANSWER), ("decided", "uid", "a decision")]
    assert Taken(has_models=False).reports(*reports) == []


def test_that_a_host_is_there_is_no_step_and_what_it_shows_and_logs_is(caplog: pytest.LogCaptureFixture) -> None:
    taken = Taken()
    beats = BeatReport(1, HostLoad()), RestReport(2)
    assert taken.reports(*beats) == [("notice", beat) for beat in beats]
    assert taken.hosts.steps == 0
    shown = SignReport("typing", ("ann", True)), LogReport(30, "worlds", "odd")
    assert taken.reports(*shown) == [("typing", "ann", True)]
    assert taken.hosts.steps == 2
    assert [(each.name, each.getMessage()) for each in caplog.records] == [("worlds", "host one: odd")]


def test_what_comes_behind_a_report_that_cannot_be_taken_is_taken(caplog: pytest.LogCaptureFixture) -> None:
    taken = Taken()
    told = taken.reports(SignReport("no such sign", ()), end(2))
    assert told == [("over", taken.run, end(2))]
    assert "a report of host one could not be taken" in caplog.text


def test_a_record_that_is_slow_has_the_host_wait_until_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parleyrun.engines.report_taking.LOOK_SECONDS", 0.005)
    taken = Taken(is_recorded=False)
    taken.reports(BeatReport(1, HostLoad()))  # goes ahead of the record by one batch
    second = threading.Thread(target=taken.reports, args=(BeatReport(2, HostLoad()),), daemon=True)
    second.start()
    second.join(0.05)
    assert second.is_alive()
    taken.waiting[0]()
    second.join(10)
    assert not second.is_alive()
    third = threading.Thread(target=taken.reports, args=(BeatReport(3, HostLoad()),), daemon=True)
    third.start()
    taken.host.is_closed = True
    third.join(10)
    assert not third.is_alive()
