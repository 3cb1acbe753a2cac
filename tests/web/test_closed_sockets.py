"""What is left in memory of a socket that is closed: nothing, whether or not the collector looks for circles."""

from __future__ import annotations

import gc

from serving import serve
from websockets.server import ServerProtocol


def held() -> int:
    return sum(isinstance(found, ServerProtocol) for found in gc.get_objects())


def test_a_closed_socket_is_freed_without_the_collector(caplog):
    with serve(caplog) as here:
        gc.collect()
        before = held()
        gc.disable()
        try:
            for _ in range(5):
                script = here.script()
                script.says("hi")
                assert script.texts(1) == ["menu"]
                script.closes()
                here.raw().resets()
            here.until(lambda figures: here.browser.connected == 0)
            here.settle()
            here.until(lambda figures: held() <= before)
        finally:
            gc.enable()
