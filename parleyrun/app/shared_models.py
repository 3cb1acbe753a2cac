"""The models of an app: their shelf, and the options by which worlds find them."""

from __future__ import annotations

import base64
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from ..bots.model_shelf import ModelShelf
from ..bots.system_text import TEXT_SUFFIXES
from ..config.models.model_entries import ONE_FOR_ALL
from ..config.models.model_kinds import ModelPlan
from ..config.plan import Plan
from ..core.message import FrozenDict
from ..core.open_opt import OpenOpt
from ..core.opt import Opt
from ..runner.timers import Timers
from ..store.media_content import media_of
from ..store.media_library import ATTACHMENTS_PATH, MediaLibrary

SHARED_BOT_PARAMS = "shared_bot_params"
"""Under this key of opt worlds find the share tables of the models, as in ParlAI."""


class KeptPictures:
    """What people and models show each other, as models see it (`bots.pictures.Pictures`). Any thread.

    Args:
        library: Where it is kept.
    """

    def __init__(self, library: MediaLibrary) -> None:
        self._library = library

    def address(self, attachment_id: str) -> str | None:
        """Return an address that holds a picture, or leads to it; None if there is none of that id."""
        shown = self._library.shown(FrozenDict({"type": "image", "attachment_id": attachment_id}))
        address = str(shown.get("url") or "")
        if not address.startswith(ATTACHMENTS_PATH):
            return address or None
        file = self._library.file(address.removeprefix(ATTACHMENTS_PATH))
        if file is None:
            return None
        content = file.content if isinstance(file.content, bytes) else file.content.read_bytes()
        return f"data:{file.mime};base64,{base64.b64encode(content).decode()}"

    def keep(self, data: bytes, mime: str) -> str:
        """Keep a picture, and return its attachment id."""
        return self._library.keep(media_of({"type": "image", "data": data, "mime": mime}))


def make_model_shelf(plan: Plan, timers: Timers, library: MediaLibrary) -> ModelShelf:
    """Build the shelf of a plan's models, none of which is built yet."""
    opt = plan.config.opt
    # Where opt itself described the only model, ParlAI's authors find its share table without a name.
    is_older = set(plan.models) == {ONE_FOR_ALL} and ("model" in opt or "model_file" in opt)
    only = next(iter(plan.models)) if is_older or (plan.config.for_parlai and len(plan.models) == 1) else None
    return ModelShelf(plan.models, timers, only, KeptPictures(library))


def with_shared_models(plan: Plan, shelf: ModelShelf, before: Plan | None = None) -> Plan:
    """Return the plan with options that have the shelf's share tables; the same one where there are no models.

    Args:
        plan: The plan.
        shelf: Its models.
        before: The plan that it takes the place of. What that one's own module has put into options that can be
            changed is in the new ones, too.
    """
    shared = {SHARED_BOT_PARAMS: shelf.tables} if plan.models else {}
    if isinstance(plan.opt, OpenOpt):  # which worlds may change, so that each app has its own
        own = before is not None and before.module is plan.module
        kept = (
            {key: before.opt[key] for key in before.opt if key not in before.config.opt} if own and before else {}
        )
        return replace(plan, opt=OpenOpt({**kept, **plan.opt, **shared}))
    return replace(plan, opt=Opt({**plan.opt, **shared})) if shared else plan


def is_other_model(shelf: ModelShelf, plan: ModelPlan, *, files: Collection[Path]) -> bool:
    """Return whether a model has changed since it was opened: its entry, or a file that it names."""
    if shelf.plan(plan.name) != plan:
        return True
    texts = [value.strip() for value in plan.config.settings.values() if isinstance(value, str)]
    named = {(plan.folder / text).resolve() for text in texts if "\n" not in text and text.endswith(TEXT_SUFFIXES)}
    return not named.isdisjoint(files)


def has_hidden_bots(plan: Plan) -> bool:
    """Whether there is a bot of which people are not told."""
    return any(
        not bot.disclose
        for task in plan.tasks.values()
        for bot in (*task.bots.values(), *([] if task.fill_with is None else [task.fill_with.bot]))
    )
