"""Which worlds are spared the parley after a busy one, and that no other world is."""

import pytest
from runner_table import Quiet, keeping

from parleyrun.runner.habits import TIMES_BELIEVED, Habit, Habits


class Plain(Quiet):
    """Says everything back; a parley without mail changes nothing. Counts its looks where it is not seen."""

    looks: list[str] = []

    def parley(self):
        self.looks.append("look")
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                agent.observe({"text": act["text"]})


def talk(table, name, times):
    for number in range(times):
        table.says(name, f"{name} {number}")


def test_a_world_that_always_rests_after_a_busy_parley_is_spared_another_one(table):
    Plain.looks = []
    table.launch(Plain, "ann")
    talk(table, "ann", 10)
    assert len(Plain.looks) == 1 + 2 * 10
    talk(table, "ann", TIMES_BELIEVED)
    Plain.looks.clear()
    talk(table, "ann", 10)
    assert len(Plain.looks) == 10
    assert table.heard("ann")[-1] == "ann 9"


def test_what_was_learned_holds_for_the_class_and_not_for_others(table):
    class Other(Plain):
        looks: list[str] = []

    Plain.looks = []
    table.launch(Plain, "ann")
    talk(table, "ann", TIMES_BELIEVED + 1)
    table.launch(Plain, "bob")
    table.launch(Other, "cyd")
    Plain.looks.clear()
    Other.looks.clear()
    talk(table, "bob", 3)
    talk(table, "cyd", 3)
    assert (len(Plain.looks), len(Other.looks)) == (3, 6)


def test_a_spared_world_that_watches_a_clock_is_still_looked_at_soon(table):
    class Watches(Plain):
        looks: list[str] = []

    Watches.looks = []
    table.launch(Watches, "ann")
    talk(table, "ann", TIMES_BELIEVED + 1)
    Watches.looks.clear()
    table.says("ann", "hello")
    table.advance(3)
    assert 4 <= len(Watches.looks) <= 5  # at once, and after 0.3, 0.6 and 1.2 seconds


def test_unread_mail_of_anybody_is_looked_at_at_once(table):
    class OneAtATime(Quiet):
        """Reads one message in each parley, in turn."""

        looks = 0

        def parley(self):
            act = self.agents[0].act() or self.agents[1].act()
            if act is not None:
                self.agents[0].observe({"text": act["text"]})

    table.launch(OneAtATime, "ann", "bob")
    talk(table, "ann", TIMES_BELIEVED + 1)
    table.says("ann", "a", "b", "c", settle=False)
    table.says("bob", "d", "e")
    assert sorted(table.heard("ann")[-5:]) == ["a", "b", "c", "d", "e"]


class TestWorldsThatGoOn:
    """A world that does something of its own after a busy parley is never made to wait for it."""

    def expect_every_parley(self, table, worlds, name="ann"):
        table.launch(keeping(worlds, kept := []), name)
        talk(table, name, 3 * TIMES_BELIEVED)
        return kept[0]

    def test_one_that_says_a_line_in_each_parley(self, table):
        class Storyteller(Quiet):
            def __init__(self, agents):
                super().__init__(agents)
                self.lines = []

            def parley(self):
                act = self.agents[0].act()
                if act is not None:
                    self.lines += ["once", "upon", "a time"]
                if self.lines:
                    self.agents[0].observe({"text": self.lines.pop(0)})

        table.launch(Storyteller, "ann")
        for _ in range(3 * TIMES_BELIEVED):
            table.says("ann", "go on")
        assert table.heard("ann") == ["once", "upon", "a time"] * 3 * TIMES_BELIEVED

    def test_one_that_counts_parleys(self, table):
        class Counts(Quiet):
            def parley(self):
                self.parleys += 1
                act = self.agents[0].act()
                if act is not None:
                    self.agents[0].observe({"text": act["text"]})

        world = self.expect_every_parley(table, Counts)
        assert world.parleys == 1 + 2 * 3 * TIMES_BELIEVED

    def test_one_that_is_over_a_parley_later(self, table):
        class Ends(Quiet):
            """Decides in a parley of its own that it is over."""

            last = ""

            def parley(self):
                if self.last == "bye":
                    self.done = True
                act = self.agents[0].act()
                if act is not None:
                    self.last = act["text"]
                    self.agents[0].observe({"text": act["text"]})

        first, _, _ = table.launch(Ends, "ann")
        talk(table, "ann", 5)
        table.says("ann", "bye")
        assert first.result(0).kind == "finished"
        later, _, _ = table.launch(Ends, "bob")
        talk(table, "bob", 2 * TIMES_BELIEVED)
        table.says("bob", "bye")
        assert later.result(0).kind == "finished"

    @pytest.mark.parametrize("lines", [1, 3])
    def test_one_that_begins_to_go_on_late_waits_for_a_tick_once_and_never_again(self, table, lines):
        class Debriefs(Quiet):
            def __init__(self, agents):
                super().__init__(agents)
                self.lines = []

            def parley(self):
                if self.lines:
                    self.agents[0].observe({"text": self.lines.pop()})
                    return
                act = self.agents[0].act()
                if act is not None:
                    self.agents[0].observe({"text": act["text"]})
                    if act["text"] == "bye":
                        self.lines = ["thanks"] * lines

        table.launch(Debriefs, "ann")
        talk(table, "ann", 2 * TIMES_BELIEVED)
        table.says("ann", "bye")
        assert table.heard("ann")[-1] == "bye"
        table.advance(0.45)
        assert table.heard("ann")[-lines - 1 :] == ["bye", *["thanks"] * lines]
        table.says("ann", "bye")
        assert table.heard("ann")[-lines - 1 :] == ["bye", *["thanks"] * lines]


def test_an_overworld_that_chooses_a_parley_later_is_not_made_to_wait(table):
    class Menu(Quiet):
        chosen = None

        def return_overworld(self):
            self.chosen = None

        def parley(self):
            if self.chosen is not None:
                return self.chosen
            act = self.agents[0].act()
            if act is not None:
                self.chosen = act["text"]
                self.agents[0].observe({"text": "very well"})
            return None

    values = []
    _, _, uid = table.launch_overworld(Menu, "ann", values.append)
    for number in range(2 * TIMES_BELIEVED):
        table.says("ann", f"task {number}")
        assert values[-1] == f"task {number}"
        table.runner.return_overworld(uid)
        table.settle()


def test_habits_are_counted_for_each_class_until_they_are_believed():
    habits = Habits()
    habit = habits.of(Plain)
    assert habits.of(Plain) is habit
    assert habits.of(Quiet) is not habit
    for _ in range(TIMES_BELIEVED):
        assert habit.may_wait
        assert not habit.always_rests
        habit.returned()
        habit.rested()
    assert not habit.may_wait
    assert habit.always_rests
    habit.waits = True
    habit.went_on()
    habit.rested()
    assert habit.may_wait
    assert not habit.always_rests
    assert Habit().may_wait
