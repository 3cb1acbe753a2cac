"""Frozen mappings: values that any thread may hold."""

import json
import pickle

import pytest

from parleyrun import Opt
from parleyrun.core.message import FrozenDict, freeze


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.__setitem__("a", 2),
        lambda d: d.__delitem__("a"),
        lambda d: d.update(b=1),
        lambda d: d.setdefault("b", 1),
        lambda d: d.pop("a"),
        lambda d: d.popitem(),
        lambda d: d.clear(),
        lambda d: d.__ior__({"b": 1}),
    ],
)
def test_a_frozen_dict_refuses_every_change_and_says_how_to_get_a_changed_one(change):
    values = FrozenDict(a=1)
    with pytest.raises(TypeError, match=r"use copy\(\)"):
        change(values)
    assert values == {"a": 1}


def test_it_is_frozen_all_the_way_down():
    values = FrozenDict({"inner": {"list": [1, {"deep": []}]}})
    assert values == {"inner": {"list": (1, {"deep": ()})}}
    with pytest.raises(TypeError):
        values["inner"]["list"][1]["deep"] = 1


def test_what_it_was_made_of_can_change_without_changing_it():
    source = {"inner": [1]}
    values = FrozenDict(source)
    source["inner"].append(2)
    assert values["inner"] == (1,)


def test_a_copy_is_a_plain_dict_that_can_change():
    values = FrozenDict(a=1)
    changed = values.copy()
    changed["b"] = 2
    assert type(changed) is dict
    assert values == {"a": 1}


def test_json_pickle_and_hashing_take_it_as_what_it_is():
    values = FrozenDict(a=[1, {"b": None}])
    assert json.loads(json.dumps(values)) == {"a": [1, {"b": None}]}
    assert pickle.loads(pickle.dumps(values)) == values
    assert type(pickle.loads(pickle.dumps(Opt(a=1)))) is Opt
    assert {values: 1}[FrozenDict(a=[1, {"b": None}])] == 1


def test_freezing_twice_is_freezing_once():
    values = FrozenDict(a=1)
    assert freeze(values) is values
    assert freeze("text") == "text"
