"""Values as text that every reader of lines and JSON understands."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any


def timestamp(seconds: float) -> str:
    """Return wall time as `2026-11-21T06:10:00.123Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def timestamp_or_none(seconds: float | None) -> str | None:
    return None if seconds is None else timestamp(seconds)


# What JSON may hold as it is, but some readers take for the end of a line, and what UTF-8 has no bytes for.
_TROUBLESOME = re.compile("[\x85\u2028\u2029\ud800-\udfff]")


def to_line(value: Any) -> str:
    """Return the value as JSON that is one line to every reader."""
    return _TROUBLESOME.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
