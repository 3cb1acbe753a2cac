"""`parleyrun models`: what a config's models are, and whether they answer."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from parleyrun.cli import main
from parleyrun.testing import FakeModel
from parleyrun.testing.fake_model.fake_replies import wrong_key

OWN = """
from parleyrun import Agent

class Loud(Agent):
    def __init__(self, opt, shared=None):
        super().__init__(opt, shared)
        if shared is None:
            print("loading")

    def act(self):
        return {"id": "loud", "text": "HELLO"}

class Broken(Loud):
    def act(self):
        raise ValueError("no words")
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `models ACTION` on a config with these models: return the exit code, the answer and the rest."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "loud_models.py").write_text(OWN)
    monkeypatch.delitem(sys.modules, "loud_models", raising=False)

    def run(action: str, models: str, bots: str = "{Bot: m}") -> tuple[int, str, str]:
        (tmp_path / "c.yml").write_text(
            f"tasks: {{talk: {{task_world: 'parleyrun.ready:Chat', bots: {bots}}}}}\nmodels:\n{models}"
        )
        out, said = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said), pytest.raises(SystemExit) as ended:
            main(["models", action, "c.yml"])
        return int(ended.value.code or 0), out.getvalue(), said.getvalue()

    return run


def test_each_model_is_built_and_asked_with_a_line_each(run: Run) -> None:
    with FakeModel("Hello!") as server:
        code, out, said = run(
            "check",
            f"  m: {{model: chat_completions, base_url: '{server.base_url}', name: fake, check: false}}\n"
            "  own: {model: 'loud_models:Loud'}\n",
            "{Bot: m, Other: own}",
        )

    assert (code, len(server.requests)) == (0, 1)
    lines = sorted(out.splitlines())
    assert [line.partition(":")[0] for line in lines] == ["model m", "model own"]
    assert lines[0].endswith(f"s (fake at {server.base_url})")
    assert "loading" not in out
    assert "loading" in said


def test_one_that_does_not_answer_says_what_to_do_and_the_command_ends_with_2(run: Run) -> None:
    with FakeModel(wrong_key()) as server:
        code, out, said = run(
            "check",
            f"  m: {{model: chat_completions, base_url: '{server.base_url}'}}\n"
            "  fixed: {model: fixed_response}\n",
            "{Bot: m, Other: fixed}",
        )

    assert code == 2
    assert out.startswith("model fixed: ready in 0.")
    assert said.startswith("parleyrun: model 'm': ")
    assert "Traceback" not in said


def test_what_is_wrong_in_the_code_of_a_model_is_shown_where_it_is(run: Run) -> None:
    code, out, said = run("check", "  m: {model: 'loud_models:Broken'}\n")

    assert (code, out) == (2, "")
    assert "parleyrun: model 'm' does not answer: ValueError: no words" in said
    assert "loud_models.py:15 in act" in said


def test_a_config_that_cannot_be_used_ends_with_2_and_asks_nobody(run: Run) -> None:
    code, out, said = run("check", "  m: {model: fixed_respons}\n")

    assert (code, out) == (2, "")
    assert "did you mean 'fixed_response'?" in said


def test_a_config_without_models_says_so(run: Run) -> None:
    assert run("check", "", "{}") == (0, "c.yml: no models\n", "")
    assert run("list", "", "{}") == (0, "", "")


def test_models_are_listed_with_where_they_sit(run: Run) -> None:
    code, out, _ = run(
        "list",
        "  m: {model: chat_completions, base_url: 'http://localhost:1/v1?key=sk-5', name: small}\n"
        "  spare: {model: fixed_response}\n  idle: {model: repeat_query}\n  guard: {model: fixed_response}\n"
        "moderation: {model: guard}\n",
        "{Bot: {model: m, on_bot_error: {replace_with: spare}}}",
    )

    assert code == 0
    assert out.splitlines() == [
        "m      chat_completions  small at http://localhost:1/v1  talk (Bot)",
        "spare  fixed_response                                    talk (in place of Bot)",
        "idle   repeat_query                                      in no task",
        "guard  fixed_response                                    moderation",
    ]


def test_a_key_in_the_file_is_shown_nowhere(run: Run) -> None:
    code, out, said = run(
        "check",
        "  m: {model: chat_completions, base_url: 'http://127.0.0.1:9/v1', tries: 1, api_key: sk-very-secret}\n",
    )

    assert code == 2
    assert "secret-in-config" in said
    assert "cannot be reached" in said
    assert "sk-very" not in out + said
