"""The page lists the names there are, and says what each can be used for."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from cases import case

from parleyrun.compat.name_finder import NameFinder
from parleyrun.errors import AgentError

PAGE = (Path(__file__).parents[2] / "docs" / "coming-from-parlai.md").read_text("utf-8")
ROWS = re.findall(
    r"^\| `(?:from ([\w.]+) )?import ([\w.]+)` \| (\d+) \| (\d+) \| (yes|named only) \|$", PAGE, re.MULTILINE
)


def test_the_table_has_the_most_frequent_first():
    counts = [(int(others), int(own)) for _, _, others, own, _ in ROWS]
    assert len(ROWS) == 60
    assert [others for others, _ in counts] == sorted((others for others, _ in counts), reverse=True)


def test_each_name_is_what_the_table_says():
    with NameFinder():
        for module, name, _, _, said in ROWS:
            if not module:
                assert importlib.import_module(name)
                continue
            found = getattr(importlib.import_module(module), name)
            if said == "named only":
                with case(module, name), pytest.raises(AgentError, match="needs ParlAI itself"):
                    found()
            else:
                assert type(found).__name__ != "_Placeholder", (module, name)
