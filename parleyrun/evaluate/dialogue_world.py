"""A task's world that keeps what is said in it, whatever batch or process it is in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..core.agents import Agent
from ..core.teachers.shards import shard_of
from ..core.worlds.dialog import DialogPartnerWorld
from .conversations_file import DialogueLine, conversation_as_json, line_of_act

FILES = "dialogue_files"
METADATA = "dialogue_metadata"

_LINES_HELD = 256


class DialogueWorld(DialogPartnerWorld):
    """Writes each episode that ends as a line of JSON to a file, with the number of the episode before it.

    `opt['dialogue_files']` has the beginning of a file's name for each task, to which the number of the process
    is added: copies within a process take turns, so they have one file in common. `opt['dialogue_metadata']` is
    named in each line. `in_order` puts the lines of all copies together.
    """

    def __init__(
        self,
        opt: Mapping[str, Any] | None = None,
        agents: Sequence[Agent] | Agent | None = None,
        shared: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(opt, agents, shared)
        shard = shard_of(self.opt)
        # Copy k of n has the episodes k, k + n, k + 2n of a single pass through the data.
        self._number = shard.index
        self._step = shard.count
        start = self.opt[FILES][str(self.opt["task"])]
        self._path = Path(f"{start}.{self.opt.get('process_index') or 0}")
        self._dialog: list[list[DialogueLine]] = []
        self._lines: list[str] = []

    def update_counters(self) -> None:
        super().update_counters()
        asked, answer = self.acts
        asking = str((asked or {}).get("id") or self.agents[0].getID())
        answering = str((answer or {}).get("id") or self.agents[1].getID())
        if answering == asking:
            # Who reads it again tells the two apart by their names.
            answering = f"{answering} (answering)"
        self._dialog.append([line_of_act(asked or {}, asking), line_of_act(answer or {}, answering)])
        if self.episode_done():
            self._lines.append(f"{self._number}\t{conversation_as_json(self._dialog, self.opt[METADATA])}\n")
            self._number += self._step
            self._dialog = []
            if len(self._lines) >= _LINES_HELD:
                self._write()

    def shutdown(self) -> None:
        """Write what is left, and shut the agents down."""
        try:
            self._write()
        finally:
            super().shutdown()

    def _write(self) -> None:
        if self._lines:
            with self._path.open("a", encoding="utf-8", errors="backslashreplace", newline="") as file:
                file.writelines(self._lines)
            self._lines = []


def in_order(starts: Sequence[str]) -> Iterator[str]:
    """Yield all lines, without numbers and ends: task by task, its episodes in the order of their numbers."""
    for start in starts:
        folder, name = Path(start).parent, Path(start).name
        paths = sorted(folder.glob(f"{name}.*"))
        files = [path.open("rb") for path in paths]
        try:
            # What is held is where each line stands, as dialogues may be many and long.
            places = sorted(
                (number, index, offset) for index, file in enumerate(files) for number, offset in _places(file)
            )
            for _, index, offset in places:
                files[index].seek(offset)
                yield files[index].readline().decode("utf-8").partition("\t")[2].rstrip("\n")
        finally:
            for file in files:
                file.close()


def _places(file: Any) -> Iterator[tuple[int, int]]:
    """Yield the number of each line's episode, and at which byte the line begins."""
    offset = 0
    for line in file:
        yield int(line.partition(b"\t")[0]), offset
        offset += len(line)
