"""Functions that models call: what a model is told of them, and what arguments they take."""

from __future__ import annotations

import enum
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Optional

import pytest

from parleyrun.bots.tool_functions import MAX_RESULT_CHARACTERS, ToolFunction
from parleyrun.errors import AgentError


class Size(enum.Enum):
    SMALL = "small"
    LARGE = "large"


def order(
    what: str,
    size: Size,
    sizes: list[Size],
    cut: Optional[Size] = None,  # noqa: UP045 - as authors write it
    near: int | None = None,
    tags: Sequence[str] = (),
    any_tags: list = [],  # noqa: B006 - as authors write it
    notes: Mapping[str, str] | None = None,
    rest: Any = None,
    mode: Literal["eat in", 2] = 2,
    nothing: None = None,
):
    """Order something
    to eat.

    More than a model needs to know.
    """
    return [what, size, sizes, cut, near, tags, notes]


def test_a_model_is_told_of_each_parameter_what_its_annotation_says():
    told = ToolFunction(order).description()["function"]
    sizes = {"enum": ["small", "large"]}
    assert told["description"] == "Order something to eat."
    assert told["parameters"]["required"] == ["what", "size", "sizes"]
    assert told["parameters"]["properties"] == {
        "what": {"type": "string"},
        "size": sizes,
        "sizes": {"type": "array", "items": sizes},
        "cut": {"anyOf": [sizes, {"type": "null"}]},
        "near": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "any_tags": {"type": "array", "items": {}},
        "notes": {"anyOf": [{"type": "object"}, {"type": "null"}]},
        "rest": {},
        "mode": {"enum": ["eat in", 2]},
        "nothing": {"type": "null"},
    }


def test_arguments_reach_the_function_as_it_expects_them():
    seen: list[Any] = []

    def note(size: Size, sizes: list[Size], cut: Size | None, near: int | None, plain="-"):
        seen.append((size, sizes, cut, near, plain))
        return "noted"

    tool = ToolFunction(note)
    given = {"size": "small", "sizes": ["large"], "cut": "large", "near": None, "plain": "a"}
    assert tool.call(json.dumps(given), None) == "noted"
    assert tool.call(json.dumps({**given, "cut": None, "near": 3}), None) == "noted"
    assert seen == [
        (Size.SMALL, [Size.LARGE], Size.LARGE, None, "a"),
        (Size.SMALL, [Size.LARGE], None, 3, "a"),
    ]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("{", "expected arguments in JSON"),
        ("[1]", "expected an object of arguments, got [1]"),
        ('{"what": "soup"}', "expected the arguments what, size, sizes"),
        ('{"what": "soup", "size": "huge", "sizes": []}', "at 'size', got 'huge'"),
        ('{"what": "soup", "size": "small", "sizes": ["huge"]}', "at 'sizes', got ['huge']"),
        ('{"what": "soup", "size": "small", "sizes": [], "near": "by"}', "at 'near', got 'by'"),
        ('{"what": "soup", "size": "small", "sizes": [], "near": true}', "at 'near', got True"),
        ('{"what": "soup", "size": "small", "sizes": [], "tags": "hot"}', "at 'tags', got 'hot'"),
        ('{"what": "soup", "size": "small", "sizes": [], "notes": 1}', "at 'notes', got 1"),
    ],
)
def test_arguments_that_do_not_fit_are_explained_to_the_model(arguments, expected):
    assert expected in json.loads(ToolFunction(order).call(arguments, None))["error"]


def test_what_a_function_returns_is_shown_as_json_and_bounded(caplog):
    def many(how_many: int):
        return {"letters": "x" * how_many}

    def what_is_no_json():
        return object()

    def fails():
        raise KeyError("table")

    assert ToolFunction(many).call('{"how_many": 2}', None) == '{"letters": "xx"}'
    assert len(ToolFunction(many).call('{"how_many": 30000}', None)) == MAX_RESULT_CHARACTERS
    with caplog.at_level(logging.ERROR):
        told = ToolFunction(what_is_no_json).call("", None)
        failed = ToolFunction(fails).call("", None)
    assert json.loads(told)["error"] == "its result cannot be shown"
    assert "what_is_no_json() returned object, which is no JSON" in caplog.text
    assert json.loads(failed)["error"] == "KeyError: 'table'"


def test_a_function_that_no_model_can_call_is_refused():
    def listing(*names: str): ...

    def counting(n: complex): ...

    def unknown(n: Nowhere): ...  # type: ignore[name-defined] # noqa: F821

    with pytest.raises(AgentError, match=r"expected parameters with names of listing\(\), got '\*names"):
        ToolFunction(listing)
    with pytest.raises(AgentError, match=r"at counting\(n\) of a tool, got <class 'complex'>"):
        ToolFunction(counting)
    with pytest.raises(AgentError, match=r"expected annotations of unknown\(\) that can be read"):
        ToolFunction(unknown)
