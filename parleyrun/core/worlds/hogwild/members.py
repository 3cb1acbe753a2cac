"""One process of a crew as its parent sees it, and how a crew's processes are brought to their end."""

from __future__ import annotations

import logging
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from ..world import World
from .process import FAILED

log = logging.getLogger(__name__)

SECONDS_TO_END = 10.0
"""How long a process may take to finish the parley it is at, and to shut its world down, when all is ended."""

SECONDS_TO_TERMINATE = 1.0


@dataclass(slots=True)
class Member:
    """One process, and the parent's ends of its two pipes."""

    name: str
    process: BaseProcess
    orders: Connection
    reports: Connection
    over: bool = False
    """Whether its world's epoch is over. Such a process claims nothing and listens."""

    def story(self, trace: str) -> str:
        """Return what to say of a process that has reported this traceback."""
        return f"{self.name} failed with {trace.strip().splitlines()[-1]}\n\nThere:\n{trace}"

    def end_by_itself(self) -> str:
        """Return what to say of a process whose pipe has ended without a word."""
        self.process.join(SECONDS_TO_TERMINATE)
        return exit_story(self.name, self.process)


def exit_story(name: str, process: BaseProcess) -> str:
    """Return how a process has come to its end, in words that begin with its name."""
    code = process.exitcode
    if code is None:
        return f"{name} has closed its pipe"
    if code < 0:
        names = {number.value: number.name for number in signal.Signals}
        return f"{name} was ended by {names.get(-code, f'signal {-code}')}"
    return f"{name} ended by itself with exit code {code}; what it had to say is on standard error"


def listen_to_the_end_of(members: Sequence[Member]) -> list[str]:
    """Take what they still report, so that no full pipe keeps them from ending; return what they failed with."""
    failed: dict[str, str] = {}
    listening = {member.reports: member for member in members}
    until = World.clock() + SECONDS_TO_END
    while listening and (left := until - World.clock()) > 0:
        for ready in wait(list(listening), left):
            member = listening[ready]  # type: ignore[index]  # only connections were given
            try:
                kind, value = member.reports.recv()
            except (EOFError, OSError):
                del listening[member.reports]
                member.process.join(SECONDS_TO_TERMINATE)
                if member.process.exitcode:
                    failed.setdefault(member.name, member.end_by_itself())
                continue
            if kind == FAILED:
                failed[member.name] = member.story(value)
    for member in listening.values():
        log.warning("%s did not end within %g seconds, so it is terminated", member.name, SECONDS_TO_END)
    return [failed[member.name] for member in members if member.name in failed]


def make_sure_of_the_end_of(members: Sequence[Member]) -> None:
    """Terminate those that are still there, kill those that do not care, and close all pipes."""
    there = [member.process for member in members if member.process.is_alive()]
    try:
        for process in there:
            process.terminate()
        for process in there:
            process.join(SECONDS_TO_TERMINATE)
    finally:
        for process in there:
            process.kill()
        for member in members:
            member.process.join()
            member.orders.close()
            member.reports.close()
