"""The forecast of money for one project, and for the foundation as a whole: a few statements for either."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    type_coerce,
    union_all,
)
from sqlmodel import Session, col

from models.queries import funding_statements
from models.queries.projects import find_project
from models.rules.cashflow import Awaited, Delay, ForecastMonth, delay_of, forecast
from models.rules.payment_curve import Planned
from models.rules.stages import Status
from models.rules.tranches import CallState
from models.tables import (
    Allocation,
    Certificate,
    Commitment,
    CommitmentRelease,
    Contract,
    FundingCall,
    Partner,
    Payment,
    PlannedPayment,
    Project,
    Receipt,
    Tranche,
)


@dataclass(frozen=True, slots=True)
class CashForecast:
    """What comes in and goes out in one currency, month by month. Unit: centimes.

    `delays`: the past delay of each partner (key) that has paid a call; `otherwise`: that of all together.
    """

    currency: str
    at_hand: int
    months: tuple[ForecastMonth, ...]
    delays: dict[str, Delay]
    otherwise: Delay


def project_cashflow(session: Session, project: str, *, on: date) -> CashForecast:
    """Return the forecast of a project (key), as it stood at the end of a day.

    Raises: UnknownKey.
    Source: docs/rules.md, Q7 and Q8.
    """
    found = find_project(session, project)
    made = _forecasts(session, {"on": on, "key": found.key}, _OF_ONE)
    return made.get(found.currency) or CashForecast(found.currency, 0, (), {}, Delay())


def foundation_cashflow(session: Session, *, on: date) -> tuple[CashForecast, ...]:
    """Return the forecast of all projects that are not cancelled, one for each currency.

    Source: docs/rules.md, Q7 and Q8.
    """
    return tuple(_forecasts(session, {"on": on}, _OF_ALL).values())


def _forecasts(
    session: Session, asked: dict[str, Any], statements: tuple[Select[Any], ...]
) -> dict[str, CashForecast]:
    session.flush()
    connection = session.connection()
    delays, otherwise = _delays(connection.execute(funding_statements.PAID, {"on": asked["on"]}))
    in_hand, going, coming = (connection.execute(statement, asked).all() for statement in statements)
    outgoing: dict[str, list[Planned]] = defaultdict(list)
    for currency, month, amount in going:
        outgoing[currency].append(Planned(month, amount))
    awaited: dict[str, list[Awaited]] = defaultdict(list)
    for currency, partner, day, amount in coming:
        awaited[currency].append(Awaited(partner, day, amount))
    return {
        currency: CashForecast(
            currency,
            cash,
            forecast(cash, outgoing[currency], awaited[currency], delays, otherwise, asked["on"]),
            delays,
            otherwise,
        )
        for currency, cash in in_hand
    }


def _delays(paid: Iterable[Any]) -> tuple[dict[str, Delay], Delay]:
    """Return how late each partner has paid, and all together (V22)."""
    days: dict[str, list[int]] = defaultdict(list)
    for partner, due_on, issued_on, last in paid:
        days[partner].append((max(last, issued_on) - due_on).days)
    everybody = [late for of_one in days.values() for late in of_one]
    return {partner: delay_of(late) for partner, late in days.items()}, delay_of(everybody)


_ON: Any = bindparam("on", type_=Date)
_KEPT: ColumnElement[bool] = col(Project.status) != Status.CANCELLED


def _total(amount: Any) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(amount), 0), BigInteger)


def _within(least: Any, value: Any, most: Any) -> ColumnElement[int]:
    """Keep a value between two others, on both databases."""
    return case((value < least, least), (value > most, most), else_=value)


def _asked(narrowed: bool) -> tuple[ColumnElement[bool], ...]:
    return (col(Project.key) == bindparam("key"),) if narrowed else (_KEPT,)


def _at_hand(narrowed: bool) -> Select[Any]:
    """Shares and receipts less payments, by currency."""
    moved = cash_moves()
    found: Any = select(col(Project.currency), _total(moved.c.amount))
    found = found.join(moved, moved.c.id == col(Project.id)).where(*_asked(narrowed))
    grouped: Select[Any] = found.group_by(col(Project.currency))
    return grouped


def cash_moves() -> Subquery:
    """Shares, receipts and payments (below nothing) of every project; a statement of it takes `on`."""
    shares: Any = select(col(Project.id), col(Project.foundation_share_centimes).label("amount"))
    came = select(col(Receipt.project_id), col(Receipt.amount_centimes)).where(
        col(Receipt.received_on) <= _ON
    )
    went = (
        select(col(Contract.project_id), -col(Payment.amount_centimes))
        .join(Certificate, col(Certificate.id) == col(Payment.certificate_id))
        .join(Contract, col(Contract.id) == col(Certificate.contract_id))
        .where(col(Payment.paid_on) <= _ON)
    )
    return union_all(shares, came, went).subquery()


def _outgoing(narrowed: bool) -> Select[Any]:
    """What the latest curves still ask for, by currency and month."""
    curve = unpaid_months(*_asked(narrowed))
    return (
        select(curve.c.currency, curve.c.month, _total(curve.c.amount))
        .where(curve.c.amount > 0)
        .group_by(curve.c.currency, curve.c.month)
    )


def unpaid_months(*asked: ColumnElement[bool]) -> Subquery:
    """What the latest curve of each contract still asks for, by month: paid months are of nothing (Q1).

    `asked` narrows the projects; a statement of it takes `on`.
    """
    latest = (
        select(col(PlannedPayment.contract_id), func.max(col(PlannedPayment.version)).label("version"))
        .group_by(col(PlannedPayment.contract_id))
        .subquery()
    )
    paid = (
        select(col(Certificate.contract_id), _total(col(Payment.amount_centimes)).label("amount"))
        .join(Certificate, col(Certificate.id) == col(Payment.certificate_id))
        .where(col(Payment.paid_on) <= _ON)
        .group_by(col(Certificate.contract_id))
        .subquery()
    )
    amount = col(PlannedPayment.amount_centimes)
    up_to = func.sum(amount).over(
        partition_by=col(PlannedPayment.contract_id), order_by=col(PlannedPayment.month)
    )
    left = _within(literal(0), cast(up_to, BigInteger) - func.coalesce(paid.c.amount, 0), amount)
    return (
        select(
            col(Project.id).label("project"),
            col(Project.currency).label("currency"),
            col(PlannedPayment.month).label("month"),
            left.label("amount"),
        )
        .join(Contract, col(Contract.id) == col(PlannedPayment.contract_id))
        .join(Project, col(Project.id) == col(Contract.project_id))
        .join(
            latest,
            and_(
                latest.c.contract_id == col(PlannedPayment.contract_id),
                latest.c.version == col(PlannedPayment.version),
            ),
        )
        .outerjoin(paid, paid.c.contract_id == col(PlannedPayment.contract_id))
        .where(col(Contract.signed_on) <= _ON, *asked)
        .subquery()
    )


def _released() -> Subquery:
    """What of each promise will not come."""
    return (
        select(
            col(CommitmentRelease.commitment_id),
            _total(col(CommitmentRelease.amount_centimes)).label("amount"),
        )
        .where(col(CommitmentRelease.decided_on) <= _ON)
        .group_by(col(CommitmentRelease.commitment_id))
        .subquery()
    )


def _came(*where: ColumnElement[bool]) -> CTE:
    """What of each tranche has come."""
    return (
        select(col(FundingCall.tranche_id), _total(col(Allocation.amount_centimes)).label("amount"))
        .join(FundingCall, col(FundingCall.id) == col(Allocation.call_id))
        .where(col(Allocation.allocated_on) <= _ON, *where)
        .group_by(col(FundingCall.tranche_id))
        .cte("came")
    )


def _coming(narrowed: bool) -> Select[Any]:
    """What tranches of signed promises in money still bring, by currency, partner and day."""
    parts = awaited_parts(*_asked(narrowed), few=narrowed)
    return (
        select(parts.c.currency, parts.c.partner, parts.c.day, _total(parts.c.amount))
        .where(parts.c.amount > 0)
        .group_by(parts.c.currency, parts.c.partner, parts.c.day)
    )


def awaited_parts(*asked: ColumnElement[bool], few: bool) -> Subquery:
    """What each tranche of a signed promise in money still brings, and on which day (Q5).

    One that was paid in full is left out. `asked` narrows the projects; of no other anything is read when
    they are `few`. A statement of it takes `on`.
    """
    projects = select(col(Project.id)).where(*asked)
    promised = select(col(Commitment.id)).where(col(Commitment.project_id).in_(projects))
    tranches = select(col(Tranche.id)).where(col(Tranche.commitment_id).in_(promised))
    came = _came(col(FundingCall.tranche_id).in_(tranches)) if few else _came()
    promises = _promises(came, *asked).cte("promises")
    receipts: Any = select(
        col(Receipt.project_id).label("project"),
        col(Receipt.partner_id).label("payer"),
        col(Receipt.amount_centimes).label("amount"),
    ).where(col(Receipt.received_on) <= _ON)
    if few:
        receipts = receipts.where(col(Receipt.project_id).in_(projects))
    return _less_advances(_up_to_promise(_lacking(promises, came)), promises, receipts)


def _promises(came: CTE, *asked: ColumnElement[bool]) -> Select[Any]:
    """What each signed promise in money comes to, and what of it has come."""
    released = _released()
    given = (
        select(col(Tranche.commitment_id), _total(came.c.amount).label("amount"))
        .join(came, came.c.tranche_id == col(Tranche.id))
        .group_by(col(Tranche.commitment_id))
        .subquery()
    )
    columns: list[Any] = [
        col(Commitment.id),
        col(Commitment.project_id).label("project"),
        col(Commitment.partner_id).label("payer"),
        col(Project.currency),
        (col(Commitment.amount_centimes) - func.coalesce(released.c.amount, 0)).label("promised"),
        func.coalesce(given.c.amount, 0).label("given"),
    ]
    return (
        select(*columns)
        .join(Project, col(Project.id) == col(Commitment.project_id))
        .outerjoin(released, released.c.commitment_id == col(Commitment.id))
        .outerjoin(given, given.c.commitment_id == col(Commitment.id))
        .where(col(Commitment.in_kind).is_(False), col(Commitment.signed_on) <= _ON, *asked)
    )


def _lacking(promises: CTE, came: CTE) -> Subquery:
    """The tranches that were not paid in full: the others are many, and need not be put in order."""
    call = and_(
        col(FundingCall.tranche_id) == col(Tranche.id),
        col(FundingCall.state) == CallState.ISSUED,
        col(FundingCall.issued_on) <= _ON,
    )
    due_on = func.coalesce(col(FundingCall.due_on), col(Tranche.expected_on))
    day = case((due_on > col(Tranche.expected_on), due_on), else_=col(Tranche.expected_on))
    amount = col(Tranche.amount_centimes)
    missing = _within(literal(0), amount - func.coalesce(came.c.amount, 0), amount)
    return (
        select(
            promises,
            col(Tranche.number),
            type_coerce(day, Date).label("day"),
            missing.label("missing"),
        )
        .join(Tranche, col(Tranche.commitment_id) == promises.c.id)
        .outerjoin(FundingCall, call)
        .outerjoin(came, came.c.tranche_id == col(Tranche.id))
        .where(missing > 0)
        .subquery()
    )


def _up_to_promise(tranches: Subquery) -> Subquery:
    """Let no tranche bring more than what is left of its promise."""
    before = func.sum(tranches.c.missing).over(
        partition_by=tranches.c.id, order_by=(tranches.c.day, tranches.c.number)
    )
    room = tranches.c.promised - tranches.c.given - cast(before, BigInteger) + tranches.c.missing
    return select(tranches, _within(literal(0), room, tranches.c.missing).label("amount")).subquery()


def _less_advances(tranches: Subquery, promises: CTE, receipts: Select[Any]) -> Subquery:
    """Let an advance go to the partner's next tranches of the project."""
    given = select(promises.c.project, promises.c.payer, -promises.c.given)
    moved = union_all(receipts, given).subquery()
    advance = (
        select(moved.c.project, moved.c.payer, _total(moved.c.amount).label("amount"))
        .group_by(moved.c.project, moved.c.payer)
        .having(func.sum(moved.c.amount) > 0)
        .subquery()
    )
    up_to = func.sum(tranches.c.amount).over(
        partition_by=(tranches.c.project, tranches.c.payer),
        order_by=(tranches.c.day, tranches.c.number, tranches.c.id),
    )
    left = cast(up_to, BigInteger) - func.coalesce(advance.c.amount, 0)
    return (
        select(
            tranches.c.project,
            tranches.c.currency,
            col(Partner.key).label("partner"),
            tranches.c.day,
            _within(literal(0), left, tranches.c.amount).label("amount"),
        )
        .join(Partner, col(Partner.id) == tranches.c.payer)
        .outerjoin(
            advance, and_(advance.c.project == tranches.c.project, advance.c.payer == tranches.c.payer)
        )
        .subquery()
    )


_OF_ONE = (_at_hand(True), _outgoing(True), _coming(True))
_OF_ALL = (_at_hand(False), _outgoing(False), _coming(False))
