"""What is wrong with a database, told apart: away, closed to us, damaged, or another program's."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile

from sqlalchemy.exc import DBAPIError, OperationalError

from models.folders import PlaceUnusable
from models.rules.errors import CentreError
from models.rules.obstacles import obstacle_of


class StoreUnavailable(CentreError):
    """The database is locked, full, read-only or away. Details: problem (a code), number."""

    code = "store_unavailable"


class StoreUnusable(CentreError):
    """The file of the database cannot be opened. Details: file, setting, problem (a code), number."""

    code = "store_unusable"


class StoreDamaged(CentreError):
    """The database cannot be read any more, or was never one. Details: file."""

    code = "store_damaged"


class ForeignDatabase(CentreError):
    """The database holds the tables of another program. Details: database, setting."""

    code = "foreign_database"


OF_SQLITE: Mapping[int, str] = {
    sqlite3.SQLITE_BUSY: "store_locked",
    sqlite3.SQLITE_LOCKED: "store_locked",
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_IOERR: "disk_fails",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_PERM: "no_permission",
    sqlite3.SQLITE_CANTOPEN: "no_permission",
}
OF_POSTGRESQL: Mapping[str, str] = {
    "25006": "read_only",
    "28000": "login_refused",
    "28P01": "login_refused",
    "3D000": "no_such_database",
    "40P01": "store_locked",
    "42501": "no_permission",
    "53100": "disk_full",
    "53300": "too_many_connections",
    "55P03": "store_locked",
    "57P01": "server_away",
    "57P02": "server_away",
    "57P03": "server_away",
}
"""What the databases call an error, to its code."""

OF_CONNECTING: Mapping[str, str] = {
    "authentication failed": "login_refused",
    "no password": "login_refused",
    "does not exist": "no_such_database",
    "too many": "too_many_connections",
}
"""What PostgreSQL says to somebody whom it does not let in, where it gives no number."""

SERVER_AWAY, STORE_ERROR = "server_away", "store_error"
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_DAMAGED_ROWS = frozenset({"XX001", "XX002"})
_CLOSED = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})
_PRIMARY = 0xFF  # an SQLite number says more in its upper bits


def trouble_of(error: DBAPIError, *, file: Path | None, name: str, setting: str) -> CentreError | None:
    """Return what is wrong with the database; None where the error is about something else.

    `file` is that of an SQLite database, `name` what to call any other, `setting` what chose it.
    Source: docs/rules.md, X20.
    """
    passing = isinstance(error, OperationalError)
    if isinstance(error.orig, sqlite3.Error):
        number = getattr(error.orig, "sqlite_errorcode", 0) & _PRIMARY
        if number in _DAMAGED:
            return StoreDamaged(file=str(file or name))
        closed = _closed(file, setting) if file is not None and number in _CLOSED else None
        return closed or (_unavailable(OF_SQLITE.get(number), number) if passing else None)
    state = getattr(error.orig, "sqlstate", None)
    if state in _DAMAGED_ROWS:
        return StoreDamaged(file=name)
    if passing or state in OF_POSTGRESQL:
        return _unavailable(_of_postgresql(state, str(error.orig)), state)
    return None


def _of_postgresql(state: str | None, said: str) -> str | None:
    if state is not None:
        return OF_POSTGRESQL.get(state)
    return next((code for words, code in OF_CONNECTING.items() if words in said), SERVER_AWAY)


def _unavailable(problem: str | None, number: object) -> StoreUnavailable:
    return StoreUnavailable(problem=problem or STORE_ERROR, number=number)


def _closed(file: Path, setting: str) -> CentreError | None:
    """Ask the system itself why a file cannot be opened or written: SQLite does not say."""
    try:
        if file.exists():
            file.open("r+b").close()
    except OSError as error:
        return StoreUnusable(file=str(file), setting=setting, **obstacle_of(error))
    try:
        TemporaryFile(dir=file.parent).close()  # its journal lies beside it
    except OSError as error:
        return PlaceUnusable(folder=str(file.parent), setting=setting, **obstacle_of(error))
    return None
