"""What the form of a deployment offers: the projects, partners and accounts that are in the books."""

from collections.abc import Mapping, Sequence

from prefect.deployments.runner import RunnerDeployment
from sqlmodel import Session, col, select

from models import db, schema
from models.rules.errors import CentreError
from models.tables import Partner, Project, StatementAccount


def offer(deployment: RunnerDeployment, choices: Mapping[str, Sequence[str]]) -> None:
    """Let the form of a deployment offer choices; a parameter without any stays a line of text."""
    properties = deployment._parameter_openapi_schema.properties
    for name, keys in choices.items():
        if keys:
            told = {key: value for key, value in properties[name].items() if key != "anyOf"}
            properties[name] = {**told, "type": "string", "enum": list(keys)}


def reconciling_choices() -> Mapping[str, Sequence[str]]:
    """Return the keys of projects, partners and accounts; nothing where there are no books yet."""
    file = db.file_of(db.engine().url)
    if file is not None and not file.exists():  # asking would make it
        return {}
    try:
        schema.check_prepared(db.engine())
        with db.reading() as session:
            return {
                "project": _keys(session, Project),
                "partner": _keys(session, Partner),
                "account": _keys(session, StatementAccount),
            }
    except CentreError:
        return {}


def _keys(session: Session, table: type[Project | Partner | StatementAccount]) -> Sequence[str]:
    return session.exec(select(col(table.key)).order_by(col(table.key))).all()
