"""An evaluation in which each example counts once, whatever becomes of agents, processes and the evaluation."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from parleyrun import Agent, AverageMetric, DialogTeacher, MetricError, SumMetric, TaskError, WorldError
from parleyrun.core.metrics.metrics import values_of
from parleyrun.evaluate.evaluation import Evaluation, evaluate
from parleyrun.evaluate.figures.success_figures import all_figures_of
from parleyrun.evaluate.lanes.error_policy import ErrorPolicy, parse_policy
from parleyrun.evaluate.lanes.example_tally import Totals
from parleyrun.evaluate.log.evaluation_log import EvaluationLog, LogHead, read_log
from parleyrun.evaluate.log.example_record import ExampleFailure, ExampleKey, ExampleRecord
from parleyrun.evaluate.logged_evaluation import EvaluationSettings, evaluate_logged

OPT = {"datatype": "valid", "metrics": "all"}
TASK = f"{__name__}:Episodes"


class Episodes(DialogTeacher):
    """Episodes of so many examples as `opt['lengths']` says; one answer in three is right."""

    def setup_data(self, datafile):
        for episode, length in enumerate(self.opt["lengths"]):
            for entry in range(length):
                yield {"text": f"{episode}.{entry}", "labels": [f"{entry} of {episode}", "a b c"]}, entry == 0


class OtherEpisodes(Episodes):
    """The same under another name."""


class Rememberer(Agent):
    """Says how many it was asked in this episode; counts what it was asked, and measures its answers."""

    asked: Counter[str] = Counter()

    def __init__(self, opt: Mapping[str, Any] | None = None, shared: Mapping[str, Any] | None = None) -> None:
        super().__init__(opt, shared)
        self._seen = 0
        self._letters = SumMetric(0)
        self._mean = AverageMetric(0, 0)

    def act(self):
        text, over = self.observation["text"], self.observation["episode_done"]
        self.asked[f"{self.observation['id']} {text}"] += 1
        episode = text.partition(".")[0]
        said = f"{self._seen} of {episode}" if len(episode) % 3 and int(episode) % 2 else "a b"
        self._seen = 0 if over else self._seen + 1
        self._letters += SumMetric(len(said))
        self._mean += AverageMetric(len(said) / 3)
        return {"id": self.id, "text": said}

    def report(self):
        return {"letters": self._letters, "mean": self._mean}

    def reset_metrics(self):
        self._letters, self._mean = SumMetric(0), AverageMetric(0, 0)


class Batched(Agent):
    """Answers for a batch, by the question alone."""

    def batch_act(self, observations):
        return [None if seen is None else {"id": self.id, "text": seen["text"][-1]} for seen in observations]

    def act(self):
        return {"id": self.id, "text": self.observation["text"][-1]}


def head(tasks: list[str]) -> LogHead:
    return LogHead(tasks=tuple(tasks), opt={"model": "some"}, about={}, began="now")


def in_words(found: Evaluation) -> tuple[Any, ...]:
    return found.scores().as_dict(), found.examples, [record.key for record in found.failures]


def sums_of(log: Path, tasks: list[str]) -> Any:
    """Return what figures and their errors are computed from, by task and name."""
    records = list(read_log(log).in_order())
    return {task: {name: each.episodes for name, each in all_figures_of(records, task).items()} for task in tasks}


@examples(60)
@given(
    lengths=st.lists(st.integers(1, 4), min_size=1, max_size=10),
    several=st.booleans(),
    datatype=st.sampled_from(["valid", "valid:stream", "train:evalmode"]),
    first=st.sampled_from([(1, 1), (3, 1), (1, 4)]),
    then=st.sampled_from([(1, 1), (2, 1), (1, 3)]),
    dynamic=st.sampled_from([None, None, "batchsort", "full"]),
    kind=st.sampled_from([Rememberer, Batched]),
    repeats=st.sampled_from([1, 1, 3]),
    cut=st.floats(0, 1),
)
def test_killed_at_any_byte_and_resumed_it_gives_the_same_report_to_the_digit(
    lengths, several, datatype, first, then, dynamic, kind, repeats, cut
):
    tasks = [TASK, *([f"{__name__}:OtherEpisodes"] if several else [])]
    opt = {**OPT, "task": ",".join(tasks), "datatype": datatype, "lengths": lengths}
    if dynamic and kind is Batched and first[1] == then[1] == 1:
        opt |= {"dynamic_batching": dynamic, "truncate": 3, "dynamic_batch_buffer": 4}
    whole = evaluate(opt, kind(opt), tasks)
    with TemporaryDirectory() as folder:
        log = EvaluationLog.begin(Path(folder), "some", head(tasks))
        batchsize, concurrency = first
        how = EvaluationSettings(concurrency=concurrency, repeats=repeats)
        alone = evaluate_logged({**opt, "batchsize": batchsize}, kind(opt), tasks, how, log)
        log.close()
        assert alone.examples == repeats * whole.examples
        if repeats == 1:
            assert in_words(alone)[:2] == in_words(whole)[:2]
        worth = sums_of(log.path, tasks)
        assert any("pass^3" in name for name in worth[TASK]) == (repeats == 3)

        data = log.path.read_bytes()
        beginning = data.index(b"\n") + 1
        kept = beginning + round(cut * (len(data) - beginning))
        log.path.write_bytes(data[:kept])
        known = read_log(log.path).whole_episodes()
        Rememberer.asked = Counter()
        log = EvaluationLog.resume(log.path)
        batchsize, concurrency = then
        how = EvaluationSettings(concurrency=concurrency, repeats=repeats, known=known)
        resumed = evaluate_logged({**opt, "batchsize": batchsize}, kind(opt), tasks, how, log)
        log.close()
        assert in_words(resumed) == in_words(alone)
        content = read_log(log.path)
        assert len(content.records) == len(content.whole_episodes()) == repeats * sum(lengths) * len(tasks)
        assert sums_of(log.path, tasks) == worth
        if kind is Rememberer:
            names = [f"{episode}.{entry}" for episode, length in enumerate(lengths) for entry in range(length)]
            everything = Counter({f"{task} {name}": repeats for task in tasks for name in names})
            everything.subtract(f"{key.task} {key.episode}.{key.entry}" for key in known)
            assert Rememberer.asked == +everything


@pytest.mark.process
@examples(12)
@given(
    lengths=st.lists(st.integers(1, 4), min_size=1, max_size=10),
    processes=st.integers(2, 4),
    batchsize=st.integers(1, 3),
    kind=st.sampled_from([Rememberer, Batched]),
    dynamic=st.booleans(),
    known_share=st.floats(0, 1),
    repeats=st.integers(1, 2),
)
def test_processes_go_on_with_what_is_on_record_and_give_the_same_report(
    lengths, processes, batchsize, kind, dynamic, known_share, repeats
):
    tasks = [TASK, f"{__name__}:OtherEpisodes"]
    opt = {**OPT, "task": ",".join(tasks), "lengths": lengths}
    with TemporaryDirectory() as folder:
        log = EvaluationLog.begin(Path(folder), "some", head(tasks))
        whole = evaluate_logged(opt, kind(opt), tasks, EvaluationSettings(repeats=repeats), log)
        log.close()
        lines = log.path.read_bytes().splitlines(keepends=True)
        log.path.write_bytes(b"".join(lines[: 1 + round(known_share * (len(lines) - 1))]))
        how = EvaluationSettings(repeats=repeats, known=read_log(log.path).whole_episodes())
        log = EvaluationLog.resume(log.path)
        sharing = {"numthreads": processes, "batchsize": batchsize}
        if dynamic and kind is Batched:
            sharing |= {"dynamic_batching": "batchsort", "dynamic_batch_buffer": 2}
        found = evaluate_logged({**opt, **sharing}, kind(opt), tasks, how, log)
        log.close()
        assert in_words(found)[:2] == in_words(whole)[:2]
        assert len(read_log(log.path).whole_episodes()) == 2 * repeats * sum(lengths)


class Troubled(Agent):
    """Raises, hangs or ends its process at the examples that opt names; others it answers rightly."""

    tries: Counter[str] = Counter()

    def act(self):
        text = self.observation["text"]
        Troubled.tries[text] += 1
        if text in self.opt.get("raises", ()) and Troubled.tries[text] <= self.opt.get("times", 99):
            raise RuntimeError(f"no answer to {text}")
        if text in self.opt.get("hangs", ()):
            threading.Event().wait(60)
        if text in self.opt.get("dies", ()):
            os._exit(3)
        return {"id": self.id, "text": "a b c"}


class TroubledTogether(Troubled):
    """The same for a batch."""

    def batch_act(self, observations):
        acts = []
        for seen in observations:
            self.observation = seen
            acts.append(None if seen is None else self.act())
        return acts


def tried(kind: type[Agent] = Troubled, how: EvaluationSettings | None = None, **opt: Any) -> Evaluation:
    Troubled.tries = Counter()
    whole = {**OPT, "task": TASK, "lengths": [1, 2, 1, 1, 2], **opt}
    return evaluate_logged(whole, kind(whole), [TASK], how or EvaluationSettings())


def told(found: Evaluation) -> list[tuple[Any, ...]]:
    return [
        (f"{record.key.episode}.{record.key.entry}", record.failure.kind, record.failure.tries)
        for record in found.failures
        if record.failure is not None
    ]


WAYS = [
    (Troubled, {}, 1),
    (Troubled, {}, 3),
    (TroubledTogether, {"batchsize": 3}, 1),
    (TroubledTogether, {"batchsize": 2, "dynamic_batching": "full", "truncate": 1}, 1),
    pytest.param(Troubled, {"numthreads": 2}, 1, marks=pytest.mark.process),
    pytest.param(TroubledTogether, {"numthreads": 2, "batchsize": 2}, 1, marks=pytest.mark.process),
]


@pytest.mark.parametrize(("kind", "sharing", "concurrency"), WAYS)
def test_an_error_costs_one_example_and_is_told_with_its_reason(kind, sharing, concurrency):
    how = EvaluationSettings(concurrency=concurrency)
    found = tried(kind, how, raises=["1.0", "3.0"], **sharing)
    assert told(found) == [("1.0", "RuntimeError", 1), ("3.0", "RuntimeError", 1)]
    assert found.failures[0].failure.message == "no answer to 1.0"
    assert "raise RuntimeError" in found.failures[0].failure.traceback
    values = values_of(found.report)
    assert (values["exs"], values["accuracy"], found.examples) == (5, 1.0, 7)


class Hesitant(Batched):
    """Does not hear some of its examples, as often as `opt` says; answers nothing at all to others."""

    heard: Counter[str] = Counter()

    def observe(self, act):
        Hesitant.heard[act["text"]] += 1
        if act["text"] in self.opt.get("deaf", ()) and Hesitant.heard[act["text"]] <= self.opt["times"]:
            raise RuntimeError("it is too loud")
        return super().observe(act)

    def batch_act(self, observations):
        acts = super().batch_act(observations)
        return [
            None if seen and seen["text"] in self.opt.get("mute", ()) else act
            for seen, act in zip(observations, acts, strict=True)
        ]


@pytest.mark.parametrize("more", [{}, {"dynamic_batching": "full", "truncate": 1}])
def test_in_a_batch_who_does_not_hear_or_says_nothing_costs_that_example_only(more):
    Hesitant.heard = Counter()
    how = EvaluationSettings(policy=ErrorPolicy(tries=2))
    sharing = {"batchsize": 3, "deaf": ["0.0", "3.0"], "times": 1, "mute": ["1.1"], **more}
    found = tried(Hesitant, how, **sharing)
    assert told(found) == [("1.1", "WorldError", 2)]
    assert "expected an act, a dict, for each observation from Hesitant.batch_act()" in str(
        found.failures[0].failure
    )
    Hesitant.heard = Counter()
    assert told(tried(Hesitant, how, **{**sharing, "times": 2, "mute": []})) == [
        ("0.0", "RuntimeError", 2),
        ("3.0", "RuntimeError", 2),
    ]
    Hesitant.heard = Counter()
    with pytest.raises(RuntimeError, match="it is too loud"):
        tried(Hesitant, EvaluationSettings(policy=ErrorPolicy(stops=True)), **sharing)


@pytest.mark.parametrize(("kind", "sharing", "concurrency"), WAYS)
def test_what_fails_is_asked_again_as_often_as_is_said(kind, sharing, concurrency):
    how = EvaluationSettings(concurrency=concurrency, policy=parse_policy("retry:2"))
    assert told(tried(kind, how, raises=["1.0"], **sharing)) == [("1.0", "RuntimeError", 3)]
    assert told(tried(kind, how, raises=["1.0"], times=1, **sharing)) == []


@pytest.mark.parametrize(("kind", "sharing", "concurrency"), WAYS)
def test_with_stop_the_first_error_ends_it(kind, sharing, concurrency):
    how = EvaluationSettings(concurrency=concurrency, policy=ErrorPolicy(stops=True))
    with pytest.raises((RuntimeError, WorldError), match=r"no answer to 3\.0"):
        tried(kind, how, raises=["3.0"], **sharing)


@pytest.mark.process
@pytest.mark.parametrize(("kind", "batchsize"), [(Troubled, 1), (TroubledTogether, 2)])
def test_a_process_that_dies_costs_the_example_that_it_was_at(kind, batchsize):
    found = tried(kind, dies=["2.0", "4.0"], numthreads=2, batchsize=batchsize)
    assert told(found) == [("2.0", "Died", 1), ("4.0", "Died", 1)]
    assert "ended by itself with exit code 3" in found.failures[0].failure.message
    assert values_of(found.report)["exs"] == 5


@pytest.mark.process
def test_a_process_that_hangs_costs_the_example_that_it_was_at():
    found = tried(how=EvaluationSettings(timeout=0.3), hangs=["2.0", "4.1"], numthreads=2)
    assert told(found) == [("2.0", "Timeout", 1), ("4.1", "Timeout", 1)]
    assert values_of(found.report)["exs"] == 5


@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_thread_that_hangs_costs_the_example_that_it_was_at(concurrency):
    how = EvaluationSettings(concurrency=concurrency, timeout=0.2, policy=parse_policy("retry:1"))
    found = tried(how=how, hangs=["2.0", "4.1"])
    assert told(found) == [("2.0", "Timeout", 2), ("4.1", "Timeout", 2)]
    assert values_of(found.report)["exs"] == 5


class Forgetful(Troubled):
    """Cannot be asked the same twice."""

    def act(self):
        if Troubled.tries[self.observation["text"]]:
            raise RuntimeError("asked before")
        return super().act()


def test_the_rest_of_an_episode_is_not_asked_where_nobody_can_be_told_its_beginning():
    found = tried(Forgetful, EvaluationSettings(timeout=0.2), hangs=["0.1"], lengths=[4, 1])
    assert told(found) == [("0.1", "Timeout", 1), ("0.2", "NotAsked", 0), ("0.3", "NotAsked", 0)]
    assert "could not be told what was said in it: RuntimeError: asked before" in found.failures[1].failure.message
    assert values_of(found.report)["exs"] == 2


def test_an_agent_without_a_memory_for_its_own_words_is_asked_them_again():
    found = tried(how=EvaluationSettings(timeout=0.2), hangs=["0.1"], lengths=[4, 1])
    assert told(found) == [("0.1", "Timeout", 1)]
    assert Troubled.tries == {"0.0": 2, "0.1": 1, "0.2": 1, "0.3": 1, "1.0": 1}


class Told(Troubled):
    """Can be told what was said before; says how much it knows."""

    def __init__(self, opt=None, shared=None):
        super().__init__(opt, shared)
        self.known: list[str] = []

    def observe(self, act):
        self.known.append(act["text"])
        return super().observe(act)

    def self_observe(self, act):
        self.known.append(act["text"])

    def act(self):
        super().act()
        said = {"id": self.id, "text": " ".join(self.known)}
        self.self_observe(said)
        return said


def test_who_can_be_told_what_was_said_goes_on_in_the_middle_of_an_episode(tmp_path):
    opt = {**OPT, "task": TASK, "lengths": [3], "hangs": ["0.1"]}
    log = EvaluationLog.begin(tmp_path, "some", head([TASK]))
    found = evaluate_logged(opt, Told(opt), [TASK], EvaluationSettings(timeout=0.2), log)
    log.close()
    assert told(found) == [("0.1", "Timeout", 1)]
    said = [record.answer and record.answer["text"] for record in read_log(log.path).in_order()]
    assert said == ["0.0", None, "0.0 0.0 0.1 0.2"]


def test_where_nothing_goes_well_it_ends_after_ten_examples():
    every = [f"{episode}.0" for episode in range(40)]
    with pytest.raises(RuntimeError, match=r"no answer to 0\.0"):
        tried(raises=every, lengths=[1] * 40)
    assert len(Troubled.tries) == 10
    with pytest.raises(RuntimeError, match=r"no answer to 0\.0"):
        tried(raises=every, lengths=[1] * 3)


def test_what_went_wrong_is_asked_again_when_it_is_gone_on_with(tmp_path):
    opt = {**OPT, "task": TASK, "lengths": [1, 2, 1]}
    log = EvaluationLog.begin(tmp_path, "some", head([TASK]))
    evaluate_logged({**opt, "raises": ["1.1"]}, Troubled({"raises": ["1.1"]}), [TASK], EvaluationSettings(), log)
    log.close()
    Troubled.tries = Counter()
    known = read_log(log.path).whole_episodes()
    found = evaluate_logged(opt, Troubled({}), [TASK], EvaluationSettings(known=known))
    assert told(found) == []
    assert set(Troubled.tries) == {"1.0", "1.1"}


def test_other_data_than_what_is_on_record_is_refused(tmp_path):
    opt = {**OPT, "task": TASK, "lengths": [1, 1]}
    log = EvaluationLog.begin(tmp_path, "some", head([TASK]))
    evaluate_logged(opt, Troubled({}), [TASK], EvaluationSettings(), log)
    log.close()
    known = {
        key: replace(record, asked={**record.asked, "text": "another"})
        for key, record in read_log(log.path).whole_episodes().items()
    }
    with pytest.raises(TaskError, match="expected the data to be what it was when the log was begun"):
        evaluate_logged(opt, Troubled({}), [TASK], EvaluationSettings(known=known))


class Plain(Troubled):
    """Reports plain numbers."""

    def report(self):
        return {"count": 9} if "rate" not in self.opt else {"rate": 0.5}

    def reset_metrics(self):
        pass


class Cumulative(Troubled):
    """Has no `reset_metrics`, and so reports all it has measured."""

    count = 0

    def act(self):
        self.count += 1
        return super().act()

    def report(self):
        return {"asked": self.count}


@pytest.mark.parametrize(
    ("sharing", "concurrency"), [({}, 1), ({}, 3), pytest.param({"numthreads": 2}, 1, marks=pytest.mark.process)]
)
def test_what_an_agent_reports_all_together_adds_up_over_its_copies(sharing, concurrency):
    found = tried(Cumulative, EvaluationSettings(concurrency=concurrency), **sharing)
    assert values_of(found.report)["asked"] == 7


class Counting(Episodes):
    """Has no `reset_metrics` to go with its `report`, and so reports all it has seen."""

    seen = 0

    def observe(self, act):
        self.seen += act is not None
        return super().observe(act)

    def report(self):
        return {"seen": SumMetric(self.seen)}


@pytest.mark.parametrize(
    ("kind", "sharing", "concurrency"),
    [
        (Troubled, {}, 1),
        (Troubled, {}, 3),
        (TroubledTogether, {"batchsize": 3}, 1),
        pytest.param(Troubled, {"numthreads": 3}, 1, marks=pytest.mark.process),
        pytest.param(TroubledTogether, {"numthreads": 2, "batchsize": 2}, 1, marks=pytest.mark.process),
    ],
)
def test_what_a_teacher_reports_all_together_is_there_too_where_not_all_is_asked(kind, sharing, concurrency):
    # Of each of a few lanes the first example goes well, and more than a hundred do not.
    wrong = [f"{episode}.0" for episode in range(4, 600)]
    opt = {**OPT, "lengths": [1] * 600, "raises": wrong, **sharing}
    how = EvaluationSettings(concurrency=concurrency)
    found = evaluate_logged(opt, kind(opt), [f"{__name__}:Counting"], how)
    assert found.stopped
    assert values_of(found.report)["seen"] == found.examples - len(found.failures) > 0


def test_what_comes_after_it_was_said_to_be_enough_does_not_make_it_whole():
    totals = Totals(ErrorPolicy(), None)
    record = ExampleRecord(key=ExampleKey(TASK, 0, 0), last=True, asked={})
    failed = replace(record, failure=ExampleFailure(kind="Some", message=""))
    totals.take(record, {}, {}, is_new=True)
    for _ in range(100):
        totals.take(failed, {}, {}, is_new=True)
    assert totals.has_enough()
    totals.take(record, {}, {}, is_new=True)
    assert totals.why_enough() == "100 in a row went wrong"


@pytest.mark.parametrize("sharing", [{}, {"batchsize": 2}, {"dynamic_batching": "batchsort"}])
def test_where_no_more_may_be_spent_what_is_on_record_is_counted_all_the_same(tmp_path, sharing):
    opt = {**OPT, "task": TASK, "lengths": [1, 2, 1]}
    log = EvaluationLog.begin(tmp_path, "some", head([TASK]))
    evaluate_logged(opt, Batched(opt), [TASK], EvaluationSettings(), log)
    log.close()
    known = {key: each for key, each in read_log(log.path).whole_episodes().items() if key.episode < 2}
    how = EvaluationSettings(limit_cost=1.0, spent=1.0, known=known)
    found = evaluate_logged({**opt, **sharing}, Batched(opt), [TASK], how)
    assert (found.stopped, found.examples) == ("1.0000 of 1 are spent", 3)


def test_a_record_that_comes_after_the_log_was_closed_is_in_no_other_file(tmp_path):
    log = EvaluationLog.begin(tmp_path, "some", head([TASK]))
    found = tried(raises=["0.0"], lengths=[1, 1])
    log.close()
    with (tmp_path / "another").open("wb"), pytest.raises(TaskError, match="cannot write to"):
        log.add(found.failures[0])
    assert (tmp_path / "another").read_bytes() == b""


def test_a_plain_number_that_nobody_knows_how_to_add_is_refused_before_anything_is_asked():
    with pytest.raises(MetricError, match=r"expected a Metric in a report as 'rate', got 0\.5: say SumMetric"):
        tried(Plain, rate=1)
    assert not Troubled.tries


def test_a_log_is_for_its_owner_only_and_never_takes_the_place_of_another(tmp_path):
    first = EvaluationLog.begin(tmp_path / "logs", "a/b:c", head([TASK]))
    second = EvaluationLog.begin(tmp_path / "logs", "a/b:c", head([TASK]))
    names = {first.path.name, second.path.name}
    first.close()
    second.close()
    assert names == {"a-b-c.jsonl", "a-b-c_2.jsonl"}
    assert first.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "again", "retry", "retry:0", "retry:x", "skip:1"])
def test_another_word_for_what_to_do_is_refused(text):
    with pytest.raises(TaskError, match=r"expected skip, stop, or retry with a number such as retry:3, got"):
        parse_policy(text)


def test_after_a_hundred_in_a_row_that_went_wrong_no_more_are_asked():
    found = tried(raises=[f"{episode}.0" for episode in range(1, 300)], lengths=[1] * 300)
    assert found.stopped == "100 in a row went wrong"
    assert (found.examples, values_of(found.report)["exs"]) == (101, 1)
