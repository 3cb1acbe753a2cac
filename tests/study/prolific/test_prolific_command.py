"""`parleyrun prolific check`, `approve` and `bonus`, as they are run."""

from __future__ import annotations

import pytest
from prolific_lab import CODES, ProlificLab

from parleyrun.study.prolific.payment_ledger import PaymentLedger


@pytest.fixture
def study(lab: ProlificLab) -> ProlificLab:
    """Ada has finished, Ben found nobody and returned, Cyd gave a code without having finished."""
    lab.visited("ada", lab.comes("ada", code="C1AB"), waiting_pay_cents=30, seconds_waited=120.0)
    lab.visited(
        "ben", lab.comes("ben", status="RETURNED"), "no_partner", waiting_pay_cents=45, seconds_waited=180.0
    )
    lab.visited("cyd", lab.comes("cyd", code="C1AB"), "left")
    lab.save()
    return lab


def posts(lab: ProlificLab) -> list[str]:
    return [call.path for call in lab.prolific.calls if call.method == "POST"]


def test_check_says_what_is_there_and_what_does_not_fit(study: ProlificLab) -> None:
    result = study.run("check")

    assert result.exit_code == 1
    assert "ok     token: Prolific knows it" in result.stdout
    assert "ok     link: it says who comes" in result.stdout
    assert "ok     code: C1AB of 'finished' is COMPLETED there" in result.stdout
    assert "2 AWAITING REVIEW, 1 RETURNED" in result.stdout
    assert "1 finished, 1 no_partner, 1 left" in result.stdout
    wrong = [line for line in result.stdout.splitlines() if line.startswith("wrong")]
    assert len(wrong) == 1
    assert "(pcyd): gave the code C1AB of 'finished', and the visit ended here as 'left'" in wrong[0]
    assert posts(study) == []


def test_check_is_content_with_a_study_that_fits(lab: ProlificLab) -> None:
    lab.visited("ada", lab.comes("ada", code="C1AB"))
    lab.save()

    assert lab.run("check").exit_code == 0


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "https://x/?PROLIFIC_PID={{%PROLIFIC_PID%}}",
            "lacks STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}",
        ),
        (
            "https://x/?id={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}",
            "PROLIFIC_PID under",
        ),
    ],
)
def test_check_finds_a_link_that_leaves_ids_out(lab: ProlificLab, url: str, said: str) -> None:
    lab.save()
    study = lab.prolific.add_study(CODES, url=url)
    result = lab.run("check", "--study", study)

    assert result.exit_code == 1
    assert said in result.stdout


def test_check_finds_codes_that_only_one_side_has(lab: ProlificLab) -> None:
    lab.save()
    result = lab.run("check", "--study", lab.prolific.add_study({"C1AB": "COMPLETED", "CX": "OTHER"}))

    assert result.exit_code == 1
    assert "wrong  code: C0NP of 'no_partner' is none of the study's codes" in result.stdout
    assert "look   code: CX (OTHER) is nobody's outcome in the config" in result.stdout


def test_nobody_is_approved_without_yes(study: ProlificLab) -> None:
    for arguments in (["approve"], ["approve", "--dry-run"]):
        result = study.run(*arguments)
        assert result.exit_code == 0
        assert "1 submission would be approved" in result.stdout
    assert posts(study) == []


def test_those_who_finished_and_fit_are_approved(study: ProlificLab) -> None:
    study.prolific.approve_after(3)
    result = study.run("approve", "--yes")

    assert result.exit_code == 0
    assert "approved 1 submission" in result.stdout
    ada, _, cyd = (stored["entry"]["SESSION_ID"] for _, stored in study.visits)
    assert study.prolific.submission(ada).status == "APPROVED"
    assert study.prolific.submission(cyd).status == "AWAITING REVIEW"
    assert "nobody is to be approved" in study.run("approve", "--yes").stdout


def test_approvals_that_take_too_long_are_told_of(study: ProlificLab) -> None:
    study.prolific.approve_after(99)
    result = study.run("approve", "--yes")

    assert result.exit_code == 1
    assert "approved 0 submissions" in result.stdout
    assert "1 submission not approved yet" in result.stderr


def test_nothing_is_paid_without_yes(study: ProlificLab) -> None:
    result = study.run("bonus")

    assert result.exit_code == 0
    assert "pay      0.30  pada" in result.stdout
    assert "pay      0.45  pben" in result.stdout
    assert "0.75 would be paid" in result.stdout
    assert posts(study) == []
    assert study.prolific.paid == {}


def test_waiting_is_paid_once_however_often_it_is_asked_for(study: ProlificLab) -> None:
    first = study.run("bonus", "--yes")
    second = study.run("bonus", "--yes")

    assert "paid 0.75 to 2 people" in first.stdout
    assert "nobody is to be paid" in second.stdout
    assert second.stdout.count("paid for this already") == 2
    assert study.prolific.paid == {"pada": 30, "pben": 45}


def test_only_those_whose_visit_ended_so_are_paid(study: ProlificLab) -> None:
    study.run("bonus", "--yes", "--outcome", "no_partner")
    assert study.prolific.paid == {"pben": 45}
    study.run("bonus", "--yes")
    assert study.prolific.paid == {"pada": 30, "pben": 45}


def test_a_payment_without_an_answer_is_not_made_again(study: ProlificLab) -> None:
    study.prolific.drop("/pay", done=True)
    first = study.run("bonus", "--yes")
    assert "is not known, so they count as paid" in str(first.exception)
    (payment,) = PaymentLedger(study.folder / "study.db").payments()
    assert payment.state == "asked"

    assert "nobody is to be paid" in study.run("bonus", "--yes").stdout
    checked = study.run("check")
    assert f"whether {payment.bulk_id} (0.75" in checked.stdout
    assert study.prolific.paid == {"pada": 30, "pben": 45}

    assert study.run("bonus", "--settle", f"{payment.bulk_id}=paid").exit_code == 0
    assert payment.bulk_id not in study.run("check").stdout


def test_a_payment_that_was_not_made_can_be_made_once_somebody_has_looked(study: ProlificLab) -> None:
    study.prolific.drop("/pay")
    study.run("bonus", "--yes")
    (payment,) = PaymentLedger(study.folder / "study.db").payments()
    study.run("bonus", "--settle", f"{payment.bulk_id}=unpaid")
    study.run("bonus", "--yes")
    assert study.prolific.paid == {"pada": 30, "pben": 45}


def test_a_payment_that_is_refused_was_not_made(study: ProlificLab) -> None:
    study.prolific.refuse("/pay", 400, detail="Not enough money")
    refused = study.run("bonus", "--yes")
    assert "Not enough money; nothing was paid" in str(refused.exception)
    study.run("bonus", "--yes")
    assert study.prolific.paid == {"pada": 30, "pben": 45}


def test_a_payment_that_waits_for_the_wallet_is_made_once(study: ProlificLab) -> None:
    study.prolific.refuse("/pay", 429, times=3)
    assert study.run("bonus", "--yes").exit_code == 0
    assert study.prolific.paid == {"pada": 30, "pben": 45}


def test_amounts_of_a_file_are_paid_once_for_each_label(study: ProlificLab) -> None:
    amounts = study.folder / "amounts.csv"
    amounts.write_text("id,amount\npada,1.50\nbrowser:ben,0.75\nwho,1\n")
    asked = ["bonus", "--amounts", str(amounts), "--yes"]
    first = study.run(*asked)
    study.run(*asked)
    assert "not paid  who: no submission of this study has this id" in first.stdout
    assert study.prolific.paid == {"pada": 150, "pben": 75}
    study.run(*asked, "--label", "second round")
    assert study.prolific.paid == {"pada": 300, "pben": 150}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["approve", "--yes", "--dry-run"], "--yes goes with no --dry-run"),
        (["bonus", "--settle", "b1=maybe"], "ID=paid or ID=unpaid"),
        (["check", "--api-url", "http://api.example.org"], "https://"),
    ],
)
def test_what_makes_no_sense_is_refused(study: ProlificLab, arguments: list[str], said: str) -> None:
    result = study.run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_without_people_from_prolific_the_study_has_to_be_named(lab: ProlificLab) -> None:
    lab.save()
    result = lab.run("approve")
    assert result.exit_code == 2
    assert "say --study ID" in result.stderr


def test_the_token_is_never_printed(study: ProlificLab) -> None:
    printed = "".join(study.run(*told).output for told in (["check"], ["approve", "--yes"], ["bonus", "--yes"]))
    wrong = study.run("check", env={"PARLEYRUN_PROLIFIC_TOKEN": "a-wrong-one"})
    printed += wrong.output + str(wrong.exception)
    assert study.prolific.token not in printed
    assert "a-wrong-one" not in printed
    assert "copy it again" in str(wrong.exception)
