"""The media library: files and personas that authors bring along."""

from __future__ import annotations

import stat

import pytest

from parleyrun.core.message import FrozenDict
from parleyrun.errors import ChannelError
from parleyrun.runner.timers import SystemClock
from parleyrun.store.media_content import ByAttachmentId, ByUrl, MediaContent, media_of
from parleyrun.store.media_library import MediaLibrary, Persona
from parleyrun.store.memory_store import MemoryStore

PIXEL = MediaContent("image", b"\x89PNG a map", "map.png", "image/png")


@pytest.fixture
def notes():
    store = MemoryStore(SystemClock())
    store.open()
    return store


@pytest.fixture
def library(notes):
    library = MediaLibrary()
    library.open(notes)
    return library


def address_of(library, attachment_id, kind="image"):
    return library.shown(FrozenDict(type=kind, attachment_id=attachment_id)).get("url")


@pytest.mark.parametrize("in_a_folder", [True, False])
def test_a_file_is_found_again_at_the_address_that_it_is_shown_by(notes, tmp_path, in_a_folder):
    library = MediaLibrary(tmp_path / "kept" if in_a_folder else None)
    library.open(notes)
    shown = library.shown(FrozenDict(type="image", attachment_id=library.keep(PIXEL), alt="a map"))
    assert (shown["type"], shown["name"], shown["alt"]) == ("image", "map.png", "a map")
    file = library.file(shown["url"].removeprefix("attachments/"))
    content = file.content.read_bytes() if in_a_folder else file.content
    assert (file.name, file.mime, content) == ("map.png", "image/png", PIXEL.data)


def test_what_was_kept_outlives_the_process_and_is_kept_once(notes, tmp_path):
    library = MediaLibrary(tmp_path / "kept")
    library.open(notes)
    id = library.keep(PIXEL)
    persona = library.create_persona("Robin", "https://example.org/robin.png")
    address = address_of(library, id)
    again = MediaLibrary(tmp_path / "kept")
    again.open(notes)
    assert address_of(again, id) == address
    assert again.persona(persona) == Persona("Robin", "https://example.org/robin.png")
    assert again.keep(PIXEL) == id
    assert again.create_persona("Robin", "https://example.org/robin.png") == persona
    (kept,) = (tmp_path / "kept").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_an_address_cannot_be_guessed_from_the_file(library, notes):
    other_notes = MemoryStore(SystemClock())
    other_notes.open()
    other = MediaLibrary()
    other.open(other_notes)
    # The same file in two services: what one shows says nothing about the other.
    assert address_of(library, library.keep(PIXEL)) != address_of(other, other.keep(PIXEL))


@pytest.mark.parametrize("token", ["", "x", "..", "../secret", "map.png", "0" * 40])
def test_at_any_other_address_there_is_nothing(library, token):
    library.keep(PIXEL)
    assert library.file(token) is None


def test_an_address_elsewhere_is_shown_as_it_is(library):
    id = library.keep(ByUrl("image", "https://example.org/a.png"))
    assert address_of(library, id) == "https://example.org/a.png"


def test_what_a_channel_has_as_well_keeps_the_channels_id(library):
    assert library.keep(PIXEL, "800000000000001") == "800000000000001"
    assert address_of(library, "800000000000001").startswith("attachments/")
    assert library.keep(ByAttachmentId("image", "800000000000001")) == "800000000000001"


def test_payloads_that_name_nothing_kept_stay_as_they_are(library):
    for payload in (
        FrozenDict(type="image", attachment_id="nobody's"),
        FrozenDict(type="image", url="https://example.org/b.png", attachment_id=library.keep(PIXEL)),
        FrozenDict(type="location"),
    ):
        assert library.shown(payload) == payload
    with pytest.raises(ChannelError, match="the id of an attachment that was uploaded"):
        library.keep(ByAttachmentId("image", "nobody's"))


def test_a_type_that_is_none_is_not_told_to_browsers(library):
    id = library.keep(MediaContent("file", b"x", "x", "text/html\r\nset-cookie: a=b"))
    file = library.file(address_of(library, id, "file").removeprefix("attachments/"))
    assert file.mime == "application/octet-stream"


def test_a_folder_that_cannot_be_written_is_one_clear_error(notes, tmp_path):
    (tmp_path / "kept").write_text("a file in its place")
    library = MediaLibrary(tmp_path / "kept")
    library.open(notes)
    with pytest.raises(ChannelError, match=r"cannot keep an attachment in .*kept"):
        library.keep(PIXEL)


@pytest.mark.parametrize(("name", "picture"), [("", "https://x"), ("x" * 51, "https://x"), ("Robin", "http://x")])
def test_a_persona_has_a_name_and_a_picture_that_browsers_can_open(library, name, picture):
    with pytest.raises(ChannelError, match="expected"):
        library.create_persona(name, picture)


def test_a_persona_that_was_deleted_is_nobody(library):
    id = library.create_persona("Robin", "https://example.org/robin.png")
    library.delete_persona(id)
    assert library.persona(id) is None
    with pytest.raises(ChannelError, match="expected the id of a persona"):
        library.delete_persona(id)


class TestReadingPayloads:
    def test_a_file_may_be_named_as_the_original_did(self, tmp_path):
        (tmp_path / "cat").write_bytes(b"cat")
        media = media_of({"type": "image", "filename": str(tmp_path / "cat"), "format": "gif"}, files=True)
        assert media == MediaContent("image", b"cat", "cat", "image/gif")

    def test_a_file_that_is_not_there_is_named_with_its_key(self, tmp_path):
        with pytest.raises(ValueError, match=r"'payload\.filename', got .*nothing"):
            media_of({"type": "image", "filename": str(tmp_path / "nothing")}, files=True)

    def test_what_could_be_there_is_said_path_first_of_all(self):
        with pytest.raises(
            ValueError, match=r"'path', 'url', 'data' or 'attachment_id' at 'payload', got \['type'\]"
        ):
            media_of({"type": "image"}, files=True)

    @pytest.mark.parametrize("key", ["path", "filename"])
    def test_no_file_of_this_machine_is_read_for_a_payload_that_a_person_could_have_sent(self, tmp_path, key):
        (tmp_path / "secret").write_bytes(b"secret")
        with pytest.raises(ValueError, match=f"got '{key}', which a person could have sent"):
            media_of({"type": "image", key: str(tmp_path / "secret")})

    def test_a_mime_type_may_be_called_so(self):
        media = media_of({"type": "image", "data": b"x", "mime_type": "image/webp"})
        assert (media.mime, media.name) == ("image/webp", "image.webp")
