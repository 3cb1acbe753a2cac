"""How the house is laid out: what a reader can count on without opening a file.

A rule may have a short list of exceptions, every one with its reason; one that nothing needs any more fails too.
"""

from __future__ import annotations

import ast
import gc
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from python_statements import statements

PACKAGE = Path(__file__).parents[1] / "parleyrun"

MOST_FILES = 20
MOST_LINES = 400
MOST_PARAMETERS = 7
MOST_FIELDS = 5
MOST_METHODS = 20

FILE_NAMES = {
    "__init__.py": "Python's own name",
    "schema.py": "a command's file is named after its command",
    "tasks.py": "a command's file is named after its command",
}
"""File names that occur more than once."""

CLASS_NAMES: dict[str, str] = {
    "DefaultTeacher": "the name by which a task's module is asked for its teacher",
    "SampleTeacher": "the name by which a task's module is asked for data that it brings along",
}
"""Public names of classes, and of types, that occur more than once."""

POSITIONAL: dict[str, str] = {
    "Turn": "made for each stretch of each run",
    "Message": "made for each message, and made by authors as Message(text, id)",
}
"""Wide records whose fields may be given by position."""

MANY_METHODS: dict[str, str] = {
    "Session": "each way in which a session can change is a verb of its own",
    "World": "what authors know from ParlAI",
    "RunSeating": "what its seats, its run, and those who wake the run ask of one place",
    "BotSeating": "what bots' seats ask of one place",
    "Operator": "each operation is a method of its own",
    "Person": "whatever somebody can do, and all that they can see",
    "FakeGraph": "the whole of what a test does with the Graph API",
}
"""Classes with more public methods than others."""


def python_files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


class ClassShape(NamedTuple):
    """What counts of a class, so that the tree it was read from need not be kept."""

    path: Path
    name: str
    parameters: int
    positional_fields: int
    public_methods: int


class FileShape(NamedTuple):
    """What counts of a file: the public types at its top, and each of its classes."""

    types: list[str]
    classes: list[ClassShape]


def shape_of(path: Path) -> FileShape:
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return FileShape(
        list(type_names(tree)),
        [
            ClassShape(
                path,
                node.name,
                parameters(node),
                positional_fields(node),
                sum(not method.name.startswith("_") for method in methods(node)),
            )
            for node in statements(tree)
            if isinstance(node, ast.ClassDef)
        ],
    )


@cache
def shapes() -> dict[Path, FileShape]:
    gc.disable()  # a tree has very many nodes, and is gone at once without it
    try:
        return {path: shape_of(path) for path in python_files()}
    finally:
        gc.enable()


def classes() -> list[ClassShape]:
    """Return each class of each file."""
    return [each for shape in shapes().values() for each in shape.classes]


def type_names(module: ast.Module) -> Iterator[str]:
    """Yield the names of classes, and of aliases of types, that stand at the top of a module."""
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id


def looks_like_a_class(name: str) -> bool:
    return name[0].isupper() and any(letter.islower() for letter in name) and "_" not in name


def methods(node: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    yield from (item for item in node.body if isinstance(item, ast.FunctionDef))


def parameters(node: ast.ClassDef) -> int:
    """Return how many parameters a class's own constructor takes, not counting self."""
    for method in methods(node):
        if method.name == "__init__":
            arguments = method.args
            return len([*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]) - 1
    return 0


def positional_fields(node: ast.ClassDef) -> int:
    """Return how many fields of a dataclass can be given by position; 0 for any other class."""
    decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
    if not any(text.startswith("dataclass") and "kw_only=True" not in text for text in decorators):
        return 0
    count = 0
    for item in node.body:
        if isinstance(item, ast.AnnAssign):
            kind = ast.unparse(item.annotation)
            if kind == "KW_ONLY":
                break
            count += not kind.startswith("ClassVar") and "init=False" not in ast.unparse(item)
    return count


def check(found: Mapping[str, list[str]], exceptions: Mapping[str, str]) -> None:
    """Fail on what was found (where each thing stands) and is no exception, and on exceptions for nothing."""
    assert {name: homes for name, homes in found.items() if name not in exceptions} == {}
    assert {name: why for name, why in exceptions.items() if name not in found} == {}, "not needed any more"


def home_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def several(names: Iterator[tuple[Path, str]]) -> dict[str, list[str]]:
    """Return the names that occur more than once, with where."""
    homes = defaultdict(list)
    for path, name in names:
        homes[name].append(home_of(path))
    return {name: paths for name, paths in homes.items() if len(paths) > 1}


def above(counts: Iterator[tuple[Path, str, int]], most: int) -> dict[str, list[str]]:
    """Return what there is too much of, by its name, with where."""
    return {name: [f"{home_of(path)} ({count})"] for path, name, count in counts if count > most}


def test_few_files_lie_flat_in_a_folder():
    counted = Counter(path.parent for path in python_files() if path.name != "__init__.py")

    check(above(((folder, home_of(folder), count) for folder, count in counted.items()), MOST_FILES), {})


def test_a_file_has_a_name_of_its_own():
    check(several((path, path.name) for path in python_files()), FILE_NAMES)


def test_a_public_class_has_a_name_of_its_own():
    check(
        several(
            (path, name) for path, shape in shapes().items() for name in shape.types if looks_like_a_class(name)
        ),
        CLASS_NAMES,
    )


def test_a_file_can_be_read_at_one_sitting():
    lines = ((path, home_of(path), path.read_bytes().count(b"\n")) for path in python_files())

    check(above(lines, MOST_LINES), {})


def test_a_constructor_takes_few_parameters():
    check(above(((each.path, each.name, each.parameters) for each in classes()), MOST_PARAMETERS), {})


def test_fields_of_a_wide_record_are_given_by_name():
    check(above(((each.path, each.name, each.positional_fields) for each in classes()), MOST_FIELDS), POSITIONAL)


def test_a_class_has_few_public_methods():
    counts = ((each.path, each.name, each.public_methods) for each in classes())

    check(above(counts, MOST_METHODS), MANY_METHODS)


def test_there_are_no_banners():
    banners = [
        f"{home_of(path)}:{number}"
        for path in python_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.strip().startswith(("# --", "# ==", "####"))
    ]

    assert banners == []


WIDE = """
@dataclass(frozen=True)
class Wide:
    kind: ClassVar[str] = "x"
    a: int
    b: int
    {marker}
    c: int = 0
    d: int = field(default=0, init=False)

class Takes:
    def __init__(self, a, /, b, *, c): ...
"""


@pytest.mark.parametrize(("marker", "count"), [("", 3), ("_: KW_ONLY", 2)])
def test_the_way_of_counting_sees_what_is_there(marker: str, count: int):
    wide, takes = ast.parse(WIDE.format(marker=marker)).body

    assert isinstance(wide, ast.ClassDef)
    assert isinstance(takes, ast.ClassDef)
    assert positional_fields(wide) == count
    assert parameters(takes) == 3
    assert [looks_like_a_class(name) for name in ("Wide", "URL", "_Hidden", "T", "MOST_LINES")] == [
        True,
        False,
        False,
        False,
        False,
    ]
