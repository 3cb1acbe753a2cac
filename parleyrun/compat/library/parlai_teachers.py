"""Teachers as ParlAI's authors write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...core.message import Act
from ...core.metrics.metrics import Metric
from ...core.metrics.scores import Scores
from ...core.teachers.orders import Shuffles
from ...core.teachers.teachers import DialogTeacher, EpisodeTeacher, Teacher
from ...errors import TaskError
from .conveniences import str_to_msg

_FIELDS = ("text", "labels", "reward", "label_candidates", "image")


class TeacherMetrics:
    """What `self.metrics` of a teacher is.

    Args:
        scores: Where the teacher counts.
    """

    def __init__(self, scores: Scores) -> None:
        self._scores = scores

    def add(self, key: str, value: Metric | None) -> None:
        """Count a metric under a name; None is not counted."""
        if value is not None:
            self._scores.record(key, value)

    def report(self) -> dict[str, Metric]:
        """Return what was counted, by name."""
        return self._scores.report()

    def clear(self) -> None:
        """Forget all."""
        self._scores.clear()


class CustomTeacher(Teacher):
    """A teacher that may score answers in a way of its own."""

    @property
    def metrics(self) -> TeacherMetrics:
        """Where to count what `custom_evaluation` finds."""
        return TeacherMetrics(self.scores)

    def custom_evaluation(
        self, teacher_action: Mapping[str, Any], labels: Sequence[str] | None, model_response: Mapping[str, Any]
    ) -> None:
        """Score an answer, besides what is scored anyway. Subclasses write it.

        Args:
            teacher_action: The example.
            labels: Its right answers; None where it has none.
            model_response: The answer.
        """

    def observe(self, act: Act | None) -> Act | None:
        asked = self._asked
        seen = super().observe(act)
        if asked is not None and act is not None:
            self.custom_evaluation(asked, asked.get("labels") or asked.get("eval_labels"), act)
        return seen


class TupleTeacher(CustomTeacher, DialogTeacher):
    """ParlAI's `DialogTeacher`: `setup_data` yields `(example, whether it begins an episode)`.

    An example is `(text, labels, reward, candidates, image)`, of which the end may be left out, or a dict.
    """

    def _pairs(self, datafile: Any) -> Iterable[tuple[Mapping[str, Any], bool]]:
        for example, begins in self.setup_data(datafile):
            yield _as_mapping(example), bool(begins)


def _as_mapping(example: Any) -> Mapping[str, Any]:
    if isinstance(example, Mapping):
        plain = {key: value for key, value in example.items() if key != "episode_done"}
        return {**plain, "labels": _answers(plain["labels"])} if "labels" in plain else plain
    if not isinstance(example, tuple | list) or not 1 <= len(example) <= len(_FIELDS):
        raise TaskError(f"expected an example as (text, labels, …) or a dict, got {example!r:.80}")
    named = {key: value for key, value in zip(_FIELDS, example, strict=False) if value is not None}
    if "labels" in named:
        named["labels"] = _answers(named["labels"])
    if "label_candidates" in named:
        named["label_candidates"] = list(named["label_candidates"])
    return named


def _answers(labels: Any) -> Any:
    return list(labels) if isinstance(labels, set | frozenset) else labels


class NumberedTeacher(CustomTeacher, EpisodeTeacher):
    """ParlAI's `FixedDialogTeacher`: subclasses write `num_episodes`, `num_examples` and `get`.

    They may load their data after they have called this constructor: nobody asks for it before the first act.

    Args:
        opt: The options.
        shared: What `share()` of the teacher gave that this one is a copy of.
    """

    def __init__(self, opt: Mapping[str, Any] | None = None, shared: Mapping[str, Any] | None = None) -> None:
        Teacher.__init__(self, opt, shared)
        self._shuffles: Shuffles | None = None if shared is None else shared.get("shuffles")
        self._is_ready = False
        self._episode = ()
        self._entry = self._length = 0

    def get(self, episode_idx: int, entry_idx: int = 0) -> Mapping[str, Any]:
        """Return an example by the numbers of its episode and of its place in it, both from 0."""
        raise TaskError(f"{type(self).__name__}.get(episode_idx, entry_idx) is not written: it gives the examples")

    def get_episode(self, index: int) -> Sequence[Mapping[str, Any]]:
        episode: list[Mapping[str, Any]] = []
        while not episode or not episode[-1].get("episode_done", True):
            episode.append(self.get(index, len(episode)))
        return [_as_mapping(example) for example in episode]

    def next_example(self) -> tuple[Act, bool]:
        """Return the next example, and whether it is the last of all."""
        act = self.act()
        return act, self.epoch_done()

    def act(self) -> Act:
        self._make_ready()
        return super().act()

    def epoch_done(self) -> bool:
        self._make_ready()
        return super().epoch_done()

    def reset(self) -> None:
        Teacher.reset(self)
        self._is_ready = False
        self._episode = ()
        self._entry = self._length = 0

    def share(self) -> dict[str, Any]:
        self._make_ready()
        return super().share()

    def _make_ready(self) -> None:
        if self._is_ready:
            return
        self._is_ready = True
        if self._shuffles is None and self.datatype.shuffled:
            self._shuffles = Shuffles(self.num_episodes() or 0, int(self.opt.get("seed") or 0))
        self._order = self._new_order()


class LineTeacher(TupleTeacher):
    """ParlAI's `ParlAIDialogTeacher`: an example a line, `text:…<tab>labels:…<tab>episode_done:True`."""

    def datafile(self) -> Any:
        return self.opt.get("parlaidialogteacher_datafile") or self.opt.get("datafile")

    def setup_data(self, datafile: Any) -> Iterator[tuple[Any, bool]]:
        begins = True
        with open(datafile, encoding="utf-8") as file:
            for line in file:
                message = str_to_msg(line)
                if message is None:
                    continue
                yield dict(message), begins
                begins = bool(message.get("episode_done"))


class NumberedLineTeacher(TupleTeacher):
    """ParlAI's `FbDialogTeacher`: lines `1 text<tab>answer|answer<tab>reward<tab>candidate|candidate`.

    Each episode begins at 1; a line without an answer belongs to the text that follows.
    """

    def setup_data(self, datafile: Any) -> Iterator[tuple[Any, bool]]:
        begins, before = True, ""
        with open(datafile, encoding="utf-8") as file:
            for line in file:
                number, _, rest = line.rstrip("\n").partition(" ")
                if not rest.strip():
                    continue
                if number == "1":
                    begins, before = True, ""
                text, *parts = rest.split("\t")
                before = f"{before}\n{text}" if before and text else before or text
                if not parts or not parts[0]:
                    continue
                fields = {"text": before, "labels": parts[0].split("|")}
                if len(parts) > 2 and parts[2]:
                    fields["label_candidates"] = parts[2].split("|")
                yield fields, begins
                begins, before = False, ""
