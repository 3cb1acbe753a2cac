"""`parleyrun new`: a project to start from."""

from __future__ import annotations

from pathlib import Path

import click

from ..app.examples.project_templates import STUDY, make_project, project_templates
from ..text import shown_path
from .common.given_options import refuse_given

PARLAI = "parlai"
"""The one kind of project that is copied."""


@click.command()
@click.argument("name", required=False)
@click.option("--template", default="chat", show_default=True, metavar="TEMPLATE", help="What to start from.")
@click.option(
    "--from",
    "source",
    nargs=2,
    type=str,
    metavar="parlai PATH",
    help="Copy a task that was written for ParlAI, from its folder; nothing in it is changed.",
)
@click.option("--list", "lists", is_flag=True, help="List the templates, and make nothing.")
def new(name: str | None, template: str, source: tuple[str, str] | None, lists: bool) -> None:
    """Make a project: the folder NAME, with a study that runs as it is, and a test that plays it.

    Change its files to make it yours; its README.md says what is in them. Nothing that is there already is
    changed.
    """
    if lists:
        refuse_given("does not go with --list, which makes nothing", "name", "template", "source")
        _list()
        return
    if name is None:
        raise click.UsageError("expected a NAME for the project, got none; --list shows what it can begin with")
    if source is not None:
        refuse_given("does not go with --from: what is copied is no template", "template")
    files = make_project(name, template, Path.cwd()) if source is None else _copied(name, *source)
    for file in files:
        click.echo(shown_path(file))
    click.echo(f"\nNext:  cd {name} && parleyrun serve {STUDY}")


def _copied(name: str, kind: str, path: str) -> list[Path]:
    if kind != PARLAI:
        raise click.BadParameter(f"expected '{PARLAI} PATH', got '{kind}': nothing else is known to be copied")
    from ..app.examples.parlai_project import make_parlai_project  # and with it the reader of configs

    return make_parlai_project(name, Path(path), Path.cwd())


def _list() -> None:
    templates = project_templates()
    width = max(len(template.name) for template in templates)
    for template in templates:
        click.echo(f"{template.name:{width}}  {template.about}")
