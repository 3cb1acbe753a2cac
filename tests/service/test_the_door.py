"""Coming in: the first message, the password, and words written ahead."""

import threading

import pytest
from small_worlds import Echo, Menu, opened, session

ASK = "Hello! Please enter the password to come in."
WRONG = "That is not the password. Please try again."
SLOW = "Please wait {} seconds before you try again."


def test_the_first_message_only_opens_the_door():
    with opened({"echo": Echo}) as rehearsal:
        ann = rehearsal.person("ann")
        assert ann.place == "door"
        ann.says("echo")
        assert ann.place == "overworld"
        assert ann.heard == []


def test_arriving_on_the_chat_page_is_as_good_as_a_first_message():
    with opened({"echo": Echo}) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        assert ann.place == "overworld"
        ann.says("echo", "this counts already")
        assert ann.heard == ["this counts already"]


def test_a_connection_that_never_speaks_opens_nothing():
    with opened({"echo": Echo}) as rehearsal:
        for number in range(300):
            rehearsal.channel.arrive(f"silent{number}")
        rehearsal.settle()
        assert len(rehearsal.service._runner) == 0
        for number in range(300):
            rehearsal.channel.go(f"silent{number}")
        rehearsal.settle()
        rehearsal.advance(100)
        assert rehearsal.service.counts().places == {"door": 300}


def test_how_somebody_came_is_kept_for_the_author():
    seen = []

    class Curious(Menu):
        def __init__(self, opt, agents):
            super().__init__(opt, agents)
            seen.append(agents[0].stored_data)

    with opened({"echo": Echo}, overworld=Curious) as rehearsal:
        rehearsal.person("ann").arrives({"ref": "poster"}, opens=True)
    assert seen == [{"entry": {"ref": "poster"}}]


def test_words_written_ahead_reach_the_next_world_in_order():
    with opened({"echo": Echo}) as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi", "echo", "1", "2", "bye", "echo", "3", "4")
        assert ann.heard == ["1", "2", "bye", "welcome back", "3", "4"]


class TestPassword:
    def test_it_is_asked_for_and_lets_people_in(self):
        with opened({"echo": Echo}, password="sesame") as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("hi")
            assert (ann.heard, ann.place) == ([ASK], "door")
            ann.says("  sesame ")
            assert ann.place == "overworld"
            ann.says("echo", "x")
            assert ann.heard == [ASK, "x"]

    def test_it_is_asked_for_once_in_a_life(self):
        with opened({"echo": Echo}, password="sesame") as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("hi")
            ann.says("sesame")
            ann.says("EXIT")
            assert ann.place == "gone"
            ann.says("hi again")
            assert ann.place == "overworld"
            assert ann.heard.count(ASK) == 1

    def test_an_arrival_is_no_answer_and_a_second_one_does_not_ask_again(self):
        with opened({"echo": Echo}, password="sesame") as rehearsal:
            ann = rehearsal.person("ann").arrives(opens=True)
            ann.goes_away()
            ann.arrives(opens=True)
            assert ann.heard == [ASK]
            ann.says("sesame")
            assert ann.place == "overworld"

    def test_the_password_written_right_behind_the_first_message_is_not_taken_for_another_knock(self):
        with opened({"echo": Echo}, password="sesame") as rehearsal:
            ann, busy = rehearsal.person("ann"), threading.Event()
            rehearsal.service._desk.put(busy.wait)
            rehearsal.channel.say("ann", "hi")
            rehearsal.channel.say("ann", "sesame")
            busy.set()
            rehearsal.settle()
            assert (ann.heard, ann.place) == ([ASK], "overworld")

    def test_three_wrong_tries_slow_down_and_each_further_one_more(self):
        with opened({"echo": Echo}, password="sesame") as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("hi")
            ann.says("a")
            ann.says("b")
            assert ann.heard == [ASK, WRONG, WRONG]
            for seconds in (2, 4, 8, 16, 32, 60, 60):
                ann.says("c")
                assert ann.heard[-1].endswith(SLOW.format(seconds))
                rehearsal.advance(seconds - 0.1)
                heard = len(ann.heard)
                rehearsal.advance(0.2)
                assert len(ann.heard) == heard

    def test_what_is_written_during_the_pause_is_read_after_it_and_no_sooner(self):
        with opened({"echo": Echo}, password="sesame") as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("hi")
            ann.says("a", "b", "c", "sesame")
            assert ann.place == "door"
            rehearsal.advance(1.9)
            assert ann.place == "door"
            rehearsal.advance(0.2)
            assert ann.place == "overworld"

    def test_a_burst_of_guesses_is_slowed_down_like_any_other(self):
        with opened({"echo": Echo}, password="sesame") as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("hi")
            ann.says(*(f"guess {number}" for number in range(50)))
            rehearsal.advance(60)
            assert session(rehearsal, ann).wrong_passwords <= 3 + 5

    def test_going_away_does_not_make_the_pause_shorter(self):
        with opened({"echo": Echo}, password="sesame") as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("hi")
            ann.says("a", "b", "c")
            ann.goes_away()
            ann.arrives(opens=True)
            ann.says("sesame")
            assert ann.place == "door"
            rehearsal.advance(2.1)
            assert ann.place == "overworld"

    def test_thousands_of_guesses_never_get_a_free_one(self):
        with opened({"echo": Echo}, password="sesame") as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("hi")
            session(rehearsal, ann).wrong_passwords = 5_000
            ann.says("guess")
            assert ann.heard[-1].endswith(SLOW.format(60))
            ann.says("sesame")
            assert ann.place == "door"

    @pytest.mark.parametrize("guess", ["\ud800", "", "\0", "sesam", "SESAME", "sesame sesame", "é" * 10_000])
    def test_no_guess_breaks_the_gate(self, guess):
        with opened({"echo": Echo}, password="sesame") as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("hi")
            ann.says(guess)
            assert ann.heard == [ASK, WRONG]

    def test_a_password_in_another_script_works(self):
        with opened({"echo": Echo}, password="Öffne dich, 🐫") as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("hi")
            ann.says("Öffne dich, 🐫")
            assert ann.place == "overworld"


class TestRemembering:
    """The service remembers only so many of those who have gone."""

    def test_those_who_went_first_are_forgotten_first(self):
        with opened({"echo": Echo}) as rehearsal:
            rehearsal.service._sessions._keep_gone = 2
            for name in ("ann", "bob", "cyd"):
                person = rehearsal.person(name)
                person.says("hi")
                person.says("EXIT")
            assert session(rehearsal, rehearsal.person("ann")) is None
            assert session(rehearsal, rehearsal.person("bob")) is not None
            rehearsal.person("ann").says("hi again")
            assert rehearsal.person("ann").place == "overworld"

    def test_nobody_who_is_inside_is_ever_forgotten(self):
        with opened({"echo": Echo}, password="sesame") as rehearsal:
            rehearsal.service._sessions._keep_gone = 2
            ann = rehearsal.person("ann")
            ann.says("hi")
            ann.goes_away()  # from the gate, which is outside
            ann.arrives(opens=True)
            ann.says("sesame")
            for name in ("bob", "cyd", "dan"):
                rehearsal.person(name).arrives()
                rehearsal.person(name).goes_away()
            ann.says("echo", "I am still here")
            assert ann.heard[-1] == "I am still here"
            assert len(rehearsal.service._runner) == 2


class TestGhosts:
    """Somebody who is not there any more must not be let in by words that they left behind."""

    def test_words_behind_a_goodbye_let_nobody_in_for_longer_than_the_grace(self):
        with opened({"echo": Echo}) as rehearsal:
            ann, busy = rehearsal.person("ann"), threading.Event()
            ann.says("hi")
            rehearsal.service._desk.put(busy.wait)
            rehearsal.channel.say("ann", "EXIT")
            rehearsal.channel.say("ann", "one more thing")
            rehearsal.channel.go("ann")
            busy.set()
            rehearsal.settle()
            rehearsal.advance(61)
            assert ann.place == "gone"
            assert len(rehearsal.service._runner) == 0

    def test_a_first_word_that_arrives_after_its_speaker_went_lets_nobody_in_for_longer(self):
        with opened({"echo": Echo}) as rehearsal:
            ann = rehearsal.person("ann")
            ann.arrives()
            ann.goes_away()
            ann.says("hi")  # on its way while they went
            rehearsal.advance(61)
            assert ann.place == "gone"
            assert rehearsal.service.counts().places == {}
