"""How long `parleyrun report` takes, and how much memory, for 1,000 conversations with 100,000 messages.

The record is written beforehand: each conversation is one person's with a bot, with a rating at its end. What is
measured is the whole process, from its start until the file is there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from figures import Figure
from processes import PROJECT, Failed
from study_record import StudyRecord

TALKS = 1_000
MESSAGES = 100
SECONDS_AT_MOST = 20.0
MEGABYTES_AT_MOST = 300.0


def measure(folder: Path) -> list[Figure]:
    store, out = folder / "study.db", folder / "report.html"
    record = StudyRecord(store, lines=MESSAGES)
    for _ in range(TALKS):
        record.talk()
    record.close()
    command = [sys.executable, "-m", "parleyrun", "report", str(store), "--out", str(out)]
    began = time.monotonic()
    process = subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Failed(f"parleyrun report ended with {process.returncode}")
    return [
        Figure("report", seconds, "s", SECONDS_AT_MOST),
        Figure("of it on a processor", used.ru_utime + used.ru_stime, "s"),
        Figure("most memory", used.ru_maxrss / 1024, "MB", MEGABYTES_AT_MOST),
        Figure("file", out.stat().st_size / 1e6, "MB"),
    ]
