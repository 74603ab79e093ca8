"""Changes of money that wait for a second person, and those that were decided."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, func, select

from models.clock import local_day
from models.queries.budgets import list_lines
from models.queries.partners import find_partner
from models.queries.projects import find_project, nearest, place_of
from models.rules.authority import Action, Actor, Place, Role, may
from models.rules.errors import BadValue, UnknownKey
from models.rules.four_eyes import (
    SHORTEST_NAME,
    ChangeState,
    MoneyChange,
    SeveralProposals,
    deciders,
    may_decide,
    name_of,
)
from models.rules.money import Money
from models.rules.text import visible
from models.tables import Commitment, MoneyProposal, Partner, Project, StatementAccount, StatementLine

_ID_SIGNS = 32
_HEX = re.compile(f"[0-9a-f]{{1,{_ID_SIGNS}}}")
_CANDIDATES = 3


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One proposed change of money. `place` is None where master data change.

    `weight` chooses who decides: the amount, or what stands where it would replace a larger one.
    """

    id: UUID
    change: MoneyChange
    place: Place | None
    amount: Money
    weight: Money
    terms: Mapping[str, Any]
    reason: str
    state: ChangeState
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str

    @property
    def name(self) -> str:
        """The signs by which people name it."""
        return name_of(self.id)

    @property
    def project(self) -> str | None:
        return self.place.project if self.place is not None else None

    @property
    def who(self) -> tuple[Role, ...]:
        """The roles that decide on it."""
        return deciders(self.change, self.weight)

    def days(self, today: date) -> int:
        """Count the days since it was proposed. Unit: calendar days."""
        return (today - local_day(self.proposed_at)).days

    def waits_for(self, actor: Actor) -> bool:
        """Tell whether it waits for a decision that this person may make."""
        asked = (self.change, self.weight, self.place, self.proposed_by)
        return self.state is ChangeState.OPEN and may_decide(actor, *asked)


def list_changes(
    session: Session,
    *,
    reader: Actor | None = None,
    state: ChangeState | None = ChangeState.OPEN,
    project: str | None = None,
    change: MoneyChange | None = None,
    least: Money | None = None,
    until: date | None = None,
    role: Role | None = None,
) -> tuple[ChangeLine, ...]:
    """Return proposals that a person may read about, the oldest first; state None: decided ones too.

    `least`: of this amount or more, whichever way it goes; an amount in another currency is above it.
    `until`: proposed on this day or before. `role`: that this role decides on.
    Raises: UnknownKey for a project.
    Source: docs/rules.md, X36.
    """
    where: list[ColumnElement[bool]] = []
    if state is not None:
        where.append(col(MoneyProposal.state) == state)
    if project is not None:
        where.append(col(MoneyProposal.project_id) == find_project(session, project).id)
    if change is not None:
        where.append(col(MoneyProposal.change) == change)
    if least is not None:
        centimes = func.abs(col(MoneyProposal.amount_centimes))
        where.append(or_(centimes >= least.centimes, col(Project.currency) != least.currency))
    lines = _lines(session, *where)
    return tuple(
        line
        for line in lines
        if (reader is None or may(reader, Action.READ, line.place))
        and (role is None or role in line.who)
        and (until is None or local_day(line.proposed_at) <= until)
    )


def find_change(session: Session, name: str) -> ChangeLine:
    """Return the proposal whose id begins with these signs; hyphens and capitals do not matter.

    Raises: UnknownKey with those near it, or that wait longest; BadValue below the fewest signs;
    SeveralProposals.
    Source: docs/rules.md, X35.
    """
    signs = name.strip().lower().replace("-", "")
    if not _HEX.fullmatch(signs):
        raise _unknown(session, name)
    if len(signs) < SHORTEST_NAME:
        raise BadValue(field="proposal", value=signs, reason="too_few_signs", limit=SHORTEST_NAME)
    first, last = (UUID(hex=signs.ljust(_ID_SIGNS, sign)) for sign in "0f")
    known = col(MoneyProposal.id)
    found = _lines(session, and_(known >= first, known <= last))
    if not found:
        raise _unknown(session, name)
    if len(found) > 1:
        candidates = tuple(str(line.id) for line in found)
        raise SeveralProposals(key=signs, candidates=candidates)
    return found[0]


@dataclass(frozen=True, slots=True)
class LineEffect:
    """What a proposed change would make of a budget line; what is decided for later days counts too."""

    line: str
    budget: Money
    engaged: Money
    after: Money


def line_effects(session: Session, line: ChangeLine) -> tuple[LineEffect, ...]:
    """Return what a revision or transfer that waits would make of its lines; nothing for other changes."""
    effects = {
        MoneyChange.BUDGET_REVISION: (("line", 1),),
        MoneyChange.BUDGET_TRANSFER: (("source", -1), ("target", 1)),
    }.get(line.change, ())
    if line.project is None or not effects or line.state is not ChangeState.OPEN:
        return ()
    lines = {one.code: one for one in list_lines(session, on=date.max, projects=[line.project])}
    return tuple(
        LineEffect(
            found.code,
            found.budget,
            found.engaged,
            found.budget + Money(sign * line.amount.centimes, line.amount.currency),
        )
        for name, sign in effects
        if (found := lines.get(line.terms[name])) is not None
    )


def present_details(session: Session, line: ChangeLine) -> dict[str, str]:
    """Return what a partner is called now, by the terms of the correction that waits."""
    if line.change is not MoneyChange.PARTNER_DETAILS or line.state is not ChangeState.OPEN:
        return {}
    body = find_partner(session, line.terms["partner"])
    return {name: getattr(body, name) for name in line.terms if name != "partner"}


def _unknown(session: Session, name: str) -> UnknownKey:
    waiting = [line.name for line in _lines(session, col(MoneyProposal.state) == ChangeState.OPEN)]
    near = nearest(name, waiting) or tuple(waiting[:_CANDIDATES])
    return UnknownKey(noun="money_proposal", key=visible(name[:60]), candidates=near)


def _lines(session: Session, *where: ColumnElement[bool]) -> tuple[ChangeLine, ...]:
    rows = session.exec(
        select(MoneyProposal, Project)
        .outerjoin(Project, col(Project.id) == col(MoneyProposal.project_id))
        .where(*where)
        .order_by(col(MoneyProposal.proposed_at), col(MoneyProposal.id))
    ).all()
    proposals = [proposal for proposal, _project in rows]
    standing, foreign = _standing(session, proposals), _currencies(session, proposals)
    return tuple(
        _line(proposal, project.currency if project else foreign.get(proposal.id, "MAD"), project, standing)
        for proposal, project in rows
    )


def _currencies(session: Session, proposals: Sequence[MoneyProposal]) -> dict[UUID, str]:
    """Return the currency of each decision about a bank line: that of the line's account."""
    lines = {
        one.id: UUID(hex=json.loads(one.terms)["line"])
        for one in proposals
        if one.change is MoneyChange.BANK_MATCH
    }
    rows = session.exec(
        select(col(StatementLine.id), col(StatementAccount.currency))
        .join(StatementAccount, col(StatementAccount.id) == col(StatementLine.account_id))
        .where(col(StatementLine.id).in_(lines.values()))
    )
    currencies = dict(rows.all())
    return {id_: currencies[line] for id_, line in lines.items() if line in currencies}


_Promise = tuple[UUID | None, str, str]
"""A commitment: its project, its partner's key, its reference."""


def _standing(session: Session, proposals: Sequence[MoneyProposal]) -> dict[_Promise, Money]:
    """Return the commitments of the projects in which one is to be written or corrected."""
    projects = {one.project_id for one in proposals if one.change is MoneyChange.COMMITMENT}
    rows = session.exec(
        select(Commitment, col(Partner.key))
        .join(Partner, col(Partner.id) == col(Commitment.partner_id))
        .where(col(Commitment.project_id).in_(projects))
    )
    return {(one.project_id, partner, one.reference): one.amount for one, partner in rows}


def _weight(
    proposal: MoneyProposal, amount: Money, terms: Mapping[str, Any], standing: Mapping[_Promise, Money]
) -> Money:
    """Return what chooses who decides: of a commitment that is corrected, the larger of both amounts.

    Source: docs/rules.md, X39.
    """
    if proposal.change is not MoneyChange.COMMITMENT:
        return amount
    before = standing.get((proposal.project_id, terms["partner"], terms["reference"].strip()), amount)
    return before if before.currency != amount.currency else max(before, amount)


def _line(
    proposal: MoneyProposal, currency: str, project: Project | None, standing: Mapping[_Promise, Money]
) -> ChangeLine:
    amount, terms = Money(proposal.amount_centimes, currency), json.loads(proposal.terms)
    return ChangeLine(
        id=proposal.id,
        change=proposal.change,
        place=place_of(project) if project is not None else None,
        amount=amount,
        weight=_weight(proposal, amount, terms, standing),
        terms=terms,
        reason=proposal.reason,
        state=proposal.state,
        proposed_by=proposal.proposed_by,
        proposed_at=proposal.proposed_at,
        decided_by=proposal.decided_by,
        decided_at=proposal.decided_at,
        decision_reason=proposal.decision_reason,
    )
