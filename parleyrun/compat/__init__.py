"""ParlAI's module names, with classes of ours behind them, so that projects written for it run as they are."""

from __future__ import annotations

from ..config.parlai.standing_names import PARLAI, STANDING_NAMES

STANDING_NAMES.register_lazily(PARLAI, f"{__name__}.name_finder:stand_for_parlai")
