from types import SimpleNamespace

import pytest
from fake_seats import Seat, go_on, say, seated

from parleyrun import DISCONNECT_TEXT
from worlds import demo


def leave_by(text):
    return pytest.param(text, id=text.strip("[]").lower())


LEAVING = [leave_by("BYE"), leave_by("[DONE]"), leave_by(DISCONNECT_TEXT)]


class TestOverworld:
    def opened(self):
        person = Seat()
        world = seated(demo.DemoOverworld, [person])
        go_on(world)
        return world, person

    def test_a_newcomer_is_shown_the_menu_once(self):
        world, person = self.opened()
        go_on(world)
        assert len(person.seen) == 1
        assert person.last["quick_replies"] == ["echo", "interview", "chat", "group", "EXIT"]

    @pytest.mark.parametrize("choice", ["echo", " Chat ", "GROUP", "interview"])
    def test_a_choice_from_the_menu_is_returned_as_the_tasks_key(self, choice):
        world, person = self.opened()
        assert say(world, person, choice) == choice.strip().lower()

    def test_an_unknown_choice_brings_the_menu_again(self):
        world, person = self.opened()
        assert say(world, person, "dance") is None
        assert person.last["text"].startswith("Sorry")
        assert "chat" in person.last["quick_replies"]

    @pytest.mark.parametrize("text", ["EXIT", "exit", DISCONNECT_TEXT])
    def test_someone_who_goes_ends_the_visit(self, text):
        world, person = self.opened()
        assert say(world, person, text) == "EXIT"
        assert world.episode_done()

    def test_someone_who_comes_back_is_shown_the_menu_again(self):
        world, person = self.opened()
        say(world, person, "echo")
        world.return_overworld()
        go_on(world)
        assert person.last["text"].startswith("Welcome back!")


class TestEcho:
    def test_what_a_person_says_is_said_back(self):
        person = Seat()
        world = seated(demo.EchoTaskWorld, [person])
        say(world, person, "hello", "how are you?")
        assert person.texts[-2:] == ["hello", "how are you?"]
        assert person.last["quick_replies"] == ["[DONE]"]

    @pytest.mark.parametrize("text", LEAVING)
    def test_it_ends_when_the_person_stops(self, text):
        person = Seat()
        world = seated(demo.EchoTaskWorld, [person])
        say(world, person, text)
        assert world.episode_done()


class TestInterview:
    def test_onboarding_collects_a_name_and_a_topic(self):
        world = seated(demo.InterviewOnboardWorld, [Seat(says=["Ada", "engines"])])
        go_on(world)
        assert world.episode_done()
        assert world.data == {"name": "Ada", "topic": "engines"}

    @pytest.mark.parametrize("said", [[DISCONNECT_TEXT], ["Ada", DISCONNECT_TEXT], ["BYE"]])
    def test_someone_who_leaves_the_onboarding_is_turned_away(self, said):
        world = seated(demo.InterviewOnboardWorld, [Seat(says=said)])
        go_on(world)
        assert world.episode_done()
        assert world.data is None

    def test_the_task_asks_about_what_the_onboarding_collected(self):
        about = {"name": "Ada", "topic": "engines"}
        person = Seat(says=["They turn.", "Oil them."], onboard_data=about)
        questions = ["Why {topic}, {name}?", "What do {topic} need?"]
        world = seated(demo.InterviewTaskWorld, [person], {"interview_questions": questions})
        go_on(world)
        assert person.texts == ["Why engines, Ada?", "What do engines need?", "Thank you, Ada!"]
        assert person.data["interview"] == {**about, "answers": ["They turn.", "Oil them."]}
        assert world.episode_done()

    def test_without_options_there_is_still_a_question(self):
        person = Seat(says=["Everything."], onboard_data={"name": "Ada", "topic": "engines"})
        go_on(seated(demo.InterviewTaskWorld, [person]))
        assert "engines" in person.texts[0]

    @pytest.mark.parametrize("text", LEAVING)
    def test_it_ends_when_the_person_stops(self, text):
        person = Seat(says=[text], onboard_data={"name": "Ada", "topic": "engines"})
        world = seated(demo.InterviewTaskWorld, [person])
        go_on(world)
        assert world.episode_done()
        assert "interview" not in person.data

    def test_names_with_braces_are_only_names(self):
        person = Seat(says=["Everything."], onboard_data={"name": "{topic}", "topic": "{0}"})
        go_on(seated(demo.InterviewTaskWorld, [person]))
        assert "{topic}" in person.texts[0]


class TestChat:
    def paired(self):
        one, other = Seat("one"), Seat("other")
        world = seated(demo.ChatTaskWorld, [one, other])
        go_on(world)
        return world, one, other

    def test_each_is_told_their_own_role(self):
        _, one, other = self.paired()
        assert "You are Robin" in one.texts[0]
        assert "You are Sasha" in other.texts[0]

    def test_what_one_says_the_other_sees_under_their_role(self):
        world, one, other = self.paired()
        say(world, one, "hi there")
        assert (other.last["id"], other.last["text"]) == ("Robin", "hi there")
        assert "hi there" not in one.texts

    @pytest.mark.parametrize("text", LEAVING)
    def test_the_partner_is_told_when_one_leaves(self, text):
        world, one, other = self.paired()
        say(world, other, text)
        assert world.episode_done()
        assert one.last["text"].startswith("Sasha has left")
        assert len(other.seen) == 1

    def test_someone_who_was_reported_is_not_paired_again(self):
        world, one, other = self.paired()
        say(world, one, "report")
        assert world.episode_done()
        assert not demo.ChatTaskWorld.eligibility_function(waiting(other))
        assert demo.ChatTaskWorld.eligibility_function(waiting(one))

    @pytest.mark.parametrize(
        ("answer", "data"), [("I agree", {"agreed": True}), ("No", None), ("[DISCONNECT]", None)]
    )
    def test_only_who_accepts_the_rules_gets_in(self, answer, data):
        person = Seat()
        world = seated(demo.ChatOnboardWorld, [person])
        say(world, person, answer)
        assert world.episode_done()
        assert world.data == data


def waiting(seat):
    return SimpleNamespace(
        id=seat.id, data=seat.data, stored_data={}, onboard_data={"agreed": True}, time_in_pool={}
    )


class TestGroup:
    def of(self, *levels):
        return [Seat(f"seat {number}", onboard_data={"level": level}) for number, level in enumerate(levels)]

    def test_two_novices_and_an_expert_are_seated(self):
        seats = self.of("novice", "expert", "novice")
        demo.GroupTaskWorld.assign_roles(seats)
        assert [seat.role for seat in seats] == ["First novice", "Expert", "Second novice"]

    def test_a_third_novice_is_turned_down(self):
        seats = self.of("novice", "novice", "novice")
        demo.GroupTaskWorld.assign_roles(seats)
        assert [seat.role for seat in seats] == ["First novice", "Second novice", None]

    def test_an_expert_in_the_stead_of_the_third_novice_completes_the_group(self):
        for _ in range(2):  # giving roles to one group takes nothing away from the next
            seats = self.of("novice", "novice", "expert")
            demo.GroupTaskWorld.assign_roles(seats)
            assert all(seat.role for seat in seats)

    def test_what_one_says_both_others_see(self):
        seats = self.of("novice", "expert", "novice")
        world = seated(demo.GroupTaskWorld, seats)
        say(world, seats[1], "Ask me anything.")
        assert [seat.last["text"] for seat in (seats[0], seats[2])] == ["Ask me anything."] * 2

    def test_it_ends_when_one_of_three_leaves(self):
        seats = self.of("novice", "expert", "novice")
        world = seated(demo.GroupTaskWorld, seats)
        say(world, seats[1], DISCONNECT_TEXT)
        assert world.episode_done()
        assert seats[0].last["text"].startswith("Expert has left")

    def test_the_onboarding_asks_until_it_knows_the_level(self):
        person = Seat()
        world = seated(demo.GroupOnboardWorld, [person])
        say(world, person, "a bit of both")
        assert person.last["text"] == "Please say novice or expert."
        say(world, person, "Expert")
        assert world.data == {"level": "expert"}

    @pytest.mark.parametrize("text", LEAVING)
    def test_someone_who_leaves_the_onboarding_is_turned_away(self, text):
        person = Seat()
        world = seated(demo.GroupOnboardWorld, [person])
        say(world, person, text)
        assert world.episode_done()
        assert world.data is None
