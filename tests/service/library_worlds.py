"""Worlds of the library with people in their seats. Here, as what is defined in a function cannot be pickled."""

from itertools import count

from parleyrun import BotAgent, DialogPartnerWorld, ExecutableWorld, MultiAgentDialogWorld


class Forgetting:
    """A model that counts its answers, and learns of those it gave before a restart by `self_observe`."""

    asked = count(1)

    def __init__(self):
        self.answers = 0

    def observe(self, act):
        pass

    def act(self):
        self.answers += 1
        return {"text": f"answer {self.answers}, asked {next(Forgetting.asked)}"}

    def self_observe(self, act):
        self.answers += 1


class WithBot(MultiAgentDialogWorld):
    """Everybody and a bot, which speaks first."""

    def __init__(self, opt, agents):
        super().__init__(opt, [BotAgent(Forgetting(), role="Bot"), *agents])


class PersonAndBot(DialogPartnerWorld):
    """A person and a bot."""

    def __init__(self, opt, agents):
        super().__init__(opt, [*agents, BotAgent(Forgetting(), role="Bot")])


class Adder(ExecutableWorld):
    """What people write is added up; each is told the sum after each act, and nothing else."""

    def init_world(self):
        self.sum = 0

    def execute(self, agent, act):
        self.sum += int(act["text"])

    def observe(self, agent, act):
        return {"text": f"sum {self.sum}"}

    def cut_short(self):
        return self.sum >= 100

    def episode_done(self):
        return self.sum >= 100 or super().episode_done()
