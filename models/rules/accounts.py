"""A payment certificate: what is certified, each deduction, and what is owed."""

from collections.abc import Iterable
from dataclasses import dataclass

from models.rules.errors import BadValue
from models.rules.money import Money
from models.rules.terms import WHOLE, Terms, part

THOUSAND = 1_000
"""One unit of a bill item, in thousandths."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a contract stands before an account. Unit: centimes, all taxes included."""

    amount: int
    """The initial amount and the amendments."""
    gross: int = 0
    """Certified so far, price revision not counted."""
    retention_held: int = 0
    retention_bonds: int = 0
    advance_given: int = 0
    recovered: int = 0
    penalty_taken: int = 0
    """For delay."""

    @property
    def advance_left(self) -> int:
        return self.advance_given - self.recovered


@dataclass(frozen=True, slots=True)
class Claim:
    """What an account starts from. Unit: centimes.

    `delay` is the whole penalty for delay so far, `special` what this account takes for another reason.
    """

    gross: int
    revision: int = 0
    delay: int = 0
    special: int = 0
    last: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """A certificate with each deduction. Unit: centimes; `vat` is included in gross and revision."""

    gross: int
    revision: int = 0
    retention: int = 0
    vat_withheld: int = 0
    recovered: int = 0
    penalty: int = 0
    special: int = 0
    """The part of the penalty that is not for delay."""
    vat: int = 0

    @property
    def net(self) -> int:
        """What is owed; below zero the contractor owes it."""
        taken = self.retention + self.recovered + self.penalty + self.vat_withheld
        return self.gross + self.revision - taken


def settle(claim: Claim, before: Standing, terms: Terms) -> Account:
    """Return the account: retention, VAT withheld, advance and penalties, in this order.

    No account but the last one owes less than nothing: what it cannot bear of the advance and of the
    penalty waits for the next one. The last account takes all that is left.
    Raises: BadValue when an account cannot bear a penalty that is not for delay.
    Source: docs/rules.md, W17, W18, W20 and W21.
    """
    value = claim.gross + claim.revision
    vat = vat_in(value, terms)
    withheld = part(vat, terms.vat_withheld)
    retention = max(0, min(retention_of(value, before, terms), value - withheld))
    left = value - retention - withheld
    recovered = recovery_of(claim, before, terms)
    delay = claim.delay - before.penalty_taken
    if not claim.last:
        left += max(0, -delay)  # a penalty that is given back bears the advance too
        recovered = max(0, min(recovered, left))
        delay = min(delay, _left_for_delay(claim, left - recovered))
    return Account(
        gross=claim.gross,
        revision=claim.revision,
        retention=retention,
        vat_withheld=withheld,
        recovered=recovered,
        penalty=delay + claim.special,
        special=claim.special,
        vat=vat,
    )


def _left_for_delay(claim: Claim, left: int) -> int:
    if claim.special > left:
        asked, limit = Money(claim.special), Money(left)
        raise BadValue(
            field="special_penalty", value=str(asked), reason="over_net", rule="W21", limit=str(limit)
        )
    return left - claim.special


def retention_cap(amount: int, terms: Terms) -> int:
    """Return what is retained at most of a contract with its amendments, in centimes (W17)."""
    return part(amount, terms.retention_cap)


def must_hold(before: Standing, terms: Terms) -> int:
    """Return what is retained in money at most: the cap, less what bonds stand for.

    Source: docs/rules.md, W17.
    """
    return max(0, retention_cap(before.amount, terms) - before.retention_bonds)


def retention_of(value: int, before: Standing, terms: Terms) -> int:
    """Return what is retained of an account, up to the cap; never less than nothing.

    Source: docs/rules.md, W17.
    """
    room = must_hold(before, terms) - before.retention_held
    return max(0, min(part(value, terms.retention), room))


def recovery_of(claim: Claim, before: Standing, terms: Terms) -> int:
    """Return what an account recovers of the advance: in proportion to the works, all of it at last.

    Source: docs/rules.md, W18.
    """
    if claim.last:
        return before.advance_left
    done = max(0, before.gross + claim.gross)
    due = part(before.advance_given, done * WHOLE, before.amount * terms.advance_recovered_by)
    return max(0, min(before.advance_given, due) - before.recovered)


def advance_due(initial: int, period_days: int, terms: Terms) -> int:
    """Return the advance that a contract may have at most, in centimes; a month counts 30 days here.

    Source: docs/rules.md, W18.
    """
    if initial < terms.advance_from_centimes or period_days < terms.advance_months * 30:
        return 0
    below = min(initial, terms.advance_threshold_centimes)
    above = initial - below
    due = part(below, terms.advance) + part(above, terms.advance_above)
    return min(due, terms.advance_most_centimes)


def vat_in(value: int, terms: Terms) -> int:
    """Return the VAT that is part of an amount with all taxes, in centimes.

    Source: docs/rules.md, W20.
    """
    return part(value, terms.vat, WHOLE + terms.vat)


def measured(lines: Iterable[tuple[int, int]]) -> int:
    """Return what quantities (thousandths) at their prices (centimes a unit) come to.

    Each line is rounded half to even to the centime, as it is printed, then added up.
    Source: docs/rules.md, W22.
    """
    return sum(part(quantity, price, THOUSAND) for quantity, price in lines)
