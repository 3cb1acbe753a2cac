"""Examples and episodes: what a task's data is made of."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...errors import TaskError

Example = dict[str, Any]
"""One question as agents see it: `id`, `text`, `labels` or `eval_labels` (a tuple of right answers),
`label_candidates` (a tuple), `episode_done`, and whatever else the data has."""

_LISTS = ("label_candidates", "text_candidates")


class ExampleMaker:
    """Gives what a reader of data yields the form that agents see, and checks it.

    `speaker` is who asks, `labels_key` where the right answers go, `source` what errors name.
    """

    def __init__(self, speaker: str, labels_key: str, source: str) -> None:
        self._speaker = speaker
        self._labels_key = labels_key
        self._source = source
        # Examples mostly share one list of candidates; it becomes one tuple.
        self._seen: object = None
        self._frozen: tuple[Any, ...] = ()

    def make(self, raw: Mapping[str, Any], number: int, *, last: bool) -> Example:
        """Return the example that `raw` (which is left as it is) describes; `last` is whether it ends its episode.

        Raises `TaskError`, with the number of the example counted from 1, where `raw` is not one.
        """
        if not isinstance(raw, Mapping):
            raise self._wrong(number, "a mapping with 'text' and 'labels'", raw)
        example: Example = {"id": self._speaker, **raw}
        text = example.get("text")
        if text is not None and not isinstance(text, str):
            raise self._wrong(number, "a string at 'text'", text)
        labels = example.pop("labels", None)
        if labels is None:
            labels = example.pop("eval_labels", None)
        if labels is not None and (answers := self._answers(labels, number)):
            example[self._labels_key] = answers
        for key in _LISTS:
            if example.get(key) is not None:
                example[key] = self._shared_tuple(key, example[key], number)
        example["episode_done"] = last
        return example

    def _answers(self, labels: Any, number: int) -> tuple[str, ...]:
        answers = (labels,) if isinstance(labels, str) else labels
        if not isinstance(answers, list | tuple) or not all(isinstance(answer, str) for answer in answers):
            raise self._wrong(number, "a string or a list of strings at 'labels'", labels)
        return tuple(answers)

    def _shared_tuple(self, key: str, values: Any, number: int) -> tuple[Any, ...]:
        if isinstance(values, str) or not isinstance(values, Iterable):
            raise self._wrong(number, f"a list at '{key}'", values)
        if values is not self._seen:
            self._seen, self._frozen = values, tuple(values)
        return self._frozen

    def _wrong(self, number: int, expected: str, found: object) -> TaskError:
        return TaskError(f"{self._source}, example {number}: expected {expected}, got {found!r:.80}")


def episodes_of(pairs: Iterable[tuple[Mapping[str, Any], bool]], maker: ExampleMaker) -> Iterator[list[Example]]:
    """Yield episodes, made of `(example, whether it begins an episode)`; reads one example ahead."""
    episode: list[Example] = []
    number = 0
    held: Mapping[str, Any] | None = None
    for raw, begins in pairs:
        if held is not None:
            number += 1
            episode.append(maker.make(held, number, last=begins))
            if begins:
                yield episode
                episode = []
        held = raw
    if held is not None:
        episode.append(maker.make(held, number + 1, last=True))
        yield episode


class Examples:
    """All examples of a task, held once in a process and shared by all copies of its teacher. Never changed."""

    __slots__ = ("_examples", "_starts")

    def __init__(self, episodes: Iterable[Sequence[Example]]) -> None:
        self._examples: list[Example] = []
        self._starts = array("Q", [0])
        for episode in episodes:
            self._examples.extend(episode)
            self._starts.append(len(self._examples))

    def __len__(self) -> int:
        return len(self._examples)

    @property
    def episodes(self) -> int:
        """How many episodes there are."""
        return len(self._starts) - 1

    def episode(self, index: int) -> Sequence[Example]:
        """Return the examples of an episode, counted from 0. They are shared: copy what you change."""
        return self._examples[self._starts[index] : self._starts[index + 1]]
