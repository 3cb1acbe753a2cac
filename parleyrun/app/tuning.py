"""Tuning: settings of the whole process that a server wants and a library must not touch."""

from __future__ import annotations

import logging
import sys

from ..engines.host.collector import look_seldom

log = logging.getLogger(__name__)

SWITCH_SECONDS = 0.001
FEW_FILES = 4096
OTHER_FILES = 100
"""Files that are no connections: the store's, the logs', those of packages and of the world module."""

UNFINISHED_SHARE = 10
"""One file in so many is for connections that have not sent a whole request yet."""

FILES_WITHOUT_LIMIT = 10_240
"""What is asked for where the system names no upper limit: the most that every such system grants."""


def favour_latency() -> None:
    """Keep one thread's work from holding up another's. Call it once everything is loaded.

    A world that computes keeps the interpreter to itself for a switch interval at a time, 5 ms by default:
    longer than a whole message may take on its way. And the collector looks at all that lives too often.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    look_seldom()


def most_connections() -> int | None:
    """Return how many websockets this process can have, with some files left for everything else.

    None where the system names no limit.
    """
    files = _files_for_connections()
    return None if files is None else files - files // UNFINISHED_SHARE


def most_unfinished_requests() -> int | None:
    """Return how many connections may have sent no whole request yet; None where the system names no limit."""
    files = _files_for_connections()
    return None if files is None else max(1, files // UNFINISHED_SHARE)


def _files_for_connections() -> int | None:
    try:
        import resource
    except ImportError:
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else max(2, soft - OTHER_FILES)


def allow_many_connections() -> None:
    """Raise the limit of open files, of which each connection is one, as far as the system allows."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    wanted = FILES_WITHOUT_LIMIT if hard == unlimited else hard
    if soft != unlimited and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        except (OSError, ValueError) as error:
            log.warning("cannot raise the limit of open files from %d to %d: %s", soft, wanted, error)
    if soft != unlimited and soft < FEW_FILES:
        log.warning(
            "this system allows %d open files, so fewer people than that can be connected at the same time; "
            "raise the hard limit (ulimit -Hn, or LimitNOFILE of a systemd unit) to let more in",
            soft,
        )
