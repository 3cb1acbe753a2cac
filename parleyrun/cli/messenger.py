"""`parleyrun messenger`: is everything ready for a page, and how does the page present itself?"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path

import click

from ..app import exit_codes
from ..app.messenger_page import graph_client, known_page_settings, secret_variables_of
from ..channels.messenger.page_secrets import SECRET_NAMES, KnownSecret
from ..channels.messenger.page_setup.messenger_profile import MenuItem, MessengerProfile, apply_profile
from ..channels.messenger.page_setup.page_checks import PageCheck, run_page_checks
from ..channels.messenger.page_setup.page_requirements import check_page, whose_token
from ..channels.messenger.receiving.event_delivery import GET_STARTED
from ..config.plan import load_config
from ..config.schema import Config
from ..errors import ConfigError
from ..text import printable
from .common.config_argument import ConfigPath
from .common.findings import render_findings
from .common.output import wants_color
from .common.page_options import can_ask, settings_of

_COLORS = {"ok": "green", "missing": "red", "not checked": "yellow"}
_WIDTH = 100

START = MenuItem("Start", GET_STARTED)
EXIT = MenuItem("EXIT", "EXIT")


@click.group()
def messenger() -> None:
    """Look at a Facebook page, and set it up."""


@messenger.command()
@click.argument("config", type=ConfigPath())
@click.option("--force-page-token", is_flag=True, help="Ask for the page token, whatever is known of it.")
@click.pass_context
def check(ctx: click.Context, config: Path, force_page_token: bool) -> None:
    """Say, step by step, whether CONFIG's page is ready, and what is missing.

    Nothing is changed. With channels.messenger.public_url in the config, the webhook is called there as Meta
    would call it, so have 'parleyrun serve' running. On a terminal, secrets that are not known are asked for, and
    kept. Exits with 0 if nothing is missing, 1 if something is, 2 if the config cannot be used.
    """
    loaded = _load_or_exit(config)
    if force_page_token or can_ask():
        settings_of(loaded, force_page_token=force_page_token)  # keeps what it asks for
    public_url = loaded.messenger.public_url if loaded.messenger is not None else None
    looked_at = []
    for settings, found in known_page_settings(loaded):
        if len(loaded.page_ids) > 1:
            click.echo(f"page {settings.page_id}")
        variables = secret_variables_of(loaded, settings.page_id)
        with closing(graph_client(settings)) as client:
            checks = run_page_checks(settings, client, public_url, str(config))
            for step in chain(_secret_steps(found, variables), checks):
                _show(step)
                looked_at.append(step.state)
    if "missing" in looked_at:
        ctx.exit(exit_codes.FOUND)


@messenger.command("setup")
@click.argument("config", type=ConfigPath())
@click.option(
    "--greeting",
    help="What newcomers read above the Get Started button; '' for nothing.  [default: a welcome with task_name]",
)
@click.option(
    "--menu",
    "titles",
    multiple=True,
    metavar="TEXT",
    help="What people can say from the menu; give it once for each.  "
    "[default: Start, which opens the overworld, and EXIT]",
)
@click.option("--no-menu", is_flag=True, help="Have no menu.")
@click.option("--force-page-token", is_flag=True, help="Ask for the page token, whatever is known of it.")
def set_up(
    config: Path, greeting: str | None, titles: tuple[str, ...], no_menu: bool, force_page_token: bool
) -> None:
    """Give CONFIG's page (each, if there are several) a Get Started button, a greeting and a menu.

    Doing it again changes only what is different. Says what it did.
    """
    if no_menu and titles:
        raise click.UsageError("--no-menu goes with no --menu")
    loaded = _load_or_exit(config)
    menu = () if no_menu else tuple(MenuItem(title, title) for title in titles) or (START, EXIT)
    if greeting is None:
        greeting = f"Welcome to {loaded.task_name}! Tap Get Started to begin."
    profile = MessengerProfile(greeting, menu)
    for settings in settings_of(loaded, wanted=["page_token"], force_page_token=force_page_token):
        with closing(graph_client(settings)) as client:
            page = whose_token(client)
            check_page(page, settings.page_id)
            click.echo(printable(f"page: '{page.name}' ({page.id})", " "))
            for did in apply_profile(client, profile):
                click.echo(did)


def _secret_steps(found: Mapping[str, KnownSecret], variables: Mapping[str, Sequence[str]]) -> Iterator[PageCheck]:
    for name, title in SECRET_NAMES.items():
        if name in found:
            yield PageCheck("secret", "ok", f"{title} from {found[name].origin}")
        else:
            mend = f"set {variables[name][0]}, or do this on a terminal, which asks for it"
            yield PageCheck("secret", "missing", f"the {title} is not known: {mend}")


def _load_or_exit(path: Path) -> Config:
    """Return a config as one for Messenger; no world is imported. Exits with 2 if it is wrong."""
    try:
        return load_config(path, {"channels": {"messenger": {}}})
    except ConfigError as error:
        if not error.findings:
            raise
        click.echo(render_findings(error.findings, wants_color(sys.stderr)), err=True)
        raise click.exceptions.Exit(exit_codes.UNUSABLE) from error


def _show(step: PageCheck) -> None:
    state = step.state.ljust(len("not checked"))
    if wants_color(sys.stdout):
        state = click.style(state, fg=_COLORS[step.state])
    told = printable(f"{step.name}: {step.found}", " ")
    first, *more = textwrap.wrap(told, _WIDTH, break_on_hyphens=False) or [step.name]
    click.echo(f"{state}  {first}")
    for line in more:
        click.echo(" " * len("not checked  ") + line)
