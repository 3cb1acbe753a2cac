"""Behind a proxy: below a path, with a slash and without, and where websockets do not get through."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from playwright.sync_api import Page, expect
from serving import Serving, below
from test_client_addresses import came_from

from parleyrun import Operator

pytestmark = pytest.mark.process

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy.md"
NO_NGINX = "there is no nginx on this machine; install the package 'nginx' to run its recipe"
NO_CADDY = "there is no Caddy on this machine; install the package 'caddy' to run its recipe"
PATIENCE_SECONDS = 30.0


# The recipe


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


@contextmanager
def nginx(folder: Path, server_block: str, port: int) -> Iterator[str]:
    """nginx with this server, until the end of the block."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip(NO_NGINX)
    config = folder / "nginx.conf"
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off; {temporary}\n{server_block}\n}}\n"
    )
    with proxy([program, "-c", str(config), "-e", f"{folder}/error.log"], folder / "error.log", port) as address:
        yield address


@contextmanager
def caddy(folder: Path, site_block: str, port: int) -> Iterator[str]:
    """Caddy with this site, until the end of the block."""
    program = shutil.which("caddy")
    if program is None:
        pytest.skip(NO_CADDY)
    config = folder / "Caddyfile"
    config.write_text(f"{{\n admin off\n auto_https off\n}}\n{site_block}")
    command = [program, "run", "--adapter", "caddyfile", "--config", str(config)]
    with proxy(command, folder / "error.log", port) as address:
        yield address


@contextmanager
def proxy(command: list[str], errors: Path, port: int) -> Iterator[str]:
    """A program that listens on this port, until the end of the block."""
    # Caddy keeps things in the home of its user.
    own = {name: str(errors.parent) for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    with errors.open("wb") as log:
        process = subprocess.Popen(command, stderr=log, env={**os.environ, **own})
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert process.poll() is None, errors.read_text()
                assert time.monotonic() < deadline
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def recipe(port: int, to: int) -> str:
    """The nginx block of the documentation, for these ports."""
    found = re.search(r"```nginx\n(.*?)```", DEPLOY.read_text("utf-8"), re.DOTALL)
    assert found is not None
    block = found[1]
    assert "listen 80;" in block
    assert "127.0.0.1:8765;" in block
    return block.replace("listen 80;", f"listen 127.0.0.1:{port};").replace("127.0.0.1:8765", f"127.0.0.1:{to}")


@pytest.mark.browser
@pytest.mark.parametrize("ending", ["", "/"])
def test_the_nginx_recipe_works(tmp_path: Path, page: Page, ending: str):
    with below("/study") as serving:
        port = free_port()
        with nginx(tmp_path, recipe(port, serving.address[1]), port) as address:
            page.goto(f"{address}/study{ending}")
            expect(page.locator(".line .text")).to_have_text(["menu"])
            page.locator(".quick-reply", has_text="echo").click()
            expect(page.locator("#place")).to_have_text("In conversation")


@pytest.mark.browser
@pytest.mark.parametrize("takes_off", [False, True])
def test_the_console_comes_through_nginx_and_no_log_of_it_has_the_token(
    tmp_path: Path, page: Page, takes_off: bool
):
    with Serving(console=True, channels={"browser": {"port": 0, "base_path": "/study"}}) as serving:
        console = serving.app.console
        assert console is not None
        port = free_port()
        block = recipe(port, serving.address[1]).replace("location", f"access_log {tmp_path}/access.log; location")
        if takes_off:
            block = block.replace("location /study ", "location /study/ ")
            block = block.replace(f"{serving.address[1]};", f"{serving.address[1]}/;")
        with nginx(tmp_path, block, port) as address:
            page.goto(f"{address}/study/console/#token={console.tokens.act}")
            page.get_by_label("Your name").fill("Ada")
            page.get_by_role("button", name="Enter").click()
            # What is live comes at once, and not when the proxy has enough of it.
            expect(page.locator("#state")).to_have_text("all is well")
            page.get_by_role("button", name="Pause all…").click()
            page.get_by_role("button", name="Do it").click()
            expect(page.locator("#state")).to_have_text("all matching paused")
            from_outside = Operator(f"{address}/study", console.tokens.act, name="bob")
            assert [act.by for act in from_outside.acts().acts] == ["Ada"]
        logged = (tmp_path / "access.log").read_text("utf-8")
        assert "POST /study/console/api " in logged
        assert console.tokens.act not in logged


@pytest.mark.browser
@pytest.mark.parametrize("ending", ["", "/"])
def test_nginx_may_take_the_path_off(tmp_path: Path, page: Page, ending: str):
    with below("/study") as serving:
        port = free_port()
        block = recipe(port, serving.address[1]).replace("location /study ", "location /study/ ")
        block = block.replace(f"{serving.address[1]};", f"{serving.address[1]}/;")
        with nginx(tmp_path, block, port) as address:
            page.goto(f"{address}/study{ending}")
            expect(page.locator(".line .text")).to_have_text(["menu"])


@pytest.mark.browser
def test_an_nginx_that_does_not_upgrade_is_told_on_the_page_and_in_the_log(
    tmp_path: Path, page: Page, caplog: pytest.LogCaptureFixture
):
    with below("/study") as serving:
        port = free_port()
        block = re.sub(r".*(Upgrade|http_version).*\n", "", recipe(port, serving.address[1]))
        with nginx(tmp_path, block, port) as address:
            page.goto(f"{address}/study")
            expect(page.locator("#status")).to_contain_text("conversations do not get through")
    assert len([record for record in caplog.records if "without its upgrade" in record.getMessage()]) == 1


def caddy_recipe(port: int, to: int, *, below_a_path: bool) -> str:
    """One of the Caddy blocks of the documentation, for these ports, and without https."""
    blocks = re.findall(r"```\n((?:study\.)?example\.org {.*?)```", DEPLOY.read_text("utf-8"), re.DOTALL)
    block = str(blocks[below_a_path])
    return f"http://127.0.0.1:{port} {block.partition(' ')[2]}".replace("127.0.0.1:8765", f"127.0.0.1:{to}")


@pytest.mark.browser
@pytest.mark.parametrize("where", ["/", "/study", "/study/"])
def test_the_caddy_recipes_work(tmp_path: Path, page: Page, where: str):
    with Serving() if where == "/" else below("/study") as serving:
        port = free_port()
        block = caddy_recipe(port, serving.address[1], below_a_path=where != "/")
        with caddy(tmp_path, block, port) as address:
            page.goto(f"{address}{where}")
            expect(page.locator(".line .text")).to_have_text(["menu"])
            page.locator(".quick-reply", has_text="echo").click()
            expect(page.locator("#place")).to_have_text("In conversation")


def test_through_caddy_people_have_their_own_addresses_and_cannot_make_others_up(tmp_path: Path):
    asked: list[str | None] = []

    class Study(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(came_from(self.client_address[0], *self.headers.get_all("X-Forwarded-For", [])))
            asked.append(self.headers["Host"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Study) as study:
        Thread(target=study.serve_forever, daemon=True).start()
        port = free_port()
        with caddy(tmp_path, caddy_recipe(port, study.server_port, below_a_path=False), port) as address:
            for mine in ("127.0.0.2", "127.0.0.3"):
                with httpx.Client(transport=httpx.HTTPTransport(local_address=mine)) as client:
                    assert client.get(address, headers={"X-Forwarded-For": "192.0.2.66"}).status_code == 204
        study.shutdown()
    assert asked == ["127.0.0.2", f"127.0.0.1:{port}", "127.0.0.3", f"127.0.0.1:{port}"]
