"""A study's limits hold over its hosts as they do in one process."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from cluster_lab import ClusterRehearsal, on_hosts
from test_lost_hosts import wait_until

from parleyrun.core.bot_seats.bot_desk import BotMeans
from parleyrun.core.bot_seats.promises import Asker, Promise
from parleyrun.core.bot_seats.spending import Spending, SpendingLimit
from parleyrun.engines.host.asked_promises import AskedPromises
from parleyrun.engines.host_orders import PromiseOrder, PromiseOverReport, PromiseReport, SpentOrder, TookReport
from parleyrun.engines.host_promises import promises_of
from parleyrun.testing import FakeModel, FakeReply

ANSWER = "four words of answer"
OVER = "No more."


@pytest.fixture
def model() -> Iterator[FakeModel]:
    with FakeModel(ANSWER) as model:
        yield model


def lab(model: FakeModel, limits: dict[str, Any], store: Path | None = None, **more: Any) -> ClusterRehearsal:
    seller = {"model": "chat_completions", "base_url": model.base_url, "name": "fake", "check": False}
    task = {"task_world": "parleyrun.ready:Chat", "bots": {"Seller": "seller"}, "on_bot_error": {"say": OVER}}
    config = {"models": {"seller": {**seller, **more}}, "tasks": {"talk": task}, "limits": limits}
    return on_hosts(config, None, store=store)


def tokens(rehearsal: ClusterRehearsal) -> int:
    means = rehearsal.service._bot_means
    assert means is not None
    return means.study.tokens


def test_fifty_answers_at_once_on_two_hosts_do_not_go_far_beyond_a_limit(model: FakeModel) -> None:
    # Each takes 9 tokens.
    with lab(model, {"max_tokens_total": 100}, max_tokens=4) as rehearsal:
        people = [rehearsal.person(f"p{number}").arrives(opens=True) for number in range(50)]
        assert sorted(rehearsal.runs().values()) == [25, 25]
        model.then(*[FakeReply(text=ANSWER, first_token_seconds=0.02)] * 50)
        for person in people:
            rehearsal.channel.say(person.name, "hi")
        rehearsal.settle()
        assert 100 <= tokens(rehearsal) < 109
        assert len(model.requests) == tokens(rehearsal) // 9
        assert [person.heard[-1] for person in people].count(OVER) == 50 - len(model.requests)
        # Every host knows by now, and asks nobody any more.
        people[0].says("and now?")
        people[1].says("and now?")
        assert len(model.requests) == tokens(rehearsal) // 9


def test_what_a_lost_host_had_asked_for_counts_as_an_estimate_and_is_on_record(
    model: FakeModel, tmp_path: Path
) -> None:
    path = tmp_path / "talk.db"
    with lab(model, {"max_tokens_total": 10_000}, path, max_tokens=4) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        model.then(FakeReply(text=ANSWER, hangs=True))
        rehearsal.channel.say("ann", "hi")
        model.wait_for_requests(1)
        host = rehearsal.host_of_somebody()
        lost = rehearsal.hosts.lost
        host.kill()
        wait_until(lambda: rehearsal.hosts.lost > lost)
        model.release()
        rehearsal.settle()
        assert ann.heard[-1] == ANSWER
        estimated, answered = tokens(rehearsal) - 9, 9
        assert estimated >= 9
        rehearsal.crash()
        assert tokens(rehearsal) == estimated + answered
    with closing(sqlite3.connect(path)) as connection:
        columns = "kind, why, prompt_tokens + completion_tokens, tokens_estimated, model"
        rows = connection.execute(f"SELECT {columns} FROM study_answers ORDER BY kind").fetchall()
    assert rows == [
        ("overtaken", "its host was lost while it was made", estimated, 1, "seller"),
        ("spoke", "", answered, 0, "seller"),
    ]


ASKER = Asker(run_uid="u", record_id="bot:seller@u", model="seller")


def test_a_host_asks_for_what_fits_there_and_says_what_it_took_once() -> None:
    said: list[Any] = []
    promises = AskedPromises(said.append)
    own = Spending()
    limit = SpendingLimit(of=(promises.study,), max_cost=None, max_tokens=20, whose="the study")

    def ask(*limits: SpendingLimit, tokens: int = 8) -> Promise:
        promise = Promise((own, promises.study), limits, 0.0, tokens, ASKER)
        promises.make(promise)
        return promise

    first, second = ask(limit), ask(limit)
    third = ask(limit)  # does not fit beside the two, wherever else anybody asks: nobody is asked
    assert said == [PromiseReport(1, 0.0, 8, ASKER), PromiseReport(2, 0.0, 8, ASKER)]
    assert not any(each.is_decided for each in (first, second, third))
    promises.answer(PromiseOrder(1))
    promises.answer(PromiseOrder(2, "max_tokens_total of the study is reached: 20 of 20"))
    assert first.is_decided
    assert first.error is None
    assert "is reached" in str(second.error)
    promises.took((own, promises.study), 0.5, 3, first)
    promises.took((own, promises.study), 0.5, 3, first)
    promises.end(first)
    promises.end(second)
    assert said[2:] == [PromiseOverReport(1, 1.0, 6), PromiseReport(3, 0.0, 8, ASKER)]
    promises.answer(PromiseOrder(1))  # too late, and for nobody
    promises.took((own, promises.study), 0.0, 0, None)
    promises.took((own, promises.study), 0.25, 1, None)
    assert said[4:] == [TookReport(0.25, 1)]
    assert (own.tokens, promises.study.tokens) == (7, 7)
    promises.know(SpentOrder(9.0, 20))
    assert "20 of 20" in str(ask(limit).error)
    unlimited = ask()  # of a study without limits
    assert unlimited.is_decided
    assert len(said) == 5


def test_of_a_lost_host_what_waited_is_promised_to_others_and_what_it_says_late_counts_for_nothing() -> None:
    recorded: list[Any] = []
    means = BotMeans(
        seat=lambda name: None,
        study=Spending(),
        max_tokens_total=20,
        record=lambda uid, decision: recorded.append((uid, decision)),
    )
    promises = promises_of(means, lambda: 7.0)
    told: dict[str, list[Any]] = {"one": [], "two": []}
    one, two = (Mock(put=told[name].append) for name in ("one", "two"))
    for host in (one, two):
        promises.host_came(host)
    ask = promises.take
    ask(one, PromiseReport(1, 0.0, 12, ASKER))
    ask(one, PromiseReport(2, 0.0, 12, None))
    ask(two, PromiseReport(1, 0.0, 8, ASKER))
    ask(two, PromiseReport(2, 0.0, 6, ASKER))
    assert told == {"one": [PromiseOrder(1)], "two": [PromiseOrder(1)]}
    promises.host_lost(one)
    assert [(uid, d.answer.prompt_tokens, d.answer.failure) for uid, d in recorded] == [("u", 12, "cut off")]
    assert (means.study.tokens, means.study.promised_tokens) == (12, 8)
    promises.take(one, PromiseOverReport(1, 0.0, 12))
    promises.take(one, TookReport(0.0, 12))
    ask(one, PromiseReport(3, 0.0, 1, ASKER))
    assert means.study.tokens == 12
    promises.take(two, PromiseOverReport(1, 0.0, 8))
    # What waited goes by what is taken now, and whoever does not know that nothing is left is told so once.
    assert told["two"][1:] == [
        PromiseOrder(2, "max_tokens_total of the study is reached: 20 of 20"),
        SpentOrder(0.0, 20),
    ]
