"""The operator, from another process: asks the service that keeps its record in a file."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ...errors import OperatorError
from ...service.operations.operation_results import (
    ActDone,
    ActsFound,
    ConversationFound,
    ConversationsFound,
    HeldFound,
    PeopleFound,
    PersonFound,
    PoolsFound,
)
from ...service.operations.reading.alert_results import AlertsFound
from ...service.operations.reading.host_results import HostsFound
from ...service.operations.reading.study_results import (
    ModelsFound,
    OverviewFound,
    StudyFound,
    TasksFound,
    TroublesFound,
)
from ...service.operations.request_kinds import Destination, DoorState, EndKind, Otherwise
from ...service.operations.request_lines import LONGEST_LINE_BYTES
from ...service.operations.results_reading import result_of
from .operator_lines import HttpLine, OperatorLine, SocketLine

T = TypeVar("T")

TOKEN_VARIABLE = "PARLEYRUN_CONSOLE_TOKEN"  # noqa: S105  # its name


def user_name() -> str:
    """Return what the user is called whose process this is."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a user without a name, as in a container
        return "operator"


class Operator:
    """Looks into a study that runs, and acts in it. Any thread; each call is a connection of its own.

    For instance:

        operator = parleyrun.Operator("my-study.db")
        print(operator.overview().places)
        operator.pause(why="lunch")

    Reading disturbs nobody. What changes something is on record with who, when and why when the call returns, and
    holds over restarts. Every call raises `OperatorError` where it cannot be done, and then nothing has changed.

    With `parleyrun.Operator("https://study.example.org", token)` it is one that has a console, wherever it runs.

    Args:
        where: The file in which the service keeps its record, on this machine: its user, and the system's, may do
            this. Or the address of the service, or of its console.
        token: With an address: the console's; by default what PARLEYRUN_CONSOLE_TOKEN says. With the one for
            looking whatever changes something is refused.
        name: Who acts, as it goes on record; by default the user's name.
        timeout_seconds: How long an answer may take (real time).
    """

    def __init__(
        self,
        where: Path | str,
        token: str | None = None,
        *,
        name: str | None = None,
        timeout_seconds: float = 60.0,
    ) -> None:
        self._line: OperatorLine
        if isinstance(where, str) and where.startswith(("http://", "https://")):
            token = os.environ.get(TOKEN_VARIABLE, "") if token is None else token
            self._line = HttpLine(where, token, timeout_seconds)
        elif token is not None:
            raise OperatorError(f"expected an address beside a token, got {where}", reached=False)
        else:
            self._line = SocketLine(Path(where), timeout_seconds)
        self._name = user_name() if name is None else name

    def ask(self, verb: str, values: Mapping[str, Any] | None = None, *, why: str = "") -> dict[str, Any]:
        """Do an operation by its name, and return its result as plain JSON.

        Args:
            verb: The operation's name.
            values: What it is told, by name.
            why: The reason, for the record.

        Raises:
            OperatorError: It cannot be done; or there is no service (its `reached` is false then).
        """
        request = {"verb": verb, "by": self._name, "why": why, "values": dict(values or {})}
        line = json.dumps(request).encode() + b"\n"
        if len(line) > LONGEST_LINE_BYTES:
            raise OperatorError(f"expected a request of at most {LONGEST_LINE_BYTES} bytes, got {len(line)}")
        answer = self._line.exchange(line)
        if answer.get("ok") is not True:
            raise OperatorError(str(answer.get("error")))
        result: dict[str, Any] = answer["result"]
        return result

    def overview(self) -> OverviewFound:
        """Return how many people are where, what goes on, what is paused, and what is wrong."""
        return self._found(OverviewFound, "overview")

    def people(
        self,
        search: str = "",
        *,
        place: str | None = None,
        task: str | None = None,
        skip: int = 0,
        at_most: int = 100,
    ) -> PeopleFound:
        """Return the people whom the service has in memory.

        Args:
            search: What their id, or a value of the link by which they came, contains.
            place: Where they are: `overworld`, `waiting`, `task`, …
            task: The key of the task that they wait for or are in.
            skip: How many to leave out at the beginning.
            at_most: How many to return.
        """
        return self._found(
            PeopleFound, "people", search=search, place=place, task=task, skip=skip, at_most=at_most
        )

    def person(self, person: str) -> PersonFound:
        """Return one person, by their id, the end of it, or an id of their link, and what has happened to them."""
        return self._found(PersonFound, "person", person=person)

    def conversations(self, task: str | None = None, *, skip: int = 0, at_most: int = 100) -> ConversationsFound:
        """Return the conversations that go on, of one task or of all, the oldest first."""
        return self._found(ConversationsFound, "conversations", task=task, skip=skip, at_most=at_most)

    def conversation(
        self,
        conversation: str,
        after: Mapping[str, int] | None = None,
        *,
        before: Mapping[str, int] | None = None,
        at_most: int | None = None,
    ) -> ConversationFound:
        """Return a conversation's lines, each as those see it who are in it.

        Args:
            conversation: `chat/t_12`, its id, or the beginning of that.
            after: The `after` of the result before: only what came since is returned.
            before: The `before` of the result before: only what is older is returned.
            at_most: How many lines of each person's to return, the newest of these; None for all.
        """
        return self._found(
            ConversationFound,
            "conversation",
            conversation=conversation,
            after=dict(after or {}),
            before=dict(before or {}),
            at_most=at_most,
        )

    def pools(self) -> PoolsFound:
        """Return who waits for what, and why nobody of them is matched yet."""
        return self._found(PoolsFound, "pools")

    def tasks(self) -> TasksFound:
        """Return the tasks, who waits for them and is in them, and how many had which value of each condition."""
        return self._found(TasksFound, "tasks")

    def models(self) -> ModelsFound:
        """Return how the models do: answers, failures by cause, tokens, cost, time."""
        return self._found(ModelsFound, "models")

    def trouble(self, kind: str | None = None, *, at_most: int = 100) -> TroublesFound:
        """Return the last warnings and errors of the service's log, newest first; with `kind` of that one only."""
        return self._found(TroublesFound, "trouble", kind=kind, at_most=at_most)

    def study(self) -> StudyFound:
        """Return what runs: the config without its secrets, versions, and the starts of the service."""
        return self._found(StudyFound, "study")

    def hosts(self) -> HostsFound:
        """Return the hosts on which conversations are executed, where there are any."""
        return self._found(HostsFound, "hosts")

    def drain(self, host: str, *, why: str = "") -> ActDone:
        """Have the conversations of a host go on elsewhere, and no new ones come to it."""
        return self._found(ActDone, "drain", why=why, host=host)

    def fill(self, host: str, *, why: str = "") -> ActDone:
        """Have a host take new conversations again that was emptied."""
        return self._found(ActDone, "fill", why=why, host=host)

    def alerts(self) -> AlertsFound:
        """Return the alerts that are open, what is watched, and by which ways somebody is told."""
        return self._found(AlertsFound, "alerts")

    def held(self) -> HeldFound:
        """Return the lines that moderation holds back."""
        return self._found(HeldFound, "held")

    def acts(self, about: str | None = None, *, at_most: int = 100) -> ActsFound:
        """Return what operators did last, newest first; with `about` to that person, conversation or task."""
        return self._found(ActsFound, "acts", about=about, at_most=at_most)

    def message(
        self,
        text: str,
        *,
        person: str | None = None,
        conversation: str | None = None,
        task: str | None = None,
        everybody: bool = False,
        why: str = "",
    ) -> ActDone:
        """Say something to people as those who run the study: to exactly one of these."""
        to = {"person": person, "conversation": conversation, "task": task, "everybody": everybody or None}
        return self._found(ActDone, "message", why=why, text=text, **to)

    def check(
        self,
        text: str,
        seconds: int,
        *,
        person: str | None = None,
        conversation: str | None = None,
        task: str | None = None,
        replies: Sequence[str] = (),
        answer: str | None = None,
        otherwise: Otherwise = "nothing",
        outcome: str | None = None,
        why: str = "",
    ) -> ActDone:
        """Ask exactly one of these a question, and see to what follows without an answer in time.

        Args:
            text: The question; people see whose it is.
            seconds: How long they have.
            person: This one.
            conversation: All who are in it.
            task: All who wait for it.
            replies: Quick replies; only these are an answer then, and else whatever they write next.
            answer: The right answer.
            otherwise: What follows without an answer in time, or for a wrong one.
            outcome: How their visit ends if they go `out`: a key under `completion:`.
            why: The reason, for the record.
        """
        who = {"person": person, "conversation": conversation, "task": task}
        then = {"replies": list(replies), "answer": answer, "otherwise": otherwise, "outcome": outcome}
        return self._found(ActDone, "check", why=why, text=text, seconds=seconds, **who, **then)

    def send(
        self, person: str, to: Destination, *, task: str | None = None, outcome: str | None = None, why: str = ""
    ) -> ActDone:
        """Take somebody out of where they are, and send them elsewhere.

        Args:
            person: Who.
            to: Back to the `overworld`, to a `task`, or `out` of the door.
            task: Which task.
            outcome: How their visit ended, where they go out: a key under `completion:`.
            why: The reason, for the record.
        """
        return self._found(ActDone, "send", why=why, person=person, to=to, task=task, outcome=outcome)

    def end(self, conversation: str, outcome: EndKind = "stopped", *, why: str = "") -> ActDone:
        """End a conversation for all who are in it."""
        return self._found(ActDone, "end", why=why, conversation=conversation, outcome=outcome)

    def pause(self, task: str | None = None, *, why: str = "") -> ActDone:
        """Match nobody any more for a task, or for any; who waits goes on waiting."""
        return self._found(ActDone, "pause", why=why, task=task)

    def resume(self, task: str | None = None, *, why: str = "") -> ActDone:
        """Match people again for a task; without one the pause of all matching is lifted."""
        return self._found(ActDone, "resume", why=why, task=task)

    def wait(self, task: str, seconds: int | None = None, *, why: str = "") -> ActDone:
        """Say for how many seconds somebody waits for a task at most; None is what the config says again."""
        return self._found(ActDone, "wait", why=why, task=task, seconds=seconds)

    def time(self, task: str, seconds: int | None = None, *, why: str = "") -> ActDone:
        """Say how many seconds conversations of a task may last that begin from now on.

        Args:
            task: Its key.
            seconds: How many; 0 for as long as they take, None for what the config says again.
            why: The reason, for the record.
        """
        return self._found(ActDone, "time", why=why, task=task, seconds=seconds)

    def size(
        self,
        task: str,
        least: int | None = None,
        most: int | None = None,
        *,
        wait: int | None = None,
        why: str = "",
    ) -> ActDone:
        """Say how many people conversations of a task take that begin from now on.

        Args:
            task: Its key.
            least: With how many it may begin; None for what the config says again.
            most: With how many it begins at once; None for as many.
            wait: How many seconds the oldest waits for more than `least`.
            why: The reason, for the record.
        """
        return self._found(ActDone, "size", why=why, task=task, least=least, most=most, wait=wait)

    def quota(self, condition: str, value: str, quota: int | None = None, *, why: str = "") -> ActDone:
        """Say with how many of a condition's value it is enough; None is what the config says again."""
        return self._found(ActDone, "quota", why=why, condition=condition, value=value, quota=quota)

    def door(self, state: DoorState, *, why: str = "") -> ActDone:
        """Let people in (`open`) or nobody new (`closed`); with `drain` nobody inside begins a task either."""
        return self._found(ActDone, "door", why=why, state=state)

    def release(self, line: int, text: str | None = None, *, why: str = "") -> ActDone:
        """Show a line that is held, in other words if they are given."""
        return self._found(ActDone, "release", why=why, line=line, text=text)

    def take(self, conversation: str, role: str, *, why: str = "") -> ActDone:
        """Take over a bot's seat: what it says is held until you release it, as it is or in other words."""
        return self._found(ActDone, "take", why=why, conversation=conversation, role=role)

    def give(self, conversation: str, role: str, *, why: str = "") -> ActDone:
        """Give a seat back to its bot, which speaks for itself again."""
        return self._found(ActDone, "give", why=why, conversation=conversation, role=role)

    def model(self, conversation: str, role: str, model: str | None = None, *, why: str = "") -> ActDone:
        """Have another model go on in a bot's seat; None is that of the config again."""
        return self._found(ActDone, "model", why=why, conversation=conversation, role=role, model=model)

    def swap(
        self,
        conversation: str,
        role: str,
        model: str,
        *,
        out: bool = False,
        outcome: str | None = None,
        hidden: bool = False,
        text: str | None = None,
        why: str = "",
    ) -> ActDone:
        """Have a bot go on in a person's seat; the person goes to the overworld.

        Args:
            conversation: Which.
            role: The person's.
            model: What the bot thinks with.
            out: Whether the person goes out of the door instead.
            outcome: How their visit has ended then.
            hidden: Whether the others are not told that it is a bot.
            text: What the others read; None for nothing.
            why: The reason, for the record.
        """
        values = {"conversation": conversation, "role": role, "model": model, "out": out, "outcome": outcome}
        return self._found(ActDone, "swap", why=why, **values, hidden=hidden, text=text)

    def note(self, person: str, text: str, *, why: str = "") -> ActDone:
        """Note something on a person, for those who run the study."""
        return self._found(ActDone, "note", why=why, person=person, text=text)

    def pair(self, people: Sequence[str], *, why: str = "") -> ActDone:
        """Match people by hand who wait for the same task."""
        return self._found(ActDone, "pair", why=why, people=list(people))

    def undo(self, act: int, *, why: str = "") -> ActDone:
        """Undo what was set, or take a question back, by the number of that act."""
        return self._found(ActDone, "undo", why=why, act=act)

    def alarm(self, *, why: str = "") -> ActDone:
        """Send a test by all ways by which somebody is told of alerts; `told` says by how many."""
        return self._found(ActDone, "alarm", why=why)

    def _found(self, kind: type[T], verb: str, /, *, why: str = "", **values: Any) -> T:
        return result_of(kind, self.ask(verb, values, why=why))
