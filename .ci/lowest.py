"""Prints the lowest version of every dependency that pyproject.toml allows, one pip requirement a line."""

import re
import sys
import tomllib
from pathlib import Path

EXTRAS = ("serve", "metrics", "otel", "parquet", "report", "postgres")


def lowest(requirement: str) -> str:
    """Return a requirement with its lower bound as the only version. Markers stay; a constraint has no extras."""
    what, semicolon, marker = requirement.partition(";")
    name, version = re.fullmatch(r"\s*([\w.-]+)(?:\[.*\])?\s*>=\s*([\w.]+)\s*", what).groups()
    return f"{name}=={version}{semicolon}{marker}"


project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
requirements = [*project["dependencies"]]
for extra in EXTRAS:
    requirements += project["optional-dependencies"][extra]
sys.stdout.write("".join(f"{lowest(requirement)}\n" for requirement in requirements))
