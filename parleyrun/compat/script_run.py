"""Running a script that was written for ParlAI: `python -m parleyrun.compat.script_run SCRIPT [OPTIONS]`."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import ParleyrunError
from .name_finder import stand_for_parlai

_USAGE = "usage: python -m parleyrun.compat.script_run SCRIPT [OPTIONS]"


def run_script(path: Path, options: Sequence[str]) -> None:
    """Run a script as Python would, with our classes under ParlAI's names.

    Args:
        path: The script. Where it lies in a checkout of ParlAI, modules of that are found, too.
        options: What the script is given on its command line.
    """
    script = path.resolve()
    checkout = next((each for each in script.parents if (each / "parlai").is_dir()), None)
    for folder in filter(None, (checkout, script.parent)):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    sys.argv = [str(script), *options]
    stand_for_parlai()
    runpy.run_path(str(script), run_name="__main__")


def main(arguments: Sequence[str]) -> int:
    """Run the script that the arguments begin with. Returns the exit code."""
    if not arguments or not Path(arguments[0]).is_file():
        print(
            f"{_USAGE}\nexpected the path of a script, got {arguments[0] if arguments else 'nothing'}",
            file=sys.stderr,
        )
        return 2
    try:
        run_script(Path(arguments[0]), arguments[1:])
    except ParleyrunError as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
