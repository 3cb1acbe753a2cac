"""Which stores a command takes: paths, and of a database only where it can."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from parleyrun.cli.common.store_files import StoreToRead, in_a_file, of_a_service

DATABASE = "postgresql://ann:secret@db.example/study"


def converted(value, **params):
    context = click.Context(click.Command("transcripts"))
    context.params.update(params)
    return StoreToRead(watched_by="follow").convert(value, None, context)


def test_a_store_to_read_is_a_path_unless_it_is_a_databases_url():
    assert converted(Path("a.db")) == converted("a.db") == Path("a.db")
    assert converted("file://a.db") == Path("file://a.db")


def test_of_a_database_that_is_looked_at_again_and_again_no_copy_is_made():
    assert converted(DATABASE, follow=True) == DATABASE


@pytest.mark.parametrize("check", [in_a_file, of_a_service])
def test_where_only_a_file_will_do_a_databases_url_is_told_without_its_password(check):
    for path in (None, Path("a.db"), "folder/a.db", "file://a.db"):
        assert check(None, None, path) == path
    for written in (DATABASE, Path(DATABASE)):
        with pytest.raises(click.BadParameter, match="expected the path of a file, got postgresql://") as caught:
            check(None, None, written)
        assert "secret" not in str(caught.value)
