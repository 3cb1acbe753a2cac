"""Tasks by name."""

from __future__ import annotations

import json
import sys

import pytest

from parleyrun.bots.repeat_label import RepeatLabelAgent
from parleyrun.core.create_task import create_task
from parleyrun.core.task_names import (
    expand_tasks,
    find_entries,
    known_tags,
    load_teacher_class,
    options_of,
    prepare_tasks,
)
from parleyrun.core.teachers.teachers import DialogTeacher
from parleyrun.errors import TaskError
from parleyrun.tasks import babi, fromfile, hf, jsonfile, squad
from parleyrun.tasks.catalogue import CATALOGUE


class MineTeacher(DialogTeacher):
    def setup_data(self, datafile):
        yield {"text": "mine?", "labels": ["yes"]}, True


class NotATeacher:
    pass


def test_names_with_commas_between_them_are_single_tasks_each_once():
    assert expand_tasks("squad, babi:Task1k:3,squad") == ["squad", "babi:Task1k:3"]


def test_all_of_babi_is_its_twenty_tasks():
    twenty = [f"babi:Task1k:{number}" for number in range(1, 21)]
    assert expand_tasks("babi") == expand_tasks("babi:All1k") == expand_tasks("BABI:all1k") == twenty
    assert expand_tasks("babi:All10k")[-1] == "babi:Task10k:20"


def test_a_tag_is_all_tasks_that_have_it():
    assert expand_tasks("#qa") == [*expand_tasks("babi:All1k"), "squad"]
    assert expand_tasks("#Sample,#Sample")[-3:] == ["squad:Sample", "fromfile:Sample", "jsonfile:Sample"]


@pytest.mark.parametrize(
    ("names", "complaint"), [("#Nothing", "#QA"), ("squad,,babi", "commas"), ("", "such as b")]
)
def test_names_that_are_none_say_what_was_expected(names, complaint):
    with pytest.raises(TaskError, match=f"expected .*{complaint}"):
        expand_tasks(names)


@pytest.mark.parametrize(
    ("name", "teacher"),
    [
        ("babi:Task1k:1", babi.Task1kTeacher),
        ("babi:task10k:1", babi.Task10kTeacher),
        ("squad", squad.DefaultTeacher),
        ("squad:sample", squad.SampleTeacher),
        ("fromfile", fromfile.DefaultTeacher),
        ("fromfile:data/mine", fromfile.DefaultTeacher),
        ("fromfile:path", fromfile.DefaultTeacher),
        ("jsonfile:talk.jsonl", jsonfile.DefaultTeacher),
        ("hf:someone/some-data:en", hf.DefaultTeacher),
        (f"{__name__}:MineTeacher", MineTeacher),
        (f"{__name__}:Mine:easy", MineTeacher),
    ],
)
def test_a_name_finds_its_teacher(name, teacher):
    assert load_teacher_class(name) is teacher


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("squat", "got 'squat': did you mean 'squad'?"),
        ("chess", "known tasks: babi, fromfile, hf, jsonfile, squad"),
        ("no.such.module:Class", "got 'no.such.module:Class'"),
        ("babi:Task2k:1", "expected a teacher of parleyrun.tasks.babi (Task1k, Task10k, Sample)"),
        (f"{__name__}:Other", "expected a teacher of test_task_names (Mine)"),
        (f"{__name__}:NotATeacher", "expected a subclass of parleyrun.Teacher"),
        (f"{__name__}", "expected the name of a task"),
    ],
)
def test_a_name_that_finds_nothing_says_what_there_is(name, complaint):
    with pytest.raises(TaskError) as raised:
        load_teacher_class(name)
    assert complaint in str(raised.value)


def test_a_module_that_fails_is_not_called_missing(tmp_path, monkeypatch):
    (tmp_path / "broken_task_module.py").write_text("import a_package_that_nobody_has\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="a_package_that_nobody_has"):
        load_teacher_class("broken_task_module:Task")


def test_options_are_what_follows_task_and_teacher():
    assert options_of("babi:Task1k:1") == ["1"]
    assert options_of("squad") == []


def test_the_registry_says_whose_the_data_is():
    for entry in CATALOGUE:
        assert entry.description
        assert entry.tags
        assert entry.licence
        assert all(load_teacher_class(single) for single in expand_tasks(entry.name))
        assert entry.citation or {"Sample", "YourData"} & set(entry.tags)


def test_tags_are_found_however_they_are_written():
    assert find_entries("#sample") == find_entries("Sample") != ()
    assert find_entries() == CATALOGUE
    assert set(known_tags()) >= {"QA", "Sample"}


@pytest.mark.parametrize("name", expand_tasks("#Sample"))
@pytest.mark.parametrize("datatype", ["train:evalmode", "valid", "test"])
def test_every_sample_is_there_and_its_labels_are_right(name, datatype):
    opt = {"task": name, "datatype": datatype}
    with create_task(opt, RepeatLabelAgent(opt)) as world:
        while not world.epoch_done():
            world.parley()
        report = world.report()
    assert report["exs"].value() == world.num_examples() > 1
    assert report["accuracy"].value() == 1.0


def test_samples_of_a_task_have_nothing_in_common_between_training_and_test():
    def asked(name, datatype):
        teacher = load_teacher_class(name)({"task": name, "datatype": datatype})
        return {json.dumps(teacher.get_episode(index), default=str) for index in range(teacher.num_episodes())}

    for name in expand_tasks("#Sample"):
        train, test = (asked(name, datatype) for datatype in ("train:evalmode", "test"))
        assert not train & test, name


def test_preparing_tells_each_teacher_where_to_report():
    class Prepared(MineTeacher):
        told = None

        @classmethod
        def prepare(cls, opt, report):
            cls.told = (opt, report)

    module = sys.modules[__name__]
    module.PreparedTeacher = Prepared
    Prepared.__module__ = __name__
    try:
        prepare_tasks([f"{__name__}:Prepared", "fromfile:Sample"], {"datapath": "/data"}, print)
    finally:
        del module.PreparedTeacher
    assert Prepared.told == ({"datapath": "/data", "task": f"{__name__}:Prepared"}, print)
