"""`parleyrun validate`: everything that is wrong with a config, at once."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..app import exit_codes
from ..config.diagnostics import Finding, has_errors, in_order
from ..config.plan import Plan
from ..text import printable, printable_json
from .common.arrival_options import arrival_options, played_arrivals
from .common.config_argument import MODELS_IN_PLACE, ConfigPath
from .common.findings import count, read_plan, render_findings, tell_of_names
from .common.output import wants_color
from .common.store_files import in_a_file

if TYPE_CHECKING:
    from ..checks.arrival_play import ArrivalPlay


@click.command()
@click.argument("config", type=ConfigPath())
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print what is found.",
)
@click.option(
    "--store",
    callback=in_a_file,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Say as well what in this store would not go on with CONFIG; it may be in use.",
)
@click.option("--strict", is_flag=True, help="Let warnings count as errors.")
@MODELS_IN_PLACE
@arrival_options
@click.pass_context
def validate(
    ctx: click.Context,
    /,
    config: Path,
    form: str,
    store: Path | None,
    strict: bool,
    arrivals: int | None,
    models_in_place: dict[str, Any],
    **assumed: Any,
) -> None:
    """Check CONFIG, and the worlds it names.

    The world module is imported, and each world is built, with stand-ins for people, to see whether it can be,
    and whether it could go on after a restart. No conversation is run, nor module_initialize.
    Where conditions, rules or sizes decide who is matched with whom, arrivals are played in virtual time, without
    functions of the world module: how the cells fill, and how long people wait. With --arrivals the JSON is
    {"findings": ..., "arrivals": ...}.
    Exits with 0 if the config can be run, 1 if something is wrong with it, 2 if it cannot be read.
    """
    answer = sys.stdout
    with redirect_stdout(sys.stderr):  # what author code prints is no part of the answer
        plan, findings = find_all(config, models_in_place)
        if plan is not None and store is not None:
            from ..checks.store_fit import find_unfit  # and with it sqlite3

            findings = in_order([*findings, *find_unfit(plan, store)])
        play = None if plan is None else played_arrivals(plan, arrivals, assumed, by_default=form == "text")
        if form == "json":
            text = _as_json(findings, play, in_parts=arrivals is not None)
        else:
            text = _as_text(config, findings, play, wants_color(answer))
        click.echo(text, file=answer)
    if has_errors(findings) or (strict and findings):
        ctx.exit(exit_codes.FOUND)


def find_all(config: Path, overrides: Mapping[str, Any] | None = None) -> tuple[Plan | None, list[Finding]]:
    """Return the plan, None if an error stands in its way, and all that was found, in the order of the file.

    Runs author code. Raises `ConfigError` where the file cannot be read.
    """
    plan, findings = read_plan(config, overrides)
    if plan is None:
        return None, findings
    tell_of_names(plan)
    from ..checks.world_trials import try_worlds  # only a sound plan has worlds that can be tried

    return plan, in_order([*findings, *try_worlds(plan, _note)])


def _note(text: str) -> None:
    click.echo(f"parleyrun: {printable(text)}", err=True)


def _as_json(findings: list[Finding], play: ArrivalPlay | None, *, in_parts: bool) -> str:
    found = [each.as_dict() for each in findings]
    if not in_parts:
        return printable_json(found, indent=2)
    from ..checks.arrival_report import arrival_values  # only where arrivals are asked for

    arrivals = None if play is None else arrival_values(play)
    return printable_json({"findings": found, "arrivals": arrivals}, indent=2)


def _as_text(config: Path, findings: list[Finding], play: ArrivalPlay | None, color: bool) -> str:
    said = render_findings(findings, color) if findings else f"{config}: {count(findings)}, it can be run"
    if play is None:
        return said
    from ..checks.arrival_report import arrival_lines  # as above

    return "\n".join([said, "", *(printable(line) for line in arrival_lines(play))])
