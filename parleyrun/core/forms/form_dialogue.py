"""A form that is asked question by question, where nothing but words and quick replies can be shown."""

from __future__ import annotations

from collections.abc import Iterator

from ..message import Act
from .answer_fault import AnswerFault
from .answer_value import AnswerValue
from .fields.date_field import DateField
from .fields.form_field import AskedQuestion, FormField
from .fields.info_field import InfoField
from .fields.options_field import OptionsField
from .fields.text_field import TextField
from .form_state import FormState

Step = tuple[str, str]
"""A question, and which row of it, where it is asked row by row."""


class FormDialogue:
    """Asks the questions of a form one by one. Used by one thread at a time; can be pickled.

    Show what `acts` returns, hand what the person writes to `take`, and so on until the form is `over`.

    Args:
        state: Whose form it is, and what was answered before.
    """

    def __init__(self, state: FormState) -> None:
        self.state = state
        self._done: list[Step] = []
        self._rows: dict[str, dict[str, AnswerValue]] = {}
        self._read: set[str] = set()
        self._pages_begun = 0
        self._asked: Step | None = None
        self._fault = ""

    @property
    def over(self) -> bool:
        """Whether nothing is asked any more."""
        return self.state.status != "open"

    def acts(self, at: int) -> list[Act]:
        """Return what is to be shown now, in order; each act once.

        Args:
            at: The time, in milliseconds of wall time.
        """
        self.state.finish()
        step = None if self.over else self._step()
        acts = [*self._before(step)]
        if step is None:
            return acts
        field, question = step
        here = (field.name, question.item)
        if self._fault:
            acts.append(self._act(self._fault, field, question))
        elif here != self._asked:
            acts.append(self._act(self._progress(field) + self._asking(field, question), field, question))
            self.state.was_shown(field.name, at)
        self._asked, self._fault = here, ""
        return acts

    def take(self, text: str, at: int) -> None:
        """Take what the person has written in answer to what was asked last.

        Args:
            text: Their words, or the quick reply that they chose.
            at: When it came, in milliseconds of wall time.
        """
        step = None if self.over else self._step()
        if step is None:
            return
        field, question = step
        command = self._command(text, field)
        if command == "back":
            self._go_back()
        elif command == "skip" and field.required:
            self._fault = self.state.texts.form_no_skip
        else:
            try:
                value = None if command else field.typed(text, self.state.texts, question.item)
            except AnswerFault as fault:
                self._fault = fault.words(self.state.texts)
            else:
                self._answer(field, question, value, at)

    def _answer(self, field: FormField, question: AskedQuestion, value: AnswerValue, at: int) -> None:
        steps = [each.item for each in field.asked(self.state.texts)]
        self._done.append((field.name, question.item))
        if question.item:
            rows = self._rows.setdefault(field.name, {})
            rows[question.item] = value
            if question.item != steps[-1]:
                return
        error = self.state.answer(field.name, self._rows.get(field.name, value), at)
        if error is not None:
            self._fault = error
            # A table is asked from its first row again.
            self._done = [step for step in self._done if step[0] != field.name]

    def _go_back(self) -> None:
        if not self._can_go_back():
            self._fault = self.state.texts.form_no_back
            return
        visible = {field.name for field in self.state.asked()}
        while True:
            name, _ = self._done.pop()
            self.state.take_back(name)
            # A question that an answer since has taken away is no place to go back to.
            if name in visible or not self._can_go_back():
                return

    def _can_go_back(self) -> bool:
        return bool(self._done) and not self.state.is_settled(self._done[-1][0])

    def _step(self) -> tuple[FormField, AskedQuestion] | None:
        field = self.state.next_question()
        if field is None:
            return None
        questions = field.asked(self.state.texts)
        return field, next(each for each in questions if (field.name, each.item) not in self._done)

    def _before(self, step: tuple[FormField, AskedQuestion] | None) -> Iterator[Act]:
        """Yield what is to be read before a question, and was not shown yet; at the end, all that is left."""
        form, visible = self.state.shown, {field.name for field in self.state.asked()}
        if self.over and self.state.status != "done":
            return
        for number, page in enumerate(form.pages, 1):
            if number > self._pages_begun:
                self._pages_begun = number
                opening = (form.title, form.text) if number == 1 else ()
                text = "\n\n".join(filter(None, (*opening, page.title, page.text)))
                if text:
                    yield {"id": "", "text": text}
            for field in page.fields:
                if step is not None and field.name == step[0].name:
                    return
                if isinstance(field, InfoField) and field.name in visible and field.name not in self._read:
                    self._read.add(field.name)
                    yield from _shown(field)

    def _progress(self, field: FormField) -> str:
        questions = [each.name for each in self.state.asked() if each.asks]
        return f"({questions.index(field.name) + 1}/{len(questions)}) " if len(questions) > 1 else ""

    def _asking(self, field: FormField, question: AskedQuestion) -> str:
        if field.required or not _takes_numbers(field, question):
            return question.text
        texts = self.state.texts
        return f"{question.text}\n{texts.form_may_skip.format(skip=texts.form_skip)}".rstrip()

    def _act(self, text: str, field: FormField, question: AskedQuestion) -> Act:
        texts = self.state.texts
        slash = "/" if isinstance(field, TextField) else ""
        replies = [*question.replies]
        if not _takes_numbers(field, question):
            if not field.required:
                replies.append(f"{slash}{texts.form_skip}")
            if self._can_go_back():
                replies.append(f"{slash}{texts.form_back}")
        act: Act = {"id": "", "text": text}
        return {**act, "quick_replies": replies} if replies else act

    def _command(self, text: str, field: FormField) -> str:
        """Return which command it is, `back` or `skip`; empty for an answer.

        Where any words can be an answer, a command begins with a slash.
        """
        word = text.strip().casefold()
        if isinstance(field, OptionsField) and any(word == option.label.casefold() for option in field.options):
            return ""
        if word.startswith("/"):
            word = word[1:]
        elif isinstance(field, TextField):
            return ""
        texts = self.state.texts
        commands = {texts.form_back.casefold(): "back", texts.form_skip.casefold(): "skip"}
        return commands.get(word, "")


def _takes_numbers(field: FormField, question: AskedQuestion) -> bool:
    """Return whether a number that somebody writes must not be taken for that of a quick reply: at a terminal."""
    return not question.replies and not isinstance(field, TextField | DateField)


def _shown(field: InfoField) -> Iterator[Act]:
    if field.text:
        yield {"id": "", "text": field.text}
    for picture in field.pictures:
        yield {"id": "", "text": "", "payload": picture.described()}
