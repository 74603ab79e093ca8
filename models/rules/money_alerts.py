"""What of a project's money people must hear of in the morning, how bad it is, and whether it is news.

Units: whole centimes, all taxes included; shares in hundredths of a percent; days of the calendar.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from models.rules.milestones import REQUEST_DAYS_BEFORE_END
from models.rules.payment_curve import Shortfall
from models.rules.penalties import Penalty
from models.rules.terms import WHOLE

PROGRESS_MARGIN = 10_00
"""How far certified works may run ahead of measured progress: ten points (house figure)."""

REQUEST_STEPS = (30, 7, -1)
"""Days before the last day to ask for definitive acceptance on which that is told; -1: it has passed."""


class Alert(StrEnum):
    """What is told."""

    FUNDING_GAP = "funding_gap"
    PAYMENTS_UNCOVERED = "payments_uncovered"
    RELEASE_DUE = "release_due"
    PENALTY_CAP = "penalty_cap"
    AHEAD_OF_WORKS = "ahead_of_works"
    LINE_EXCEEDED = "line_exceeded"
    BOND_MISSING = "bond_missing"
    GUARANTEE_ENDING = "guarantee_ending"


class ReleaseReason(StrEnum):
    """Why what secures a contract is to be released, the more pressing the later."""

    BONDED = "bonded"
    GUARANTEE_OVER = "guarantee_over"
    DEFINITIVE = "definitive"


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that is amiss on a day. `level` rises as it gets worse: centimes of `currency`, or a step.

    `subject`: the id of the project, contract or budget line it is about. `month`: the first month that
    cannot be paid; a nearer one is worse.
    """

    alert: Alert
    project: UUID
    subject: UUID
    level: int
    payload: Mapping[str, Any]
    currency: str | None = None
    month: date | None = None


@dataclass(frozen=True, slots=True)
class Hole:
    """The first month that cannot be paid, what is missing of it and whose it is; and the worst month."""

    month: date
    missing: int
    worst_month: date
    worst: int
    sources: tuple[Shortfall, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """What secures a contract on a day. `most`: what may be retained in money beside its bonds.

    `bonds`: performance and retention bonds that are lodged. `bonded`: whether one stands for retention.
    """

    retention: int = 0
    most: int = 0
    bonds: int = 0
    bonded: bool = False
    guarantee_until: date | None = None
    definitive_on: date | None = None
    open_reservations: int = 0


@dataclass(frozen=True, slots=True)
class Release:
    """What is to be released of a contract, why, and since when that can be said."""

    reason: ReleaseReason
    retention: int
    bonds: int
    since: date | None = None

    @property
    def step(self) -> int:
        return list(ReleaseReason).index(self.reason) + 1


@dataclass(frozen=True, slots=True)
class Told:
    """What was last told of a subject, whether it is still amiss, and the last day it was looked at."""

    level: int
    month: date | None = None
    is_open: bool = True
    seen_on: date = field(default=date.min)


def worst_hole(shortfalls: Sequence[Shortfall]) -> Hole | None:
    """Return the first month that cannot be paid, and the one in which the most is missing.

    What is missing in a month is the sum of its parts; of two that lack the same, the first counts.
    Source: docs/rules.md, B41.
    """
    months: dict[date, int] = {}
    for one in shortfalls:
        months[one.month] = months.get(one.month, 0) + one.missing
    if not months:
        return None
    first = min(months)
    worst = min(months, key=lambda month: (-months[month], month))
    sources = tuple(one for one in shortfalls if one.month == first)
    return Hole(first, months[first], worst, months[worst], sources)


def due_release(held: Held, today: date) -> Release | None:
    """Return what of a contract's retention and bonds is to be released, if anything is.

    All of it once definitive acceptance is pronounced without open reservations; all of it is to be
    looked at once the guarantee is over; before that, what is retained beside a bond that stands for it.
    Source: docs/rules.md, B42.
    """
    retention = max(held.retention, 0)
    if retention + held.bonds and held.definitive_on is not None:
        if held.open_reservations:
            return None
        return Release(ReleaseReason.DEFINITIVE, retention, held.bonds, held.definitive_on)
    if retention + held.bonds and held.guarantee_until is not None and today >= held.guarantee_until:
        return Release(ReleaseReason.GUARANTEE_OVER, retention, held.bonds, held.guarantee_until)
    if held.bonded and (beyond := retention - held.most) > 0:
        return Release(ReleaseReason.BONDED, beyond, 0)
    return None


def cap_step(penalty: Penalty) -> int:
    """Return 2 where the penalty for delay has reached its cap, 1 where it is near, else 0.

    Source: docs/rules.md, B43.
    """
    return 2 if penalty.at_cap else int(penalty.near)


def points_ahead(certified: int, amount: int, progress: int) -> int:
    """Return by how much certified works pass measured progress, in hundredths of a point, rounded down.

    `amount`: of the contracts with their amendments. Without a contract nothing runs ahead.
    Source: docs/rules.md, B44.
    """
    return certified * WHOLE // amount - progress if amount > 0 else 0


def ahead_step(points: int) -> int:
    """Return how many whole margins certified works run ahead of measured progress; 0 below the first.

    Source: docs/rules.md, B44.
    """
    return max(points // PROGRESS_MARGIN, 0)


def bond_deadline(notified_on: date, bond_days: int) -> date:
    """Return the last day on which a performance bond is lodged in time.

    Source: docs/rules.md, B46.
    """
    return notified_on + timedelta(days=bond_days)


def is_bond_late(notified_on: date | None, bond_days: int, missing: int, today: date) -> bool:
    """Tell whether a part of a contract's performance bond is missing after its time.

    Source: docs/rules.md, B46.
    """
    return notified_on is not None and missing > 0 and today > bond_deadline(notified_on, bond_days)


def last_request(guarantee_until: date) -> date:
    """Return the last day on which definitive acceptance is asked for in time.

    Source: docs/rules.md, B47.
    """
    return guarantee_until - timedelta(days=REQUEST_DAYS_BEFORE_END)


def request_step(guarantee_until: date, today: date) -> int:
    """Return how near the last day to ask for definitive acceptance is: 1, 2, 3 once it has passed, or 0.

    From the end of the guarantee on it is told as a release that is due (B42).
    Source: docs/rules.md, B47.
    """
    if today >= guarantee_until:
        return 0
    left = (last_request(guarantee_until) - today).days
    return sum(left <= step for step in REQUEST_STEPS)


def is_news(told: Told | None, level: int, month: date | None = None) -> bool:
    """Tell whether something amiss is to be told: new, open again, worse, or of an earlier month.

    Source: docs/rules.md, B48.
    """
    if told is None or not told.is_open:
        return True
    nearer = month is not None and told.month is not None and month < told.month
    return level > told.level or nearer


def widened_by(told: Told | None, level: int) -> int | None:
    """Return by how much something that was told has grown; None where it was not told, or has not.

    Source: docs/rules.md, B48.
    """
    if told is None or not told.is_open or level <= told.level:
        return None
    return level - told.level


def alert_key(alert: Alert, subject: UUID, times: int) -> str:
    """Return what makes a message one: its kind, what it is about, and how often that was told.

    Source: docs/rules.md, B48.
    """
    return f"{alert.value}:{subject}:{times}"
