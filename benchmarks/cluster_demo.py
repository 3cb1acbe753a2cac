"""The demo on two hosts of Ray, with its record in PostgreSQL, and one of the hosts killed while two people talk.

It needs Debian's package `postgresql` and the extras `serve`, `postgres` and `ray`. All of it is on the loopback
and in a temporary folder, and is gone at the end. DEMO_SECONDS is after how long a host is killed, and PORT is
where people come.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from itertools import count, cycle
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tests"))  # where a PostgreSQL is started, and people come as scripts

from plain_client import PlainClient  # noqa: E402
from postgres_server import WHY_NOT, PostgresServer, can_run  # noqa: E402
from serve_process import ServeProcess  # noqa: E402

KILL_AFTER_SECONDS = float(os.environ.get("DEMO_SECONDS", "60"))
PORT = os.environ.get("PORT", "8765")
PACE_SECONDS = 2.0
"""How long somebody thinks before they answer."""

LINES = (
    "Hello! What did you have for breakfast?",
    "Bread and tea, as always. And you?",
    "Nothing yet, I have just woken up.",
    "Then you should eat something before we go on.",
    "I will. What do you do today?",
    "I read a book about machines that fail.",
    "And what happens to those who talk through them?",
    "They notice nothing, it says.",
)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def write_study(folder: Path, postgres_url: str) -> Path:
    """Put the demo into a folder, with hosts and PostgreSQL; return its config."""
    shutil.copytree(PROJECT / "worlds", folder / "worlds", ignore=shutil.ignore_patterns("__pycache__"))
    config: dict[str, Any] = yaml.safe_load((PROJECT / "configs/demo.yml").read_text("utf-8"))
    config["store"] = {"postgres": postgres_url}
    config["engine"] = {"ray": {"hosts": 2}}
    path = folder / "demo.yml"
    path.write_text(json.dumps(config))  # JSON is YAML, too
    return path


class Talk:
    """Two scripted people who talk with each other, and print what they hear."""

    def __init__(self, ann: PlainClient, bob: PlainClient) -> None:
        for person in (ann, bob):
            person.says("hi")
            person.sees("What would you like to do?")
            person.says("chat")
            person.sees("Do you agree?")
            person.says("I agree")
        for person in (ann, bob):
            person.sees("Say hello!")
        self._numbers = count(1)
        self._turns: Iterator[Any] = cycle((("Ann", ann, bob), ("Bob", bob, ann)))
        self._lines = cycle(LINES)

    def go_on(self) -> float:
        """Have the next line said, wait until the other one hears it, and return after how many seconds."""
        number, (name, speaker, hearer) = next(self._numbers), next(self._turns)
        said_at = time.monotonic()
        speaker.says(f"{number}. {next(self._lines)}")
        heard = hearer.sees(f"{number}. ")["text"]
        took = time.monotonic() - said_at
        say(f"    {name}: {heard}   ({1000 * took:.0f} ms)")
        return took


def host_of_the_talk(url: str) -> tuple[str, int]:
    """Return the name and the process of the host that has most to do."""
    with urllib.request.urlopen(f"{url}/healthz") as answer:
        hosts = json.load(answer)["hosts"]
    busiest = max(hosts, key=lambda host: host["runs"])
    return busiest["name"], int(busiest["where"].rpartition(" ")[2])


def show(served: ServeProcess, url: str, talk: Talk) -> None:
    """Let two people talk, kill their host under them, and let them talk on until Ctrl-C."""
    kill_at = time.monotonic() + KILL_AFTER_SECONDS
    while time.monotonic() < kill_at:
        talk.go_on()
        time.sleep(min(PACE_SECONDS, max(0.0, kill_at - time.monotonic())))
    name, pid = host_of_the_talk(url)
    told = len(served.lines)
    os.kill(pid, signal.SIGKILL)
    say(f"==> {name}, process {pid}, on which they talk, was killed (kill -9)")
    took = talk.go_on()
    say(f"==> the talk goes on: the line that was said next was there after {took:.2f} s. The log says:")
    for line in served.lines[told:]:
        say(f"    {line}")
    say(f"==> {host_of_the_talk(url)[0]} has it now. It goes on until Ctrl-C")
    while True:
        talk.go_on()
        time.sleep(PACE_SECONDS)


def run() -> None:
    with ExitStack() as opened:
        say("==> starting PostgreSQL, and two hosts of Ray")
        postgres = PostgresServer()
        opened.callback(postgres.close)
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="parleyrun-demo-")))
        study = write_study(folder, postgres.url)
        served = opened.enter_context(
            ServeProcess(study.name, "--port", PORT, "--grace", "0", folder=folder, env=loopback(), own_group=True)
        )
        opened.callback(close, served)
        url = served.ready()
        say(f"==> ready: {url} — two tabs in which you choose 'chat' talk there too")
        say(f"==> two scripted people talk; one host is killed after {KILL_AFTER_SECONDS:g} s; Ctrl-C ends it all")
        ann, bob = (opened.enter_context(PlainClient(url)) for _ in range(2))
        show(served, url, Talk(ann, bob))


def close(served: ServeProcess) -> None:
    """Have the server close in good order: it alone, as its hosts are its own to end."""
    say("==> closing")
    served.send(signal.SIGINT)
    say(f"==> closed with {served.exit_code()}: {served.lines[-1]}")


def loopback() -> dict[str, str]:
    """Return what keeps Ray on the loopback, and has the server find parleyrun."""
    return {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "PYTHONPATH": str(PROJECT)}


def main() -> int:
    if find_spec("ray") is None:
        say("expected Ray, got none: pip install 'parleyrun[ray]'")
        return 2
    if not can_run():
        say(f"expected PostgreSQL, got none: {WHY_NOT}")
        return 2
    for number in (signal.SIGINT, signal.SIGTERM):  # the former is ignored in what a script has started with &
        signal.signal(number, signal.default_int_handler)
    try:
        run()
    except KeyboardInterrupt:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
