"""Bots that a world asks again and again until they speak, or waits for, in the middle of a parley."""

import pytest
from bots_at_table import Thinker, bot_of, decisions, failing
from runner_table import PATIENCE_SECONDS

from parleyrun import DISCONNECT_TEXT, AgentError, BotAgent, ModelError, World
from parleyrun.core.bot_seats.bot_desk import BotMeans
from parleyrun.core.bot_seats.bot_settings import OnBotError
from parleyrun.core.bot_seats.seated_model import SeatedModel
from parleyrun.core.bot_seats.spending import Spending


class Alone:
    """A model of which there are no copies."""

    def __init__(self, text="alone"):
        self.text = text

    def observe(self, act):
        self.text += f", {act['text']}"

    def act(self):
        return {"text": self.text} if self.text else None


class Questions(World):
    """Hands each of a person's questions to its bot, and waits for the answer in the way it is told to."""

    def __init__(self, agents, answer_of):
        super().__init__({}, agents)
        self.answer_of = answer_of
        self.done = False

    def parley(self):
        person, bot = self.agents
        bot.observe(person.act_blocking())
        answer = self.answer_of(bot)
        person.observe(answer)
        self.done = answer["episode_done"]

    def episode_done(self):
        return self.done


def ask_again_and_again(bot):
    answer = None
    while answer is None:
        answer = bot.act()
    return answer


def wait_for(bot):
    return bot.act_blocking()


def questions_to(bot, answer_of):
    return lambda agents: Questions([*agents, bot], answer_of)


@pytest.mark.parametrize("answer_of", [ask_again_and_again, wait_for])
def test_a_bot_that_thinks_is_waited_for_however_often_its_world_asks(table, thinker, answer_of):
    thinker.go_on.clear()
    table.launch(questions_to(bot_of(thinker), answer_of), "ann")
    table.says("ann", "well?", settle=False)
    thinker.await_asked()
    assert table.heard("ann") == []
    thinker.go_on.set()
    table.settle()
    assert table.heard("ann") == ["1 heard"]
    table.says("ann", "and?")
    assert table.heard("ann") == ["1 heard", "2 heard"]


@pytest.mark.parametrize("answer_of", [ask_again_and_again, wait_for])
def test_a_hidden_bot_that_has_no_answer_is_waited_for_until_it_has_left(table, thinker, answer_of):
    thinker.script = failing
    answers = []

    def noted(bot):
        answers.append(answer_of(bot))
        return answers[-1]

    future, _, _ = table.launch(questions_to(bot_of(thinker, disclose=False), noted), "ann")
    table.says("ann", "well?")
    assert (future.done(), answers) == (False, [])
    table.advance(600)
    assert future.result(timeout=PATIENCE_SECONDS).kind == "left"
    assert [(act["text"], act["episode_done"]) for act in answers] == [(DISCONNECT_TEXT, True)]
    assert (table.heard("ann"), decisions(table)) == ([], [("failed", "the server is gone")])


@pytest.mark.parametrize("answer_of", [ask_again_and_again, wait_for])
def test_a_spare_of_which_there_are_no_copies_is_waited_for_too(make_table, thinker, answer_of):
    thinker.script = failing
    table = make_table(bot_means=BotMeans(seat=lambda name: Alone("spare"), study=Spending()), max_workers=1)
    bot = bot_of(thinker, on_error=OnBotError(replace_with="spare"))
    table.launch(questions_to(bot, answer_of), "ann")
    table.says("ann", "well?")
    assert table.heard("ann") == ["spare, well?"]


def test_a_bot_without_settings_that_has_no_answer_ends_its_run_with_what_its_model_raised(table, thinker):
    thinker.script = failing
    future, _, _ = table.launch(questions_to(BotAgent(thinker, "bot:bare", role="Bot"), wait_for), "ann")
    table.says("ann", "well?")
    assert isinstance(future.exception(timeout=PATIENCE_SECONDS), ModelError)
    assert decisions(table) == [("failed", "the server is gone")]


def test_with_nobody_who_has_other_models_a_spare_that_is_named_ends_the_run(table, thinker):
    thinker.script = failing
    bot = bot_of(thinker, on_error=OnBotError(replace_with="spare"))
    future, _, _ = table.launch(questions_to(bot, wait_for), "ann")
    table.says("ann", "well?")
    with pytest.raises(AgentError, match="expected a service that has the model 'spare'"):
        future.result(timeout=PATIENCE_SECONDS)


def test_another_model_is_told_what_was_said_but_for_what_waits_for_it():
    first, second = Thinker(), Alone("second")
    seated = SeatedModel(first, keeps_past=True)
    past = [(False, {"text": "a"}), (True, {"text": "b"}), (False, {"text": "c"}), (True, {"text": "d"})]
    seated.show({"text": "c"})
    seated.be(second, past)
    assert second.text == "second, a"  # of its own words it has nothing to make
    seated.be(third := Thinker(), past)
    assert (third.heard, third.said) == ([(None, "a")], ["b", "d"])
    assert [act["text"] for act in seated.unheard] == ["c"]


def test_outside_of_a_run_a_bot_shows_its_model_all_that_it_heard_before_it_asks(thinker):
    bot = bot_of(thinker)
    bot.observe({"id": "P1", "text": "one"})
    bot.observe({"id": "P1", "text": "two"})
    assert (bot.act()["text"], thinker.heard) == ("2 heard", [("P1", "one"), ("P1", "two")])


def test_outside_of_a_run_a_bot_is_asked_at_once_and_silence_is_an_act_without_words():
    bot = BotAgent(Alone(), role="Bot")
    bot.observe({"text": "hello"})
    assert bot.act_blocking() == {"text": "alone, hello", "id": "Bot"}
    assert BotAgent(Alone(""), "mute").act_blocking() == {"id": "mute", "text": "", "episode_done": False}
