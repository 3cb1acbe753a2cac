"""Collecting everything that is wrong, to be told at once."""

from __future__ import annotations

import traceback
from collections.abc import Callable


class ContractFaults:
    """What a conformance check has found."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._found: list[str] = []

    def expect(self, holds: bool, sentence: str) -> bool:
        """Note the sentence unless it holds; return whether it does."""
        if not holds:
            self._found.append(sentence)
        return holds

    def run(self, check: Callable[[], None]) -> None:
        """Make a check; what it raises is a fault too."""
        try:
            check()
        except Exception as error:  # whatever an author's code raises is what the check is there to tell
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{where.filename}:{where.lineno}"
            self._found.append(f"{check.__doc__}: {type(error).__name__}: {error} (at {place})")

    def raise_if_any(self) -> None:
        """Raise `AssertionError` with all that was found, each once."""
        if self._found:
            listed = "\n".join(f"- {fault}" for fault in dict.fromkeys(self._found))
            raise AssertionError(f"{self._what}:\n{listed}")
