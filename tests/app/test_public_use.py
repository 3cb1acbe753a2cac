"""`parleyrun.serve` and `parleyrun.App`, as scripts and notebooks use them."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import threading
from pathlib import Path
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from plain_client import PlainClient
from serve_process import DEADLINE_SECONDS, ServeProcess

import parleyrun
from parleyrun import ChannelError, ConfigError, World, WorldError
from parleyrun.app.shutdown import StopRequests

SCRIPT = """
import sys
import parleyrun

class Hall(parleyrun.World):
    def parley(self):
        act = self.agents[0].act()
        if act is not None:
            self.agents[0].observe({"id": "Hall", "text": f"heard {act['text']}"})

if __name__ == "__main__":
    values = {"world_module": "__main__", "overworld": "Hall", "tasks": {}, "shutdown_grace": 0}
    parleyrun.serve(values, worlds=sys.modules["__main__"], port=0, store=":memory:")
    print("served")
"""


class Hall(World):
    """Sends its person where they say."""

    def parley(self) -> str | None:
        act = self.agents[0].act()
        return None if act is None else str(act["text"])


class Echo(World):
    """Goes on until it hears `bye`."""

    done = False

    def parley(self) -> None:
        act = self.agents[0].act()
        if act is not None:
            self.agents[0].observe({"id": "Echo", "text": f"heard {act['text']}"})
            self.done = act["text"] == "bye"

    def episode_done(self) -> bool:
        return self.done


class Stubborn(Echo):
    """Does not stop when it is told to."""

    began = threading.Event()
    go_on = threading.Event()

    def parley(self) -> None:
        self.began.set()
        self.go_on.wait(DEADLINE_SECONDS)


WORLDS = SimpleNamespace(Hall=Hall, Echo=Echo, Stubborn=Stubborn)
CONFIG = {
    "overworld": "Hall",
    "tasks": {"echo": {"task_world": "Echo"}, "stubborn": {"task_world": "Stubborn"}},
}


class Served:
    """A call of `serve` on a thread of its own."""

    def __init__(self, **options: Any) -> None:
        self.stop = StopRequests()
        self._urls: SimpleQueue[str] = SimpleQueue()
        self.error: BaseException | None = None
        values = {"worlds": WORLDS, "store": ":memory:", "port": 0, "stop": self.stop, **options}
        self._thread = threading.Thread(target=self._serve, args=(values,))
        self._thread.start()
        self.url = self._urls.get(timeout=DEADLINE_SECONDS)

    def _serve(self, values: dict[str, Any]) -> None:
        try:
            parleyrun.serve(CONFIG, on_ready=self._urls.put, **values)
        except BaseException as error:
            self.error = error

    def ends(self) -> None:
        """Wait for its end, and raise what it raised."""
        self._thread.join(DEADLINE_SECONDS)
        assert not self._thread.is_alive()
        if self.error is not None:
            raise self.error


@pytest.mark.process
class TestScripts:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_script_serves_until_it_is_asked_to_end_and_goes_on_then(self, tmp_path: Path, number: Any) -> None:
        (tmp_path / "study.py").write_text(SCRIPT)
        with ServeProcess("study.py", folder=tmp_path, program=()) as process:
            with PlainClient(process.ready()) as ann:
                ann.says("hi")
                ann.says("hello")
                ann.sees("heard hello")
                process.send(number)
                assert ann.is_sent_away() == 1012
            assert process.exit_code() == 0
            assert process.stdout() == "served\n"
            assert "Traceback" not in process.stderr

    def test_a_config_that_cannot_be_used_is_an_exception(self, tmp_path: Path) -> None:
        (tmp_path / "study.py").write_text(SCRIPT.replace('"Hall", "tasks"', '"Hell", "tasks"'))
        with ServeProcess("study.py", folder=tmp_path, program=()) as process:
            assert process.exit_code() == 1
        assert "parleyrun.errors.ConfigError: config: error[class-not-found]" in process.stderr


class TestServe:
    def test_off_the_main_thread_it_takes_no_signals_and_ends_when_it_is_asked(self) -> None:
        handler = signal.getsignal(signal.SIGINT)
        served = Served()
        assert signal.getsignal(signal.SIGINT) is handler
        assert httpx.get(f"{served.url}/healthz", verify=False).status_code == 200
        served.stop.ask()
        served.ends()
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{served.url}/healthz", verify=False)

    def test_conversations_have_their_grace_and_the_end_comes_when_the_last_one_is_over(self) -> None:
        served = Served(grace_seconds=300)
        with PlainClient(served.url) as ann:
            for text in ("hi", "echo", "hello"):
                ann.says(text)
            ann.sees("heard hello")
            served.stop.ask()
            ann.sees("about to close")
            ann.says("bye")
            ann.sees("heard bye")
            served.ends()

    def test_asked_a_second_time_it_ends_at_once(self) -> None:
        served = Served(grace_seconds=300)
        with PlainClient(served.url) as ann:
            for text in ("hi", "echo", "hello"):
                ann.says(text)
            ann.sees("heard hello")
            served.stop.ask()
            ann.sees("about to close")
            served.stop.ask()
            served.ends()

    def test_worlds_that_would_not_stop_are_an_exception(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("parleyrun.runner.runner.HURRIED_SECONDS", 0.1)
        served = Served()
        with PlainClient(served.url) as ann:
            for text in ("hi", "stubborn"):
                ann.says(text)
            assert Stubborn.began.wait(DEADLINE_SECONDS)
            served.stop.ask()
            served.stop.ask()
            with pytest.raises(WorldError, match=r"would not stop: stubborn/t_1 \(Stubborn\)"):
                served.ends()
        Stubborn.go_on.set()

    def test_a_door_that_broke_is_an_exception(self) -> None:
        served = Served()
        served.stop.ask_as_door_broke()
        with pytest.raises(ChannelError, match="the web server stopped by itself"):
            served.ends()

    def test_a_busy_port_is_an_exception(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ChannelError, match="is taken"):
            parleyrun.serve(CONFIG, worlds=WORLDS, store=":memory:", port=taken.getsockname()[1])


class TestNotebooks:
    def test_an_app_opens_while_an_event_loop_runs_on_the_same_thread(self) -> None:
        async def cell() -> str:
            with parleyrun.App.from_config(CONFIG, worlds=WORLDS, store=":memory:", port=0) as app:
                async with httpx.AsyncClient(verify=False) as client:
                    answer = await client.get(f"{app.url}/healthz")
                return str(answer.json()["status"])

        assert asyncio.run(cell()) == "ok"

    def test_an_app_opens_on_any_thread_and_is_closed_on_another(self) -> None:
        app = parleyrun.App.from_config(CONFIG, worlds=WORLDS, store=":memory:", port=0)
        thread = threading.Thread(target=app.start)
        thread.start()
        thread.join()
        assert httpx.get(f"{app.url}/healthz", verify=False).status_code == 200
        assert app.close(grace_seconds=0) == []

    def test_opening_an_app_changes_nothing_of_the_process(self) -> None:
        before = (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), logging.getLogger().handlers)
        with parleyrun.App.from_config(CONFIG, worlds=WORLDS, store=":memory:", port=0):
            now = (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), logging.getLogger().handlers)
        assert now == before

    def test_two_apps_run_side_by_side(self) -> None:
        first, second = (
            parleyrun.App.from_config(CONFIG, worlds=WORLDS, store=":memory:", port=0) for _ in range(2)
        )
        with first, second:
            assert first.url != second.url
            with PlainClient(first.url or "") as ann:
                ann.says("hi")
                ann.says("echo")
                ann.says("hello")
                ann.sees("heard hello")
            assert second.service.counts().messages_in == 0


class TestErrors:
    def test_all_that_is_wrong_is_in_the_text(self, tmp_path: Path) -> None:
        path = tmp_path / "wrong.yml"
        path.write_text("world_module: nowhere_worlds\noverworld: 1\ntasks: {a: {task_wrld: A}}\nmax_workers: 0\n")
        with pytest.raises(ConfigError) as raised:
            parleyrun.App.from_config(path)
        lines = str(raised.value).splitlines()
        assert [line.partition("error[")[2].partition("]")[0] for line in lines] == [
            found.code for found in raised.value.findings
        ]
        assert len(lines) >= 3
        assert lines[0].startswith(f"{path}:2:12: error[")

    def test_a_file_that_is_not_there(self) -> None:
        with pytest.raises(ConfigError, match="there is no file"):
            parleyrun.serve("nowhere.yml")

    def test_a_world_module_that_asks_for_the_end_of_the_process_is_an_exception(self, tmp_path: Path) -> None:
        (tmp_path / "quits_worlds.py").write_text("import sys\nsys.exit('no key')\n")
        path = tmp_path / "quits.yml"
        path.write_text("world_module: quits_worlds\noverworld: Hall\ntasks: {}\n")
        with pytest.raises(ConfigError, match="no key"):
            parleyrun.App.from_config(path)

    def test_overrides_are_laid_over_values_and_files_alike(self, tmp_path: Path) -> None:
        path = tmp_path / "sound.yml"
        path.write_text("world_module: w\noverworld: Hall\ntasks: {}\npage_id: 5\nmax_workers: 3\n")
        overrides = {"page_id": None, "max_workers": 2}
        values = {"overworld": "Hall", "tasks": {}, "page_id": 5, "max_workers": 3}
        for source in (path, values):
            app = parleyrun.App.from_config(source, worlds=WORLDS, overrides=overrides, store=":memory:")
            assert (app.plan.config.page_ids, app.plan.config.max_workers) == ((), 2)
