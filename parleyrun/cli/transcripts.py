"""`parleyrun transcripts`: the conversations of a store, for people to read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import click

from ..app import exit_codes
from ..archive.archive import Archive
from ..archive.conversations import Conversation
from ..archive.following import Follower, News
from ..archive.places.database_file import reading_of_database
from ..archive.selection import Selection
from ..archive.talk_count import TalkCount
from ..store.protocol import StoreOutOfReach
from ..text import printable
from .common.conversation_rows import count, ending, heading, message_rows, times_rows
from .common.given_options import refuse_given
from .common.moments import date_and_clock
from .common.output import quiet_when_unread
from .common.selection_options import CHOOSING, selection, selection_options, why_none
from .common.store_files import StoreToRead

_UID_SHOWN = 8
_QUOTED = 80


@click.command()
@click.argument("store", type=StoreToRead(watched_by="follow"))
@click.argument("conversation", required=False)
@selection_options
@click.option("--follow", is_flag=True, is_eager=True, help="Show what is said from now on, until Ctrl-C.")
@click.option("--times", is_flag=True, help="Show when each message was sent, committed, delivered and read.")
@click.option("--starts", "list_starts", is_flag=True, help="List the starts of the service instead.")
@click.pass_context
def transcripts(
    ctx: click.Context,
    store: Path | str,
    conversation: str | None,
    tasks: tuple[str, ...],
    outcomes: tuple[str, ...],
    kinds: tuple[str, ...],
    since: float | None,
    starts: tuple[str, ...],
    follow: bool,
    times: bool,
    list_starts: bool,
) -> None:
    """List the conversations of STORE, or show one.

    CONVERSATION is a name from the list (chat/t_12), or the first characters of an id. With --follow and no
    CONVERSATION, everything that is said in any of them; with one, all of it and what follows until it ends.
    STORE may be in use.
    """
    if list_starts:
        refuse_given(
            "does not go with --starts, which lists all of them", "conversation", "follow", "times", *CHOOSING
        )
    _check_options(conversation, outcomes, follow, times)
    wanted = selection(kinds, tasks, outcomes, since, starts)
    with _archive_of(store) as archive, quiet_when_unread():
        if list_starts:
            _list_starts(archive)
            return
        if conversation is not None:
            uid = _find(archive, conversation)
            follower = Follower(archive, wanted, uid) if follow else None
            for row in _whole(archive, uid, with_ending=follower is None, with_times=times):
                click.echo(row)
        else:
            follower = Follower(archive, wanted) if follow else None
            if follower is None:
                _list(archive, wanted)
        if follower is not None:
            ctx.exit(_follow(follower, name_them=conversation is None))


def _archive_of(store: Path | str) -> Archive:
    """Return the archive of a file, or of a database that is read as it changes."""
    return Archive(store if isinstance(store, Path) else reading_of_database(store))


def _check_options(conversation: str | None, outcomes: tuple[str, ...], follow: bool, times: bool) -> None:
    if conversation is not None:
        refuse_given("chooses from the list: expected no CONVERSATION beside it", *CHOOSING)
    if follow and outcomes:
        raise click.UsageError("--outcome does not go with --follow: what goes on has none yet")
    if times and conversation is None:
        raise click.UsageError("--times is for one conversation: expected a CONVERSATION beside it")
    if times and follow:
        raise click.UsageError("--times does not go with --follow: what is new has not been delivered yet")


def _find(archive: Archive, name: str) -> str:
    found = archive.find(name)
    if not found:
        raise click.UsageError(f"there is no conversation '{name}': expected a name such as chat/t_12, or an id")
    if len(found) > 1:
        raise click.UsageError(f"'{name}' means several conversations: {', '.join(found)}")
    return found[0]


def _list(archive: Archive, wanted: Selection) -> None:
    total = 0
    for conversation in archive.conversations(wanted):
        total += 1
        click.echo(_row(conversation, archive.said(conversation.uid)))
    if not total:
        click.echo(why_none(archive, wanted), err=True)


def _list_starts(archive: Archive) -> None:
    total = 0
    for recorded in archive.starts():
        total += 1
        start = recorded.start
        click.echo(
            printable(
                f"{recorded.number:>3}  {date_and_clock(start.at)}  {start.run_id}  parleyrun {start.version}  "
                f"config {start.config_hash[:_UID_SHOWN]}  {start.host} (process {start.pid})  "
                f"{count(recorded.conversations, 'conversation')}"
            )
        )
    if not total:
        click.echo("no start of a service is on record", err=True)


def _row(conversation: Conversation, said: TalkCount) -> str:
    uid = conversation.uid[:_UID_SHOWN]
    when = date_and_clock(conversation.started)
    people = sum(not seat.is_bot for seat in conversation.people)
    bots = len(conversation.people) - people
    said_by = f"{count(said.by_people, 'message')} from {people} {'person' if people == 1 else 'people'}"
    said_by += f", {said.by_bots} from {count(bots, 'bot')}" if bots else ""
    return printable(f"{when}  {uid}  {conversation.name:<20}  {said_by:<26}  {ending(conversation)}")


def _whole(archive: Archive, uid: str, *, with_ending: bool, with_times: bool) -> Iterator[str]:
    with archive.file.standing_still():
        conversation = archive.conversation(uid)
        if conversation is None:
            return
        yield heading(conversation)
        beginnings = [""]  # by number
        for message in archive.messages(conversation):
            beginnings.append(" ".join(message.text[:_QUOTED].split()))
            yield from message_rows(message, beginnings[message.reply_to or 0])
            if with_times:
                yield from times_rows(message, conversation.speakers)
        if with_ending:
            yield f"-- {ending(conversation)}"


def _follow(follower: Follower, *, name_them: bool, wait: Callable[[], None] | None = None) -> int:
    out_of_reach = False
    try:
        while True:
            try:
                found, out_of_reach = follower.news(), False
            except StoreOutOfReach as error:
                found = []
                if not out_of_reach:
                    click.echo(f"parleyrun: {error}; it is tried again until Ctrl-C", err=True)
                out_of_reach = True
            for news in found:
                for row in _news_rows(news, name_it=name_them):
                    click.echo(row)
            if not follower.following:
                return exit_codes.OK
            (wait or follower.wait)()
    except KeyboardInterrupt:
        return exit_codes.OK


def _news_rows(news: News, *, name_it: bool) -> Iterator[str]:
    prefix = f"{printable(news.conversation.name)}  " if name_it else ""
    if news.what == "began":
        yield f"{prefix}-- {heading(news.conversation)}"
    elif news.what == "ended":
        yield f"{prefix}-- {ending(news.conversation)}"
    elif news.message is not None:
        yield from (f"{prefix}{row}" for row in message_rows(news.message))
