"""Bringing a database to the present schema; alembic is read only where something is to be changed."""

from sqlalchemy import Connection, Engine, inspect, text

from models import db
from models.rules.errors import CentreError
from models.settings import ROOT
from models.troubles import ForeignDatabase

MIGRATIONS = ROOT / "migrations" / "versions"
_BOOKKEEPING, _OURS = "alembic_version", "trail_head"
"""The table of every program that migrates as we do, and one that only we have."""


class NotPrepared(CentreError):
    """The database has no tables yet, or those of another version. Details: database, found, needed."""

    code = "not_prepared"


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Create or migrate the tables up to a revision.

    Raises: ForeignDatabase, and what `models.db.told` raises.
    Source: docs/rules.md, X20.
    """
    from alembic import command
    from alembic.config import Config

    config = Config(str(ROOT / "alembic.ini"))
    with db.told(engine), engine.connect().execution_options(**{db.WRITES: True}) as connection:
        _check_ours(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


def check_prepared(engine: Engine) -> None:
    """Make sure that the database has the schema this program was written for.

    Raises: NotPrepared, ForeignDatabase, and what `models.db.told` raises.
    """
    needed = newest_revision()
    with db.told(engine), engine.connect() as connection:
        found = present_revision(connection)
        if found == needed:
            return
        _check_ours(connection)
    raise not_prepared(engine, found=found, needed=needed)


def not_prepared(engine: Engine, *, found: str | None, needed: str | None) -> NotPrepared:
    """Return the error of a database without the tables, with its name: it may be another than meant."""
    return NotPrepared(database=db.name_of(engine), found=found, needed=needed)


def _check_ours(connection: Connection) -> None:
    """Refuse a database in which another program keeps tables; an empty one is anybody's."""
    tables = set(inspect(connection).get_table_names())
    if tables - {_BOOKKEEPING} and _OURS not in tables:
        raise ForeignDatabase(database=db.name_of(connection.engine), setting="TADSHIN_DATABASE_URL")


def present_revision(connection: Connection) -> str | None:
    """Return the revision that a database is at, None where it has no tables."""
    if not inspect(connection).has_table(_BOOKKEEPING):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {_BOOKKEEPING}"))  # noqa: S608
    return ", ".join(sorted(found.scalars())) or None


def newest_revision() -> str:
    """Return the revision of the last migration: the number that its file's name begins with."""
    return max(file.name.partition("_")[0] for file in MIGRATIONS.glob("[0-9]*_*.py"))
