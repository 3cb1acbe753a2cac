"""A person's seat in a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, NoReturn, Protocol, Self

from ..core.agents import Agent
from ..core.forms.form import Form
from ..core.forms.form_result import FormResult
from ..core.message import DISCONNECT_TEXT, TIMEOUT_TEXT, Act, FrozenDict, Message, message_from_act
from ..core.seats import ParlaiNames, Seat
from ..errors import AgentError, RunnerError
from .mailbox import Mailbox
from .seats.form_asking import ask_form, stop_form_timer
from .seats.form_desk import FormDesk
from .seats.form_filling import FormFilling, SeatForms
from .seats.tick_pace import TickPace
from .timers import Timer

_NO_CONDITION: Mapping[str, Any] = FrozenDict()


class Seating(Protocol):
    """What a seat asks of the run it is in. All but `say` are called on the run's own thread."""

    parley_number: int

    @property
    def replaying(self) -> bool: ...

    @property
    def forms(self) -> FormDesk: ...

    def hear(self, agent: PersonAgent, form: FormFilling | None = None) -> Message | None: ...

    def hear_timeout(self, agent: PersonAgent) -> Message: ...

    def say(self, agent: PersonAgent, message: Message, *, moderated: bool = True) -> None: ...

    def left_out(self, path: str, why: str) -> None: ...

    def typing(self, agent: PersonAgent, persona_id: str | None) -> None: ...

    def wait(
        self, agent: PersonAgent, *, only: bool, seconds: float | None, has_news: Callable[[], bool]
    ) -> None: ...

    def now(self) -> float: ...


class PersonAgent(ParlaiNames, Agent):
    """The seat of a participant: `act()` reads their mailbox, `observe()` writes to their screen.

    Args:
        participant_id: Who sits here, as `channel:native id`.
        mailbox: What they have said and nobody has read.
        data: What the author's code keeps of them; the same dict for all seats of this person.
        stored_data: What came with them, such as `entry`; it lasts as long as the person, too.
        onboard_data: What the onboarding world's `data` was.

    Attributes:
        message_partners: The other people's seats.
        mailbox: What they have said and nobody has read.
        kept: `data` and `stored_data`, as they go on record together.
        seat: Which seat of the run this is, from 0.
        left: True once the person has gone for good.
        left_told: True once the world has been given the `[DISCONNECT]` act.
        replaced: True once a bot is to sit here in the person's stead, who is shown nothing more.
        missed: What was said to them since, which the bot is told.
        nameless: True for somebody who sits alone under a name that no author gave.
        timed_out: True if the last that this seat heard was that the person did not answer in time.
        looked_in: The number of the parley in which `act()` was empty last; -1 if it gave something since.
        data_on_record: The pickle of `kept` that was put on record last.
        forms: The forms that were asked here.
        asked_in: The number of the parley in which `ask()` came to nothing last; -1 if it went on since.
        form_timer: Wakes the run when the time for a form is up.
        manager: The service, as `module_initialize` is given it; None outside of one.
    """

    is_bot = False

    is_told_of_leaving: ClassVar[bool] = True
    """Whether the world learns, and may act on it, that the person has gone for good; else it ends with that."""

    pace: ClassVar[TickPace] = TickPace(first_seconds=0.3, growth=1.0)
    """How often a world is looked at that waits for somebody in such a seat."""

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
        self.kept = {
            "data": {} if data is None else data,
            "stored_data": {} if stored_data is None else stored_data,
        }
        self.onboard_data = onboard_data
        self.condition: Mapping[str, Any] = _NO_CONDITION
        self.message_partners: Sequence[Seat] = ()
        self.mailbox = mailbox
        self.seat = 0
        self.left = False
        self.left_told = False
        self.replaced = False
        self.missed: list[Message] = []
        self.timed_out = False
        self.nameless = False
        self.looked_in = -1
        self.data_on_record: bytes | None = None
        self.forms = SeatForms()
        self.asked_in = -1
        self.form_timer: Timer | None = None
        self.manager: Any = None
        self._seating: Seating | None = None
        self._listener: Callable[[], None] | None = None

    @property
    def data(self) -> dict[str, Any]:
        """What the author's code keeps of this person, for as long as the person lasts."""
        return self.kept["data"]

    @data.setter
    def data(self, values: dict[str, Any]) -> None:
        _fill(self.kept["data"], values)

    @property
    def stored_data(self) -> dict[str, Any]:
        """What came with this person: `entry` says how. It lasts as long as the person, too."""
        return self.kept["stored_data"]

    @stored_data.setter
    def stored_data(self, values: dict[str, Any]) -> None:
        _fill(self.kept["stored_data"], values)

    def another(self) -> Self:
        """Return another seat for the same person: their mail and what is kept of them is the same."""
        other = type(self)(
            self.id,
            self.mailbox,
            data=self.data,
            stored_data=self.stored_data,
            onboard_data=self.onboard_data,
        )
        other.condition = self.condition
        other.round = self.round
        return other

    def put_data(self, message: Mapping[str, Any]) -> None:
        """Hand in a message as if the person had just said it; the next `act()` returns it. Any thread.

        Args:
            message: A dict with `text`, and perhaps `payload`.

        Raises:
            ActError: It is no act.
        """
        self.mailbox.put(message_from_act(message))

    def bind(self, seating: Seating) -> None:
        """Sit down in a run. Called once, by the run."""
        self._seating = seating

    def listen(self, listener: Callable[[], None]) -> None:
        """Have the run told of this person's mail."""
        self._listener = listener
        self.mailbox.listen(listener)

    def stop_listening(self) -> None:
        """Let go of the mailbox, unless another seat listens to it by now."""
        listener, self._listener = self._listener, None
        if listener is not None:
            self.mailbox.stop_listening(listener)
        stop_form_timer(self)

    def mark_left(self, *, told: bool = False) -> None:
        """The person has gone for good: when their mail is read, `act()` says so, unless the world was `told`."""
        self.left = True
        self.left_told = self.left_told or told

    def has_news(self) -> bool:
        """Return True if `act()` would give something. Any thread."""
        return bool(self.mailbox.mail) or (self.left and not self.left_told)

    def act(self, timeout: float | None = None) -> Act | None:
        """Return what the person said next, or None at once when there is nothing.

        The second empty `act()` within one parley waits for mail to any seat of this run, or for the next
        tick, so that `while a is None: a = agent.act()` costs nothing.

        Args:
            timeout: Seconds to wait for this person; then an act with the text `[TIMEOUT]` is returned.

        Returns:
            A dict with `id` (the seat's role), `text`, `episode_done`, and where there are some `payload` and
            `carried_line`; one with the text `[DISCONNECT]` once the person has gone for good.

        Raises:
            RunStopped: The run is being stopped.
        """
        if timeout is not None:
            return self.act_blocking(timeout)
        seating = self._seating
        if seating is None:
            raise self._not_seated()
        message = seating.hear(self)
        if message is None and self.looked_in == seating.parley_number:
            seating.wait(self, only=False, seconds=None, has_news=self.has_news)
            message = seating.hear(self)
        if message is None:
            self.looked_in = seating.parley_number
            return None
        return message.to_act()

    def act_blocking(self, timeout: float | None = None) -> Act:
        """Wait until the person says something and return it.

        Args:
            timeout: Seconds to wait at most; None waits as long as it takes.

        Returns:
            What `act()` returns; after `timeout` seconds an act with the text `[TIMEOUT]` and
            `episode_done: True`.

        Raises:
            RunStopped: The run is being stopped.
        """
        seating = self._seating
        if seating is None:
            raise self._not_seated()
        deadline = None if timeout is None else seating.now() + timeout
        while True:
            message = seating.hear(self)
            if message is not None:
                return message.to_act()
            seconds = None if deadline is None else deadline - seating.now()
            # `not >`, as a timeout that is no number must not wait for ever.
            if seconds is not None and not seconds > 0 and not seating.replaying:
                return seating.hear_timeout(self).to_act()
            seating.wait(self, only=True, seconds=seconds, has_news=self.has_news)

    def ask(self, form: Form, timeout: float | None = None) -> FormResult | None:
        """Ask the person to fill in a form; return what has come of it, or None while they are at it.

        Call it again until it returns something; the second call within one parley that comes to nothing waits,
        as `act()` does. Where their page can show forms they see it as a whole, and what they write besides waits
        for `act()`; elsewhere they are asked question by question, in words.

        Args:
            form: The form; it is shown once.
            timeout: How many seconds the person has, from when they are shown it. When they are over, what was
                answered until then is returned.

        Returns:
            The answers, by the names of the questions: a dict whose `status` says how the form ended.

        Raises:
            WorldError: Another form is open at this seat.
            RunStopped: The run is being stopped.
        """
        if self._seating is None:
            raise self._not_seated()
        return ask_form(self, self._seating, form, timeout, blocking=False)

    def ask_blocking(self, form: Form, timeout: float | None = None) -> FormResult:
        """Ask the person to fill in a form, and wait until it is over.

        Args:
            form: The form.
            timeout: How many seconds the person has.

        Returns:
            What `ask()` returns.

        Raises:
            WorldError: Another form is open at this seat.
            RunStopped: The run is being stopped.
        """
        if self._seating is None:
            raise self._not_seated()
        result = ask_form(self, self._seating, form, timeout, blocking=True)
        assert result is not None
        return result

    def observe(self, act: Mapping[str, Any]) -> None:
        """Show the person what somebody said. It goes out once it is recorded. Any thread.

        Args:
            act: A dict with `text`, and where wanted `id` (who speaks), `payload`, `quick_replies`,
                `persona_id`.

        Raises:
            ActError: It is no act.
            RunnerError: The run has ended.
        """
        seating = self._seating
        if seating is None:
            raise self._not_seated()
        message = message_from_act(act, seating.left_out)
        if self.replaced and not seating.replaying:
            self.missed.append(message)
        else:
            seating.say(self, message)

    def typing_on(self, persona_id: str | None = None) -> None:
        """Show the person that somebody is typing, until the next message.

        Args:
            persona_id: As whom, on channels that have personas.
        """
        if self._seating is None:
            raise self._not_seated()
        self._seating.typing(self, persona_id)

    def episode_done(self) -> bool:
        """Return True once the person has gone for good."""
        return self.left

    def share(self) -> NoReturn:
        raise AgentError(f"expected agents that can be copied, got the seat of a person, {self.id}")

    def given(self, message: Message) -> None:
        """Note what the world was just given: after a restart it is given the same, and so is this."""
        self.looked_in = -1
        self.timed_out = message.text == TIMEOUT_TEXT and message.carried_line is None
        if message.text == DISCONNECT_TEXT and message.carried_line is None:
            self.left_told = True

    def _not_seated(self) -> RunnerError:
        return RunnerError(f"{self.id} is not seated in a run yet: act and observe belong into parley()")

    def __getstate__(self) -> dict[str, Any]:
        raise TypeError("a person's seat is recorded by its id, not pickled by value")


def _fill(kept: dict[str, Any], values: dict[str, Any]) -> None:
    """Put other values into the dict that all seats of a person share, where a new dict would be lost."""
    if values is not kept:
        fresh = dict(values)
        kept.clear()
        kept.update(fresh)
