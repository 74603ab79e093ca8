"""Cases as people list them: what each is about, whose it is, how old, what would close it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from models.clock import local_day
from models.queries.project_cases import cases_of
from models.queries.signs import find_by_signs, shown_id
from models.rules.cases import CaseChange, CaseKind, CaseStep
from models.rules.money import Money
from models.tables import Case, CaseEvent, Contract, Partner, Project, StatementAccount


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case. `partner`: its names in each language; `line` and `match`: the first signs of theirs."""

    id: UUID
    kind: CaseKind
    amount: Money
    owner: str
    assignee: str
    step: CaseStep
    account: str
    line: str
    match: str
    project: str
    partner: Mapping[str, str]
    contract: str
    details: Mapping[str, Any]
    opened_at: datetime
    closed_at: datetime | None

    @property
    def name(self) -> str:
        """The signs by which people name it."""
        return shown_id(self.id)

    def days(self, today: date) -> int:
        """Count the days since it was opened, until it was closed. Unit: calendar days."""
        end = local_day(self.closed_at) if self.closed_at is not None else today
        return (end - local_day(self.opened_at)).days


@dataclass(frozen=True, slots=True)
class CaseStory:
    """What happened to a case. `author` is empty for a run."""

    at: datetime
    author: str
    kind: CaseChange
    note: str


def list_cases(
    session: Session,
    *,
    kind: CaseKind | None = None,
    owner: str | None = None,
    is_open: bool | None = True,
    project: UUID | None = None,
    most: int | None = None,
) -> tuple[CaseLine, ...]:
    """Return cases, the largest first. `owner`: a role, or a login they are assigned to.

    `project`: only those that touch it (R55).
    """
    where: list[ColumnElement[bool]] = []
    if kind is not None:
        where.append(col(Case.kind) == kind)
    if owner is not None:
        where.append(or_(col(Case.assignee) == owner, (col(Case.owner) == owner)))
    if project is not None:
        touching = cases_of([project], is_open=is_open is not False)
        where.append(col(Case.id).in_(select_columns(touching.c.id)))
    if is_open is not None:
        closed = col(Case.closed_at)
        where.append(closed.is_(None) if is_open else closed.is_not(None))
    return _lines(session, where, most)


def load_case(session: Session, name: str) -> tuple[CaseLine, tuple[CaseStory, ...]]:
    """Return a case with its history.

    Raises: UnknownKey, BadValue, SeveralFound.
    """
    found = find_by_signs(session, Case, "case", name)
    events = session.exec(
        select(CaseEvent)
        .where(CaseEvent.case_id == found.id)
        .order_by(col(CaseEvent.at), col(CaseEvent.id))
    )
    story = tuple(CaseStory(one.at, one.author, one.kind, one.note) for one in events)
    return _lines(session, [col(Case.id) == found.id], None)[0], story


def _lines(session: Session, where: list[ColumnElement[bool]], most: int | None) -> tuple[CaseLine, ...]:
    session.flush()
    size = func.abs(col(Case.amount_centimes)).desc()
    entities: list[Any] = [Case, Project, Partner, Contract, StatementAccount]
    rows = session.execute(
        select_columns(*entities)
        .outerjoin(Project, col(Project.id) == col(Case.project_id))
        .outerjoin(Partner, col(Partner.id) == col(Case.partner_id))
        .outerjoin(Contract, col(Contract.id) == col(Case.contract_id))
        .outerjoin(StatementAccount, col(StatementAccount.id) == col(Case.account_id))
        .where(*where)
        .order_by(size, col(Case.opened_at), col(Case.id))
        .limit(most)
    )
    return tuple(_line(*row) for row in rows)


def _line(
    case: Case,
    project: Project | None,
    partner: Partner | None,
    contract: Contract | None,
    account: StatementAccount | None,
) -> CaseLine:
    return CaseLine(
        id=case.id,
        kind=case.kind,
        amount=Money(case.amount_centimes, case.currency),
        owner=case.owner,
        assignee=case.assignee,
        step=case.next_step,
        account=account.key if account is not None else "",
        line=shown_id(case.line_id) if case.line_id is not None else "",
        match=shown_id(case.match_id) if case.match_id is not None else "",
        project=project.key if project is not None else "",
        partner={code: partner.name(code) for code in ("ar", "fr", "en")} if partner is not None else {},
        contract=contract.reference if contract is not None else "",
        details=json.loads(case.details),
        opened_at=case.opened_at,
        closed_at=case.closed_at,
    )
