"""A password or an onboarding that was added while the service was down applies to those inside, too."""

from resume_lab import STOPPED, ask, go, opened, plan, spoken_to

from parleyrun.config.texts import Texts

TEXTS = Texts()
CHAT = {"task_world": "Chat", "agents_required": 2}
ECHO = {"task_world": "Echo"}


def guarded(**more):
    return plan(password="sesame", **more)


def asked(onboard="Questions"):
    """A plan in which the chat has an onboarding, and a wait before it."""
    return plan(tasks={"chat": {**CHAT, "onboard_world": onboard}, "echo": ECHO})


class TestAPassword:
    def test_everybody_says_it_before_their_conversation_goes_on(self, path, again):
        with opened(path) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            ann.says("one")
            again(rehearsal, guarded())
            for person in (ann, bob):
                person.sees(TEXTS.password_ask)
                assert person.place == "door"
            ann.says("is it this?")
            ann.sees(TEXTS.password_wrong)
            ann.says("sesame", "two")
            bob.sees_nothing_new()
            ann.sees(TEXTS.others_first)
            bob.says("sesame")
            bob.sees("2 two")
            bob.says("three")
            ann.sees("3 three")
            assert not any("is it this" in text or "sesame" in text for text in bob.heard + ann.heard)
            # Once in a life is enough.
            again(rehearsal, guarded())
            bob.says("four")
            ann.sees("4 four")

    def test_words_from_before_are_no_guesses_and_reach_their_conversation_in_order(self, path):
        with opened(path) as rehearsal:
            ann, bob = go(rehearsal, "turns", "ann", "bob")
            bob.says("out of turn")
            rehearsal.crash(guarded())
            ann.says("sesame", "one")
            bob.says("sesame")
            bob.sees("1 one")
            ann.sees("2 out of turn")

    def test_those_in_a_menu_an_onboarding_or_a_pool_say_it_too(self, path, again):
        with opened(path) as rehearsal:
            (dan,) = go(rehearsal, "known", "dan")
            (cleo,) = go(rehearsal, "chat", "cleo")
            (eve,) = rehearsal.people("eve")
            eve.says("hi")
            again(rehearsal, guarded())
            (fay,) = rehearsal.people("fay")
            fay.says("sesame", "chat")
            assert fay.place == "waiting"
            for person in (dan, cleo, eve):
                person.says("sesame")
            assert (dan.place, eve.place) == ("onboarding", "overworld")
            assert cleo.place == fay.place == "task"
            dan.says("Dan", "42")
            assert dan.place == "task"

    def test_who_waits_for_others_is_still_shown_under_their_role(self, path, again):
        with opened(path) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            role = ann.role
            assert role
            again(rehearsal, guarded())
            assert (ann.place, ann.role) == ("door", None)
            ann.says("sesame")
            ann.sees(TEXTS.others_first)
            assert (ann.place, ann.role) == ("task", role)
            bob.says("sesame")
            assert bob.role not in (None, role)

    def test_who_does_not_come_back_to_say_it_leaves_the_others_their_conversation(self, path, again):
        with opened(path) as rehearsal:
            ann, bob, cleo = go(rehearsal, "trio", "ann", "bob", "cleo")
            again(rehearsal, guarded())
            bob.says("sesame")
            cleo.says("sesame")
            cleo.sees(TEXTS.others_first)
            ann.goes_away()
            rehearsal.advance(61)
            assert ann.place == "gone"
            bob.says("still here")
            assert any("still here" in text for text in cleo.heard)
            ann.comes_back()
            ann.says("hi")
            ann.sees(TEXTS.password_ask)

    def test_where_all_stay_away_nothing_is_left_on_record(self, path, again):
        with opened(path) as rehearsal:
            people = [
                *go(rehearsal, "chat", "ann", "bob"),
                *go(rehearsal, "chat", "cleo"),
                *go(rehearsal, "known", "dan"),
            ]
            again(rehearsal, guarded())
            for person in people:
                person.goes_away()
            rehearsal.advance(61)
            assert {person.place for person in people} == {"gone"}
            assert ask(path, "SELECT count(*) FROM runs WHERE ended IS NULL") == [(0,)]
            assert ask(path, "SELECT count(*) FROM pool") == [(0,)]

    def test_a_restart_in_the_middle_asks_again(self, path, again):
        with opened(path) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            again(rehearsal, guarded())
            ann.says("sesame", "one")
            again(rehearsal, guarded())
            bob.sees(TEXTS.password_ask)
            bob.says("sesame")
            bob.sees("1 one")

    def test_where_it_is_taken_away_again_nobody_is_kept(self, path, again):
        with opened(path) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            again(rehearsal, guarded())
            again(rehearsal, plan())
            ann.says("one")
            bob.sees("1 one")


class TestAnOnboarding:
    def test_those_in_conversation_go_through_it_before_they_go_on(self, path, again):
        with opened(path) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            ann.says("one")
            bob.sees("1 one")
            again(rehearsal, asked())
            for person in (ann, bob):
                person.sees(TEXTS.before_going_on)
                person.sees("question 1")
            ann.says("Ann", "42")
            ann.sees(TEXTS.others_first)
            bob.says("Bob", "43", "two")
            ann.sees("2 two")
            again(rehearsal, asked())
            ann.says("three")
            bob.sees("3 three")
            assert spoken_to(bob).count("question 1") == 1

    def test_those_who_wait_go_through_it_before_they_are_matched(self, path, again):
        with opened(path) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            again(rehearsal, asked())
            assert ann.place == "onboarding"
            ann.says("Ann", "42")
            assert ann.place == "waiting"
            (bob,) = go(rehearsal, "chat", "bob")
            bob.says("Bob", "43")
            assert ann.place == bob.place == "task"

    def test_who_has_been_through_it_is_not_asked_again(self, path, again):
        with opened(path) as rehearsal:
            (ann,) = go(rehearsal, "known", "ann")
            ann.says("Ann", "42")
            again(rehearsal)
            assert ann.place == "task"
            assert spoken_to(ann).count("question 1") == 1

    def test_whom_it_turns_away_leaves_and_the_others_are_told(self, path, again):
        with opened(path) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            again(rehearsal, asked("TurnsAway"))
            ann.says("no")
            assert ann.place == "overworld"
            bob.says("yes")
            rehearsal.advance(10)
            assert bob.place == "overworld"
            # Its world is told in its own way, as of anybody who leaves.
            bob.sees("[DISCONNECT]")

    def test_the_password_comes_first(self, path, again):
        tasks = {"chat": {**CHAT, "onboard_world": "Questions"}, "echo": ECHO}
        with opened(path) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            again(rehearsal, guarded(tasks=tasks))
            for person in (ann, bob):
                person.sees(TEXTS.password_ask)
                person.says("sesame", person.name, "42")
            ann.says("one")
            bob.sees("1 one")
            assert STOPPED not in ann.heard + bob.heard

    def test_who_goes_away_in_the_middle_leaves_no_run_behind(self, path, again):
        with opened(path) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            again(rehearsal, asked())
            ann.goes_away()
            bob.goes_away()
            rehearsal.advance(120)
            assert ann.place == bob.place == "gone"
            assert ask(path, "SELECT kind FROM runs WHERE ended IS NULL") == []
