"""The model that measurements ask: a loopback server of chat completions that repeats what it is asked.

`python benchmarks/model_server.py SECONDS`: each answer begins so many seconds after it was asked for. An answer
to `when` tells in its first word when that word was sent, by the clock that all processes of a machine share.
Prints `ready: ADDRESS` on standard error like `parleyrun serve`.
"""

from __future__ import annotations

import sys
import threading
import time

from parleyrun.testing import FakeModel, FakeReply

WHEN = "when"


def main() -> None:
    seconds = float(sys.argv[1])

    def reply(request: object) -> FakeReply:
        text = request.last_text  # type: ignore[attr-defined]  # a ModelRequest
        if text == WHEN:
            return FakeReply(text=f"{time.monotonic():.6f} and the rest of the line", word_seconds=0.02)
        return FakeReply(text=text, first_token_seconds=seconds)

    with FakeModel(reply) as model:
        print(f"ready: {model.base_url.removesuffix('/v1')}", file=sys.stderr, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
