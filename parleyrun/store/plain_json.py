"""An author's values as JSON, beside the pickle that only Python reads."""

from __future__ import annotations

from .one_line_json import to_line
from .safe_unpickling import loads, to_json


def plain_json(pickled: bytes | None) -> str | None:
    """Return what was pickled as JSON: what is plain as it is, of all else the name of its class.

    No code that the pickle names is run. What holds itself, or is nested too deep for JSON, is said to be so.

    Args:
        pickled: None where there is nothing, and then there is no JSON either.
    """
    if pickled is None:
        return None
    try:
        return to_line(to_json(loads(pickled)))
    except RecursionError:
        return to_line("<nested too deep>")
