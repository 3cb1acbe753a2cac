"""From values to a Config."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from parleyrun.config.plan import check, config_from_mapping, load_config
from parleyrun.config.schema import BrowserConfig, Config, Limits, MessengerConfig
from parleyrun.core.opt import Opt
from parleyrun.errors import ConfigError

Write = Callable[[str, str], Path]

LEAST: dict[str, Any] = {
    "world_module": "worlds.demo",
    "overworld": "DemoOverworld",
    "tasks": {"chat": {"task_world": "ChatTaskWorld"}},
}
LEAST_TEXT = """\
world_module: worlds.demo
overworld: DemoOverworld
tasks:
  chat: {task_world: ChatTaskWorld}
"""


def config(**more: Any) -> Config:
    return config_from_mapping({**LEAST, **more})


def codes(**more: Any) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        config(**more)
    return [found.code for found in raised.value.findings]


def test_the_reference_config_holds_what_it_says(write: Write) -> None:
    path = write(
        "demo.yml",
        """\
        task_name: demo
        world_module: worlds.demo
        overworld: DemoOverworld
        max_workers: 30
        page_id: 1234
        password: null
        tasks:
          chat:
            onboard_world: ChatOnboardWorld
            task_world: ChatTaskWorld
            agents_required: 2
            max_time_in_pool: 180
            backup_task: echo
          echo: {task_world: EchoTaskWorld}
        opt: {rounds: [1, 2], models: {bot: {kind: fixed}}}
        channels: {browser: {port: 8080}}
        store: {path: ":memory:"}
        limits: {messages_per_second: 5}
        texts: {waiting: "Bitte warten …", turned_away: ""}
        """,
    )

    loaded = load_config(path)

    chat = loaded.tasks["chat"]
    assert (chat.key, chat.onboard_world, chat.agents_required) == ("chat", "ChatOnboardWorld", 2)
    assert (chat.max_time_in_pool, chat.backup_task) == (180.0, "echo")
    assert loaded.tasks["echo"].max_time_in_pool is None
    assert loaded.path == path
    assert (loaded.page_ids, loaded.password) == (("1234",), None)
    assert loaded.browser == BrowserConfig(host="127.0.0.1", port=8080)
    assert loaded.doors == ("browser",)
    assert loaded.limits == Limits(messages_per_second=5.0, text_bytes=65536)
    assert loaded.texts.waiting == "Bitte warten …"
    assert loaded.texts.goodbye
    assert isinstance(loaded.opt, Opt)
    assert loaded.opt["rounds"] == (1, 2)
    assert loaded.marks[("tasks", "chat", "max_time_in_pool")].value.line == 12


def test_what_is_left_out_has_its_default() -> None:
    loaded = config()

    assert (loaded.max_workers, loaded.max_threads, loaded.tick_seconds) == (30, 2000, 5.0)
    assert (loaded.disconnect_grace, loaded.shutdown_grace) == (60.0, 300.0)
    assert (loaded.browser, loaded.doors, loaded.page_ids, loaded.password) == (None, ("browser",), (), None)
    assert (loaded.store.path, loaded.store.synchronous, loaded.store.snapshots) == (None, "full", True)


def test_a_config_cannot_be_changed() -> None:
    loaded = config(opt={"a": {"b": 1}})

    with pytest.raises(TypeError):
        loaded.opt["a"]["b"] = 2
    with pytest.raises(TypeError):
        loaded.tasks["more"] = loaded.tasks["chat"]  # type: ignore[index]  # that it cannot be is the point


def test_timeout_is_the_older_name_of_max_time_in_pool() -> None:
    task = {"task_world": "ChatTaskWorld", "timeout": 90}

    assert config(tasks={"chat": task}).tasks["chat"].max_time_in_pool == 90.0


def test_top_level_keys_may_stand_under_additional_args() -> None:
    loaded = config(additional_args={"page_id": "77", "max_workers": 3, "colour": "red"})

    assert (loaded.page_ids, loaded.max_workers) == (("77",), 3)
    assert dict(loaded.additional_args) == {"colour": "red"}


def test_the_same_key_in_both_places_is_an_error() -> None:
    assert codes(max_workers=3, additional_args={"max_workers": 3}) == ["both-given"]


@pytest.mark.parametrize("password", [None, "none", "None"])
def test_no_password_can_be_written_in_more_than_one_way(password: str | None) -> None:
    assert config(password=password).password is None


@pytest.mark.parametrize("channels", [{"browser": None}, {"browser": {}}])
def test_a_channel_without_settings_is_a_channel(channels: dict[str, Any]) -> None:
    assert config(channels=channels).browser == BrowserConfig()


def test_people_come_by_the_doors_that_are_named_or_by_the_one_that_a_page_tells_of() -> None:
    assert config(page_id=1234).doors == ("messenger",)
    assert config(page_id=1234, channels={"browser": {}}).doors == ("browser",)
    assert config(page_id=1234, channels={"browser": {}, "messenger": None}).doors == ("browser", "messenger")
    assert config().doors == ("browser",)


def test_the_placeholder_page_matters_only_to_messenger() -> None:
    assert codes(page_id=1) == ["placeholder-page-id"]
    assert config(page_id=1, channels={"browser": {}}).page_ids == ("1",)


def test_all_that_is_wrong_comes_at_once() -> None:
    found = codes(max_workers=0, store={"synchronous": "ful"}, texts={"wating": ""}, colour="red")

    assert sorted(found) == ["out-of-range", "unknown-choice", "unknown-key", "unknown-text"]


def test_the_error_says_where_and_all_that_is_wrong(write: Write) -> None:
    path = write("a.yml", LEAST_TEXT + "max_workers: 0\nmax_threads: 0\n")

    with pytest.raises(
        ConfigError, match=r"a\.yml:5:14: error\[out-of-range\].*\n.*a\.yml:6:14: error\[out-of-range\]"
    ) as raised:
        load_config(path)
    assert not raised.value.unreadable


def test_overrides_are_laid_over_the_file(write: Write) -> None:
    path = write("a.yml", LEAST_TEXT + "shutdown_grace: 5\nchannels: {browser: {host: 0.0.0.0, port: 1}}\n")

    loaded = load_config(path, {"shutdown_grace": 0, "channels": {"browser": {"port": 0}}})

    assert loaded.shutdown_grace == 0
    assert loaded.browser == BrowserConfig(host="0.0.0.0", port=0)


def test_an_override_of_none_removes_a_key(write: Write) -> None:
    path = write("a.yml", LEAST_TEXT + "page_id: 1\nchannels: {messenger: {}}\n")

    loaded = load_config(path, {"channels": {"messenger": None, "browser": {}}})

    assert loaded.doors == ("browser",)


def test_an_override_also_replaces_what_stands_under_additional_args(write: Write) -> None:
    path = write("a.yml", LEAST_TEXT + "additional_args: {shutdown_grace: 5}\n")

    assert load_config(path, {"shutdown_grace": 1}).shutdown_grace == 1.0


def test_a_wrong_override_is_not_blamed_on_the_line_it_replaced(write: Write) -> None:
    path = write("a.yml", LEAST_TEXT + "max_workers: 3\n")

    with pytest.raises(ConfigError) as raised:
        load_config(path, {"max_workers": 0})
    assert raised.value.findings[0].line != 5


def test_three_circles_of_backup_tasks_are_told_of_once_each() -> None:
    def task(backup: str | None) -> dict[str, Any]:
        return {"task_world": "W", "max_time_in_pool": 1, "backup_task": backup}

    tasks = {
        "a": task("b"),
        "b": task("c"),
        "c": task("b"),
        "d": task("d"),
        "e": task("f"),
        "f": task("e"),
        "g": task("e"),
    }

    with pytest.raises(ConfigError) as raised:
        config(tasks=tasks)
    assert [found.message.rpartition(": ")[2] for found in raised.value.findings] == [
        "b → c → b",
        "d → d",
        "e → f → e",
    ]


def test_a_long_chain_of_backup_tasks_is_fine() -> None:
    tasks = {str(n): {"task_world": "W", "max_time_in_pool": 1, "backup_task": str(n + 1)} for n in range(3000)}
    tasks["3000"] = {"task_world": "W"}

    assert len(config(tasks=tasks).tasks) == 3001


def test_a_password_is_not_shown_with_the_config() -> None:
    assert "opensesame" not in repr(config(password="opensesame"))


def messenger(**values: Any) -> MessengerConfig:
    loaded = config(page_id=1234, channels={"messenger": values}).messenger
    assert loaded is not None
    return loaded


def test_a_page_is_reached_at_metas_own_address_unless_another_is_given() -> None:
    assert messenger() == MessengerConfig(
        graph_url="https://graph.facebook.com", api_version="v26.0", allow_images=False, max_sends_per_second=250.0
    )
    assert messenger(api_version="v25.0", human_agent=True, max_sends_per_second=300).api_version == "v25.0"


@pytest.mark.parametrize(
    "address",
    ["https://graph.example.org", "https://graph.example.org:8443/a/b", "http://127.0.0.1:1", "http://[::1]:1"],
)
def test_a_token_travels_over_https_or_not_at_all(address: str) -> None:
    assert messenger(graph_url=address).graph_url == address


@pytest.mark.parametrize(
    "address",
    [
        "http://graph.example.org",
        "http://127.0.0.1.example.org",
        "http://localhost@example.org",
        "https://user:word@example.org",
        "https://example.org/?a=b",
        "https://example.org/a b",
        "https://",
        "ftp://example.org",
        "graph.example.org",
    ],
)
@pytest.mark.parametrize("key", ["graph_url", "public_url"])
def test_any_other_address_is_refused(key: str, address: str) -> None:
    assert codes(page_id=1234, channels={"messenger": {key: address}}) == ["wrong-form"]


def test_the_address_that_meta_calls_is_never_http() -> None:
    assert codes(page_id=1234, channels={"messenger": {"public_url": "http://127.0.0.1:1"}}) == ["wrong-form"]


@pytest.mark.parametrize("page_id", ["my-page", "12 34", "12/../34", "१२३"])
def test_the_id_of_a_page_is_all_digits(page_id: str) -> None:
    assert codes(page_id=page_id) == ["wrong-form"]
    assert config(page_id=page_id, channels={"browser": {}}).page_ids == (page_id,)


@pytest.mark.parametrize("page_id", [-5, 1.5, True, {"a": 1}, [], ["1234", 1.5]])
def test_an_id_of_a_page_that_is_wrong_is_not_called_missing_too(page_id: object) -> None:
    assert codes(page_id=page_id, channels={"messenger": {}}) == ["wrong-type"]


SECRETIVE = """\
world_module: worlds.demo
overworld: DemoOverworld
task_name: "${NAME}: ${EMPTY:-a pilot} in $${BRACES}"
max_workers: ${WORKERS}
page_id: ${PAGE}
password: ${PASSWORD}
tasks:
  chat: {task_world: ChatTaskWorld, agents_required: "${PEOPLE}"}
opt: {model: ["${NAME}", 3], key: "${PASSWORD}"}
store: {snapshots: "${SNAPSHOTS}", path: "${FOLDER:-.}/a.db"}
channels:
  messenger:
    page_token: ${TOKEN}
"""
VARIABLES = {
    "NAME": "study",
    "WORKERS": "4",
    "PAGE": "0123",
    "PASSWORD": "0815",
    "PEOPLE": "2",
    "SNAPSHOTS": "no",
    "TOKEN": "EAAtoken",
}


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "EMPTY", "FOLDER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("variables")
def test_values_are_filled_in_from_the_environment(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGE", "1234")

    loaded = load_config(write("a.yml", SECRETIVE))

    assert loaded.task_name == "study: a pilot in ${BRACES}"
    assert (loaded.max_workers, loaded.page_ids, loaded.password) == (4, ("1234",), "0815")
    assert loaded.tasks["chat"].agents_required == 2
    assert loaded.opt == {"model": ("study", 3), "key": "0815"}
    assert type(loaded.opt["key"]) is str
    assert (loaded.store.path, loaded.store.snapshots) == ("./a.db", False)
    assert loaded.messenger is not None
    assert loaded.messenger.page_token == "EAAtoken"


@pytest.mark.usefixtures("variables")
def test_a_secret_from_the_environment_is_neither_warned_of_nor_shown(write: Write) -> None:
    text = SECRETIVE.replace("max_workers: ${WORKERS}", "max_workers: ${TOKEN}").replace("chat:", "${PASSWORD}:")

    plan, findings = check(write("a.yml", text.replace("page_id: ${PAGE}", "page_id: ${TOKEN}")))

    assert plan is None
    assert [(found.code, found.path) for found in findings][:2] == [
        ("wrong-type", "max_workers"),
        ("wrong-form", "page_id"),
    ]
    assert "${TOKEN}" in findings[0].message
    assert not [found for found in findings if "EAAtoken" in str(found) or "0815" in str(found)]
    assert "secret-in-config" not in {found.code for found in findings}


@pytest.mark.usefixtures("variables")
def test_a_variable_that_is_not_set_is_named_with_what_to_do(write: Write) -> None:
    path = write("a.yml", LEAST_TEXT + "task_name: ${EMPTY}\n")

    with pytest.raises(ConfigError, match="expected the variable EMPTY in the environment") as raised:
        load_config(path)

    (found,) = raised.value.findings
    assert "${EMPTY:-…}" in found.hint
    assert "$${EMPTY}" in found.hint


def test_a_colon_within_braces_is_told_to_be_put_into_quotes(write: Write) -> None:
    with pytest.raises(ConfigError) as raised:
        load_config(write("a.yml", "forms: {likes: {ask: I like: to bargain, kind: scale}}\n"))

    assert raised.value.findings[0].hint.startswith("put text that holds ': ' into quotes")


def test_a_reference_that_yaml_cannot_read_is_told_to_be_put_into_quotes(write: Write) -> None:
    with pytest.raises(ConfigError) as raised:
        load_config(write("a.yml", "channels: {messenger: {page_token: ${TOKEN}}}\n"))

    assert raised.value.findings[0].hint == "between { and }, put what holds ${…} into quotes"


def test_values_that_never_were_a_file_are_taken_as_they_are() -> None:
    assert config(task_name="${HOME}").task_name == "${HOME}"


def test_keys_with_an_x_are_the_authors_own(write: Write) -> None:
    text = LEAST_TEXT.replace("{task_world: ChatTaskWorld}", "{<<: *pair, task_world: ChatTaskWorld}")

    loaded = load_config(write("a.yml", "x-pair: &pair {agents_required: 2}\nx-: null\n" + text))

    assert loaded.tasks["chat"].agents_required == 2


@pytest.mark.parametrize("key", ["x", "xs", "xpair"])
def test_other_keys_with_an_x_are_unknown(key: str) -> None:
    assert codes(**{key: {}}) == ["unknown-key"]


def test_tasks_have_the_keys_that_are_written(write: Write) -> None:
    keys = ["1", "yes", "on", "01", "2024-01-01", "1.50", "true", "0x10"]
    listed = "".join(f"\n  {key}: {{task_world: A}}" for key in keys)

    loaded = load_config(write("a.yml", f"world_module: w\noverworld: L\ntasks:{listed}\n"))

    assert list(loaded.tasks) == keys


def test_a_task_that_is_written_twice_is_still_found(write: Write) -> None:
    text = "world_module: w\noverworld: L\ntasks:\n  1: {task_world: A}\n  '1': {task_world: A}\n"

    with pytest.raises(ConfigError, match="expected each key once, got '1' again"):
        load_config(write("a.yml", text))


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("0", "wrong-form"),
        ('"01"', "wrong-form"),
        ("0123", "wrong-form"),
        ("1_000", "wrong-form"),
        ("1", "placeholder-page-id"),
        ("true", "wrong-type"),
        ("1.5", "wrong-form"),
    ],
)
def test_the_id_of_a_page_is_taken_as_it_is_written(write: Write, written: str, code: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_config(write("a.yml", f"{LEAST_TEXT}page_id: {written}\nchannels: {{messenger: }}\n"))

    (found,) = raised.value.findings
    assert (found.code, found.path) == (code, "page_id")


def test_messenger_may_speak_for_several_pages(write: Write) -> None:
    loaded = load_config(write("a.yml", f"{LEAST_TEXT}page_id: [1234, '99', 100001234567890123456789]\n"))
    assert loaded.page_ids == ("1234", "99", "100001234567890123456789")
    assert loaded.doors == ("messenger",)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("[1234, 1]", [("placeholder-page-id", "page_id[1]")]),
        ("[1234, 0123]", [("wrong-form", "page_id[1]")]),
        ("[1234, my-page]", [("wrong-form", "page_id[1]")]),
        ("[1234, '1234']", [("wrong-form", "page_id[1]")]),
        ("[1234, true]", [("wrong-type", "page_id[1]")]),
    ],
)
def test_each_of_several_pages_is_checked(write: Write, written: str, found: list[tuple[str, str]]) -> None:
    with pytest.raises(ConfigError) as raised:
        load_config(write("a.yml", f"{LEAST_TEXT}page_id: {written}\nchannels: {{messenger: }}\n"))
    assert [(finding.code, finding.path) for finding in raised.value.findings] == found


def test_one_token_is_not_for_several_pages() -> None:
    messenger = {"page_token": "EAA", "app_secret": "fits all pages of an app"}
    assert "both-given" in codes(page_id=[1234, 99], channels={"messenger": messenger})


@pytest.mark.parametrize("written", ["1234", '"1234"', "100001234567890123456789"])
def test_digits_are_the_id_of_a_page_with_and_without_quotes(write: Write, written: str) -> None:
    assert load_config(write("a.yml", f"{LEAST_TEXT}page_id: {written}\n")).page_ids == (written.strip('"'),)


def test_keys_of_older_configs_are_pointed_to_their_new_names(write: Write) -> None:
    text = "world_path: w\noverworld: L\nconfigs:\n  chat: {task_name: A, onboarding_name: B}\n"

    with pytest.raises(ConfigError) as raised:
        load_config(write("a.yml", text))

    assert {found.message.rpartition(" ")[2]: found.hint for found in raised.value.findings} == {
        "'world_path'": "it is called 'world_module' here",
        "'configs'": "it is called 'tasks' here",
        "'task_name'": "it is called 'task_world' here",
        "'onboarding_name'": "it is called 'onboard_world' here",
    }
