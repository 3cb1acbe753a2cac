"""Forms end to end: a real service, the chat page in a real browser, and what is on record then."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from forked_command import run
from playwright.sync_api import Browser, BrowserContext, Page, expect
from serve_process import ServeProcess
from serving import serve
from test_form_view import question, send_off
from test_two_tabs import free_port, open_tab, picture, say

pytestmark = pytest.mark.browser

CONSENT = {
    "title": "Welcome",
    "text": "**Please read this.** You can stop at any time.",
    "fields": {"agree": {"kind": "yes_no", "ask": "Do you agree to take part?", "decline": [False]}},
}
BACKGROUND = {
    "pages": [
        {
            "fields": {
                "colour": {
                    "kind": "choice",
                    "ask": "Please say blue.",
                    "options": ["red", "blue"],
                    "correct": "blue",
                },
                "age": {"kind": "number", "ask": "How old are you?", "whole": True, "min": 18},
                "why": {"kind": "text", "ask": "Why are you here?", "lines": 3},
            }
        },
        {"fields": {"glad": {"kind": "scale", "ask": "How glad are you?", "from": 1, "to": 7}}},
    ]
}
FORMS = {"consent": CONSENT, "background": BACKGROUND}
TALK = {"task_world": "parleyrun.ready:Chat", "agents_required": 2, "onboard": ["consent", "background"]}


def agree(page: Page) -> None:
    expect(page.get_by_role("form", name="Welcome")).to_be_focused()
    question(page, "agree").get_by_label("Yes").check()
    send_off(page)
    expect(question(page, "age")).to_be_visible()


def on_record(folder: Path, store: Path) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "parleyrun", "export", str(store), "--format", "forms"]
    done = run(command, cwd=folder, timeout=60)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_form_goes_on_after_a_reload_on_another_device_and_after_a_kill_9(
    context: BrowserContext, chromium: Browser, tmp_path: Path
) -> None:
    config, store = tmp_path / "study.json", tmp_path / "study.db"
    config.write_text(json.dumps({"task_name": "A study", "forms": FORMS, "tasks": {"talk": TALK}}))
    arguments = (config, "--port", str(free_port()), "--store", store)
    with ServeProcess(*arguments, folder=tmp_path) as server:
        link = f"{server.ready()}/?PROLIFIC_PID=p1"
        page = open_tab(context, link)
        agree(page)
        question(page, "colour").get_by_label("blue").check()
        question(page, "age").locator("input").fill("17")
        page.get_by_label("Why are you here?").fill("Half of a sen")
        page.reload()
        expect(page.get_by_label("Why are you here?")).to_have_value("Half of a sen")
        send_off(page)
        age = page.get_by_label("How old are you?")
        expect(age).to_have_accessible_description("Please enter a number that is at least 18.")
        expect(age).to_be_focused()
        device = chromium.new_context(viewport={"width": 320, "height": 640}, has_touch=True)
        phone = device.new_page()
        phone.goto(link)
        expect(page.locator("#end-title")).to_have_text("This conversation is open elsewhere")
        expect(phone.get_by_label("Why are you here?")).to_have_value("Half of a sen")
        expect(question(phone, "colour").get_by_label("blue")).to_be_checked()
        phone.get_by_label("How old are you?").fill("40")
        phone.get_by_role("button", name="Continue").tap()
        expect(question(phone, "glad")).to_be_visible()
        phone.get_by_role("button", name="Back").tap()
        expect(question(phone, "colour").get_by_label("red")).to_be_disabled()
        phone.get_by_role("button", name="Continue").tap()
        expect(question(phone, "glad")).to_be_visible()
        question(phone, "glad").get_by_label("3").check()
        server.kill()
    expect(phone.locator("#connection")).not_to_be_empty()
    question(phone, "glad").get_by_label("6").check()
    send_off(phone)
    picture(phone, "form-while-the-server-is-gone")
    with ServeProcess(*arguments, folder=tmp_path) as server:
        server.ready()
        expect(phone.locator("#place")).to_contain_text("Waiting")
        expect(phone.locator(".form")).to_have_count(0)
        expect(phone.locator("#composer")).to_be_visible()
        server.interrupt()
        assert server.exit_code() == 0
    device.close()
    answers = on_record(tmp_path, store)
    assert {answer["status"] for answer in answers} == {"done"}
    known = {answer["question"]: (answer["value"], answer["correct"]) for answer in answers}
    assert known == {
        "agree": (True, None),
        "colour": ("blue", True),
        "age": (40, None),
        "why": ("Half of a sen", None),
        "glad": (6, None),
    }
    for answer in answers:
        moments = [answer[f"{what}_at"] for what in ("shown", "touched", "changed", "answered")]
        assert moments == sorted(moments)


def test_who_declines_gets_no_further(context: BrowserContext, caplog: pytest.LogCaptureFixture) -> None:
    with serve(caplog, forms=FORMS, tasks={"talk": TALK}) as here:
        page = open_tab(context, here.url)
        say(page, "talk")
        expect(page.get_by_role("form", name="Welcome")).to_be_focused()
        question(page, "agree").get_by_label("No").check()
        send_off(page)
        expect(page.locator(".line", has_text="These questions are closed.")).to_be_visible()
        expect(page.locator("#composer")).to_be_visible()
        expect(question(page, "age")).to_have_count(0)


def test_who_has_talked_is_asked_afterwards_and_then_chooses_again(
    context: BrowserContext, caplog: pytest.LogCaptureFixture
) -> None:
    rating = {"fields": {"why": {"kind": "text", "ask": "How was it?", "required": False}}}
    with serve(
        caplog, forms={"rating": rating}, tasks={"echo": {"task_world": "Echo", "afterwards": ["rating"]}}
    ) as here:
        page = open_tab(context, here.url)
        say(page, "echo")
        expect(page.locator("#place")).to_contain_text("In conversation")
        say(page, "BYE")
        answer = page.get_by_label("How was it?")
        expect(answer).to_be_visible()
        expect(page.locator("#composer")).to_be_hidden()
        picture(page, "form-afterwards")
        answer.fill("Short.")
        answer.press("Enter")
        expect(page.locator("#place")).to_contain_text("lobby")
        expect(page.locator("#composer")).to_be_visible()
        expect(page.locator("#input")).to_be_focused()
