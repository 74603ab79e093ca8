"""The facts of one project that its gates are asked of: plain values, loaded once per question."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from models.rules.kinds import Trait
from models.rules.money import Money
from models.rules.money_facts import Books
from models.rules.stages import Stage, Status


@dataclass(frozen=True, slots=True)
class Proof:
    """A current piece of evidence. `on` is its own date; `value` is in hundredths of its unit."""

    on: date
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """What one partner has given its word for, for this project alone, less what was released of it."""

    partner: str
    amount: Money
    signed_on: date | None
    programmed: bool
    """True when its budget year and budget line are known (docs/rules.md, G0.5b)."""


def is_programmed(in_kind: bool, budget_year: int | None, budget_line: str) -> bool:
    """Tell whether a promise stands in its partner's budget; one in kind needs no credits.

    Source: docs/rules.md, G0.5b.
    """
    return in_kind or (budget_year is not None and bool(budget_line))


@dataclass(frozen=True, slots=True)
class Gap:
    """The part of the cost that nobody has promised yet, as it was last stated."""

    amount: Money
    stated_on: date
    plan: str


@dataclass(frozen=True, slots=True)
class Quorum:
    """Who has signed the proposal that waits for the move in question; None where nobody has."""

    proposed_by: str | None = None
    certified_by: str | None = None
    approved_by: str | None = None


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything a gate may ask about one project on one day."""

    project: str
    stage: Stage
    status: Status
    today: date
    traits: frozenset[Trait] = frozenset()
    budget: Money | None = None
    foundation_share: Money | None = None
    gap: Gap | None = None
    partners: frozenset[str] = frozenset()
    promises: tuple[Promise, ...] = ()
    proofs: Mapping[str, Proof] = field(default_factory=dict)
    duties: frozenset[str] = frozenset()
    quorum: Quorum = Quorum()
    waivers: Mapping[str, date] = field(default_factory=dict)
    """Rule number to the first day on which the waiver no longer counts."""
    books: Books = field(default_factory=Books)


@dataclass(frozen=True, slots=True)
class Signature:
    """One hand under a proposal."""

    login: str
    at: datetime
