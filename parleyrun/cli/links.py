"""`parleyrun links`: signed links, for ids that there are, or each for whoever opens it first."""

from __future__ import annotations

import os
import re
import secrets
import sys
from pathlib import Path

import click

from ..app.store_choice import store_path
from ..config.panels.arrival_ids import MAX_ID_CHARACTERS
from ..config.panels.id_list import IdList, id_list_of, read_id_list
from ..config.plan import load_config
from ..config.schema import MEMORY, Config
from ..study.arrivals import identity_of
from ..study.signed_links import LinkSigner, link_secret, signed_link
from .common.config_argument import ConfigPath
from .common.output import quiet_when_unread
from .common.store_files import in_a_file

RANDOM_BYTES = 16
"""Of an id that is made up here: nobody finds one by trying."""


@click.command()
@click.argument("config", type=ConfigPath())
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option(
    "--base", required=True, metavar="URL", help="Where the page is, such as https://study.example.org/."
)
@click.option(
    "--ids",
    "--from",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="A file with an id a line, or in a column; - is standard input.",
)
@click.option("--count", type=click.IntRange(1, 100_000), help="Make so many links, for ids that are made up.")
@click.option("--name", metavar="NAME", help="The parameter; default the first of the config's arrival.id.")
@click.option(
    "--store",
    callback=in_a_file,
    metavar="PATH",
    help="The store beside which the secret is, if it is not the config's.",
)
def links(
    config: Path,
    ids: tuple[str, ...],
    base: str,
    file: Path | None,
    count: int | None,
    name: str | None,
    store: str | None,
) -> None:
    """Print a signed link for each ID, one a line, for a config with `arrival: {links: signed}`.

    With --count the ids are made up, so that each link is for one person whom nobody has to know; with
    `links: single_use` it is good for the first one who opens it, and nobody else.

    The secret is PARLEYRUN_LINK_SECRET, or a file beside the store, which is made if it is not there. It need not
    be known to anybody else: give people their links only.
    """
    loaded = load_config(config)
    parameter = _parameter(loaded, name)
    people = _people(loaded, ids, file, count, parameter)
    if not re.match(r"https?://[^/]", base):
        raise click.UsageError("expected --base to begin with https:// or http://")
    place = store_path(loaded, store)
    signer = LinkSigner(lambda: link_secret(None if place == MEMORY else Path(place), os.environ))
    signer.open()
    with quiet_when_unread():
        for person in people:
            click.echo(signed_link(base, parameter, person, signer.sign(identity_of(parameter, person))))


def _people(
    config: Config, ids: tuple[str, ...], file: Path | None, count: int | None, parameter: str
) -> list[str]:
    if count is not None:
        if ids or file is not None:
            raise click.UsageError("--count makes ids up: it goes with neither IDs nor --ids")
        if config.arrival.links == "open":
            raise click.UsageError(
                "--count is of no use where links are open, as anybody could make one up: "
                "have arrival: {links: single_use} in the config"
            )
        return [secrets.token_urlsafe(RANDOM_BYTES) for _ in range(count)]
    people = [person.strip() for person in ids if person.strip()]
    if file is not None:
        listed = _listed(file, parameter)
        if listed.again:
            click.echo(
                f"parleyrun: {len(listed.again)} ids stand there more than once, and get one link", err=True
            )
        people += [person for person in listed.ids if person not in people]
    if not people:
        raise click.UsageError("expected at least one ID, or --ids FILE, or --count")
    too_long = next((person for person in people if len(person) > MAX_ID_CHARACTERS), None)
    if too_long is not None:
        raise click.UsageError(
            f"expected ids of at most {MAX_ID_CHARACTERS} characters, got one of {len(too_long)}"
        )
    return people


def _listed(file: Path, parameter: str) -> IdList:
    if str(file) != "-":
        return read_id_list(file, [parameter])
    return id_list_of(sys.stdin.read().removeprefix("\ufeff"), "standard input", [parameter])


def _parameter(config: Config, name: str | None) -> str:
    known = config.arrival.id
    if not known:
        raise click.UsageError("expected arrival.id in the config to name the parameter that says who somebody is")
    if name is None:
        return known[0]
    if name.casefold() not in (each.casefold() for each in known):
        raise click.UsageError(f"expected --name to be one of {', '.join(known)}, got {name!r}")
    return name
