"""A host that is lost takes nothing with it: its conversations go on elsewhere, where they were."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from cluster_lab import LOST_AFTER, ClusterRehearsal
from test_hosted_talks import go, lab

from parleyrun.config.texts import Texts
from parleyrun.engines.host_link import HostLost, HostOffer
from parleyrun.engines.hosted_run import HostedRun
from parleyrun.engines.hosts import REPLACED_AFTER_SECONDS, Hosts
from parleyrun.engines.local_link import LocalLink, LocalSource
from parleyrun.engines.runs_connection import RunsConnection
from parleyrun.errors import EngineError, OperatorError
from parleyrun.runner.turn import Outcome


def wait_until(holds: Callable[[], object]) -> None:
    """Wait for what happens on threads of its own."""
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.002)


def until_replaced(rehearsal: ClusterRehearsal, holds: Callable[[], object]) -> None:
    """Let time pass until another host is there for one that is lost, which is begun on threads of its own."""

    def passed() -> object:
        rehearsal.advance(REPLACED_AFTER_SECONDS / 4)
        return holds()

    wait_until(passed)


def let_be_silent(rehearsal: ClusterRehearsal, host: LocalLink) -> None:
    """Let so much time pass that nobody waits any more for a host that is held back; the others answer."""
    others = [connection for connection in rehearsal.hosts.connections if connection.link is not host]
    for _ in range(3):
        rehearsal.timers.advance(1)
        wait_until(lambda: all(connection.asked_at is None for connection in others))


def kill(rehearsal: ClusterRehearsal) -> None:
    """End the first host that has a conversation, as `kill -9` does."""
    lost = rehearsal.hosts.lost
    rehearsal.host_of_somebody().kill()
    wait_until(lambda: rehearsal.hosts.lost > lost)
    rehearsal.settle()


@pytest.mark.parametrize("durable", [False, True], ids=["in memory", "on disk"])
def test_a_pair_goes_on_with_the_same_partner_role_and_turn(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "record.db"
    with lab(path if durable else None) as rehearsal:
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        ann.says("one")
        kill(rehearsal)
        assert rehearsal.runs() in ({"one": 1}, {"two": 1})
        bob.says("two")
        ann.says("three")
        assert (ann.heard, bob.heard) == (["2 two"], ["1 one", "3 three"])
        assert (ann.role, bob.role) == ("Anna", "Bert")
        bob.says("bye")
        assert (ann.place, bob.place) == ("overworld", "overworld")
        assert rehearsal.hosts.moved_runs == 1
    if durable:
        with closing(sqlite3.connect(path)) as connection:
            runs = connection.execute("SELECT epoch, outcome FROM runs WHERE kind = 'task'").fetchall()
            lines = connection.execute(
                "SELECT count(*), count(DISTINCT text) FROM lines WHERE mine = 0 AND text GLOB '[0-9]*'"
            )
            assert runs == [(2, "finished")]
            assert lines.fetchone() == (4, 4)


def test_a_parley_that_waits_is_gone_on_with_from_where_it_was() -> None:
    with lab() as rehearsal:
        (ann,) = go(rehearsal, "interview", "ann")
        ann.says("Ann")
        kill(rehearsal)
        ann.says("Rome")
        assert ann.heard == ["name?", "town?", "Ann of Rome, 1", "name?"]


def test_what_was_said_while_nobody_read_it_is_read_where_the_conversation_goes_on() -> None:
    with lab() as rehearsal:
        (ann,) = go(rehearsal, "interview", "ann")
        host = rehearsal.host_of_somebody()
        host.hold()
        let_be_silent(rehearsal, host)
        ann.says("Ann", "Rome")
        assert ann.heard == ["name?"]
        rehearsal.advance(LOST_AFTER)
        assert ann.heard == ["name?", "town?", "Ann of Rome, 1", "name?"]
        assert {f.name: f.state for f in rehearsal.hosts.figures()}[host.offer.name] == "lost"


def test_a_host_that_only_seemed_dead_is_refused_whole_and_takes_new_conversations(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    with lab(tmp_path / "record.db") as rehearsal:
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        host = rehearsal.host_of_somebody()
        host.hold()
        before = host.batches
        rehearsal.channel.say("ann", "one")  # which it gets, and answers
        wait_until(lambda: host.batches > before)
        let_be_silent(rehearsal, host)
        rehearsal.advance(LOST_AFTER)
        assert bob.heard == ["1 one"]
        bob.says("two")
        host.let_go()
        wait_until(lambda: rehearsal.hosts.late_turns)
        wait_until(lambda: all(connection.asked_at is None for connection in rehearsal.hosts.connections))
        rehearsal.advance(3)
        assert (ann.heard, bob.heard) == (["2 two"], ["1 one"])
        assert rehearsal.hosts.late_turns >= 1
        assert "is refused: host" in caplog.text
        assert {f.state for f in rehearsal.hosts.figures()} == {"there"}
        go(rehearsal, "interview", "carl")
        assert sorted(rehearsal.runs().values()) == [1, 1]


def test_with_no_host_left_conversations_wait_and_after_a_while_newcomers_are_not_let_in() -> None:
    with lab() as rehearsal:
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        kill(rehearsal)
        kill(rehearsal)
        assert rehearsal.runs() == {}
        assert rehearsal.service.trouble() == "1 conversations wait for a host"
        ann.says("anybody?")
        assert bob.heard == []
        early = rehearsal.person("early").arrives(opens=True)  # another host may be there before they need it
        assert (early.place, rehearsal.service.counts().busy) == ("overworld", False)
        rehearsal.advance(LOST_AFTER)
        assert rehearsal.service.counts().busy
        late = rehearsal.person("late").arrives(opens=True)
        late.says("hello")
        assert late.heard[-1] == Texts().full
        rehearsal.service.operators.ask("end", {"conversation": "pair/t_1"}, by="me")
        rehearsal.settle()
        assert (ann.place, bob.place) == ("overworld", "overworld")


def test_newcomers_are_let_in_while_the_last_host_is_only_slow_and_talk_once_it_answers() -> None:
    with lab() as rehearsal:
        go(rehearsal, "pair", "ann", "bob")
        kill(rehearsal)
        rehearsal.advance(LOST_AFTER)
        host = rehearsal.host_of_somebody()
        host.hold()
        let_be_silent(rehearsal, host)
        assert [figures.state for figures in rehearsal.hosts.figures()] == ["silent"]
        (carl,) = go(rehearsal, "interview", "carl")
        assert rehearsal.service.counts().refused == 0
        assert rehearsal.service.trouble() == "1 conversations wait for a host"
        host.let_go()
        wait_until(lambda: rehearsal.hosts.connections[-1].asked_at is None)
        rehearsal.advance(1)
        wait_until(lambda: carl.heard == ["name?"])


@pytest.mark.parametrize("is_over", [False, True], ids=["is to end", "has ended"])
def test_a_conversation_that_is_stopped_on_its_way_to_a_host_ends(
    monkeypatch: pytest.MonkeyPatch, is_over: bool
) -> None:
    with lab() as rehearsal:
        bring = rehearsal.hosts._bring

        def bring_late(run: HostedRun, connection: RunsConnection) -> None:
            run.stopped = Outcome("stopped", "an operator ended it")
            if is_over:
                rehearsal.hosts.end_here(run)
            bring(run, connection)

        monkeypatch.setattr(rehearsal.hosts, "_bring", bring_late)
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        assert (ann.place, bob.place, rehearsal.runs()) == ("overworld", "overworld", {"one": 0, "two": 0})
        assert rehearsal.service.counts().conversations.ended == {"stopped": 1}


def test_another_host_is_started_in_the_place_of_a_lost_one_however_often_that_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failures: list[Exception] = [EngineError("there is no room"), RuntimeError("the cluster is away")]

    def again(source: LocalSource, offer: HostOffer) -> LocalLink:
        if failures:
            raise failures.pop()
        return start(source, offer)

    start = LocalSource.again
    monkeypatch.setattr(LocalSource, "again", again)
    with lab() as rehearsal:
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        rehearsal.source._starts_again = True
        monkeypatch.setattr("parleyrun.engines.host_replacement.AGAIN_AFTER_SECONDS", 0.01)
        ann.says("one")
        kill(rehearsal)
        kill(rehearsal)
        until_replaced(rehearsal, lambda: len(rehearsal.runs()) == 2)
        rehearsal.settle()
        bob.says("two")
        assert (ann.heard, sorted(rehearsal.runs().values())) == (["2 two"], [0, 1])
    assert "RuntimeError: the cluster is away" in caplog.text


def test_the_conversations_of_a_lost_host_go_on_before_another_one_is_started(tmp_path: Path) -> None:
    with lab(tmp_path / "record.db") as rehearsal:
        rehearsal.source._starts_again = True
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        ann.says("one")
        kill(rehearsal)
        bob.says("two")
        assert (ann.heard, len(rehearsal.runs())) == (["2 two"], 1)
        until_replaced(rehearsal, lambda: len(rehearsal.runs()) == 2)


def test_the_only_host_is_replaced_at_once() -> None:
    with lab() as rehearsal:
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        kill(rehearsal)
        rehearsal.source._starts_again = True
        kill(rehearsal)
        wait_until(lambda: list(rehearsal.runs().values()) == [1])
        rehearsal.settle()
        ann.says("one")
        assert bob.heard == ["1 one"]


def test_what_a_host_reports_before_the_record_is_open_keeps_nothing_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = Hosts.start

    def start_and_hear_of_them(hosts: Hosts) -> None:
        start(hosts)
        for connection in hosts.connections:
            connection.beat()
        wait_until(lambda: all(connection.asked_at is None for connection in hosts.connections))

    monkeypatch.setattr(Hosts, "start", start_and_hear_of_them)
    with lab(tmp_path / "record.db") as rehearsal:
        _, bob = go(rehearsal, "pair", "ann", "bob")
        rehearsal.channel.say("ann", "one")
        wait_until(lambda: bob.heard == ["1 one"])


def test_a_host_that_comes_as_all_is_closed_is_ended() -> None:
    with lab() as rehearsal:
        pass
    late = rehearsal.source._start(HostOffer(name="late"))
    rehearsal.hosts._connect(late)
    assert "late" not in rehearsal.runs()
    with pytest.raises(HostLost, match="it was ended"):
        late.receive()


def test_a_host_is_emptied_between_two_parleys_and_filled_again() -> None:
    with lab() as rehearsal:
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        (carl,) = go(rehearsal, "interview", "carl")
        ann.says("one")
        carl.says("Carl")
        assert rehearsal.runs() == {"one": 1, "two": 1}
        asked = rehearsal.service.operators
        shown = asked.ask("hosts", {}, by="me").hosts  # type: ignore[union-attr]
        assert [(host.name, host.state, host.runs) for host in shown] == [("one", "there", 1), ("two", "there", 1)]
        asked.ask("drain", {"host": "one"}, by="me")
        rehearsal.settle()
        assert [host.state for host in rehearsal.service.hosts()] == ["draining", "there"]
        assert rehearsal.runs() == {"one": 0, "two": 2}
        bob.says("two")
        carl.says("Rome")
        assert (ann.heard, carl.heard[-2:]) == (["2 two"], ["Carl of Rome, 1", "name?"])
        with pytest.raises(OperatorError, match="no other host"):
            rehearsal.hosts.drain("two")
        with pytest.raises(OperatorError, match=r"name of a host \(one, two\), got 'three'"):
            rehearsal.hosts.drain("three")
        with pytest.raises(OperatorError, match=r"name of a host \(one, two\), got 'three'"):
            rehearsal.hosts.fill("three")
        asked.ask("fill", {"host": "one"}, by="me")
        rehearsal.hosts.drain("two")  # back to where they were before
        rehearsal.settle()
        ann.says("three")
        carl.says("Carla")
        assert (bob.heard[-1], carl.heard[-1], rehearsal.runs()) == ("3 three", "town?", {"one": 2, "two": 0})


def test_all_hosts_are_replaced_one_at_a_time_while_people_talk_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    with lab(path) as rehearsal:
        rehearsal.source._starts_again = True
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        (carl,) = go(rehearsal, "interview", "carl")
        for round, name in enumerate(("one", "two", "one"), start=1):
            ann.says(f"{name}, {round}")
            rehearsal.service.operators.ask("drain", {"host": name}, by="me")
            bob.says(f"drained, {round}")
            rehearsal.settle()
            carl.says(f"Carl {round}" if round % 2 else "Rome")
            assert rehearsal.runs()[name] == 0
            old = rehearsal.host(name)
            old.kill()
            until_replaced(
                rehearsal,
                lambda old=old, name=name: rehearsal.host(name) is not old and len(rehearsal.runs()) == 2,
            )
            rehearsal.settle()
            assert {figures.state for figures in rehearsal.hosts.figures()} == {"there"}
        assert ann.heard == ["2 drained, 1", "4 drained, 2", "6 drained, 3"]
        assert bob.heard == ["1 one, 1", "3 two, 2", "5 one, 3"]
        assert carl.heard == ["name?", "town?", "Carl 1 of Rome, 1", "name?", "town?"]
        assert (rehearsal.hosts.late_turns, rehearsal.hosts.lost) == (0, 3)
    with closing(sqlite3.connect(path)) as connection:
        rows = "SELECT count(*), count(DISTINCT text) FROM lines WHERE mine = 0 AND text GLOB '[0-9]*'"
        assert connection.execute(rows).fetchone() == (6, 6)


def test_a_world_that_cannot_be_pickled_ends_with_its_host_and_its_people_are_told() -> None:
    with lab() as rehearsal:
        ann, bob = go(rehearsal, "messy", "ann", "bob")
        ann.says("one")
        kill(rehearsal)
        assert (ann.place, bob.place) == ("overworld", "overworld")
        assert rehearsal.service.counts().conversations.ended == {"stopped": 1}


def test_who_has_left_has_left_on_the_next_host_too() -> None:
    with lab(disconnect_grace=10, tick_seconds=3600) as rehearsal:
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        host = rehearsal.host_of_somebody()
        host.hold()
        let_be_silent(rehearsal, host)
        ann.goes_away()
        rehearsal.advance(30)
        assert bob.place == "overworld"
        assert ("Anna", "left") in bob.partners
