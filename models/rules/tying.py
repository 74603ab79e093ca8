"""A bank's balance and the ledger's, tied by listed items: what one of them has and the other has not."""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

APART = timedelta(days=31)
"""How long the ledger may write a movement before or after the bank does (R51)."""

_SHORTEST = 4
"""Signs of a number that names a movement; a shorter one names many."""

_SEPARATORS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of bank or ledger. Unit: centimes, + received, - paid. `names`: its numbers and references."""

    id: UUID
    day: date
    amount: int
    label: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Differing:
    """One movement that bank and ledger have under one name, with different amounts."""

    bank: Movement
    ledger: Movement

    @property
    def centimes(self) -> int:
        """What the bank has more."""
        return self.bank.amount - self.ledger.amount


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account holds at the end of a day. Unit: centimes.

    `stated`: a file states a balance from which it follows. `missing`: what was moved between its files, as
    their balances tell, without a line. `until`: the last day that its files know of.
    """

    centimes: int = 0
    stated: bool = False
    missing: int = 0
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Tie:
    """Both balances and the items between them. Unit: centimes."""

    bank: Balance
    ledger: Balance
    only_bank: tuple[Movement, ...]
    only_ledger: tuple[Movement, ...]
    differing: tuple[Differing, ...]

    @property
    def apart(self) -> int:
        """By how much the bank's balance is above the ledger's."""
        return self.bank.centimes - self.ledger.centimes

    @property
    def explained(self) -> int:
        """What the listed items come to."""
        listed = sum(one.amount for one in self.only_bank) - sum(one.amount for one in self.only_ledger)
        return (
            listed + sum(one.centimes for one in self.differing) + self.bank.missing - self.ledger.missing
        )

    @property
    def rest(self) -> int:
        """By how much the balances do not tie: nothing, or nobody may rely on the report."""
        return self.apart - self.explained


def tie(bank: Iterable[Movement], ledger: Iterable[Movement], balances: tuple[Balance, Balance]) -> Tie:
    """Pair the movements of bank and ledger, one with one, and list what is left of each.

    Pairs have the same amount: first those that share a number or reference, then those whose days are
    near. Of the rest, two that alone share a name are one movement whose amounts differ.
    Source: docs/rules.md, R51.
    """
    left_bank, left_ledger = (
        sorted(movements, key=lambda one: (one.day, one.id.hex)) for movements in (bank, ledger)
    )
    left_bank, left_ledger = _without_pairs(left_bank, left_ledger, _by_amount_and_name)
    left_bank, left_ledger = _without_pairs(left_bank, left_ledger, _by_amount)
    differing = tuple(_differing(left_bank, left_ledger))
    told = {one.id for pair in differing for one in (pair.bank, pair.ledger)}
    return Tie(
        *balances,
        tuple(one for one in left_bank if one.id not in told),
        tuple(one for one in left_ledger if one.id not in told),
        differing,
    )


def names_of(*texts: str) -> tuple[str, ...]:
    """Return the numbers and references by which a movement is named, in one spelling."""
    plain = (_SEPARATORS.sub("", text).upper() for text in texts)
    return tuple(dict.fromkeys(name for name in plain if len(name) >= _SHORTEST))


def _by_amount_and_name(one: Movement) -> Sequence[Hashable]:
    return [(one.amount, name) for name in one.names]


def _by_amount(one: Movement) -> Sequence[Hashable]:
    return [one.amount]


def _without_pairs(
    bank: Sequence[Movement], ledger: Sequence[Movement], keys: Callable[[Movement], Sequence[Hashable]]
) -> tuple[list[Movement], list[Movement]]:
    """Take away one line of each side for the other, the earliest first; both come in order of days."""
    waiting: dict[Hashable, list[Movement]] = defaultdict(list)
    for one in ledger:
        for key in keys(one):
            waiting[key].append(one)
    begins: dict[Hashable, int] = defaultdict(int)
    taken: set[UUID] = set()
    left = []
    for one in bank:
        found = next((f for key in keys(one) if (f := _near(waiting, begins, key, one, taken))), None)
        if found is None:
            left.append(one)
        else:
            taken.add(found.id)
    return left, [one for one in ledger if one.id not in taken]


def _near(
    waiting: dict[Hashable, list[Movement]],
    begins: dict[Hashable, int],
    key: Hashable,
    one: Movement,
    taken: set[UUID],
) -> Movement | None:
    """Return the earliest line of the other side that is near enough and free.

    `begins` keeps how many at the front are taken or too early for all that follow.
    """
    those, place = waiting.get(key, []), begins[key]
    while place < len(those) and (those[place].id in taken or those[place].day < one.day - APART):
        place += 1
    begins[key] = place
    while place < len(those) and those[place].id in taken:
        place += 1
    if place < len(those) and those[place].day <= one.day + APART:
        return those[place]
    return None


def _differing(bank: Sequence[Movement], ledger: Sequence[Movement]) -> Iterable[Differing]:
    of_bank, of_ledger = _named(bank), _named(ledger)
    told: set[UUID] = set()
    for name in sorted(of_bank.keys() & of_ledger.keys()):
        ones, others = of_bank[name], of_ledger[name]
        if len(ones) != 1 or len(others) != 1 or {ones[0].id, others[0].id} & told:
            continue
        one, other = ones[0], others[0]
        if (one.amount > 0) is (other.amount > 0) and abs(one.day - other.day) <= APART:
            told |= {one.id, other.id}
            yield Differing(one, other)


def _named(movements: Sequence[Movement]) -> dict[str, list[Movement]]:
    found: dict[str, list[Movement]] = defaultdict(list)
    for one in movements:
        for name in one.names:
            found[name].append(one)
    return found


@dataclass(frozen=True, slots=True)
class Anchor:
    """A file that states a balance. Unit: centimes; the end is exclusive."""

    file: UUID
    starts_on: date
    ends_before: date
    opening: int | None
    closing: int | None


def anchor_of(files: Iterable[Anchor], ends_before: date) -> Anchor | None:
    """Return the last file that states a balance and begins before an end.

    Source: docs/rules.md, R50.
    """
    stated = [
        one
        for one in files
        if one.starts_on < ends_before and (one.opening is not None or one.closing is not None)
    ]
    stated.sort(key=lambda one: (min(one.ends_before, ends_before), one.starts_on, one.file.hex))
    return stated[-1] if stated else None
