"""What goes on record about a start of the service."""

from __future__ import annotations

import os
import socket
import uuid

from ... import __version__
from ...config.schema import Config
from ...runner.timers import Clock
from ...store.protocol import ServiceStart
from .config_hash import config_hash


def start_record(config: Config, clock: Clock) -> ServiceStart:
    """Return the record of a start of this process, with a `run_id` that nobody else has."""
    return ServiceStart(
        # A letter first, so that nobody takes one for the number of a start.
        run_id=f"r_{uuid.uuid4().hex[:12]}",
        at=clock.time(),
        version=__version__,
        config_hash=config_hash(config),
        host=socket.gethostname(),
        pid=os.getpid(),
    )
