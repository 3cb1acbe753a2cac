"""Menu: the overworld that offers the tasks there are."""

from __future__ import annotations

from ..core.message import EXIT, Act
from .ready_world import ReadyWorld


class Menu(ReadyWorld):
    """Offers the tasks, by their keys, and leads to the one that somebody chooses.

    Where there is one task only, people go straight to it, and are offered it again when they come back.
    """

    MAX_AGENTS = 1

    is_back = False
    greets = True
    done = False

    def return_overworld(self) -> None:
        self.is_back = self.greets = True

    def parley(self) -> str | None:
        if not self.is_back and len(self.tasks) == 1:
            return self.tasks[0]
        act = self.agents[0].act()
        if self.greets:
            self.greets = False
            self._offer(self.text("menu_again" if self.is_back else "menu"))
        if act is None:
            return None
        choice = EXIT if act["episode_done"] else self._choice_in(act)
        if choice is None:
            self._offer(self.text("menu_unknown", choices=", ".join(self.tasks)))
            return None
        return self._chosen(choice)

    def episode_done(self) -> bool:
        return self.done

    def _chosen(self, choice: str) -> str:
        self.done = choice == EXIT
        return choice

    def _offer(self, text: str) -> None:
        self.agents[0].observe({"text": text, "quick_replies": [*self.tasks, EXIT]})

    def _choice_in(self, act: Act) -> str | None:
        said = str(act["text"]).strip().casefold()
        for choice in (*self.tasks, EXIT):
            if said == choice.strip().casefold():
                return choice
        return None
