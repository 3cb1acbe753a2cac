"""The chat page in a real browser, against a scripted server."""

from __future__ import annotations

import base64
from typing import Literal

import pytest
from chat_page_server import PATIENCE_SECONDS, ChatPageServer, Join, Peer, line, partner, place
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from parleyrun.channels.browser.page_style import PageStyle
from parleyrun.config.building import draft_config
from parleyrun.config.diagnostics import Findings
from parleyrun.config.shipped_sentences import LANGUAGES
from parleyrun.web.chat_page import STATIC, chat_page

pytestmark = pytest.mark.browser

PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PIXEL = base64.b64decode(PICTURE)
MANY_LINES = [line(seq, f"Line {seq}\nof a long conversation") for seq in range(1, 41)]

HIDE = """() => {
  Object.defineProperty(document, 'visibilityState', {configurable: true, get: () => 'hidden'});
  document.dispatchEvent(new Event('visibilitychange'));
}"""
SHOW = "() => { delete document.visibilityState; document.dispatchEvent(new Event('visibilitychange')); }"

UNNAMED_CONTROLS = """() => [...document.querySelectorAll('button, a[href], textarea, input, img, audio, video')]
  .filter((control) => {
    if (!control.checkVisibility()) return false;
    const label = control.labels?.[0]?.textContent;
    const name = control.getAttribute('aria-label') || label || control.textContent || control.alt;
    return !name?.trim();
  })
  .map((control) => control.outerHTML)"""

POOR_CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let here = element; here; here = here.parentElement) {
      const colour = rgba(getComputedStyle(here).backgroundColor);
      if (colour[3] === 255) return colour;
    }
  };
  const poor = [];
  for (const element of document.querySelectorAll('body *')) {
    const words = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const style = getComputedStyle(element);
    if (!words || !element.checkVisibility() || style.clipPath !== 'none') continue;
    const lights = [light(rgba(style.color)), light(ground(element))].sort((one, other) => other - one);
    const ratio = (lights[0] + 0.05) / (lights[1] + 0.05);
    if (ratio < 4.5) poor.push(`${element.className || element.id} ${element.textContent}: ${ratio.toFixed(2)}`);
  }
  return poor;
}"""


def say(page: Page, text: str) -> None:
    page.locator("#input").fill(text)
    page.locator("#input").press("Enter")


def texts(page: Page) -> Locator:
    return page.locator(".line .text")


def own(page: Page) -> Locator:
    return page.locator('.line[data-mine="true"]')


def height_of(field: Locator) -> float:
    height: float = field.evaluate("field => field.offsetHeight")
    return height


def drop(peer: Peer, page: Page, code: int = 1012) -> None:
    """Break the connection, and have the page try again at once instead of after half a second."""
    peer.close(code)
    expect(page.locator("#status")).to_contain_text("Reconnecting…")
    page.evaluate("dispatchEvent(new Event('online'))")


def until(page: Page, condition: str) -> None:
    """Wait until that is true in the page, whose policy lets no text be made into a function there."""
    page.evaluate(f"""async () => {{
      const end = performance.now() + {1000 * PATIENCE_SECONDS};
      while (!({condition})) {{
        if (performance.now() > end) throw new Error('it never was');
        await new Promise(requestAnimationFrame);
      }}
    }}""")


def fits_the_width(page: Page) -> bool:
    wide: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return not wide


# Arriving


def test_all_parts_of_the_page_are_fetched_at_once() -> None:
    index = (STATIC / "index.html").read_text()
    parts = [part.name for part in STATIC.glob("*.js")]
    assert len(parts) > 1
    assert [name for name in parts if f'"static/{name}"' not in index] == []


def test_the_whole_page_is_small(server: ChatPageServer, page: Page) -> None:
    server.style = max((style_of(language=name) for name in LANGUAGES), key=lambda style: len(chat_page(style)))
    page.goto(server.address)
    server.next_peer().welcome()
    sent: dict[str, int] = page.evaluate("""() => Object.fromEntries(
      ['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))
        .map(({name, transferSize}) => [new URL(name).pathname, transferSize]))""")
    files = {f"/static/{file.name}" for file in STATIC.iterdir() if file.suffix in (".js", ".css")}
    assert files <= sent.keys()
    assert min(sent.values()) > 0
    assert sum(sent.values()) <= 120_000  # answers with their headers, as they pass through the network


def test_the_page_is_painted_before_any_script_or_socket(server: ChatPageServer, page: Page) -> None:
    page.route("**/*.js", lambda route: None)  # none of them ever comes
    page.goto(server.address, wait_until="commit")
    until(page, "performance.getEntriesByName('first-contentful-paint').length > 0")
    expect(page.locator("#title")).to_be_in_viewport()
    expect(page.locator("#input")).to_be_in_viewport()
    expect(page.locator("#place-name")).to_have_text("Connecting…")


def test_a_newcomer_asks_for_the_protocol_and_says_how_they_came(server: ChatPageServer, page: Page) -> None:
    page.goto(
        server.address + "?ref=poster&PROLIFIC_PID=p1&workerId=w1&prolific_pid=low&a%20b=%C3%A9&ref=second&e="
    )
    peer = server.next_peer()
    entry = {"ref": "poster", "PROLIFIC_PID": "p1", "workerId": "w1", "prolific_pid": "low", "a b": "é", "e": ""}
    assert peer.subprotocols == ["parleyrun.v1"]
    able = {"forms": True, "replies": True}
    assert peer.expect("session") == {"type": "session", "token": None, "seq": 0, "entry": entry, **able}


def test_a_link_that_is_too_long_loses_its_end_and_not_its_person(server: ChatPageServer, page: Page) -> None:
    page.goto(
        server.address + f"?ref={'x' * 2101}&workerId=w1&" + "&".join(f"p{n}={'y' * 2000}" for n in range(20))
    )
    entry = server.next_peer().expect("session")["entry"]
    assert entry["ref"] == "x" * 2000
    assert entry["workerId"] == "w1"
    assert 4 < len(entry) < 10


def test_the_title_and_the_place_are_shown_in_the_header(join: Join, page: Page) -> None:
    peer = join()
    expect(page).to_have_title("A study")
    for name, words in [
        ("door", "At the door"),
        ("overworld", "In the lobby"),
        ("onboarding", "Getting ready"),
        ("task", "In conversation"),
    ]:
        peer.send(place(name))
        expect(page.locator("#place")).to_have_text(words)
    peer.send(place("task", role="Buyer", task="negotiation"))
    expect(page.locator("#place")).to_have_text("In conversation as Buyer")
    expect(page.locator("#place strong")).to_have_text("Buyer")


@pytest.mark.parametrize("width", [320, 560, 700, 1200])
def test_the_place_stands_at_the_end_of_the_header(join: Join, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 640})
    peer = join()
    peer.send(place("overworld"))
    expect(page.locator("#place")).to_have_text("In the lobby")
    free: float = page.evaluate("""() => {
      const [place, sound] = ['place', 'sound'].map((id) => document.getElementById(id).getBoundingClientRect());
      return sound.left - place.right + (innerWidth > 780 ? 0 : innerWidth - sound.right);
    }""")
    assert free < 24


def test_each_tab_is_a_person_of_their_own(join: Join, server: ChatPageServer, context: BrowserContext) -> None:
    join()
    other = context.new_page()
    other.goto(server.address)
    assert server.next_peer().expect("session")["token"] is None


def test_another_way_in_is_another_person_even_in_the_same_tab(
    join: Join, server: ChatPageServer, page: Page
) -> None:
    join(query="?PROLIFIC_PID=p1&SESSION_ID=n1")
    page.goto(server.address + "?PROLIFIC_PID=p1&SESSION_ID=n2")
    asked = server.next_peer().expect("session")
    assert asked["token"] is None
    assert asked["entry"] == {"PROLIFIC_PID": "p1", "SESSION_ID": "n2"}


# Lines


def test_lines_show_who_speaks(join: Join, page: Page) -> None:
    join(line(1, "Welcome", ""), line(2, "Hello", "Ann"), line(3, "Hi", "Me", mine=True), line(4, "How are you?"))
    kinds = page.locator(".line").evaluate_all("lines => lines.map((line) => line.dataset.kind)")
    assert kinds == ["system", "other", "own", "other"]
    assert page.locator('.line[data-mine="true"]').count() == 1
    ann = page.locator('.line[data-seq="2"]')
    expect(ann.locator(".speaker")).to_have_text("Ann")
    expect(ann.locator(".avatar")).to_have_text("A")
    assert ann.locator(".bubble").get_attribute("title")
    colours = page.locator('.line[data-kind="other"] .speaker')
    assert colours.nth(0).get_attribute("data-colour") == colours.nth(1).get_attribute("data-colour")


def test_text_is_never_interpreted_as_html(join: Join, page: Page) -> None:
    nasty = "<img src=x onerror=\"document.title='broken'\"><script>alert(1)</script>&amp;"
    peer = join(line(1, nasty, nasty, quick_replies=[nasty]))
    peer.send(place("task", role=nasty), partner(nasty, "away"), {"type": "typing", "id": nasty, "on": True})
    expect(page.locator("#typing")).to_contain_text("<script>")
    expect(texts(page)).to_have_text(nasty)
    expect(page.locator(".quick-reply")).to_have_text(nasty)
    assert page.locator("#log img, #log script, header img, #partner img, #quick-replies img").count() == 0


def test_web_addresses_become_links_and_nothing_else_does(join: Join, page: Page) -> None:
    join(line(1, "See https://example.org/a?b=1&c=2). And (http://example.net/x_(y)), not javascript:alert(1)."))
    links = page.locator(".line a")
    expect(links).to_have_count(2)
    assert [link.get_attribute("href") for link in links.all()] == [
        "https://example.org/a?b=1&c=2",
        "http://example.net/x_(y)",
    ]
    assert links.first.get_attribute("rel") == "noopener noreferrer"
    assert links.first.get_attribute("target") == "_blank"


def test_line_breaks_are_shown(join: Join, page: Page) -> None:
    join(line(1, "one\ntwo\n\nthree"))
    assert texts(page).inner_text() == "one\ntwo\n\nthree"


def test_a_line_that_comes_twice_is_shown_once(join: Join, page: Page) -> None:
    peer = join(line(1, "Hello"))
    peer.send(line(1, "Hello"), line(2, "Again"), line(2, "Again"), line(3, "End"))
    expect(texts(page)).to_have_text(["Hello", "Again", "End"])


def test_an_attachment_is_shown_with_its_description(join: Join, page: Page) -> None:
    join(line(1, "Look", payload={"type": "image", "data": PICTURE, "mime": "image/png", "alt": "A red dot"}))
    picture = page.locator(".line img")
    expect(picture).to_have_attribute("alt", "A red dot")
    expect(picture).to_have_js_property("naturalWidth", 1)


def test_what_an_author_uploaded_is_fetched_from_beside_the_page(join: Join, page: Page) -> None:
    token = "0123456789" * 4
    page.route(f"**/attachments/{token}", lambda route: route.fulfill(body=PIXEL, content_type="image/png"))
    join(line(1, "Look", payload={"type": "image", "url": f"attachments/{token}", "alt": "A map"}))
    expect(page.locator(".line img")).to_have_js_property("naturalWidth", 1)


def test_a_persona_is_a_name_and_a_picture(join: Join, page: Page) -> None:
    page.route("https://example.org/robin.png", lambda route: route.fulfill(body=PIXEL, content_type="image/png"))
    robin = {"name": "Robin", "picture": "https://example.org/robin.png"}
    peer = join(line(1, "Hello", "", persona=robin), line(2, "Again", "Bot", persona=robin), line(3, "A rule", ""))
    expect(page.locator(".line .speaker")).to_have_text(["Robin", "Robin", "Notice"])
    expect(page.locator('.line[data-seq="1"]')).to_have_attribute("data-kind", "other")
    expect(page.locator('.line[data-seq="2"]')).to_have_attribute("data-continues", "")
    picture = page.locator('.line[data-seq="1"] .avatar img')
    expect(picture).to_have_js_property("naturalWidth", 1)
    assert picture.bounding_box() == page.locator('.line[data-seq="1"] .avatar').bounding_box()
    peer.send({"type": "typing", "id": "Robin", "on": True})
    expect(page.locator("#typing")).to_have_text("Robin is typing")
    peer.send(line(4, "Done", "", persona=robin))
    expect(page.locator("#typing")).to_be_hidden()


def test_a_picture_of_a_persona_that_cannot_be_shown_leaves_its_initial(join: Join, page: Page) -> None:
    join(
        line(1, "Hello", "", persona={"name": "Robin", "picture": "https://127.0.0.1:1/robin.png"}),
        line(2, "Hello", "", persona={"name": "Sam", "picture": "javascript:alert(1)"}),
    )
    expect(page.locator(".avatar")).to_have_text(["R", "S"])
    expect(page.locator(".avatar img")).to_have_count(0)


def test_other_attachments_are_players_and_links(join: Join, page: Page) -> None:
    join(
        line(1, "", payload={"type": "video", "url": "https://127.0.0.1:1/v.webm", "alt": "A dance"}),
        line(2, "", payload={"type": "audio", "url": "https://127.0.0.1:1/a.ogg", "alt": "A song"}),
        line(3, "", payload={"type": "file", "data": "aGk=", "mime": "text/plain", "name": "hi.txt"}),
        line(4, "", payload={"type": "file", "url": "https://example.org/x.pdf", "name": "x.pdf"}),
    )
    # Nothing answers at those addresses: what cannot be played says so, and leads there.
    expect(page.get_by_text("“A dance” could not be loaded.")).to_be_visible()
    expect(page.get_by_text("“A song” could not be loaded.")).to_be_visible()
    expect(page.locator(".file")).to_have_text(["hi.txt", "x.pdf"])
    expect(page.locator(".file").first).to_have_attribute("download", "hi.txt")
    expect(page.locator(".file").last).to_have_attribute("href", "https://example.org/x.pdf")


def test_an_address_from_a_person_is_a_link_and_nothing_is_loaded(join: Join, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    join(line(1, "Look", payload={"type": "link", "url": "https://example.org/cat.png", "alt": "A cat"}))
    expect(page.get_by_role("link", name="A cat")).to_have_attribute("href", "https://example.org/cat.png")
    assert [url for url in asked if "example.org" in url] == []


def test_what_somebody_on_messenger_does_is_shown(join: Join, page: Page) -> None:
    join(
        line(1, "👍", payload={"type": "sticker", "url": "https://127.0.0.1:1/like.png", "sticker_id": 1}),
        line(2, "", payload={"type": "reaction", "value": "❤", "action": "react", "to": "m1"}),
        line(3, "", payload={"type": "reaction", "value": "", "action": "unreact", "to": "m1"}),
        line(4, "chat", payload={"type": "quick_reply", "value": "CHAT"}),
        line(5, "Start", payload={"type": "postback", "value": "GET_STARTED"}),
        line(6, "better", payload={"type": "edit", "to": "m1"}),
    )
    expect(texts(page)).to_have_text(["👍", "❤", "(took a reaction back)", "chat", "Start", "better"])
    # Nothing answers at the sticker's address.
    expect(page.locator(".line .cannot-show")).to_have_text(
        ["“Picture” could not be loaded. Open it in a new tab"]
    )


def test_an_attachment_of_a_kind_that_does_not_fit_is_not_followed(join: Join, page: Page) -> None:
    payloads = [
        {"type": "image", "url": "javascript:alert(1)"},
        {"type": "file", "url": "javascript:alert(1)"},
        {"type": "image", "url": "data:text/html,<b>x</b>"},
        {"type": "image", "data": "aGk=", "mime": "text/html"},
        {"type": "image", "data": '"><b>', "mime": "image/png"},
        {"type": "hologram", "url": "https://example.org/h"},
        {"type": "valueOf", "url": "https://example.org/h"},
        {"type": "__proto__", "url": "https://example.org/h"},
        {"type": "image"},
        {"type": "image", "url": "attachments/../static/icon.svg"},
        {"type": "image", "url": "static/icon.svg"},
    ]
    join(*[line(seq, "Look", payload=payload) for seq, payload in enumerate(payloads, start=1)])
    expect(page.locator(".line .cannot-show")).to_have_count(len(payloads))
    assert page.locator(".line img, .line a").count() == 0


# Saying something


def test_what_is_said_is_shown_at_once_then_sent_then_read(join: Join, page: Page) -> None:
    peer = join(line(1, "Hello"))
    say(page, "Hi there")
    mark = own(page).locator(".mark")
    expect(own(page)).to_have_attribute("data-state", "pending")
    expect(mark).to_have_text("Sending…")
    expect(page.locator("#input")).to_have_value("")
    assert peer.take(2)["text"] == "Hi there"
    expect(mark).to_have_text("Sent")
    expect(own(page)).to_have_attribute("data-seq", "2")
    peer.send({"type": "read", "id": "Ann", "seq": 2})
    expect(mark).to_have_text("Read by Ann")
    peer.send({"type": "read", "id": "Bea", "seq": 2})
    expect(mark).to_have_text("Read by Ann and Bea")


def test_only_the_newest_marks_are_shown(join: Join, page: Page) -> None:
    peer = join()
    for seq in (1, 2, 3):
        say(page, f"Number {seq}")
        peer.take(seq)
    peer.send({"type": "read", "id": "Ann", "seq": 2})
    marks = page.locator(".mark")
    expect(marks).to_have_text(["Read by Ann", "Read by Ann", "Sent"])
    expect(marks.nth(0)).to_be_hidden()
    expect(marks.nth(1)).to_be_visible()
    expect(marks.nth(2)).to_be_visible()


def test_who_reads_in_a_conversation_has_not_read_what_was_said_before_it(join: Join, page: Page) -> None:
    peer = join()
    peer.send(place("overworld"))
    say(page, "chat")
    peer.take(1)
    peer.send(place("task", role="A"), line(2, "You are paired.", ""))
    say(page, "Hello")
    peer.take(3)
    peer.send({"type": "read", "id": "B", "seq": 3})
    expect(page.locator(".mark")).to_have_text(["Sent", "Read by B"])


def test_own_lines_take_their_place_in_the_record(join: Join, page: Page) -> None:
    peer = join(line(1, "one"))
    say(page, "three")
    said = peer.expect("message")
    say(page, "last")
    peer.send(line(2, "two"), line(4, "four"))
    expect(texts(page)).to_have_text(["one", "two", "four", "three", "last"])
    peer.send({"type": "ack", "message_id": said["message_id"], "seq": 3})
    expect(texts(page)).to_have_text(["one", "two", "three", "four", "last"])


def test_enter_sends_and_shift_enter_begins_a_new_line(join: Join, page: Page) -> None:
    peer = join()
    field = page.locator("#input")
    height = height_of(field)
    field.press_sequentially("one")
    field.press("Shift+Enter")
    field.press_sequentially("two")
    assert height_of(field) > height
    field.press("Enter")
    assert peer.expect("message")["text"] == "one\ntwo"
    assert height_of(field) == height


def test_enter_that_chooses_a_composed_word_does_not_send(join: Join, page: Page) -> None:
    peer = join()
    page.locator("#input").fill("にほん")
    page.locator("#input").dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    expect(page.locator("#input")).to_have_value("にほん")
    page.locator("#input").press("Enter")
    assert peer.expect("message")["text"] == "にほん"
    assert own(page).count() == 1


def test_blank_text_is_not_sent(join: Join, page: Page) -> None:
    peer = join()
    say(page, "  \n ")
    say(page, "  indented")
    assert peer.expect("message")["text"] == "  indented"
    assert own(page).count() == 1


def test_the_others_are_told_of_typing_but_not_of_each_key(join: Join, page: Page) -> None:
    page.clock.install()
    peer = join()
    page.locator("#input").press_sequentially("hello")
    assert peer.expect("typing")["on"] is True
    page.clock.run_for(4_100)
    assert peer.expect("typing")["on"] is False
    page.locator("#input").press_sequentially(" you")
    page.locator("#input").press("Enter")
    assert peer.expect("typing")["on"] is True
    assert peer.expect("typing")["on"] is False
    peer.expect("message")
    assert [frame for frame in peer.rest() if frame["type"] == "typing"] == []


# Quick replies


def test_quick_replies_belong_to_the_newest_line(join: Join, page: Page) -> None:
    replies = page.locator(".quick-reply")
    peer = join(line(1, "Which?", quick_replies=["A", "B"]))
    expect(replies).to_have_text(["A", "B"])
    peer.send(line(2, "Well?", quick_replies=["C"]))
    expect(replies).to_have_text(["C"])
    peer.send(line(3, "Never mind."))
    expect(replies).to_have_count(0)


def test_a_quick_reply_is_said_once_and_all_of_them_vanish(join: Join, page: Page) -> None:
    peer = join(line(1, "Which?", quick_replies=["A", "B"]))
    page.locator(".quick-reply", has_text="B").dblclick()
    expect(page.locator(".quick-reply")).to_have_count(0)
    assert peer.take(2)["text"] == "B"
    expect(texts(page)).to_have_text(["Which?", "B"])
    expect(page.locator(".quick-reply")).to_have_count(0)


def test_a_refused_answer_brings_the_quick_replies_back(join: Join, page: Page) -> None:
    peer = join(line(1, "Which?", quick_replies=["A", "B"]))
    page.locator(".quick-reply").first.click()
    message_id = peer.expect("message")["message_id"]
    peer.send({"type": "error", "code": "refused", "text": "Not now.", "message_id": message_id})
    expect(page.locator(".quick-reply")).to_have_text(["A", "B"])


def test_a_conversation_can_be_had_with_the_keyboard_alone(join: Join, page: Page) -> None:
    peer = join(line(1, "Which?", quick_replies=["A", "B"]))
    expect(page.locator("#input")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.locator(".quick-reply").last).to_be_focused()
    outline = page.locator(".quick-reply").last.evaluate("button => getComputedStyle(button).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    assert peer.take(2)["text"] == "B"
    expect(page.locator("#input")).to_be_focused()
    page.keyboard.type("Thanks")
    page.keyboard.press("Tab")
    expect(page.locator("#send")).to_be_focused()
    page.keyboard.press("Enter")
    assert peer.take(3)["text"] == "Thanks"
    peer.send({"type": "ended", "reason": "goodbye", "text": "Bye."})
    expect(page.locator("#end")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#restart")).to_be_focused()


# The others


def test_typing_is_shown_until_it_stops_or_something_is_said(join: Join, page: Page) -> None:
    peer = join()
    typing = page.locator("#typing")
    peer.send({"type": "typing", "id": "Ann", "on": True}, {"type": "typing", "id": "Bea", "on": True})
    expect(typing).to_have_text("Ann and Bea are typing")
    peer.send({"type": "typing", "id": "Bea", "on": False})
    expect(typing).to_have_text("Ann is typing")
    peer.send(line(1, "Hello", "Ann"))
    expect(typing).to_be_hidden()


def test_whoever_has_no_name_types_and_reads_without_one(join: Join, page: Page) -> None:
    peer = join(line(1, "Hello", ""))
    say(page, "Hi")
    peer.take(2)
    peer.send({"type": "read", "id": "", "seq": 2}, {"type": "typing", "id": "", "on": True})
    expect(own(page).locator(".mark")).to_have_text("Read")
    expect(page.locator("#typing")).to_have_text("Typing")
    peer.send({"type": "typing", "id": "Ann", "on": True}, {"type": "read", "id": "Ann", "seq": 2})
    expect(page.locator("#typing")).to_have_text("Ann is typing")
    expect(own(page).locator(".mark")).to_have_text("Read by Ann")
    peer.send(line(3, "I am a bot", "Bot"), {"type": "typing", "id": "Ann", "on": False})
    expect(page.locator("#typing")).to_be_hidden()


def test_typing_is_believed_for_twenty_seconds(join: Join, page: Page) -> None:
    page.clock.install()
    peer = join()
    peer.send({"type": "typing", "id": "Ann", "on": True})
    expect(page.locator("#typing")).to_be_visible()
    page.clock.run_for(19_000)
    expect(page.locator("#typing")).to_be_visible()
    page.clock.run_for(1_100)
    expect(page.locator("#typing")).to_be_hidden()


def test_waiting_says_for_how_long(join: Join, page: Page) -> None:
    page.clock.install()
    peer = join()
    peer.send(place("waiting", task="chat", waited=12.4))
    expect(page.locator("#place")).to_have_text("Waiting for a partner · 0:12")
    peer.is_heard()
    page.clock.fast_forward(50_000)
    expect(page.locator("#place")).to_have_text("Waiting for a partner · 1:02")
    peer.is_heard()
    page.clock.fast_forward(3_600_000)
    expect(page.locator("#place")).to_have_text("Waiting for a partner · 1:01:02")
    peer.send(place("task", task="chat", role="Ann"))
    expect(page.locator("#place")).to_have_text("In conversation as Ann")


def test_a_partner_who_is_away_comes_back_or_leaves(join: Join, page: Page) -> None:
    page.clock.install()
    peer = join()
    peer.send(place("task", role="Ann"))
    banner = page.locator("#partner")
    peer.send(partner("Bob", "away"))
    expect(banner).to_have_text("Bob is away. They have a moment to come back.")
    peer.send(partner("Bob", "back"))
    expect(banner).to_have_text("Bob is back.")
    page.clock.run_for(5_100)
    expect(banner).to_be_empty()
    peer.send(partner("Bob", "left"), partner("Cem", "away"))
    expect(banner.locator(".note")).to_have_text(
        ["Bob has left the conversation.", "Cem is away. They have a moment to come back."]
    )
    peer.send(line(1, "Here I am", "Cem"))
    expect(banner).to_have_text("Bob has left the conversation.")
    peer.send(place("overworld"))
    expect(banner).to_be_empty()


# What has been on the screen


def test_lines_are_reported_read_once_they_have_been_on_the_screen(join: Join, page: Page) -> None:
    peer = join(*MANY_LINES)
    # Some of them may have been on the screen, and told of, before the others came.
    while (read := peer.expect("read")["seq"]) < 40:
        pass
    assert read == 40
    page.locator("#log").evaluate("log => { log.scrollTop = 0; }")
    expect(page.locator('.line[data-seq="1"]')).to_be_in_viewport()
    peer.send(line(41, "Below the edge"))
    expect(page.locator("#new-messages")).to_be_visible()
    assert [frame for frame in peer.rest() if frame["type"] == "read"] == []
    page.locator("#new-messages").click()
    assert peer.expect("read")["seq"] == 41


def told(peer: Peer, page: Page, kind: str) -> list[int]:
    """What the page has told in frames of that type since it was last asked; saying something brings it in."""
    say(page, "What now?")
    return [frame["seq"] for frame in peer.up_to("message") if frame["type"] == kind]


def test_lines_are_reported_delivered_at_most_once_a_second_and_the_last_one_always(
    join: Join, page: Page
) -> None:
    page.clock.install()
    page.clock.pause_at(2_000_000_000)
    peer = join()
    peer.send(line(1, "Hello"), line(2, "Are you there?"))
    expect(page.locator('.line[data-seq="2"]')).to_be_attached()
    assert told(peer, page, "delivered") == []
    page.clock.run_for(60)
    assert told(peer, page, "delivered") == [2]
    for seq in (3, 4, 5):
        peer.send(line(seq, f"Line {seq}"))
        expect(page.locator(f'.line[data-seq="{seq}"]')).to_be_attached()
        page.clock.run_for(300)
    assert told(peer, page, "delivered") == []
    page.clock.run_for(100)
    assert told(peer, page, "delivered") == [5]
    page.clock.run_for(5_000)
    assert told(peer, page, "delivered") == []


def test_what_comes_to_a_hidden_page_is_delivered_and_not_read(join: Join, page: Page) -> None:
    page.clock.install()
    peer = join()
    page.evaluate(HIDE)
    peer.send(line(1, "Are you there?"))
    assert peer.expect("delivered")["seq"] == 1
    page.clock.run_for(1_000)
    assert told(peer, page, "read") == []


def test_ones_own_lines_are_not_reported_delivered(join: Join, page: Page) -> None:
    page.clock.install()
    peer = join(line(1, "Hello"))
    assert peer.expect("delivered")["seq"] == 1
    say(page, "Hi!")
    peer.take(2)
    expect(own(page)).to_have_attribute("data-state", "sent")
    page.clock.run_for(3_000)
    assert told(peer, page, "delivered") == []


def test_after_a_lost_connection_what_is_there_is_reported_again_with_what_was_missed(
    server: ChatPageServer, join: Join, page: Page
) -> None:
    peer = join(line(1, "Hello"))
    assert peer.expect("delivered")["seq"] == 1
    peer.close()
    back = server.next_peer()
    assert back.welcome(resumed=True, lines=[line(seq, f"Line {seq}") for seq in (2, 3, 4)])["seq"] == 1
    last = 0
    while last < 4:
        last = back.expect("delivered")["seq"]
    back.close()
    again = server.next_peer()
    again.welcome(seq=4, resumed=True)
    assert again.expect("delivered")["seq"] == 4


def test_a_log_that_begins_anew_is_reported_from_its_beginning(
    server: ChatPageServer, join: Join, page: Page
) -> None:
    peer = join(line(1, "Hello"), line(2, "Who are you?"))
    last = 0
    while last < 2:
        last = peer.expect("delivered")["seq"]
    peer.close()
    back = server.next_peer()
    back.welcome(resumed=False, token="T2", lines=[line(1, "Hello again")])
    assert back.expect("delivered")["seq"] == 1


def test_a_hidden_page_reads_nothing_and_counts_what_comes(join: Join, page: Page) -> None:
    peer = join(line(1, "Hello"))
    assert peer.expect("read")["seq"] == 1
    page.evaluate(HIDE)
    peer.send(line(2, "Are you there?"), line(3, "Hm."))
    expect(page).to_have_title("(2) A study")
    assert [frame for frame in peer.rest() if frame["type"] == "read"] == []
    page.evaluate(SHOW)
    expect(page).to_have_title("A study")
    assert peer.expect("read")["seq"] == 3


def test_the_newest_line_stays_in_view_for_who_is_at_the_end(join: Join, page: Page) -> None:
    peer = join(*MANY_LINES)
    expect(page.locator('.line[data-seq="40"]')).to_be_in_viewport()
    peer.send(line(41, "Still in view"), partner("Bob", "away"))
    peer.send(line(42, "And this", quick_replies=["A", "B", "C"]))
    expect(page.locator(".quick-reply")).to_have_count(3)
    expect(page.locator('.line[data-seq="42"]')).to_be_in_viewport(ratio=1)
    expect(page.locator("#new-messages")).to_be_hidden()


def test_who_reads_further_up_is_left_alone_until_they_speak(join: Join, page: Page) -> None:
    peer = join(*MANY_LINES)
    expect(page.locator('.line[data-seq="40"]')).to_be_in_viewport()
    page.locator("#log").hover()
    page.mouse.wheel(0, -3000)
    expect(page.locator('.line[data-seq="1"]')).to_be_in_viewport()
    peer.send(line(41, "New"), line(42, "Newer"))
    expect(page.locator("#new-messages")).to_have_text("2 new messages")
    expect(page.locator('.line[data-seq="1"]')).to_be_in_viewport()
    say(page, "I am back")
    expect(own(page)).to_be_in_viewport()
    expect(page.locator("#new-messages")).to_be_hidden()


# Connections that break


def test_a_dropped_connection_resumes_where_it_was(join: Join, server: ChatPageServer, page: Page) -> None:
    peer = join(line(1, "Hello"))
    peer.close(1012)
    expect(page.locator("#status")).to_contain_text("Reconnecting…")
    again = server.next_peer()
    asked = again.welcome(resumed=True, lines=[line(2, "You missed this")])
    assert (asked["token"], asked["seq"]) == ("T1", 1)
    expect(page.locator("#status")).to_be_empty()
    expect(texts(page)).to_have_text(["Hello", "You missed this"])


def test_what_was_not_on_record_is_sent_again_with_the_same_id(
    join: Join, server: ChatPageServer, page: Page
) -> None:
    peer = join(line(1, "Hello"))
    say(page, "first")
    first = peer.expect("message")
    drop(peer, page)
    say(page, "second")
    again = server.next_peer()
    # The first one had been put on record; only its acknowledgement was lost.
    again.welcome(resumed=True, lines=[line(2, "first", "Me", mine=True, message_id=first["message_id"])])
    assert again.take(2) == first
    assert again.take(3)["text"] == "second"
    expect(texts(page)).to_have_text(["Hello", "first", "second"])
    expect(own(page).locator(".mark")).to_have_text(["Sent", "Sent"])


def test_a_hole_in_the_lines_is_asked_for_again(join: Join, server: ChatPageServer, page: Page) -> None:
    peer = join(line(1, "one"))
    peer.send(line(3, "three"))
    expect(texts(page)).to_have_count(2)
    drop(peer, page, 1013)
    again = server.next_peer()
    asked = again.welcome(resumed=True, lines=[line(2, "two"), line(3, "three")])
    assert asked["seq"] == 1
    expect(texts(page)).to_have_text(["one", "two", "three"])


def test_a_reload_keeps_the_seat_and_the_conversation(join: Join, server: ChatPageServer, page: Page) -> None:
    peer = join(line(1, "Hello"), query="?ref=poster")
    say(page, "on record")
    recorded = peer.take(2)
    expect(own(page)).to_have_attribute("data-state", "sent")
    say(page, "on its way")
    under_way = peer.expect("message")
    page.reload()
    again = server.next_peer()
    expect(texts(page)).to_have_text(["on its way"])
    asked = again.welcome(
        resumed=True,
        lines=[line(1, "Hello"), line(2, "on record", "Me", mine=True, message_id=recorded["message_id"])],
    )
    able = {"forms": True, "replies": True}
    assert asked == {"type": "session", "token": "T1", "seq": 0, "entry": {"ref": "poster"}, **able}
    assert again.take(3) == under_way
    expect(texts(page)).to_have_text(["Hello", "on record", "on its way"])
    page.reload()
    server.next_peer().welcome(resumed=True, lines=[line(1, "Hello")])
    expect(texts(page)).to_have_text(["Hello"])


def test_a_seat_that_is_gone_starts_afresh_and_keeps_the_unsent_words(
    join: Join, server: ChatPageServer, page: Page
) -> None:
    peer = join(line(1, "Hello"), line(2, "Old"))
    drop(peer, page)
    say(page, "For the old conversation")
    again = server.next_peer()
    again.welcome(token="T2", lines=[line(1, "Welcome", "")])
    expect(texts(page)).to_have_text(["For the old conversation", "Welcome"])
    expect(own(page)).to_have_attribute("data-state", "refused")
    expect(page.locator("#status")).to_contain_text("This is a new one.")
    own(page).get_by_role("button", name="Try again").click()
    assert again.take(2)["text"] == "For the old conversation"
    expect(texts(page)).to_have_text(["Welcome", "For the old conversation"])


def test_words_written_before_the_first_connection_are_sent(server: ChatPageServer, page: Page) -> None:
    page.goto(server.address)
    peer = server.next_peer()
    say(page, "early")
    peer.welcome(lines=[line(1, "Welcome", "")])
    assert peer.take(2)["text"] == "early"
    expect(texts(page)).to_have_text(["Welcome", "early"])


def test_a_connection_that_does_not_answer_is_given_up(join: Join, server: ChatPageServer, page: Page) -> None:
    page.clock.install()
    peer = join()
    peer.is_heard()
    peer.swallows = True
    say(page, "hello?")
    peer.expect("message")
    page.clock.run_for(20_100)
    expect(page.locator("#status")).to_contain_text("Reconnecting…")
    page.clock.run_for(600)
    again = server.next_peer()
    again.welcome(resumed=True)
    assert again.take(1)["text"] == "hello?"


def test_a_connection_that_dies_without_a_word_is_noticed_by_somebody_who_only_reads(
    join: Join, server: ChatPageServer, page: Page
) -> None:
    page.clock.install()
    peer = join(line(1, "Hello"))
    peer.is_heard()
    peer.swallows = True
    page.clock.run_for(14_000)
    expect(page.locator("#status")).not_to_contain_text("Reconnecting…")
    page.clock.run_for(9_100)
    expect(page.locator("#status")).to_contain_text("Reconnecting…")
    page.clock.run_for(600)
    server.next_peer().welcome(resumed=True, lines=[line(2, "Said in the meantime")])
    expect(texts(page)).to_have_text(["Hello", "Said in the meantime"])


@pytest.mark.parametrize(
    "event", ["window:online", "window:pageshow", "document:resume", "document:visibilitychange"]
)
def test_who_comes_back_to_the_page_finds_out_at_once(
    event: str, join: Join, server: ChatPageServer, page: Page
) -> None:
    page.clock.install()
    peer = join()
    peer.swallows = True
    target, _, name = event.partition(":")
    page.evaluate(f"{target}.dispatchEvent(new Event('{name}'))")
    page.clock.run_for(4_100)
    expect(page.locator("#status")).to_contain_text("Reconnecting…")


def test_a_live_connection_is_kept_however_quiet_it_is(join: Join, page: Page) -> None:
    page.clock.install()
    peer = join()
    for _ in range(6):
        peer.is_heard()
        page.clock.run_for(15_100)
    peer.is_heard()
    expect(page.locator("#status")).not_to_contain_text("Reconnecting…")


# Being refused


def test_a_refused_message_can_be_tried_again(join: Join, page: Page) -> None:
    peer = join(line(1, "Hello"))
    say(page, "Psst")
    first = peer.expect("message")
    peer.send({"type": "error", "code": "refused", "text": "Not yet.", "message_id": first["message_id"]})
    expect(page.locator("#status")).to_have_text("Not yet.")
    expect(own(page).locator(".mark")).to_have_text("Not sent")
    own(page).get_by_role("button", name="Try again").click()
    assert peer.take(2)["text"] == "Psst"
    expect(page.locator("#status")).to_be_empty()
    expect(own(page).locator(".mark")).to_have_text("Sent")
    assert own(page).get_by_role("button").count() == 0


def test_a_message_that_is_too_long_can_be_edited(join: Join, page: Page) -> None:
    peer = join()
    say(page, "Far too long")
    first = peer.expect("message")
    peer.send({"type": "error", "code": "too_long", "text": "Please be brief.", "message_id": first["message_id"]})
    own(page).get_by_role("button", name="Edit").click()
    expect(own(page)).to_have_count(0)
    expect(page.locator("#input")).to_have_value("Far too long")
    expect(page.locator("#input")).to_be_focused()


def test_a_refused_message_is_not_sent_again_by_itself(join: Join, server: ChatPageServer, page: Page) -> None:
    peer = join()
    say(page, "No")
    said = peer.expect("message")
    peer.send(
        {"type": "error", "code": "bad_frame", "text": "That was not taken.", "message_id": said["message_id"]}
    )
    expect(own(page)).to_have_attribute("data-state", "refused")
    page.reload()
    again = server.next_peer()
    again.welcome(resumed=True)
    expect(own(page)).to_have_attribute("data-state", "refused")
    say(page, "Yes")
    assert again.expect("message")["text"] == "Yes"


def test_who_is_too_fast_is_told_but_their_message_was_taken(join: Join, page: Page) -> None:
    peer = join()
    say(page, "Quick")
    said = peer.expect("message")
    peer.send({"type": "error", "code": "too_fast", "text": "A little slower.", "message_id": said["message_id"]})
    expect(page.locator("#status")).to_have_text("A little slower.")
    expect(own(page)).to_have_attribute("data-state", "pending")
    peer.send({"type": "ack", "message_id": said["message_id"], "seq": 1})
    expect(own(page)).to_have_attribute("data-state", "sent")


def test_a_message_that_breaks_the_connection_is_not_sent_for_ever(
    join: Join, server: ChatPageServer, page: Page
) -> None:
    peer = join()
    say(page, "short")
    say(page, "much, much longer")
    drop(peer, page, 1009)
    expect(own(page).locator(".mark")).to_have_text(["Sending…", "Not sent"])
    again = server.next_peer()
    again.welcome(resumed=True)
    assert again.take(1)["text"] == "short"
    assert [frame for frame in again.rest() if frame["type"] == "message"] == []


# The end


def test_an_ended_visit_can_be_started_again(join: Join, server: ChatPageServer, page: Page) -> None:
    peer = join(line(1, "Hello", quick_replies=["A"]))
    endings = {"goodbye": "Start again", "left": "Start again", "elsewhere": "Continue here"}
    for seq, (reason, button) in enumerate(endings.items(), start=1):
        peer.send({"type": "ended", "reason": reason, "text": f"Last words, {reason}."})
        expect(page.locator("#end")).to_contain_text(f"Last words, {reason}.")
        expect(page.locator("#end")).to_be_focused()
        expect(page.locator("#input")).to_be_hidden()
        expect(page.locator(".quick-reply")).to_have_count(0)
        expect(page.locator("#restart")).to_have_text(button)
        assert peer.gone.wait(PATIENCE_SECONDS)
        page.locator("#restart").click()
        peer = server.next_peer()
        asked = peer.welcome(resumed=True, lines=[line(seq + 1, "Welcome back", quick_replies=["A"])])
        assert (asked["token"], asked["seq"]) == ("T1", seq)
        expect(page.locator("#end")).to_be_hidden()
        expect(page.locator("#input")).to_be_focused()
    expect(texts(page)).to_have_text(["Hello", "Welcome back", "Welcome back", "Welcome back"])


def test_another_tab_takes_the_seat(join: Join, page: Page) -> None:
    peer = join()
    peer.close(4001)
    expect(page.locator("#end")).to_contain_text("open elsewhere")
    expect(page.locator("#status")).to_be_empty()


def test_a_service_that_closes_is_looked_for_now_and_then(join: Join, server: ChatPageServer, page: Page) -> None:
    page.clock.install()
    peer = join(line(1, "Hello"))
    peer.send({"type": "ended", "reason": "closing", "text": "We close for tonight."})
    expect(page.locator("#end")).to_contain_text("We close for tonight.")
    expect(page.locator("#restart")).to_have_text("Try again")
    page.clock.run_for(10_100)
    again = server.next_peer()
    again.welcome(resumed=True, lines=[line(2, "Open again")])
    expect(page.locator("#end")).to_be_hidden()
    expect(texts(page)).to_have_text(["Hello", "Open again"])


def test_trying_in_vain_whether_the_service_is_back(join: Join, server: ChatPageServer, page: Page) -> None:
    page.clock.install()
    peer = join()
    peer.send({"type": "ended", "reason": "closing", "text": "We close for tonight."})
    page.locator("#restart").click()
    server.next_peer().close(1012)
    expect(page.locator("#restart")).to_be_enabled()
    expect(page.locator("#end")).to_be_visible()
    page.locator("#restart").click()
    server.next_peer().welcome(resumed=True)
    expect(page.locator("#end")).to_be_hidden()


# Every screen and everybody


def busy_conversation(peer: Peer, page: Page) -> None:
    """Everything the page can show at once, with words that do not fit."""
    long_word = "Donaudampfschifffahrtsgesellschaft" * 4
    speakers = [f"Person {letter}" for letter in "abcdefghijklmnop"]
    peer.send(
        place("task", role=long_word),
        *[line(seq, f"I am {name}", name) for seq, name in enumerate(speakers, start=1)],
        line(17, long_word, long_word, payload={"type": "image", "data": PICTURE, "mime": "image/png"}),
        line(18, f"https://example.org/{long_word}", "", payload={"type": "hologram"}),
        partner(long_word, "away"),
        partner("Bob", "back"),
        {"type": "typing", "id": long_word, "on": True},
    )
    expect(page.locator('.line[data-seq="18"]')).to_be_attached()
    say(page, long_word)
    peer.take(19)
    say(page, "refused")
    refused = peer.expect("message")["message_id"]
    peer.send({"type": "error", "code": "refused", "text": long_word, "message_id": refused})
    peer.send(line(20, "Which?", "Ann", quick_replies=["Yes", long_word, *"abcdefgh"]))
    expect(page.locator(".quick-reply")).to_have_count(10)
    expect(page.locator('[data-state="refused"]')).to_have_count(1)


def test_everything_has_a_name_and_can_be_read_by_day_and_by_night(join: Join, page: Page) -> None:
    schemes: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
    busy_conversation(join(), page)
    assert page.evaluate(UNNAMED_CONTROLS) == []
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert page.evaluate(POOR_CONTRAST) == []
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        assert (min(ground) > 200) if scheme == "light" else (max(ground) < 60)
    say(page, "on its way")
    expect(page.locator('[data-state="pending"]')).to_be_visible()
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert page.evaluate(POOR_CONTRAST) == []


def test_a_screen_reader_hears_what_is_new(join: Join, page: Page) -> None:
    # Time stands still: on a busy machine the quiet after the history could be over before it is looked at.
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    peer = join(line(1, "Old"), line(2, "Which?", quick_replies=["A", "B"]))
    log = page.get_by_role("log", name="Messages")
    expect(log).to_have_attribute("aria-live", "off")
    page.clock.run_for(600)
    expect(log).to_have_attribute("aria-live", "polite")
    peer.send(line(3, "And now?", quick_replies=["C"]))
    expect(page.locator('.line[data-seq="3"]')).to_contain_text("Suggested answers: C")
    expect(page.locator('.line[data-seq="3"] .speaker')).to_have_text("Ann")
    expect(page.get_by_role("textbox", name="Your message")).to_be_visible()
    expect(page.get_by_role("group", name="Suggested answers")).to_be_visible()


def test_a_phone_shows_everything_without_scrolling_sideways(
    chromium: Browser, join: Join, server: ChatPageServer
) -> None:
    phone = chromium.new_context(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    try:
        page = phone.new_page()
        peer = join(at=page)
        busy_conversation(peer, page)
        assert fits_the_width(page)
        sizes = page.locator("#send, .quick-reply").evaluate_all("all => all.map((one) => one.offsetHeight)")
        assert min(sizes) >= 44
        expect(page.locator("#input")).to_be_in_viewport(ratio=1)
        expect(page.locator("#send")).to_be_in_viewport(ratio=1)
        peer.send({"type": "ended", "reason": "goodbye", "text": "Bye. " * 40})
        expect(page.locator("#restart")).to_be_in_viewport(ratio=1)
        assert fits_the_width(page)
    finally:
        phone.close()


def test_a_touch_screen_keeps_its_keyboard_closed_after_a_quick_reply(chromium: Browser, join: Join) -> None:
    phone = chromium.new_context(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    try:
        page = phone.new_page()
        peer = join(line(1, "Which?", quick_replies=["A"]), at=page)
        page.locator(".quick-reply").tap()
        assert peer.take(2)["text"] == "A"
        expect(page.locator("#input")).not_to_be_focused()
    finally:
        phone.close()


# Much of it


LONG_TEXT = "\n".join(
    f"Paragraph {number} of what everybody is to read before they begin." for number in range(80)
)


def test_many_quick_replies_say_that_there_are_more(chromium: Browser, join: Join) -> None:
    phone = chromium.new_context(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    try:
        page = phone.new_page()
        answers = [f"This is the answer with number {number}" for number in range(1, 31)]
        peer = join(line(1, "Which?", quick_replies=answers), at=page)
        more = page.locator("#more-replies")
        expect(more).to_contain_text("more answers")
        first = int(more.inner_text().split()[0])
        assert 20 < first < 30
        more.tap()
        expect(more).not_to_contain_text(str(first))
        while more.is_visible():
            more.tap()
        page.get_by_role("button", name="number 30").tap()
        assert peer.take(2)["text"] == answers[-1]
        expect(more).to_be_hidden()
        peer.send(line(3, "And now?", quick_replies=["A", "B"]))
        expect(page.locator(".quick-reply")).to_have_count(2)
        expect(more).to_be_hidden()
        assert fits_the_width(page)
    finally:
        phone.close()


def test_what_comes_at_once_with_words_of_the_study_opens_at_their_beginning(join: Join, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    peer = join(line(1, "Please wait."))
    told = "\n".join(f"Instruction {n}" for n in range(18))
    peer.send(place("task"), line(2, told, "", instructions=True), line(3, "Welcome!\n" * 6, "Host"))
    first = page.locator('.line[data-seq="2"]')
    expect(page.locator('.line[data-seq="3"]')).to_be_attached()
    top = "document.querySelector('[data-seq=\"2\"]').getBoundingClientRect().top"
    until(page, f"Math.abs({top} - document.querySelector('#log').getBoundingClientRect().top) < 20")
    expect(first).to_be_in_viewport()
    page.locator("#new-messages").click()
    expect(page.locator('.line[data-seq="3"] .text')).to_be_in_viewport(ratio=0.9)
    peer.send(line(4, "And now?", "Host"))
    expect(page.locator('.line[data-seq="4"]')).to_be_in_viewport()


@pytest.mark.parametrize("comes", ["alone", "with history", "and grows"])
def test_a_text_longer_than_the_screen_opens_at_its_beginning(join: Join, page: Page, comes: str) -> None:
    if comes == "alone":
        peer = join()
        peer.send(line(1, "Hello"), line(2, LONG_TEXT, quick_replies=["I have read it"]))
    elif comes == "with history":
        peer = join(line(1, "Hello"), line(2, LONG_TEXT, quick_replies=["I have read it"]))
    else:
        peer = join(line(1, "Hello"))
        peer.send(line(2, "Wait"))
        expect(page.locator('.line[data-seq="2"]')).to_be_in_viewport()
        page.locator('.line[data-seq="2"] .text').evaluate("(box, text) => { box.textContent = text; }", LONG_TEXT)
    long_line = page.locator('.line[data-seq="2"]')
    expect(long_line).to_be_attached()
    top = "[...document.querySelectorAll('.line')][1].getBoundingClientRect().top"
    until(page, f"Math.abs({top} - document.querySelector('#log').getBoundingClientRect().top) < 20")
    expect(page.locator("#new-messages")).to_have_text("Read on")
    page.locator("#new-messages").click()
    until(page, f"{top} < 0")
    peer.send(line(3, "A question"))
    expect(page.locator("#new-messages")).to_have_text("1 new message")
    page.locator("#new-messages").click()
    expect(page.locator('.line[data-seq="3"]')).to_be_in_viewport()
    expect(long_line).to_be_in_viewport()
    peer.send(line(4, "Another one"))
    expect(page.locator('.line[data-seq="4"]')).to_be_in_viewport()


def test_what_is_being_written_outlives_a_reload(join: Join, server: ChatPageServer, page: Page) -> None:
    join()
    page.locator("#input").press_sequentially("Half a thought")
    page.reload()
    peer = server.next_peer()
    peer.welcome(resumed=True)
    expect(page.locator("#input")).to_have_value("Half a thought")
    say(page, "A whole one")
    peer.take(1)
    page.reload()
    server.next_peer().welcome(resumed=True)
    expect(page.locator("#input")).to_have_value("")


def test_each_visit_has_one_goodbye_and_it_stands_at_the_end(
    join: Join, server: ChatPageServer, page: Page
) -> None:
    peer = join(line(1, "Hello"))
    for seq in (2, 4):
        peer.send(
            line(seq, "Goodbye!", "", farewell=True), {"type": "ended", "reason": "goodbye", "text": "Goodbye!"}
        )
        expect(page.locator("#end")).to_contain_text("Goodbye!")
        expect(page.get_by_text("Goodbye!").filter(visible=True)).to_have_count(1)
        page.locator("#restart").click()
        peer = server.next_peer()
        assert peer.welcome(resumed=True, lines=[line(seq + 1, "Welcome back")])["seq"] == seq
        expect(page.get_by_text("Goodbye!").filter(visible=True)).to_have_count(0)
    page.reload()
    peer = server.next_peer()
    peer.welcome(resumed=True, lines=[line(1, "Hello"), line(2, "Goodbye!", "", farewell=True), line(3, "Hi")])
    expect(page.locator(".line").filter(visible=True)).to_have_count(2)


def test_a_picture_over_http_is_shown_on_a_page_over_http(join: Join, page: Page) -> None:
    page.route("http://example.org/map.png", lambda route: route.fulfill(body=PIXEL, content_type="image/png"))
    join(line(1, "Look", payload={"type": "image", "url": "http://example.org/map.png", "alt": "A map"}))
    expect(page.locator(".line img")).to_have_js_property("naturalWidth", 1)


MARKUP = [
    ["h", "The rules"],
    ["p", "Be ", ["strong", "kind"], " and ", ["em", "brief"], ", see https://example.org/rules."],
    ["ul", ["li", "one"], ["li", "two ", ["a", "https://example.org/two", "more ", ["strong", "here"]]]],
    ["ol", "3", ["li", ["p", "three"]], ["li", ["p", ["code", "https://example.org/code"]]]],
    ["blockquote", ["p", "quoted"]],
    ["pre", "a\n  b"],
]


def test_a_formatted_line_is_made_of_a_closed_list_of_elements(join: Join, page: Page) -> None:
    nasty = [
        ["p", ["a", "javascript:alert(1)", "press"], ["a", 5, "me"], "<img src=x>"],
        ["script", "document.title = 'broken'"],
        ["__proto__", "x"],
        ["constructor", ["img", "src=x"]],
        ["iframe", "src=x"],
    ]
    join(line(1, "The rules …", "", markup=MARKUP), line(2, "nasty", markup=nasty))
    first = page.locator('.line[data-seq="1"] .text')
    counts = {"h3": 1, "strong": 2, "em": 1, "ul > li": 2, "ol > li": 2, "blockquote": 1, "pre": 1}
    for name, count in counts.items():
        expect(first.locator(name)).to_have_count(count)
    expect(first.locator("ol")).to_have_js_property("start", 3)
    links = [link.get_attribute("href") for link in first.locator("a").all()]
    assert links == ["https://example.org/rules", "https://example.org/two"]
    assert {link.get_attribute("rel") for link in first.locator("a").all()} == {"noopener noreferrer"}
    second = page.locator('.line[data-seq="2"] .text')
    expect(second).to_contain_text("<img src=x>")
    tags = second.evaluate("box => [...box.querySelectorAll('*')].map((one) => one.tagName)")
    assert set(tags) == {"P", "SPAN"}
    expect(page).to_have_title("A study")
    assert page.evaluate(POOR_CONTRAST) == []


# In every language


def style_of(**config: object) -> PageStyle:
    made = draft_config(config, Findings("test"))
    assert made is not None
    return PageStyle("A study", language=made.language, texts=made.page_texts)


def test_the_page_speaks_the_language_of_the_study(join: Join, server: ChatPageServer, page: Page) -> None:
    server.style = style_of(language="de", texts={"page_send": "Ab damit", "page_task_as": "{role}: das sind Sie"})
    peer = join(line(1, "Was?", quick_replies=["A"]))
    assert page.locator("html").get_attribute("lang") == "de"
    assert page.locator("html").get_attribute("dir") == "ltr"
    expect(page.get_by_role("textbox", name="Ihre Nachricht")).to_be_visible()
    expect(page.get_by_role("button", name="Ab damit")).to_be_visible()
    expect(page.locator('.line[data-seq="1"]')).to_contain_text("Vorgeschlagene Antworten: A")
    peer.send(place("task", role="Käufer"), partner("Ann", "away"))
    expect(page.locator("#place")).to_have_text("Käufer: das sind Sie")
    expect(page.locator("#partner")).to_contain_text("Ann ist gerade weg")
    peer.send({"type": "typing", "id": "Ann", "on": True}, {"type": "typing", "id": "Bea", "on": True})
    expect(page.locator("#typing")).to_have_text("Ann und Bea schreiben")
    peer.send({"type": "ended", "reason": "left", "text": ""})
    expect(page.locator("#end")).to_contain_text("Sie waren eine Weile weg")


def test_a_language_from_right_to_left_is_laid_out_so(
    join: Join, server: ChatPageServer, chromium: Browser
) -> None:
    server.style = style_of(language="ar")
    phone = chromium.new_context(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    try:
        page = phone.new_page()
        peer = join(line(1, "مرحبا", "آن"), at=page)
        say(page, "أهلا")
        peer.take(2)
        assert page.locator("html").get_attribute("dir") == "rtl"
        middle = "element => { const box = element.getBoundingClientRect(); return (box.left + box.right) / 2; }"
        assert page.locator('.line[data-seq="1"] .bubble').evaluate(middle) > 180
        assert page.locator('.line[data-seq="2"] .bubble').evaluate(middle) < 180
        assert page.locator("#send").evaluate(middle) < 180
        peer.send(line(3, "?", quick_replies=["نعم", "لا"]), partner("آن", "away"))
        expect(page.locator("#partner")).to_contain_text("انقطع اتصال آن")
        assert fits_the_width(page)
        peer.send({"type": "ended", "reason": "goodbye", "text": "إلى اللقاء"})
        expect(page.locator("#restart")).to_have_text("ابدأ من جديد")
        assert fits_the_width(page)
    finally:
        phone.close()


def test_no_sentence_can_break_out_of_the_page(join: Join, server: ChatPageServer, page: Page) -> None:
    nasty = """</script><img src=x onerror="document.title='broken'">"' {{braces}}"""
    server.style = style_of(texts={"page_send": nasty, "page_write": nasty, "page_waiting": nasty})
    peer = join()
    peer.send(place("waiting"))
    expect(page.locator("#place-name")).to_have_text(nasty.replace("{{braces}}", "{braces}"))
    assert page.locator("#send").get_attribute("title") == nasty.replace("{{braces}}", "{braces}")
    assert page.locator("img").count() == 0
