"""The processes of a `HogwildWorld`, seen from the one that started them."""

from __future__ import annotations

import select
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.reduction import ForkingPickler
from pickle import PickleError
from typing import Any, NoReturn

from ....errors import WorldError
from ...unpicklable import PickleSearch
from .members import Member, listen_to_the_end_of, make_sure_of_the_end_of
from .process import DONE, END, FAILED, MOST_CLAIMED, WORK, Line, Shared, run_process

QUEUED_EACH = 1024
"""How many items for each process may be unprocessed before whoever queues has to wait: enough that no process
runs dry while the parent is not looking."""


class Crew:
    """Processes that each step a world of their own, and the queue of items they all take from.

    They are either at work, where they claim items and report how many they have done, or they listen, each to
    its own pipe. `queue` sets them to work, and `ask` calls them back when all items are done. For one thread.
    Every method but `end` raises `WorldError`, with the traceback, once one of them has failed or died.
    """

    def __init__(self, tables: Sequence[Mapping[str, Any]], context: BaseContext) -> None:
        """Take a table for each process, of what `share()` gave. Nothing is started."""
        self._tables = tables
        self._context = context
        self._members: list[Member] = []
        self._poller = select.poll()
        self._by_descriptor: dict[int, Member] = {}
        self._at_work = False
        self._failure: str | None = None
        self._room = 0
        self._most = QUEUED_EACH * len(tables)
        self.queued = 0
        """How many items were queued; those that were dropped, as no world had use for them, do not count."""
        self.done = 0
        """How many of them are known to be processed."""
        self.examples = 0
        """How many examples these were."""
        self.over = False
        """Whether every process is known to have come to the end of its epoch."""

    def start(self) -> None:
        """Start all processes. Raises `WorldError` if what they are to be given cannot be pickled."""
        context = self._context
        self._shared = Shared(context.Semaphore(0), context.RawValue("b", 0), context.RawValue("b", 0))
        self._release = self._shared.queued.release
        reader, self._lifeline = context.Pipe(duplex=False)
        try:
            with _interrupts_held_back():
                for number, table in enumerate(self._tables, 1):
                    self._start_one(number, table, reader)
        except BaseException:
            self.end()
            raise
        finally:
            reader.close()
            self._tables = ()

    def _start_one(self, number: int, table: Mapping[str, Any], lifeline: Connection) -> None:
        their_orders, orders = self._context.Pipe(duplex=False)
        reports, their_reports = self._context.Pipe(duplex=False)
        forked = self._context.get_start_method() == "fork"
        line = Line(their_orders, their_reports, lifeline, self._lifeline if forked else None)
        process = self._context.Process(  # type: ignore[attr-defined]  # every context has it but their base
            target=run_process, args=(table, self._shared, line), name=f"hogwild-{number}", daemon=True
        )
        try:
            process.start()
        except (PickleError, AttributeError, TypeError) as error:
            if forked:
                raise
            raise _cannot_be_sent(table, self._context.get_start_method(), error) from error
        finally:
            # As long as the parent has them too, the end of the process would not be the end of its pipes.
            their_orders.close()
            their_reports.close()
        member = Member(f"process {number} of {len(self._tables)} (pid {process.pid})", process, orders, reports)
        self._members.append(member)
        self._by_descriptor[reports.fileno()] = member
        self._poller.register(reports.fileno(), select.POLLIN)

    def end(self) -> list[str]:
        """End all processes, whatever they are at; return what they failed with that nobody was told of yet.

        Each may finish its parley and shut its world down, within seconds. Items that nobody has begun are
        dropped. Returns, or raises what interrupted it, when no process is left.
        """
        members, self._members = self._members, []
        self._room = 0
        self._by_descriptor.clear()
        try:
            self._shared.ending.value = self._shared.calling.value = 1
            for _ in range(len(members) * MOST_CLAIMED):
                # So many, as one that is just claiming may take several, and take them with it if it fails.
                self._release()
            for member in members:
                with suppress(OSError):
                    member.orders.send(END)
            failures = listen_to_the_end_of(members)
        finally:
            make_sure_of_the_end_of(members)
            self._lifeline.close()
        return failures if self._failure is None else []

    def queue(self) -> None:
        """Queue an item. Waits while there are very many; does nothing once every process's epoch is over."""
        if (self._room <= 0 or self._poller.poll(0)) and not self._make_room():
            return
        self._room -= 1
        # In this order, should Ctrl-C come between: nobody ever waits for an item that is not there.
        self._release()
        self.queued += 1

    def look(self) -> None:
        """Take note of what the processes have reported."""
        self._raise_if_failed()
        self._take_reports(0)

    def sync(self) -> None:
        """Wait until no item is unprocessed. What no process has use for, as all have ended, is dropped."""
        self._raise_if_failed()
        while self.done < self.queued:
            if self.over:
                self._drop()
            else:
                self._take_reports(None)

    def _make_room(self) -> bool:
        self._raise_if_failed()
        if not self._at_work and not self.over:
            self._set_to_work()
        self._take_reports(0)
        if self.queued - self.done >= self._most:
            # Half of it, so as not to wake up for every single item.
            while self.queued - self.done > self._most // 2 and not self.over:
                self._take_reports(None)
        if self.over:
            self._drop()
            return False
        self._room = self._most - (self.queued - self.done)
        return True

    def _drop(self) -> None:
        """Take what is left out of the queue: nobody claims from it any more."""
        self._room = 0
        while self._shared.queued.acquire(False):
            pass
        self.queued = self.done

    def ask(self, method: str) -> list[Any]:
        """Call a method of every process's world when all items are processed, and return what each returned."""
        self.sync()
        if self._at_work:
            self._at_work = False
            self._room = 0
            self._shared.calling.value = 1
            for member in self._members:
                if not member.over:
                    self._release()
        answers = self._order(method)
        # They have all answered, so they all listen, and nobody has still to look at the flag.
        self._shared.calling.value = 0
        return answers

    def begin_anew(self, method: str) -> None:
        """Ask for something after which no epoch is over any more, such as `reset`."""
        self.ask(method)
        for member in self._members:
            member.over = False
        self.over = False

    def _set_to_work(self) -> None:
        for member, over in zip(self._members, self._order(WORK), strict=True):
            member.over = over
        self._at_work = True
        self.over = all(member.over for member in self._members)

    def _order(self, order: str) -> list[Any]:
        with self._uninterrupted():
            for member in self._members:
                with suppress(BrokenPipeError):  # it has failed, which is what its answer will be
                    member.orders.send(order)
            return [self._receive(member) for member in self._members]

    @contextmanager
    def _uninterrupted(self) -> Iterator[None]:
        """After Ctrl-C in here nobody knows what the processes are at: none can be asked again."""
        try:
            yield
        except BaseException as error:
            self._room = 0
            self._failure = self._failure or f"the talk with the processes was cut short by {type(error).__name__}"
            raise

    def _take_reports(self, timeout_ms: int | None) -> None:
        """Take what has been reported, waiting for the first of it so long (None: as long as it takes)."""
        ready = self._poller.poll(timeout_ms)
        while ready:
            with self._uninterrupted():
                for descriptor, _ in ready:
                    self._receive(self._by_descriptor[descriptor])
            ready = self._poller.poll(0)

    def _receive(self, member: Member) -> Any:
        """Return what a process says next, when what it has done is noted."""
        try:
            kind, value = member.reports.recv()
        except (EOFError, OSError):
            self._fail(member.end_by_itself())
        if kind == FAILED:
            self._fail(member.story(value))
        if kind == DONE:
            items, examples, over = value
            self.done += items
            self.examples += examples
            member.over = over
            if over:
                self.over = all(each.over for each in self._members)
        return value

    def _fail(self, failure: str) -> NoReturn:
        self._failure = failure
        raise WorldError(failure)

    def _raise_if_failed(self) -> None:
        if self._failure is not None:
            raise WorldError(self._failure)


def _cannot_be_sent(table: Mapping[str, Any], start_method: str, error: Exception) -> WorldError:
    culprit = PickleSearch(_cannot_be_pickled).culprit(table, "share()")
    where, what = ("share()", table) if culprit is None else (culprit.path, culprit.value)
    return WorldError(
        f"expected what share() gives to be picklable, as processes are started by {start_method!r}, "
        f"got {what!r:.80} at {where} ({type(error).__name__}: {error}): leave it out, or set "
        "start_method 'fork' in opt"
    )


def _cannot_be_pickled(value: Any) -> bool:
    try:
        ForkingPickler.dumps(value)
    except RuntimeError:
        return False  # what processes inherit, such as a multiprocessing.Value, goes along when one is started
    except Exception:
        return True
    return False


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Ctrl-C has to wait: a process that is just starting must not see it, and none must be left behind."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
