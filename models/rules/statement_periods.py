"""Exports of one account side by side: what overlaps, what is missing between them, what comes twice."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from models.rules.names import plain

QUIET_DAYS = 4
"""Days without a movement between exports that state no balance, before a gap is told: a long weekend."""


@dataclass(frozen=True, slots=True)
class Period:
    """The days of one file, its end exclusive, and its balances where it states them. Unit: centimes."""

    file: UUID
    name: str
    starts_on: date
    ends_before: date
    opening: int | None = None
    closing: int | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing between two files. `amount`: what was moved there, None where no balance tells."""

    before: Period
    after: Period
    starts_on: date
    ends_before: date
    amount: int | None


@dataclass(frozen=True, slots=True)
class Overlap:
    """Days that two files both have."""

    other: Period
    starts_on: date
    ends_before: date


Pages = Mapping[UUID, frozenset[UUID]]
"""For each file those that it goes on from within a day."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one line is known by in another export. Unit: centimes."""

    id: UUID
    day: date
    amount: int
    operation: str
    label: str


def overlaps(own: Period, others: Iterable[Period]) -> tuple[Overlap, ...]:
    """Return the days that a file shares with others of its account, the earliest first.

    A file that goes on where another one ended within a day shares nothing with it.
    Source: docs/rules.md, J15.
    """
    every = [own, *others]
    pages = pages_of(every)
    found = [
        Overlap(one, max(own.starts_on, one.starts_on), min(own.ends_before, one.ends_before))
        for one in every[1:]
        if share_days(own, one, pages)
    ]
    return tuple(sorted(found, key=lambda one: (one.starts_on, one.other.file.hex)))


def share_days(one: Period, other: Period, pages: Pages) -> bool:
    """Tell whether the same movement may stand in two files. `pages`: of their account.

    Source: docs/rules.md, J15.
    """
    apart = one.ends_before <= other.starts_on or other.ends_before <= one.starts_on
    return not (apart or other.file in pages[one.file] or one.file in pages[other.file])


def pages_of(periods: Iterable[Period]) -> Pages:
    """Return for each file of an account those that it goes on from within a day, however many pages back.

    It begins within the last day of the one before, with the balance that this ended with. A day that is
    exported again begins with its first balance; a file that left nothing over tells nothing.
    Source: docs/rules.md, J15.
    """
    every = list(periods)
    ended: dict[tuple[date, int | None], list[Period]] = defaultdict(list)
    for one in every:
        ended[one.ends_before - timedelta(days=1), one.closing].append(one)
    return {one.file: _pages_before(one, ended) for one in every}


def _pages_before(own: Period, ended: Mapping[tuple[date, int | None], list[Period]]) -> frozenset[UUID]:
    before, waiting = set[UUID](), [own]
    while waiting:
        one = waiting.pop()
        if one.opening is None or one.opening == one.closing:
            continue
        for page in ended.get((one.starts_on, one.opening), ()):
            if page.file not in before and page is not own and page.ends_before > own.starts_on:
                before.add(page.file)
                waiting.append(page)
    return frozenset(before)


def whole_days(own: Period, shared: Iterable[Overlap]) -> tuple[date, date]:
    """Return the days of a file of which it has every movement, the end exclusive.

    It may have been cut off within its first day, where another file goes back further (the last thousand
    movements), and within its last day, where another goes on (it was made before the evening).
    Source: docs/rules.md, J15.
    """
    others = [one.other for one in shared]
    begins_within = any(one.starts_on < own.starts_on for one in others)
    ends_within = any(one.ends_before > own.ends_before for one in others)
    day = timedelta(days=1)
    return own.starts_on + begins_within * day, own.ends_before - ends_within * day


def gaps(periods: Iterable[Period]) -> tuple[Gap, ...]:
    """Return what is missing between the files of one account.

    Where both sides state their balance, the balances decide; otherwise the days without a movement do.
    Source: docs/rules.md, J16.
    """
    every = list(periods)
    gone_on_from = frozenset[UUID]().union(*pages_of(every).values())

    def order(one: Period) -> tuple[date, date, bool, str]:
        """Of the files that end on a day, the one comes last that no other goes on from."""
        return one.starts_on, one.ends_before, one.file not in gone_on_from, one.file.hex

    return tuple(_gaps(sorted(every, key=order)))


def _gaps(periods: Sequence[Period]) -> Iterator[Gap]:
    last: Period | None = None
    for period in periods:
        if last is not None and period.starts_on >= last.ends_before:
            amount = None
            if last.closing is not None and period.opening is not None:
                amount = period.opening - last.closing
            quiet = period.starts_on - last.ends_before
            if amount if amount is not None else quiet > timedelta(days=QUIET_DAYS):
                yield Gap(last, period, last.ends_before, period.starts_on, amount)
        if last is None or period.ends_before >= last.ends_before:
            last = period


def pairs(new: Iterable[Seen], old: Iterable[Seen]) -> dict[UUID, UUID]:
    """Return the new lines that an older export has already, each with its own older line.

    Day and amount are the same, and the operation number; where one of the two has none, the label.
    One goes with one, so that two true movements alike are two still.
    Source: docs/rules.md, J14.
    """
    waiting: dict[tuple[date, int], list[Seen]] = defaultdict(list)
    for line in sorted(old, key=lambda one: one.id.hex):
        waiting[line.day, line.amount].append(line)
    found: dict[UUID, UUID] = {}
    rest = []
    for line in sorted(new, key=lambda one: one.id.hex):
        if not _take(line, waiting[line.day, line.amount], found, by_number=True):
            rest.append(line)
    for line in rest:
        _take(line, waiting[line.day, line.amount], found, by_number=False)
    return found


def _take(line: Seen, waiting: list[Seen], found: dict[UUID, UUID], *, by_number: bool) -> bool:
    for place, other in enumerate(waiting):
        if _is_same(line, other, by_number=by_number):
            found[line.id] = waiting.pop(place).id
            return True
    return False


def _is_same(line: Seen, other: Seen, *, by_number: bool) -> bool:
    if by_number:
        return bool(line.operation) and line.operation == other.operation
    if line.operation and other.operation:
        return False
    return plain(line.label[:300]) == plain(other.label[:300])
