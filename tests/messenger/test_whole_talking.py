"""People with Messenger, from the webhook to their screens, over real sockets."""

from __future__ import annotations

import pytest
from plain_client import PlainClient
from whole_lab import whole

from parleyrun.config.texts import Texts

PICTURE = "https://example.org/cat.png"


@pytest.fixture
def rehearsal():
    with whole() as rehearsal:
        yield rehearsal


@pytest.fixture
def graph(rehearsal):
    return rehearsal.graph


def enters(person, task):
    """Come in and go to a task."""
    person.gets_started()
    person.sees("Welcome!")
    person.presses(task)


def test_somebody_gets_started_presses_a_button_talks_and_is_back_in_the_menu(graph, rehearsal):
    ann = graph.person("ann")
    ann.gets_started()
    assert ann.sees("Welcome!").text == "Guide: Welcome!"
    assert ann.quick_replies == ("chat", "echo", "EXIT")
    ann.presses("echo")
    ann.sees("Say something")
    ann.says("für ☕ / 😀")
    ann.sees("Echo: heard für ☕ / 😀")
    ann.says("BYE")
    ann.sees("heard BYE")
    ann.sees("Welcome!")


def test_first_words_are_as_good_as_the_button(graph, rehearsal):
    ann = graph.person("ann")
    ann.says("hi")
    ann.sees("Welcome!")
    ann.says("echo")
    ann.sees("Say something")


@pytest.mark.parametrize("allow_images", [True, False])
def test_a_picture_as_the_first_thing_somebody_sends_opens_the_menu(allow_images):
    with whole(allow_images=allow_images) as rehearsal:
        ann = rehearsal.graph.person("ann")
        ann.sends_image(PICTURE)
        if not allow_images:
            ann.sees(Texts().no_attachments)
        ann.sees("Welcome!")


def test_a_message_that_meta_tells_nothing_of_is_answered_in_the_menu_and_in_a_task(graph, rehearsal):
    ann = graph.person("ann")
    ann.sends_unsupported()
    ann.sees(Texts().unsupported_message)
    ann.sees("Welcome!")
    ann.presses("echo")
    ann.sees("Say something")
    ann.sends_unsupported()
    ann.sees(Texts().unsupported_message)
    ann.says("still here")
    ann.sees("heard still here")


def test_every_send_is_in_order_with_the_token_where_no_log_keeps_it(graph, rehearsal):
    ann = graph.person("ann")
    enters(ann, "echo")
    ann.says("count 30")
    ann.sees("number 30")
    assert ann.heard[-30:] == [f"Echo: number {number}" for number in range(1, 31)]
    assert not any(call.token_in_url for call in graph.calls)


def test_the_page_types_while_a_world_works(graph, rehearsal):
    ann = graph.person("ann")
    enters(ann, "echo")
    ann.sees("Say something")
    ann.says("typing")
    ann.sees_typing()


def test_somebody_with_messenger_and_somebody_with_a_browser_talk_and_send_each_other_pictures(graph, rehearsal):
    ann = graph.person("ann")
    with PlainClient(rehearsal.url) as bob:
        bob.says("hi")
        bob.sees("Welcome!")
        bob.says("chat")
        enters(ann, "chat")
        ann.sees("You are ")
        bob.sees("You are ")
        ann.says("hello Bob")
        bob.sees("hello Bob")
        bob.says("hello Ann")
        ann.sees("hello Ann")
        ann.sends_image(PICTURE, text="my cat")
        frame = bob.sees_frame(lambda frame: frame.get("payload"), "a picture")
        assert (frame["payload"]["type"], frame["payload"]["url"]) == ("link", PICTURE)  # nothing loads by itself
        assert "my cat" in frame["text"]
        bob.says("mine too", payload={"type": "image", "url": f"{PICTURE}?2"})
        ann.sees("mine too")
        bob.says("BYE")
        ann.sees("BYE")
        ann.sees("Welcome!")
        bob.sees("Welcome!")


def test_two_people_with_messenger_are_shown_when_the_other_has_read(graph, rehearsal):
    ann, bob = graph.people("ann", "bob")
    enters(ann, "chat")
    enters(bob, "chat")
    ann.sees("You are ")
    bob.sees("You are ")
    rehearsal.settle()  # the menu has read what they said to it, and their screens show so
    ann.says("hello")
    bob.sees("hello")
    rehearsal.settle()
    assert not ann.is_seen
    bob.reads()
    graph.wait_for(lambda: ann.is_seen, "a read receipt")


def test_what_comes_twice_is_heard_once(graph, rehearsal):
    ann = graph.person("ann")
    enters(ann, "echo")
    ann.sees("Say something")
    graph.webhooks.copies = 3
    ann.says("once")
    graph.webhooks.copies = 1
    ann.sees("heard once")
    graph.webhooks.redeliver()
    ann.says("next")
    ann.sees("heard next")
    rehearsal.settle()
    assert [text for text in ann.heard if "heard" in text] == ["Echo: heard once", "Echo: heard next"]
    assert set(graph.webhooks.statuses) == {200}


def test_what_comes_in_one_post_reaches_everybody_it_is_for(graph, rehearsal):
    people = graph.people("ann", "bob", "cleo")
    for person in people:
        enters(person, "echo")
    for person in people:
        person.sees("Say something")
    with graph.webhooks.held():
        for text in ("1", "2"):
            for person in people:
                person.says(f"{text} of {person.psid}")
    for person in people:
        person.sees(f"heard 1 of {person.psid}")
        person.sees(f"heard 2 of {person.psid}")


def test_what_comes_in_one_post_in_the_wrong_order_is_heard_in_the_right_one(graph, rehearsal):
    ann = graph.person("ann")
    enters(ann, "echo")
    ann.sees("Say something")
    with graph.webhooks.held(order=reversed):
        for text in ("one", "two", "three"):
            ann.says(text)
    ann.sees("heard one")
    ann.sees("heard two")
    ann.sees("heard three")


def test_echoes_that_come_first_late_or_never_change_nothing_that_is_seen(graph, rehearsal):
    ann = graph.person("ann")
    enters(ann, "echo")
    ann.sees("Say something")
    for when in ("before", "late", "never"):
        graph.echoes = when
        ann.says(when)
        ann.sees(f"heard {when}")
    graph.release_echoes()
    rehearsal.settle()
    assert len(ann.heard) == len(set(ann.heard)) == 5


def test_what_somebody_writes_in_the_page_inbox_is_nobodys_word(graph, rehearsal):
    ann = graph.person("ann")
    enters(ann, "echo")
    ann.sees("Say something")
    graph.inbox_says(ann, "a human being here")
    ann.says("thanks")
    ann.sees("heard thanks")
    assert not any("heard a human" in text for text in ann.heard)
    said = [line.message for line in rehearsal.service.lines_after(f"messenger:{ann.psid}", 0)]
    assert [message.id for message in said if message.text == "a human being here"] == ["page inbox"]
    assert ann.heard.count("a human being here") == 1


def test_somebody_who_blocks_the_page_sets_their_partner_free(graph, rehearsal):
    ann, bob = graph.people("ann", "bob")
    enters(ann, "chat")
    enters(bob, "chat")
    ann.sees("You are ")
    bob.sees("You are ")
    bob.turns_away()
    ann.says("are you there?")
    graph.wait_for(lambda: any(call.code == 551 for call in graph.calls), "a send to Bob that is refused")
    rehearsal.settle()
    assert len([call for call in graph.sends("bob") if call.code == 551]) == 1
