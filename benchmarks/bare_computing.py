"""Computes as the worlds do, with nothing around it: `python bare_computing.py FROM SECONDS`.

Begins at that moment (monotonic, in seconds), and prints how many lines' worth of computing were done.
"""

import sys
import time

from worlds import COMPUTED_SECONDS, compute


def main() -> None:
    begin, seconds = float(sys.argv[1]), float(sys.argv[2])
    time.sleep(max(0.0, begin - time.monotonic()))
    done = 0
    while time.monotonic() < begin + seconds:
        compute(COMPUTED_SECONDS)
        done += 1
    print(done)


if __name__ == "__main__":
    main()
