"""`parleyrun serve` for a Facebook page, in a process of its own, with a Graph API of ours."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from serve_lab import Visitor
from serve_process import ServeProcess
from terminal_process import TerminalProcess

from parleyrun.channels.messenger.page_setup.page_requirements import FIELDS
from parleyrun.testing import FakeGraph

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]


@pytest.fixture
def graph() -> Iterator[FakeGraph]:
    with FakeGraph() as graph:
        yield graph


class Page:
    """The lab's config for the fake's page, and what its process is to find in the environment."""

    def __init__(self, lab: Path, graph: FakeGraph) -> None:
        self.folder = lab
        self.config = lab / "lab.yml"
        self.add(f"page_id: {graph.page_id}\nchannels: {{messenger: {{graph_url: '{graph.url}'}}}}\n")
        self.env = {
            "PARLEYRUN_PAGE_TOKEN": graph.page_token,
            "PARLEYRUN_APP_SECRET": graph.app_secret,
            "PARLEYRUN_VERIFY_TOKEN": graph.verify_token,
            "XDG_CONFIG_HOME": str(lab / "config"),
        }

    def add(self, text: str) -> None:
        with self.config.open("a") as config:
            config.write(text)

    def served(self, *arguments: str, terminal: bool = False) -> ServeProcess:
        return ServeProcess(
            "lab.yml",
            "--port",
            "0",
            "--grace",
            "0",
            *arguments,
            folder=self.folder,
            env=self.env,
            terminal=terminal,
        )

    def refused(self, *arguments: str) -> str:
        """Return the one line that `serve` says when it cannot open; it must exit with 2."""
        with self.served(*arguments) as process:
            assert process.exit_code() == 2, process.stderr
            assert not [secret for secret in self.env.values() if secret and secret in process.stderr]
            (line,) = [line for line in process.stderr.splitlines() if " INFO " not in line]
            return line


@pytest.fixture
def page(lab: Path, graph: FakeGraph) -> Page:
    return Page(lab, graph)


def test_people_with_messenger_talk_with_the_worlds(page: Page, graph: FakeGraph) -> None:
    with page.served() as process:
        graph.connect(f"{process.ready()}/webhook")
        ann = graph.person("ann")
        ann.gets_started()
        ann.sees("where to?")
        ann.says("echo")
        ann.sees("talk!")
        ann.says("hello")
        ann.sees("hello")
        process.interrupt()
        assert process.exit_code() == 0
        for secret in (graph.page_token, graph.app_secret, graph.verify_token, "hello"):
            assert secret not in process.stderr


def test_one_with_messenger_and_one_at_the_browser_are_paired(page: Page, graph: FakeGraph) -> None:
    with page.served("--channel", "browser", "--channel", "messenger") as process:
        url = process.ready()
        graph.connect(f"{url}/webhook")
        ann = graph.person("ann")
        ann.says("hi")
        ann.sees("where to?")
        ann.says("talk")
        with Visitor(url) as bob:
            bob.goes_to("talk")
            bob.sees("talk!")
            ann.sees("talk!")
            bob.says("hello from the browser")
            ann.sees("hello from the browser")
            ann.says("hello from Messenger")
            bob.sees("hello from Messenger")


def test_the_page_alone_has_no_chat_page_in_the_browser(page: Page, graph: FakeGraph) -> None:
    with page.served() as process:
        url = process.ready()
        with urllib.request.urlopen(f"{url}/healthz") as answer:
            assert answer.status == 200
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{url}/static/chat.js")


def test_a_page_is_subscribed_as_its_door_opens(page: Page, graph: FakeGraph) -> None:
    graph.page.subscribed_fields = {"messages"}
    with page.served() as process:
        process.ready()
        process.wait_for("subscribed the page to messaging_postbacks")
    assert graph.page.subscribed_fields == set(FIELDS)


def test_a_page_is_not_subscribed_where_that_is_not_wanted(page: Page, graph: FakeGraph) -> None:
    graph.page.subscribed_fields = {"messages"}
    with page.served("--no-subscribe") as process:
        process.ready()
    assert graph.page.subscribed_fields == {"messages"}
    assert not [call for call in graph.calls if call.path.endswith("subscribed_apps")]


def test_a_page_that_may_not_be_subscribed_is_one_line(page: Page, graph: FakeGraph) -> None:
    graph.page.subscribed_fields = {"messages"}
    graph.page.permissions.discard("pages_manage_metadata")

    line = page.refused()
    assert "pages_manage_metadata" in line
    assert "--no-subscribe" in line


def test_a_start_that_bypasses_meta_asks_it_nothing(page: Page, graph: FakeGraph) -> None:
    graph.page.subscribed_fields = set()
    with page.served("--bypass-server") as process:
        process.ready()
    assert graph.calls == []


def test_a_page_of_somebody_else_is_one_line(page: Page, graph: FakeGraph) -> None:
    page.config.write_text(page.config.read_text().replace(graph.page_id, "5550001"))

    assert f"'The Fake Page' ({graph.page_id}), but page_id is 5550001" in page.refused()


def test_a_token_that_was_withdrawn_is_one_line(page: Page, graph: FakeGraph) -> None:
    graph.revoke_token()

    assert "--force-page-token" in page.refused()


def test_secrets_that_are_missing_are_one_line(page: Page) -> None:
    for name in ("PARLEYRUN_APP_SECRET", "PARLEYRUN_PAGE_TOKEN"):
        page.env[name] = ""

    line = page.refused()
    assert "PARLEYRUN_PAGE_TOKEN and PARLEYRUN_APP_SECRET" in line
    assert "--insecure-webhook" in line


def test_an_insecure_webhook_opens_without_an_app_secret_and_warns(page: Page, graph: FakeGraph) -> None:
    page.env["PARLEYRUN_APP_SECRET"] = ""
    with page.served("--insecure-webhook") as process:
        process.ready()
        process.wait_for(r"WARNING .*--insecure-webhook")


def test_the_placeholder_page_is_refused_saying_that_the_browser_needs_none(page: Page, graph: FakeGraph) -> None:
    page.config.write_text(page.config.read_text().replace(graph.page_id, "1"))
    with page.served() as process:
        assert process.exit_code() == 2
        assert "placeholder" in process.stderr
        assert "--channel browser needs no page" in process.stderr
    with page.served("--channel", "browser") as process:
        process.ready()
    assert graph.calls == []


def test_a_token_is_not_asked_for_where_there_is_no_page(page: Page) -> None:
    with page.served("--channel", "browser", "--force-page-token") as process:
        assert process.exit_code() == 2
        assert "--force-page-token is for Messenger" in process.stderr


def test_the_live_view_shows_both_doors_and_who_cannot_be_reached(page: Page, graph: FakeGraph) -> None:
    with page.served("--channel", "browser", "--channel", "messenger", terminal=True) as process:
        url = process.ready()
        graph.connect(f"{url}/webhook")
        process.wait_for(rf"browser {url} ")
        process.wait_for(rf"messenger {url}/webhook +to be sent 0 +cannot be reached 0")
        graph.fail_next(551, psid="ann", times=None)
        graph.person("ann").says("hi")
        process.wait_for(r"cannot be reached 1")
        process.wait_for(r"messenger:ann: \S")


def test_the_example_opens_with_nothing_but_the_pages_id_and_secrets(page: Page, graph: FakeGraph) -> None:
    text = (ROOT / "configs" / "messenger.yml").read_text(encoding="utf-8")
    page.config.write_text(text.replace("  messenger:\n", f"  messenger:\n    graph_url: {graph.url}\n", 1))
    page.env["PYTHONPATH"] = str(ROOT)
    assert f"page_id: {graph.page_id} " in text
    with page.served("--store", ":memory:") as process:
        url = process.ready()
        graph.connect(f"{url}/webhook")
        ann = graph.person("ann")
        ann.gets_started()
        ann.sees("Welcome to the demo!")
        ann.presses("echo")
        ann.sees("Say something!")
        with urllib.request.urlopen(url) as answer:
            assert b"<html" in answer.read()


def test_a_new_token_is_asked_for_on_a_terminal_used_and_kept(page: Page, graph: FakeGraph) -> None:
    class Serve(TerminalProcess):
        def __init__(self, *arguments: str) -> None:
            super().__init__(folder=page.folder)
            self._arguments = [sys.executable, "-m", "parleyrun", "serve", "lab.yml", "--port", "0", *arguments]
            self._env.update(page.env)

    page.env["PARLEYRUN_PAGE_TOKEN"] = ""
    with Serve("--force-page-token") as process:
        process.wait_for("page token of page")
        process.type(f"{graph.page_token}\n")
        assert graph.page_token not in process.wait_for("ready: ")
    with Serve("--force-page-token") as process:
        process.wait_for("page token of page")
        process.type("EAAmistyped\n")
        process.wait_for("the page token does not work")
    with Serve() as process:
        process.wait_for("ready: ")
