"""Made-up portfolios of any size, written in a few statements."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine, insert
from sqlmodel import Session, SQLModel

from bench.ready_money import ready_money
from models import db
from models.operations import samples
from models.queries.people import find_person
from models.rules.approvals import ProposalState, expiry
from models.rules.evidence import EVIDENCE, Form
from models.rules.gates import criteria_of
from models.rules.kinds import Sector, traits_of
from models.rules.stages import Stage, Status
from models.tables import (
    Commitment,
    Duty,
    Evidence,
    Milestone,
    Partner,
    Partnership,
    Project,
    Proposal,
)

KIND = "women-centre"
BUDGET = 5_000_000_00
CHUNK = 500
PARTNERS = 5
MILESTONES = 6
_VALUES = {
    "performance_bond": BUDGET * 3 // 100,
    "works_contract": BUDGET,
    "works_estimate": BUDGET,
}


def fill(engine: Engine, count: int, *, at: datetime, ready: bool = False, first: int = 0) -> list[UUID]:
    """Write `count` centres in study, each with open milestones; their keys count from `first`.

    With `ready` each has a whole dossier too (some thirty pieces, five commitments, the three hands),
    so that its next move is open. Returns the projects' ids.
    """
    with db.transaction(engine) as session:
        samples.load_sample_people(session, at=at)
        partners = [
            Partner(
                key=f"partner-{first}-{n}",
                name_ar=f"شريك {n}",
                name_fr=f"P {n}",
                name_en=f"P {n}",
                type="other",
            )
            for n in range(PARTNERS)
        ]
        session.add_all(partners)
        session.flush()
        partner_ids = [partner.id for partner in partners]
    ids = [uuid4() for _ in range(count)]
    for start in range(0, count, CHUNK):
        part = ids[start : start + CHUNK]
        with db.transaction(engine) as session:
            _write(session, Project, (_project(n, one, at) for n, one in enumerate(part, first + start)))
            _write(session, Milestone, (row for one in part for row in _milestones(one, at.date())))
            if ready:
                _complete(session, part, partner_ids, at)
    return ids


def _complete(session: Session, part: Sequence[UUID], partners: Sequence[UUID], at: datetime) -> None:
    officer, finance = find_person(session, "officer").id, find_person(session, "finance").id
    duties = (("officer", officer), ("finance", finance))
    _write(session, Evidence, (row for one in part for row in _evidence(one, at)))
    _write(session, Partnership, (_partnership(one, partner) for one in part for partner in partners))
    commitments = [_commitment(one, partner, at) for one in part for partner in partners]
    _write(session, Commitment, iter(commitments))
    for table, rows in ready_money(commitments, at).items():
        _write(session, table, iter(rows))
    _write(session, Duty, (_duty(one, duty, person) for one in part for duty, person in duties))
    _write(session, Proposal, (_proposal(one, at) for one in part))


def _write(session: Session, table: type[SQLModel], rows: Iterator[dict[str, Any]]) -> None:
    session.connection().execute(insert(table), list(rows))


def _project(number: int, project: UUID, at: datetime) -> dict[str, Any]:
    row = Project(
        id=project,
        key=f"centre-{number:06}",
        name_ar=f"مركز {number}",
        name_fr=f"Centre {number}",
        name_en=f"Centre {number}",
        sector=list(Sector)[number % len(Sector)],
        kind=KIND,
        province="fes",
        region="fes-meknes",
        stage=Stage.STUDY,
        status=Status.ACTIVE,
        stage_since=at,
        budget_centimes=BUDGET,
        sample=True,
        registered_at=at,
    )
    return row.model_dump()


def _evidence(project: UUID, at: datetime) -> Iterator[dict[str, Any]]:
    day = at.date() - timedelta(days=10)
    for code in _codes():
        kind = EVIDENCE[code]
        yield Evidence(
            project_id=project,
            code=code,
            dated=day,
            value=_VALUES.get(code) if kind.unit else None,
            reference="SAMPLE" if kind.form is Form.DOCUMENT else "",
            sample=True,
            added_by="officer",
            added_at=at,
        ).model_dump()


def _codes() -> list[str]:
    asked = {
        need
        for criterion in criteria_of(Stage.STUDY, traits_of(KIND, 0))
        for need in _named(criterion.need)
    }
    return sorted(asked & EVIDENCE.keys())


def _named(need: object) -> Iterator[str]:
    for name in ("code", "after", "whole", "base"):
        if hasattr(need, name):
            yield getattr(need, name)
    for way in getattr(need, "ways", ()):
        yield from _named(way)


def _partnership(project: UUID, partner: UUID) -> dict[str, Any]:
    return Partnership(project_id=project, partner_id=partner).model_dump()


def _commitment(project: UUID, partner: UUID, at: datetime) -> dict[str, Any]:
    return Commitment(
        project_id=project,
        partner_id=partner,
        reference="SAMPLE",
        amount_centimes=BUDGET // PARTNERS,
        signed_on=at.date() - timedelta(days=30),
        budget_year=at.year,
        budget_line="SAMPLE",
    ).model_dump()


def _duty(project: UUID, duty: str, person: UUID) -> dict[str, Any]:
    return Duty(project_id=project, duty=duty, person_id=person).model_dump()


def _proposal(project: UUID, at: datetime) -> dict[str, Any]:
    return Proposal(
        project_id=project,
        left=Stage.STUDY,
        entered=Stage.CONSTRUCTION,
        state=ProposalState.APPROVED,
        version=3,
        expires_on=expiry(at.date()),
        proposed_by="officer",
        proposed_at=at,
        certified_by="finance",
        certified_at=at,
        approved_by="director",
        approved_at=at,
    ).model_dump()


def _milestones(project: UUID, today: date) -> Iterator[dict[str, Any]]:
    for number in range(MILESTONES):
        day = today + timedelta(days=25 * number - 20)
        yield Milestone(
            project_id=project,
            stage=Stage.STUDY,
            code=f"m{number}",
            baseline=day,
            forecast=day,
            planned_by=uuid4(),
        ).model_dump()


def start_of_day() -> datetime:
    """Return a steady instant for all rows: today at noon, UTC."""
    return datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
