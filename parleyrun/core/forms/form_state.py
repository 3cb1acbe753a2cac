"""One person filling in one form: what they have answered so far, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

from .answer_fault import AnswerFault
from .answer_value import AnswerValue
from .field_times import FieldTimes
from .fields.form_field import FormField
from .form import Form
from .form_answers import FormAnswers
from .form_texts import FormTexts

FormStatus = Literal["open", "done", "declined", "failed", "timed_out", "left", "closed"]

DECLINED = "declined"
"""The outcome for who does not want to take part."""

FORM_ITSELF = ""
"""Under this name stands what is wrong with answers as a whole."""


class FormState:
    """One person filling in one form. Used by one thread at a time; can be pickled.

    Whatever a client sends becomes answers, or sentences for the person; nothing is raised. The same calls with
    the same arguments lead to the same state.

    Args:
        form: The form.
        participant: Who fills it in; decides the order of what is shuffled.
        texts: The sentences, in their language.
        number: Which of the forms that they were shown it is, from 1.

    Attributes:
        shown: The form in the order in which this person sees it.
        status: `open` until the form is over, and how it ended after that.
        outcome: With which outcome, where it ended as `declined` or `failed`.
        page: The page that is to be filled in, from 1.
        drafts: What was answered so far, whether or not it will do, by question.
        times: When they dealt with each question.
        tries: All answers to each question that has a right one.
        checks: Whether each of those was answered right; only where that is settled.
    """

    def __init__(self, form: Form, participant: str, *, texts: FormTexts | None = None, number: int = 1) -> None:
        self.form = form
        self.shown = form.shuffled_for(participant)
        self.texts = FormTexts() if texts is None else texts
        self.number = number
        self.status: FormStatus = "open"
        self.outcome = ""
        self.page = 1
        self.drafts: dict[str, AnswerValue] = {}
        self.times: dict[str, FieldTimes] = {}
        self.tries: dict[str, list[AnswerValue]] = {}
        self.checks: dict[str, bool] = {}
        self._answered: set[str] = set()

    def take(self, sent: FormAnswers, at: int) -> dict[str, str]:
        """Take what a page has sent.

        Args:
            sent: Answers to some questions, or to all.
            at: When it came, in milliseconds of wall time.

        Returns:
            What is wrong, a sentence for each question by its name; `FORM_ITSELF` for what belongs to none.
        """
        if self.status != "open":
            return {FORM_ITSELF: self.texts.form_over}
        errors = self._keep_all(sent, at)
        if sent.through is None:
            return errors
        through = len(self.form.pages) if sent.through == "all" else min(sent.through, len(self.form.pages))
        return self._go_on(through, at, errors, to_the_end=sent.through == "all")

    def answer(self, name: str, value: Any, at: int) -> str | None:
        """Take the answer to one question, as the last word on it; None leaves it out.

        The form is done once every question is answered or left out.

        Returns:
            What is wrong with it; None if nothing is.
        """
        if self.status != "open":
            return self.texts.form_over
        field = self.form.questions.get(name)
        if field is None:
            return self.texts.form_other_form
        if name not in self.checks:
            try:
                value = field.answer(value, self.texts)
            except AnswerFault as fault:
                return fault.words(self.texts)
            self._keep(name, value, at)
            if field.declines(value):
                self._end("declined", DECLINED)
                return None
            wrong = self._check(field, value)
            if wrong is not None:
                return wrong
        self._mark_answered([name], at)
        self.finish()
        return None

    def finish(self) -> None:
        """End the form as done, if it is open and no question is left."""
        if self.status == "open" and self.next_question() is None:
            self._end("done")

    def take_back(self, name: str) -> None:
        """Have a question asked again; its answer is kept until there is another one."""
        self._answered.discard(name)

    def is_settled(self, name: str) -> bool:
        """Return whether a question has a right answer, and nobody can answer it any more."""
        return name in self.checks

    def was_shown(self, name: str, at: int) -> None:
        """Note that a question was put to the person."""
        times = self.times.get(name, FieldTimes())
        self.times[name] = replace(times, shown=at if times.shown is None else times.shown)

    def end_early(self, status: Literal["timed_out", "left", "closed"]) -> None:
        """The time is up, or person or world have gone: what was answered so far is all there will be."""
        if self.status == "open":
            self._end(status)

    def asked(self) -> list[FormField]:
        """Return what this person is shown, by what they have answered so far, in their order."""
        visible = self._looked_through()[2]
        return [field for field in self.shown.fields if field.name in visible]

    def next_question(self) -> FormField | None:
        """Return the first question that is not answered; None if there is none."""
        open_ones = (field for field in self.asked() if field.asks and field.name not in self._answered)
        return next(open_ones, None)

    def answers(self) -> dict[str, AnswerValue]:
        """Return the answer to each question, in the order of the form; None where there is none."""
        known = self._looked_through()[0]
        return {name: known.get(name) for name in self.form.questions}

    def record(self) -> dict[str, Any]:
        """Return all that is known of how this form was filled in, as plain values."""
        visible = self._looked_through()[2]
        return {
            "form": self.form.name,
            "number": self.number,
            "status": self.status,
            "outcome": self.outcome,
            "answers": self.answers(),
            "not_asked": [name for name in self.form.questions if name not in visible],
            "times": {name: times.as_dict() for name, times in self.times.items()},
            "tries": {name: list(tries) for name, tries in self.tries.items()},
            "checks": dict(self.checks),
            "order": self.shown.order(),
        }

    def _looked_through(self) -> tuple[dict[str, AnswerValue], dict[str, AnswerFault], set[str]]:
        """Return the answers to what is asked, what is wrong with others, and the names of all that is shown."""
        answers: dict[str, AnswerValue] = {}
        faults: dict[str, AnswerFault] = {}
        visible: set[str] = set()
        for field in self.form.fields:
            if not all(test.holds(answers) for test in field.show_if):
                continue
            visible.add(field.name)
            if not field.asks:
                continue
            try:
                answers[field.name] = field.answer(self.drafts.get(field.name), self.texts)
            except AnswerFault as fault:
                faults[field.name] = fault
        return answers, faults, visible

    def _keep_all(self, sent: FormAnswers, at: int) -> dict[str, str]:
        errors: dict[str, str] = {}
        if len(sent.answers) > len(self.form.questions):
            return {FORM_ITSELF: self.texts.form_other_form}
        for name, value in sent.answers.items():
            field = self.form.questions.get(name)
            if field is None:
                errors[FORM_ITSELF] = self.texts.form_other_form
            elif name not in self.checks:
                try:
                    self._keep(name, None if value is None else field.draft(value, self.texts), at)
                except AnswerFault as fault:
                    errors[name] = fault.words(self.texts)
        for name in self.form.questions:
            if name in sent.times:
                self.times[name] = self.times.get(name, FieldTimes()).told(sent.times[name], at)
        return errors

    def _keep(self, name: str, value: AnswerValue, at: int) -> None:
        if value == self.drafts.get(name) and type(value) is type(self.drafts.get(name)):
            return
        if value is None:
            self.drafts.pop(name, None)
        else:
            self.drafts[name] = value
        self.times[name] = replace(self.times.get(name, FieldTimes()), changed=at)

    def _go_on(self, through: int, at: int, errors: dict[str, str], *, to_the_end: bool) -> dict[str, str]:
        """Take all pages up to this one as filled in, if they are."""
        answers, faults, _ = self._looked_through()
        pages = self.form.pages[: max(through, 0)]
        here = {*answers, *faults}
        fields = [field for page in pages for field in page.fields if field.name in here]
        if any(field.declines(answers.get(field.name)) for field in fields if field.name in answers):
            self._end("declined", DECLINED)
            return {}
        names = {field.name for field in fields}
        missing = {name: fault.words(self.texts) for name, fault in faults.items() if name in names}
        # What is wrong with an answer to what is not asked any more keeps nobody.
        errors = missing | {name: said for name, said in errors.items() if name in (*names, FORM_ITSELF)}
        if not errors:
            errors = self._check_all(fields, answers)
        if self.status != "open":
            return {}
        if errors:
            known = [name for name in errors if name != FORM_ITSELF]
            self.page = min((self.form.page_of(name) for name in known), default=self.page)
            return errors
        self._mark_answered(names, at)
        if to_the_end:
            self._end("done")
        else:
            self.page = max(1, min(through + 1, len(self.form.pages)))
        return {}

    def _check_all(self, fields: Iterable[FormField], answers: Mapping[str, AnswerValue]) -> dict[str, str]:
        errors = {}
        for field in fields:
            wrong = None if field.name in self.checks else self._check(field, answers[field.name])
            if wrong is not None:
                errors[field.name] = wrong
        return errors

    def _check(self, field: FormField, answer: AnswerValue) -> str | None:
        """Hold an answer against the right ones; return what is said to who has another try."""
        check = field.check
        if check is None or answer is None:
            return None
        tries = self.tries.setdefault(field.name, [])
        tries.append(answer)
        right = field.is_right(answer)
        if not right and len(tries) < check.tries:
            return check.when_wrong or self.texts.form_not_right
        self.checks[field.name] = right
        if not right and check.ends_with and self.status == "open":
            self._end("failed", check.ends_with)
        return None

    def _mark_answered(self, names: Iterable[str], at: int) -> None:
        for name in names:
            times = self.times.get(name, FieldTimes())
            if times.answered is None or (times.changed or 0) > times.answered:
                self.times[name] = replace(times, answered=at)
            self._answered.add(name)

    def _end(self, status: FormStatus, outcome: str = "") -> None:
        self.status, self.outcome = status, outcome
