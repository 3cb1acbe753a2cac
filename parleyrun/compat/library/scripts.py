"""ParlAI's scripts: what `parleyrun eval`, `display` and `selfchat` do, under its names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from ...core.agents import Agent
from ...core.metrics.metrics import values_of
from ...core.open_opt import OpenOpt
from ...core.worlds.dialog import DialogPartnerWorld
from ...errors import WorldError
from ...evaluate.evaluation import evaluate
from ...evaluate.self_chat import self_chats
from ...evaluate.task_examples import examples_of
from ...evaluate.tasks_and_agents import find_tasks
from .agent_making import create_agent
from .conveniences import display_messages
from .local_human import LocalHumanAgent
from .parlai_parser import ParlaiParser

_Script = TypeVar("_Script")


class ParlaiScript:
    """A program with arguments, to inherit from.

    Args:
        opt: Its options.
    """

    def __init__(self, opt: Mapping[str, Any]) -> None:
        self.opt = opt

    @classmethod
    def setup_args(cls) -> ParlaiParser:
        """Return the parser of its arguments."""
        return ParlaiParser(True, True)

    def run(self) -> Any:
        """Do it. Subclasses write it."""
        raise WorldError(f"{type(self).__name__}.run() is not written: every script needs one")

    @classmethod
    def main(cls, *args: str, **kwargs: Any) -> Any:
        """Run it with these arguments; without any, with those of the command line. Returns what `run` does."""
        parser = cls.setup_args()
        opt = parser.parse_kwargs(**kwargs) if kwargs else parser.parse_args(list(args) or None)
        return cls(opt).run()


def register_script(
    name: str, aliases: Any = None, hidden: bool = False
) -> Callable[[type[_Script]], type[_Script]]:
    """Return a decorator that leaves a script as it is: it is run by its `main()`."""
    return lambda script: script


class DisplayData(ParlaiScript):
    """Shows the first examples of a task."""

    def run(self) -> None:
        display_data(self.opt)


class EvalModel(ParlaiScript):
    """Goes once through a task with an agent, and returns the report."""

    @classmethod
    def setup_args(cls) -> ParlaiParser:
        return evaluation_args()

    def run(self) -> dict[str, Any]:
        return eval_model(self.opt)


class Interactive(ParlaiScript):
    """Lets somebody at this terminal talk with an agent."""

    def run(self) -> None:
        interactive(self.opt)


class SelfChat(ParlaiScript):
    """Lets an agent talk with itself."""

    @classmethod
    def setup_args(cls) -> ParlaiParser:
        parser = ParlaiParser(True, True)
        parser.add_argument("--num-self-chats", type=int, default=1, help="how many conversations")
        parser.add_argument("--selfchat-max-turns", type=int, default=6, help="how many rounds each has")
        return parser

    def run(self) -> list[list[dict[str, Any]]]:
        return self_chat(self.opt)


def script_args(parser: ParlaiParser | None = None) -> ParlaiParser:
    """Return the parser of a script's arguments."""
    return ParlaiParser(True, True) if parser is None else parser


def evaluation_args(parser: ParlaiParser | None = None) -> ParlaiParser:
    """Return the parser of an evaluation's arguments."""
    parser = script_args(parser)
    parser.add_argument("--metrics", type=str, default="default", help="what is counted")
    parser.set_defaults(datatype="valid")
    return parser


def _own(opt: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    given = {key: value for key, value in opt.items() if value is not None and key != "metrics"}
    if given.get("num_examples", 1) < 1:  # all of them, to ParlAI
        del given["num_examples"]
    metrics = opt.get("metrics")
    counted = {} if metrics in (None, "default") else {"metrics": metrics}
    return {**more, **given, **counted}


def display_data(opt: Mapping[str, Any]) -> None:
    """Print the first examples of the task that options name."""
    values = _own(opt, model="repeat_label", datatype="train:ordered")
    most = int(values.pop("num_examples", 10))
    agent = create_agent(OpenOpt({**values, "model": "repeat_label"}))
    with examples_of(values, agent, most) as examples:
        for act in examples.acts:
            print(display_messages([act]))


def eval_model(opt: Mapping[str, Any]) -> dict[str, Any]:
    """Go once through the task that options name with their agent; return what was measured, by name."""
    values = _own(opt, datatype="valid")
    tasks = find_tasks(str(values.get("task") or ""))
    return dict(values_of(evaluate(values, create_agent(values), tasks).report))


def interactive(opt: Mapping[str, Any]) -> None:
    """Let somebody at this terminal talk with the agent that options name, until they end their input."""
    agent = create_agent(_own(opt))
    with DialogPartnerWorld(opt, [LocalHumanAgent(opt), agent]) as world:
        while not world.epoch_done():
            world.parley()


def self_chat(opt: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """Let the agent that options name talk with itself; return the conversations, each a list of lines."""
    values = _own(opt)
    agents: list[Agent] = [create_agent(values), create_agent(values)]
    chats = self_chats(
        values,
        agents,
        episodes=int(values.get("num_self_chats") or 1),
        turns=int(values.get("selfchat_max_turns") or 6),
    )
    return [list(_lines(chat)) for chat in chats]


def _lines(chat: Iterator[Any]) -> Iterator[dict[str, Any]]:
    for exchange in chat:
        for line in exchange:
            yield {"id": line["id"], "text": line["text"]}
