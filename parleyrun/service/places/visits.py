"""Visits: what happens to people from when they are let in until they go, and how that ended, on record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from ...config.schema import Config
from ...signals import VisitEnd
from ...store.visit_keys import COMPLETION, EARLIER_VISITS, ENTRY, VISIT, VISIT_OUTCOME, VISIT_PART
from ...study.arrivals import ArrivalReader
from ...study.money import pay_for_waiting
from ...study.visit_completion import VisitFacts, VisitOutcome, VisitPart, end_of_visit, outcome_of_visit
from ..measures.distribution import Waits
from ..sessions import At, Session
from ..unit_of_work import UnitOfWork
from .routes import Farewell

EARLIER_VISITS_KEPT = 20

_PARTS = get_args(VisitPart)
_OUTCOMES = get_args(VisitOutcome)


class Visits:
    """Keeps account of visits in people's `stored_data`, where a config says how they may end. Runs on the desk.

    Args:
        config: Says what people are told at the end, and what waiting is paid with.
        unit_of_work: Puts it on record.
        wall_time: Returns wall time in seconds.
    """

    def __init__(self, config: Config, unit_of_work: UnitOfWork, wall_time: Callable[[], float]) -> None:
        self._entries = config.completion
        self._pay_per_minute = config.waiting_pay_per_minute
        self._keeps_account = bool(config.completion or config.waiting_pay_per_minute)
        self._arrivals = ArrivalReader(config.arrival.id)
        self._unit_of_work = unit_of_work
        self._wall_time = wall_time
        self.waits = Waits()
        """How long people waited who wait no more."""

    @property
    def may_end_at_once(self) -> bool:
        """Whether people are told how their visit has ended: then a form that ends it is the end of it."""
        return bool(self._entries)

    def is_told(self, session: Session, outcome: VisitOutcome) -> None:
        """Somebody is about to go, and this is how their visit has ended, whatever happened in it."""
        if self._keeps_account:
            session.stored_data[VISIT_OUTCOME] = outcome
            self._unit_of_work.touch(session, data=True)

    @staticmethod
    def part_named(name: str) -> VisitPart:
        """Return what can happen to somebody, by its name; for any other name that they were turned away."""
        return name if name in _PARTS else "screened_out"  # type: ignore[return-value]  # it is one of them

    def part_for(self, session: Session, part: VisitPart) -> VisitPart:
        """Return what has happened to somebody: where the world that they were in has said so, that counts."""
        if VISIT_PART in session.data:
            told = session.data.pop(VISIT_PART)
            part = told if told in _PARTS else part
            self._unit_of_work.touch(session, data=True)
        return part

    def happened(self, session: Session, part: VisitPart) -> VisitPart:
        """Something has happened to somebody by which their visit may be judged.

        Returns:
            What it was, as `part_for`.
        """
        part = self.part_for(session, part)
        if self._keeps_account:
            visit = self._visit(session)
            visit["parts"] = [*visit.get("parts", ()), part]
            self._unit_of_work.touch(session, data=True)
        return part

    def waited(self, session: Session) -> None:
        """Somebody who waits will wait no more, from now on."""
        seconds = max(0.0, self._wall_time() - session.since)
        self.waits.add(str(session.task), seconds)
        if self._keeps_account:
            visit = self._visit(session)
            visit["seconds_waited"] = round(visit.get("seconds_waited", 0.0) + seconds, 3)
            self._unit_of_work.touch(session, data=True)

    def came_by_another_link(self, session: Session, before: dict[str, str]) -> None:
        """Somebody who was here by one link comes by another: what is known of the first one stays with it."""
        if not self._keeps_account or not before:
            return
        completion = session.stored_data.pop(COMPLETION, None)
        earlier = [*session.stored_data.get(EARLIER_VISITS, ()), {ENTRY: before, COMPLETION: completion}]
        session.stored_data[EARLIER_VISITS] = earlier[-EARLIER_VISITS_KEPT:]

    def ends(self, session: Session, farewell: Farewell) -> VisitEnd | None:
        """Somebody who is still inside is about to be outside: return what they are told; None for nothing."""
        if not self._keeps_account or not session.here:
            return None
        visit = session.stored_data.pop(VISIT, {})
        told = session.stored_data.pop(VISIT_OUTCOME, None)
        outcome = outcome_of_visit(
            VisitFacts(
                parts=[part for part in visit.get("parts", ()) if part in _PARTS],
                went=farewell,
                midway=session.at in (At.ONBOARDING, At.TASK, At.AFTERWARDS),
                told=told if told in _OUTCOMES else None,
            )
        )
        before = session.stored_data.get(COMPLETION) or {}
        if before.get("outcome") == "finished":
            outcome = "finished"  # who came back and did not finish once more has finished all the same
        end = self._end(session, outcome)
        seconds = round(before.get("seconds_waited", 0.0) + visit.get("seconds_waited", 0.0), 3)
        session.stored_data[COMPLETION] = {
            "outcome": outcome,
            "code": end.code,
            "at": self._wall_time(),
            "seconds_waited": seconds,
            "waiting_pay_cents": pay_for_waiting(seconds, self._pay_per_minute),
        }
        self._unit_of_work.touch(session, data=True)
        return end

    def last_end(self, session: Session) -> VisitEnd | None:
        """Return what somebody is told whose visit has ended, None for nothing."""
        outcome: str = (session.stored_data.get(COMPLETION) or {}).get("outcome", "")
        return self._end(session, outcome) if outcome in _OUTCOMES else None

    def _end(self, session: Session, outcome: str) -> VisitEnd:
        link = {name: str(value) for name, value in session.stored_data.get(ENTRY, {}).items()}
        identity = self._arrivals.read(link).identity or ""
        return end_of_visit(outcome, self._entries, link, identity.partition("=")[2])

    @staticmethod
    def _visit(session: Session) -> dict[str, Any]:
        visit: dict[str, Any] = session.stored_data.setdefault(VISIT, {})
        return visit
