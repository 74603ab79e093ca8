"""The statements under `models.queries.funding`, written once: each answers for a whole portfolio."""

from collections.abc import Collection
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlmodel import col

from models.rules.ageing import LAST_DAYS
from models.rules.tranches import CallState
from models.tables import (
    Allocation,
    Commitment,
    CommitmentRelease,
    FundingCall,
    Partner,
    Project,
    Receipt,
    Tranche,
)

_NAMES = ("promised", "released", "planned", "called", "received", "paid")
_ON = bindparam("on", type_=Date)
_WHOSE: list[Any] = [col(Project.key), col(Partner.key), col(Project.currency)]


def _called_on(day: Any) -> ColumnElement[bool]:
    """What counts as called on a day: it had gone out by then, and was withdrawn later or never."""
    withdrawn = col(FundingCall.withdrawn_on)
    return and_(col(FundingCall.issued_on) <= day, or_(withdrawn.is_(None), withdrawn > day))


def _total(amount: Any) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(amount), 0), BigInteger)


def _part(name: str, project: Any, partner: Any, amount: Any) -> Select[Any]:
    """One of the sums of a partner and project, with nothing in the place of the others."""
    sums = [(_total(amount) if other == name else literal_column("0")).label(other) for other in _NAMES]
    return select(project.label("project"), partner.label("partner"), *sums).group_by(project, partner)


def _parts(limited: bool) -> list[Select[Any]]:
    promise = (col(Commitment.project_id), col(Commitment.partner_id))
    money = (col(Receipt.project_id), col(Receipt.partner_id))
    signed_on = col(Commitment.signed_on)
    of_promise = col(Commitment.id) == col(Tranche.commitment_id)
    parts = [
        _part("promised", *promise, col(Commitment.amount_centimes)).where(
            or_(signed_on.is_(None), signed_on <= _ON)
        ),
        _part("released", *promise, col(CommitmentRelease.amount_centimes))
        .join_from(CommitmentRelease, Commitment)
        .where(col(CommitmentRelease.decided_on) <= _ON),
        _part("planned", *promise, col(Tranche.amount_centimes)).join_from(Tranche, Commitment, of_promise),
        _part("called", *promise, col(FundingCall.amount_centimes))
        .join_from(FundingCall, Tranche)
        .join(Commitment, of_promise)
        .where(_called_on(_ON)),
        _part("received", *money, col(Receipt.amount_centimes)).where(col(Receipt.received_on) <= _ON),
        _part("paid", *money, col(Allocation.amount_centimes))
        .join_from(Allocation, Receipt)
        .where(col(Allocation.allocated_on) <= _ON),
    ]
    if not limited:
        return parts
    wanted = select(col(Project.id)).where(col(Project.key).in_(bindparam("projects", expanding=True)))
    owners = [promise[0]] * 4 + [money[0]] * 2
    return [part.where(owner.in_(wanted)) for part, owner in zip(parts, owners, strict=True)]


def _positions(limited: bool) -> Select[Any]:
    parts = union_all(*_parts(limited)).subquery()
    sums = [_total(parts.c[name]) for name in _NAMES]
    whole = select(
        parts.c.project, parts.c.partner, *(one.label(n) for one, n in zip(sums, _NAMES, strict=True))
    )
    summed = whole.group_by(parts.c.project, parts.c.partner).subquery()
    return (
        select(*_WHOSE, *(summed.c[name] for name in _NAMES))
        .select_from(summed)
        .join(Project, col(Project.id) == summed.c.project)
        .join(Partner, col(Partner.id) == summed.c.partner)
        .order_by(col(Project.key), col(Partner.key))
    )


POSITIONS, POSITIONS_OF = _positions(limited=False), _positions(limited=True)
"""Both take `on`; the second the keys of `projects` too."""


def ageing(on: date, projects: Collection[str] | None) -> Select[Any]:
    """What is owed on a day, by project and partner, with a column for each age."""
    paid = _paid_by(on)
    lacks = col(FundingCall.amount_centimes) - func.coalesce(paid.c.paid, 0)
    due_on = col(FundingCall.due_on)
    edges = [on - timedelta(days=last) for last in LAST_DAYS.values()]
    classes = [due_on >= edges[0]]
    classes += [and_(due_on < newer, due_on >= older) for newer, older in pairwise(edges)]
    classes += [due_on < edges[-1]]
    owed = [_total(case((wanted, lacks), else_=0)) for wanted in classes]
    query = (
        select(*_WHOSE, *owed)
        .select_from(FundingCall)
        .join(Tranche, col(Tranche.id) == col(FundingCall.tranche_id))
        .join(Commitment, col(Commitment.id) == col(Tranche.commitment_id))
        .join(Project, col(Project.id) == col(Commitment.project_id))
        .join(Partner, col(Partner.id) == col(Commitment.partner_id))
        .outerjoin(paid, paid.c.call == col(FundingCall.id))
        .where(_called_on(on), lacks > 0)
        .group_by(*_WHOSE)
        .order_by(col(Project.key), col(Partner.key))
    )
    return query if projects is None else query.where(col(Project.key).in_(list(projects)))


def overdue(day: date, due_by: date) -> Select[Any]:
    """The calls due by a day that are not paid in full on another, and whose reminders do not rest."""
    paid = _paid_by(day)
    lacks = col(FundingCall.amount_centimes) - func.coalesce(paid.c.paid, 0)
    resting = col(FundingCall.snoozed_until)
    columns: list[Any] = [
        col(FundingCall.id),
        col(FundingCall.number),
        col(FundingCall.due_on),
        col(FundingCall.amount_centimes).label("amount"),
        lacks.label("lacks"),
        col(Commitment.currency),
        col(Commitment.project_id).label("project"),
        col(Partner.name_ar),
        col(Partner.name_fr),
        col(Partner.name_en),
    ]
    return (
        select(*columns)
        .select_from(FundingCall)
        .join(Tranche, col(Tranche.id) == col(FundingCall.tranche_id))
        .join(Commitment, col(Commitment.id) == col(Tranche.commitment_id))
        .join(Partner, col(Partner.id) == col(Commitment.partner_id))
        .outerjoin(paid, paid.c.call == col(FundingCall.id))
        .where(
            _called_on(day),
            col(FundingCall.due_on) <= due_by,
            lacks > 0,
            or_(resting.is_(None), resting <= day),
        )
        .order_by(col(FundingCall.due_on), col(FundingCall.number))
    )


def _paid_by(on: Any) -> Any:
    """What was allocated to each call by a day."""
    return (
        select(col(Allocation.call_id).label("call"), _total(col(Allocation.amount_centimes)).label("paid"))
        .where(col(Allocation.allocated_on) <= on)
        .group_by(col(Allocation.call_id))
        .subquery()
    )


def _paid_in_full() -> Select[Any]:
    """The calls that were paid in full by a day, each with the day of the last receipt that pays it."""
    amount = func.sum(col(Allocation.amount_centimes))
    of_each = (
        select(
            col(Allocation.call_id).label("call"),
            col(Allocation.receipt_id).label("receipt"),
            amount.label("amount"),
        )
        .where(col(Allocation.allocated_on) <= _ON)
        .group_by(col(Allocation.call_id), col(Allocation.receipt_id))
        .having(amount > 0)
        .subquery()
    )
    columns: list[Any] = [
        col(Partner.key),
        col(FundingCall.due_on),
        col(FundingCall.issued_on),
        func.max(col(Receipt.received_on)),
    ]
    return (
        select(*columns)
        .select_from(of_each)
        .join(Receipt, col(Receipt.id) == of_each.c.receipt)
        .join(Partner, col(Partner.id) == col(Receipt.partner_id))
        .join(FundingCall, col(FundingCall.id) == of_each.c.call)
        .where(_called_on(_ON))
        .group_by(
            col(Partner.key),
            col(FundingCall.id),
            col(FundingCall.due_on),
            col(FundingCall.issued_on),
            col(FundingCall.amount_centimes),
        )
        .having(func.sum(of_each.c.amount) == col(FundingCall.amount_centimes))
    )


PAID = _paid_in_full()

_TAKEN_BACK = case((col(Allocation.amount_centimes) < 0, col(Allocation.allocated_on)))
OPEN_CALLS = (
    select(
        col(FundingCall.id),
        col(FundingCall.number),
        col(FundingCall.issued_on),
        col(FundingCall.due_on),
        col(FundingCall.amount_centimes),
        _total(col(Allocation.amount_centimes)),
        func.max(_TAKEN_BACK, type_=Date),
    )
    .join(Tranche, col(Tranche.id) == col(FundingCall.tranche_id))
    .join(Commitment, col(Commitment.id) == col(Tranche.commitment_id))
    .outerjoin(Allocation, col(Allocation.call_id) == col(FundingCall.id))
    .where(
        col(FundingCall.state) == CallState.ISSUED,
        col(Commitment.project_id) == bindparam("project"),
        col(Commitment.partner_id) == bindparam("partner"),
    )
    .group_by(col(FundingCall.id))
    .order_by(col(FundingCall.due_on), col(FundingCall.issued_on), col(FundingCall.number))
)


def _free_receipts() -> Select[Any]:
    first = func.coalesce(col(Receipt.corrects_id), col(Receipt.id)).label("receipt")
    mine = and_(
        col(Receipt.project_id) == bindparam("project"), col(Receipt.partner_id) == bindparam("partner")
    )
    columns: list[Any] = [
        first,
        col(Receipt.amount_centimes).label("amount"),
        col(Receipt.received_on).label("day"),
        col(Receipt.reference),
    ]
    given: list[Any] = [first, (-col(Allocation.amount_centimes)).label("amount"), null(), null()]
    came = select(*columns).where(mine)
    gone = select(*given).join_from(Allocation, Receipt).where(mine)
    both = union_all(came, gone).subquery()
    return (
        select(both.c.receipt, _total(both.c.amount).label("free"))
        .group_by(both.c.receipt)
        .order_by(func.min(both.c.day), func.min(both.c.reference))
    )


FREE_RECEIPTS = _free_receipts()


def _calls() -> Select[Any]:
    paid = _total(col(Allocation.amount_centimes)).label("paid")
    columns: list[Any] = [
        col(FundingCall.id),
        col(Project.key).label("project"),
        col(Partner.key).label("partner"),
        col(Commitment.reference),
        col(Tranche.number).label("tranche"),
        col(FundingCall.state),
        col(FundingCall.number),
        col(FundingCall.amount_centimes).label("amount"),
        col(Commitment.currency),
        col(FundingCall.issued_on),
        col(FundingCall.due_on),
        col(FundingCall.flag),
        col(FundingCall.snoozed_until),
    ]
    return (
        select(*columns, paid)
        .select_from(FundingCall)
        .join(Tranche, col(Tranche.id) == col(FundingCall.tranche_id))
        .join(Commitment, col(Commitment.id) == col(Tranche.commitment_id))
        .join(Project, col(Project.id) == col(Commitment.project_id))
        .join(Partner, col(Partner.id) == col(Commitment.partner_id))
        .outerjoin(Allocation, col(Allocation.call_id) == col(FundingCall.id))
        .group_by(*columns)
        .order_by(
            col(Project.key),
            col(Partner.key),
            col(Commitment.reference),
            col(Tranche.number),
            col(FundingCall.issued_on),
        )
    )


CALLS = _calls()


def _owed_before() -> Select[Any]:
    """What the calls of a commitment that went out before another one still owed when it did."""
    paid = _paid_by(bindparam("before"))
    issued = col(FundingCall.issued_on)
    return (
        select(_total(col(FundingCall.amount_centimes) - func.coalesce(paid.c.paid, 0)))
        .select_from(FundingCall)
        .join(Tranche, col(Tranche.id) == col(FundingCall.tranche_id))
        .outerjoin(paid, paid.c.call == col(FundingCall.id))
        .where(
            col(Tranche.commitment_id) == bindparam("commitment"),
            _called_on(bindparam("before")),
            or_(
                issued < bindparam("before"),
                and_(issued == bindparam("before"), col(FundingCall.number) < bindparam("number")),
            ),
        )
    )


OWED_BEFORE = _owed_before()
