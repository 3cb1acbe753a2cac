"""A person is not a tab: whose seat a connection takes."""

from __future__ import annotations

import threading

import pytest
from channel_lab import Lab, token_of

from parleyrun.config.schema import PANEL_IDS
from parleyrun.errors import ChannelError
from parleyrun.events import Arrived, Event, Then, Went
from parleyrun.study.arrivals import ArrivalReader, DoorRules, identity_of
from parleyrun.study.signed_links import LinkSigner

ANN = {"PROLIFIC_PID": "a1", "SESSION_ID": "s1"}


def lab() -> Lab:
    return Lab(arrivals=ArrivalReader(PANEL_IDS))


def test_a_channel_that_is_not_open_takes_nobody():
    closed = Lab(opened=False)
    assert closed.channel.participant_of("some token") is None
    with pytest.raises(ChannelError, match="the browser channel is not open"):
        closed.v1()
    here = lab()
    link, _ = here.visitor(entry=ANN)
    here.channel.close()
    assert link.closed == 1012
    with pytest.raises(ChannelError, match="the browser channel is not open"):
        here.v1()


def test_who_comes_back_at_once_is_told_of_after_their_going():
    here = Lab(opened=False, arrivals=ArrivalReader(PANEL_IDS))
    comes_back = threading.Thread(target=lambda: here.visitor(entry=ANN))
    note = here.service.deliver

    def deliver(event: Event, then: Then | None = None) -> None:
        if isinstance(event, Went):
            comes_back.start()
            comes_back.join(0.1)
        note(event, then)

    here.channel.start(deliver, here.service)
    _, first = here.visitor(entry=ANN)
    first.disconnected()
    comes_back.join()
    assert [type(event) for event in here.service.events] == [Arrived, Went, Arrived]


class TestById:
    def test_the_same_id_is_the_same_person_and_the_newer_page_takes_the_seat(self):
        here = lab()
        older, first = here.visitor(entry=ANN)
        here.says(first, "hello")
        newer, second = here.visitor(entry={**ANN, "SESSION_ID": "s2"})
        assert second.participant_id == first.participant_id
        assert older.of_type("ended") == [{"type": "ended", "reason": "elsewhere", "text": ""}]
        assert older.closed == 4001
        assert newer.seqs == [1]
        first.disconnected()
        assert here.service.of_type(Went) == []
        here.says(second, "to the newer one only")
        assert (older.seqs, newer.seqs) == ([1], [1, 2])

    def test_who_closes_the_page_and_opens_the_link_again_has_their_lines(self):
        here = lab()
        _, first = here.visitor(entry=ANN)
        here.says(first, "hello")
        first.disconnected()
        link, second = here.visitor(entry=ANN)
        assert second.participant_id == first.participant_id
        assert link.seqs == [1]

    def test_the_id_outlives_a_restart_and_is_not_in_the_participants(self):
        people = [lab().visitor(entry=ANN)[1].participant_id for _ in range(2)]
        assert people[0] == people[1]
        assert "a1" not in people[0]

    def test_other_ids_and_no_ids_are_other_people(self):
        here = lab()
        entries = (ANN, {"PROLIFIC_PID": "A1"}, {"workerId": "a1"}, {}, {}, {"PROLIFIC_PID": "{{%PROLIFIC_PID%}}"})
        assert len({here.visitor(entry=entry)[1].participant_id for entry in entries}) == len(entries)

    def test_a_link_goes_before_another_persons_token(self):
        here = lab()
        link, first = here.visitor()
        here.says(first, "mine")
        token = link.frames[0]["token"]
        link, second = here.visitor(token=token, seq=1, entry=ANN)
        assert second.participant_id != first.participant_id
        assert link.frames[0]["resumed"] is False
        assert link.seqs == []

    def test_a_script_says_who_it_is_in_its_address(self):
        here = lab()
        older, first = here.plain(ANN)
        first.received('{"text": "one"}')
        _, second = here.plain(ANN)
        second.received('{"text": "two"}')
        assert second.participant_id == first.participant_id == here.visitor(entry=ANN)[1].participant_id
        assert here.service.of_type(Arrived)[0].entry == ANN
        said = [line.message.text for line in here.service.logs[first.participant_id]]
        assert said == ["one", "two"]
        assert older.closed == 4001


class TestBySignedLink:
    def here(self):
        self.signer = LinkSigner(lambda: b"s" * 32)
        return Lab(arrivals=ArrivalReader(["sona"], self.signer))

    def test_a_signed_link_opens_its_seat_and_its_signature_goes_on_no_record(self):
        here = self.here()
        entry = {"sona": "12", "sig": self.signer.sign(identity_of("sona", "12"))}
        _, first = here.visitor(entry=entry)
        _, second = here.visitor(entry=entry)
        assert first.participant_id == second.participant_id
        assert [event.entry for event in here.service.of_type(Arrived)] == [{"sona": "12"}] * 2

    def test_an_id_without_its_signature_opens_nothing_and_the_seat_stays_whose_it_is(self):
        here = self.here()
        signature = self.signer.sign(identity_of("sona", "12"))
        owner, peer = here.visitor(entry={"sona": "12", "sig": signature})
        for entry in ({"sona": "12"}, {"sona": "12", "sig": "0" * 64}, {"sona": "13", "sig": signature}, {}):
            link, thief = here.visitor(entry=entry)
            assert thief.participant_id == ""
            assert link.frames[0]["reason"] == "link"
            assert link.frames[0]["again"] is False
            assert link.closed == 4003
            script, thief = here.plain(entry)
            assert script.closed == 4003
            thief.received('{"text": "hello?"}')
        assert owner.closed is None
        assert len(here.service.of_type(Arrived)) == 1
        assert not any(here.service.logs.values())
        # The seat's own token is as good as its link.
        token = owner.frames[0]["token"]
        assert here.visitor(token=token, entry={"sona": "12"})[1].participant_id == peer.participant_id
        assert here.visitor(token=token, entry={"sona": "13"})[1].participant_id == ""


class TestForASingleUse:
    def test_two_who_open_a_link_at_the_same_moment_do_not_get_the_same_seat(self):
        here = single_use()
        first, ann = here.visitor(entry=link_of("ann"))
        second, nobody = here.visitor(entry=link_of("ann"))
        assert [frame["type"] for frame in first.frames] == ["session"]
        assert [(frame["type"], frame["reason"]) for frame in second.frames] == [("ended", "link")]
        assert (first.closed, second.closed, nobody.participant_id) == (None, 4003, "")
        here.says(ann, "hello")
        assert first.seqs == [1]

    def test_who_was_cut_off_before_anything_was_said_opens_their_link_again(self):
        here = single_use()
        link, first = here.visitor(entry=link_of("ann"))
        again, second = here.visitor(token_of(link), entry=link_of("ann"))
        first.disconnected()
        assert here.visitor(entry=link_of("ann"))[0].closed == 4003
        second.disconnected()
        assert again.of_type("session")
        assert here.visitor(entry=link_of("ann"))[0].of_type("session")


def single_use() -> Lab:
    signer = LinkSigner(lambda: b"s" * 32)
    return Lab(arrivals=ArrivalReader(["who"], signer, DoorRules(single_use=True)))


def link_of(who: str) -> dict[str, str]:
    signer = LinkSigner(lambda: b"s" * 32)
    signer.open()
    return {"who": who, "sig": signer.sign(identity_of("who", who))}
