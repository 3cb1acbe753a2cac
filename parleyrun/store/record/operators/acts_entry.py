"""How what operators did is recorded, with what it changed."""

from __future__ import annotations

import json

from ....events import Delivery
from ...columns import readable
from ...protocol import Move
from ..ledger import Ledger


def write_acts(ledger: Ledger, move: Move) -> list[Delivery]:
    """Write what operators did in a move; return the lines that they said within conversations."""
    for act in move.acts:
        about = (readable(act.by), act.verb, readable(act.target), readable(act.why), json.dumps(act.details))
        ledger.run("add_act", act.number, act.at, *about)
    for control in move.controls:
        if control.value is None:
            ledger.run("delete_control", control.key)
        else:
            ledger.run("set_control", control.key, json.dumps(control.value))
    for line in move.released:
        ledger.run("release_line", readable(line.shown), line.number)
    lines: list[Delivery] = []
    for uid, said in move.said_in_runs:
        lines += ledger.say([said], ledger.numbering.run(uid))
    return lines
