import pytest
from bots_at_table import Thinker
from runner_table import Table


@pytest.fixture
def make_table():
    """Make tables that are closed at the end; author code that would not stop fails the test."""
    tables = []

    def make(**options):
        tables.append(Table(**options))
        return tables[-1]

    yield make
    for table in tables:
        assert table.runner.close(timeout_seconds=5) == []


@pytest.fixture
def table(make_table):
    return make_table()


@pytest.fixture
def thinker():
    thinker = Thinker()
    thinker.go_on.set()
    yield thinker
    thinker.go_on.set()
