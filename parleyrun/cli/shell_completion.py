"""`parleyrun completion`: have a shell complete commands, options, and what is there in a study that runs."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print what SHELL runs to complete parleyrun's commands.

    \b
    bash:  eval "$(parleyrun completion bash)"         in ~/.bashrc
    zsh:   eval "$(parleyrun completion zsh)"          in ~/.zshrc, below compinit
    fish:  parleyrun completion fish > ~/.config/fish/completions/parleyrun.fish

    Of `parleyrun ctl` the tasks, people, conversations, roles and models are completed, too, that are there in the
    study that runs.
    """
    kind = get_completion_class(shell)
    assert kind is not None  # the argument has a choice of those that there are
    click.echo(kind(ctx.find_root().command, {}, "parleyrun", "_PARLEYRUN_COMPLETE").source())
