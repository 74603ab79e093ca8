"""The open cases of the reconciliation that touch a project: what it may not be closed over."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, FromClause, Select, Subquery, exists, func, select, union
from sqlmodel import Session

from models.clock import local_day
from models.queries.signs import shown_id
from models.rules.money_facts import OpenCase
from models.rules.reconciliation import MatchStatus, ReconciliationState
from models.tables import (
    Case,
    Certificate,
    Commitment,
    Contract,
    FundingCall,
    Match,
    MatchPart,
    Project,
    ReconciliationRun,
    StatementLine,
    Tranche,
)
from models.tables.columns import table_of

_CASES, _LINES, _PROJECTS = table_of(Case), table_of(StatementLine), table_of(Project)
_MATCHES, _PARTS, _CONTRACTS = table_of(Match), table_of(MatchPart), table_of(Contract)
_CALLS, _TRANCHES, _COMMITMENTS = table_of(FundingCall), table_of(Tranche), table_of(Commitment)
_CERTIFICATES = table_of(Certificate)


def load_open_cases(session: Session, projects: Sequence[UUID]) -> dict[UUID, tuple[OpenCase, ...]]:
    """Return the open cases of projects, the largest first; no project at all where no run has ended yet.

    Source: docs/rules.md, R55.
    """
    connection = session.connection()
    if not projects or not connection.execute(_ANY_RUN).scalar():
        return {}
    touching = cases_of(projects)
    columns = (_CASES.c.id, _CASES.c.kind, _CASES.c.amount_centimes, _CASES.c.currency)
    query = (
        select(touching.c.project, *columns, _CASES.c.owner, _CASES.c.assignee, _CASES.c.opened_at)
        .join(_CASES, _CASES.c.id == touching.c.id)
        .order_by(func.abs(_CASES.c.amount_centimes).desc(), _CASES.c.opened_at, _CASES.c.id)
    )
    found: dict[UUID, list[OpenCase]] = defaultdict(list)
    for project, id_, kind, amount, currency, owner, assignee, opened_at in connection.execute(query):
        opened_on = local_day(opened_at)
        found[project].append(OpenCase(shown_id(id_), kind, amount, currency, assignee or owner, opened_on))
    return {project: tuple(found[project]) for project in projects}


def cases_of(projects: Sequence[UUID], *, is_open: bool = True) -> Subquery:
    """Return the ids of open cases, or of closed ones, with the project that each touches.

    A case of an account or a rate of exchange touches none; that of a late partner is told by the money
    that is missing (G4.4).
    Source: docs/rules.md, R55.
    """
    of_contract = (
        select(_CASES.c.id, _CONTRACTS.c.project_id.label("project"))
        .join(_CONTRACTS, _CONTRACTS.c.id == _CASES.c.contract_id)
        .where(_CONTRACTS.c.project_id.in_(projects))
    )
    by_line = (
        select(_CASES.c.id, _PROJECTS.c.id.label("project"))
        .join(_LINES, _LINES.c.id == _CASES.c.line_id)
        .join(_PROJECTS, func.lower(_LINES.c.project_code) == _PROJECTS.c.key)
        .where(_PROJECTS.c.id.in_(projects))
    )
    every: list[Select[Any]] = [
        select(_CASES.c.id, _CASES.c.project_id.label("project")).where(_CASES.c.project_id.in_(projects)),
        of_contract,
        by_line,
        *_paying(projects, _PARTS.c.match_id == _CASES.c.match_id),
        *_paying(projects, _PARTS.c.line_id == _CASES.c.line_id, _IS_LIKELIEST),
    ]
    closed = _CASES.c.closed_at
    wanted = closed.is_(None) if is_open else closed.is_not(None)
    found: CompoundSelect[Any] = union(*(one.where(wanted) for one in every))
    return found.subquery()


_other = _MATCHES.alias("other")
_beside = _PARTS.alias("beside")
_IS_LIKELIEST = (_MATCHES.c.status == MatchStatus.SUGGESTED) & ~exists(
    select(_other.c.id)
    .join(_beside, _beside.c.match_id == _other.c.id)
    .where(
        _beside.c.line_id == _PARTS.c.line_id,
        _other.c.status == MatchStatus.SUGGESTED,
        _other.c.rank < _MATCHES.c.rank,
    )
)
"""Of what is suggested for a line only the first: of the others few come true."""

_ANY_RUN = select(exists().where(table_of(ReconciliationRun).c.state == ReconciliationState.DONE))


def _paying(projects: Sequence[UUID], *where: Any) -> tuple[Select[Any], Select[Any]]:
    """Return the cases whose match, or line, pays a call or a certificate, with whose project that is."""
    parts = _PARTS.join(_MATCHES, _MATCHES.c.id == _PARTS.c.match_id)
    calls = (
        parts.join(_CALLS, _CALLS.c.id == _PARTS.c.call_id)
        .join(_TRANCHES, _TRANCHES.c.id == _CALLS.c.tranche_id)
        .join(_COMMITMENTS, _COMMITMENTS.c.id == _TRANCHES.c.commitment_id)
    )
    certificates = parts.join(_CERTIFICATES, _CERTIFICATES.c.id == _PARTS.c.certificate_id).join(
        _CONTRACTS, _CONTRACTS.c.id == _CERTIFICATES.c.contract_id
    )
    return (
        _of(projects, _COMMITMENTS.c.project_id, calls).where(*where),
        _of(projects, _CONTRACTS.c.project_id, certificates).where(*where),
    )


def _of(projects: Sequence[UUID], project: Any, among: FromClause) -> Select[Any]:
    return select(_CASES.c.id, project).select_from(_CASES, among).where(project.in_(projects))
