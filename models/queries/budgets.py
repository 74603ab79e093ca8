"""Budget lines: what stands on each on a day, and how it came to stand there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Row, Select, Subquery, bindparam, case, cast, func, select
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from models.queries.projects import find_project, nearest
from models.rules.budgets import BudgetChange, Nature
from models.rules.contracts import CertificateKind
from models.rules.errors import UnknownKey
from models.rules.money import Money
from models.rules.stages import Stage
from models.rules.text import visible
from models.tables import (
    BudgetEntry,
    BudgetLine,
    BudgetPlan,
    Certificate,
    Commitment,
    Contract,
    ContractAmendment,
    Payment,
    Project,
    Receipt,
)

CERTIFIES = (CertificateKind.WORK, CertificateKind.FINAL)
"""The accounts that certify works; the others move money that works have earned or will earn."""


@dataclass(frozen=True, slots=True)
class LinePosition:
    """A budget line at the end of a day. `initial`: its first amount; `budget`: after all changes."""

    project: str
    code: str
    stage: Stage
    nature: Nature
    label: str
    initial: Money
    budget: Money
    engaged: Money
    certified: Money
    paid: Money

    @property
    def available(self) -> Money:
        """What may still be engaged on the line."""
        return self.budget - self.engaged


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry of a budget line."""

    line: str
    change: BudgetChange
    amount: Money
    decided_on: date
    transfer: UUID | None
    reason: str
    proposed_by: str
    approved_by: str | None
    written_at: datetime


def find_line(session: Session, project: Project, code: str) -> BudgetLine:
    """Return a project's budget line.

    Raises: UnknownKey, with the nearest lines.
    """
    found = None
    if visible(code) == code:
        found = session.exec(
            select_rows(BudgetLine).where(BudgetLine.project_id == project.id, BudgetLine.code == code)
        ).first()
    if found is None:
        known = session.exec(select_rows(BudgetLine.code).where(BudgetLine.project_id == project.id)).all()
        raise UnknownKey(noun="budget_line", key=visible(code[:60]), candidates=nearest(code, known))
    return found


def find_plan(session: Session, project: UUID) -> BudgetPlan | None:
    """Return the declaration that a project's lines are complete, if there is one."""
    return session.exec(select_rows(BudgetPlan).where(BudgetPlan.project_id == project)).first()


def has_money(session: Session, project: UUID) -> bool:
    """Tell whether anything was written in a project's currency: a line, a promise or a receipt."""
    tables: tuple[Any, ...] = (BudgetLine, Commitment, Receipt)
    return any(
        session.exec(select_rows(table.id).where(table.project_id == project)).first() is not None
        for table in tables
    )


def current_budget(session: Session, project: Project) -> Money:
    """Return a project's budget with its revisions.

    Source: docs/rules.md, B3 and B9.
    """
    revised = (
        select_rows(func.coalesce(func.sum(BudgetEntry.amount_centimes), 0))
        .join(BudgetLine, col(BudgetLine.id) == col(BudgetEntry.line_id))
        .where(BudgetLine.project_id == project.id, BudgetEntry.change == BudgetChange.REVISION)
    )
    return project.budget + Money(int(session.exec(revised).one()), project.currency)


def planned_of(session: Session, project: Project) -> Money:
    """Return the sum of the first amounts of a project's lines."""
    total = (
        select_rows(func.coalesce(func.sum(BudgetEntry.amount_centimes), 0))
        .join(BudgetLine, col(BudgetLine.id) == col(BudgetEntry.line_id))
        .where(BudgetLine.project_id == project.id, BudgetEntry.change == BudgetChange.INITIAL)
    )
    return Money(int(session.exec(total).one()), project.currency)


def list_lines(
    session: Session, *, on: date, projects: Iterable[str] | None = None
) -> tuple[LinePosition, ...]:
    """Return the budget lines of projects (keys), or of all, as they stood at the end of a day.

    One statement, however many projects there are.
    Source: docs/rules.md, B9.
    """
    session.flush()
    connection = session.connection()
    if projects is None:
        rows = connection.execute(_LINES, {"on": on})
    else:
        rows = connection.execute(_LINES_OF, {"on": on, "keys": list(projects)})
    return tuple(_line(row) for row in rows)


def line_history(session: Session, project: str, line: str | None = None) -> tuple[EntryLine, ...]:
    """Return every entry of a project's budget lines, or of one, in the order of their days.

    Raises: UnknownKey.
    """
    found = find_project(session, project)
    narrowed = (BudgetEntry.line_id == find_line(session, found, line).id,) if line is not None else ()
    rows = session.exec(
        select_rows(BudgetEntry, col(BudgetLine.code))
        .join(BudgetLine, col(BudgetLine.id) == col(BudgetEntry.line_id))
        .where(BudgetLine.project_id == found.id, *narrowed)
        .order_by(col(BudgetEntry.decided_on), col(BudgetEntry.written_at), col(BudgetLine.code))
    )
    return tuple(
        EntryLine(
            line=code,
            change=entry.change,
            amount=Money(entry.amount_centimes, found.currency),
            decided_on=entry.decided_on,
            transfer=entry.transfer,
            reason=entry.reason,
            proposed_by=entry.proposed_by,
            approved_by=entry.approved_by,
            written_at=entry.written_at,
        )
        for entry, code in rows
    )


# What follows builds the statements; those of queries.position are built of the same sums.

ON: Any = bindparam("on")
"""The day up to whose end facts count."""

WANTED = (
    select(col(Project.id).label("id"))
    .where(col(Project.key).in_(bindparam("keys", expanding=True)))
    .cte("wanted")
)
"""The projects that were asked for, by their keys."""


def wanted(project: Any) -> tuple[ColumnElement[bool], ...]:
    """Narrow a sum to the projects that were asked for."""
    return (col(project).in_(select(WANTED.c.id)),)


def total(what: Any, name: str) -> ColumnElement[int]:
    """Sum centimes as the database keeps them: PostgreSQL would answer with a numeric."""
    return cast(func.coalesce(func.sum(what), 0), BigInteger).label(name)


def summed(subquery: Subquery, name: str) -> ColumnElement[int]:
    """Return a column of sums that were joined, nothing where there are none."""
    return func.coalesce(subquery.c[name], 0).label(name)


def engaged_by(
    key: Any, *where: ColumnElement[bool], amended: Sequence[ColumnElement[bool]] = ()
) -> Subquery:
    """Sum what contracts and their amendments engage, by a column of Contract.

    `where` narrows the contracts, `amended` the amendments.
    """
    changes = (
        select(
            col(ContractAmendment.contract_id).label("of"), total(ContractAmendment.amount_centimes, "more")
        )
        .where(col(ContractAmendment.signed_on) <= ON, *amended)
        .group_by(col(ContractAmendment.contract_id))
        .subquery()
    )
    amount = col(Contract.amount_centimes) + func.coalesce(changes.c.more, 0)
    return (
        select(col(key).label("of"), total(amount, "engaged"))
        .outerjoin(changes, changes.c["of"] == col(Contract.id))
        .where(col(Contract.signed_on) <= ON, *where)
        .group_by(col(key))
        .subquery()
    )


def certified_by(key: Any, *where: ColumnElement[bool]) -> Subquery:
    """Sum what accounts certify, hold, give back, advance and recover, by a column of Contract."""
    works = col(Certificate.kind).in_(CERTIFIES)
    gross = col(Certificate.gross_centimes)
    advance = col(Certificate.kind) == CertificateKind.ADVANCE
    given_back = col(Certificate.kind) == CertificateKind.RETENTION
    return (
        select(
            col(key).label("of"),
            total(case((works, gross + col(Certificate.revision_centimes)), else_=0), "certified"),
            total(case((works, col(Certificate.retention_centimes)), else_=0), "withheld"),
            total(case((given_back, gross), else_=0), "given_back"),
            total(case((advance, gross), else_=0), "advanced"),
            total(Certificate.recovered_centimes, "recovered"),
            total(Certificate.net_centimes, "net"),
        )
        .select_from(Certificate)
        .join(Contract, col(Contract.id) == col(Certificate.contract_id))
        .where(col(Certificate.dated) <= ON, *where)
        .group_by(col(key))
        .subquery()
    )


def paid_by(key: Any, *where: ColumnElement[bool]) -> Subquery:
    """Sum what was paid on accounts, by a column of Contract."""
    return (
        select(col(key).label("of"), total(Payment.amount_centimes, "paid"))
        .select_from(Payment)
        .join(Certificate, col(Certificate.id) == col(Payment.certificate_id))
        .join(Contract, col(Contract.id) == col(Certificate.contract_id))
        .where(col(Payment.paid_on) <= ON, *where)
        .group_by(col(key))
        .subquery()
    )


def _entries() -> Subquery:
    initial = col(BudgetEntry.change) == BudgetChange.INITIAL
    return (
        select(
            col(BudgetEntry.line_id).label("of"),
            total(case((initial, col(BudgetEntry.amount_centimes)), else_=0), "initial"),
            total(BudgetEntry.amount_centimes, "budget"),
        )
        .where(col(BudgetEntry.decided_on) <= ON)
        .group_by(col(BudgetEntry.line_id))
        .subquery()
    )


def _statement(narrowed: bool) -> Select[Any]:
    contracts = wanted(Contract.project_id) if narrowed else ()
    sums = {
        ("initial", "budget"): _entries(),
        ("engaged",): engaged_by(Contract.line_id, *contracts),
        ("certified",): certified_by(Contract.line_id, *contracts),
        ("paid",): paid_by(Contract.line_id, *contracts),
    }
    described: list[Any] = [Project.key, Project.currency]
    described += [BudgetLine.code, BudgetLine.stage, BudgetLine.nature, BudgetLine.label]
    columns = [summed(part, name) for names, part in sums.items() for name in names]
    query = (
        select(*described, *columns)
        .select_from(BudgetLine)
        .join(Project, col(Project.id) == col(BudgetLine.project_id))
    )
    for part in sums.values():
        query = query.outerjoin(part, part.c["of"] == col(BudgetLine.id))
    if narrowed:
        query = query.where(*wanted(BudgetLine.project_id))
    return query.order_by(col(Project.key), col(BudgetLine.code))


_DESCRIBED = 6  # columns before the sums
_LINES, _LINES_OF = _statement(narrowed=False), _statement(narrowed=True)


def _line(row: Row[Any]) -> LinePosition:
    key, currency, *described = row[:_DESCRIBED]
    return LinePosition(key, *described, *(Money(amount, currency) for amount in row[_DESCRIBED:]))
