"""Models that tests seat, as `bot_models:Class`. What they are asked is written down for the tests."""

from parleyrun import Agent, ModelError, ModelFailure
from parleyrun.core.model_answer import ModelAnswer

asked = []
"""What models were asked, oldest first."""

introduced = []
"""What models were told of their seats."""


def forget():
    asked.clear()
    introduced.clear()


class Echo(Agent):
    """Says how many lines it has heard, and the last of them. Each answer costs 1, and takes 10 tokens."""

    def __init__(self, opt, shared=None):
        super().__init__(opt, shared)
        self.heard = []
        self.said = []
        self.last_answer = None
        self.on_text = None

    def fork(self):
        fork = type(self)(self.opt, self.share())
        fork.heard, fork.said = list(self.heard), list(self.said)
        return fork

    def introduce(self, about):
        introduced.append(about)

    def observe(self, act):
        self.heard.append(act["text"])

    def self_observe(self, act):
        self.said.append(act["text"])

    def act(self):
        asked.append(self.heard[-1] if self.heard else "")
        text = f"{len(self.heard)}: {asked[-1]}"
        if self.on_text is not None:
            self.on_text(text[:2])
        name = self.opt["model_name"]
        self.last_answer = ModelAnswer(model=name, text=text, prompt_tokens=8, completion_tokens=2, cost=1.0)
        self.said.append(text)
        return {"id": "nobody", "text": text, "episode_done": False}


class Reserved(Echo):
    """Says nothing unless it was asked a question."""

    def act(self):
        asked.append(self.heard[-1])
        return super().act() if self.heard[-1].endswith("?") else None


class Broken(Echo):
    """Never answers."""

    def act(self):
        asked.append(self.heard[-1] if self.heard else "")
        raise ModelError("the server is gone", ModelFailure.SERVER)


class Guard(Agent):
    """Moderates: what is between the brackets is its verdict."""

    def observe(self, act):
        self.observation = act

    def act(self):
        text = self.observation["text"]
        asked.append(text)
        verdict = text.partition("[")[2].partition("]")[0] or "allow"
        if verdict == "fail":
            raise ModelError("the server is gone", ModelFailure.SERVER)
        return {"id": "guard", "text": verdict, "episode_done": False}
