"""Line moderation: what an author makes of a line before it is delivered."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from ..core.hold import HOLD
from ..core.message import Act, Message, message_from_act
from ..core.seats import Seat
from ..errors import ActError
from ..text import is_power_of_ten
from .turn import Moderation, describe

log = logging.getLogger(__name__)

BeforeDelivery = Callable[[Act, Seat], Any]
"""Called with a line, as an act, and the seat of the person who is about to be shown it.

It returns None or True for a line that is shown as it is, False for one that is refused, `HOLD`, another text, or
those keys of the act that are other. A `Moderation` is taken as it is."""


class LineModeration:
    """Asks a `before_delivery`. Any thread.

    Args:
        hook: The author's function.
    """

    def __init__(self, hook: BeforeDelivery) -> None:
        self._hook = hook
        self._lock = threading.Lock()  # guards the two below
        self._failures = 0
        self._held = 0

    def __call__(self, message: Message, seat: Seat) -> Moderation | None:
        """Return what becomes of a line; None for one that is shown as it is.

        Where the hook fails, or returns what nobody can make sense of, the line is held.
        """
        act = message.to_act()
        try:
            moderation = _moderation(self._hook(dict(act), seat), act, message)
            if moderation is not None and moderation.verdict == "held":
                self._tell_of_held(seat, moderation.reason)
            return moderation
        except Exception as error:  # an author's function may raise anything, and its line is not shown
            reason = describe(error)
            self._complain(seat, reason, error)
            return Moderation(verdict="held", reason=f"{_name(self._hook)} failed: {reason}")

    def _tell_of_held(self, seat: Seat, reason: str) -> None:
        with self._lock:
            self._held += 1
            count = self._held
        if is_power_of_ten(count):
            log.warning("a line to %s is held%s (%d so far)", seat.id, f": {reason}" if reason else "", count)

    def _complain(self, seat: Seat, reason: str, error: Exception) -> None:
        with self._lock:
            self._failures += 1
            count = self._failures
        if is_power_of_ten(count):
            log.error(
                "a line to %s is held, as %s raised %s (%d so far)",
                seat.id, _name(self._hook), reason, count, exc_info=error,
            )  # fmt: skip


def _moderation(verdict: Any, act: Act, message: Message) -> Moderation | None:
    if verdict is None or verdict is True:
        return None
    if isinstance(verdict, Moderation):
        return verdict
    if verdict is False:
        return Moderation(verdict="refused")
    if verdict is HOLD:
        return Moderation(verdict="held")
    if isinstance(verdict, str):
        shown = message_from_act({**act, "text": verdict})
    elif isinstance(verdict, Mapping):
        shown = message_from_act({**act, **verdict})
    else:
        raise ActError(
            "expected None, True, False, parleyrun.HOLD, a text or an act from before_delivery, "
            f"got {verdict!r:.60}"
        )
    return None if shown == message else Moderation(verdict="changed", shown=shown)


def _name(hook: BeforeDelivery) -> str:
    return getattr(hook, "__qualname__", type(hook).__name__)
