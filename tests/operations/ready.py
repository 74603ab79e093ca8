"""Projects whose gates are open, with rows in the tables: written directly, for the tests of moves."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlmodel import Session, select

from models.clock import local_day
from models.operations import approvals
from models.queries.projects import find_project
from models.rules.evidence import EVIDENCE
from models.rules.stages import Stage
from models.tables import Commitment, Duty, Evidence, Partner, Person, Project
from tests.builders import AT, link_partners, make_project
from tests.operations.money_builders import settle_money
from tests.rules.dossiers import PROOFS, TODAY

PARTNERS = ("council", "ministry", "province", "region", "initiative")


def make_ready(session: Session, key: str, *, stage: Stage = Stage.STUDY) -> Project:
    """Write a project of which every gate is open but for the three hands; the staff must be there."""
    project = make_project(session, key, stage=stage)
    link_partners(session, project, PARTNERS)
    for partner in session.exec(select(Partner)):
        session.add(
            Commitment(
                project_id=project.id,
                partner_id=partner.id,
                reference="sample",
                amount_centimes=project.budget_centimes // len(PARTNERS),
                signed_on=local_day(AT),
                budget_year=2026,
                budget_line="sample",
            )
        )
    for duty in ("officer", "finance"):
        person = session.exec(select(Person).where(Person.login == duty)).one()
        session.add(Duty(project_id=project.id, duty=duty, person_id=person.id))
    for code in EVIDENCE:
        _file(session, project, code)
    session.flush()
    settle_money(session, project)
    return project


def sign(session: Session, key: str, at: datetime = AT) -> UUID:
    """Let three hands sign the project's next move; return its request in the inbox."""
    entered = find_project(session, key).stage.following
    assert entered is not None
    approvals.propose(session, project=key, entered=entered, by="officer", at=at)
    approvals.certify(session, project=key, by="finance", at=at)
    move = approvals.approve(session, project=key, by="director", at=at).move
    assert move is not None
    return move


def _file(session: Session, project: Project, code: str) -> None:
    proof = PROOFS[code]
    # The sample proofs are dated up to a day in June; here all of them lie before the day of the test.
    dated = proof.on - (TODAY - local_day(AT)) - timedelta(days=1)
    session.add(
        Evidence(
            project_id=project.id,
            code=code,
            dated=dated,
            value=proof.value,
            reference="sample",
            sample=True,
            added_by="officer",
            added_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
    )
