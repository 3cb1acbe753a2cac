"""Where a page's secrets come from, where they are kept, and that nothing shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from parleyrun.channels.messenger.page_secrets import SecretFile, SecretSources, find_secrets, gather_secrets
from parleyrun.channels.messenger.settings import MessengerSettings
from parleyrun.config.schema import MessengerConfig, secret_variables
from parleyrun.errors import ChannelError

ENVIRONMENT = {
    "PARLEYRUN_PAGE_TOKEN": "EAAenv",
    "PARLEYRUN_APP_SECRET": "5ecret",
    "PARLEYRUN_VERIFY_TOKEN": "sesame",
}


@pytest.fixture
def file(tmp_path):
    return SecretFile(tmp_path / "config" / "parleyrun" / "messenger-1234.json")


def nobody(what):
    raise AssertionError(f"nobody was to be asked for the {what}")


def gathered(file, *, config=None, environment=ENVIRONMENT, ask=nobody, **more):
    return gather_secrets(SecretSources(config or MessengerConfig(), file, environment), ask=ask, **more)


def test_the_environment_goes_before_the_config_and_that_before_the_file(file):
    file.add({"page_token": "EAAfile", "app_secret": "filesecret", "verify_token": "fileverify"})
    config = MessengerConfig(page_token="EAAconfig", app_secret="configsecret")

    secrets = gathered(file, config=config, environment={"PARLEYRUN_PAGE_TOKEN": "EAAenv"})

    assert (secrets.page_token, secrets.app_secret, secrets.verify_token) == (
        "EAAenv",
        "configsecret",
        "fileverify",
    )
    found = find_secrets(SecretSources(config, file, {"PARLEYRUN_PAGE_TOKEN": "EAAenv"}))
    assert {name: known.origin for name, known in found.items()} == {
        "page_token": "the environment (PARLEYRUN_PAGE_TOKEN)",
        "app_secret": "the config",
        "verify_token": str(file.path),
    }


def test_what_is_not_known_is_asked_for_and_kept_where_only_its_owner_can_read_it(file):
    typed = {"page token": " EAAtyped\n", "app secret": "typedsecret", "verify token": "typedverify"}

    secrets = gathered(file, environment={}, ask=typed.__getitem__)

    assert (secrets.page_token, secrets.app_secret) == ("EAAtyped", "typedsecret")
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert file.path.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in file.path.parent.iterdir()] == [file.path.name]
    assert gathered(file, environment={}) == secrets


def test_what_was_typed_is_kept_although_the_next_is_not(file):
    def interrupted(what):
        if what == "page token":
            return "EAAtyped"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gathered(file, environment={}, ask=interrupted)

    assert file.read() == {"page_token": "EAAtyped"}


def test_only_what_is_missing_is_asked_for(file):
    asked = []

    def ask(what):
        asked.append(what)
        return "typed"

    gathered(file, environment={**ENVIRONMENT, "PARLEYRUN_APP_SECRET": "  "}, ask=ask)

    assert asked == ["app secret"]


def test_a_page_token_can_be_asked_for_anew(file):
    file.add({"page_token": "EAAold", "app_secret": "kept", "verify_token": "kept"})

    checked = []
    secrets = gathered(
        file,
        environment={},
        ask=lambda what: "EAAnew",
        force_page_token=True,
        check_page_token=checked.append,
    )

    assert checked == ["EAAnew"]
    assert (secrets.page_token, secrets.app_secret) == ("EAAnew", "kept")
    assert file.read() == {"page_token": "EAAnew", "app_secret": "kept", "verify_token": "kept"}


def test_a_mistyped_token_does_not_take_the_place_of_a_good_one(file):
    file.add({"page_token": "EAAold", "app_secret": "kept", "verify_token": "kept"})

    def check(token):
        assert file.read()["page_token"] == "EAAold"
        raise ChannelError(f"{token} does not work")

    with pytest.raises(ChannelError, match="does not work"):
        gathered(
            file,
            environment={},
            ask=lambda what: "EAAmistyped",
            force_page_token=True,
            check_page_token=check,
        )
    assert file.read()["page_token"] == "EAAold"


def test_a_token_that_nobody_may_check_is_used_and_not_kept(file):
    file.add({"page_token": "EAAold", "app_secret": "kept", "verify_token": "kept"})
    secrets = gathered(file, environment={}, ask=lambda what: "EAAunknown", force_page_token=True)
    assert secrets.page_token == "EAAunknown"
    assert file.read()["page_token"] == "EAAold"


def test_one_of_several_pages_has_variables_of_its_own(file):
    names = ("page_token", "app_secret", "verify_token")
    variables = {name: secret_variables(name, "1234", alone=False) for name in names}
    environment = {
        **ENVIRONMENT,
        "PARLEYRUN_PAGE_TOKEN_1234": "EAAown",
        "PARLEYRUN_APP_SECRET_1234": "own",
        "PARLEYRUN_PAGE_TOKEN_99": "EAAother",
    }
    sources = SecretSources(MessengerConfig(), file, environment, variables)
    found = {name: known.value for name, known in find_secrets(sources).items()}
    assert found == {"page_token": "EAAown", "app_secret": "own", "verify_token": "sesame"}
    # What stands there for all pages is no page's token.
    with pytest.raises(ChannelError, match="set PARLEYRUN_PAGE_TOKEN_1234"):
        gather_secrets(SecretSources(MessengerConfig(), file, ENVIRONMENT, variables), ask=None)


def test_a_token_cannot_be_asked_for_where_nobody_is(file):
    with pytest.raises(ChannelError, match="no terminal"):
        gathered(file, ask=None, force_page_token=True)


def test_all_that_is_missing_is_named_at_once(file):
    with pytest.raises(ChannelError) as raised:
        gathered(file, environment={"PARLEYRUN_VERIFY_TOKEN": "sesame"}, ask=None)

    assert "PARLEYRUN_PAGE_TOKEN and PARLEYRUN_APP_SECRET" in str(raised.value)
    assert "VERIFY" not in str(raised.value)
    assert "--insecure-webhook" in str(raised.value)


def test_a_secret_that_is_not_wanted_is_neither_needed_nor_used(file):
    without = {name: value for name, value in ENVIRONMENT.items() if name != "PARLEYRUN_APP_SECRET"}

    for environment in (without, ENVIRONMENT):
        secrets = gathered(file, environment=environment, wanted=("page_token", "verify_token"))
        assert (secrets.page_token, secrets.app_secret, secrets.verify_token) == ("EAAenv", None, "sesame")


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o601])
def test_a_file_that_others_can_read_is_refused_saying_how_to_mend_it(file, mode):
    file.add({"page_token": "EAAfile"})
    file.path.chmod(mode)

    with pytest.raises(ChannelError, match=f"{mode:04o}.*chmod 600") as raised:
        gathered(file, environment={})
    assert "EAAfile" not in str(raised.value)


@pytest.mark.parametrize("content", ["EAAfile", '["EAAfile"]', '{"page_token": ["EAAfile"]}', '{"EAAfile', "\xff"])
def test_a_file_that_cannot_be_understood_is_refused_without_showing_it(file, content):
    file.add({})
    file.path.write_bytes(content.encode("latin-1"))

    with pytest.raises(ChannelError, match="delete it") as raised:
        gathered(file, environment={})
    assert "EAAfile" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "taken").touch()
    file = SecretFile(tmp_path / "taken" / "messenger-1234.json")

    with pytest.raises(ChannelError, match="cannot"):
        gathered(file, environment={}, ask=lambda what: "typed")


@pytest.mark.parametrize("token", ["two words", "naïve", "line\nbreak", "esc\x1b[2J"])
def test_what_cannot_be_a_secret_is_refused_without_showing_it(file, token):
    with pytest.raises(ChannelError, match=r"page token.*copy it again") as raised:
        gathered(file, environment={**ENVIRONMENT, "PARLEYRUN_PAGE_TOKEN": token})
    assert token not in str(raised.value)


def test_a_file_that_is_not_needed_is_not_looked_at(file):
    file.add({"page_token": "EAAfile"})
    file.path.chmod(0o644)

    assert gathered(file).page_token == "EAAenv"


def test_each_page_has_a_file_of_its_own_in_the_users_config_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    named = {"XDG_CONFIG_HOME": "/somewhere"}

    assert SecretFile.of_page("12", named).path == Path("/somewhere/parleyrun/messenger-12.json")
    for environment in ({}, {"XDG_CONFIG_HOME": ""}, {"XDG_CONFIG_HOME": "not/absolute"}):
        path = SecretFile.of_page("12", environment).path
        assert path == tmp_path / ".config" / "parleyrun" / "messenger-12.json"


def test_no_repr_shows_a_secret(file):
    secrets = gathered(file)
    config = MessengerConfig(page_token="EAAenv", app_secret="5ecret", verify_token="sesame")
    settings = MessengerSettings.of("1234", config, secrets)

    for value in (secrets, config, settings, find_secrets(SecretSources(config, file, ENVIRONMENT))):
        for secret in ENVIRONMENT.values():
            assert secret not in repr(value)
