"""What tests of Messenger stand on: a Graph API, a webhook that only listens, a client that only calls."""

from __future__ import annotations

import pytest
from graph_lab import Client, Hook

from parleyrun.testing import FakeGraph


@pytest.fixture
def graph():
    with FakeGraph() as graph:
        yield graph


@pytest.fixture
def hook(graph):
    """A webhook that the Graph API is connected to."""
    hook = Hook(graph.verify_token)
    graph.connect(hook.url)
    yield hook
    hook.close()


@pytest.fixture
def client(graph):
    with Client(graph) as client:
        yield client


@pytest.fixture
def ann(graph):
    """Somebody who has just written, so that they may be written to."""
    ann = graph.person("ann")
    ann.says("hello")
    return ann
