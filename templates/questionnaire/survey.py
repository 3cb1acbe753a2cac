"""A survey: forms that one person is asked, one after the other."""

from pathlib import Path

from parleyrun import Form, World

FORMS = [Form.from_yaml(Path(__file__).with_name(name)) for name in ("consent.yml", "questions.yml")]


class Survey(World):
    """Asks the forms. It is over once they are, or once somebody has not agreed to the first one."""

    MAX_AGENTS = 1

    asked = 0
    done = False

    def parley(self) -> None:
        answers = self.agents[0].ask(FORMS[self.asked])
        if answers is None:
            return
        if answers.outcome:
            self.agents[0].stored_data["visit_outcome"] = answers.outcome
        self.asked += 1
        self.done = not answers.done or self.asked == len(FORMS)

    def episode_done(self) -> bool:
        return self.done
