"""Rates of exchange, entered by finance: one, or a file of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Session, select

from models.clock import local_day
from models.operations import trail
from models.queries.people import find_actor
from models.rules.authority import Action, authorize
from models.rules.rates import check_rate
from models.tables import ExchangeRate


@dataclass(frozen=True, slots=True)
class RatesEntered:
    """How many rates are new, replaced another one of their day, and were there already."""

    new: int = 0
    changed: int = 0
    same: int = 0


def enter_rates(
    session: Session, rates: Iterable[tuple[str, Decimal, date]], *, by: str, at: datetime
) -> RatesEntered:
    """Write rates of days; the same again changes nothing, another one takes the place of the old.

    Both stay in the trail. Raises: NotAllowed, BadValue.
    Source: docs/rules.md, R21.
    """
    authorize(find_actor(session, by), Action.RECONCILE)
    today = local_day(at)
    checked = [(currency, day, check_rate(currency, rate, day, today)) for currency, rate, day in rates]
    known = {(one.currency, one.day): one for one in session.exec(select(ExchangeRate))}
    new = changed = same = 0
    for currency, day, rate in checked:
        before = known.get((currency, day))
        if before is not None and before.rate == rate:
            same += 1
            continue
        payload = {"currency": currency, "day": day, "rate": rate, "before": before and before.rate}
        trail.record(session, at=at, actor=by, kind="exchange_rate_entered", payload=payload)
        if before is None:
            new += 1
            row = ExchangeRate(currency=currency, day=day, rate=rate, entered_by=by, entered_at=at)
            session.add(row)
            known[currency, day] = row
        else:
            changed += 1
            before.rate, before.entered_by, before.entered_at = rate, by, at
    session.flush()
    return RatesEntered(new, changed, same)
