"""The operators' pages in a real browser: from the token to the end of a conversation, and who is kept out."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from app_lab import PATIENCE_SECONDS
from playwright.sync_api import Browser, BrowserContext, Page, expect
from serving import CONFIG, Serving
from test_chat_page import POOR_CONTRAST, fits_the_width
from test_console_access import tokens_of
from test_everybody_can_use_the_page import RUN, SCHEMES, SIZES, axe
from test_two_tabs import open_tab, picture, say

from parleyrun import Agent
from parleyrun.config.texts import Texts
from parleyrun.service.operations.reading.trouble_log import TroubleLog
from parleyrun.web.console import live_feed

pytestmark = pytest.mark.browser
__all__ = ["axe"]


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here is about how often is looked, and each step would wait for it."""
    monkeypatch.setattr(live_feed, "LOOK_SECONDS", 0.05)


TOLD = Texts().from_operator.partition("{text}")[0].strip()


def enter(page: Page, serving: Serving, name: str = "Ada") -> None:
    """Come in by the link of the start, as somebody whom this browser does not know yet."""
    assert serving.app.console is not None
    page.goto(serving.app.console.link)
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Enter").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def go(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Console").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, level=2)).to_be_visible()


def do(page: Page, button: str, *, why: str = "", **fields: str) -> None:
    """Press a button, fill in what it asks for, and have it done."""
    page.get_by_role("button", name=button, exact=True).first.click()
    dialog = page.get_by_role("dialog")
    for label, value in fields.items():
        field = dialog.get_by_label(label.replace("_", " "), exact=True)
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    dialog.get_by_label("Why (for the record)").fill(why)
    dialog.locator("button.main").click()
    expect(dialog).to_be_hidden()


@contextmanager
def own_browser(chromium: Browser) -> Iterator[BrowserContext]:
    """The operator's own browser, in which they are no participant."""
    context = chromium.new_context(viewport={"width": 1200, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    yield context
    context.close()


def test_a_session_from_the_token_to_the_end_of_a_conversation(context: BrowserContext, chromium: Browser) -> None:
    chat = {**CONFIG["tasks"]["chat"], "replies": True}
    with (
        Serving(console=True, models=HAGGLING["models"], tasks={**CONFIG["tasks"], "chat": chat}) as serving,
        own_browser(chromium) as mine,
    ):
        page = mine.new_page()
        enter(page, serving)
        assert "token" not in page.url
        assert page.evaluate("document.referrer") == ""
        assert page.evaluate("document.cookie") == ""
        go(page, "Tasks")
        row = page.get_by_role("row").filter(has_text="chat").first
        row.get_by_role("button", name="Pause…").click()
        page.get_by_label("Why (for the record)").fill("lunch")
        page.get_by_role("button", name="Do it").click()
        expect(page.locator("#said")).to_contain_text("Pause chat: done.")
        expect(page.locator("#state")).to_have_text("paused: chat")

        ann, bob = open_tab(context, serving.url), open_tab(chromium.new_context(), serving.url)
        for person in (ann, bob):
            expect(person.locator(".line .text").last).to_have_text("menu")
            say(person, "chat")
        expect(page.get_by_text("matching for chat is paused")).to_be_visible()
        page.locator("#said").get_by_role("button", name="Undo").click()
        page.get_by_role("dialog").get_by_role("button", name="Undo").click()
        for person in (ann, bob):
            expect(person.locator(".line .text").last).to_contain_text("you are")

        go(page, "Conversations")
        page.get_by_role("link", name="chat/t_").first.click()
        reading = page.get_by_role("article")
        expect(reading.get_by_role("log")).to_have_count(2)
        say(ann, "<img src=x onerror=alert(1)> hello")
        for side in reading.get_by_role("log").all():
            expect(side.locator(".text").last).to_have_text("<img src=x onerror=alert(1)> hello")
        bob.locator(".line", has_text="hello").hover()
        bob.locator(".about-line").click()
        say(bob, "good day")
        for side in reading.get_by_role("log").all():
            quoted = side.locator(".line", has_text="good day").get_by_role("blockquote")
            expect(quoted).to_have_text("<img src=x onerror=alert(1)> hello")
        assert page.locator("main img").count() == 0
        do(page, "Message…", Message="Two minutes more, please.", why="the time is up")
        for person in (ann, bob):
            expect(person.locator(".line .text").last).to_have_text(f"{TOLD} Two minutes more, please.")
        expect(reading.locator(".line.operator .text").last).to_have_text(f"{TOLD} Two minutes more, please.")
        role = ann.locator(".line .text", has_text="you are").inner_text().removeprefix("you are ")
        do(page, f"A bot for {role}…", Model="parrot", They_read="Somebody else goes on.", why="she is ill")
        expect(ann.locator(".line .text").last).to_have_text("menu")
        expect(bob.get_by_text("Somebody else goes on.")).to_be_visible()
        expect(bob.locator(".line .text").last).to_have_text("good day!")
        expect(page.get_by_role("group", name="Bots").locator("tbody tr")).to_contain_text("parrot")
        do(page, "End…", Outcome="stopped", why="enough")
        for person in (ann, bob):
            expect(person.locator(".line .text").last).to_have_text("menu")
        expect(page.get_by_text("None goes on.")).to_be_visible()

        go(page, "People")
        page.get_by_label("Id, or a value of the link").fill("no such person")
        expect(page.get_by_text("Nobody fits.")).to_be_visible()
        page.get_by_label("Id, or a value of the link").fill("browser:")
        page.get_by_role("link", name="browser:").first.click()
        do(page, "Note…", Note="was kind")
        expect(page.get_by_role("group", name="Notes")).to_contain_text("was kind")
        go(page, "Overview")
        done = page.get_by_role("group", name="What operators did last").locator("tbody tr")
        expect(done).to_have_count(6)
        expect(done.nth(1)).to_contain_text(re.compile("Ada.*end.*enough"))
        page.get_by_role("button", name="Leave").click()
        expect(page.get_by_label("Token")).to_be_visible()
        page.go_back()
        expect(page.get_by_label("Token")).to_be_visible()


class Parrot(Agent):
    """Says once more what it has heard last."""

    heard = ""

    def fork(self) -> Parrot:
        fork = Parrot(self.opt)
        fork.heard = self.heard
        return fork

    def observe(self, act: dict[str, Any]) -> None:
        self.heard = act["text"]

    def act(self) -> dict[str, Any]:
        return {"text": f"{self.heard}!"}


HAGGLING: dict[str, Any] = {
    "models": {"parrot": {"model": f"{__name__}:Parrot", "check": False}},
    "tasks": {
        "haggle": {
            "task_world": "parleyrun.ready:Chat",
            "bots": {"Seller": {"model": "parrot", "disclose": False}},
        }
    },
}


def test_a_bots_seat_is_taken_over_and_given_back(chromium: Browser) -> None:
    with Serving(console=True, **HAGGLING) as serving, own_browser(chromium) as mine:
        ann = serving.visitor()
        ann.line("menu")
        ann.says("haggle")
        page = mine.new_page()
        enter(page, serving)
        # What stands beneath no rows says of what there are none.
        expect(page.locator(".none").filter(has_text="What operators did last")).to_be_visible()
        go(page, "Conversations")
        expect(page.get_by_role("row").filter(has_text="haggle/t_")).to_contain_text("Seller (bot)")
        page.get_by_role("link", name="haggle/t_").first.click()
        seat = page.get_by_role("group", name="Bots").locator("tbody tr")
        expect(seat).to_contain_text("parrot")
        do(page, "Take over…", why="it is too dear")
        expect(seat).to_contain_text("held")
        ann.says("a bicycle")
        serving.advance(60)
        held = page.get_by_role("group", name="Lines that are held")
        expect(held.locator("tbody tr")).to_contain_text("a bicycle!")
        do(page, "Release…", The_words_to_show="Ten euros.")
        assert ann.line("Ten euros.")["id"] == "Seller"
        expect(held).to_be_hidden()
        do(page, "Model…", Model="parrot")
        page.locator("#said").get_by_role("button", name="Undo").click()
        page.get_by_role("dialog").get_by_role("button", name="Undo").click()
        expect(page.get_by_role("dialog")).to_be_hidden()
        # However narrow it is, what can be done is in sight.
        page.set_viewport_size({"width": 260, "height": 740})
        bots = page.get_by_role("group", name="Bots")
        assert bots.evaluate("each => each.scrollWidth > each.clientWidth")
        for button in bots.get_by_role("button").all():
            edges = [each.evaluate("each => each.getBoundingClientRect().right") for each in (button, bots)]
            assert edges[0] <= edges[1]
        do(page, "Give back…")
        ann.says("thanks")
        serving.advance(60)
        ann.line("thanks!")
        acts: Any = serving.service.operators.ask("acts", {}, by="x")
        done = ["give", "undo", "model", "release", "take"]
        assert [(act.by, act.verb) for act in acts.acts] == [("Ada", verb) for verb in done]
        # A record in memory has no files: the browser shows why.
        go(page, "Study")
        page.get_by_role("link", name="report.html").click()
        expect(page.get_by_text("the record is in memory")).to_be_visible()


def test_a_hostile_page_in_the_operators_own_browser_changes_nothing(chromium: Browser) -> None:
    with Serving(console=True) as serving, Serving() as evil, own_browser(chromium) as mine:
        page = mine.new_page()
        enter(page, serving)
        # The same site by another port, which a cookie is sent to, and another site altogether.
        for where in (evil.url, evil.url.replace("127.0.0.1", "localhost")):
            other = mine.new_page()
            other.route("**/*", lambda route: route.fulfill(body="<p>hello", content_type="text/html"))
            other.goto(where)
            other.unroute("**/*")
            got = other.evaluate(ATTACK, serving.url)
            refused = dict.fromkeys(("fetch", "plain", "live", "socket"), "refused")
            assert got == {**refused, "frame": None}
            other.close()
        acts: Any = serving.service.operators.ask("acts", {}, by="x")
        assert acts.acts == ()
        expect(page.locator("#state")).to_have_text("all is well")


ATTACK = """async (console) => {
  const url = `${console}/console/api`, body = JSON.stringify({verb: "pause", by: "eve"});
  const tried = {};
  tried.fetch = await fetch(url, {method: "POST", credentials: "include", body})
    .then((answer) => answer.json()).then((said) => said.ok ? "done" : "refused", () => "refused");
  tried.plain = await fetch(url, {method: "POST", mode: "no-cors", credentials: "include", body})
    .then(() => "sent", () => "refused");
  tried.live = await new Promise((done) => {
    const source = new EventSource(`${console}/console/api/live?ask={"verb":"overview"}`, {withCredentials: true});
    source.onmessage = () => done("read");
    source.onerror = () => { source.close(); done("refused"); };
  });
  tried.socket = await new Promise((done) => {
    const socket = new WebSocket(`${console.replace("http", "ws")}/console/api/live`);
    socket.onopen = () => done("open");
    socket.onerror = () => done("refused");
  });
  const frame = document.createElement("iframe");
  frame.src = `${console}/console/`;
  await new Promise((done) => { frame.onload = done; document.body.append(frame); });
  try { tried.frame = frame.contentDocument?.title ?? null; } catch { tried.frame = "closed"; }
  const form = document.createElement("form");
  Object.assign(form, {method: "post", action: `${console}/console/leave`, target: "x"});
  document.body.append(form);
  form.submit();
  return tried;
}"""


def test_a_participant_in_the_same_place_gets_nothing(page: Page) -> None:
    with Serving(console=True) as serving:
        page.goto(serving.url)
        expect(page.locator(".line .text").last).to_have_text("menu")
        status = page.evaluate("""async () => (await Promise.all(
          ["console/", "console/api/me", "console/api/live", "console/api/history", "console/download/report.html"]
            .map((path) => fetch(path)))).map((answer) => answer.status)""")
        assert status == [401] * 5


def test_the_token_is_entered_without_script(chromium: Browser) -> None:
    with Serving(console=True) as serving:
        context = chromium.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{serving.url}/console/")
        page.get_by_label("Token").fill("wrong")
        page.get_by_role("button", name="Enter").click()
        expect(page.get_by_role("alert")).to_have_text("that is not the token of this console")
        page.get_by_label("Token").fill(tokens_of(serving).act)
        page.get_by_role("button", name="Enter").click()
        expect(page.get_by_role("navigation", name="Console")).to_be_visible()
        context.close()


def test_a_long_conversation_opens_at_its_end_and_is_read_back_page_by_page(chromium: Browser) -> None:
    with Serving(console=True) as serving, own_browser(chromium) as mine:
        ann, _ = serving.pair()
        ann.says("pour 250 30")
        ann.line("poured")
        page = mine.new_page()
        enter(page, serving)
        go(page, "Conversations")
        page.get_by_role("link", name="chat/t_").first.click()
        bob = page.get_by_role("log").nth(1).locator(".text")
        expect(bob.last).to_have_text("249:".ljust(30, "."))
        expect(bob).to_have_count(100)
        for count in (200, 253):
            page.get_by_role("button", name="Older lines").click()
            expect(bob).to_have_count(count)
        assert [text.partition(":")[0] for text in bob.all_text_contents()[-250:]] == [*map(str, range(250))]
        expect(page.get_by_role("button", name="Older lines")).to_be_hidden()
        # More than is looked at comes at once, as after a break.
        ann.says("pour 90 30")
        ann.line("poured")
        expect(bob).to_have_count(253 + 90)
        assert [text.partition(":")[0] for text in bob.all_text_contents()[-90:]] == [*map(str, range(90))]


def test_who_may_only_look_is_offered_nothing_to_do(chromium: Browser) -> None:
    with Serving(console=True) as serving, own_browser(chromium) as mine:
        tokens = tokens_of(serving)
        object.__setattr__(tokens, "read", "r" * 40)
        serving.visitor()
        page = mine.new_page()
        page.goto(f"{serving.url}/console/")
        # An address with a token may be opened where the question for it stands already.
        page.goto(f"{serving.url}/console/#token={tokens.read}")
        page.get_by_role("button", name="Enter").click()
        expect(page.get_by_text("console (looking only)")).to_be_visible()
        for view in ("Overview", "Tasks", "People"):
            go(page, view)
            expect(page.get_by_role("button", name="…")).to_have_count(0)
        # It is known from then on, and by a link from elsewhere, too.
        page.goto("about:blank")
        page.goto(f"{serving.url}/console/#people")
        expect(page.locator("main tbody tr")).to_have_count(1)


def test_a_page_finds_back_to_a_service_that_was_not_there_for_a_while(chromium: Browser) -> None:
    with Serving(console=True) as serving, own_browser(chromium) as mine:
        page = mine.new_page()
        page.clock.install()
        enter(page, serving)
        page.route("**/api/live?*", lambda route: route.fulfill(status=502, body="bad gateway"))
        go(page, "Models")
        expect(page.locator("#state")).to_contain_text("cannot be reached")
        page.unroute("**/api/live?*")
        page.clock.fast_forward(4_000)
        expect(page.locator("#state")).to_have_text("all is well")
        # A service that was started again counts its troubles anew.
        troubles = serving.service.operators.troubles
        for text in ("one", "two"):
            troubles.handle(logging.LogRecord("x", logging.WARNING, "x.py", 1, text, (), None))
        go(page, "Trouble")
        shown = page.locator("ol.troubles > li")
        expect(shown).to_have_count(2)
        TroubleLog.__init__(troubles)
        troubles.handle(logging.LogRecord("x", logging.WARNING, "x.py", 1, "three", (), None))
        expect(shown).to_have_count(3)


VIEWS = ("overview", "people", "person", "conversations", "tasks", "models", "trouble", "study")


def test_axe_finds_nothing_on_any_page(chromium: Browser, axe: str) -> None:
    found: dict[str, Any] = {}
    with Serving(console=True) as serving, own_browser(chromium) as mine:
        ann, _ = serving.pair()
        ann.says("hello")
        waiting = serving.visitor()
        waiting.line("menu")
        waiting.says("chat")
        serving.until(lambda counts: counts.waiting == {"chat": 1})
        talks: Any = serving.service.operators.ask("conversations", {}, by="x")
        uid, who = talks.conversations[0].id, talks.conversations[0].people[0].id
        page = mine.new_page()
        page.goto(f"{serving.url}/console/")
        looked_at(page, axe, "entry", found)
        enter(page, serving)
        for view in VIEWS:
            path = {"person": f"people/{who}", "conversations": f"conversations/{uid}"}.get(view, view)
            page.evaluate("(path) => { location.hash = path; }", path)
            expect(page.get_by_role("heading", level=2)).to_be_visible()
            looked_at(page, axe, view, found)
        page.evaluate("location.hash = '#tasks'")
        page.get_by_text("More", exact=True).first.click()
        page.get_by_role("button", name="Wait…").first.click()
        looked_at(page, axe, "dialog", found)
    assert {where: what for where, what in found.items() if what} == {}


def looked_at(page: Page, axe: str, view: str, found: dict[str, Any]) -> None:
    # Not by a script of the page, which its policy would refuse.
    page.evaluate(axe)
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found[f"{view} {size} {scheme}"] = page.evaluate(RUN) + page.evaluate(POOR_CONTRAST)
            picture(page, f"console-{view}-{size}-{scheme}")
        found[f"{view} {size} width"] = [] if fits_the_width(page) else ["wider than the screen"]


def test_five_thousand_people_are_a_page_of_fifty(chromium: Browser) -> None:
    with Serving(console=True) as serving, own_browser(chromium) as mine:
        for number in range(5_000):
            serving.service._sessions.get_or_create(f"browser:{number:04}")
        page = mine.new_page()
        enter(page, serving)
        go(page, "People")
        expect(page.get_by_role("status").filter(has_text="of 5,000")).to_have_text("1 to 50 of 5,000")
        expect(page.locator("main tbody tr")).to_have_count(50)
        page.get_by_role("button", name="Next").click()
        expect(page.get_by_role("status").filter(has_text="of 5,000")).to_have_text("51 to 100 of 5,000")
        expect(page.locator("main tbody tr").first).to_contain_text("browser:0050")
        page.get_by_label("Id, or a value of the link").fill("4321")
        expect(page.locator("main tbody tr")).to_have_count(1)
        assert httpx.get(serving.url, timeout=PATIENCE_SECONDS).status_code == 200
