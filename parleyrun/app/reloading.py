"""Reloading: what authors change while people are served is taken for whatever begins after that."""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from ..config.importing import author_modules, is_authors
from ..config.plan import Plan
from ..errors import ParleyrunError
from ..runner.queue_thread import QueueThread
from ..runner.timers import Timer
from .app import App
from .shared_models import is_other_model
from .watched_files import Stamps, WatchedFiles

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""How often the files are looked at. A change is taken once two looks have seen the same of it."""

CLOSING_SECONDS = 2.0
"""How long the end waits for a look that is under way: an author's module may take for ever to be imported."""

_NAMED_AT_MOST = 5


class Watched(Protocol):
    """What can be asked which files there are, and when they were written."""

    def stamps(self) -> Stamps: ...


class Reloading:
    """Has an app take what changes in the files that it was made of. A context manager, inside that of the app.

    A change that cannot be used is told, and everything stays as it was. It works on a thread of its own; as much
    author code runs there as when a config is read.

    Args:
        app: What runs.
        path: The config.
        read: Returns the plan of the config as it is now; raises `ConfigError`.
        watched: The files; None for those of the config's folder, and of the worlds' modules.
        since: When reading the plan of the app began, in seconds of wall time; a file that was written after that
            may be another one than was read, and counts as changed.
    """

    def __init__(
        self,
        app: App,
        path: Path,
        read: Callable[[], Plan],
        watched: Watched | None = None,
        since: float = math.inf,
    ) -> None:
        self._app = app
        self._read = read
        self._folder = path.resolve().parent
        self._watched = watched or WatchedFiles(self._folder, self._module_files)
        self._thread = QueueThread[None]("parleyrun-reload", self._look)
        self._taken: Stamps = {}
        self._seen: Stamps = {}
        self._timer: Timer | None = None
        self._closed = False
        self._since = since

    def __enter__(self) -> Self:
        self._seen = self._watched.stamps()
        self._taken = {path: seen for path, seen in self._seen.items() if seen[0] / 1e9 < self._since}
        self._thread.start()
        self._wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._thread.close(CLOSING_SECONDS)

    def wait_idle(self) -> None:
        """Wait until the looks that were due are over."""
        self._thread.wait_idle()

    def _wait(self) -> None:
        if not self._closed:
            self._timer = self._app.timers.call_later(LOOK_SECONDS, self._due)

    def _due(self) -> None:
        """On the timers' thread, which must not wait for files."""
        self._thread.put(None)

    def _look(self, _due: list[None]) -> None:
        try:
            now = self._watched.stamps()
            if now == self._seen and now != self._taken:
                before, self._taken = self._taken, now
                self._reload({path for path in {*before, *now} if before.get(path) != now.get(path)})
            self._seen = now
        finally:
            self._wait()

    def _reload(self, files: Collection[Path]) -> None:
        has_code = any(path.suffix == ".py" for path in files)
        modules = author_modules(self._folders()) if has_code else {}
        self._app.service.changes.import_anew(modules)
        _forget(modules)
        try:
            plan = self._read()
            if self._closed:
                return
            if not has_code and not self._says_more(plan, files):
                return
            self._app.change(plan, files)
        except BaseException as error:
            if has_code:
                _forget(author_modules(self._folders()))
                sys.modules.update(modules)
            if not isinstance(error, ParleyrunError):
                raise
            log.error("not changed (%s), all is as it was before: %s", _named(files), error)
            return
        log.info("changed (%s): whatever begins from now on is as it is there", _named(files))

    def _says_more(self, plan: Plan, files: Collection[Path]) -> bool:
        """Return whether a plan is another one than that which holds, though no code has changed."""
        models = plan.models.values()
        return plan.config != self._app.plan.config or any(
            is_other_model(self._app.models, model, files=files) for model in models
        )

    def _folders(self) -> set[Path]:
        """Return where the author's modules are: beside the config, and beside the worlds."""
        plan = self._app.plan
        worlds = [plan.overworld, *(task.world for task in plan.tasks.values())]
        homes = [plan.module, *(sys.modules.get(world.__module__) for world in worlds)]
        files = [getattr(home, "__file__", None) for home in homes]
        return {self._folder, *(Path(file).resolve().parent for file in files if file and is_authors(file))}

    def _module_files(self) -> Iterable[Path]:
        return [Path(str(module.__file__)).resolve() for module in author_modules(self._folders()).values()]


def _forget(modules: Iterable[str]) -> None:
    for name in modules:
        sys.modules.pop(name, None)


def _named(files: Collection[Path]) -> str:
    names = sorted(path.name for path in files)
    more = len(names) - _NAMED_AT_MOST
    return ", ".join(names[:_NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")
