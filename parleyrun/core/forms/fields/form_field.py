"""What all kinds of question have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ..answer_check import AnswerCheck
from ..answer_fault import AnswerFault
from ..answer_value import AnswerValue
from ..form_texts import FormTexts
from ..show_if import ShowIf


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question as it is asked in a chat. `item` is the row, of a matrix, which is asked row by row."""

    text: str
    replies: tuple[str, ...] = ()
    item: str = ""


@dataclass(frozen=True, kw_only=True)
class FormField(ABC):
    """One question of a form; each kind is a class.

    Attributes:
        kind: What the kind is called in configs.
        asks: Whether there is anything to answer.
        missing: Which sentence says that an answer is missing.
        name: By which its answer is known.
        ask: The question.
        help: What is said below it.
        required: Whether nobody goes on without an answer.
        show_if: When it is asked.
        check: Which answers are right, where some are.
        decline: Answers that end the form with the outcome `declined`.
    """

    kind: ClassVar[str]
    asks: ClassVar[bool] = True
    missing: ClassVar[str] = "form_choose"

    name: str
    ask: str = ""
    help: str = ""
    required: bool = True
    show_if: ShowIf = ()
    check: AnswerCheck | None = None
    decline: tuple[AnswerValue, ...] = ()

    def answer(self, value: Any, texts: FormTexts) -> AnswerValue:
        """Return an answer, whatever a client has sent, as it goes on record.

        Raises:
            AnswerFault: It is none, or one is needed.
        """
        if not self.is_empty(value):
            return self.checked(value, texts)
        if self.required:
            raise AnswerFault(self.missing)
        return None

    def draft(self, value: Any, texts: FormTexts) -> AnswerValue:
        """Return what is kept of an answer that somebody has not sent off yet.

        Raises:
            AnswerFault: It could never become an answer.
        """
        return None if self.is_empty(value) else self.checked(value, texts)

    def is_empty(self, value: Any) -> bool:
        """Return whether that is no answer."""
        return value is None or (isinstance(value, str) and not value.strip())

    @abstractmethod
    def checked(self, value: Any, texts: FormTexts) -> AnswerValue:
        """Return an answer that is not empty as it goes on record. Raises `AnswerFault`."""

    @abstractmethod
    def typed(self, text: str, texts: FormTexts, item: str = "") -> Any:
        """Return what somebody means who has written this, for `answer`. Raises `AnswerFault`."""

    @abstractmethod
    def asked(self, texts: FormTexts) -> tuple[AskedQuestion, ...]:
        """Return how it is asked in a chat."""

    @abstractmethod
    def details(self, texts: FormTexts) -> dict[str, Any]:
        """Return what a page has to know of this kind."""

    def shuffled(self, seed: str) -> Self:
        """Return the same question with what is shuffled in it in the order of this seed."""
        return self

    def order(self) -> tuple[str, ...] | None:
        """Return in which order its parts stand, None where that is always the same."""
        return None

    def is_right(self, answer: AnswerValue) -> bool:
        """Return whether an answer is one of the right ones."""
        return self.check is not None and any(self._fits(answer, right) for right in self.check.correct)

    def _fits(self, answer: AnswerValue, right: AnswerValue) -> bool:
        return answer == right

    def declines(self, answer: AnswerValue) -> bool:
        """Return whether an answer ends the form with the outcome `declined`."""
        return answer in self.decline

    def described(self, texts: FormTexts) -> dict[str, Any]:
        """Return what a page has to know to ask this, and nothing that gives an answer away."""
        tests = [test.described() for test in self.show_if]
        common = {"name": self.name, "kind": self.kind, "ask": self.ask, "help": self.help}
        return {**common, "required": self.required, "show_if": tests, **self.details(texts)}

    def above_answers(self, *lines: str) -> str:
        """Return the question, what is said below it, and lines of a kind's own, as a text."""
        return "\n".join(filter(None, (self.ask, self.help, *lines)))
