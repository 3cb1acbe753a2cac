"""What tests of restarts share."""

import pytest


@pytest.fixture
def path(tmp_path):
    """Where the record is kept."""
    return tmp_path / "record.db"


@pytest.fixture(params=["crash", pytest.param("restart", marks=pytest.mark.thorough)])
def again(request):
    """Both ways of coming up again: after a kill, and after an orderly end, which leaves less to be found."""
    return lambda rehearsal, *args, **options: getattr(rehearsal, request.param)(*args, **options)
