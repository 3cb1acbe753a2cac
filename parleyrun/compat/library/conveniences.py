"""Small helpers of ParlAI's library."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from .parlai_message import ParlaiMessage


def warn_once(msg: str) -> None:
    """Warn of something, each sentence once in a process."""
    warnings.warn(msg, UserWarning, stacklevel=2)


class AttrDict(dict[str, Any]):
    """A dict whose values are attributes, too."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.__dict__ = self


class StopWatch:
    """Measures seconds; stopped and gone on with at will."""

    def __init__(self) -> None:
        self.running = True
        self.total = 0.0
        self.start = time.monotonic()

    def reset(self) -> Self:
        """Begin at 0."""
        self.total, self.start, self.running = 0.0, time.monotonic(), True
        return self

    def stop(self) -> Self:
        """Stop."""
        if self.running:
            self.total += time.monotonic() - self.start
            self.running = False
        return self

    def resume(self) -> Self:
        """Go on."""
        if not self.running:
            self.start, self.running = time.monotonic(), True
        return self

    def time(self) -> float:
        """Return the seconds so far."""
        return self.total + (time.monotonic() - self.start if self.running else 0.0)


class TimeLogger:
    """Says how far something has come."""

    def __init__(self) -> None:
        self.timer = StopWatch()
        self.tot_time = 0.0

    def total_time(self) -> float:
        """Return the seconds so far."""
        return self.tot_time

    def time(self) -> float:
        """Return the seconds since it was said last."""
        return self.timer.time()

    def log(
        self, done: float, total: float, report: Mapping[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Return how far it is, as a line and as values.

        Args:
            done: How much is done.
            total: Of how much.
            report: Metrics to name with it.
        """
        self.tot_time += self.timer.time()
        self.timer.reset()
        shown: dict[str, Any] = {"exs": done, "total": total}
        if total:
            shown["%done"] = done / total
            if done:
                shown["time_left"] = f"{max(0.0, self.tot_time / done * (total - done)):.0f}s"
        shown.update({key: round_sigfigs(value, 4) for key, value in (report or {}).items()})
        return f"{self.tot_time:.0f}s elapsed: {shown}", shown


class NoLock:
    """Where a lock is asked for and none is needed."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        return


class SimpleCounter:
    """A counter of one thread."""

    def __init__(self, value: int = 0) -> None:
        self.val = value

    def increment(self, value: int = 1) -> None:
        self.val += value

    def value(self) -> int:
        return self.val


def round_sigfigs(x: Any, sigfigs: int = 4) -> float:
    """Return a number, or a metric's value, to so many digits that count; 0 for what is none."""
    value = getattr(x, "value", None)
    try:
        number = float(value() if callable(value) else x)
    except (TypeError, ValueError):
        return 0.0
    if number == 0 or not math.isfinite(number):
        return number
    return round(number, -math.floor(math.log10(abs(number))) + sigfigs - 1)


def nice_report(report: Mapping[str, Any]) -> str:
    """Return a report as text, a line each."""
    return "\n".join(f"{name}: {round_sigfigs(value)}" for name, value in sorted(report.items()))


_KEYS = ("text", "id", "labels", "eval_labels", "label_candidates", "episode_done", "reward", "image")
_LISTS = frozenset({"labels", "eval_labels", "label_candidates", "text_candidates"})
_MARKS = (("\\t", "\t"), ("\\n", "\n"), ("__PIPE__", "|"))
"""What stands in a line for the letters that hold its parts and values apart."""


def str_to_msg(txt: str, ignore_fields: str = "") -> ParlaiMessage | None:
    """Return the message that a line of ParlAI's format holds, `text:…<tab>labels:…|…`; None for an empty line."""
    left_out = {name for name in ignore_fields.split(",") if name}
    message = ParlaiMessage()
    for part in txt.rstrip("\n").split("\t"):
        key, colon, value = part.partition(":")
        if not colon or key in left_out:
            continue
        if key in _LISTS:
            message[key] = tuple(map(_read, value.split("|")))
        elif key == "episode_done":
            message[key] = value.strip().casefold() in ("true", "1")
        else:
            message[key] = _read(value)
    if not message:
        return None
    message.setdefault("episode_done", False)
    return message


def msg_to_str(msg: Mapping[str, Any], ignore_fields: str = "") -> str:
    """Return a message as a line of ParlAI's format."""
    left_out = {name for name in ignore_fields.split(",") if name}
    parts = []
    for key in dict.fromkeys([*(key for key in _KEYS if key in msg), *msg]):
        value = msg[key]
        if key in left_out or value is None or (key == "episode_done" and not value):
            continue
        items = value if isinstance(value, list | tuple | set) else [value]
        parts.append(f"{key}:{'|'.join(_written(str(item)) for item in items)}")
    return "\t".join(parts)


def _read(written: str) -> str:
    for mark, letter in _MARKS:
        written = written.replace(mark, letter)
    return written


def _written(text: str) -> str:
    for mark, letter in _MARKS:
        text = text.replace(letter, mark)
    return text


def display_messages(msgs: Sequence[Mapping[str, Any] | None], **_how: Any) -> str:
    """Return what was said in a parley, a line each."""
    lines = [f"[{msg.get('id', '')}]: {msg.get('text', '')}" for msg in msgs if msg]
    if any(msg.get("episode_done") for msg in msgs if msg):
        lines.append("- - - - - - - END OF EPISODE - - - - - - - - - -")
    return "\n".join(lines)


def load_cands(
    path: str | None, lines_have_ids: bool = False, cands_are_replies: bool = False
) -> list[str] | None:
    """Return the candidates of a file, one a line; None without a file.

    Args:
        path: The file.
        lines_have_ids: Lines begin with a number. So they do where the first one begins with 1.
        cands_are_replies: In numbered lines what stands behind the tab is the candidate, as where one has a tab.
    """
    if path is None:
        return None
    with open(path, encoding="utf-8") as file:
        lines = [line.strip().replace("\\n", "\n") for line in file if line.strip()]
    if not lines_have_ids and not "".join(lines[:1]).startswith("1 "):
        return lines
    lines = [line.partition(" ")[2] or line for line in lines]
    if not cands_are_replies and not any("\t" in line for line in lines):
        return lines
    return [reply for line in lines if (reply := (*line.split("\t"), "")[1])]


def recursive_getattr(obj: Any, attr: str, *args: Any) -> Any:
    """Return an attribute by its dotted name."""
    for name in attr.split("."):
        obj = getattr(obj, name, *args)
    return obj


def set_namedtuple_defaults(namedtuple: Any, default: Any = None) -> Any:
    """Give all fields of a named tuple's class a default, and return the class."""
    namedtuple.__new__.__defaults__ = (default,) * len(namedtuple._fields)
    return namedtuple


def float_formatter(f: Any) -> str:
    """Return a number as a few digits."""
    return f"{round_sigfigs(f):.4g}"


def maintain_dialog_history(
    history: dict[str, Any],
    observation: Mapping[str, Any],
    reply: str = "",
    historyLength: int = 1,
    useReplies: str = "label_else_model",
) -> Iterable[str]:
    """Note what was said in a dict that an agent keeps, and return the last lines.

    Args:
        history: What was said, under `dialog`; begun anew after the end of an episode.
        observation: What was said now.
        reply: What the agent had said before.
        historyLength: How many lines are kept.
        useReplies: `none` leaves the agent's own words out.
    """
    if history.get("episode_done") or "dialog" not in history:
        history["dialog"] = []
    lines: list[str] = history["dialog"]
    labels = history.get("labels")
    if useReplies != "none" and lines:
        own = labels[0] if labels and useReplies == "label_else_model" else reply
        lines.extend([own] if own else [])
    lines.extend(str(observation.get("text") or "").split("\n"))
    del lines[:-historyLength]
    history["labels"] = observation.get("labels") or observation.get("eval_labels")
    history["episode_done"] = bool(observation.get("episode_done"))
    return list(lines)
