"""What the fake Graph shows and changes of a page: personas, subscriptions, the profile."""

from __future__ import annotations


def test_personas_are_listed_shown_and_deleted_and_not_changed(client):
    created = client.call("POST", "me/personas", json={"name": "Robin", "profile_picture_url": "https://x.org/r"})
    persona = created.json()["id"]
    assert [each["name"] for each in client.call("GET", "me/personas").json()["data"]] == ["Robin"]
    assert client.call("GET", persona).json()["name"] == "Robin"
    assert client.call("POST", persona, json={"name": "Rob"}).status_code == 400
    assert client.call("DELETE", persona).json() == {"success": True}
    assert client.call("GET", "me/personas").json() == {"data": []}


def test_an_app_that_has_unsubscribed_is_subscribed_to_nothing(client):
    client.call("POST", "me/subscribed_apps", json={"subscribed_fields": "messages"})
    (app,) = client.call("GET", "me/subscribed_apps").json()["data"]
    assert app["subscribed_fields"] == ["messages"]
    assert client.call("DELETE", "me/subscribed_apps").json() == {"success": True}
    assert client.call("GET", "me/subscribed_apps").json() == {"data": []}


def test_what_a_profile_does_not_have_is_refused(client):
    refused = client.call("POST", "me/messenger_profile", json={"colour": "green"})
    assert refused.status_code == 400
    assert "got ['colour']" in refused.json()["error"]["message"]
    assert client.call("POST", "me/messenger_profile", json={}).status_code == 400
    assert client.call("GET", "nothing/of/it").status_code == 400
