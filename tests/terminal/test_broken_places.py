"""Homes that cannot be used, databases that are damaged, full, held or another program's: told apart."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import EROFS
from pathlib import Path

import pytest

from models import db, troubles, waits
from tests.terminal.conftest import answer, run
from tests.terminal.test_surroundings import failing, in_each_language

Set = Callable[..., None]
SUSPEND = ("project", "suspend", "rahma-cmp", "--reason", "x", "--as", "director")


@pytest.fixture
def at_home(settings_env: Set, place_of_work: Path) -> Path:
    """A place with the report and the samples, in which calls of this process work."""
    settings_env(home=place_of_work, database_url="")
    return place_of_work


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_file_in_the_place_of_home(settings_env: Set, tmp_path: Path, below: str) -> None:
    (tmp_path / "home").write_text("in the way")
    settings_env(home=tmp_path / "home" / below, database_url="")

    for verb in (("init",), ("portfolio", "list")):
        told = in_each_language(answer, *verb)
        assert [one.exit for one in told] == [7, 7, 7]
        assert all(str(tmp_path / "home") in one.err and "TADSHIN_HOME" in one.err for one in told)
        assert answer(*verb, "--json").json["problem"] == "not_a_folder"
        assert not any("moment" in one.err for one in told)


def test_a_home_that_may_only_be_read(settings_env: Set, tmp_path: Path) -> None:
    """/proc takes no new files, not even from root."""
    settings_env(home="/proc", database_url="")

    told = answer("init", "--json").json

    assert (told["error"], told["folder"], told["setting"]) == ("place_unusable", "/proc", "TADSHIN_HOME")


def test_a_home_that_has_become_read_only(at_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions refuse root nothing: SQLite is told to write nothing, and the system made to say why."""
    monkeypatch.setattr(db, "_prepare_sqlite", _only_reading)
    monkeypatch.setattr(troubles, "TemporaryFile", failing(EROFS))

    told = in_each_language(answer, *SUSPEND)

    assert [one.exit for one in told] == [7, 7, 7]
    assert "open for reading only" in told[-1].err
    assert all(str(at_home) in one.err and "TADSHIN_HOME" in one.err for one in told)


def test_a_folder_in_the_place_of_the_database(settings_env: Set, tmp_path: Path) -> None:
    (tmp_path / "tadshin.db").mkdir()
    settings_env(home=tmp_path, database_url="")

    told = answer("portfolio", "list", "--json").json

    assert (told["error"], told["problem"]) == ("store_unusable", "is_a_folder")
    assert (told["file"], told["setting"]) == (str(tmp_path / "tadshin.db"), "TADSHIN_HOME")
    in_each_language(answer, "portfolio", "list")


def test_a_place_that_the_url_chose_is_told_by_its_own_setting(settings_env: Set, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    settings_env(database_url=f"sqlite:///{tmp_path}/file/a.db", home=tmp_path)

    assert answer("init", "--json").json["setting"] == "TADSHIN_DATABASE_URL"


def _overwrite(file: Path) -> None:
    file.write_bytes(b"this is no database, only a text of some length" * 5000)


def _truncate(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 3)


def _spoil(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.seek(100)
        stream.write(os.urandom(file.stat().st_size - 100))


@pytest.mark.parametrize("harm", [_overwrite, _truncate, _spoil])
def test_a_damaged_database_asks_for_a_backup(at_home: Path, harm: Callable[[Path], None]) -> None:
    file = at_home / "tadshin.db"
    with sqlite3.connect(file) as before:
        before.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before.close()
    for beside in at_home.glob("tadshin.db-*"):
        beside.unlink()
    harm(file)

    told = in_each_language(answer, "portfolio", "list")

    assert [one.exit for one in told] == [7, 7, 7]
    assert told[-1].err.strip() == (
        f"The database {file} is damaged, or is no database: "
        "bring a backup back in its place. Nothing was changed."
    )
    assert answer("portfolio", "list", "--json").json["error"] == "store_damaged"
    assert answer("init", "--json").json["error"] == "store_damaged"


def test_a_full_disk_changes_nothing_and_is_named(at_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite says the same of a limit of pages as of a disk that is full."""
    monkeypatch.setattr(db, "_prepare_sqlite", _without_room)
    before = "active"

    for number in range(80):
        verb, after = (("suspend", "suspended"), ("resume", "active"))[number % 2]
        why = ("--reason", "a" * 400, "--as", "director", "--json", "--lang", "en")
        told = answer("project", verb, "rahma-cmp", *why)
        if told.exit == 7:
            break
        before = after

    assert (told.exit, told.json["error"], told.json["problem"]) == (7, "store_unavailable", "disk_full")
    assert told.json["message"] == "The database cannot be used (the disk is full); nothing was changed."
    assert answer("project", "show", "rahma-cmp", "--json").json["status"] == before


def test_another_programs_database_is_left_as_it_is(settings_env: Set, tmp_path: Path) -> None:
    file = tmp_path / "tadshin.db"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE invoices (id INTEGER PRIMARY KEY)")
    other.close()
    settings_env(home=tmp_path, database_url="")

    for verb in (("init",), ("portfolio", "list"), ("doctor",)):
        assert answer(*verb).exit == 7
    told = in_each_language(answer, "init")
    assert all(str(file) in one.err for one in told)
    assert answer("init", "--json").json["error"] == "foreign_database"
    with sqlite3.connect(file) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("invoices",)]
    other.close()


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("postgresql://a:b@127.0.0.1:1/d", "server_away"),
        ("postgresql://a:b@[x/d", "server_away"),
        ("sqlite:///file:/nowhere/a.db?mode=ro&uri=true", "no_permission"),
    ],
)
def test_a_database_that_does_not_answer(settings_env: Set, url: str, problem: str) -> None:
    settings_env(database_url=url)

    in_each_language(answer, "portfolio", "list")
    told = answer("portfolio", "list", "--json")
    assert (told.exit, told.json["error"], told.json["problem"]) == (7, "store_unavailable", problem)


def test_a_postgresql_that_knows_no_such_database(settings_env: Set, postgres_server: str) -> None:
    settings_env(database_url=f"{postgres_server.replace('/postgres', '/nobody_made_it', 1)}")

    told = answer("portfolio", "list", "--json")

    assert (told.exit, told.json["problem"]) == (7, "no_such_database")


@pytest.mark.parametrize("name", ["my home", "بيت العمل", 'a\'b "c" %d x=1#y', "été\u00a0😀"])
def test_a_home_of_any_name(tmp_path: Path, name: str) -> None:
    home = tmp_path / name

    made = run("init", "--admin", "chief", "--json", home=home)

    assert made.exit == 0, made
    assert (home / "tadshin.db").is_file()
    assert "chief" in run("user", "list", "--json", home=home).out
    assert run("doctor", "--lang", "ar", home=home).exit == 0
    assert [path.name for path in tmp_path.iterdir()] == [name]


def _only_reading(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA query_only = ON")


def _without_room(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")


def test_a_held_database_is_waited_for_aloud(at_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """X21."""
    monkeypatch.setattr(db, "QUIET_SECONDS", 0.05)
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.6)

    with _held(at_home):
        told = [answer(*SUSPEND, "--lang", language).err.splitlines() for language in ("ar", "fr", "en")]
        asked = answer(*SUSPEND, "--json", "--lang", "en")

    assert told[2] == [
        "Another program holds the database; waiting for it, for 1 second at most.",
        "The database cannot be used (another program is using it); nothing was changed.",
    ]
    assert "برنامج آخر" in told[0][0]
    assert "seconde" in told[1][0]
    assert asked.err.splitlines() == told[2][:1]
    assert (asked.json["error"], asked.json["problem"]) == ("store_unavailable", "store_locked")
    assert answer(*SUSPEND).err == ""


def test_a_database_that_is_let_go_in_time_is_used(at_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "QUIET_SECONDS", 0.05)
    holding = _held(at_home)
    heard: list[float] = []
    holding.__enter__()

    def let_go(seconds: float) -> None:
        heard.append(seconds)
        holding.__exit__(None, None, None)

    with waits.told_to(let_go), db.transaction() as session:
        session.connection().exec_driver_sql("UPDATE trail_head SET sequence = sequence")

    assert heard == [db.BUSY_SECONDS]


def test_nobody_is_told_of_a_short_wait(at_home: Path) -> None:
    heard: list[float] = []

    with waits.told_to(heard.append), db.transaction() as session:
        waited = session.connection().exec_driver_sql("PRAGMA busy_timeout").scalar_one()

    assert (heard, waited) == ([], db.BUSY_SECONDS * 1000)


@contextmanager
def _held(home: Path) -> Iterator[None]:
    """Let another program write for the time of the block."""
    other = sqlite3.connect(home / "tadshin.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def test_the_doctor_says_what_rests_on_the_settings_only_once(settings_env: Set) -> None:
    settings_env(prefect_port="99999")

    told = answer("doctor", "--json", "--lang", "en")

    assert told.exit == 7
    states = [(check["name"], check["state"]) for check in told.json["checks"]]
    assert states[0] == ("settings", "failed")
    assert {state for _, state in states[1:]} == {"not_checked"}
    assert answer("doctor", "--lang", "en").out.count("TADSHIN_PREFECT_PORT") == 1
    assert "لم يفحص" in answer("doctor", "--lang", "ar").out


@pytest.mark.parametrize(
    "wrong", [{"database_url": "mysql://a"}, {"home": "/proc/nowhere", "database_url": ""}]
)
def test_a_place_that_cannot_be_used_is_a_wrong_setting(settings_env: Set, wrong: dict[str, str]) -> None:
    settings_env(**wrong)

    states = [check["state"] for check in answer("doctor", "--json").json["checks"]]

    assert states == ["failed", *["not_checked"] * 8]


def test_the_doctor_looks_at_no_files_without_their_books(settings_env: Set, tmp_path: Path) -> None:
    settings_env(home=tmp_path, database_url="")

    states = {check["name"]: check["state"] for check in answer("doctor", "--json").json["checks"]}

    assert states == {
        "settings": "ok",
        "database": "failed",
        "evidence": "not_checked",
        "statements": "not_checked",
        "snapshots": "not_checked",
        "moves": "not_checked",
        "messages": "not_checked",
        "reconciliation": "not_checked",
        "orchestrator": "notice",
    }
