"""What there is to say of tasks that were registered without a list of their own."""

from __future__ import annotations

from types import ModuleType

import pytest

from parleyrun.core.task_names import TaskEntry, TaskRegistry
from parleyrun.core.teachers.teachers import DialogTeacher
from parleyrun.errors import RegistrationError


class Sums(DialogTeacher):
    """Asks for sums.

    More of it.
    """

    def setup_data(self, datafile):
        yield {"text": "1 + 1", "labels": ["2"]}, True


def module(name, **values):
    made = ModuleType(name, values.pop("doc", None))
    vars(made).update(values)
    return made


def test_of_a_task_without_a_list_its_first_line_is_said_and_of_an_unknown_one_nothing():
    tasks = TaskRegistry()
    tasks.register("sums", Sums)
    tasks.register("plain", module("plain", DefaultTeacher=Sums))
    own = (TaskEntry("listed:1", "The first."),)
    tasks.register("listed", module("listed", doc="Not this.", DefaultTeacher=Sums, CATALOGUE=own))
    assert tasks.entries_of("sums") == (TaskEntry("sums", "Asks for sums."),)
    assert tasks.entries_of("plain") == (TaskEntry("plain", ""),)
    assert tasks.entries_of("listed") == own
    assert tasks.entries_of("no such task") == ()
    assert [entry.name for entry in tasks.entries() if entry.name in ("sums", "listed:1")] == ["sums", "listed:1"]


def test_what_cannot_teach_is_refused_with_what_it_is_missing():
    tasks = TaskRegistry()
    for what, why in ((module("empty"), "is a module without a subclass"), (int, "is neither a module nor a")):
        with pytest.raises(RegistrationError, match=why):
            tasks.register("wrong", what)
