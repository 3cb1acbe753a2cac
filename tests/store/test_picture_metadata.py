"""What a camera tells of the place is taken out of a file; the picture, and which way up it is, stays."""

import struct

import pytest

from parleyrun.store.file_types import file_type
from parleyrun.store.picture_metadata import without_metadata


def segment(marker, data):
    return b"\xff" + bytes([marker]) + struct.pack(">H", 2 + len(data)) + data


def box(name, data):
    return struct.pack(">I", 8 + len(data)) + name + data


EXIF = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<HHHIHH", 1, 0x0112, 3, 1, 6, 0) + b"\0\0\0\0 GPS 52.5"
SCAN = segment(0xDA, b"\1\1\0\0\x3f\0") + b"picture\xff\0more"
JPEG = (
    b"\xff\xd8" + segment(0xE0, b"JFIF\0") + segment(0xE1, EXIF) + segment(0xE1, b"http://ns.adobe.com GPS")
    + segment(0xED, b"GPS city") + segment(0xFE, b"GPS comment")
    + segment(0xDB, b"table") + SCAN + b"\xff\xd9 GPS trailer"
)  # fmt: skip
RIFF = b"VP8X" + struct.pack("<I", 10) + b"\x0c" + bytes(9) + b"EXIF" + struct.pack("<I", 3) + b"GPS\0"
RIFF += b"VP8 " + struct.pack("<I", 4) + b"pict"
WEBP = b"RIFF" + struct.pack("<I", 4 + len(RIFF)) + b"WEBP" + RIFF
MOVIE = (
    box(b"mvhd", b"head") + box(b"udta", b"GPS +52.5") + box(b"trak", box(b"meta", b"GPS") + box(b"mdia", b"m"))
)
MP4 = box(b"ftyp", b"isom") + box(b"moov", MOVIE) + box(b"mdat", b"picture")


def test_a_jpeg_keeps_its_picture_and_which_way_up_it_is():
    kept = without_metadata("image/jpeg", JPEG)
    assert b"GPS" not in kept
    assert kept.startswith(b"\xff\xd8" + segment(0xE0, b"JFIF\0"))
    assert kept.endswith(segment(0xDB, b"table") + SCAN + b"\xff\xd9")
    assert b"\x01\x12\0\x03\0\0\0\x01\0\x06" in kept


def test_a_webp_file_keeps_its_picture():
    kept = without_metadata("image/webp", WEBP)
    assert b"GPS" not in kept
    assert kept.endswith(b"VP8 \4\0\0\0pict")
    assert struct.unpack_from("<I", kept, 4)[0] == len(kept) - 8
    assert kept[20] == 0


def test_in_an_mp4_file_nothing_moves():
    kept = without_metadata("video/mp4", MP4)
    assert b"GPS" not in kept
    assert len(kept) == len(MP4)
    assert kept.endswith(box(b"mdat", b"picture"))


@pytest.mark.parametrize(("mime", "whole"), [("image/jpeg", JPEG[:-14]), ("image/webp", WEBP), ("video/mp4", MP4)])
def test_a_file_that_breaks_off_is_refused_and_never_hangs(mime, whole):
    for length in range(12, len(whole) - 1):
        try:
            kept = without_metadata(mime, whole[:length])
        except ValueError:
            continue
        assert b"GPS" not in kept


@pytest.mark.parametrize(
    ("kind", "data", "mime"),
    [
        ("image", JPEG, "image/jpeg"),
        ("image", WEBP, "image/webp"),
        ("video", MP4, "video/mp4"),
        ("audio", MP4, "audio/mp4"),
        ("file", MP4, "video/mp4"),
        ("file", b"%PDF-1.7", "application/pdf"),
        ("image", b"%PDF-1.7", None),
        ("file", b"<html>", None),
        ("image", b"<svg/>", None),
        ("file", b"PK\3\4", None),
        ("file", b"", None),
    ],
)
def test_a_file_is_what_its_content_is(kind, data, mime):
    assert file_type(kind, data) == mime


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"hevc", b"mif1", b"avif"])
@pytest.mark.parametrize("kind", ["image", "video", "file"])
def test_a_picture_that_calls_itself_a_film_is_not_taken_for_one(brand, kind):
    assert file_type(kind, b"\0\0\0\x18ftyp" + brand + bytes(12)) is None


def test_other_files_stay_as_they_are():
    assert without_metadata("application/pdf", b"%PDF GPS") == b"%PDF GPS"


def test_a_jpeg_without_a_picture_or_with_stuffed_marks_is_read_to_its_end():
    assert (
        without_metadata("image/jpeg", b"\xff\xd8" + segment(0xFE, b"GPS") + b"\xff\xd9 GPS")
        == b"\xff\xd8\xff\xd9"
    )
    stuffed = b"\xff\xd8\xff" + segment(0xFE, b"GPS") + segment(0xDB, b"table") + SCAN + b"\xff\xd9"
    kept = without_metadata("image/jpeg", stuffed)
    assert b"GPS" not in kept
    assert kept.endswith(segment(0xDB, b"table") + SCAN + b"\xff\xd9")
    comment_between_scans = b"\xff\xd8" + SCAN + segment(0xFE, b"GPS") + SCAN + b"\xff\xd9"
    assert without_metadata("image/jpeg", comment_between_scans) == b"\xff\xd8" + SCAN + SCAN + b"\xff\xd9"


@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<HHHIHH", 1, 0x0112, 3, 1, 9, 0),  # no way up is the ninth
        b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 3),  # says there are three, and has none
        b"Exif\0\0II*\0\xff\xff\0\0 GPS",  # leads out of the file
    ],
)
def test_what_a_camera_tells_wrongly_of_which_way_up_is_left_out(exif):
    kept = without_metadata("image/jpeg", b"\xff\xd8" + segment(0xE1, exif) + SCAN + b"\xff\xd9")
    assert kept == b"\xff\xd8" + SCAN + b"\xff\xd9"


def test_boxes_of_an_mp4_file_may_be_longer_than_four_gigabytes_or_go_on_to_the_end():
    place = b"GPS +52.5"
    long = struct.pack(">I4sQ", 1, b"udta", 16 + len(place)) + place
    last = struct.pack(">I4s", 0, b"udta") + place
    for tail in (long, last):
        movie = box(b"ftyp", b"isom") + box(b"moov", box(b"mvhd", b"head") + tail)
        kept = without_metadata("video/mp4", movie)
        assert b"GPS" not in kept
        assert len(kept) == len(movie)
