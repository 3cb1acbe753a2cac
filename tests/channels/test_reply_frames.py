"""What is replied and reacted to, in the frames of both dialects."""

import pytest
from channel_lab import Lab, send

from parleyrun.channels.browser.frame_reading import BadFrame, ReactFrame, parse_v1
from parleyrun.channels.browser.page_style import PageStyle
from parleyrun.core.message import FrozenDict, Message
from parleyrun.errors import StoreError
from parleyrun.events import Delivery, Inbound, Reacted
from parleyrun.signals import LineReactions, ReactionCount


def test_what_is_no_reaction_is_a_bad_frame():
    assert parse_v1('{"type":"react","seq":3,"reaction":"👍"}') == ReactFrame(3, "👍", on=True)
    for frame in (
        '{"type":"react","seq":3,"reaction":""}',
        '{"type":"react","seq":3,"reaction":7}',
        '{"type":"react","seq":"3","reaction":"👍"}',
        '{"type":"react","seq":3,"reaction":"👍","on":1}',
        '{"type":"react","seq":3,"reaction":"' + "x" * 10_240 + '"}',
        '{"type":"message","message_id":"m","text":"x","reply_to":"3"}',
        '{"type":"message","message_id":"m","text":"x","reply_to":-1}',
    ):
        with pytest.raises(BadFrame):
            parse_v1(frame)


THUMBS = (ReactionCount("👍", 2, mine=True),)


@pytest.fixture
def lab():
    return Lab(style=PageStyle("A study", reactions=True))


def replies(lab, who, to, text="Ten years"):
    """Have somebody be told a line that replies to another one."""
    log = lab.service.logs[who]
    message = Message(text, "Bob", reply_to=FrozenDict(line=f"it#{to}"))
    log.append(Delivery(who, len(log) + 1, message))
    lab.channel.send(log[-1])


def test_a_page_is_told_of_replies_by_number_and_of_all_reactions_once_it_has_its_lines(lab):
    link, peer = lab.visitor(replies=True)
    lab.says(peer, "How old\nis it?")
    replies(lab, peer.participant_id, 1)
    replies(lab, peer.participant_id, 9)
    assert [frame.get("reply_to") for frame in link.of_type("message")] == [None, 1, None]
    assert link.of_type("reactions") == [{"type": "reactions", "lines": [], "whole": True}]
    lab.channel.signal(peer.participant_id, LineReactions(1, THUMBS, "Bob", "👍"))
    told = {"seq": 1, "reactions": [{"text": "👍", "count": 2, "mine": True}]}
    assert link.of_type("reactions")[-1] == {"type": "reactions", "lines": [told]}
    lab.service.reactions = [LineReactions(seq, THUMBS) for seq in range(1, 602)]
    again, _ = lab.visitor(token=link.of_type("session")[0]["token"], replies=True)
    frames = again.of_type("reactions")
    assert [(len(frame["lines"]), frame.get("whole")) for frame in frames] == [(500, True), (101, None)]
    assert again.frames.index(frames[0]) > again.frames.index(again.of_type("message")[-1])


def test_a_reply_is_shown_without_its_quote_rather_than_not_at_all_while_the_record_cannot_be_read(lab, caplog):
    def shown_line(participant_id, line):
        raise StoreError("the store cannot be read: the server is down")

    lab.service.shown_line = shown_line
    link, peer = lab.visitor(replies=True)
    plain, plain_peer = lab.plain()
    for who in (peer.participant_id, plain_peer.participant_id):
        lab.channel.send(lab.service.record(who, "How old is it?"))
        replies(lab, who, 1)
    assert [(frame["text"], frame.get("reply_to")) for frame in link.of_type("message")] == [
        ("How old is it?", None),
        ("Ten years", None),
    ]
    assert [frame["text"] for frame in plain.frames] == ["How old is it?", "Ten years"]
    assert caplog.text.count("is shown without what it replies to: the store cannot be read") == 2


def test_what_a_page_says_of_lines_reaches_the_service_and_counts_against_its_limit(lab):
    _, peer = lab.visitor(replies=True)
    send(peer, "message", message_id="m", text="x", reply_to=4)
    assert lab.service.of_type(Inbound)[0].replies_to == 4
    seconds = [send(peer, "react", seq=1, reaction="👍", on=number % 2 == 0) for number in range(200)]
    assert len(lab.service.of_type(Reacted)) == 200
    assert lab.service.of_type(Reacted)[1] == Reacted(peer.participant_id, 1, "👍", on=False)
    assert seconds[-1] > 1


def test_who_cannot_show_that_is_told_in_words_and_of_nothing_else(lab):
    link, peer = lab.visitor()
    plain, plain_peer = lab.plain()
    for who in (peer.participant_id, plain_peer.participant_id):
        lab.channel.send(lab.service.record(who, "How old\nis it? " + "x" * 100))
        replies(lab, who, 1)
        lab.channel.signal(who, LineReactions(1, THUMBS, "Bob", "👍"))
        lab.channel.signal(who, LineReactions(1, THUMBS))
    quote = "> How old is it? " + "x" * 64 + "…"
    assert [frame["text"] for frame in link.of_type("message")][1] == f"{quote}\nTen years"
    assert [link.of_type("reactions"), link.of_type("message")[1].get("reply_to")] == [[], None]
    assert [frame["text"] for frame in plain.frames][1:] == [f"{quote}\nTen years", f"{quote}\nBob: 👍"]
