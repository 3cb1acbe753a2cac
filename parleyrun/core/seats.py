"""Seats: what a world holds, whoever sits there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from .forms.form import Form
from .forms.form_result import FormResult
from .message import Act


class Seat(Protocol):
    """A seat in a world: a person's or a bot's. Both have the same members, so a world need not tell them apart.

    `World.agents` is a list of seats. All members are for the world's own thread: use them in `parley()`, and in
    what is called from there.
    """

    id: str
    """Names the seat for the record: a person's participant id, a bot's name."""

    disp_id: str | None
    """What others see as the speaker. `assign_roles` gives it; until then it is None."""

    role: str
    """The same as `disp_id`, under a plainer name and for where there is one: in a task world."""

    data: dict[str, Any]
    """What your code keeps of a person, for as long as they are known. A bot's lasts as long as its seat."""

    stored_data: dict[str, Any]
    """What came with a person: `entry` says how they came. It lasts as long as the person, too."""

    onboard_data: Any
    """What their onboarding world found out: its `data`. None where there was no onboarding."""

    condition: Mapping[str, Any]
    """The values of the study's conditions that hold here, by name: `seat.condition["partner"]`."""

    round: int
    """Which round of a task with several `rounds` this is for its person, from 1."""

    message_partners: Sequence[Seat]
    """The seats of the other people in this conversation."""

    task_id: str | None
    """Counts the conversations of this task: `t_1`, `t_2`, …. None for seats outside of a service."""

    conversation_id: str | None
    """Names this conversation, among all that there ever were, as exports do. None outside of a service."""

    run_id: str | None
    """Names the start of the service in which this conversation began, as exports do. None outside of one."""

    @property
    def is_bot(self) -> bool:
        """Whether a model sits here, and no person."""

    @property
    def manager(self) -> Any:
        """The service, as `module_initialize(opt, service)` is given it. None for seats outside of a service."""

    def act(self, timeout: float | None = None) -> Act | None:
        """Return what was said here since the last time, or None.

        Args:
            timeout: Wait for it, at most so many seconds; then the act's text is `[TIMEOUT]`. Without it a person
                is not waited for, except in the second empty `act()` within one parley.

        Raises:
            RunStopped: The run is being stopped.
        """

    def act_blocking(self, timeout: float | None = None) -> Act:
        """Wait until something is said here, and return it.

        Args:
            timeout: How many seconds to wait at most; then the act's text is `[TIMEOUT]`. None is for ever.

        Raises:
            RunStopped: The run is being stopped.
        """

    def ask(self, form: Form, timeout: float | None = None) -> FormResult | None:
        """Ask whoever sits here to fill in a form; return what has come of it, or None while they are at it.

        Call it again until it returns something; a person is not waited for, except in the second empty `ask()`
        within one parley.

        Args:
            form: The form; it is shown once.
            timeout: How many seconds they have, from when they are shown it.

        Returns:
            The answers, by the names of the questions: a dict whose `status` says how the form ended.

        Raises:
            WorldError: Another form is open at this seat.
            AgentError: A bot sits here.
            RunStopped: The run is being stopped.
        """

    def ask_blocking(self, form: Form, timeout: float | None = None) -> FormResult:
        """Ask whoever sits here to fill in a form, and wait until it is over. As `ask()` otherwise."""

    def observe(self, act: Mapping[str, Any]) -> Any:
        """Show what somebody said: `text`, `id` (who speaks), `quick_replies`, `payload`, `persona_id`.

        A person sees it once it is on record. What is returned is a bot's own matter.

        Raises:
            ActError: That is no act.
        """

    def typing_on(self, persona_id: str | None = None) -> None:
        """Show that somebody is typing, until the next message. Bots do not look."""

    def episode_done(self) -> bool:
        """Return True once nothing more will be said here, as the person has gone for good."""

    def epoch_done(self) -> bool:
        """Return True once an agent with data has gone through all of it. People never have."""

    def getID(self) -> str:
        """Return `id`."""

    def get_id(self) -> str:
        """Return `id`."""

    @property
    def messenger_id(self) -> str:
        """What the channel itself calls a person: `id` without the channel's name. A bot's is its `id`."""

    def put_data(self, message: Mapping[str, Any]) -> None:
        """Hand in a message for this seat: a person's next `act()` returns it, a model is shown it."""

    def observe_typing_on(self, persona_id: str | None = None) -> None:
        """Do what `typing_on` does."""

    def shutdown(self) -> None:
        """Let go of whatever sits here. Called once, when the world has ended."""


class ParlaiNames:
    """What seats have under the names that authors know from ParlAI."""

    id: str
    data: dict[str, Any]
    round: int = 1

    def get_id(self) -> str:
        """Return `id`."""
        return self.id

    @property
    def messenger_id(self) -> str:
        """What the channel itself calls a person: `id` without the channel's name. A bot's is its `id`."""
        return self.id.partition(":")[2] or self.id

    def typing_on(self, persona_id: str | None = None) -> None:
        """Show that somebody is typing. Unless a seat says otherwise nobody looks."""

    def observe_typing_on(self, persona_id: str | None = None) -> None:
        """Do what `typing_on` does."""
        self.typing_on(persona_id)


class Candidate(Protocol):
    """A person who waits for a task, as `eligibility_function(session)` is given them. All of it is to be read."""

    @property
    def id(self) -> str:
        """The participant id."""

    @property
    def data(self) -> dict[str, Any]:
        """What your code keeps of this person."""

    @property
    def stored_data(self) -> dict[str, Any]:
        """What came with this person."""

    @property
    def onboard_data(self) -> Any:
        """What their onboarding world found out; None where there was no onboarding."""

    @property
    def condition(self) -> Mapping[str, Any]:
        """The values that they have of the study's conditions, by name."""

    @property
    def time_in_pool(self) -> Mapping[str, float]:
        """How many seconds they have waited, by the key of the task."""
