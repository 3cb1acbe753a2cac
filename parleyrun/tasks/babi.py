"""`babi`: the bAbI questions about short stories, in 20 kinds (Weston and others, 2015).

`babi:Task1k:1` to `babi:Task1k:20` have 1,000 questions to learn from, `babi:Task10k:N` 10,000; `babi:All1k` and
`babi:All10k` are all twenty. `babi:Sample:N` are small ones of our own, in the same format and after the same
kinds.

The format: numbered lines, a story beginning wherever the number is 1. A line with tabs is a question, its answer,
and the numbers of the lines that support it (some editions leave those out).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from ..core.task_names import options_of
from ..core.teachers.examples import Example
from ..core.teachers.teachers import DialogTeacher
from ..errors import DataMissing, TaskError
from .data import Source, provide
from .download import Download, OnProgress
from .files import SAMPLES, lines_of

KINDS = 20

_WITH_LISTS = (8, 19)
"""The kinds whose answers are lists, such as `milk,football`. Their commas become spaces: they are words."""


class BabiTeacher(DialogTeacher):
    """One of the twenty kinds; which one, the last part of the task's name says.

    An example has the lines of the story since the question before it, and the question. The candidates are all
    answers in the training data (and the right one, should it not be among them).
    """

    def datafile(self) -> Path:
        return self.file_of(self.datatype.fold)

    @abstractmethod
    def file_of(self, fold: str) -> Path:
        """Return the file with this kind's questions for `train`, `valid` or `test`."""

    @cached_property
    def kind(self) -> int:
        """Which of the twenty kinds it is."""
        return kind_in(self.id)

    def setup_data(self, datafile: Path) -> Iterator[tuple[Mapping[str, Any], bool]]:
        lists = self.kind in _WITH_LISTS
        candidates = answers_in(self.file_of("train"), lists)
        known = frozenset(candidates)
        for example, begins in read_stories(datafile, lists):
            answer = example["labels"][0]
            example["label_candidates"] = candidates if answer in known else (*candidates, answer)
            yield example, begins


class _FetchedTeacher(BabiTeacher):
    """Reads the archive, which holds all kinds in several editions."""

    # The checksum is the one that other readers of this archive publish for it.
    SOURCE: ClassVar = Source(
        folder="bAbI",
        download=Download(
            url="https://dl.fbaipublicfiles.com/parlai/babi/babi.tar.gz",
            name="babi.tar.gz",
            sha256="f7f0bee187efca0d81c3daac1b162cda4eb7f9505dee5ad6846eabbed3dbf92e",
            size_bytes=19_212_062,
        ),
        provides="tasks_1-20_v1-2",
        archive=True,
    )
    EDITIONS: ClassVar[tuple[str, ...]] = ()
    """The folders that may hold the files. The first is in the archive that its authors first published, too."""

    @classmethod
    def prepare(cls, opt: Mapping[str, Any], on_progress: OnProgress | None = None) -> Path:
        """Fetch the data if it is not there, and return its folder. Nothing is fetched for a kind there is not."""
        kind_in(str(opt.get("task")))
        return provide(cls.SOURCE, opt, on_progress)

    def file_of(self, fold: str) -> Path:
        folder = self.prepare(self.opt)
        places = [folder / edition / f"qa{self.kind}_{fold}.txt" for edition in self.EDITIONS]
        for place in places:
            if place.is_file():
                return place
        raise DataMissing(
            f"expected {' or '.join(map(str, places))}, got neither: remove {folder} to fetch it anew"
        )


class Task1kTeacher(_FetchedTeacher):
    """1,000 questions of one kind to learn from."""

    EDITIONS = ("en-valid", "en-valid-nosf")


class Task10kTeacher(_FetchedTeacher):
    """10,000 questions of one kind to learn from."""

    EDITIONS = ("en-valid-10k", "en-valid-10k-nosf")


class SampleTeacher(BabiTeacher):
    """A few questions of one kind, which come with the package."""

    def file_of(self, fold: str) -> Path:
        return SAMPLES / "babi" / f"qa{self.kind}_{fold}.txt"


def kind_in(name: str) -> int:
    """Return which of the twenty kinds a task's name says. Raises `TaskError` if it says none of them."""
    options = options_of(name)
    if len(options) == 1 and options[0].isdecimal() and 1 <= int(options[0]) <= KINDS:
        return int(options[0])
    raise TaskError(
        f"expected a number from 1 to {KINDS} at the end of the name, as in babi:Task1k:1, got {name!r}"
    )


def read_stories(path: Path, lists: bool = False) -> Iterator[tuple[Example, bool]]:
    """Yield `(example, whether it begins a story)` for each question in a file.

    With `lists`, commas in answers become spaces. Raises `TaskError` for a line that is not of the format.
    """
    story: dict[int, str] = {}
    told: list[str] = []
    begins = True
    for number, line in lines_of(path):
        place, _, text = line.partition(" ")
        if not place.isdecimal():
            raise TaskError(f"{path}:{number}: expected a number and a sentence, got {line!r:.60}")
        if int(place) == 1:
            story, told, begins = {}, [], True
        question, *more = text.split("\t")
        if not more:
            story[int(place)] = text
            told.append(text)
            continue
        told.append(question.strip())
        yield _example(told, more, story, lists), begins
        told, begins = [], False


def answers_in(path: Path, lists: bool = False) -> tuple[str, ...]:
    """Return all different answers in a file, in the order in which they come."""
    return tuple(dict.fromkeys(example["labels"][0] for example, _ in read_stories(path, lists)))


def _example(told: list[str], more: list[str], story: Mapping[int, str], lists: bool) -> Example:
    answer = more[0].strip()
    example: Example = {"text": "\n".join(told), "labels": (answer.replace(",", " ") if lists else answer,)}
    support = more[1].split() if len(more) > 1 else ()
    if support:
        example["support"] = tuple(story[int(n)] for n in support if n.isdecimal() and int(n) in story)
    return example
