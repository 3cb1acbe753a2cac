"""`parleyrun new`: a project to start from."""

from __future__ import annotations

from pathlib import Path

import click

from ..app.examples.project_templates import STUDY, make_project, project_templates
from ..text import shown_path


@click.command()
@click.argument("name", required=False)
@click.option("--template", default="chat", show_default=True, metavar="TEMPLATE", help="What to start from.")
@click.option("--list", "lists", is_flag=True, help="List the templates, and make nothing.")
@click.pass_context
def new(ctx: click.Context, name: str | None, template: str, lists: bool) -> None:
    """Make a project: the folder NAME, with a study that runs as it is, and a test that plays it.

    Change its files to make it yours; its README.md says what is in them. Nothing that is there already is
    changed.
    """
    if lists:
        _list()
        return
    if name is None:
        raise click.UsageError(
            "expected a NAME for the project, got none; --list shows what it can begin with", ctx
        )
    files = make_project(name, template, Path.cwd())
    for file in files:
        click.echo(shown_path(file))
    click.echo(f"\nNext:  cd {name} && parleyrun serve {STUDY}")


def _list() -> None:
    templates = project_templates()
    width = max(len(template.name) for template in templates)
    for template in templates:
        click.echo(f"{template.name:{width}}  {template.about}")
