"""Bots that operators put in people's seats."""

from types import SimpleNamespace
from typing import NamedTuple

import bot_models
import pytest
from operator_lab import ask, go, study

from parleyrun import OperatorError, World
from parleyrun.ready import Menu
from parleyrun.runner.seats.seat_swap import put_in_place

PAIR = {"task_world": "Chat", "agents_required": 2, "roles": {"Buyer": {}, "Seller": {}}}
TASKS = {"talk": PAIR, "chat": PAIR, "haggle": {**PAIR, "bots": {"Third": {"model": "seller"}}}}


@pytest.fixture(autouse=True)
def nothing_asked():
    bot_models.forget()


@pytest.fixture(params=["memory", "file"])
def lab(request, path):
    with study(path if request.param == "file" else None, tasks=TASKS) as rehearsal:
        yield rehearsal


def says(lab, person, text):
    person.says(text)
    lab.advance(60)


def role_of(lab, name):
    (row,) = ask(lab, "conversations").conversations
    return next(each.role for each in row.people if each.id == f"memory:{name}")


def swap(lab, who="ann", task="talk", **more):
    role = role_of(lab, who)
    return role, ask(lab, "swap", conversation=f"{task}/t_1", role=role, model="other", **more)


def test_a_bot_goes_on_in_a_persons_seat_and_the_partner_goes_on_with_it(lab):
    ann, bob = go(lab, "talk", "ann", "bob")
    says(lab, ann, "hello")
    says(lab, bob, "well?")
    before = len(bob.heard), len(ann.heard)
    role, _ = swap(lab, out=True, outcome="left", hidden=True, why="she felt ill")
    lab.advance(60)
    assert ann.place == "gone"
    assert bob.place == "task"
    # What had not been answered is answered, under the same name; nothing else is shown of it.
    shown = bob.lines[before[0] :]
    assert [(line.message.id, dict(line.message.extra)) for line in shown] == [(role, {})]
    assert shown[0].message.text.endswith("well?")
    says(lab, bob, "fine")
    assert bob.heard[-1].endswith("fine")
    assert not [text for text in ann.heard[before[1] :] if "fine" in text or "well?" in text]
    (act,) = ask(lab, "acts").acts
    assert (act.by, act.verb, act.why, act.target) == ("ada", "swap", "she felt ill", "memory:ann")
    (row,) = ask(lab, "conversations").conversations
    assert [(bot.role, bot.model, bot.disclosed) for bot in row.bots] == [(role, "other", False)]
    ask(lab, "end", conversation="talk/t_1", outcome="finished")
    assert bob.place == "overworld"
    assert lab.service._context.controls.values == {}


def test_the_partner_reads_a_line_if_the_operator_says_one_and_the_person_may_choose_again(lab):
    ann, bob = go(lab, "haggle", "ann", "bob")
    role, _ = swap(lab, task="haggle", text="You go on with somebody else.")
    assert "You go on with somebody else." in bob.heard
    assert (ann.place, bob.place) == ("overworld", "task")
    says(lab, bob, "hello")
    assert {line.message.id for line in bob.lines} >= {"Third", role}
    ann.says("talk")
    assert ann.place == "waiting"
    with pytest.raises(OperatorError, match="that is the last person in there"):
        swap(lab, "bob", task="haggle")


@pytest.mark.parametrize("when", ["at once", "later", "twice"])
def test_after_a_kill_the_bot_sits_there_still(path, when):
    with study(path, tasks=TASKS) as lab:
        ann, bob = go(lab, "talk", "ann", "bob")
        says(lab, ann, "hello")
        role = role_of(lab, "ann")
        if when == "at once":
            lab.service._runner.person_left = lambda *_: None  # the run never hears of it
        ask(lab, "swap", conversation="talk/t_1", role=role, model="other")
        if when != "at once":
            says(lab, bob, "one")
        lab.crash()
        if when == "twice":
            says(lab, bob, "between")
            lab.crash()
        assert (ann.place, bob.place) == ("overworld", "task")
        lab.advance(200)
        says(lab, bob, "two")
        assert (bob.place, bob.lines[-1].message.id) == ("task", role)
        assert bob.heard[-1].endswith("two")
        assert len(ask(lab, "conversations").conversations[0].bots) == 1


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"role": "Third"}, "expected a person's seat, got 'Third', where a bot sits"),
        ({"role": "Nobody"}, "there is nobody 'Nobody' in that conversation; its people are"),
        ({"model": "ohter"}, "there is no model 'ohter'"),
        ({"outcome": "left"}, "expected an outcome only where somebody is sent out"),
        ({"text": "  "}, "expected words, got none"),
    ],
)
def test_what_cannot_be_swapped_is_refused(lab, values, why):
    go(lab, "haggle", "ann", "bob")
    with pytest.raises(OperatorError, match=why):
        ask(lab, "swap", **{"conversation": "haggle/t_1", "role": "Buyer", "model": "other", **values})
    assert ask(lab, "acts").acts == ()
    assert lab.person("ann").place == lab.person("bob").place == "task"


class Waits(World):
    """Waits for its first person inside `parley()`, and keeps its seats where nobody looks."""

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        self.by_role = {"first": (agents[0], [agents[1]])}
        self.service = agents[0].manager
        self.gone = False

    @staticmethod
    def generate_world(opt, agents):
        return Waits(opt, agents)

    def parley(self):
        first, (second,) = self.by_role["first"]
        act = first.act_blocking() if self.opt.get("blocks") else first.act()
        if act is None:
            act, first, second = second.act(), second, first
        if act is None:
            return
        self.gone = act["text"] == "[DISCONNECT]"
        second.observe(act)

    def episode_done(self):
        return self.gone


@pytest.mark.parametrize("blocks", [True, False])
def test_a_seat_is_swapped_wherever_a_world_keeps_it_but_not_while_it_waits_inside_parley(blocks):
    worlds = SimpleNamespace(Waits=Waits, Menu=Menu)
    tasks = {"talk": {**PAIR, "task_world": "Waits"}, "chat": {**PAIR, "task_world": "Waits"}}
    with study(None, worlds, tasks=tasks, opt={"blocks": blocks}) as lab:
        ann, bob = go(lab, "talk", "ann", "bob")
        if blocks:
            with pytest.raises(OperatorError, match="this one waits for people inside parley"):
                swap(lab)
            assert ann.place == "task"
            # It came to wait there just after it was looked at: then its person has left, and nothing hangs.
            lab.service._runner.is_at_rest = lambda *_, **__: False
            swap(lab)
            lab.advance(60)
            assert (ann.place, bob.place) == ("overworld", "overworld")
            return
        role, _ = swap(lab)
        says(lab, bob, "there?")
        assert bob.lines[-1].message.id == role
        assert bob.heard[-1].endswith(": there?")


class Couple(NamedTuple):
    one: object
    other: object


def test_a_seat_is_found_at_any_depth_of_what_a_world_holds():
    seat, partner, bot = object(), object(), object()
    inside = SimpleNamespace(seat=seat)
    world = SimpleNamespace(
        pairs=((seat, 1), (partner, [seat])),
        couple=Couple(seat, (partner,)),
        heard={(seat, partner): 1, partner: 2},
        spoke={seat, (seat, 3), partner},
        kept=(partner, (partner, 4)),
        deep=[{"of": inside}],
    )
    kept = world.kept
    assert put_in_place(world, seat, bot)
    assert world.pairs == ((bot, 1), (partner, [bot]))
    assert world.couple == Couple(bot, (partner,))
    assert isinstance(world.couple, Couple)
    assert world.heard == {(bot, partner): 1, partner: 2}
    assert world.spoke == {bot, (bot, 3), partner}
    assert world.kept is kept
    assert inside.seat is bot
    assert not put_in_place(world, seat, bot)


def test_what_is_kept_of_a_person_who_went_is_not_overwritten_by_the_conversation_that_goes_on(path):
    with study(path, tasks=TASKS) as lab:
        ann, bob = go(lab, "talk", "ann", "bob")
        lab.service._sessions.get("memory:ann").data["colour"] = "red"
        says(lab, ann, "hello")  # and so it is on record
        swap(lab, out=True)
        lab.crash()
        says(lab, bob, "one")
        says(lab, bob, "two")
        lab.crash()
        ann.says("hi again")
        assert lab.service._sessions.get("memory:ann").data.get("colour") == "red"
