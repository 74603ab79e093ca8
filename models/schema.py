"""Bringing a database to the present schema."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from models.rules.errors import CentreError
from models.settings import ROOT


class NotPrepared(CentreError):
    """The database has no tables yet, or those of another version. Details: found, needed."""

    code = "not_prepared"


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Create or migrate the tables up to a revision."""
    config = _config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


def check_prepared(engine: Engine) -> None:
    """Make sure that the database has the schema this program was written for.

    Raises: NotPrepared.
    """
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    needed = ScriptDirectory.from_config(_config()).get_current_head()
    if found != needed:
        raise NotPrepared(found=found, needed=needed)


def _config() -> Config:
    return Config(str(ROOT / "alembic.ini"))
