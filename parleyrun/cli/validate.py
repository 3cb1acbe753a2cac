"""`parleyrun validate`: everything that is wrong with a config, at once."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path

import click

from ..config.diagnostics import Finding, has_errors
from ..config.plan import check
from . import exit_codes
from .render import count, render_findings, wants_color


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print what is found.",
)
@click.option("--strict", is_flag=True, help="Let warnings count as errors.")
@click.pass_context
def validate(ctx: click.Context, config: Path, form: str, strict: bool) -> None:
    """Check CONFIG, and the worlds it names.

    Nothing is run, but the world module is imported. Exits with 0 if the config can be run, 1 if something is
    wrong with it, 2 if it cannot be read.
    """
    with redirect_stdout(sys.stderr):  # what the world module prints is no part of the answer
        _, findings = check(config)
    click.echo(_as_json(findings) if form == "json" else _as_text(config, findings))
    if has_errors(findings) or (strict and findings):
        ctx.exit(exit_codes.FOUND)


def _as_json(findings: list[Finding]) -> str:
    import json  # only where it is asked for

    return json.dumps([found.as_dict() for found in findings], indent=2, ensure_ascii=False)


def _as_text(config: Path, findings: list[Finding]) -> str:
    if findings:
        return render_findings(findings, wants_color(sys.stdout))
    return f"{config}: {count(findings)}, it can be run"
