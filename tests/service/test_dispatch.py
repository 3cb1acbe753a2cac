"""What goes out before the doors open, after they are closed, and what channels can do beside that."""

import pytest
from resume_lab import go
from resume_lab import opened as opened_on
from small_worlds import Echo, opened

from parleyrun import Message
from parleyrun.app.app import App
from parleyrun.channels.memory_channel import MemoryChannel
from parleyrun.errors import ChannelError
from parleyrun.events import Delivery
from parleyrun.service.dispatch import Dispatch
from parleyrun.signals import Place, ReadMark, Typing
from parleyrun.testing import VirtualTimers

PLACE = Place("overworld")


class Timid(MemoryChannel):
    """Takes nothing before it is open or after it is closed, and speaks while it opens."""

    def __init__(self, name="timid", while_opening=lambda: None):
        super().__init__(name)
        self.is_open = False
        self.while_opening = while_opening

    def start(self, deliver, log):
        super().start(deliver, log)
        self.while_opening()
        self.is_open = True

    def close(self):
        super().close()
        self.is_open = False

    def send(self, delivery):
        assert self.is_open
        super().send(delivery)

    def signal(self, participant_id, signal):
        assert self.is_open
        super().signal(participant_id, signal)


class Page(MemoryChannel):
    """Has all the abilities that a channel may have."""

    def __init__(self):
        super().__init__("page", connectionless=True)
        self.cause = None
        self.personas = {}

    def trouble(self):
        return self.cause

    def upload_attachment(self, payload, log):
        return f"id of {payload['url']}"

    def create_persona(self, name, picture_url):
        self.personas[f"p{len(self.personas)}"] = (name, picture_url)
        return f"p{len(self.personas) - 1}"

    def delete_persona(self, persona_id):
        del self.personas[persona_id]


def line(seq, name="ann", channel="timid"):
    return Delivery(f"{channel}:{name}", seq, Message(str(seq)))


def texts(channel, name="ann"):
    return [delivery.message.text for delivery in channel.lines(name)]


class TestOpening:
    def test_what_is_said_before_a_door_opens_goes_out_once_it_has_and_in_order(self):
        channel = Timid(while_opening=lambda: dispatch.send(line(3)))
        dispatch = Dispatch([channel])
        dispatch.send(line(1))
        dispatch.signal("timid:ann", PLACE)
        dispatch.send(line(2))
        assert texts(channel) == []
        dispatch.open(lambda event, then=None: None, None)
        dispatch.send(line(4))
        assert texts(channel) == ["1", "2", "3", "4"]
        assert channel.signals("ann") == [PLACE]

    def test_a_door_that_cannot_be_opened_holds_up_nobody_elses_lines(self):
        def busy():
            raise ChannelError("the port is taken")

        first, second = Timid("first"), Timid("second", while_opening=busy)
        dispatch = Dispatch([first, second])
        dispatch.send(line(1, channel="second"))
        with pytest.raises(ChannelError, match="the port is taken"):
            dispatch.open(lambda event, then=None: None, None)
        dispatch.send(line(1, channel="first"))
        assert texts(first) == ["1"]
        dispatch.close()
        assert texts(second) == []

    def test_a_line_for_a_channel_that_is_not_there_is_nobodys_trouble(self):
        dispatch = Dispatch([])
        dispatch.send(line(1))
        dispatch.signal("timid:ann", PLACE)
        assert not dispatch.is_connectionless("timid:ann")

    def test_what_is_for_a_bot_goes_nowhere_and_nobody_complains(self, caplog):
        channel = Timid()
        dispatch = Dispatch([channel])
        for signal in (ReadMark("Ann", 3), Typing("Ann", True)):
            dispatch.signal("bot:seller@u1", signal)
        dispatch.send(line(1, "seller@u1", "bot"))
        dispatch.open(lambda event, then=None: None, None)
        dispatch.signal("bot:seller@u1", ReadMark("Ann", 4))
        assert not dispatch.is_connectionless("bot:seller@u1")
        assert channel.signals("seller@u1") == channel.lines("seller@u1") == []
        assert caplog.text == ""

    def test_no_channel_is_called_as_bots_are(self):
        with pytest.raises(ChannelError, match="expected another name for Timid than 'bot'"):
            Dispatch([Timid("bot")])

    def test_after_closing_nothing_goes_out_any_more(self):
        channel = Timid()
        dispatch = Dispatch([channel])
        dispatch.open(lambda event, then=None: None, None)
        dispatch.close()
        dispatch.send(line(1))
        dispatch.signal("timid:ann", PLACE)
        assert texts(channel) == []
        assert channel.signals("ann") == []

    def test_a_channel_that_fails_at_a_line_or_a_signal_is_in_the_log_and_gets_the_next_one(self, caplog):
        class Clumsy(Timid):
            def send(self, delivery):
                super().send(delivery)
                raise ValueError("clumsy")

            def signal(self, participant_id, signal):
                super().signal(participant_id, signal)
                raise ValueError("clumsy")

        channel = Clumsy()
        dispatch = Dispatch([channel])
        dispatch.send(line(1))
        dispatch.signal("timid:ann", PLACE)
        dispatch.open(lambda event, then=None: None, None)
        dispatch.send(line(2))
        dispatch.signal("timid:ann", PLACE)
        assert texts(channel) == ["1", "2"]
        assert len(channel.signals("ann")) == 2
        assert caplog.text.count("could not take") == 4
        caplog.clear()

    def test_a_world_that_speaks_while_people_are_put_back_is_heard_once_the_doors_open(self, tmp_path):
        with opened_on(tmp_path / "record.db") as rehearsal:
            (ann,) = go(rehearsal, "echo", "ann")
            ann.says("one")
            before = len(ann.lines)
            # Their words are on record, but no world has read them.
            rehearsal.service._sessions.get(ann.id).agent.stop_listening()
            rehearsal.channel.say("ann", "two")
            rehearsal.crash(reconnect=False)
            assert [line.message.text for line in ann.lines[before:]] == ["2 two"]
            seqs = [line.seq for line in ann.lines]
            assert seqs == sorted(set(seqs))


class TestAbilities:
    @pytest.fixture
    def page(self):
        return Page()

    @pytest.fixture
    def service(self, page):
        plan = opened({"echo": Echo}).app.plan
        with App(plan, store=":memory:", channels=[MemoryChannel(), page], timers=VirtualTimers()) as app:
            yield app.service

    def test_what_a_channel_can_do_is_asked_of_the_one_that_can(self, service, page):
        assert service.authors.upload_attachment({"type": "image", "url": "https://a"}) == "id of https://a"
        persona_id = service.authors.create_persona("Robin", "https://robin")
        assert page.personas == {persona_id: ("Robin", "https://robin")}
        service.authors.delete_persona(persona_id)
        assert page.personas == {}

    def test_a_channels_trouble_is_the_services(self, service, page):
        assert service.trouble() is None
        page.cause = "the page is stopped: its token was revoked"
        assert service.trouble() == "the page is stopped: its token was revoked"

    def test_trouble_of_store_and_channel_is_told_together(self, service, page, monkeypatch):
        page.cause = "no token"
        monkeypatch.setattr(service._store, "trouble", lambda: "no disk")
        assert service.trouble() == "no disk; no token"

    def test_where_no_channel_can_do_it_the_service_keeps_uploads_and_personas_itself(self):
        with opened({"echo": Echo}) as rehearsal:
            authors = rehearsal.service.authors
            id = authors.upload_attachment({"type": "image", "url": "https://a"})
            assert authors.upload_attachment({"type": "image", "attachment_id": id}) == id
            persona_id = authors.create_persona("Robin", "https://robin")
            authors.delete_persona(persona_id)
            with pytest.raises(ChannelError, match="expected the id of a persona that was created"):
                authors.delete_persona(persona_id)
