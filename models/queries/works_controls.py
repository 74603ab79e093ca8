"""What the controls ask of budgets, contracts and accounts.

Each query names project_id, row, reference, amount and most: what breaks the control, and its limit.
Source: docs/rules.md, B27 to B36.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Subquery,
    case,
    cast,
    exists,
    func,
    literal,
    select,
    union_all,
)
from sqlmodel import col

from models.queries.budgets import CERTIFIES, ON, engaged_by, total
from models.queries.control_parts import Scope, among, breach, per
from models.rules.budgets import BudgetChange
from models.rules.contracts import CertificateKind
from models.rules.terms import DEFAULTS
from models.tables import (
    BudgetEntry,
    BudgetLine,
    BudgetPlan,
    Certificate,
    ClosedPeriod,
    Commitment,
    CommitmentRelease,
    Contract,
    ContractAmendment,
    ContractTerm,
    Payment,
    Project,
    Receipt,
)

RETENTION_CAP = "retention_cap"
WHOLE = 10_000  # a hundred percent, in hundredths of a percent


def line_over(scope: Scope) -> Select[Any]:
    mine = among(scope, BudgetEntry.line_id, BudgetLine.id, BudgetLine.project_id)
    entries = per(BudgetEntry, BudgetEntry.line_id, "budget", *mine)
    signed = scope(Contract.project_id)
    engaged = engaged_by(Contract.line_id, *signed, amended=_signed(scope, ContractAmendment.contract_id))
    budget, taken = func.coalesce(entries.c.budget, 0), func.coalesce(engaged.c.engaged, 0)
    return (
        breach(BudgetLine.project_id, col(BudgetLine.id), col(BudgetLine.code), taken, budget)
        .select_from(BudgetLine)
        .outerjoin(entries, entries.c["of"] == col(BudgetLine.id))
        .outerjoin(engaged, engaged.c["of"] == col(BudgetLine.id))
        .where(taken > budget, *scope(BudgetLine.project_id))
    )


def _contracts(scope: Scope, *parts: Subquery, amount: Any, limit: Any) -> Select[Any]:
    query = breach(Contract.project_id, col(Contract.id), col(Contract.reference), amount, limit)
    query = query.select_from(Contract)
    for part in parts:
        query = query.outerjoin(part, part.c["of"] == col(Contract.id))
    return query.where(*scope(Contract.project_id))


def _signed(scope: Scope, key: Any) -> tuple[ColumnElement[bool], ...]:
    return among(scope, key, Contract.id, Contract.project_id)


def _accounts(scope: Scope) -> Subquery:
    """Sum what matters of the accounts of each contract, in one pass."""
    kind, gross = col(Certificate.kind), col(Certificate.gross_centimes)
    works = kind.in_(CERTIFIES)
    sums = {
        "gross": case((works, gross), else_=0),
        "revision": case((works, col(Certificate.revision_centimes)), else_=0),
        "withheld": case((works, col(Certificate.retention_centimes)), else_=0),
        "given_back": case((kind == CertificateKind.RETENTION, gross), else_=0),
        "advanced": case((kind == CertificateKind.ADVANCE, gross), else_=0),
        "recovered": col(Certificate.recovered_centimes),
    }
    return (
        select(
            col(Certificate.contract_id).label("of"),
            *(total(what, name) for name, what in sums.items()),
        )
        .where(*_signed(scope, Certificate.contract_id))
        .group_by(col(Certificate.contract_id))
        .subquery()
    )


def _amended(scope: Scope) -> Subquery:
    key = ContractAmendment.contract_id
    return per(ContractAmendment, key, "more", *_signed(scope, key))


def certified_over(scope: Scope) -> Select[Any]:
    accounts, amended = _accounts(scope), _amended(scope)
    agreed = col(Contract.amount_centimes) + func.coalesce(amended.c.more, 0)
    amount, limit = accounts.c.gross + accounts.c.revision, agreed + accounts.c.revision
    query = _contracts(scope, accounts, amended, amount=amount, limit=limit)
    return query.where(accounts.c.gross > agreed)


def advance_over_recovered(scope: Scope) -> Select[Any]:
    accounts = _accounts(scope)
    amount, limit = accounts.c.recovered, accounts.c.advanced
    return _contracts(scope, accounts, amount=amount, limit=limit).where(amount > limit)


def retention_over_released(scope: Scope) -> Select[Any]:
    accounts = _accounts(scope)
    amount, limit = accounts.c.given_back, accounts.c.withheld
    return _contracts(scope, accounts, amount=amount, limit=limit).where(amount > limit)


def retention_over_cap(scope: Scope) -> Select[Any]:
    accounts, amended = _accounts(scope), _amended(scope)
    rate = (
        select(col(ContractTerm.value))
        .where(
            col(ContractTerm.contract_id) == col(Contract.id),
            col(ContractTerm.name) == RETENTION_CAP,
            col(ContractTerm.since) <= ON,
        )
        .order_by(col(ContractTerm.since).desc())
        .limit(1)
        .scalar_subquery()
    )
    agreed = col(Contract.amount_centimes) + func.coalesce(amended.c.more, 0)
    known = func.coalesce(rate, DEFAULTS[RETENTION_CAP][0][1])
    limit = (agreed * known + WHOLE - 1) // WHOLE  # a started centime is allowed
    held = accounts.c.withheld - accounts.c.given_back
    return _contracts(scope, accounts, amended, amount=held, limit=limit).where(held > limit)


def paid_over(scope: Scope) -> Select[Any]:
    way = (Contract, col(Contract.id) == col(Certificate.contract_id))
    mine = among(scope, Payment.certificate_id, Certificate.id, Contract.project_id, way)
    paid = per(Payment, Payment.certificate_id, "paid", *mine)
    net = col(Certificate.net_centimes)
    limit = case((net > 0, net), else_=0)
    who = col(Contract.reference) + literal(" ") + cast(col(Certificate.number), String)
    return (
        breach(Contract.project_id, col(Certificate.id), who, paid.c.paid, limit)
        .select_from(Certificate)
        .join(paid, paid.c["of"] == col(Certificate.id))
        .join(Contract, col(Contract.id) == col(Certificate.contract_id))
        .where(paid.c.paid > limit, *scope(Contract.project_id))
    )


def transfer_not_zero(scope: Scope) -> Select[Any]:
    project, name = col(BudgetLine.project_id), col(BudgetEntry.transfer)
    amount = total(BudgetEntry.amount_centimes, "amount")
    return (
        breach(project, name, literal(""), amount, literal(0))
        .select_from(BudgetEntry)
        .join(BudgetLine, col(BudgetLine.id) == col(BudgetEntry.line_id))
        .where(name.is_not(None), *scope(BudgetLine.project_id))
        .group_by(project, name)
        .having(func.sum(col(BudgetEntry.amount_centimes)) != 0)
    )


def over_financed(scope: Scope) -> Select[Any]:
    promised = per(Commitment, Commitment.project_id, "promised", *scope(Commitment.project_id))
    released = per(
        CommitmentRelease,
        Commitment.project_id,
        "released",
        *scope(Commitment.project_id),
        commitment=(Commitment, col(Commitment.id) == col(CommitmentRelease.commitment_id)),
    )
    revised = per(
        BudgetEntry,
        BudgetLine.project_id,
        "revised",
        col(BudgetEntry.change) == BudgetChange.REVISION,
        *scope(BudgetLine.project_id),
        line=(BudgetLine, col(BudgetLine.id) == col(BudgetEntry.line_id)),
    )
    share = func.coalesce(col(Project.foundation_share_centimes), 0)
    amount = promised.c.promised - func.coalesce(released.c.released, 0) + share
    limit = col(Project.budget_centimes) + func.coalesce(revised.c.revised, 0)
    query = breach(Project.id, col(Project.id), col(Project.key), amount, limit).select_from(Project)
    for part in (promised, released, revised):
        query = query.outerjoin(part, part.c["of"] == col(Project.id))
    return query.where(amount > limit, *scope(Project.id))


def plan_broken(scope: Scope) -> Select[Any]:
    first = per(
        BudgetEntry,
        BudgetLine.project_id,
        "first",
        col(BudgetEntry.change) == BudgetChange.INITIAL,
        *scope(BudgetLine.project_id),
        line=(BudgetLine, col(BudgetLine.id) == col(BudgetEntry.line_id)),
    )
    amount, limit = func.coalesce(first.c.first, 0), col(Project.budget_centimes)
    return (
        breach(Project.id, col(BudgetPlan.id), col(Project.key), amount, limit)
        .select_from(BudgetPlan)
        .join(Project, col(Project.id) == col(BudgetPlan.project_id))
        .outerjoin(first, first.c["of"] == col(Project.id))
        .where(amount != limit, *scope(Project.id))
    )


_DATED: tuple[tuple[Any, Any, Any, Any, tuple[tuple[Any, Any], ...]], ...] = (
    (
        BudgetEntry,
        BudgetEntry.decided_on,
        BudgetLine.code,
        BudgetLine.project_id,
        ((BudgetLine, col(BudgetLine.id) == col(BudgetEntry.line_id)),),
    ),
    (
        CommitmentRelease,
        CommitmentRelease.decided_on,
        CommitmentRelease.reference,
        Commitment.project_id,
        ((Commitment, col(Commitment.id) == col(CommitmentRelease.commitment_id)),),
    ),
    (Receipt, Receipt.received_on, Receipt.reference, Receipt.project_id, ()),
    (Contract, Contract.signed_on, Contract.reference, Contract.project_id, ()),
    (
        Certificate,
        Certificate.dated,
        Contract.reference,
        Contract.project_id,
        ((Contract, col(Contract.id) == col(Certificate.contract_id)),),
    ),
    (
        Payment,
        Payment.paid_on,
        Payment.reference,
        Contract.project_id,
        (
            (Certificate, col(Certificate.id) == col(Payment.certificate_id)),
            (Contract, col(Contract.id) == col(Certificate.contract_id)),
        ),
    ),
)
"""What has a day and the moment it was written: table, day, reference, project, and the way to it."""


def closed_period_written(scope: Scope) -> Any:
    queries = []
    for table, day, reference, project, way in _DATED:
        amount = table.gross_centimes if table is Certificate else table.amount_centimes
        closed = select(col(ClosedPeriod.id)).where(
            col(ClosedPeriod.until) > col(day), col(ClosedPeriod.closed_at) < col(table.written_at)
        )
        query = breach(project, col(table.id), col(reference), col(amount), literal(0)).select_from(table)
        for other, condition in way:
            query = query.join(other, condition)
        queries.append(query.where(exists(closed), *scope(project)))
    return union_all(*queries)
