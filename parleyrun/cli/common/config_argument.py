"""The argument CONFIG: a file, or one of the examples that come along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


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
