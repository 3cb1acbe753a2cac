"""Talks: the time of conversations that go on, what their people are told, and who would like to finish."""

from __future__ import annotations

import random
from collections.abc import Container, Iterable
from functools import partial

from ...config.plan import TaskPlan
from ...config.tasks.talk_settings import TalkSettings
from ...core.message import FrozenDict, Message
from ...events import Delivery, Reacted
from ...message_marks import FINISH_HOW, FINISH_WISH, INSTRUCTIONS
from ...runner.runner import Runner
from ...runner.seats.form_events import is_press
from ...runner.turn import ALL_FINISHED, ONE_FINISHED, TIME_IS_UP, CalledEnd, Outcome
from ...signals import PartnerName
from ...store.protocol import Reaction, SavedRun
from ..places.party import Party
from ..service_context import ServiceContext
from ..sessions import Session
from .talk import FINISH_WORD, Talk

WARNED = "time_nearly_over"
"""What is true in the `extra` of the line that says that the time is nearly over."""

AGREE_SECONDS = (2.0, 6.0)
"""How long a bot that nobody is told of takes to agree that it is time to finish: between these two."""


class Talks:
    """Keeps the time of conversations, and sees to it that people may finish them. Runs on the desk.

    Nothing of it is on record but what is there anyway: when a run began, and what its people have said. What
    says that somebody would like to finish stays unread until the conversation is over: a restart finds it there.

    Args:
        runner: Ends the runs.
        context: What the parts of the service work with.
    """

    def __init__(self, runner: Runner, context: ServiceContext) -> None:
        self._runner = runner
        self._context = context
        self._talks: dict[str, Talk] = {}

    def begin(self, uid: str, task: TaskPlan, party: Party, filling: Iterable[str]) -> None:
        """A conversation begins: tell people what their roles are to do, and count the time.

        Args:
            uid: Its run's.
            task: Its task, under the conditions that hold in it.
            party: Who is in it.
            filling: The roles of bots that sit in people's places.
        """
        settings = self._settings(uid, task)
        if settings.is_plain:
            return
        filler = task.fill_with
        shown = filler is not None and filler.bot.disclose
        bots = [*_bots_of(task), *(PartnerName(role, shown) for role in filling)]
        talk = self._add(uid, settings, party, bots, self._context.wall_time())
        if settings.speaks_of_lines:
            newest_line = self._context.unit_of_work.lines.newest_line
            talk.lines_begin({session.id: newest_line(session.id) + 1 for session, _ in party.members})
        for session, _ in party.members:
            for press in session.mailbox.take_presses():  # they were about another conversation
                self._context.unit_of_work.consume(press)
            told = talk.instructions_for(session)
            if told:
                self._context.announcements.say(session.id, Message(told, extra=FrozenDict({INSTRUCTIONS: True})))
            if settings.end_button != "none":
                self._tell_how(session)
        self._show_all(talk)

    def _tell_how(self, session: Session) -> None:
        how = self._context.texts.finish_how.format(word=FINISH_WORD)
        if how:
            self._context.announcements.say(session.id, Message(how, extra=FrozenDict({FINISH_HOW: True})))

    def go_on(self, task: TaskPlan, party: Party, run: SavedRun) -> None:
        """A conversation on record goes on: its time has run on meanwhile.

        Args:
            task: Its task.
            party: Who is in it still.
            run: What is on record of it.
        """
        members, uid = party.members, run.record.identity.uid
        settings = self._settings(uid, task)
        if settings.is_plain or not members:
            return
        values = members[0][0].condition
        known = [*_bots_of(task.under(values) if values else task), *(PartnerName(*bot) for bot in run.bots)]
        bots = {bot.name: bot for bot in known}.values()
        talk = self._add(uid, settings, party, bots, run.record.started)
        talk.lines_begin({who: seq for (who, _), seq in zip(run.record.seats, run.first_lines, strict=True)})
        for session, _ in members:
            if talk.settings.min_turns:
                talk.said[session.id] = sum(map(_is_said, self._lines(talk, session)))
            if session.mailbox.presses:
                talk.wanted.add(session.id)
        self._show_all(talk)
        self._look(talk)

    def _settings(self, uid: str, task: TaskPlan) -> TalkSettings:
        """Return what is said of a conversation, with the time that operators gave those that begin."""
        seconds = self._context.controls.time_limit_in(uid)
        return task.config.talk if seconds is None else task.config.talk.limited_to(seconds)

    def over(self, uid: str) -> None:
        """A conversation is over, or does not go on for now."""
        talk = self._talks.pop(uid, None)
        if talk is None:
            return
        for timer in talk.timers:
            timer.cancel()
        for session, _ in talk.party.members:
            for press in session.mailbox.take_presses():
                self._context.unit_of_work.consume(press)

    def held(self, uid: str) -> None:
        """A conversation is kept as it is on record, with what says that somebody would like to finish."""
        talk = self._talks.pop(uid, None)
        for timer in () if talk is None else talk.timers:
            timer.cancel()

    def somebody_left(self, uid: str) -> None:
        """Somebody has left a conversation for good: those who remain may be agreed now."""
        talk = self._talks.get(uid)
        if talk is not None:
            self._show_all(talk)
            self._look(talk)

    def bots_sit(self, uid: str, bots: Iterable[tuple[str, bool]], left: Container[str] | None) -> None:
        """These bots sit in a conversation, by name and with whether people are told; those have `left`.

        None: all others have left.
        """
        talk = self._talks.get(uid)
        if talk is None:
            return
        sitting = [PartnerName(*bot) for bot in bots]
        named = {bot.name for bot in sitting}
        if left is not None:
            sitting += [bot for bot in talk.bots if bot.name not in named and bot.name not in left]
        if {*talk.bots} != {*sitting}:
            talk.bots = tuple(sitting)
            self._show_all(talk)

    def show(self, session: Session) -> None:
        """Let somebody's screen know what stands around the conversation that they are in, if anything does."""
        talk = self._talks.get(session.run_uid or "")
        if talk is not None:
            self._context.announcements.signal(session.id, talk.view_of(session))

    def said(self, session: Session, message: Message) -> None:
        """Somebody in a conversation has said something, which may be that they would like to finish."""
        talk = self._talks.get(session.run_uid or "")
        if is_press(message):
            self._pressed(talk, session)
        elif talk is not None:
            could = talk.may_finish(session)
            talk.said[session.id] = talk.said.get(session.id, 0) + 1
            if talk.may_finish(session) is not could:
                self.show(session)

    def reacted(self, session: Session, event: Reacted) -> None:
        """Somebody reacts to a line; in a way that nobody may, or to one of before, comes to nothing."""
        talk = self._talks.get(session.run_uid or "")
        if talk is None or event.reaction not in talk.settings.reactions or event.seq < session.first_line:
            return
        reaction = Reaction(
            participant_id=session.id,
            name=talk.party.role_of(session),
            run_uid=talk.uid,
            seq=event.seq,
            reaction=event.reaction,
            on=event.on,
        )
        self._context.unit_of_work.react(reaction)

    def tell_end(self, session: Session, outcome: Outcome) -> None:
        """Tell somebody why their conversation is over, where its world did not."""
        texts = self._context.texts
        self._context.tell(session, texts.time_is_up if outcome.reason == TIME_IS_UP else texts.finished_early)

    def _add(
        self, uid: str, settings: TalkSettings, party: Party, bots: Iterable[PartnerName], started: float
    ) -> Talk:
        seconds = settings.seconds_under(party.members[0][0].condition)
        # A clock that was set back while the service was down makes no conversation longer.
        started = min(started, self._context.wall_time())
        ends_at = None if seconds is None else started + seconds
        talk = self._talks[uid] = Talk(uid, settings, party, bots, ends_at)
        for session, _ in party.members:
            session.talks_under(settings)
        if ends_at is not None:
            now = self._context.wall_time()
            end = CalledEnd(method="time_is_up", reason=TIME_IS_UP)
            talk.timers.append(self._context.call_later(ends_at - now, self._end, uid, end))
            if settings.warn_at is not None and ends_at > now:
                talk.timers.append(self._context.call_later(ends_at - settings.warn_at - now, self._warn, uid))
        return talk

    def _warn(self, uid: str) -> None:
        talk = self._talks.get(uid)
        text = self._context.texts.time_nearly_over
        if talk is None or talk.settings.warn_at is None or not text:
            return
        told = Message(text, extra=FrozenDict({WARNED: True}))
        for session, _ in talk.party.members:
            if not any(map(_is_warning, self._lines(talk, session))):
                self._context.announcements.say(session.id, told)

    def _lines(self, talk: Talk, session: Session) -> list[Delivery]:
        """Return what was said to and by somebody in a conversation before this start of the service."""
        first = talk.first_lines.get(session.id)
        return [] if first is None else self._context.unit_of_work.lines.lines_after(session.id, first - 1)

    def _end(self, uid: str, end: CalledEnd) -> None:
        if uid in self._talks:
            self._context.unit_of_work.after(partial(self._runner.call_end, uid, end))

    def _pressed(self, talk: Talk | None, session: Session) -> None:
        texts = self._context.texts
        if talk is None or not talk.may_finish(session) or talk.settings.end_button == "none":
            for press in session.mailbox.take_presses():
                self._context.unit_of_work.consume(press)
            if talk is not None:
                self._context.tell(session, texts.finish_too_early)
            return
        if session.id in talk.wanted or talk.ending:
            return
        talk.wanted.add(session.id)
        if not talk.is_agreed or self._takes_time(talk):
            self._context.tell(session, texts.finish_waits)
            self._tell_wish(talk, session)
        self._show_all(talk)
        self._look(talk)

    def _tell_wish(self, talk: Talk, session: Session) -> None:
        """Tell those who have not said so that somebody would like to finish."""
        name = talk.party.role_of(session)
        text = self._context.texts.finish_wish.format(name=name, word=FINISH_WORD)
        told = Message(text, extra=FrozenDict({FINISH_WISH: name}))
        for other in talk.party.others(session) if text else ():
            if other.id not in talk.wanted:
                self._context.announcements.say(other.id, told)

    @staticmethod
    def _takes_time(talk: Talk) -> bool:
        """Whether a bot that nobody is told of is to agree, which takes it as long as it might take a person."""
        return talk.settings.end_button == "all" and talk.has_hidden_bot

    def _look(self, talk: Talk) -> None:
        if talk.ending or not talk.is_agreed:
            return
        talk.ending = True
        reason = ALL_FINISHED
        if talk.settings.end_button == "any":
            who = next(agent for session, agent in talk.party.members if session.id in talk.wanted)
            reason = ONE_FINISHED.format(who=who.role or who.id)
        end = CalledEnd(method="finish_early", reason=reason)
        if self._takes_time(talk):
            seconds = random.Random(talk.uid).uniform(*AGREE_SECONDS)  # noqa: S311  # a pause, and no secret
            talk.timers.append(self._context.call_later(seconds, self._end, talk.uid, end))
        else:
            self._end(talk.uid, end)

    def _show_all(self, talk: Talk) -> None:
        for session, _ in talk.party.members:
            self._context.announcements.signal(session.id, talk.view_of(session))


def _bots_of(task: TaskPlan) -> list[PartnerName]:
    return [PartnerName(role, bot.disclose) for role, bot in task.bots.items()]


def _is_said(line: Delivery) -> bool:
    """Whether a line of somebody's log is their own, and no wish to finish."""
    return line.mine and not is_press(line.message)


def _is_warning(line: Delivery) -> bool:
    return line.message.extra.get(WARNED) is True
