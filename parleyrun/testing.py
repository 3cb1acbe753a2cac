"""What world authors test with: people who are objects, and time that moves when it is told to.

::

    from parleyrun.testing import rehearse_world

    def test_the_chat_ends_when_somebody_says_bye():
        with rehearse_world(ChatTaskWorld, people=2) as rehearsal:
            ann, bob = rehearsal.everybody
            ann.says("hello")
            bob.sees("hello")
            ann.says("BYE")
            assert ann.place == bob.place == "overworld"

The whole service runs, on its real threads; only the clock and the people are ours. Every call here returns
when all that it set in motion has come to rest, so a test needs no sleeps.

Given a file to keep its record in, a rehearsal can die and come up again, so that a test can show that a
world goes on where it was::

    def test_the_chat_survives_a_restart(tmp_path):
        with rehearse_world(ChatTaskWorld, people=2, store=tmp_path / "chat.db") as rehearsal:
            ann, bob = rehearsal.everybody
            ann.says("hello")
            rehearsal.crash()
            bob.says("still here?")
            ann.sees("still here?")

The world must be a class of a module, as one that is defined inside a function cannot be pickled.
"""

from __future__ import annotations

import heapq
import inspect
import logging
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, Self

from .channels.memory import MemoryChannel
from .config.plan import Plan, config_from_mapping, load_config, make_plan
from .core.frozen import FrozenDict
from .core.world import World
from .errors import ConfigError
from .events import Delivery, Ended, Place, Presence, Receipt, Signal
from .runner.timers import Clock, Timer, fire
from .service.service import Service
from .store.memory import MemoryStore
from .store.protocol import Store
from .store.sqlite import SqliteStore

__all__ = ["Person", "Rehearsal", "VirtualTimers", "check_world", "rehearse", "rehearse_world"]

QUIET_TIMEOUT_SECONDS = 20.0
"""How long (of real time) a rehearsal waits for author code before it calls it stuck."""


class VirtualTimers:
    """A clock that stands still, and timers that are due when it is moved."""

    def __init__(self, start_seconds: float = 1_000_000.0) -> None:
        self.clock: Clock = self
        self._now = start_seconds
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = count()
        self._lock = threading.Lock()  # guards _heap

    def monotonic(self) -> float:
        return self._now

    def time(self) -> float:
        return self._now

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        timer = Timer(self._now + seconds, callback)
        with self._lock:
            heapq.heappush(self._heap, (timer.when, next(self._order), timer))
        return timer

    def advance(self, seconds: float, settle: Callable[[], None] = lambda: None) -> None:
        """Move the clock, firing what becomes due on the way, in order; `settle()` is called after each moment."""
        end = self._now + seconds
        while True:
            with self._lock:
                if not self._heap or self._heap[0][0] > end:
                    break
                self._now = max(self._now, self._heap[0][0])
                due = []
                while self._heap and self._heap[0][0] <= self._now:
                    due.append(heapq.heappop(self._heap)[2])
            for timer in due:
                fire(timer)
            settle()
        self._now = end
        settle()


class Person:
    """Somebody who takes part in a rehearsal."""

    def __init__(self, name: str, channel: Callable[[], MemoryChannel], settle: Callable[[], None]) -> None:
        self.name = name
        self._channel_now = channel
        self._settle = settle
        self._looked_at = 0
        self.is_away = False
        """True from `goes_away()` to `arrives()` or `comes_back()`."""

    @property
    def _channel(self) -> MemoryChannel:
        return self._channel_now()

    @property
    def id(self) -> str:
        return self._channel.id_of(self.name)

    def arrives(self, entry: dict[str, str] | None = None, *, opens: bool = False) -> Self:
        """Open a connection; with `opens` that is as good as a first message."""
        self.is_away = False
        self._channel.arrive(self.name, entry, opens=opens)
        self._settle()
        return self

    def says(
        self, *texts: str, payload: Mapping[str, Any] | None = None, message_id: str | None = None
    ) -> Receipt:
        """Say something (several things at once, if so given) and return the last one's receipt."""
        receipts: list[Receipt] = []
        frozen = None if payload is None else FrozenDict(payload)
        for text in texts:
            self._channel.say(self.name, text, payload=frozen, message_id=message_id, then=receipts.append)
        self._settle()
        return receipts[-1]

    def goes_away(self) -> None:
        """Lose the connection."""
        self.is_away = True
        self._channel.go(self.name)
        self._settle()

    def comes_back(self) -> None:
        """Have a connection again."""
        self.arrives()

    def types(self, *, on: bool = True) -> None:
        self._channel.type(self.name, on=on)
        self._settle()

    def reads(self) -> None:
        """Read everything up to the newest line."""
        lines = self.lines
        self._channel.read(self.name, lines[-1].seq if lines else 0)
        self._settle()

    @property
    def lines(self) -> list[Delivery]:
        """Everything this person was sent, oldest first."""
        return self._channel.lines(self.name)

    @property
    def heard(self) -> list[str]:
        """The texts of everything this person was sent, oldest first."""
        return [line.message.text for line in self.lines]

    def news(self) -> list[Delivery]:
        """Return what was sent since this was last asked for."""
        lines = self.lines
        fresh, self._looked_at = lines[self._looked_at :], len(lines)
        return fresh

    def sees(self, text: str) -> Delivery:
        """Return the first line since the last `sees` that holds this text; fail, showing what there was."""
        lines = self.lines
        for index in range(self._looked_at, len(lines)):
            if text in lines[index].message.text:
                self._looked_at = index + 1
                return lines[index]
        fresh = [line.message.text for line in lines[self._looked_at :]]
        raise AssertionError(f"expected {self.name} to see {text!r}, got {fresh} (place: {self.place})")

    def sees_nothing_new(self) -> None:
        """Fail if anything was sent since the last `sees` or `news`."""
        fresh = [line.message.text for line in self.news()]
        if fresh:
            raise AssertionError(f"expected {self.name} to see nothing new, got {fresh}")

    @property
    def quick_replies(self) -> tuple[str, ...]:
        """The quick replies under the newest line."""
        lines = self.lines
        return lines[-1].message.quick_replies if lines else ()

    @property
    def signals(self) -> list[Signal]:
        return self._channel.signals(self.name)

    @property
    def place(self) -> str:
        """Where this person is: the last place their screen was shown; `gone` after the end of a visit."""
        for signal in reversed(self.signals):
            if isinstance(signal, Place):
                return signal.place
            if isinstance(signal, Ended):
                return "gone"
        return "door"

    @property
    def role(self) -> str | None:
        """Their own role in the task they are in."""
        for signal in reversed(self.signals):
            if isinstance(signal, Place):
                return signal.role
        return None

    @property
    def partners(self) -> list[tuple[str, str]]:
        """What this person was shown of partners' comings and goings: `(role, 'away' | 'back' | 'left')`."""
        return [(signal.who, signal.state) for signal in self.signals if isinstance(signal, Presence)]


class Rehearsal:
    """A service with people of our own and a clock of our own. Use it as a context manager.

    `store` is a path for a record in a file, or a store; without one the record lasts as long as the rehearsal.
    """

    def __init__(self, plan: Plan, *, store: Store | Path | str | None = None) -> None:
        self.timers = VirtualTimers()
        self.channel = MemoryChannel()
        self.path = Path(store) if isinstance(store, Path | str) else None
        self.service = self._new_service(plan, None if isinstance(store, Path | str) else store)
        self._people: dict[str, Person] = {}

    def _new_service(self, plan: Plan, store: Store | None = None) -> Service:
        if store is None and self.path is not None:
            snapshots, refusal = plan.config.store.snapshots, plan.config.texts.trouble
            store = SqliteStore(self.path, self.timers, snapshots=snapshots, refusal=refusal)
        return Service(plan, store=store or MemoryStore(self.timers), channels=[self.channel], timers=self.timers)

    def __enter__(self) -> Self:
        self.service.start()
        self.settle()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close(quietly=error is not None)

    def _close(self, *, quietly: bool = False) -> None:
        stuck = self.service.close(grace_seconds=0)
        if stuck and not quietly:
            raise AssertionError(f"author code would not stop: {', '.join(map(str, stuck))}")

    def crash(self, plan: Plan | None = None, *, down_seconds: float = 0.0, reconnect: bool = True) -> None:
        """Die without a word, as by `kill -9`, and come up again on what is on record at this moment.

        People stay the same objects and keep what they were sent. Who was not away connects again at once, or
        with `reconnect` False not before `comes_back()`. `plan` is another plan to go on with, `down_seconds` how
        long it takes to come up. Only with a record in a file.
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
        self.service = self._new_service(plan or self.service.plan)
        Rehearsal.__enter__(self)
        for person in self.everybody:
            if reconnect and not person.is_away:
                person.comes_back()
            else:
                person.is_away = True

    def person(self, name: str) -> Person:
        """Return the person of that name; they are there, but have not said anything."""
        if name not in self._people:
            self._people[name] = Person(name, lambda: self.channel, self.settle)
        return self._people[name]

    def people(self, *names: str) -> list[Person]:
        return [self.person(name) for name in names]

    @property
    def everybody(self) -> list[Person]:
        """Everyone who takes part, in the order of their coming."""
        return list(self._people.values())

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.timers.advance(seconds, self.settle)

    def settle(self) -> None:
        """Wait until nothing moves any more."""
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


def rehearse(
    config: str | Path | Mapping[str, Any], worlds: Any = None, *, store: Store | Path | str | None = None
) -> Rehearsal:
    """Return a rehearsal of a config: a path to one, or its values.

    `worlds` is the module (or anything with the worlds as attributes) to take instead of importing
    `world_module`; `store` is as for `Rehearsal`, whatever the config says. Raises `ConfigError` with everything
    that `parleyrun validate` would say.
    """
    if isinstance(config, Mapping):
        values = {"world_module": "worlds", "task_name": "rehearsal", **config}
        return Rehearsal(make_plan(config_from_mapping(values), module=worlds), store=store)
    return Rehearsal(make_plan(load_config(Path(config)), module=worlds), store=store)


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

    `people` is their number or their names; `store` is as for `Rehearsal`; `task` are further keys of the task's
    config, such as `max_time_in_pool`. An onboarding world, if there is one, is where they are then.
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
    return _OpenedRehearsal(rehearse(values, worlds).service.plan, names, store=store)


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


def check_world(
    world: type[Any],
    people: int | None = None,
    *,
    onboard: type[Any] | None = None,
    opt: Mapping[str, Any] | None = None,
    words: Sequence[str] = ("hello", "1", "yes", "no", "", "😀 a longer line, with a comma", "[DONE]", "BYE"),
) -> None:
    """Check that a world keeps the contract whatever people do; raise `AssertionError` with all that is wrong.

    `people` defaults to the world's `MAX_AGENTS`, or 1. The checks: silence for a minute, everyone saying all
    the `words` and pressing every quick reply, and somebody leaving in the middle; in each, nothing may be
    raised, nobody may be flooded, and whoever left must set the others free.
    """
    count_of_people = people or getattr(world, "MAX_AGENTS", None) or 1
    faults = []
    for check in (_check_silence, _check_talk, _check_leaving):
        collector = _ErrorCollector()
        package = logging.getLogger("parleyrun")
        package.addHandler(collector)
        try:
            with rehearse_world(world, count_of_people, onboard=onboard, opt=opt) as rehearsal:
                faults.extend(check(rehearsal, words))
        except ConfigError as error:
            faults.extend(map(str, error.findings))
        except AssertionError as error:
            faults.append(str(error))
        finally:
            package.removeHandler(collector)
        faults.extend(f"{inspect.getdoc(check)}: {error}" for error in collector.errors)
    if faults:
        listed = "\n".join(f"- {fault}" for fault in dict.fromkeys(faults))
        raise AssertionError(f"{world.__name__} breaks the world contract:\n{listed}")


FLOOD_LINES = 500


class _ErrorCollector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.errors.append(record.getMessage())


def _check_silence(rehearsal: Rehearsal, words: Sequence[str]) -> list[str]:
    """when nobody says anything"""
    rehearsal.advance(60)
    return _floods(rehearsal, "in a minute of silence")


def _check_talk(rehearsal: Rehearsal, words: Sequence[str]) -> list[str]:
    """when everybody talks"""
    for word in words:
        for person in rehearsal.everybody:
            replies = person.quick_replies
            person.says(replies[0] if replies else word)
            person.says(word)
    rehearsal.advance(10)
    return _floods(rehearsal, "while everybody talked")


def _check_leaving(rehearsal: Rehearsal, words: Sequence[str]) -> list[str]:
    """when somebody leaves"""
    leaver, *others = rehearsal.everybody
    leaver.says(words[0] if words else "hello")
    leaver.goes_away()
    rehearsal.advance(60 + 60)
    held = [person.name for person in others if person.place == "task"]
    return [f"when somebody leaves: {', '.join(held)} still in the task a minute later"] if held else []


def _floods(rehearsal: Rehearsal, when: str) -> list[str]:
    return [
        f"{person.name} was sent {len(person.lines)} lines {when}: expected at most {FLOOD_LINES}"
        for person in rehearsal.everybody
        if len(person.lines) > FLOOD_LINES
    ]
