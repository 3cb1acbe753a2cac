"""A moderator by itself: what it remembers, and what it needs; and bots where a config has no models."""

import pytest

from parleyrun.config.plan import config_from_mapping
from parleyrun.core.bot_seats.bot_desk import BotMeans
from parleyrun.core.bot_seats.bot_settings import BotSettings
from parleyrun.core.bot_seats.spending import Spending
from parleyrun.errors import AgentError
from parleyrun.service.bots import moderator
from parleyrun.service.bots.bot_seats import BotSeats
from parleyrun.service.bots.moderator import Moderator, before_delivery_of
from parleyrun.testing.virtual_timers import VirtualTimers


class Judge:
    """Refuses what has 'no' in it, and tells nothing of what that took."""

    asked = []

    def observe(self, act):
        self.text = act["text"]

    def act(self):
        self.asked.append(self.text.splitlines()[1])
        return {"text": "refuse" if "no" in self.asked[-1] else "allow"}


class Seat:
    conversation_id = None
    role = "Bob"


@pytest.fixture
def means():
    Judge.asked = []
    return BotMeans(seat=lambda name: Judge(), study=Spending())


def line(number, text="yes"):
    return {"id": "Ann", "text": f"{text} {number}", "carried_line": f"memory:ann#{number}"}


def test_a_moderator_is_asked_once_about_a_line_as_long_as_it_remembers_it(means, monkeypatch):
    monkeypatch.setattr(moderator, "_REMEMBERED", 3)
    looked = Moderator("guard", means, VirtualTimers().clock)
    verdicts = [looked(line(number, text), Seat()) for number, text in enumerate(["yes", "no", "yes", "yes"])]
    assert [verdict and verdict.verdict for verdict in verdicts] == [None, "refused", None, None]
    assert looked(line(1, "no"), Seat()).verdict == "refused"
    assert Judge.asked == ["yes 0", "no 1", "yes 2", "yes 3"]
    assert looked(line(0), Seat()) is None  # which was forgotten
    assert Judge.asked[4:] == ["yes 0"]
    assert means.study.tokens == 0


def test_what_a_world_says_in_its_own_name_is_not_asked_about(means):
    assert Moderator("guard", means, VirtualTimers().clock)({"id": "", "text": "no"}, Seat()) is None
    assert Judge.asked == []


def test_a_moderator_needs_the_models_of_the_config(means):
    written = {"models": {"guard": {"model": "fixed", "text": "allow"}}, "moderation": {"model": "guard"}}
    config = config_from_mapping(
        {"world_module": "w", "tasks": {"talk": {"task_world": "parleyrun.ready:Chat"}}, **written}
    )

    class Plan:
        before_delivery = None

        def __init__(self):
            self.config, self.now = config, self

    clock = VirtualTimers().clock
    with pytest.raises(AgentError, match="expected the models of the config, with 'guard' among them, got none"):
        before_delivery_of(Plan(), None, clock)
    assert isinstance(before_delivery_of(Plan(), means, clock), Moderator)


def test_where_a_config_has_no_models_there_are_no_bots_and_nothing_is_spent():
    seats = BotSeats(None)
    assert (seats.spent, seats.shortage()) == (0.0, None)
    with pytest.raises(AgentError, match="expected models: in the config, with 'seller' among them, got none"):
        seats.bot(BotSettings(model="seller"), "Seller")
