"""A run that is executed on a host, as its coordinator knows it: what it takes to go on with it elsewhere."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING

from ..config.plan import TaskPlan
from ..core.bot_seats.bot_desk import SeatControls
from ..core.group_size import GroupSize
from ..core.message import Message
from ..runner.mailbox import Mailbox
from ..runner.person import PersonAgent
from ..runner.recorder import SavedState
from ..runner.seats.seat_swap import WAITS_INSIDE, SeatSwap
from ..runner.turn import CalledEnd, Heard, Outcome, RunIdentity, Said, Turn
from ..service.bots.task_seats import FirstSeats, SeatsAgain
from ..service.world_build import WorldBuild
from .host_orders import PersonsSeat, RunOrder, SeatControl, SeatHandover
from .persons_data import take_changes

if TYPE_CHECKING:
    from .runs_connection import RunsConnection

UNREAD_AT_MOST = 200
"""How many messages of one person are on a host at once that its world has not read; others wait here."""


class HostedRun:
    """Whoever changes it, or depends on where it is, holds its `lock`.

    Args:
        identity: Its names.
        task: The key of its task.
        build: How its world is built.
        agents: The seats of its people here: their mailboxes, and what is kept of them.
        saved: How far it had come, if it is restored.
    """

    def __init__(
        self,
        identity: RunIdentity,
        task: str,
        build: WorldBuild,
        agents: Sequence[PersonAgent],
        saved: SavedState | None,
    ) -> None:
        self.identity = identity
        self.task = task
        self.future: Future[Outcome] = Future()
        self.lock = threading.RLock()
        self.host: RunsConnection | None = None
        """Where it is executed; None while it waits for a host."""
        self.epoch = 1 if saved is None else saved.epoch
        self.begun = 0
        """The epoch that its host was told to begin, or to go on with; set once that order is on its way."""
        self.stopped: Outcome | None = None
        """How it is to end; None while it may go on."""
        self.end: CalledEnd | None = None
        """The end that was called for."""
        self.agents = tuple(agents)
        self._seats = build.seats
        self._hold = build.hold
        self._turn = 0 if saved is None else saved.turn
        self._snapshot = build.snapshot
        self._heard: tuple[Heard, ...] = () if saved is None else saved.heard
        self._said: tuple[Said, ...] = () if saved is None else saved.said
        self._kept: list[bytes] = []
        self._onboard_data: list[bytes] = []
        self._shows_forms: list[bool] = []
        self._on_host: list[set[str]] = [set() for _ in agents]
        self._bots: dict[str, str] = {}  # the roles of bots by the names of their logs
        self._controls: tuple[SeatControl, ...] = ()
        self._swaps: dict[int, SeatSwap] = {}

    def swap(self, swap: SeatSwap) -> None:
        """A bot sits down in a person's seat, on the next host that it comes to."""
        self._swaps[self.agents.index(swap.person)] = swap

    def why_no_swap(self) -> str | None:
        """Say why no bot can sit down in a person's seat now; None if one can."""
        if self._heard or self._said:
            return WAITS_INSIDE
        if self._turn and self._snapshot is None:
            return "expected a world that can be pickled, as it goes on on another host with the bot in its seat"
        return None

    def pack(self) -> None:
        """Note what is kept of its people, as it travels. Raises whatever pickling raises."""
        # Both before anything is changed: where one of them cannot travel, all is as it was.
        kept = [pickle.dumps(agent.kept, pickle.HIGHEST_PROTOCOL) for agent in self.agents]
        onboard_data = [pickle.dumps(agent.onboard_data, pickle.HIGHEST_PROTOCOL) for agent in self.agents]
        self._kept, self._onboard_data = kept, onboard_data

    def order(self, shows_forms: Callable[[str], bool]) -> RunOrder:
        """Return what a host is to do, and take it that nothing of the mail is there yet."""
        self._shows_forms = [shows_forms(agent.id) for agent in self.agents]
        self._controls = ()
        self._on_host = [set() for _ in self.agents]
        seats = self._seats
        return RunOrder(
            identity=self.identity,
            task=self.task,
            epoch=self.epoch,
            turn=self._turn,
            seats=tuple(self._seat(number) for number in range(len(self.agents))),
            snapshot=self._snapshot,
            heard=self._heard,
            said=self._said,
            filling=tuple(seats.filling) if isinstance(seats, FirstSeats) else (),
            filled_after=seats.filled_after if isinstance(seats, FirstSeats) else None,
            again=isinstance(seats, SeatsAgain),
            size=_size_of(seats.task) if isinstance(seats, FirstSeats | SeatsAgain) else None,
            hold=self._hold,
            handovers=tuple(self._handover(seat, swap) for seat, swap in self._swaps.items()),
        )

    def _handover(self, seat: int, swap: SeatSwap) -> SeatHandover:
        agent = self.agents[seat]
        agent.stop_listening()
        agent.mailbox = Mailbox()  # what they write from now on is for wherever they are
        missed = ((False, message) for message in agent.missed)
        return SeatHandover(seat=seat, entry=swap.entry, past=(*swap.past(), *missed))

    def _seat(self, number: int) -> PersonsSeat:
        agent = self.agents[number]
        return PersonsSeat(
            participant_id=agent.id,
            role=agent.disp_id,
            nameless=agent.nameless,
            condition=agent.condition,
            round=agent.round,
            kept=self._kept[number],
            onboard_data=self._onboard_data[number],
            left=agent.left,
            left_told=agent.left_told,
            shows_forms=self._shows_forms[number],
        )

    def take(self, turn: Turn) -> Turn:
        """Note a turn, so that another host can go on after it; return it as it goes on record."""
        self._turn = turn.number
        for bot in turn.bots:
            self._bots[bot.participant_id] = bot.role or ""
        if turn.between or turn.outcome is not None:
            self._snapshot, self._heard, self._said = turn.snapshot, (), ()
        else:
            self._snapshot = turn.snapshot or self._snapshot
            self._heard += turn.heard
            self._said += turn.said
        if any(agent.replaced for agent in self.agents):
            turn = replace(turn, said=tuple(said for said in turn.said if not self._missed(said)))
        for seat in turn.told_left:
            if seat < len(self.agents):  # behind people's seats are those of bots
                self.agents[seat].left_told = True
        if turn.data:
            turn = replace(turn, data=tuple(self._take_data(who, data) for who, data in turn.data))
        if turn.consumed:
            self._read(turn.consumed)
        return turn

    def _missed(self, said: Said) -> bool:
        """Whether this was said to somebody who has got up; the bot that sits down there is told of it."""
        for agent in self.agents:
            if agent.replaced and agent.id == said.participant_id:
                agent.missed.append(said.message)
                return True
        return False

    def _take_data(self, participant_id: str, data: bytes) -> tuple[str, bytes]:
        for number, agent in enumerate(self.agents):
            if agent.id == participant_id:
                before, self._kept[number] = self._kept[number], data
                kept = take_changes(agent.kept, before, data)
                agent.data_on_record = kept
                return participant_id, kept
        return participant_id, data

    def _read(self, references: Sequence[str]) -> None:
        read = set(references)
        for agent, on_host in zip(self.agents, self._on_host, strict=True):
            mine = on_host & read
            if mine:
                on_host -= mine
                agent.mailbox.read_elsewhere(mine)

    def unsent(self, seat: int) -> list[Message]:
        """Return what somebody has said that is not on the host yet, and take it that it is from now on."""
        if self.agents[seat].replaced:
            return []
        on_host = self._on_host[seat]
        mailbox = self.agents[seat].mailbox
        found = []
        for message in [*mailbox.mail, *mailbox.answers]:
            line = message.carried_line
            if line is None or line in on_host:
                continue
            if len(on_host) >= UNREAD_AT_MOST:
                break
            on_host.add(line)
            found.append(message)
        return found

    def waiting_seats(self) -> list[int]:
        """Return the seats whose mail is not all on the host."""
        return [
            number
            for number, agent in enumerate(self.agents)
            if not agent.replaced
            and len(agent.mailbox.mail) + len(agent.mailbox.answers) > len(self._on_host[number])
        ]

    def other_screens(self, shows_forms: Callable[[str], bool]) -> list[tuple[str, bool]]:
        """Return whose screens can show forms now, or no longer, and take it that the host knows."""
        changed = []
        for number, agent in enumerate(self.agents):
            shows = shows_forms(agent.id)
            if shows != self._shows_forms[number]:
                self._shows_forms[number] = shows
                changed.append((agent.id, shows))
        return changed

    def other_controls(self, controls: SeatControls) -> tuple[SeatControl, ...] | None:
        """Return what operators have set for its bots, if that has changed, and take it that the host knows."""
        uid = self.identity.uid
        found = []
        for record_id, role in [*self._bots.items()]:
            taken, model = controls.is_taken(uid, role), controls.model(uid, role)
            lines = () if model is None else tuple(controls.lines(record_id))
            if taken or model is not None:
                found.append(SeatControl(role=role, record_id=record_id, is_taken=taken, model=model, lines=lines))
        if tuple(found) == self._controls:
            return None
        self._controls = tuple(found)
        return self._controls

    @property
    def next_turn(self) -> int:
        """The number that its next turn has."""
        return self._turn + 1

    def seat_facts(self) -> tuple[tuple[bool, bool], ...]:
        """Return what is known of its seats, as at the end of a run (`EndReport.seats`)."""
        return tuple((agent.left_told, agent.timed_out) for agent in self.agents)

    def mail_came(self, seat: int) -> None:
        """There is mail in that seat's mailbox. Any thread; without the lock, which others hold for long."""
        host = self.host
        if host is not None:
            host.mail_came(self, seat)

    def stop_listening(self) -> None:
        """Nobody's mail is for this run any more."""
        for agent in self.agents:
            agent.stop_listening()


def _size_of(task: TaskPlan) -> GroupSize | None:
    """Return the size that holds for a conversation; None where it goes by people's conditions."""
    return None if task.agents_by is not None else GroupSize(least=task.fewest, most=task.agents_required)
