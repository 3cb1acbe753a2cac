"""The study view: what operators read, without anybody noticing."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import OperatorError
from ...events import Delivery
from ...message_marks import OPERATOR
from ...runner.runner import Runner
from ...store.operator_records import KeepsActs
from ...store.protocol import Store, name_of_line
from ...store.visit_keys import ENTRY
from ..journey import Journey
from ..places.party import Party
from ..service_context import ServiceContext
from ..session_table import Sessions
from ..sessions import At, Session
from .operation_requests import ListActs, ListConversations, ListPeople, ReadConversation
from .operation_results import (
    ActsFound,
    BotRow,
    ConversationFound,
    ConversationRow,
    ConversationsFound,
    HeldFound,
    HeldRow,
    LineSeen,
    PeopleFound,
    PersonFound,
    PersonRow,
)

NAMED_AT_MOST = 5
"""How many are named where a name means several people."""


class StudyView:
    """Finds people and conversations, and tells of them. Any thread, and nothing waits for it.

    Args:
        sessions: Everybody whom the service has in memory.
        journey: The places.
        context: What the parts of the service work with.
        store: The record.
        runner: Knows the runs' names.
    """

    def __init__(
        self,
        sessions: Sessions,
        journey: Journey,
        context: ServiceContext,
        store: Store,
        runner: Runner,
    ) -> None:
        self._sessions = sessions
        self._journey = journey
        self._context = context
        self._store = store
        self._runner = runner

    @property
    def acts(self) -> KeepsActs:
        """What the record has of operators. Raises `OperatorError` where the store keeps nothing of them."""
        if isinstance(self._store, KeepsActs):
            return self._store
        raise OperatorError(f"the store ({type(self._store).__name__}) keeps no record of what operators do")

    def operator_acts(self, request: ListActs) -> ActsFound:
        """Return what operators did last. Raises `OperatorError` and `StoreError`."""
        return ActsFound(acts=tuple(self.acts.operator_acts(request.about, request.at_most)))

    def people(self, request: ListPeople) -> PeopleFound:
        """Return those who are asked for, in the order in which they came."""
        search = request.search.casefold()
        found = [
            session
            for session in self._sessions.everybody()
            if (request.place is None or session.at.value == request.place)
            and (request.task is None or session.task == request.task)
            and (not search or any(search in value.casefold() for value in _names(session)))
        ]
        some = found[request.skip : request.skip + request.at_most]
        return PeopleFound(people=tuple(map(row_of, some)), total=len(found))

    def person(self, name: str) -> PersonFound:
        """Return one person. Raises `OperatorError` if nobody is called so, or several are."""
        who = self.id_of(name)
        return PersonFound(
            person=self.row(who),
            life=tuple(self.acts.life_of(who)),
            acts=tuple(self.acts.operator_acts(who)),
        )

    def row(self, participant_id: str) -> PersonRow:
        """Return where somebody is, who may be on record only."""
        session = self._sessions.get(participant_id)
        if session is not None:
            return row_of(session)
        record = self._store.session(participant_id)
        assert record is not None  # they were found there
        return PersonRow(id=participant_id, place=record.place, task=record.task, since=record.since)

    def id_of(self, name: str) -> str:
        """Return the id of somebody by that, by its end, or by a value of their link. Raises `OperatorError`."""
        if self._sessions.get(name) is not None:
            return name
        meant = [
            session.id
            for session in self._sessions.everybody()
            if name and (session.id.partition(":")[2] == name or name in _link_of(session).values())
        ]
        if len(meant) > 1:
            shown = ", ".join(meant[:NAMED_AT_MOST])
            raise OperatorError(f"'{name}' means {len(meant)} people ({shown}, …): say which one")
        if meant:
            return meant[0]
        if name and self._store.session(name) is not None:
            return name
        raise OperatorError(f"there is nobody called '{name}': `people` lists who is here")

    def inside(self, name: str) -> Session:
        """Return the session of somebody who is inside. Raises `OperatorError` for everybody else."""
        who = self.id_of(name)
        session = self._sessions.get(who)
        if session is None or not session.here:
            raise OperatorError(f"expected somebody who is inside, got {who}, who is not")
        return session

    def task(self, key: str) -> str:
        """Return the key of a task. Raises `OperatorError` if there is none of that name."""
        tasks = self._journey.tasks.keys
        if key not in tasks:
            raise OperatorError(f"there is no task '{key}'; the tasks are {', '.join(tasks)}")
        return key

    def conversations(self, request: ListConversations) -> ConversationsFound:
        """Return those that are asked for of the conversations that go on, the oldest first."""
        parties = [*self._journey.tasks.parties.items()]
        found = [(uid, party) for uid, party in parties if request.task in (None, party.task)]
        some = found[request.skip : request.skip + request.at_most]
        return ConversationsFound(
            conversations=tuple(self._conversation(uid, party) for uid, party in some), total=len(found)
        )

    def uid_of(self, name: str) -> str:
        """Return the id of a conversation that goes on, by its name, its id, or the beginning of that.

        Raises `OperatorError`.
        """
        parties = self._journey.tasks.parties
        if name in parties:
            return name
        meant = [uid for uid in [*parties] if name and (uid.startswith(name) or self._name_of(uid) == name)]
        if len(meant) == 1:
            return meant[0]
        if meant:
            raise OperatorError(f"'{name}' means {len(meant)} conversations: say more of it")
        raise OperatorError(f"there is no conversation '{name}' that goes on: `conversations` lists them")

    def conversation(self, request: ReadConversation) -> ConversationFound:
        """Return what those in a conversation have said and seen in it. Raises `OperatorError`."""
        uid = self.uid_of(request.conversation)
        party = self._journey.tasks.parties.get(uid)
        lines: list[LineSeen] = []
        after: dict[str, int] = {}
        before: dict[str, int] = {}
        for session, _ in [] if party is None else [*party.members]:
            known = request.after.get(session.id, 0)
            seen, cut = self._lines_of(session, request)
            after[session.id] = max(known, *(line.seq for line in seen)) if seen else known
            if cut and seen:
                before[session.id] = seen[0].seq
            lines += self._seen(seen)
        return ConversationFound(
            conversation=self._conversation(uid, party),
            lines=tuple(sorted(lines, key=lambda line: (line.at, line.person, line.seq))),
            after=after,
            before=before,
        )

    def held(self) -> HeldFound:
        """Return the lines that moderation holds back."""
        return HeldFound(
            held=tuple(
                HeldRow(
                    line=line.number,
                    conversation=line.run_uid,
                    person=line.participant_id,
                    at=line.at,
                    speaker=line.message.id,
                    text=line.message.text,
                    reason=line.reason,
                )
                for line in self.acts.held_lines()
            )
        )

    def _lines_of(self, session: Session, request: ReadConversation) -> tuple[list[Delivery], bool]:
        """Return those of somebody's lines that are asked for, and whether their conversation has older ones."""
        known, end = request.after.get(session.id, 0), request.before.get(session.id)
        start, at_most = known, None
        if end is not None or request.at_most is not None:
            last = self._store.newest_line(session.id) if end is None else end - 1
            # Lines are numbered without gaps, so the newest so many are found without reading the rest.
            start = known if request.at_most is None else max(known, last - request.at_most)
            at_most = max(0, last - start)
        found = self._store.lines_after(session.id, start, at_most)
        lines = [line for line in found if line.at >= session.since]
        return lines, start > known and len(lines) == len(found)

    def _seen(self, lines: list[Delivery]) -> Iterator[LineSeen]:
        """Yield lines of somebody's log as operators see them."""
        names = {name_of_line(line): line for line in lines}
        for line in lines:
            to = line.message.reply_to
            shown = None
            if to is not None:  # mostly to one that is among them
                shown = names.get(to["line"]) or self._store.shown_line(line.participant_id, to["line"])
            yield LineSeen(
                person=line.participant_id,
                seq=line.seq,
                mine=line.mine,
                speaker=line.message.id,
                text=line.message.text,
                at=line.at,
                operator=line.message.extra.get(OPERATOR) is True,
                quoted="" if shown is None else shown.message.text,
            )

    def _conversation(self, uid: str, party: Party | None) -> ConversationRow:
        people = [] if party is None else [session for session, _ in party.members]
        return ConversationRow(
            id=uid,
            name=self._name_of(uid),
            task="" if party is None else party.task,
            since=min((session.since for session in people), default=0.0),
            people=tuple(map(row_of, people)),
            bots=() if party is None else tuple(self._bots(uid, party)),
        )

    def _bots(self, uid: str, party: Party) -> Iterator[BotRow]:
        tasks, controls = self._journey.tasks, self._context.controls
        task = tasks.plan_of(party.task) if party.task in tasks.keys else None
        for role, disclosed in [*party.bots.items()]:
            settings = None if task is None else task.bots.get(role)
            if settings is None and task is not None and task.fill_with is not None:
                settings = task.fill_with.bot
            usual = None if settings is None else settings.model
            model = controls.model_in(uid, role) or (controls.swapped_in(uid, role) or {}).get("model", usual)
            yield BotRow(role=role, model=model, disclosed=disclosed, taken=controls.is_taken(uid, role))

    def _name_of(self, uid: str) -> str:
        identity = self._runner.identity_of(uid)
        return uid if identity is None else f"{identity.group}/{identity.task_id}"


def row_of(session: Session) -> PersonRow:
    """Return where somebody is."""
    return PersonRow(
        id=session.id,
        place=session.at.value,
        task=session.task,
        since=session.since,
        present=session.present,
        role=session.role,
        conversation=session.run_uid if session.at is At.TASK else None,
        condition={**session.condition},
        arrival=_link_of(session),
    )


def _link_of(session: Session) -> dict[str, str]:
    """Return what the link said by which somebody came."""
    return {str(key): str(value) for key, value in [*(session.stored_data.get(ENTRY) or {}).items()]}


def _names(session: Session) -> list[str]:
    return [session.id, *_link_of(session).values()]
