"""Values of other libraries and of other times: what metrics, acts and pickles make of them."""

from __future__ import annotations

import math
import pickle
import sys
import types

import pytest
from cases import case

from parleyrun import Agent
from parleyrun.bots.pictures import pictures_in
from parleyrun.bots.share_tables import ShareTables
from parleyrun.core.act_dict import ActDict
from parleyrun.core.metrics.metrics import AverageMetric, SumMetric
from parleyrun.core.teachers.teachers import DialogTeacher, EpisodeTeacher
from parleyrun.errors import AgentError, MetricError, TaskError
from parleyrun.evaluate.log.judge_verdict import JudgeVerdict
from parleyrun.store.safe_unpickling import Unknown, loads, strings_in


class Tensor:
    """As one of torch's: of one number, or of several."""

    ndim = 0

    def __init__(self, *values):
        self.values = values

    def item(self):
        if len(self.values) != 1:
            raise ValueError("only one element tensors can be converted")
        return self.values[0]


def test_a_tensor_of_one_number_is_measured_and_what_is_no_number_is_named():
    assert AverageMetric(Tensor(0.5)).value() == 0.5
    assert sum([SumMetric(1), SumMetric(Tensor(2))]).value() == 3
    assert math.isnan(AverageMetric(0, 0).value())
    for value in (Tensor(1, 2), Tensor("much"), "3", b"3", None, 10j):
        with case(value), pytest.raises(MetricError, match="expected a number to measure"):
            AverageMetric(value)
    with pytest.raises(TypeError):
        1 + SumMetric(1)


def test_of_an_act_goes_out_what_json_can_hold():
    act = ActDict(text="hi", score=Tensor(3), tensor=object(), deep={"a": [1, object()], 2: object()})
    assert act.json_safe_payload() == {"text": "hi", "score": 3, "deep": {"a": [1]}}
    assert not act.is_padding()
    act.force_set("batch_padding", True)
    assert act.copy().is_padding()


def test_pictures_are_found_in_whatever_form_they_come():
    def shown(**payload):
        return pictures_in({"text": "", "payload": payload})

    assert shown(type="image", url="https://x.org/a.png") == ("https://x.org/a.png",)
    assert shown(type="image", attachment_id="a1") == ("attachment:a1",)
    assert shown(type="image", data=b"png", mime="image/gif") == ("data:image/gif;base64,cG5n",)
    assert shown(type="image", data="cG5n") == ("data:image/png;base64,cG5n",)
    assert shown(type="image", url="file:///etc/passwd") == shown(type="audio", data="cG5n") == ()
    assert pictures_in({"text": "none"}) == ()


def test_share_tables_are_a_mapping_of_what_is_there_by_now():
    tables = {}
    shown = ShareTables(tables, "seller")
    assert not shown
    tables["seller"] = {"class": Agent, "opt": {}}
    assert shown
    assert sorted(shown) == ["class", "opt", "seller"]
    assert shown["class"] is Agent
    assert {} in list(shown.values())
    assert shown.copy()["seller"] is tables["seller"]
    assert repr(shown) == "ShareTables(seller)"
    with pytest.raises(AgentError, match="did you mean 'seller'"):
        shown["seler"]


def test_what_a_pickle_of_unknown_classes_holds_is_read_without_them():
    module = types.ModuleType("a_module_of_authors")

    class Basket(list):
        pass

    class Shelf(dict):
        pass

    for kind in (Basket, Shelf):
        kind.__module__, kind.__qualname__ = module.__name__, kind.__name__
        setattr(module, kind.__name__, kind)
    sys.modules[module.__name__] = module
    try:
        data = pickle.dumps({"basket": Basket(["apple"]), "shelf": Shelf(pear=Basket(["plum"])), "set": {1}})
    finally:
        del sys.modules[module.__name__]
    found = loads(data)
    assert isinstance(found["basket"], Unknown)
    assert str(found["basket"]) == "<a_module_of_authors.Basket>"
    assert {"apple", "pear", "plum"} <= set(strings_in(found))
    assert found["set"] == {1}


def test_a_teacher_that_is_not_finished_says_what_is_missing():
    class Unwritten(DialogTeacher):
        pass

    class Empty(EpisodeTeacher):
        def num_episodes(self):
            return 1

        num_examples = num_episodes

        def get_episode(self, index):
            return []

    with pytest.raises(TaskError, match=r"Unwritten\.setup_data\(\) is not written"):
        Unwritten({"datatype": "valid"}).act()
    with pytest.raises(TaskError, match="episode 0: expected at least one example, got none"):
        Empty({"datatype": "valid"}).act()


def test_a_verdict_on_record_is_of_the_right_kinds():
    right = {"judge": "a", "rubric": "r", "criterion": "", "value": 4, "number": 4.0}
    assert JudgeVerdict.from_json(right).number == 4
    for wrong in ({"value": [4]}, {"number": "4"}, {"number": math.inf}):
        with case(wrong), pytest.raises(TypeError):
            JudgeVerdict.from_json({**right, **wrong})
