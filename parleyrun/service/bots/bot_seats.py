"""The seats of bots: those that a config gives to models, and those that nobody came to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ...config.plan import TaskPlan
from ...config.schema import Limits
from ...core.bot_seats.bot_agent import BotAgent
from ...core.bot_seats.bot_desk import BotMeans, SeatControls
from ...core.bot_seats.bot_names import BOT_PREFIX
from ...core.bot_seats.bot_settings import BotSettings
from ...core.bot_seats.model_source import ModelSource
from ...core.conditions import Value
from ...core.message import Message
from ...errors import AgentError, ModelError, WorldError
from ...runner.bots.bot_seating import seat_together
from ...runner.person import PersonAgent
from ...store.protocol import Store
from ..operations.control_board import ControlBoard


def means_of(
    limits: Limits,
    models: ModelSource | None,
    store: Store,
    controls: Callable[[], ControlBoard],
    *,
    streams: bool,
) -> BotMeans | None:
    """Return what all bots have in common; None where there are no models.

    Args:
        limits: Has what all models together may take.
        models: Where they come from.
        store: Where it goes what they take beside the turns of runs.
        controls: Returns what operators have set.
        streams: Whether words may be shown before the whole line is there.
    """

    def lines(record_id: str) -> list[tuple[int, bool, Message]]:
        return [(line.seq, line.mine, line.message) for line in store.lines_after(record_id, 0)]

    if models is None:
        return None
    return BotMeans(
        seat=models.seat,
        study=models.promises.study,
        max_cost=limits.max_cost,
        max_tokens_total=limits.max_tokens_total,
        answers_per_minute=limits.answers_per_minute,
        streams=streams,
        counted=models.counted,
        promises=models.promises,
        record=store.decided,
        controls=SeatControls(
            is_taken=lambda run_uid, role: controls().is_taken(run_uid, role),
            model=lambda run_uid, role: controls().model_in(run_uid, role),
            lines=lines,
        ),
    )


class BotSeats:
    """Makes bots. Any thread.

    Args:
        models: Where their models come from; None where a config has none.
        means: What they have in common; None where there are no models.
        moderated: Whether a model looks at all that is said.
    """

    def __init__(
        self, models: ModelSource | None, means: BotMeans | None = None, *, moderated: bool = False
    ) -> None:
        self._models = models
        self._means = means
        self._moderated = moderated

    @property
    def spent(self) -> float:
        """What models cost so far, all starts on the record together."""
        return 0.0 if self._means is None else self._means.study.cost

    def shortage(self) -> str | None:
        """Say which limit of the study is reached, so that no model answers any more; None while none is."""
        if self._means is not None:
            try:
                self._means.limit.check()
            except ModelError as error:
                return str(error)
        return None

    def are_out_of_means(self, task: TaskPlan) -> bool:
        """Whether a task needs models that do not answer any more, as a limit of the study is reached.

        Bots that sit down where nobody came are not needed, and those with a spare model go on by that one.
        """
        if not self._moderated and all(bot.on_error.replace_with is not None for bot in task.bots.values()):
            return False
        return self.shortage() is not None

    def bot(self, settings: BotSettings, role: str | None) -> BotAgent:
        """Return a bot that nobody was introduced to yet.

        Raises:
            AgentError: There is no such model.
        """
        if self._models is None:
            raise AgentError(f"expected models: in the config, with '{settings.model}' among them, got none")
        model = self._models.seat(settings.model)
        return BotAgent(model, f"{BOT_PREFIX}{settings.model}", role, settings=settings)

    def seats_of(
        self,
        task: TaskPlan,
        people: Sequence[PersonAgent],
        filling: Sequence[str] = (),
        filled_after: float | None = None,
    ) -> list[PersonAgent | BotAgent]:
        """Return all seats of a conversation, each of which knows who sits with it.

        Args:
            task: Its task.
            people: The people's seats, with their roles.
            filling: The roles of those in whose places nobody came.
            filled_after: After how many seconds bots sit down there.

        Raises:
            AgentError: A model cannot be seated.
            WorldError: Two of them have one role.
        """
        filler = task.fill_with
        in_stead = [] if filler is None else [(role, filler.bot) for role in filling]
        if not in_stead and not task.bots:
            return [*people]
        seats = self._seated(task, people, in_stead, people[0].condition if people else {})
        for seat in seats:
            if isinstance(seat, BotAgent) and seat.role in filling:
                seat.filled_after = filled_after
        return seats

    def seats_without_people(
        self, task: TaskPlan, in_stead: Iterable[tuple[str, BotSettings]], condition: Mapping[str, Value]
    ) -> list[Any]:
        """Return all seats of a conversation in which no person sits, as `seats_of` does.

        Args:
            task: Its task.
            in_stead: The bots in people's places, each with the role of that place.
            condition: The values of the conditions that hold in it.
        """
        return [*self._seated(task, (), in_stead, condition)]

    def _seated(
        self,
        task: TaskPlan,
        people: Sequence[PersonAgent],
        in_stead: Iterable[tuple[str, BotSettings]],
        condition: Mapping[str, Value],
    ) -> list[PersonAgent | BotAgent]:
        bots = [self.bot(settings, role) for role, settings in (*in_stead, *task.bots.items())]
        seats: list[PersonAgent | BotAgent] = [*people, *bots]
        _refuse_one_role_twice(task, seats)
        for bot in bots:
            bot.condition = condition
            bot.round = people[0].round if people else 1
        seat_together(seats)
        for bot in bots:
            bot.introduce(task.key, bot.message_partners)
        return seats


def _refuse_one_role_twice(task: TaskPlan, seats: Sequence[Any]) -> None:
    taken: set[str] = set()
    for seat in seats:
        if seat.role in taken:
            raise WorldError(
                f"expected each role of task '{task.key}' once, got {seat.role!r} for two: a bot has its role "
                "from the config, people have theirs from assign_roles"
            )
        taken.add(seat.role)
