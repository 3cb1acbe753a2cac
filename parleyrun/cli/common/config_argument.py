"""The argument CONFIG: a file, or one of the examples that come along; and the option that changes its models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ...config.models.replaced_models import models_in_place


class ConfigPath(click.Path):
    """Takes a path, or `example:NAME`."""

    name = "config"

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and value.startswith("example:"):
            from ...app.examples import PREFIX, example_config  # only where it is asked for

            return example_config(value.removeprefix(PREFIX))
        return super().convert(value, param, ctx)


def _read(_ctx: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, Any]:
    kinds = {}
    for text in given:
        name, _, kind = text.partition("=")
        if not name.strip() or not kind.strip():
            raise click.BadParameter(
                f"expected NAME=KIND, such as seller=chat_completions:http://localhost:11434/v1, got '{text}'"
            )
        kinds[name.strip()] = kind.strip()
    return models_in_place(kinds)


MODELS_IN_PLACE = click.option(
    "--model",
    "models_in_place",
    metavar="NAME=KIND",
    multiple=True,
    callback=_read,
    help="Have a model of another kind in the place of the config's of that name, such as "
    "seller=chat_completions:http://localhost:11434/v1#llama3.2 or seller=repeat_query.",
)
"""Gives the command what is laid over the config for it, empty without any."""
