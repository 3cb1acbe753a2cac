"""Which part of a task's data is used, and how: what stands at `opt['datatype']`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...errors import TaskError

Fold = Literal["train", "valid", "test"]

FOLDS: tuple[Fold, ...] = ("train", "valid", "test")

_WAYS = ("ordered", "stream", "evalmode")


@dataclass(frozen=True, slots=True)
class Datatype:
    """A part of the data (`fold`), and the way through it.

    `endless`: epoch follows epoch by itself, as training wants it; otherwise there is one pass, in which every
    example comes once. `shuffled`: each epoch has its own order. `stream`: the data is read as it is needed and
    never held whole. `labels_key`: where an example keeps its answers, `labels` where agents may learn from
    them and `eval_labels` where they may not.
    """

    fold: Fold
    endless: bool
    shuffled: bool
    stream: bool
    labels_key: Literal["labels", "eval_labels"]


def parse_datatype(text: str) -> Datatype:
    """Return what a datatype says.

    `train` is shuffled and endless, `train:ordered` one pass in the order of the data, `train:evalmode` one pass
    over the training data as if it were test data; `valid` and `test` are one pass. `:stream` added to any of
    them reads as it goes, which never shuffles. Raises `TaskError` for anything else.
    """
    fold, *ways = text.split(":")
    if fold not in FOLDS or not set(ways) <= set(_WAYS):
        raise TaskError(
            f"expected train, valid or test at 'datatype', perhaps with {' or '.join(f':{way}' for way in _WAYS)} "
            f"after it, got {text!r}"
        )
    training = fold == "train" and "evalmode" not in ways
    return Datatype(
        fold=fold,
        endless=training and "ordered" not in ways,
        shuffled=training and not {"ordered", "stream"} & set(ways),
        stream="stream" in ways,
        labels_key="labels" if training else "eval_labels",
    )
