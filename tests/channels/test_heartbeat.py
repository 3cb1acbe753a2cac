"""A page that is silent is asked whether it is there, and let go when it is not."""

from __future__ import annotations

from channel_lab import Lab, send

from parleyrun.channels.browser.v1_peer import ASK_AFTER_SECONDS, DEAD_AFTER_SECONDS

ASKED = {"type": "ping"}


def test_a_page_that_asks_is_answered():
    link, peer = Lab().visitor()
    send(peer, "ping")
    assert link.frames[-1] == {"type": "pong"}


def test_a_silent_page_is_asked_and_one_that_answers_stays():
    lab = Lab()
    link, peer = lab.visitor()
    send(peer, "ping")
    for _ in range(10):
        lab.seconds += ASK_AFTER_SECONDS - 0.1
        peer.beat()
        assert ASKED not in link.frames
        lab.seconds += 0.1
        peer.beat()
        assert link.frames[-1] == ASKED
        send(peer, "pong")
        link.frames.clear()
        peer.beat()
        assert link.frames == []
    assert not link.dropped


def test_one_that_answers_nothing_is_dropped_within_the_named_time():
    lab = Lab()
    link, peer = lab.visitor()
    send(peer, "ping")
    lab.seconds += DEAD_AFTER_SECONDS - 0.1
    peer.beat()
    assert not link.dropped
    lab.seconds += 0.1
    peer.beat()
    assert link.dropped


def test_any_frame_is_a_sign_of_life():
    lab = Lab()
    link, peer = lab.visitor()
    send(peer, "ping")
    for kind, frame in (
        ("typing", {"on": True}),
        ("read", {"seq": 0}),
        ("message", {"message_id": "1", "text": "a"}),
    ):
        lab.seconds += DEAD_AFTER_SECONDS - 1
        send(peer, kind, **frame)
        peer.beat()
    assert not link.dropped


def test_a_client_that_knows_no_heartbeat_is_left_in_peace():
    lab = Lab()
    for link, peer in (lab.visitor(), lab.plain()):
        lab.seconds += 1_000
        peer.beat()
        assert not link.dropped
        assert ASKED not in link.frames
