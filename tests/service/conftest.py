"""What tests of restarts share."""

import pytest


@pytest.fixture
def path(tmp_path):
    """Where the record is kept."""
    return tmp_path / "record.db"


@pytest.fixture(params=["crash", "restart"])
def again(request):
    """Both ways of coming up again: after a kill, and after an orderly end."""
    return lambda rehearsal, *args, **options: getattr(rehearsal, request.param)(*args, **options)
