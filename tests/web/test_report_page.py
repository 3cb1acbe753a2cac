"""The report in a browser: it is searched, read on a phone, and runs nothing that anybody wrote."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parents[1] / "archive"))

from played_study import ann_does_it_all, ben_answers_in_words, playing

from parleyrun.cli import commands

pytestmark = pytest.mark.browser

EVIL = "</script><script>alert(1)</script><b>bold</b>\u202elive\x1b[31m"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("report")
    with playing(folder / "study.db") as rehearsal:
        ann_does_it_all(rehearsal, says=EVIL)
        ben_answers_in_words(rehearsal)
    arguments = ["report", str(folder / "study.db"), "--out", str(folder / "report.html")]
    assert CliRunner().invoke(commands, arguments).exit_code == 0
    return (folder / "report.html").as_uri()


@pytest.fixture(params=[1200, 360])
def page(request: pytest.FixtureRequest, chromium: Browser, report: str) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": request.param, "height": 800})
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    page.on("request", lambda asked: faults.append(asked.url) if asked.url != report else None)
    page.goto(report)
    yield page
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert faults == []
    context.close()


def test_words_are_found_and_shown_as_they_were_written(page: Page) -> None:
    assert page.locator("#found").inner_text() == "2 of 2 conversations"
    page.fill("#words", "BOLD")
    page.get_by_text("1 of 2 conversations").wait_for()
    page.locator("#list button").click()
    said = page.locator("#talk li.person .text").first
    assert said.inner_text() == "</script><script>alert(1)</script><b>bold</b>[U+202E]live␛[31m"
    assert page.locator("#talk mark").first.inner_text() == "bold"
    assert page.locator("#talk b").count() == 0


def test_conversations_are_chosen_with_the_keyboard(page: Page) -> None:
    page.locator("#list button").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "talk"
    assert page.locator("#talk h3").inner_text() == "talk/t_2"
    if page.viewport_size == {"width": 360, "height": 800}:
        assert not page.locator("#list").is_visible()
        page.get_by_role("button", name="Back to the list").click()
        assert page.evaluate("document.activeElement.dataset.talk") == "1"


def test_who_cannot_see_a_plot_has_its_words(page: Page) -> None:
    plots = page.locator("svg.plot")
    assert plots.count() >= 5
    labels = [plots.nth(index).get_attribute("aria-label") for index in range(plots.count())]
    assert all(labels)
    assert labels[0] is not None
    assert labels[0].startswith("2 people came from")
