"""Which message of a conversation another one replies to, and how people reacted to each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from ...store.one_line_json import timestamp
from ..conversations import RecordedMessage, RecordedReaction
from ..places.asked_record import AskedRecord

_REACTIONS = """
    SELECT r.line, p.id, r.reaction, r.at FROM reactions AS r JOIN participants AS p ON p.n = r.participant
    WHERE r.run = (SELECT n FROM runs WHERE uid = ?) ORDER BY r.at, r.participant
"""


def reactions_in(file: AskedRecord, run_uid: str) -> dict[str, tuple[RecordedReaction, ...]]:
    """Return how people reacted to the lines of a run, by what each line is called."""
    found: dict[str, tuple[RecordedReaction, ...]] = {}
    for line, who, reaction, at in file.each(_REACTIONS, run_uid):
        found[line] = (*found.get(line, ()), RecordedReaction(who, reaction, at))
    return found


def with_reactions(
    messages: Iterable[RecordedMessage], reactions: Mapping[str, tuple[RecordedReaction, ...]]
) -> Iterator[RecordedMessage]:
    """Yield the messages of a conversation, with the number of the one that each replies to, and reactions."""
    numbers: dict[str, int] = {}
    for number, message in enumerate(messages, 1):
        names = (message.reference,) if message.reference else message.told_as
        for name in names:
            numbers[name] = number
        known = tuple(one for name in names for one in reactions.get(name, ())) if reactions else ()
        reply_to = numbers.get(message.replies_to) if message.replies_to else None
        yield replace(message, reply_to=reply_to, reactions=known) if known or reply_to else message


def reactions_in_words(message: RecordedMessage) -> str:
    """Return how often people reacted in which way; "" where nobody did."""
    counts = Counter(one.reaction for one in message.reactions)
    return ", ".join(f"{reaction} {count}" for reaction, count in counts.items())


def about_reactions(message: RecordedMessage) -> list[dict[str, str]]:
    """Return the reactions to a message as exports have them."""
    return [
        {"participant": one.participant_id, "reaction": one.reaction, "at": timestamp(one.at)}
        for one in message.reactions
    ]
