"""The examples that come along: `example:NAME` where a command takes a CONFIG.

They are written once, in `worlds/` and `configs/` beside the package. A wheel holds both folders in this one; in a
checkout they are used where they stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...errors import ConfigError
from ...text import did_you_mean

PREFIX = "example:"
DEMO = "demo"


def example_names() -> list[str]:
    """Return the names of the examples, in the order of the alphabet."""
    return sorted({config.stem for folder in _folders() for config in folder.glob("*.yml")})


def example_config(name: str) -> Path:
    """Return the path of an example's config, whose world module can be imported from where it stands.

    Args:
        name: The example's, without `example:`.

    Raises:
        ConfigError: There is no such example, or the installation is incomplete.
    """
    for folder in _folders():
        path = folder / f"{name}.yml"
        if path.is_file():
            return path
    names = example_names()
    if not names:
        raise ConfigError(
            f"expected examples in {Path(__file__).resolve().parent}, got none: install parleyrun again",
            unreadable=True,
        )
    raise ConfigError(
        f"expected the name of an example after '{PREFIX}', got {name!r}: {did_you_mean(name, names, 'examples')}",
        unreadable=True,
    )


def _folders() -> Iterator[Path]:
    here = Path(__file__).resolve().parent
    bundled, in_checkout = here / "configs", here.parents[2] / "configs"
    if bundled.is_dir():
        yield bundled
    elif in_checkout.is_dir():
        yield in_checkout
