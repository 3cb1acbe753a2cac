"""The command line. A command's module is imported when it is run, so that `--help` costs next to nothing."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from io import StringIO
from typing import Any, NoReturn

import click

from .. import __version__
from ..app import exit_codes

_COMMANDS = {
    "compare": "Say how two evaluations differ, and what that is worth.",
    "completion": "Have a shell complete parleyrun's commands.",
    "ctl": "Look into a study that runs, and act in it.",
    "display": "Show what a task asks.",
    "eval": "Let an agent do a task, and say how well it did.",
    "export": "Write out conversations of a store, for those who study them.",
    "links": "Make links that nobody can make up.",
    "local": "Talk on this terminal, as one person or as several.",
    "messenger": "Check or set up a Facebook page.",
    "models": "Ask the models of a config, or list them.",
    "new": "Make a project: a study to start from, and its test.",
    "participants": "List the people a store knows, or erase one.",
    "prolific": "See who finished at Prolific, approve and pay them.",
    "report": "Write a report on a study: plots, figures, transcripts.",
    "schema": "Print a JSON Schema of the config, for editors.",
    "score": "Score the answers of an evaluation again.",
    "selfchat": "Let two agents talk, or models play a task.",
    "serve": "Open the doors: run a config's tasks with people.",
    "store": "Check, copy or back up a store.",
    "tasks": "List the tasks there are by name.",
    "transcripts": "List and read the conversations of a store.",
    "validate": "Check a config, and the worlds it names.",
    "view": "Make a page of an evaluation, to look through it.",
}


_MODULES = {
    "compare": "evaluations.compare",
    "completion": "shell_completion",
    "score": "evaluations.score",
    "view": "evaluations.view",
}
"""The module of a command that is not called as the command is, or does not stand beside this one."""


class _LazyGroup(click.Group):
    """A group that knows its commands by name and one line each, and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        collecting = gc.isenabled()
        gc.disable()  # what is imported stays: to look for garbage in it takes a tenth of the time
        try:
            command: click.Command = getattr(import_module(f".{_MODULES.get(name, name)}", __name__), name)
        finally:
            if collecting:
                gc.enable()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            self._refuse_unknown(ctx, args[0])
        return super().resolve_command(ctx, args)

    @staticmethod
    def _refuse_unknown(ctx: click.Context, name: str) -> NoReturn:
        from ..text import did_you_mean  # only where a command is misspelt

        ctx.fail(f"there is no command '{name}': {did_you_mean(name, sorted(_COMMANDS), 'commands')}")


def _show_version(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        click.echo(f"parleyrun {__version__}")
        ctx.exit()


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version."
)
def commands() -> None:
    """Run dialogue tasks between people and bots from one YAML file."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    What parleyrun raises on purpose becomes one line on standard error and exit code 2; anything else is a
    mistake of ours and keeps its traceback.
    """
    sys.exit(_run(arguments))


def _run(arguments: list[str] | None) -> Any:
    from ..errors import ParleyrunError
    from ..text import printable

    try:
        return commands.main(arguments, prog_name="parleyrun", standalone_mode=False) or exit_codes.OK
    except click.ClickException as error:
        said = StringIO()
        error.show(said)
        click.echo(printable(said.getvalue()), err=True, nl=False)
        return exit_codes.UNUSABLE
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        return exit_codes.INTERRUPTED
    except ParleyrunError as error:
        click.echo(f"parleyrun: {printable(str(error))}", err=True)
        return exit_codes.UNUSABLE
