"""What a disk can do to a store's file, in sentences that say how to mend it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from parleyrun.errors import ChannelError, PanelError, StoreError
from parleyrun.private_files import kept_secret
from parleyrun.store.sqlite.connection import FileGone, FileWatch, explain, use_write_ahead_log
from parleyrun.study.prolific.payment_ledger import Payment, PaymentLedger


def test_a_disk_without_shared_memory_is_refused() -> None:
    with closing(sqlite3.connect(":memory:")) as connection, pytest.raises(StoreError, match="a network folder"):
        use_write_ahead_log(connection)


def test_a_path_that_leads_elsewhere_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "study.db"
    path.parent.mkdir()
    path.write_text("")
    watch = FileWatch(path)
    watch.check()
    path.unlink()
    with pytest.raises(FileGone, match="was deleted or moved away"):
        watch.check()
    path.parent.rmdir()
    path.parent.write_text("a file where a folder was")
    with pytest.raises(FileGone, match=r"cannot be reached \(Not a directory\)"):
        watch.check()


def test_what_a_system_says_is_a_sentence() -> None:
    assert explain(OSError(28, "No space left on device")) == "the file cannot be used (No space left on device)"
    assert explain(FileGone("the file was deleted")) == "the file was deleted"
    assert explain(KeyError("x")) == "KeyError: 'x'"


def test_a_ledger_of_payments_that_cannot_be_used_pays_nobody(tmp_path: Path) -> None:
    ledger = PaymentLedger(tmp_path / "study.db")
    assert ledger.payments() == []
    ledger.path.write_text('{"bulk": "b1", "state": "perhaps"}\n')
    with pytest.raises(PanelError, match="expected a payment in line 1"):
        ledger.payments()
    ledger.path.write_bytes(b"\xff\xfe")
    with pytest.raises(PanelError, match="cannot read"):
        ledger.payments()
    gone = PaymentLedger(tmp_path / "gone" / "study.db")
    with pytest.raises(PanelError, match="cannot write"), gone.held():
        raise AssertionError("nobody may pay")
    with pytest.raises(PanelError, match="nothing is paid that cannot be put into it"):
        gone.ask(Payment(bulk_id="b1", study_id="s", label="bonus", cents={"one": 5}, at=1.0))


def test_of_two_that_make_a_secret_both_have_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "study.db.secret"
    link = os.link
    made_by_the_other: list[bytes] = []

    def overtaken(draft: Path, made: Path) -> None:
        monkeypatch.setattr(os, "link", link)
        made_by_the_other.append(kept_secret(path, "the secret", "make a longer one"))
        link(draft, made)

    monkeypatch.setattr(os, "link", overtaken)
    assert [kept_secret(path, "the secret", "make a longer one")] == made_by_the_other
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    path.chmod(0o644)
    with pytest.raises(ChannelError, match="others can read the secret: chmod 600"):
        kept_secret(path, "the secret", "make a longer one")
    with pytest.raises(ChannelError, match=r"cannot use the secret, .*: No such file"):
        kept_secret(tmp_path / "gone" / "secret", "the secret", "make a longer one")
