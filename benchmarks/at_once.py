"""Many threads that begin at the same moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


def seconds_at_once(count: int, work: Callable[[int, Callable[[], object]], None]) -> float:
    """Have something done on so many threads, and return how long that took until the last has ended.

    Args:
        count: How many threads.
        work: Called on each with its number, from 0, and with a function that it calls once it is ready: that
            returns when all are.
    """
    gate = threading.Barrier(count + 1)
    threads = [threading.Thread(target=work, args=(number, gate.wait)) for number in range(count)]
    for thread in threads:
        thread.start()
    gate.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began
