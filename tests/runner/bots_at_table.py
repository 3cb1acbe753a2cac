"""Bots whose model answers once it is let go, and what is on record of them."""

import copy
import threading

from runner_table import PATIENCE_SECONDS

from parleyrun import BotAgent, ModelError, ModelFailure
from parleyrun.core.bot_seats.bot_settings import BotSettings
from parleyrun.core.model_answer import ModelAnswer


class Thinker:
    """Answers with what it has heard, once it is let go; copies of it remember for themselves."""

    def __init__(self, script=None):
        self.heard = []
        self.said = []
        self.script = script
        self.go_on = threading.Event()
        self.asked = threading.Semaphore(0)
        self.last_answer = None
        self.on_text = None

    def __deepcopy__(self, memo):
        return self.fork()

    def fork(self):
        fork = copy.copy(self)
        fork.heard, fork.said = list(self.heard), list(self.said)
        return fork

    def observe(self, act):
        self.heard.append((act.get("id"), act["text"]))

    def self_observe(self, act):
        self.said.append(act["text"])

    def act(self):
        self.asked.release()
        assert self.go_on.wait(PATIENCE_SECONDS)
        text = self.script(self) if self.script else f"{len(self.heard)} heard"
        if self.on_text:
            self.on_text(text[:3])
        self.last_answer = ModelAnswer(model="thinker", text=text, prompt_tokens=10, completion_tokens=5, cost=0.5)
        self.said.append(text)
        return {"text": text}

    def await_asked(self):
        assert self.asked.acquire(timeout=PATIENCE_SECONDS)


def settings(**more):
    return BotSettings(model="thinker", **more)


def bot_of(thinker, **more):
    return BotAgent(thinker, "bot:thinker", role="Bot", settings=settings(**more))


def decisions(table):
    return [(each.kind, each.why) for turn in table.turns for each in turn.decisions]


def failing(_thinker):
    raise ModelError("the server is gone", ModelFailure.UNREACHABLE)
