"""A store's people, runs, lines, forms and models' answers as tables, for whoever analyses them in Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, cast

from ..store.postgres.database_url import is_database
from .answer_rows import answer_rows
from .archive import Archive
from .participant_rows import participant_rows, run_rows
from .places.database_file import file_of_database
from .pseudonyms import Pseudonyms
from .row_types import AnswerCells, FormCells, LineCells, ParticipantCells, RunCells
from .selection import Selection
from .tables.condition_columns import AssignedConditions
from .tables.data_frame import data_frame
from .tables.filled_forms import EVERYTHING
from .tables.fixed_columns import LINE_COLUMNS, MODEL_COLUMNS, PARTICIPANT_COLUMNS, RUN_COLUMNS
from .tables.form_rows import FormTables
from .tables.line_cells import line_cells
from .tables.table_column import TableColumn
from .tables.wide_participants import wide_participants

Cells = TypeVar("Cells", bound=Mapping[str, Any])


class StudyTable(Generic[Cells]):
    """Rows, read from the store anew each time somebody goes through them; none is kept.

    Args:
        described: The columns, and what stands in them.
        read: Begins to read.

    Attributes:
        described: As above; their names, kinds, questions and labels are the codebook of this table.
    """

    def __init__(self, described: tuple[TableColumn, ...], read: Callable[[], Iterator[Cells]]) -> None:
        self.described = described
        self._read = read

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the values of each row."""
        return tuple(column.name for column in self.described)

    def __iter__(self) -> Iterator[Cells]:
        return self._read()

    def to_frame(self) -> Any:
        """Return all rows as a `pandas.DataFrame`.

        Whole numbers and truth values may be missing (`Int64`, `boolean`), times have their zone.

        Raises:
            ImportError: pandas is not installed.
        """
        return data_frame(self, self.described)


class StudyTables:
    """A store that is open to be read; another process may be writing to it. For one thread; a context manager.

    No code out of the store is run: of an object of a class of the author's only the class's name is told.

    Args:
        archive: What it is read from; closed with this.
        pseudonyms: They stand for people's ids in all tables.
        until_closed: Left when this is closed.
    """

    def __init__(
        self, archive: Archive, pseudonyms: Pseudonyms | None = None, *, until_closed: ExitStack | None = None
    ) -> None:
        self._archive = archive
        self._pseudonyms = pseudonyms
        self._until_closed = until_closed or ExitStack()

    def __enter__(self) -> Self:
        self._archive.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._archive.__exit__(kind, error, traceback)
        self._until_closed.close()

    def close(self) -> None:
        """Let go of the file. Calling it twice is harmless."""
        self._archive.close()
        self._until_closed.close()

    def participants(self, *, wide: bool = False, times: bool = False) -> StudyTable[ParticipantCells]:
        """Return a row a person, as `export --format participants` writes them.

        Args:
            wide: Have a column for each parameter of a link, each condition, and each answer to a form, too.
            times: With `wide`: how long each question took.
        """
        if not wide:
            return StudyTable(PARTICIPANT_COLUMNS, lambda: participant_rows(self._archive, self._pseudonyms))

        def read() -> Iterator[ParticipantCells]:
            rows = wide_participants(self._archive, self._pseudonyms, times=times)[1]
            return cast(Iterator[ParticipantCells], rows)

        return StudyTable(wide_participants(self._archive, times=times)[0], read)

    def runs(self, selection: Selection | None = None) -> StudyTable[RunCells]:
        """Return a row a conversation, as `export --format runs` writes them; by default, of all tasks.

        Each has its value of each condition as `condition_NAME`, too, where there are some.
        """
        conditions = AssignedConditions(self._archive.file)
        return StudyTable(
            (*RUN_COLUMNS, *conditions.columns),
            lambda: run_rows(self._archive, selection or Selection(), self._pseudonyms, conditions),
        )

    def lines(self, selection: Selection | None = None) -> StudyTable[LineCells]:
        """Return a row a message, in the order of the conversations, as `export --format lines` writes them.

        Each has its conversation's value of each condition as `condition_NAME`, too, where there are some.
        """
        conditions = AssignedConditions(self._archive.file)
        return StudyTable(
            (*LINE_COLUMNS, *conditions.columns),
            lambda: line_cells(self._archive, selection or Selection(), self._pseudonyms, conditions),
        )

    def forms(
        self,
        selection: Selection | None = None,
        *,
        wide: bool = False,
        times: bool = False,
        names: tuple[str, ...] = (),
    ) -> StudyTable[FormCells]:
        """Return a row for each question of each form that is over, as `export --format forms` writes them.

        Args:
            selection: In which runs; by default in all, onboardings too.
            wide: Have a row for each form instead, with a column for each question.
            times: With `wide`: how long each question took.
            names: Only forms of these names.
        """

        def tables() -> FormTables:
            return FormTables(self._archive, selection or EVERYTHING, forms=names, pseudonyms=self._pseudonyms)

        if not wide:
            return StudyTable(tables().long_columns(), lambda: tables().long_rows())

        def read() -> Iterator[FormCells]:
            return cast(Iterator[FormCells], tables().wide(times=times)[1])

        return StudyTable(tables().wide(times=times)[0], read)

    def models(self, selection: Selection | None = None) -> StudyTable[AnswerCells]:
        """Return a row a decision of a bot, as `export --format models` writes them; by default, of all tasks."""
        return StudyTable(
            MODEL_COLUMNS, lambda: answer_rows(self._archive, selection or Selection(), self._pseudonyms)
        )

    def answers(self, selection: Selection | None = None) -> StudyTable[AnswerCells]:
        """Return the same as `models`, under its older name."""
        return self.models(selection)


def open(path: Path | str) -> StudyTables:  # said as `archive.open(path)`
    """Open a store to read it, also while a service writes to it.

    Args:
        path: The store's file, or the URL of its database. Of a database a copy is read, as it is at this moment:
            it lies in the system's folder for temporary files, for this user only, until the tables are closed.

    Returns:
        Its tables; close them, or use them as a context manager.

    Raises:
        StoreError: There is no store, it cannot be read, or it is of another version.
        MissingExtra: It is in a database, and psycopg is not installed.
    """
    if not is_database(str(path)):
        return StudyTables(Archive(Path(path)))
    with ExitStack() as copied:
        archive = Archive(copied.enter_context(file_of_database(str(path))))
        return StudyTables(archive, until_closed=copied.pop_all())
