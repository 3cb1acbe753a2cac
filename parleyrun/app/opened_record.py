"""The record that is opened: which file it is, what is in it, and what lies in others beside it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from ..archive.archive_file import ArchiveFile
from ..config.schema import Config
from ..errors import StoreError
from ..text import printable

log = logging.getLogger(__name__)

OTHERS_LOOKED_AT = 50
OTHERS_NAMED = 3

_CONVERSATIONS = (
    "SELECT task, count(*), sum(ended IS NULL) FROM runs WHERE kind = 'task' GROUP BY task ORDER BY count(*) DESC"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordContents:
    """What is in the file of a store: how many people, and for each task how many conversations."""

    people: int
    conversations: dict[str, int]
    going_on: int

    def __str__(self) -> str:
        total = sum(self.conversations.values())
        if not total:
            return f"no conversation yet, {self.people} people"
        by_task = ", ".join(f"{task} {number}" for task, number in self.conversations.items())
        going_on = f", {self.going_on} of them going on" if self.going_on else ""
        return f"{total} conversations ({by_task}){going_on}, {self.people} people"


def contents_of(path: Path) -> RecordContents:
    """Return what is in a store, without writing to it. Raises `StoreError`."""
    with closing(ArchiveFile(path)) as file:
        rows = file.all(_CONVERSATIONS)
        return RecordContents(
            people=int(file.one("SELECT count(*) FROM participants WHERE is_bot = 0")[0]),
            conversations={str(task): number for task, number, _ in rows},
            going_on=sum(going_on for _, _, going_on in rows),
        )


def tell_what_is_opened(path: Path, config: Config, *, by_task_name: bool) -> None:
    """Log which record is about to be opened, and what is in it.

    Where it has no conversations yet and is called after the task's name, others in the same folder that have some
    are warned of: with another `task_name`, a study seems to have lost what it has.

    Args:
        path: The file; it need not be there yet.
        config: Whose record it is.
        by_task_name: Whether the file is called after the task's name, and nobody has chosen it.
    """
    contents: RecordContents | None = None
    if path.exists():
        try:
            contents = contents_of(path)
        except StoreError:
            # Of an older version, or what no store is: whoever opens it knows what to say.
            return
        log.info("the record is %s: %s", path, printable(str(contents), " "))
    else:
        log.info("the record is %s, which is new", path)
    if by_task_name and (contents is None or not contents.conversations):
        _warn_of_others(path, config.tasks)


def _warn_of_others(path: Path, tasks: Iterable[str]) -> None:
    own = set(tasks)
    others = sorted(_others(path), key=lambda other: own.isdisjoint(other[1].conversations))
    for other, contents in others[:OTHERS_NAMED]:
        whose = "another config" if own.isdisjoint(contents.conversations) else "tasks of this config"
        log.warning(
            "%s is called after `task_name` and has no conversations; %s beside it holds those of %s: %s. "
            "If that is the record you mean, say `store: {path: %s}`, or --store",
            path, other.name, whose, printable(str(contents), " "), other.name,
        )  # fmt: skip


def _others(path: Path) -> Iterator[tuple[Path, RecordContents]]:
    """Yield the stores beside a file that have conversations, the one written to last before the others."""
    found: list[tuple[float, Path]] = []
    for other in path.absolute().parent.glob("*.db"):
        with suppress(OSError):
            if other.name != path.name:
                found.append((other.stat().st_mtime, other))
    for _, other in sorted(found, reverse=True)[:OTHERS_LOOKED_AT]:
        with suppress(StoreError):
            contents = contents_of(other)
            if contents.conversations:
                yield other, contents
