"""Files of which no test is asked for are known by their marks alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from left_out_files import left_out

FAST = "not browser and not process"
SEVERAL = 'pytestmark = [\n    pytest.mark.usefixtures("x"),\n    pytest.mark.process,\n]\n'


@pytest.mark.parametrize(
    ("text", "wanted", "out"),
    [
        ("pytestmark = pytest.mark.browser\n", FAST, True),
        ("pytestmark = [pytest.mark.timeout(240), pytest.mark.process]\n", FAST, True),
        (SEVERAL, FAST, True),
        ("pytestmark = pytest.mark.browser\n", "", False),
        ("pytestmark = pytest.mark.browser\n", "browser", False),
        ("pytestmark = pytest.mark.browser\n", "browser and process", False),
        ("pytestmark = pytest.mark.browser\n", "process or not browser", False),
        ("pytestmark = pytest.mark.browser\n", "not browser(name='x')", False),
        ("pytestmark = pytest.mark.browser\n", "not", False),
        ("pytestmark = pytest.mark.timeout(240)\n", FAST, False),
        ("pytestmark = NEEDED\n\n\n@pytest.mark.process\ndef test_a(): ...\n", FAST, False),
        ("@pytest.mark.process\ndef test_a(): ...\n", FAST, False),
        ("class TestA:\n    pytestmark = pytest.mark.browser\n", FAST, False),
    ],
)
def test_a_file_is_left_out_if_no_test_of_it_can_be_asked_for(tmp_path: Path, text: str, wanted: str, out: bool):
    file = tmp_path / "test_a.py"
    file.write_text(f"import pytest\n\n{text}")
    assert left_out(file, wanted) is out
