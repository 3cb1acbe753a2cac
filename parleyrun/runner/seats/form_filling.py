"""A form that is open at a seat: what is shown of it, and what is made of what comes back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256

from ...core.forms.form import Form
from ...core.forms.form_answers import answers_in
from ...core.forms.form_dialogue import FormDialogue
from ...core.forms.form_payloads import form_payload, state_payload
from ...core.forms.form_result import FormResult
from ...core.forms.form_state import FormState
from ...core.message import DISCONNECT_TEXT, Act, FrozenDict, Message
from .form_events import HEARD_AT, is_parting
from .form_means import FormMeans

FORM_RECORD = "form_record"
"""Under this key the last line of a form has all that is known of how it was filled in; it is shown to nobody."""


class FormFilling:
    """One form at one seat. Can be pickled, as snapshots need it.

    Args:
        state: How far it is filled in.
        on_page: Whether it is shown as a whole; else it is asked question by question.
        deadline: When its time is up, in milliseconds of wall time; None for never.
    """

    def __init__(self, state: FormState, *, on_page: bool, deadline: int | None) -> None:
        self.state = state
        self.deadline = deadline
        self._dialogue = None if on_page else FormDialogue(state)

    @property
    def on_page(self) -> bool:
        """Whether it is shown as a whole."""
        return self._dialogue is None

    @property
    def is_over(self) -> bool:
        """Whether nothing more is asked."""
        return self.state.status != "open"

    def opening(self, at: int) -> list[Act]:
        """Return what is shown at first."""
        if self._dialogue is not None:
            return self._dialogue.acts(at)
        return [{"id": "", "text": "", "payload": form_payload(self.state)}]

    def take(self, message: Message, now: int) -> list[Act]:
        """Take what was heard at this seat, and return what is to be shown then.

        Args:
            message: What a page has sent, or words; or that the person has gone or their time is up.
            now: The time, in milliseconds of wall time.
        """
        if is_parting(message):
            self.state.end_early("left" if message.text == DISCONNECT_TEXT else "timed_out")
            return []
        if self._dialogue is not None:
            at = int(message.extra.get(HEARD_AT, now))
            self._dialogue.take(message.text, at)
            return self._dialogue.acts(at)
        sent = answers_in(message.payload, self.state.form.name, self.state.number)
        if sent is None:
            return []
        errors = self.state.take(sent, now if sent.at is None else sent.at)
        if self.is_over or not (errors or sent.through is not None):
            return []
        return [{"id": "", "text": "", "payload": state_payload(self.state, errors)}]

    def stamped(self, message: Message, now: int) -> Message:
        """Return words with when they were heard, so that a restart makes nothing else of them."""
        return message if self.on_page else replace(message, extra=FrozenDict({HEARD_AT: now}))

    def closing(self) -> Act:
        """Return the last line, which has all that is known of the form."""
        record = self.state.record()
        if self.on_page:
            return {"id": "", "text": "", "payload": state_payload(self.state, {}), FORM_RECORD: record}
        texts = self.state.texts
        # A page's own payload says what was asked; in words nothing else on record does.
        record["asked"] = [field.described(texts) for field in self.state.form.fields]
        return {
            "id": "",
            "text": texts.form_thanks if self.state.status == "done" else texts.form_closed,
            FORM_RECORD: record,
        }

    def result(self) -> FormResult:
        """Return what the world is given."""
        return FormResult(self.state.answers(), self.state.status, self.state.outcome)


@dataclass(slots=True)
class SeatForms:
    """The forms of a seat: the one that is open, and how many there were. Can be pickled."""

    filling: FormFilling | None = None
    asked: int = 0

    @property
    def on_page(self) -> bool:
        """Whether a form is open that is shown as a whole, so that a page sends answers."""
        return self.filling is not None and self.filling.on_page

    def begin(
        self, form: Form, seat: str, run: str, means: FormMeans, *, on_page: bool, deadline: int | None
    ) -> FormFilling:
        """Open a form; its number is told from those of all other forms that this person was shown."""
        self.asked += 1
        number = 1 + int(sha256(f"{run}\0{seat}\0{self.asked}".encode()).hexdigest()[:7], 16)
        state = FormState(form, seat, texts=means.texts, number=number)
        self.filling = FormFilling(state, on_page=on_page, deadline=deadline)
        return self.filling
