"""The bot stage: a plan's tasks with bots in all seats, as they are served, but without doors."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from ..config.plan import Plan
from ..core.bot_seats.promises import Promises
from ..runner.timers import Timers
from ..service.service import Service
from ..store.media_library import MediaLibrary
from ..store.protocol import Store
from .shared_models import make_model_shelf, with_shared_models
from .store_choice import attachments_beside
from .world_module_setup import with_guarded_setup


class BotStage:
    """Store, service and models of a plan, made as `App` makes them; nobody can come. Use it in `with`.

    Args:
        plan: What is played.
        store: Keeps the record; it is not open yet.
        timers: The time of the conversations. Whoever gives them starts and closes them.
        model_timers: The time of the models, likewise.
        tell: Called with a line for each model that is open.
        promises: Promise what requests may take, where that is not for this process alone to say.
    """

    def __init__(
        self,
        plan: Plan,
        store: Store,
        *,
        timers: Timers,
        model_timers: Timers,
        tell: Callable[[str], object],
        promises: Promises | None = None,
    ) -> None:
        self._tell = tell
        library = MediaLibrary(attachments_beside(store))
        self.models = make_model_shelf(plan, model_timers, library)
        if promises is not None:
            self.models.promise_by(promises)
        self.plan = with_shared_models(with_guarded_setup(plan), self.models)
        self.service = Service(
            self.plan,
            store=store,
            channels=(),
            timers=timers,
            library=library,
            models=self.models,
        )

    def __enter__(self) -> Self:
        """Open it: models, the record, and what the world module sets up.

        Raises:
            AgentError: A model cannot be built.
            ModelError: A model does not answer.
            StoreError: The record cannot be opened.
            WorldError: `module_initialize` fails.
        """
        self.models.start(self._tell)
        try:
            self.service.start()
        except BaseException:
            self.models.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.service.close(grace_seconds=0)
        finally:
            self.models.close()
