"""Participants of a whole study, as the chat page is one: forms, a talk with a partner, a rating, a code."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter
from typing import Any

from client import TEXT, Person, frame
from crowd import PATIENCE_SECONDS

TURNS = 10
"""How many lines each participant says."""

PAUSE_SECONDS = (0.5, 1.5)
"""How long somebody reads and thinks before each thing they do, at least and at most."""


@dataclass(slots=True)
class StudyTimes:
    """Milliseconds from something that a participant did to what their page shows for it, and how visits ended.

    Attributes:
        forms: From the end of a form to its state.
        lines: From a line to its acknowledgement.
        relayed: From a line to the partner's page, where that is a person.
        codes: How many were told each code.
        lost: How many lines were not acknowledged, or never came to a partner who is a person.
        unfinished: How many never came to the end of their visit.
    """

    forms: list[float] = field(default_factory=list)
    lines: list[float] = field(default_factory=list)
    relayed: list[float] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    unfinished: int = 0


class Participant(Person):
    """One participant's connection in `parleyrun.v1`, with forms. Frames are read by `next()`."""

    __slots__ = ("_frames", "_message_ids", "_news")

    def __init__(self) -> None:
        super().__init__()
        self._frames: list[dict[str, Any]] = []
        self._message_ids = count(1)
        self._news = asyncio.Event()

    async def enter(self, port: int, panel_id: str) -> None:
        """Come in by a panel's link."""
        await self.open(port, "parleyrun.v1")
        entry = {"PROLIFIC_PID": panel_id}
        self.send({"type": "session", "token": None, "seq": 0, "entry": entry, "forms": True})

    def send(self, content: dict[str, Any]) -> None:
        assert self._transport is not None
        self._transport.write(frame(TEXT, json.dumps(content).encode()))

    def message(self, **content: Any) -> str:
        """Send a message; return its id."""
        message_id = f"m{next(self._message_ids)}"
        self.send({"type": "message", "message_id": message_id, "text": "", **content})
        return message_id

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the next frame that is wanted, leaving out those before it. Raises `ConnectionError`."""
        while True:
            while self._frames:
                found = self._frames.pop(0)
                if wanted(found):
                    return found
            if self.closed is not None:
                raise ConnectionError(self.closed)
            self._news.clear()
            await self._news.wait()

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._news.set()

    def _take(self, content: dict[str, Any]) -> None:
        self._frames.append(content)
        self._news.set()


async def take_part(port: int, people: int, per_second: float) -> StudyTimes:
    """Have so many people arrive, so many a second, and take part from the link to the code."""
    found = StudyTimes()
    said: dict[str, float] = {}

    async def one(number: int) -> None:
        await asyncio.sleep(number / per_second)
        try:
            await Visit(number, found, said).go(port)
        except ConnectionError:
            found.unfinished += 1

    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        for number in range(people):
            group.create_task(one(number))
    found.lost += len(said)
    return found


class Visit:
    """One participant's way through the study.

    Args:
        number: Which one it is.
        found: Where times are noted.
        said: When lines were said that have not come to the partner yet, by their text; of all visits.
    """

    def __init__(self, number: int, found: StudyTimes, said: dict[str, float]) -> None:
        self._number = number
        self._found = found
        self._said = said
        self._lot = random.Random(number)
        self._person = Participant()
        self._unacked: dict[str, float] = {}
        self._with_person = False

    async def go(self, port: int) -> None:
        """Take part."""
        await self._person.enter(port, f"{self._number:024x}")
        while not _in_talk(shown := await self._person.until(lambda got: _is_form(got) or _in_talk(got))):
            await self._fill_in(shown["payload"]["form"])
        speaking = asyncio.create_task(self._speak())
        try:
            shown = await self._listen()
        finally:
            speaking.cancel()
        while shown["type"] != "ended":
            await self._fill_in(shown["payload"]["form"])
            shown = await self._person.until(lambda got: _is_form(got) or got["type"] == "ended")
        code = shown.get("code", "")
        self._found.codes[code] = self._found.codes.get(code, 0) + 1
        self._found.lost += len(self._unacked)
        if not self._with_person:
            for text in [text for text in self._said if text.startswith(f"{self._number}.")]:
                del self._said[text]  # a model heard it
        self._person.close()

    async def _fill_in(self, form: dict[str, Any]) -> None:
        answers = {
            each["name"]: answer
            for page in form["pages"]
            for each in page["fields"]
            if (answer := _answer_to(each)) is not None
        }
        for page in range(1, len(form["pages"]) + 1):
            await self._pause()
            done = page == len(form["pages"])
            payload = {"type": "answers", "form": form["name"], "number": form["number"], "answers": answers}
            began = perf_counter()
            self._person.message(payload={**payload, "page": page} if not done else {**payload, "done": True})
            state = await self._person.until(lambda got: _payload(got).get("type") == "form_state")
            self._found.forms.append((perf_counter() - began) * 1000)
            if state["payload"]["errors"]:
                raise RuntimeError(f"expected no errors in {form['name']}, got {state['payload']['errors']}")

    async def _speak(self) -> None:
        for turn in range(TURNS):
            await self._pause()
            text = f"{self._number}.{turn} what about {40 + turn} for it"
            began = perf_counter()
            self._unacked[self._person.message(text=text)] = began
            self._said[text] = began
        await self._pause()
        self._person.message(text="/finish")

    async def _listen(self) -> dict[str, Any]:
        """Hear the partner until the talk is over; return the form or the end that comes then."""
        while True:
            got = await self._person.until(lambda _: True)
            if _is_form(got) or got["type"] == "ended":
                return got
            now = perf_counter()
            if got["type"] == "ack" and got["message_id"] in self._unacked:
                self._found.lines.append((now - self._unacked.pop(got["message_id"])) * 1000)
            elif got["type"] == "message" and not got["mine"] and got["text"] in self._said:
                self._found.relayed.append((now - self._said.pop(got["text"])) * 1000)
                self._with_person = True

    async def _pause(self) -> None:
        await asyncio.sleep(self._lot.uniform(*PAUSE_SECONDS))


def _payload(content: dict[str, Any]) -> dict[str, Any]:
    payload: dict[str, Any] = content.get("payload") or {}
    return payload


def _is_form(content: dict[str, Any]) -> bool:
    return _payload(content).get("type") == "form"


def _in_talk(content: dict[str, Any]) -> bool:
    return content["type"] == "presence" and content.get("place") == "task"


def _answer_to(each: dict[str, Any]) -> Any:
    match each["kind"]:
        case "yes_no":
            return True
        case "scale" | "slider" | "number":
            return each["from"] if each.get("from") is not None else each.get("min") or 1
        case "choice":
            return each["options"][0]["value"]
        case "choices" | "rank":
            return [option["value"] for option in each["options"]]
        case "matrix":
            return {item["value"]: each["from"] for item in each["items"]}
        case "date":
            return "2001-12-31"
        case "text":
            return "It went well."
    return None
