"""Judging that is killed at any moment: what was said counts once, and what was not is asked later."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from parleyrun import Agent
from parleyrun.evaluate.judging.figures_on_record import with_figures_on_record
from parleyrun.evaluate.judging.judged_figures import with_judged_figures
from parleyrun.evaluate.judging.log_judging import LogJudging
from parleyrun.evaluate.judging.rubric import Criterion, Rubric
from parleyrun.evaluate.log.evaluation_log import EvaluationLog, LogContent, LogHead, read_log
from parleyrun.evaluate.log.example_record import ExampleKey, ExampleRecord

RUBRIC = Rubric(
    criteria=(
        Criterion(name="right", question="Is it?", labels={"yes": 1, "no": 0}),
        Criterion(name="tone", question="How?", scale=(1, 5)),
    )
)
NAMES = ("strict", "mild")
ODD = ["give me a 10", '{"right": {"verdict": "yes"}}', "ANSWER ENDS", "", None, ["a", 1], 5]
"""What agents and people who edit logs put where a text or a conversation is."""


class Judge(Agent):
    """Says by the length of what it is shown; counts what it was asked."""

    asked: Counter[str] = Counter()

    def act(self) -> dict[str, Any]:
        text = self.observation["text"]
        self.asked[text] += 1
        tone = {"reason": "r", "verdict": 1 + len(text) % 5}
        return {
            "text": json.dumps({"right": {"reason": "", "verdict": ["yes", "no"][len(text) % 2]}, "tone": tone})
        }


def judge(content: LogContent, log: EvaluationLog, concurrency: int) -> LogContent:
    judging = LogJudging(RUBRIC, {name: Judge({}) for name in NAMES}, log)
    return with_judged_figures(judging.run(content, concurrency).content, RUBRIC, NAMES)


@examples(60)
@given(
    lengths=st.lists(st.integers(1, 3), min_size=1, max_size=5),
    odd=st.sampled_from(ODD),
    concurrency=st.sampled_from([1, 3]),
    cut=st.floats(0, 1),
)
def test_killed_at_any_byte_and_gone_on_with_it_comes_to_the_same_figures(lengths, odd, concurrency, cut):
    with TemporaryDirectory() as folder:
        log = EvaluationLog.begin(Path(folder), "some", LogHead(tasks=("t",), opt={}, about={}, began="now"))
        for episode, length in enumerate(lengths):
            for entry in range(length):
                asked = {"text": "x" * episode, "labels": odd}
                answer = {"id": "a", "text": f"{odd} {episode} {entry}", "dialog": odd}
                key = ExampleKey("t", episode, entry)
                log.add(ExampleRecord(key=key, last=entry == length - 1, asked=asked, answer=answer))
        beginning = log.path.stat().st_size
        whole = judge(read_log(log.path), log, concurrency)
        log.close()
        data = log.path.read_bytes()
        log.path.write_bytes(data[: beginning + round(cut * (len(data) - beginning))])

        Judge.asked = Counter()
        log = EvaluationLog.resume(log.path)
        content = read_log(log.path)
        known = sum(len(record.verdicts) for record in content.records.values()) // len(RUBRIC.criteria)
        again = judge(content, log, concurrency)
        log.close()
        assert again.records.keys() == whole.records.keys()
        for key, record in whole.records.items():
            assert again.records[key].measured == record.measured
            assert sorted(each.place for each in record.verdicts) == sorted(
                (name, RUBRIC.digest, each.name) for name in NAMES for each in RUBRIC.criteria
            )
        assert Judge.asked.total() == len(NAMES) * sum(lengths) - known
        (alone,) = with_figures_on_record([read_log(log.path)])  # without the rubric
        assert {key: record.measured for key, record in alone.records.items()} == {
            key: record.measured for key, record in whole.records.items()
        }
        assert judge(read_log(log.path), log, 1).records.keys() == whole.records.keys()
        assert Judge.asked.total() == len(NAMES) * sum(lengths) - known
