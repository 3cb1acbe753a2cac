"""Metadata: the name under which a piece of a line is sent, and by which its echo is known again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..page_people import PagePeople

_FORM = re.compile(r"([0-9a-f]{8}):([^:]+):([0-9]{1,18})\.([0-9]{1,6})/([0-9]{1,6})", re.ASCII)


_NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class PieceName:
    """The piece number `piece`, from 0, of the `pieces` of a line."""

    participant_id: str
    seq: int
    piece: int
    pieces: int


class PieceMetadata:
    """Writes and reads names of pieces. `key` is the record's: what another record has sent is none of ours."""

    def __init__(self, key: bytes, people: PagePeople) -> None:
        self._people = people
        self._tag = key.hex()[:8]

    @property
    def notice(self) -> str:
        """What a notice is sent with, which is no piece of a line."""
        return f"{self._tag}:{_NOTICE}"

    def is_notice(self, metadata: str) -> bool:
        """Return whether that is a notice of ours."""
        return metadata == self.notice

    def write(self, name: PieceName) -> str:
        psid = self._people.psid_of(name.participant_id)
        return f"{self._tag}:{psid}:{name.seq}.{name.piece}/{name.pieces}"

    def read(self, metadata: str) -> PieceName | None:
        """Return which piece of ours this names; None for anything else."""
        found = _FORM.fullmatch(metadata)
        if found is None or found[1] != self._tag:
            return None
        seq, piece, pieces = int(found[3]), int(found[4]), int(found[5])
        return PieceName(self._people.participant_of(found[2]), seq, piece, pieces) if piece < pieces else None
