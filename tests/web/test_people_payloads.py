"""What people in a browser may send besides text, over real sockets."""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from typing import Any

import pytest
from serving import CONFIG, Serving, serve, serving

from parleyrun.service.inbound.stored_amounts import NEWCOMERS_REFILL_SECONDS
from parleyrun.store.columns import LEAST_BYTES
from parleyrun.store.sqlite.sqlite_store import SqliteStore

__all__ = ["serving"]

LIMIT = 30_000


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


PNG_BEGIN = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
PNG_END = chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
PNG = PNG_BEGIN + PNG_END
TAGGED = PNG_BEGIN + chunk(b"eXIf", b"MM\0*GPS 52.5 13.4") + chunk(b"tEXt", b"Place\0home") + PNG_END


def image(data: bytes = PNG, **more: Any) -> dict[str, Any]:
    return {"type": "image", "data": b64encode(data).decode(), "name": "cat.png", "alt": "a cat", **more}


@pytest.fixture
def uploads(caplog):
    tasks = {key: {**task, "allow_uploads": True} for key, task in CONFIG["tasks"].items()}
    with serve(caplog, tasks=tasks, limits={"payload_bytes": LIMIT}) as serving:
        yield serving


@pytest.fixture
def uploads_of_little(caplog):
    tasks = {key: {**task, "allow_uploads": True} for key, task in CONFIG["tasks"].items()}
    with serve(caplog, tasks=tasks, limits={"stored_bytes_per_participant": 1_000}) as serving:
        yield serving


def heard_by_partner(serving: Serving, text: str, payload: Any) -> Any:
    """Have one say that; return the payload that the other is shown with it."""
    ann, bob = serving.pair()
    ann.says(text, payload=payload)
    return bob.line(text).get("payload")


def refused(serving: Serving, text: str, payload: Any) -> str:
    """Have somebody say that, then something harmless; return the sentence they are told."""
    ann, bob = serving.pair()
    ann.send(type="message", message_id="upload", text=text, payload=payload)
    error = ann.get("error", message_id="upload")
    ann.says("in words then")
    assert bob.get("message")["text"] == "in words then"
    assert sum(serving.service.counts().not_taken.values()) == 1
    return error["text"]


class TestByDefault:
    def test_a_payload_is_dropped_and_its_text_stays(self, serving):
        assert heard_by_partner(serving, "look", image()) is None

    def test_a_message_that_is_only_a_payload_is_refused_in_a_sentence(self, serving):
        assert refused(serving, "", image()) == serving.texts.no_attachments

    def test_a_script_is_told_the_same_sentence(self, serving):
        script = serving.script()
        script.says("hi")
        assert script.texts(1) == ["menu"]
        script.send(payload=image())
        assert script.texts(1) == [serving.texts.no_attachments]


class TestWhereATaskAllowsThem:
    def test_a_picture_is_kept_and_served_by_us_without_the_place_it_was_taken_at(self, uploads):
        shown = heard_by_partner(uploads, "look", image(TAGGED, mime="text/html"))
        assert (shown["type"], shown["mime"], shown["name"], shown["alt"]) == (
            "image", "image/png", "cat.png", "a cat",
        )  # fmt: skip
        answer = uploads.http.get(f"{uploads.url}/{shown['url']}")
        assert (answer.headers["content-type"], answer.content) == ("image/png", PNG)

    def test_its_name_and_words_are_one_printable_line_each(self, uploads):
        shown = heard_by_partner(uploads, "look", image(name="\u202egnp.exe\nSystem: go", alt="a\r\ncat\x1b[2J"))
        assert (shown["name"], shown["alt"]) == ("\ufffdgnp.exe System: go", "a cat\ufffd[2J")

    def test_a_page_is_told_how_large_a_file_may_be_and_only_there(self, uploads):
        people = uploads.visitor(), uploads.visitor()
        for person in people:
            assert "uploads" not in person.place("overworld")
            person.line("menu")
        people[0].says("chat")
        assert "uploads" not in people[0].place("waiting")
        people[1].says("chat")
        for person in people:
            assert person.place("task")["uploads"] == {"bytes": LIMIT}

    def test_not_in_the_menu(self, uploads):
        person = uploads.visitor()
        person.line("menu")
        person.send(type="message", message_id="1", text="", payload=image())
        assert person.get("error")["text"] == uploads.texts.no_attachments

    def test_an_address_beside_the_data_is_left_aside(self, uploads):
        shown = heard_by_partner(uploads, "look", image(url="https://elsewhere.example/x.png"))
        assert shown["url"].startswith("attachments/")

    @pytest.mark.parametrize(
        "payload",
        [
            {"type": "image", "url": "https://elsewhere.example/x.png"},
            {"type": "image", "attachment_id": "1"},
            {"type": "image", "path": "/etc/hostname"},
            {"type": "quick_reply", "value": "yes"},
            {"type": "template", "template_type": "generic"},
            {"type": "hologram", "data": "aGk="},
        ],
    )
    def test_what_is_no_file_of_a_known_type_is_dropped(self, uploads, payload):
        assert heard_by_partner(uploads, "look", payload) is None

    @pytest.mark.parametrize(
        "payload",
        [
            image(b"<script>alert(1)</script>"),
            image(b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            image(b"%PDF-1.7"),
            image(PNG[:20]),
            {"type": "image", "data": "not base64!"},
            {"type": "image", "data": ""},
        ],
    )
    def test_a_file_is_what_its_content_is(self, uploads, payload):
        assert refused(uploads, "look", payload) == uploads.texts.upload_kind

    def test_what_is_too_large_is_refused(self, uploads):
        assert refused(uploads, "look", image(PNG + bytes(LIMIT))) == uploads.texts.upload_too_large

    def test_quick_replies_personas_and_names_in_what_people_send_are_nothing(self, uploads):
        ann, bob = uploads.pair()
        ann.send(type="message", message_id="1", text="hi", id="System", quick_replies=["x"], persona_id="p1")
        line = bob.line("hi")
        assert (line["id"], line["quick_replies"], line.get("persona")) == ("Ann", None, None)


class TestAmounts:
    def test_of_one_person_so_much_is_stored_and_no_more(self, caplog):
        with serve(caplog, limits={"stored_bytes_per_participant": 1_000}) as here:
            ann, bob = here.pair()
            ann.says("a" * 900)
            bob.get("message")
            ann.send(type="message", message_id="more", text="b" * 100)
            assert ann.get("error", message_id="more")["text"] == here.texts.said_enough
            bob.says("I can")
            assert ann.line("I can")
            assert here.service.counts().not_taken == {"said_enough": 1}

    def test_newcomers_share_an_amount_which_those_who_talk_have_no_part_in(self, caplog):
        with serve(caplog, limits={"stored_bytes_by_newcomers": 1_000}) as here:
            ann, bob = here.pair()
            stranger = here.visitor()
            here.tolerated = ("Menu.parley() returned",)
            stranger.line("menu")
            stranger.says("a" * 800)
            other = here.visitor()
            other.line("menu")
            other.send(type="message", message_id="more", text="b" * 200)
            assert other.get("error", message_id="more")["text"] == here.texts.full
            ann.says("c" * 2_000)
            assert bob.get("message")["text"] == "c" * 2_000

    def test_another_connection_is_no_way_around_the_bytes_of_a_second(self, caplog):
        with serve(caplog, limits={"bytes_per_second": 10, "text_bytes": 1_000}) as here:
            ann, _ = here.pair()
            for number in range(3):
                ann.send(type="message", message_id=f"m{number}", text="a" * 900)
                if number < 2:
                    ann.get("ack", message_id=f"m{number}")
                ann = here.visitor(token=ann.token)
            ann.send(type="message", message_id="last", text="a" * 900)
            assert ann.get("error", message_id="last")["text"] == here.texts.too_fast

    def test_what_newcomers_share_refills_within_an_hour(self, caplog):
        with serve(caplog, limits={"stored_bytes_by_newcomers": 1_000}) as here:
            here.tolerated = ("Menu.parley() returned",)
            stranger, other = here.visitor(), here.visitor()
            stranger.line("menu")
            other.line("menu")
            stranger.says("a" * 1_000)
            here.advance(NEWCOMERS_REFILL_SECONDS / 4)
            other.send(type="message", message_id="soon", text="b" * 500)
            assert other.get("error", message_id="soon")["text"] == here.texts.full
            here.advance(NEWCOMERS_REFILL_SECONDS / 4)
            other.says("b" * 500)
            assert here.service.counts().not_taken == {"newcomers_full": 1}

    def test_a_message_that_is_sent_again_counts_once_and_is_never_refused(self, caplog):
        with serve(caplog, limits={"stored_bytes_per_participant": 1_000}) as here:
            ann, bob = here.pair()
            seq = ann.says_as("once", "a" * 450)
            assert [ann.says_as("once", "a" * 450) for _ in range(3)] == [seq] * 3
            ann.says_as("twice", "b" * 450)
            assert [len(bob.get("message")["text"]) for _ in range(2)] == [450, 450]
            # There is no room for its bytes any more, nor need there be.
            assert ann.says_as("once", "a" * 450) == seq
            ann.send(type="message", message_id="new", text="c" * 450)
            assert ann.get("error", message_id="new")["text"] == here.texts.said_enough
            assert here.service.counts().not_taken == {"said_enough": 1}

    def test_a_file_that_is_refused_counts_as_nothing(self, uploads_of_little):
        ann, bob = uploads_of_little.pair()
        for number in range(10):
            ann.send(type="message", message_id=f"m{number}", text="look", payload=image(b"<script>" * 20))
            assert ann.get("error", message_id=f"m{number}")["text"] == uploads_of_little.texts.upload_kind
        ann.says("words")
        assert bob.get("message")["text"] == "words"

    def test_messages_without_words_count_too_also_after_a_restart(self, tmp_path):
        limits = {"stored_bytes_per_participant": 10 * LEAST_BYTES}

        def at_path(clock):
            return SqliteStore(tmp_path / "amounts.db", clock)

        with Serving(at_path, limits=limits) as here:
            ann, bob = here.pair()  # with a word of each
            for number in range(5):
                ann.says_as(f"m{number}", "")
                bob.get("message")
        with Serving(at_path, limits=limits) as here:
            ann = here.visitor(ann.token, ann.newest)
            for number in range(5, 9):
                ann.says_as(f"m{number}", "")
            ann.send(type="message", message_id="more", text="")
            assert ann.get("error", message_id="more")["text"] == here.texts.said_enough

    def test_files_and_words_count_on_after_a_restart(self, tmp_path):
        tasks = {key: {**task, "allow_uploads": True} for key, task in CONFIG["tasks"].items()}
        of_file = len(PNG)
        limits = {"stored_bytes_per_participant": LEAST_BYTES + 100 + of_file + 80}

        def at_path(clock):
            return SqliteStore(tmp_path / "amounts.db", clock)

        with Serving(at_path, tasks=tasks, limits=limits) as here:
            ann, _ = here.pair()
            ann.says("a" * 100, payload=image())
        with Serving(at_path, tasks=tasks, limits=limits) as here:
            ann = here.visitor(ann.token, ann.newest)
            ann.send(type="message", message_id="more", text="b" * 81)
            assert ann.get("error", message_id="more")["text"] == here.texts.said_enough
            ann.says("b" * 80)


def test_who_has_a_picture_dropped_beside_their_words_is_told_once(serving):
    ann, bob = serving.pair()
    ann.says("look", payload=image())
    ann.says("and look", payload=image())
    assert [bob.get("message")["text"] for _ in range(2)] == ["look", "and look"]
    ann.line(serving.texts.no_attachments)
    serving.settle()
    bob.says("I see nothing")
    ann.line("I see nothing")
    assert ann.heard.count(serving.texts.no_attachments) == 1
