"""Values of an author's as pickles, in and out of the record."""

from __future__ import annotations

import logging
import pickle
from typing import Any

log = logging.getLogger(__name__)


def pickled(value: Any, what: str) -> bytes | None:
    """Return the pickle of a value of the author's; None if there is none, or (logged) it cannot be pickled."""
    if value is None:
        return None
    try:
        return pickle.dumps(value, 5)
    except Exception as error:
        log.warning("%s is not recorded, as it cannot be pickled: %s", what, error)
        return None


def unpickle(packed: bytes | None, what: str) -> Any:
    """Return what was pickled; None if there is nothing, or (logged) its class is no longer what it was."""
    if packed is None:
        return None
    try:
        return pickle.loads(packed)  # noqa: S301  # a store must be trusted: it holds pickled worlds
    except Exception as error:
        log.warning("%s cannot be read back: %s: %s", what, type(error).__name__, error)
        return None
