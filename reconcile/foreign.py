"""Targets in another currency: what a line in dirhams pays of them, by the rate of its day."""

import numpy as np

from reconcile.arrays import NONE, Dated, Flags, Ints
from reconcile.books import DIRHAM, UNKNOWN
from reconcile.connections import connected
from reconcile.evidence import EARLIEST, EXACT, FOREIGN, LATEST, Facts

BANK_LESS, BANK_MORE = 8, 4
"""Thousandths by which the bank's own rate may lie below or above that of the day."""

CHARGES = 600_00
"""Centimes that a bank keeps of a transfer from abroad, at most."""

MOST_OF_PARTY = 60


def find_foreign(facts: Facts, is_open: Flags) -> tuple[Ints, Ints, Ints]:
    """Return pairs of a line and a target in another currency, and how their amounts agree.

    The original amount on the line agrees to the centime; else the amount in dirhams lies within the rate
    of the day, less charges. A day without a rate takes the last one before.
    """
    targets, lines = facts.books.targets, facts.books.lines
    rows = np.flatnonzero(np.array([one != DIRHAM for one in targets.currency], bool))
    if not len(rows):
        return NONE, NONE, NONE
    found = []
    for key, line, asked in connected(facts, is_open, rows):
        day = lines.day[line]
        dated = Dated(key, targets.due[rows])
        place, row = dated.find(asked, day - LATEST, day + EARLIEST, MOST_OF_PARTY)
        found.append((line[place], rows[row]))
    line = np.concatenate([one for one, _ in found])
    target = np.concatenate([one for _, one in found])
    line, target = np.unique(np.stack([line, target]), axis=1) if len(line) else (line, target)
    amount = _agreed(facts, line, target)
    fits = (amount != UNKNOWN) & (lines.side[line] == targets.side[target])
    return line[fits], target[fits], amount[fits]


def in_dirhams(facts: Facts, line: Ints, target: Ints) -> Ints:
    """Return what targets are in centimes of dirhams at the rate of each line's day; 0 without a rate."""
    targets, days = facts.books.targets, facts.books.lines.day[line]
    worth = np.zeros(len(line), np.int64)
    currencies = np.array(targets.currency, object)[target]
    for currency in sorted(set(currencies.tolist())):
        mine = currencies == currency
        rate = facts.books.rates.on(str(currency), days[mine])
        worth[mine] = targets.amount[target[mine]] * rate // 10_000
    return worth


def _agreed(facts: Facts, line: Ints, target: Ints) -> Ints:
    lines, targets = facts.books.lines, facts.books.targets
    worth, paid = in_dirhams(facts, line, target), lines.size[line]
    near = (paid >= worth - worth * BANK_LESS // 1000 - CHARGES) & (
        paid <= worth + worth * BANK_MORE // 1000
    )
    currency = np.array(lines.original_currency, object)[line] == np.array(targets.currency, object)[target]
    said = lines.original[line] > 0
    same = said & currency & (lines.original[line] == targets.amount[target])
    level = np.where((worth > 0) & near & ~said, FOREIGN, UNKNOWN)
    return np.where(same, EXACT, level)
