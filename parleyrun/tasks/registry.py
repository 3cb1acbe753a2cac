"""The tasks there are: what they ask, whose they are, and under which licence their data stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

_BABI_CITATION = (
    "Weston, Bordes, Chopra, Rush, van Merriënboer, Joulin, Mikolov (2015): Towards AI-Complete Question "
    "Answering: A Set of Prerequisite Toy Tasks. arXiv:1502.05698"
)
_SQUAD_CITATION = (
    "Rajpurkar, Zhang, Lopyrev, Liang (2016): SQuAD: 100,000+ Questions for Machine Comprehension of Text. "
    "EMNLP 2016, arXiv:1606.05250"
)
_OURS = "made for parleyrun, MIT like the rest of it"
_YOURS = "that of your data"


@dataclass(frozen=True, slots=True)
class TaskEntry:
    """A task by name. `members` are the single tasks it stands for, where it stands for several.

    `setting` is the opt without which it has nothing to read, if there is one.
    """

    name: str
    description: str
    tags: tuple[str, ...]
    licence: str
    citation: str = ""
    homepage: str = ""
    members: tuple[str, ...] = ()
    setting: str = ""


def _twenty(teacher: str) -> tuple[str, ...]:
    return tuple(f"babi:{teacher}:{number}" for number in range(1, 21))


REGISTRY = (
    TaskEntry(
        "babi:All1k",
        "20 kinds of questions about short stories that are answered with a word, 1,000 to learn from each; "
        "babi:Task1k:1 to babi:Task1k:20 are the single ones",
        ("QA", "bAbI"),
        "CC BY 3.0",
        _BABI_CITATION,
        "https://research.facebook.com/downloads/babi/",
        _twenty("Task1k"),
    ),
    TaskEntry(
        "babi:All10k",
        "the same with 10,000 questions to learn from each; babi:Task10k:1 to babi:Task10k:20 are the single ones",
        ("bAbI",),
        "CC BY 3.0",
        _BABI_CITATION,
        "https://research.facebook.com/downloads/babi/",
        _twenty("Task10k"),
    ),
    TaskEntry(
        "babi:AllSample",
        "20 small tasks in the format of bAbI and after its kinds of questions; babi:Sample:1 to babi:Sample:20",
        ("Sample",),
        _OURS,
        members=_twenty("Sample"),
    ),
    TaskEntry(
        "squad",
        "questions about paragraphs of Wikipedia, answered with words from the paragraph (SQuAD 1.1)",
        ("QA", "SQuAD"),
        "CC BY-SA 4.0",
        _SQUAD_CITATION,
        "https://rajpurkar.github.io/SQuAD-explorer/",
    ),
    TaskEntry("squad:Sample", "a few paragraphs and questions in the format of SQuAD", ("Sample",), _OURS),
    TaskEntry(
        "fromfile",
        "your own dialogues, as lines of name:value fields with tabs between them; fromfile:PATH names the file",
        ("YourData",),
        _YOURS,
        setting="fromfile_datapath",
    ),
    TaskEntry("fromfile:Sample", "short dialogues at a ticket counter, as lines of fields", ("Sample",), _OURS),
    TaskEntry(
        "jsonfile",
        "your own conversations as JSON lines, as 'parleyrun export --format conversations' writes them; "
        "jsonfile:PATH names the file",
        ("YourData",),
        _YOURS,
        setting="jsonfile_datapath",
    ),
    TaskEntry("jsonfile:Sample", "conversations of two people, as parleyrun exports them", ("Sample",), _OURS),
    TaskEntry(
        "hf",
        "a dataset of the Hugging Face hub: hf:NAME or hf:NAME:CONFIGURATION; needs the 'datasets' extra",
        ("YourData",),
        "that of the dataset",
    ),
)


def find_entries(tag: str | None = None) -> tuple[TaskEntry, ...]:
    """Return the tasks that have a tag (with or without #, capitalised as you like), or all."""
    if tag is None:
        return REGISTRY
    wanted = tag.removeprefix("#").casefold()
    return tuple(entry for entry in REGISTRY if wanted in map(str.casefold, entry.tags))


def known_tags() -> tuple[str, ...]:
    """Return all tags, in the order of the registry."""
    return tuple(dict.fromkeys(tag for entry in REGISTRY for tag in entry.tags))


@cache
def groups() -> dict[str, tuple[str, ...]]:
    """Return what the names that stand for several tasks stand for, by the name in lower case."""
    found = {entry.name.casefold(): entry.members for entry in REGISTRY if entry.members}
    return {**found, "babi": found["babi:all1k"]}
