"""The garbage collector of a process in which conversations are executed."""

from __future__ import annotations

import gc

YOUNG_OBJECTS = 20_000
"""More than hundreds of messages on their way are made of: these are gone before anybody looks at them."""

LOOKS_AT_YOUNG_BEFORE_ALL = 250


def look_seldom() -> None:
    """Have the collector look at little, and seldom. Call it once everything is loaded.

    It looks through all that lives every so often, which takes tens of milliseconds with thousands of people in
    memory, all of whom it finds alive: what was loaded at the start it need never look at again, and the rest only
    once in a long while. The looks at young objects are to be short, as each of them is a pause.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 1, LOOKS_AT_YOUNG_BEFORE_ALL)
