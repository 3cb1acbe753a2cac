"""What a seat hears that belongs to forms, told from words."""

from __future__ import annotations

from ...core.forms.form_answers import ANSWERS
from ...core.message import DISCONNECT_TEXT, TIMEOUT_TEXT, FrozenDict, Message
from ...message_marks import FINISH

FORM_FACT = "form_fact"
"""Under this key of its `extra` a message that nobody said has how a form is shown."""

HEARD_AT = "heard_at"
"""Under this key words have when they were heard, in milliseconds of wall time, where they answer a form."""


def is_answers(message: Message) -> bool:
    """Return whether a page has sent answers."""
    return message.payload is not None and message.payload.get("type") == ANSWERS


def is_press(message: Message) -> bool:
    """Return whether it says that somebody would like to bring the conversation to its end."""
    return message.payload is not None and message.payload.get("type") == FINISH


def is_fact(message: Message) -> bool:
    """Return whether it is how a form is shown."""
    return FORM_FACT in message.extra


def is_words(message: Message) -> bool:
    """Return whether a world may be given it: what somebody said, or that they have gone or are silent."""
    return not is_answers(message) and not is_fact(message)


def is_of_page(message: Message) -> bool:
    """Return whether it matters to a form on a page: answers, or that somebody has gone or their time is up."""
    return is_answers(message) or is_parting(message)


def is_parting(message: Message) -> bool:
    """Return whether it says that somebody has gone for good, or did not answer in time."""
    return message.text in (DISCONNECT_TEXT, TIMEOUT_TEXT) and message.carried_line is None


def fact(*, on_page: bool, at: int) -> Message:
    """Return how a form is shown, from when on."""
    return Message(extra=FrozenDict({FORM_FACT: on_page, HEARD_AT: at}))
