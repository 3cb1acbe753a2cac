"""The asking rate: how often a bot's model is asked, so that a flood of messages is no flood of requests."""

from __future__ import annotations

from typing import Any

from ..token_bucket import TokenBucket

MOST_ASKED_AGAIN = 3
"""How often an answer that is overtaken is made anew; after that it is said although it was overtaken."""


class AskingRate:
    """Used on the run's own thread. It is pickled with its seat; how fast it was asked is counted anew then."""

    def __init__(self) -> None:
        self._again = 0
        self._bucket: TokenBucket | None = None
        self._waits = False

    def may_be_made_anew(self) -> bool:
        """Whether an answer that was overtaken is asked for once more, which is counted."""
        self._again += 1
        return self._again <= MOST_ASKED_AGAIN

    def said(self) -> None:
        """An answer was said, or dropped: the next one is another."""
        self._again = 0

    def wait_seconds(self, most: int, now: float) -> float:
        """Return in how many seconds the model may be asked; 0: it is asked now, and that is counted.

        Args:
            most: How often in any minute. Half of that may be at once.
            now: On the run's clock.
        """
        at_once = (most + 1) // 2
        rate = max(1, most - at_once) / 60
        if self._bucket is None:
            self._bucket = TokenBucket(rate, now, at_once)
        if self._bucket.try_take(now, 1.0):
            self._waits = False
            return 0.0
        return 1.0 / rate

    def begins_to_wait(self) -> bool:
        """Whether it has not waited before since it was asked last."""
        began, self._waits = not self._waits, True
        return began

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_bucket": None, "_waits": False}
