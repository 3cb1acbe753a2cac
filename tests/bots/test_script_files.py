"""What a scripted model says from a file, and which patterns of its replies would take too long to look for."""

from __future__ import annotations

import pytest

from parleyrun.bots.written import scripted
from parleyrun.bots.written.reply_patterns import ReplyPatterns, fault_of_pattern
from parleyrun.bots.written.scripted import faults_of_script, read_lines
from parleyrun.config.models.model_kinds import SettingsPlace


def test_lines_are_given_or_stand_in_a_file_which_is_not_endless(tmp_path, monkeypatch):
    (tmp_path / "lines.txt").write_text("one\n\n  two \n", "utf-8")
    (tmp_path / "empty.txt").write_text("\n \n", "utf-8")
    assert read_lines("lines.txt", tmp_path) == read_lines(["one", "two"], tmp_path) == ("one", "two")
    with pytest.raises(ValueError, match=r"expected lines in the file .*, got an empty one"):
        read_lines("empty.txt", tmp_path)
    with pytest.raises(ValueError, match=r"expected lines in the file .*, got none"):
        read_lines("no.txt", tmp_path)
    monkeypatch.setattr(scripted, "MOST_FILE_BYTES", 5)
    with pytest.raises(ValueError, match=r"expected at most 5 characters in .*, got more"):
        read_lines("lines.txt", tmp_path)


def test_each_thing_wrong_with_a_script_is_said_where_it_stands(tmp_path):
    place = SettingsPlace(folder=tmp_path)
    values = {"lines": "no.txt", "replies": {"hi": "hello", "(": "x", "bye": " ", "good day": "good day"}}
    found = {fault.path: fault.message for fault in faults_of_script(values, place)}
    assert set(found) == {("lines",), ("replies", "("), ("replies", "bye")}
    assert "expected a text for a pattern, got 'bye'" in found["replies", "bye"]
    assert [fault.hint for fault in faults_of_script({}, place)] == ["write lines: [Hello!]"]


@pytest.mark.parametrize(
    ("pattern", "words", "is_found"),
    [
        (r"(?P<word>\w)-(?P=word)", "so: a-a", True),
        (r"(?P<word>\w)-(?P=word)", "so: a-b", False),
        (r"a+?b??c", "aac", True),
        (r"x{2}", "axxb", True),
        (r"x{2}", "axb", False),
        (r"x{1,}y{,2}", "xyy", True),
    ],
)
def test_a_pattern_that_is_lazy_counts_or_looks_back_is_found_as_python_finds_it(pattern, words, is_found):
    assert fault_of_pattern(pattern) == ""
    assert (ReplyPatterns({pattern: "yes"}).reply_to([words]) == "yes") is is_found
