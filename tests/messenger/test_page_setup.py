"""What Meta is asked about a page before its door opens, and how the page presents itself."""

from __future__ import annotations

import pytest

from parleyrun.channels.messenger.graph.graph_client import GraphClient
from parleyrun.channels.messenger.page_setup import messenger_profile, page_requirements
from parleyrun.channels.messenger.page_setup.messenger_profile import MenuItem, MessengerProfile, apply_profile
from parleyrun.channels.messenger.settings import MessengerSettings
from parleyrun.errors import ChannelError, GraphError

MENU = (MenuItem("Start", "GET_STARTED"), MenuItem("EXIT", "EXIT"))


def settings_for(graph, **changes):
    known = {
        "page_id": graph.page_id,
        "page_token": graph.page_token,
        "app_secret": graph.app_secret,
        "verify_token": graph.verify_token,
        "graph_url": graph.url,
    }
    return MessengerSettings(**{**known, **changes})


@pytest.fixture
def asking(graph):
    """Make a client of the page; with `page_token`, one of another token."""
    clients = []

    def make(page_token=graph.page_token):
        client = GraphClient(
            graph_url=graph.url, api_version="v26.0", page_id=graph.page_id, page_token=page_token
        )
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


def paths(graph):
    return [f"{call.method} {call.path.partition('/v26.0/')[2]}" for call in graph.calls]


def test_a_page_that_is_ready_is_named_and_nothing_is_changed(graph, asking):
    page = page_requirements.verify(asking(), settings_for(graph))

    assert (page.id, page.name) == (graph.page_id, "The Fake Page")
    assert {call.method for call in graph.calls} == {"GET"}


def test_a_token_that_does_not_work_is_told_from_everything_else(graph, asking):
    graph.revoke_token()

    with pytest.raises(ChannelError, match=r"page token does not work.*--force-page-token") as raised:
        page_requirements.verify(asking(), settings_for(graph))
    assert graph.page_token not in str(raised.value)


def test_a_token_of_another_page_is_told_with_both_ids(graph, asking):
    with pytest.raises(ChannelError) as raised:
        page_requirements.verify(asking(), settings_for(graph, page_id="555"))

    assert f"'The Fake Page' ({graph.page_id}), but page_id is 555" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_token_that_may_not_send_is_told_which_permission_it_lacks(graph, asking):
    graph.page.permissions.discard("pages_messaging")

    with pytest.raises(ChannelError, match="lacks the permission pages_messaging"):
        page_requirements.verify(asking(), settings_for(graph))


@pytest.mark.parametrize(("code", "is_allowed"), [(None, True), (10, False), (200, False), (230, False)])
def test_where_a_page_has_no_list_of_permissions_what_needs_them_tells(graph, asking, code, is_allowed):
    graph.fail_next(100, endpoint="permissions")
    if code is not None:
        graph.fail_next(code, endpoint="messenger_profile")

    if is_allowed:
        page_requirements.check_permission(asking())
    else:
        with pytest.raises(ChannelError, match="pages_messaging"):
            page_requirements.check_permission(asking())


def test_other_trouble_while_permissions_are_looked_at_is_not_taken_for_a_missing_one(graph, asking):
    graph.fail_next(2, endpoint="permissions")

    with pytest.raises(GraphError, match="error 2"):
        page_requirements.check_permission(asking())


def test_the_app_secret_is_proved_without_sending_it(graph, asking):
    page_requirements.check_app_secret(asking(), graph.page_token, graph.app_secret)

    (call,) = graph.calls
    assert len(call.params["appsecret_proof"]) == 64
    assert graph.app_secret not in str(call.params)
    assert graph.page_token not in str(call.params)


class Refusing:
    """A client whose every call is refused."""

    def __init__(self, message):
        self._message = message

    def get(self, path, **params):
        raise GraphError(100, message=self._message)


def test_the_secret_of_another_app_is_told(graph, asking):
    with pytest.raises(ChannelError, match="the app secret is not that of the app"):
        page_requirements.check_app_secret(asking(), graph.page_token, "of another app")


def test_another_apps_secret_is_told_from_other_refusals():
    with pytest.raises(ChannelError, match="not that of the app"):
        page_requirements.check_app_secret(
            Refusing("Invalid appsecret_proof provided in the API argument"), "token", "wrong"
        )
    with pytest.raises(GraphError):
        page_requirements.check_app_secret(Refusing("something else"), "token", "secret")


def test_meta_that_cannot_be_reached_is_one_clear_line():
    client = GraphClient(graph_url="http://127.0.0.1:9", api_version="v26.0", page_id="1234", page_token="EAAx")

    with pytest.raises(ChannelError, match=r"cannot ask Meta.*--bypass-server") as raised:
        page_requirements.whose_token(client)
    assert "EAAx" not in str(raised.value)


def test_a_page_is_subscribed_to_what_is_missing_and_keeps_the_rest(graph, asking):
    graph.page.subscribed_fields = {"messages", "standby"}

    new = page_requirements.subscribe(asking())

    assert new == [name for name in page_requirements.FIELDS if name != "messages"]
    assert graph.page.subscribed_fields == {*page_requirements.FIELDS, "standby"}
    assert page_requirements.missing_fields(asking()) == []


def test_a_page_that_is_subscribed_is_left_alone(graph, asking):
    graph.page.subscribed_fields = set(page_requirements.FIELDS)

    assert page_requirements.subscribe(asking()) == []
    assert paths(graph) == [f"GET {graph.page_id}/subscribed_apps"]


def test_a_token_that_may_not_subscribe_is_told_which_permission_it_lacks(graph, asking):
    graph.page.subscribed_fields = set()
    graph.page.permissions.discard("pages_manage_metadata")

    with pytest.raises(ChannelError, match=r"pages_manage_metadata.*--no-subscribe"):
        page_requirements.subscribe(asking())


def test_a_page_gets_its_button_greeting_and_menu_at_once(graph, asking):
    did = list(apply_profile(asking(), MessengerProfile("Welcome!", MENU)))

    assert did == ["Get Started button: set", "greeting: set", "menu: set"]
    assert graph.page.profile["get_started"] == {"payload": "GET_STARTED"}
    assert graph.page.profile["greeting"] == [{"locale": "default", "text": "Welcome!"}]
    (menu,) = graph.page.profile["persistent_menu"]
    assert [(item["title"], item["payload"]) for item in menu["call_to_actions"]] == [
        ("Start", "GET_STARTED"),
        ("EXIT", "EXIT"),
    ]


def test_doing_it_again_changes_nothing(graph, asking):
    list(apply_profile(asking(), MessengerProfile("Welcome!", MENU)))
    before = len(graph.calls)

    did = list(apply_profile(asking(), MessengerProfile("Welcome!", MENU)))

    assert {line.partition(": ")[2] for line in did} == {"already as wanted"}
    assert [call.method for call in graph.calls[before:]] == ["GET"]


def test_only_what_is_different_is_changed_and_what_is_not_wanted_removed(graph, asking):
    list(apply_profile(asking(), MessengerProfile("Welcome!", MENU)))

    did = list(apply_profile(asking(), MessengerProfile("Hello!")))

    assert did == ["Get Started button: already as wanted", "greeting: set", "menu: removed"]
    assert "persistent_menu" not in graph.page.profile
    assert graph.page.profile["greeting"][0]["text"] == "Hello!"


def test_what_meta_adds_to_a_profile_is_no_difference(graph, asking):
    list(apply_profile(asking(), MessengerProfile("Welcome!", MENU)))
    graph.page.profile["persistent_menu"][0]["disabled_surfaces"] = []

    did = list(apply_profile(asking(), MessengerProfile("Welcome!", MENU)))

    assert did[2] == "menu: already as wanted"


def test_somebody_elses_get_started_button_is_not_taken_for_ours(graph, asking):
    graph.page.profile["get_started"] = {"payload": "HELLO"}
    assert not messenger_profile.has_get_started(asking())
    graph.page.profile["get_started"] = {"payload": "GET_STARTED"}
    assert messenger_profile.has_get_started(asking())


@pytest.mark.parametrize(
    "make",
    [
        lambda: MessengerProfile("x" * 161),
        lambda: MessengerProfile(menu=(MenuItem("x" * 31, "x"),)),
        lambda: MessengerProfile(menu=(MenuItem(" ", " "),)),
        lambda: MessengerProfile(menu=(MenuItem("x", "x"),) * 21),
    ],
)
def test_what_meta_would_refuse_is_refused_before_it_is_asked(make):
    with pytest.raises(ChannelError, match="at most"):
        make()
