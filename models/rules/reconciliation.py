"""Matches between lines and what they pay: their kinds, what keeps one from being booked, their ids."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID, uuid5

from models.rules.cases import CaseKind
from models.rules.errors import CentreError
from models.rules.lessons import LessonKind
from models.rules.money import Money
from models.rules.stages import Stage, Status

MATCHES = UUID("5f0c1f6e-6a4b-5d0e-9b0a-2f6c8d1e7a33")
"""The name space of the ids of matches; it never changes."""

CENTS = 50
"""Centimes by which a bank rounds: so small a difference is booked, and told (R5)."""

MOST_SUGGESTIONS = 3
SHORTEST_SIGNS, SHOWN_SIGNS = 6, 8
"""Signs of the id of a line, match, case or lesson: the fewest that name it, and those shown (X35)."""


class ReconciliationState(StrEnum):
    """Where a run stands: one that was killed is left open, and abandoned by the next."""

    OPEN = "open"
    DONE = "done"
    ABANDONED = "abandoned"


class MatchKind(StrEnum):
    """How lines and targets belong together, or what a line without a target is."""

    SINGLE = "single"
    MERGED = "merged"
    SPLIT = "split"
    PART = "part"
    DUPLICATE = "duplicate"
    REVERSAL = "reversal"
    CORRECTION = "correction"
    FEE = "fee"
    OTHER = "other"

    @property
    def pays(self) -> bool:
        """Whether such a match pays calls or certificates."""
        return self in PAYING


PAYING = frozenset({MatchKind.SINGLE, MatchKind.MERGED, MatchKind.SPLIT, MatchKind.PART})
MARKS = (MatchKind.FEE, MatchKind.DUPLICATE, MatchKind.REVERSAL, MatchKind.OTHER)
"""What a person may mark a line as."""


class MatchStatus(StrEnum):
    """Booked, proposed to a person, no longer proposed, refused by a person, or taken back by an entry."""

    BOOKED = "booked"
    SUGGESTED = "suggested"
    LAPSED = "lapsed"
    REJECTED = "rejected"
    UNDONE = "undone"


class WhyNot(StrEnum):
    """Why the books do not take a piece that has no kind of case of its own."""

    PAID = "paid"
    WITHDRAWN = "withdrawn"
    WRONG_WAY = "wrong_way"
    TOO_EARLY = "too_early"
    TO_COME = "to_come"
    NO_PART = "no_part"
    NO_AMOUNT = "no_amount"


class RunBusy(CentreError):
    """Another run is under way. Details: by, since."""

    code = "run_busy"


class RunOvertaken(CentreError):
    """A run took so long that another one began in its place; it has booked nothing."""

    code = "run_overtaken"


class LineTaken(CentreError):
    """The line is not open any more. Details: line, state."""

    code = "line_taken"


class LineOpen(CentreError):
    """Nothing was decided about the line that could be undone. Details: line."""

    code = "line_open"


class LineNotBookable(CentreError):
    """The books do not take the match. Details: line, target, case_kind (that it would be), why."""

    code = "line_not_bookable"


class SumDiffers(CentreError):
    """The parts do not come to the line's amount. Details: line, amount, parts."""

    code = "sum_differs"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a match: of which line, and what it pays or which other line it belongs to.

    Unit: centimes, + received, - paid.
    """

    line: UUID
    amount: int = 0
    call: UUID | None = None
    certificate: UUID | None = None
    other: UUID | None = None

    @property
    def target(self) -> UUID | None:
        """The call or the certificate."""
        return self.call or self.certificate


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for or against a match. Unit: hundredths of a point."""

    name: str
    level: str
    points: int


@dataclass(frozen=True, slots=True)
class Rival:
    """The best target of another agreement. Unit: hundredths of a point."""

    target: UUID
    points: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What a run or a person decides about lines. Units: hundredths of a percent (`share`) and of a point.

    `rank`: the place among the suggestions of a line, from 1; 0 for what is to be booked.
    """

    kind: MatchKind
    pieces: tuple[Piece, ...]
    stage: str = ""
    share: int = 0
    points: int = 0
    evidence: tuple[Evidence, ...] = ()
    rival: Rival | None = None
    rank: int = 0

    @property
    def lines(self) -> tuple[UUID, ...]:
        """The lines that it is about, each once."""
        return tuple(dict.fromkeys(piece.line for piece in self.pieces))


@dataclass(frozen=True, slots=True)
class Owed:
    """A call or certificate that money may settle. Unit of `left`: centimes of `currency`.

    `since`: the first day of which a payment may be. `takes_part`: the partner is one of the project's.
    `foreign`: it was promised in another currency, so that the rate of a day makes a difference.
    """

    id: UUID
    is_call: bool
    name: str
    project: UUID
    project_key: str
    region: str
    stage: Stage
    status: Status
    currency: str
    left: int
    since: date
    partner: UUID | None = None
    partner_key: str = ""
    contract: UUID | None = None
    contract_reference: str = ""
    number: int = 0
    takes_part: bool = True
    foreign: bool = False
    settled_from: date | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """For what a run decides: days of lines (the end is exclusive), keys of partner, project, account.

    Everything is looked at all the same: a rival outside of it is a rival (R8).
    """

    starts: date | None = None
    ends_before: date | None = None
    partner: str | None = None
    project: str | None = None
    account: str | None = None

    def as_json(self) -> dict[str, str]:
        """Return what is said of it."""
        told = {"starts": self.starts, "ends_before": self.ends_before, "partner": self.partner}
        told |= {"project": self.project, "account": self.account}
        return {name: str(value) for name, value in told.items() if value is not None}

    def holds(self, day: date, account: str) -> bool:
        """Tell whether a line of a day and an account is one of those asked for."""
        late = self.starts is None or day >= self.starts
        early = self.ends_before is None or day < self.ends_before
        return late and early and self.account in (None, account)


@dataclass(frozen=True, slots=True)
class Days:
    """The day that is today, and the first one that is not closed (None: none ever was)."""

    today: date
    first_open: date | None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A later line that speaks against what is booked of an earlier one: it takes it back, or moves it.

    `project`: where the ledger moves it; None where it is taken back.
    """

    line: UUID
    booked: UUID
    project: UUID | None = None


@dataclass(frozen=True, slots=True)
class Taught:
    """How a line's account calls a party (a partner's id, a contractor) or a reference, if booked so."""

    line: UUID
    account: UUID
    party: str
    value: str
    kind: LessonKind = LessonKind.SPELLING


def match_id(status: MatchStatus, kind: MatchKind, pieces: Iterable[Piece], turn: int = 0) -> UUID:
    """Return the id of a match: the same lines, targets and amounts have one, in whatever order they come.

    `turn`: how often the same was taken back before.
    Source: docs/rules.md, R1.
    """
    told = sorted(
        f"{piece.line.hex} {piece.target.hex if piece.target else '-'}"
        f" {piece.other.hex if piece.other else '-'} {piece.amount}"
        for piece in pieces
    )
    return uuid5(MATCHES, "\n".join([status, kind, str(turn), *told]))


def hindrance(owed: Owed, piece: Piece, left: int, currency: str, day: date, days: Days) -> CaseKind | None:
    """Return what keeps a piece from being booked: the kind of the case that it is then, or None.

    `left`: what is owed still, in centimes; `currency`: the account's; `day`: the line's.
    Source: docs/rules.md, R3 and R4.
    """
    if owed.stage is Stage.CLOSED or owed.status is not Status.ACTIVE:
        return CaseKind.CLOSED_PROJECT
    if owed.currency != currency:
        return CaseKind.OTHER_CURRENCY
    if days.first_open is not None and day < days.first_open:
        return CaseKind.CLOSED_PERIOD
    if why_not(owed, piece, left, day, days.today) is not None:
        return CaseKind.NOT_BOOKED
    if owed.is_call:
        return None
    return CaseKind.PAID_ABOVE_CERTIFIED if left <= 0 or -piece.amount > left + CENTS else None


def why_not(owed: Owed, piece: Piece, left: int, day: date, today: date) -> WhyNot | None:
    """Return why the books do not take a piece, told to a person; None where nothing of this is so.

    Source: docs/rules.md, R3.
    """
    if not piece.amount:
        return WhyNot.NO_AMOUNT
    if (piece.amount > 0) is not owed.is_call:
        return WhyNot.WRONG_WAY
    if day > today:
        return WhyNot.TO_COME
    if not owed.is_call and day < owed.since:
        return WhyNot.TOO_EARLY
    if not owed.takes_part:
        return WhyNot.NO_PART
    return WhyNot.PAID if owed.is_call and left <= 0 else None


def is_overtaken(owed: Owed | None) -> bool:
    """Tell whether what was suggested to be paid is paid by now, or no longer called (None).

    Source: docs/rules.md, R23.
    """
    return owed is None or owed.left <= 0


def settled(owed: Owed, piece: Piece, left: int) -> tuple[int, int]:
    """Return what a piece writes into the books and what of it settles the target. Unit: centimes.

    A receipt is written whole, and what is more than the call lacks stays the partner's advance; a payment
    is never more than its certificate owes, and the few centimes beyond are told.
    Source: docs/rules.md, R5.
    """
    size = abs(piece.amount)
    taken = min(size, left)
    return (size if owed.is_call else taken), taken


def difference(owed: Owed, piece: Piece, left: int) -> CaseKind | None:
    """Return the kind of the case that a booked piece opens: a few centimes, or a difference of rates.

    Source: docs/rules.md, R5.
    """
    apart = abs(abs(piece.amount) - left)
    if not apart:
        return None
    if owed.foreign:
        return CaseKind.EXCHANGE_DIFFERENCE
    return CaseKind.OFF_BY_CENTS if apart <= CENTS else None


_LAST_NUMBER = re.compile(r"(?<!\d)(\d{1,3})\D*$")


def check_sum(line: str, amount: Money, parts: Sequence[int]) -> None:
    """Refuse parts that do not come to the line's amount, to the centime, or that go the other way.

    Raises: SumDiffers.
    Source: docs/rules.md, R7.
    """
    whole, sent = sum(parts), amount.centimes > 0
    if whole != amount.centimes or any((part > 0) is not sent or not part for part in parts):
        raise SumDiffers(line=line, amount=amount, parts=Money(whole, amount.currency))


def printed_number(reference: str, number: int) -> int:
    """Return the number by which a bank names an account: the one that its reference ends in.

    An advance is an account of ours, and none to the contractor, who counts the works alone. Without a
    reference, or where that ends in a year, it is our own number.
    Source: docs/rules.md, R19.
    """
    ending = _LAST_NUMBER.search(reference)
    return int(ending[1]) if ending else number


def digest(rows: Iterable[object]) -> str:
    """Return the hash of what was read or decided, row by row; rows come in a fixed order.

    Source: docs/rules.md, R9.
    """
    seal = hashlib.sha256()
    for row in rows:
        seal.update(repr(row).encode())
        seal.update(b"\n")
    return seal.hexdigest()
