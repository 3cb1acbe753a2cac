"""Everything at once, over real sockets: a service with its web server, a Graph API, people with Messenger and
people in browsers. Nothing sleeps; whatever is waited for has a deadline."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import whole_worlds
from websockets.sync.client import connect

from parleyrun.testing import rehearse_messenger

PAGE_ID = "1"
"""The placeholder: a rehearsal needs no page."""

DEADLINE_SECONDS = 20.0
HERE = Path(__file__).parent
PROJECT = HERE.parents[1]


def config(graph=None):
    """Return the values of a config; with a graph, one whose page it is."""
    return {
        "task_name": "whole",
        "world_module": "whole_worlds",
        "overworld": "Menu",
        "page_id": PAGE_ID if graph is None else graph.page_id,
        "tasks": {
            "chat": {"task_world": "Chat", "agents_required": 2},
            "echo": {"task_world": "Echo", "agents_required": 1},
        },
        "limits": {"messages_per_second": 1000},
        "channels": {"messenger": {"allow_images": True, **({} if graph is None else {"graph_url": graph.url})}},
    }


def whole(*, real_time=True, **options):
    """Return a rehearsal of these worlds."""
    return rehearse_messenger(config(), whole_worlds, real_time=real_time, **options)


class Browser:
    """Somebody with a browser, who speaks the plain protocol. Use it as a context manager."""

    def __init__(self, url):
        self._url = url.replace("http", "ws", 1) + "/websocket"
        self.frames = []
        self._open = ExitStack()

    def __enter__(self):
        self._connection = self._open.enter_context(connect(self._url, compression=None))
        return self

    def __exit__(self, *_):
        self._open.close()

    def says(self, text="", **rest):
        self._connection.send(json.dumps({"text": text, **rest}))

    def sees(self, text):
        """Wait for a frame that holds this text, and return it."""
        return self.sees_frame(lambda frame: text in frame["text"], text)

    def sees_frame(self, fits, what="it"):
        end = time.monotonic() + DEADLINE_SECONDS
        while True:
            try:
                frame = json.loads(self._connection.recv(max(0.0, end - time.monotonic())))
            except TimeoutError:
                raise AssertionError(f"expected a browser to see {what!r}, got {self.frames}") from None
            self.frames.append(frame)
            if fits(frame):
                return frame


class Serving:
    """`parleyrun serve` in a process of its own, on the same store and port each time it is started.

    `module` is what is run instead of `parleyrun`: one that dies at a moment of the test's choosing.
    """

    def __init__(self, folder, graph, *, module=("parleyrun",)):
        self.graph = graph
        self.folder = folder
        self._module = module
        self._port = "0"
        (folder / "whole.yml").write_text(json.dumps(config(graph)))
        self._process = None
        self._reader = None
        self._changed = threading.Condition()  # guards the two below
        self._lines = []
        self._ended = False

    def start(self, *, module=None):
        """Start it, wait until people can come, and have the graph post to it."""
        self.spawn(module=module)
        ready = self.wait_for(lambda line: line.startswith("ready: ")).removeprefix("ready: ")
        self._port = ready.rpartition(":")[2]
        self.graph.connect(f"{ready}/webhook")

    def spawn(self, *, module=None):
        secrets = {
            "PARLEYRUN_PAGE_TOKEN": self.graph.page_token,
            "PARLEYRUN_APP_SECRET": self.graph.app_secret,
            "PARLEYRUN_VERIFY_TOKEN": self.graph.verify_token,
            "XDG_CONFIG_HOME": str(self.folder),
            "PYTHONPATH": os.pathsep.join(map(str, (PROJECT, HERE))),
        }
        arguments = ["serve", "whole.yml", "--port", self._port, "--store", "whole.db", "--log-format", "json"]
        self._ended = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", *(module or self._module), *arguments],
            cwd=self.folder,
            env={**os.environ, **secrets},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, args=(self._process.stderr,))
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process is not None:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
            self._reader.join()
            self._process.stderr.close()

    def kill(self):
        """Kill -9, and wait until it is gone."""
        self._process.kill()
        self.wait_killed()

    def wait_killed(self):
        """Wait until it is gone; fail if it went in any other way than by kill -9."""
        code = self._process.wait(DEADLINE_SECONDS)
        self._reader.join(DEADLINE_SECONDS)
        self._process.stderr.close()
        self._process = None
        assert code == -signal.SIGKILL, "\n".join(self._lines[-20:])

    @property
    def lines(self):
        """Everything it wrote so far."""
        with self._changed:
            return list(self._lines)

    def wait_for(self, fits):
        """Wait for a line that it writes, counting from its start."""
        end = time.monotonic() + DEADLINE_SECONDS
        with self._changed:
            while True:
                found = next((line for line in self._lines if fits(line)), None)
                if found is not None:
                    return found
                left = end - time.monotonic()
                assert not self._ended, "it ended:\n" + "\n".join(self._lines[-20:])
                assert left > 0, "it never wrote that:\n" + "\n".join(self._lines[-20:])
                self._changed.wait(left)

    def _read(self, stream):
        with self._changed:
            self._lines.clear()
        for line in stream:
            with self._changed:
                self._lines.append(line.rstrip())
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()
