"""`parleyrun prolific`: who has finished, is approved and is paid, by Prolific and by the record."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path

import click

from ..app import exit_codes
from ..study.money import as_amount
from ..study.prolific.approving import approve_submissions
from ..study.prolific.bonus_plan import (
    BonusPlan,
    plan_from_amounts,
    plan_pay_for_waiting,
    read_amounts,
)
from ..study.prolific.paying import pay_bonuses
from ..study.prolific.payment_ledger import Payment, PaymentLedger
from ..study.prolific.reconciliation import Pair, Reconciliation
from ..study.prolific.study_check import CheckedThing, check_study
from ..text import printable
from .common.given_options import refuse_given
from .common.moments import date_and_clock
from .common.output import quiet_when_unread, wants_color
from .common.prolific_session import ProlificSession, prolific_options, prolific_session

_COLORS = {"ok": "green", "wrong": "red", "look": "yellow"}
_SETTLED = ("paid", "unpaid")
_OF_PAYMENTS = ("study", "yes", "dry_run", "amounts", "label", "outcomes")


@click.group()
def prolific() -> None:
    """See who finished, approve them and pay them, with Prolific's API.

    The token is PARLEYRUN_PROLIFIC_TOKEN, or in the file ~/.config/parleyrun/prolific-token, which only you may be
    able to read; on a terminal it is asked for, and kept there. Nothing is approved or paid without --yes.
    """


@prolific.command()
@prolific_options
@click.pass_context
def check(ctx: click.Context, config: Path, study: str | None, store: str | None, api_url: str) -> None:
    """Say whether the study fits CONFIG, and where Prolific and the record tell different things.

    Nothing is changed. Exits with 0 if all fits, 1 if something does not, 2 if it could not be looked at.
    """
    with prolific_session(config, store, study, api_url) as session, quiet_when_unread():
        session.api.check_token()
        _show(CheckedThing("ok", "token", "Prolific knows it"))
        wrong = False
        for study_id in session.studies():
            for thing in check_study(session.api.study(study_id), session.codes, session.config.arrival.id):
                _show(thing)
                wrong |= thing.state == "wrong"
            found = session.reconciled(study_id)
            for thing in (*_counts(found), *_troubles(found.troubled), *_unsettled(session, study_id)):
                _show(thing)
                wrong |= thing.state == "wrong"
    if wrong:
        ctx.exit(exit_codes.FOUND)


@prolific.command()
@prolific_options
@click.option("--yes", is_flag=True, help="Do it. Without this it is only said what would be done.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done, as is so without --yes.")
@click.pass_context
def approve(
    ctx: click.Context,
    config: Path,
    study: str | None,
    store: str | None,
    api_url: str,
    *,
    yes: bool,
    dry_run: bool,
) -> None:
    """Approve those who finished here and wait for review there, where both fit.

    Those of whom something does not fit are listed, and left for you to decide on at Prolific.
    """
    _one_of(yes=yes, dry_run=dry_run)
    with prolific_session(config, store, study, api_url) as session, quiet_when_unread():
        study_id = session.one_study()
        found = session.reconciled(study_id)
        for thing in _troubles(found.troubled):
            _show(thing)
        ready = found.to_approve()
        for pair in ready:
            click.echo(printable(f"approve  {pair.name}  {_person(pair)}", " "))
        if not ready:
            click.echo("nobody is to be approved")
            return
        if not yes:
            click.echo(f"{_count(len(ready), 'submission')} would be approved: say --yes to do it")
            return
        left = approve_submissions(session.api, study_id, [pair.name for pair in ready], time.sleep)
        click.echo(f"approved {_count(len(ready) - len(left), 'submission')}")
    if left:
        click.echo(
            f"{_count(len(left), 'submission')} not approved yet; Prolific takes its time, so look again later: "
            + ", ".join(map(printable, left)),
            err=True,
        )
        ctx.exit(exit_codes.FOUND)


@prolific.command()
@prolific_options
@click.option("--yes", is_flag=True, help="Pay. Without this it is only said what would be paid.")
@click.option("--dry-run", is_flag=True, help="Only say what would be paid, as is so without --yes.")
@click.option(
    "--amounts",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Pay what this CSV file says, an id and an amount such as 1.50 a row, instead of pay for waiting.",
)
@click.option(
    "--label",
    default="bonus",
    show_default=True,
    metavar="TEXT",
    help="With --amounts: what it is for. Nobody is paid twice for the same thing.",
)
@click.option(
    "--outcome", "outcomes", multiple=True, metavar="O", help="Only for visits that ended so. May be repeated."
)
@click.option(
    "--settle",
    metavar="BULK=paid|unpaid",
    help="Put on record what you saw at Prolific of a payment that got no answer, and do nothing else.",
)
def bonus(
    config: Path,
    study: str | None,
    store: str | None,
    api_url: str,
    *,
    yes: bool,
    dry_run: bool,
    amounts: Path | None,
    label: str,
    outcomes: tuple[str, ...],
    settle: str | None,
) -> None:
    """Pay people for having waited (waiting_pay_per_minute), or what a file says.

    Who was paid for what is kept in STORE.prolific-payments, from before Prolific is asked, so that the same
    command given twice pays once. Ids in a file may be those of submissions, of people at Prolific, or of people
    here.
    """
    _one_of(yes=yes, dry_run=dry_run)
    if settle is not None:
        refuse_given("does not go with --settle, which does nothing else", *_OF_PAYMENTS)
    if amounts is None:
        refuse_given("goes with --amounts only: pay for waiting has a name of its own", "label")
    else:
        refuse_given("goes with pay for waiting; a file says itself who is paid", "outcomes")
    with prolific_session(config, store, study, api_url) as session, quiet_when_unread():
        ledger = PaymentLedger(session.store)
        if settle is not None:
            _settle(ledger, settle)
            return
        study_id = session.one_study()
        read = None if amounts is None else read_amounts(amounts)
        with ledger.held():  # from before it is looked at until it is written to
            found = session.reconciled(study_id)
            if read is None:
                paid = ledger.paid(study_id, "waiting")
                plan = plan_pay_for_waiting(study_id, found.pairs, paid, outcomes)
            else:
                plan = plan_from_amounts(study_id, found.pairs, ledger.paid(study_id, label), read, label)
            _show_plan(plan)
            if plan.bonuses and yes:
                payment = pay_bonuses(session.api, ledger, plan, time.time)
                click.echo(
                    f"paid {as_amount(plan.cents)} to {_count(len(plan.bonuses), 'person')}: {payment.bulk_id}"
                )
            elif plan.bonuses:
                click.echo(f"{as_amount(plan.cents)} would be paid, and Prolific's fees: say --yes to pay it")
            else:
                click.echo("nobody is to be paid")


def _one_of(*, yes: bool, dry_run: bool) -> None:
    if yes and dry_run:
        raise click.UsageError("--yes goes with no --dry-run")


def _settle(ledger: PaymentLedger, told: str) -> None:
    bulk_id, _, state = told.partition("=")
    if state not in _SETTLED:
        raise click.UsageError("expected --settle ID=paid or ID=unpaid")
    with ledger.held():
        ledger.settle(bulk_id, "paid" if state == "paid" else "unpaid")
    click.echo(printable(f"on record: {bulk_id} is {state}"))


def _show_plan(plan: BonusPlan) -> None:
    for name, reason in plan.left_out.items():
        click.echo(printable(f"not paid  {name}: {reason}", " "))
    for each in plan.bonuses:
        click.echo(printable(f"pay  {as_amount(each.cents):>8}  {each.person}  ({each.submission})", " "))


def _counts(found: Reconciliation) -> Iterable[CheckedThing]:
    yield CheckedThing("ok", "there", _listed(found.statuses.items()) or "no submission yet")
    yield CheckedThing("ok", "here", _listed(found.outcomes.items()) or "nobody yet")
    if found.unfilled:
        yield CheckedThing(
            "wrong",
            "ids",
            f"{_count(found.unfilled, 'person')} came by a link in which Prolific's placeholders stand as they "
            "are: copied from the study's settings, perhaps; they are nobody to Prolific",
        )


def _troubles(pairs: Iterable[Pair]) -> Iterable[CheckedThing]:
    for pair in pairs:
        for said in pair.trouble:
            yield CheckedThing("wrong", "submission", f"{pair.name} {_person(pair)}: {said}")


def _unsettled(session: ProlificSession, study_id: str) -> Iterable[CheckedThing]:
    for payment in PaymentLedger(session.store).payments():
        if payment.study_id == study_id and payment.state == "asked":
            yield CheckedThing("wrong", "bonus", _asked(payment))


def _asked(payment: Payment) -> str:
    cents = sum(payment.cents.values())
    return (
        f"whether {payment.bulk_id} ({as_amount(cents)}, asked for at {date_and_clock(payment.at)}) was paid is "
        f"not known: look at Prolific, then say  bonus --settle {payment.bulk_id}=paid  or  =unpaid"
    )


def _person(pair: Pair) -> str:
    if pair.submission is not None:
        return f"({pair.submission.person})"
    return "" if pair.visit is None else f"({pair.visit.participant})"


def _listed(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts)


def _count(number: int, what: str) -> str:
    plural = "people" if what == "person" else f"{what}s"
    return f"{number} {what if number == 1 else plural}"


def _show(thing: CheckedThing) -> None:
    state = thing.state.ljust(len("wrong"))
    if wants_color(sys.stdout):
        state = click.style(state, fg=_COLORS[thing.state])
    click.echo(f"{state}  {printable(f'{thing.name}: {thing.found}', ' ')}")
