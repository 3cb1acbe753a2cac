"""Once only: who may not come back, and which tasks nobody does twice."""

from small_worlds import Echo, Menu, go, opened, pair

from parleyrun.config.texts import Texts
from parleyrun.signals import Ended

DONE = Texts().once_only
ONCE = {"arrival": {"once": True}}


def ends(person):
    return [signal for signal in person.signals if isinstance(signal, Ended)]


class TestOneVisit:
    def test_a_second_visit_after_the_end_is_refused(self):
        with opened({"echo": Echo}, **ONCE) as rehearsal:
            ann = rehearsal.person("ann").arrives(opens=True)
            ann.says("echo", "hi", "bye", "EXIT")
            assert ends(ann) == [Ended("goodbye", again=False)]
            ann.goes_away()
            ann.arrives(opens=True)
            assert ann.heard[-1] == DONE
            assert ends(ann)[1:] == [Ended("once", again=False)]
            ann.says("echo")
            assert ann.place == "gone"

    def test_by_default_people_come_back_as_often_as_they_like(self):
        with opened({"echo": Echo}) as rehearsal:
            ann = rehearsal.person("ann").arrives(opens=True)
            ann.says("EXIT")
            assert ends(ann) == [Ended("goodbye")]
            assert ann.arrives(opens=True).place == "overworld"

    def test_it_outlives_a_restart(self, tmp_path):
        with opened({"echo": Echo}, record=tmp_path / "a.db", **ONCE) as rehearsal:
            ann = rehearsal.person("ann").arrives(opens=True)
            ann.says("EXIT")
            rehearsal.restart()
            ann.arrives(opens=True)
            assert ann.heard[-1] == DONE

    def test_who_lost_their_connection_in_a_task_is_through_and_before_it_is_not(self):
        with opened({"chat": pair()}, **ONCE) as rehearsal:
            ann, _ = go(rehearsal, "chat", "ann", "bob")
            cyd = rehearsal.person("cyd").arrives(opens=True)
            for person in (ann, cyd):
                person.goes_away()
            rehearsal.advance(100)
            assert ends(ann) == [Ended("left", again=False)]
            assert ends(cyd) == [Ended("left")]
            ann.arrives(opens=True)
            assert ann.heard[-1] == Texts().place_lost
            assert ends(ann)[1:] == [Ended("left", again=False)]
            ann.arrives(opens=True)
            assert ann.heard[-1] == DONE

    def test_a_mistake_of_ours_before_any_task_keeps_nobody_out(self):
        class Failing(Menu):
            def parley(self):
                raise RuntimeError("not today")

        with opened({"echo": Echo}, overworld=Failing, **ONCE) as rehearsal:
            ann = rehearsal.person("ann").arrives(opens=True)
            assert ends(ann) == [Ended("goodbye")]


class TestOneTask:
    def test_a_task_is_not_entered_a_second_time_and_the_person_is_told(self):
        tasks = {"once": {"task_world": Echo, "not_again": True}, "echo": Echo}
        with opened(tasks) as rehearsal:
            ann = rehearsal.person("ann").arrives(opens=True)
            ann.says("once", "hi", "bye")
            ann.says("once")
            assert (
                "You have done “once” already, and it cannot be done twice. Please choose something else."
                in ann.heard
            )
            assert ann.place == "overworld"
            ann.says("echo", "that one works")
            assert ann.heard[-1] == "that one works"
