"""Meanwhile: what people see and do while they wait, which a partner who is found always comes before."""

from __future__ import annotations

import logging
from functools import partial

from ....config.plan import TaskPlan
from ....core.message import Message
from ....runner.mailbox import Mailbox
from ....runner.runner import Runner
from ....runner.turn import Outcome
from ....store.protocol import SavedRun
from ...launching import Launcher
from ...service_context import ServiceContext
from ...sessions import Session

log = logging.getLogger(__name__)

WAIT_OVER = "the wait is over"


class Meanwhile:
    """Shows texts to people who wait, and runs what they do alone until they wait no more. Runs on the desk.

    Args:
        runner: Ends what somebody does.
        context: What the parts of the service work with.
        launcher: Launches the worlds.
    """

    def __init__(self, runner: Runner, context: ServiceContext, launcher: Launcher) -> None:
        self._runner = runner
        self._context = context
        self._launcher = launcher
        self._going_on: dict[str, tuple[str, Mailbox]] = {}  # the run and its mail, by who is in it

    def begin(self, session: Session, task: TaskPlan) -> None:
        """Somebody has come to wait for a task, and was not matched at once."""
        if task.waiting_text:
            self._context.tell_as_written(session, task.waiting_text)
        if task.meanwhile is not None and task.meanwhile.steps_for(session.condition):
            self._open(session, task)

    def restore(self, session: Session, task: TaskPlan, run: SavedRun | None) -> None:
        """Go on with what somebody was doing who waits; where that cannot be, they wait without it."""
        if run is None:
            return
        if run.outcome is None and task.meanwhile is not None and self._context.holding.unfit(run) is None:
            self._open(session, task, run)
        else:
            self._launcher.abandon(run, "it cannot go on")
            self._get_up(session)

    def take(self, session: Session, message: Message) -> bool:
        """Hand on what somebody wrote to what they are doing. False if they are doing nothing."""
        going_on = self._going_on.get(session.id)
        if going_on is not None:
            going_on[1].put(message)
        return going_on is not None

    def take_answers(self, session: Session) -> None:
        """Hand on the answers to forms that somebody has given."""
        going_on = self._going_on.get(session.id)
        while going_on is not None and (message := session.mailbox.take_answers()) is not None:
            going_on[1].put(message)

    def end(self, session: Session) -> None:
        """Somebody waits no more: they leave what they were doing where it is."""
        going_on = self._going_on.pop(session.id, None)
        if going_on is None:
            return
        uid, mailbox = going_on
        # It was for that alone, and nobody reads it there any more.
        for message in mailbox.unread():
            self._context.unit_of_work.consume(message)
        self._get_up(session)
        outcome = Outcome("stopped", WAIT_OVER, forced=True)
        self._context.unit_of_work.after(partial(self._runner.stop, uid, outcome))

    def _open(self, session: Session, task: TaskPlan, saved: SavedRun | None = None) -> None:
        assert task.meanwhile is not None
        agent = session.take_seat()
        # Their own mailbox is listened to where they wait: they may leave at any time.
        mailbox = agent.mailbox = Mailbox()
        ended = partial(self._ended, session)
        uid = self._launcher.task_world("waiting", task.key, task.meanwhile, [agent], ended, saved)
        session.joined_run(uid)
        self._context.unit_of_work.touch(session)
        self._going_on[session.id] = (uid, mailbox)

    def _ended(self, session: Session, uid: str, outcome: Outcome) -> None:
        self._context.unit_of_work.answer(uid)
        if self._going_on.get(session.id, ("",))[0] != uid:
            return
        _, mailbox = self._going_on.pop(session.id)
        for message in mailbox.unread():
            self._context.unit_of_work.consume(message)
        if outcome.kind == "failed":
            log.error("what %s was doing while they wait failed; they wait on without it", session.id)
        self._get_up(session)

    def _get_up(self, session: Session) -> None:
        session.leave_seat()
        self._context.unit_of_work.touch(session)
