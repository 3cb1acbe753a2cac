"""Whatever is printed is text: nothing in it commands the terminal, and nothing is markup."""

from __future__ import annotations

import json
import logging

import pytest
from click.testing import CliRunner
from live_view_lab import counts

from parleyrun.cli import main
from parleyrun.cli.common.log_formats import JsonFormatter, TextFormatter
from parleyrun.cli.live.live_view import LiveView
from parleyrun.cli.validate import validate
from parleyrun.text import printable_json

NASTY = "a\x1b]52;c;eA==\x07b\x9b2J\u202ec"
HARMLESS = "a�]52;c;eA==�b�2J�c"


def record(message: str) -> logging.LogRecord:
    return logging.LogRecord("x", logging.WARNING, __file__, 1, "%s", (message,), None)


def test_only_a_record_begins_at_the_left_margin() -> None:
    formatted = TextFormatter().format(record(f"{NASTY}\r\nsecond\nthird"))
    assert formatted.endswith(f"WARNING x: {HARMLESS}\n  second\n  third")


def test_json_holds_the_very_words_and_no_command() -> None:
    line = JsonFormatter().format(record(NASTY + "é漢\u200d"))
    assert json.loads(line)["message"] == NASTY + "é漢\u200d"
    assert not any(sign in line for sign in "\x1b\x9b\u202e")
    assert "é漢" in line
    assert json.loads(printable_json({"a": [NASTY]}, indent=2)) == {"a": [NASTY]}


@pytest.mark.parametrize("task", ["[/x]", "[bold]red", NASTY, "two\nlines"])
def test_the_live_view_shows_the_key_of_a_task_as_it_is(task: str, capsys: pytest.CaptureFixture[str]) -> None:
    with LiveView(f"a title {task}", "http://127.0.0.1", lambda: counts(waiting={task: 3})) as view:
        logging.getLogger("x").warning("%s failed", task)
        view.say(f"closing {task}")
    drawn = capsys.readouterr().err
    assert "cannot be drawn" not in drawn
    assert "Traceback" not in drawn
    shown = task.replace(NASTY, HARMLESS).replace("\n", " ")
    assert shown in drawn
    assert "\x1b]52" not in drawn
    assert "\x9b" not in drawn


def test_what_is_wrong_with_a_config_is_shown_as_text(tmp_path) -> None:
    config = tmp_path / "nasty.yml"
    config.write_text(json.dumps({"world_module": "x", "overworld": "O", "tasks": {NASTY: 5}, NASTY: 1}))
    shown = CliRunner().invoke(validate, [str(config)]).output
    assert HARMLESS in shown
    assert not any(sign in shown for sign in "\x1b\x07\x9b\u202e")


def test_an_error_of_the_command_line_is_shown_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([NASTY])
    assert HARMLESS in capsys.readouterr().err
