"""parleyrun: run dialogue tasks between people and bots from one YAML file.

All that a world author imports is here (`__init__.pyi` lists it); names are loaded when they are first used, so
that `import parleyrun` costs next to nothing.
"""

from __future__ import annotations

from .lazy_imports import attach_stub
from .registry import bundled_by

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = attach_stub(__name__)

bundled_by(
    {
        "parleyrun.bots": f"{__name__}.bots",
        "parleyrun.tasks": f"{__name__}.tasks",
        "parleyrun.channels": f"{__name__}.app.doors",
        "parleyrun.stores": f"{__name__}.app.store_choice",
        "parleyrun.worlds": f"{__name__}.ready",
        "parleyrun.standing_names": f"{__name__}.compat",
        "parleyrun.form_readers": f"{__name__}.config.forms.form_files",
    }
)
