"""The crowd: people on a server that is killed again and again, until everybody is home."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from .checker import Finding, check_conversations, check_people
from .diary import Diary
from .mind import At, Mind
from .people import Person
from .record import Kill, Record, check_oracle, check_record, newest_commit, read_record
from .server import MEMORY, Server
from .words import OVERWORLDS, TASKS

STALL_SECONDS = 30.0
"""How long the crowd may stand still before it counts as stuck."""

LOOK_SECONDS = 0.05
"""What one look counts at most: a machine that stands still for a minute stands still for the server as well."""

PEOPLE_AT_FIRST = 18
NEWCOMERS_A_ROUND = 2
PEOPLE_AT_MOST = 48
LINES_WITHOUT_KILLS = 1500
LONGEST_WITHOUT_KILLS = 20 * LINES_WITHOUT_KILLS
INVITATIONS = 5
"""How often those who wait at the end are sent company. An EXIT may be on its way, so once is too few."""


class Stuck(AssertionError):
    """Nothing moves any more, or somebody cannot come home."""


@dataclass
class Soaked:
    """What is left of a soak. `places` counts who was where, over all kills. `record` is None without a file."""

    diaries: list[Diary]
    asked: list[str]
    kills: list[Kill]
    record: Record | None
    troubles: list[str]
    places: Counter[str]

    def findings(self) -> list[Finding]:
        """Return everything that is wrong."""
        findings, walks = check_people(self.diaries)
        findings += check_conversations(walks)
        findings += [Finding("", f"the server's log: {line}") for line in self.troubles]
        if self.record is not None:
            findings += check_record(self.diaries, self.record)
            findings += check_oracle(self.asked, self.record, self.kills)
        return findings


class Crowd:
    """Everybody who comes to one server."""

    def __init__(self, server: Server, random: Random) -> None:
        self.server = server
        self.round = 0
        self.people: list[Person] = []
        self.going_home = False
        self._random = random
        self._tasks: list[asyncio.Task[None]] = []

    def invite(self, count: int, first: str | None = None) -> None:
        """Have more people come; `first` is the task that they go to first."""
        for _ in range(count):
            name = f"p{len(self.people) + 1}"
            random = Random(self._random.random())
            mind = Mind(random, lambda: self.going_home, first)
            person = Person(name, random, mind, lambda: self.server.url, lambda: self.round)
            self.people.append(person)
            self._tasks.append(asyncio.create_task(person.live(), name=name))

    @property
    def moves(self) -> int:
        """How much has happened: lines that came, and messages that were acknowledged."""
        return sum(person.diary.complete for person in self.people)

    @property
    def places(self) -> Counter[str]:
        return Counter(person.place for person in self.people)

    def has_heard(self, beginnings: Iterable[str]) -> bool:
        """Whether for each of these words somebody got a line that begins so."""
        lines = [line.text for person in self.people for line in person.diary.received if not line.mine]
        return all(any(line.startswith(words) for line in lines) for words in beginnings)

    async def move_on(self, moves: int) -> None:
        """Wait until that much more has happened, or the server is gone. Raises `Stuck`."""
        goal = self.moves + moves
        await self._until(lambda: self.moves >= goal or self.server.is_gone, f"{moves} more lines")

    async def come_home(self) -> None:
        """Have everybody bring what they do to an end; those who wait in vain get the company they wait for."""
        self.going_home = True
        for _ in range(INVITATIONS):
            await self._until(self._all_rest, "everybody to come home, or to wait for somebody")
            for key, waiting in self._waiting().items():
                self.invite(-waiting % TASKS[key].people, first=key)
            if all(person.mind.at_home for person in self.people):
                return
        raise Stuck(f"those who waited got company {INVITATIONS} times, and wait on; {self.stuck()}")

    async def leave(self) -> None:
        """Have everybody go for good."""
        for task in self._tasks:
            task.cancel()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    def _waiting(self) -> Counter[str]:
        """Who waits for company that will not come by itself."""
        return Counter(
            person.mind.task.key
            for person in self.people
            if person.mind.at is At.WAITING and person.mind.task is not None and person.mind.task.backup is None
        )

    def _all_rest(self) -> bool:
        """Whether nothing will happen by itself any more. Enough people for a task who all wait do not rest."""
        waiting = self._waiting()
        if any(count >= TASKS[key].people for key, count in waiting.items()):
            return False
        resting = sum(person.rests for person in self.people)
        return resting == len(self.people) == sum(person.mind.at_home for person in self.people) + waiting.total()

    async def _until(self, there: object, what: str) -> None:
        """Look whenever something may have changed; give up once nothing has for too long."""
        assert callable(there)
        loop = asyncio.get_running_loop()
        moves, still_seconds = self.moves, 0.0
        while not there():
            looked_at = loop.time()
            await asyncio.sleep(0.005)
            still_seconds += min(loop.time() - looked_at, LOOK_SECONDS)
            for task in self._tasks:
                if task.done():
                    task.result()  # a person never ends by themselves: this raises what ended them
            if self.moves > moves:
                moves, still_seconds = self.moves, 0.0
            elif still_seconds > STALL_SECONDS:
                raise Stuck(f"expected {what}, but nothing has moved for {STALL_SECONDS:g} s; {self.stuck()}")

    def stuck(self) -> str:
        """Say where everybody is who is not at home, with the ends of their logs."""
        ends = []
        for person in self.people:
            if not person.mind.at_home:
                task = None if person.mind.task is None else person.mind.task.key
                where = f"believes to be {person.mind.at.value!r} ({task}), is told {person.place!r}"
                where += "" if person.rests else ", and does not rest"
                *_, last = str(person.diary).splitlines()[:1], *str(person.diary).splitlines()[-12:]
                ends.append(f"{person.diary.name} {where}; last: {last}")
        return f"in round {self.round}, {len(ends)} people are not at home\n" + "\n".join(ends)


async def soak(seed: int, kills: int, folder: Path, store: str = MEMORY, *, heard: Iterable[str] = ()) -> Soaked:
    """Let people talk, kill the server `kills` times, bring everybody home; return all that there is to check.

    They talk on until for each of the words `heard` somebody got a line that begins so.

    The seed decides what people do and when the server is killed, as far as the machine lets it.
    """
    random = Random(seed)
    server = Server(folder, OVERWORLDS[seed % len(OVERWORLDS)], store)
    killed: list[Kill] = []
    places: Counter[str] = Counter()
    try:
        await server.start()
        crowd = Crowd(server, random)
        try:
            crowd.invite(PEOPLE_AT_FIRST)
            for crowd.round in range(1, kills + 1):
                crowd.invite(min(NEWCOMERS_A_ROUND, PEOPLE_AT_MOST - len(crowd.people)))
                await crowd.move_on(random.randint(20, 400))
                await asyncio.sleep(random.uniform(0, 0.02))
                places += crowd.places
                await _kill(server, killed, store)
                if random.random() < 0.1:
                    # Killed again while it starts, perhaps in the middle of restoring.
                    await server.spawn()
                    await asyncio.sleep(random.uniform(0.2, 1.0))
                    await _kill(server, killed, store)
                while not await server.start(_doom(random) if crowd.round < kills else None):
                    await _kill(server, killed, store)
            if not kills:
                await crowd.move_on(LINES_WITHOUT_KILLS)
            while not crowd.has_heard(heard) and crowd.moves < LONGEST_WITHOUT_KILLS:
                await crowd.move_on(LINES_WITHOUT_KILLS // 10)
            await crowd.come_home()
            await crowd.leave()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, round {crowd.round}: {error}\n{server.last_words()}") from error
        finally:
            await crowd.leave()
        await server.kill()
    finally:
        await server.end()
    record = None if store == MEMORY else read_record(Path(store))
    diaries = [person.diary for person in crowd.people]
    return Soaked(diaries, server.asked(), killed, record, server.troubles, places)


def _doom(random: Random) -> int | None:
    """Choose whether the next process kills itself, and at which step: early ones fall into restoring."""
    return int(2 ** random.uniform(0, 13)) if random.random() < 0.6 else None


async def _kill(server: Server, killed: list[Kill], store: str) -> None:
    await server.kill()
    killed.append(Kill(len(server.asked()), newest_commit(Path(store))))
