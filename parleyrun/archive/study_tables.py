"""A store's people, runs, lines and bots' answers as tables, for whoever analyses them in Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, cast

from .answer_rows import answer_rows
from .archive import Archive
from .json_lines import about_message
from .participant_rows import participant_rows, run_rows
from .row_types import (
    ANSWER_ROW_COLUMNS,
    LINE_COLUMNS,
    PARTICIPANT_COLUMNS,
    RUN_COLUMNS,
    AnswerCells,
    LineCells,
    ParticipantCells,
    RunCells,
)
from .selection import Selection

Cells = TypeVar("Cells", bound=Mapping[str, Any])


class StudyTable(Generic[Cells]):
    """Rows, read from the store anew each time somebody goes through them; none is kept.

    Args:
        columns: The names of the values of each row.
        read: Begins to read.
    """

    def __init__(self, columns: tuple[str, ...], read: Callable[[], Iterator[Cells]]) -> None:
        self.columns = columns
        self._read = read

    def __iter__(self) -> Iterator[Cells]:
        return self._read()

    def to_frame(self) -> Any:
        """Return all rows as a `pandas.DataFrame`.

        Raises:
            ImportError: pandas is not installed.
        """
        try:
            import pandas  # type: ignore[import-untyped,unused-ignore]
        except ModuleNotFoundError as error:
            raise ImportError("to_frame() needs pandas: `pip install pandas`; the rows do not") from error
        return pandas.DataFrame(list(self), columns=list(self.columns))


class StudyTables:
    """A store that is open to be read; another process may be writing to it. For one thread; a context manager.

    No code out of the store is run: of an object of a class of the author's only the class's name is told.

    Args:
        archive: What it is read from; closed with this.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def __enter__(self) -> Self:
        self._archive.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._archive.__exit__(kind, error, traceback)

    def close(self) -> None:
        """Let go of the file. Calling it twice is harmless."""
        self._archive.close()

    def participants(self) -> StudyTable[ParticipantCells]:
        """Return a row a person, as `export --format participants` writes them."""
        return StudyTable(PARTICIPANT_COLUMNS, lambda: participant_rows(self._archive))

    def runs(self, selection: Selection | None = None) -> StudyTable[RunCells]:
        """Return a row a conversation, as `export --format runs` writes them; by default, of all tasks."""
        return StudyTable(RUN_COLUMNS, lambda: run_rows(self._archive, selection or Selection()))

    def lines(self, selection: Selection | None = None) -> StudyTable[LineCells]:
        """Return a row a message, in the order of the conversations."""
        return StudyTable(LINE_COLUMNS, lambda: self._lines(selection or Selection()))

    def answers(self, selection: Selection | None = None) -> StudyTable[AnswerCells]:
        """Return a row a decision of a bot, as `export --format models` writes them; by default, of all tasks."""
        return StudyTable(ANSWER_ROW_COLUMNS, lambda: answer_rows(self._archive, selection or Selection()))

    def _lines(self, selection: Selection) -> Iterator[LineCells]:
        for conversation in self._archive.conversations(selection):
            about = {
                "conversation_id": conversation.uid,
                "name": conversation.name,
                "task": conversation.task,
            }
            for number, message in enumerate(self._archive.messages(conversation), 1):
                row = {**about, **about_message(number, message)}
                yield cast(LineCells, {name: row[name] for name in LINE_COLUMNS})


def open(path: Path | str) -> StudyTables:  # said as `archive.open(path)`
    """Open a store to read it, also while a service writes to it.

    Args:
        path: The store's file.

    Returns:
        Its tables; close them, or use them as a context manager.

    Raises:
        StoreError: There is no store, it cannot be read, or it is of another version.
    """
    return StudyTables(Archive(Path(path)))
