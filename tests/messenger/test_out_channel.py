"""The channel against a Graph API over real sockets: what people see of what the service says."""

from __future__ import annotations

import base64
import time

import pytest
from out_lab import Notes

from parleyrun.channels.messenger.messenger_channel import MessengerChannel
from parleyrun.channels.messenger.settings import MessengerSettings
from parleyrun.config.schema import Limits
from parleyrun.config.texts import Texts
from parleyrun.core.message import message_from_act
from parleyrun.events import Channel, Delivery, Personas, Troubled, Uploads, Went
from parleyrun.signals import Ended, Place, Presence, ReadMark, Typing
from parleyrun.testing import FakeGraph, VirtualTimers

ANN = "messenger:ann"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class Page:
    """A channel that is open, and what it told the service. Time stands still until it is moved."""

    def __init__(self, graph, timers, **settings):
        self.timers = timers
        self.record = Notes(timers)
        self.delivered = []
        self._seqs = {}
        self.channel = MessengerChannel(
            MessengerSettings(
                page_id=graph.page_id,
                page_token=graph.page_token,
                app_secret=graph.app_secret,
                verify_token=graph.verify_token,
                graph_url=graph.url,
                **settings,
            ),
            texts=Texts(),
            limits=Limits(),
            timers=timers,
        )
        self.channel.start(lambda event, then=None: self.delivered.append(event), self.record)

    def say(self, participant=ANN, /, **act):
        seq = self._seqs[participant] = self._seqs.get(participant, 0) + 1
        self.channel.send(Delivery(participant, seq, message_from_act(act), at=self.timers.time()))

    def settle(self):
        assert self.channel.wait_at_rest()

    def advance(self, seconds):
        self.settle()
        self.timers.advance(seconds, self.settle)


@pytest.fixture
def timers():
    return VirtualTimers(time.time())


@pytest.fixture
def graph(timers):
    with FakeGraph(clock=timers) as graph:
        yield graph


@pytest.fixture
def page(graph, timers):
    page = Page(graph, timers)
    yield page
    page.channel.close()


def test_it_is_a_channel_with_all_abilities_there_are(page):
    channel: Channel = page.channel
    assert isinstance(channel, Uploads)
    assert isinstance(channel, Personas)
    assert isinstance(channel, Troubled)
    assert channel.connectionless


def test_a_line_is_shown_with_its_quick_replies(page, ann):
    page.say(id="Guide", text="Shall we?", quick_replies=["yes", "no"])
    shown = ann.sees("Guide: Shall we?")
    assert [reply.title for reply in shown.quick_replies] == ["yes", "no"]


def test_a_long_line_comes_in_pieces_and_in_order(page, ann):
    text = " ".join(f"Sentence number {number}." for number in range(400))
    page.say(text=text, quick_replies=["more"])
    page.settle()
    assert " ".join(ann.heard) == text
    assert len(ann.heard) > 3
    assert ann.quick_replies


def test_a_picture_that_is_shown_twice_is_uploaded_once(page, graph, ann):
    for _ in range(2):
        page.say(text="look", payload={"type": "image", "data": PIXEL, "mime": "image/png"})
    page.settle()
    assert len([call for call in graph.calls if call.upload is not None]) == 1
    shown = [message.attachment for message in ann.messages if message.attachment is not None]
    assert [attachment.kind for attachment in shown] == ["image", "image"]
    assert ann.heard[-1] == "look"


def test_an_upload_that_meta_has_forgotten_is_made_again(page, graph, ann):
    page.say(payload={"type": "image", "data": PIXEL})
    page.settle()
    graph.page.attachments.clear()
    page.say(payload={"type": "image", "data": PIXEL})
    page.settle()
    assert len([call for call in graph.calls if call.upload is not None]) == 2
    assert len([message for message in ann.messages if message.attachment is not None]) == 2


def test_authors_upload_in_advance_and_make_personas(page, graph, ann, tmp_path):
    (tmp_path / "cat.png").write_bytes(PIXEL)
    id = page.channel.upload_attachment({"type": "image", "path": str(tmp_path / "cat.png")}, page.record)
    persona = page.channel.create_persona("Robin", "https://example.org/robin.png")
    page.say(id="Robin", text="my cat", persona_id=persona, payload={"type": "image", "attachment_id": id})
    page.settle()
    assert ann.heard[-1] == "my cat"
    page.channel.delete_persona(persona)
    page.say(id="Robin", text="it is gone", persona_id=persona)
    ann.sees("it is gone")


@pytest.mark.parametrize("signal", [Place("waiting", "chat"), Ended("goodbye"), Typing("Robin", False)])
def test_nobody_types_to_somebody_who_has_gone_on(page, graph, ann, signal):
    page.channel.signal(ANN, Typing("Robin", True))
    page.settle()
    assert ann.typing
    page.channel.signal(ANN, signal)
    page.settle()
    assert not ann.typing


def test_typing_is_shown_for_as_long_as_it_lasts_and_never_longer_than_the_next_line(page, graph, ann):
    page.channel.signal(ANN, Typing("Robin", True))
    page.settle()
    assert ann.typing
    page.advance(40)
    assert ann.typing
    page.channel.signal(ANN, Typing("Robin", False))
    page.settle()
    assert not ann.typing
    page.channel.signal(ANN, Typing("Robin", True))
    page.say(text="here it is")
    ann.sees("here it is")
    actions = len([call for call in graph.calls if call.action is not None])
    page.advance(60)
    assert len([call for call in graph.calls if call.action is not None]) == actions


def test_what_somebody_wrote_is_shown_as_seen(page, ann):
    assert not ann.is_seen
    page.advance(1)
    page.channel.signal(ANN, ReadMark("Robin", 1))
    page.settle()
    assert ann.is_seen


def test_what_somebody_writes_meanwhile_is_not_shown_as_seen_with_what_they_wrote_before(page, graph, ann):
    with graph.holding("ann", accepting=True) as held:
        page.say(text="a line on its way")
        held.wait_for()
        page.channel.signal(ANN, ReadMark("Robin", 1))
        page.channel._heard(ANN, page.timers.time())
    page.settle()
    ann.sees("a line on its way")
    assert not ann.is_seen
    page.channel.signal(ANN, ReadMark("Robin", 2))
    page.settle()
    assert ann.is_seen


def test_what_messenger_cannot_show_is_left_out(page, graph, ann):
    page.channel.signal(ANN, Presence("Robin", "away"))
    page.settle()
    assert graph.calls == []


def test_somebody_who_has_turned_away_has_gone_for_the_service(page, ann):
    ann.turns_away()
    page.say(text="hello")
    page.settle()
    assert page.delivered == [Went(ANN)]
    (told,) = page.channel.figures().unreachable
    assert told.participant_id == ANN


def test_a_token_that_is_taken_back_stops_the_page_and_is_never_shown(page, graph, ann, caplog):
    graph.revoke_token()
    page.say(text="hello")
    page.settle()
    assert "may not send anything" in page.channel.trouble()
    graph.heal()
    page.advance(120)
    ann.sees("hello")
    assert page.channel.trouble() is None
    assert graph.page_token not in caplog.text + repr(page.channel) + str(page.channel.figures())


def test_a_human_agent_whom_meta_has_not_approved_waits_for_the_person(graph, timers, ann):
    page = Page(graph, timers, human_agent=True)
    page.record.heard[ANN] = timers.time()
    timers.advance(30 * 3600)
    page.say(text="still there?")
    page.settle()
    (sent,) = graph.sends("ann")
    assert sent.body["tag"] == "HUMAN_AGENT"
    assert sent.code is not None
    (told,) = page.channel.figures().unreachable
    assert (told.participant_id, told.lines) == (ANN, 1)
    page.channel.close()


def test_a_channel_that_is_not_open_sends_nothing_and_closes(graph, timers):
    page = MessengerChannel(
        MessengerSettings(page_id="1", page_token="t", app_secret="s", verify_token="v", graph_url=graph.url),
        texts=Texts(),
        limits=Limits(),
        timers=timers,
    )
    page.send(Delivery(ANN, 1, message_from_act({"text": "hello"})))
    assert page.trouble() is None
    assert page.figures().waiting_lines == 0
    page.close()


def test_closing_twice_is_harmless(page, ann):
    page.say(text="goodbye")
    page.channel.close()
    page.channel.close()
    assert ann.heard == ["goodbye"]
