"""Statements at the terminal: brought in once and whole, listed, refused by row and field; the inbox."""

import json
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import func, select

from intake.statements import arrival, inbox, reading
from models import db
from models.clock import now
from models.settings import LANGUAGES, load_settings
from models.tables import StatementFault, StatementFile, StatementLine, TrailEntry
from tests.intake.statements.written import THREE, moved, write, write_two
from tests.terminal.conftest import Answer, Call

TABLES = (StatementFile, StatementLine, StatementFault, TrailEntry)


@pytest.fixture
def bank(books: Engine, call: Call) -> Engine:
    """A place with one bank account."""
    arguments = ("--kind", "bank", "--name", "Sample bank", "--profile", "sample-two-columns")
    added = call("reconcile", "account", "add", "bank-1", *arguments, "--as", "finance", "--json")
    assert (added.exit, added.json) == (0, {"account": "bank-1", "changed": True})
    return books


def counted(engine: Engine) -> list[int]:
    with db.reading(engine) as session:
        return [session.exec(select(func.count()).select_from(table)).one() for table in TABLES]


def bring(call: Call, file: Path, *options: str, by: str = "finance") -> Answer:
    return call("reconcile", "import", str(file), *options, "--as", by, "--json")


def kept() -> list[str]:
    folder = load_settings().statements_folder
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def spoiled(path: Path) -> Path:
    """A file whose second movement has another decimal sign than its layout says."""
    file, _profile = write_two(path)
    file.write_bytes(file.read_bytes().replace(b"250,50;", b"250.50;", 1))
    return file


def test_a_statement_is_brought_in_and_listed(bank: Engine, call: Call, tmp_path: Path) -> None:
    """J19. A dry run says the same and writes nothing; the file is kept as it came in."""
    file, _profile = write_two(tmp_path / "january.csv")
    before = counted(bank)
    dry = bring(call, file, "--dry-run")
    assert (dry.exit, dry.json["outcome"], counted(bank), kept()) == (0, "tried", before, [])

    done = bring(call, file)

    assert (done.exit, done.json["outcome"], done.json["lines"]) == (0, "taken", 3)
    assert done.json["closing"] == {"centimes": 990_00, "currency": "MAD"}
    (stored,) = kept()
    assert (load_settings().statements_folder / stored).read_bytes() == file.read_bytes()
    (listed,) = call("reconcile", "statements", "--json").json["statements"]
    shown = call("reconcile", "statement", done.json["file"][:6], "--json").json
    assert (listed["name"], listed["lines"], listed["faults"]) == ("january.csv", 3, 0)
    assert {name: shown[name] for name in listed} == listed


def test_the_same_file_under_another_name_changes_nothing(bank: Engine, call: Call, tmp_path: Path) -> None:
    """J19."""
    file, _profile = write_two(tmp_path / "a.csv")
    bring(call, file)
    before = counted(bank)
    other = Path(shutil.copy(file, tmp_path / "b.csv"))

    again = bring(call, other)

    assert (again.exit, again.json["outcome"], again.json["known_as"]) == (0, "known", "a.csv")
    assert (counted(bank), len(kept())) == (before, 1)


def test_a_refused_file_is_kept_with_its_faults_and_no_lines(
    bank: Engine, call: Call, tmp_path: Path
) -> None:
    """J19. Read anew by the right layout it comes in, and its one copy serves."""
    file = spoiled(tmp_path / "a.csv")
    for _twice in range(2):
        refused = bring(call, file)
        assert (refused.exit, refused.json["outcome"], refused.json["problem_count"]) == (2, "refused", 2)
        assert counted(bank)[:3] == [1, 0, 2]
        assert len(kept()) == 1
    shown = call("reconcile", "statement", refused.json["file"], "--json").json
    assert [(one["row"], one["field"], one["code"]) for one in shown["problems"]] == [
        (4, "debit", "other_decimal_sign"),
        (6, "closing", "balance_off"),
    ]
    own = load_settings().profiles_folder
    own.mkdir(parents=True)
    text = (Path(arrival.__file__).parents[2] / "data/banks/sample-two-columns.toml").read_text()
    assert 'decimal = ","' in text
    (own / "mine.toml").write_text(text.replace('decimal = ","', 'decimal = "."'))
    file.write_bytes(file.read_bytes().replace(b",", b"."))

    done = bring(call, file, "--profile", "mine")

    assert (done.exit, done.json["outcome"]) == (0, "taken")
    assert counted(bank)[:3] == [2, 3, 2]


def test_a_file_that_is_no_statement_leaves_nothing(bank: Engine, call: Call, tmp_path: Path) -> None:
    """J12. The layout that fits is named."""
    before = counted(bank)
    file, _profile = write(tmp_path / "a.sta", "mt940", THREE)
    empty = tmp_path / "empty.csv"
    empty.touch()

    answers = [bring(call, one) for one in (file, empty, tmp_path / "absent.csv", tmp_path)]

    assert [answer.exit for answer in answers] == [2, 2, 2, 2]
    codes = [answer.json["error"] for answer in answers]
    assert codes == ["profile_misfit", "file_empty", "file_missing", "file_unreadable"]
    assert answers[0].json["candidates"] == ["mt940"]
    assert (counted(bank), kept()) == (before, [])
    assert bring(call, file, "--profile", "mt940").exit == 0


def test_a_crash_while_the_lines_are_written_leaves_nothing(
    bank: Engine, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """J19."""
    file, _profile = write_two(tmp_path / "a.csv")
    before = counted(bank)

    def breaking(path: Path, profile: Any) -> Iterator[Any]:
        yield from list(real(path, profile))[:2]
        raise RuntimeError

    real = reading.lines_of
    monkeypatch.setattr(arrival, "lines_of", breaking)
    assert bring(call, file).exit == 1
    monkeypatch.undo()

    assert (counted(bank), kept()) == (before, [])
    assert bring(call, file).json["outcome"] == "taken"


def test_who_may_not_is_told_before_the_file_is_read(bank: Engine, call: Call, tmp_path: Path) -> None:
    """A1."""
    file, _profile = write_two(tmp_path / "a.csv")

    assert {bring(call, file, by=login).exit for login in ("officer", "director", "auditor")} == {4}
    assert call("reconcile", "import", str(file), "--json").exit == 2


def test_the_account_and_the_layout_are_asked_for(books: Engine, call: Call, tmp_path: Path) -> None:
    file, _profile = write_two(tmp_path / "a.csv")
    assert bring(call, file).json["reason"] == "no_account"
    for key in ("bank-1", "bank-2"):
        call("reconcile", "account", "add", key, "--kind", "bank", "--name", "Sample", "--as", "finance")
    assert bring(call, file).json["reason"] == "account_needed"
    unknown = bring(call, file, "--account", "bank-9").json
    assert (unknown["noun"], unknown["candidates"]) == ("statement_account", ["bank-1", "bank-2"])

    unsaid = bring(call, file, "--account", "bank-1").json

    assert (unsaid["reason"], unsaid["candidates"]) == ("profile_needed", ["sample-two-columns"])
    near = bring(call, file, "--account", "bank-1", "--profile", "sample-two-colums").json
    assert near["candidates"][0] == "sample-two-columns"


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_said_in_each_language(
    bank: Engine, call: Call, tmp_path: Path, language: str
) -> None:
    file, _profile = write_two(tmp_path / "a.csv", moved(2, 100, "<script>"))
    calls = [
        ("import", str(file), "--as", "finance"),
        ("import", str(file), "--as", "finance"),
        ("import", str(spoiled(tmp_path / "b.csv")), "--as", "finance"),
        ("statements",),
        ("account", "list"),
        ("profile", "list"),
        ("profile", "show", "sample-ledger"),
        ("profile", "propose", str(file)),
        ("profile", "check", str(file), "--profile", "sample-two-columns"),
        ("inbox", "--as", "finance"),
    ]

    for arguments in calls:
        answer = call("reconcile", *arguments, "--lang", language)
        assert answer.out, arguments
        assert answer.exit == (2 if "b.csv" in str(arguments) else 0), answer


def test_the_wizard_writes_a_layout_that_reads_the_file(bank: Engine, call: Call, tmp_path: Path) -> None:
    """J13. And it never writes over a file."""
    file, _profile = write(tmp_path / "a.csv", "sample-signed-amount", THREE, 500)
    own = load_settings().profiles_folder
    own.mkdir(parents=True)
    out = str(own / "mine.toml")

    proposed = call("reconcile", "profile", "propose", str(file), "--out", out, "--json")

    assert (proposed.exit, proposed.json["problem_count"]) == (0, 0)
    assert [row["amount"]["centimes"] for row in proposed.json["rows"]] == [-10_00, -250_50, 1_250_50]
    assert call("reconcile", "profile", "propose", str(file), "--out", out, "--json").exit == 2
    checked = call("reconcile", "profile", "check", str(file), "--profile", "mine", "--json").json
    assert (checked["lines"], checked["opening"]["centimes"]) == (3, 500)


@pytest.mark.parametrize("text", ["<script>", "=cmd()", "a\u202eb", "x" * 10_000, "../../etc/passwd"])
def test_hostile_names_are_answered_and_write_nothing(
    bank: Engine, call: Call, tmp_path: Path, text: str
) -> None:
    before = counted(bank)
    file, _profile = write_two(tmp_path / "a.csv")
    calls = [
        ("import", str(file), "--account", text),
        ("import", str(file), "--profile", text),
        ("import", text),
        ("statement", text),
        ("statements", "--account", text),
        ("profile", "show", text),
        ("profile", "check", str(file), "--profile", text),
        ("profile", "propose", text),
        ("account", "add", text, "--kind", "bank", "--name", "x"),
        ("account", "add", "bank-2", "--kind", "bank", "--name", "x", "--mirrors", text),
        ("account", "add", "bank-2", "--kind", "bank", "--name", "x", "--number", text * 9),
    ]

    for arguments in calls:
        answer = call("reconcile", *arguments, "--as", "finance", "--json")
        assert (answer.exit, "error" in answer.json) == (2, True), arguments
        assert len(answer.out) < 5_000
    assert (counted(bank), kept()) == (before, [])


# the inbox


@pytest.fixture
def box(bank: Engine) -> Path:
    """The inbox, with the subfolder of the account."""
    folder = load_settings().inbox_folder
    (folder / "bank-1").mkdir(parents=True)
    return folder


def put(file: Path, folder: Path, age: timedelta = timedelta(minutes=1)) -> Path:
    target = Path(shutil.copy(file, folder / file.name))
    moment = (now() - age).timestamp()
    os.utime(target, (moment, moment))
    return target


def taken(call: Call) -> list[tuple[str, str]]:
    answer = call("reconcile", "inbox", "--as", "finance", "--json")
    return [(one["name"], one["outcome"]) for one in answer.json["taken"]]


def lying(box: Path) -> list[str]:
    return sorted(str(path.relative_to(box)) for path in box.rglob("*") if path.is_file())


def test_the_inbox_is_emptied_into_done_and_refused(
    box: Path, bank: Engine, call: Call, tmp_path: Path
) -> None:
    """J20. With the reasons beside what is refused; the same again takes in nothing."""
    put(write_two(tmp_path / "good.csv")[0], box / "bank-1")
    put(spoiled(tmp_path / "bad.csv"), box / "bank-1")
    put(write(tmp_path / "other.sta", "mt940", THREE)[0], box / "bank-1")
    (box / "nobody").mkdir()
    put(write_two(tmp_path / "lost.csv", moved(2, 5))[0], box / "nobody")

    assert taken(call) == [
        ("bad.csv", "refused"),
        ("good.csv", "taken"),
        ("other.sta", "refused"),
        ("lost.csv", "refused"),
    ]
    assert lying(box) == [
        "bank-1/done/good.csv",
        "bank-1/refused/bad.csv",
        "bank-1/refused/bad.csv.reasons.txt",
        "bank-1/refused/other.sta",
        "bank-1/refused/other.sta.reasons.txt",
        "nobody/refused/lost.csv",
        "nobody/refused/lost.csv.reasons.txt",
    ]
    told = (box / "bank-1/refused/bad.csv.reasons.txt").read_text()
    assert told.splitlines()[0].startswith("4\t")
    assert "250.50" in told
    assert counted(bank)[1] == 3
    assert taken(call) == []


def test_a_file_that_may_be_written_to_still_is_left(box: Path, call: Call, tmp_path: Path) -> None:
    """J20. A moment later it is taken; links and unfinished downloads never are."""
    file, _profile = write_two(tmp_path / "a.csv")
    fresh = put(file, box / "bank-1", inbox.QUIET - timedelta(seconds=5))
    put(Path(shutil.copy(file, tmp_path / "a.csv.part")), box / "bank-1")
    (box / "bank-1" / "link.csv").symlink_to(file)
    assert taken(call) == []
    moment = (now() - inbox.QUIET).timestamp()
    os.utime(fresh, (moment, moment))

    assert taken(call) == [("a.csv", "taken")]


def test_what_breaks_off_after_the_books_loses_nothing_and_comes_in_once(
    box: Path, bank: Engine, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """J20. The file lies where it was, and is known the next time."""
    put(write_two(tmp_path / "a.csv")[0], box / "bank-1")

    def crash(*_arguments: object) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(inbox, "_move", crash)
    assert call("reconcile", "inbox", "--as", "finance", "--json").exit == 130
    monkeypatch.undo()
    assert (lying(box), counted(bank)[1]) == (["bank-1/a.csv"], 3)

    assert taken(call) == [("a.csv", "known")]
    assert (lying(box), counted(bank)[1]) == (["bank-1/done/a.csv"], 3)


def test_a_second_file_of_a_name_is_kept_beside_the_first(box: Path, call: Call, tmp_path: Path) -> None:
    for amount in (1_00, 2_00):
        put(write_two(tmp_path / "a.csv", moved(2, amount))[0], box / "bank-1")
        taken(call)

    assert lying(box) == ["bank-1/done/a-2.csv", "bank-1/done/a.csv"]


def test_the_scheduled_run_takes_in_as_the_house(box: Path, bank: Engine, tmp_path: Path) -> None:
    """J20. Nobody is named; the trail says that the house did it."""
    from tasks.taking_in import take_in_all

    put(write_two(tmp_path / "a.csv")[0], box / "bank-1")

    (one,) = take_in_all(now())

    assert one.outcome == "taken"
    with db.reading(bank) as session:
        entry = session.exec(select(TrailEntry).where(TrailEntry.kind == "statement_taken")).one()
        file = session.exec(select(StatementFile)).one()
    assert (entry.actor, file.received_by) == ("tadshin", "tadshin")
    assert json.loads(entry.payload)["lines"] == 3
