"""Rehearsals that keep their record in a file, and what may happen to that file."""

import shutil
import sqlite3
import threading

import resume_worlds

from parleyrun.store.sqlite.sqlite_store import SqliteStore
from parleyrun.testing import VirtualTimers, rehearse

CLOSING = "We are about to close. Please bring your conversation to an end."
CLOSING_KEPT = "We have to pause soon. Your conversation is kept, and goes on when we are back."
GOODBYE = "Goodbye, and thank you for coming!"
PARTNER_LEFT = "Your partner has left, so this conversation has ended."
STOPPED = "This conversation has been stopped."
WORLD_FAILED = "Sorry, something went wrong on our side, and this conversation had to end."

TASKS = {
    "echo": {"task_world": "Echo"},
    "remember": {"task_world": "Remember"},
    "known": {"task_world": "Remember", "onboard_world": "Questions"},
    "asked": {"task_world": "Remember", "onboard_world": "BlockingQuestions"},
    "onwards": {"task_world": "Onwards"},
    "chat": {"task_world": "Chat", "agents_required": 2, "max_time_in_pool": 180, "backup_task": "echo"},
    "trio": {"task_world": "Chat", "agents_required": 3},
    "turns": {"task_world": "BlockingChat", "agents_required": 2},
    "three-turns": {"task_world": "BlockingChat", "agents_required": 3},
    "inattentive": {"task_world": "Inattentive", "agents_required": 2},
    "quiz": {"task_world": "Quiz"},
    "hasty": {"task_world": "Hasty"},
    "patient": {"task_world": "Patient"},
    "thoughtful": {"task_world": "Thoughtful"},
    "seance": {"task_world": "Seance"},
    "long-seance": {"task_world": "BlockingSeance"},
    "fickle": {"task_world": "Fickle"},
    "fickle-pair": {"task_world": "Fickle", "agents_required": 2},
    "unpicklable": {"task_world": "Unpicklable"},
    "mended": {"task_world": "Mended"},
}


def opened(record, *, overworld="Menu", without=(), **config):
    """Return a rehearsal of all the worlds here, `without` some tasks, that keeps its record there."""
    tasks = {key: task for key, task in TASKS.items() if key not in without}
    return rehearse({"overworld": overworld, "tasks": tasks, **config}, resume_worlds, store=record)


def plan(**config):
    """Return another plan to come up again with."""
    return opened(None, **config).service.plan


def go(rehearsal, task, *names):
    """Have these people come in and choose a task; return them."""
    people = rehearsal.people(*names)
    for person in people:
        if person.place in ("door", "gone"):
            person.says("hi")
        person.says(task)
    return people


def spoken_to(person):
    """Return the texts of all that a person was sent, but for the notices that the service is about to close."""
    return [text for text in person.heard if text not in (CLOSING, CLOSING_KEPT)]


def texts_on_record(rehearsal, person):
    """Return all of a person's log: what was said to them, and what they said."""
    lines = rehearsal.service.lines_after(person.id, 0)
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
    return [line.message.text for line in lines]


def ask(path, query, *values):
    """Ask the record itself, or change it."""
    connection = sqlite3.connect(path)
    try:
        with connection:
            return connection.execute(query, values).fetchall()
    finally:
        connection.close()


def copy_of(path, name):
    """Return a copy of a record as a kill at this moment would leave it."""
    copy = path.with_name(name)
    for ending in ("", "-wal"):
        source = path.with_name(path.name + ending)
        if source.exists():
            shutil.copyfile(source, copy.with_name(copy.name + ending))
    return copy


class Copies:
    """Copies a record whenever something is about to be committed to it. Given to a store as its `fault`."""

    def __init__(self, path):
        self.path = path
        self.taken = []

    def __call__(self, statement):
        if statement == "commit":
            self.taken.append(copy_of(self.path, f"copy-{len(self.taken)}.db"))


def copy_before_the_desk_deals_with_it(rehearsal, person, text):
    """Have somebody say something; return a copy of the record once the runs have acted on it, before the desk."""
    service, go_on = rehearsal.service, threading.Event()
    service._desk.put(go_on.wait)
    try:
        rehearsal.channel.say(person.name, text)
        # Journalled, and with the world; answered; and the answer on record.
        assert service._await_store(20)
        assert service._runner.wait_quiet(20)
        assert service._await_store(20)
        return copy_of(rehearsal.path, "copy.db")
    finally:
        go_on.set()


class Disk:
    """A disk that fails from `fails` to `heals`, at one statement or at all. Given to a store as its `fault`."""

    def __init__(self):
        self._error = None
        self._statement = None
        self._failures = 0
        self._changed = threading.Condition()

    def __call__(self, statement):
        with self._changed:
            if self._error is None or statement == "rollback" or self._statement not in (None, statement):
                return
            self._failures += 1
            self._changed.notify_all()
            raise self._error

    def fails(self, code=sqlite3.SQLITE_IOERR, *, at=None):
        error = sqlite3.OperationalError("the disk fails")
        error.sqlite_errorcode = code
        with self._changed:
            self._error, self._statement, self._failures = error, at, 0

    def heals(self):
        with self._changed:
            self._error = None

    def wait_until_noticed(self):
        """Wait until something could not be recorded, and was tried again in vain."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._failures > 1, 20)


def store_on(disk, path):
    return SqliteStore(path, VirtualTimers(), fault=disk)
