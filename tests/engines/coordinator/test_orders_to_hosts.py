"""What a host is told of a conversation besides words: also when it comes there late, or is there no longer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "service"))

import bot_models
from cluster_lab import LOST_AFTER, ClusterRehearsal, on_hosts
from operator_lab import CONFIG, HAGGLE, WORLDS, ask
from operator_lab import go as come
from test_hosted_talks import go, lab
from test_lost_hosts import kill, let_be_silent, wait_until

from parleyrun.engines.host_orders import BeatOrder, DropOrder, LeftOrder, MailOrder, ReleaseOrder, packed
from parleyrun.engines.hosted_run import HostedRun
from parleyrun.engines.hosts import Hosts
from parleyrun.engines.runs_connection import RunsConnection


def start_again(rehearsal: ClusterRehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have other hosts started in the place of those that are lost."""
    rehearsal.source._starts_again = True
    wait_until(lambda: rehearsal.runs())
    rehearsal.settle()


@pytest.fixture(autouse=True)
def _soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parleyrun.engines.host_replacement.AGAIN_AFTER_SECONDS", 0.01)


def test_who_left_and_whose_time_was_up_while_there_was_no_host_is_told_to_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tasks = {"interview": {"task_world": "Interview", "time_limit": 60}}
    with lab(disconnect_grace=10, tasks=tasks) as rehearsal:
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        (carl,) = go(rehearsal, "interview", "carl")
        kill(rehearsal)
        kill(rehearsal)
        ann.goes_away()
        rehearsal.advance(61)
        assert (bob.place, carl.place, rehearsal.runs()) == ("task", "task", {})
        start_again(rehearsal, monkeypatch)
        rehearsal.advance(10)
        assert (bob.place, ("Anna", "left") in bob.partners) == ("overworld", True)
        assert (carl.place, any("time" in text for text in carl.heard)) == ("overworld", True)


@pytest.mark.parametrize("what", ["is lost", "is to be emptied"])
def test_a_conversation_whose_host_is_no_longer_one_for_it_as_it_comes_goes_to_another(
    monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    with lab() as rehearsal:
        bring = rehearsal.hosts._bring
        chosen: list[str] = []

        def bring_late(run: HostedRun, connection: RunsConnection) -> None:
            chosen.append(connection.name)
            if len(chosen) == 1 and what == "is lost":
                rehearsal.hosts.leave(connection, what)
            elif len(chosen) == 1:
                rehearsal.hosts.drain(connection.name)
            bring(run, connection)

        monkeypatch.setattr(rehearsal.hosts, "_bring", bring_late)
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        ann.says("hello")
        assert bob.heard[-1] == "1 hello"
        assert len(set(chosen)) == 2
        assert rehearsal.runs()[chosen[-1]] == 1


def test_a_conversation_that_was_to_end_on_a_host_that_is_lost_ends() -> None:
    with lab() as rehearsal:
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        host = rehearsal.host_of_somebody()
        host.hold()
        let_be_silent(rehearsal, host)
        rehearsal.service.operators.ask("end", {"conversation": "pair/t_1"}, by="me")
        assert (ann.place, bob.place) == ("task", "task")
        rehearsal.advance(LOST_AFTER)
        assert (ann.place, bob.place) == ("overworld", "overworld")
        assert rehearsal.service.counts().conversations.ended == {"stopped": 1}


def test_a_host_is_lost_once_and_none_is_started_once_all_is_closed() -> None:
    with lab() as rehearsal:
        hosts = rehearsal.hosts
        go(rehearsal, "pair", "ann", "bob")
        (first, second) = hosts.connections
        hosts.leave(first, "it is away")
        hosts.leave(first, "it is away still")
        hosts.give_up(first, "it is dead")
        hosts.give_up(first, "it is dead still")
        assert (hosts.lost, [each.name for each in hosts.connections]) == (1, [second.name])
    hosts.give_up(second, "all is over")
    assert hosts.lost == 1


def test_whose_screen_begins_to_show_forms_is_told_to_their_host_at_its_next_beat() -> None:
    with lab() as rehearsal:
        ann, _bob = go(rehearsal, "pair", "ann", "bob")
        screens = rehearsal.host_of_somebody().runs._screens  # type: ignore[attr-defined]
        assert not screens[ann.id]
        ann.arrives(forms=True)
        rehearsal.advance(2)
        assert screens[ann.id]


def test_what_operators_set_for_a_bot_reaches_the_host_and_the_one_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bot_models.forget()
    with on_hosts({**CONFIG, "tasks": {"haggle": HAGGLE, "talk": HAGGLE}}, WORLDS) as rehearsal:
        (ann,) = come(rehearsal, "haggle", "ann")
        rehearsal.advance(60)
        for number in range(2):
            ask(rehearsal, "take", conversation="haggle/t_1", role="Seller") if not number else kill(rehearsal)
            rehearsal.advance(2)
            before = len(ann.heard)
            ann.says(f"how much? {number}")
            rehearsal.advance(60)
            assert not [line for line in ann.lines[before:] if line.message.id == "Seller"]
            assert len(ask(rehearsal, "held").held) == number + 1


def test_orders_for_what_is_not_there_and_one_that_is_none_keep_no_other_from_being_done(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with lab() as rehearsal:
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        host = rehearsal.host_of_somebody()
        (uid,) = host.runs._placed  # type: ignore[attr-defined]
        orders: list[Any] = [
            MailOrder("gone", 0, ()),
            LeftOrder("gone", 0),
            ReleaseOrder("gone"),
            DropOrder("gone", 1),
            DropOrder(uid, 0),  # of an epoch before
            "no order at all",
            BeatOrder(1_000),
        ]
        host.runs.take(packed(orders))
        ann.says("hello")
        assert bob.heard[-1] == "1 hello"
    assert caplog.text.count("an order could not be carried out") == 1


def test_hosts_that_serve_nobody_yet_can_be_closed() -> None:
    closed: list[str] = []

    class Source:
        def close(self) -> None:
            closed.append("source")

    class Replicas:
        def close(self) -> None:
            closed.append("replicas")

    hosts = Hosts(Source(), None, {}, LOST_AFTER, Replicas())  # type: ignore[arg-type]
    hosts.close()
    assert closed == ["replicas", "source"]
