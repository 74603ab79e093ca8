"""The engine and its transactions: the same behaviour on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from sqlite3 import SQLITE_BUSY
from sqlite3 import Connection as SQLiteConnection
from sqlite3 import OperationalError as SQLiteError
from typing import Any

from sqlalchemy import URL, DateTime, Engine, create_engine, event, make_url
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session

from models import waits
from models.folders import make_folder
from models.settings import bad_database, load_settings
from models.troubles import StoreUnavailable, trouble_of

BUSY_SECONDS = 15
QUIET_SECONDS = 2
"""How long a database is waited for before whoever listens is told (docs/rules.md, X21)."""

WRITES = "tadshin_writes"
"""The option of a connection whose transactions write: they queue at their beginning."""

__all__ = [
    "StoreUnavailable",
    "UtcDateTime",
    "engine",
    "file_of",
    "name_of",
    "open_engine",
    "reading",
    "told",
]
__all__ += ["told", "transaction"]


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

    Raises: BadSettings when the URL cannot be read or names another kind of database; PlaceUnusable.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise bad_database() from None
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    if parsed.drivername == "postgresql+psycopg":
        return create_engine(parsed, pool_pre_ping=True, connect_args={"options": _options(parsed)})
    raise bad_database()


def _options(url: URL) -> str:
    """Return the options of a PostgreSQL connection: whoever waits for a row gives up as on SQLite."""
    return f"-c lock_timeout={BUSY_SECONDS}s {url.query.get('options', '')}".strip()


def file_of(url: URL) -> Path | None:
    """Return the file of an SQLite database that is kept in one under its own name."""
    named = url.get_backend_name() == "sqlite" and url.database
    return Path(named) if named and not named.startswith(("file:", ":")) else None


def name_of(engine: Engine) -> str:
    """Return the address of a database as people may read it."""
    return engine.url.render_as_string(hide_password=True)


def _open_sqlite(url: URL) -> Engine:
    if (file := file_of(url)) is not None:
        make_folder(file.parent, setting=_setting())
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: SQLiteConnection, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours to write, see _begin_sqlite
    # 64 MiB of pages, and sorting in memory: looks over a whole large portfolio take a quarter less.
    quick = ("cache_size=-65536", "temp_store=MEMORY")
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", *quick):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A write that starts as a read can lose its snapshot half-way ("database is locked" at once,
    # whatever the time-out): writers queue at BEGIN instead.
    immediate = connection.get_execution_options().get(WRITES, False)
    if immediate and _begins(connection):
        return
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _begins(connection: Connection) -> bool:
    """Try for a short while to begin writing; when somebody else goes on writing, say that we wait."""
    raw: Any = connection.connection.dbapi_connection
    lasting, hears = BUSY_SECONDS, waits.listener()
    if lasting <= QUIET_SECONDS or hears is None:
        return False
    raw.execute(f"PRAGMA busy_timeout = {int(QUIET_SECONDS * 1000)}")
    try:
        raw.execute("BEGIN IMMEDIATE")
    except SQLiteError as error:
        if error.sqlite_errorcode == SQLITE_BUSY:
            hears(lasting)
        return False  # whatever else it is, the second try tells
    finally:
        raw.execute(f"PRAGMA busy_timeout = {int(lasting * 1000)}")
    return True


@lru_cache(maxsize=8)
def _engine(url: str) -> Engine:
    return open_engine(url)


def engine() -> Engine:
    """Return the engine of the settings in force."""
    return _engine(load_settings().database)


@contextmanager
def transaction(on: Engine | None = None) -> Iterator[Session]:
    """Open a session for writing; commit at the end, roll back on any error.

    Raises: what `told` raises; nothing is changed then.
    """
    on = on or engine()
    with told(on), on.connect() as connection:
        writing = connection.execution_options(**{WRITES: True})
        with Session(writing, expire_on_commit=False) as session, session.begin():
            yield session


@contextmanager
def reading(on: Engine | None = None) -> Iterator[Session]:
    """Open a session that only reads, from one snapshot of an SQLite database.

    Raises: what `told` raises.
    """
    on = on or engine()
    with told(on), Session(on, expire_on_commit=False) as session:
        yield session


@contextmanager
def told(on: Engine) -> Iterator[None]:
    """Tell what is wrong with the database in the words of the house.

    Raises: StoreUnavailable, StoreUnusable, StoreDamaged, PlaceUnusable.
    """
    try:
        yield
    except DBAPIError as error:
        trouble = trouble_of(error, file=file_of(on.url), name=name_of(on), setting=_setting())
        if trouble is None:
            raise
        raise trouble from error


def _setting() -> str:
    """Return the setting that says where the database is."""
    return "TADSHIN_DATABASE_URL" if load_settings().database_url else "TADSHIN_HOME"
