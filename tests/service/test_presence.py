"""Typing, reading, being away, coming back and leaving: what partners see, and what becomes of their talk."""

from small_worlds import Chat, Echo, Small, go, opened, pair, session

from parleyrun.config.texts import Texts
from parleyrun.events import DeliveredThrough
from parleyrun.signals import Ended, Presence, ReadMark, Typing


def places(people):
    return [person.place for person in people]


class TestSignals:
    def test_typing_is_shown_to_the_others_under_ones_role(self):
        with opened({"chat": pair(agents_required=3)}) as rehearsal:
            ann, bob, cyd = go(rehearsal, "chat", "ann", "bob", "cyd")
            ann.types()
            ann.types(on=False)
            for other in (bob, cyd):
                typing = [signal for signal in other.signals if isinstance(signal, Typing) and signal.who]
                assert typing == [Typing("Person 1", True), Typing("Person 1", False)]
            assert not any(isinstance(signal, Typing) and signal.who for signal in ann.signals)

    def test_typing_and_reading_outside_a_task_concern_nobody(self):
        with opened({"echo": Echo}) as rehearsal:
            ann = rehearsal.person("ann")
            ann.types()
            ann.reads()
            ann.says("hi")
            ann.types()
            assert all(not isinstance(signal, Typing | ReadMark) for signal in ann.signals)

    def test_reading_marks_the_lines_of_those_who_wrote_them_once(self):
        with opened({"chat": pair()}) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            seqs = [ann.says(text).seq for text in ("one", "two")]
            bob.reads()
            bob.reads()
            marks = [signal for signal in ann.signals if isinstance(signal, ReadMark) and signal.who]
            assert marks == [ReadMark("Person 2", seq) for seq in seqs]
            assert not any(isinstance(signal, ReadMark) and signal.who for signal in bob.signals)

    def test_what_is_delivered_concerns_nobody_but_the_record(self):
        with opened({"chat": pair()}) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            before = len(ann.signals), len(bob.signals)
            rehearsal.service.deliver(DeliveredThrough(bob.id, ann.says("one").seq))
            rehearsal.settle()
            assert (len(ann.signals), len(bob.signals)) == before

    def test_a_late_word_of_delivery_brings_nobody_back(self):
        with opened({"chat": pair()}) as rehearsal:
            rehearsal.service.deliver(DeliveredThrough("memory:ann", 3))
            rehearsal.settle()
            assert session(rehearsal, rehearsal.person("ann")) is None

    def test_a_world_can_show_that_somebody_thinks(self):
        made = []

        class Thinks(Echo):
            def hear(self, agent, act):
                agent.typing_on(made[0] if act["text"] == "hm" else act["text"])
                super().hear(agent, act)

        with opened({"think": Thinks}) as rehearsal:
            made.append(rehearsal.service.authors.create_persona("Robot", "https://example.org/robot.png"))
            (ann,) = go(rehearsal, "think", "ann")
            ann.says("hm")
            assert Typing("Robot", True, persona_id=made[0]) in ann.signals
            ann.says("900000000000004")
            assert Typing("", True, persona_id="900000000000004") in ann.signals


class TestPresence:
    """Away, back, left: what partners see, and what becomes of their conversation."""

    def test_partners_see_away_and_back_and_the_seat_is_kept(self):
        with opened({"chat": pair()}) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            ann.goes_away()
            bob.says("are you there?")
            rehearsal.advance(59)
            ann.comes_back()
            assert bob.partners == [("Person 1", "away"), ("Person 1", "back")]
            assert ann.heard == ["are you there?"]
            rehearsal.advance(1000)
            ann.says("here I am")
            assert bob.heard == ["here I am"]
            assert ann.partners == []

    def test_going_away_again_begins_a_new_grace(self):
        with opened({"chat": pair()}) as rehearsal:
            ann, _ = go(rehearsal, "chat", "ann", "bob")
            for _ in range(5):
                ann.goes_away()
                rehearsal.advance(50)
                ann.comes_back()
            assert ann.place == "task"

    def test_being_told_twice_that_somebody_went_is_being_told_once(self):
        with opened({"chat": pair()}) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            ann.goes_away()
            rehearsal.advance(30)
            ann.goes_away()
            assert bob.partners == [("Person 1", "away")]
            ann.comes_back()
            rehearsal.advance(30)  # when an abandoned first timer would fire
            ann.goes_away()
            rehearsal.advance(59)
            assert ann.place == "task"
            rehearsal.advance(2)
            assert ann.place == "gone"

    def test_a_world_that_handles_the_disconnect_says_what_it_likes(self):
        class Kind(Chat):
            def hear(self, agent, act):
                if act["text"] == "[DISCONNECT]":
                    for partner in agent.message_partners:
                        partner.observe({"text": f"{agent.role} had to go"})
                    self.done = True
                else:
                    super().hear(agent, act)

        with opened({"chat": pair(Kind)}) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            ann.goes_away()
            rehearsal.advance(60.1)
            assert bob.heard == ["Person 1 had to go", "welcome back"]
            assert bob.partners[-1] == ("Person 1", "left")
            assert places([ann, bob]) == ["gone", "overworld"]
            assert rehearsal.service.counts().runs_ended["left"] >= 1

    def test_a_world_that_takes_no_notice_is_ended_and_the_others_are_told(self):
        with opened({"chat": pair(Small)}) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            ann.goes_away()
            rehearsal.advance(60.1)
            assert places([ann, bob]) == ["gone", "task"]
            rehearsal.advance(5.1)
            assert bob.heard == ["Your partner has left, so this conversation has ended.", "welcome back"]
            assert bob.place == "overworld"

    def test_a_group_may_go_on_without_the_one_who_left(self):
        class Onward(Chat):
            def parley(self):
                for agent in [agent for agent in self.agents if agent not in self.left]:
                    act = agent.act()
                    if act is not None and act["text"] == "[DISCONNECT]":
                        self.left.append(agent)
                    elif act is not None:
                        for partner in self.agents:
                            if partner not in (agent, *self.left):
                                partner.observe(act)
                        self.done = act["text"] == "bye"

            def __init__(self, opt, agents):
                super().__init__(opt, agents)
                self.left = []

        with opened({"chat": pair(Onward, agents_required=3)}) as rehearsal:
            ann, bob, cyd = go(rehearsal, "chat", "ann", "bob", "cyd")
            bob.goes_away()
            rehearsal.advance(300)
            ann.says("just us now")
            assert cyd.heard == ["just us now"]
            assert places([ann, bob, cyd]) == ["task", "gone", "task"]
            cyd.says("bye")
            assert places([ann, cyd]) == ["overworld", "overworld"]

    def test_words_to_somebody_who_left_do_not_break_the_world(self):
        with opened({"chat": pair(agents_required=3)}) as rehearsal:
            people = go(rehearsal, "chat", "ann", "bob", "cyd")
            people[0].goes_away()
            people[1].goes_away()
            rehearsal.advance(61)
            assert places(people) == ["gone", "gone", "overworld"]

    def test_who_left_comes_back_and_starts_afresh_with_their_data_kept(self):
        class Remembers(Chat):
            def hear(self, agent, act):
                agent.data["words"] = agent.data.get("words", 0) + 1
                if act["episode_done"]:
                    return
                super().hear(agent, act)

        with opened({"chat": pair(Remembers)}) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            ann.says("one")
            ann.goes_away()
            rehearsal.advance(60.5)
            ann.arrives(opens=True)
            ann.arrives(opens=True)
            assert ann.place == "overworld"
            ann.says("said to the menu")
            assert bob.heard[:1] == ["one"]
            assert "said to the menu" not in bob.heard  # the old seat does not read what the new visit says
            assert session(rehearsal, ann).data["words"] == 2

    def test_who_comes_back_too_late_is_told_and_their_words_go_nowhere(self):
        with opened({"chat": pair(), "echo": Echo}) as rehearsal:
            ann, _ = go(rehearsal, "chat", "ann", "bob")
            ann.goes_away()
            rehearsal.advance(61)
            ann.arrives(opens=True)
            assert ann.heard[-1] == Texts().place_lost
            assert ann.signals[-1] == Ended("left")
            # What the page kept for the conversation, and sends as soon as it is connected.
            assert ann.says("meant for Bob", "echo").seq
            assert ann.place == "gone"
            ann.goes_away()
            ann.arrives(opens=True)
            assert ann.place == "overworld"
            ann.says("echo", "for the new visit")
            assert ann.heard.count(Texts().place_lost) == 1
            assert ann.heard[-1] == "for the new visit"

    def test_a_script_that_comes_back_too_late_is_told_and_its_first_words_only_open_the_door(self):
        with opened({"chat": pair(), "echo": Echo}) as rehearsal:
            ann, _ = go(rehearsal, "chat", "ann", "bob")
            ann.goes_away()
            rehearsal.advance(61)
            ann.comes_back()
            assert ann.heard[-1] == Texts().place_lost
            ann.says("echo")
            assert ann.place == "overworld"

    def test_who_lost_nothing_but_the_menu_is_back_in_it(self):
        with opened({"echo": Echo}) as rehearsal:
            ann = rehearsal.person("ann").arrives(opens=True)
            ann.goes_away()
            rehearsal.advance(61)
            assert ann.arrives(opens=True).place == "overworld"

    def test_it_is_told_after_a_restart_too(self, tmp_path):
        with opened({"chat": pair()}, record=tmp_path / "a.db") as rehearsal:
            ann, _ = go(rehearsal, "chat", "ann", "bob")
            ann.goes_away()
            rehearsal.advance(61)
            rehearsal.restart()
            ann.arrives(opens=True)
            assert ann.heard[-1] == Texts().place_lost
            rehearsal.restart()
            assert ann.arrives(opens=True).place == "overworld"

    def test_when_everybody_leaves_nothing_is_left_running(self):
        with opened({"chat": pair(), "echo": Echo}) as rehearsal:
            people = go(rehearsal, "chat", "ann", "bob") + go(rehearsal, "echo", "cyd")
            for person in people:
                person.goes_away()
            rehearsal.advance(70)
            assert places(people) == ["gone"] * 3
            assert len(rehearsal.service._runner) == 0
            assert rehearsal.service.counts().places == {}

    def test_somebody_who_is_away_when_the_task_ends_has_their_grace_in_the_overworld(self):
        with opened({"chat": pair()}) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            ann.goes_away()
            rehearsal.advance(30)
            bob.says("bye")
            rehearsal.advance(29)
            assert ann.place == "overworld"
            rehearsal.advance(2)
            assert ann.place == "gone"
            assert not any(isinstance(s, Presence) and s.state == "left" for s in bob.signals)

    def test_no_grace_at_all_means_gone_at_once(self):
        with opened({"chat": pair()}, disconnect_grace=0) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            ann.goes_away()
            rehearsal.advance(0)
            assert places([ann, bob]) == ["gone", "overworld"]
