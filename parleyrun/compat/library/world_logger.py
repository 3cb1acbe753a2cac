"""ParlAI's log of what was said in a world."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ...core.act_dict import ActDict
from ...private_files import write_private


class WorldLogger:
    """Keeps what was said in a world, and writes it to a file.

    Args:
        opt: Ignored, as ParlAI's says how its own log is written.
    """

    def __init__(self, opt: Any = None) -> None:
        self._episodes: list[list[list[dict[str, Any]]]] = [[]]

    def log(self, world: Any) -> None:
        """Keep what was said in the last parley."""
        acts = [dict(act) for act in world.get_acts() if act is not None]
        self._episodes[-1].append(acts)
        if world.episode_done():
            self._episodes.append([])

    def reset(self) -> None:
        """Forget everything."""
        self._episodes = [[]]

    def get_logs(self) -> list[list[list[dict[str, Any]]]]:
        """Return what was kept: episodes, in them parleys, in them acts."""
        return [episode for episode in self._episodes if episode]

    def write(self, outfile: str, world: Any = None, file_format: str = "conversations", **_how: Any) -> None:
        """Write it to a file, an episode a line, as JSON; another format that is asked for is taken and left."""
        lines = [
            json.dumps({"dialog": [[_plain(act) for act in acts] for acts in episode]})
            for episode in self.get_logs()
        ]
        write_private(Path(outfile), "".join(f"{line}\n" for line in lines))


def _plain(act: dict[str, Any]) -> dict[str, Any]:
    return ActDict(act).json_safe_payload()
