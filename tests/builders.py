"""True-to-life values for the tests; each test changes the one thing it is about."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from sqlmodel import Session, select

from models.operations import projects, samples
from models.rules.authority import Role
from models.rules.kinds import Sector
from models.rules.money import Money
from models.rules.stages import Stage
from models.tables import Partner, Partnership, Person, Project, RoleGrant

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning, on which the tests take place."""

BUDGET = Money(12_000_000_00)


def make_project(
    session: Session,
    key: str = "sample-centre",
    *,
    stage: Stage = Stage.STUDY,
    kind: str = "CMP",
    budget: Money = BUDGET,
    sector: Sector = Sector.HEALTH,
    beds: int = 0,
    province: str = "nador",
    region: str = "oriental",
    at: datetime = AT,
) -> Project:
    """Register a centre at a stage; its dossier is empty."""
    new = projects.NewProject(
        key=key,
        name_ar=f"مركز المثال {key}",
        name_fr=f"Centre d'exemple {key}",
        name_en=f"Sample centre {key}",
        sector=sector,
        kind=kind,
        province=province,
        region=region,
        budget=budget,
        stage=stage,
        beds=beds,
    )
    return projects.register(session, new, by="tests", at=at)


def make_person(
    session: Session,
    login: str,
    role: Role | str,
    *,
    region: str | None = None,
    project: str | None = None,
    language: str = "fr",
) -> Person:
    """Write a person with one role: over everything, one region, or one project (its key)."""
    person = Person(login=login, name=f"Sample {login}", language=language, sample=True)
    session.add(person)
    session.flush()
    session.add(
        RoleGrant(person_id=person.id, role=Role(role), region=region, project_id=_id_of(session, project))
    )
    session.flush()
    return person


def make_staff(session: Session) -> None:
    """Write one person of each role, over everything; the login is the role's name."""
    for role in Role:
        make_person(session, role.value, role)


def make_partner(session: Session, key: str = "council", *, placeholder: bool = False) -> Partner:
    """Write a partner that takes part in nothing yet."""
    partner = Partner(
        key=key,
        name_ar=f"شريك المثال {key}",
        name_fr=f"Partenaire d'exemple {key}",
        name_en=f"Sample partner {key}",
        type="council",
        placeholder=placeholder,
    )
    session.add(partner)
    session.flush()
    return partner


def link_partners(session: Session, project: Project, keys: Iterable[str]) -> None:
    """Let partners take part in a project; those that are not in the books yet are written."""
    for key in keys:
        partner = session.exec(select(Partner).where(Partner.key == key)).first()
        partner = partner or make_partner(session, key)
        session.add(Partnership(project_id=project.id, partner_id=partner.id))
    session.flush()


def make_ready(
    session: Session, key: str = "sample-centre", *, stage: Stage = Stage.STUDY, at: datetime = AT
) -> Project:
    """Register a centre whose next gate lacks the three hands alone; the sample people are added too.

    Their logins: officer, officer-oriental, finance, director, auditor, admin.
    """
    project = make_project(session, key, stage=stage, at=at)
    link_partners(session, project, ["council", "ministry"])
    samples.complete_dossier(session, project=key, at=at)
    return project


def _id_of(session: Session, project: str | None) -> UUID | None:
    if project is None:
        return None
    return session.exec(select(Project.id).where(Project.key == project)).one()
