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
from ..host_link import HostWork
from .host_folder import HOSTS_PREFIX, make_own_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """What a host says of itself: versions, where it is, and what time it is there, in seconds since the epoch.

    `node` is what the cluster calls the machine that it is on.
    """

    parleyrun: str
    python: str
    engine: str
    machine: str
    pid: int
    at: float
    node: str = ""


class SetsUpHost(Protocol):
    """What a host is told at first: pickled here, and set up there."""

    def set_up(self) -> HostWork:
        """Have this process be a host. Raises whatever authors' modules raise, and what keeps it from working."""


class LoggedWork(HostWork, Protocol):
    """What is executed on a host of a study; it has what the host logs reported."""

    log_handler: logging.Handler


class OpensHost(Protocol):
    """What a host is made of: `app.hosting.host_stage.HostStage`, or `ReplicaStage`."""

    @property
    def runs(self) -> LoggedWork:
        """What is executed there."""

    def open(self, tell: Callable[[str], object]) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSetup:
    """What a host of a study is told at first (`SetsUpHost`).

    Attributes:
        config: The study.
        files: Its files, as `StudyFiles` has them.
        make: Makes what is executed there, from the plan.
    """

    config: Config
    files: tuple[tuple[str, bytes], ...]
    make: Callable[[Plan], OpensHost]

    def set_up(self) -> HostWork:
        """Have this process be a host. It works from a folder of its own from now on.

        Raises whatever the author's modules raise, and what stands at `make_plan` and `HostStage.open`.
        """
        work_from(self.files, self.config.path)
        stage = self.make(make_plan(self.config))
        logging.getLogger().addHandler(stage.runs.log_handler)
        stage.open(logging.getLogger(__name__).info)
        return stage.runs


def host_facts(engine: str, node: str = "") -> HostFacts:
    """Return what this process says of itself; `engine` is the version of what connects hosts."""
    return HostFacts(
        parleyrun=__version__,
        python=platform.python_version(),
        engine=engine,
        machine=socket.gethostname(),
        pid=os.getpid(),
        at=time.time(),
        node=node,
    )


def work_from(files: tuple[tuple[str, bytes], ...], config: Path | None) -> Path:
    """Have this process work from a folder of its own with these files, and import from there.

    Args:
        files: Their paths in the folder, and what stands in them.
        config: Where the config stands among them, whose folder is there then, too.

    Returns:
        The folder.
    """
    folder = make_own_folder(HOSTS_PREFIX)
    for name, content in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / (config or Path("study.yml"))).parent.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    return folder
