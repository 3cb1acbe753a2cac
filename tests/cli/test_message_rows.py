"""A message in rows: the words, and below them what else there is of it."""

from __future__ import annotations

from parleyrun.archive.conversations import RecordedMessage, RecordedReaction
from parleyrun.cli.common.conversation_rows import message_rows


def rows(text="hello", quoted="", **more):
    message = RecordedMessage(at=0.0, speaker="Ann", participant_id="a", text=text, **more)
    first, *others = message_rows(message, quoted)
    assert first == f"00:00:00Z  Ann: {text.splitlines()[0]}"
    return [other.strip(" |") for other in others]


def test_a_plain_message_is_one_row_and_each_further_line_another():
    assert rows() == []
    assert rows("one\ntwo\nthree") == ["two", "three"]


def test_what_it_replies_to_what_was_changed_and_who_really_said_it_stand_below_it():
    reactions = (RecordedReaction(participant_id="b", reaction="👍", at=1.0),)
    found = rows(quoted="well?", moderated="held", is_bot=True, answer={"kind": "failed"}, reactions=reactions)
    assert found[0] == "(reply to: well?)"
    assert "👍" in found[1]
    assert found[2:] == ["(held: nobody was shown it)", "(said by the bot as its model gave no answer)"]


def test_a_payload_is_told_shortly_and_buttons_are_shown():
    found = rows(
        more={"payload": {"type": "image", "url": "https://x/" + "y" * 900}, "quick_replies": ["yes", "no"]}
    )
    assert found == [f"(image: https://x/{'y' * 290}…)", "[yes]  [no]"]
