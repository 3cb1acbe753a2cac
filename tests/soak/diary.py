"""A diary: what one person sent, and everything they were sent, exactly as it came."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Line:
    """A line of the person's log, as a frame brought it. `visit` counts their connections, from 1."""

    seq: int
    speaker: str
    text: str
    mine: bool = False
    message_id: str | None = None
    visit: int = 1
    round: int = 0


@dataclass
class Sent:
    """A message: what was sent under this id, and as which lines of the log it was acknowledged."""

    message_id: str
    text: str
    round: int = 0
    acks: list[int] = field(default_factory=list)


@dataclass
class Visit:
    """A connection: the last line that the person said they had."""

    offered: int


@dataclass
class Diary:
    """All that is known of one person from outside. `faults` are what the protocol doesn't allow, in words."""

    name: str
    participant_id: str = ""
    sent: dict[str, Sent] = field(default_factory=dict)
    visits: list[Visit] = field(default_factory=list)
    received: list[Line] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    complete: int = 0
    """Up to which line everything is known; what a client offers when it comes back."""
    _known: set[int] = field(default_factory=set)

    def know(self, seq: int) -> bool:
        """Note that this line is known; return whether that is news."""
        if seq <= self.complete or seq in self._known:
            return False
        self._known.add(seq)
        while self.complete + 1 in self._known:
            self.complete += 1
            self._known.remove(self.complete)
        return True

    def acknowledge(self, message_id: str, seq: int) -> None:
        """Note an ack."""
        sent = self.sent.get(message_id)
        if sent is None:
            self.faults.append(f"an ack of {message_id!r}, which they never sent")
        else:
            sent.acks.append(seq)
            self.know(seq)

    def unacknowledged(self) -> list[Sent]:
        """Return what must be sent again on the next connection, oldest first."""
        return [sent for sent in self.sent.values() if not sent.acks]

    def log(self) -> list[Line]:
        """Return the whole log by number, the person's own lines in it. What came twice is in it once."""
        lines = {sent.acks[0]: self._own(sent) for sent in self.sent.values() if sent.acks}
        for line in self.received:
            lines.setdefault(line.seq, line)
        return [lines[seq] for seq in sorted(lines)]

    def _own(self, sent: Sent) -> Line:
        return Line(sent.acks[0], "", sent.text, True, sent.message_id, round=sent.round)

    def __str__(self) -> str:
        """The log in words, for a report."""
        shown = [f"{self.name} ({self.participant_id}), {len(self.visits)} connections:"]
        for line in self.log():
            what = f"> {line.text}" if line.mine else f"{line.speaker}: {line.text}"
            shown.append(f"  {line.seq:5} round {line.round:3}  {what}")
        shown += [f"  not acknowledged: {sent.text!r}" for sent in self.unacknowledged()]
        shown += [f"  fault: {fault}" for fault in self.faults]
        return "\n".join(shown)
