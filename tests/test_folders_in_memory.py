"""Where the folders of tests are."""

from __future__ import annotations

from folders_in_memory import in_memory


def test_they_are_in_memory_only_where_there_is_room(tmp_path):
    assert in_memory(tmp_path, room_bytes=0) == tmp_path
    assert in_memory(tmp_path, room_bytes=1 << 60) is None
    assert in_memory(tmp_path / "none", room_bytes=0) is None
