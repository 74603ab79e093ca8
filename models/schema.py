"""Bringing a database to the present schema; alembic is read only where something is to be changed."""

from sqlalchemy import Connection, Engine, inspect, text

from models.rules.errors import CentreError
from models.settings import ROOT

MIGRATIONS = ROOT / "migrations" / "versions"
_BOOKKEEPING = "alembic_version"


class NotPrepared(CentreError):
    """The database has no tables yet, or those of another version. Details: found, needed."""

    code = "not_prepared"


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Create or migrate the tables up to a revision."""
    from alembic import command
    from alembic.config import Config

    config = Config(str(ROOT / "alembic.ini"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


def check_prepared(engine: Engine) -> None:
    """Make sure that the database has the schema this program was written for.

    Raises: NotPrepared.
    """
    with engine.connect() as connection:
        found = present_revision(connection)
    needed = newest_revision()
    if found != needed:
        raise NotPrepared(found=found, needed=needed)


def present_revision(connection: Connection) -> str | None:
    """Return the revision that a database is at, None where it has no tables."""
    if not inspect(connection).has_table(_BOOKKEEPING):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {_BOOKKEEPING}"))  # noqa: S608
    return ", ".join(sorted(found.scalars())) or None


def newest_revision() -> str:
    """Return the revision of the last migration: the number that its file's name begins with."""
    return max(file.name.partition("_")[0] for file in MIGRATIONS.glob("[0-9]*_*.py"))
