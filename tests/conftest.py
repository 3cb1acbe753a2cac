"""What holds for all tests."""

from __future__ import annotations

import signal

from hypothesis import settings

# A shell that runs the tests in the background has them ignore Ctrl-C, and with them every program that they
# start; but to some of those programs Ctrl-C is what the test is about.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples each time: a test that fails does so for everybody, and in the next run too.
settings.register_profile("everywhere", derandomize=True, deadline=None, database=None)
settings.load_profile("everywhere")
