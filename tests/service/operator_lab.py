"""A study with people in it, and what its operators ask for."""

from types import SimpleNamespace

from parleyrun import HOLD
from parleyrun.ready import Chat, Menu
from parleyrun.testing import rehearse


def hold_marked(message, seat):
    """What somebody writes with [hold] in it is held."""
    return HOLD if "[hold]" in message["text"] else None


WORLDS = SimpleNamespace(Chat=Chat, Menu=Menu, before_delivery=hold_marked)
PAIR = {"task_world": "Chat", "agents_required": 2, "max_time_in_pool": 100, "replies": True}
MODELS = {name: {"model": "bot_models:Echo", "check": False} for name in ("seller", "other")}
HAGGLE = {
    "task_world": "Chat",
    "agents_required": 1,
    "roles": {"Customer": {}},
    "bots": {
        "Seller": {"model": "seller", "disclose": False},
        "Buyer": {"model": "seller", "reply": "when_addressed"},
    },
}
CONFIG = {
    "world_module": "worlds",
    "overworld": "Menu",
    "tasks": {"talk": PAIR, "chat": PAIR, "haggle": HAGGLE},
    "models": MODELS,
    "completion": {"finished": {"code": "C1"}, "left": {"code": "C5"}, "failed": {"code": "C6"}},
    "conditions": {"hint": {"values": ["yes", "no"], "assign": "balanced", "per": "group"}},
    "disconnect_grace": 100,
}


def study(path=None, worlds=WORLDS, **more):
    """Return a rehearsal of a study with two tasks for two people each."""
    return rehearse({**CONFIG, **more}, worlds=worlds, store=path)


def go(rehearsal, task, *names):
    """Have these people come in and choose a task; return them."""
    people = rehearsal.people(*names)
    for person in people:
        if person.place in ("door", "gone"):
            person.says("hi")
        person.says(task)
    return people


def ask(rehearsal, verb, by="ada", why="", **values):
    """Do an operation, and return its result once all that it set in motion has come to rest."""
    result = rehearsal.service.operators.ask(verb, values, by=by, why=why)
    rehearsal.settle()
    return result


def conversation(rehearsal):
    """Return the only conversation that goes on."""
    (found,) = ask(rehearsal, "conversations").conversations
    return found
