import re
from pathlib import Path

import pytest

from parleyrun.app import demo as bundled
from parleyrun.errors import ConfigError

CHECKOUT = Path(__file__).parents[2]


def test_in_a_checkout_the_demo_is_the_one_in_configs():
    assert bundled.demo_config_path() == CHECKOUT / "configs" / "demo.yml"


def test_the_config_has_the_one_line_that_building_a_wheel_rewrites():
    text = (CHECKOUT / "configs" / "demo.yml").read_text("utf-8")
    assert len(re.findall(r"^world_module: *worlds\.demo\b", text, re.MULTILINE)) == 1


def test_an_installed_demo_comes_before_one_that_stands_beside_the_package(tmp_path, monkeypatch):
    home = tmp_path / "parleyrun" / "cli" / "bundled"
    home.mkdir(parents=True)
    (home / "demo.yml").touch()
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "demo.yml").touch()
    monkeypatch.setattr(bundled, "__file__", str(home / "__init__.py"))
    assert bundled.demo_config_path() == home / "demo.yml"


def test_an_incomplete_installation_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(bundled, "__file__", str(tmp_path / "a" / "b" / "c" / "__init__.py"))
    with pytest.raises(ConfigError, match="install parleyrun again"):
        bundled.demo_config_path()
