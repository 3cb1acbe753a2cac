"""Setting a slider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..answer_fault import AnswerFault
from ..form_texts import FormTexts
from .form_field import AskedQuestion, FormField
from .written_number import number_of, shown_number

_NEAR = 1e-6
"""How far beside a step, in steps, a number may be that a client has reckoned."""


@dataclass(frozen=True, kw_only=True)
class SliderField(FormField):
    """A place on a slider; an int where bounds and step are whole, else a float.

    Attributes:
        lowest: The place at its beginning.
        highest: The place at its end; a whole number of steps away.
        step: How far places are apart.
        start: Where its handle is at first; None where it has none until it is touched. Left alone it is no
            answer.
        low: What its beginning means.
        high: What its end means.
        show_value: Whether the number is shown.
    """

    kind: ClassVar[str] = "slider"
    lowest: float
    highest: float
    step: float = 1
    start: float | None = None
    low: str = ""
    high: str = ""
    show_value: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether all places are whole numbers."""
        return not (self.lowest % 1 or self.step % 1)

    def checked(self, value: Any, texts: FormTexts) -> int | float:
        number = number_of(value, texts, whole=False)
        steps = (number - self.lowest) / self.step
        if not self.lowest <= number <= self.highest or abs(steps - round(steps)) > _NEAR:
            raise self._nowhere(texts)
        place = self.lowest + round(steps) * self.step
        return int(place) if self.is_whole else float(round(place, 9))

    def _nowhere(self, texts: FormTexts) -> AnswerFault:
        ends = {"min": shown_number(self.lowest, texts), "max": shown_number(self.highest, texts)}
        if self.step == 1 and self.is_whole:
            return AnswerFault("form_number_range", **ends)
        return AnswerFault("form_number_step", **ends, step=shown_number(self.step, texts))

    def typed(self, text: str, texts: FormTexts, item: str = "") -> str:
        return text

    def asked(self, texts: FormTexts) -> tuple[AskedQuestion, ...]:
        ends = [shown_number(end, texts) for end in (self.lowest, self.highest)]
        said = [f"{end} = {word}" for end, word in zip(ends, (self.low, self.high), strict=True) if word]
        text = self.above_answers(*said, texts.form_write_range.format(min=ends[0], max=ends[1]))
        return (AskedQuestion(text),)

    def details(self, texts: FormTexts) -> dict[str, Any]:
        ends = {"from": self.lowest, "to": self.highest, "step": self.step, "start": self.start}
        return {**ends, "low": self.low, "high": self.high, "show_value": self.show_value}
