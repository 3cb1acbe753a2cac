"""What counts as a message is the same in the tables of people, of runs and of lines."""

from __future__ import annotations

from pathlib import Path

from record_lab import RecordLab

from parleyrun import archive
from parleyrun.core.message import FrozenDict

ANN = "memory:ann"
ANSWERS = FrozenDict({"type": "answers", "form": "rating", "number": 1, "answers": FrozenDict(glad=6)})
PICTURE = FrozenDict({"type": "image", "url": "https://example.org/a.png", "title": "answers", "alt": "form"})
FINISH = FrozenDict({"type": "finish"})


def test_a_message_is_what_is_no_answer_to_a_form_and_no_wish_to_finish(tmp_path: Path) -> None:
    with RecordLab(tmp_path / "lab.db") as lab:
        uid = lab.begin("chat/t_1", {ANN: "Ann", "memory:ben": "Ben"})
        consumed = [
            lab.says(ANN, "", payload=ANSWERS),
            lab.says(ANN, "hello"),
            lab.says(ANN, "", payload=PICTURE),
            lab.says(ANN, "how do I /finish?", payload=PICTURE),
            lab.says(ANN, " /Finish\n", payload=FINISH),
        ]
        lab.turn(uid, consumed=consumed)
        lab.end(uid)
    with archive.open(tmp_path / "lab.db") as store:
        [run] = store.runs()
        said = {row["participant"]: row["said"] for row in store.participants()}
        lines = [(row["text"], row["turn"]) for row in store.lines()]
    assert (run["said"], run["turns"], said[ANN]) == (3, 1, 3)
    assert lines == [("", None), ("hello", 1), ("", 1), ("how do I /finish?", 1), (" /Finish\n", None)]
