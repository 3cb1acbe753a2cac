"""The recorder: what a run has heard since its last turn, and, after a restart, what it had heard before it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from ..core.bot_seats.bot_agent import BotAgent
from ..core.message import DISCONNECT_TEXT, LeftOut, Message
from ..errors import Diverged
from .bots.bot_notes import BotNotes
from .habits import TIMES_BELIEVED, Habit
from .person import PersonAgent
from .replay import Replay
from .turn import Heard, Outcome, RunIdentity, Said, Turn

log = logging.getLogger(__name__)


class WorldSnapshots(Protocol):
    """How worlds and people's data are put on record, where the record is durable. None: it is impossible."""

    def world(self, identity: RunIdentity, world: Any, agents: Sequence[PersonAgent]) -> bytes | None: ...

    def restore(self, snapshot: bytes, agents: Sequence[PersonAgent]) -> Any: ...

    def changed_data(self, agents: Sequence[PersonAgent]) -> tuple[tuple[str, bytes], ...]: ...


@dataclass(frozen=True, slots=True)
class SavedState:
    """How far a run had come when the process ended: what it takes to go on from there.

    `heard` and `said` are those of a parley that was cut off. `asleep` is an overworld's that its person has
    left for a task.
    """

    epoch: int
    turn: int
    heard: tuple[Heard, ...] = ()
    said: tuple[Said, ...] = ()
    asleep: bool = False


class Recorder:
    """Makes a run's turns. Used on the run's own thread.

    While there is a `replay`, a parley that was cut off is run again: `act()` is answered from the record, and
    what the world says is compared with it. `Diverged` is raised when the world goes another way.
    """

    __slots__ = (
        "_agents",
        "_base",
        "_base_data",
        "_consumed",
        "_epoch",
        "_habit",
        "_heard",
        "_left_out",
        "_parleyed",
        "_snapshots",
        "_stale",
        "_told_left",
        "_turns",
        "bots",
        "identity",
        "replay",
    )

    def __init__(
        self,
        identity: RunIdentity,
        agents: Sequence[PersonAgent],
        snapshots: WorldSnapshots | None,
        saved: SavedState | None,
        *,
        left_out: LeftOut,
    ) -> None:
        self.identity = identity
        self._left_out = left_out
        self._habit = Habit()
        self._agents = agents
        self._snapshots = snapshots
        self._epoch = 1 if saved is None else saved.epoch
        self._turns = 0 if saved is None else saved.turn
        self._consumed: list[str] = []
        self._heard: list[tuple[int, Message]] = []  # what may have to go on record as `Heard`
        self._base: bytes | None = None  # a snapshot that the next turn has to put on record
        self._base_data: tuple[tuple[str, bytes], ...] = ()
        self._told_left: list[int] = []
        self._parleyed = False  # since the last turn
        self._stale = False  # the world may have changed since the last snapshot
        self.bots: BotNotes | None = None
        """What is to go on record of bots; None where there are none."""
        self.replay: Replay | None = None
        """What a parley that was cut off heard and said, while it is run again."""
        if saved is not None and (saved.heard or saved.said):
            self.replay = Replay(saved.heard, saved.said)

    def let_go_of_agents(self) -> None:
        """The run is over, and has taken its last turn."""
        self._agents = ()

    def opened(self, world: Any, habit: Habit) -> None:
        """The world is there: how it is at the beginning goes on record."""
        self._habit = habit
        if self._snapshots is None:
            return
        if self.replay is not None:
            self._habit.waits = True
        if self._turns == 0:
            self.changed_outside(world)

    def changed_outside(self, world: Any) -> None:
        """The world has changed outside of a parley: note what the next one begins with."""
        if self._snapshots is not None:
            self._base = self._snapshots.world(self.identity, world, self._agents)
            # Added to what waits for a turn already, which would otherwise never be recorded.
            self._base_data = (*self._base_data, *self._snapshots.changed_data(self._agents))

    def parley_begins(self, world: Any) -> None:
        """A parley begins. Where one may be cut off, what came before it has to be known exactly."""
        self._parleyed = True
        if self._stale and self._habit.may_wait:
            self._stale = False
            self.changed_outside(world)

    def nothing_happened(self) -> None:
        """A parley has ended in which nobody heard or said anything, but the world may have changed itself."""
        self._stale = self._snapshots is not None

    def waits_inside(self) -> None:
        """The world is about to wait inside `parley()`."""
        self._habit.waits = True

    def heard(self, seat: int, message: Message, reference: str | None) -> None:
        """An `act()` has returned this; `reference` names the line it was, if a person's."""
        if self._snapshots is not None:
            self._heard.append((seat, message))
        if reference is not None:
            self._consumed.append(reference)
        elif message.text == DISCONNECT_TEXT:
            self._told_left.append(seat)

    def turn(
        self, said: Sequence[Said], world: Any, *, between: bool, value: Any = None, outcome: Outcome | None = None
    ) -> Turn | None:
        """Return the next turn, None if nothing has happened. `between` says that no parley is going on."""
        consumed, heard = self._consumed, self._heard
        bots = self.bots
        # What is known of bots alone is worth no turn in the middle of a parley, which comes to the same again.
        news = said or consumed or heard or self._told_left or (between and bots)
        if not news and outcome is None and value is None:
            return None
        self._consumed, self._heard = [], []
        told_left, self._told_left = self._told_left, []
        self._turns += 1
        # In the middle of a parley, what goes on record beside its acts is what was before it: the parley is
        # run again from there, and changes people's data again.
        snapshot, self._base = self._base, None
        data, self._base_data = self._base_data, ()
        if between and self._snapshots is not None:
            # An overworld that is ended in its sleep has nothing to say of data that others have changed since.
            asleep = outcome is not None and not self._parleyed
            data = () if asleep else (*data, *self._snapshots.changed_data(self._agents))
            self._parleyed = False
            self._stale = False
            snapshot = None
            if outcome is None:
                snapshot = self._snapshots.world(self.identity, world, self._agents)
        of_bots = bots.take() if bots else ((), (), ())
        return Turn(
            self.identity,
            self._turns,
            self._epoch,
            tuple(consumed),
            tuple(said),
            () if between else tuple(Heard(*each) for each in heard),
            between,
            snapshot,
            value,
            data,
            tuple(told_left),
            outcome,
            *of_bots,
        )

    def dropped(self, reference: str | None) -> None:
        """Somebody's line was read, and nothing is made of it."""
        if reference is not None:
            self._consumed.append(reference)

    def hear_again(self, seat: int, wanted: Callable[[Message], bool]) -> Message | None:
        """Return what that seat heard next on record; None if another's did, or what it heard is not wanted."""
        assert self.replay is not None
        message = self.replay.hear(seat, wanted)
        if message is not None:
            self._end_if_over()
        return message

    def say_again(self, participant_id: str, message: Message) -> None:
        """The world says something that should be on record already."""
        assert self.replay is not None
        fault = self.replay.say(participant_id, message)
        if fault is not None:
            self._diverge(fault)
        self._end_if_over()

    def wait_again(self, agent: PersonAgent | BotAgent, *, only: bool) -> None:
        """The world waits, where something that it heard is still to come."""
        assert self.replay is not None
        if not self.replay.listening:
            self._diverge("it waits for somebody before it has said all that is on record")
        if only or self.replay.in_vain():
            self._diverge(f"it waits for {agent.id}, but on record it heard somebody else next")

    def parley_over(self) -> None:
        """A parley has ended; one that is run again must have come as far as it had."""
        if self.replay is not None:
            self._diverge("its parley ended before it had heard and said all that is on record")
        if self._habit.returns < TIMES_BELIEVED:
            self._habit.returned()

    def _end_if_over(self) -> None:
        if self.replay is not None and not self.replay.listening and not self.replay.speaking:
            self.replay = None

    def _diverge(self, fault: str) -> NoReturn:
        # The replay stays, so that a world that catches everything is stopped again by its next act().
        log.error("run %s was restored and went another way than on record: %s", self.identity, fault)
        raise Diverged(f"the world went another way than on record: {fault}")


def bots_of(world: Any) -> list[BotAgent]:
    """Return the bots among a world's agents, in order; a world may keep its agents elsewhere."""
    agents = getattr(world, "agents", None)
    return [agent for agent in agents if isinstance(agent, BotAgent)] if isinstance(agents, list | tuple) else []
