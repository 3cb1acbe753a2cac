"""Which texts of a config may name files that travel to hosts, and how much may travel."""

from __future__ import annotations

from pathlib import Path

import pytest

from parleyrun.engines.ray import study_files
from parleyrun.engines.ray.study_files import named_files, read_files, strings_in
from parleyrun.errors import EngineError


def test_all_texts_of_a_setting_are_looked_at_however_deep_and_nothing_else() -> None:
    setting = {"a": "one", "b": ["two", {"c": ("three", 4, None)}], "d": True}
    assert list(strings_in(setting)) == ["one", "two", "three"]


def test_a_text_names_a_file_below_the_folder_and_none_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    for path in (folder / "lines.txt", tmp_path / "secret.txt"):
        path.write_text("words", "utf-8")
    texts = [
        "lines.txt",
        " lines.txt\n",
        "../secret.txt",
        str(tmp_path / "secret.txt"),
        "~/x",
        "a\nb",
        "",
        "no.txt",
    ]
    assert list(named_files(texts, folder)) == ["lines.txt", "lines.txt"]


def test_more_than_hosts_should_be_sent_is_refused_and_names_the_largest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "small.txt").write_bytes(b"1")
    (tmp_path / "large.bin").write_bytes(b"1" * 11)
    found = {"study/small.txt": tmp_path / "small.txt", "study/large.bin": tmp_path / "large.bin"}
    assert read_files(found) == (("study/large.bin", b"1" * 11), ("study/small.txt", b"1"))
    monkeypatch.setattr(study_files, "MOST_BYTES", 11)
    with pytest.raises(EngineError, match=r"for the hosts, got 0 MB, of which study/large\.bin is the largest"):
        read_files(found)
