"""A study of forms and a talk in two tabs: from consent to the code, and for who does not agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from serve_process import ServeProcess
from test_form_view import question, send_off
from test_two_tabs import open_tab, picture, say

pytestmark = pytest.mark.browser

STUDY: dict[str, Any] = {
    "task_name": "A study",
    "forms": {
        "consent": {
            "title": "Welcome",
            "fields": {"agree": {"kind": "yes_no", "ask": "Do you agree?", "decline": ["no"]}},
        },
        "rating": {
            "title": "About the conversation",
            "fields": {"glad": {"kind": "scale", "ask": "How glad are you?", "from": 1, "to": 7}},
        },
    },
    "opt": {"chat": {"quit_words": "bye"}},
    "tasks": {
        "talk": {
            "task_world": "parleyrun.ready:Chat",
            "agents_required": 2,
            "onboard": ["consent"],
            "afterwards": ["rating"],
        }
    },
    "completion": {"finished": {"code": "C1AB"}, "declined": {"code": "C0NO"}},
}


def answers_consent(page: Page, answer: str) -> None:
    expect(page.get_by_role("form", name="Welcome")).to_be_focused()
    question(page, "agree").get_by_label(answer).check()
    send_off(page)


def test_from_consent_over_the_talk_and_its_rating_to_the_code(context: BrowserContext, tmp_path: Path) -> None:
    config = tmp_path / "study.json"
    config.write_text(json.dumps(STUDY))
    arguments = (config, "--port", "0", "--store", tmp_path / "study.db")
    with ServeProcess(*arguments, folder=tmp_path) as server:
        url = server.ready()
        ann, bob, cem = (open_tab(context, f"{url}/?PROLIFIC_PID={name}") for name in ("ann", "bob", "cem"))
        for page in (ann, bob):
            answers_consent(page, "Yes")
        answers_consent(cem, "No")
        expect(cem.locator("#end")).to_contain_text("C0NO")
        picture(cem, "study-declined")
        say(ann, "hello")
        expect(bob.locator(".line", has_text="hello")).to_be_visible()
        say(bob, "bye")
        for page in (ann, bob):
            expect(page.locator("#place")).to_contain_text("A few last questions")
            expect(page.get_by_role("form", name="About the conversation")).to_be_visible()
            picture(page, "study-rating")
            question(page, "glad").get_by_label("6").check()
            send_off(page)
            expect(page.locator("#end")).to_contain_text("C1AB")
        server.interrupt()
        assert server.exit_code() == 0
