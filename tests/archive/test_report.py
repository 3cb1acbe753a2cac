"""The report of a study: what is in it, that it loads nothing, and that nobody's words become part of the page."""

from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from played_study import ann_does_it_all, play, playing

from parleyrun.archive.archive import Archive
from parleyrun.archive.report.intervals import mean_of, share_of
from parleyrun.archive.report.plots import Plots
from parleyrun.archive.report.study_figures import study_figures
from parleyrun.archive.selection import Selection
from parleyrun.cli import commands
from parleyrun.errors import MissingExtra

EVIL = "</script><script>alert(1)</script>=1\x1b[31m\x00\u202eevil\u2028<img src=x onerror=alert(2)>$x^2$"


class Tags(HTMLParser):
    """The elements of a page, and what its scripts are."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] == "script":
            self.scripts.append(data)


def report_on(store: Path, folder: Path, *options: str) -> str:
    out = folder / "report.html"
    result = CliRunner().invoke(
        commands, ["report", str(store), "--out", str(out), *options], catch_exceptions=False
    )
    assert result.exit_code == 0, result.stderr
    return out.read_text(encoding="utf-8")


def talks_in(page: str) -> list[dict[str, Any]]:
    found = re.search(r'<script type="application/json" id="talks">(.*?)</script>', page, re.DOTALL)
    assert found
    talks: list[dict[str, Any]] = json.loads(found[1])
    return talks


@pytest.fixture(scope="module")
def report(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on the study."""
    folder = tmp_path_factory.mktemp("report")
    report_on(study, folder)
    return folder / "report.html"


@pytest.fixture
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plots are empty: to draw them is nearly all that a report takes, and here it is about what people said."""
    monkeypatch.setattr(Plots, "_svg", lambda self, figure, words: "<svg></svg>")


def test_a_report_has_plots_figures_and_transcripts_and_loads_nothing(report: Path) -> None:
    page = report.read_text("utf-8")
    assert report.stat().st_mode & 0o777 == 0o600
    titles = re.findall(r"<figcaption>(.*?)</figcaption>", page)
    assert titles[:5] == ["Recruitment over time (UTC)", "Waiting for others", "How visits ended",
                          "By condition and outcome", "Length"]  # fmt: skip
    assert "How glad?" in page
    assert page.count("<svg") >= 6
    for tag, attributes in Tags(page).elements:
        assert tag not in ("img", "link", "iframe", "object")
        assert not {"src", "srcset", "action", "onload"} & attributes.keys()
        assert all(value.startswith("#") for name, value in attributes.items() if value and name.endswith("href"))
    assert "url(http" not in page
    policy = next(each["content"] for tag, each in Tags(page).elements if each.get("http-equiv"))
    assert policy is not None
    assert "default-src 'none'" in policy


def test_each_line_is_in_the_page_once_and_forms_are_not_repeated(report: Path) -> None:
    talks = talks_in(report.read_text("utf-8"))
    (ann,) = [talk for talk in talks if talk["people"] == ["memory:ann"]]
    said = [(ann["speakers"][line[0]], line[2]) for line in ann["lines"]]
    assert said[:2] == [(["Person 1", 0], "hello"), (["Echo", 2], "You said: hello")]
    assert [line[3] for line in ann["lines"] if len(line) > 3] == ["form rating", "form_state rating"]
    assert (ann["outcome"], ann["condition"]) in (("finished", "warm"), ("finished", "cold"))


def test_what_people_write_is_never_a_part_of_the_page(tmp_path: Path) -> None:
    path = tmp_path / "hostile.db"
    with playing(path) as rehearsal:
        ann_does_it_all(rehearsal, why="fine", says=EVIL)
        rehearsal.person("eve").arrives({"PROLIFIC_PID": EVIL, EVIL: "x"}, opens=True, forms=True)
    page = report_on(path, tmp_path)
    tags = Tags(page)
    assert [each for tag, each in tags.elements if tag == "script"] == [
        {"type": "application/json", "id": "talks"}, {},
    ]  # fmt: skip
    assert "\x1b" not in page
    assert "\x00" not in page
    assert talks_in(page)[0]["lines"][0][2] == EVIL.replace("\0", "\\x00")  # as not every database keeps NUL


def test_labels_that_are_hostile_become_words_beside_a_plot() -> None:
    picture = Plots().stacked({EVIL: {EVIL: 1.0}, "$y$": {"b": 2.0}}, "conversations", EVIL)
    tags = Tags(picture)
    assert {tag for tag, _ in tags.elements} <= {
        "svg",
        "defs",
        "g",
        "path",
        "use",
        "text",
        "rect",
        "clippath",
        "title",
    }
    assert "$y$" in picture
    assert "\x1b" not in picture


def test_conversations_are_counted_in_whole_numbers_and_costs_are_not() -> None:
    def ticks(width: float) -> list[str]:
        picture = Plots().stacked({"human": {"finished": width}}, "conversations", "words")
        return re.findall(r"<text[^>]*>([\d.]+)</text>", picture)

    assert ticks(2) == ["0", "1", "2"]
    assert "0.5" in ticks(2.5)


def test_figures_are_those_of_the_study(study: Path) -> None:
    with Archive(study) as archive:
        figures = study_figures(archive, Selection())
    assert len(figures.people) == len(figures.talks) == 3
    assert sorted((talk.said, talk.turns, talk.outcome) for talk in figures.talks) == [
        (1, 1, "finished"), (3, 1, "finished"), (3, 1, "finished"),
    ]  # fmt: skip
    measured = {(one.form, one.label): one for one in figures.answers}
    assert measured["background", "Germany"].samples[""][""] == [1.0, 1.0, 0.0]
    assert measured["background", "English"].samples[""][""] == [1.0, 0.0, 1.0]
    assert measured["background", "Do you smoke?"].samples[""][""] == [1.0, 0.0, 0.0]
    assert measured["background", "coffee"].samples[""][""] == [2.0]
    assert measured["background", "The courts"].ends == (1, 5)
    assert sorted(measured["rating", "How glad?"].samples["arm"]) == ["cold", "warm"]


def test_intervals_are_what_the_books_say() -> None:
    share = share_of([1.0] * 8 + [0.0] * 2)
    assert share.value == 0.8
    assert (share.low, share.high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    assert (share_of([0.0]).low, share_of([1.0]).high) == (0.0, 1.0)
    numbers = [float(number) for number in range(100)]
    mean = mean_of(numbers)
    assert mean.low is not None
    assert mean.high is not None
    # The standard error of the mean is 2.887.
    assert (mean.value, mean.low, mean.high) == (
        49.5,
        pytest.approx(43.84, abs=0.5),
        pytest.approx(55.16, abs=0.5),
    )
    assert mean_of(numbers) == mean
    assert (mean_of([3.0]).low, mean_of([3.0]).high) == (None, None)


def test_no_estimate_is_outside_of_its_interval_so_each_can_be_drawn() -> None:
    alike = [(share_of([answer] * n), f"{answer} {n}") for n in range(1, 200) for answer in (0.0, 1.0)]
    alike += [(mean_of([number] * n), f"{number} {n}") for n in range(2, 40) for number in (0.1, 4.7, 33.3)]
    for one, what in alike:
        assert one.low is not None
        assert one.high is not None
        assert one.low <= one.value <= one.high, what
    for one, what in alike:
        if one.count == 17:
            assert "<svg" in Plots().dots({"all": {"yes": one}}, None, "", what)


@pytest.mark.usefixtures("no_drawing")
def test_pseudonyms_stand_in_transcripts_and_words_can_be_left_out(study: Path, tmp_path: Path) -> None:
    page = report_on(study, tmp_path, "--pseudonymise")
    assert "memory:ann" not in page
    assert all(talk["people"][0].startswith("p_") for talk in talks_in(page))
    bare = report_on(study, tmp_path, "--no-transcripts")
    assert "You said" not in bare
    assert "<script" not in bare


def test_a_store_without_anybody_has_a_report_too(tmp_path: Path) -> None:
    with playing(tmp_path / "empty.db"):
        pass
    page = report_on(tmp_path / "empty.db", tmp_path)
    assert "Nobody has come yet." in page
    assert "There is no conversation yet." in page


def test_only_the_people_and_conversations_of_a_start_are_in_it(tmp_path: Path) -> None:
    path = tmp_path / "twice.db"
    play(path)
    with playing(path) as rehearsal:
        ann_does_it_all(rehearsal, who="zoe")
    with Archive(path) as archive:
        figures = study_figures(archive, Selection(starts=("2",)))
    assert (len(figures.people), len(figures.talks)) == (1, 1)


def test_a_missing_library_is_one_line_and_nothing_is_written(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r"a report needs the 'report' extra: pip install"):
        report_on(study, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_report_is_never_written_over_the_store(study: Path) -> None:
    result = CliRunner().invoke(commands, ["report", str(study), "--out", str(study)])
    assert result.exit_code == 2
    assert "belongs to the store" in result.stderr
