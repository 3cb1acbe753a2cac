"""Small tasks and agents to build worlds of."""

from collections import Counter

from parleyrun import Agent, DialogTeacher, ExecutableWorld


class Capitals(DialogTeacher):
    """`opt['episodes']` says how many examples each episode has; every text is there once."""

    def setup_data(self, datafile):
        for episode, length in enumerate(self.opt.get("episodes", [1, 3, 2, 1, 4])):
            for entry in range(length):
                words = " ".join(["word"] * (1 + (episode * 7 + entry) % 5))
                yield (
                    {"text": f"{self.id} {episode} {entry} {words}", "labels": [f"answer {episode} {entry}"]},
                    not entry,
                )


class Echo(Agent):
    """Says what it saw last, and keeps what was done to it."""

    def __init__(self, opt=None, shared=None, name=None):
        super().__init__(opt, shared, id=name)
        self.log = [] if shared is None else shared["log"]
        self.seen = []
        self.shut = 0

    def observe(self, act):
        self.seen.append(act["text"])
        return super().observe(act)

    def act(self):
        return {"id": self.id, "text": self.observation["text"] if self.observation else "", "episode_done": False}

    def share(self):
        return {**super().share(), "log": self.log}

    def shutdown(self):
        self.shut += 1


class Right(Echo):
    """Says the right answer to every other question, and counts what it was asked."""

    def act(self):
        self.log.append(self.observation["text"])
        labels = self.observation.get("eval_labels") or self.observation.get("labels") or ["?"]
        return {"id": self.id, "text": labels[0] if len(labels[0]) % 2 or labels[0][-1] in "13" else "no idea"}


class Together(Right):
    """The same for a batch at once. `sizes` is how many observations each batch had."""

    def __init__(self, opt=None, shared=None, name=None):
        super().__init__(opt, shared, name)
        self.sizes = []
        self.told = []

    def act(self):
        raise AssertionError("asked alone")

    def batch_act(self, observations):
        self.sizes.append(sum(observation is not None for observation in observations))
        acts = []
        for observation in observations:
            self.observation = observation
            acts.append(None if observation is None else Right.act(self))
        return acts

    def self_observe(self, act):
        self.told.append(act["text"])


class Cellar(ExecutableWorld):
    """Counts who said what; everybody sees only the length of what others said."""

    def init_world(self):
        self.executed = []

    def execute(self, agent, act):
        self.executed.append((agent.getID(), act["text"]))

    def observe(self, agent, act):
        seen = super().observe(agent, act)
        return seen and {**seen, "length": len(act["text"])}


def opt(**more):
    return {"task": "capitals", "datatype": "valid", **more}


def all_texts(options):
    """Return how often each text is in one pass over all examples."""
    teacher = Capitals({**options, "datatype": "valid"})
    texts = Counter()
    while not teacher.epoch_done():
        texts[teacher.act()["text"]] += 1
    return texts


def run(world, most=10_000):
    """Step a world to the end of its epoch; return the number of parleys."""
    for number in range(most):
        if world.epoch_done():
            return number
        world.parley()
    raise AssertionError(f"not done after {most} parleys")
