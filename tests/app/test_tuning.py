"""How many connections a service may have: as many files as the system lets it open, less what else it needs."""

from __future__ import annotations

import logging
import resource
import sys

import pytest

from parleyrun.app import tuning


class Limits:
    """The limits of open files of a system."""

    def __init__(self, soft: int, hard: int, *, fixed: bool = False) -> None:
        self.now, self._fixed = (soft, hard), fixed

    def getrlimit(self, _which: int) -> tuple[int, int]:
        return self.now

    def setrlimit(self, _which: int, limits: tuple[int, int]) -> None:
        if self._fixed:
            raise ValueError("not allowed")
        self.now = limits


@pytest.fixture
def limited(monkeypatch):
    def limit(soft, hard, *, fixed=False):
        limits = Limits(soft, hard, fixed=fixed)
        monkeypatch.setattr(resource, "getrlimit", limits.getrlimit)
        monkeypatch.setattr(resource, "setrlimit", limits.setrlimit)
        return limits

    return limit


def test_the_limit_of_open_files_is_raised_as_far_as_the_system_allows(limited, caplog):
    limits = limited(1024, 65_536)
    tuning.allow_many_connections()
    assert limits.now == (65_536, 65_536)
    unlimited = limited(1024, resource.RLIM_INFINITY)
    tuning.allow_many_connections()
    assert unlimited.now == (tuning.FILES_WITHOUT_LIMIT, resource.RLIM_INFINITY)
    assert caplog.records == []


def test_a_limit_that_stays_low_is_warned_of(limited, caplog):
    with caplog.at_level(logging.WARNING):
        limited(100, 4096, fixed=True)
        tuning.allow_many_connections()
        limited(100, 100)
        tuning.allow_many_connections()
    first, second, third = [record.getMessage() for record in caplog.records]
    assert first == "cannot raise the limit of open files from 100 to 4096: not allowed"
    assert second == third
    assert second.startswith("this system allows 100 open files")


def test_where_a_system_names_no_limit_there_is_none(limited, monkeypatch):
    limited(resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    assert tuning.most_unfinished_requests() is None
    monkeypatch.setitem(sys.modules, "resource", None)  # as on Windows
    tuning.allow_many_connections()
    assert tuning.most_unfinished_requests() is None
