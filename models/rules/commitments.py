"""What a partner's promise, a stated gap and the foundation's own share must satisfy."""

from datetime import date

from models.rules.errors import BadValue
from models.rules.evidence import EARLIEST, LATEST
from models.rules.money import CurrencyMismatch, Money
from models.rules.projects import LARGEST_BUDGET


def check_commitment(
    amount: Money,
    currency: str,
    in_kind: bool,
    signed_on: date | None,
    budget_year: int | None,
    today: date,
) -> None:
    """Refuse a promise of nothing, in another currency, or signed on a day that cannot be.

    Raises: BadValue, CurrencyMismatch.
    Source: docs/rules.md, F1 to F3.
    """
    _check_amount(amount, currency)
    if amount.centimes < 0 or (amount.centimes == 0 and not in_kind):
        raise BadValue(field="amount", value=str(amount), reason="not_positive")
    if signed_on is not None:
        if signed_on > today:
            raise BadValue(field="signed_on", value=signed_on, reason="in_the_future", limit=today)
        if signed_on < EARLIEST:
            raise BadValue(field="signed_on", value=signed_on, reason="too_early", limit=EARLIEST)
    if budget_year is not None and not EARLIEST.year <= budget_year <= LATEST.year:
        bounds = {"least": EARLIEST.year, "most": LATEST.year}
        raise BadValue(field="budget_year", value=budget_year, reason="out_of_range", **bounds)


def check_share(amount: Money, budget: Money, rule: str) -> None:
    """Accept a part of the cost: from nothing to the whole budget, in its currency, or name the rule.

    Raises: BadValue, CurrencyMismatch.
    Source: docs/rules.md, F2, F5 and F6.
    """
    _check_amount(amount, budget.currency)
    if amount.centimes < 0:
        raise BadValue(field="amount", value=str(amount), reason="negative")
    if amount > budget:
        limit = str(budget)
        raise BadValue(field="amount", value=str(amount), reason="over_budget", rule=rule, limit=limit)


def over_budget(budget: Money, share: Money | None, promises: list[Money]) -> Money | None:
    """Return by how much promises and share pass the budget; None when they do not.

    Source: docs/rules.md, F4.
    """
    total = share or Money(0, budget.currency)
    for promise in promises:
        total = total + promise
    return total - budget if total > budget else None


def split_evenly(amount: Money, parts: int) -> tuple[Money, ...]:
    """Split an amount into parts that differ by a centime at most, the larger ones first."""
    each, over = divmod(amount.centimes, parts)
    return tuple(Money(each + (part < over), amount.currency) for part in range(parts))


def _check_amount(amount: Money, currency: str) -> None:
    if amount.currency != currency:
        raise CurrencyMismatch(left=amount.currency, right=currency)
    if amount.centimes > LARGEST_BUDGET.centimes:
        raise BadValue(
            field="amount", value=str(amount), reason="amount_too_large", limit=str(LARGEST_BUDGET)
        )
