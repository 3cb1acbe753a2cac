"""The replacement of a lost host: another one is started in its place, however long that takes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from ..errors import EngineError
from .host_link import HostLink, HostOffer, HostSource

log = logging.getLogger(__name__)

AGAIN_AFTER_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0


def started_again(
    source: HostSource,
    lost: HostOffer,
    closing: threading.Event,
    *,
    what: str = "host",
    gives_up: Callable[[int, str], bool] = lambda tries, why: False,
) -> HostLink | None:
    """Start another host, and try that again for as long as it fails. Blocks.

    Args:
        source: Where it comes from.
        lost: What the lost one was called, and what it had.
        closing: Set once none is wanted any more.
        what: What it is called in the log.
        gives_up: Says, after so many tries of which the last one failed for that reason, whether it was the last.

    Returns:
        The way to it; None if there is to be none.
    """
    tries, delay_seconds = 0, AGAIN_AFTER_SECONDS
    while not closing.is_set():
        try:
            link = source.again(lost)
        except Exception as error:  # whatever it is that a cluster is not ready for: it may be later
            if closing.is_set():
                return None
            tries += 1
            if gives_up(tries, _logged(error, f"no {what} can be started in the place of {lost.name}")):
                return None
            closing.wait(delay_seconds)
            delay_seconds = min(2 * delay_seconds, LONGEST_WAIT_SECONDS)
        else:
            log.info("%s %s was started again, as %s", what, lost.name, link.offer.where or link.offer.name)
            return link
    return None


def _logged(error: Exception, what: str) -> str:
    """Log why something cannot be, and return the reason."""
    if isinstance(error, EngineError):
        log.warning("%s: %s", what, error)
        return str(error)
    log.error(what, exc_info=error)
    return f"{type(error).__name__}: {error}"
