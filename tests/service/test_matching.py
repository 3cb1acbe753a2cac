"""Matching: who is taken from the pool, in which roles, and what slow or broken author code does to it."""

import threading
from types import SimpleNamespace

import pytest
from small_worlds import Chat, Echo, Question, go, opened, pair, session

FAILED = "Sorry, something went wrong on our side, and this conversation had to end."


def roles(people):
    return [person.role for person in people]


def places(people):
    return [person.place for person in people]


class TestMatching:
    def test_the_second_person_completes_the_pair_at_once(self):
        with opened({"chat": pair()}) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            assert ann.place == "waiting"
            (bob,) = go(rehearsal, "chat", "bob")
            assert places([ann, bob]) == ["task", "task"]
            assert roles([ann, bob]) == ["Person 1", "Person 2"]
            ann.says("hello")
            assert bob.heard == ["hello"]
            assert bob.lines[-1].message.id == "Person 1"

    def test_nobody_who_is_matched_at_once_is_shown_a_waiting_room(self):
        with opened({"echo": Echo}) as rehearsal:
            (ann,) = go(rehearsal, "echo", "ann")
            assert "waiting" not in [getattr(signal, "place", None) for signal in ann.signals]

    def test_the_waiting_room_is_shown_once_however_many_come_and_go_meanwhile(self):
        with opened({"chat": pair(agents_required=3)}) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            for name in ("bob", "cyd", "dan"):
                (other,) = go(rehearsal, "chat", name)
                other.says("EXIT")
            assert [getattr(signal, "place", None) for signal in ann.signals].count("waiting") == 1

    def test_the_oldest_are_taken_first(self):
        with opened({"chat": pair(agents_required=3)}) as rehearsal:
            people = go(rehearsal, "chat", *"abcdefg")
            assert places(people) == ["task"] * 6 + ["waiting"]
            people[0].says("to b and c")
            assert people[2].heard == ["to b and c"]
            assert people[3].heard == []

    def test_pools_of_different_tasks_do_not_mix(self):
        with opened({"chat": pair(), "talk": pair()}) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            (bob,) = go(rehearsal, "talk", "bob")
            assert places([ann, bob]) == ["waiting", "waiting"]
            assert rehearsal.service.counts().waiting == {"chat": 1, "talk": 1}

    def test_many_people_at_one_moment_are_all_paired(self):
        with opened({"chat": pair()}) as rehearsal:
            for number in range(400):
                for text in ("hi", "chat"):
                    rehearsal.channel.say(f"p{number}", text)
            rehearsal.settle()
            assert rehearsal.service.counts().places == {"task": 400}
            assert rehearsal.service.counts().runs_started == 600

    def test_nobody_is_paired_with_someone_who_is_away(self):
        with opened({"chat": pair()}) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            ann.goes_away()
            bob, cyd = go(rehearsal, "chat", "bob", "cyd")
            assert places([ann, bob, cyd]) == ["waiting", "task", "task"]
            (dan,) = go(rehearsal, "chat", "dan")
            assert dan.place == "waiting"
            ann.comes_back()
            assert places([ann, dan]) == ["task", "task"]
            assert roles([ann, dan]) == ["Person 1", "Person 2"]  # ann kept her place at the front

    def test_leaving_the_waiting_room_for_good_frees_the_place(self):
        with opened({"chat": pair()}) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            ann.goes_away()
            rehearsal.advance(61)
            (bob,) = go(rehearsal, "chat", "bob")
            assert places([ann, bob]) == ["gone", "waiting"]
            assert rehearsal.service.counts().waiting == {"chat": 1}

    def test_somebody_who_writes_on_a_new_visit_is_there_and_is_matched(self):
        with opened({"chat": pair()}) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            ann.goes_away()
            rehearsal.advance(61)
            ann.says("hi again")  # over a connection that the channel did not announce
            ann.says("chat")
            go(rehearsal, "chat", "bob")
            assert ann.place == "task"


class TestEligibility:
    def test_only_those_who_are_eligible_are_taken(self):
        class Adults(Chat):
            @staticmethod
            def eligibility_function(session):
                return session.onboard_data["name"] != "child"

        with opened({"chat": {**pair(Adults), "onboard_world": Question}}) as rehearsal:
            people = go(rehearsal, "chat", "ann", "bob", "cyd")
            for person, name in zip(people, ("Ann", "child", "Cyd"), strict=True):
                person.says(name)
            assert places(people) == ["task", "waiting", "task"]

    def test_it_is_shown_who_waits_and_for_how_long(self):
        seen = []

        class Curious(Chat):
            @staticmethod
            def eligibility_function(session):
                seen.append((session.id, dict(session.time_in_pool), session.data, session.onboard_data))
                session.stored_data["asked"] = True
                return True

        with opened({"chat": pair(Curious)}) as rehearsal:
            go(rehearsal, "chat", "ann")
            assert seen == []  # nobody asks about somebody who is alone
            rehearsal.advance(12)
            go(rehearsal, "chat", "bob")
            assert [(who, times) for who, times, *_ in seen] == [
                ("memory:ann", {"chat": pytest.approx(12)}),
                ("memory:bob", {"chat": pytest.approx(0)}),
            ]
            assert session(rehearsal, rehearsal.person("ann")).stored_data["asked"] is True

    def test_time_in_pool_can_open_a_task_to_those_who_waited(self):
        class Patient(Chat):
            @staticmethod
            def eligibility_function(session):
                return session.time_in_pool["chat"] >= 20 or session.id.endswith("vip")

        with opened({"chat": pair(Patient)}) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            assert places([ann, bob]) == ["waiting", "waiting"]
            rehearsal.advance(25)
            (vip,) = go(rehearsal, "chat", "vip")
            assert places([ann, bob, vip]) == ["task", "task", "waiting"]

    def test_it_may_stand_beside_the_world_under_the_tasks_key(self):
        hooks = {"chat": SimpleNamespace(eligibility_function=lambda session: not session.id.endswith("bob"))}
        with opened({"chat": pair()}, hooks=hooks) as rehearsal:
            people = go(rehearsal, "chat", "ann", "bob", "cyd")
            assert places(people) == ["task", "waiting", "task"]

    @pytest.mark.parametrize("error", [ValueError("a reason"), SystemExit("a reason")])
    def test_somebody_whom_it_fails_on_is_told_and_goes_back_and_the_others_are_matched(self, error, caplog):
        class Fragile(Chat):
            @staticmethod
            def eligibility_function(session):
                if session.id.endswith("bob"):
                    raise error
                return True

        with opened({"chat": pair(Fragile)}) as rehearsal:
            people = go(rehearsal, "chat", "ann", "bob", "cyd")
            assert places(people) == ["task", "overworld", "task"]
            assert people[1].heard == [FAILED, "welcome back"]
            assert "Fragile.eligibility_function() failed for memory:bob" in caplog.text


class TestRoles:
    class Group(Chat):
        """Needs one leader and two others; names tell who is what."""

        @staticmethod
        def assign_roles(agents):
            free = {"l": ["Leader"], "o": ["First", "Second"]}
            for agent in agents:
                seats = free[agent.id.partition(":")[2][0]]
                agent.disp_id = seats.pop(0) if seats else None

    def group(self):
        return {"group": {"task_world": self.Group, "agents_required": 3}}

    def test_roles_are_what_others_see_as_the_speaker(self):
        with opened(self.group()) as rehearsal:
            people = go(rehearsal, "group", "o1", "leader", "o2")
            assert roles(people) == ["First", "Leader", "Second"]
            people[1].says("follow me")
            assert people[0].lines[-1].message.id == "Leader"

    def test_who_is_turned_down_keeps_their_place_and_the_next_in_line_is_tried(self):
        opens = []

        class Together(self.Group):
            @staticmethod
            def eligibility_function(session):
                return bool(opens)

        with opened({"group": {"task_world": Together, "agents_required": 3}}) as rehearsal:
            people = go(rehearsal, "group", "o1", "o2", "o3", "o4", "l1")
            assert places(people) == ["waiting"] * 5
            opens.append(True)
            rehearsal.advance(5.1)
            assert places(people) == ["task", "task", "waiting", "waiting", "task"]
            more = go(rehearsal, "group", "l2")
            assert places(people[2:4] + more) == ["task"] * 3
            assert roles(people[2:4] + more) == ["First", "Second", "Leader"]

    def test_when_nobody_is_left_to_try_those_with_a_role_begin(self):
        with opened(self.group()) as rehearsal:
            people = go(rehearsal, "group", "l1", "l2", "l3")
            assert places(people) == ["task", "waiting", "waiting"]
            assert roles(people[:1]) == ["Leader"]
            more = go(rehearsal, "group", "o1")
            assert places(people + more) == ["task", "task", "waiting", "task"]
            assert roles([people[1], *more]) == ["Leader", "First"]

    def test_three_required_and_one_always_turned_down_begin_as_two(self):
        class NeverCyd(Chat):
            @staticmethod
            def assign_roles(agents):
                for agent in agents:
                    agent.disp_id = None if agent.id.endswith("cyd") else agent.id.partition(":")[2].title()

        with opened({"chat": {"task_world": NeverCyd, "agents_required": 3}}) as rehearsal:
            people = go(rehearsal, "chat", "ann", "cyd", "bob")
            assert places(people) == ["task", "waiting", "task"]
            people[0].says("just us")
            people[2].sees("just us")

    def test_when_everybody_is_turned_down_everybody_waits_on(self):
        class Nobody(Chat):
            @staticmethod
            def assign_roles(agents):
                pass

        with opened({"chat": pair(Nobody)}) as rehearsal:
            people = go(rehearsal, "chat", "ann", "bob", "cyd")
            rehearsal.advance(60)
            assert places(people) == ["waiting"] * 3

    def test_roles_that_are_given_only_later_are_asked_for_again(self):
        allowed = []

        class Later(Chat):
            @staticmethod
            def assign_roles(agents):
                if allowed:
                    agents[0].disp_id, agents[1].disp_id = "A", "B"

        with opened({"chat": pair(Later)}) as rehearsal:
            people = go(rehearsal, "chat", "ann", "bob")
            rehearsal.advance(30)
            assert places(people) == ["waiting"] * 2
            allowed.append(True)
            rehearsal.advance(5.1)
            assert places(people) == ["task"] * 2

    def test_a_role_from_a_match_that_came_to_nothing_is_not_carried_into_the_next(self):
        asked = []

        class Picky(Chat):
            @staticmethod
            def assign_roles(agents):
                asked.append([agent.role for agent in agents])
                agents[0].role = "A"
                if len(asked) > 1:
                    agents[1].role = "B"

        with opened({"chat": pair(Picky)}) as rehearsal:
            go(rehearsal, "chat", "ann", "bob", "cyd")
            assert asked[0] == asked[1] == [None, None]

    @pytest.mark.parametrize("wrong", [5, "", ["Robin"], b"Robin", True])
    def test_a_disp_id_that_is_no_name_sends_people_back_and_names_the_class(self, wrong, caplog):
        class Wrong(Chat):
            @staticmethod
            def assign_roles(agents):
                for agent in agents:
                    agent.disp_id = wrong

        with opened({"chat": pair(Wrong)}) as rehearsal:
            people = go(rehearsal, "chat", "ann", "bob")
            assert places(people) == ["overworld", "overworld"]
            assert people[0].heard == [FAILED, "welcome back"]
            assert "expected Wrong.assign_roles(agents) to set disp_id to a name" in caplog.text

    @pytest.mark.parametrize("error", [ValueError, SystemExit])
    def test_assign_roles_that_raises_sends_that_group_back_and_tries_the_next(self, error, caplog):
        class Fragile(Chat):
            @staticmethod
            def eligibility_function(session):
                return len(go_ahead) > 0

            @staticmethod
            def assign_roles(agents):
                if any(agent.id.endswith("bob") for agent in agents):
                    raise error
                for index, agent in enumerate(agents):
                    agent.role = f"R{index}"

        go_ahead = []
        with opened({"chat": pair(Fragile)}) as rehearsal:
            people = go(rehearsal, "chat", "ann", "bob", "cyd")
            go_ahead.append(True)
            people += go(rehearsal, "chat", "dan")
            assert places(people) == ["overworld", "overworld", "task", "task"]
            assert "Fragile.assign_roles() failed for memory:ann, memory:bob" in caplog.text

    def test_a_missing_disp_id_is_an_error_like_any_other(self, caplog):
        class Deletes(Chat):
            @staticmethod
            def assign_roles(agents):
                del agents[0].disp_id

        with opened({"chat": pair(Deletes)}) as rehearsal:
            people = go(rehearsal, "chat", "ann", "bob")
            assert places(people) == ["overworld", "overworld"]
            assert "Deletes.assign_roles() failed" in caplog.text

    @pytest.mark.thorough
    def test_a_thousand_groups_that_fail_at_once_are_all_told(self):
        class Breaks(Chat):
            @staticmethod
            def eligibility_function(session):
                return session.time_in_pool["chat"] > 0 or len(open_) > 0

            @staticmethod
            def assign_roles(agents):
                raise ValueError

        open_ = []
        with opened({"chat": {"task_world": Breaks, "agents_required": 1}}) as rehearsal:
            for number in range(1200):
                rehearsal.channel.say(f"p{number}", "hi")
                rehearsal.channel.say(f"p{number}", "chat")
            rehearsal.settle()
            open_.append(True)
            go(rehearsal, "chat", "last")
            assert rehearsal.service.counts().places == {"overworld": 1201}


class TestSlowMatching:
    """Author code that takes its time must not hold up anybody but those who wait for it."""

    @pytest.fixture
    def slow(self):
        began, go_on = threading.Event(), threading.Event()

        class Slow(Chat):
            @staticmethod
            def assign_roles(agents):
                began.set()
                go_on.wait(60)
                for index, agent in enumerate(agents):
                    agent.role = f"R{index}"

        with opened({"chat": pair(Slow), "echo": Echo}, disconnect_grace=5) as rehearsal:
            go(rehearsal, "chat", "ann")
            rehearsal.channel.say("bob", "hi")
            rehearsal.channel.say("bob", "chat")
            assert began.wait(60)
            yield rehearsal, go_on
            go_on.set()

    @staticmethod
    def let(rehearsal, go_on):
        go_on.set()
        rehearsal.settle()

    @staticmethod
    def desk(rehearsal):
        assert rehearsal.service._desk.wait_idle(10)

    @staticmethod
    def queue(rehearsal, texts, *names):
        """Have these people write this, and wait until all of them have queued."""
        waiting, queued = rehearsal.service._journey.tasks.waiting, threading.Semaphore(0)
        enter = waiting.enter
        waiting.enter = lambda session, key: (enter(session, key), queued.release())
        for name in names:
            for text in texts:
                rehearsal.channel.say(name, text)
        for _ in names:
            assert queued.acquire(timeout=60)
        waiting.enter = enter

    def test_others_come_and_go_meanwhile(self, slow):
        rehearsal, go_on = slow
        heard = threading.Event()
        rehearsal.channel._on_change = lambda: rehearsal.channel.lines("cyd") and heard.set()
        for text in ("hi", "echo", "hello"):
            rehearsal.channel.say("cyd", text)
        assert heard.wait(60)
        self.let(rehearsal, go_on)
        assert places(rehearsal.people("ann", "bob", "cyd")) == ["task"] * 3

    def test_somebody_who_goes_away_meanwhile_is_not_matched(self, slow):
        rehearsal, go_on = slow
        rehearsal.channel.go("ann")
        self.desk(rehearsal)
        self.let(rehearsal, go_on)
        assert places(rehearsal.people("ann", "bob")) == ["waiting", "waiting"]
        rehearsal.person("ann").comes_back()
        assert places(rehearsal.people("ann", "bob")) == ["task", "task"]

    def test_somebody_who_stops_waiting_meanwhile_is_not_matched(self, slow):
        rehearsal, go_on = slow
        rehearsal.channel.say("ann", "exit")
        self.desk(rehearsal)
        self.let(rehearsal, go_on)
        assert places(rehearsal.people("ann", "bob")) == ["overworld", "waiting"]

    def test_somebody_who_goes_and_comes_and_queues_again_meanwhile_has_a_new_place(self, slow):
        rehearsal, go_on = slow
        self.queue(rehearsal, ("exit", "chat"), "ann")
        self.let(rehearsal, go_on)
        assert places(rehearsal.people("ann", "bob")) == ["task", "task"]
        assert roles(rehearsal.people("ann", "bob")) == ["R1", "R0"]

    def test_somebody_who_arrives_meanwhile_is_looked_at_next(self, slow):
        rehearsal, go_on = slow
        self.queue(rehearsal, ("hi", "chat"), "cyd", "dan")
        self.let(rehearsal, go_on)
        assert places(rehearsal.people("ann", "bob", "cyd", "dan")) == ["task"] * 4

    def test_what_is_written_ahead_of_the_match_belongs_to_the_task(self, slow):
        rehearsal, go_on = slow
        rehearsal.channel.say("bob", "said ahead")
        self.let(rehearsal, go_on)
        assert rehearsal.person("ann").heard == ["said ahead"]

    def test_running_out_of_time_meanwhile_is_not_undone_by_the_match(self, slow):
        rehearsal, go_on = slow
        rehearsal.channel.go("ann")
        self.desk(rehearsal)
        rehearsal.timers.advance(6)  # longer than the grace
        self.desk(rehearsal)
        self.let(rehearsal, go_on)
        assert places(rehearsal.people("ann", "bob")) == ["gone", "waiting"]
