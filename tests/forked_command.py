"""`python -m parleyrun …` in processes that are forked from one which has imported it: hundreds of tests start it.

Each is a process of its own, with its own standard streams, folder, environment and group. Only the start of
the interpreter, the seed of its hashes, and the imports are those of the process that it was forked from; what is
said of these is shown by tests that start a program as users do. `make coverage` forks none.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import random
import runpy
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from io import BufferedReader, BufferedWriter, FileIO, TextIOWrapper
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-m", "parleyrun"]
LONGEST_REQUEST_BYTES = 1 << 17

MODULES = {"parleyrun", "dies_when_sent"}
"""What is forked: the commands, and the same with a webhook that has them die."""

AT_THE_START = ("PYTHON", "LC_", "LANG", "LD_", "COVERAGE", "MALLOC_", "TZ")
"""How the names of variables begin that count when an interpreter starts."""

IMPORTED = (
    "parleyrun.app.shutdown",
    "parleyrun.cli.local",
    "parleyrun.cli.serve",
    "parleyrun.store.sqlite.sqlite_store",
    "parleyrun.terminal.socket_seats",
    "parleyrun.web.web_server",
)


class ForkedCommand(subprocess.Popen[Any]):
    """What `subprocess.Popen` is, but a command of parleyrun is forked where that makes no difference."""

    _connection: socket.socket | None = None

    def _execute_child(self, args: Any, executable: Any, preexec_fn: Any, *more: Any) -> None:
        close_fds, pass_fds, cwd, env, _, _, shell, reads, _, _, writes, _, errors, *rest = more
        restore_signals, gid, gids, uid, umask, new_session, group = rest
        special = (
            executable or preexec_fn or pass_fds or shell or (gid, gids, uid, umask) != (None, None, None, -1)
        )
        environment = dict(os.environ if env is None else env)
        if special or not close_fds or not restore_signals or not can_be_forked(args, environment):
            super()._execute_child(args, executable, preexec_fn, *more)
            return
        sys.audit("subprocess.Popen", args[0], args, cwd, env)  # for whoever looks out for the start of processes
        self._connection, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        request = [
            [*map(str, args[2:])],
            os.fspath(cwd or os.getcwd()),
            environment,
            new_session,
            group,
        ]
        streams = [own if given == -1 else given for own, given in enumerate((reads, writes, errors))]
        with theirs:
            socket.send_fds(forking_process(), [json.dumps(request).encode()], [*streams, theirs.fileno()])
        self.pid = int(self._connection.recv(20))
        self._child_created = True
        self._close_pipe_fds(*more[7:13])

    def _internal_poll(self, *args: Any, **options: Any) -> int | None:
        if self._connection is None:
            return super()._internal_poll(*args, **options)
        if self.returncode is None and self._waitpid_lock.acquire(False):
            try:
                pid, status = self._try_wait(os.WNOHANG)
                if pid:
                    self._handle_exitstatus(status)
            finally:
                self._waitpid_lock.release()
        return self.returncode

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        if self._connection is None:
            return super()._try_wait(wait_flags)
        if self.returncode is not None:
            return (0, 0)
        try:
            status = self._connection.recv(20, socket.MSG_DONTWAIT if wait_flags else 0)
        except BlockingIOError:
            return (0, 0)
        self._connection.close()
        return (self.pid, int(status))


def run(
    command: list[Any], *, input: str = "", timeout: float, **options: Any
) -> subprocess.CompletedProcess[str]:
    """What `subprocess.run` does with `capture_output` and texts."""
    pipe = subprocess.PIPE
    with ForkedCommand(command, stdin=pipe, stdout=pipe, stderr=pipe, encoding="utf-8", **options) as process:
        try:
            out, err = process.communicate(input, timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def can_be_forked(command: Any, environment: Mapping[str, str]) -> bool:
    """Whether it is one of parleyrun's, and an interpreter starts with this environment as it has with ours."""

    def counts(variables: Mapping[str, str]) -> dict[str, str]:
        starting = {name: value for name, value in variables.items() if name.startswith(AT_THE_START)}
        return {name: value for name, value in starting.items() if name != "PYTHONPATH" or not all_ours(value)}

    measured = any(name.startswith("COVERAGE") for name in environment)
    same = counts(environment) == counts(os.environ)
    return not measured and same and [*map(str, command[:2])] == COMMAND[:2] and command[2] in MODULES


def all_ours(path: str) -> bool:
    """Whether these folders are of this checkout only, where nothing is that could stand before a package."""
    return all(Path(folder).is_relative_to(ROOT) for folder in path.split(os.pathsep))


@cache
def forking_process() -> socket.socket:
    """Start the process that all are forked from; it ends when this one does. Return what it is asked over."""
    ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, str(Path(__file__)), str(theirs.fileno())]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def fork_what_is_asked_for(asking: socket.socket) -> list[Any]:
    """Fork a process for each request, and tell how it ended. Return in the forked ones, with their request."""
    with selectors.DefaultSelector() as waiting:
        waiting.register(asking, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.fileobj is not asking:
                    pid, connection = key.data
                    waiting.unregister(key.fileobj)
                    os.close(key.fd)
                    with connection:
                        connection.send(str(os.waitpid(pid, 0)[1]).encode())
                    continue
                request, descriptors, _, _ = socket.recv_fds(asking, LONGEST_REQUEST_BYTES, 4)
                if not request:
                    os._exit(0)
                pid = os.fork()
                if pid == 0:
                    *start, new_session, group = json.loads(request)
                    stand_apart(new_session, group)
                    os.write(descriptors[3], str(os.getpid()).encode())  # who asked goes on now, and not before
                    take_streams(descriptors)
                    return start
                for descriptor in descriptors[:3]:
                    os.close(descriptor)
                connection = socket.socket(fileno=descriptors[3])
                waiting.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, connection))


def stand_apart(new_session: bool, group: int | None) -> None:
    """Be in a session, or in a group, of its own, if that is asked for."""
    if new_session:
        os.setsid()
    if group is not None and group != -1:
        os.setpgid(0, group)


def take_streams(descriptors: list[int]) -> None:
    """Make these the standard streams, as an interpreter makes them, and close everything else."""
    for number, descriptor in enumerate(descriptors[:3]):
        os.dup2(descriptor, number)
    os.closerange(3, 256)
    encoding = sys.stdout.encoding
    reads, writes, errors = (FileIO(number, mode, closefd=False) for number, mode in enumerate("rww"))
    sys.stdin = sys.__stdin__ = TextIOWrapper(BufferedReader(reads), encoding)
    sys.stdout = sys.__stdout__ = TextIOWrapper(BufferedWriter(writes), encoding, line_buffering=os.isatty(1))
    sys.stderr = sys.__stderr__ = TextIOWrapper(
        BufferedWriter(errors), encoding, errors="backslashreplace", line_buffering=True
    )


def become(arguments: list[str], folder: str, environment: dict[str, str]) -> None:
    """Be a process that was started so, and run the command."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    random.seed()
    sys.path[:1] = [folder, *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    module, *sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    gc.disable()
    for name in IMPORTED:
        import_module(name)
    gc.freeze()
    gc.enable()
    become(*fork_what_is_asked_for(socket.socket(fileno=int(sys.argv[1]))))
