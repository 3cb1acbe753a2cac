"""Worlds that need no Python of an author's."""

import pytest

from parleyrun import BotAgent
from parleyrun.testing import rehearse

CHAT = {"task_world": "parleyrun.ready:Chat", "agents_required": 2}
ALONE = {"task_world": "parleyrun.ready:Chat"}


def config(**tasks):
    return {"tasks": tasks}


def test_with_several_tasks_the_menu_offers_them_and_leads_to_the_one_that_is_chosen():
    with rehearse(config(**{"Talk it over": CHAT, "alone": ALONE})) as rehearsal:
        ann, bob = rehearsal.person("ann"), rehearsal.person("bob")
        ann.says("hi")
        assert ann.heard == ["Welcome! What would you like to do?"]
        assert ann.quick_replies == ("Talk it over", "alone", "EXIT")
        ann.says("something else")
        assert ann.heard[-1] == "Please choose one of these: Talk it over, alone, or EXIT to leave."
        ann.says("talk it over ")
        bob.says("hi")
        bob.says("Talk it over")
        assert (ann.place, bob.place) == ("task", "task")
        ann.says("hello")
        assert bob.heard[-1:] == ["hello"]


def test_with_one_task_people_go_straight_to_it_and_are_offered_it_when_they_come_back():
    with rehearse({**config(talk=CHAT), "opt": {"chat": {"quit_words": "bye"}}}) as rehearsal:
        ann, bob = rehearsal.person("ann"), rehearsal.person("bob")
        ann.says("knock knock")
        bob.says("hello?")
        assert (ann.place, bob.place) == ("task", "task")
        assert (ann.heard, bob.heard) == ([], [])
        ann.says("Bye")
        assert bob.heard == ["Bye", "Welcome back! What would you like to do now?"]
        assert ann.quick_replies == ("talk", "EXIT")
        ann.says("exit")
        assert ann.place == "gone"


def test_the_menu_speaks_the_language_of_its_config():
    with rehearse({**config(a=ALONE, b=ALONE), "language": "de"}) as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hallo")
        assert ann.heard == ["Willkommen! Was möchten Sie tun?"]


def test_when_somebody_leaves_a_chat_for_good_the_others_are_told_and_it_is_over():
    with rehearse({**config(talk=CHAT), "disconnect_grace": 5}) as rehearsal:
        ann, bob = rehearsal.person("ann"), rehearsal.person("bob")
        ann.says("hi")
        bob.says("hi")
        ann.goes_away()
        rehearsal.advance(10)
        assert "Your partner has left, so this conversation has ended." in bob.heard
        assert bob.place == "overworld"


def test_a_chat_tells_each_person_who_they_are_and_ends_after_so_many_lines():
    chat = {"welcome": "You are {role}; with you: {others}.", "max_turns": 2, "goodbye": "Thank you!"}
    with rehearse({**config(talk=CHAT), "opt": {"chat": chat}}) as rehearsal:
        ann, bob = rehearsal.person("ann"), rehearsal.person("bob")
        ann.says("hi")
        bob.says("hi")
        assert ann.heard == ["You are Person 1; with you: Person 2."]
        ann.says("one")
        bob.says("two")
        assert bob.heard[:3] == ["You are Person 2; with you: Person 1.", "one", "Thank you!"]
        assert ann.place == "overworld"


def test_a_chat_goes_on_after_a_crash_where_it_was(tmp_path):
    with rehearse(config(talk=CHAT), store=tmp_path / "chat.db") as rehearsal:
        ann, bob = rehearsal.person("ann"), rehearsal.person("bob")
        ann.says("hi")
        bob.says("hi")
        ann.says("one")
        rehearsal.crash()
        bob.says("two")
        assert (ann.heard, bob.heard) == (["two"], ["one"])


@pytest.mark.parametrize(
    ("chat", "message"),
    [
        ({"max_turns": 0}, "expected a whole number from 1 at 'chat.max_turns' of opt, got 0"),
        ("loud", "expected a mapping (welcome, quit_words, max_turns, goodbye) at 'chat' of opt, got 'loud'"),
    ],
)
def test_what_a_chat_cannot_make_sense_of_is_an_error_that_names_the_place(chat, message):
    from parleyrun import WorldError
    from parleyrun.ready import Chat

    with pytest.raises(WorldError) as error:
        Chat({"chat": chat}, [])
    assert str(error.value) == message


def test_a_bot_in_a_chat_shows_its_words_to_the_people_in_it_while_they_come():
    from parleyrun.ready import Chat

    class Person:
        is_bot = False

    bot, person = BotAgent(object()), Person()
    Chat({}, [person, bot])
    assert bot.stream_to == [person]
