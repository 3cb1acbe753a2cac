"""How a host of its own process is set up: what it is told at first, and what it says of itself."""

from __future__ import annotations

import logging
import os
import platform
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ... import __version__
from ...config.plan import Plan, make_plan
from ...config.schema import Config
from .host_folder import HOSTS_PREFIX, make_own_folder
from .host_runs import HostRuns


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """What a host says of itself: versions, where it is, and what time it is there, in seconds since the epoch."""

    parleyrun: str
    python: str
    engine: str
    machine: str
    pid: int
    at: float


class OpensHost(Protocol):
    """What a host is made of: `app.hosting.host_stage.HostStage`."""

    runs: HostRuns

    def open(self, tell: Callable[[str], object]) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSetup:
    """What a host is told at first.

    Attributes:
        name: What it is called.
        config: The study.
        files: Its files, as `StudyFiles` has them.
        make: Makes what is executed there, from the plan.
    """

    name: str
    config: Config
    files: tuple[tuple[str, bytes], ...]
    make: Callable[[Plan], OpensHost]


def host_facts(engine: str) -> HostFacts:
    """Return what this process says of itself; `engine` is the version of what connects hosts."""
    return HostFacts(
        parleyrun=__version__,
        python=platform.python_version(),
        engine=engine,
        machine=socket.gethostname(),
        pid=os.getpid(),
        at=time.time(),
    )


def set_up(setup: HostSetup) -> HostRuns:
    """Have this process be a host. It works from a folder of its own from now on.

    Raises whatever the author's modules raise, and what stands at `make_plan` and `HostStage.open`.
    """
    folder = make_own_folder(HOSTS_PREFIX)
    for name, content in setup.files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / (setup.config.path or Path("study.yml"))).parent.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    stage = setup.make(make_plan(setup.config))
    logging.getLogger().addHandler(stage.runs.log_handler)
    stage.open(logging.getLogger(__name__).info)
    return stage.runs
