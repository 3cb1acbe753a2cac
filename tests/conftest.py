"""What holds for all tests."""

from __future__ import annotations

import gc
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from folders_in_memory import in_memory
from hypothesis import settings
from left_out_files import left_out
from running_order import dealt_out, seconds_of

# A shell that runs the tests in the background has them ignore Ctrl-C, and with them every program that they
# start; but to some of those programs Ctrl-C is what the test is about.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples each time: a test that fails does so for everybody, and in the next run too.
settings.register_profile("everywhere", derandomize=True, deadline=None, database=None)
settings.register_profile("few", settings.get_profile("everywhere"), max_examples=10)
settings.load_profile("everywhere")  # with --hypothesis-profile=few, `make test-fast` tries a tenth of them

STARTS_A_PROCESS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn"}
"""What Python's audit calls the start of a process."""

ONCE_A_MACHINE = "fc-list"
"""By which matplotlib finds the fonts, where it is used for the first time."""

GARBAGE = (10_000, 10, 50)
"""How rarely garbage is looked for: tests make much, hardly any of it in circles, and memory is there."""

MAY_START_PROCESSES = ("process", "browser", "soak", "postgres")


class ProcessGuard:
    """Fails a test that starts a process and is not marked so: `make test-fast` would be slow by it."""

    def __init__(self) -> None:
        self._unmarked: str | None = None
        sys.addaudithook(self._audit)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        marked = any(item.get_closest_marker(name) for name in MAY_START_PROCESSES)
        self._unmarked = None if marked else item.nodeid
        try:
            return (yield)
        finally:
            self._unmarked = None

    def _audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if self._unmarked is not None and event in STARTS_A_PROCESS and arguments[:1] != (ONCE_A_MACHINE,):
            pytest.fail(f"{self._unmarked} starts a process ({event}): mark it with @pytest.mark.process")


def pytest_configure(config: pytest.Config) -> None:
    if (memory := in_memory()) is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))  # where pytest makes the folders of tests
    # Where coverage traces there is no audit hook: up to Python 3.11 it lets another thread in while a new one's
    # tracing is being set up, which that thread does not survive.
    if sys.gettrace() is None:
        config.pluginmanager.register(ProcessGuard())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Run a test, and forget where commands in it have logged to: a stream that is gone with the test."""
    try:
        return (yield)
    finally:
        root = logging.getLogger()
        for handler in root.handlers[:]:
            if isinstance(handler, logging.StreamHandler) and getattr(handler.stream, "closed", False):
                root.removeHandler(handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without looking for garbage: what is made here stays, and is not looked at again after it either."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(*GARBAGE)
        gc.enable()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import no file of whose tests none is asked for; but where one is named, pytest says what became of it."""
    if collection_path.suffix != ".py" or any("::" in argument for argument in config.args):
        return None
    return left_out(collection_path, config.option.markexpr) or None


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable(
    report: pytest.CollectReport | pytest.TestReport,
) -> Generator[None, dict[str, Any] | None, dict[str, Any] | None]:
    """Leave out the keywords of what passed: workers would send them three times a test, and nobody reads them."""
    data = yield
    if data is not None and report.passed:
        data["keywords"] = {}
    return data


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        # One after the other, as each starts a whole cluster, which ends whoever is too slow to answer it.
        name = "clusters" if item.get_closest_marker("ray") else item.nodeid.partition("::")[0]
        files.setdefault(name, []).append(item)
    items[:] = dealt_out(
        [
            (seconds_of(file, ({mark.name for mark in item.iter_markers()} for item in tests)), tests)
            for file, tests in files.items()
        ],
        workers,
    )


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    ran = subprocess.run(build, cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    [built] = folder.glob("*.whl")
    return built
