"""Taking up a contract to write to it, and what every fact written to one must satisfy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from models.clock import local_day
from models.operations import trail
from models.operations.access import take_up
from models.queries.contracts import find_contract
from models.queries.periods import check_day
from models.rules.authority import Action
from models.rules.errors import BadValue
from models.rules.money import CurrencyMismatch, Money
from models.rules.projects import LARGEST_BUDGET
from models.tables import Contract, Project

LONGEST_REFERENCE = 64


@dataclass(frozen=True, slots=True)
class Held:
    """A contract that one may write to, and its project, held until the transaction ends."""

    contract: Contract
    project: Project


def take_up_contract(session: Session, reference: str, action: Action, by: str) -> Held:
    """Return a contract that the person may write to so.

    Raises: UnknownKey, NotAllowed.
    """
    contract = find_contract(session, reference)
    project = session.get_one(Project, contract.project_id)
    return Held(contract, take_up(session, project.key, action, by))


def check_dated(
    session: Session, held: Held, field: str, day: date, at: datetime, since: date | None = None
) -> None:
    """Refuse a fact dated before the contract or `since`, after today, or in a closed period.

    Raises: BadValue, PeriodClosed.
    Source: docs/rules.md, B1 and W24.
    """
    earliest = max(held.contract.signed_on, since or held.contract.signed_on)
    check_not_ahead(field, day, at)
    if day < earliest:
        raise BadValue(field=field, value=day, reason="too_early", limit=earliest)
    check_day(session, day)


def check_not_ahead(field: str, day: date, at: datetime) -> None:
    """Refuse a day that has not come yet.

    Raises: BadValue.
    """
    if day > local_day(at):
        raise BadValue(field=field, value=day, reason="in_the_future", limit=local_day(at))


def check_money(field: str, amount: Money, currency: str, *, positive: bool = True) -> None:
    """Refuse an amount in another currency, of nothing or less where it must be more, or far too large.

    Raises: BadValue, CurrencyMismatch.
    Source: docs/rules.md, F2.
    """
    if amount.currency != currency:
        raise CurrencyMismatch(left=amount.currency, right=currency)
    if positive and amount.centimes <= 0:
        raise BadValue(field=field, value=str(amount), reason="not_positive")
    if abs(amount.centimes) > LARGEST_BUDGET.centimes:
        raise BadValue(field=field, value=str(amount), reason="amount_too_large", limit=str(LARGEST_BUDGET))


def is_known(known: object | None, terms: Mapping[str, Any], reference: object) -> bool:
    """Tell whether a fact stands in the books as it was asked for; refuse it where it stands otherwise.

    Raises: BadValue.
    Source: docs/rules.md, W24.
    """
    if known is None:
        return False
    if any(getattr(known, name) != value for name, value in terms.items()):
        raise BadValue(field="reference", value=str(reference), reason="already_stated", rule="W24")
    return True


def write_down(
    session: Session, held: Held, kind: str, by: str, at: datetime, payload: Mapping[str, Any]
) -> None:
    """Record in the trail what happened to a contract."""
    payload = {"contract": held.contract.reference, **payload}
    trail.record(session, at=at, actor=by, kind=kind, project=held.project.id, payload=payload)
