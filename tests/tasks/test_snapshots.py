"""What a run read is kept, row by row, as long as what it decided is in the books."""

import gzip
import json
import tracemalloc
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from models import db
from models.operations import reconciliation_runs, snapshots
from models.queries.open_books import read_open_books
from models.queries.snapshots import (
    TABLES,
    find_snapshot,
    read_snapshot,
    snapshot,
    stored_name,
    verify_snapshots,
)
from models.settings import load_settings
from models.storage import EvidenceDamaged, FolderUnavailable
from models.tables import ReconciliationRun
from tests.builders import AT
from tests.operations.statements import Bank
from tests.tasks.running import add, counts, run


def lying() -> list[Path]:
    folder = load_settings().snapshots_folder
    return sorted(folder.iterdir()) if folder.exists() else []


def problems(engine: Engine) -> list[str]:
    with db.reading(engine) as session:
        found = verify_snapshots(session, load_settings().snapshots_folder)
    return [one.problem for one in found]


def test_the_rows_that_a_run_read_are_kept_under_their_hash(database: Engine, bank: Bank) -> None:
    """R20: every table, and each line as it was before it was booked."""
    add(database, bank, 5_00, label='=cmd() "<script>" \u202e ملاحظة\n')
    answer = run(database)

    (file,) = lying()
    assert answer.run is not None
    assert file.name == stored_name(answer.snapshot_sha256, answer.run)
    assert file.stat().st_mode & 0o777 == 0o600
    rows = [json.loads(line) for line in gzip.decompress(file.read_bytes()).decode().split("\n")[:-1]]
    assert all(("table", *TABLES[row["table"]]) == tuple(row) for row in rows)
    assert {row["table"] for row in rows} >= {"run", "account", "file", "line", "target", "party"}
    lines = [row for row in rows if row["table"] == "line"]
    assert sorted(row["amount"] for row in lines) == [-100_000_00, 5_00, 300_000_00]
    assert not any(row["settled"] for row in lines)
    assert problems(database) == []


def test_a_run_that_changes_nothing_or_fails_keeps_nothing(
    database: Engine, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R20."""

    def die(*_args: Any, **_named: Any) -> None:
        assert len(lying()) == 1
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(reconciliation_runs, "keep_cases", die)
        with pytest.raises(KeyboardInterrupt):
            run(database)
    assert lying() == []

    run(database)
    kept = lying()
    assert not run(database, at=AT + timedelta(days=1)).changed
    assert (len(kept), lying()) == (1, kept)


def test_a_run_whose_rows_cannot_be_kept_books_nothing(database: Engine, bank: Bank, home: Path) -> None:
    """R20: what it read comes before what it decided."""
    home.mkdir()
    (home / "snapshots").write_text("no folder")
    before = counts(database)

    with pytest.raises(FolderUnavailable):
        run(database)

    assert counts(database)[:-1] == before[:-1]


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "file_missing"), (b"changed", "file_changed"), (gzip.compress(b"{}\n"), "file_changed")],
    ids=["missing", "no_rows", "other_rows"],
)
def test_what_is_not_what_the_run_read_is_told_and_not_served(
    database: Engine, bank: Bank, content: bytes | None, problem: str
) -> None:
    """R20."""
    answer = run(database)
    (file,) = lying()
    file.unlink()
    if content is not None:
        file.write_bytes(content)

    assert problems(database) == [problem]
    assert answer.run is not None
    with db.reading(database) as session:
        kept = find_snapshot(session, answer.run.hex[:8])
    with pytest.raises(EvidenceDamaged) as refused:
        read_snapshot(kept, load_settings().snapshots_folder)
    assert refused.value.details == {"file": file.name, "problem": problem}


def test_a_run_of_before_rows_were_kept_is_no_damage(database: Engine, bank: Bank) -> None:
    """R20: only who asks for them is told that they are missing."""
    answer = run(database)
    (file,) = lying()
    with db.transaction(database) as session:
        session.get_one(ReconciliationRun, answer.run).snapshot_stored = ""
    assert problems(database) == ["file_unknown"]
    file.unlink()
    assert problems(database) == []

    assert answer.run is not None
    with db.reading(database) as session:
        kept = find_snapshot(session, answer.run.hex)
    with pytest.raises(EvidenceDamaged) as refused:
        read_snapshot(kept, load_settings().snapshots_folder)
    assert refused.value.details["problem"] == "file_missing"


def test_many_rows_are_written_as_they_stream_by(database: Engine, bank: Bank, tmp_path: Path) -> None:
    """R20: keeping 60,000 lines (12 MB of text) takes less than 3 MB beside the books themselves."""
    with db.reading(database) as session:
        books = read_open_books(session, settled_days=1)
        many = replace(books, lines=books.lines * 30_000)
    answer = run(database)
    assert answer.run is not None
    tracemalloc.start()
    try:
        sha256 = snapshot(many, AT)
        with snapshots.kept_snapshot(many, sha256=sha256, run=answer.run, at=AT, folder=tmp_path) as stored:
            assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()
    assert len(gzip.decompress((tmp_path / stored).read_bytes())) > 10_000_000
