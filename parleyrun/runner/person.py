"""A person's seat in a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NoReturn, Protocol

from ..core.agents import Agent
from ..core.message import DISCONNECT_TEXT, TIMEOUT_TEXT, Act, Message, message_from_act
from ..errors import AgentError, RunnerError
from .mailbox import Mailbox


class Seating(Protocol):
    """What a seat needs of the run it is in. All but `say` are called on the run's own thread."""

    parley_number: int

    def hear_again(self, agent: PersonAgent) -> Message | None: ...

    @property
    def replaying(self) -> bool: ...

    def heard(self, agent: PersonAgent, message: Message, reference: str | None) -> None: ...

    def say(self, agent: PersonAgent, message: Message) -> None: ...

    def typing(self, agent: PersonAgent, persona_id: str | None) -> None: ...

    def wait(self, agent: PersonAgent, *, only: bool, seconds: float | None) -> bool: ...

    def check_stopped(self) -> None: ...

    def leaving_ignored(self, agent: PersonAgent) -> None: ...

    def now(self) -> float: ...


class PersonAgent(Agent):
    """The seat of a participant: `act()` reads their mailbox, `observe()` writes to their screen.

    `data` and `stored_data` last as long as the participant, `onboard_data` comes from the onboarding world.
    `message_partners` are the other people's seats.
    """

    def __init__(
        self,
        participant_id: str,
        mailbox: Mailbox,
        *,
        data: dict[str, Any] | None = None,
        stored_data: dict[str, Any] | None = None,
        onboard_data: Any = None,
    ) -> None:
        super().__init__(id=participant_id)
        self._data = {} if data is None else data
        self._stored_data = {} if stored_data is None else stored_data
        self.onboard_data = onboard_data
        self.message_partners: Sequence[Agent] = ()
        self.mailbox = mailbox
        self.timed_out = False
        self.seat = 0
        self.data_on_record: bytes | None = None
        self._seating: Seating | None = None
        self._listener: Callable[[], None] | None = None
        self._empty_in_parley = -1
        self._left = False
        self._left_told = False

    @property
    def data(self) -> dict[str, Any]:
        """What the author's code keeps of this person, for as long as the person lasts."""
        return self._data

    @data.setter
    def data(self, values: dict[str, Any]) -> None:
        _fill(self._data, values)

    @property
    def stored_data(self) -> dict[str, Any]:
        """What came with this person: `entry` says how. It lasts as long as the person, too."""
        return self._stored_data

    @stored_data.setter
    def stored_data(self, values: dict[str, Any]) -> None:
        _fill(self._stored_data, values)

    def bind(self, seating: Seating) -> None:
        """Sit down in a run. Called once, by the run."""
        self._seating = seating

    @property
    def left(self) -> bool:
        """True once the person has gone for good."""
        return self._left

    @property
    def left_told(self) -> bool:
        """True once the world has been given the `[DISCONNECT]` act."""
        return self._left_told

    def listen(self, listener: Callable[[], None]) -> None:
        """Have the run told of this person's mail."""
        self._listener = listener
        self.mailbox.listen(listener)

    def stop_listening(self) -> None:
        """Let go of the mailbox, unless another seat listens to it by now."""
        listener, self._listener = self._listener, None
        if listener is not None:
            self.mailbox.stop_listening(listener)

    def mark_left(self, *, told: bool = False) -> None:
        """The person has gone for good: when their mail is read, `act()` says so, unless it was `told`."""
        self._left = True
        self._left_told = self._left_told or told

    def act(self, timeout: float | None = None) -> Act | None:
        """Return what the person said, or None at once when there is nothing.

        The second empty `act()` within one parley waits for mail to any seat of this run, or for the next
        tick, so that `while a is None: a = agent.act()` costs nothing. With `timeout` (seconds) it waits for
        this person and then returns an act with the text `[TIMEOUT]`. Raises `RunStopped` when the run is
        being stopped.
        """
        if timeout is not None:
            return self.act_blocking(timeout)
        seating = self._seat()
        seating.check_stopped()
        message = self._take(seating)
        if message is None and self._empty_in_parley == seating.parley_number:
            seating.wait(self, only=False, seconds=None)
            message = self._take(seating)
        if message is None:
            self._empty_in_parley = seating.parley_number
            return None
        return message.to_act()

    def act_blocking(self, timeout: float | None = None) -> Act:
        """Wait until the person says something and return it.

        After `timeout` seconds return an act with the text `[TIMEOUT]` and `episode_done: True`.
        """
        seating = self._seat()
        seating.check_stopped()
        deadline = None if timeout is None else seating.now() + timeout
        while True:
            message = self._take(seating)
            if message is not None:
                return message.to_act()
            seconds = None if deadline is None else deadline - seating.now()
            # `not >`, as a timeout that is no number must not wait for ever.
            if seconds is not None and not seconds > 0 and not seating.replaying:
                self.timed_out = True
                message = Message(TIMEOUT_TEXT, id=self._speaker(), episode_done=True)
                seating.heard(self, message, None)
                return message.to_act()
            seating.wait(self, only=True, seconds=seconds)

    def observe(self, act: Act) -> None:
        """Show the person what somebody said. It goes out once it is recorded. Raises `ActError`."""
        self._seat().say(self, message_from_act(act))

    def typing_on(self, persona_id: str | None = None) -> None:
        """Show the person that somebody is typing, until the next message."""
        self._seat().typing(self, persona_id)

    def episode_done(self) -> bool:
        return self._left

    def share(self) -> NoReturn:
        raise AgentError(f"expected agents that can be copied, got the seat of a person, {self.id}")

    def _seat(self) -> Seating:
        if self._seating is None:
            raise RunnerError(f"{self.id} is not seated in a run yet: act and observe belong into parley()")
        return self._seating

    def _speaker(self) -> str:
        return self.disp_id or self.id

    def _take(self, seating: Seating) -> Message | None:
        if seating.replaying:
            message = seating.hear_again(self)
            if message is not None:
                self._note(message)
            return message
        mail = self.mailbox.take()
        if mail is not None:
            message = replace(mail, id=self._speaker())
            self._note(message)
            seating.heard(self, message, mail.message_id)
            return message
        if not self._left:
            return None
        if self._left_told:
            seating.leaving_ignored(self)
            return None
        message = Message(DISCONNECT_TEXT, id=self._speaker(), episode_done=True)
        self._note(message)
        seating.heard(self, message, None)
        return message

    def _note(self, message: Message) -> None:
        """Remember what the world was just given: after a restart it is given the same, and so is this."""
        self._empty_in_parley = -1
        self.timed_out = message.text == TIMEOUT_TEXT and message.message_id is None
        if message.text == DISCONNECT_TEXT and message.message_id is None:
            self._left_told = True

    def __getstate__(self) -> dict[str, Any]:
        raise TypeError("a person's seat is recorded by its id, not pickled by value")


def _fill(kept: dict[str, Any], values: dict[str, Any]) -> None:
    """Put other values into the dict that all seats of a person share, where a new dict would be lost."""
    if values is not kept:
        fresh = dict(values)
        kept.clear()
        kept.update(fresh)
