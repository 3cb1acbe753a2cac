"""Bars as SVG."""

from __future__ import annotations

from xml.etree import ElementTree

from parleyrun.evaluate.bar_chart import Bar, bars_as_svg

SVG = "{http://www.w3.org/2000/svg}"


def texts(picture: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def test_names_are_escaped_and_control_characters_replaced() -> None:
    shown = texts(bars_as_svg('<b> & "c"', [Bar("jsonfile:<a>\x1b[31m&.jsonl", 0.5)]))
    assert shown[0] == '<b> & "c"'
    assert "jsonfile:<a>\N{REPLACEMENT CHARACTER}[31m&.jsonl" in shown


def test_what_was_not_measured_is_no_bar_and_says_so() -> None:
    picture = bars_as_svg("Accuracy", [Bar("a", None), Bar("b", float("nan")), Bar("c", 0.0)])
    assert texts(picture)[-5::2] == ["not measured", "not measured", "0.0%"]
    widths = [bar.get("width") for bar in ElementTree.fromstring(picture).iter(f"{SVG}rect")]
    assert widths[1:] == ["0.00"] * 3


def test_a_long_name_keeps_its_beginning_and_its_end() -> None:
    name = next(
        text
        for text in texts(bars_as_svg("Accuracy", [Bar("my.module:Class:" + "x" * 90 + ":17", 1.0)]))
        if "…" in text
    )
    assert len(name) < 50
    assert name.startswith("my.module:")
    assert name.endswith(":17")


def test_everything_is_within_the_picture() -> None:
    root = ElementTree.fromstring(bars_as_svg("A title " * 20, [Bar("task", 1.0)] * 3))
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    for text in root.iter(f"{SVG}text"):
        assert 0 < float(text.get("x", "")) < width
        assert 0 < float(text.get("y", "")) < height
