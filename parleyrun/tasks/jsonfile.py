"""`jsonfile`: conversations as JSON lines, which is what `parleyrun export --format conversations` writes.

A line has `dialog`, a list of exchanges, each a list of messages `{"id": who speaks, "text": what they say}`. So
what people and bots said to each other becomes what an agent learns to say, or is compared with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..core.teachers.examples import Example
from ..core.teachers.teachers import DialogTeacher
from ..errors import TaskError
from .files import SAMPLES, lines_of, users_file

_SYSTEM = "system"
"""Who speaks where an export has nobody: it says so to others, and is not learnt from unless it is named."""

SpokenLine = tuple[str, str]
"""Who, and what."""


class DefaultTeacher(DialogTeacher):
    """Conversations from `opt['jsonfile_datapath']`: a file, or a prefix for `_train.jsonl` and so on.

    Each is an episode. The right answers are what one speaker said, the one that `opt['jsonfile_speaker']` names
    or else the second to speak; the text is all that the others said since. What is said after that speaker's
    last word is no example.
    """

    TAKES_OPTIONS = True

    def datafile(self) -> Path:
        return users_file(self.opt, "jsonfile_datapath", self.datatype.fold, ".jsonl")

    def setup_data(self, datafile: Path) -> Iterator[tuple[Mapping[str, Any], bool]]:
        wanted = self.opt.get("jsonfile_speaker")
        speakers: dict[str, None] = {}
        found = False
        for number, line in lines_of(datafile):
            messages = read_conversation(line, f"{datafile}:{number}")
            speakers.update((who, None) for who, _ in messages)
            for position, example in enumerate(exchanges_with(messages, wanted or second_speaker(messages))):
                found = True
                yield example, position == 0
        if not found and speakers:
            raise TaskError(
                f"expected a conversation in {datafile} in which {wanted or 'a second person'} answers somebody, "
                f"got only these speakers: {', '.join(speakers)}; 'jsonfile_speaker' chooses one"
            )


class SampleTeacher(DefaultTeacher):
    """The sample that comes with the package."""

    def datafile(self) -> Path:
        return SAMPLES / "jsonfile" / f"garden_{self.datatype.fold}.jsonl"


def read_conversation(line: str, where: str) -> list[SpokenLine]:
    """Return what was said in a conversation, in order; `where` is what errors name."""
    try:
        dialog = json.loads(line)["dialog"]
        return [(str(message["id"]), str(message["text"])) for exchange in dialog for message in exchange]
    except (ValueError, KeyError, TypeError) as error:
        raise TaskError(
            f"{where}: expected a conversation in JSON, with a list of lists of messages "
            f'({{"id", "text"}}) at \'dialog\', got {error!r:.100}'
        ) from error


def second_speaker(messages: list[SpokenLine]) -> str | None:
    """Return who is the second to speak, the system left aside; None if there is nobody."""
    speakers = list(dict.fromkeys(who for who, _ in messages if who != _SYSTEM))
    return speakers[1] if len(speakers) > 1 else None


def exchanges_with(messages: list[SpokenLine], speaker: str | None) -> Iterator[Example]:
    """Yield an example for each time the speaker answers others.

    Messages that follow each other become one text, a line each. Those without words (a picture) are left out.
    """
    said: list[str] = []
    answered: list[str] = []
    for who, text in messages:
        if not text:
            continue
        if who == speaker:
            answered.append(text)
            continue
        if said and answered:
            yield {"text": "\n".join(said), "labels": ("\n".join(answered),)}
            said = []
        # What the speaker said before anybody else is no answer to anything.
        answered = []
        said.append(text)
    if said and answered:
        yield {"text": "\n".join(said), "labels": ("\n".join(answered),)}
