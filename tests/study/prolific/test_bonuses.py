"""Who is paid how much, and that nobody is paid twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from parleyrun.errors import PanelError
from parleyrun.study.money import as_amount, pay_for_waiting, to_cents
from parleyrun.study.prolific.bonus_plan import plan_from_amounts, plan_pay_for_waiting, read_amounts
from parleyrun.study.prolific.payment_ledger import Payment, PaymentLedger
from parleyrun.study.prolific.prolific_api import Submission
from parleyrun.study.prolific.reconciliation import Pair
from parleyrun.study.study_visits import StudyVisit


def pair(session: str, status: str = "APPROVED", pay: int = 30, outcome: str = "finished") -> Pair:
    return Pair(
        submission=Submission(submission_id=session, person=f"p{session}", status=status),
        visit=StudyVisit(participant=f"browser:{session}", link={}, outcome=outcome, waiting_pay=pay),
    )


@pytest.mark.parametrize(("amount", "cents"), [("1.50", 150), (" 2 ", 200), ("0.5", 50), ("0", 0), ("0.07", 7)])
def test_amounts_are_whole_pence(amount: str, cents: int) -> None:
    assert to_cents(amount) == cents
    assert to_cents(as_amount(cents)) == cents


@pytest.mark.parametrize("amount", ["", "1,50", "1.505", "-1", "£1", "1e3", "nan", ".5", "99999999"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match=r"such as 1\.50"):
        to_cents(amount)


@pytest.mark.parametrize(
    ("seconds", "per_minute", "cents"),
    [(60, 0.15, 15), (200, 0.15, 50), (0, 0.15, 0), (20, 0.15, 5), (30, 0.01, 1), (29, 0.01, 0), (180, 0.07, 21)],
)
def test_waiting_is_paid_by_the_second_to_the_nearest_penny(seconds: float, per_minute: float, cents: int) -> None:
    assert pay_for_waiting(seconds, per_minute) == cents


def test_pay_for_waiting_goes_to_whoever_waited_and_can_be_paid() -> None:
    pairs = [
        pair("1"),
        pair("2", pay=0),
        pair("3", "RETURNED", 12, "no_partner"),
        pair("4", "REJECTED"),
        pair("5", "ACTIVE"),
        pair("6"),
    ]
    plan = plan_pay_for_waiting("s", pairs, {"6": 30})
    assert {each.person: each.cents for each in plan.bonuses} == {"p1": 30, "p3": 12}
    assert set(plan.left_out) == {"4", "5", "6"}
    assert plan.left_out["6"] == "paid for this already"
    assert [each.person for each in plan_pay_for_waiting("s", pairs, {}, ["no_partner"]).bonuses] == ["p3"]


def test_amounts_of_a_file_find_people_by_any_of_their_ids() -> None:
    pairs = [pair("1"), pair("2"), pair("3"), pair("4", "REJECTED")]
    amounts = {"1": 100, "p2": 50, "browser:3": 25, "p4": 9, "nobody": 5}
    plan = plan_from_amounts("s", pairs, {"3": 25}, amounts, "game")
    assert {each.submission: each.cents for each in plan.bonuses} == {"1": 100, "2": 50}
    assert plan.left_out == {
        "browser:3": "paid for this already",
        "p4": "the submission is rejected",
        "nobody": "no submission of this study has this id",
    }
    with pytest.raises(PanelError, match="two of their ids"):
        plan_from_amounts("s", pairs, {}, {"1": 1, "p1": 1}, "game")


def test_a_file_of_amounts_may_have_a_mark_a_heading_blanks_and_other_columns(tmp_path: Path) -> None:
    path = tmp_path / "amounts.csv"
    path.write_bytes("﻿participant,amount,why\r\n\r\nada , 1.50,good\r\n,,\r\nben,0.75\r\ncyd,0\r\n".encode())
    assert read_amounts(path) == {"ada": 150, "ben": 75}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"ada,1.50\nada,2", "ada again in row 2"),
        (b"ada,1.50\nben,lots", "row 2"),
        (b"ada,1.505", "row 1"),
        (b"ada", "row 1"),
        (b"id,amount\n", "got none"),
        (b"", "got none"),
        ("ada,1.50".encode("utf-16"), "UTF-16"),
        (b"ada,1\n\xff,2", "line 2"),
    ],
)
def test_a_wrong_file_of_amounts_is_refused_with_its_row(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "amounts.csv"
    path.write_bytes(content)
    with pytest.raises(PanelError, match=said):
        read_amounts(path)


def payment(bulk: str, **cents: int) -> Payment:
    return Payment(bulk_id=bulk, study_id="s", label="waiting", cents=cents, at=1.0)


def test_what_was_asked_for_counts_as_paid_until_somebody_has_looked(tmp_path: Path) -> None:
    ledger = PaymentLedger(tmp_path / "a.db")
    assert ledger.paid("s", "waiting") == {}
    ledger.ask(payment("b1", x=10, y=5))
    ledger.ask(payment("b2", x=1))
    ledger.settle("b2", "paid")
    assert ledger.paid("s", "waiting") == {"x": 11, "y": 5}
    assert ledger.paid("s", "game") == ledger.paid("other", "waiting") == {}
    ledger.settle("b1", "unpaid")
    assert ledger.paid("s", "waiting") == {"x": 1}
    assert [(each.bulk_id, each.state) for each in ledger.payments()] == [("b1", "unpaid"), ("b2", "paid")]
    assert ledger.path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(PanelError, match="id of a payment"):
        ledger.settle("b3", "paid")


def test_a_ledger_that_cannot_be_understood_keeps_everybody_from_being_paid(tmp_path: Path) -> None:
    ledger = PaymentLedger(tmp_path / "a.db")
    ledger.ask(payment("b1", x=10))
    ledger.path.write_text(ledger.path.read_text() + '{"bulk": "b2", "sta')
    with pytest.raises(PanelError, match="line 2"):
        ledger.paid("s", "waiting")


def test_two_commands_do_not_pay_at_the_same_time(tmp_path: Path) -> None:
    ledger = PaymentLedger(tmp_path / "a.db")
    other = PaymentLedger(tmp_path / "a.db")
    with ledger.held(), pytest.raises(PanelError, match="another command"), other.held():
        pass
    with ledger.held():
        pass
