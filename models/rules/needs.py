"""What a criterion can ask of a dossier: small values, each of which answers yes or no."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from models.rules.dossier import Dossier
from models.rules.lacks import Lack, lack
from models.rules.money import Money
from models.rules.money_gates import MONEY


@dataclass(frozen=True, slots=True)
class Filed:
    """The evidence is on file and its date has come."""

    code: str

    def met(self, dossier: Dossier) -> bool:
        proof = dossier.proofs.get(self.code)
        return proof is not None and proof.on <= dossier.today


@dataclass(frozen=True, slots=True)
class Planned:
    """Every one of these dates is set, whether it has come or not."""

    codes: tuple[str, ...]

    def met(self, dossier: Dossier) -> bool:
        return all(code in dossier.proofs for code in self.codes)


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A measure has reached a threshold (hundredths of its unit)."""

    code: str
    threshold: int

    def met(self, dossier: Dossier) -> bool:
        value = _value(dossier, self.code)
        return value is not None and value >= self.threshold


@dataclass(frozen=True, slots=True)
class AtMost:
    """A measure was taken and does not pass a limit (hundredths of its unit)."""

    code: str
    limit: int

    def met(self, dossier: Dossier) -> bool:
        value = _value(dossier, self.code)
        return value is not None and value <= self.limit


@dataclass(frozen=True, slots=True)
class Within:
    """Evidence is dated from `after`'s date to `days` calendar days later, both included."""

    code: str
    after: str
    days: int
    may_be_early: bool = False
    """True when the term is a last day only: what was done before it began was done in time."""

    def met(self, dossier: Dossier) -> bool:
        first, then = _date(dossier, self.after), _date(dossier, self.code)
        if first is None or then is None:
            return False
        return (self.may_be_early or first <= then) and then <= first + timedelta(self.days)


@dataclass(frozen=True, slots=True)
class MonthsAfter:
    """Evidence is dated at least `months` calendar months after other evidence."""

    code: str
    after: str
    months: int

    def met(self, dossier: Dossier) -> bool:
        first, then = _date(dossier, self.after), _date(dossier, self.code)
        return first is not None and then is not None and then >= first + relativedelta(months=self.months)


@dataclass(frozen=True, slots=True)
class ShareOf:
    """A value is at least `percent` % of another one, which is not nothing."""

    code: str
    whole: str
    percent: Decimal

    def met(self, dossier: Dossier) -> bool:
        part, whole = _value(dossier, self.code), _value(dossier, self.whole)
        if part is None or not whole:
            return False
        return part * 100 >= whole * self.percent


@dataclass(frozen=True, slots=True)
class NotOver:
    """A value passes another by no more than `percent` %."""

    code: str
    base: str
    percent: Decimal

    def met(self, dossier: Dossier) -> bool:
        value, base = _value(dossier, self.code), _value(dossier, self.base)
        return value is not None and base is not None and value * 100 <= base * (100 + self.percent)


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody is named for a duty on the project."""

    duty: str

    def met(self, dossier: Dossier) -> bool:
        return self.duty in dossier.duties


@dataclass(frozen=True, slots=True)
class Signed:
    """A hand stands under the proposal of this very move."""

    hand: str

    def met(self, dossier: Dossier) -> bool:
        return getattr(dossier.quorum, self.hand) is not None


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of several ways is enough."""

    ways: tuple["Need", ...]

    def met(self, dossier: Dossier) -> bool:
        return any(way.met(dossier) for way in self.ways)


@dataclass(frozen=True, slots=True)
class Funded:
    """A question about the project's money, by name (see FUNDING)."""

    question: str

    def met(self, dossier: Dossier) -> bool:
        return FUNDING[self.question](dossier)


@dataclass(frozen=True, slots=True)
class Booked:
    """A question that the books answer, by name (see MONEY).

    `paper` answers for a project that the books do not hold yet (docs/rules.md, Q11); `held` names what of
    the books tells whether they do.
    """

    question: str
    paper: "Need | None" = None
    held: str = "kept"

    def met(self, dossier: Dossier) -> bool:
        if self.paper is not None and not self.is_held(dossier) and self.paper.met(dossier):
            return True
        return next(MONEY[self.question](dossier), None) is None

    def is_held(self, dossier: Dossier) -> bool:
        """Tell whether the books answer, so that a paper cannot."""
        return bool(getattr(dossier.books, self.held))

    def lacks(self, dossier: Dossier) -> Iterator[Lack]:
        """Yield what the books lack for it."""
        return MONEY[self.question](dossier)


Need = (
    Filed
    | Planned
    | AtLeast
    | AtMost
    | Within
    | MonthsAfter
    | ShareOf
    | NotOver
    | OnDuty
    | Signed
    | AnyOf
    | Funded
    | Booked
)


def lacks_of(need: Need, dossier: Dossier) -> tuple[Lack, ...]:
    """Return what exactly keeps a need from being met, where more can be said than that it is not."""
    match need:
        case Booked():
            return tuple(need.lacks(dossier))
        case Funded(question="gap_stated" | "gap_closed") if dossier.budget is not None:
            missing = dossier.budget - promised(dossier)
            return (lack("gap_open", amount=missing),) if missing.centimes > 0 else ()
        case AnyOf(ways=ways):
            return tuple(one for way in ways for one in lacks_of(way, dossier))
    return ()


def promised(dossier: Dossier) -> Money:
    """Return the sum of signed promises plus the foundation's own share."""
    currency = dossier.budget.currency if dossier.budget else "MAD"
    total = dossier.foundation_share or Money(0, currency)
    for promise in dossier.promises:
        if promise.signed_on is not None and promise.signed_on <= dossier.today:
            total = total + promise.amount
    return total


def _each_partner_committed(dossier: Dossier) -> bool:
    signed = {p.partner for p in dossier.promises if p.signed_on and p.signed_on <= dossier.today}
    return bool(dossier.partners) and dossier.partners <= signed


def _each_promise_programmed(dossier: Dossier) -> bool:
    return bool(dossier.promises) and all(promise.programmed for promise in dossier.promises)


def _gap_closed(dossier: Dossier) -> bool:
    return dossier.budget is not None and promised(dossier) >= dossier.budget


def _gap_stated(dossier: Dossier) -> bool:
    if dossier.budget is None:
        return False
    missing = dossier.budget - promised(dossier)
    if missing.centimes <= 0:
        return True
    return dossier.gap is not None and bool(dossier.gap.plan) and dossier.gap.amount >= missing


FUNDING: Mapping[str, Callable[[Dossier], bool]] = {
    "each_partner_committed": _each_partner_committed,
    "each_promise_programmed": _each_promise_programmed,
    "gap_stated": _gap_stated,
    "gap_closed": _gap_closed,
}


def _value(dossier: Dossier, code: str) -> int | None:
    proof = dossier.proofs.get(code)
    return proof.value if proof is not None and proof.on <= dossier.today else None


def _date(dossier: Dossier, code: str) -> date | None:
    proof = dossier.proofs.get(code)
    return proof.on if proof is not None and proof.on <= dossier.today else None
