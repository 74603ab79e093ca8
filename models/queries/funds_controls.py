"""What the controls ask of conventions, calls and receipts.

Each query names project_id, row, reference, amount and most: what breaks the control, and its limit.
Source: docs/rules.md, B20 to B26.
"""

from collections.abc import Callable
from operator import gt, lt
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    case,
    cast,
    func,
    literal,
    select,
)
from sqlmodel import col

from models.queries.budgets import total
from models.queries.control_parts import Scope, among, breach, per
from models.rules.tranches import CallState
from models.tables import (
    Allocation,
    Commitment,
    CommitmentRelease,
    FundingCall,
    Partner,
    Receipt,
    Tranche,
)
from models.tables.columns import table_of


def _of_commitment(scope: Scope, amounts: Subquery, name: str) -> tuple[Select[Any], Any, Any]:
    """Hold a sum against each commitment less what was released of it."""
    key = CommitmentRelease.commitment_id
    released = per(CommitmentRelease, key, "released", *_promised(scope, key))
    net = col(Commitment.amount_centimes) - func.coalesce(released.c.released, 0)
    who = col(Partner.key) + literal(" ") + col(Commitment.reference)
    query = (
        breach(Commitment.project_id, col(Commitment.id), who, amounts.c[name], net)
        .select_from(Commitment)
        .join(Partner, col(Partner.id) == col(Commitment.partner_id))
        .join(amounts, amounts.c["of"] == col(Commitment.id))
        .outerjoin(released, released.c["of"] == col(Commitment.id))
        .where(*scope(Commitment.project_id))
    )
    return query, amounts.c[name], net


def _promised(scope: Scope, key: Any) -> tuple[ColumnElement[bool], ...]:
    return among(scope, key, Commitment.id, Commitment.project_id)


def _planned(scope: Scope) -> Subquery:
    return per(Tranche, Tranche.commitment_id, "planned", *_promised(scope, Tranche.commitment_id))


def tranches_over(scope: Scope) -> Select[Any]:
    query, planned, net = _of_commitment(scope, _planned(scope), "planned")
    return query.where(planned > net)


def tranches_short(scope: Scope) -> Select[Any]:
    query, planned, net = _of_commitment(scope, _planned(scope), "planned")
    return query.where(planned < net)


_OF_TRANCHE = col(Tranche.id) == col(FundingCall.tranche_id)
_ISSUED = col(FundingCall.state) == CallState.ISSUED


def called_over(scope: Scope) -> Select[Any]:
    called = per(
        FundingCall,
        Tranche.commitment_id,
        "called",
        _ISSUED,
        *_promised(scope, Tranche.commitment_id),
        tranche=(Tranche, _OF_TRANCHE),
    )
    query, amount, net = _of_commitment(scope, called, "called")
    return query.where(amount > net)


def _calls(scope: Scope, amount: Any, limit: Any) -> Select[Any]:
    number = func.coalesce(col(FundingCall.number), "")
    return (
        breach(Commitment.project_id, col(FundingCall.id), number, amount, limit)
        .select_from(FundingCall)
        .join(Tranche, _OF_TRANCHE)
        .join(Commitment, col(Commitment.id) == col(Tranche.commitment_id))
        .where(*scope(Commitment.project_id))
    )


def call_over_tranche(scope: Scope) -> Select[Any]:
    # What was not issued calls nothing. Where calls are asked for by their state, SQLite goes by an index
    # of all of them, and looks each up.
    called, limit = case((_ISSUED, col(FundingCall.amount_centimes)), else_=0), col(Tranche.amount_centimes)
    return _calls(scope, called, limit).where(called > limit)


def received_over(scope: Scope) -> Select[Any]:
    way = ((Tranche, _OF_TRANCHE), (Commitment, col(Commitment.id) == col(Tranche.commitment_id)))
    mine = among(scope, Allocation.call_id, FundingCall.id, Commitment.project_id, *way)
    came = per(Allocation, Allocation.call_id, "came", *mine)
    limit = case((_ISSUED, col(FundingCall.amount_centimes)), else_=0)
    query = _calls(scope, came.c.came, limit).join(came, came.c["of"] == col(FundingCall.id))
    return query.where(came.c.came > limit)


# The cast gives the expression a column's kind: SQLite joins by no index without it.
_FAMILY = cast(func.coalesce(col(Receipt.corrects_id), col(Receipt.id)), table_of(Receipt).c.id.type)
"""A receipt and its corrections stand under the id of the first."""


def _receipts(scope: Scope, breaks: Callable[[Any, Any], Any]) -> Select[Any]:
    """Hold what each receipt has given to calls against what came in, corrections counted.

    Only those that break it are looked up: they are few of very many.
    """
    mine = among(scope, Allocation.receipt_id, Receipt.id, Receipt.project_id)
    given = per(Allocation, Allocation.receipt_id, "given", *mine)
    allotted, came = total(given.c.given, "allotted"), total(Receipt.amount_centimes, "came")
    family = (
        select(_FAMILY.label("of"), allotted, came)
        .select_from(Receipt)
        .outerjoin(given, given.c["of"] == col(Receipt.id))
        .where(*scope(Receipt.project_id))
        .group_by(_FAMILY)
        .having(breaks(allotted.element, came.element))
        .subquery()
    )
    who = col(Partner.key) + literal(" ") + col(Receipt.reference)
    return (
        breach(Receipt.project_id, col(Receipt.id), who, family.c.allotted, family.c.came)
        .select_from(family)
        .join(Receipt, col(Receipt.id) == family.c["of"])
        .join(Partner, col(Partner.id) == col(Receipt.partner_id))
    )


def allocated_over(scope: Scope) -> Select[Any]:
    return _receipts(scope, gt)


def advance_held(scope: Scope) -> Select[Any]:
    return _receipts(scope, lt)
