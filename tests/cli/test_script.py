from __future__ import annotations

from pathlib import Path

import pytest
from terminal_process import run_local

from parleyrun.errors import ScriptError
from parleyrun.terminal.script import ScriptStep, load_script

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "tests" / "scripts").glob("*.yml"))
CONFIGS = sorted((ROOT / "configs").glob("*.yml"))


@pytest.mark.process
@pytest.mark.parametrize("way", [["--bypass-server"], []], ids=["straight", "over the websocket"])
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_examples_do_what_their_scripts_expect(script: Path, way: list[str]) -> None:
    # A script begins with the name of the config that it is for.
    (config,) = (path for path in CONFIGS if script.stem.startswith(f"{path.stem}_"))
    done = run_local(config, "--store", ":memory:", "--script", script, *way, folder=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "expectations were met" in done.stderr


@pytest.mark.process
def test_an_expectation_that_fails_is_shown_as_a_difference(tmp_path: Path) -> None:
    script = tmp_path / "s.yml"
    script.write_text(
        "- says: hi\n- says: echo\n- expects: Say something\n"
        "- says: hello\n- expects: goodbye\n- says: never said\n"
    )
    done = run_local("--bypass-server", "--script", script, folder=tmp_path)
    assert done.returncode == 1
    assert "never said" not in done.stdout
    difference = done.stdout[done.stdout.index("---") :].splitlines()
    assert difference[:2] == [f"--- {script}:5 expected", "+++ seat 1 saw"]
    assert difference[-3:] == [" > hello", "-< …goodbye…", "+< Echo: hello"]


@pytest.mark.process
def test_a_line_meets_one_expectation_only_and_their_order_counts(tmp_path: Path) -> None:
    script = tmp_path / "s.yml"
    script.write_text("- says: hi\n- says: echo\n- says: a\n- expects_exactly: a\n- expects_exactly: a\n")
    done = run_local("--bypass-server", "--script", script, folder=tmp_path)
    assert done.returncode == 1
    assert done.stdout.endswith("\n-< a\n")


@pytest.mark.process
def test_a_script_says_numbers_as_they_stand(tmp_path: Path) -> None:
    script = tmp_path / "s.yml"
    script.write_text('- says: hi\n- says: "1"\n- expects: not on the menu\n')
    assert run_local("--bypass-server", "--script", script, folder=tmp_path).returncode == 0


@pytest.mark.process
def test_the_highest_seat_of_a_script_is_there(tmp_path: Path) -> None:
    script = tmp_path / "s.yml"
    script.write_text("- {seat: 4, says: hi}\n- {seat: 4, expects: Welcome}\n")
    assert run_local("--bypass-server", "--script", script, folder=tmp_path).returncode == 0


@pytest.mark.process
def test_an_unusable_script_ends_with_2_before_anything_is_started(tmp_path: Path) -> None:
    done = run_local("no-such-config.yml", "--script", "none.yml", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "parleyrun: there is no file none.yml\n"


def test_a_script_is_read_with_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "s.yml"
    path.write_text("# talk\n- {seat: 2, says: hi}\n-\n  expects: hello\n- expects_match: ^h\n")
    script = load_script(path)
    assert script.steps == (
        ScriptStep(2, "says", "hi", 2),
        ScriptStep(1, "expects", "hello", 4),
        ScriptStep(1, "expects_match", "^h", 5),
    )
    assert (script.seats, script.expectations) == (2, 2)


@pytest.mark.parametrize(
    ("action", "wanted", "met", "unmet"),
    [
        ("expects", "ell", "hello", "Ell"),
        ("expects_exactly", "hello", "hello", "hello!"),
        ("expects_match", "^h.*o$", "hello", "oh hello"),
    ],
)
def test_the_three_ways_to_expect(action: str, wanted: str, met: str, unmet: str) -> None:
    step = ScriptStep(1, action, wanted, 1)
    assert step.is_met_by(met)
    assert not step.is_met_by(unmet)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1:1: expected a list of steps, and there is nothing in the file"),
        ("says: hi", "1:1: expected a list of steps, got a mapping (begin each step with a dash"),
        ("- hi", "1:3: expected a step such as {seat: 1, says: hello}, got the text 'hi'"),
        ("- {seat: 1}", "1:3: expected one of 'says', 'expects', 'expects_exactly' and 'expects_match', got none"),
        ("- {says: a, expects: b}", "got 'says' and 'expects'"),
        ("- {says: a, expets: b}", "1:13: a step has no key 'expets' (did you mean 'expects'?)"),
        ("- {says: [DONE]}", "1:10: expected text, got a list (put it into quotes: '[DONE]')"),
        ("- says: hi\n- says: yes", "2:9: expected text, got true (put it into quotes)"),
        ("- says: 5", "1:9: expected text, got the number 5 (put it into quotes)"),
        ("- says:", "1:8: expected text, got nothing (null)"),
        ("- {seat: 0, says: hi}", "1:10: expected a whole number from 1 to 20, got the number 0"),
        ("- {seat: 21, says: hi}", "got the number 21"),
        ("- {seat: true, says: hi}", "got true"),
        ("- {seat: two, says: hi}", "got the text 'two'"),
        ("- {expects_match: '('}", "expected a regular expression, but missing )"),
        ("- says: 'hi", "this is not YAML"),
        ("- !!python/name:os.system {}", "expected plain values, got the tag"),
        ("- {says: a, says: b}", "expected each key once"),
        ("- {? [1] : 2, says: a}", "expected a key that is text"),
    ],
)
def test_everything_that_is_wrong_with_a_script_is_told_with_its_place(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "s.yml"
    path.write_text(text)
    with pytest.raises(ScriptError) as caught:
        load_script(path)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{path}:")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "s.yml"
    path.write_text("- {seat: 0, says: hi}\n- {says: 1}\n")
    with pytest.raises(ScriptError) as caught:
        load_script(path)
    assert len(str(caught.value).splitlines()) == 2
