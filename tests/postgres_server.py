"""A PostgreSQL server for the tests: a cluster of its own in a temporary folder, as a user that is not root."""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

WHY_NOT = "PostgreSQL's tests need the extra 'postgres' and Debian's package 'postgresql'"
WITH_PASSWORD = "secured"
START_SECONDS = "60"


def programs() -> Path | None:
    """Return the folder of initdb and pg_ctl, None if there is none."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    # Debian has them off the path.
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return homes[-1].parent if homes else None


def can_run() -> bool:
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return False
    return programs() is not None and (os.getuid() != 0 or shutil.which("runuser") is not None)


class PostgresServer:
    """Started at once, on a free port of the loopback. With `syncing` commits wait for the disk."""

    def __init__(self, *, syncing: bool = False) -> None:
        self._syncing = syncing
        home = programs()
        assert home is not None, WHY_NOT
        self._programs = home
        inside = None if syncing else os.environ.get("PYTEST_DEBUG_TEMPROOT")  # where tests have their folders
        self.folder = Path(tempfile.mkdtemp(prefix="parleyrun-pg.", dir=inside))
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self.folder.chmod(0o700)
        self._as_user("initdb", "-U", "parley", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        # Whoever is called so needs a password.
        rules = self.folder / "data/pg_hba.conf"
        rules.write_text(f"host all {WITH_PASSWORD} all scram-sha-256\n{rules.read_text()}")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.start()

    @property
    def url(self) -> str:
        return f"postgresql://parley@127.0.0.1:{self.port}/postgres"

    def new_database(self, name: str) -> str:
        """Make an empty database, and return its URL."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"{self.url.rpartition('/')[0]}/{name}"

    def start(self) -> None:
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.folder,
            "fsync": "on" if self._syncing else "off",
            "full_page_writes": "on" if self._syncing else "off",  # what a machine that fails needs
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        log = str(self.folder / "log")
        self._as_user("pg_ctl", "-l", log, "-w", "-t", START_SECONDS, "-o", options, "start")

    def stop(self, how: str = "immediate") -> None:
        self._as_user("pg_ctl", "-m", how, "-w", "stop")

    def restart(self, how: str = "immediate") -> None:
        self.stop(how)
        self.start()

    def start_after_kill(self) -> None:
        """Start it once what a killed server has left behind has noticed, and is gone."""
        for _ in range(50):
            try:
                self.start()
            except AssertionError:
                continue
            return
        self.start()

    def close(self) -> None:
        """End it, without starting a process: whichever test comes last is not to be taken for one that does."""
        self.signal(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def signal(self, number: int) -> None:
        """Send it a signal of which it ends, and wait for that."""
        pid = int((self.folder / "data/postmaster.pid").read_text().splitlines()[0])
        over = os.pidfd_open(pid)
        os.kill(pid, number)
        select.select([over], [], [], int(START_SECONDS))
        os.close(over)

    def _as_user(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "-D", str(self.folder / "data"), *arguments]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        # That user may have no right to be where the tests are.
        done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
