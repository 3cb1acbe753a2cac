"""From the body of a webhook request to what happened: every kind, and every way to be wrong."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from typing import Any

import pytest
from cases import case
from webhook_lab import NOW, PAGE, attached, document, echo, event, image, raw, said

from parleyrun.channels.messenger.receiving.notification import MAX_DEPTH, BadNotification, read_notification
from parleyrun.channels.messenger.receiving.webhook_events import (
    DeliveryEvent,
    EchoEvent,
    EditEvent,
    MessageAttachment,
    MessageEvent,
    PostbackEvent,
    ReactionEvent,
    ReadEvent,
    ReferralEvent,
    WebhookEvent,
)
from parleyrun.core.message import FrozenDict


def read(content: Any) -> tuple[list[WebhookEvent], Counter[str]]:
    """Read a document, or bytes; return what happened, and how much of what kind was ignored."""
    ignored: Counter[str] = Counter()
    data = content if isinstance(content, bytes) else raw(content)
    return read_notification(data, PAGE, NOW, lambda kind: ignored.update([kind])), ignored


def read_one(messaging: Any) -> WebhookEvent:
    found, ignored = read(document(messaging))
    assert ignored == {}
    (happening,) = found
    return happening


class TestKinds:
    def test_a_text(self):
        assert read_one(said("schön – 👍", "m_1")) == MessageEvent(psid="77", at=NOW, mid="m_1", text="schön – 👍")

    def test_a_quick_reply_has_the_words_and_what_stands_behind_them(self):
        assert read_one(said("Yes", quick_reply={"payload": "YES_1"})) == MessageEvent(
            psid="77", at=NOW, mid="m_1", text="Yes", choice="YES_1"
        )

    def test_a_reply_to_another_message(self):
        assert read_one(said("that one", reply_to={"mid": "m_0"})) == MessageEvent(
            psid="77", at=NOW, mid="m_1", text="that one", reply_to="m_0"
        )

    def test_a_first_message_that_says_how_somebody_came(self):
        wrote = read_one(
            said(referral={"ref": "group-b", "source": "SHORTLINK", "type": "OPEN_THREAD", "ad_id": 5})
        )
        assert isinstance(wrote, MessageEvent)
        assert wrote.entry == {"ref": "group-b", "source": "SHORTLINK", "type": "OPEN_THREAD"}

    def test_attachments(self):
        link = {"type": "fallback", "title": "A page", "url": "https://a.example/"}
        sticker = {"type": "image", "payload": {"url": "https://cdn.example/s.png", "sticker_id": 5}}
        wrote = read_one(attached(image(), sticker, link, {"type": "location", "payload": {"coordinates": {}}}))
        assert isinstance(wrote, MessageEvent)
        assert wrote.attachments == (
            MessageAttachment("image", "https://cdn.example/cat.jpg"),
            MessageAttachment("image", "https://cdn.example/s.png", sticker_id=5),
            MessageAttachment("fallback", "https://a.example/", "A page"),
            MessageAttachment("location"),
        )

    def test_a_press_with_how_somebody_came(self):
        pressed = read_one(
            event(postback={"mid": "m_2", "title": "Start", "payload": "GET_STARTED", "referral": {"ref": "x"}})
        )
        assert pressed == PostbackEvent(
            psid="77", at=NOW, mid="m_2", title="Start", payload="GET_STARTED", entry=FrozenDict(ref="x")
        )

    def test_a_press_without_an_id_is_given_one_that_is_the_same_when_it_comes_again(self):
        press = {"title": "Help", "payload": "HELP"}
        first, again, later, other = (
            read_one(event(at=at, postback=postback))
            for at, postback in (
                (NOW - 9, press),
                (NOW - 9, press),
                (NOW - 8, press),
                (NOW - 9, {"title": "Menu", "payload": "MENU"}),
            )
        )
        assert first == again
        assert len({happening.mid for happening in (first, later, other)}) == 3  # type: ignore[union-attr]

    def test_a_link_that_somebody_followed(self):
        assert read_one(event(referral={"ref": "group-b", "type": "OPEN_THREAD"})) == ReferralEvent(
            "77", NOW, FrozenDict(ref="group-b", type="OPEN_THREAD")
        )

    def test_reactions_under_one_message_have_ids_of_their_own(self):
        given = {"mid": "m_1", "action": "react", "reaction": "love", "emoji": "❤"}
        first = read_one(event(at=NOW - 3, reaction=given))
        taken = read_one(event(at=NOW - 2, reaction={"mid": "m_1", "action": "unreact"}))
        again = read_one(event(at=NOW - 1, reaction=given))
        assert isinstance(first, ReactionEvent)
        assert (first.to, first.action, first.emoji) == ("m_1", "react", "❤")
        assert isinstance(taken, ReactionEvent)
        assert (taken.action, taken.emoji) == ("unreact", "")
        assert len({happening.mid for happening in (first, taken, again)}) == 3  # type: ignore[union-attr]

    def test_an_edit(self):
        edited = read_one(event(message_edit={"mid": "m_1", "text": "hallo", "num_edit": 2}))
        assert edited == EditEvent("77", NOW, "edit:m_1:2", "m_1", "hallo")

    def test_an_echo_is_of_the_page_to_a_person(self):
        assert read_one(echo(text="from us", metadata="tag:77:3.0", app_id=5)) == EchoEvent(
            psid="77", at=NOW, mid="m_9", metadata="tag:77:3.0", text="from us"
        )
        assert read_one(echo(text="from the inbox")) == EchoEvent(
            psid="77", at=NOW, mid="m_9", text="from the inbox"
        )

    def test_a_delivery_names_messages_or_a_time_or_both(self):
        stamp = int((NOW - 5) * 1000)
        assert read_one(event(delivery={"mids": ["m_1", "m_2"], "watermark": stamp})) == DeliveryEvent(
            "77", NOW, ("m_1", "m_2"), NOW - 5
        )
        assert read_one(event(delivery={"watermark": stamp})) == DeliveryEvent("77", NOW, (), NOW - 5)
        assert read_one(event(delivery={"mids": ["m_1"]})) == DeliveryEvent("77", NOW, ("m_1",), None)

    def test_a_delivery_of_endless_names_is_cut_to_the_last_ones(self):
        delivered = read_one(event(delivery={"mids": [f"m_{number}" for number in range(20_000)]}))
        assert isinstance(delivered, DeliveryEvent)
        assert (len(delivered.mids), delivered.mids[-1]) == (100, "m_19999")

    def test_a_read_mark(self):
        assert read_one(event(read={"watermark": int((NOW - 5) * 1000)})) == ReadEvent("77", NOW, NOW - 5)


class TestTimes:
    @pytest.mark.parametrize(
        ("timestamp", "at"),
        [
            (int((NOW - 60) * 1000), NOW - 60),
            (int(NOW - 60), NOW - 60),
            (NOW - 0.5, NOW - 0.5),
            (-5, NOW),
            (0, NOW),
            (int(NOW + 999_999), NOW),
            (10**15, NOW),
            (10**4000, NOW),
            (-(10**4000), NOW),
            (1e300, NOW),
            ("1790000000", NOW),
            (True, NOW),
            ([], NOW),
            (None, NOW),
        ],
    )
    def test_a_timestamp_is_taken_for_what_it_is_worth(self, timestamp, at):
        happening = read_one({**said(), "timestamp": timestamp})
        assert happening.at == at

    def test_where_there_is_none_the_entrys_is_taken(self):
        messaging = said()
        del messaging["timestamp"]
        (happening,), _ = read(document(messaging, time=int((NOW - 7) * 1000)))
        assert happening.at == NOW - 7

    def test_the_order_is_kept_where_metas_clock_is_ahead_of_ours(self):
        found, _ = read(document(said("2", "m_2", at=NOW + 2), said("1", "m_1", at=NOW + 1)))
        assert [(happening.text, happening.at) for happening in found] == [("1", NOW), ("2", NOW)]

    def test_what_comes_in_any_order_is_put_in_order_and_what_is_equal_stays_as_it_came(self):
        found, _ = read(
            document(
                said("3", "m_3", at=NOW - 1),
                said("1", "m_1", at=NOW - 3),
                said("2a", "m_2a", at=NOW - 2),
                said("2b", "m_2b", at=NOW - 2),
            )
        )
        assert [happening.text for happening in found] == ["1", "2a", "2b", "3"]  # type: ignore[union-attr]


class TestWhatIsNotForUs:
    def test_all_entries_and_all_their_elements_are_read(self):
        content = {
            "object": "page",
            "entry": [document(said(mid=mid), said(mid=mid * 2))["entry"][0] for mid in "ab"],
        }
        found, _ = read(content)
        assert [happening.mid for happening in found] == ["a", "aa", "b", "bb"]  # type: ignore[union-attr]

    def test_another_page_is_ignored_beside_ours(self):
        content = document(said("for us"))
        content["entry"].insert(0, document(said("not for us"), page="999")["entry"][0])
        found, ignored = read(content)
        assert [happening.text for happening in found] == ["for us"]  # type: ignore[union-attr]
        assert ignored == {"of another page": 1}

    def test_what_another_app_handles_is_ignored_beside_what_is_ours(self):
        found, ignored = read(document(said("ours"), standby=[said("theirs")], changes=[{"field": "feed"}]))
        assert [happening.text for happening in found] == ["ours"]  # type: ignore[union-attr]
        assert ignored == {"standby": 1, "changes": 1}

    def test_an_entry_of_nothing_else_is_no_mistake(self):
        content = document(standby=[event(postback={"title": "x"})])
        del content["entry"][0]["messaging"]
        assert read(content) == ([], {"standby": 1})

    def test_a_message_of_the_page_that_is_no_echo_is_nobodys(self):
        assert read(document(said(psid=PAGE))) == ([], {"from the page": 1})

    @pytest.mark.parametrize("truth", [True, 1, "yes"])
    def test_an_echo_never_becomes_a_persons_message(self, truth):
        found, _ = read(document({**echo(text="x"), "message": {"mid": "m", "text": "x", "is_echo": truth}}))
        assert not any(isinstance(happening, MessageEvent) for happening in found)

    @pytest.mark.parametrize(
        "kind", ["optin", "pass_thread_control", "take_thread_control", "app_roles", "policy_enforcement"]
    )
    def test_kinds_that_nobody_here_knows_are_counted_by_their_name(self, kind):
        messaging = event(**{kind: {"x": 1}})
        del messaging["sender"]
        assert read(document(messaging)) == ([], {kind: 1})

    def test_another_product_is_ignored(self):
        assert read({**document(said()), "object": "instagram"}) == ([], {"of another object than a page": 1})


def nested(levels: int) -> bytes:
    return b'{"object":"page","x":' + b"[" * levels + b"]" * levels + b"}"


class TestBadBodies:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"hello",
            b"null",
            b"5",
            b'"page"',
            b"[]",
            raw(document(said()))[:-1],
            raw(document(said())) + b"}",
            b'{"object": "page", "entry": NaN}',
            b'{"object": "page", "n": Infinity}',
            b'{"object": "page", "n": 1e999}',
            b'{"object": "page", "n": ' + b"9" * 5_000 + b"}",
            '{"object": "page"}'.encode("utf-16"),
            b'\xef\xbb\xbf{"object": "page"}',
            b'{"object": "\xff"}',
            b'{"object": "\xed\xa0\x80"}',
        ],
    )
    def test_what_is_no_json_object_is_refused(self, content):
        with pytest.raises(BadNotification):
            read(content)

    @pytest.mark.parametrize("content", [nested(MAX_DEPTH), b"[" * 500_000, b'{"a":' * 100_000])
    def test_depth_is_bounded_before_anything_is_parsed(self, content):
        with pytest.raises(BadNotification, match="levels"):
            read(content)

    def test_many_brackets_side_by_side_or_in_words_are_not_depth(self):
        smileys = "[" * 500 + '"\\' + "{" * 500
        found, ignored = read(document(*(said(smileys, f"m_{number}") for number in range(100))))
        assert (len(found), ignored) == (100, {})
        assert all(happening.text == smileys for happening in found)  # type: ignore[union-attr]
        with pytest.raises(BadNotification, match="levels"):
            read(raw({"words": smileys, "depth": json.loads(nested(MAX_DEPTH + 1))}))

    @pytest.mark.parametrize("filler", ['\\"', '"', "\\", "[", '"[', '\\"{'])
    def test_a_body_that_is_made_to_be_slow_is_not(self, filler):
        # Two megabytes: anything that looks at a byte more than a few times would take hours.
        with pytest.raises(BadNotification):
            read(b"[" * 40 + b'"' + filler.encode() * (2_000_000 // len(filler)))


ODD: list[Any] = [None, True, 0, -1, 1.5, 10**30, "", "x", "\ud800", [], [[]], {}, {"id": {}}, {"mid": 5}]

FULL = document(
    said(
        "hello",
        reply_to={"mid": "m_0"},
        quick_reply={"payload": "x"},
        referral={"ref": "r"},
        attachments=[{"type": "image", "payload": {"url": "https://x", "title": "t", "sticker_id": 1}}],
    ),
    echo(metadata="m"),
    event(postback={"mid": "m_2", "title": "t", "payload": "p", "referral": {"ref": "r"}}),
    event(referral={"ref": "r", "source": "s", "type": "t"}),
    event(reaction={"mid": "m_1", "action": "react", "emoji": "❤", "reaction": "love"}),
    event(message_edit={"mid": "m_1", "text": "t", "num_edit": 1}),
    event(delivery={"mids": ["m_1"], "watermark": 5}),
    event(read={"watermark": 5}),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return (
        [path, *(place for key, item in inner for place in places(item, (*path, key)))]
        if path
        else [place for key, item in inner for place in places(item, (key,))]
    )


class TestWrongTypes:
    def test_at_every_key_it_ends_well_and_the_rest_is_read(self):
        for place, value in itertools.product(places(FULL), ODD):
            untouched = 8 - (place[:3] == ("entry", 0, "messaging"))
            content = json.loads(raw(FULL))
            self.holder(content, place)[place[-1]] = value
            with case(place, value):
                found, _ = read(content)
                if len(place) > 3:
                    assert len(found) >= untouched
                self.check(found)

    def test_at_every_key_it_may_be_missing(self):
        for place in places(FULL):
            content = json.loads(raw(FULL))
            del self.holder(content, place)[place[-1]]
            with case(place):
                self.check(read(content)[0])

    def holder(self, content, place):
        for key in place[:-1]:
            content = content[key]
        return content

    def check(self, found: list[WebhookEvent]) -> None:
        for happening in found:
            happening.psid.encode()
            assert 0 < len(happening.psid) <= 128
            assert 0 < happening.at <= NOW
            if isinstance(happening, MessageEvent):
                happening.text.encode()
                assert happening.mid

    @pytest.mark.parametrize(
        "messaging",
        [
            said(mid=""),
            said(mid="m" * 513),
            said(mid="\ud800"),
            said(psid=""),
            said(psid="../../etc"),
            said(psid="7" * 129),
            said(psid="7\n"),
            event(message="hello"),
            event(message=None),
            event(postback={"mid": "m"}),
            event(at=None, postback={"payload": "p"}) | {"timestamp": -1},
            event(referral={}),
            event(reaction={"mid": "m", "action": "sing"}),
            event(message_edit={"mid": "m", "text": "t", "num_edit": True}),
            event(message_edit={"mid": "m", "text": "t", "num_edit": 10**4000}),
            event(delivery={}),
            event(read={}),
            {},
            5,
        ],
    )
    def test_what_cannot_be_used_is_counted_as_malformed(self, messaging):
        assert read(document(messaging)) == ([], {"malformed": 1})

    def test_a_message_of_which_meta_tells_nothing_is_a_message(self):
        found, ignored = read(document(said(None)))
        assert [(message.mid, message.text, message.attachments) for message in found] == [("m_1", "", ())]
        assert not ignored

    def test_half_a_surrogate_pair_in_words_is_shown_as_such(self):
        wrote = read_one(said("a\ud83d"))
        assert isinstance(wrote, MessageEvent)
        assert wrote.text == "a�"
