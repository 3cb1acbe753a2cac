"""`hf`: datasets of the Hugging Face hub, as `hf:NAME` or `hf:NAME:CONFIGURATION`.

Rows become examples by their columns. What a row looks like is recognised for the usual ones (`_FORMS`); any other
is described by `opt`: `hf_text` and `hf_labels` name columns (several with commas between them), `hf_candidates` a
column of candidates. `hf_split` names the split, where it is not called as usual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from ..core.teachers.datatype import Fold
from ..core.teachers.examples import Example
from ..core.teachers.teachers import DialogTeacher
from ..errors import DataMissing, MissingExtra, TaskError

_SPLITS: dict[Fold, tuple[str, ...]] = {
    "train": ("train",),
    "valid": ("validation", "valid", "dev"),
    "test": ("test",),
}

DatasetRow = Mapping[str, Any]


class DefaultTeacher(DialogTeacher):
    """Rows are taken from the hub as they are read, so that a `:stream` datatype begins at once.

    No code of a dataset is run. Needs the `datasets` extra.
    """

    TAKES_OPTIONS = True

    def datafile(self) -> str:
        """Return the name of the dataset."""
        name = self.id.split(":")[1:2]
        if not name or not name[0]:
            raise TaskError("expected the name of a dataset, as in hf:NAME, got nothing after 'hf'")
        return name[0]

    def setup_data(self, datafile: str) -> Iterator[tuple[Mapping[str, Any], bool]]:
        configuration = ":".join(self.id.split(":")[2:]) or None
        dataset = _open(datafile, configuration, self.datatype.fold, self.opt.get("hf_split"))
        rows = iter(dataset)
        first = next(rows, None)
        if first is None:
            return
        read = _reader(self.id, first, self.opt, getattr(dataset, "features", None))
        for row in chain([first], rows):
            for position, example in enumerate(read(row)):
                yield example, position == 0


def _open(name: str, configuration: str | None, fold: Fold, split: str | None) -> Iterable[DatasetRow]:
    try:
        import datasets  # type: ignore[import-not-found,unused-ignore]  # an extra, and slow to load
    except ImportError as error:
        raise MissingExtra("the task 'hf'", "datasets") from error
    try:
        known = [split] if split else datasets.get_dataset_split_names(name, configuration)
        found = next((each for each in ([split] if split else _SPLITS[fold]) if each in known), None)
        if found is None:
            raise TaskError(
                f"expected a split {' or '.join(_SPLITS[fold])} of {name}, got only {', '.join(known)}: "
                "'hf_split' chooses one"
            )
        rows: Iterable[DatasetRow] = datasets.load_dataset(name, configuration, split=found, streaming=True)
    except OSError as error:
        # All that the hub says of a name or a network is one, FileNotFoundError and ConnectionError among them.
        raise DataMissing(
            f"the dataset {name!r} cannot be read ({type(error).__name__}: {str(error)[:200]}). Look for its name "
            "at https://huggingface.co/datasets; without a network, fetch its files where there is one, and name "
            "their folder, as in hf:PATH"
        ) from error
    except ValueError as error:
        raise TaskError(f"the dataset {name!r} cannot be opened: {str(error)[:300]}") from error
    return rows


ReadRow = Callable[[DatasetRow], Iterable[Example]]


def _reader(source: str, row: DatasetRow, opt: Mapping[str, Any], features: Any) -> ReadRow:
    """Return what makes examples of rows that look like this one. Raises `TaskError` if nothing does."""
    text, labels = _columns(opt.get("hf_text")), _columns(opt.get("hf_labels"))
    if text and labels:
        _check_columns(source, row, [*text, *labels, *_columns(opt.get("hf_candidates"))])
        return lambda each: [_described(each, text, labels, opt.get("hf_candidates"))]
    for columns, read in _FORMS:
        if columns <= row.keys():
            return read
    classes = getattr((features or {}).get("label"), "names", None)
    if classes and "text" in row:
        return lambda each: [_classified(each, tuple(classes))]
    known = "; ".join(", ".join(sorted(columns)) for columns, _ in _FORMS)
    raise TaskError(
        f"{source}: expected columns that are known ({known}), got {', '.join(row)}: "
        "say which to use with 'hf_text' and 'hf_labels'"
    )


def _columns(given: Any) -> list[str]:
    return [name.strip() for name in given.split(",")] if isinstance(given, str) else list(given or ())


def _check_columns(source: str, row: DatasetRow, columns: Iterable[str]) -> None:
    for column in columns:
        if column not in row:
            raise TaskError(f"{source}: expected one of the columns {', '.join(row)}, got {column!r}")


def _described(row: DatasetRow, text: list[str], labels: list[str], candidates: str | None) -> Example:
    answers = chain.from_iterable(_texts(row[column]) for column in labels)
    example: Example = {"text": "\n".join(str(row[column]) for column in text), "labels": tuple(answers)}
    if candidates:
        example["label_candidates"] = _texts(row[candidates])
    return example


def _classified(row: DatasetRow, classes: tuple[str, ...]) -> Example:
    # A label below zero is one that is kept secret, as in some test sets.
    labels = (classes[row["label"]],) if row["label"] >= 0 else None
    return {"text": row["text"], "labels": labels, "label_candidates": classes}


def _questions(row: DatasetRow) -> list[Example]:
    """SQuAD and those like it."""
    answers = tuple(dict.fromkeys(row["answers"]["text"])) or ("",)
    return [{"text": f"{row['context']}\n{row['question']}", "labels": answers}]


def _messages(row: DatasetRow) -> Iterator[Example]:
    """Chats with an assistant: what the assistant says is what is learnt."""
    said: list[str] = []
    for message in row["messages"]:
        if message["role"] == "assistant" and said:
            yield {"text": "\n".join(said), "labels": (message["content"],)}
            said = []
        elif message["role"] != "assistant":
            said.append(message["content"])


def _turns(row: DatasetRow) -> Iterator[Example]:
    """Dialogues as lists of what was said in turn: every second turn is what is learnt."""
    turns = row["dialog"]
    for asked, answered in zip(turns[::2], turns[1::2], strict=False):
        yield {"text": asked, "labels": (answered,)}


def _answered(row: DatasetRow) -> list[Example]:
    return [{"text": row["question"], "labels": _texts(row["answer"])}]


_FORMS: tuple[tuple[frozenset[str], ReadRow], ...] = (
    (frozenset({"context", "question", "answers"}), _questions),
    (frozenset({"messages"}), _messages),
    (frozenset({"dialog"}), _turns),
    (frozenset({"question", "answer"}), _answered),
)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)
