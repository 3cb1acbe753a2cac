"""Which options of a command somebody gave, and refusing those that would do nothing."""

from __future__ import annotations

import click
from click.core import ParameterSource


def was_given(parameter: str) -> bool:
    """Whether somebody has set an option of the command that runs, rather than left it as it is."""
    return click.get_current_context().get_parameter_source(parameter) is not ParameterSource.DEFAULT


def refuse_given(why: str, *parameters: str) -> None:
    """Refuse those of the command's options and arguments that were given and would do nothing.

    Args:
        why: Follows the option's name: "goes with --amounts only".
        parameters: The names that the options have in the command's function.

    Raises:
        UsageError: One of them was given.
    """
    for parameter in parameters:
        if was_given(parameter):
            raise click.UsageError(f"{_name_of(parameter)} {why}")


def _name_of(parameter: str) -> str:
    """Return what somebody writes for a parameter: its longest option, or the name of an argument."""
    command = click.get_current_context().command
    (found,) = (each for each in command.params if each.name == parameter)
    return max(found.opts, key=len) if isinstance(found, click.Option) else found.human_readable_name
