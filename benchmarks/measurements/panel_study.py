"""A whole study: 400 people with consent, a survey, a partner or a model, ten lines each, a rating, and a code.

The config is `configs/panel_study.yml` as it stands, with its record in a file, over the websockets of the page.
Its model is a loopback server in a process of its own that answers at once; the bot types as a person does. Ten
people arrive each second, and each pauses for 0.5 to 1.5 s before whatever they do.

`form` is from the end of a form to its state on the page, `line` from a line to its acknowledgement, `relayed` to
the partner's page. `assignment` is what a condition adds for each person, timed in this process: from the draw to
the notes that are recorded with their move.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from statistics import median
from time import perf_counter
from types import SimpleNamespace
from typing import Any, cast

from figures import Figure
from processes import PROJECT, Failed, Load, Server, model_server

from parleyrun.core.conditions import Condition
from parleyrun.service.places.assignments import Assignments

PEOPLE = 400
PER_SECOND = 10.0
CODE = "C1AB"
P95_AT_MOST = 20.0
ASSIGNED = 2_000
ASSIGNMENT_AT_MOST = 0.2


def measure(folder: Path) -> list[Figure]:
    with model_server(0.0) as model:
        environment = {"MODEL_URL": f"http://127.0.0.1:{model.port}/v1", "MODEL_NAME": "echo"}
        with _study(folder / "study.db", environment) as server, Load() as load:
            found = load("take_part", port=server.port, people=PEOPLE, per_second=PER_SECOND)
    if set(found["codes"]) - {CODE}:
        raise Failed(f"expected the code {CODE} only, got {found['codes']}")
    return [
        Figure("form, p95", found["form_p95"], "ms", P95_AT_MOST),
        Figure("line, p95", found["line_p95"], "ms", P95_AT_MOST),
        Figure("relayed, p95", found["relayed_p95"], "ms", P95_AT_MOST),
        Figure("not finished", PEOPLE - found["codes"].get(CODE, 0), "people", 0),
        Figure("lost", found["lost"], "lines", 0),
        Figure("assignment of a condition", _assignment_milliseconds(), "ms", ASSIGNMENT_AT_MOST),
        Figure("form, median", found["form_median"], "ms"),
        Figure("line, median", found["line_median"], "ms"),
        Figure("relayed, median", found["relayed_median"], "ms"),
        Figure("form, p99", found["form_p99"], "ms"),
        Figure("line, p99", found["line_p99"], "ms"),
        Figure("forms", found["forms"], "forms"),
        Figure("lines", found["lines"], "lines"),
        Figure("load generator's CPU", found["generator_cpu"] * 100, "% of a core"),
    ]


def _study(store: Path, environment: Mapping[str, str]) -> Server:
    config = PROJECT / "configs" / "panel_study.yml"
    return Server(
        "-m", "parleyrun", "serve", str(config), "--port", "0", "--store", str(store), "--grace", "0",
        environment=environment,
    )  # fmt: skip


def _assignment_milliseconds() -> float:
    """Return the median of what drawing and noting down the values of one person takes."""
    recorded = SimpleNamespace(assign=lambda assigned: None, touch=lambda session, data: None)
    conditions = {"partner": Condition(name="partner", values=("human", "model"))}
    assignments = Assignments(conditions, cast("Any", recorded))
    milliseconds = []
    for number in range(ASSIGNED):
        session = SimpleNamespace(id=f"browser:{number}", condition={}, stored_data={})
        began = perf_counter()
        assignments.assign(cast("Any", session))
        milliseconds.append((perf_counter() - began) * 1000)
    return median(milliseconds)
