"""The intake: what the service is told of what happened, what the sending half is, and what Meta is answered."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from webhook_lab import (
    NOW,
    PATIENCE_SECONDS,
    SECRET,
    VERIFY_TOKEN,
    IntakeLab,
    Outside,
    Waiting,
    attached,
    body,
    echo,
    event,
    image,
    said,
)

from parleyrun.channels.messenger.receiving import intake as intake_module
from parleyrun.channels.messenger.receiving.event_delivery import GET_STARTED
from parleyrun.channels.messenger.receiving.inbound_messages import PAGE_INBOX
from parleyrun.channels.messenger.receiving.signature import sign
from parleyrun.channels.messenger.receiving.webhook_events import LIKES
from parleyrun.config.schema import Limits
from parleyrun.config.texts import Texts
from parleyrun.core.message import FrozenDict, Message
from parleyrun.errors import StoreError
from parleyrun.events import (
    Arrived,
    DeliveredThrough,
    Inbound,
    ReadThrough,
    Receipt,
    RefusalReason,
    Sending,
    SentElsewhere,
)
from parleyrun.testing import VirtualTimers

ANN = "messenger:77"


@pytest.fixture
def lab() -> Iterator[IntakeLab]:
    with IntakeLab() as lab:
        yield lab


CAT = FrozenDict(type="image", url="https://cdn.example/cat.jpg")


def sending(seq: int, piece: int = 0, pieces: int = 1) -> Sending:
    return Sending(participant_id=ANN, seq=seq, piece=piece, pieces=pieces, state="sent", at=NOW)


class TestWhatPeopleSay:
    def test_a_text_is_what_they_said_and_keeps_its_id_and_time(self, lab):
        assert lab.take(said("hello", "m_1", at=NOW - 5)) == 200
        assert lab.events == [Inbound(ANN, "m_1", "hello", None, NOW - 5)]

    def test_a_quick_reply_carries_what_stands_behind_it_only_if_that_says_more(self, lab):
        lab.take(
            said("Yes", "m_1", quick_reply={"payload": "Yes"}),
            said("No", "m_2", quick_reply={"payload": "ANSWER_NO"}),
            said(None, "m_3", quick_reply={"payload": "ann@example.org"}),
        )
        assert [(inbound.text, inbound.payload) for inbound in lab.inbounds] == [
            ("Yes", None),
            ("No", {"type": "quick_reply", "value": "ANSWER_NO"}),
            ("ann@example.org", None),
        ]

    def test_a_press_says_its_title_and_carries_what_stands_behind_it(self, lab):
        lab.take(
            event(postback={"mid": "m_1", "title": "Help", "payload": "HELP_ME"}),
            event(postback={"mid": "m_2", "title": "Help", "payload": "Help"}),
            event(postback={"mid": "m_3", "payload": "HELP_ME"}),
        )
        assert [(inbound.text, inbound.payload) for inbound in lab.inbounds] == [
            ("Help", {"type": "postback", "value": "HELP_ME"}),
            ("Help", None),
            ("HELP_ME", None),
        ]

    def test_get_started_opens_the_overworld_and_is_no_message(self, lab):
        referral = {"ref": "group-b", "source": "SHORTLINK", "type": "OPEN_THREAD"}
        lab.take(event(postback={"mid": "m_1", "title": "Start", "payload": GET_STARTED, "referral": referral}))
        assert lab.events == [Arrived(ANN, FrozenDict(referral), opens=True)]

    def test_a_link_that_somebody_followed_says_how_they_came(self, lab):
        lab.take(event(referral={"ref": "group-b"}))
        assert lab.events == [Arrived(ANN, FrozenDict(ref="group-b"), opens=True)]

    def test_who_came_without_words_is_noted_to_have_come(self, lab):
        lab.take(
            event(postback={"mid": "m_1", "payload": GET_STARTED}, at=NOW - 3),
            event(referral={"ref": "x"}),
            said("hi", "m_2"),
        )
        assert lab.outside.came == [(ANN, NOW - 3), (ANN, NOW)]

    def test_how_somebody_came_is_on_record_before_it_is_answered(self, lab):
        lab.hold = True
        waiting = lab.post(body(event(postback={"mid": "m_1", "payload": GET_STARTED})))
        then = lab.held.get(timeout=PATIENCE_SECONDS)
        assert waiting.answers == []
        then(Receipt())
        assert waiting.status() == 200

    def test_how_somebody_came_is_known_before_their_message(self, lab):
        lab.take(said("hi", referral={"ref": "group-b"}))
        assert lab.events == [Arrived(ANN, FrozenDict(ref="group-b")), Inbound(ANN, "m_1", "hi", None, NOW)]

    def test_each_attachment_is_a_message_and_the_text_goes_with_the_first(self, lab):
        lab.take(attached(image("https://a/1"), {"type": "video", "payload": {"url": "https://a/2"}}, text="look"))
        assert lab.inbounds == [
            Inbound(ANN, "m_1", "look", FrozenDict(type="image", url="https://a/1"), NOW),
            Inbound(ANN, "m_1/1", "", FrozenDict(type="video", url="https://a/2"), NOW),
        ]

    def test_a_reply_names_the_message_it_answers_where_there_is_a_payload(self, lab):
        lab.take(said("x", "m_1", reply_to={"mid": "m_0"}), {**attached(image(), mid="m_2")})
        lab.take(said(None, "m_3", attachments=[image()], reply_to={"mid": "m_0"}))
        assert [inbound.payload and inbound.payload.get("reply_to") for inbound in lab.inbounds] == [
            None,
            None,
            "m_0",
        ]

    def test_the_thumb_is_said_in_words_and_other_stickers_are_shown(self, lab):
        thumb = {"type": "image", "payload": {"url": "https://a/like.png", "sticker_id": min(LIKES)}}
        cat = {"type": "image", "payload": {"url": "https://a/cat.png", "sticker_id": 7}}
        lab.take(attached(thumb, mid="m_1"), attached(cat, mid="m_2"))
        assert [(inbound.text, inbound.payload) for inbound in lab.inbounds] == [
            ("👍", {"type": "sticker", "url": "https://a/like.png", "sticker_id": min(LIKES)}),
            ("", {"type": "sticker", "url": "https://a/cat.png", "sticker_id": 7}),
        ]

    def test_a_shared_link_is_its_address_and_no_attachment(self, lab):
        link = {"type": "fallback", "title": "A page", "url": "https://a.example/"}
        lab.take(attached(link, mid="m_1", text="see https://a.example/"), attached(link, mid="m_2"))
        assert [(inbound.text, inbound.payload) for inbound in lab.inbounds] == [
            ("see https://a.example/", None),
            ("https://a.example/", None),
        ]

    def test_a_reaction_names_the_line_it_belongs_to(self, lab):
        lab.sendings.sendings["m_9"] = sending(4)
        lab.take(
            event(reaction={"mid": "m_9", "action": "react", "emoji": "❤"}),
            event(reaction={"mid": "m_of_theirs", "action": "unreact"}),
        )
        assert [(inbound.text, inbound.payload) for inbound in lab.inbounds] == [
            ("", {"type": "reaction", "value": "❤", "action": "react", "to": f"{ANN}#4"}),
            ("", {"type": "reaction", "value": "", "action": "unreact", "to": "m_of_theirs"}),
        ]

    def test_an_edit_says_the_new_words(self, lab):
        lab.take(event(message_edit={"mid": "m_1", "text": "hallo", "num_edit": 1}))
        assert lab.inbounds == [Inbound(ANN, "edit:m_1:1", "hallo", FrozenDict(type="edit", to="m_1"), NOW)]

    def test_whoever_does_something_is_heard_before_the_service_is_told(self, lab):
        heard_before: list[int] = []
        lab.receipt = lambda _inbound: heard_before.append(len(lab.outside.heard)) or Receipt(1)
        lab.take(said(at=NOW - 3), said("x", "m_2", "88", at=NOW - 2))
        assert lab.outside.heard == [(ANN, NOW - 3), ("messenger:88", NOW - 2)]
        assert heard_before == [1, 2]

    def test_getting_and_reading_is_not_being_heard(self, lab):
        lab.take(event(read={"watermark": 5}), event(delivery={"mids": ["m_9"]}), echo(metadata="x"))
        assert lab.outside.heard == []


class TestWhatIsRefused:
    def test_attachments_where_they_are_not_allowed_and_only_once(self):
        with IntakeLab(allow_images=False) as lab:
            assert lab.take(attached(image())) == 200
            assert lab.take(attached(image())) == 200
            assert lab.outside.notices == [(ANN, Texts().no_attachments)]
            assert lab.events == [Arrived(ANN, opens=True)]

    def test_a_message_of_which_nothing_can_be_read_and_only_once(self, lab):
        empty_link = {"type": "fallback", "payload": {}}
        for message in (said(None, "m_1"), said(None, "m_1"), attached(empty_link, mid="m_2")):
            assert lab.take(message) == 200
        assert lab.outside.notices == [(ANN, Texts().unsupported_message)] * 2
        assert lab.events == [Arrived(ANN, opens=True)] * 2

    def test_the_words_beside_them_are_taken(self):
        with IntakeLab(allow_images=False) as lab:
            lab.take(attached(image(), text="my cat"))
            assert lab.inbounds == [Inbound(ANN, "m_1", "my cat", None, NOW)]
            assert lab.outside.notices == [(ANN, Texts().no_attachments)]

    def test_a_thumb_and_a_link_are_words(self):
        thumb = {"type": "image", "payload": {"sticker_id": min(LIKES)}}
        link = {"type": "fallback", "payload": {"url": "https://a.example/"}}
        with IntakeLab(allow_images=False) as lab:
            lab.take(attached(thumb, mid="m_1"), attached(link, mid="m_2"))
            assert [(inbound.text, inbound.payload) for inbound in lab.inbounds] == [
                ("👍", None),
                ("https://a.example/", None),
            ]
            assert lab.outside.notices == []

    def test_a_text_beyond_the_limit(self):
        with IntakeLab(limits=Limits(text_bytes=8)) as lab:
            assert lab.take(said("123456789", "m_1"), said("ééééé", "m_2"), said("éééé", "m_3")) == 200
            too_long = (ANN, Texts().too_long.format(limit=8))
            assert lab.outside.notices == [too_long, too_long]
            assert [inbound.text for inbound in lab.inbounds] == ["éééé"]
            assert lab.events[:2] == [Arrived(ANN, opens=True)] * 2, "a message that is too long is a message"

    def test_somebody_to_whom_the_doors_are_closed_is_told_and_meta_need_not_come_again(self, lab):
        lab.receipt = lambda _inbound: Receipt(refused=RefusalReason.CLOSING)
        assert lab.take(said()) == 200
        assert lab.outside.notices == [(ANN, Texts().closing_refused)]

    def test_an_empty_sentence_is_not_said(self):
        with IntakeLab(allow_images=False, texts=Texts(no_attachments="", closing_refused="")) as lab:
            lab.receipt = lambda _inbound: Receipt(refused=RefusalReason.CLOSING)
            assert lab.take(attached(image(), text="x")) == 200
            assert lab.outside.notices == []

    def test_two_reasons_with_the_same_words_are_still_two(self):
        with IntakeLab(texts=Texts(trouble="Not now.", closing_refused="Not now.")) as lab:
            lab.receipt = lambda _inbound: Receipt(refused=RefusalReason.TROUBLE)
            assert lab.take(said()) == 503
            assert lab.outside.notices == []
            lab.receipt = lambda _inbound: Receipt(refused=RefusalReason.CLOSING)
            assert lab.take(said("again", "m_2")) == 200
            assert lab.outside.notices == [(ANN, "Not now.")]


class TestWhatBecameOfWhatWasSent:
    def test_an_echo_is_for_the_sending_half(self, lab):
        lab.take(echo("m_9", metadata="tag:77:3.0"))
        assert lab.outside.echoed == [("tag:77:3.0", "m_9")]
        assert lab.events == []

    def test_an_echo_is_answered_once_it_is_on_record(self, lab):
        lab.sendings.hold = True
        answer = lab.post(body(echo("m_9", metadata="tag:77:3.0")))
        lab.intake.close()
        assert (lab.outside.echoed, answer.answers) == ([("tag:77:3.0", "m_9")], [])
        for work in lab.sendings.waiting:
            work()
        assert answer.answers == [200]

    @pytest.mark.parametrize("told", [{}, {"metadata": "another app's"}])
    def test_what_somebody_sent_by_hand_or_by_another_app_goes_on_record(self, lab, told):
        lab.take(echo("m_9", text="a human here", **told), echo("m_10", attachments=[image()], **told))
        assert lab.sendings.elsewhere == [
            SentElsewhere(ANN, Message("a human here", PAGE_INBOX), "m_9", NOW),
            SentElsewhere(ANN, Message("", PAGE_INBOX, payload=CAT), "m_10", NOW),
        ]
        assert lab.events == []

    def test_it_is_answered_once_that_is_on_record(self, lab):
        lab.sendings.hold = True
        answer = lab.post(body(echo("m_9", text="a human here")))
        lab.intake.close()
        assert answer.answers == []
        for work in lab.sendings.waiting:
            work()
        assert answer.answers == [200]

    def test_a_delivery_reaches_to_the_newest_line_it_names(self, lab):
        lab.sendings.sendings["m_9"] = sending(4)
        lab.sendings.until[ANN, NOW - 5] = 3
        lab.take(event(delivery={"mids": ["m_9", "m_unknown"], "watermark": int((NOW - 5) * 1000)}))
        assert lab.events == [DeliveredThrough(ANN, 4)]

    def test_a_delivery_without_names_reaches_to_its_time(self, lab):
        lab.sendings.until[ANN, NOW - 5] = 3
        lab.take(event(delivery={"watermark": int((NOW - 5) * 1000)}))
        assert lab.events == [DeliveredThrough(ANN, 3)]

    def test_a_line_has_arrived_with_its_last_piece(self, lab):
        lab.sendings.sendings.update(first=sending(4, 0, 2), last=sending(4, 1, 2))
        lab.take(event(delivery={"mids": ["first"]}))
        lab.take(event(delivery={"mids": ["last"]}))
        assert lab.events == [DeliveredThrough(ANN, 3), DeliveredThrough(ANN, 4)]

    def test_what_was_sent_to_somebody_else_marks_nothing(self, lab):
        lab.sendings.sendings["m_9"] = sending(4)
        lab.take(event("88", delivery={"mids": ["m_9"]}))
        assert lab.events == []

    def test_what_is_told_before_it_is_known_to_be_sent_is_marked_a_little_later(self, lab):
        lab.take(event(delivery={"mids": ["m_9"]}), event(read={"watermark": int((NOW - 5) * 1000)}))
        assert lab.events == []
        lab.sendings.sendings["m_9"] = sending(4)
        lab.sendings.until[ANN, NOW - 5] = 4
        lab.timers.advance(intake_module.LOOK_AGAIN_SECONDS)
        lab.take()  # behind the second look
        assert lab.events == [DeliveredThrough(ANN, 4), ReadThrough(ANN, 4)]
        lab.timers.advance(intake_module.LOOK_AGAIN_SECONDS)
        lab.take()
        assert len(lab.events) == 2

    def test_what_is_known_at_once_is_marked_once(self, lab):
        lab.sendings.until[ANN, NOW - 5] = 3
        for _ in range(2):
            lab.take(event(read={"watermark": int((NOW - 5) * 1000)}))
            lab.timers.advance(intake_module.LOOK_AGAIN_SECONDS)
        lab.take()
        assert lab.events == [ReadThrough(ANN, 3), ReadThrough(ANN, 3)]

    def test_a_read_mark_reaches_to_its_time(self, lab):
        lab.sendings.until[ANN, NOW - 5] = 3
        lab.take(event(read={"watermark": int((NOW - 5) * 1000)}))
        assert lab.events == [ReadThrough(ANN, 3)]

    def test_who_was_never_sent_anything_has_read_nothing(self, lab):
        lab.take(event(read={"watermark": int(NOW * 1000)}))
        assert lab.events == []

    def test_a_log_that_cannot_be_asked_costs_the_marks_and_nothing_else(self, lab, monkeypatch):
        def fail(*_args):
            raise StoreError("the disk is gone")

        monkeypatch.setattr(lab.sendings, "sent_until", fail)
        monkeypatch.setattr(lab.sendings, "sending_of", fail)
        happened = [event(read={"watermark": 5}), event(delivery={"mids": ["m"]}), said()]
        assert lab.take(*happened, event(reaction={"mid": "m_9", "action": "react"})) == 200
        assert lab.inbounds[0].message_id == "m_1"
        assert lab.inbounds[1].payload["to"] == "m_9"


class TestAnswers:
    def test_nothing_is_accepted_before_all_of_it_is_on_record(self, lab):
        lab.hold = True
        waiting = lab.post(body(said("a", "m_1"), said("b", "m_2", "88")))
        lab.intake.close()  # all that was handed in has been handed over now
        assert waiting.answers == []
        lab.record_next()
        assert waiting.answers == []
        lab.record_next()
        assert waiting.answers == [200]

    def test_what_is_on_record_already_is_accepted(self, lab):
        lab.receipt = lambda _inbound: Receipt(1, duplicate=True)
        assert lab.take(said()) == 200

    def test_if_one_of_them_cannot_be_recorded_meta_has_to_send_all_again(self, lab):
        def receipt(inbound: Inbound) -> Receipt:
            return Receipt(refused=RefusalReason.TROUBLE) if inbound.text == "b" else Receipt(1)

        lab.receipt = receipt
        assert lab.take(said("a", "m_1"), said("b", "m_2"), said("c", "m_3")) == 503
        assert lab.outside.notices == []

    def test_one_that_fails_leaves_the_others_alone_and_its_words_out_of_the_log(self, lab, caplog):
        def receipt(inbound: Inbound) -> Receipt:
            if inbound.text == "my secret":
                raise RuntimeError("a mistake of ours")
            return Receipt(1)

        lab.receipt = receipt
        assert lab.take(said("my secret", "m_1"), said("after", "m_2", "88")) == 503
        assert [inbound.text for inbound in lab.inbounds] == ["my secret", "after"]
        assert "a mistake of ours" in caplog.text
        assert "my secret" not in caplog.text
        lab.receipt = lambda _inbound: Receipt(1)
        assert lab.take(said("again", "m_3")) == 200

    def test_a_mistake_of_ours_does_not_end_the_intake(self, lab, monkeypatch, caplog):
        def fail(*_args):
            raise RuntimeError("a mistake of ours")

        with monkeypatch.context() as broken:
            broken.setattr(intake_module, "read_notification", fail)
            assert lab.take(said("my secret", "m_1")) == 503
        assert lab.take(said("hello", "m_2")) == 200
        assert "a mistake of ours" in caplog.text
        assert "my secret" not in caplog.text

    def test_without_a_valid_signature_nothing_is_even_looked_at(self, lab):
        assert lab.post(b"{", "").status() == 403
        assert lab.post(body(said()), sign("sesamE", body(said()))).status() == 403
        waiting = Waiting()
        lab.intake.take(body(said()), None, waiting)
        assert waiting.status() == 403
        assert lab.events == []
        ((kind, count),) = lab.intake.ignored.items()
        assert (kind.partition(":")[0], count) == ("without a valid signature", 3)

    def test_without_a_secret_everybody_is_believed(self):
        with IntakeLab(app_secret=None) as lab:
            assert lab.post(body(said()), "").status() == 200
            assert len(lab.inbounds) == 1

    def test_what_is_no_notification_is_refused(self, lab):
        assert lab.post(b"hello").status() == 400
        assert lab.post(b"[" * 1_000_000).status() == 400
        assert lab.take(said()) == 200

    def test_before_it_is_open_and_after_it_is_closed_meta_has_to_come_again(self):
        outside, timers = Outside(), VirtualTimers(NOW)
        intake = outside.intake(timers)
        lab = IntakeLab()
        for _ in range(2):
            waiting = Waiting()
            intake.take(body(said()), sign(SECRET, body(said())), waiting)
            assert waiting.status() == 503
            intake.open(lab.deliver, lab.sendings)
            intake.close()
            intake.close()
        assert lab.events == []

    def test_more_than_can_wait_is_not_taken_and_what_was_taken_makes_room_again(self, lab, monkeypatch):
        large = body(said("x" * 700))
        monkeypatch.setattr(intake_module, "MAX_WAITING_BYTES", 2 * len(large) - 1)
        lab.hold = True
        first, second = lab.post(large), lab.post(large)
        assert second.status() == 503
        assert first.answers == []
        lab.record_next()
        assert first.status() == 200
        lab.hold = False
        assert lab.post(large).status() == 200

    def test_a_long_request_is_handed_over_in_slices_as_it_is_recorded(self, lab, monkeypatch):
        monkeypatch.setattr(intake_module, "SLICE", 3)
        monkeypatch.setattr(intake_module, "SLICE_SECONDS", 60.0)
        lab.hold = True
        waiting = lab.post(body(*(said(str(number), f"m_{number}") for number in range(10))))
        for recorded in range(10):
            assert len(lab.events) <= (recorded // 3 + 1) * 3
            lab.record_next()
        assert waiting.status() == 200
        assert [inbound.text for inbound in lab.inbounds] == [str(number) for number in range(10)]

    def test_a_store_that_hangs_does_not_hold_up_the_rest_of_a_request_for_ever(self, lab, monkeypatch):
        monkeypatch.setattr(intake_module, "SLICE", 3)
        monkeypatch.setattr(intake_module, "SLICE_SECONDS", 0.01)
        lab.hold = True
        waiting = lab.post(body(*(said(str(number), f"m_{number}") for number in range(10))))
        held = [lab.held.get(timeout=PATIENCE_SECONDS) for _ in range(10)]
        assert waiting.answers == []
        for then in held:
            then(Receipt(1))
        assert waiting.status() == 200

    def test_requests_are_handed_over_in_the_order_in_which_they_came(self, lab):
        waiting = [lab.post(body(said(str(number), f"m_{number}"))) for number in range(200)]
        assert {one.status() for one in waiting} == {200}
        assert [inbound.text for inbound in lab.inbounds] == [str(number) for number in range(200)]


class TestWhatIsIgnored:
    def test_it_is_counted_by_kind_and_logged_once_for_each(self, lab, caplog):
        caplog.set_level(logging.INFO)
        for _ in range(3):
            assert lab.take(event(optin={"ref": "x"}), event(app_roles={}), said(mid="")) == 200
        assert lab.intake.ignored == {"optin": 3, "app_roles": 3, "malformed": 3}
        assert sorted(record.getMessage().rpartition(": ")[2] for record in caplog.records) == [
            "app_roles",
            "malformed",
            "optin",
        ]

    def test_made_up_kinds_fill_neither_memory_nor_log(self, lab, caplog):
        with IntakeLab(app_secret=None) as lab:
            letters = "abcdefghijklmnopqrst"
            lab.take(*(event(**{f"kind_{one}{two}": {}}) for one in letters for two in letters))
            assert len(lab.intake.ignored) <= 101
            assert sum(lab.intake.ignored.values()) == 400
            assert len(caplog.records) <= 101

    def test_neither_words_nor_secrets_are_ever_logged(self, lab, caplog):
        caplog.set_level(logging.DEBUG)
        lab.take(said("my words", mid=""), event(message_edit={"mid": "m", "text": "my words"}), said("my words"))
        lab.post(b'{"my words": ').status()
        lab.post(body(said("my words")), "sha256=my words").status()
        lab.intake.verify({"hub.mode": "subscribe", "hub.verify_token": "a guess", "hub.challenge": "my words"})
        for secret in ("my words", SECRET, VERIFY_TOKEN, "a guess"):
            assert secret not in caplog.text


class TestVerification:
    RIGHT = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444"}

    def test_the_right_token_is_answered_with_the_challenge(self):
        assert IntakeLab().intake.verify(self.RIGHT) == "1158201444"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"hub.verify_token": "another"},
            {"hub.verify_token": ""},
            {"hub.verify_token": VERIFY_TOKEN + "\udcff"},
            {"hub.mode": "unsubscribe"},
            {"hub.mode": ""},
            {"hub.challenge": ""},
            {"hub.challenge": "1" * 1_001},
        ],
    )
    def test_anything_else_is_not(self, wrong):
        assert IntakeLab().intake.verify({**self.RIGHT, **wrong}) is None
        assert IntakeLab().intake.verify({key: self.RIGHT[key] for key in self.RIGHT if key not in wrong}) is None

    def test_without_a_token_of_ours_nobodys_is_right(self):
        assert IntakeLab(verify_token="").intake.verify({**self.RIGHT, "hub.verify_token": ""}) is None

    def test_that_the_token_was_another_is_said_once(self, caplog):
        intake = IntakeLab().intake
        for _ in range(2):
            intake.verify({**self.RIGHT, "hub.verify_token": "a guess"})
        assert caplog.text.count("another verify token than ours") == 1
        assert intake.ignored == {intake_module.UNVERIFIED: 2}
