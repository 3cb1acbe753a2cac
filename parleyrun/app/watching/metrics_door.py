"""The metrics' door: what a monitor reads of an app, where its config has that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...config.schema import Config
from ...service.service import Service
from ...store.operator_records import TellsOfGroups
from ...store.protocol import Store
from ..console_door import ConsoleDoor

if TYPE_CHECKING:
    from ...web.metrics.metrics_endpoint import MetricsEndpoint


def make_metrics_door(
    config: Config, service: Service, store: Store, console: ConsoleDoor | None
) -> MetricsEndpoint | None:
    """Return what answers at `/metrics`; None where the config has none, and nothing is measured for it then.

    Args:
        config: What says whether there are metrics.
        service: Whose they are.
        store: Tells of its groups from now on, if it can.
        console: Whose tokens let monitors elsewhere in; None where there are none.

    Raises:
        MissingExtra: The packages for it are not installed.
    """
    if not config.metrics:
        return None
    from ...web.metrics.study_collector import make_metrics  # needs the extra 'metrics', and says so
    from ...web.web_server import MetricsEndpoint  # needs the extra 'serve', and says so

    if isinstance(store, TellsOfGroups):
        store.tell_of_groups(service.operators.groups.add)
    render = make_metrics(service.operators, service.counts)
    return MetricsEndpoint(render, None if console is None else console.app.access)
