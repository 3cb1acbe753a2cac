"""docs/deploy.md: what it has people save and run is what the programs understand."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest
import yaml

from parleyrun.cli import commands
from parleyrun.config.plan import config_from_mapping

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "deploy.md").read_text("utf-8")


def shown(language: str) -> list[str]:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    return [block for named, block in blocks if named == language]


def understood(words: list[str]) -> None:
    """Have the command line read a command, without running it. Raises where it would refuse it."""
    name, *arguments = words
    group = [name]
    command = commands.get_command(click.Context(commands), name)
    while isinstance(command, click.Group):
        name, *arguments = arguments
        group.append(name)
        command = command.get_command(click.Context(command), name)
    assert command is not None, " ".join(group)
    command.make_context(name, [re.sub(r"\$\(.*\)", "now", word) for word in arguments])


def test_every_parleyrun_command_of_the_guide_is_understood() -> None:
    lines = [line for block in shown("sh") + shown("") + shown("ini") for line in block.splitlines()]
    found = [re.search(r"(?:bin/|^|ExecStart=.*?)parleyrun ([a-z].*)", line) for line in lines]
    spoken = [match[1].partition(" && ")[0] for match in found if match]
    commands_shown = [shlex.split(words, comments=True) for words in spoken]
    assert {words[0] for words in commands_shown} >= {"serve", "new", "validate", "store"}
    for words in commands_shown:
        understood(words)


def test_what_the_container_runs_is_understood_and_its_study_listens_to_the_proxy() -> None:
    [file] = shown("dockerfile")
    steps = re.findall(r"^([A-Z]+) (.*)$", file.replace("\\\n", ""), re.MULTILINE)
    runs = dict(steps)
    program, *words = json.loads(runs["CMD"])
    assert program == "parleyrun"
    understood(words)
    assert words[words.index("--store") + 1].startswith(runs["VOLUME"] + "/")
    assert words[words.index("--host") + 1] == "0.0.0.0"
    compile(json.loads(runs["HEALTHCHECK"].removeprefix("CMD "))[-1], "healthcheck", "exec")
    assert "'/usr/src/parleyrun[serve]'" in runs["RUN"]
    assert runs["USER"] != "root"


@pytest.mark.parametrize("block", shown("yaml"))
def test_every_config_of_the_guide_is_sound(block: str) -> None:
    config_from_mapping({"tasks": {"talk": {"task_world": "parleyrun.ready:Chat"}}, **yaml.safe_load(block)})


@pytest.mark.process
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze on this machine")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    [unit] = shown("ini")
    program = tmp_path / "parleyrun"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    file = tmp_path / "my-study.service"
    file.write_text(
        unit.replace("/srv/my-study/.venv/bin/parleyrun", str(program)).replace("User=study", "User=root")
    )
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(file)], capture_output=True, text=True, timeout=60
    )
    said = [line for line in ran.stderr.splitlines() if "my-study" in line]
    assert (ran.returncode, said) == (0, []), ran.stderr


@pytest.mark.process
@pytest.mark.skipif(shutil.which("caddy") is None, reason="there is no Caddy on this machine")
def test_caddy_understands_its_recipes(tmp_path: Path) -> None:
    recipes = [block for block in shown("") if "reverse_proxy" in block]
    assert len(recipes) == 2
    for recipe in recipes:
        (tmp_path / "Caddyfile").write_text(recipe)
        command = ["caddy", "validate", "--adapter", "caddyfile", "--config", str(tmp_path / "Caddyfile")]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert ran.returncode == 0, ran.stderr
