"""Logs of evaluations in a browser: they are filtered, read and compared, and nothing that a model said runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page

from parleyrun.cli import commands
from parleyrun.core.model_answer import ModelAnswer
from parleyrun.evaluate.log.evaluation_log import EvaluationLog, LogHead
from parleyrun.evaluate.log.example_record import ExampleFailure, ExampleKey, ExampleRecord
from parleyrun.evaluate.log.judge_verdict import JudgeVerdict

pytestmark = pytest.mark.browser

EVIL = "</script><img src=x onerror=alert(1)><b>bold</b>\u2028\u202elive\u202c \x1b[31m"
LONG = "long " * 200_000
"""A line of a million characters."""

WIDTHS = (1300, 320)
Answering = Callable[[int], str | None]


def accuracy(value: float) -> Mapping[str, Any]:
    return {"kind": "average", "numer": value, "denom": 1}


def write(folder: Path, model: str, answer: Answering, examples: int) -> Path:
    """Write the log of an agent that is asked for the double of each number, three in a dialogue."""
    head = LogHead(
        tasks=("sums",), opt={"model": model, "task": "sums"}, about={"model": model}, began="2026-01-02T03:04:05"
    )
    log = EvaluationLog.begin(folder, model, head)
    for number in range(examples):
        text = answer(number)
        right = str(2 * number)
        failure = None if text is not None else ExampleFailure(kind="Timeout", message="no answer\n" + EVIL)
        measured = {"accuracy": accuracy(int(right in (text or "").split()))} if failure is None else {}
        asked = {"id": "sums", "text": EVIL if number == 1 else f"{number} + {number}?", "eval_labels": [right]}
        log.add(
            ExampleRecord(
                key=ExampleKey("sums", number // 3, number % 3),
                last=number % 3 == 2,
                asked=asked,
                answer=None if text is None else {"id": model, "text": text, "mood": {"<i>": EVIL}},
                failure=failure,
                measured=measured,
                taken=ModelAnswer(model=model, prompt_tokens=9, completion_tokens=number, cost=0.01, seconds=0.5),
            )
        )
    log.close()
    return log.path


def write_talk(folder: Path) -> Path:
    """Write the log of one simulated conversation, which two models have judged."""
    log = EvaluationLog.begin(
        folder, "talk", LogHead(tasks=("shop",), opt={"model": "user"}, about={}, began="now")
    )
    lines = [
        {"id": "", "text": "Welcome!", "to": ["Customer"]},
        {"id": "Customer", "text": f"a lamp {EVIL}"},
        {"id": "Assistant", "text": "Here you are."},
    ]
    key = ExampleKey("shop", 0, 0)
    answer = {"id": "Assistant", "text": "Here you are.", "dialog": lines, "reason": "done"}
    asked = {"id": "Customer", "text": "Buy a lamp."}
    took = tuple(ModelAnswer(model=name, prompt_tokens=20, cost=0.25, seconds=1.5) for name in ("user", "shop"))
    log.add(ExampleRecord(key=key, last=True, asked=asked, answer=answer, others=took))
    given = JudgeVerdict(judge="strict", rubric="r", criterion="helpful", value=3, reason=f"not bad {EVIL}")
    log.add_verdicts(
        key, [given, JudgeVerdict(judge="mild", rubric="r", criterion="", value=None, problem="no JSON")], []
    )
    log.close()
    return log.path


def first(number: int) -> str | None:
    if number == 4:
        return None
    return {1: EVIL, 2: LONG + "4"}.get(number, f"the sum is {2 * number}")


def second(number: int) -> str | None:
    return "the sum is 7" if number == 3 else {1: EVIL}.get(number, f"the sum is {2 * number}")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("logs")
    one, other = write(folder, "first", first, 240), write(folder, "second", second, 240)
    made = {"one": [one], "both": [one, other]}
    for name, logs in made.items():
        ran = CliRunner().invoke(commands, ["view", *map(str, logs), "--out", str(folder / f"{name}.html")])
        assert (ran.exit_code, ran.stderr) == (0, f"240 examples are in {folder / name}.html\n")
    made["talk"] = [write_talk(folder)]
    ran = CliRunner().invoke(commands, ["view", str(made["talk"][0]), "--out", str(folder / "talk.html")])
    assert ran.exit_code == 0
    return {name: folder / f"{name}.html" for name in made}


@pytest.fixture
def opened(chromium: Browser, pages: dict[str, Path]) -> Iterator[Callable[..., Page]]:
    """Opens a page, and looks at the end whether something ran, was loaded or stood out at the side."""
    contexts = []
    faults: list[str] = []

    def opening(name: str, width: int = WIDTHS[0]) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 800})
        contexts.append(context)
        page = context.new_page()
        address = pages[name].as_uri()
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: faults.append(dialog.message))
        page.on("request", lambda asked: faults.append(asked.url) if asked.url != address else None)
        page.goto(address)
        return page

    yield opening
    for context in contexts:
        (page,) = context.pages
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert page.locator("img, #talk b").count() == 0
        context.close()
    assert faults == []


def found(page: Page, told: str) -> None:
    page.locator("#found", has_text=told).wait_for(timeout=5000)


def test_examples_are_filtered_by_words_figures_and_errors(opened: Callable[..., Page]) -> None:
    page = opened("one")
    found(page, "240 of 240 examples")
    page.fill("#words", "THE SUM IS 14")
    found(page, "6 of 240 examples")  # 14, and 140 to 148
    page.fill("#words", "")
    page.select_option("#figure", label="accuracy")
    page.fill("#high", "0.5")
    found(page, "1 of 240 examples")  # that with hostile words; what went wrong has no figure
    page.fill("#high", "")
    page.select_option("#figure", label="tokens")
    page.fill("#low", "248")
    found(page, "1 of 240 examples")
    assert page.locator("#talk h3").inner_text() == "sums 80.3"
    page.fill("#low", "")
    page.select_option("#which", label="with an error")
    found(page, "1 of 240 examples")
    assert "Timeout: no answer" in page.locator("#talk").inner_text()
    page.select_option("#which", label="without an error")
    found(page, "239 of 240 examples")


def test_what_a_model_said_is_shown_as_it_was_written_and_never_runs(opened: Callable[..., Page]) -> None:
    page = opened("one")
    page.fill("#words", "bold")
    found(page, "2 of 240 examples")  # one of them has it in its error
    shown = EVIL.replace("\u202e", "[U+202E]").replace("\u202c", "[U+202C]").replace("\x1b", "␛")
    chosen = page.locator("#talk li[aria-current]")
    assert chosen.locator(".answers .text").first.text_content() == shown
    assert chosen.locator("mark").first.text_content() == "bold"
    page.get_by_text("More: answer").nth(1).click()
    assert json.loads(chosen.locator("pre").first.text_content() or "")["mood"]["<i>"].startswith("</script><img")


def test_a_conversation_is_read_line_by_line_with_what_judges_said_of_it(opened: Callable[..., Page]) -> None:
    for width in WIDTHS:
        page = opened("talk", width)
        page.fill("#words", "LAMP </SCRIPT>")
        found(page, "1 of 1 examples")
        page.fill("#words", "not bad")
        found(page, "1 of 1 examples")
        page.select_option("#figure", label="judge-helpful")
        page.fill("#high", "2")
        found(page, "0 of 1 examples")
        page.fill("#high", "3")
        found(page, "1 of 1 examples")
        page.get_by_role("button", name="1.1", exact=True).click()
        heads = page.locator("#talk .said dt").all_inner_texts()
        assert heads == ["world to Customer", "Customer", "Assistant", "strict, helpful: 3", "mild: no verdict"]
        told = page.locator("#talk .said dd").all_inner_texts()
        assert (told[0], told[2], told[4]) == ("Welcome!", "Here you are.", "no JSON")
        assert told[1].startswith("a lamp </script><img src=x")
        assert page.locator("#talk .answers > div > .text").count() == 0
        scores = page.locator("#talk .scores div").all_inner_texts()
        expected = ["judge-helpful 3", "tokens 40", "cost 0.5", "seconds 3"]
        assert [" ".join(each.split()) for each in scores] == expected
        sums = page.locator(".tiles > div").all_inner_texts()
        assert [each.split()[-1] for each in sums] == ["1", "0", "40", "1.50", "0.5000"]


def test_of_a_very_long_answer_the_beginning_is_shown_first(opened: Callable[..., Page]) -> None:
    page = opened("one", WIDTHS[1])
    page.get_by_role("button", name="1.3", exact=True).click()
    answer = page.locator("#talk li[aria-current] .answers .text")
    assert len(answer.text_content() or "") == 20_000
    page.get_by_role("button", name="Show all 1,000,001 characters").click()
    assert len(answer.text_content() or "") == 1_000_001


@pytest.mark.parametrize("width", WIDTHS)
def test_everything_is_reached_by_keys(opened: Callable[..., Page], width: int) -> None:
    page = opened("one", width)
    page.get_by_role("button", name="1.1", exact=True).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "talk"
    assert page.locator("#talk h3").inner_text() == "sums 1.2"
    page.get_by_role("button", name="Next").focus()
    page.keyboard.press("Enter")
    assert page.locator("#talk h3").inner_text() == "sums 1.3"
    assert page.evaluate("document.activeElement.textContent") == "Next"
    if width == WIDTHS[1]:
        assert not page.locator("#rows").is_visible()
        page.get_by_role("button", name="Back to the table").click()
    page.get_by_role("button", name="tokens").click()
    page.get_by_role("button", name="tokens").click()
    assert page.locator("#rows th").first.inner_text() == "80.3"
    assert page.locator("th[aria-sort=descending]").inner_text() == "tokens ↓"
    page.get_by_role("button", name="Show more (140 left)").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "47.2"
    assert page.locator("#rows tr[data-example]").count() == 200


def test_two_logs_stand_side_by_side_with_what_differs_marked(opened: Callable[..., Page]) -> None:
    page = opened("both")
    page.select_option("#which", label="changed: lower")
    found(page, "1 of 240 examples")
    row = page.locator("#rows tr").first
    assert row.locator("td.number").first.inner_text() == "1 → 0 ▼"
    chosen = page.locator("#talk li[aria-current]")
    assert chosen.locator("del").all_inner_texts() == ["6"]
    assert chosen.locator("ins").all_inner_texts() == ["7"]
    assert chosen.locator(".answers > div").count() == 2
    page.select_option("#which", label="changed: answers")
    found(page, "3 of 240 examples")
    page.select_option("#which", label="with an error")
    found(page, "1 of 240 examples")
    assert page.locator("#rows td.wrong").inner_text() == "Timeout → –"
    page.select_option("#which", label="all")
    page.select_option("#figure", label="accuracy, difference")
    page.fill("#high", "-0.5")
    found(page, "1 of 240 examples")
    figures = page.locator("section[aria-labelledby=part-figures] tbody tr").first.inner_text().split()
    assert figures[:2] == ["accuracy", "sums"]
    assert figures[4] == "-0.0042"
