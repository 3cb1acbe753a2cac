"""`parleyrun links`: a signed link for each id, so that nobody can take another's seat by guessing."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TextIO

import click

from ..app.store_choice import store_path
from ..config.panels.arrival_ids import MAX_ID_CHARACTERS
from ..config.plan import load_config
from ..config.schema import MEMORY, Config
from ..study.arrivals import identity_of
from ..study.signed_links import LinkSigner, link_secret, signed_link
from .common.config_argument import ConfigPath
from .common.output import quiet_when_unread


@click.command()
@click.argument("config", type=ConfigPath())
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option(
    "--base", required=True, metavar="URL", help="Where the page is, such as https://study.example.org/."
)
@click.option(
    "--from",
    "file",
    type=click.File(encoding="utf-8"),
    help="A file with an id in each line; - is standard input.",
)
@click.option("--name", metavar="NAME", help="The parameter; default the first of the config's arrival.id.")
@click.option("--store", metavar="PATH", help="The store beside which the secret is, if it is not the config's.")
def links(
    config: Path, ids: tuple[str, ...], base: str, file: TextIO | None, name: str | None, store: str | None
) -> None:
    """Print a signed link for each ID, one a line, for a config with `arrival: {links: signed}`.

    The secret is PARLEYRUN_LINK_SECRET, or a file beside the store, which is made if it is not there. It need not
    be known to anybody else: give people their links only.
    """
    loaded = load_config(config)
    parameter = _parameter(loaded, name)
    people = [*ids, *(line.strip() for line in file or ())]
    people = [person for person in people if person]
    if not people:
        raise click.UsageError("expected at least one ID, or --from FILE")
    too_long = next((person for person in people if len(person) > MAX_ID_CHARACTERS), None)
    if too_long is not None:
        raise click.UsageError(
            f"expected ids of at most {MAX_ID_CHARACTERS} characters, got one of {len(too_long)}"
        )
    if not re.match(r"https?://[^/]", base):
        raise click.UsageError("expected --base to begin with https:// or http://")
    place = store_path(loaded, store)
    signer = LinkSigner(lambda: link_secret(None if place == MEMORY else Path(place), os.environ))
    signer.open()
    with quiet_when_unread():
        for person in people:
            click.echo(signed_link(base, parameter, person, signer.sign(identity_of(parameter, person))))


def _parameter(config: Config, name: str | None) -> str:
    known = config.arrival.id
    if not known:
        raise click.UsageError("expected arrival.id in the config to name the parameter that says who somebody is")
    if name is None:
        return known[0]
    if name.casefold() not in (each.casefold() for each in known):
        raise click.UsageError(f"expected --name to be one of {', '.join(known)}, got {name!r}")
    return name
