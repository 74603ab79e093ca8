"""What a run read, at the terminal: compared with its hash, and put into a file."""

import csv
import hashlib
import json
from pathlib import Path

import pytest
from sqlalchemy import Engine

from models import db
from models.settings import load_settings
from tests.builders import make_staff
from tests.operations.statements import make_bank, write_line
from tests.terminal.conftest import Call


@pytest.fixture
def done(place: Engine, call: Call) -> dict[str, str]:
    """A run that booked a line; its id, by which it is asked for, and its hash."""
    with db.transaction(place) as session:
        make_staff(session)
        made = make_bank(session)
        write_line(session, made.file, 300_000_00, label="VIR AF-2026-0001", counterparty="COUNCIL")
        write_line(session, made.file, -11_00, label="=cmd()|calc \u202eFRAIS; <script>")
    told = call("reconcile", "run", "--as", "finance", "--json").json
    return {"run": told["run"][:8], "sha256": told["snapshot"]}


def test_an_auditor_reads_the_rows_that_have_the_hash_of_the_run(
    call: Call, done: dict[str, str], tmp_path: Path
) -> None:
    """R20: byte for byte."""
    out = tmp_path / "read.jsonl"
    told = call("reconcile", "snapshot", done["run"], "--out", str(out), "--json")

    assert (told.exit, told.json["sha256"]) == (0, done["sha256"])
    assert hashlib.sha256(out.read_bytes()).hexdigest() == done["sha256"]
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert lines[0]["table"] == "run"
    again = call("reconcile", "snapshot", done["run"], "--out", str(out), "--json")
    assert (again.exit, again.json["error"]) == (2, "bad_value")


def test_the_rows_as_one_table_hold_no_formula(call: Call, done: dict[str, str], tmp_path: Path) -> None:
    out = tmp_path / "read.csv"
    assert call("reconcile", "snapshot", done["run"], "--out", str(out)).exit == 0

    with out.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter=";") if row["table"] == "line"]
    assert sorted(row["amount"] for row in rows) == ["-1100", "30000000"]
    assert all(not row["label"].startswith("=") for row in rows)
    assert any(row["label"].startswith("'=cmd()") for row in rows)


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_it_is_said_in_three_languages(call: Call, done: dict[str, str], language: str) -> None:
    told = call("reconcile", "snapshot", done["run"], "--lang", language)
    assert (told.exit, told.err) == (0, "")
    assert done["sha256"] in told.out


def test_rows_that_were_changed_are_not_written_and_the_doctor_tells(
    call: Call, done: dict[str, str], tmp_path: Path
) -> None:
    (file,) = load_settings().snapshots_folder.iterdir()
    file.write_bytes(b"something else")
    out = tmp_path / "read.jsonl"

    told = call("reconcile", "snapshot", done["run"], "--out", str(out), "--json")

    assert (told.exit, told.json["error"], out.exists()) == (7, "evidence_damaged", False)
    checked = call("doctor", "--json")
    state = {check["name"]: check["state"] for check in checked.json["checks"]}
    assert (checked.exit, state["snapshots"], state["statements"]) == (7, "failed", "ok")


@pytest.mark.parametrize(
    ("run", "out", "exit_"),
    [("ffffffff", "a.jsonl", 2), ("<script>", "a.jsonl", 2), ("1a", "a.csv", 2), (None, "a.exe", 2)],
)
def test_what_is_asked_wrongly_is_refused(
    call: Call, done: dict[str, str], tmp_path: Path, run: str | None, out: str, exit_: int
) -> None:
    told = call("reconcile", "snapshot", run or done["run"], "--out", str(tmp_path / out), "--json")

    assert told.exit == exit_
    assert not (tmp_path / out).exists()


def test_a_statement_that_is_not_in_the_books_is_found(
    call: Call, done: dict[str, str], tmp_path: Path
) -> None:
    """R20: files of banks are compared as evidence is."""
    folder = load_settings().statements_folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "unknown").write_bytes(b"of nobody")

    states = {one["name"]: one["state"] for one in call("doctor", "--json").json["checks"]}

    assert states["statements"] == "notice"
