"""Registries: what they hold, what they refuse, and what installed packages add to them."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol

import pytest
from installed_package import install_package

from parleyrun.errors import RegistrationError
from parleyrun.registry import Registry, lacks

ROOT = Path(__file__).parents[1]
GROUP = "tests.lamps"


class Lamp(Protocol):
    watts: int

    def light(self, seconds: float, *, dim: bool) -> None: ...


class Bulb:
    watts = 40

    def light(self, seconds, *, dim=False):
        return


class Candle:
    def light(self, seconds, *, dim):
        return


def lamps() -> Registry[Any]:
    return Registry("a lamp", GROUP, lambda _name, kind: lacks(kind, Lamp))


def test_what_is_registered_is_found_by_its_name():
    registry = lamps()
    registry.register("bulb", Bulb)
    assert registry.find("bulb") is Bulb
    assert registry.find("candle") is None
    assert registry.names() == ["bulb"]


def test_a_name_is_given_once():
    registry = lamps()
    registry.register("bulb", Bulb)
    registry.register("bulb", Bulb)

    class Other(Bulb):
        pass

    with pytest.raises(
        RegistrationError, match=r"another name than 'bulb' for .*Other: .*test_registry\.Bulb has it"
    ):
        registry.register("bulb", Other)


class Dark:
    watts = 0


class Eager:
    watts: int

    def light(self):
        return


class Choosy:
    watts = 1

    def light(self, seconds):
        return


@pytest.mark.parametrize(
    ("thing", "missing"),
    [
        (Candle, r"test_registry\.Candle has no attribute 'watts'"),
        (Dark, r"test_registry\.Dark has no method light\(seconds, dim\)"),
        (Eager, r"test_registry\.Eager has a method light\(\), expected light\(seconds, dim\)"),
        (Choosy, r"test_registry\.Choosy has a method light\(seconds\), expected light\(seconds, dim\)"),
        (7, r"expected a lamp at 'x', but 7 is no class"),
    ],
)
def test_what_does_not_fit_is_refused_with_module_class_and_what_is_missing(thing, missing):
    registry = lamps()
    with pytest.raises(RegistrationError, match=missing):
        registry.register("x", thing)
    assert registry.names() == []


def test_what_is_registered_lazily_is_imported_when_it_is_used():
    registry = lamps()
    registry.register_lazily("bulb", f"{__name__}:Bulb")
    registry.register_lazily("gone", "no_module_of_that_name:Lamp")
    registry.register_lazily("candle", f"{__name__}:Candle")
    assert registry.names() == ["bulb", "candle", "gone"]
    assert registry.find("bulb") is Bulb
    with pytest.raises(
        RegistrationError, match="expected a lamp 'gone' at no_module_of_that_name:Lamp, which cannot"
    ):
        registry.find("gone")
    with pytest.raises(RegistrationError, match="Candle has no attribute 'watts'"):
        registry.find("candle")


def test_an_installed_package_adds_to_a_registry(tmp_path, monkeypatch, caplog):
    lamp = "class Led:\n    watts = 5\n    def light(self, seconds, *, dim): ...\n"
    offered = {
        "led": "tiny_lamps:Led",
        "off": "tiny_lamps:No",
        "flat": "json:JSONDecoder",
        "bulb": "tiny_lamps:Led",
    }
    install_package(tmp_path, {"tiny_lamps.py": lamp}, {GROUP: offered})
    monkeypatch.syspath_prepend(tmp_path)
    registry = lamps()
    registry.register("bulb", Bulb)
    found = registry.find("led")
    assert (found.__module__, found.__name__) == ("tiny_lamps", "Led")
    with pytest.raises(
        RegistrationError, match=r"'off' at tiny_lamps:No \(of the package tiny 1\.0\), which cannot"
    ):
        registry.find("off")
    with pytest.raises(
        RegistrationError, match=r"JSONDecoder \(of the package tiny 1\.0\) has no attribute 'watts'"
    ):
        registry.find("flat")
    with caplog.at_level(logging.WARNING):
        lamps_again = lamps()
        lamps_again.register("bulb", Bulb)
        assert lamps_again.names() == ["bulb", "flat", "led", "off"]
    assert "a lamp 'bulb' of tiny_lamps:Led (of the package tiny 1.0) is left out" in caplog.text
    assert lamps_again.find("bulb") is Bulb


BOT = """
from parleyrun import BotAgent, Agent

class ParrotAgent(Agent):
    def act(self):
        return {"id": self.id, "text": "polly"}
"""
TASK = '''
"""Sums of small numbers."""
from parleyrun import DialogTeacher

class DefaultTeacher(DialogTeacher):
    def setup_data(self, datafile):
        yield {"text": "1 + 1?", "labels": ["2"]}, True
'''


@pytest.mark.process
def test_an_installed_package_adds_bots_and_tasks(tmp_path):
    install_package(
        tmp_path,
        {"tiny_bot.py": BOT, "tiny_task.py": TASK},
        {"parleyrun.bots": {"parrot": "tiny_bot:ParrotAgent"}, "parleyrun.tasks": {"sums": "tiny_task"}},
    )
    script = (
        "from parleyrun import create_agent, create_task\n"
        "world = create_task({'task': 'sums', 'datatype': 'valid'}, create_agent({'model': 'parrot'}))\n"
        "world.parley()\n"
        "print([act['text'] for act in world.get_acts()])\n"
    )
    path = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}

    def output_of(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env=path).stdout

    assert output_of("-c", script) == "['1 + 1?', 'polly']\n"
    listed = output_of("-m", "parleyrun", "tasks")
    assert "sums" in listed
    assert "Sums of small numbers." in listed
