"""What models take, and the limits of it: with many answers at once, between requests, of tries that broke off."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from types import SimpleNamespace

import pytest

from parleyrun import archive
from parleyrun.testing import FakeModel, FakeReply, rehearse

CHAT = "parleyrun.ready:Chat"
OVER = "No more."
PATIENCE_SECONDS = 30.0


@pytest.fixture
def model():
    with FakeModel("four words of answer") as model:
        yield model


def config(model, *, limits=None, task=None, opt=None, **seller):
    entry = {"model": "chat_completions", "base_url": model.base_url, "name": "fake", "check": False, **seller}
    talk = {"task_world": CHAT, "bots": {"Seller": "seller"}, "on_bot_error": {"say": OVER}, **(task or {})}
    return {"models": {"seller": entry}, "tasks": {"talk": talk}, "limits": limits or {}, "opt": opt or {}}


def counted(rehearsal):
    study = rehearsal.service._bot_means.study
    return study.cost, study.tokens


def kept_decisions(path, columns):
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(f"SELECT {columns} FROM study_answers ORDER BY n").fetchall()


def test_fifty_answers_at_once_do_not_go_far_beyond_a_limit(model):
    # Each takes 9 tokens.
    with rehearse(config(model, limits={"max_tokens_total": 100}, max_tokens=4)) as rehearsal:
        people = [rehearsal.person(f"p{number}").arrives(opens=True) for number in range(50)]
        model.then(*[FakeReply(text="four words of answer", first_token_seconds=0.05)] * 50)
        for person in people:
            rehearsal.channel.say(person.name, "hi")
        rehearsal.settle()
        assert 100 <= counted(rehearsal)[1] < 109
        assert len(model.requests) == counted(rehearsal)[1] // 9
        assert [person.heard[-1] for person in people].count(OVER) == 50 - len(model.requests)


def test_what_fits_beside_the_others_is_asked_for_at_the_same_time(model):
    with rehearse(config(model, limits={"max_tokens_total": 2_000}, max_tokens=4)) as rehearsal:
        people = [rehearsal.person(f"p{number}").arrives(opens=True) for number in range(20)]
        model.then(*[FakeReply(text="Hi", hangs=True)] * 20)
        for person in people:
            rehearsal.channel.say(person.name, "hi")
        model.wait_for_requests(20)
        model.release()
        rehearsal.settle()
        assert {person.heard[-1] for person in people} == {"Hi"}


def look_up(word: str) -> str:
    return f"{word} is nothing"


def test_a_limit_is_looked_at_before_each_request_of_an_answer_that_calls_functions(model):
    calls = FakeReply(text="", tool_calls=[("look_up", {"word": "x"})])
    model.then(*[calls] * 7)
    worlds = SimpleNamespace(look_up=look_up)
    values = config(model, limits={"max_tokens_total": 12}, tools=["look_up"]) | {"world_module": "worlds"}
    with rehearse(values, worlds=worlds) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        ann.says("hi")
        assert ann.heard[-1] == OVER
        # 6 tokens, and 6 and more with the result of the function behind them.
        assert len(model.requests) == 2
        assert counted(rehearsal)[1] == 23


BROKEN = FakeReply(text="one two three four", cut_after=3)


def test_tries_that_broke_off_count_by_what_had_come_and_are_marked_as_estimates(model, tmp_path):
    path = tmp_path / "talk.db"
    model.then(BROKEN, BROKEN)
    with rehearse(config(model, tries=2, price={"prompt": 1e6, "completion": 1e6}), store=path) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        rehearsal.channel.say("ann", "hi")
        rehearsal.advance(60)
        assert ann.heard[-1] == OVER
        # Twice the prompt (6 and a part of a message) and "one two".
        assert counted(rehearsal) == (2 * (6 + 3), 2 * (6 + 3))
    [row] = kept_decisions(path, "kind, prompt_tokens, completion_tokens, tokens_estimated, cost, tries")
    assert row == ("failed", 12, 6, 1, 18.0, 2)


def test_an_answer_that_came_at_the_second_try_counts_the_first_one_too(model, tmp_path):
    path = tmp_path / "talk.db"
    model.then(BROKEN)
    with rehearse(config(model), store=path) as rehearsal:
        rehearsal.person("ann").arrives(opens=True)
        rehearsal.channel.say("ann", "hi")
        rehearsal.advance(60)
    [row] = kept_decisions(path, "kind, prompt_tokens, completion_tokens, tokens_estimated, tries")
    assert row == ("spoke", 6 + 5, 3 + 4, 1, 2)


def test_an_answer_that_took_too_long_counts_its_prompt(tmp_path):
    path = tmp_path / "talk.db"
    with (
        FakeModel(FakeReply(hangs=True)) as model,
        rehearse(config(model, tries=1, timeout_seconds=0.1), store=path) as rehearsal,
    ):
        rehearsal.person("ann").arrives(opens=True).says("hi")
        assert counted(rehearsal)[1] == 6
    assert kept_decisions(path, "prompt_tokens, completion_tokens, tokens_estimated") == [(6, 0, 1)]


@pytest.mark.parametrize("status", [429, 500, 401])
def test_what_a_server_refuses_counts_for_nothing(status):
    with FakeModel(FakeReply(status=status)) as model, rehearse(config(model, tries=1)) as rehearsal:
        rehearsal.person("ann").arrives(opens=True).says("hi")
        assert counted(rehearsal) == (0.0, 0)


def moderated(model, path, **more):
    return rehearse(
        {
            "models": {"guard": config(model, price={"prompt": 1e6})["models"]["seller"]},
            "moderation": {"model": "guard"},
            "tasks": {"talk": {"task_world": CHAT, "agents_required": 2}},
            **more,
        },
        store=path,
    )


def two_talk(rehearsal):
    return [rehearsal.person(name).arrives(opens=True) for name in ("ann", "bob")]


def test_what_the_moderator_takes_is_on_record_and_counts_after_a_restart(tmp_path):
    path = tmp_path / "talk.db"
    with FakeModel("allow") as model, moderated(model, path, limits={"max_cost": 60}) as rehearsal:
        ann, bob = two_talk(rehearsal)
        ann.says("one")
        taken = counted(rehearsal)
        assert taken[0] > 0
        rehearsal.crash()
        assert counted(rehearsal) == taken
        ann.says("two")
        ann.says("three")
        ann.says("four")
        # What goes beyond the limit is still asked about, and then nothing is delivered any more.
        assert bob.heard[-1] != "four"
        assert counted(rehearsal)[0] >= 60
    rows = kept_decisions(path, "kind, participant_id, role, model, text, cost")
    assert rows[0] == ("moderated", "bot:moderation", None, "guard", "allow", taken[0])
    assert sum(row[-1] for row in rows) >= 60
    with archive.open(path) as opened:
        exported = list(opened.answers())
        assert [row["participant"] for row in exported] == ["bot:moderation"] * len(rows)


def test_an_answer_that_nobody_waited_for_is_on_record_with_what_it_took(model, tmp_path):
    path = tmp_path / "talk.db"
    with rehearse(config(model), store=path) as rehearsal:
        rehearsal.person("ann").arrives(opens=True)
        model.then(FakeReply(text="four words of answer", hangs=True))
        rehearsal.channel.say("ann", "hi")
        model.wait_for_requests(1)
        with closing(sqlite3.connect(path)) as connection, connection:
            [(uid,)] = connection.execute("SELECT uid FROM runs WHERE kind = 'task'").fetchall()
        ended = rehearsal.service._runner._runs[uid].future
        rehearsal.service.bot_conversations.stop(uid, "enough")
        # Only once the run has let go of it is an answer one that nobody waits for.
        assert ended.result(PATIENCE_SECONDS).kind == "stopped"
        model.release()
        rehearsal.settle()
        # It is hung up as its first word comes: the prompt was paid for.
        taken = counted(rehearsal)[1]
        assert taken == 6
        rehearsal.crash()
        assert counted(rehearsal)[1] == taken
    rows = kept_decisions(path, "kind, why, prompt_tokens + completion_tokens")
    assert rows == [("overtaken", "nobody waited for it any more", taken)]


@pytest.mark.parametrize("bots", ["bots", "moderation"])
def test_once_a_studys_limit_is_reached_newcomers_of_tasks_that_need_models_are_told_so(bots):
    with FakeModel("allow") as model:
        limits = {"max_tokens_total": 5}
        values = config(model, limits=limits)
        if bots == "moderation":
            values["moderation"] = {"model": "seller"}
            values["tasks"]["talk"] = {"task_world": CHAT, "agents_required": 2}
        values["tasks"]["people"] = {"task_world": CHAT, "agents_required": 2}
        with rehearse(values) as rehearsal:
            people = [rehearsal.person(name).arrives(opens=True) for name in ("ann", "bob")]
            for person in people:
                person.says("talk")
            assert rehearsal.service.shortage() is None
            people[0].says("hi")
            assert "is reached" in rehearsal.service.shortage()
            cem = rehearsal.person("cem").arrives(opens=True)
            cem.says("talk")
            cem.sees("We have as many people as we need for now.")
            assert (cem.place, people[0].place) == ("overworld", "task")
            requests = len(model.requests)
            people[0].says("and now?")
            assert len(model.requests) == requests
            cem.says("people")
            assert cem.place == ("waiting" if bots == "bots" else "overworld")


def test_a_task_whose_bot_has_a_spare_model_still_lets_people_in(model):
    values = config(model, limits={"max_tokens_total": 5}, task={"on_bot_error": {"replace_with": "spare"}})
    values["models"]["spare"] = {"model": "fixed", "text": "the spare"}
    with rehearse(values) as rehearsal:
        rehearsal.person("ann").arrives(opens=True).says("hi")
        bob = rehearsal.person("bob").arrives(opens=True)
        bob.says("hi")
        assert bob.heard[-1] == "the spare"
