"""Options of `eval` that have it go on over hosts, and the hosts that they ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import Any

import click

from ...config.diagnostics import Findings
from ...config.engine.engine_entries import RAY, THREADS, EngineRule
from ...config.engine.engine_settings import RayConfig
from ...config.kinds import INVALID
from ...engines.host.host_setup import SetsUpHost
from ...engines.host_connection import HostConnection
from ...engines.host_link import HostSource
from ...text import printable
from ..common.given_options import refuse_given

_ONLY_WITH_HOSTS = ("hosts", "ray_address", "host_resources", "host_files")
_OPTIONS = {"address": "--ray-address", "hosts": "--hosts"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HostsRequest:
    """Hosts that somebody asks for.

    Attributes:
        given: What stands in options, as it would under `engine.ray`.
        files: Files below the current folder that hosts are to have.
    """

    given: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[Path, ...] = ()

    def config(self, own: RayConfig | None = None) -> RayConfig:
        """Return what is asked for: what options say, else what a config has of its own, else the defaults.

        Raises `UsageError` for what cannot be.
        """
        findings = Findings("options")
        checked = EngineRule().check({RAY: dict(self.given)}, ("engine",), findings)
        for found in findings.in_order():
            name = found.path.removeprefix(f"engine.{RAY}.").partition(".")[0]
            raise click.UsageError(f"{_OPTIONS.get(name, '--host-resources')}: {found.message}")
        assert checked is not INVALID
        asked: RayConfig = checked
        return asked if own is None else replace(own, **{name: getattr(asked, name) for name in self.given})


def source_of(config: RayConfig, setup: Callable[[], SetsUpHost]) -> HostSource:
    """Return where hosts come from; `setup` makes what each of them is told at first."""
    from ...engines.ray.ray_source import RaySource  # only where somebody asks for it

    return RaySource(config, "evaluation", setup)


def tell_of_hosts(hosts: Sequence[HostConnection]) -> None:
    """Show on standard error which hosts are there."""
    places = ", ".join(f"{host.name} ({host.offer.where})" if host.offer.where else host.name for host in hosts)
    click.echo(
        printable(f"{'1 host is' if len(hosts) == 1 else f'{len(hosts)} hosts are'} there: {places}"), err=True
    )


def hosts_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options for hosts; it is called with a `HostsRequest`, or None, as `on_hosts`."""

    @wraps(command)
    def called(engine: str, host_files: tuple[Path, ...], **others: Any) -> Any:
        resources: dict[str, float] = others.pop("host_resources")
        given = {
            "hosts": others.pop("hosts"),
            "address": others.pop("ray_address"),
            "cpus_per_host": resources.pop("CPU", None),
            "resources": resources or None,
        }
        if engine != RAY:
            refuse_given("goes with --engine ray", *_ONLY_WITH_HOSTS)
            return command(on_hosts=None, **others)
        known = {name: value for name, value in given.items() if value is not None}
        return command(on_hosts=HostsRequest(given=known, files=host_files), **others)

    for option in reversed(_HOST_OPTIONS):
        called = option(called)
    return called


def _amounts_of(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, float]:
    amounts: dict[str, float] = {}
    for text in given:
        name, _, amount = text.partition("=")
        try:
            amounts[name] = float(amount)
        except ValueError:
            raise click.BadParameter(f"expected NAME=AMOUNT, such as GPU=1, got '{text}'") from None
    return amounts


_HOST_OPTIONS = (
    click.option(
        "--engine",
        type=click.Choice([THREADS, RAY]),
        default=THREADS,
        show_default=True,
        help="Where agents answer: in this process, or on hosts of a Ray cluster (docs/evaluations.md).",
    ),
    click.option(
        "--hosts", type=click.IntRange(1, 1000), metavar="N", help="How many hosts.  [default: CONFIG's, or 2]"
    ),
    click.option(
        "--ray-address",
        metavar="ADDRESS",
        help="local (a cluster of its own on this machine), auto (the one that runs here), ray://HOST:10001 or "
        "HOST:PORT.  [default: CONFIG's, or local]",
    ),
    click.option(
        "--host-resources",
        multiple=True,
        callback=_amounts_of,
        metavar="NAME=AMOUNT",
        help="What each host takes of the cluster, such as GPU=1, or CPU=2. May be repeated.",
    ),
    click.option(
        "--host-files",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="A file below the current folder that agents read on hosts. May be repeated.",
    ),
)
