"""ParlAI's parser of command lines: as much of it as modules and scripts use."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from ...core.open_opt import OpenOpt

_LIBRARY = (
    ("--task", "-t", str, None, "the task"),
    ("--datatype", "-dt", str, "train", "which data"),
    ("--datapath", "-dp", str, None, "where data is"),
    ("--batchsize", "-bs", int, 1, "how many at once"),
    ("--numthreads", "-nt", int, 1, "how many processes"),
    ("--num-examples", "-n", int, -1, "how many examples"),
)
_MODEL = (
    ("--model", "-m", str, None, "the agent"),
    ("--model-file", "-mf", str, None, "the file of a trained model"),
    ("--init-model", "-im", str, None, "the file of a model to begin with"),
    ("--dict-file", "-df", str, None, "the file of a dictionary"),
)


def str2bool(value: str) -> bool:
    """Return whether a text means yes."""
    lowered = value.casefold()
    if lowered in ("yes", "true", "t", "1", "y"):
        return True
    if lowered in ("no", "false", "f", "n", "0"):
        return False
    raise argparse.ArgumentTypeError(f"expected true or false, got {value!r}")


def str2floats(text: str) -> tuple[float, ...]:
    """Return the numbers of a text, which has commas between them."""
    return tuple(float(each) for each in text.split(","))


class ParlaiParser(argparse.ArgumentParser):
    """Reads a command line into options.

    Args:
        add_parlai_args: Whether it knows the arguments of the library: task, datatype, batchsize …
        add_model_args: Whether it knows those of models: model, model_file …
        description: What the program is for.
    """

    def __init__(
        self,
        add_parlai_args: bool = True,
        add_model_args: bool = False,
        description: str | None = "ParlAI parser",
        **more: Any,
    ) -> None:
        super().__init__(description=description, allow_abbrev=False, conflict_handler="resolve", **more)
        self.register("type", "bool", str2bool)
        self.register("type", "floats", str2floats)
        self.register("type", "class", str)
        self.opt = OpenOpt()
        if add_parlai_args:
            self.add_parlai_args()
        if add_model_args:
            self.add_model_args()

    def add_parlai_args(self, args: Any = None) -> None:
        """Know the arguments of the library."""
        self._add(_LIBRARY, "Main arguments")

    def add_model_args(self) -> Any:
        """Know the arguments of models, and return their group."""
        return self._add(_MODEL, "Model arguments")

    def add_parlai_data_path(self, argument_group: Any = None) -> None:
        """Know where data is."""
        (argument_group or self).add_argument("-dp", "--datapath", default=None, help="where data is")

    def add_model_subargs(self, model: str, partial: Any = None) -> None:
        """Know the arguments of a model of that name, if its class has any."""
        from .agent_making import agent_class

        self._add_of(agent_class(model), partial)

    def add_task_args(self, task: str, partial: Any = None) -> None:
        """Know the arguments of a task of that name, if its teacher has any."""
        from ...core.task_names import expand_tasks, load_teacher_class

        for name in expand_tasks(task):
            self._add_of(load_teacher_class(name), partial)

    def add_image_args(self, image_mode: str | None = None) -> None:
        """Know how pictures are read."""
        self.add_argument("--image-mode", default="raw", help="how pictures are read")

    def add_chatservice_args(self) -> Any:
        """Know the arguments of chat services, and return their group."""
        group = self.add_argument_group("Chat services")
        group.add_argument("--debug", dest="is_debug", action="store_true", help="write everything into the log")
        group.add_argument("--config-path", default=None, type=str, help="the config")
        group.add_argument("--password", dest="password", type=str, default=None, help="what people are asked for")
        return group

    def add_messenger_args(self) -> Any:
        """Know the arguments of Messenger, and return their group."""
        group = self.add_chatservice_args()
        group.add_argument("--verbose", action="store_true", help="write all messages into the log")
        group.add_argument("--log-level", dest="log_level", type=int, default=20, help="what is in the log")
        group.add_argument("--force-page-token", action="store_true", help="ask for the page token")
        group.add_argument("--bypass-server-setup", action="store_true", help="answer here, without Messenger")
        group.add_argument("--local", action="store_true", help="answer here, without a server")
        return group

    def add_websockets_args(self) -> Any:
        """Know the arguments of websockets, and return their group."""
        group = self.add_chatservice_args()
        group.add_argument("--port", default=35496, type=int, help="the port to listen on")
        return group

    def add_mturk_args(self) -> Any:
        """Return a group for the arguments of MTurk, which has none here."""
        return self.add_argument_group("Mechanical Turk")

    def add_argument_group(self, *args: Any, **more: Any) -> Any:
        """Return a group, whose arguments may be hidden as ParlAI's may."""
        group = super().add_argument_group(*args, **more)
        plain = group.add_argument
        group.add_argument = lambda *names, **how: plain(*_sorted_names(names), **_known(how))  # type: ignore[method-assign]
        return group

    def add_argument(self, *args: Any, **more: Any) -> Any:
        """Know an argument; what only ParlAI makes of it (`hidden`, `recommended`) is taken and left."""
        return super().add_argument(*_sorted_names(args), **_known(more))

    def set_params(self, **more: Any) -> None:
        """Set other defaults."""
        self.set_defaults(**more)

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None, **_how: Any) -> OpenOpt:  # type: ignore[override]
        """Return the options of a command line; those of the model and the task that it names are known, too."""
        return self._options(self._with_named(args).parse(args))

    def parse_known_args(self, args: Any = None, namespace: Any = None, nohelp: bool = False) -> Any:
        """Return what is known of a command line, and the rest of it."""
        words = list(sys.argv[1:] if args is None else args)
        if nohelp:
            words = [word for word in words if word not in ("-h", "--help", "--helpall")]
        return super().parse_known_args(words, namespace)

    def parse_and_process_known_args(self, args: Any = None) -> tuple[OpenOpt, list[str]]:
        """Return the options of what is known of a command line, and the rest of it."""
        words = list(sys.argv[1:] if args is None else args)
        found, rest = self._with_named(words).parse_known_args(words)
        return self._options(self._with_overrides(vars(found), words)), rest

    def add_extra_args(self, args: Any = None) -> None:
        """Know the arguments of the model and the task that a command line names."""
        self._with_named(args)

    def parse_kwargs(self, **more: Any) -> OpenOpt:
        """Return the options that these arguments make, as if they stood in a command line.

        Raises:
            KeyError: There is no such argument.
        """
        self._with_named(_as_words(more))
        known = {action.dest for action in self._actions}
        unknown = sorted(set(more) - known)
        if unknown:
            raise KeyError(f"expected arguments that the parser knows, got {', '.join(unknown)}")
        found, _ = super().parse_known_args([])
        return self._options({**vars(found), **more}, overrides=more)

    def parse(self, args: Sequence[str] | None) -> dict[str, Any]:
        """Return what a command line says, by name."""
        words = list(sys.argv[1:] if args is None else args)
        found = vars(super().parse_args(words))
        return self._with_overrides(found, words)

    def _with_overrides(self, found: dict[str, Any], words: Sequence[str]) -> dict[str, Any]:
        """Return options with those apart that somebody gave."""
        given = {
            action.dest
            for action in self._actions
            if any(word == name or word.startswith(f"{name}=") for name in action.option_strings for word in words)
        }
        return {**found, "override": {name: found[name] for name in given if name in found}}

    def print_args(self) -> None:
        """Print the options that were read last."""
        for key in sorted(map(str, self.opt)):
            print(f"{key}: {self.opt[key]}")

    def _with_named(self, args: Sequence[str] | None) -> ParlaiParser:
        found, _ = self.parse_known_args(args, nohelp=True)
        if getattr(found, "model", None):
            self.add_model_subargs(found.model)
        if getattr(found, "task", None):
            self.add_task_args(found.task)
        return self

    def _add_of(self, kind: Any, partial: Any) -> None:
        add = getattr(kind, "add_cmdline_args", None)
        if add is None:
            return
        try:
            add(self, partial)
        except TypeError:
            add(self)  # as it was before 2021

    def _add(self, arguments: Sequence[tuple[str, str, type, Any, str]], title: str) -> Any:
        group = self.add_argument_group(title)
        for long, short, kind, default, what in arguments:
            group.add_argument(short, long, type=kind, default=default, help=what)
        return group

    def _options(self, values: dict[str, Any], overrides: dict[str, Any] | None = None) -> OpenOpt:
        self.opt = OpenOpt(values)
        if overrides is not None:
            self.opt["override"] = dict(overrides)
        return self.opt


def _sorted_names(names: Sequence[str]) -> list[str]:
    """Have the long name come first, which gives an option its name; `--a-b` is `--a_b`, too."""
    long = [name for name in names if name.startswith("--")]
    twins = [twin for name in long if (twin := f"--{name[2:].replace('-', '_')}") not in names]
    return [*long, *twins, *(name for name in names if name not in long)]


def _known(how: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in how.items() if key not in ("hidden", "recommended")}


def _as_words(values: dict[str, Any]) -> list[str]:
    return [word for key in ("model", "task") if values.get(key) for word in (f"--{key}", str(values[key]))]


def print_announcements(opt: Any) -> None:
    """Announce nothing."""


def get_model_name(opt: Any) -> str | None:
    """Return the name of the model that the options name."""
    name = opt.get("model") or (opt.get("override") or {}).get("model")
    return None if name is None else str(name)
