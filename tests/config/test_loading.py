"""Reading YAML: values, places, and bounds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from examples import examples
from hypothesis import example, given
from hypothesis import strategies as st

from parleyrun.config import loading
from parleyrun.config.building import draft_config
from parleyrun.config.diagnostics import Findings, Position
from parleyrun.config.key_table import CONFIG
from parleyrun.config.loading import MAX_ALIASED, MAX_BYTES, MAX_DEPTH, parse, read_text
from parleyrun.config.plan import check
from parleyrun.config.schema import Config
from parleyrun.errors import ConfigError


def read(text: str) -> tuple[Any, Findings]:
    findings = Findings("a.yml")
    return parse(text, findings), findings


def codes(text: str) -> list[str]:
    return [found.code for found in read(text)[1].in_order()]


def test_values_are_what_yaml_says() -> None:
    text = "a: 1\nb: [x, 2.5, null, true]\nc: {d: 'e', 3: f}\ng: |\n  long\n  text\n"

    assert read(text)[0] == yaml.safe_load(text)


def test_every_key_and_value_knows_its_line_and_column() -> None:
    marks = read("a: 1\nb:\n  - x\n  - c: y\n")[1].marks

    assert marks[("a",)] == (Position(1, 1), Position(1, 4))
    assert marks[("b", 0)] == (None, Position(3, 5))
    assert marks[("b", 1, "c")] == (Position(4, 5), Position(4, 8))


def test_what_is_not_in_the_file_is_placed_at_its_parent() -> None:
    marks = read("a:\n  b: 1\n")[1].marks

    assert marks.of_value(("a", "c", "d")) == Position(1, 1)
    assert marks.of_key(("a", "c")) == Position(1, 1)


def test_an_anchor_is_used_again_where_its_alias_stands() -> None:
    value, findings = read("a: &x {b: 1}\nc: *x\n")

    assert value == {"a": {"b": 1}, "c": {"b": 1}}
    assert findings.marks.of_value(("c", "b")) == Position(1, 11)


def test_merged_keys_do_not_replace_those_that_are_written() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {z: 3}\nc: {<<: [*a, *b], x: 2}\n"

    assert read(text)[0]["c"] == {"x": 2, "y": 1, "z": 3}
    assert not codes(text)


def test_a_key_that_is_given_twice_names_both_lines() -> None:
    found = read("opt:\n  a: 1\n  b: 2\n  a: 3\n")[1].in_order()[0]

    assert (found.code, found.path, found.line) == ("duplicate-key", "opt.a", 4)
    assert "first in line 2" in found.message


@pytest.mark.parametrize("shape", ["[", "{a: ", "- ", "? ", "{? "])
def test_deep_nesting_is_refused_before_it_costs_anything(shape: str) -> None:
    assert codes(shape * 20_000) == ["too-deep"]


def test_as_many_levels_as_are_allowed_are_fine() -> None:
    assert not codes(f"a: {'[' * (MAX_DEPTH - 1)}x{']' * (MAX_DEPTH - 1)}")
    assert codes(f"a: {'[' * MAX_DEPTH}x{']' * MAX_DEPTH}") == ["too-deep"]


def test_levels_that_come_in_through_an_alias_count() -> None:
    allowed = f"a: &a {'[' * 20}x{']' * 20}\nb: {'[' * (MAX_DEPTH - 21)}*a{']' * (MAX_DEPTH - 21)}\n"

    assert not codes(allowed)
    assert codes(allowed.replace("*a", "[*a]")) == ["too-deep"]


def test_our_limit_on_nesting_comes_before_the_parsers_own_and_names_the_place() -> None:
    for text in ("a: 1\nb: " + "[" * 20_000, "a: 1\nb: " + "[" * 2_000 + "]" * 2_000):
        found = read(text)[1].in_order()[0]

        assert (found.code, found.line, found.column) == ("too-deep", 2, 3 + MAX_DEPTH)


def test_brackets_in_text_and_comments_are_no_levels() -> None:
    assert codes(f"a: '{'[' * 2_000}'\n# {'{' * 2_000}\nb: [1\n") == ["syntax"]


def test_aliases_cannot_make_a_config_grow_without_end() -> None:
    rows = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]

    assert codes("\n".join(rows)) == ["too-many-aliases"]


def test_as_many_aliases_as_anyone_writes_are_fine() -> None:
    text = "a: &a {b: 1}\nc: [" + ", ".join(["*a"] * (MAX_ALIASED // 2)) + "]\n"

    assert not codes(text)


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "large.yml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))

    plan, findings = check(path)

    assert plan is None
    assert [found.code for found in findings] == ["too-large"]


def test_a_file_that_is_just_small_enough_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yml"
    path.write_bytes(b"#" * MAX_BYTES)

    assert read_text(path, Findings(str(path))) == "#" * MAX_BYTES


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "marked.yml"
    path.write_bytes(b"\xef\xbb\xbfa: 1")

    assert read_text(path, Findings(str(path))) == "a: 1"


def test_a_file_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no file") as raised:
        check(tmp_path / "nowhere.yml")
    assert raised.value.unreadable


def test_a_folder_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder") as raised:
        check(tmp_path)
    assert raised.value.unreadable


def test_a_name_that_no_file_can_have_cannot_be_read() -> None:
    with pytest.raises(ConfigError, match="cannot read") as raised:
        check(Path("a\0b.yml"))
    assert raised.value.unreadable


def test_a_file_that_is_not_utf_8_cannot_be_read_and_the_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "latin.yml"
    path.write_bytes("a: 1\nb: grüße\n".encode("latin-1"))

    with pytest.raises(ConfigError, match="line 2 is not UTF-8") as raised:
        check(path)
    assert raised.value.unreadable


@pytest.mark.parametrize("tag", ["!!python/name:os.system", "!!python/object/apply:os.system", "!mine", "!!set"])
def test_tags_that_ask_for_more_than_plain_values_are_refused(tag: str) -> None:
    assert codes(f"a: {tag} {{}}") == ["refused-tag"]
    assert codes(f"a: {tag} x") == ["refused-tag"]


@pytest.mark.parametrize("value", ["!!int x", "!!float x", "!!bool x", "!!timestamp x", "2024-99-99", "9" * 5000])
def test_scalars_that_are_not_what_they_claim_to_be_are_found(value: str) -> None:
    assert codes(f"a: {value}") == ["bad-scalar"]


def test_the_loader_in_python_finds_the_same_as_the_one_in_c(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["a: [1", "a: 1\na: 2", "\ta: 1", "a: b: c", "[" * 500, "a: *b", "a: 'x", "a: \x07", "--- 1\n--- 2\n"]
    with_c = [codes(text) for text in texts]

    monkeypatch.setattr(loading, "_Loader", yaml.SafeLoader)

    assert [codes(text) for text in texts] == with_c


WORDS = """
    task_name world_module overworld tasks opt texts channels browser store limits timeout additional_args page_id
    chat waiting port path : - ? [ ] { } , & * a <<: *a &a ! !! !!int !!python/x | > ' " # % @ ` --- ... ~ null
    true 1 -1 .inf .nan 1e999 2024-01-01 0x_ = <<
"""
BLANKS = ["\n", "\n  ", "\n    ", ": ", "\t", "\x00", "\x85", "\u2028", "é", "\ud800", "😀"]
YAMLISH = st.lists(st.sampled_from([*WORDS.split(), *BLANKS]), max_size=60).map("".join)


@given(st.one_of(st.text(max_size=200), YAMLISH, YAMLISH.map(lambda text: "task_name: x\n" + text)))
@examples(300)
@example("a: &a [*a]\n<<: *a\n")
@example("tasks: {? [a] : b, 1: 2, .nan: 3, ~: 4}")
@example("texts: {waiting: '{', closing: '{0}', stopped: '{a!z}', goodbye: '{a:{b}}', too_fast: '{a[}'}")
def test_no_text_whatever_makes_reading_fail(text: str) -> None:
    findings = Findings("a.yml")

    document = parse(text, findings)
    config = draft_config(document, findings) if document is not None else None

    assert config is not None or findings.has_errors
    assert all(found.line is None or found.line >= 1 for found in findings.in_order())


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from([field.name for field in CONFIG.fields])


@given(st.dictionaries(KEYS, VALUES), st.dictionaries(st.text(max_size=5), st.dictionaries(KEYS, VALUES)))
@examples(60)
def test_no_values_whatever_make_checking_fail(values: dict[str, Any], tasks: dict[str, Any]) -> None:
    findings = Findings("a.yml")

    assert isinstance(draft_config({**values, "additional_args": values}, findings), Config)
    assert isinstance(draft_config({**values, "tasks": tasks}, findings), Config)
