"""Releasing a commitment: what will not come is cancelled by an amendment, or written off by decision."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from models.clock import local_day
from models.operations import trail
from models.operations.access import take_up
from models.operations.conventions import LONGEST_REFERENCE, amended
from models.operations.tranches import hold_plan, lower_to
from models.queries.conventions import (
    called_of,
    find_commitment,
    least_left_of,
    net_of,
    released_of,
)
from models.queries.partners import find_partner
from models.queries.periods import check_day
from models.rules.authority import Action
from models.rules.errors import BadValue
from models.rules.evidence import EARLIEST
from models.rules.four_eyes import MoneyChange, check_hands
from models.rules.funding import OverCommitment
from models.rules.money import CurrencyMismatch, Money
from models.rules.projects import check_text
from models.rules.tranches import ReleaseKind
from models.tables import Commitment, CommitmentRelease


@dataclass(frozen=True, slots=True)
class Released:
    """A commitment after a request to release a part; `changed` is False for what was written before."""

    released: Money
    net: Money
    cut: tuple[int, ...]
    """Numbers of the tranches that were lowered."""
    changed: bool


def release_commitment(
    session: Session,
    *,
    project: str,
    partner: str,
    commitment: str,
    kind: ReleaseKind,
    amount: Money,
    decided_on: date,
    reference: str,
    by: str,
    at: datetime,
    amendment: int | None = None,
    proposed_by: str | None = None,
) -> Released:
    """Release a part of a commitment that was not called; its last tranches are lowered with it.

    A cancellation names the signed amendment of the convention, a write-off its decision by `reference`.
    A negative amount takes an earlier release back; the plan is then to be made anew. `by` decides on
    what another person, `proposed_by`, has proposed.
    Raises: NotAllowed, UnknownKey, BadValue, CurrencyMismatch, PeriodClosed, OverCommitment, SecondNeeded.
    Source: docs/rules.md, V4, B5 and B6.
    """
    found = take_up(session, project, Action.DECIDE_MONEY, by)
    body = find_partner(session, partner)
    promise = find_commitment(session, found, body, commitment)
    reference = check_text("reference", reference, LONGEST_REFERENCE, needed=True)
    if amount.currency != promise.currency:
        raise CurrencyMismatch(left=amount.currency, right=promise.currency)
    if is_released(session, promise, reference, (kind, amount.centimes, decided_on)):
        return Released(amount, net_of(session, promise), (), changed=False)
    check_hands(MoneyChange.COMMITMENT_RELEASE, amount, by, proposed_by)
    plan = hold_plan(session, promise)
    check_release(session, promise, body.key, kind, amount, decided_on, amendment, local_day(at))
    terms: dict[str, Any] = {"kind": kind, "amount_centimes": amount.centimes, "decided_on": decided_on}
    entry = CommitmentRelease(
        commitment_id=promise.id,
        **terms,
        reference=reference,
        proposed_by=proposed_by,
        decided_by=by,
        written_at=at,
    )
    session.add(entry)
    _check_left_then(session, promise, amount, body.key)
    cut = lower_to(session, plan, (net := net_of(session, promise)).centimes, at)
    payload = _said(promise, entry, body.key, cut) | {"amendment": amendment, "net_centimes": net.centimes}
    trail.record(session, at=at, actor=by, kind="commitment_released", project=found.id, payload=payload)
    return Released(amount, net, cut, changed=True)


def _said(
    promise: Commitment, entry: CommitmentRelease, partner: str, cut: tuple[int, ...]
) -> dict[str, Any]:
    names = ("kind", "amount_centimes", "decided_on", "proposed_by")
    said = {name: getattr(entry, name) for name in names}
    return said | {
        "partner": partner,
        "reference": promise.reference,
        "release": entry.reference,
        "cut": cut,
        "currency": promise.currency,
    }


def _check_left_then(session: Session, promise: Commitment, amount: Money, partner: str) -> None:
    """Refuse what leaves less than nothing on a day of the past."""
    least = least_left_of(session, promise)
    if least.centimes < 0:
        left = amount + least
        raise OverCommitment(
            partner=partner, reference=promise.reference, amount=amount, left=left, rule="V4"
        )


def check_release(
    session: Session,
    promise: Commitment,
    partner: str,
    kind: ReleaseKind,
    amount: Money,
    decided_on: date,
    amendment: int | None,
    today: date,
) -> None:
    """Refuse a release on a day, by an amendment or of an amount that cannot be.

    Raises: BadValue, PeriodClosed, OverCommitment.
    Source: docs/rules.md, V4.
    """
    _check_dates(session, promise, kind, decided_on, amendment, today)
    _check_amount(session, promise, amount, partner)


def is_released(
    session: Session, promise: Commitment, reference: str, terms: tuple[ReleaseKind, int, date]
) -> bool:
    """Tell whether this was released under this reference; refuse other terms under it.

    Unit: centimes.
    Raises: BadValue.
    """
    known = session.exec(
        select(CommitmentRelease).where(
            CommitmentRelease.commitment_id == promise.id, col(CommitmentRelease.reference) == reference
        )
    ).first()
    if known is None:
        return False
    if (known.kind, known.amount_centimes, known.decided_on) != terms:
        raise BadValue(field="reference", value=reference, reason="taken", rule="V4")
    return True


def _check_dates(
    session: Session,
    promise: Commitment,
    kind: ReleaseKind,
    decided_on: date,
    amendment: int | None,
    today: date,
) -> None:
    if decided_on > today:
        raise BadValue(field="decided_on", value=decided_on, reason="in_the_future", limit=today)
    if decided_on < EARLIEST:
        raise BadValue(field="decided_on", value=decided_on, reason="too_early", limit=EARLIEST)
    check_day(session, decided_on)
    if kind is ReleaseKind.CANCELLED:
        if amendment is None:
            raise BadValue(field="amendment", value="", reason="empty")
        signed_on = amended(session, promise, amendment).signed_on
        if decided_on < signed_on:
            raise BadValue(
                field="decided_on", value=decided_on, reason="too_early", limit=signed_on, rule="V4"
            )


def _check_amount(session: Session, promise: Commitment, amount: Money, partner: str) -> None:
    """Release no more than is neither called nor released, and take back no more than was released."""
    if not amount:
        raise BadValue(field="amount", value=str(amount), reason="not_positive")
    left = net_of(session, promise) - called_of(session, promise)
    least = -released_of(session, promise)
    if amount > left or amount.centimes < least:
        limit = left if amount.centimes > 0 else Money(least, amount.currency)
        raise OverCommitment(
            partner=partner, reference=promise.reference, amount=amount, left=limit, rule="V4"
        )
