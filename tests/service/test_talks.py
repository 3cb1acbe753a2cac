"""What stands around a conversation: roles, instructions, the time it has, and people who would like to finish."""

from parleyrun import World, archive
from parleyrun.core.message import FrozenDict
from parleyrun.events import Inbound
from parleyrun.signals import PartnerName
from parleyrun.testing import FakeModel, rehearse, rehearse_world

ROLES = {
    "Buyer": {"instructions": "You are {role}. {others} has a lamp, and { braces } stay. *Pay at most 20.*"},
    "Seller": {"instructions": "Sell the lamp."},
}


def haggle(**task):
    chat = {"task_world": "parleyrun.ready:Chat", "agents_required": 2}
    return {"tasks": {"haggle": {**chat, **task}}}


def in_conversation(rehearsal, *names):
    people = rehearsal.people(*names)
    for person in people:
        person.says("hi")
    return people


class Endless(World):
    """Hands words on for ever, and knows nothing of time."""

    def parley(self):
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                for other in self.agents:
                    if other is not agent:
                        other.observe(act)

    def episode_done(self):
        return False


class Waiting(World):
    """Waits inside parley() for as long as it takes."""

    def parley(self):
        self.agents[0].act_blocking()

    def episode_done(self):
        return False


class Farewell(World):
    """Needs one more parley once its time is up."""

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        self.time_over = self.over = False

    def time_is_up(self):
        self.time_over = True
        self.agents[0].observe({"text": "One last thing."})

    def parley(self):
        self.agents[0].act()
        if self.time_over:
            self.agents[0].observe({"text": "Farewell."})
            self.over = True

    def episode_done(self):
        return self.over


class Stubborn(Endless):
    """Is told that its time is up, and goes on."""

    def time_is_up(self):
        self.agents[0].observe({"text": "Never mind."})


def outcomes(path):
    with archive.open(path) as study:
        return [(run["outcome"], run["reason"]) for run in study.runs() if run["kind"] == "task"]


def test_roles_are_given_in_order_and_each_is_told_its_own_instructions_and_nobody_elses():
    with rehearse(haggle(roles=ROLES)) as rehearsal:
        ann, bob = in_conversation(rehearsal, "ann", "bob")
        assert (ann.role, bob.role) == ("Buyer", "Seller")
        told = "You are Buyer. Seller has a lamp, and { braces } stay. *Pay at most 20.*"
        assert ann.heard == [told]
        assert bob.heard == ["Sell the lamp."]
        assert ann.talk.instructions == told
        assert bob.talk.partners == (PartnerName("Buyer"),)
        ann.says("how much?")
        assert bob.heard[-1] == "how much?"


def test_instructions_depend_on_a_condition_and_name_its_value():
    told = {"when": {"price": "high"}, "then": "It costs 30 ({condition.price}).", "else": "It costs 10."}
    config = haggle(agents_required=1, roles={"Buyer": {"instructions": told}})
    config["conditions"] = {"price": {"values": ["high", "low"]}}
    with rehearse(config) as rehearsal:
        ann, bob = in_conversation(rehearsal, "ann", "bob")
        assert {ann.heard[0], bob.heard[0]} == {"It costs 30 (high).", "It costs 10."}


def test_instructions_stand_in_a_file_beside_the_config(tmp_path):
    (tmp_path / "buyer.md").write_text("Buy **the lamp**.\n")
    path = tmp_path / "study.yml"
    path.write_text(
        "tasks: {haggle: {task_world: 'parleyrun.ready:Chat', roles: {Buyer: {instructions: buyer.md}}}}\n"
    )
    with rehearse(path) as rehearsal:
        [ann] = in_conversation(rehearsal, "ann")
        assert ann.heard == ["Buy **the lamp**."]
        assert ann.role == "Buyer"


def test_a_bot_that_nobody_is_told_of_is_named_among_the_partners_as_a_person_is():
    with FakeModel("Ten.") as model:
        config = haggle(
            agents_required={"when": {"partner": "human"}, "then": 2, "else": 1},
            bots={"Seller": {"model": "seller", "when": {"partner": "model"}, "disclose": False, "pace": None}},
            roles=ROLES,
            end_button="all",
            time_limit=60,
        )
        config["models"] = {"seller": {"model": "chat_completions", "base_url": model.base_url, "name": "x"}}
        config["conditions"] = {"partner": {"values": ["human", "model"]}}
        with rehearse(config) as rehearsal:
            people = in_conversation(rehearsal, "ann", "bob", "cem")
            of = {person: rehearsal.service._sessions.get(person.id).condition["partner"] for person in people}
            alone = next(person for person in people if of[person] == "model")
            human = next(person for person in people if of[person] == "human" and person.role == "Buyer")
            assert alone.talk == human.talk
            assert alone.heard == human.heard
            before = len(alone.heard), len(human.heard)
            alone.says("/finish")
            human.says("/finish")
            assert alone.heard[before[0] :] == human.heard[before[1] :]
            assert alone.place == human.place == "task"
            assert alone.talk == human.talk
            rehearsal.advance(6.5)
            assert alone.place == "overworld"


def test_people_are_warned_and_the_conversation_ends_in_good_order_when_its_time_is_up(tmp_path):
    config = haggle(time_limit=300, warn_at=30)
    config["opt"] = {"chat": {"goodbye": "Goodbye!"}}
    with rehearse(config, store=tmp_path / "study.db") as rehearsal:
        ann, bob = in_conversation(rehearsal, "ann", "bob")
        assert ann.talk.ends_at == rehearsal.timers.time() + 300
        rehearsal.advance(269)
        assert ann.heard == []
        rehearsal.advance(2)
        assert (ann.heard, bob.heard) == (["The time is nearly over."], ["The time is nearly over."])
        rehearsal.advance(28)
        assert ann.place == "task"
        rehearsal.advance(2)
        assert ann.heard[1:3] == ["The time is up, so this conversation has ended.", "Goodbye!"]
        assert (ann.place, bob.place) == ("overworld", "overworld")
    assert outcomes(tmp_path / "study.db") == [("finished", "the time was up")]


def test_the_time_depends_on_a_condition():
    config = haggle(agents_required=1, time_limit={"when": {"pace": "fast"}, "then": 60})
    config["conditions"] = {"pace": {"values": ["fast", "slow"]}}
    with rehearse(config) as rehearsal:
        people = in_conversation(rehearsal, "ann", "bob")
        assert sorted(person.talk.ends_at is None for person in people) == [False, True]
        rehearsal.advance(61)
        assert sorted(person.place for person in people) == ["overworld", "task"]


def test_a_world_that_knows_nothing_of_time_is_ended_and_people_are_told(tmp_path):
    for world in (Endless, Waiting):
        path = tmp_path / f"{world.__name__}.db"
        with rehearse_world(world, ["ann"], time_limit=60, store=path) as rehearsal:
            ann = rehearsal.person("ann")
            rehearsal.advance(59)
            assert ann.place == "task"
            rehearsal.advance(7)
            assert ann.heard == ["The time is up, so this conversation has ended."]
            assert ann.place == "overworld"
        assert outcomes(path) == [("finished", "the time was up")]


def test_a_world_may_learn_that_its_time_is_up_and_say_more(tmp_path):
    with rehearse_world(Farewell, ["ann"], time_limit=60, store=tmp_path / "study.db") as rehearsal:
        rehearsal.advance(61)
        assert rehearsal.person("ann").heard == ["One last thing.", "Farewell."]
    assert outcomes(tmp_path / "study.db") == [("finished", "the time was up")]


def test_a_world_that_goes_on_all_the_same_is_ended_one_tick_later():
    with rehearse_world(Stubborn, ["ann"], time_limit=60) as rehearsal:
        ann = rehearsal.person("ann")
        rehearsal.advance(61)
        assert (ann.heard, ann.place) == (["Never mind."], "task")
        rehearsal.advance(5)
        assert ann.heard == ["Never mind.", "The time is up, so this conversation has ended."]
        assert ann.place == "overworld"


def test_time_goes_on_while_the_service_is_down_and_nobody_is_warned_twice(tmp_path):
    with rehearse(haggle(time_limit=300, warn_at=60), store=tmp_path / "study.db") as rehearsal:
        ann, bob = in_conversation(rehearsal, "ann", "bob")
        ends_at = ann.talk.ends_at
        rehearsal.advance(100)
        rehearsal.crash(down_seconds=20)
        assert ann.talk.ends_at == ends_at
        rehearsal.advance(121)
        assert ann.heard == ["The time is nearly over."]
        rehearsal.crash()
        rehearsal.advance(30)
        assert ann.heard == bob.heard == ["The time is nearly over."]
        rehearsal.crash(down_seconds=40)
        rehearsal.advance(1)
        assert ann.heard[1] == "The time is up, so this conversation has ended."
        assert (ann.place, bob.place) == ("overworld", "overworld")
    assert outcomes(tmp_path / "study.db") == [("finished", "the time was up")]


def test_a_clock_that_was_set_back_makes_no_conversation_longer(tmp_path):
    with rehearse(haggle(time_limit=300), store=tmp_path / "study.db") as rehearsal:
        ann, _ = in_conversation(rehearsal, "ann", "bob")
        rehearsal.crash(down_seconds=-3_600)
        assert ann.talk.ends_at == rehearsal.timers.time() + 300
        rehearsal.advance(301)
        ann.sees("The time is up, so this conversation has ended.")


def test_who_was_to_be_warned_while_the_service_was_down_is_warned_as_it_comes_up(tmp_path):
    with rehearse(haggle(time_limit=300, warn_at=60), store=tmp_path / "study.db") as rehearsal:
        ann, _ = in_conversation(rehearsal, "ann", "bob")
        rehearsal.advance(200)
        rehearsal.crash(down_seconds=70)
        rehearsal.advance(0.1)
        assert ann.heard == ["The time is nearly over."]


def test_with_all_a_conversation_ends_once_everybody_would_like_to(tmp_path):
    with rehearse(haggle(end_button="all", roles=ROLES), store=tmp_path / "study.db") as rehearsal:
        ann, bob = in_conversation(rehearsal, "ann", "bob")
        ann.sees("Once you are done, you may finish the conversation: write /finish.")
        bob.news()
        ann.says("/finish")
        ann.sees("We will finish as soon as everybody would like to.")
        bob.sees("Buyer would like to finish. If you would like that too, write /finish.")
        assert ann.talk.finish.wanted
        assert bob.talk.finish.wanted_by == ("Buyer",)
        assert (ann.place, bob.place) == ("task", "task")
        bob.says(" /Finish")
        bob.sees("This conversation has been finished.")
        assert (ann.place, bob.place) == ("overworld", "overworld")
    assert outcomes(tmp_path / "study.db") == [("finished", "everybody wanted to finish")]


def test_a_wish_to_finish_outlives_a_crash_and_is_no_word_of_the_conversation(tmp_path):
    with rehearse(haggle(end_button="all"), store=tmp_path / "study.db") as rehearsal:
        ann, bob = in_conversation(rehearsal, "ann", "bob")
        ann.says("/finish")
        rehearsal.crash()
        assert ann.talk.finish.wanted
        assert "/finish" not in bob.heard
        bob.says("one more word")
        assert ann.heard[-1] == "one more word"
        rehearsal.crash()
        bob.says("/finish")
        assert (ann.place, bob.place) == ("overworld", "overworld")
        ann.says("haggle")
        bob.says("haggle")
        assert not ann.talk.finish.wanted


def test_with_any_one_is_enough():
    with rehearse(haggle(end_button="any")) as rehearsal:
        ann, bob = in_conversation(rehearsal, "ann", "bob")
        bob.says("/finish")
        assert (ann.place, bob.place) == ("overworld", "overworld")


def test_without_an_end_button_the_word_is_like_any_other():
    with rehearse(haggle(time_limit=60)) as rehearsal:
        ann, bob = in_conversation(rehearsal, "ann", "bob")
        bob.says("/finish")
        assert ann.heard == ["/finish"]
        assert ann.talk.finish is None


def test_who_has_said_too_little_may_not_finish_yet_and_lines_count_over_a_crash(tmp_path):
    with rehearse(haggle(end_button="any", min_turns=2), store=tmp_path / "study.db") as rehearsal:
        ann, _ = in_conversation(rehearsal, "ann", "bob")
        ann.says("one")
        assert not ann.talk.finish.open
        ann.says("/finish")
        assert ann.heard[-1] == "Please say a little more before you finish."
        rehearsal.crash()
        assert not ann.talk.finish.open
        ann.says("two")
        assert ann.talk.finish.open
        rehearsal.crash()
        assert ann.talk.finish.open
        ann.says("/finish")
        assert ann.place == "overworld"


def test_when_somebody_leaves_those_who_remain_may_be_agreed():
    with rehearse_world(Endless, 3, end_button="all") as rehearsal:
        ann, bob, cem = rehearsal.everybody
        ann.says("/finish")
        bob.says("/finish")
        assert ann.place == "task"
        cem.goes_away()
        rehearsal.advance(61)
        assert ann.place == "overworld"


def test_a_task_that_says_nothing_of_its_conversations_shows_nothing_around_them():
    with rehearse(haggle()) as rehearsal:
        ann, _ = in_conversation(rehearsal, "ann", "bob")
        assert ann.place == "task"
        assert ann.talk is None


def test_who_comes_back_is_shown_what_stands_around_the_conversation():
    with rehearse(haggle(roles=ROLES, title="Bargaining", time_limit=60)) as rehearsal:
        ann, _ = in_conversation(rehearsal, "ann", "bob")
        shown = ann.talk
        ann.goes_away()
        seen = len(ann.signals)
        ann.comes_back()
        assert shown in ann.signals[seen:]
        assert shown.title == "Bargaining"


def test_what_a_device_claims_of_a_line_is_on_record_where_the_task_wants_it_and_no_world_is_told(tmp_path):
    kept = {}
    for paste in ("allow", "record"):
        path = tmp_path / f"{paste}.db"
        with rehearse(haggle(paste=paste), store=path) as rehearsal:
            ann, bob = in_conversation(rehearsal, "ann", "bob")
            said = Inbound(ann.id, "m-1", "I read it somewhere.", claimed=FrozenDict(pasted=14, typed_ms=900))
            rehearsal.service.deliver(said)
            rehearsal.crash()
            assert bob.lines[-1].message.text == "I read it somewhere."
            assert bob.lines[-1].message.extra == {}
            lines = rehearsal.service.lines_after(ann.id, 0)
            kept[paste] = [line.message.extra for line in lines if line.message.text == "I read it somewhere."]
    assert kept == {"allow": [{}], "record": [{"claimed": {"pasted": 14, "typed_ms": 900}}]}


def test_bots_that_sat_down_where_nobody_came_are_partners_after_a_restart_too(tmp_path):
    config = haggle(
        agents_required=2,
        fill_with={"model": "stand_in", "after": 10, "disclose": False},
        roles=ROLES,
        time_limit=600,
    )
    config["models"] = {"stand_in": {"model": "fixed_response"}}
    with rehearse(config, store=tmp_path / "study.db") as rehearsal:
        [ann] = in_conversation(rehearsal, "ann")
        rehearsal.advance(40)
        before = ann.talk
        assert before.partners == (PartnerName("Seller"),)
        rehearsal.crash()
        assert ann.talk == before


def test_each_round_has_its_own_time_and_its_own_wishes_to_finish():
    with rehearse(haggle(rounds=2, time_limit=60, end_button="all", roles=ROLES)) as rehearsal:
        people = in_conversation(rehearsal, "ann", "bob", "cem", "dan")
        assert [person.place for person in people] == ["task"] * 4
        first = people[0].talk.ends_at
        rehearsal.advance(30)
        for person in people:
            person.says("/finish")
        rehearsal.advance(1)
        assert [person.place for person in people] == ["task"] * 4
        assert people[0].talk.ends_at > first
        assert not people[0].talk.finish.wanted
        rehearsal.advance(61)
        assert "task" not in [person.place for person in people]
