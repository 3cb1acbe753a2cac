"""The demo that comes along, for `parleyrun local` without a config.

It is written once, as `worlds/demo.py` and `configs/demo.yml` beside the package. Building a wheel copies both
into this folder (see `setup.py`); in a checkout they are used where they stand.
"""

from __future__ import annotations

from pathlib import Path

from ...errors import ConfigError


def demo_config_path() -> Path:
    """Return the path of the demo's config, whose world module can be imported from where it stands.

    Raises `ConfigError` where the installation is incomplete.
    """
    here = Path(__file__).resolve().parent
    bundled = here / "demo.yml"
    in_checkout = here.parents[2] / "configs" / "demo.yml"
    for path in (bundled, in_checkout):
        if path.is_file():
            return path
    raise ConfigError(
        f"expected the demo's config at {bundled}, got no such file: install parleyrun again, or name a CONFIG",
        unreadable=True,
    )
