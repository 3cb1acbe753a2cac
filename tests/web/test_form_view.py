"""Forms on the chat page, in a real browser, against a scripted server."""

from __future__ import annotations

from typing import Any

import pytest
from chat_page_server import ChatPageServer, Join, line, place
from form_pages import EVERY_KIND, ShownForm
from playwright.sync_api import Browser, Locator, Page, expect
from test_chat_page import PIXEL, POOR_CONTRAST, UNNAMED_CONTROLS, drop, fits_the_width, say, style_of
from test_two_tabs import picture

pytestmark = pytest.mark.browser

TEXT = {"kind": "text", "ask": "Why?"}
SMOKES = {"kind": "yes_no", "ask": "Do you smoke?"}


def question(page: Page, name: str) -> Locator:
    return page.locator(f'.question[data-name="{name}"]')


def send_off(page: Page) -> None:
    page.locator(".go").click()


def test_a_form_of_every_kind_is_filled_in_by_keyboard_alone(join: Join, page: Page) -> None:
    form = ShownForm({"title": "About you", "fields": EVERY_KIND})
    peer = join()
    peer.send(place("onboarding"), form.line)
    expect(page.get_by_role("form", name="About you")).to_be_focused()
    expect(page.locator("#composer")).to_be_hidden()

    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    press("Tab", "Space")  # agree: yes
    press("Tab", "ArrowDown", "ArrowDown")  # place: past the last one, the first again
    press("Tab", "ArrowDown", "ArrowDown")  # country: the second one
    press("Tab", "Space", "Tab", "Tab", "Space", "Shift+Tab", "Space")  # likes: tea, then none, then milk
    press("Tab", "Tab", "Space", "ArrowRight", "ArrowRight")  # glad
    press("Tab", "Space", "ArrowRight")  # friend
    press("Tab", "Space", "ArrowRight", "ArrowRight")  # often
    press("Tab")
    page.keyboard.type("40")
    press("Tab")
    page.keyboard.type("Kim")
    press("Tab")
    page.keyboard.type("so")
    press("Enter")
    page.keyboard.type("and so")
    press("Tab")
    page.keyboard.type("05171990")
    while page.evaluate("document.activeElement.type") != "range":
        press("Tab")
    press("ArrowRight")
    press("Tab", "Enter", "Enter")  # best: a down to the end; the focus stays with it
    expect(page.get_by_role("button", name="Move “a” up")).to_be_focused()
    press("Enter")
    while page.evaluate("document.activeElement.type") != "radio":
        press("Tab")
    press("Space", "ArrowRight", "Tab", "Space")  # they: kind 2, clever 1
    press("Tab", "Space", "Tab", "Space", "ArrowRight")  # did: asked 1, listened 2
    press("Tab")
    expect(page.get_by_role("button", name="Send")).to_be_focused()
    press("Enter")
    sent = form.takes_all(peer)
    assert sent["done"] is True
    assert sent["answers"] == {
        "agree": True,
        "place": "in the north",
        "country": "Land 1",
        "likes": ["milk"],
        "glad": 3,
        "friend": 1,
        "often": 3,
        "age": "40",
        "name": "Kim",
        "why": "so\nand so",
        "born": "1990-05-17",
        "warm": 6,
        "best": ["b", "a", "c"],
        "they": {"kind": 2, "clever": 1},
        "did": {"asked": 1, "listened": 2},
    }
    ages = sent["times"]["did"]
    assert 0 <= ages["changed"] <= ages["touched"] <= 120_000
    form.judges(peer, status="done")
    expect(page.locator(".line")).to_contain_text("Your answers have been sent.")
    expect(page.locator(".form")).to_have_count(0)
    expect(page.locator("#input")).to_be_focused()


def test_between_two_forms_the_field_to_write_in_never_shows(join: Join, page: Page) -> None:
    first, second = (
        ShownForm({"fields": {"why": TEXT}}),
        ShownForm({"title": "Then", "fields": {"why": TEXT}}, 4, 8),
    )
    peer = join()
    peer.send(place("onboarding"), first.line)
    question(page, "why").locator("input").fill("so")
    send_off(page)
    first.takes_all(peer)
    page.evaluate("""() => {
      const composer = document.getElementById('composer');
      window.shown = [];
      new MutationObserver(() => window.shown.push(!composer.hidden)).observe(composer, {attributes: true});
    }""")
    first.judges(peer, status="done")
    expect(page.locator(".form")).to_have_count(0)
    peer.send(second.line)
    expect(page.get_by_role("form", name="Then")).to_be_focused()
    assert True not in page.evaluate("window.shown")
    second.judges(peer, status="done")
    peer.send(place("waiting"))
    expect(page.locator("#input")).to_be_focused()


def test_long_answers_are_sent_one_by_one_and_no_message_is_empty(join: Join, page: Page) -> None:
    form = ShownForm({"fields": {name: {**TEXT, "max_length": 9_000} for name in ("one", "two", "three")}})
    peer = join(form.line)
    answers = {"one": "a" * 7_000, "two": "b" * 5_000, "three": "c" * 5_900}
    for name, answer in answers.items():
        question(page, name).locator("input").fill(answer)
    send_off(page)
    sent = [form.takes(peer)["answers"] for _ in answers]
    assert sent == [{name: answer} for name, answer in answers.items()]


def test_what_is_wrong_stands_beside_its_question(join: Join, page: Page) -> None:
    form = ShownForm({"fields": {"smokes": SMOKES, "why": TEXT, "more": {**TEXT, "required": False}}})
    peer = join(form.line)
    send_off(page)
    form.takes_all(peer)
    form.judges(peer, why="Please write an answer.", form="Something else.")
    why = page.get_by_label("Why? *")
    expect(why).to_be_focused()
    expect(why).to_have_accessible_description("Please write an answer.")
    assert why.get_attribute("aria-invalid") == "true"
    assert why.get_attribute("aria-required") == "true"
    assert question(page, "more").locator("input").get_attribute("aria-required") == "false"
    expect(question(page, "smokes")).to_have_role("radiogroup")
    expect(page.get_by_role("alert")).to_have_text("Something else.")
    picture(page, "form-errors")
    why.fill("so")
    assert why.get_attribute("aria-invalid") == "false"
    expect(question(page, "why").locator(".error")).to_be_hidden()
    expect(page.get_by_role("alert")).to_be_hidden()


def test_questions_are_asked_by_what_was_answered_and_pages_without_any_are_passed_over(
    join: Join, page: Page
) -> None:
    how_many = {"kind": "number", "ask": "How many?", "show_if": {"smokes": True}}
    many = {"kind": "text", "ask": "Why so many?", "show_if": {"number": {"above": 9}}}
    likes = {"kind": "choices", "ask": "What?", "options": ["a", "b"], "min": 0}
    tea = {**TEXT, "show_if": {"likes": ["a"]}}
    row = {"kind": "matrix", "ask": "They were", "items": ["kind", "clever"], "from": 1, "to": 3}
    kind = {**TEXT, "show_if": {"they.kind": {"not": 1}}}
    form = ShownForm(
        {
            "pages": [
                {"fields": {"smokes": SMOKES, "number": how_many, "many": many}},
                {"fields": {"only": {"kind": "text", "ask": "Only?", "show_if": {"smokes": True}}}},
                {"fields": {"likes": likes, "tea": tea, "they": row, "kind": kind}},
            ]
        }
    )
    peer = join(form.line)
    expect(page.locator(".progress:visible")).to_have_text("Page 1 of 2")
    expect(question(page, "number")).to_be_hidden()
    question(page, "smokes").get_by_label("Yes").check()
    expect(page.locator(".progress:visible")).to_have_text("Page 1 of 3")
    question(page, "number").locator("input").fill("10,5")
    expect(question(page, "many")).to_be_visible()
    question(page, "smokes").get_by_label("No").check()
    for name in ("number", "many"):
        expect(question(page, name)).to_be_hidden()
    page.get_by_role("button", name="Continue").click()
    sent = form.takes_all(peer)
    assert (sent["page"], sent["answers"]) == (2, {"smokes": False, "number": "10,5"})
    form.judges(peer, page=3)
    expect(page.get_by_role("group", name="Page 2 of 2")).to_be_focused()
    expect(question(page, "tea")).to_be_hidden()
    question(page, "likes").get_by_label("a").check()
    expect(question(page, "tea")).to_be_visible()
    question(page, "they").locator(".row").nth(0).get_by_label("1").check()
    expect(question(page, "kind")).to_be_hidden()
    question(page, "they").locator(".row").nth(0).get_by_label("2").check()
    expect(question(page, "kind")).to_be_visible()
    page.get_by_role("button", name="Back").click()
    expect(question(page, "smokes").get_by_label("No")).to_be_checked()
    page.get_by_role("button", name="Continue").click()
    form.takes_all(peer)
    form.judges(peer, page=3)
    question(page, "likes").get_by_label("a").uncheck()
    page.get_by_role("button", name="Send").click()
    assert form.takes_all(peer)["answers"]["likes"] == []


def test_a_settled_answer_is_not_changed_any_more(join: Join, page: Page) -> None:
    fields = {"colour": {"kind": "choice", "ask": "Say blue.", "options": ["blue", "red"]}, "smokes": SMOKES}
    form = ShownForm({"fields": fields})
    peer = join(form.line)
    question(page, "colour").get_by_label("blue").check()
    send_off(page)
    form.takes_all(peer)
    form.judges(peer, settled=["colour"], smokes="Please choose an answer.")
    expect(question(page, "colour").get_by_label("red")).to_be_disabled()
    expect(question(page, "colour").get_by_label("blue")).to_be_checked()
    expect(question(page, "smokes").get_by_label("Yes")).to_be_focused()


def test_what_need_not_be_answered_can_be_taken_back(join: Join, page: Page) -> None:
    slider = {"kind": "slider", "ask": "How warm?", "from": 0, "to": 10, "required": False}
    form = ShownForm({"fields": {"smokes": {**SMOKES, "required": False}, "warm": slider}})
    peer = join(form.line)
    warm = page.get_by_role("slider", name="How warm?")
    assert warm.get_attribute("aria-valuetext") == "Not answered yet"
    warm.click()  # where its handle would be
    assert form.takes(peer)["answers"] == {"warm": 5}
    question(page, "warm").get_by_role("button", name="Clear this answer").click()
    assert form.takes(peer)["answers"] == {"warm": None}
    expect(warm).to_be_focused()
    question(page, "smokes").get_by_label("No").check()
    assert form.takes(peer)["answers"] == {"smokes": False}
    question(page, "smokes").get_by_role("button", name="Clear this answer").click()
    assert form.takes(peer)["answers"] == {"smokes": None}


def test_what_is_only_to_be_read_has_its_text_formatted_and_its_pictures(join: Join, page: Page) -> None:
    page.route("https://example.org/bird.png", lambda route: route.fulfill(body=PIXEL, content_type="image/png"))
    bird = {"url": "https://example.org/bird.png", "alt": "A bird"}
    form = ShownForm({"fields": {"read": {"kind": "info", "text": "# Look\n\n**at** it", "image": bird}}})
    peer = join(form.line)
    expect(question(page, "read").get_by_role("heading", name="Look")).to_be_visible()
    expect(question(page, "read").locator("strong")).to_have_text("at")
    expect(page.get_by_role("img", name="A bird")).to_be_visible()
    expect(page.locator(".note")).to_have_count(0)
    send_off(page)
    assert form.takes_all(peer)["answers"] == {}


def test_what_others_write_into_forms_stays_letters(join: Join, page: Page) -> None:
    evil = '<img src=x onerror="document.title=1"><b>b</b> [x](javascript:alert(1)) &amp; [y](data:text/html,x)'
    fields = {
        "why": {"kind": "text", "ask": evil, "help": evil, "example": evil},
        "place": {"kind": "choice", "ask": evil, "options": [evil, "b"]},
        "glad": {"kind": "scale", "ask": "?", "from": 1, "to": 2, "low": evil, "labels": {"2": evil}},
        "they": {"kind": "matrix", "ask": "?", "items": [evil, "b"], "from": 1, "to": 2},
        "best": {"kind": "rank", "ask": "?", "options": [evil, "b"]},
        "read": {"kind": "info", "text": evil},
    }
    form = ShownForm({"title": evil, "text": evil, "pages": [{"title": evil, "text": evil, "fields": fields}]})
    peer = join(form.line)
    expect(page.locator(".form h2")).to_have_text(evil)
    expect(question(page, "read").locator(".text")).to_have_text(evil)
    send_off(page)
    form.takes_all(peer)
    form.judges(peer, why=evil, form=evil)
    expect(question(page, "why").locator(".error")).to_have_text(evil)
    assert page.locator(".form").locator("img, b, script, a[href^=javascript]").count() == 0


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "ar")])
def test_a_form_fits_a_small_phone_and_is_readable(
    chromium: Browser, server: ChatPageServer, scheme: Any, language: str
) -> None:
    server.style = style_of(language=language)
    context = chromium.new_context(viewport={"width": 320, "height": 2800}, color_scheme=scheme)
    page = context.new_page()
    page.goto(server.address)
    peer = server.next_peer()
    form = ShownForm({"title": "About you", "text": "**Please** read.", "fields": EVERY_KIND})
    peer.welcome(lines=[form.line])
    question(page, "glad").get_by_text("7").click()
    question(page, "warm").locator("input").click()
    send_off(page)
    form.takes_all(peer)
    form.judges(peer, age="Please enter a number.", they="Please choose an answer in each row.")
    expect(question(page, "age").locator("input")).to_be_focused()
    assert fits_the_width(page)
    too_wide = """[...document.querySelectorAll('.form *')].filter((part) => !part.closest('.unseen')
      && part.getBoundingClientRect().width && (part.getBoundingClientRect().right > innerWidth
      || part.getBoundingClientRect().left < 0)).map((part) => part.outerHTML)"""
    assert page.evaluate(too_wide) == []
    for name, points in (("glad", 7), ("friend", 11)):
        tops = "boxes => new Set(boxes.map((box) => box.getBoundingClientRect().top)).size"
        options = question(page, name).locator(".option")
        assert (options.count(), options.evaluate_all(tops)) == (points, 1)
    assert page.evaluate(UNNAMED_CONTROLS) == []
    assert page.evaluate(POOR_CONTRAST) == []
    picture(page, f"form-phone-{scheme}-{language}")
    context.close()


def test_answers_wait_for_the_connection_and_are_sent_again_as_they_were(
    join: Join, server: ChatPageServer, page: Page
) -> None:
    form = ShownForm({"fields": {"smokes": SMOKES, "why": TEXT}})
    peer = join(form.line)
    question(page, "smokes").get_by_label("Yes").check()
    lost = peer.expect("message")  # and is never acknowledged
    drop(peer, page)
    peer = server.next_peer()
    page.get_by_label("Why?").fill("so")
    page.locator(".go").press("Enter")
    assert peer.welcome(seq=1, resumed=True)["seq"] == 1
    again = peer.expect("message")
    assert (again["message_id"], again["payload"]["answers"]) == (lost["message_id"], {"smokes": True})
    assert again["payload"]["times"]["smokes"]["changed"] >= lost["payload"]["times"]["smokes"]["changed"]
    peer.send({"type": "ack", "message_id": again["message_id"], "seq": 2})
    sent = peer.take(3)["payload"]
    assert (sent["answers"], sent["done"]) == ({"why": "so"}, True)
    drop(peer, page)
    assert server.next_peer().welcome(seq=3, resumed=True)["seq"] == 3  # answers leave no hole


def test_a_reload_keeps_what_was_being_written_and_the_record_the_rest(
    join: Join, server: ChatPageServer, page: Page
) -> None:
    pages = [{"fields": {"smokes": SMOKES}}, {"fields": {"why": TEXT, "more": TEXT}}]
    form = ShownForm({"pages": pages})
    peer = join(form.line)
    question(page, "smokes").get_by_label("Yes").check()
    send_off(page)
    first = form.takes_all(peer)
    form.judges(peer, page=2)
    question(page, "more").locator("input").fill("on record")
    second = form.takes(peer)
    page.get_by_label("Why?").first.fill("just now")
    page.reload()
    peer = server.next_peer()
    mine = [line(seq, "", mine=True, payload=said) for seq, said in ((2, first), (4, second))]
    state = {"type": "form_state", "form": "rating", "number": 7, "status": "open", "page": 2, "errors": {}}
    peer.welcome(resumed=True, lines=[form.line, mine[0], line(3, "", "", payload=state), mine[1]])
    assert peer.take(5)["payload"]["answers"] == {"why": "just now"}
    expect(question(page, "why").locator("input")).to_have_value("just now")
    expect(question(page, "more").locator("input")).to_have_value("on record")
    assert page.locator(".line").count() == 1
    page.get_by_role("button", name="Back").click()
    expect(question(page, "smokes").get_by_label("Yes")).to_be_checked()


def test_answers_that_are_refused_go_with_the_next_ones(join: Join, page: Page) -> None:
    form = ShownForm({"fields": {"smokes": SMOKES, "why": TEXT}})
    peer = join(form.line)
    question(page, "smokes").get_by_label("Yes").check()
    said = peer.expect("message")
    peer.send({"type": "error", "code": "refused", "text": "Not now.", "message_id": said["message_id"]})
    expect(page.get_by_role("alert")).to_have_text("Not now.")
    page.get_by_label("Why?").fill("so")
    assert form.takes(peer)["answers"] == {"smokes": True, "why": "so"}


def test_in_a_conversation_people_talk_beside_a_form_and_it_stays_where_it_is(join: Join, page: Page) -> None:
    form = ShownForm({"fields": {"why": TEXT}}, seq=2)
    peer = join(line(1, "Hello"))
    peer.send(place("task"), form.line)
    expect(page.get_by_role("form")).to_be_focused()
    field = page.get_by_label("Why?")
    field.fill("half an ans")
    form.takes(peer)
    box = field.bounding_box()
    peer.send(line(4, "Are you there?", quick_replies=["Yes", "No"]))
    expect(page.locator('.line[data-seq="4"]')).to_be_attached()
    field.press("End")
    field.press("w")
    peer.take(5)
    expect(page.locator(".quick-reply")).to_have_text(["Yes", "No"])
    assert field.bounding_box() == box
    expect(field).to_be_focused()
    say(page, "One moment")
    assert peer.take(6)["text"] == "One moment"
    expect(page.locator('.line[data-seq="6"] .mark')).to_have_text("Sent")
    peer.send({"type": "ended", "reason": "elsewhere", "text": ""})
    expect(page.locator(".go")).to_be_hidden()
