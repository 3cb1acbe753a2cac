"""A study with a record, and Prolific on this machine."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from parleyrun.cli import commands
from parleyrun.store.protocol import Move, SessionRecord
from parleyrun.testing import FakeProlific

sys.path.insert(0, str(Path(__file__).parents[2] / "store"))

from record_lab import RecordLab

CONFIG = """
task_name: study
world_module: worlds
overworld: Lobby
arrival: {id: PROLIFIC_PID}
tasks: {chat: {task_world: Chat}}
completion: {finished: {code: C1AB}, no_partner: {code: C0NP}}
waiting_pay_per_minute: 0.15
"""
CODES = {"C1AB": "COMPLETED", "C0NP": "OTHER"}
WORDS = {"finished": "C1AB", "no_partner": "C0NP"}


class ProlificLab:
    """A folder with a config and its record, and one study at Prolific."""

    def __init__(self, folder: Path, prolific: FakeProlific) -> None:
        self.folder = folder
        self.prolific = prolific
        self.study = prolific.add_study(CODES)
        (folder / "study.yml").write_text(CONFIG)
        self.visits: list[tuple[str, dict[str, Any]]] = []

    def comes(self, name: str, *, status: str = "AWAITING REVIEW", code: str = "") -> str:
        """Have Prolific know of somebody's attempt, and return its id."""
        return self.prolific.add_submission(self.study, participant=f"p{name}", status=status, code=code)

    def visited(self, name: str, session: str, outcome: str | None = "finished", **completion: Any) -> None:
        """Put on record how a visit went."""
        entry = {"PROLIFIC_PID": f"p{name}", "STUDY_ID": self.study, "SESSION_ID": session}
        stored: dict[str, Any] = {"entry": entry}
        if outcome is not None:
            stored["completion"] = {"outcome": outcome, "code": WORDS.get(outcome, ""), **completion}
        self.visits.append((f"browser:{name}", stored))

    def save(self) -> None:
        """Write the record."""
        with RecordLab(self.folder / "study.db") as lab:
            for who, stored in self.visits:
                lab.says(who, "hello")
                data = pickle.dumps({"data": {}, "stored_data": stored})
                lab.move(Move(sessions=(SessionRecord(participant_id=who, place="gone", data=data),)))

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> Result:
        """Run `parleyrun prolific`."""
        told = ["prolific", arguments[0], str(self.folder / "study.yml"), "--api-url", self.prolific.url]
        store = ["--store", str(self.folder / "study.db")]
        given = {"PARLEYRUN_PROLIFIC_TOKEN": self.prolific.token} if env is None else env
        return CliRunner().invoke(commands, [*told, *store, *arguments[1:]], env=given)
