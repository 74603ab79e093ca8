"""Databases for the tests: every test that asks for `database` runs on SQLite and on PostgreSQL."""

import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlmodel import Session

from models import db, schema
from models.settings import load_settings


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Let Ctrl-C reach what the tests start: a shell that runs them in its background has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty migrated SQLite database, copied for each test."""
    file = tmp_path_factory.mktemp("template") / "tadshin.db"
    engine = db.open_engine(f"sqlite:///{file}")
    schema.upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return file


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL of our own, with an empty migrated database called `template_tadshin`."""
    from tadshin.postgres import running

    # Not in pytest's own folder: another run closes it to the account that the server runs as.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder, running(Path(folder)) as url_of:
        admin = create_engine(url_of("postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            # Its data live as long as the run: nothing here has to outlast a power cut.
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
            connection.execute(text("CREATE DATABASE template_tadshin"))
        admin.dispose()
        engine = db.open_engine(url_of("template_tadshin"))
        schema.upgrade(engine)
        engine.dispose()
        yield url_of("postgres")


@contextmanager
def fresh_database(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """Give the URL of a fresh migrated database of the kind that the fixture asks for."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        file = folder / "tadshin.db"
        shutil.copy(template, file)
        yield f"sqlite:///{file}"
        return
    admin = create_engine(request.getfixturevalue("postgres_server"), isolation_level="AUTOCOMMIT")
    name = f"test_{next(_numbers)}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template_tadshin STRATEGY wal_log"))
    yield admin.url.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh migrated database."""
    with fresh_database(request, tmp_path) as url:
        yield url


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def portfolio(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database with one person of each role and the report of 2021; tests change it in `loaded` only."""
    from models.operations.report import load_report
    from tests.builders import AT, make_staff

    with fresh_database(request, tmp_path_factory.mktemp("portfolio")) as url:
        engine = db.open_engine(url)
        with db.transaction(engine) as session:
            make_staff(session)
            load_report(session, by="tests", at=AT)
        yield engine
        engine.dispose()


@pytest.fixture
def loaded(portfolio: Engine) -> Iterator[Session]:
    """One open write transaction on the portfolio of 2021, undone at the end of the test."""
    with suppress(_Undone), db.transaction(portfolio) as session:
        yield session
        raise _Undone


class _Undone(Exception):
    """Ends a transaction without a trace."""


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    """The engine of a fresh migrated database, with the pragmas and transactions of the program."""
    engine = db.open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(database: Engine) -> Iterator[Session]:
    """One open write transaction on a fresh database."""
    with db.transaction(database) as opened:
        yield opened


@pytest.fixture
def staff(session: Session) -> Session:
    """The same, with one person of each role over everything."""
    from tests.builders import make_staff

    make_staff(session)
    return session


@pytest.fixture
def settings_env(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Set TADSHIN_* variables for one test; the settings are read again."""
    monkeypatch.chdir(tmp_path)

    def set_them(**values: Any) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"TADSHIN_{name.upper()}", str(value))
        load_settings.cache_clear()

    yield set_them
    load_settings.cache_clear()


_numbers = count(1)
