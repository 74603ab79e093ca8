"""Statements on their way into our folder and the books; what the doctor says of them there."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from intake.statements import arrival, reading
from models import db
from models.rules.statement_files import StatementRow
from models.settings import LANGUAGES, load_settings
from tests.builders import make_person
from tests.intake.statements.written import write_two
from tests.terminal.conftest import Answer, Call


@pytest.fixture
def bank(books: Engine, call: Call) -> Engine:
    """A place with one bank account."""
    arguments = ("--kind", "bank", "--name", "Sample bank", "--profile", "sample-two-columns")
    assert call("reconcile", "account", "add", "bank-1", *arguments, "--as", "finance").exit == 0
    return books


def bring_in(call: Call, file: Path) -> Answer:
    return call("reconcile", "import", str(file), "--as", "finance", "--json")


def stored() -> Path:
    """The only file in our folder."""
    (file,) = load_settings().statements_folder.iterdir()
    return file


def spoil(path: Path) -> None:
    """Change what lies in a file."""
    path.write_bytes(path.read_bytes() + b"x")


def test_nobody_waits_while_a_file_is_read(
    bank: Engine, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """J24. Another hand writes between two of its lines, and does not wait for the whole file."""
    file, _profile = write_two(tmp_path / "january.csv")
    monkeypatch.setattr(db, "BUSY_SECONDS", 0)
    other = db.open_engine(db.engine().url.render_as_string(hide_password=False))
    read = 0

    def lines_of(*given: Any) -> Iterator[StatementRow]:
        nonlocal read
        for line in reading.lines_of(*given):
            with db.transaction(other) as session:
                make_person(session, f"other-{read}", "officer")
            read += 1
            yield line

    monkeypatch.setattr(arrival, "lines_of", lines_of)

    taken = bring_in(call, file)

    other.dispose()
    assert (taken.exit, taken.json["lines"]) == (0, read)
    assert read > 0


@pytest.mark.parametrize(
    ("harm", "words"), [(Path.unlink, "file is missing"), (spoil, "content has changed")]
)
def test_the_doctor_names_the_statement_that_is_not_what_came_in(
    bank: Engine, call: Call, tmp_path: Path, harm: Callable[[Path], object], words: str
) -> None:
    """R20. By the name that its sender gave it."""
    file, _profile = write_two(tmp_path / "january.csv")
    taken = bring_in(call, file).json
    harm(stored())

    checks = call("doctor", "--lang", "en", "--json").json["checks"]

    (check,) = (one for one in checks if one["name"] == "statements")
    assert check["state"] == "failed"
    assert f"january.csv [{taken['file'][:8]}] ({words})" in check["message"]
    for language in LANGUAGES:
        assert "january.csv" in call("doctor", "--lang", language).out


def test_the_doctor_names_a_folder_that_cannot_be_written(
    bank: Engine, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, _profile = write_two(tmp_path / "january.csv")
    bring_in(call, file)
    folder = load_settings().statements_folder
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != folder and may(path, mode))

    (check,) = (one for one in call("doctor", "--json").json["checks"] if one["name"] == "statements")

    assert check["state"] == "failed"
    assert str(folder) in check["message"]
