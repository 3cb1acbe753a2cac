"""What somebody has who has just cloned the repository and installed it, without the network."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

needs_a_checkout = pytest.mark.skipif(
    not (ROOT / ".git").exists() or not all(map(shutil.which, ("git", "make", "bash"))),
    reason="this is no checkout, or git, make or bash is missing",
)


def fresh_checkout(folder: Path) -> Path:
    """Copy what is in the repository into a new folder, with the `.venv` that make would make of it."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    environment = folder / ".venv"
    venv.create(environment, with_pip=False)
    [site] = environment.glob("lib/python*/site-packages")
    installed = [path for path in sys.path if path.endswith("site-packages")]
    (site / "installed.pth").write_text("\n".join([str(folder), *installed]))
    for name, where in tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]["scripts"].items():
        module, _, function = where.partition(":")
        script = environment / "bin" / name
        script.write_text(f"#!{environment}/bin/python\nfrom {module} import {function}\n{function}()\n")
        script.chmod(0o755)
    (environment / ".serve").touch()  # by which make knows that the packages are there
    return folder
