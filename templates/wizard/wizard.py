"""Wizard of Oz: whoever comes by a link with the operator's key plays the assistant for the others."""

from collections.abc import Sequence

from parleyrun import Seat, World
from parleyrun.ready import Chat


class Seating(World):
    """Finds out which seat somebody takes, without asking them anything."""

    MAX_AGENTS = 1

    done = False

    def parley(self) -> None:
        link = self.agents[0].stored_data.get("entry", {})
        is_operator = link.get("operator") == self.opt["operator_key"]
        self.data = {"seat": "Assistant" if is_operator else "Traveller"}
        self.done = True

    def episode_done(self) -> bool:
        return self.done


class Help(Chat):
    """The talk of the two."""

    MAX_AGENTS = 2

    @staticmethod
    def assign_roles(agents: Sequence[Seat]) -> None:
        for agent in agents:
            agent.role = agent.onboard_data["seat"]
