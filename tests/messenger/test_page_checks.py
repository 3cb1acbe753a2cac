"""`parleyrun messenger check`, step by step: what is ready, what is missing, what could not be looked at."""

from __future__ import annotations

import socket
from unittest.mock import Mock

import pytest
import requests
from cases import case

from parleyrun.channels.messenger.graph.graph_client import GraphClient
from parleyrun.channels.messenger.page_setup.messenger_profile import MessengerProfile, apply_profile
from parleyrun.channels.messenger.page_setup.page_checks import run_page_checks
from parleyrun.channels.messenger.page_setup.public_webhook import PublicWebhook
from parleyrun.channels.messenger.receiving.signature import is_signed
from parleyrun.channels.messenger.settings import MessengerSettings
from parleyrun.errors import ChannelError


@pytest.fixture
def client(graph):
    client = GraphClient(
        graph_url=graph.url, api_version="v26.0", page_id=graph.page_id, page_token=graph.page_token
    )
    yield client
    client.close()


@pytest.fixture
def look(graph, client):
    """Take all steps for the page; return how each stands, and what was found."""

    def look(public_url=None, **changes):
        known = {
            "page_id": graph.page_id,
            "page_token": graph.page_token,
            "app_secret": graph.app_secret,
            "verify_token": graph.verify_token,
        }
        settings = MessengerSettings(**{**known, **changes})
        return {step.name: step for step in run_page_checks(settings, client, public_url, "my.yml")}

    return look


def states(steps):
    return {name: step.state for name, step in steps.items()}


def test_a_page_that_is_ready_lacks_nothing(graph, client, look, hook):
    list(apply_profile(client, MessengerProfile("Welcome!")))

    steps = look(hook.url)

    assert states(steps) == {
        "page token": "ok",
        "page": "ok",
        "permission": "ok",
        "app secret": "ok",
        "subscription": "ok",
        "Get Started button": "ok",
        "webhook address": "ok",
        "webhook signature": "ok",
    }
    assert is_signed(graph.app_secret, hook.bodies[0], hook.signatures[0])
    assert hook.events == []


def test_without_a_token_that_works_the_rest_is_not_checked(graph, look, hook):
    graph.revoke_token()

    steps = look(hook.url)

    assert steps["page token"].state == "missing"
    assert {steps[name].state for name in ("page", "permission", "subscription")} == {"not checked"}
    assert steps["webhook address"].state == "ok"


def test_each_thing_that_is_missing_says_how_to_mend_it(graph, look):
    graph.page.permissions.discard("pages_messaging")
    graph.page.subscribed_fields = {"messages"}

    steps = look(app_secret=None)

    assert states(steps) == {
        "page token": "ok",
        "page": "ok",
        "permission": "missing",
        "app secret": "missing",
        "subscription": "missing",
        "Get Started button": "missing",
        "webhook address": "not checked",
        "webhook signature": "not checked",
    }
    assert "PARLEYRUN_APP_SECRET" in steps["app secret"].found
    assert "messaging_postbacks" in steps["subscription"].found
    assert "parleyrun serve my.yml" in steps["subscription"].found
    assert "parleyrun messenger setup my.yml" in steps["Get Started button"].found
    assert "public_url" in steps["webhook address"].found


def test_looking_changes_nothing(graph, look, hook):
    graph.page.subscribed_fields = set()

    look(hook.url)

    assert {call.method for call in graph.calls} == {"GET"}
    assert graph.page.subscribed_fields == set()


def test_trouble_at_meta_is_told_at_the_step_it_comes_in(graph, look):
    graph.fail_next(2, endpoint="subscribed_apps")

    steps = look()

    assert steps["subscription"].state == "missing"
    assert "error 2" in steps["subscription"].found
    assert steps["permission"].state == "ok"


def test_a_webhook_with_another_verify_token_is_told_without_showing_either(look, hook):
    hook.verify_token = "other"

    steps = look(hook.url)

    assert states(steps)["webhook address"] == "missing"
    assert states(steps)["webhook signature"] == "not checked"
    assert "knows another verify token" in steps["webhook address"].found
    assert "other" not in steps["webhook address"].found.replace("another", "")


def test_a_webhook_with_another_app_secret_is_told(look, hook):
    hook.statuses = [403]

    assert "knows another app secret" in look(hook.url)["webhook signature"].found


def test_the_webhook_is_below_the_public_address_however_that_is_written():
    for address in ("https://chat.example.org", "https://chat.example.org/", "https://chat.example.org/webhook"):
        assert PublicWebhook(address).url == "https://chat.example.org/webhook"


def test_what_answers_in_the_webhooks_place_is_told_from_it(graph):
    with pytest.raises(ChannelError, match="HTTP 401"):
        PublicWebhook(f"{graph.url}/v26.0/me").verify("sesame")


def test_a_webhook_that_is_not_there_is_told_without_its_verify_token():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(ChannelError, match=r"cannot be reached.*parleyrun serve") as raised:
        PublicWebhook(f"http://127.0.0.1:{port}").verify("sesame")
    assert "sesame" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_each_way_in_which_a_webhook_gives_no_answer_is_told_apart(monkeypatch):
    for error, expected in (
        (requests.exceptions.SSLError("of sesame"), "has no certificate that is trusted"),
        (requests.exceptions.ConnectTimeout("of sesame"), "gave no answer in time"),
        (
            requests.exceptions.ChunkedEncodingError("of sesame"),
            r"that can be understood \(ChunkedEncodingError\)",
        ),
    ):
        monkeypatch.setattr(requests, "request", Mock(side_effect=error))
        with case(error), pytest.raises(ChannelError, match=expected) as raised:
            PublicWebhook("https://chat.example.org").verify("sesame")
        assert "of sesame" not in str(raised.value)


def test_a_webhook_that_takes_no_signed_event_is_told_with_its_status(look, hook):
    hook.statuses = [500]
    assert "got HTTP 500" in look(hook.url)["webhook signature"].found
