"""`parleyrun messenger check` and `parleyrun messenger setup`, as they are run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from terminal_process import TerminalProcess

from parleyrun.cli import commands
from parleyrun.testing import FakeGraph


@pytest.fixture
def graph() -> Iterator[FakeGraph]:
    with FakeGraph() as graph:
        yield graph


@pytest.fixture
def page(lab: Path, graph: FakeGraph) -> Path:
    """The lab's config, as one for the fake's page."""
    path = lab / "lab.yml"
    with path.open("a") as config:
        config.write(f"page_id: {graph.page_id}\nchannels: {{messenger: {{graph_url: '{graph.url}'}}}}\n")
    return path


def secrets(graph: FakeGraph, lab: Path) -> dict[str, str]:
    return {
        "PARLEYRUN_PAGE_TOKEN": graph.page_token,
        "PARLEYRUN_APP_SECRET": graph.app_secret,
        "PARLEYRUN_VERIFY_TOKEN": graph.verify_token,
        "XDG_CONFIG_HOME": str(lab / "config"),
    }


def run(*arguments: str | Path, env: dict[str, str]) -> Result:
    return CliRunner().invoke(commands, ["messenger", *map(str, arguments)], env=env)


def test_a_page_is_set_up_and_then_lacks_nothing(lab: Path, page: Path, graph: FakeGraph) -> None:
    env = secrets(graph, lab)
    before = run("check", page, env=env)
    done = run("setup", page, "--greeting", "Come in!", "--menu", "Menu", "--menu", "EXIT", env=env)
    after = run("check", page, env=env)

    assert (before.exit_code, done.exit_code, after.exit_code) == (1, 0, 0)
    assert [line.split()[0] for line in before.stdout.splitlines() if "Get Started" in line] == ["missing"]
    assert "missing" not in after.stdout
    assert done.stdout.splitlines() == [
        f"page: 'The Fake Page' ({graph.page_id})",
        "Get Started button: set",
        "greeting: set",
        "menu: set",
    ]
    assert graph.page.profile["greeting"][0]["text"] == "Come in!"
    (menu,) = graph.page.profile["persistent_menu"]
    assert [item["payload"] for item in menu["call_to_actions"]] == ["Menu", "EXIT"]


def test_left_to_itself_set_up_greets_with_the_task_name_and_lets_people_start_and_leave(
    lab: Path, page: Path, graph: FakeGraph
) -> None:
    run("setup", page, env=secrets(graph, lab))

    assert "lab" in graph.page.profile["greeting"][0]["text"]
    (menu,) = graph.page.profile["persistent_menu"]
    assert [(item["title"], item["payload"]) for item in menu["call_to_actions"]] == [
        ("Start", "GET_STARTED"),
        ("EXIT", "EXIT"),
    ]


def test_a_greeting_and_a_menu_can_be_taken_away(lab: Path, page: Path, graph: FakeGraph) -> None:
    env = secrets(graph, lab)
    run("setup", page, env=env)
    done = run("setup", page, "--greeting", "", "--no-menu", env=env)

    assert done.stdout.splitlines()[1:] == [
        "Get Started button: already as wanted",
        "greeting: removed",
        "menu: removed",
    ]
    assert set(graph.page.profile) == {"get_started"}


def test_no_secret_is_ever_printed(lab: Path, page: Path, graph: FakeGraph) -> None:
    env = secrets(graph, lab)
    graph.page.verify_token = "another"
    printed = run("check", page, env=env).output + run("setup", page, env=env).output
    graph.revoke_token()
    printed += run("check", page, env=env).output + str(run("setup", page, env=env).exception)

    for name in ("PARLEYRUN_PAGE_TOKEN", "PARLEYRUN_APP_SECRET", "PARLEYRUN_VERIFY_TOKEN"):
        assert env[name] not in printed


def test_check_says_where_each_secret_is_from(lab: Path, page: Path, graph: FakeGraph) -> None:
    printed = run("check", page, env=secrets(graph, lab)).stdout

    assert "secret: page token from the environment (PARLEYRUN_PAGE_TOKEN)" in printed
    assert "secret: app secret from the environment (PARLEYRUN_APP_SECRET)" in printed


def test_check_names_each_secret_that_is_not_known_and_checks_what_it_can(
    lab: Path, page: Path, graph: FakeGraph
) -> None:
    env = {**secrets(graph, lab), "PARLEYRUN_APP_SECRET": "", "PARLEYRUN_VERIFY_TOKEN": ""}
    result = run("check", page, env=env)
    without_token = run("check", page, env={**env, "PARLEYRUN_PAGE_TOKEN": ""})

    assert (result.exit_code, without_token.exit_code) == (1, 1)
    assert "the app secret is not known: set PARLEYRUN_APP_SECRET" in result.stdout
    assert "the verify token is not known: set PARLEYRUN_VERIFY_TOKEN" in result.stdout
    assert "permission: pages_messaging is granted" in result.stdout
    assert "permission: it needs a token of this page" in without_token.stdout


def test_set_up_needs_only_the_page_token(lab: Path, page: Path, graph: FakeGraph) -> None:
    env = {**secrets(graph, lab), "PARLEYRUN_APP_SECRET": "", "PARLEYRUN_VERIFY_TOKEN": ""}

    assert run("setup", page, env=env).exit_code == 0
    assert "PARLEYRUN_PAGE_TOKEN" in str(run("setup", page, env={**env, "PARLEYRUN_PAGE_TOKEN": ""}).exception)


def test_each_of_several_pages_is_checked(lab: Path, page: Path, graph: FakeGraph) -> None:
    page.write_text(page.read_text().replace(f"page_id: {graph.page_id}", f"page_id: [{graph.page_id}, 99]"))
    env = {**secrets(graph, lab), f"PARLEYRUN_PAGE_TOKEN_{graph.page_id}": graph.page_token}

    checked = run("check", page, env=env)

    first, second = checked.stdout.split("page 99\n")
    assert checked.exit_code == 1
    assert first.startswith(f"page {graph.page_id}\n")
    assert "page token from the environment" in " ".join(first.split())
    assert "the page token is not known: set PARLEYRUN_PAGE_TOKEN_99" in " ".join(second.split())
    assert "app secret from the environment (PARLEYRUN_APP_SECRET)" in " ".join(second.split())


def test_a_page_of_somebody_else_is_not_set_up(lab: Path, page: Path, graph: FakeGraph) -> None:
    page.write_text(page.read_text().replace(graph.page_id, "5550001"))

    result = run("setup", page, env=secrets(graph, lab))

    assert "but page_id is 5550001" in str(result.exception)
    assert {call.method for call in graph.calls} == {"GET"}


def test_a_config_that_opens_no_page_is_refused_with_what_validate_says(lab: Path) -> None:
    result = run("check", lab / "lab.yml", env={})

    assert result.exit_code == 2
    assert "page_id" in result.stderr


@pytest.mark.process
def test_secrets_are_asked_for_on_a_terminal_and_not_shown(lab: Path, page: Path, graph: FakeGraph) -> None:
    class Check(TerminalProcess):
        def __init__(self) -> None:
            super().__init__(folder=lab)
            self._arguments = [sys.executable, "-m", "parleyrun", "messenger", "check", page.name]
            self._env["XDG_CONFIG_HOME"] = str(lab / "config")

    with Check() as process:
        for what, typed in (
            ("page token", graph.page_token),
            ("app secret", graph.app_secret),
            ("verify token", graph.verify_token),
        ):
            shown = process.wait_for(f"{what} of page {graph.page_id} (not shown): ")
            process.type(f"{typed}\n")
            assert graph.page_token not in shown
        process.wait_for("Get Started")
        assert process.exit_code() == 1
        assert graph.verify_token not in process.rest()
        assert process.is_sane()
    kept = lab / "config" / "parleyrun" / f"messenger-{graph.page_id}.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert run("check", page, env={"XDG_CONFIG_HOME": str(lab / "config")}).exit_code == 1
