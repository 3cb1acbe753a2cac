"""The report as a page: one file that loads nothing from elsewhere."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TextIO

from ... import __version__
from ...single_page.page_frame import PageFrame
from ...single_page.script_data import script_list
from ..archive import Archive
from ..pseudonyms import Pseudonyms
from ..selection import Selection
from .answer_section import answers
from .plots import Plots
from .report_sections import conversations, costs, overview, recruitment
from .study_figures import StudyFigures, study_figures
from .transcript_data import talks_as_json

_HERE = Path(__file__).parent


def write_report(
    archive: Archive,
    selection: Selection,
    out: TextIO,
    *,
    made: datetime,
    name: str = "",
    pseudonyms: Pseudonyms | None = None,
    transcripts: bool = True,
) -> StudyFigures:
    """Write the report of a store.

    Memory holds the figures, and one conversation at a time.

    Args:
        archive: The store.
        selection: Which conversations.
        out: Where to.
        made: When that is, for the page to say.
        name: What the store is called in the title; its file's name if left out.
        pseudonyms: They stand for people's ids.
        transcripts: Whether what was said is in it.

    Returns:
        The figures that are in it.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    plots = Plots()
    figures = study_figures(archive, selection)
    has_transcripts = transcripts and bool(figures.talks)
    title = f"Report on {name or Path(archive.file.place).name}"
    frame = PageFrame(title, _HERE / "report.css", [_HERE / "report.js"] if has_transcripts else [])
    out.write(frame.head())
    out.write(frame.opening(_about(made, pseudonyms)))
    out.write(overview(figures))
    for part in (recruitment(figures, plots), conversations(figures, plots), answers(figures, plots)):
        out.write(part)
    out.write(costs(figures, plots))
    if has_transcripts:
        _write_transcripts(archive, selection, out, figures, pseudonyms)
    out.write(frame.end())
    return figures


def _about(made: datetime, pseudonyms: Pseudonyms | None) -> str:
    names = "Pseudonyms stand for people's ids; their words are as they wrote them." if pseudonyms else ""
    return f"Made {made:%Y-%m-%d %H:%M} UTC by parleyrun {__version__}. All times are in UTC. {names}".strip()


def _write_transcripts(
    archive: Archive, selection: Selection, out: TextIO, figures: StudyFigures, pseudonyms: Pseudonyms | None
) -> None:
    conditions = {talk.uid: talk.condition for talk in figures.talks}
    out.write((_HERE / "transcripts.html").read_text(encoding="utf-8"))
    for piece in script_list("talks", talks_as_json(archive, selection, conditions, pseudonyms)):
        out.write(piece)
