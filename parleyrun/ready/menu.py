"""Menu: the overworld that offers the tasks there are."""

from __future__ import annotations

from ..core.message import EXIT, Act
from .house import ReadyWorld


class Menu(ReadyWorld):
    """Offers the tasks, by their keys, and leads to the one that somebody chooses.

    Where there is one task only, people go straight to it, and are offered it again when they come back.
    """

    MAX_AGENTS = 1

    is_new = True
    is_back = False
    greets = True
    done = False

    def return_overworld(self) -> None:
        self.is_back = self.greets = True

    def parley(self) -> str | None:
        agent = self.agents[0]
        if self.is_new and len(self.tasks) == 1:
            # What somebody wrote to come in is for nobody in the task.
            agent.act()
            self.is_new = False
            return self.tasks[0]
        act = agent.act()
        if self.is_new:
            # The first words are a knock on the door, unless they name a task.
            self.is_new = False
            choice = None if act is None else self._choice_in(act)
            if choice is not None:
                return self._chosen(choice)
            act = None
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
