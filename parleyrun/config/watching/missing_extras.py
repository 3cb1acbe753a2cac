"""Whether the packages are there by which a study is watched."""

from __future__ import annotations

from importlib.util import find_spec

from ..diagnostics import Findings
from ..schema import Config


def check_extras(config: Config, findings: Findings) -> None:
    """Warn of metrics and traces whose packages this Python does not have, though another one may."""
    for key, is_on, package, extra in (
        ("metrics", config.metrics, "prometheus_client", "metrics"),
        ("traces", config.traces is not None, "opentelemetry.sdk", "otel"),
    ):
        if is_on and not _is_there(package):
            message = f"expected the packages of the extra '{extra}', got a Python without them"
            hint = f"pip install '.[{extra}]' in parleyrun's folder"
            findings.add("missing-extra", (key,), message, hint, at_key=True)


def _is_there(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # not even what it is a part of
        return False
