"""Half of the people talk with a person, the others with a model that they are not told of.

The conversation is parleyrun's own `Chat`. This module says who talks with whom. It draws for each person, and
gives no role to those for whom a model was drawn as long as it is people who would sit down with them: they wait
on, until `fill_with` of the config has a model sit down. All wait for a partner, and nothing tells which comes.
What was drawn is in `agent.data["partner"]`, and so on record.
"""

from collections.abc import Sequence
from random import Random

from parleyrun import Seat
from parleyrun.ready import Chat

SHARE_OF_MODELS = 0.5
"""How many of the people talk with a model, as a part of 1."""


def drawn_for(participant_id: str) -> str:
    """Return whom somebody talks with, `person` or `model`: the same one whenever it is asked."""
    return "model" if Random(f"partner of {participant_id}").random() < SHARE_OF_MODELS else "person"


class HiddenModelWorld(Chat):
    """Two who get to know each other; one of them may be a model."""

    MAX_AGENTS = 2
    ROLES = ("Robin", "Kim")

    @staticmethod
    def assign_roles(agents: Sequence[Seat]) -> None:
        offered = "model" if any(agent.is_bot for agent in agents) else "person"
        roles = iter(HiddenModelWorld.ROLES)
        for agent in agents:
            if not agent.is_bot:
                agent.data["partner"] = drawn_for(agent.id)
            if agent.is_bot or agent.data["partner"] == offered:
                agent.disp_id = next(roles)
