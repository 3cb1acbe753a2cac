"""On the chat page: lines that grow and are then whole, and bots that people are told of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chat_page_server import ChatPageServer, Frame, Join, Peer, line, partner, place
from playwright.sync_api import Browser, CDPSession, Locator, Page, expect
from test_chat_page import MANY_LINES, POOR_CONTRAST, UNNAMED_CONTROLS, fits_the_width, say, style_of, texts
from test_two_tabs import picture

from parleyrun.config.shipped_sentences import LANGUAGES, sentences

pytestmark = pytest.mark.browser

POEM = "\n".join(f"Verse {number} of a long poem" for number in range(1, 61))

WATCH_FRAMES = """() => {
  window.seen = [];
  const scroller = document.getElementById('log');
  const look = () => {
    const lines = [...document.querySelectorAll('.line')];
    const box = lines.at(-1).querySelector('.bubble').getBoundingClientRect();
    window.seen.push({lines: lines.length, top: box.top, bottom: box.bottom, scrolled: scroller.scrollTop,
      words: lines.at(-1).querySelector('.text').textContent});
    window.watching = requestAnimationFrame(look);
  };
  look();
}"""

WATCH_LIVE_REGION = """() => {
  window.spoken = [];
  const live = (node) => {
    const region = (node.nodeType === 1 ? node : node.parentElement)?.closest('[aria-live]');
    return region?.getAttribute('aria-live') === 'polite';
  };
  const words = (node) => {
    const copy = node.cloneNode(true);
    copy.querySelectorAll?.('[aria-hidden]').forEach((hidden) => hidden.remove());
    return [...(copy.querySelectorAll?.('.speaker, .bubble') ?? [copy])].map((part) => part.textContent).join(' ');
  };
  new MutationObserver((changes) => {
    for (const {addedNodes, target, type} of changes) {
      if (type === 'characterData' && live(target)) window.spoken.push(target.data);
      for (const node of addedNodes) {
        if (node.isConnected && live(node)) window.spoken.push(words(node));
      }
    }
  }).observe(document.getElementById('lines'), {childList: true, subtree: true, characterData: true});
}"""


def growing(text: str, speaker: str = "Guide") -> Frame:
    return {"type": "growing", "id": speaker, "text": text}


def by_bot(seq: int, text: str, speaker: str = "Guide", **more: object) -> Frame:
    return line(seq, text, speaker, bot=True, **more)


def grown(page: Page) -> Locator:
    return page.locator('.line[data-state="growing"]')


def numbered(page: Page, seq: int) -> Locator:
    return page.locator(f'.line[data-seq="{seq}"]')


def next_frame(page: Page) -> None:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def position_of(page: Page) -> float:
    scrolled: float = page.locator("#log").evaluate("log => log.scrollTop")
    return scrolled


def spoken(page: Page) -> list[str]:
    heard: list[str] = page.evaluate("window.spoken.map((text) => text.replace(/\\s+/g, ' ').trim())")
    return heard


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(
        viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


# Lines that grow


def test_a_line_grows_and_the_recorded_one_takes_its_place(join: Join, page: Page) -> None:
    peer = join(line(1, "Hello", "Ann"))
    peer.send(growing("Once"))
    expect(grown(page).locator(".text")).to_have_text("Once")
    expect(grown(page).locator(".speaker")).to_have_text("Guide Bot")
    peer.send(growing("Once upon a"))
    expect(grown(page).locator(".text")).to_have_text("Once upon a")
    expect(page.locator(".line")).to_have_count(2)
    peer.send(by_bot(2, "Once upon a time", quick_replies=["Go on"]))
    expect(numbered(page, 2).locator(".text")).to_have_text("Once upon a time")
    expect(numbered(page, 2).locator(".speaker")).to_have_text("Guide Bot")
    expect(grown(page)).to_have_count(0)
    expect(page.locator(".line")).to_have_count(2)
    expect(page.locator("#quick-replies button")).to_have_text("Go on")


def test_nothing_jumps_while_a_line_grows_and_when_it_is_whole(join: Join, page: Page) -> None:
    page.emulate_media(reduced_motion="no-preference")
    peer = join(*MANY_LINES)
    peer.send(growing("A word"))
    expect(grown(page)).to_be_in_viewport()
    grown(page).evaluate("line => Promise.all(line.getAnimations().map((one) => one.finished))")
    page.evaluate(WATCH_FRAMES)
    for text in ("A word and", "A word and another", "A word and another one."):
        peer.send(growing(text))
        expect(grown(page).locator(".text")).to_have_text(text)
        next_frame(page)
    peer.send(by_bot(41, "A word and another one."))
    expect(numbered(page, 41)).to_be_visible()
    next_frame(page)
    seen = page.evaluate("() => { cancelAnimationFrame(window.watching); return window.seen; }")
    assert {frame["lines"] for frame in seen} == {41}
    assert len({frame["words"] for frame in seen}) == 4
    assert len({(frame["top"], frame["bottom"], frame["scrolled"]) for frame in seen}) == 1
    # The line that takes the place of another does not come flying in.
    assert numbered(page, 41).evaluate("line => line.getAnimations().length") == 0


def test_whoever_reads_further_up_is_left_where_they_are(join: Join, page: Page) -> None:
    peer = join(*MANY_LINES)
    page.locator("#log").hover()
    page.mouse.wheel(0, -600)
    expect(numbered(page, 40)).not_to_be_in_viewport()
    next_frame(page)
    before = position_of(page)
    for length in (10, 30, 50):
        peer.send(growing(POEM[: length * 20]))
        expect(grown(page).locator(".text")).to_have_text(POEM[: length * 20])
        assert position_of(page) == before
    expect(page.locator("#new-messages")).to_have_text("1 new message")
    peer.send(by_bot(41, POEM))
    expect(numbered(page, 41)).to_be_attached()
    next_frame(page)
    assert position_of(page) == before
    expect(page.locator("#new-messages")).to_have_text("1 new message")
    page.locator("#new-messages").click()
    expect(page.locator("#new-messages")).to_be_hidden()


def test_a_line_that_outgrows_the_screen_is_read_from_its_beginning(join: Join, page: Page) -> None:
    peer = join(*MANY_LINES)
    for end in (*range(1, len(POEM), 60), len(POEM)):
        peer.send(growing(POEM[:end]))
    expect(grown(page).locator(".text")).to_contain_text("Verse 60")
    beginning = (
        "line => line.getBoundingClientRect().top - document.getElementById('log').getBoundingClientRect().top"
    )
    expect(page.locator("#new-messages")).to_have_text("Read on")
    assert 0 <= grown(page).evaluate(beginning) <= 12
    before = position_of(page)
    peer.send(by_bot(41, POEM))
    expect(numbered(page, 41)).to_be_attached()
    next_frame(page)
    assert position_of(page) == before
    assert 0 <= numbered(page, 41).evaluate(beginning) <= 12
    expect(page.locator("#new-messages")).to_have_text("Read on")


def test_what_is_taken_back_goes_away(join: Join, page: Page) -> None:
    peer = join(*MANY_LINES)
    peer.send(growing("I should"))
    expect(grown(page)).to_be_in_viewport()
    peer.send(growing(""))
    expect(page.locator(".line")).to_have_count(40)
    expect(numbered(page, 40)).to_be_in_viewport()
    page.locator("#log").hover()
    page.mouse.wheel(0, -900)
    expect(numbered(page, 40)).not_to_be_in_viewport()
    peer.send(growing("I should"))
    expect(page.locator("#new-messages")).to_have_text("1 new message")
    peer.send(growing(""), growing("", "Nobody"))
    expect(page.locator("#new-messages")).to_be_hidden()


def test_words_that_stand_still_are_not_believed_for_ever(join: Join, page: Page) -> None:
    page.clock.install()
    peer = join(line(1, "Hello"))
    peer.send(growing("Once"))
    expect(grown(page)).to_be_visible()
    page.clock.run_for(19_000)
    peer.send(growing("Once upon"))
    expect(grown(page).locator(".text")).to_have_text("Once upon")
    page.clock.run_for(19_000)
    expect(grown(page)).to_be_visible()
    page.clock.run_for(1_100)
    expect(grown(page)).to_have_count(0)


def test_another_place_and_the_end_take_away_what_was_growing(join: Join, page: Page) -> None:
    peer = join(line(1, "Hello"))
    peer.send(place("task", role="Ann"), growing("Once"))
    expect(grown(page)).to_be_visible()
    peer.send(place("overworld"))
    expect(grown(page)).to_have_count(0)
    peer.send(growing("Twice"))
    expect(grown(page)).to_be_visible()
    peer.send({"type": "ended", "reason": "closing", "text": ""})
    expect(grown(page)).to_have_count(0)


def test_who_comes_back_sees_just_the_recorded_line(join: Join, server: ChatPageServer, page: Page) -> None:
    peer = join(line(1, "Hello"))
    peer.send(growing("Once upon"))
    expect(grown(page)).to_be_visible()
    peer.close(1012)
    again = server.next_peer()
    again.welcome(resumed=True, lines=[by_bot(2, "Once upon a time")])
    expect(texts(page)).to_have_text(["Hello", "Once upon a time"])
    expect(grown(page)).to_have_count(0)


def test_ones_own_words_stand_above_what_is_still_being_said(join: Join, page: Page) -> None:
    peer = join(line(1, "Hello"))
    peer.send(growing("Once"), growing("Well", "Critic"))
    expect(grown(page)).to_have_count(2)
    say(page, "Stop!")
    expect(texts(page)).to_have_text(["Hello", "Stop!", "Once", "Well"])
    peer.take(2)
    expect(numbered(page, 2)).to_be_visible()
    peer.send(line(3, "A rule", ""), by_bot(4, "Well, well", "Critic"), growing("Once upon"))
    expect(texts(page)).to_have_text(["Hello", "Stop!", "A rule", "Well, well", "Once upon"])
    say(page, "Please")
    peer.send(by_bot(5, "Once upon a time"))
    expect(texts(page)).to_have_text(["Hello", "Stop!", "A rule", "Well, well", "Once upon a time", "Please"])
    peer.take(6)
    expect(page.locator(".line").last).to_have_attribute("data-seq", "6")


def test_words_so_far_are_neither_formatted_nor_interpreted_until_they_are_whole(join: Join, page: Page) -> None:
    peer = join(line(1, "Hello"))
    text = "**Look** <img src=x onerror=alert(1)> at https://example.org"
    peer.send(growing(text))
    expect(grown(page).locator(".text")).to_have_text(text)
    assert grown(page).locator("a, img, strong").count() == 0
    markup = [["p", ["strong", "Look"], " <img src=x onerror=alert(1)> at https://example.org"]]
    peer.send(by_bot(2, text, markup=markup))
    expect(numbered(page, 2).locator("strong")).to_have_text("Look")
    expect(numbered(page, 2).locator("a")).to_have_attribute("href", "https://example.org")
    assert numbered(page, 2).locator("img").count() == 0


def test_words_that_were_not_the_beginning_after_all_are_put_right(join: Join, page: Page) -> None:
    peer = join(line(1, "Hello"))
    for text in ("Once upon", "Never", "Never mind"):
        peer.send(growing(text))
        expect(grown(page).locator(".text")).to_have_text(text)
    # What somebody has marked meanwhile stays marked.
    page.evaluate("getSelection().selectAllChildren(document.querySelector('[data-state=growing] .text'))")
    peer.send(growing("Never mind that"))
    expect(grown(page).locator(".text")).to_have_text("Never mind that")
    assert page.evaluate("getSelection().toString()").startswith("Never mind")


def test_whose_words_are_seen_is_not_said_to_be_typing(join: Join, page: Page) -> None:
    peer = join(line(1, "Hello"))
    peer.send({"type": "typing", "id": "Guide", "on": True})
    expect(page.locator("#typing")).to_have_text("Guide is typing")
    peer.send(growing("Once"))
    expect(page.locator("#typing")).to_be_hidden()
    peer.send({"type": "typing", "id": "Guide", "on": True}, {"type": "typing", "id": "Kim", "on": True})
    expect(page.locator("#typing")).to_have_text("Kim is typing")
    peer.send(growing(""), {"type": "typing", "id": "Guide", "on": True})
    expect(page.locator("#typing")).to_have_text("Kim and Guide are typing")


def test_what_grows_is_not_reported_read_before_it_is_whole(join: Join, page: Page) -> None:
    peer = join(line(1, "Hello"))
    assert peer.expect("read")["seq"] == 1
    peer.send(growing("Once"))
    expect(grown(page)).to_be_in_viewport()
    peer.send(by_bot(2, "Once upon a time"))
    frames = peer.up_to("read")
    assert {frame["seq"] for frame in frames} == {2}


# What a screen reader hears


def accessible(page: Page, selector: str) -> dict[str, object]:
    """The properties that Chromium hands to a screen reader for an element."""
    client: CDPSession = page.context.new_cdp_session(page)
    object_id = client.send("Runtime.evaluate", {"expression": f"document.querySelector({selector!r})"})
    found = client.send("Accessibility.getPartialAXTree", {"objectId": object_id["result"]["objectId"]})
    properties = found["nodes"][0].get("properties", [])
    return {prop["name"]: prop["value"].get("value") for prop in properties}


def test_a_screen_reader_hears_a_line_once_and_whole(join: Join, page: Page) -> None:
    page.clock.install()
    peer = join(line(1, "Hello"))
    page.clock.run_for(600)
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")
    page.evaluate(WATCH_LIVE_REGION)
    for text in ("Once", "Once upon", "Never", "Never mind"):
        peer.send(growing(text))
        expect(grown(page).locator(".text")).to_have_text(text)
    assert spoken(page) == []
    state = accessible(page, ".line[data-state=growing]")
    assert state["busy"]
    peer.send(by_bot(2, "Never mind that"))
    expect(numbered(page, 2)).to_be_visible()
    assert spoken(page) == ["Guide Bot Never mind that"]
    state = accessible(page, '.line[data-seq="2"]')
    assert not state.get("busy")
    # What is taken back is never heard of.
    peer.send(growing("Oh"))
    expect(grown(page)).to_be_visible()
    peer.send(growing(""))
    expect(grown(page)).to_have_count(0)
    assert spoken(page) == ["Guide Bot Never mind that"]


# Bots that people are told of


def conversation(peer: Peer, page: Page, *, words: dict[str, str] | None = None) -> None:
    """Two people, a bot that has said something, and one that is saying something."""
    said = words or {
        "task": "negotiation",
        "person": "Is this still for sale?",
        "bot": "It is! Three people have asked already, see https://example.org/list for what they said.",
        "own": "What would you take for it?",
        "grows": "For you, I would go down to about four hundred and",
    }
    peer.send(place("task", role="Buyer", task=said["task"]))
    peer.send(
        line(2, said["person"], "Kim"),
        by_bot(3, said["bot"], "Seller"),
        by_bot(4, said["bot"], "Seller", markup=[["p", ["strong", said["bot"]]], ["ul", ["li", said["own"]]]]),
    )
    say(page, said["own"])
    peer.take(5)
    peer.send(growing(said["grows"], "Seller"), {"type": "typing", "id": "Kim", "on": True})
    expect(grown(page)).to_be_visible()


def test_a_bot_that_people_are_told_of_is_marked_beside_its_name(join: Join, page: Page) -> None:
    peer = join(line(1, "Hello", "Ann"), by_bot(2, "Hello", "Sam"))
    expect(numbered(page, 2).locator(".speaker")).to_have_text("Sam Bot")
    expect(numbered(page, 2).locator(".bot")).to_be_visible()
    expect(numbered(page, 1).locator(".speaker")).to_have_text("Ann")
    assert numbered(page, 1).locator(".bot").count() == 0
    peer.send(by_bot(3, "And again", "Sam"), line(4, "I am another Sam", "Sam"))
    # One name for several lines; but never one for a bot and a person.
    expect(numbered(page, 3)).to_have_attribute("data-continues", "")
    expect(numbered(page, 4)).to_be_visible()
    assert numbered(page, 4).get_attribute("data-continues") is None
    expect(numbered(page, 4).locator(".speaker")).to_have_text("Sam")
    # Each line still has it for those who hear the page.
    expect(numbered(page, 3).locator(".speaker")).to_have_text("Sam Bot")


def test_a_persona_of_a_bot_is_marked_too(join: Join, page: Page) -> None:
    persona = {"name": "Robin", "picture": "https://127.0.0.1:1/robin.png"}
    peer = join(line(1, "Hello"))
    peer.send(growing("Hel", "Seller"))
    expect(grown(page)).to_be_visible()
    peer.send(by_bot(2, "Hello", "Seller", persona=persona))
    expect(numbered(page, 2).locator(".speaker")).to_have_text("Robin Bot")
    expect(grown(page)).to_have_count(0)


def test_the_mark_can_be_read_by_day_and_by_night(join: Join, page: Page) -> None:
    conversation(join(line(1, "Welcome", "")), page)
    assert page.evaluate(UNNAMED_CONTROLS) == []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        assert page.evaluate(POOR_CONTRAST) == []
        picture(page, f"bots-{scheme}")


def test_a_phone_has_room_for_the_mark(join: Join, phone: Page) -> None:
    peer = join(line(1, "Welcome", ""), at=phone)
    conversation(peer, phone)
    assert fits_the_width(phone)
    picture(phone, "bots-phone")
    peer.send(by_bot(6, "Hello", "Chairperson-of-the-board-of-directors-of-everything-" * 3))
    expect(numbered(phone, 6).locator(".bot")).to_be_in_viewport()
    assert fits_the_width(phone)
    picture(phone, "bots-phone-long-name")


def test_from_right_to_left_the_mark_follows_the_name(join: Join, server: ChatPageServer, phone: Page) -> None:
    server.style = style_of(language="ar")
    words = {
        "task": "تفاوض",
        "person": "هل ما زال هذا معروضا للبيع؟",
        "bot": "نعم! لقد سأل عنه ثلاثة أشخاص.",
        "own": "بكم تبيعه؟",
        "grows": "لك أنت، سأنزل إلى حوالي أربعمائة",
    }
    conversation(join(line(1, "مرحبا", ""), at=phone), phone, words=words)
    assert fits_the_width(phone)
    side = "element => { const box = element.getBoundingClientRect(); return (box.left + box.right) / 2; }"
    name, mark = numbered(phone, 3).locator("bdi"), numbered(phone, 3).locator(".bot")
    expect(mark).to_have_text("روبوت")
    assert mark.evaluate(side) < name.evaluate(side)
    # What more follows stands at the end of the words: on the left.
    picture(phone, "bots-rtl")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_mark_is_a_word_of_the_studys_language(
    join: Join, server: ChatPageServer, page: Page, language: str
) -> None:
    server.style = style_of(language=language)
    join(by_bot(1, "Hello", "Sam"))
    word = sentences(language).get("page_bot", "Bot")
    expect(numbered(page, 1).locator(".speaker")).to_have_text(f"Sam {word}")


def test_the_mark_is_whatever_the_study_calls_it(join: Join, server: ChatPageServer, page: Page) -> None:
    server.style = style_of(texts={"page_bot": "a machine <b>"})
    join(by_bot(1, "Hello", "Sam"))
    expect(numbered(page, 1).locator(".bot")).to_have_text("a machine <b>")


def test_a_bot_that_is_away_or_types_is_shown_as_anybody(join: Join, page: Page) -> None:
    peer = join(by_bot(1, "Hello", "Sam"))
    say(page, "Hi")
    peer.take(2)
    peer.send({"type": "read", "id": "Sam", "seq": 2}, {"type": "typing", "id": "Sam", "on": True})
    expect(page.locator("#typing")).to_have_text("Sam is typing")
    expect(numbered(page, 2).locator(".mark")).to_have_text("Read by Sam")
    peer.send(partner("Sam", "left"))
    expect(page.locator("#partner")).to_have_text("Sam has left the conversation.")
