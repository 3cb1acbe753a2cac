"""The page about models names every key that an entry of the kind chat_completions may have."""

from pathlib import Path

from parleyrun.bots.chat_completions.completion_settings import COMPLETION_SETTINGS

PAGE = Path(__file__).parents[2] / "docs" / "models.md"


def test_every_key_of_chat_completions_has_its_row():
    rows = {line.split("`")[1] for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")}
    assert {field.name for field in COMPLETION_SETTINGS.fields} - rows == set()
