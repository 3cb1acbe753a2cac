"""Lists of ids as people make them: with a spreadsheet, an editor, or a panel's export."""

from __future__ import annotations

from pathlib import Path

import pytest

from parleyrun.config.panels.id_list import IdList, read_id_list
from parleyrun.errors import PanelError


def read(tmp_path: Path, content: bytes | str, *names: str) -> IdList:
    path = tmp_path / "ids.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_id_list(path, names)


@pytest.mark.parametrize(
    "content",
    [
        "a1\nb2\n",
        "a1\r\n\r\n  b2  \r\n\r\n",
        "\ufeffa1\rb2",
        "\ufeffid\na1\nb2",
        "ID,group\na1,x\nb2,y\n",
        "group;Prolific_Pid\nx;a1\ny;b2\n",
        "group\tparticipant_id\nx\ta1\ny\tb2\n",
        '"a1"\n"b2"\n',
        "a1,left\nb2,right\n",
    ],
)
def test_the_same_ids_are_found_however_they_are_written(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content, "PROLIFIC_PID") == IdList(("a1", "b2"))


def test_an_id_that_stands_there_twice_is_one_and_is_told_of(tmp_path: Path) -> None:
    assert read(tmp_path, "a\nb\na\na\nA\n") == IdList(("a", "b", "A"), ("a",))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "one a line, got none"),
        ("id\n\n", "one a line, got none"),
        ("id,group\na,x\n,y\n", "line 3"),
        ("group,id\nx,a\ny\n", "line 3"),
        ("a\n{{%PROLIFIC_PID%}}\n", "line 2"),
        ("a\n" + "x" * 201, "201 in line 2"),
        ("a\nb\x07c\n", "line 2"),
        ("a".encode("utf-16"), "UTF-16"),
        (b"a\n\xff", "line 2"),
        ("a" * 200_000, "line 1"),
    ],
)
def test_what_is_no_list_is_refused_with_its_line(tmp_path: Path, content: bytes | str, said: str) -> None:
    with pytest.raises(PanelError, match=said):
        read(tmp_path, content)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PanelError, match=r"nothing\.csv: No such file"):
        read_id_list(tmp_path / "nothing.csv")
