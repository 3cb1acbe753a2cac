"""The overworld: choosing, coming back, saying goodbye, and overworlds that are broken."""

import pytest
from small_worlds import Echo, Menu, Small, go, opened, pair

FAILED = "Sorry, something went wrong on our side, and this conversation had to end."
BYE = "Goodbye, and thank you for coming!"


def test_a_task_key_sends_there_and_back_the_same_overworld_goes_on():
    built = []

    class Counting(Menu):
        def __init__(self, opt, agents):
            super().__init__(opt, agents)
            built.append(self)

    with opened({"echo": Echo}, overworld=Counting) as rehearsal:
        (ann,) = go(rehearsal, "echo", "ann")
        assert ann.place == "task"
        ann.says("bye")
        assert ann.place == "overworld"
        assert ann.heard == ["bye", "welcome back"]
        ann.says("echo")
        assert ann.place == "task"
        assert len(built) == 1


def test_an_overworld_that_cannot_be_returned_to_is_replaced_by_a_fresh_one():
    built, shut = [], []

    class Once(Small):
        def __init__(self, opt, agents):
            super().__init__(opt, agents)
            built.append(self)
            agents[0].observe({"text": f"menu {len(built)}"})

        def parley(self):
            act = self.agents[0].act()
            return act and act["text"]

        def shutdown(self):
            shut.append(self)

    with opened({"echo": Echo}, overworld=Once) as rehearsal:
        (ann,) = go(rehearsal, "echo", "ann")
        ann.says("bye")
        assert ann.heard == ["menu 1", "bye", "menu 2"]
        assert shut == built[:1]
        assert len(rehearsal.service._runner) == 1


def test_exit_says_goodbye_and_leaves_nothing_behind():
    with opened({"echo": Echo}) as rehearsal:
        (ann,) = go(rehearsal, "EXIT", "ann")
        assert ann.heard == [BYE]
        assert ann.place == "gone"
        assert len(rehearsal.service._runner) == 0


def test_an_overworld_that_is_over_says_goodbye():
    class Short(Menu):
        def episode_done(self):
            return True

    with opened({"echo": Echo}, overworld=Short) as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        assert ann.heard == [BYE]
        assert ann.place == "gone"


def test_what_is_no_task_is_told_and_the_person_chooses_again(caplog):
    with opened({"echo": Echo}) as rehearsal:
        (ann,) = go(rehearsal, "ehco", "ann")
        assert ann.heard == ["Sorry, “ehco” is not something we can start.", "welcome back"]
        assert "Menu.parley() returned 'ehco' for memory:ann: expected a task key (echo) or 'EXIT'" in caplog.text
        ann.says("echo")
        assert ann.place == "task"


def test_an_overworld_that_asks_nothing_and_knows_no_task_is_in_the_log_once_a_message(caplog):
    class Stubborn(Menu):
        def parley(self):
            return "ehco"

    with opened({"echo": Echo}, overworld=Stubborn) as rehearsal:
        ann = rehearsal.person("ann")
        for times in (1, 2):
            ann.says("hi")
            assert ann.place == "gone"
            assert caplog.text.count("Stubborn.parley() returned 'ehco'") == times


class Unprintable:
    __hash__ = None

    def __eq__(self, other):
        raise ValueError("not comparable")

    def __repr__(self):
        raise ValueError("not printable")

    def __format__(self, spec):
        raise ValueError("not printable")


@pytest.mark.parametrize("value", [5, True, "", ["echo"], {"echo"}, b"echo", Unprintable()], ids=type)
def test_a_value_of_any_kind_leaves_the_person_with_a_way_on(value):
    class Odd(Menu):
        def parley(self):
            act = self.agents[0].act()
            return None if act is None else "echo" if act["text"] == "echo" else value

    with opened({"echo": Echo}, overworld=Odd) as rehearsal:
        (ann,) = go(rehearsal, "something", "ann")
        assert ann.heard[0].endswith("is not something we can start.")
        ann.says("echo")
        assert ann.place == "task"


def test_an_overworld_that_returns_nonsense_for_ever_does_not_flood_its_person():
    class Nonsense(Menu):
        def return_overworld(self):
            pass

        def parley(self):
            return "nonsense"

    with opened({"echo": Echo}, overworld=Nonsense) as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        rehearsal.advance(60)
        assert len(ann.heard) <= 20
        assert ann.place == "gone"


def test_a_new_visit_begins_with_a_clean_slate_of_mistakes():
    with opened({"echo": Echo}) as rehearsal:
        (ann,) = go(rehearsal, "nonsense", "ann")
        while ann.place != "gone":
            ann.says("nonsense")
        ann.says("hi again")
        ann.says("nonsense")
        assert ann.place == "overworld"


@pytest.mark.parametrize("method", ["generate_world", "parley", "episode_done", "return_overworld"])
@pytest.mark.parametrize("error", [ValueError, SystemExit])
def test_a_broken_overworld_tells_its_person_and_touches_nobody_else(method, error, caplog):
    broken = {"ann"}

    def breaks(self, *_):
        if self.agents[0].id.partition(":")[2] in broken:
            raise error("a reason")

    class Breaks(Menu):
        def __init__(self, opt, agents):
            super().__init__(opt, agents)
            if method == "generate_world":
                breaks(self)

        def parley(self):
            if method == "parley":
                breaks(self)
            return super().parley()

        def episode_done(self):
            if method == "episode_done":
                breaks(self)
            return False

        def return_overworld(self):
            if method == "return_overworld":
                breaks(self)

    with opened({"echo": Echo}, overworld=Breaks) as rehearsal:
        (bob,) = go(rehearsal, "echo", "bob")
        ann = rehearsal.person("ann")
        ann.says("hi")
        if method == "return_overworld":
            ann.says("echo", "bye")
        assert ann.heard[-1] == FAILED
        assert ann.place == "gone"
        assert f"Breaks.{method}() raised {error.__name__}: a reason" in caplog.text
        broken.clear()
        ann.says("hi again")
        assert ann.place == "overworld"
        bob.says("hello")
        assert bob.heard == ["hello"]


def test_data_lasts_as_long_as_the_participant():
    class Counter(Echo):
        def hear(self, agent, act):
            agent.data["count"] = agent.data.get("count", 0) + 1
            agent.stored_data["kept"] = True
            agent.observe({"text": f"{agent.data['count']} {agent.stored_data}"})
            self.done = True

    with opened({"count": Counter}) as rehearsal:
        (ann,) = go(rehearsal, "count", "ann")
        ann.says("x")
        ann.says("EXIT")
        go(rehearsal, "count", "ann")
        ann.says("x")
        assert ann.news()[0].message.text == "1 {'first_message': 'hi', 'kept': True}"
        assert "2 {'first_message': 'hi', 'kept': True}" in ann.heard


def test_what_an_overworld_says_while_its_person_is_elsewhere_waits_for_their_return():
    seats = []

    class Keeps(Menu):
        def __init__(self, opt, agents):
            super().__init__(opt, agents)
            seats.append(agents[0])

    with opened({"echo": Echo}, overworld=Keeps) as rehearsal:
        (ann,) = go(rehearsal, "echo", "ann")
        seats[0].observe({"text": "news from the menu"})
        rehearsal.settle()
        assert ann.heard == []
        ann.says("bye")
        assert "news from the menu" in ann.heard


def test_many_people_each_have_an_overworld_of_their_own():
    with opened({"echo": Echo, "chat": pair()}, max_workers=2) as rehearsal:
        for number in range(100):
            rehearsal.channel.arrive(f"p{number}", opens=True)
            rehearsal.channel.say(f"p{number}", "echo")
            rehearsal.channel.say(f"p{number}", f"I am {number}")
        rehearsal.settle()
        assert all(rehearsal.person(f"p{number}").heard == [f"I am {number}"] for number in range(100))
        assert rehearsal.service.counts().in_task == {"echo": 100}


def test_who_met_a_mistake_of_ours_and_left_may_choose_the_same_on_their_next_visit():
    """Their new words are news, as many as there were of them before."""

    class Fails(Small):
        def parley(self):
            raise ValueError("not today")

    with opened({"bad": Fails, "echo": Echo}) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        ann.says("bad")
        ann.goes_away()
        rehearsal.advance(61)
        ann.arrives(opens=True).arrives(opens=True)
        ann.says("echo")
        assert ann.place == "task"
