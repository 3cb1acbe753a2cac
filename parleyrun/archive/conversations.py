"""Conversations as the record holds them: who took part, and what was said, each message once.

In the logs of participants a message stands once for the person who said it and once for everybody who saw it.
Here these lines are put together again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Any

from ..core.bot_seats.bot_names import BOT_PREFIX, bot_of_log
from ..events import SendingState
from ..store.protocol import line_reference
from ..store.safe_unpickling import loads
from .line_rows import LineRow, decided

SYSTEM = "system"
"""Who speaks where nobody is named, in the formats that need a name."""

_TURN_SECONDS = 0.1
"""Lines that a world said closer together than this count as said in one turn, unless a person's stand between."""

_LONGEST_TURN = 1_000
"""How many messages of one turn are looked through for one that several people were told."""


@dataclass(frozen=True, slots=True)
class RecordedSeat:
    """Somebody's seat in a conversation. `link_values` are those of the parameters of the link they came by.

    A bot's `participant_id` is `bot:NAME`, and `log_id` what its log in this run is called; `model` is what it
    thinks with, and `disclosed` whether people were told that it is a bot. People have none of these.
    """

    participant_id: str
    role: str | None
    link_values: tuple[str, ...] = ()
    _: KW_ONLY
    is_bot: bool = False
    model: str | None = None
    disclosed: bool | None = None
    log_id: str = ""

    @property
    def speaker(self) -> str:
        """The name under which others saw what they said."""
        return self.role or (self.participant_id.removeprefix(BOT_PREFIX) if self.is_bot else self.participant_id)


@dataclass(frozen=True, slots=True)
class Matched:
    """How the people of a conversation came together; `passed_over` are `(participant_id, why not)`."""

    at: float
    taken: tuple[str, ...]
    passed_over: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedModeration:
    """What was to be shown to somebody and was not, or not as it was said.

    `verdict` is `changed`, `held` or `refused`, `shown` what they were shown instead (None: nothing).
    `carried_line` names somebody's line that it was, as `RecordedMessage.reference` does; None for a world's word.
    """

    participant_id: str
    at: float
    speaker: str
    text: str
    verdict: str
    reason: str
    shown: str | None
    carried_line: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A run, as it is on record. Times are wall time in seconds; `ended` is None while it goes on.

    `uid` is what authors know as the `conversation_id`. `run_id` names the start of the service in which it began,
    None if nobody took note of that. `people` are all who sat in it, bots behind the others.
    """

    uid: str
    task_id: str
    run_id: str | None
    group: str
    world: str
    kind: str
    task: str | None
    started: float
    ended: float | None
    outcome: str | None
    reason: str
    forced: bool
    data: Any
    people: tuple[RecordedSeat, ...]
    matched: Matched | None = None
    moderated: tuple[RecordedModeration, ...] = ()

    @property
    def name(self) -> str:
        """What people call it: `chat/t_12`."""
        return f"{self.group}/{self.task_id}"

    @property
    def withheld(self) -> dict[str, str]:
        """What somebody said and was held or refused, by the line that it was."""
        return {
            each.carried_line: each.verdict
            for each in self.moderated
            if each.carried_line is not None and each.shown is None
        }

    @property
    def speakers(self) -> dict[str, str]:
        """The name of each participant in this conversation."""
        return {person.participant_id: person.speaker for person in self.people}

    @property
    def seats_by_log(self) -> dict[str, RecordedSeat]:
        """The seats, by what the record calls the log of each."""
        return {person.log_id or person.participant_id: person for person in self.people}


@dataclass(frozen=True, slots=True)
class Transmission:
    """What became of a line that a channel sent by itself, in one piece or several.

    `state` is 'dropped' as soon as one piece was, and 'sent' once all are. `channel_ids` are what the channel
    calls the pieces, `reason` is why they were dropped.
    """

    state: SendingState
    channel_ids: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ShownTo:
    """Who a message was shown to, and when: committed (`at`), delivered and read, as far as that is known.

    What was read has been delivered by then, whether or not that was told of. A bot has no screen, and sees what
    it is shown.
    """

    participant_id: str
    at: float
    delivered: float | None = None
    read: float | None = None
    transmission: Transmission | None = None
    _: KW_ONLY
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class RecordedReaction:
    """How somebody reacted to a message, and when."""

    participant_id: str
    reaction: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedMessage:
    """One message of a conversation.

    `participant_id` is the person or the bot (`bot:NAME`, with `is_bot`) who said it, None if it was the world or
    the system (whose `speaker` is empty). `more` holds what else the message had, by the names of `Message`.
    `at` is when it was committed, `sent` when it was said, if that is known: by a person, as their channel tells,
    by a bot, or by the world. `unread` are a person's words that no world has read yet. `answer` is what it took a
    bot to say it, but for the prompt, as `export` writes it; None where that is not on record. `reference` names
    the line that it was, in the log of whoever said it. `moderated` is `held` or `refused` of what no person was
    shown for that reason, and `changed` of what people were shown otherwise than it was said. `replies_to` names
    the line that it replies to, `reply_to` is the number of that message in the conversation, if it is there,
    and `told_as` what the lines are called that a world told people.
    """

    at: float
    speaker: str
    participant_id: str | None
    text: str
    more: Mapping[str, Any] = field(default_factory=dict)
    shown_to: tuple[ShownTo, ...] = ()
    sent: float | None = None
    unread: bool = False
    is_bot: bool = False
    answer: Mapping[str, Any] | None = None
    reference: str = ""
    moderated: str = ""
    replies_to: str = ""
    told_as: tuple[str, ...] = ()
    reply_to: int | None = None
    reactions: tuple[RecordedReaction, ...] = ()

    @property
    def is_models_own(self) -> bool:
        """Whether it is not a sentence that a bot had to say as its model gave no answer."""
        return self.answer is None or self.answer.get("kind") != "failed"


def recorded_messages(
    rows: Iterable[LineRow], seats: Mapping[str, RecordedSeat], withheld: Mapping[str, str]
) -> Iterator[RecordedMessage]:
    """Put the lines of one run together into messages.

    `seats` are those of the run, by the names of their logs, `withheld` is as in `Conversation`. `rows` come in
    the order of `n`, but for copies, which follow right behind their original; a copy whose original is not among
    the rows is left out. Holds one turn at a time.
    """
    said: RecordedMessage | None = None
    said_n = -1
    told = _Turn()
    for row in rows:
        if row.mine:
            if said is not None:
                yield said
            yield from told.take()
            said = _said(row, seats.get(row.participant_id), withheld)
            said_n = row.n
        elif row.original is not None:
            if said is not None and row.original == said_n:
                said = _shown_also(said, row)
        else:
            if said is not None:
                yield said
                said = None
            if not told.takes(row):
                yield from told.take()
            told.add(row)
    if said is not None:
        yield said
    yield from told.take()


def _shown_also(said: RecordedMessage, row: LineRow) -> RecordedMessage:
    """Return a message that somebody else was shown, too.

    What was changed for one person is the message, whoever else was shown what was really said.
    """
    shown_to = (*said.shown_to, _shown(row))
    if row.is_bot:
        return replace(said, shown_to=shown_to)
    if said.moderated == "changed" or row.text == said.text:
        moderated = "changed" if said.moderated == "changed" else ""
        return replace(said, shown_to=shown_to, moderated=moderated)
    return replace(said, shown_to=shown_to, text=row.text, more=_more(row.more), moderated="changed")


def _said(row: LineRow, seat: RecordedSeat | None, withheld: Mapping[str, str]) -> RecordedMessage:
    """Return what somebody said, before anybody was shown it."""
    who = _participant(row)
    # A bot without a role may have spoken under any name.
    name = row.speaker if row.is_bot else who
    reference = line_reference(row.participant_id, row.seq)
    return RecordedMessage(
        at=row.at,
        speaker=(seat and seat.role) or name or who,
        participant_id=who,
        text=row.text,
        more=_more(row.more),
        sent=row.sent,
        unread=not row.consumed,
        is_bot=bool(row.is_bot),
        answer=None if row.decision is None else decided(row.decision),
        reference=reference,
        moderated=withheld.get(reference, ""),
        replies_to=row.reply_to or "",
    )


def _participant(row: LineRow) -> str:
    return bot_of_log(row.participant_id) if row.is_bot else row.participant_id


class _Turn:
    """What a world said in one turn: the same to several people is one message."""

    def __init__(self) -> None:
        self._at = 0.0
        self._messages: list[tuple[LineRow, dict[str, ShownTo], list[str]]] = []
        self._alike: dict[tuple[str, str, bytes | None], list[tuple[dict[str, ShownTo], list[str]]]] = {}

    def takes(self, row: LineRow) -> bool:
        return abs(row.at - self._at) < _TURN_SECONDS and len(self._messages) < _LONGEST_TURN

    def add(self, row: LineRow) -> None:
        self._at = row.at
        alike = self._alike.setdefault((row.speaker, row.text, row.more), [])
        line = line_reference(row.participant_id, row.seq)
        for shown_to, told_as in alike:
            if row.participant_id not in shown_to:
                shown_to[row.participant_id] = _shown(row)
                told_as.append(line)
                return
        told = ({row.participant_id: _shown(row)}, [line])
        alike.append(told)
        self._messages.append((row, *told))

    def take(self) -> Iterator[RecordedMessage]:
        messages, self._messages, self._alike = self._messages, [], {}
        for row, shown_to, told_as in messages:
            yield RecordedMessage(
                at=row.at,
                speaker=row.speaker,
                participant_id=None,
                text=row.text,
                more=_more(row.more),
                shown_to=tuple(shown_to.values()),
                sent=row.sent,
                replies_to=row.reply_to or "",
                told_as=tuple(told_as),
            )


def _shown(row: LineRow) -> ShownTo:
    told = [at for at in (row.delivered, row.read) if at is not None]
    sendings = _transmission(row.sendings)
    is_bot = bool(row.is_bot)
    return ShownTo(_participant(row), row.at, min(told, default=None), row.read, sendings, is_bot=is_bot)


def _transmission(sendings: str | None) -> Transmission | None:
    if sendings is None:
        return None
    pieces = json.loads(sendings)
    sent = sum(state == "sent" for state, *_ in pieces)
    dropped = any(state == "dropped" for state, *_ in pieces)
    state: SendingState = "dropped" if dropped else "sent" if sent >= min(of for *_, of in pieces) else "trying"
    return Transmission(
        state,
        tuple(channel_id for _, channel_id, *_ in pieces if channel_id is not None),
        "; ".join(dict.fromkeys(reason for _, _, reason, _ in pieces if reason)),
    )


_NOTHING: Mapping[str, Any] = {}


def _more(pickled: bytes | None) -> Mapping[str, Any]:
    if pickled is None:
        return _NOTHING
    more = loads(pickled)
    return more if isinstance(more, Mapping) else {"unreadable": str(more)}
