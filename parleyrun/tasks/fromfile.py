"""`fromfile`: dialogues in a text file, one example a line.

A line is fields `name:value` with tabs between them::

    text:Where to?	labels:To the sea.|To the lake.	label_candidates:To the sea.|To the lake.|No idea.
    text:By train?	labels:Yes.	episode_done:True

Several labels or candidates have `|` between them. Within a value `\\n` is a new line, `\\t` a tab and
`__PIPE__` a `|`. An episode goes on until a line that says `episode_done:True`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..core.teachers.examples import Example
from ..core.teachers.teachers import DialogTeacher
from ..errors import TaskError
from .files import SAMPLES, lines_of, users_file

_SEVERAL = ("labels", "eval_labels", "label_candidates", "text_candidates")
_TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}


class DefaultTeacher(DialogTeacher):
    """Examples from `opt['fromfile_datapath']`: a file, or a prefix for `_train.txt`, `_valid.txt` and so on."""

    TAKES_OPTIONS = True

    def datafile(self) -> Path:
        return users_file(self.opt, "fromfile_datapath", self.datatype.fold, ".txt")

    def setup_data(self, datafile: Path) -> Iterator[tuple[Mapping[str, Any], bool]]:
        begins = True
        for number, line in lines_of(datafile):
            example = parse_line(line, f"{datafile}:{number}")
            done = example.pop("episode_done", False)
            yield example, begins
            begins = done


class SampleTeacher(DefaultTeacher):
    """The sample that comes with the package."""

    def datafile(self) -> Path:
        return SAMPLES / "fromfile" / f"tickets_{self.datatype.fold}.txt"


def parse_line(line: str, where: str) -> Example:
    """Return the example in a line; `where` is what errors name. Raises `TaskError` for a field that is none."""
    example: Example = {}
    for field in line.split("\t"):
        name, colon, value = field.partition(":")
        if not colon or not name or name in example:
            problem = f"a second '{name}'" if colon and name in example else repr(field[:60])
            raise TaskError(f"{where}: expected fields name:value with tabs between them, got {problem}")
        example[name] = _value(name, value, where)
    return example


def _value(name: str, value: str, where: str) -> Any:
    if name in _SEVERAL:
        return tuple(_plain(part) for part in value.split("|"))
    if name == "episode_done":
        truth = _TRUTHS.get(value.strip().lower())
        if truth is None:
            raise TaskError(f"{where}: expected True or False at 'episode_done', got {value!r:.60}")
        return truth
    if name == "reward":
        try:
            return float(value)
        except ValueError:
            raise TaskError(f"{where}: expected a number at 'reward', got {value!r:.60}") from None
    return _plain(value)


def _plain(value: str) -> str:
    return value.replace("\\n", "\n").replace("\\t", "\t").replace("__PIPE__", "|")
