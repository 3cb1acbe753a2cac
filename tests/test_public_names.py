"""What the packages with public names offer: by their stubs, and at run time."""

from __future__ import annotations

import ast
import inspect
import pydoc
import re
import subprocess
import sys
from collections import Counter
from enum import Enum
from importlib import import_module
from pathlib import Path

import pytest

import parleyrun
from parleyrun import errors

OFFERING = ("parleyrun", "parleyrun.core.worlds", "parleyrun.testing", "parleyrun.archive")


def listed_in_stub(package: str) -> list[str]:
    module = import_module(package)
    tree = ast.parse(Path(module.__file__).with_suffix(".pyi").read_text("utf-8"))
    return [
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]


@pytest.mark.parametrize("package", OFFERING)
def test_a_package_offers_what_its_stub_lists_and_lists_each_name_once(package):
    listed = listed_in_stub(package)
    assert len(listed) > 5
    assert [name for name, times in Counter(listed).items() if times > 1] == []
    assert set(import_module(package).__all__) - {"__version__"} == set(listed)


@pytest.mark.parametrize("package", OFFERING)
def test_every_public_name_can_be_imported_and_is_seen_by_dir(package):
    module = import_module(package)
    assert all(getattr(module, name) is not None for name in module.__all__)
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("package", OFFERING)
def test_help_shows_the_public_names(package):
    shown = pydoc.plain(pydoc.render_doc(import_module(package)))
    assert [name for name in listed_in_stub(package) if name not in shown] == []


def test_star_imports_the_public_names():
    names: dict[str, object] = {}
    exec("from parleyrun import *", names)
    assert names["World"] is parleyrun.World
    assert set(parleyrun.__all__) <= set(names)


def test_every_error_can_be_imported_from_the_root():
    raised = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, BaseException) and not name.startswith("_")
    }
    assert "ParleyrunError" in raised
    assert raised - set(parleyrun.__all__) == set()


def test_a_name_that_is_not_there_is_an_attribute_error_that_says_so():
    with pytest.raises(AttributeError, match="module 'parleyrun' has no attribute 'Wrld'"):
        parleyrun.Wrld
    with pytest.raises(ImportError, match="cannot import name 'Wrld' from 'parleyrun'"):
        from parleyrun import Wrld  # noqa: F401


@pytest.mark.process
def test_a_name_is_loaded_when_it_is_used_and_stays():
    script = (
        "import sys, parleyrun\n"
        "assert not [name for name in sys.modules if name.startswith('parleyrun.core')]\n"
        "assert 'World' not in vars(parleyrun)\n"
        "parleyrun.World\n"
        "assert 'World' in vars(parleyrun) and 'parleyrun.core.worlds.world' in sys.modules\n"
        "assert 'parleyrun.core.worlds.batch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_help_shows_what_a_world_is_really_built_from():
    assert list(inspect.signature(parleyrun.World).parameters) == ["opt", "agents", "shared"]
    assert re.search(r"World\([\s|]*opt: ", pydoc.plain(pydoc.render_doc(parleyrun.World)))


@pytest.mark.parametrize("package", OFFERING)
def test_no_public_class_or_function_hides_its_arguments(package):
    module = import_module(package)
    for name in module.__all__:
        value = getattr(module, name)
        plain = inspect.isclass(value) and not issubclass(value, BaseException | dict | Enum)
        if inspect.isfunction(value) or (plain and not getattr(value, "_is_protocol", False)):
            kinds = {parameter.kind for parameter in inspect.signature(value).parameters.values()}
            assert not {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD} <= kinds, name


def described(name: str) -> tuple[object, str, list[str]]:
    """Return a public class or function, what is said of it, and its parameters."""
    value = getattr(parleyrun, name)
    if not inspect.isclass(value):
        return value, value.__doc__ or "", list(inspect.signature(value).parameters)
    own = value.__init__ if value.__init__ is not BaseException.__init__ and not issubclass(value, Enum) else None
    parameters = [] if own is None else list(inspect.signature(own).parameters)[1:]
    said = f"{value.__doc__}\n{getattr(own, '__doc__', '')}"
    return value, said, [] if parameters == ["args", "kwargs"] else parameters


PUBLIC = [
    name
    for name in parleyrun.__all__
    if inspect.isfunction(getattr(parleyrun, name)) or inspect.isclass(getattr(parleyrun, name))
]


def test_what_a_public_name_takes_and_returns_is_described():
    for name in PUBLIC:
        value, said, parameters = described(name)
        assert said.strip(), name
        assert [each for each in parameters if not re.search(rf"^ +{each}: \S", said, re.MULTILINE)] == [], name
        if inspect.isfunction(value) and inspect.signature(value).return_annotation not in (None, "None"):
            assert re.search(r"^ *Returns:$", said, re.MULTILINE), name
