"""A service with people and a clock of our own, which can die and come up again."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, Self

from ..app.app import App
from ..app.planning import ConfigSource, plan_of
from ..channels.memory_channel import MemoryChannel
from ..config.plan import Plan
from ..config.schema import MEMORY
from ..core.worlds.world import World
from ..service.service import Service
from ..store.protocol import Store
from .scripted_people import Person
from .showable import check_showable
from .virtual_timers import VirtualTimers

QUIET_TIMEOUT_SECONDS = 20.0
"""How long (of real time) a rehearsal waits for author code before it calls it stuck."""


DEFAULTS: Mapping[str, Any] = {"task_name": "rehearsal"}
"""What the values of a config that is rehearsed need not say."""


class Rehearsal:
    """A service with people of our own and a clock of our own. Use it as a context manager.

    The clock stands still until `advance()`. `app` is what runs, `timers` its clock. If the config opens
    Messenger, a rehearsal fails at its end where something was said that Messenger cannot show.
    """

    def __init__(self, plan: Plan, *, store: Store | Path | str | None = None) -> None:
        """Put a rehearsal together; nothing is opened yet.

        Args:
            plan: What to rehearse.
            store: A path for a record in a file, or a store, whatever the config says; without one the record
                lasts as long as the rehearsal.
        """
        self.timers = VirtualTimers()
        self.channel = MemoryChannel()
        self.path = Path(store) if isinstance(store, Path | str) else None
        self.app = self._new_app(plan, store)
        self._people: dict[str, Person] = {}

    def _new_app(self, plan: Plan, store: Store | Path | str | None) -> App:
        return App(plan, store=store or MEMORY, channels=[self.channel], timers=self.timers)

    @property
    def service(self) -> Service:
        """The service of the app that is running now."""
        return self.app.service

    def __enter__(self) -> Self:
        self.app.start()
        self.settle()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close(quietly=error is not None)
        if error is None and "messenger" in self.app.plan.config.doors:
            check_showable(line for person in self.everybody for line in person.lines)

    def _close(self, *, quietly: bool = False) -> None:
        stuck = self.app.close(grace_seconds=0)
        if stuck and not quietly:
            raise AssertionError(f"author code would not stop: {', '.join(map(str, stuck))}")

    def crash(self, plan: Plan | None = None, *, down_seconds: float = 0.0, reconnect: bool = True) -> None:
        """Die without a word, as by `kill -9`, and come up again on what is on record at this moment.

        People stay the same objects and keep what they were sent. Only with a record in a file.

        Args:
            plan: Another plan to go on with.
            down_seconds: How long it takes to come up.
            reconnect: Whether who was not away connects again at once, and not before `comes_back()`.

        Raises:
            ValueError: The rehearsal keeps no record in a file.
        """
        path = self._file()
        self.settle()
        kept = path.with_name(f"{path.name}.kept")
        _copy_record(path, kept)
        # What the old service does while it is taken down goes to the old channel and the old file: nobody
        # sees it, and it is not on the record.
        self.channel = self.channel.successor()
        self._close()
        _copy_record(kept, path)
        _delete_record(kept)
        self._come_up(plan, down_seconds, reconnect=reconnect)

    def restart(self, plan: Plan | None = None, *, down_seconds: float = 0.0, reconnect: bool = True) -> None:
        """Shut down in an orderly way and come up again; otherwise as `crash()`."""
        self._file()
        self._close()
        self.channel = self.channel.successor()
        self._come_up(plan, down_seconds, reconnect=reconnect)

    def _file(self) -> Path:
        if self.path is None:
            raise ValueError("expected a record in a file to come up again on: give rehearse() store=PATH")
        return self.path

    def _come_up(self, plan: Plan | None, down_seconds: float, *, reconnect: bool) -> None:
        self.timers = VirtualTimers(self.timers.time() + down_seconds)
        self.app = self._new_app(plan or self.app.plan, self.path)
        Rehearsal.__enter__(self)
        for person in self.everybody:
            if reconnect and not person.is_away:
                person.comes_back()
            else:
                person.is_away = True

    def person(self, name: str) -> Person:
        """Return the person of that name; at first that is somebody new, who has not said anything yet."""
        if name not in self._people:
            self._people[name] = Person(name, lambda: self.channel, self.settle)
        return self._people[name]

    def people(self, *names: str) -> list[Person]:
        """Return the people of these names."""
        return [self.person(name) for name in names]

    @property
    def everybody(self) -> list[Person]:
        """Everyone who takes part, in the order of their coming."""
        return list(self._people.values())

    def advance(self, seconds: float) -> None:
        """Let so much time pass, and all come to rest that is due in it."""
        self.timers.advance(seconds, self.settle)

    def settle(self) -> None:
        """Wait until nothing moves any more, and only people or time can move it.

        Raises:
            AssertionError: Author code did not come to rest within `QUIET_TIMEOUT_SECONDS` of real time.
        """
        if not self.service.wait_quiet(QUIET_TIMEOUT_SECONDS):
            raise AssertionError(f"author code did not come to rest within {QUIET_TIMEOUT_SECONDS:g} s")


def _copy_record(path: Path, to: Path) -> None:
    """Copy a store's file and its write-ahead log, and so just what would be left if its process died."""
    _delete_record(to)
    for ending in ("", "-wal"):
        source = path.with_name(path.name + ending)
        if source.exists():
            shutil.copyfile(source, to.with_name(to.name + ending))


def _delete_record(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def rehearse(config: ConfigSource, worlds: Any = None, *, store: Store | Path | str | None = None) -> Rehearsal:
    """Return a rehearsal of a config.

    Args:
        config: The path of a file, or the values that would stand in one.
        worlds: The module (or anything with the worlds as attributes) to take instead of `world_module`.
        store: A path for a record in a file, or a store, whatever the config says; without one the record lasts
            as long as the rehearsal.

    Raises:
        ConfigError: The config cannot be used; its text tells all that `parleyrun validate` would.
    """
    return Rehearsal(plan_of(config, worlds, defaults=DEFAULTS), store=store)


def rehearse_world(
    world: type[Any],
    people: int | Sequence[str] = 1,
    *,
    onboard: type[Any] | None = None,
    opt: Mapping[str, Any] | None = None,
    store: Store | Path | str | None = None,
    **task: Any,
) -> Rehearsal:
    """Return a rehearsal in which these people are in this world as soon as it opens.

    Args:
        world: The task world.
        people: How many people, or their names.
        onboard: The onboarding world; if there is one, that is where they are as it opens.
        opt: What reaches every world as its `opt`.
        store: As for `rehearse`.
        **task: Further keys of the task's config, such as `max_time_in_pool` (seconds).

    Raises:
        ConfigError: As for `rehearse`.
    """
    names = [f"person{index + 1}" for index in range(people)] if isinstance(people, int) else list(people)
    values = {
        "overworld": "StraightToTask",
        "opt": dict(opt or {}),
        "tasks": {
            "task": {
                "task_world": "TheWorld",
                "agents_required": len(names),
                **({"onboard_world": "TheOnboarding"} if onboard else {}),
                **task,
            }
        },
    }
    worlds = SimpleNamespace(StraightToTask=StraightToTask, TheWorld=world, TheOnboarding=onboard)
    return _OpenedRehearsal(plan_of(values, worlds, defaults=DEFAULTS), names, store=store)


class _OpenedRehearsal(Rehearsal):
    """A rehearsal whose people have said hello by the time it begins."""

    def __init__(self, plan: Plan, names: Sequence[str], *, store: Store | Path | str | None) -> None:
        super().__init__(plan, store=store)
        self._names = names

    def __enter__(self) -> Self:
        super().__enter__()
        for name in self._names:
            self.person(name).arrives(opens=True)
        return self


class StraightToTask(World):
    """An overworld that sends its person to the task `task` at once, and the next time when they write."""

    def __init__(self, opt: Mapping[str, Any], agents: Any) -> None:
        super().__init__(opt, agents)
        self._sent = False

    def parley(self) -> str | None:
        if not self._sent:
            self._sent = True
            return "task"
        return None if self.agents[0].act() is None else "task"

    def return_overworld(self) -> None:
        """Come back quietly."""
