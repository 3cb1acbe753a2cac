"""Whether a teacher keeps the contract of the world library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from itertools import islice
from typing import Any

from ..core.message import Act
from ..core.sharing import create_agent_from_shared, override_opts_in_shared
from ..core.teachers.datatype import parse_datatype
from .contract_faults import ContractFaults

DATATYPES = ("train", "train:ordered", "train:stream", "train:evalmode", "valid", "test", "valid:stream")

MOST_EXAMPLES = 5_000
"""How many examples are looked at of data that is larger, or of unknown size."""


def check_teacher(
    teacher: Callable[[Mapping[str, Any]], Any],
    opt: Mapping[str, Any] | None = None,
    *,
    datatypes: Sequence[str] = DATATYPES,
) -> None:
    """Check that a teacher keeps the contract of the world library.

    Checked are the examples and where episodes end, that they come in the same order each time, that each comes
    once over any number of copies and processes, and that right and wrong answers are scored as such.

    Args:
        teacher: The teacher's class, or what else builds one from `(opt)`.
        opt: The options that it is built with.
        datatypes: Each `opt["datatype"]` that it is tried with.

    Raises:
        AssertionError: It does not; the text lists all that is wrong.
    """
    name = getattr(teacher, "__name__", repr(teacher))
    faults = ContractFaults(f"{name} breaks the contract of teachers")
    for datatype in datatypes:
        checks = _Checks(teacher, {**(opt or {}), "datatype": datatype}, faults)
        for check in (checks.examples, checks.order, checks.shards, checks.scores):
            faults.run(check)
    faults.raise_if_any()


class _Checks:
    def __init__(
        self, build: Callable[[Mapping[str, Any]], Any], opt: Mapping[str, Any], faults: ContractFaults
    ) -> None:
        self._build = build
        self._opt = opt
        self._faults = faults
        self._datatype = parse_datatype(opt["datatype"])

    def _expect(self, holds: bool, sentence: str) -> bool:
        return self._faults.expect(holds, f"{sentence} (datatype {self._opt['datatype']})")

    def examples(self) -> None:
        """the examples"""
        teacher = self._build(self._opt)
        expected, episodes = teacher.num_examples(), teacher.num_episodes()
        acts = list(self._one_epoch(teacher))
        self._expect(bool(acts), "expected examples, got none")
        for act in acts:
            self._is_example(act)
        if not self._datatype.endless and len(acts) < MOST_EXAMPLES:
            self._expect(teacher.epoch_done(), "expected epoch_done() to be True after the last example")
            self._expect(
                expected in (None, len(acts)), f"expected {expected} examples, as it says, got {len(acts)}"
            )
            ends = sum(act["episode_done"] for act in acts)
            self._expect(episodes in (None, ends), f"expected {episodes} episodes, as it says, got {ends}")
            self._expect(acts[-1]["episode_done"], "expected the last example to end its episode")
        teacher.shutdown()

    def order(self) -> None:
        """the order of the examples"""
        teacher = self._build(self._opt)
        first = [_frozen(act) for act in self._one_epoch(teacher, spoil=True)]
        again = [_frozen(act) for act in self._one_epoch(self._build(self._opt))]
        self._expect(first == again, "expected another one to give the same examples in the same order")
        teacher.reset()
        again = [_frozen(act) for act in self._one_epoch(teacher)]
        self._expect(first == again, "expected reset() to begin with the same examples, whatever was done to them")
        teacher.shutdown()

    def shards(self) -> None:
        """copies that share the examples"""
        if self._datatype.endless:
            return
        whole = Counter(_frozen(act) for act in self._one_epoch(self._build(self._opt)))
        if whole.total() >= MOST_EXAMPLES:
            return
        for processes, batchsize in ((1, 2), (1, 7), (3, 1), (2, 3)):
            seen: Counter[str] = Counter()
            for process in range(processes):
                of_process = {"process_index": process, "processes": processes} if processes > 1 else {}
                shared = self._build({**self._opt, **of_process}).share()
                copies = [
                    create_agent_from_shared(
                        override_opts_in_shared(shared, {"batchindex": index, "batchsize": batchsize})
                    )
                    for index in range(batchsize)
                ]
                for copy in copies:
                    seen.update(_frozen(act) for act in self._one_epoch(copy))
            self._expect(
                seen == whole,
                f"expected each example once over {batchsize} copies in each of {processes} processes, "
                f"got {(seen - whole).total()} too often and {(whole - seen).total()} too rarely",
            )

    def scores(self) -> None:
        """scoring answers"""
        right, wrong, silent = (self._build(self._opt) for _ in range(3))
        for teacher, answer in ((right, None), (wrong, "no such answer, ever"), (silent, "")):
            asked = 0
            for act in self._one_epoch(teacher):
                labels = act.get(self._datatype.labels_key)
                asked += labels is not None
                teacher.observe({"id": "student", "text": labels[0] if answer is None and labels else answer})
            teacher.observe({"id": "student", "text": "said without having been asked"})
            report = teacher.report()
            counted = report["exs"].value() if "exs" in report else 0
            self._expect(counted == asked, f"expected {asked} answers to be scored, got {counted}")
            if answer is None and "accuracy" in report:
                accuracy = report["accuracy"].value()
                self._expect(accuracy == 1, f"expected accuracy 1 of right answers, got {accuracy}")
            teacher.reset_metrics()
            counted = teacher.report()["exs"].value() if "exs" in teacher.report() else 0
            self._expect(counted == 0, f"expected reset_metrics() to begin anew, got {counted} answers")

    def _one_epoch(self, teacher: Any, *, spoil: bool = False) -> Iterator[Act]:
        """Yield the acts of one pass, or of so many examples as one has, where there is no end to them."""
        most = (teacher.num_examples() if self._datatype.endless else None) or MOST_EXAMPLES
        if self._datatype.endless and teacher.num_examples() is None:
            most = 200
        yield from islice(self._acts(teacher, spoil=spoil), min(most, MOST_EXAMPLES))

    def _acts(self, teacher: Any, *, spoil: bool) -> Iterator[Act]:
        while not teacher.epoch_done():
            act = teacher.act()
            yield deepcopy(act)
            if spoil:
                act.clear()

    def _is_example(self, act: Any) -> None:
        if not self._expect(isinstance(act, dict), f"expected a dict from act(), got {act!r:.80}"):
            return
        self._expect(
            isinstance(act.get("episode_done"), bool), f"expected episode_done in each act, got {act!r:.80}"
        )
        other = "labels" if self._datatype.labels_key == "eval_labels" else "eval_labels"
        self._expect(other not in act, f"expected labels at {self._datatype.labels_key!r}, got some at {other!r}")
        text = act.get("text")
        self._expect(text is None or isinstance(text, str), f"expected text in each act, got {text!r:.80}")


def _frozen(act: Act) -> str:
    return repr(sorted(act.items()))
