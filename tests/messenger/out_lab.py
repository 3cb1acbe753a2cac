"""The sending half by itself: a Graph API that is a list of answers, no threads, and time that is moved."""

from __future__ import annotations

from collections import deque
from random import Random

from parleyrun.channels.messenger.composing.attachment_uploads import AttachmentUploads
from parleyrun.channels.messenger.graph.usage import Usage
from parleyrun.channels.messenger.page_people import PagePeople
from parleyrun.channels.messenger.sending.attempts import Attempts
from parleyrun.channels.messenger.sending.messaging_window import MessagingWindows
from parleyrun.channels.messenger.sending.page_health import PageHealth
from parleyrun.channels.messenger.sending.piece_metadata import PieceMetadata
from parleyrun.channels.messenger.sending.piece_sender import PieceSender
from parleyrun.channels.messenger.sending.rate_limiter import RateLimiter
from parleyrun.channels.messenger.sending.sender import Sender
from parleyrun.core.message import message_from_act
from parleyrun.errors import GraphError, GraphUnreachable
from parleyrun.events import Delivery, Unsent
from parleyrun.testing import VirtualTimers

ANN, BOB, CLEO = "messenger:1", "messenger:2", "messenger:3"

LOST = GraphUnreachable("the answer was lost", may_have_arrived=True)
DOWN = GraphUnreachable("no connection", may_have_arrived=False)


class Inline:
    """Workers that do a job at once, or with `holding` keep it until it is let go."""

    def __init__(self):
        self.jobs = deque()
        self.holding = False
        self._running = False

    def run(self, job):
        self.jobs.append(job)
        self.go()

    def go(self):
        if self._running or self.holding:
            return
        self._running = True
        while self.jobs:
            self.jobs.popleft()()
        self._running = False

    def close(self):
        self.jobs.clear()


class ScriptedGraph:
    """A client that keeps what it is asked. `answers` are used up in turn, a person's own (`of`) before others';
    an exception is raised, a callable called, a dict returned. Without one a send is simply accepted."""

    page_id = "100"

    def __init__(self):
        self.posts = []
        self.gets = []
        self.answers = deque()
        self.of = {}
        self.always = {}
        self.usage = Usage()
        self.page_trouble = None

    def post(self, path, body, *, params=None, files=None, read_seconds=None):
        self.posts.append(dict(body, path=path, files=files, read_seconds=read_seconds))
        psid = body["recipient"]["id"] if "recipient" in body else None
        answer = self.always.get(psid, {})
        if self.of.get(psid):
            answer = self.of[psid].popleft()
        elif self.answers:
            answer = self.answers.popleft()
        if callable(answer):
            answer = answer()
        if isinstance(answer, Exception):
            raise answer
        if "message_attachments" in path:
            return {"attachment_id": f"a{len(self.posts)}", **answer}
        return {"recipient_id": psid, "message_id": f"m_{len(self.posts)}", **answer}

    def get(self, path, **params):
        self.gets.append(path)
        if self.page_trouble is not None:
            raise self.page_trouble
        return {"id": self.page_id}

    def fail(self, participant, *answers):
        """Have the next sends to a person come to this."""
        self.of.setdefault(participant.partition(":")[2], deque()).extend(answers)

    def texts(self, participant=None):
        """Return the texts that were tried, to one person or to all."""
        return [
            post["message"]["text"]
            for post in self.posts
            if "text" in post.get("message", ()) and (participant is None or _is_to(post, participant))
        ]

    def actions(self, participant):
        return [
            post["sender_action"] for post in self.posts if "sender_action" in post and _is_to(post, participant)
        ]


def _is_to(post, participant):
    return post["recipient"]["id"] == participant.partition(":")[2]


class Notes:
    """A record that keeps what it is told in lists."""

    def __init__(self, clock):
        self.clock = clock
        self.sendings = []
        self.elsewhere = []
        self.heard = {}
        self.left = []
        self.notes = {}
        self.broken = False

    def record_sending(self, sending):
        self.sendings.append(sending)

    def record_sent(self, line):
        self.elsewhere.append(line)

    def after(self, work):
        work()

    def sending_of(self, channel, mid):
        return next((sending for sending in self.sendings if sending.channel_id == mid), None)

    def last_heard(self, participant_id):
        return self.heard.get(participant_id)

    def unsent(self, channel):
        return self.left

    def lines_after(self, participant_id, seq):
        return []

    def secret(self, name):
        return b"k" * 32

    def keep(self, channel, key, value):
        self.notes.pop(key, None) if value is None else self.notes.update({key: value})

    def kept(self, channel, prefix=""):
        return {key: value for key, value in self.notes.items() if key.startswith(prefix)}

    def states(self, participant):
        """Return what became of a person's pieces, in the order in which it was recorded."""
        return [
            (sending.seq, sending.piece, sending.state)
            for sending in self.sendings
            if sending.participant_id == participant
        ]


class Out:
    """A sender with all that belongs to it."""

    def __init__(self, *, per_second=1000.0, human_agent=False, workers=None):
        self.timers = VirtualTimers()
        self.graph = ScriptedGraph()
        self.record = Notes(self.timers)
        self.workers = workers or Inline()
        self.gone = []
        self.metadata = PieceMetadata(self.record.secret("messenger"), PagePeople())
        self.windows = MessagingWindows(self.timers, self.record, self.record, human_agent=human_agent)
        self.attachments = AttachmentUploads(self.graph, self.timers, self.record)
        attempts = Attempts(self.graph, PagePeople(), self.windows, self.attachments)
        random = Random(7)
        self.rates = RateLimiter(per_second, self.timers.monotonic(), random)
        self.sender = Sender(
            pieces=PieceSender(attempts, self.record, self.metadata, self.timers, random),
            attempts=attempts,
            page=PageHealth(self.rates, lambda: self.graph.usage),
            workers=self.workers,
            timers=self.timers,
            check_page=lambda: self.graph.get("me") and None,
            gone=self.gone.append,
        )
        self._seqs = {}

    def line(self, participant, text="", **act):
        seq = self._seqs[participant] = self._seqs.get(participant, 0) + 1
        message = message_from_act({"text": text, **act})
        return Delivery(participant, seq, message, at=self.timers.time())

    def say(self, participant, *texts, **act):
        """Have the service say something to a person."""
        for text in texts:
            self.sender.put(self.line(participant, text, **act))

    def heard(self, participant):
        """A person writes."""
        self.windows.heard(participant, self.timers.time())
        self.sender.heard(participant)

    def echo(self, post, mid="m_echo"):
        """Messenger tells of a message that it shows."""
        self.sender.echoed(self.metadata.read(post["message"]["metadata"]), mid)

    def advance(self, seconds):
        self.timers.advance(seconds)


def graph_error(code, subcode=0, **more):
    return GraphError(code, subcode, "Meta's words", **more)


def left(*lines, sendings=()):
    """What an earlier process has left of somebody's lines."""
    return Unsent(lines[0].participant_id, tuple(lines), tuple(sendings))
