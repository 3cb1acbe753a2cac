"""Bots that behave in a run as people do: they answer when they like, and the world goes on meanwhile."""

import threading

import pytest
from bots_at_table import Thinker, bot_of, decisions, failing, settings
from runner_table import PATIENCE_SECONDS

from parleyrun import BotAgent, ModelError, Outcome, World
from parleyrun.core.bot_seats.bot_desk import BotMeans
from parleyrun.core.bot_seats.bot_settings import OnBotError, Pace, ReplyPolicy
from parleyrun.core.bot_seats.spending import Spending


class Chat(World):
    """Everybody is shown what everybody says."""

    done = False

    def parley(self):
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                for other in self.agents:
                    if other is not agent:
                        other.observe(act)
                self.done = self.done or act["text"] == "bye"

    def episode_done(self):
        return self.done


def chat_with(*bots, built=None):
    def build(agents):
        for number, agent in enumerate(agents, 1):
            agent.disp_id = f"P{number}"
        world = Chat({}, [*agents, *bots])
        if built is not None:
            built.append(world)
        return world

    return build


def test_a_bot_answers_what_a_person_says_without_having_been_waited_for(table, thinker):
    table.launch(chat_with(bot_of(thinker)), "ann")
    table.says("ann", "hello")
    assert table.heard("ann") == ["1 heard"]
    table.says("ann", "and again")
    assert table.heard("ann") == ["1 heard", "2 heard"]


def test_two_people_talk_on_while_a_bot_thinks(make_table, thinker):
    table = make_table(max_workers=1)
    thinker.go_on.clear()
    table.launch(chat_with(bot_of(thinker)), "ann", "bob")
    heard = threading.Semaphore(0)
    table.on_commit = lambda turn: [heard.release() for said in turn.said if said.participant_id == "memory:bob"]
    table.says("ann", "hello", settle=False)
    thinker.await_asked()
    table.says("ann", "are you there?", settle=False)
    assert heard.acquire(timeout=PATIENCE_SECONDS)
    assert heard.acquire(timeout=PATIENCE_SECONDS)
    assert table.heard("bob") == ["hello", "are you there?"]
    thinker.go_on.set()
    table.settle()


def is_overtaken(table, thinker):
    """Ann says something, and something else while the answer to that is made."""
    taken = threading.Semaphore(0)
    table.on_commit = lambda turn: [taken.release() for _ in turn.consumed]
    table.says("ann", "hello", settle=False)
    thinker.await_asked()
    table.says("ann", "no, wait", settle=False)
    assert taken.acquire(timeout=PATIENCE_SECONDS)
    assert taken.acquire(timeout=PATIENCE_SECONDS)
    thinker.go_on.set()
    table.settle()


@pytest.mark.parametrize(
    ("overtaken", "heard", "decided"),
    [
        ("ask_again", ["2 heard"], [("overtaken", "asked again"), ("spoke", "")]),
        ("say", ["1 heard", "2 heard"], [("spoke", ""), ("spoke", "")]),
        ("drop", [], [("overtaken", "dropped")]),
    ],
)
def test_an_answer_that_was_overtaken_by_new_lines(table, thinker, overtaken, heard, decided):
    thinker.go_on.clear()
    table.launch(chat_with(bot_of(thinker, overtaken=overtaken)), "ann")
    is_overtaken(table, thinker)
    assert table.heard("ann") == heard
    assert decisions(table) == decided


def test_an_answer_that_is_overtaken_each_time_is_made_anew_three_times_and_then_said(table, thinker):
    taken = threading.Semaphore(0)
    table.on_commit = lambda turn: [taken.release() for _ in turn.consumed]

    def writes_on(model):
        assert taken.acquire(timeout=PATIENCE_SECONDS)
        if len(model.heard) < 6:
            table.says("ann", "and", settle=False)
            assert taken.acquire(timeout=PATIENCE_SECONDS)
            taken.release()
        return f"{len(model.heard)} heard"

    thinker.script = writes_on
    table.launch(chat_with(bot_of(thinker)), "ann")
    table.says("ann", "hello")
    assert table.heard("ann")[0] == "4 heard"
    assert decisions(table)[:4] == [
        *[("overtaken", "asked again")] * 3,
        ("spoke", "overtaken again after 3 times"),
    ]


def test_what_a_bot_that_was_overtaken_had_in_mind_it_does_not_remember(table, thinker):
    thinker.go_on.clear()
    bot = bot_of(thinker)
    table.launch(chat_with(bot), "ann")
    is_overtaken(table, thinker)
    assert bot.model.said == ["2 heard"]
    assert [text for _, text in bot.model.heard] == ["hello", "no, wait"]


def test_its_log_holds_what_it_was_shown_and_said_and_its_partners_copy_names_that_line(table, thinker):
    table.launch(chat_with(bot_of(thinker)), "ann")
    table.says("ann", "hello")
    [seat] = [seat for turn in table.turns for seat in turn.bots]
    assert (seat.participant_id, seat.role, seat.position) == ("bot:thinker@uid1", "Bot", 1)
    assert (seat.model, seat.disclosed) == ("thinker", True)
    lines = [line for turn in table.turns for line in turn.bot_lines]
    found = [(line.seq, line.message.text, line.mine) for line in lines]
    assert found == [(1, "hello", False), (2, "1 heard", True)]
    [said] = [said for turn in table.turns for said in turn.said]
    assert said.message.carried_line == "bot:thinker@uid1#2"
    assert said.message.extra == {"bot": True}
    [decision] = [each for turn in table.turns for each in turn.decisions]
    assert (decision.seq, decision.answer.text, decision.answer.cost) == (2, "1 heard", 0.5)


def test_the_line_of_an_undisclosed_bot_holds_nothing_that_a_persons_does_not(table, thinker):
    table.launch(chat_with(bot_of(thinker, disclose=False)), "ann", "bob")
    table.says("ann", "hello")
    [of_bot] = [said.message for turn in table.turns for said in turn.said if said.message.id == "Bot"][:1]
    [of_ann] = [said.message for turn in table.turns for said in turn.said if said.message.id == "P1"][:1]
    assert of_bot.extra == of_ann.extra == {}
    assert of_bot.carried_line is not None


def test_a_bot_that_is_not_addressed_keeps_silent_on_record(table, thinker):
    table.launch(chat_with(bot_of(thinker, reply=ReplyPolicy(kind="when_addressed"))), "ann", "bob")
    table.says("ann", "hello bob, not a robot")
    assert table.heard("ann") == []
    table.says("ann", "what do you say, bot?")
    assert table.heard("ann") == ["2 heard"]
    assert decisions(table) == [("silent", "not addressed"), ("spoke", "")]


def test_after_three_messages_or_twenty_seconds_of_silence(table, thinker):
    reply = ReplyPolicy(kind="after", messages=3, silence_seconds=20)
    table.launch(chat_with(bot_of(thinker, reply=reply)), "ann", "bob")
    table.says("ann", "one")
    table.says("bob", "two")
    assert table.heard("ann") == ["two"]
    table.says("ann", "three")
    assert table.heard("ann") == ["two", "3 heard"]
    table.says("bob", "four")
    table.advance(15)
    assert table.heard("ann") == ["two", "3 heard", "four"]
    table.advance(6)
    assert table.heard("ann") == ["two", "3 heard", "four", "4 heard"]
    table.advance(60)
    assert table.heard("ann")[-1] == "4 heard"


def test_in_turn_it_waits_until_everybody_else_has_spoken(table, thinker):
    table.launch(chat_with(bot_of(thinker, reply=ReplyPolicy(kind="in_turn"))), "ann", "bob")
    table.says("ann", "one", "two")
    assert table.heard("bob") == ["one", "two"]
    table.says("bob", "three")
    assert table.heard("bob") == ["one", "two", "3 heard"]


def test_a_callable_decides_with_the_seat_and_what_it_was_shown(table, thinker):
    asked = []

    def decides(seat, acts):
        asked.append((seat.role, [act["text"] for act in acts]))
        return acts[-1]["text"].endswith("?")

    table.launch(chat_with(bot_of(thinker, reply=ReplyPolicy(kind="callable", decides=decides))), "ann")
    table.says("ann", "hm")
    table.says("ann", "well?")
    assert asked == [("Bot", ["hm"]), ("Bot", ["hm", "well?"])]
    assert table.heard("ann") == ["2 heard"]


def test_bots_do_not_answer_each_other_without_end(table):
    one, two = Thinker(), Thinker()
    one.go_on.set(), two.go_on.set()
    bots = [
        BotAgent(model, f"bot:{name}", role=name, settings=settings(max_bot_turns=3))
        for name, model in (("One", one), ("Two", two))
    ]
    table.launch(chat_with(*bots), "ann")
    table.says("ann", "go")
    assert len(table.heard("ann")) == 3
    assert ("silent", "bots have said max_bot_turns lines in a row") in decisions(table)
    table.advance(60)
    assert len(table.heard("ann")) == 3
    table.says("ann", "and on")
    assert len(table.heard("ann")) == 6


def test_a_bot_that_begins_speaks_before_anybody_has(table, thinker):
    table.launch(chat_with(bot_of(thinker, begins=True)), "ann")
    assert table.heard("ann") == ["0 heard"]


def test_a_bots_pace_is_a_persons_and_the_same_for_the_same_seed(make_table, thinker):
    def times(seed):
        table = make_table()
        pace = Pace(reading_words_per_minute=60, typing_words_per_minute=60, jitter=0.5, seed=seed)
        table.launch(chat_with(bot_of(thinker, pace=pace, disclose=False)), "ann")
        began = table.timers.clock.monotonic()
        table.says("ann", "x" * 50)  # ten words, so ten seconds but for the jitter
        found = []
        for _ in range(400):
            table.advance(0.1)
            while len(found) < len(table.bot_signs) + len(table.heard("ann")):
                found.append(round(table.timers.clock.monotonic() - began, 1))
        assert [sign[0] for sign in table.bot_signs] == ["read", "typing", "typing"]
        assert table.heard("ann") == ["1 heard"]
        return found

    first = times(1)
    assert first == times(1)
    assert first != times(2)
    assert 5 <= first[0] <= 15  # read, and begins to type
    assert 1 <= first[-1] - first[0] <= 3  # two words


def test_the_words_of_an_answer_are_shown_while_they_come_to_those_that_the_world_names(table, thinker):
    bot = bot_of(thinker)
    table.launch(chat_with(bot), "ann")
    bot.stream_to = [bot.message_partners[0]]
    table.says("ann", "hello")
    assert table.bot_signs == [
        ("read", "memory:ann", "Bot", "memory:ann#2"),
        ("typing", "memory:ann", "Bot", True),
        ("growing", "memory:ann", "Bot", "1 h"),
        ("typing", "memory:ann", "Bot", False),
    ]


def typing_signs(table):
    return [sign[-1] for sign in table.bot_signs if sign[0] == "typing"]


def test_that_a_bot_types_is_said_again_as_long_as_it_thinks(table, thinker):
    thinker.go_on.clear()
    table.launch(chat_with(bot_of(thinker)), "ann")
    table.says("ann", "hello", settle=False)
    thinker.await_asked()
    for _ in range(4):
        table.timers.advance(5)
    assert typing_signs(table) == [True] * 5
    thinker.go_on.set()
    table.settle()
    table.advance(60)
    assert typing_signs(table) == [*[True] * 5, False]


def test_a_bot_whose_conversation_is_over_types_no_more(table, thinker):
    thinker.go_on.clear()
    future, _, _ = table.launch(chat_with(bot_of(thinker)), "ann")
    table.says("ann", "hello", settle=False)
    thinker.await_asked()
    table.says("ann", "bye", settle=False)
    future.result(PATIENCE_SECONDS)
    table.timers.advance(30)
    assert typing_signs(table) == [True, False]


def test_a_model_that_fails_ends_its_conversation_and_no_other(table, thinker):
    thinker.script = failing
    future, _, _ = table.launch(chat_with(bot_of(thinker)), "ann")
    other, _, _ = table.launch(chat_with(), "bob", "cem")
    table.says("ann", "hello")
    table.says("bob", "hi")
    assert isinstance(future.exception(timeout=PATIENCE_SECONDS), ModelError)
    assert table.heard("cem") == ["hi"]
    assert not other.done()
    [failed] = [each for turn in table.turns for each in turn.decisions]
    assert (failed.kind, failed.why, failed.answer.failure) == ("failed", "the server is gone", "unreachable")


def test_where_its_model_fails_a_bot_says_what_the_task_says(table, thinker):
    thinker.script = failing
    table.launch(chat_with(bot_of(thinker, on_error=OnBotError(say="One moment, please."))), "ann")
    table.says("ann", "hello")
    assert table.heard("ann") == ["One moment, please."]
    assert decisions(table) == [("failed", "the server is gone")]


def test_where_its_model_fails_another_goes_on_that_knows_what_was_said(make_table, thinker):
    other = Thinker(lambda model: f"took over: {model.heard} {model.said}")
    other.go_on.set()
    means = BotMeans(seat={"other": other}.__getitem__, study=Spending())
    table = make_table(bot_means=means)
    bot = bot_of(thinker, on_error=OnBotError(replace_with="other"))
    table.launch(chat_with(bot), "ann")
    table.says("ann", "hello")
    bot.model.script = failing
    table.says("ann", "and?")
    assert table.heard("ann") == ["1 heard", "took over: [('P1', 'hello'), ('P1', 'and?')] ['1 heard']"]


def test_an_exception_of_an_authors_own_model_is_the_runs_exception_with_its_traceback(table, thinker):
    thinker.script = lambda model: 1 // 0
    future, _, _ = table.launch(chat_with(bot_of(thinker)), "ann")
    table.says("ann", "hello")
    assert isinstance(future.exception(timeout=PATIENCE_SECONDS), ZeroDivisionError)


@pytest.mark.parametrize("limit", [{"max_cost": 1.0}, {"max_tokens_total": 30}])
def test_at_the_limit_of_a_conversation_its_bot_has_no_answer(table, thinker, limit):
    table.launch(chat_with(bot_of(thinker, on_error=OnBotError(say="That was all."), **limit)), "ann")
    table.says("ann", "a")
    table.says("ann", "b")
    table.says("ann", "c")
    assert table.heard("ann") == ["1 heard", "2 heard", "That was all."]
    assert "is reached" in decisions(table)[-1][1]


def test_the_limit_of_a_study_counts_all_its_conversations(make_table, thinker):
    means = BotMeans(seat=lambda name: thinker, study=Spending(), max_cost=1.0)
    table = make_table(bot_means=means)
    for name in ("ann", "bob", "cem"):
        bot = BotAgent(
            thinker.fork(), "bot:thinker", role="Bot", settings=settings(on_error=OnBotError(say="Over."))
        )
        table.launch(chat_with(bot), name)
        table.says(name, "hi")
    assert [table.heard(name) for name in ("ann", "bob", "cem")] == [["1 heard"], ["1 heard"], ["Over."]]
    assert means.study.cost == 1.0


def test_an_answer_that_nobody_takes_any_more_was_paid_for_too(make_table, thinker):
    counted = threading.Semaphore(0)
    means = BotMeans(seat=lambda name: thinker, study=Spending(), counted=lambda answer: counted.release())
    table = make_table(bot_means=means)
    thinker.go_on.clear()
    future, _, uid = table.launch(chat_with(bot_of(thinker)), "ann")
    table.says("ann", "hello", settle=False)
    thinker.await_asked()
    table.runner.stop(uid, Outcome("stopped", "enough"))
    future.result(timeout=PATIENCE_SECONDS)
    assert means.study.cost == 0.0
    thinker.go_on.set()
    assert counted.acquire(timeout=PATIENCE_SECONDS)
    assert (means.study.cost, means.study.tokens) == (0.5, 15)
    table.settle()


def test_a_model_that_has_no_copies_is_waited_for_off_the_slot(make_table):
    class Alone:
        def __init__(self):
            self.heard = []

        def observe(self, act):
            self.heard.append(act["text"])

        def act(self):
            return {"text": f"heard {self.heard}"}

    table = make_table(max_workers=1)
    table.launch(chat_with(BotAgent(Alone(), "bot:alone", role="Bot", settings=settings())), "ann")
    table.says("ann", "hello")
    table.says("ann", "you?")
    assert table.heard("ann") == ["heard ['hello']", "heard ['hello', 'you?']"]


def test_a_run_that_is_stopped_waits_for_no_answer(table, thinker):
    thinker.go_on.clear()
    future, _, uid = table.launch(chat_with(bot_of(thinker)), "ann")
    table.says("ann", "hello", settle=False)
    thinker.await_asked()
    table.runner.stop(uid, Outcome("stopped", "enough"))
    assert future.result(timeout=PATIENCE_SECONDS).reason == "enough"
    thinker.go_on.set()
    table.settle()
    assert table.heard("ann") == []


def test_each_decision_of_a_seat_has_a_number_of_its_own(make_table, thinker):
    other = Thinker(failing)
    other.go_on.set()
    thinker.script = failing
    table = make_table(bot_means=BotMeans(seat=lambda name: other, study=Spending()))
    table.launch(chat_with(bot_of(thinker, on_error=OnBotError(replace_with="other"))), "ann")
    table.says("ann", "hello")
    found = [each for turn in table.turns for each in turn.decisions]
    assert [each.kind for each in found] == ["failed", "failed"]
    assert len({each.number for each in found}) == 2


def test_the_spare_that_takes_over_at_a_limit_is_not_bound_by_it(make_table, thinker):
    spare = Thinker(lambda model: "the spare")
    spare.go_on.set()
    table = make_table(bot_means=BotMeans(seat=lambda name: spare, study=Spending()))
    table.launch(chat_with(bot_of(thinker, max_cost=0.5, on_error=OnBotError(replace_with="spare"))), "ann")
    for text in ("a", "b", "c"):
        table.says("ann", text)
    assert table.heard("ann") == ["1 heard", "the spare", "the spare"]


def test_where_a_model_gave_no_answer_the_log_has_a_line_and_no_traceback(table, thinker, caplog):
    thinker.script = failing
    future, _, _ = table.launch(chat_with(bot_of(thinker)), "ann")
    table.says("ann", "hello")
    assert isinstance(future.exception(timeout=PATIENCE_SECONDS), ModelError)
    [error] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert error.exc_info is None
    assert "a model gave no answer (unreachable): the server is gone" in error.getMessage()


def test_a_model_that_wants_to_know_is_told_in_which_seat_it_sits(table, thinker):
    """For what it has called: a function of the world module that is handed the seat."""
    thinker.seat = None
    thinker.script = lambda model: f"I am {model.seat.role}"
    other = thinker.fork()
    table.launch(chat_with(bot_of(thinker)), "ann")
    table.says("ann", "who are you?")
    assert table.heard("ann") == ["I am Bot"]
    assert BotAgent(other, "bot:other", role="Other").act()["text"] == "I am Other"
