"""`parleyrun serve --reload`, in a process of its own, with an author who saves files meanwhile."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from plain_client import PlainClient
from serve_process import WatchedProcess

pytestmark = pytest.mark.process

CONFIG = """
task_name: talk
tasks: {talk: {task_world: "parleyrun.ready:Chat", agents_required: 2}}
opt: {chat: {welcome: "This is about tea."}}
"""


def test_a_saved_file_is_taken_a_broken_one_told_and_nobody_loses_their_conversation(tmp_path: Path) -> None:
    config = tmp_path / "study.yml"
    config.write_text(CONFIG)
    serve = [sys.executable, "-m", "parleyrun", "serve", "study.yml", "--reload", "--port", "0", "--grace", "0"]
    with WatchedProcess(*serve, folder=tmp_path) as served:
        url = served.ready()
        with PlainClient(url) as ann, PlainClient(url) as bob:
            for person in (ann, bob):
                person.says("hi")
            ann.sees("This is about tea.")
            config.write_text(CONFIG.replace("tea", "cake"))
            served.wait_for(r"changed \(study\.yml\): whatever begins from now on is as it is there")
            with PlainClient(url) as cyd, PlainClient(url) as dan:
                for person in (cyd, dan):
                    person.says("hi")
                cyd.sees("This is about cake.")
            ann.says("still here")
            bob.sees("still here")
            config.write_text(CONFIG.replace("agents_required", "agents_requird"))
            served.wait_for(r"did you mean 'agents_required'")
            assert "not changed (study.yml), all is as it was before" in served.stderr
            config.write_text(CONFIG + "language: de\n")
            served.wait_for("language and texts cannot be changed while people are served")
            bob.says("and here")
            ann.sees("and here")
        served.interrupt()
        assert served.exit_code() == 0


def test_where_there_are_hosts_it_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "study.yml").write_text(f"{CONFIG}engine: {{ray: {{hosts: 2}}}}\n")
    serve = [sys.executable, "-m", "parleyrun", "serve", "study.yml", "--reload"]
    with WatchedProcess(*serve, folder=tmp_path) as served:
        assert served.exit_code() == 2
        assert "--reload goes with engine: threads only, as hosts keep the worlds" in served.lines[-1]
