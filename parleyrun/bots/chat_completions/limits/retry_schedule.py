"""The retry schedule: how long to wait before a request is made again, with back-off and jitter."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ....errors import ModelError

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    """When to try again.

    Attributes:
        tries: How often a request is made at most.
        longest_wait_seconds: The longest that a server may ask for; one that asks for more is not asked again.
    """

    tries: int = 4
    longest_wait_seconds: float = 60.0

    def wait_seconds(self, error: ModelError, tried: int, random: Random) -> float | None:
        """Return how long to wait after `tried` requests; None: give up.

        What a server asks for is kept, and a little is added, so that those who were refused together do not come
        back together.
        """
        if not error.may_pass or tried >= self.tries:
            return None
        if error.wait_seconds is not None:
            if error.wait_seconds > self.longest_wait_seconds:
                return None
            return error.wait_seconds * random.uniform(1.0, 1.1)
        return min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** (tried - 1)) * random.uniform(0.5, 1.0)
