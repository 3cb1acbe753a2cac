"""ParlAI's logging: functions that write into Python's."""

from __future__ import annotations

import logging
from typing import Any

logger = logging.getLogger("parleyrun.worlds")
"""What they write into."""

SPAM, SUCCESS = 5, 25
_LEVELS = {"spam": SPAM, "success": SUCCESS, "report": SUCCESS}


def log(msg: object, *args: Any, level: int = logging.INFO, **more: Any) -> None:
    """Write a line of that level."""
    logger.log(level, msg, *args, **more)


def verbose(msg: object, *args: Any, **more: Any) -> None:
    """Write what is for debugging."""
    logger.debug(msg, *args, **more)


def spam(msg: object, *args: Any, **more: Any) -> None:
    """Write what hardly anybody wants to know."""
    logger.log(SPAM, msg, *args, **more)


def debug(msg: object, *args: Any, **more: Any) -> None:
    """Write what is for debugging."""
    logger.debug(msg, *args, **more)


def info(msg: object, *args: Any, **more: Any) -> None:
    """Write what is good to know."""
    logger.info(msg, *args, **more)


def report(msg: object, *args: Any, **more: Any) -> None:
    """Write a result."""
    logger.log(SUCCESS, msg, *args, **more)


def success(msg: object, *args: Any, **more: Any) -> None:
    """Write that something has worked."""
    logger.log(SUCCESS, msg, *args, **more)


def warning(msg: object, *args: Any, **more: Any) -> None:
    """Write a warning."""
    logger.warning(msg, *args, **more)


def error(msg: object, *args: Any, **more: Any) -> None:
    """Write that something has failed."""
    logger.error(msg, *args, **more)


def critical(msg: object, *args: Any, **more: Any) -> None:
    """Write that nothing goes on."""
    logger.critical(msg, *args, **more)


def set_log_level(level: str | int) -> None:
    """Leave out what is below this level: a number, or a name such as `info`."""
    number = level if isinstance(level, int) else _LEVELS.get(level.casefold())
    logger.setLevel(level.upper() if number is None and isinstance(level, str) else number or logging.NOTSET)


def disable() -> None:
    """Write nothing from now on."""
    logger.disabled = True


def enable() -> None:
    """Write again."""
    logger.disabled = False
