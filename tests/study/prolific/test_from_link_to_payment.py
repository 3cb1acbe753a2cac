"""A study from the link to the payment: people come, wait, talk or do not, and are approved and paid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner

from parleyrun.cli import commands
from parleyrun.signals import Ended
from parleyrun.testing import FakeProlific, rehearse

CONFIG: dict[str, Any] = {
    "task_name": "study",
    "tasks": {"talk": {"task_world": "parleyrun.ready:Chat", "agents_required": 2, "max_time_in_pool": 300}},
    "opt": {"chat": {"quit_words": "bye"}},
    "arrival": {"panel": "prolific"},
    "completion": {"finished": {"code": "C1AB"}, "no_partner": {"code": "C0NP"}, "partner_left": {"code": "C0PL"}},
    "waiting_pay_per_minute": 0.15,
}
CODES = {"C1AB": "COMPLETED", "C0NP": "OTHER", "C0PL": "OTHER"}


def code_shown_to(person: Any) -> str:
    """Return the code that somebody is shown at the end."""
    end = [signal for signal in person.signals if isinstance(signal, Ended)][-1].end
    assert end is not None
    assert end.link.endswith(f"?cc={end.code}")
    return str(end.code)


def test_who_finished_is_approved_and_who_waited_is_paid(tmp_path: Path, prolific: FakeProlific) -> None:
    study = prolific.add_study(CODES)
    store, config = tmp_path / "study.db", tmp_path / "study.yml"
    config.write_text(yaml.safe_dump(CONFIG))
    sessions: dict[str, str] = {}

    def comes(name: str) -> Any:
        sessions[name] = prolific.add_submission(study, participant=f"p{name}")
        link = {"PROLIFIC_PID": f"p{name}", "STUDY_ID": study, "SESSION_ID": sessions[name]}
        return rehearsal.person(name).arrives(link, opens=True)

    with rehearse(CONFIG, store=store) as rehearsal:
        ann = comes("ann")
        rehearsal.advance(120)
        bob = comes("bob")
        ann.says("hello", "bye")
        cyd = comes("cyd")
        rehearsal.advance(300)
        dan, eve = comes("dan"), comes("eve")
        eve.goes_away()
        rehearsal.crash()
        rehearsal.advance(100)
        for person in (ann, bob, cyd, dan):
            name = person.name
            prolific.change(sessions[name], status="AWAITING REVIEW", code=code_shown_to(person))
        prolific.change(sessions["eve"], status="TIMED-OUT")
        # Somebody whom another has told the code.
        prolific.change(comes("fay") and sessions["fay"], status="AWAITING REVIEW", code="C1AB")

    def run(command: str, *more: str) -> str:
        asked = ["prolific", command, str(config), "--store", str(store), "--api-url", prolific.url, *more]
        env = {"PARLEYRUN_PROLIFIC_TOKEN": prolific.token}
        return CliRunner().invoke(commands, asked, env=env).stdout

    wrong = [line for line in run("check").splitlines() if line.startswith("wrong")]
    assert len(wrong) == 1
    assert "(pfay): gave the code C1AB of 'finished', and the visit has not ended here" in wrong[0]
    assert "approved 2 submissions" in run("approve", "--yes")
    approved = {name for name, session in sessions.items() if prolific.submission(session).status == "APPROVED"}
    assert approved == {"ann", "bob"}
    assert "paid 1.05 to 2 people" in run("bonus", "--yes")
    assert prolific.paid == {"pann": 30, "pcyd": 75}
