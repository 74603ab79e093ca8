"""Who works here, what they may do, and who is named for what on a project."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from models import places
from models.operations import trail
from models.operations.access import hold, hold_people, take_up
from models.queries.people import find_actor, find_person
from models.queries.projects import find_project, place_of
from models.rules.authority import Action, Place, Role, authorize
from models.rules.errors import UnknownKey
from models.rules.people import (
    DUTIES,
    LastAdministrator,
    LoginTaken,
    PeopleExist,
    PersonDisabled,
    RoleNotHeld,
    check_language,
    check_limits,
    check_login,
    check_person_name,
)
from models.rules.text import visible
from models.tables import Duty, Person, Project, RoleGrant


def first_administrator(
    session: Session, *, login: str, name: str, at: datetime, language: str = "fr"
) -> Person:
    """Make the first person of an empty database, who then adds the others.

    Raises: PeopleExist, BadValue.
    Source: docs/rules.md, U3.
    """
    hold_people(session)
    known = session.exec(select(Person.login).limit(1)).first()
    if known is not None:
        raise PeopleExist(login=visible(login[:60]))
    person = write_person(session, login=login, name=name, language=language, by=login, at=at)
    write_grant(session, person=person, role=Role.ADMINISTRATOR, by=login, at=at)
    return person


def add_person(
    session: Session, *, login: str, name: str, by: str, at: datetime, language: str = "fr"
) -> Person:
    """Add a person, who may do nothing until a role is granted.

    Raises: UnknownKey, NotAllowed, BadValue, LoginTaken.
    Source: docs/rules.md, U1.
    """
    _manage(session, by)
    return write_person(session, login=login, name=name, language=language, by=by, at=at)


def grant_role(
    session: Session,
    *,
    person: str,
    role: Role,
    by: str,
    at: datetime,
    region: str | None = None,
    project: str | None = None,
) -> RoleGrant:
    """Grant a role over everything, one region or one project; what is granted already stays as it is.

    Raises: UnknownKey, NotAllowed, BadValue for two limits, PersonDisabled.
    Source: docs/rules.md, U2.
    """
    _manage(session, by)
    limit = _limit(session, region, project)
    found = _working(session, person)
    known = _grant_of(session, found, role, region, limit)
    if known is not None:
        return known
    return write_grant(session, person=found, role=role, by=by, at=at, region=region, project=limit)


def revoke_role(
    session: Session,
    *,
    person: str,
    role: Role,
    by: str,
    at: datetime,
    region: str | None = None,
    project: str | None = None,
) -> None:
    """Take a role back; the duties that rested on it are free again.

    Raises: UnknownKey, NotAllowed, BadValue for two limits, RoleNotHeld, LastAdministrator.
    Source: docs/rules.md, U4 and U7.
    """
    _manage(session, by)
    limit = _limit(session, region, project)
    found = find_person(session, person)
    known = _grant_of(session, found, role, region, limit)
    if known is None:
        raise RoleNotHeld(login=found.login, role=role, region=region, project=project)
    if found.login == by and role is Role.ADMINISTRATOR and region is None and limit is None:
        raise LastAdministrator(login=by)
    session.delete(known)
    _free_duties(session, found, by, at)
    payload = {"login": found.login, "role": role, "region": region, "project": project}
    trail.record(session, at=at, actor=by, kind="role_revoked", project=_id(limit), payload=payload)


def disable_person(session: Session, *, person: str, by: str, at: datetime) -> Person:
    """Let a person act no more; their grants and their name in the books stay, their duties are free.

    Raises: UnknownKey, NotAllowed, LastAdministrator for oneself, PersonDisabled when it was done before.
    Source: docs/rules.md, U5 and U7.
    """
    _manage(session, by)
    found = _working(session, person)
    if found.login == by:
        raise LastAdministrator(login=by)
    found.disabled_at = at
    _free_duties(session, found, by, at)
    trail.record(session, at=at, actor=by, kind="person_disabled", payload={"login": found.login})
    return found


def set_language(session: Session, *, person: str, language: str, by: str, at: datetime) -> Person:
    """Set the language in which a person reads; everybody may set their own.

    Raises: UnknownKey, NotAllowed, BadValue.
    Source: docs/rules.md, U1.
    """
    actor = find_actor(session, by)
    if actor.disabled or person != by:
        authorize(actor, Action.MANAGE_USERS)
    found = find_person(session, person)
    if found.language != check_language(language):
        found.language = language
        payload = {"login": found.login, "language": language}
        trail.record(session, at=at, actor=by, kind="language_set", payload=payload)
    return found


def name_duty(session: Session, *, project: str, duty: str, person: str, by: str, at: datetime) -> Duty:
    """Name the officer or the finance correspondent of a project, in place of whoever was named before.

    Raises: UnknownKey, NotAllowed, PersonDisabled, RoleNotHeld.
    Source: docs/rules.md, U6.
    """
    if duty not in DUTIES:
        raise UnknownKey(noun="duty", key=visible(duty[:60]), candidates=tuple(DUTIES))
    hold_people(session)
    found = take_up(session, project, Action.NAME_DUTY, by)
    named = _working(session, person)
    if not _holds(session, named, DUTIES[duty], place_of(found)):
        raise RoleNotHeld(login=named.login, role=DUTIES[duty], project=found.key)
    row = session.exec(select(Duty).where(Duty.project_id == found.id, Duty.duty == duty)).first()
    before = row.person_id if row is not None else None
    if row is None:
        row = Duty(project_id=found.id, duty=duty, person_id=named.id)
        session.add(row)
    row.person_id = named.id
    if before != named.id:
        payload = {"duty": duty, "login": named.login, "previous": _login(session, before)}
        trail.record(session, at=at, actor=by, kind="duty_named", project=found.id, payload=payload)
    return row


def write_person(
    session: Session, *, login: str, name: str, language: str, by: str, at: datetime, sample: bool = False
) -> Person:
    """Write a person without asking who may; for the first administrator and for the samples.

    Raises: BadValue, LoginTaken.
    """
    check_login(login)
    if session.exec(select(Person.login).where(Person.login == login)).first() is not None:
        raise LoginTaken(login=login)
    name, language = check_person_name(name), check_language(language)
    person = Person(login=login, name=name, language=language, sample=sample)
    session.add(person)
    payload = {"login": login, "name": name, "language": language, "sample": sample}
    trail.record(session, at=at, actor=by, kind="person_added", payload=payload)
    return person


def write_grant(
    session: Session,
    *,
    person: Person,
    role: Role,
    by: str,
    at: datetime,
    region: str | None = None,
    project: Project | None = None,
) -> RoleGrant:
    """Write a grant without asking who may; for the first administrator and for the samples."""
    grant = RoleGrant(person_id=person.id, role=role, region=region, project_id=_id(project))
    session.add(grant)
    payload: Mapping[str, Any] = {
        "login": person.login,
        "role": role,
        "region": region,
        "project": project.key if project is not None else None,
    }
    trail.record(session, at=at, actor=by, kind="role_granted", project=_id(project), payload=payload)
    return grant


def _manage(session: Session, by: str) -> None:
    hold_people(session)  # before the question, so that the answer cannot change meanwhile
    authorize(find_actor(session, by), Action.MANAGE_USERS)


def _limit(session: Session, region: str | None, project: str | None) -> Project | None:
    """Make sure of what a role is limited to, and return the project where it is one."""
    check_limits(region, project)
    if region is not None:
        places.region(region)
    return find_project(session, project) if project is not None else None


def _working(session: Session, login: str) -> Person:
    found = find_person(session, login)
    if found.disabled_at is not None:
        raise PersonDisabled(login=found.login)
    return found


def _grant_of(
    session: Session, person: Person, role: Role, region: str | None, project: Project | None
) -> RoleGrant | None:
    limited = RoleGrant.project_id == project.id if project else col(RoleGrant.project_id).is_(None)
    return session.exec(
        select(RoleGrant).where(
            RoleGrant.person_id == person.id,
            RoleGrant.role == role,
            RoleGrant.region == region if region is not None else col(RoleGrant.region).is_(None),
            limited,
        )
    ).first()


def _holds(session: Session, person: Person, role: Role, place: Place) -> bool:
    actor = find_actor(session, person.login)
    return not actor.disabled and any(
        grant.role is role
        and grant.region in (None, place.region)
        and grant.project in (None, place.project)
        for grant in actor.grants
    )


def _free_duties(session: Session, person: Person, by: str, at: datetime) -> None:
    """Take a person's name off the duties for which they no longer hold the role."""
    session.flush()
    rows = session.exec(
        select(Duty, Project)
        .join(Project, col(Project.id) == col(Duty.project_id))
        .where(Duty.person_id == person.id)
        .order_by(col(Project.key), col(Duty.duty))
    ).all()
    lost = [
        (duty, project)
        for duty, project in rows
        if not _holds(session, person, DUTIES[duty.duty], place_of(project))
    ]
    for _, project in lost:
        hold(session, project)
    for duty, project in lost:
        session.delete(duty)
        payload = {"duty": duty.duty, "login": person.login}
        trail.record(session, at=at, actor=by, kind="duty_freed", project=project.id, payload=payload)


def _login(session: Session, person: UUID | None) -> str | None:
    return None if person is None else session.get_one(Person, person).login


def _id(project: Project | None) -> UUID | None:
    return project.id if project is not None else None
