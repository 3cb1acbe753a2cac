"""Worlds that need no Python of an author's."""

import pytest

from parleyrun import BotAgent, ConfigError, WorldError
from parleyrun.ready import Chat
from parleyrun.signals import Ended
from parleyrun.testing import check_world, rehearse, rehearse_world

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


def test_where_a_visit_has_a_completion_it_ends_with_its_one_task():
    panel = {"completion": {"finished": {"code": "C1"}, "no_partner": {"code": "C2"}}}
    talk = {**CHAT, "max_time_in_pool": 60}
    with rehearse({**config(talk=talk), **panel, "opt": {"chat": {"quit_words": "bye"}}}) as rehearsal:
        ann, bob, cyd = (rehearsal.person(name).arrives(opens=True) for name in ("ann", "bob", "cyd"))
        ann.says("bye")
        rehearsal.advance(60)
        for person, code in ((ann, "C1"), (bob, "C1"), (cyd, "C2")):
            assert person.place == "gone"
            assert person.heard[-1] == f"Your completion code: {code}"


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
        ("loud", "expected a mapping (welcome, goodbye, quit_words, max_turns) at 'chat' of opt, got 'loud'"),
        ({"turns": 3}, "expected an option of Chat at 'chat' of opt, got 'turns': did you mean 'max_turns'?"),
        ({"welcome": 3}, "expected a text, or texts by role, at 'chat.welcome' of opt, got 3"),
        ({"goodbye": ["bye"]}, "expected a text at 'chat.goodbye' of opt, got ['bye']"),
        ({"quit_words": 7}, "expected a list of words at 'chat.quit_words' of opt, got 7"),
    ],
)
def test_what_a_chat_cannot_make_sense_of_is_an_error_that_names_the_place(chat, message):
    with pytest.raises(WorldError) as error:
        Chat({"chat": chat}, [])
    assert str(error.value) == message


def test_a_bot_in_a_chat_shows_its_words_to_the_people_in_it_while_they_come():
    class Person:
        is_bot = False

    bot, person = BotAgent(object()), Person()
    Chat({}, [person, bot])
    assert bot.stream_to == [person]


@pytest.mark.parametrize("people", [1, 2, 5])
def test_a_chat_keeps_the_contract_whatever_people_do(people):
    check_world(Chat, people, opt={"chat": {"welcome": "Hi {role}", "quit_words": ["BYE"], "max_turns": 30}})


def test_a_chat_welcomes_each_role_in_its_own_words():
    class Haggle(Chat):
        @staticmethod
        def assign_roles(agents):
            agents[0].disp_id, agents[1].disp_id = "Buyer", "Seller"

    welcome = {"Buyer": "You buy from the {others}.", "Seller": "You sell to the {others}."}
    with rehearse_world(Haggle, ["ann", "bob"], opt={"chat": {"welcome": welcome}}) as rehearsal:
        ann, bob = rehearsal.everybody
        assert (ann.heard, bob.heard) == (["You buy from the Seller."], ["You sell to the Buyer."])


def test_nobody_in_a_chat_sees_the_act_that_stands_for_who_left():
    shown = []

    class Listener:
        def observe(self, act):
            shown.append(act["text"])

        def act(self):
            return None

    class WithListener(Chat):
        @classmethod
        def generate_world(cls, opt, agents):
            return cls(opt, [*agents, BotAgent(Listener(), role="Listener")])

    with rehearse_world(WithListener, ["ann", "bob"]) as rehearsal:
        ann, bob = rehearsal.everybody
        ann.says("hi")
        ann.goes_away()
        rehearsal.advance(70)
        assert shown == ["hi"]
        assert bob.partners == [("Person 1", "away"), ("Person 1", "left")]


def test_what_nobody_does_twice_is_not_offered_again_and_who_has_done_it_all_is_said_goodbye_to():
    once = {**ALONE, "not_again": True}
    values = {**config(first=once, second=once), "opt": {"chat": {"max_turns": 1}}}
    with rehearse(values) as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        ann.says("first")
        ann.says("that is all")
        assert ann.quick_replies == ("second", "EXIT")
        ann.says("first")
        assert ann.heard[-1] == "Please choose one of these: second, or EXIT to leave."
        ann.says("second")
        ann.says("that is all, too")
        assert ann.heard[-1] == "Goodbye, and thank you for coming!"
        assert ann.place == "gone"


def test_forms_alone_are_a_task_of_one_person_that_is_finished_with_the_last_of_them():
    questions = {"fields": {"age": {"ask": "How old are you?", "kind": "number"}}}
    more = {"fields": {"well": {"ask": "Was that well asked?", "kind": "yes_no"}}}
    survey = {"task_world": "parleyrun.ready:Forms", "onboard": ["questions"], "afterwards": ["more"]}
    forms = {"forms": {"questions": questions, "more": more}}
    with rehearse({**config(survey=survey), **forms, "completion": {"finished": {"code": "C1"}}}) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True, forms=True)
        assert (ann.place, ann.form["name"]) == ("onboarding", "questions")
        ann.fills({"age": 33})
        assert (ann.place, ann.form["name"]) == ("afterwards", "more")
        ann.fills({"well": True})
        assert (ann.place, ann.heard[-1]) == ("gone", "Your completion code: C1")


def test_a_page_offers_another_visit_only_where_a_task_is_left_for_it():
    consent = {"fields": {"agree": {"ask": "Do you agree?", "kind": "yes_no", "decline": [False]}}}
    survey = {"task_world": "parleyrun.ready:Forms", "onboard": ["consent"], "not_again": True}
    study = {**config(survey=survey), "forms": {"consent": consent}, "completion": {"finished": {"code": "C1"}}}
    with rehearse(study) as rehearsal:
        ann, bob = (rehearsal.person(name).arrives(opens=True, forms=True) for name in ("ann", "bob"))
        ann.fills({"agree": True})
        bob.fills({"agree": False})
        for person, again in ((ann, False), (bob, True)):
            (end,) = (signal for signal in person.signals if isinstance(signal, Ended))
            assert (person.place, end.again) == ("gone", again)


def test_forms_alone_that_ask_nothing_are_found():
    with (
        pytest.raises(ConfigError, match="name forms under onboard"),
        rehearse(config(survey={"task_world": "parleyrun.ready:Forms"})),
    ):
        pass
