"""What a command's exit code says."""

from __future__ import annotations

OK = 0
"""All went well; `validate` found no error."""

FOUND = 1
"""`validate` or `store check` found something, or what a script of `local` expects did not happen."""

UNUSABLE = 2
"""The command line is wrong, the config cannot be used, or a door cannot be opened."""

INTERRUPTED = 130
"""Ended by Ctrl-C before all was done."""
