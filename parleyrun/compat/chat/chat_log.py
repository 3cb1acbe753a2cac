"""What worlds write into the log."""

from __future__ import annotations

import logging

_LOG = logging.getLogger("parleyrun.worlds")


def print_and_log(level: int, message: str, should_print: bool = False) -> None:
    """Write a line into the log, at most at the level of information where it was to be printed.

    Args:
        level: How grave it is, as Python's `logging` counts.
        message: The line.
        should_print: Whether it is for everybody to see.
    """
    _LOG.log(max(level, logging.INFO) if should_print else level, "%s", message)


def set_log_level(level: int) -> None:
    """Leave out of the log what worlds write below this level."""
    _LOG.setLevel(level)


def set_is_debug(is_debug: bool) -> None:
    """Say whether what worlds write for debugging is in the log."""
    _LOG.setLevel(logging.DEBUG if is_debug else logging.NOTSET)


def set_label(_label: str) -> None:
    """Take a name for the log, which has one for each run already."""
