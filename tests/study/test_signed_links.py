"""The secret of signed links, and the links themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from parleyrun.cli import commands
from parleyrun.errors import ChannelError
from parleyrun.study.arrivals import ArrivalReader
from parleyrun.study.signed_links import VARIABLE, LinkSigner, link_secret, signed_link

CONFIG = """
task_name: study
world_module: worlds
overworld: Lobby
arrival: {id: sona, links: signed}
tasks: {chat: {task_world: Chat}}
"""


def test_the_secret_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    secret = link_secret(tmp_path / "a.db", {})
    assert len(secret) >= 32
    assert link_secret(tmp_path / "a.db", {}) == secret != link_secret(tmp_path / "b.db", {})
    kept = tmp_path / "a.db.link-secret"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.db.link-secret", "b.db.link-secret"]
    kept.chmod(0o644)
    with pytest.raises(ChannelError, match="chmod 600"):
        link_secret(tmp_path / "a.db", {})


def test_a_secret_that_does_not_last_or_can_be_guessed_is_none(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match=VARIABLE):
        link_secret(None, {})
    with pytest.raises(ChannelError, match="at least 32"):
        link_secret(None, {VARIABLE: "short"})
    assert link_secret(None, {VARIABLE: "x" * 32}) == b"x" * 32
    (tmp_path / "a.db.link-secret").touch(0o600)
    with pytest.raises(ChannelError, match="at least 32"):
        link_secret(tmp_path / "a.db", {})


def test_a_link_keeps_what_else_its_address_says() -> None:
    link = signed_link("https://x.example/s/?ref=a%26b&sona=old&sig=old#top", "sona", "ä 1", "S")
    assert link == "https://x.example/s/?ref=a%26b&sona=%C3%A4+1&sig=S#top"


def test_the_command_signs_what_the_service_believes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    Path("study.yml").write_text(CONFIG)
    Path("ids.txt").write_text("11\n\n 22 \n")
    asked = ["links", "study.yml", "--base", "https://x.example/", "--from", "ids.txt", "33"]
    result = CliRunner().invoke(commands, asked)
    assert result.exit_code == 0, result.output
    links = result.output.split()
    assert [link.partition("sona=")[2][:2] for link in links] == ["33", "11", "22"]
    arrivals = ArrivalReader(["sona"], LinkSigner(lambda: link_secret(tmp_path / "study.db", {})))
    arrivals.open()
    for link in links:
        assert arrivals.read(dict(pair.split("=") for pair in link.partition("?")[2].split("&"))).fault is None


def run(tmp_path: Path, config: str, *more: str, fed: str | None = None) -> Result:
    (tmp_path / "study.yml").write_text(config)
    asked = ["links", str(tmp_path / "study.yml"), "--store", str(tmp_path / "study.db"), "--base", "https://x/"]
    return CliRunner().invoke(commands, [*asked, *more], input=fed)


def test_links_are_made_up_that_nobody_can_guess(tmp_path: Path) -> None:
    result = run(tmp_path, CONFIG.replace("signed", "single_use"), "--count", "40")
    assert result.exit_code == 0, result.output
    ids = {link.partition("sona=")[2].partition("&")[0] for link in result.output.split()}
    assert len(ids) == 40
    assert all(len(each) >= 22 for each in ids)


def test_a_list_of_ids_may_come_from_a_spreadsheet(tmp_path: Path) -> None:
    (tmp_path / "ids.csv").write_text("\ufeffgroup;sona\n1;11\n\n2;22\n2;11\n")
    result = run(tmp_path, CONFIG, "--ids", str(tmp_path / "ids.csv"))
    assert [link.partition("sona=")[2][:2] for link in result.stdout.split()] == ["11", "22"]
    assert "1 ids stand there more than once" in result.stderr


def test_a_list_of_ids_may_come_from_another_program(tmp_path: Path) -> None:
    result = run(tmp_path, CONFIG, "--from", "-", "--name", "SONA", fed="\ufeff11\n22\n")
    assert result.exit_code == 0, result.output
    assert [link.partition("SONA=")[2][:2] for link in result.stdout.split()] == ["11", "22"]


def test_links_of_made_up_ids_are_of_no_use_where_links_are_open(tmp_path: Path) -> None:
    result = run(tmp_path, CONFIG.replace("links: signed", "links: open"), "--count", "2")
    assert result.exit_code == 2
    assert "single_use" in result.output
    assert run(tmp_path, CONFIG, "--count", "2", "33").exit_code == 2


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--base", "x.example", "1"], "https://"),
        (["--base", "https://x"], "at least one ID"),
        (["--base", "https://x", "1" * 201], "at most 200"),
        (["--base", "https://x", "--name", "other", "1"], "to be one of sona"),
    ],
)
def test_what_cannot_be_signed_is_said(more: list[str], said: str, tmp_path: Path) -> None:
    config = tmp_path / "study.yml"
    config.write_text(CONFIG)
    result = CliRunner().invoke(commands, ["links", str(config), *more])
    assert result.exit_code == 2
    assert said in result.output
