"""What Ray says of itself: it goes to our log, for who looks for it, and not to the terminal."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

log = logging.getLogger(__name__)

_RAY = "ray"
_LOGGERS = (_RAY, "ray.util.client.logsclient")
"""Those of Ray's loggers that hand nothing on to others."""


def send_to_log(ray: Any, *, by_client: bool = False) -> None:
    """Have what Ray would print put into our log, at the level `debug`. Calling it twice is harmless.

    What people are to know of hosts is told by us. Some of it (`(raylet) A worker died`, the last lines of the
    raylet's own log) Ray prints whatever `log_to_driver` is, and to standard output, where reports of commands go:
    so the function that prints is replaced.

    Args:
        ray: The module.
        by_client: Whether the cluster is reached by its client server, which sends what is printed there.
    """
    if hasattr(ray._private.worker, "print_to_stdstream"):  # which is no part of what Ray promises
        ray._private.worker.print_to_stdstream = _put_into_log
    if by_client:
        from ray.util.client import logsclient  # which needs more of Ray than others have

        stream: Any = logsclient.LogstreamClient
        stream.stdstream = lambda _client, _level, msg: _put_into_log({"lines": [msg]})
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = [_ToLog()]
        logger.propagate = False


def _put_into_log(data: Mapping[str, Any], ignore_prefix: bool = False) -> None:  # as Ray calls it
    """On a thread of Ray's."""
    for line in data.get("lines", ()):
        log.debug("(%s) %s", data.get("pid", _RAY), str(line).rstrip())


class _ToLog(logging.Handler):
    """Takes what Ray logs itself. Any thread."""

    def emit(self, record: logging.LogRecord) -> None:
        log.debug("%s: %s: %s", record.name, record.levelname, record.getMessage(), exc_info=record.exc_info)
