"""The store's lab, for commands that read stores."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))

from record_lab import BEGAN, RecordLab, a_pair_talks

__all__ = ["BEGAN", "RecordLab", "a_pair_talks"]
