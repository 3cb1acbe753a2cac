"""Menu: the overworld that offers the tasks there are."""

from __future__ import annotations

from ..core.message import EXIT, Act
from .ready_world import ReadyWorld


class Menu(ReadyWorld):
    """Offers the tasks, by their keys, and leads to the one that somebody chooses or names.

    Where there is one task only, people go straight to it, and are offered it again when they come back; with
    `completion:` in the config they are said goodbye to then, and told how they completed it. A task that nobody
    does twice is not offered to who has done it; who has done all there was is said goodbye to.
    """

    MAX_AGENTS = 1

    is_back = False
    greets = True
    done = False

    def return_overworld(self) -> None:
        self.is_back = self.greets = True

    def parley(self) -> str | None:
        offered = self._offered()
        if not offered or (self.is_back and self.one_visit):
            return self._chosen(EXIT)
        if not self.is_back and len(offered) == 1 == len(self.tasks):
            return offered[0]
        # What was written before anything was offered is no choice.
        act = self.agents[0].act()
        if self.greets:
            self.greets = False
            self._offer(self.text("menu_again" if self.is_back else "menu"), offered)
        if act is None:
            return None
        choice = EXIT if act["episode_done"] else _choice_in(act, offered)
        if choice is None:
            self._offer(self.text("menu_unknown", choices=", ".join(offered)), offered)
            return None
        return self._chosen(choice)

    def episode_done(self) -> bool:
        return self.done

    def _chosen(self, choice: str) -> str:
        self.done = choice == EXIT
        return choice

    def _offered(self) -> list[str]:
        done = self.agents[0].stored_data.get("tasks_taken", ())
        return [key for key in self.tasks if key not in self.not_again or key not in done]

    def _offer(self, text: str, offered: list[str]) -> None:
        self.agents[0].observe({"text": text, "quick_replies": [*offered, EXIT]})


def _choice_in(act: Act, offered: list[str]) -> str | None:
    said = str(act["text"]).strip().casefold()
    for choice in (*offered, EXIT):
        if said == choice.strip().casefold():
            return choice
    return None
