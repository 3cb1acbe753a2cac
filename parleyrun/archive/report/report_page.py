"""The report as a page: one file that loads nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from pathlib import Path
from typing import TextIO

from ... import __version__
from ..archive import Archive
from ..pseudonyms import Pseudonyms
from ..selection import Selection
from .answer_section import answers
from .plots import Plots
from .report_parts import text
from .report_sections import conversations, costs, overview, recruitment
from .study_figures import StudyFigures, study_figures
from .transcript_data import talks_as_json

_HERE = Path(__file__).parent
_NOTHING_ELSE = ("default-src 'none'", "style-src 'unsafe-inline'", "base-uri 'none'", "form-action 'none'")


def write_report(
    archive: Archive,
    selection: Selection,
    out: TextIO,
    *,
    made: datetime,
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
        pseudonyms: They stand for people's ids.
        transcripts: Whether what was said is in it.

    Returns:
        The figures that are in it.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    plots = Plots()
    figures = study_figures(archive, selection)
    script = (_HERE / "report.js").read_text(encoding="utf-8")
    title = f"Report on {archive.file.path.name}"
    out.write(_head(title, script if transcripts else ""))
    out.write(f"<body>\n<header><h1>{text(title)}</h1><p>{text(_about(made, pseudonyms))}</p></header>\n<main>\n")
    out.write(overview(figures))
    for part in (recruitment(figures, plots), conversations(figures, plots), answers(figures, plots)):
        out.write(part)
    out.write(costs(figures, plots))
    if transcripts and figures.talks:
        _write_transcripts(archive, selection, out, figures, pseudonyms)
        out.write(f"</main>\n<script>{script}</script>\n</body></html>\n")
    else:
        out.write("</main>\n</body></html>\n")
    return figures


def _head(title: str, script: str) -> str:
    """Return the head of the page. Nothing runs in it but our own script, and nothing is loaded."""
    style = (_HERE / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = "; ".join((*_NOTHING_ELSE, f"script-src 'sha256-{digest}'"))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{allowed}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="robots" content="noindex">\n'
        f"<title>{text(title)}</title>\n<style>{style}</style>\n</head>\n"
    )


def _about(made: datetime, pseudonyms: Pseudonyms | None) -> str:
    names = "Pseudonyms stand for people's ids; their words are as they wrote them." if pseudonyms else ""
    return f"Made {made:%Y-%m-%d %H:%M} UTC by parleyrun {__version__}. All times are in UTC. {names}".strip()


def _write_transcripts(
    archive: Archive, selection: Selection, out: TextIO, figures: StudyFigures, pseudonyms: Pseudonyms | None
) -> None:
    conditions = {talk.uid: talk.condition for talk in figures.talks}
    out.write((_HERE / "transcripts.html").read_text(encoding="utf-8"))
    out.write('<script type="application/json" id="talks">[')
    for number, talk in enumerate(talks_as_json(archive, selection, conditions, pseudonyms)):
        out.write(f",\n{talk}" if number else talk)
    out.write("]</script>\n")
