"""Moments, as people read them: in UTC, as in exports, and saying so. Nobody has to ask whose clock it was."""

from __future__ import annotations

from datetime import UTC, datetime


def clock(seconds: float) -> str:
    """Return wall time as `06:10:04Z`."""
    return f"{_moment(seconds):%H:%M:%S}Z"


def exact_clock(seconds: float) -> str:
    """Return wall time as `06:10:04.123Z`."""
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{_moment(whole):%H:%M:%S}.{milliseconds:03d}Z"


def date_and_clock(seconds: float) -> str:
    """Return wall time as `2026-01-31 06:10:04Z`."""
    return f"{_moment(seconds):%Y-%m-%d %H:%M:%S}Z"


def seconds_of(moment: str) -> float:
    """Return the wall time of a date, or of a date and a time; one that names no zone is in UTC.

    Raises:
        ValueError: It is none. `OverflowError` and `OSError` where it is too far away.
    """
    read = datetime.fromisoformat(moment)
    return (read if read.tzinfo is not None else read.replace(tzinfo=UTC)).timestamp()


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
