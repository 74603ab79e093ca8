"""The engine and its transactions: the same behaviour on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection
from typing import Any

from sqlalchemy import DateTime, Engine, create_engine, event, make_url
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session

from models.rules.errors import CentreError
from models.settings import bad_database, load_settings

BUSY_SECONDS = 15
_WRITES = "tadshin_writes"


class StoreUnavailable(CentreError):
    """The database is locked, full, read-only or away. Details: problem."""

    code = "store_unavailable"


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in the program, UTC in the database (SQLite keeps no zone of its own)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def open_engine(url: str) -> Engine:
    """Return an engine for the URL, prepared for concurrent use.

    Raises: BadSettings when the URL cannot be read or names another kind of database.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise bad_database() from None
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(str(parsed), parsed.database)
    if parsed.drivername == "postgresql+psycopg":
        return create_engine(parsed, pool_pre_ping=True)
    raise bad_database()


def _open_sqlite(url: str, file: str | None) -> Engine:
    if file and file != ":memory:":
        try:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(problem=str(error)) from None
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: SQLiteConnection, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours to write, see _begin_sqlite
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A write that starts as a read can lose its snapshot half-way ("database is locked" at once,
    # whatever the time-out): writers queue at BEGIN instead.
    immediate = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@lru_cache(maxsize=8)
def _engine(url: str) -> Engine:
    return open_engine(url)


def engine() -> Engine:
    """Return the engine of the settings in force."""
    return _engine(load_settings().database)


@contextmanager
def transaction(on: Engine | None = None) -> Iterator[Session]:
    """Open a session for writing; commit at the end, roll back on any error.

    Raises: StoreUnavailable when the database cannot take the work; nothing is changed then.
    """
    with _told(), (on or engine()).connect() as connection:
        writing = connection.execution_options(**{_WRITES: True})
        with Session(writing, expire_on_commit=False) as session, session.begin():
            yield session


@contextmanager
def reading(on: Engine | None = None) -> Iterator[Session]:
    """Open a session that only reads, from one snapshot of an SQLite database."""
    with _told(), Session(on or engine(), expire_on_commit=False) as session:
        yield session


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise StoreUnavailable(problem=str(error.orig).strip().splitlines()[0]) from error
    except DatabaseError as error:
        if "malformed" in str(error.orig) or "not a database" in str(error.orig):
            raise StoreUnavailable(problem=str(error.orig)) from error
        raise
