"""A talk: one conversation of a task that says something of its conversations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...config.tasks.talk_checks import filled_in
from ...config.tasks.talk_settings import TalkSettings
from ...runner.timers import Timer
from ...signals import FinishState, PartnerName, TalkView
from ..places.party import Party
from ..sessions import Session

FINISH_WORD = "/finish"
"""What somebody writes who would like to bring their conversation to its end."""


class Talk:
    """One conversation of a task that says something of its conversations. Touched on the desk only."""

    __slots__ = (
        "bots",
        "ending",
        "ends_at",
        "first_lines",
        "party",
        "said",
        "settings",
        "timers",
        "uid",
        "wanted",
    )

    def __init__(
        self,
        uid: str,
        settings: TalkSettings,
        party: Party,
        bots: Iterable[PartnerName],
        ends_at: float | None,
    ) -> None:
        self.uid = uid
        self.settings = settings
        self.party = party
        self.bots = tuple(bots)
        self.ends_at = ends_at
        self.said: dict[str, int] = {}
        self.first_lines: dict[str, int] = {}
        self.wanted: set[str] = set()
        self.ending = False
        self.timers: list[Timer] = []

    def lines_begin(self, first_lines: Mapping[str, int]) -> None:
        """The conversation's lines are these and later ones, by whose log they are in."""
        self.first_lines = dict(first_lines)
        for session, _ in self.party.members:
            session.lines_begin(self.first_lines.get(session.id, 0))

    def may_finish(self, session: Session) -> bool:
        """Whether somebody has said enough to finish."""
        return self.said.get(session.id, 0) >= self.settings.min_turns

    @property
    def is_agreed(self) -> bool:
        """Whether those who are to agree that it is time to finish do so; bots do."""
        people = [session.id for session, _ in self.party.members]
        wanting = [who for who in people if who in self.wanted]
        return bool(wanting) and (self.settings.end_button == "any" or len(wanting) == len(people))

    @property
    def has_hidden_bot(self) -> bool:
        return any(not bot.bot for bot in self.bots)

    def instructions_for(self, session: Session) -> str:
        """Return what somebody's role is told, filled in; or ''."""
        role = self.party.role_of(session)
        text = self.settings.instructions_for(role, session.condition)
        others = ", ".join(partner.name for partner in self.partners_of(session))
        plain = {"role": role, "others": others, "round": str(session.round)}
        return filled_in(text, plain, session.condition) if text else ""

    def partners_of(self, session: Session) -> list[PartnerName]:
        """Return who is with somebody, in an order that gives no bot away: that of roles, then of names."""
        names = [PartnerName(self.party.role_of(other)) for other in self.party.others(session)]
        order = {role: place for place, role in enumerate(self.settings.roles)}
        return sorted([*names, *self.bots], key=lambda one: (order.get(one.name, len(order)), one.name))

    def view_of(self, session: Session) -> TalkView:
        """Return what somebody's screen is to show around the conversation."""
        finish = None
        if self.settings.end_button != "none":
            wanting = [other for other in self.party.others(session) if other.id in self.wanted]
            finish = FinishState(
                word=FINISH_WORD,
                open=self.may_finish(session),
                wanted=session.id in self.wanted,
                wanted_by=tuple(self.party.role_of(other) for other in wanting),
            )
        return TalkView(
            title=self.settings.title,
            role=session.role,
            partners=tuple(self.partners_of(session)),
            instructions=self.instructions_for(session),
            ends_at=self.ends_at,
            finish=finish,
            paste=self.settings.paste,
            reactions=self.settings.reactions,
            replies=self.settings.replies,
            first_line=session.first_line if self.settings.speaks_of_lines else 0,
        )
