"""What an answer may be, once it is checked: plain values of JSON."""

from __future__ import annotations

AnswerValue = str | bool | int | float | list[str] | dict[str, int | None] | None
"""By kind: choice, text and date str; choices and rank list; yes_no bool; scale int; number and slider int or
float; matrix dict, by item. None where nothing was answered."""
