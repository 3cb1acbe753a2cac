"""A world module may know its page's token: ParlAI's `get_app_token`."""

from types import SimpleNamespace

import pytest

from parleyrun.app.module_token import config_with_module_token
from parleyrun.config.plan import config_from_mapping, make_plan
from parleyrun.core.worlds import World
from parleyrun.errors import ChannelError


class Lobby(World):
    def parley(self):
        return "EXIT"


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.delenv("PARLEYRUN_PAGE_TOKEN", raising=False)


def token_with(get_app_token, page_token=None):
    messenger = {"page_token": page_token} if page_token else {}
    values = {
        "world_module": "w",
        "overworld": "Lobby",
        "tasks": {},
        "page_id": "77",
        "channels": {"messenger": messenger},
    }
    worlds = SimpleNamespace(Lobby=Lobby, get_app_token=get_app_token)
    config = config_with_module_token(make_plan(config_from_mapping(values), worlds))
    return None if config.messenger is None else config.messenger.page_token


def never():
    raise AssertionError("asked for nothing")


def test_it_is_asked_where_neither_environment_nor_config_has_one(monkeypatch):
    assert token_with(lambda: " EAAmodule ") == "EAAmodule"
    assert token_with(never, page_token="EAAconfig") == "EAAconfig"
    monkeypatch.setenv("PARLEYRUN_PAGE_TOKEN", "EAAenvironment")
    assert token_with(never) is None


def test_one_that_fails_is_named_without_its_words():
    def fails():
        raise ValueError("EAAsecret")

    with pytest.raises(ChannelError, match=r"get_app_token\(\) of the world module raised ValueError") as caught:
        token_with(fails)
    assert "EAAsecret" not in str(caught.value)


@pytest.mark.parametrize("token", ["", "  ", None, 5])
def test_one_that_returns_no_token_is_an_error(token):
    with pytest.raises(ChannelError, match="expected get_app_token"):
        token_with(lambda: token)
