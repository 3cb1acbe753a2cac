"""README, followed to the letter in a fresh folder, by somebody who has nothing but what `make demo` made."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import httpx
import pytest
from fresh_checkout import fresh_checkout, needs_a_checkout
from plain_client import PlainClient
from serve_process import WatchedProcess

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
SECONDS = 60.0

pytestmark = [pytest.mark.process, needs_a_checkout]


def shown(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def command(beginning: str) -> str:
    """Return the command that README shows, without what it says of it. Fails if it shows none."""
    lines = [line.partition("#")[0].strip() for block in shown("") for line in block.splitlines()]
    prose = re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
    lines += re.findall(r"`([^`]+)`", prose)
    found = next((line for line in lines if line.startswith(beginning)), None)
    assert found is not None, f"README shows no command that begins with {beginning!r}"
    return found


@pytest.fixture(autouse=True)
def not_within_make(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a `make VENV=… test` hands on to the makes below it is not what somebody at a prompt has."""
    for name in ("MAKEFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "MFLAGS", "VENV", "PORT", "PYTHON", "CONSTRAINTS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is in the repository, and the environment that make would make of it, without the network."""
    return fresh_checkout(tmp_path_factory.mktemp("fresh") / "parleyrun")


@pytest.fixture
def own_folder(checkout: Path) -> Path:
    """The folder of one's own, with the first world and its config."""
    folder = checkout.parent / "my-study"
    folder.mkdir(exist_ok=True)
    (folder / "my_worlds.py").write_text(shown("python")[0])
    (folder / "my.yml").write_text(shown("yaml")[0])
    return folder


def run(line: str, checkout: Path, folder: Path, said: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command in a shell in which the environment was activated, as README says."""
    activate = command("source ")
    script = f"cd '{checkout}' && {activate} && cd '{folder}' && {line}"
    return subprocess.run(["bash", "-c", script], input=said, capture_output=True, text=True, timeout=SECONDS)


def wait_until_matched(url: str, people: int) -> None:
    """Ask the server until so many are in a conversation, of which this world tells nobody."""
    end = time.monotonic() + SECONDS
    while httpx.get(f"{url}/healthz").json()["places"].get("task") != people:
        assert time.monotonic() < end


def test_make_demo_opens_the_door_and_two_tabs_can_talk(checkout: Path) -> None:
    make = WatchedProcess(*command("make demo").split(), "PORT=0", folder=checkout, own_group=True)
    with make as demo:
        url = demo.ready()
        with PlainClient(url) as ann, PlainClient(url) as bob:
            for person in (ann, bob):
                person.says("hi")
                person.sees("What would you like to do?")
                person.says("chat")
                person.sees_frame(lambda frame: "I agree" in (frame.get("quick_replies") or []), "the rules")
                person.says("I agree")
            for person in (ann, bob):
                person.sees("Say hello!")
            ann.says("hello over there")
            bob.sees("hello over there")
        demo.interrupt()
        demo.wait_for("Ctrl-C")
        demo.interrupt()
        demo.exit_code()
        assert "Traceback" not in demo.stderr
        said = demo.stdout()
    assert "two tabs" in said
    assert "'chat'" in said
    assert command("source ") in said


def test_what_make_demo_says_is_what_readme_says() -> None:
    make = (ROOT / "Makefile").read_text("utf-8")
    [of_demo] = [block for block in shown("") if "make demo" in block]
    for words in ("two tabs", "'chat' in both"):
        assert words in of_demo
        assert words in make


def test_the_command_is_on_the_path_afterwards(checkout: Path) -> None:
    ran = run("command -v parleyrun && parleyrun --version", checkout, checkout)
    assert ran.stdout.splitlines()[0] == f"{checkout}/.venv/bin/parleyrun"


def test_on_a_terminal_the_first_line_opens_the_door_and_echo_can_be_chosen(checkout: Path) -> None:
    ran = run(command("parleyrun local --bypass-server"), checkout, checkout, "anything\necho\nhello\n")
    assert ran.returncode == 0, ran.stderr
    said, answered = ran.stdout.partition("1 > echo")[::2]
    assert said.startswith("1 > anything\n1 < Guide: Welcome")
    assert "1 < Echo: hello" in answered


def test_the_pipe_of_the_table_works(checkout: Path) -> None:
    line = command("printf ").replace("\\|", "|")
    ran = run(line, checkout, checkout)
    assert ran.returncode == 0, ran.stderr
    assert "1 < Echo: hello" in ran.stdout


def test_messenger_is_tried_without_facebook(checkout: Path) -> None:
    ran = run(command("parleyrun local --channel messenger"), checkout, checkout, "hi\n")
    assert ran.returncode == 0, ran.stderr
    assert "1 < " in ran.stdout


def test_the_first_world_is_served_and_two_people_talk(checkout: Path, own_folder: Path) -> None:
    serve = command("parleyrun serve my.yml").split()
    program = checkout / ".venv" / "bin" / serve[0]
    with WatchedProcess(program, *serve[1:], "--port", "0", "--grace", "0", folder=own_folder) as served:
        url = served.ready()
        with PlainClient(url) as ann, PlainClient(url) as bob:
            for person in (ann, bob):
                person.says("hi")
                person.sees("Shall we find you somebody to talk with?")
                person.says("talk")
            wait_until_matched(url, people=2)
            ann.says("hello")
            bob.sees("hello")
        served.interrupt()
        assert served.exit_code() == 0
        assert served.stdout() == ""


def test_the_test_that_is_shown_passes(checkout: Path, own_folder: Path) -> None:
    (own_folder / "test_my_worlds.py").write_text(shown("python")[1])
    ran = run(command("python -m pytest"), checkout, own_folder)
    assert ran.returncode == 0, ran.stdout
    assert "1 passed" in ran.stdout


def test_a_model_is_evaluated(checkout: Path) -> None:
    ran = run(command("parleyrun eval -t babi"), checkout, checkout)
    assert ran.returncode == 0, ran.stderr
    assert (checkout / "accuracy.svg").is_file()


def test_without_make_the_folder_is_installed_and_not_a_package_that_is_nowhere() -> None:
    assert command("pip install '.[serve]'")
    assert "'parleyrun[" not in README
