"""`parleyrun validate`, as it is run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from unmeasured import unmeasured

from parleyrun.cli import commands, main
from parleyrun.cli.common.findings import load_plan_or_exit, render_findings
from parleyrun.config.diagnostics import Finding
from parleyrun.errors import ChannelError

BROKEN = Path(__file__).parent.parent / "broken_configs"
GOOD = """\
world_module: good_worlds
overworld: Lobby
tasks: {chat: {task_world: Chat}}
"""
GOOD_WORLDS = """\
from parleyrun import World

print("the world module speaks")

class Lobby(World):
    def parley(self):
        return "chat"

class Chat(Lobby):
    def episode_done(self):
        return True
"""


@pytest.fixture(autouse=True)
def _path_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.fixture
def good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "good_worlds.py").write_text(GOOD_WORLDS)
    path = tmp_path / "good.yml"
    path.write_text(GOOD)
    monkeypatch.delitem(sys.modules, "good_worlds", raising=False)
    return path


def validate(*arguments: object) -> Result:
    return CliRunner().invoke(commands, ["validate", *map(str, arguments)])


def exit_code(*arguments: object) -> object:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return stop.value.code


def test_a_good_config_is_said_to_be_good(good: Path) -> None:
    result = validate(good)

    assert result.exit_code == 0
    assert result.stdout == f"{good}: nothing found, it can be run\n"


def test_what_the_world_module_prints_is_no_part_of_the_answer(good: Path) -> None:
    result = validate(good, "--format", "json")

    assert json.loads(result.stdout) == []
    assert "the world module speaks" in result.stderr


def test_a_finding_shows_the_line_a_mark_under_it_and_how_to_mend_it() -> None:
    config = BROKEN / "no_class.yml"

    result = validate(config)

    assert result.exit_code == 1
    assert result.stdout == (
        f"{config}:3:12: error[class-not-found] expected a class 'Loby' in broken_worlds, got none\n"
        "  3 | overworld: Loby\n"
        "    |            ^\n"
        "  mend: did you mean 'Lobby'?\n"
        "\n"
        "1 error\n"
    )


def test_all_findings_come_at_once_in_the_order_of_the_file() -> None:
    result = validate(BROKEN / "many_at_once.yml", "--format", "json")

    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert len(found) == 6
    assert [each["line"] for each in found] == sorted(each["line"] for each in found)


def test_json_findings_have_just_these_keys() -> None:
    (found,) = json.loads(validate(BROKEN / "no_class.yml", "--format", "json").stdout)

    assert found == {
        "severity": "error",
        "code": "class-not-found",
        "path": "overworld",
        "file": str(BROKEN / "no_class.yml"),
        "line": 3,
        "column": 12,
        "message": "expected a class 'Loby' in broken_worlds, got none",
        "hint": "did you mean 'Lobby'?",
    }


def test_warnings_fail_only_where_that_is_asked_for() -> None:
    config = BROKEN / "never_offered.yml"

    assert validate(config).exit_code == 0
    assert "1 warning" in validate(config).stdout
    assert validate(config, "--strict").exit_code == 1


@pytest.mark.parametrize(("name", "said"), [("nowhere.yml", "there is no file"), (".", "is a folder")])
def test_a_file_that_cannot_be_read_is_one_line_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    assert exit_code("validate", tmp_path / name) == 2

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("parleyrun: ")
    assert said in captured.err
    assert captured.err.count("\n") == 1


def test_exit_codes_reach_the_shell() -> None:
    assert exit_code("validate", BROKEN / "no_class.yml") == 1
    assert exit_code("validate", BROKEN / "never_offered.yml") == 0
    assert exit_code("validate") == 2
    assert exit_code("validate", "--nonsense", "a.yml") == 2
    assert exit_code("valdate", "a.yml") == 2
    assert exit_code("--version") == 0


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [(KeyboardInterrupt(), 130, ""), (ChannelError("port 80 is busy"), 2, "parleyrun: port 80 is busy\n")],
)
def test_what_stops_a_command_becomes_its_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    raised: BaseException,
    code: int,
    said: str,
) -> None:
    def stop(path: Path, overrides: object) -> None:
        raise raised

    monkeypatch.setattr("parleyrun.cli.validate.read_plan", stop)

    assert exit_code("validate", "a.yml") == code
    assert capsys.readouterr().err.strip("\n") == said.strip("\n")


def test_a_misspelt_command_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    exit_code("valdate", "a.yml")

    assert "did you mean 'validate'?" in capsys.readouterr().err


@pytest.mark.process
def test_help_names_every_command_without_importing_one() -> None:
    code = (
        "import sys, importlib.metadata; found = set(sys.modules); from parleyrun.cli import commands\n"
        "try: commands(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'yaml', 'rich', 'requests', 'asyncio', 'importlib.metadata', 'parleyrun.config.plan'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules) - found))"  # but for what finding extensions takes
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert all(name in out for name in ("local", "schema", "serve", "validate"))
    assert out.endswith("heavy: []\n")


@pytest.mark.process
def test_validating_imports_nothing_it_does_not_need(good: Path) -> None:
    code = (
        "import sys, importlib; importlib.invalidate_caches(); found = set(sys.modules)\n"  # Python's own
        "from parleyrun.cli import commands\n"
        "try: commands(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "heavy = {'rich', 'requests', 'asyncio', 'json', 'sqlite3', 'difflib', 'traceback', 'uvicorn'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules) - found))"
    )
    command = [sys.executable, "-c", code, "validate", str(good)]

    ran = subprocess.run(command, env=unmeasured(), capture_output=True, text=True, check=True)
    assert ran.stdout.endswith("heavy: []\n")


@pytest.mark.process
def test_the_module_can_be_run_as_a_program(good: Path) -> None:
    command = [sys.executable, "-m", "parleyrun", "validate", str(good)]

    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def finding(**changes: object) -> Finding:
    values = {
        "severity": "error",
        "code": "wrong-type",
        "path": "a",
        "file": "nowhere.yml",
        "line": 1,
        "column": 1,
        "message": "expected a, got b",
        "hint": "",
    }
    return Finding(**{**values, **changes})  # type: ignore[arg-type]  # a test's own mix of values


def test_a_finding_without_a_line_or_a_file_is_shown_without_them() -> None:
    text = render_findings([finding(line=None, column=None), finding(file="gone.yml", severity="warning")])

    assert text == (
        "nowhere.yml: error[wrong-type] expected a, got b\n"
        "\n"
        "gone.yml:1:1: warning[wrong-type] expected a, got b\n"
        "\n"
        "1 error, 1 warning"
    )


def test_a_hint_of_several_lines_stays_indented() -> None:
    assert "  mend: one\n        two" in render_findings([finding(hint="one\ntwo")])


def test_colours_come_only_where_they_are_asked_for() -> None:
    assert "\x1b[" in render_findings([finding()], color=True)
    assert "\x1b[" not in render_findings([finding()])


def test_what_a_file_holds_cannot_command_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text("a: \x1b[2J\x07\n")

    assert "\x1b" not in render_findings([finding(file=str(path))])


def test_of_a_very_long_line_the_part_that_matters_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text("x" * 5000 + "HERE" + "x" * 5000)

    line, caret = render_findings([finding(file=str(path), column=5001)]).splitlines()[1:3]

    assert len(line) < 120
    assert line[caret.index("^") :].startswith("HERE")


def test_a_tab_before_the_mark_does_not_move_it(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text("\tx")

    line, caret = render_findings([finding(file=str(path), column=2)]).splitlines()[1:3]

    assert line.endswith("|     x")
    assert caret.endswith("|     ^")


def test_other_commands_refuse_what_validate_rejects_with_the_same_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    import click

    with pytest.raises(click.exceptions.Exit) as stop:
        load_plan_or_exit(BROKEN / "no_class.yml")

    captured = capsys.readouterr()
    assert stop.value.exit_code == 2
    assert captured.out == ""
    assert captured.err == validate(BROKEN / "no_class.yml").stdout


def test_other_commands_show_warnings_and_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    plan = load_plan_or_exit(BROKEN / "never_offered.yml", {"shutdown_grace": 0})

    assert plan.config.shutdown_grace == 0
    assert "task-never-offered" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        "channels: {messenger: {app_secret: s3cr3t, page_token: 12}}",
        "channels: {messenger: {app_secret: 's3cr3t, and so on', colour: red}}",
        'channels: {messenger: {"app_secret": "s3cr3t", api_version: 26.0}}',
        "channels: {messenger: {app_secrt: s3cr3t}}",
        "channels: {messenger: {Page-Token : s3cr3t}}",
        "channels: {messenger: {page_token: [s3cr3t]}}",
        "{password: s3cr3t, pasword: s3cr3t}: 1",
        "password: [s3cr3t]",
    ],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_what_is_secret_is_never_shown_however_wrong_it_is(good: Path, line: str, form: str) -> None:
    good.write_text(f"{GOOD}page_id: 1234\n{line}\n")

    result = validate(good, "--format", form)

    assert result.exit_code == 1
    assert "s3cr3t" not in result.output


def test_a_secret_in_a_config_is_a_warning_that_says_where_it_belongs(good: Path) -> None:
    good.write_text(f"{GOOD}page_id: 1234\nchannels:\n  messenger:\n    verify_token: s3cr3t\n")

    result = validate(good)

    assert result.exit_code == 0
    assert "PARLEYRUN_VERIFY_TOKEN" in result.stdout
    assert "verify_token: ******\n" in result.stdout
