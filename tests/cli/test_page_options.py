"""What is said of a page token that was asked for, and what goes before it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from parleyrun.app import messenger_page
from parleyrun.cli.common.page_options import settings_of
from parleyrun.config.schema import secret_variables

VARIABLE = secret_variables("page_token", "1", alone=True)[0]


@pytest.mark.parametrize(
    ("forced", "check", "is_set", "said"),
    [
        (False, False, True, ""),
        (True, True, False, ""),
        (True, False, False, "Meta was not asked about this page token, so it is for this start only"),
        (True, True, True, f"{VARIABLE} is set, and goes before this token from the next start on"),
    ],
)
def test_whoever_gives_a_token_is_told_for_how_long_it_holds(monkeypatch, capsys, forced, check, is_set, said):
    pages = (SimpleNamespace(page_id="1"),)
    monkeypatch.setattr(messenger_page, "page_settings", lambda config, **how: pages)
    monkeypatch.delenv(VARIABLE, raising=False)
    if is_set:
        monkeypatch.setenv(VARIABLE, "token")
    assert settings_of(None, force_page_token=forced, check=check) == pages
    assert capsys.readouterr().err == (f"parleyrun: {said}\n" if said else "")
