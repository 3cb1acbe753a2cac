"""Everything at once, over real sockets: a service with its web server, a Graph API, people with Messenger and
people in browsers. Nothing sleeps; whatever is waited for has a deadline."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from pathlib import Path

import whole_worlds
from serve_process import ServeProcess

from parleyrun.testing import rehearse_messenger

PAGE_ID = "1"
"""The placeholder: a rehearsal needs no page."""

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]


def config(graph=None, **messenger):
    """Return the values of a config; with a graph, one whose page it is. `messenger` are more of its values."""
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
        "channels": {
            "messenger": {"allow_images": True, **({} if graph is None else {"graph_url": graph.url}), **messenger}
        },
    }


def whole(*, real_time=True, **messenger):
    """Return a rehearsal of these worlds."""
    return rehearse_messenger(config(**messenger), whole_worlds, real_time=real_time)


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
        self._process = ExitStack()

    def start(self, *, module=None):
        """Start it, wait until people can come, and have the graph post to it."""
        self.spawn(module=module)
        ready = self.process.ready()
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
        self.process = ServeProcess(
            *("whole.yml", "--port", self._port, "--store", "whole.db", "--log-format", "json"),
            folder=self.folder,
            env=secrets,
            program=("-m", *(module or self._module), "serve"),
        )
        self._process.close()
        self._process.enter_context(self.process)

    def kill(self):
        """Kill -9, and wait until it is gone."""
        self.process.kill()

    def wait_killed(self):
        """Wait until it is gone; fail if it went in any other way than by kill -9."""
        self.process.was_killed()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.close()
