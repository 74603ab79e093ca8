"""What the morning's alerts ask of the books: each statement answers for all projects that go on.

They return what may be amiss, in the order of ids; models.rules.money_alerts decides. All take `on`.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    Subquery,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlmodel import col

from models.queries.budgets import CERTIFIES, ON, engaged_by, total
from models.queries.cashflow import awaited_parts, cash_moves, unpaid_months
from models.queries.control_parts import per
from models.queries.position import signed_by_then
from models.queries.works_controls import line_over
from models.rules.budgets import BudgetChange
from models.rules.contracts import AcceptanceKind, CertificateKind, ContractKind, OrderKind, SecurityKind
from models.rules.money_alerts import PROGRESS_MARGIN
from models.rules.stages import Stage, Status
from models.rules.terms import WHOLE
from models.rules.tranches import PROGRESS
from models.tables import (
    Acceptance,
    BudgetEntry,
    BudgetLine,
    Certificate,
    Commitment,
    CommitmentRelease,
    Contract,
    ContractAmendment,
    ContractTerm,
    Evidence,
    Milestone,
    Project,
    Security,
    ServiceOrder,
)

REQUESTED = "acceptance_requested"
"""The milestone that stands for asking for definitive acceptance."""

_DAY: Any = bindparam("on", type_=Date)
_BUILDING = tuple(stage for stage in Stage if not stage.reaches(Stage.LAUNCH))


def going_on() -> tuple[ColumnElement[bool], ...]:
    """The projects whose money is watched (docs/rules.md, B49)."""
    return (col(Project.status) == Status.ACTIVE, col(Project.stage) != Stage.CLOSED)


def _gaps() -> Select[Any]:
    """Projects whose budget nobody pays for whole; not those of whose funding the books know nothing."""
    promised = per(Commitment, Commitment.project_id, "promised", signed_by_then())
    released = per(
        CommitmentRelease,
        Commitment.project_id,
        "released",
        col(CommitmentRelease.decided_on) <= ON,
        signed_by_then(),
        commitment=(Commitment, col(Commitment.id) == col(CommitmentRelease.commitment_id)),
    )
    revised = per(
        BudgetEntry,
        BudgetLine.project_id,
        "revised",
        col(BudgetEntry.change) == BudgetChange.REVISION,
        col(BudgetEntry.decided_on) <= ON,
        line=(BudgetLine, col(BudgetLine.id) == col(BudgetEntry.line_id)),
    )
    share, stated = col(Project.foundation_share_centimes), col(Project.gap_centimes)
    budget = col(Project.budget_centimes) + func.coalesce(revised.c.revised, 0)
    committed = func.coalesce(promised.c.promised, 0) - func.coalesce(released.c.released, 0)
    known = or_(promised.c["of"].is_not(None), share.is_not(None), stated.is_not(None))
    query: Any = select(
        col(Project.id),
        col(Project.currency),
        budget.label("budget"),
        committed.label("committed"),
        func.coalesce(share, 0).label("share"),
        stated.label("stated"),
    )
    for part in (promised, released, revised):
        query = query.outerjoin(part, part.c["of"] == col(Project.id))
    query = query.where(*going_on(), known, budget - committed - func.coalesce(share, 0) > 0)
    found: Select[Any] = query.order_by(col(Project.id))
    return found


def _uncovered() -> Select[Any]:
    """Projects in which, month by month, what falls due passes what is there and comes in time (Q2).

    Of one day the money that is there counts first, then what is to be paid, then what comes. What comes
    is asked of those projects alone in which more is to be paid than is there: no other has a hole.
    """
    unpaid, moved = unpaid_months(*going_on()), cash_moves()
    months = select(unpaid.c.project, unpaid.c.month, unpaid.c.amount).where(unpaid.c.amount > 0).cte("due")
    cash = select(moved.c.id, total(moved.c.amount, "there")).group_by(moved.c.id).cte("cash")
    pressed = (
        select(months.c.project, func.coalesce(cash.c.there, 0).label("there"))
        .outerjoin(cash, cash.c.id == months.c.project)
        .group_by(months.c.project, cash.c.there)
        .having(func.sum(months.c.amount) > func.coalesce(cash.c.there, 0))
        .cte("pressed")
    )
    asked = select(pressed.c.project)
    parts = awaited_parts(col(Project.id).in_(asked), few=True)
    payment_day = case((months.c.month > _DAY, months.c.month), else_=_DAY)
    events = union_all(
        select(
            pressed.c.project, cast(_DAY, Date).label("day"), literal(-1).label("turn"), -pressed.c.there
        ),
        select(months.c.project, payment_day, literal(0), months.c.amount).where(
            months.c.project.in_(asked)
        ),
        select(parts.c.project, parts.c.day, literal(1), -parts.c.amount).where(
            parts.c.amount > 0, parts.c.day >= _DAY
        ),
    ).subquery()
    project, day, turn, amount = events.c
    owed = func.sum(amount).over(partition_by=project, order_by=(day, turn))
    running = select(project, turn, cast(owed, BigInteger).label("missing")).subquery()
    short = select(running.c.project).where(running.c.turn == 0, running.c.missing > 0)
    return select(Project).where(col(Project.id).in_(short)).order_by(col(Project.id))


def _ahead() -> Select[Any]:
    """Projects before launch whose works are certified beyond what is measured, by the margin (B44)."""
    works = col(Contract.kind) == ContractKind.WORKS
    engaged = engaged_by(Contract.project_id, works)
    certified = (
        select(col(Contract.project_id).label("of"), total(Certificate.gross_centimes, "certified"))
        .select_from(Certificate)
        .join(Contract, col(Contract.id) == col(Certificate.contract_id))
        .where(works, col(Certificate.kind).in_(CERTIFIES), col(Certificate.dated) <= ON)
        .group_by(col(Contract.project_id))
        .subquery()
    )
    progress = func.coalesce(col(Evidence.value), 0)
    described: list[Any] = [col(Project.id), col(Project.currency), engaged.c.engaged]
    return (
        select(*described, certified.c.certified, col(Evidence.value).label("progress"))
        .select_from(Project)
        .join(engaged, engaged.c["of"] == col(Project.id))
        .join(certified, certified.c["of"] == col(Project.id))
        .outerjoin(
            Evidence,
            (col(Evidence.project_id) == col(Project.id))
            & (col(Evidence.code) == PROGRESS)
            & col(Evidence.superseded_at).is_(None)
            & (col(Evidence.dated) <= ON),
        )
        .where(*going_on(), col(Project.stage).in_(_BUILDING))
        .where(certified.c.certified * WHOLE >= (progress + PROGRESS_MARGIN) * engaged.c.engaged)
        .order_by(col(Project.id))
    )


def _lines() -> Select[Any]:
    """Budget lines whose contracts and amendments come to more than the line (B27)."""
    breach = line_over(lambda _project: ()).subquery()
    found: list[Any] = [breach.c.project_id, breach.c.row, breach.c.reference, breach.c.amount]
    return (
        select(*found, breach.c.most, col(Project.currency))
        .join(Project, col(Project.id) == breach.c.project_id)
        .where(*going_on())
        .order_by(breach.c.row)
    )


def _on_lines() -> Select[Any]:
    """What the contracts of budget lines (ids in `lines`) engage, the largest first."""
    engaged = engaged_by(Contract.id)
    named: list[Any] = [col(Contract.line_id), col(Contract.reference), col(Contract.contractor)]
    return (
        select(*named, engaged.c.engaged)
        .join(engaged, engaged.c["of"] == col(Contract.id))
        .where(col(Contract.line_id).in_(bindparam("lines", expanding=True)))
        .order_by(col(Contract.line_id), engaged.c.engaged.desc(), col(Contract.reference))
    )


def _of_contracts(child: Any, *columns: Any, where: tuple[Any, ...]) -> Subquery:
    query: Any = select(col(child.contract_id).label("of"), *columns).where(*where)
    found: Subquery = query.group_by(col(child.contract_id)).subquery()
    return found


def _secured(kind: SecurityKind) -> ColumnElement[int]:
    return total(case((col(Security.kind) == kind, col(Security.amount_centimes)), else_=0), kind.value)


def _accepted(kind: AcceptanceKind) -> ColumnElement[Any]:
    return func.max(case((col(Acceptance.kind) == kind, col(Acceptance.dated)))).label(kind.value)


def _contract_parts() -> tuple[Subquery, ...]:
    released = col(Security.released_on)
    given_back = case(
        (col(Certificate.kind) == CertificateKind.RETENTION, col(Certificate.gross_centimes)), else_=0
    )
    last = case((col(Certificate.kind) == CertificateKind.FINAL, 1), else_=0)
    name, value = col(ContractTerm.name), col(ContractTerm.value)
    return (
        _of_contracts(
            ServiceOrder,
            func.min(col(ServiceOrder.dated)).label("started"),
            where=(col(ServiceOrder.kind) == OrderKind.START, col(ServiceOrder.dated) <= ON),
        ),
        _of_contracts(
            ContractAmendment,
            func.sum(col(ContractAmendment.days)).label("added"),
            where=(col(ContractAmendment.signed_on) <= ON,),
        ),
        _of_contracts(
            Acceptance, *(_accepted(kind) for kind in AcceptanceKind), where=(col(Acceptance.dated) <= ON,)
        ),
        _of_contracts(
            Certificate,
            total(col(Certificate.retention_centimes) - given_back, "held"),
            func.sum(last).label("final"),
            where=(col(Certificate.dated) <= ON,),
        ),
        _of_contracts(
            Security,
            _secured(SecurityKind.PERFORMANCE),
            _secured(SecurityKind.RETENTION),
            where=(col(Security.lodged_on) <= ON, released.is_(None) | (released > ON)),
        ),
        _of_contracts(
            ContractTerm,
            func.max(case((name == "performance_bond", value))).label("bond"),
            func.min(case((name == "guarantee_months", value))).label("months"),
            where=(name.in_(("performance_bond", "guarantee_months")),),
        ),
    )


def _contracts() -> Select[Any]:
    """One row of each contract: enough to tell which may be amiss."""
    orders, amended, accepted, accounts, bonds, terms = parts = _contract_parts()
    described: list[Any] = [col(Contract.id), col(Contract.project_id), col(Contract.amount_centimes)]
    query: Any = select(
        *described,
        col(Contract.notified_on),
        (col(Contract.period_days) + func.coalesce(amended.c.added, 0)).label("days"),
        orders.c.started,
        *(accepted.c[kind.value] for kind in AcceptanceKind),
        func.coalesce(accounts.c.held, 0).label("held"),
        func.coalesce(accounts.c.final, 0).label("final"),
        *(
            func.coalesce(bonds.c[kind], 0).label(kind)
            for kind in (SecurityKind.PERFORMANCE.value, SecurityKind.RETENTION.value)
        ),
        terms.c.bond,
        terms.c.months,
    ).join(Project, col(Project.id) == col(Contract.project_id))
    for part in parts:
        query = query.outerjoin(part, part.c["of"] == col(Contract.id))
    query = query.where(*going_on(), col(Contract.signed_on) <= ON)
    found: Select[Any] = query.order_by(col(Contract.id))
    return found


def _requests() -> Select[Any]:
    """The milestones that tell people to ask for definitive acceptance, while the project is launched."""
    told: list[Any] = [col(Milestone.project_id), col(Milestone.guarantee_from), col(Milestone.forecast)]
    return (
        select(*told, col(Milestone.actual))
        .join(Project, col(Project.id) == col(Milestone.project_id))
        .where(col(Milestone.code) == REQUESTED, *going_on(), col(Project.stage) == Stage.LAUNCH)
    )


GAPS, UNCOVERED, AHEAD, LINES, ON_LINES = _gaps(), _uncovered(), _ahead(), _lines(), _on_lines()
CONTRACTS, REQUESTS = _contracts(), _requests()
