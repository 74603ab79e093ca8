"""Changes of money that one person proposes and another decides on."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from models.clock import local_day
from models.operations import outbox, trail
from models.operations.access import hold, take_up
from models.operations.budgets import Hands
from models.operations.money_changes import CARRIERS, Asked, plain
from models.queries.four_eyes import find_change
from models.queries.partners import find_partner
from models.queries.people import find_actor
from models.rules.authority import authorize
from models.rules.errors import UnknownKey
from models.rules.four_eyes import (
    OWES_NO_REASON,
    PROPOSES,
    AlreadyDecided,
    ChangeState,
    MoneyChange,
    check_decider,
    name_of,
)
from models.rules.money import Money
from models.rules.projects import check_reason, check_text
from models.rules.text import visible
from models.rules.trail import canonical
from models.tables import MoneyProposal, Project


def propose_change(
    session: Session,
    *,
    change: MoneyChange,
    project: str | None,
    amount: Money,
    terms: Mapping[str, Any],
    reason: str,
    by: str,
    at: datetime,
) -> MoneyProposal:
    """Propose a change of money; what waits for a decision already is returned as it is.

    `project` is None where master data change. Nothing changes before another person has decided, but
    what could not be carried out now is refused at once.
    Raises: UnknownKey, NotAllowed, BadValue, CurrencyMismatch, PlanOpen, LineEngaged.
    Source: docs/rules.md, B3, B5 and B6.
    """
    found = _taken_up(session, change, project, by)
    owed = change not in OWES_NO_REASON
    words, kept = check_reason(reason) if owed else check_text("reason", reason), plain(change, terms)
    CARRIERS[change].check(session, Asked(found, amount, kept, local_day(at), by, at))
    of = found.id if found is not None else None
    if (waiting := _waiting(session, change, of, amount, canonical(kept))) is not None:
        return waiting
    return put_forward(
        session, change=change, project=found, amount=amount, terms=kept, reason=words, by=by, at=at
    )


def put_forward(
    session: Session,
    *,
    change: MoneyChange,
    project: Project | None,
    amount: Money,
    terms: Mapping[str, Any],
    reason: str,
    by: str,
    at: datetime,
) -> MoneyProposal:
    """Write a proposal whose right and whose terms were asked about, and tell of it."""
    of = project.id if project is not None else None
    proposal = MoneyProposal(
        project_id=of,
        change=change,
        amount_centimes=amount.centimes,
        terms=canonical(terms),
        reason=reason,
        proposed_by=by,
        proposed_at=at,
    )
    session.add(proposal)
    payload = {"proposal": proposal.id, "change": change, "amount_centimes": amount.centimes}
    payload |= {"currency": amount.currency, "terms": terms, "reason": reason}
    trail.record(session, at=at, actor=by, kind="money_proposed", project=of, payload=payload)
    who = {"who": find_change(session, proposal.id.hex).who}
    _tell(session, proposal, amount, "change_proposed", who | {"by": by, "reason": reason}, at)
    return proposal


def decide(
    session: Session, *, proposal: UUID, approve: bool, reason: str = "", by: str, at: datetime
) -> MoneyProposal:
    """Decide on a proposal: another person, within their band. What is approved is carried out at once.

    A rejection needs a reason. The books are asked again: what can no longer be done is refused, and
    the proposal goes on waiting.
    Raises: UnknownKey, NotAllowed, OwnProposal, AboveBand, AlreadyDecided, BadValue, PeriodClosed, and
    what the change itself raises.
    Source: docs/rules.md, B5 and B6.
    """
    found = held(session, proposal)
    project = session.get_one(Project, found.project_id) if found.project_id else None
    known = find_change(session, found.id.hex)
    amount = known.amount
    check_decider(find_actor(session, by), found.change, known.weight, known.place, found.proposed_by)
    _check_open(found)
    words = check_text("reason", reason) if approve else check_reason(reason)
    if approve:
        asked = Asked(project, amount, json.loads(found.terms), local_day(at), found.proposed_by, at)
        CARRIERS[found.change].carry_out(session, asked, Hands(found.proposed_by, by, found.reason, at))
    return _decided(session, found, amount, approve=approve, reason=words, by=by, at=at)


def approved(session: Session, proposal: MoneyProposal, *, by: str, at: datetime) -> MoneyProposal:
    """Note that somebody who may has approved what files bring in, by bringing them in again.

    Raises: AlreadyDecided.
    Source: docs/rules.md, B8.
    """
    _check_open(proposal)
    amount = Money(proposal.amount_centimes)
    return _decided(session, proposal, amount, approve=True, reason="", by=by, at=at)


def _check_open(proposal: MoneyProposal) -> None:
    if proposal.state is not ChangeState.OPEN:
        raise AlreadyDecided(state=proposal.state, by=proposal.decided_by, at=proposal.decided_at)


def _decided(
    session: Session,
    found: MoneyProposal,
    amount: Money,
    *,
    approve: bool,
    reason: str,
    by: str,
    at: datetime,
) -> MoneyProposal:
    """Write a decision with its name and its day, and tell of it."""
    found.state = ChangeState.APPROVED if approve else ChangeState.REJECTED
    found.decided_by, found.decided_at, found.decision_reason = by, at, reason
    kind = "money_approved" if approve else "money_rejected"
    payload = {"proposal": found.id, "change": found.change, "reason": reason}
    trail.record(session, at=at, actor=by, kind=kind, project=found.project_id, payload=payload)
    told = "change_approved" if approve else "change_rejected"
    hands = {"by": by, "proposed_by": found.proposed_by, "reason": reason}
    _tell(session, found, amount, told, hands, at)
    return found


def propose_revision(
    session: Session, *, project: str, line: str, amount: Money, reason: str, by: str, at: datetime
) -> MoneyProposal:
    """Propose that a budget line changes by an amount, up or down, and the project's budget with it."""
    terms = {"line": line}
    return propose_change(
        session,
        change=MoneyChange.BUDGET_REVISION,
        project=project,
        amount=amount,
        terms=terms,
        reason=reason,
        by=by,
        at=at,
    )


def propose_transfer(
    session: Session,
    *,
    project: str,
    source: str,
    target: str,
    amount: Money,
    reason: str,
    by: str,
    at: datetime,
) -> MoneyProposal:
    """Propose that an amount goes from one budget line of a project to another."""
    terms = {"source": source, "target": target}
    return propose_change(
        session,
        change=MoneyChange.BUDGET_TRANSFER,
        project=project,
        amount=amount,
        terms=terms,
        reason=reason,
        by=by,
        at=at,
    )


def _taken_up(session: Session, change: MoneyChange, project: str | None, by: str) -> Project | None:
    if CARRIERS[change].of_a_project:
        return take_up(session, project or "", PROPOSES[change], by)
    authorize(find_actor(session, by), PROPOSES[change])
    return None


def _waiting(
    session: Session, change: MoneyChange, project: UUID | None, amount: Money, terms: str
) -> MoneyProposal | None:
    return session.exec(
        select(MoneyProposal).where(
            MoneyProposal.change == change,
            MoneyProposal.project_id == project,
            MoneyProposal.amount_centimes == amount.centimes,
            MoneyProposal.terms == terms,
            MoneyProposal.state == ChangeState.OPEN,
        )
    ).first()


def _tell(
    session: Session,
    proposal: MoneyProposal,
    amount: Money,
    kind: str,
    hands: Mapping[str, Any],
    at: datetime,
) -> None:
    """Leave word of a proposal for chat: what it changes, by its lines or its partner, and how much.

    Source: docs/rules.md, O20 to O22.
    """
    terms = json.loads(proposal.terms)
    payload = {"proposal": name_of(proposal.id), "change": proposal.change, **hands}
    payload |= {name: terms[name] for name in ("line", "source", "target", "large") if name in terms}
    if "partner" in terms:
        body = find_partner(session, terms["partner"])
        payload["partner"] = {"ar": body.name_ar, "fr": body.name_fr, "en": body.name_en}
    if proposal.change is not MoneyChange.PARTNER_DETAILS:
        payload["amount"] = str(amount)
    key = f"{kind}:{proposal.id}"
    outbox.tell(session, key=key, kind=kind, project=proposal.project_id, at=at, payload=payload)


def held(session: Session, proposal: UUID) -> MoneyProposal:
    """Return a proposal that nobody else decides on until the transaction ends; its project is held first.

    Raises: UnknownKey.
    """
    known = session.get(MoneyProposal, proposal)
    if known is None:
        raise UnknownKey(noun="money_proposal", key=visible(str(proposal)), candidates=())
    if known.project_id is not None:
        hold(session, session.get_one(Project, known.project_id))
    return session.exec(
        select(MoneyProposal)
        .where(MoneyProposal.id == proposal)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
