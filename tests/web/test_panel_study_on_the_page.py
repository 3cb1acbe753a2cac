"""The whole study of `configs/panel_study.yml`: forty people by script and two in Chromium, over two kills."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from app_lab import address_of
from playwright.sync_api import BrowserContext, Page, expect
from serve_process import ServeProcess
from test_form_view import question, send_off
from test_killed_in_mid_form import PageVisitor
from test_two_tabs import free_port, lines_with, open_tab, picture, say

from parleyrun import archive
from parleyrun.core.conditions import Condition
from parleyrun.study.condition_counts import ConditionCounts
from parleyrun.testing import FakeModel, FakeReply

pytestmark = pytest.mark.browser

STUDY = Path(__file__).parents[2] / "configs" / "panel_study.yml"
SCRIPTED = 40


def partners_in_order(count: int) -> list[Any]:
    """What the study draws for people in the order in which they come into the pool."""
    counts = ConditionCounts(Condition(name="partner", values=("human", "model")))
    drawn = []
    for _ in range(count):
        drawn.append(counts.draw())
        counts.begin(drawn[-1])
    return drawn


def place_for_the_tabs(drawn: list[Any]) -> int:
    """How many come before one who waits for a person, as nobody else does, and is met by the next but one."""
    return next(
        index
        for index in range(8, len(drawn) - 2)
        if drawn[index : index + 3] == ["human", "model", "human"] and drawn[:index].count("human") % 2 == 0
    )


@contextmanager
def served(folder: Path, port: int, model: FakeModel) -> Iterator[tuple[ServeProcess, Any]]:
    arguments = (STUDY, "--port", str(port), "--store", folder / "study.db")
    with (
        ServeProcess(*arguments, folder=folder, env={"MODEL_URL": model.base_url}) as server,
        ExitStack() as clients,
    ):
        url = server.ready()
        yield server, SimpleNamespace(url=url, address=address_of(url), clients=clients)


def comes_in(serving: Any, number: int) -> PageVisitor:
    person = PageVisitor(serving, None, 0, {"PROLIFIC_PID": f"{number:024x}"})
    person.answers(person.shown_form("consent"), done=True, agree=True)
    person.answers(person.shown_form("background"), done=True, age=20 + number, bargains="some")
    person.place(("waiting", "task"))
    return person


def rates(person: PageVisitor, number: int) -> str:
    person.answers(person.shown_form("rating"), done=True, satisfied=1 + number % 7, fair=4, friendly=5)
    while True:
        frame = person.recv()
        if frame["type"] == "ended":
            return str(frame["code"])
        payload = frame.get("payload") or {}
        if payload.get("type") == "form" and payload["form"]["name"] == "debriefing":
            person.answers(payload["form"], done=True)


def agrees(page: Page) -> None:
    question(page, "agree").get_by_label("Yes").check()
    send_off(page)


def rates_on_the_page(page: Page, satisfied: int) -> None:
    for name, answer in (("satisfied", satisfied), ("fair", 4), ("friendly", 5)):
        question(page, name).get_by_label(str(answer)).check()
    send_off(page)


def test_forty_people_and_two_tabs_come_to_their_codes_over_a_kill_in_mid_form_and_one_in_mid_talk(
    context: BrowserContext, tmp_path: Path
) -> None:
    drawn = partners_in_order(SCRIPTED + 2)
    before = place_for_the_tabs(drawn)
    port = free_port()
    with FakeModel(lambda request: FakeReply(text="90, not less")) as model:
        with served(tmp_path, port, model) as (server, serving):
            people = [comes_in(serving, number) for number in range(before)]
            ann = open_tab(context, f"{serving.url}/?PROLIFIC_PID=ann")
            bob = open_tab(context, f"{serving.url}/?PROLIFIC_PID=bob")
            for page in (ann, bob):
                agrees(page)
                picture(page, "panel-background")
                question(page, "age").get_by_role("textbox").fill("77")
            expect(question(bob, "age").get_by_role("textbox")).to_have_value("77")
            server.kill()  # in the middle of both forms
        with served(tmp_path, port, model) as (server, serving):
            people = [person.back(serving) for person in people]
            for page in (ann, bob):
                expect(question(page, "age").get_by_role("textbox")).to_have_value("77")
                question(page, "bargains").get_by_label("Often").check()
            send_off(ann)
            expect(ann.locator("#place")).to_contain_text("Waiting")
            people.append(comes_in(serving, before))  # and talks with the model
            send_off(bob)
            expect(ann.locator("#place")).to_contain_text("In conversation")
            say(ann, "What about 70?")
            expect(lines_with(bob, "What about 70?")).to_be_visible()
            picture(ann, "panel-talk")
            server.kill()  # in the middle of the talk
        with served(tmp_path, port, model) as (server, serving):
            people = [person.back(serving) for person in people]
            say(bob, "Deal.")
            expect(lines_with(ann, "Deal.")).to_be_visible()
            people += [comes_in(serving, number) for number in range(before + 1, SCRIPTED)]
            lonely = len(drawn) - 1 - drawn[::-1].index("human") - 2  # the last of an odd number finds nobody
            talking = {number: person for number, person in enumerate(people) if number != lonely}
            for person in talking.values():
                person.says("80?")
                person.says("/finish")
            for page in (ann, bob):
                page.locator("#finish").click()
            told = Counter(rates(person, number) for number, person in talking.items())
            for page in (ann, bob):
                rates_on_the_page(page, 6)
                expect(page.locator("#end")).to_contain_text("C1AB")
                picture(page, "panel-end")
            server.interrupt()
            assert server.exit_code() == 0
    assert told == {"C1AB": SCRIPTED - 1}
    with archive.open(tmp_path / "study.db") as record:
        rows = record.participants(wide=True).to_frame()
        said = Counter(line["text"] for line in record.lines() if not line["is_bot"])
    assert sorted(rows["background_age"]) == sorted([77, 77, *range(20, 20 + SCRIPTED)])
    assert Counter(rows["code"].dropna()) == {"C1AB": SCRIPTED + 1}
    assert dict(Counter(rows["condition_partner"])) == {"human": 21, "model": 21}
    tabs = rows[rows["background_age"] == 77]
    assert tabs["partners"].tolist() == [[other] for other in reversed(tabs["participant"].tolist())]
    assert (said["What about 70?"], said["Deal."], said["80?"]) == (1, 1, SCRIPTED - 1)
