"""Asking a person to fill in a form: what `ask()` does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from ...core.forms.form import Form
from ...core.forms.form_result import FormResult
from ...core.message import Act, Message, message_from_act
from ...errors import WorldError
from .form_events import FORM_FACT, HEARD_AT, fact
from .form_filling import FormFilling

if TYPE_CHECKING:
    from ..person import PersonAgent, Seating
    from .form_desk import FormDesk


def ask_form(
    agent: PersonAgent, seating: Seating, form: Form, timeout: float | None, *, blocking: bool
) -> FormResult | None:
    """Ask a form, or go on with it; return what has come of it, None while it is open.

    Args:
        agent: The seat.
        seating: The run that it is in.
        form: The form.
        timeout: How many seconds the person has, from when they are shown it; None for as long as it takes.
        blocking: Whether to wait until it is over.

    Raises:
        WorldError: Another form is open at this seat.
        RunStopped: The run is being stopped.
    """
    desk = seating.forms
    filling = _opened(agent, seating, form, timeout)
    has_news = partial(_has_news, agent)
    waited = False
    while not filling.is_over:
        message = _heard(agent, seating, filling, timeout)
        if message is not None:
            agent.asked_in = -1
            for act in filling.take(message, desk.now_ms()):
                _say(agent, seating, act)
        elif blocking:
            seating.wait(agent, only=True, seconds=_left(filling, desk), has_news=has_news)
        elif agent.asked_in == seating.parley_number and not waited:
            waited = True
            seating.wait(agent, only=False, seconds=_left(filling, desk), has_news=has_news)
        else:
            agent.asked_in = seating.parley_number
            _set_timer(agent, seating, filling)
            return None
    return _closed(agent, seating, filling)


def _opened(agent: PersonAgent, seating: Seating, form: Form, timeout: float | None) -> FormFilling:
    filling = agent.forms.filling
    if filling is not None:
        if filling.state.form.name != form.name:
            raise WorldError(
                f"expected the form '{filling.state.form.name}' to be over before {agent.id} is asked "
                f"'{form.name}': go on with ask() until it returns something"
            )
        return filling
    desk = seating.forms
    now = desk.now_ms()
    # Whether their page shows forms may be another matter after a restart, and then something else would be said.
    known = desk.learn(agent, fact(on_page=desk.means.shows(agent.id), at=now))
    now = known.extra[HEARD_AT]
    filling = agent.forms.begin(
        form,
        agent.id,
        desk.run_uid,
        desk.means,
        on_page=known.extra[FORM_FACT],
        deadline=None if timeout is None else now + round(timeout * 1_000),
    )
    for act in filling.opening(now):
        _say(agent, seating, act)
    return filling


def _has_news(agent: PersonAgent) -> bool:
    """Return whether a form would go on. Any thread."""
    waiting = agent.mailbox.answers if agent.forms.on_page else agent.mailbox.mail
    return bool(waiting) or (agent.left and not agent.left_told)


def _heard(agent: PersonAgent, seating: Seating, filling: FormFilling, timeout: float | None) -> Message | None:
    message = seating.hear(agent, filling)
    if message is not None or filling.deadline is None or seating.replaying:
        return message
    now = seating.forms.now_ms()
    if timeout is not None:
        # A clock that was set back while the service was down gives nobody more time than there ever was.
        filling.deadline = min(filling.deadline, now + round(timeout * 1_000))
    if now < filling.deadline:
        return None
    message = seating.hear_timeout(agent)
    agent.timed_out = False  # what comes of it is for the world to say
    return message


def close_forms(agents: Sequence[PersonAgent], seating: Seating) -> None:
    """The world has ended: forms that are open are closed, and what was answered of them goes on record."""
    for agent in agents:
        filling = agent.forms.filling
        if filling is not None and not seating.replaying:
            filling.state.end_early("closed")
            _closed(agent, seating, filling)


def stop_form_timer(agent: PersonAgent) -> None:
    """Have the run not woken any more when the time for a form is up."""
    timer, agent.form_timer = agent.form_timer, None
    if timer is not None:
        timer.cancel()


def _closed(agent: PersonAgent, seating: Seating, filling: FormFilling) -> FormResult:
    agent.forms.filling = None
    agent.asked_in = -1
    stop_form_timer(agent)
    _say(agent, seating, filling.closing())
    return filling.result()


def _say(agent: PersonAgent, seating: Seating, act: Act) -> None:
    seating.say(agent, message_from_act(act), moderated=False)


def _left(filling: FormFilling, desk: FormDesk) -> float | None:
    """Return how many seconds are left; None for any number."""
    return None if filling.deadline is None else max(0.0, (filling.deadline - desk.now_ms()) / 1_000)


def _set_timer(agent: PersonAgent, seating: Seating, filling: FormFilling) -> None:
    """Have the run woken when the time is up, as it may park until then."""
    seconds = _left(filling, seating.forms)
    if seconds is not None and agent.form_timer is None and not seating.replaying:
        agent.form_timer = seating.forms.wake_later(agent, seconds)
