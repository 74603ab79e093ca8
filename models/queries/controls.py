"""The controls of a finance director: each is one query over all projects that returns what breaks it."""

from datetime import date
from typing import Any

from sqlalchemy import Row
from sqlmodel import Session

from models.queries.control_statements import EVERYWHERE, IN_ONE
from models.queries.projects import find_project
from models.rules.controls import CHECKS, Control, Offence
from models.rules.money import Money


def run_controls(session: Session, *, project: str | None = None, today: date) -> tuple[Offence, ...]:
    """Return every row of the books that breaks a control, of one project (its key) or of all.

    In the order of the controls, then of the projects. One statement for each control, however many
    projects there are.
    Raises: UnknownKey.
    Source: docs/rules.md, B20 to B36.
    """
    session.flush()
    one = find_project(session, project) if project is not None else None
    statements = EVERYWHERE if one is None else IN_ONE
    values: dict[str, Any] = {"on": today} | ({"project": one.id} if one is not None else {})
    found = [
        _offence(control, row)
        for control in CHECKS
        for row in session.connection().execute(statements[control], values)
    ]
    return tuple(found)


def _offence(control: Control, row: Row[Any]) -> Offence:
    project_id, key, currency, which, reference, amount, limit = tuple[Any, ...](row)
    return Offence(
        control, key, project_id, which, reference, Money(amount, currency), Money(limit, currency)
    )
