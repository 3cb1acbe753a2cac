"""`parleyrun participants`: who a store knows, and having it forget somebody."""

from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import Path

import click

from ..archive.archive import Archive, KnownParticipant
from ..archive.erasure import erase, is_requested, request_erasure
from ..archive.places.database_file import file_of_database
from ..store.postgres.database_url import is_database
from ..store.protocol import StoreInUse
from ..store.record.erasing.eraser import ERASED_ID, Erased
from ..text import printable
from .common.conversation_rows import count
from .common.moments import date_and_clock
from .common.output import quiet_when_unread

PATIENCE_SECONDS = 15.0
"""How long it is waited for the process that holds the store to erase somebody."""

LOOK_AGAIN_SECONDS = 0.2


@click.group(invoke_without_command=True, subcommand_metavar="[find WORDS | forget ID]")
@click.argument("store")
@click.pass_context
def participants(ctx: click.Context, store: str) -> None:
    """List the people STORE knows; `find WORDS` lists some of them, `forget ID` erases one.

    STORE is a file, or the URL of a PostgreSQL database. The list may be had while it is in use. It shows the
    parameters of the link they came by, such as the id a panel gave them.
    """
    ctx.obj = store
    if ctx.invoked_subcommand is None:
        _list(store, "")


@participants.command()
@click.argument("words")
@click.pass_obj
def find(store: str, words: str) -> None:
    """List those whose id, or a value of whose link, has these words in it, in whatever case."""
    _list(store, words)


@participants.command()
@click.argument("participant_id", metavar="ID")
@click.pass_obj
def forget(store: str, participant_id: str) -> None:
    """Erase a person's words and data everywhere in the store.

    The store may be in use: its service then erases them within seconds, or the next one that opens the store.
    What goes are their messages, the copies of these that others were
    shown (which read "[ERASED]" from then on), what was said to them, their data, and the snapshots and
    results of the worlds they sat in. What other people wrote stays theirs. Backups and exports made before
    are not reached.
    """
    try:
        erased = erase(store, participant_id)
    except StoreInUse:
        click.echo(_have_erased(store, participant_id))
    else:
        click.echo("\n".join(_report(erased)))
        if erased.files and is_database(store):
            click.echo(
                f"{count(len(erased.files), 'file')} they sent: deleted when the service opens the store next"
            )


def _have_erased(store: str, participant_id: str) -> str:
    """Have the process that holds the store erase somebody, and return what became of that."""
    who = printable(participant_id)
    request_erasure(store, participant_id)
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if not is_requested(store, participant_id):
            return (
                f"erased {who}, by the process that holds the store; "
                "what older copies may be left on disk goes when the store is opened next"
            )
        time.sleep(LOOK_AGAIN_SECONDS)
    return (
        f"{who} is to be erased, which is on record: the process that holds the store has not done so yet, "
        "and if it does not, the next one that opens the store does"
    )


def _list(store: str, words: str) -> None:
    opened = file_of_database(store) if is_database(store) else nullcontext(Path(store))
    with opened as file, Archive(file) as archive, quiet_when_unread():
        listed = 0
        for participant in archive.participants():
            if participant.participant_id != ERASED_ID and participant.is_called(words):
                listed += 1
                click.echo(_row(participant))
        if not listed:
            called = f" who is called '{printable(words)}'" if words else " yet"
            click.echo(f"the store knows nobody{called}", err=True)


def _row(participant: KnownParticipant) -> str:
    place = participant.place or "door"
    if participant.task and place != "gone":
        place = f"{place}: {participant.task}"
    return printable(
        f"{date_and_clock(participant.first_seen)}  {participant.participant_id:<36}  {place:<20}  "
        f"{count(participant.said, 'message')} in all, {count(participant.conversations, 'conversation')}"
        + "".join(f"  {name}={value}" for name, value in participant.arrival.items())
    )


def _report(erased: Erased) -> list[str]:
    parts = (
        (erased.said, "message", "they wrote"),
        (erased.heard, "line", "they were shown"),
        (erased.copies, "line", "of other people's logs that repeated their words"),
        (erased.data, "set", "of their data"),
        (erased.prompts, "prompt", "of bots that they talked with, and what was called because of it"),
        (erased.moderated, "line", "of theirs, or for them, that was moderated"),
        (erased.snapshots, "snapshot", "of worlds they sat in"),
        (erased.marks, "mark", "of what reached them and what they read"),
        (erased.sendings, "sending", "of what they were told"),
        (erased.notes, "note", "of channels on them"),
        (erased.waiting, "place", "in the pool"),
        (erased.matches, "match", "that named them"),
    )
    rows = [f"erased {printable(erased.participant_id)}:"]
    rows += [
        f"  {number} {what if number == 1 else _plural(what)} {which}" for number, what, which in parts if number
    ]
    rows.append(f"  their name in {count(erased.conversations, 'conversation')}")
    if erased.stopped:
        rows.append(f"{count(erased.stopped, 'conversation')} that still went on ended with that")
    if erased.still_held_by:
        holders = ", ".join(map(printable, erased.still_held_by))
        rows.append(f"not erased: the data that worlds keep of {holders} seems to hold words of theirs")
    return rows


def _plural(what: str) -> str:
    return f"{what}es" if what.endswith("ch") else f"{what}s"
