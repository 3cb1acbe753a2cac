"""What people and models show each other, as models see it."""

from __future__ import annotations

import base64

import pytest

from parleyrun.app.shared_models import KeptPictures
from parleyrun.store.media_content import ByUrl
from parleyrun.store.media_library import MediaLibrary
from parleyrun.store.memory_store import MemoryStore
from parleyrun.testing.virtual_timers import VirtualTimers

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def library():
    made = MediaLibrary()
    made.open(MemoryStore(VirtualTimers()))
    return made


def test_a_picture_that_is_kept_is_its_own_address_and_one_elsewhere_keeps_its_own(library):
    pictures = KeptPictures(library)
    kept = pictures.keep(PIXEL, "image/png")
    address = pictures.address(kept)
    assert address is not None
    head, _, data = address.partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(data).startswith(b"\x89PNG")
    elsewhere = library.keep(ByUrl("image", "https://x/cat.png"))
    assert pictures.address(elsewhere) == "https://x/cat.png"


def test_of_no_such_picture_there_is_no_address(library, monkeypatch):
    pictures = KeptPictures(library)
    assert pictures.address("no such id") is None
    kept = pictures.keep(PIXEL, "image/png")
    monkeypatch.setattr(library, "file", lambda name: None)  # its file is gone
    assert pictures.address(kept) is None
