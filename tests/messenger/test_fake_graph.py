"""The fake Graph API: it refuses what Meta refuses, and does what Meta does to an app."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import sys
import threading
from contextlib import suppress

import pytest
import requests

import parleyrun.testing
from parleyrun.fake_graph import endpoints
from parleyrun.testing import FakeGraph, VirtualTimers

IMAGE = {"type": "image", "payload": {"url": "https://example.org/a.png"}}


def reply(title, payload="p"):
    return {"content_type": "text", "title": title, "payload": payload}


def button(title="Go"):
    return {"type": "postback", "title": title, "payload": "go"}


class TestSending:
    def test_a_message_is_on_the_screen_and_its_id_in_the_answer(self, graph, client, ann):
        status, body = client.send("ann", "Good morning", metadata="1.0")
        assert (status, body["recipient_id"]) == (200, "ann")
        shown = ann.sees("morning")
        assert (shown.message_id, shown.metadata) == (body["message_id"], "1.0")
        assert ann.heard == ["Good morning"]

    def test_quick_replies_can_be_pressed_until_the_next_message(self, client, ann):
        client.send("ann", "Tea?", quick_replies=[reply("Yes"), reply("No")])
        assert ann.quick_replies == ("Yes", "No")
        client.send("ann", "Or coffee?")
        assert ann.quick_replies == ()
        with pytest.raises(AssertionError, match="quick reply 'Yes'"):
            ann.presses("Yes")

    def test_quick_replies_are_gone_once_the_person_has_written(self, client, ann):
        client.send("ann", "Tea?", quick_replies=[reply("Yes")])
        ann.says("perhaps")
        assert ann.quick_replies == ()

    def test_typing_ends_with_the_message_or_after_20_seconds(self, graph, client, ann):
        client.act("ann", "typing_on")
        assert ann.typing
        client.send("ann", "done")
        assert not ann.typing
        client.act("ann", "typing_on")
        graph.move_clock(hours=21 / 3600)
        assert not ann.typing

    def test_seen_holds_until_the_person_writes_again(self, graph, client, ann):
        assert not ann.is_seen
        client.act("ann", "mark_seen")
        assert ann.is_seen
        graph.move_clock(hours=0.1)
        ann.says("and this?")
        assert not ann.is_seen

    def test_a_persona_speaks_where_it_is_named_at_the_top_level(self, client, ann):
        created = client.call(
            "POST", "me/personas", json={"name": "Robin", "profile_picture_url": "https://x.org/r"}
        )
        client.send("ann", "hi", top={"persona_id": created.json()["id"]})
        assert ann.sees("hi").persona == "Robin"
        assert client.refusal("ann", "hi", top={"persona_id": "1"}) == (100, None)

    def test_a_template_shows_its_text_and_its_buttons(self, graph, hook, client, ann):
        payload = {"template_type": "button", "text": "Go on?", "buttons": [button("Go")]}
        client.send("ann", attachment={"type": "template", "payload": payload})
        assert ann.sees("Go on?").attachment.kind == "template"
        ann.presses_button("Go")
        # Told of that the message was delivered, the app may be before or after it.
        assert [event["postback"]["payload"] for event in hook.events if "postback" in event] == ["go"]

    @pytest.mark.parametrize(
        ("message", "subcode"),
        [
            ({"text": "x" * 2001}, None),
            ({"text": "😀" * 1001}, None),
            ({"text": ""}, None),
            ({}, None),
            ({"text": "x", "attachment": IMAGE}, None),
            ({"text": "x", "metadata": "m" * 1001}, None),
            ({"text": "x", "quick_replies": [reply(str(n)) for n in range(14)]}, None),
            ({"text": "x", "quick_replies": [reply("t" * 21)]}, None),
            ({"text": "x", "quick_replies": [reply("t", "p" * 1001)]}, None),
            ({"text": "x", "quick_replies": [{"title": "t", "payload": "p"}]}, None),
            ({"attachment": {"type": "image", "payload": {"url": "file:///etc/passwd"}}}, 2018008),
            ({"attachment": {"type": "image", "payload": {"attachment_id": "7"}}}, 2018074),
            ({"attachment": {"type": "image", "payload": {}}}, None),
            ({"attachment": {"type": "hologram", "payload": {}}}, None),
            ({"attachment": {"type": "template", "payload": {"template_type": "list"}}}, None),
            (
                {
                    "attachment": {
                        "type": "template",
                        "payload": {"template_type": "button", "text": "x" * 641, "buttons": [button()]},
                    }
                },
                None,
            ),
            (
                {
                    "attachment": {
                        "type": "template",
                        "payload": {"template_type": "button", "text": "x", "buttons": [button()] * 4},
                    }
                },
                None,
            ),
            ({"attachment": {"type": "template", "payload": {"template_type": "generic", "elements": []}}}, None),
        ],
    )
    def test_what_breaks_a_limit_is_refused_with_100_and_shown_to_nobody(self, client, ann, message, subcode):
        status, body = client.send("ann", **message)
        assert (status, body["error"]["code"], body["error"].get("error_subcode")) == (400, 100, subcode)
        assert ann.messages == []

    def test_what_just_keeps_the_limits_is_sent(self, client, ann):
        replies = [reply("t" * 20, "p" * 1000)] * 13
        assert client.send("ann", "x" * 2000, metadata="m" * 1000, quick_replies=replies)[0] == 200
        assert client.send("ann", "😀" * 1000)[0] == 200

    def test_the_messaging_type_must_be_said_and_of_tags_only_one_is_left(self, graph, client, ann):
        graph.page.human_agent_approved = True
        assert client.refusal("ann", "x", kind=None) == (100, None)
        assert client.refusal("ann", "x", kind="MESSAGE_TAG") == (100, None)
        assert client.refusal("ann", "x", kind="MESSAGE_TAG", top={"tag": "ACCOUNT_UPDATE"}) == (100, None)
        assert client.send("ann", "x", kind="MESSAGE_TAG", top={"tag": "HUMAN_AGENT"})[0] == 200

    def test_an_unknown_action_is_refused(self, client, ann):
        assert client.act("ann", "dance")[1]["error"]["code"] == 100

    def test_every_call_is_kept_with_what_was_answered(self, graph, client, ann):
        client.send("ann", "one")
        client.act("ann", "typing_on")
        client.send("nobody", "two")
        sent, action, refused = graph.calls
        assert (sent.status, sent.text, sent.psid) == (200, "one", "ann")
        assert sent.message_id == ann.messages[0].message_id
        assert action.action == "typing_on"
        assert (refused.status, refused.code, refused.subcode) == (400, 100, 2018001)
        assert [call.text for call in graph.sends()] == ["one", "two"]
        assert [call.text for call in graph.sends("ann")] == ["one"]


class TestWhoMayBeWrittenTo:
    def test_nobody_whom_the_page_has_never_met(self, client):
        assert client.refusal("nobody", "x") == (100, 2018001)

    def test_nobody_who_has_not_written(self, graph, client):
        graph.person("bob")
        assert client.refusal("bob", "x") == (10, 2018278)

    def test_for_24_hours_and_then_not_before_they_write_again(self, graph, client, ann):
        graph.move_clock(hours=23.9)
        assert client.send("ann", "x")[0] == 200
        graph.move_clock(hours=0.2)
        assert client.refusal("ann", "x") == (10, 2018278)
        assert client.act("ann", "typing_on")[1]["error"]["code"] == 10
        ann.says("still here")
        assert client.send("ann", "x")[0] == 200

    def test_with_human_agent_for_seven_days_if_the_app_was_approved(self, graph, client, ann):
        graph.move_clock(days=6)
        tagged = {"kind": "MESSAGE_TAG", "top": {"tag": "HUMAN_AGENT"}}
        assert client.refusal("ann", "x", **tagged) == (200, 2018028)
        graph.page.human_agent_approved = True
        assert client.send("ann", "x", **tagged)[0] == 200
        graph.move_clock(days=1)
        assert client.refusal("ann", "x", **tagged) == (10, 2018278)

    def test_nobody_who_has_turned_away_and_everybody_else(self, graph, client, ann):
        bob = graph.person("bob")
        bob.says("hi")
        bob.turns_away()
        assert client.refusal("bob", "x") == (551, None)
        assert client.send("ann", "x")[0] == 200
        bob.comes_back()
        assert client.send("bob", "x")[0] == 200

    def test_reading_and_editing_do_not_open_the_window(self, graph, client, ann):
        graph.move_clock(hours=25)
        ann.reads()
        ann.edits("m_1", "other words")
        assert client.refusal("ann", "x") == (10, 2018278)

    def test_a_clock_that_is_handed_in_counts(self):
        timers = VirtualTimers()
        with FakeGraph(clock=timers) as graph:
            ann = graph.person("ann")
            ann.says("hello")
            assert ann.last_wrote == graph.now() == timers.time()
            timers.advance(3600)
            assert graph.now() == timers.time()


class TestTokens:
    def test_without_the_right_token_nothing_is_sent(self, graph, client, ann):
        client.session.headers["Authorization"] = "Bearer other"
        status, body = client.send("ann", "x")
        assert (status, body["error"]["code"], body["error"]["type"]) == (401, 190, "OAuthException")
        assert ann.messages == []

    def test_a_token_in_the_address_works_and_is_told(self, graph, client, ann):
        del client.session.headers["Authorization"]
        answer = client.call("GET", "me", params={"access_token": graph.page_token})
        assert answer.json()["id"] == graph.page_id
        assert graph.calls[-1].token_in_url

    def test_a_revoked_token_is_good_for_nothing_until_all_is_healed(self, graph, client, ann):
        graph.revoke_token()
        assert client.refusal("ann", "x") == (190, None)
        graph.heal()
        assert client.send("ann", "x")[0] == 200

    def test_another_page_is_not_spoken_for(self, graph, client):
        assert client.call("POST", "12345/messages", json={}).json()["error"]["code"] == 100

    def test_sending_needs_its_permission(self, graph, client, ann):
        graph.page.permissions.clear()
        assert client.refusal("ann", "x")[0] == 230


class TestAttachments:
    def answer_to_an_upload(self, client, kind="image"):
        message = {"attachment": {"type": kind, "payload": {"is_reusable": True}}}
        return client.call(
            "POST",
            "me/message_attachments",
            data={"message": json.dumps(message)},
            files={"filedata": ("cat.png", b"\x89PNG\r\n\x1a\n", "image/png")},
        ).json()

    def upload(self, client, kind="image"):
        return self.answer_to_an_upload(client, kind)["attachment_id"]

    def test_an_upload_that_is_too_large_is_refused(self, client, monkeypatch):
        monkeypatch.setattr(endpoints, "UPLOAD_BYTES", 7)
        error = self.answer_to_an_upload(client)["error"]
        assert (error["code"], error["error_subcode"]) == (100, 2018109)

    def test_an_upload_can_be_sent_for_90_days(self, graph, client, ann):
        id = self.upload(client)
        asked = {"type": "image", "payload": {"attachment_id": id}}
        assert client.send("ann", attachment=asked)[0] == 200
        got = ann.sees_attachment("image")
        assert (got.attachment_id, got.upload.name, got.upload.size_bytes) == (id, "cat.png", 8)
        graph.move_clock(days=90)
        ann.says("hello again")
        assert client.refusal("ann", attachment=asked) == (100, 2018074)

    def test_an_upload_is_sent_only_as_what_it_is(self, client, ann):
        asked = {"type": "video", "payload": {"attachment_id": self.upload(client)}}
        assert client.refusal("ann", attachment=asked) == (100, 2018047)

    def test_a_file_can_come_with_its_message(self, graph, client, ann):
        fields = {
            "recipient": json.dumps({"id": "ann"}),
            "messaging_type": "RESPONSE",
            "message": json.dumps({"attachment": {"type": "file", "payload": {}}}),
        }
        answer = client.call(
            "POST", "me/messages", data=fields, files={"filedata": ("a.txt", b"hi\r\n", "text/plain")}
        )
        assert answer.status_code == 200
        assert ann.sees_attachment("file").upload.size_bytes == 4

    def test_what_meta_cannot_fetch_is_refused(self, graph, client, ann):
        graph.page.unfetchable.add(IMAGE["payload"]["url"])
        assert client.refusal("ann", attachment=IMAGE) == (100, 2018008)


class TestThePage:
    def test_it_tells_who_it_is_and_what_is_allowed(self, graph, client):
        assert client.call("GET", "me", params={"fields": "id,name"}).json() == {
            "id": graph.page_id,
            "name": graph.page.name,
        }
        granted = client.call("GET", "me/permissions").json()["data"]
        assert {"permission": "pages_messaging", "status": "granted"} in granted
        about = client.call("GET", "debug_token", params={"input_token": graph.page_token}).json()["data"]
        assert about["is_valid"]
        assert about["profile_id"] == graph.page_id

    def test_an_app_can_be_subscribed_and_hears_only_of_what_it_asked_for(self, graph, hook, client):
        graph.page.subscribed_fields.clear()
        assert client.call("GET", f"{graph.page_id}/subscribed_apps").json() == {"data": []}
        asked = {"subscribed_fields": "messages,message_reads"}
        assert client.call("POST", f"{graph.page_id}/subscribed_apps", params=asked).json() == {"success": True}
        told = client.call("GET", f"{graph.page_id}/subscribed_apps").json()["data"][0]
        assert told["subscribed_fields"] == ["message_reads", "messages"]
        ann = graph.person("ann")
        ann.gets_started()
        ann.says("hello")
        assert [event["message"]["text"] for event in hook.events] == ["hello"]

    def test_an_unknown_field_cannot_be_subscribed_to(self, graph, client):
        answer = client.call("POST", "me/subscribed_apps", params={"subscribed_fields": "gossip"})
        assert answer.json()["error"]["code"] == 100

    def test_its_profile_is_set_read_and_taken_away(self, graph, client):
        menu = {"persistent_menu": [{"locale": "default"}]}
        assert client.call("POST", "me/messenger_profile", json=menu).json()["error"]["code"] == 100
        client.call("POST", "me/messenger_profile", json={"get_started": {"payload": "GO"}, **menu})
        asked = {"fields": "get_started,greeting"}
        told = client.call("GET", "me/messenger_profile", params=asked).json()
        assert told == {"data": [{"get_started": {"payload": "GO"}}]}
        client.call("DELETE", "me/messenger_profile", json={"fields": ["get_started"]})
        assert client.call("GET", "me/messenger_profile", params=asked).json() == {"data": []}

    def test_a_persona_can_be_deleted(self, graph, client):
        body = {"name": "Robin", "profile_picture_url": "https://x.org/r.png"}
        id = client.call("POST", f"{graph.page_id}/personas", json=body).json()["id"]
        assert client.call("GET", id).json()["name"] == "Robin"
        assert client.call("DELETE", id).json() == {"success": True}
        assert client.call("GET", id).json()["error"]["code"] == 100

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"name": ""}, "a name of 1 to"),
            ({"profile_picture_url": "r.png"}, "profile_picture_url to be an address"),
        ],
    )
    def test_what_is_no_persona_is_refused(self, graph, client, wrong, said):
        body = {"name": "Robin", "profile_picture_url": "https://x.org/r.png", **wrong}
        error = client.call("POST", f"{graph.page_id}/personas", json=body).json()["error"]
        assert (error["code"], said in error["message"]) == (100, True)

    def test_what_does_not_exist_is_refused(self, client):
        for path in ("me/secrets", "nobody"):
            assert client.call("GET", path).json()["error"]["code"] == 100
        assert client.call("POST", "me/messages", data="{", headers={"Content-Type": "application/json"}).json()


class TestFailing:
    def test_a_code_comes_as_often_as_asked_for_in_any_status(self, graph, client, ann):
        graph.fail_next(1200, 7, times=2, http_status=200, transient=True)
        for _ in range(2):
            status, body = client.send("ann", "x")
            assert status == 200
            assert body["error"]["error_subcode"] == 7
            assert body["error"]["is_transient"]
        assert client.send("ann", "x")[0] == 200
        assert len(ann.messages) == 1

    def test_a_failure_can_be_for_one_person_and_for_good(self, graph, client, ann):
        graph.person("bob").says("hi")
        graph.fail_next(2, psid="bob", times=None)
        assert client.refusal("bob", "x") == (2, None)
        assert client.send("ann", "x")[0] == 200
        assert client.refusal("bob", "x") == (2, None)
        graph.heal()
        assert client.send("bob", "x")[0] == 200

    def test_typing_does_not_use_up_a_failure(self, graph, client, ann):
        graph.fail_next(2)
        assert client.act("ann", "typing_on")[0] == 200
        assert client.refusal("ann", "x") == (2, None)

    def test_other_endpoints_fail_too(self, graph, client):
        graph.fail_next(4, endpoint="messenger_profile")
        assert client.call("GET", "me/messenger_profile").json()["error"]["code"] == 4
        assert client.call("GET", "me/messenger_profile").status_code == 200

    def test_a_message_may_have_been_sent_although_it_failed(self, graph, client, ann):
        graph.fail_next(1, 1357046, sent_though=True)
        assert client.refusal("ann", "x") == (1, 1357046)
        ann.sees("x")
        assert graph.calls[-1].message_id == ann.messages[0].message_id

    @pytest.mark.parametrize(("after", "shown"), [(True, ["x"]), (False, [])])
    def test_a_connection_can_drop_after_the_message_went_out_or_before(self, graph, client, ann, after, shown):
        graph.drop_connections(after_accepting=after)
        with pytest.raises(requests.ConnectionError):
            client.send("ann", "x")
        assert ann.heard == shown
        assert graph.calls[-1].status == 0
        assert client.send("ann", "y")[0] == 200

    @pytest.mark.parametrize(("accepting", "meanwhile"), [(True, ["x"]), (False, [])])
    def test_an_answer_can_be_held_back(self, graph, client, ann, accepting, meanwhile):
        answers = []
        with graph.holding("ann", accepting=accepting) as held:
            sending = threading.Thread(target=lambda: answers.append(client.send("ann", "x")))
            sending.start()
            held.wait_for(1)
            assert (ann.heard, answers) == (meanwhile, [])
        sending.join(60)
        assert answers[0][0] == 200
        assert ann.heard == ["x"]

    def test_nobody_waits_for_a_fake_that_is_closed(self):
        with FakeGraph() as graph:
            ann = graph.person("ann")
            ann.says("hi")
            url, headers = f"{graph.url}/v26.0/me/messages", {"Authorization": f"Bearer {graph.page_token}"}
            body = {"recipient": {"id": "ann"}, "messaging_type": "RESPONSE", "message": {"text": "x"}}
            ended = threading.Event()

            def send():
                with suppress(requests.ConnectionError):
                    requests.post(url, json=body, headers=headers, timeout=60)
                ended.set()

            with graph.holding() as held:
                threading.Thread(target=send).start()
                held.wait_for(1)
                graph.close()
                assert ended.wait(60)

    def test_throttling_ends_when_its_time_is_over_and_says_when_that_is(self, graph, client, ann):
        graph.throttle(minutes=60)
        body = {"recipient": {"id": "ann"}, "messaging_type": "RESPONSE", "message": {"text": "x"}}
        answer = client.call("POST", "me/messages", json=body)
        assert answer.json()["error"]["code"] == 613
        told = json.loads(answer.headers["X-Business-Use-Case-Usage"])[graph.page_id][0]
        assert told["estimated_time_to_regain_access"] == 60
        assert json.loads(answer.headers["X-App-Usage"])["call_count"] == 100
        graph.move_clock(hours=0.99)
        assert client.refusal("ann", "x") == (613, None)
        graph.move_clock(hours=0.02)
        assert client.send("ann", "x")[0] == 200

    def test_usage_is_told_where_that_is_asked_for(self, graph, client, ann):
        assert "X-App-Usage" not in client.call("GET", "me").headers
        graph.report_usage(85)
        assert json.loads(client.call("GET", "me").headers["X-App-Usage"])["total_time"] == 85


class TestWebhooks:
    def test_a_webhook_must_know_the_verify_token(self, graph, hook):
        hook.verify_token = "other"
        with pytest.raises(AssertionError, match="to answer the challenge"):
            graph.connect(hook.url)

    def test_bodies_are_escaped_and_signed_as_they_are_sent(self, graph, hook):
        graph.person("ann").says("für / 😀")
        (body,) = hook.bodies
        assert b"f\\u00fcr \\/ \\ud83d\\ude00" in body
        key = graph.app_secret.encode()
        assert hook.signatures == ["sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()]

    def test_the_signature_is_the_one_that_is_known(self, graph):
        graph.page.app_secret = "sesame"
        known = "sha256=f39034b29165ec6a5104d9aef27266484ab26c8caa7bca8bcb2dd02e8be61b17"
        assert graph.webhooks.signature(b"hello world") == known

    def test_what_people_do_comes_as_events(self, graph, hook, client):
        ann = graph.person("ann")
        ann.gets_started("campaign=7")
        mid = ann.says("hello", reply_to="m_0")
        client.send("ann", "Tea?", quick_replies=[reply("Yes", "tea")])
        graph.wait_quiet()
        ann.reads()
        ann.presses("Yes")
        ann.sends_image("https://example.org/cat.png", text="look")
        ann.sends_sticker()
        ann.reacts(mid)
        ann.takes_reaction_back(mid)
        ann.edits(mid, "hallo")
        ann.follows_link("again")
        mine = [event for event in hook.events if event["sender"]["id"] == "ann" and "delivery" not in event]
        assert [(event["sender"]["id"], event["recipient"]["id"]) for event in mine] == [
            ("ann", graph.page_id)
        ] * 10
        started, said, read, pressed, image, sticker, reaction, back, edit, link = mine
        assert started["postback"]["payload"] == "GET_STARTED"
        assert started["postback"]["referral"]["ref"] == "campaign=7"
        assert said["message"] == {"mid": mid, "text": "hello", "reply_to": {"mid": "m_0"}}
        assert read["read"]["watermark"] == round(ann.messages[-1].at * 1000)
        assert pressed["message"]["quick_reply"] == {"payload": "tea"}
        assert image["message"]["text"] == "look"
        assert image["message"]["attachments"][0]["payload"]["url"] == "https://example.org/cat.png"
        assert sticker["message"]["attachments"][0]["payload"]["sticker_id"] == 369239263222822
        assert (reaction["reaction"]["action"], back["reaction"]["action"]) == ("react", "unreact")
        assert edit["message_edit"] == {"mid": mid, "text": "hallo", "num_edit": 1}
        assert link["referral"] == {"ref": "again", "source": "SHORTLINK", "type": "OPEN_THREAD"}
        stamps = [event["timestamp"] for event in mine]
        assert stamps == sorted(set(stamps))

    def test_events_can_come_in_one_post_and_out_of_order(self, graph, hook):
        ann, bob = graph.people("ann", "bob")
        with graph.webhooks.held(order=reversed):
            ann.says("1")
            ann.says("2")
            bob.says("3")
        (post,) = hook.posts
        assert [event["message"]["text"] for event in post] == ["3", "2", "1"]
        assert len(json.loads(hook.bodies[0])["entry"]) == 2

    def test_events_can_come_one_by_one_out_of_order(self, graph, hook):
        ann = graph.person("ann")
        with graph.webhooks.held(in_one=False, order=reversed):
            ann.says("1")
            ann.says("2")
        assert [[event["message"]["text"] for event in post] for post in hook.posts] == [["2"], ["1"]]

    def test_a_body_can_come_twice_and_once_more_later(self, graph, hook):
        graph.webhooks.copies = 2
        graph.person("ann").says("hello")
        graph.webhooks.copies = 1
        graph.webhooks.redeliver()
        assert len(hook.bodies) == 4
        assert len(set(hook.bodies)) == 1

    def test_what_is_not_taken_is_tried_again_and_then_kept(self, graph, hook):
        hook.statuses = [503, 503]
        graph.person("ann").says("one")
        assert graph.webhooks.statuses == [503, 503, 200]
        hook.statuses = [503, 503, 503]
        graph.person("ann").says("two")
        assert len(graph.webhooks.undelivered) == 1
        graph.webhooks.retry()
        assert graph.webhooks.undelivered == []
        assert [event["message"]["text"] for event in hook.events][-1] == "two"

    def test_an_app_that_fails_for_an_hour_is_unsubscribed(self, graph, hook):
        ann = graph.person("ann")
        for _ in range(2):
            hook.statuses = [500] * 3
            ann.says("hello?")
            graph.move_clock(hours=1)
        before = len(hook.bodies)
        ann.says("anybody?")
        assert len(hook.bodies) == before
        assert graph.page.subscribed_fields == set()

    def test_no_webhook_at_all_harms_nobody(self, graph):
        graph.person("ann").says("hello")
        assert graph.webhooks.bodies == []

    def test_an_app_that_is_not_there_is_like_one_that_fails(self, graph):
        graph.connect("http://127.0.0.1:9/webhook", verify=False)
        graph.person("ann").says("hello")
        assert graph.webhooks.statuses == [0, 0, 0]

    def test_any_body_can_be_posted_with_any_signature(self, graph, hook):
        assert graph.webhooks.post(b"{}", "sha256=00") == 200
        assert graph.webhooks.post(b"{}", "") == 200
        assert hook.signatures == ["sha256=00", None]


class TestEchoes:
    def sent(self, graph, hook, client, when):
        graph.echoes = when
        graph.deliveries = "never"
        ann = graph.person("ann")
        ann.says("hello")
        hook.bodies.clear()
        client.send("ann", "x", metadata="tag:1.0")
        assert graph.wait_quiet()
        return [event["message"] for event in hook.events]

    def test_an_echo_comes_from_the_page_with_the_metadata(self, graph, hook, client):
        (echo,) = self.sent(graph, hook, client, "after")
        assert (echo["is_echo"], echo["metadata"], echo["text"]) == (True, "tag:1.0", "x")
        assert hook.events[-1]["sender"]["id"] == graph.page_id
        assert hook.events[-1]["recipient"]["id"] == "ann"

    def test_an_echo_can_come_before_the_answer(self, graph, hook, client):
        graph.echoes = "before"
        graph.person("ann").says("hello")
        with graph.holding() as held:
            sending = threading.Thread(target=lambda: client.send("ann", "x"))
            sending.start()
            held.wait_for(1)
            assert hook.events[-1]["message"]["is_echo"]
        sending.join(60)

    def test_an_echo_can_be_late_or_never_come(self, graph, hook, client):
        assert self.sent(graph, hook, client, "late") == []
        graph.release_echoes()
        assert hook.events[-1]["message"]["is_echo"]
        graph.release_echoes()
        assert len(hook.events) == 1
        assert self.sent(graph, hook, client, "never") == []

    def test_the_echo_comes_even_where_the_answer_does_not(self, graph, hook, client, ann):
        graph.drop_connections()
        with pytest.raises(requests.ConnectionError):
            client.send("ann", "x", metadata="1")
        assert graph.wait_quiet()
        assert [
            event["message"]["metadata"] for event in hook.events if "is_echo" in event.get("message", {})
        ] == ["1"]

    def test_what_somebody_writes_in_the_inbox_has_an_echo_of_no_app(self, graph, hook, ann):
        graph.inbox_says(ann, "a human here")
        ann.sees("a human")
        assert "app_id" not in hook.events[-1]["message"]
        assert hook.events[-1]["message"]["is_echo"]

    @pytest.mark.parametrize(
        ("kind", "keys"), [("with mids", {"watermark", "mids"}), ("without mids", {"watermark"})]
    )
    def test_deliveries_come_with_ids_or_without(self, graph, hook, client, ann, kind, keys):
        graph.deliveries = kind
        client.send("ann", "x")
        assert graph.wait_quiet()
        (delivery,) = [event["delivery"] for event in hook.events if "delivery" in event]
        assert set(delivery) == keys


class TestWaiting:
    def test_what_does_not_come_fails_and_shows_what_came(self, graph, client, ann):
        client.send("ann", "something else")
        with pytest.raises(AssertionError, match=r"ann to see 'this' within 0.01 s, got \['something else'\]"):
            ann.sees("this", within_seconds=0.01)
        with pytest.raises(AssertionError, match=r"expected ann to see typing within 0.01 s"):
            ann.sees_typing(within_seconds=0.01)
        client.act("ann", "mark_seen")
        with pytest.raises(AssertionError, match=r"expected ann to have the button 'Go', got \(\)"):
            ann.presses_button("Go")
        with pytest.raises(AssertionError, match=r"expected rain within 0.01 s; the last calls were"):
            graph.wait_for(lambda: False, "rain", within_seconds=0.01)

    def test_each_look_goes_on_where_the_last_one_ended(self, client, ann):
        client.send("ann", "same")
        client.send("ann", "same")
        assert ann.sees("same").message_id != ann.sees("same").message_id
        with pytest.raises(AssertionError):
            ann.sees("same", within_seconds=0.01)


def test_the_clock_goes_only_ahead(graph):
    with pytest.raises(ValueError, match="ahead"):
        graph.move_clock(hours=-1)


@pytest.mark.process
def test_what_world_authors_import_does_not_load_the_fake():
    code = "import sys, parleyrun.testing; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    costly = {"http.server", "requests", "starlette", "uvicorn", "parleyrun.fake_graph"}
    assert not costly & set(ran.stdout.split())


def test_what_is_not_there_is_said_to_be_missing():
    with pytest.raises(AttributeError, match="no attribute 'FakeGrahp'"):
        parleyrun.testing.FakeGrahp
