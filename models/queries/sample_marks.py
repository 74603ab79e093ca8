"""Which projects are samples, or have invented figures in their books."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, false, or_, select, union
from sqlmodel import Session, col

from models.rules.marks import MARKS
from models.rules.tranches import PROGRESS
from models.tables import (
    BudgetLine,
    Certificate,
    Commitment,
    Contract,
    Convention,
    Evidence,
    FundingCall,
    Payment,
    Project,
    Receipt,
    Tranche,
)


def projects_with_samples(session: Session, projects: Collection[str] | None = None) -> frozenset[str]:
    """Return the keys of those projects, or of all, that are samples or have a sample row of money.

    Source: docs/rules.md, X45.
    """
    session.flush()
    found = frozenset(session.connection().execute(_STATEMENT).scalars())
    return found if projects is None else found & frozenset(projects)


def _marked(*references: Any) -> ColumnElement[bool]:
    return or_(false(), *(col(reference).startswith(mark) for reference in references for mark in MARKS))


def _of_contracts(child: Any, *where: ColumnElement[bool]) -> Select[Any]:
    return (
        select(col(Contract.project_id))
        .join(child, col(child.contract_id) == col(Contract.id))
        .where(*where)
    )


_ROWS = (
    select(col(Project.id)).where(col(Project.sample)),
    select(col(Evidence.project_id)).where(
        col(Evidence.sample), col(Evidence.code) == PROGRESS, col(Evidence.superseded_at).is_(None)
    ),
    select(col(Commitment.project_id))
    .outerjoin(Convention, col(Convention.id) == col(Commitment.convention_id))
    .where(or_(col(Convention.sample), _marked(Commitment.reference))),
    select(col(Commitment.project_id))
    .join(Tranche, col(Tranche.commitment_id) == col(Commitment.id))
    .outerjoin(FundingCall, col(FundingCall.tranche_id) == col(Tranche.id))
    .where(_marked(FundingCall.number, Tranche.document)),
    select(col(Receipt.project_id)).where(_marked(Receipt.reference)),
    select(col(BudgetLine.project_id)).where(_marked(BudgetLine.code)),
    select(col(Contract.project_id)).where(or_(col(Contract.sample), _marked(Contract.reference))),
    _of_contracts(Certificate, _marked(Certificate.reference)),
    select(col(Contract.project_id))
    .join(Certificate, col(Certificate.contract_id) == col(Contract.id))
    .join(Payment, col(Payment.certificate_id) == col(Certificate.id))
    .where(_marked(Payment.reference)),
)
_PROJECTS = union(*_ROWS).subquery()
_STATEMENT = select(col(Project.key)).where(col(Project.id).in_(select(_PROJECTS.c[0])))
