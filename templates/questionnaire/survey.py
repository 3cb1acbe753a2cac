"""A survey: all of it is asked before this world begins, by the forms under `onboard:` in study.yml."""

from parleyrun import World


class Survey(World):
    """Is over at once. A talk, or anything else that is to follow the questions, has its place here."""

    MAX_AGENTS = 1

    def parley(self) -> None:
        """Nothing is left to do."""

    def episode_done(self) -> bool:
        return True
