"""Bots among the partners that a page names: there from the first moment on, over kills, until they have left."""

import bot_models
import pytest
from resume_lab import Copies, store_on

from parleyrun import DISCONNECT_TEXT
from parleyrun.ready import Chat
from parleyrun.signals import PartnerName, Presence, Typing
from parleyrun.testing import rehearse

CHAT = "parleyrun.ready:Chat"
HIDDEN = {"model": "seller", "disclose": False}
SELLER = PartnerName("Seller")
MODELS = {
    "seller": {"model": "bot_models:Echo", "check": False},
    "broken": {"model": "bot_models:Broken", "check": False},
}


@pytest.fixture(autouse=True)
def nothing_asked():
    bot_models.forget()


def config(**task):
    talk = {"task_world": CHAT, "time_limit": 600, "roles": {"Buyer": {}, "Seller": {}}, **task}
    return {"models": MODELS, "tasks": {"talk": talk}}


class Company(Chat):
    """Goes on when somebody leaves, and has a host of its own."""

    @classmethod
    def generate_world(cls, opt, agents):
        return cls(opt, [*agents, agents[0].manager.bot("seller", role="Host", disclose=False)])

    def _hand_on(self, agent, act):
        if act["text"] == DISCONNECT_TEXT:
            self.agents = [other for other in self.agents if other is not agent]
        else:
            super()._hand_on(agent, act)


def test_a_bot_in_a_persons_place_is_named_and_away_after_a_kill_at_any_commit(tmp_path):
    values = config(agents_required=2, fill_with={**HIDDEN, "after": 10})
    path = tmp_path / "record.db"
    copies = Copies(path)
    with rehearse(values, store=store_on(copies, path)) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        rehearsal.advance(20)
        ann.says("hello")
        rehearsal.advance(20)
        assert ann.talk.partners == (SELLER,)
        instants = list(copies.taken)
    places = []
    for instant in instants:
        with rehearse(values, store=instant) as rehearsal:
            ann = rehearsal.person("ann").arrives()
            places.append(ann.place)
            if ann.place == "task":
                assert ann.talk.partners == (SELLER,), instant.name
                shown = [signal for signal in ann.signals if isinstance(signal, Presence)]
                assert shown == [Presence("Seller", "away")], instant.name
    assert places.count("task") > 3
    assert "waiting" in places


def test_a_bot_that_its_world_asks_for_is_named_before_and_after_a_restart(tmp_path):
    with rehearse(config(task_world=f"{__name__}:Company"), store=tmp_path / "record.db") as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        assert ann.talk.partners == (PartnerName("Host"),)
        rehearsal.crash()
        assert ann.talk.partners == (PartnerName("Host"),)


def test_a_hidden_bot_that_has_failed_is_named_until_it_has_left_and_not_after_a_restart(tmp_path):
    values = config(task_world=f"{__name__}:Company", bots={"Guest": {**HIDDEN, "model": "broken"}})
    both, host = (PartnerName("Guest"), PartnerName("Host")), (PartnerName("Host"),)
    with rehearse({**values, "tick_seconds": 5}, store=tmp_path / "record.db") as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        ann.says("hello")
        rehearsal.advance(30)
        assert (ann.place, ann.talk.partners) == ("task", both)
        rehearsal.advance(40)
        assert (ann.place, ann.talk.partners) == ("task", host)
        rehearsal.crash()
        assert (ann.place, ann.talk.partners) == ("task", host)


def test_one_that_has_left_shows_nothing_to_who_sits_elsewhere_by_now(tmp_path):
    values = config(
        task_world=f"{__name__}:Company", agents_required=2, bots={"Guest": {**HIDDEN, "model": "broken"}}
    )
    with rehearse({**values, "disconnect_grace": 20}, store=tmp_path / "record.db") as rehearsal:
        ann, bob = (rehearsal.person(name).arrives(opens=True) for name in ("ann", "bob"))
        ann.goes_away()
        rehearsal.advance(21)
        bob.says("hello")
        ann.arrives().says("hi")
        rehearsal.advance(60)
        assert (ann.place, bob.place) == ("waiting", "task")
        of_guest = [[signal for signal in person.signals if _is_of(signal, "Guest")] for person in (ann, bob)]
        typed = [Typing("Guest", True), Typing("Guest", False)]
        assert of_guest == [[], [*typed, Presence("Guest", "away"), Presence("Guest", "left")]]


def _is_of(signal, name):
    return isinstance(signal, Presence | Typing) and signal.who == name
