"""What partners promise, what the foundation pays itself, and the gap that is left."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from models.clock import local_day
from models.operations import trail
from models.operations.access import take_up
from models.queries.budgets import current_budget
from models.queries.commitments import money_of
from models.queries.conventions import least_left_of, released_of
from models.queries.findings import left_out_by
from models.queries.partners import find_partner
from models.queries.periods import check_day
from models.rules.authority import Action
from models.rules.commitments import check_commitment, check_share
from models.rules.errors import BadValue
from models.rules.four_eyes import MoneyChange, check_hands
from models.rules.money import Money
from models.rules.projects import check_text
from models.tables import Commitment, Partner, Partnership, Project, Tranche

LONGEST_REFERENCE = 64
CONVENTION = "convention"
"""The reading under which a partner is linked whom no list names, but who has signed."""


@dataclass(frozen=True, slots=True)
class CommitmentSet:
    """What became of a promise. `over_budget`: by how much all promises and the share now pass it.

    `overtaken`: the settled findings that had left the partner out, until it signed. `changed` is False
    when it was written so already.
    """

    commitment: Commitment
    corrected: bool
    linked: bool
    over_budget: Money | None
    overtaken: tuple[str, ...] = ()
    changed: bool = True


def set_commitment(
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
    by: str,
    at: datetime,
    approved_by: str | None = None,
) -> CommitmentSet:
    """Write a partner's promise for a project, or correct the one of the same reference.

    A partner who takes no part yet is linked by this, with the reading "convention"; one whom a settled
    finding left out only by a signature, and the answer and the trail name the finding. What was
    written before a correction stays in the trail. `approved_by`: who else has decided on it, where one
    person may not write it alone.
    Raises: UnknownKey, NotAllowed, BadValue, CurrencyMismatch, SecondNeeded, OwnProposal, PeriodClosed.
    Source: docs/rules.md, F1 to F4, B5 and D14.
    """
    found = take_up(session, project, Action.SET_COMMITMENT, by)
    body = find_partner(session, partner)
    check_commitment(amount, found.currency, in_kind, signed_on, budget_year, local_day(at))
    terms: dict[str, Any] = {
        "amount_centimes": amount.centimes,
        "currency": amount.currency,
        "in_kind": in_kind,
        "signed_on": signed_on,
        "budget_year": budget_year,
        "budget_line": check_text("budget_line", budget_line, LONGEST_REFERENCE),
    }
    reference = check_text("reference", reference, LONGEST_REFERENCE, needed=True)
    linked, overtaken = _link(session, found, body, signed=signed_on is not None)
    known = find_promise(session, found, body, reference)
    previous = {name: getattr(known, name) for name in terms} if known else None
    if previous is None or any(previous[name] != terms[name] for name in _MONEY):
        _check_change(session, previous or {}, amount, signed_on, by, approved_by)
    commitment = _write(session, known, found, body, reference, terms)
    over, changed = money_of(session, found).over_budget, linked or previous != terms
    if changed:
        payload = {"partner": body.key, "reference": reference, **terms, "previous": previous}
        payload |= {"linked": linked, "over_budget": over.centimes if over else None}
        more = {"overtakes": overtaken, "approved_by": approved_by}
        payload |= {name: said for name, said in more.items() if said}
        trail.record(session, at=at, actor=by, kind="commitment_set", project=found.id, payload=payload)
    return CommitmentSet(commitment, previous not in (None, terms), linked, over, overtaken, changed)


def check_promise(
    session: Session,
    *,
    project: Project,
    partner: Partner,
    reference: str,
    amount: Money,
    in_kind: bool,
    signed_on: date | None,
) -> None:
    """Refuse a promise that the books do not let be written: what `set_commitment` would refuse.

    Raises: BadValue.
    Source: docs/rules.md, F1 and V5.
    """
    part = _part(session, project, partner)
    if part is not None:
        _check_taking_part(part, partner, signed=signed_on is not None)
    known = find_promise(session, project, partner, reference)
    if known is not None:
        _check_planned(session, known, {"amount_centimes": amount.centimes, "in_kind": in_kind})


def find_promise(session: Session, project: Project, partner: Partner, reference: str) -> Commitment | None:
    """Return the promise of a reference, if it is written."""
    return session.exec(
        select(Commitment).where(
            Commitment.project_id == project.id,
            Commitment.partner_id == partner.id,
            Commitment.reference == reference,
        )
    ).first()


def state_gap(
    session: Session, *, project: str, amount: Money, plan: str, by: str, at: datetime
) -> Project:
    """State the part of the cost that nobody has promised, and the plan to close it.

    Raises: UnknownKey, NotAllowed, BadValue without a plan, CurrencyMismatch.
    Source: docs/rules.md, F6.
    """
    found = take_up(session, project, Action.STATE_GAP, by)
    check_share(amount, current_budget(session, found), "F6")
    if not plan.strip():
        raise BadValue(field="plan", value="", reason="plan_needed")
    found.gap_centimes, found.gap_plan = amount.centimes, check_text("plan", plan)
    found.gap_stated_on = local_day(at)
    payload = {
        "amount_centimes": amount.centimes,
        "currency": amount.currency,
        "plan": found.gap_plan,
        "stated_on": found.gap_stated_on,
    }
    trail.record(session, at=at, actor=by, kind="gap_stated", project=found.id, payload=payload)
    return found


def set_foundation_share(
    session: Session, *, project: str, amount: Money, by: str, at: datetime
) -> Money | None:
    """Set what the foundation pays itself; return by how much promises and share now pass the budget.

    Raises: UnknownKey, NotAllowed, BadValue, CurrencyMismatch.
    Source: docs/rules.md, F4 and F5.
    """
    found = take_up(session, project, Action.STATE_GAP, by)
    check_share(amount, current_budget(session, found), "F5")
    previous, found.foundation_share_centimes = found.foundation_share_centimes, amount.centimes
    over = money_of(session, found).over_budget
    payload = {
        "amount_centimes": amount.centimes,
        "currency": amount.currency,
        "previous": previous,
        "over_budget": over.centimes if over else None,
    }
    trail.record(session, at=at, actor=by, kind="share_set", project=found.id, payload=payload)
    return over


def _link(
    session: Session, project: Project, partner: Partner, *, signed: bool
) -> tuple[bool, tuple[str, ...]]:
    """Let a partner take part; return whether it did not yet, and the findings that this overtakes."""
    part = _part(session, project, partner)
    if part is not None and part.retained:
        return False, ()
    if part is None:
        part = Partnership(project_id=project.id, partner_id=partner.id)
        session.add(part)
    else:
        _check_taking_part(part, partner, signed=signed)
    overtaken = () if part.retained else left_out_by(session, project, partner)
    part.reading, part.retained = CONVENTION, True
    return True, overtaken


_MONEY = ("amount_centimes", "currency", "in_kind", "signed_on")
"""What of a promise two people decide on above the band; the others say where its partner has it."""


def _part(session: Session, project: Project, partner: Partner) -> Partnership | None:
    return session.exec(
        select(Partnership).where(
            Partnership.project_id == project.id, Partnership.partner_id == partner.id
        )
    ).first()


def _check_taking_part(part: Partnership, partner: Partner, *, signed: bool) -> None:
    if not part.retained and not signed:
        raise BadValue(field="partners", value=partner.key, reason="partner_left_out", rule="F1")


def _write(
    session: Session,
    known: Commitment | None,
    project: Project,
    partner: Partner,
    reference: str,
    terms: dict[str, Any],
) -> Commitment:
    if known is None:
        known = Commitment(project_id=project.id, partner_id=partner.id, reference=reference, **terms)
        session.add(known)
        return known
    _check_planned(session, known, terms)
    for name, value in terms.items():
        setattr(known, name, value)
    if least_left_of(session, known).centimes < 0:
        day = known.signed_on
        raise BadValue(field="signed_on", value=day or "", reason="called_or_released_before", rule="V20")
    return known


def _check_change(
    session: Session,
    previous: dict[str, Any],
    amount: Money,
    signed_on: date | None,
    by: str,
    approved_by: str | None,
) -> None:
    """Ask for two hands above the band (B5), and let what was signed in a closed period alone (B1)."""
    larger = max(amount, Money(previous.get("amount_centimes", 0), amount.currency))
    check_hands(MoneyChange.COMMITMENT, larger, by, approved_by)
    for day in (signed_on, previous.get("signed_on")):
        if day is not None:
            check_day(session, day)


def _check_planned(session: Session, known: Commitment, terms: dict[str, Any]) -> None:
    """Keep a promise at what its tranches and releases come to, and in cash once it is planned.

    Source: docs/rules.md, V5.
    """
    planned = sum(session.exec(_PLANNED.where(Tranche.commitment_id == known.id)))
    least = planned + released_of(session, known)
    if (planned and terms["in_kind"]) or terms["amount_centimes"] < least:
        amount, left = Money(terms["amount_centimes"], known.currency), Money(least, known.currency)
        raise BadValue(
            field="amount", value=str(amount), reason="below_tranches", rule="V5", limit=str(left)
        )


_PLANNED = select(col(Tranche.amount_centimes))
