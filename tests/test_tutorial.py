"""The tutorial, followed to the letter: from an empty folder to a table in pandas."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from fresh_checkout import fresh_checkout, needs_a_checkout
from plain_client import PlainClient
from serve_process import WatchedProcess

pytestmark = [pytest.mark.process, needs_a_checkout]

TUTORIAL = (Path(__file__).parents[1] / "docs" / "tutorial.md").read_text("utf-8")
INSTALLING = ("git clone ", "python3 -m venv ", "source ", "pip install ")
"""How the commands begin whose effect a test has already, as they need the network."""


class Learner:
    """Somebody who follows the tutorial, in a folder for their studies."""

    def __init__(self, folder: Path) -> None:
        self.environment = fresh_checkout(folder / "parleyrun") / ".venv"
        self.folder = folder

    def run(self, commands: list[str]) -> str:
        script = "\n".join(["set -e", f"source '{self.environment}/bin/activate'", *commands, "pwd > /dev/fd/3"])
        told = self.environment / "where"
        ran = subprocess.run(
            ["bash", "-c", f"exec 3> '{told}'\n{script}"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=90,
        )
        assert ran.returncode == 0, f"{commands}\n{ran.stdout}\n{ran.stderr}"
        self.folder = Path(told.read_text().strip())
        return ran.stdout

    def serve_and_talk(self, command: str) -> None:
        program, *arguments = command.split()
        path = self.environment / "bin" / program
        with WatchedProcess(path, *arguments, "--port", "0", "--grace", "0", folder=self.folder) as served:
            url = served.ready()
            haggle(url, "worth **120 euros** to you")
            buyer = self.folder / "buyer.md"
            buyer.write_text(buyer.read_text().replace("120 euros", "130 euros"))
            served.wait_for(r"changed \(buyer\.md\)")
            haggle(url, "worth **130 euros** to you")
            served.interrupt()
            assert served.exit_code() == 0


def haggle(url: str, buyers_words: str) -> None:
    """Two people go through the whole study, over plain websockets."""
    with PlainClient(url) as buyer, PlainClient(url) as seller:
        for person in (buyer, seller):
            person.says("hi")
            person.sees("Do you agree to take part?")
            person.says("yes")
        buyer.sees(buyers_words)
        seller.sees("worth **60 euros** to you")
        for line in ("Is 90 all right?", "Then 95?"):
            buyer.says(line)
            seller.sees(line)
        for line in ("It is worth more.", "Deal!"):
            seller.says(line)
            buyer.sees(line)
        for person in (buyer, seller):
            person.says("/finish")
        for person, fair in ((buyer, "6"), (seller, "4")):
            for question, answer in (("agree on a price", "yes"), ("which price", "95"), ("How fair", fair)):
                person.sees(question)
                person.says(answer)
            person.sees("Thank you for taking part!")


def test_the_tutorial_leads_from_an_empty_folder_to_a_table(tmp_path: Path) -> None:
    pieces = re.split(r"^```(\w*)\n(.*?)^```$", TUTORIAL, flags=re.M | re.S)
    learner, said, shown = Learner(tmp_path), "", {}
    for before, language, block in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=False):
        if language == "python":
            name = re.findall(r"Save this as `([\w.]+)`", before)[-1]
            (learner.folder / name).write_text(block, "utf-8")
        elif language == "text":
            assert block in said
        else:
            commands = [line for line in block.splitlines() if not line.startswith(INSTALLING)]
            if commands and commands[0].startswith("parleyrun serve "):
                learner.serve_and_talk(commands[0])
            else:
                said = learner.run(commands)
            shown |= dict.fromkeys(commands, said)
    assert "negotiation" in shown["parleyrun new --list"]
    assert "3 passed" in shown["python -m pytest"]
    assert "Buyer: Is 90 all right?" in shown["parleyrun transcripts study.db haggle/t_1"]
    table = shown["python look.py"].splitlines()
    assert table[0].split() == ["outcome", "seconds_talked", "rating_price", "rating_fair"]
    assert [row.split()[1] for row in table[1:5]] == ["finished"] * 4
    assert [row.split()[-2:] for row in table[1:5]] == [["95", "6"], ["95", "4"]] * 2
    assert table[5] == "mean price: 95.0"
    assert "rating_fair" in (learner.folder / "people.csv").read_text()
    assert "Is 90 all right?" in (learner.folder / "lines.csv").read_text()
    assert "How fair was the other person?" in (learner.folder / "codebook.md").read_text()
