"""Each config in tests/broken_configs has something wrong, and beside it what is to be found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parleyrun.cli.validate import find_all
from parleyrun.config.diagnostics import CODES

FOLDER = Path(__file__).parent.parent / "broken_configs"
CONFIGS = sorted(FOLDER.glob("*.yml"))
OF_INSTALLED_PACKAGES = {"bad-extension"}
"""Shown by test_extensions.py, which has a package."""

TOO_LARGE_TO_KEEP = {"too-large"}
OF_MISSING_PACKAGES = {"missing-extra"}
"""Shown by test_watching.py, which hides them."""

OF_STORES = {"would-not-go-on"}
"""Shown by test_validate_store.py, which has a store."""


def expected(config: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(config.with_name(f"{config.stem}.expected.json").read_text())
    return found


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.stem)
def test_a_broken_config_yields_just_what_is_wrong_with_it_and_says_where_and_what(config: Path) -> None:
    plan, findings = find_all(config)

    shown = [
        {"severity": found.severity, "code": found.code, "path": found.path, "line": found.line}
        for found in findings
    ]
    assert shown == expected(config)
    assert (plan is None) == any(found.severity == "error" for found in findings)
    for found in findings:
        assert found.file == str(config)
        assert found.severity == CODES[found.code].severity
        assert found.message
        assert found.line
        assert found.column
        assert not found.message.endswith(".")


def test_there_are_many_broken_configs_and_each_has_its_findings_beside_it() -> None:
    assert len(CONFIGS) >= 40
    assert {path.name for path in FOLDER.glob("*.expected.json")} == {
        f"{config.stem}.expected.json" for config in CONFIGS
    }


def test_every_code_is_shown_by_some_broken_config() -> None:
    shown = {found["code"] for config in CONFIGS for found in expected(config)}

    assert shown == set(CODES) - TOO_LARGE_TO_KEEP - OF_INSTALLED_PACKAGES - OF_STORES - OF_MISSING_PACKAGES
