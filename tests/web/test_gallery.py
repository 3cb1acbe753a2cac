"""Every template on the page, as people see it; `make gallery` keeps the pictures for docs/templates.md."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from plain_client import PlainClient
from playwright.sync_api import Browser, Page, expect
from serve_process import ServeProcess

from parleyrun.app.examples.project_templates import make_project
from parleyrun.testing import FakeModel

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(path.parent.name for path in (ROOT / "templates").glob("*/study.yml"))
LARGEST_BYTES = 60_000

pytestmark = [pytest.mark.browser, pytest.mark.process]


class Gallery:
    """One template, served; somebody at the page, and others over plain websockets."""

    def __init__(self, page: Page, url: str, stack: ExitStack) -> None:
        self.page = page
        self.url = url
        self._stack = stack

    def opens(self, query: str = "") -> None:
        self.page.goto(f"{self.url}/{query}")

    def other(self, *words: str, query: str = "") -> PlainClient:
        client = self._stack.enter_context(PlainClient(f"{self.url}{query}"))
        for text in words:
            client.says(text)
        return client

    def says(self, text: str) -> None:
        self.page.locator("#input").fill(text)
        self.page.locator("#input").press("Enter")
        self.sees(text)

    def sees(self, text: str) -> None:
        expect(self.page.locator(".line", has_text=text).last).to_be_visible()

    def agrees(self) -> None:
        self.page.get_by_label("Yes").check()
        self.page.get_by_role("button", name="Send").click()


def chat(shown: Gallery) -> None:
    shown.opens()
    other = shown.other("hi")
    shown.sees("What did you do last weekend?")
    other.says("I was at the lake, with my sister. And you?")
    shown.sees("at the lake")
    shown.says("I painted the kitchen. It is green now.")


def group(shown: Gallery) -> None:
    shown.opens()
    others = [shown.other("hi"), shown.other("hi")]
    shown.sees("Your town has money")
    others[0].says("A library: it is dry all year.")
    shown.sees("dry all year")
    others[1].says("We have one. But where do children swim?")
    shown.sees("children swim")


def negotiation(shown: Gallery) -> None:
    shown.opens()
    shown.agrees()
    other = shown.other("hi", "yes")
    shown.sees("You are the")
    other.says("Hello! It is a good bicycle. How about 110?")
    shown.sees("How about 110?")
    shown.says("It needs new tyres. 85.")


def person_and_model(shown: Gallery) -> None:
    shown.opens()
    shown.sees("At a flea market")
    shown.says("How much is it?")
    shown.sees("100 euros")


def picture(shown: Gallery) -> None:
    other = shown.other("hi", "Start")
    shown.opens()
    shown.page.locator(".quick-reply", has_text="Start").click()
    shown.sees("Which of these pictures")
    other.says("There is one of them, and it is not round.")
    shown.sees("not round")


def questionnaire(shown: Gallery) -> None:
    shown.opens()
    shown.agrees()
    expect(shown.page.get_by_text("How old are you?")).to_be_visible()


def wizard(shown: Gallery) -> None:
    shown.opens("?operator=change-me")
    other = shown.other("hi")
    shown.sees("You play a")
    other.says("Where is it warm in March?")
    shown.sees("warm in March")


PLAYS: dict[str, Callable[[Gallery], None]] = {
    "chat": chat,
    "group": group,
    "negotiation": negotiation,
    "person-and-model": person_and_model,
    "picture": picture,
    "questionnaire": questionnaire,
    "wizard": wizard,
}


@pytest.fixture
def page_at_its_size(chromium: Browser) -> Iterator[Page]:
    with chromium.new_context(viewport={"width": 480, "height": 560}, reduced_motion="reduce") as context:
        yield context.new_page()


@pytest.mark.parametrize("template", TEMPLATES)
def test_people_at_the_page_see_the_template(template: str, page_at_its_size: Page, tmp_path: Path) -> None:
    make_project("a-study", template, tmp_path)
    with ExitStack() as stack:
        model = stack.enter_context(FakeModel("It is 100 euros, and the bell is new."))
        served = stack.enter_context(
            ServeProcess(
                "study.yml",
                "--port",
                "0",
                "--grace",
                "0",
                folder=tmp_path / "a-study",
                env={"MODEL_URL": model.base_url},
            )
        )
        PLAYS[template](Gallery(page_at_its_size, served.ready(), stack))
        taken = page_at_its_size.screenshot(animations="disabled")
        assert len(taken) < LARGEST_BYTES
        if os.environ.get("PARLEYRUN_GALLERY"):
            (Path(os.environ["PARLEYRUN_GALLERY"]) / f"{template}.png").write_bytes(taken)


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_gallery_of_the_documentation_has_the_template(template: str) -> None:
    gallery = (ROOT / "docs" / "templates.md").read_text("utf-8")
    assert f"(gallery/{template}.png)" in gallery
    assert (ROOT / "docs" / "gallery" / f"{template}.png").stat().st_size < LARGEST_BYTES
