"""Who somebody is and what they may do."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from models.queries.projects import nearest
from models.rules.authority import Actor, Grant
from models.rules.errors import UnknownKey
from models.rules.text import visible
from models.tables import Duty, Person, Project, RoleGrant


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A local user with what is granted to them, and the duties they are named for."""

    login: str
    name: str
    language: str
    sample: bool
    disabled_at: datetime | None
    grants: tuple[Grant, ...]
    duties: tuple[tuple[str, str], ...]
    """Project key and duty, for each project on which the person is named."""


def find_person(session: Session, login: str) -> Person:
    """Return the person of a login.

    Raises: UnknownKey, with the nearest logins, when there is none.
    """
    found = None
    if visible(login) == login:
        found = session.exec(select(Person).where(Person.login == login)).first()
    if found is None:
        raise _unknown(session, login)
    return found


def find_actor(session: Session, login: str) -> Actor:
    """Return a person with their grants, for `authorize`.

    Raises: UnknownKey.
    """
    session.flush()
    rows = session.connection().execute(_GRANTS, {"login": visible(login)}).all()
    if not rows:
        raise _unknown(session, login)
    language, disabled_at, *_ = rows[0]
    grants = tuple(Grant(role, region, project) for _, _, role, region, project in rows if role)
    return Actor(login, grants, language, disabled=disabled_at is not None)


_GRANT_COLUMNS: list[Any] = [
    Person.language,
    Person.disabled_at,
    RoleGrant.role,
    RoleGrant.region,
    Project.key,
]
_GRANTS = (
    select(*_GRANT_COLUMNS)
    .select_from(Person)
    .outerjoin(RoleGrant, col(RoleGrant.person_id) == col(Person.id))
    .outerjoin(Project, col(Project.id) == col(RoleGrant.project_id))
    .where(Person.login == bindparam("login"))
)


def _unknown(session: Session, login: str) -> UnknownKey:
    known = session.exec(select(Person.login)).all()
    return UnknownKey(noun="person", key=visible(login[:60]), candidates=nearest(login, known))


def list_people(session: Session) -> tuple[PersonLine, ...]:
    """Return every person, disabled ones included, in the order of the logins."""
    grants: dict[UUID, list[Grant]] = defaultdict(list)
    rows = session.exec(
        select(col(RoleGrant.person_id), col(RoleGrant.role), col(RoleGrant.region), col(Project.key))
        .outerjoin(Project, col(Project.id) == col(RoleGrant.project_id))
        .order_by(col(RoleGrant.role), col(RoleGrant.region), col(Project.key))
    )
    for person_id, role, region, project in rows:
        grants[person_id].append(Grant(role, region, project))
    duties: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    named = session.exec(
        select(col(Duty.person_id), col(Project.key), col(Duty.duty))
        .join(Project, col(Project.id) == col(Duty.project_id))
        .order_by(col(Project.key), col(Duty.duty))
    )
    for person_id, project, duty in named:
        duties[person_id].append((project, duty))
    people = session.exec(select(Person).order_by(col(Person.login)))
    return tuple(_line(person, tuple(grants[person.id]), tuple(duties[person.id])) for person in people)


def _line(person: Person, grants: tuple[Grant, ...], duties: tuple[tuple[str, str], ...]) -> PersonLine:
    return PersonLine(
        person.login, person.name, person.language, person.sample, person.disabled_at, grants, duties
    )
