"""What a partner promises, or will not pay: what one person writes, and what a second one decides."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from models.operations.access import take_up
from models.operations.commitments import (
    LONGEST_REFERENCE,
    CommitmentSet,
    find_promise,
    set_commitment,
)
from models.operations.four_eyes import propose_change
from models.operations.releases import Released, is_released
from models.queries.conventions import find_commitment, net_of
from models.queries.partners import find_partner
from models.rules.four_eyes import PROPOSES, MoneyChange, needs_second
from models.rules.money import Money
from models.rules.projects import check_text
from models.rules.tranches import ReleaseKind
from models.tables import MoneyProposal


def promise(
    session: Session,
    *,
    project: str,
    partner: str,
    reference: str,
    amount: Money,
    in_kind: bool,
    signed_on: date | None,
    budget_year: int | None,
    budget_line: str,
    reason: str,
    by: str,
    at: datetime,
) -> CommitmentSet | MoneyProposal:
    """Write a partner's promise, or propose it where a second person decides.

    A correction counts by the larger of the amounts before and after; what is written so already needs
    nobody. Without a `reason` it is proposed for its reference, the paper that it stands on.
    Raises: UnknownKey, NotAllowed, BadValue, CurrencyMismatch.
    Source: docs/rules.md, B5 and X33.
    """
    found = take_up(session, project, PROPOSES[MoneyChange.COMMITMENT], by)
    reference = check_text("reference", reference, LONGEST_REFERENCE, needed=True)
    known = find_promise(session, found, find_partner(session, partner), reference)
    terms: dict[str, Any] = {"in_kind": in_kind, "signed_on": signed_on, "budget_year": budget_year}
    terms |= {"budget_line": budget_line}
    same = known is not None and known.amount == amount
    same = same and all(getattr(known, name) == value for name, value in terms.items())
    larger = amount if known is None or known.currency != amount.currency else max(amount, known.amount)
    terms |= {"partner": partner, "reference": reference}
    if same or not needs_second(MoneyChange.COMMITMENT, larger):
        return set_commitment(session, project=project, amount=amount, by=by, at=at, **terms)
    return propose_change(
        session,
        change=MoneyChange.COMMITMENT,
        project=project,
        amount=amount,
        terms=terms,
        reason=reason.strip() or reference,
        by=by,
        at=at,
    )


def propose_release(
    session: Session,
    *,
    project: str,
    partner: str,
    commitment: str,
    kind: ReleaseKind,
    amount: Money,
    decided_on: date,
    reference: str,
    amendment: int | None,
    reason: str,
    by: str,
    at: datetime,
) -> Released | MoneyProposal:
    """Propose that a part of a commitment is released; what was released so before is returned.

    Raises: UnknownKey, NotAllowed, BadValue, CurrencyMismatch, PeriodClosed, OverCommitment.
    Source: docs/rules.md, V4, B5 and X33.
    """
    found = take_up(session, project, PROPOSES[MoneyChange.COMMITMENT_RELEASE], by)
    promised = find_commitment(session, found, find_partner(session, partner), commitment)
    reference = check_text("reference", reference, LONGEST_REFERENCE, needed=True)
    if is_released(session, promised, reference, (kind, amount.centimes, decided_on)):
        return Released(amount, net_of(session, promised), (), changed=False)
    terms = {"partner": partner, "commitment": commitment, "kind": kind, "decided_on": decided_on}
    return propose_change(
        session,
        change=MoneyChange.COMMITMENT_RELEASE,
        project=project,
        amount=amount,
        terms=terms | {"reference": reference, "amendment": amendment},
        reason=reason,
        by=by,
        at=at,
    )
