"""Who somebody is and what they may do."""

from sqlmodel import Session, col, select

from models.queries.projects import nearest
from models.rules.authority import Actor, Grant
from models.rules.errors import UnknownKey
from models.rules.text import visible
from models.tables import Person, Project, RoleGrant


def find_person(session: Session, login: str) -> Person:
    """Return the person of a login.

    Raises: UnknownKey, with the nearest logins, when there is none.
    """
    found = None
    if visible(login) == login:
        found = session.exec(select(Person).where(Person.login == login)).first()
    if found is None:
        known = session.exec(select(Person.login)).all()
        raise UnknownKey(noun="person", key=visible(login[:60]), candidates=nearest(login, known))
    return found


def find_actor(session: Session, login: str) -> Actor:
    """Return a person with their grants, for `authorize`.

    Raises: UnknownKey.
    """
    person = find_person(session, login)
    rows = session.exec(
        select(col(RoleGrant.role), col(RoleGrant.region), col(Project.key))
        .outerjoin(Project, col(Project.id) == col(RoleGrant.project_id))
        .where(RoleGrant.person_id == person.id)
    )
    grants = tuple(Grant(role, region, project) for role, region, project in rows)
    return Actor(person.login, grants, person.language, disabled=person.disabled_at is not None)
