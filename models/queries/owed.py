"""What calls and certificates lack at this moment, with what decides whether a match may be booked."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, cast, exists, func, literal, select
from sqlmodel import Session, col

from models.rules.reconciliation import Owed
from models.rules.tranches import CallState
from models.tables import (
    Allocation,
    Certificate,
    Commitment,
    Contract,
    ForeignAmount,
    FundingCall,
    Partner,
    Partnership,
    Payment,
    Project,
    Tranche,
)


def read_owed(session: Session, ids: Collection[UUID]) -> dict[UUID, Owed]:
    """Return calls and certificates as they stand now, those that are paid in full too."""
    found: dict[UUID, Owed] = {}
    wanted = sorted(ids)
    session.flush()
    for start in range(0, len(wanted), AT_ONCE):
        few = wanted[start : start + AT_ONCE]
        for row in session.connection().execute(_OWED_CALLS.where(col(FundingCall.id).in_(few))):
            found[row.id] = _owed_call(row)
        for row in session.connection().execute(_OWED_CERTIFICATES.where(col(Certificate.id).in_(few))):
            found[row.id] = _owed_certificate(row)
    return found


AT_ONCE = 500
"""Ids that one statement asks for: SQLite takes no more than some thousand."""


_TAKES_PART = exists(
    select(literal(1)).where(
        col(Partnership.project_id) == col(Commitment.project_id),
        col(Partnership.partner_id) == col(Commitment.partner_id),
        col(Partnership.retained),
    )
)
_TAKEN_BACK = (
    select(func.max(col(Allocation.allocated_on)))
    .where(col(Allocation.call_id) == col(FundingCall.id), col(Allocation.amount_centimes) < 0)
    .scalar_subquery()
)


def summed(model: type[Allocation | Payment]) -> Any:
    """Return the sum of what was paid. Unit: centimes; of whole numbers PostgreSQL makes something else."""
    return cast(func.coalesce(func.sum(col(model.amount_centimes)), 0), BigInteger)


CALL_LEFT = (
    col(FundingCall.amount_centimes)
    - select(summed(Allocation)).where(col(Allocation.call_id) == col(FundingCall.id)).scalar_subquery()
)
CERTIFICATE_LEFT = (
    col(Certificate.net_centimes)
    - select(summed(Payment)).where(col(Payment.certificate_id) == col(Certificate.id)).scalar_subquery()
)
"""What a call or a certificate lacks still, looked up by an index alone. Unit: centimes."""

_PROJECT: list[Any] = [
    col(Project.id).label("project"),
    *(Project.key, Project.region, Project.stage, Project.status, Project.currency),
]
_OWED_CALLS = (
    select(
        col(FundingCall.id),
        col(FundingCall.number),
        *_PROJECT,
        CALL_LEFT.label("left"),
        col(FundingCall.issued_on),
        col(Partner.id).label("partner"),
        col(Partner.key).label("partner_key"),
        _TAKES_PART.label("takes_part"),
        col(ForeignAmount.id).label("foreign_id"),
        _TAKEN_BACK.label("taken_back"),
    )
    .join(Tranche, col(Tranche.id) == col(FundingCall.tranche_id))
    .join(Commitment, col(Commitment.id) == col(Tranche.commitment_id))
    .join(Project, col(Project.id) == col(Commitment.project_id))
    .join(Partner, col(Partner.id) == col(Commitment.partner_id))
    .outerjoin(ForeignAmount, col(ForeignAmount.tranche_id) == col(Tranche.id))
    .where(col(FundingCall.state) == CallState.ISSUED)
)
_OWED_CERTIFICATES = (
    select(
        col(Certificate.id),
        col(Certificate.reference),
        col(Certificate.number),
        *_PROJECT,
        CERTIFICATE_LEFT.label("left"),
        col(Certificate.dated),
        col(Contract.id).label("contract"),
        col(Contract.reference).label("contract_reference"),
        col(Contract.signed_on),
    )
    .join(Contract, col(Contract.id) == col(Certificate.contract_id))
    .join(Project, col(Project.id) == col(Contract.project_id))
)


def _owed_call(row: Any) -> Owed:
    return Owed(
        id=row.id,
        is_call=True,
        name=row.number,
        project=row.project,
        project_key=row.key,
        region=row.region,
        stage=row.stage,
        status=row.status,
        currency=row.currency,
        left=row.left,
        since=row.issued_on,
        partner=row.partner,
        partner_key=row.partner_key,
        takes_part=bool(row.takes_part),
        foreign=row.foreign_id is not None,
        settled_from=row.taken_back,
    )


def _owed_certificate(row: Any) -> Owed:
    return Owed(
        id=row.id,
        is_call=False,
        name=f"{row.contract_reference} {row.number}",
        project=row.project,
        project_key=row.key,
        region=row.region,
        stage=row.stage,
        status=row.status,
        currency=row.currency,
        left=row.left,
        since=max(row.dated, row.signed_on),
        contract=row.contract,
        contract_reference=row.contract_reference,
        number=row.number,
    )
