"""`parleyrun schema`: what a config may hold, for editors that complete and check as one types."""

from __future__ import annotations

import json

import click

from ..config.key_table import json_schema


@click.command()
def schema() -> None:
    """Print a JSON Schema of the config, for editors.

    Editors with the YAML language server use it where the first line of a config says

    \b
    # yaml-language-server: $schema=parleyrun.schema.json
    """
    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
