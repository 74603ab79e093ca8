"""What is owed still: calls and certificates, found by an index alone, then looked up."""

from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from models.queries.open_rows import OpenTarget
from models.queries.owed import AT_ONCE, CALL_LEFT, CERTIFICATE_LEFT, summed
from models.rules.reconciliation import printed_number
from models.rules.tranches import CallState
from models.tables import (
    Allocation,
    Certificate,
    Commitment,
    Contract,
    Convention,
    ForeignAmount,
    FundingCall,
    Payment,
    Project,
    Tranche,
)


def read_open_targets(session: Session, among: Collection[UUID] | None = None) -> tuple[OpenTarget, ...]:
    """Return what is owed now, in the order of ids, calls first. `among`: nothing else is looked at.

    Source: docs/rules.md, R2.
    """
    calls, certificates = (
        _ids(session, owed) if among is None else sorted(among)
        for owed in (_OWED_CALLS, _OWED_CERTIFICATES)
    )
    return (
        *map(_call, _looked_up(session, _CALLS, col(FundingCall.id), calls)),
        *map(_certificate, _looked_up(session, _CERTIFICATES, col(Certificate.id), certificates)),
    )


def _ids(session: Session, owed: Any) -> list[UUID]:
    return sorted(session.connection().execute(owed).scalars())


def _looked_up(session: Session, query: Any, id_: Any, wanted: list[UUID]) -> Iterator[Any]:
    """Yield the rows of some ids that are owed: asked for in one, PostgreSQL reads whole tables instead."""
    for start in range(0, len(wanted), AT_ONCE):
        some = query.where(id_.in_(wanted[start : start + AT_ONCE])).order_by(id_)
        yield from (row for row in session.connection().execute(some) if row.left > 0)


# Few of very many are open still. They are found in one pass over two indexes side by side, in the order
# of the rows: PostgreSQL would look each of the many up.
_OWED_CALLS = (
    select(col(FundingCall.id))
    .outerjoin(Allocation, col(Allocation.call_id) == col(FundingCall.id))
    .where(col(FundingCall.state) == CallState.ISSUED)
    .group_by(col(FundingCall.id))
    .having(col(FundingCall.amount_centimes) > summed(Allocation))
)
_OWED_CERTIFICATES = (
    select(col(Certificate.id))
    .outerjoin(Payment, col(Payment.certificate_id) == col(Certificate.id))
    .group_by(col(Certificate.id))
    .having(col(Certificate.net_centimes) > summed(Payment))
)
_CALLS: Any = (
    select(
        col(FundingCall.id),
        col(FundingCall.number),
        func.coalesce(col(Convention.id), col(Commitment.id)).label("agreement"),
        func.coalesce(col(Convention.reference), col(Commitment.reference)).label("agreement_reference"),
        col(Commitment.partner_id).label("partner"),
        col(Commitment.project_id).label("project"),
        col(Tranche.number).label("tranche"),
        col(FundingCall.issued_on),
        col(FundingCall.due_on),
        col(FundingCall.amount_centimes).label("amount"),
        CALL_LEFT.label("left"),
        col(Project.currency),
        col(ForeignAmount.amount_centimes).label("foreign_amount"),
        col(ForeignAmount.currency).label("foreign_currency"),
    )
    .join(Tranche, col(Tranche.id) == col(FundingCall.tranche_id))
    .join(Commitment, col(Commitment.id) == col(Tranche.commitment_id))
    .join(Project, col(Project.id) == col(Commitment.project_id))
    .outerjoin(Convention, col(Convention.id) == col(Commitment.convention_id))
    .outerjoin(ForeignAmount, col(ForeignAmount.tranche_id) == col(Tranche.id))
    .where(col(FundingCall.state) == CallState.ISSUED)
)
_CERTIFICATES: Any = (
    select(
        col(Certificate.id),
        col(Certificate.reference),
        col(Contract.id).label("agreement"),
        col(Contract.reference).label("agreement_reference"),
        col(Contract.contractor),
        col(Contract.project_id).label("project"),
        col(Certificate.number),
        col(Certificate.dated),
        col(Certificate.due_on),
        CERTIFICATE_LEFT.label("left"),
        col(Project.currency),
    )
    .join(Contract, col(Contract.id) == col(Certificate.contract_id))
    .join(Project, col(Project.id) == col(Contract.project_id))
)


def _call(row: Any) -> OpenTarget:
    """A call in another currency is looked for in that one, until a part of it is paid."""
    is_foreign = row.foreign_amount is not None and row.left == row.amount
    return OpenTarget(
        id=row.id,
        is_call=True,
        reference=row.number,
        agreement=row.agreement,
        agreement_reference=row.agreement_reference,
        party=row.partner.hex,
        project=row.project,
        number=row.tranche,
        dated=row.issued_on,
        due=row.due_on,
        amount=row.foreign_amount if is_foreign else row.left,
        currency=row.foreign_currency if is_foreign else row.currency,
        left=row.left,
        home=row.currency,
    )


def _certificate(row: Any) -> OpenTarget:
    return OpenTarget(
        id=row.id,
        is_call=False,
        reference=row.reference,
        agreement=row.agreement,
        agreement_reference=row.agreement_reference,
        party=row.contractor,
        project=row.project,
        number=printed_number(row.reference, row.number),
        dated=row.dated,
        due=row.due_on,
        amount=row.left,
        currency=row.currency,
        left=row.left,
        home=row.currency,
    )
