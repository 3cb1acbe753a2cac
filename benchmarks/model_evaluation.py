"""A logged evaluation with a model behind a server: `python benchmarks/model_evaluation.py PORT EXAMPLES AT_ONCE`.

With PORT 0 an agent that only waits for 50 ms is in the place of the model. Prints JSON: the `rate` of examples
a second from the first one to the report, and the `cpu_milliseconds` of this process for each.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from synthetic_task import SyntheticTeacher, opt

from parleyrun import Act, Agent
from parleyrun.core.create import create_agent
from parleyrun.evaluate.log.evaluation_log import EvaluationLog, LogHead
from parleyrun.evaluate.logged_evaluation import EvaluationSettings, evaluate_logged

WAITING_SECONDS = 0.05


class EachByItself(SyntheticTeacher):
    """The same questions, each an episode."""

    def setup_data(self, datafile: Any) -> Iterator[tuple[Mapping[str, Any], bool]]:
        return ((example, True) for example, _ in super().setup_data(datafile))


class Waiting(Agent):
    """Takes 50 ms, and nothing of a processor."""

    def act(self) -> Act:
        time.sleep(WAITING_SECONDS)
        return {"id": self.id, "text": "fine"}


def main() -> None:
    port, examples, at_once = map(int, sys.argv[1:])
    model = f"chat_completions:http://127.0.0.1:{port}/v1#fake"
    agent = create_agent({"model": model}) if port else Waiting()
    options = opt(examples) | {"task": "model_evaluation:EachByItself"}
    with TemporaryDirectory() as folder:
        head = LogHead(tasks=(options["task"],), opt={}, about={}, began="")
        log = EvaluationLog.begin(Path(folder), "measured", head)
        began = time.process_time()
        settings = EvaluationSettings(concurrency=at_once)
        found = evaluate_logged(options, agent, [options["task"]], settings, log)
        cpu = time.process_time() - began
        log.close()
    if found.examples != examples or (port and found.models[0].answers != examples):
        raise SystemExit(f"expected {examples} answers, got {found}")
    print(json.dumps({"rate": examples / found.seconds, "cpu_milliseconds": cpu / examples * 1000}))


if __name__ == "__main__":
    main()
