"""`babi`: numbered lines, questions with tabs."""

from __future__ import annotations

import pytest

from parleyrun.core.create import create_agent
from parleyrun.core.create_task import create_task
from parleyrun.errors import TaskError
from parleyrun.tasks.babi import BabiTeacher, answers_in, read_stories

STORIES = (
    "1 Ann is in the hall.\n"
    "2 Bob is in the shed.\n"
    "3 Where is Ann? \thall\t1\n"
    "4 Ann is in the yard.\n"
    "5 Where is Bob?\tshed\t2\n"
    "1 Cy has a cup, a pen.\n"
    "2 What has Cy?\tcup,pen\t1\n"
)


class MyBabi(BabiTeacher):
    """Reads the files in `opt['folder']`."""

    def file_of(self, fold):
        return self.opt["folder"] / f"{fold}.txt"


def written(tmp_path, text, name="train.txt"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_each_question_has_the_lines_since_the_one_before(tmp_path):
    read = list(read_stories(written(tmp_path, STORIES)))
    assert read == [
        (
            {
                "text": "Ann is in the hall.\nBob is in the shed.\nWhere is Ann?",
                "labels": ("hall",),
                "support": ("Ann is in the hall.",),
            },
            True,
        ),
        (
            {
                "text": "Ann is in the yard.\nWhere is Bob?",
                "labels": ("shed",),
                "support": ("Bob is in the shed.",),
            },
            False,
        ),
        (
            {
                "text": "Cy has a cup, a pen.\nWhat has Cy?",
                "labels": ("cup,pen",),
                "support": ("Cy has a cup, a pen.",),
            },
            True,
        ),
    ]


def test_editions_without_support_are_read_too(tmp_path):
    ((example, begins),) = read_stories(written(tmp_path, "1 It rains.\n2 Does it rain?\tyes\n"))
    assert begins
    assert example == {"text": "It rains.\nDoes it rain?", "labels": ("yes",)}


def test_lists_are_words_in_the_kinds_that_ask_for_lists(tmp_path):
    assert answers_in(written(tmp_path, STORIES), lists=True) == ("hall", "shed", "cup pen")


def test_candidates_are_the_answers_to_learn_from_and_the_right_one(tmp_path):
    written(tmp_path, STORIES)
    written(tmp_path, "1 Is it?\tshed\n2 Is it?\tattic\n", "valid.txt")
    teacher = MyBabi({"task": "x:MyBabi:1", "datatype": "valid", "folder": tmp_path})
    first, second = teacher.act(), teacher.act()
    assert first["label_candidates"] == ("hall", "shed", "cup,pen")
    assert second["label_candidates"] == ("hall", "shed", "cup,pen", "attic")


def test_a_line_without_a_number_is_named(tmp_path):
    with pytest.raises(TaskError, match=r"train\.txt:2: expected a number and a sentence, got 'Ann is"):
        list(read_stories(written(tmp_path, "1 Hello.\nAnn is here.\n")))


@pytest.mark.parametrize(
    "name", ["babi:Sample", "babi:Sample:0", "babi:Sample:21", "babi:Sample:one", "babi:Sample:1:2"]
)
def test_a_kind_that_there_is_none_of_says_which_there_are(name):
    with pytest.raises(TaskError, match=r"expected a number from 1 to 20 at the end of the name"):
        create_task({"task": name, "datatype": "valid"}, create_agent({"model": "repeat_label"}))


@pytest.mark.parametrize("batchsize", [1, 2, 5])
def test_ir_baseline_answers_what_was_worked_out_by_hand(tmp_path, batchsize):
    """What it says is the candidate that is mentioned most often; the first of them, if there are several.

    | question            | mentioned, how often        | says   | right  |
    |---------------------|-----------------------------|--------|--------|
    | Where is Ann?       | barn 1, hall 1 (a tie)      | barn   | hall   | no
    | Where is Bob?       | hall 2, barn 1              | hall   | hall   | yes
    | Where is Cy?        | shed 1                      | shed   | shed   | yes
    | Where is Dee?       | nothing: first candidate    | barn   | yard   | no
    | Where is Eve?       | yard 1                      | yard   | barn   | no
    """
    written(tmp_path, "1 Where is Zoe?\tbarn\n2 Where is Zoe?\thall\n3 Where?\tshed\n4 Where?\tyard\n")
    written(
        tmp_path,
        "1 Ann went to the hall.\n"
        "2 Bob went to the barn.\n"
        "3 Where is Ann?\thall\t1\n"
        "1 Ann went to the hall.\n"
        "2 Ann went to the barn.\n"
        "3 Bob went to the hall.\n"
        "4 Where is Bob?\thall\t3\n"
        "5 Cy went to the shed.\n"
        "6 Where is Cy?\tshed\t5\n"
        "7 Dee is away.\n"
        "8 Where is Dee?\tyard\t7\n"
        "1 Eve left the yard.\n"
        "2 Where is Eve?\tbarn\t1\n",
        "test.txt",
    )
    opt = {"task": f"{__name__}:MyBabi:1", "datatype": "test", "folder": tmp_path, "model": "ir_baseline"}
    with create_task({**opt, "batchsize": batchsize}, create_agent(opt)) as world:
        while not world.epoch_done():
            world.parley()
        report = world.report()
    assert report["exs"].value() == 5
    assert report["accuracy"].value() == 2 / 5


def test_ir_baseline_on_the_sample_of_kind_1_answers_what_was_worked_out_by_hand():
    """By the same rule, with the candidates in their order: cellar, attic, harbour, stable, library, orchard.

    Two places are mentioned before each question, so it says the one that comes first in that order. This
    is right five times: for the 2nd, 13th (the same place twice), 14th, 17th and 18th question.
    """
    said = (
        *("cellar", "attic", "cellar"),
        *("attic", "cellar", "attic"),
        *("stable", "stable", "cellar"),
        *("harbour", "stable", "stable"),
        *("harbour", "harbour", "stable"),
        *("harbour", "harbour", "cellar"),
    )
    right = {2, 13, 14, 17, 18}
    opt = {"task": "babi:Sample:1", "datatype": "test", "model": "ir_baseline"}
    with create_task(opt, create_agent(opt)) as world:
        for number, place in enumerate(said, 1):
            world.parley()
            asked, answered = world.get_acts()
            assert (number, answered["text"]) == (number, place)
            assert (place in asked["eval_labels"]) == (number in right)
        assert world.epoch_done()
        assert world.report()["accuracy"].value() == 5 / 18
