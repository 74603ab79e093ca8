"""What the books say of one project's money on a day: plain values, for the gates to ask.

Units: whole centimes of the project's currency, all taxes included.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from models.rules.cases import CaseKind
from models.rules.contracts import AmendmentKind, CertificateKind, ContractKind, SecurityKind
from models.rules.letters import Named
from models.rules.payment_curve import (
    Contribution,
    Expected,
    Planned,
    Shortfall,
    find_shortfalls,
    still_planned,
)
from models.rules.penalties import Amounts
from models.rules.stages import Stage
from models.rules.terms import Terms, terms_on
from models.rules.tranches import Trigger
from models.rules.works_clock import Order, WorksClock

WORKS_ACCOUNTS = frozenset({CertificateKind.WORK, CertificateKind.FINAL})
"""The certificates that pay for works done."""


@dataclass(frozen=True, slots=True)
class Instalment:
    """A tranche: what it is of, when it is expected, what of it was called, and what of that has come."""

    number: int
    amount: int
    expected_on: date
    trigger: Trigger
    stage: Stage | None = None
    called: int = 0
    due_on: date | None = None
    received: int = 0

    @property
    def awaited_on(self) -> date:
        """The later of the two days on which its money is awaited (docs/rules.md, Q5)."""
        return max(self.expected_on, self.due_on or self.expected_on)


@dataclass(frozen=True, slots=True)
class Pledge:
    """A partner's commitment: `amount` is what is left of it after what was cancelled or written off."""

    payer: Named
    amount: int
    signed: bool
    in_kind: bool = False
    tranches: tuple[Instalment, ...] = ()

    @property
    def called(self) -> int:
        return sum(tranche.called for tranche in self.tranches)

    @property
    def received(self) -> int:
        return sum(tranche.received for tranche in self.tranches)


@dataclass(frozen=True, slots=True)
class Account:
    """A payment certificate; `delay_penalty` is the part of its penalties that is for delay."""

    number: int
    kind: CertificateKind
    dated: date
    due_on: date
    gross: int
    net: int
    revision: int = 0
    retention: int = 0
    delay_penalty: int = 0
    paid: int = 0


@dataclass(frozen=True, slots=True)
class Amended:
    """A signed amendment."""

    kind: AmendmentKind
    amount: int
    days: int
    signed_on: date


@dataclass(frozen=True, slots=True)
class Bond:
    """A security lodged for a contract."""

    kind: SecurityKind
    amount: int
    lodged_on: date
    released_on: date | None = None


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """One contract, with all that was written of it up to the day."""

    reference: str
    kind: ContractKind
    amount: int
    period_days: int
    signed_on: date
    figures: tuple[tuple[str, date, int], ...] = ()
    """Its terms: name, first day, value (models.rules.terms)."""
    amendments: tuple[Amended, ...] = ()
    orders: tuple[Order, ...] = ()
    accounts: tuple[Account, ...] = ()
    bonds: tuple[Bond, ...] = ()
    planned: tuple[Planned, ...] = ()
    provisional_on: date | None = None

    @property
    def engaged(self) -> int:
        return self.amount + sum(amendment.amount for amendment in self.amendments)

    @property
    def paid(self) -> int:
        return sum(account.paid for account in self.accounts)

    @property
    def works(self) -> tuple[Account, ...]:
        """The accounts that pay for works done, in their order."""
        return tuple(account for account in self.accounts if account.kind in WORKS_ACCOUNTS)

    @property
    def retention_held(self) -> int:
        given_back = sum(a.gross for a in self.accounts if a.kind is CertificateKind.RETENTION)
        return sum(account.retention for account in self.works) - given_back

    @property
    def clock(self) -> WorksClock:
        return WorksClock(self.orders, self.period_days, sum(one.days for one in self.amendments))

    def terms(self, day: date) -> Terms:
        """Return its figures on a day."""
        return terms_on(self.figures, day)

    def amounts(self, day: date) -> Amounts:
        """Return what it is worth on a day, by what changed it."""
        changes = dict.fromkeys(AmendmentKind, 0)
        for amendment in self.amendments:
            changes[amendment.kind] += amendment.amount if amendment.signed_on <= day else 0
        return Amounts(
            initial=self.amount,
            extra_works=changes[AmendmentKind.EXTRA_WORKS],
            mass=changes[AmendmentKind.MASS],
            other=changes[AmendmentKind.OTHER] + changes[AmendmentKind.TIME],
        )


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case of the reconciliation that nobody has closed. Unit: centimes of `currency`.

    `name`: the signs by which people name it; `who`: the person it was given to, or else the role.
    """

    name: str
    kind: CaseKind
    amount: int
    currency: str
    who: str
    opened_on: date


@dataclass(frozen=True, slots=True)
class Books:
    """The money of one project. `received` is by partner, with what no call has asked for.

    `cases`: those that touch the project, the largest first; None where nothing was reconciled yet.
    """

    received: Mapping[str, int] = field(default_factory=dict)
    pledges: tuple[Pledge, ...] = ()
    contracts: tuple[ContractFacts, ...] = ()
    cases: tuple[OpenCase, ...] | None = None

    @property
    def reconciled(self) -> bool:
        """Whether lines of the bank were ever matched, so that a case could have come up."""
        return self.cases is not None

    @property
    def kept(self) -> bool:
        """Whether the books hold the project: a tranche of a promise, or a contract."""
        return bool(self.contracts) or any(pledge.tranches for pledge in self.pledges)

    @property
    def signed(self) -> tuple[Pledge, ...]:
        return tuple(pledge for pledge in self.pledges if pledge.signed)

    @property
    def in_money(self) -> tuple[Pledge, ...]:
        """The signed commitments that something is still to come of, or has come of, in money."""
        return tuple(pledge for pledge in self.signed if not pledge.in_kind and pledge.amount)

    @property
    def works(self) -> tuple[ContractFacts, ...]:
        return tuple(contract for contract in self.contracts if contract.kind is ContractKind.WORKS)


def to_be_paid(books: Books) -> list[Planned]:
    """Return what the contracts' curves still ask for.

    Source: docs/rules.md, Q1.
    """
    return [left for contract in books.contracts for left in still_planned(contract.planned, contract.paid)]


def at_hand(books: Books, foundation_share: int) -> int:
    """Return the money that is there: received, with the foundation's share, less what was paid."""
    paid = sum(contract.paid for contract in books.contracts)
    return sum(books.received.values()) + foundation_share - paid


def contributions(books: Books) -> list[Contribution]:
    """Return what each partner has promised in money, has given, and is still expected to give.

    An advance goes to the partner's next tranches; a tranche counts up to what is left of its promise.
    Source: docs/rules.md, Q5.
    """
    payers = {pledge.payer.key: pledge.payer for pledge in books.in_money}
    found = []
    for key, payer in payers.items():
        pledges = [pledge for pledge in books.in_money if pledge.payer.key == key]
        received = books.received.get(key, 0)
        advance = max(received - sum(pledge.received for pledge in pledges), 0)
        missing = sorted(
            (one for pledge in pledges for one in _missing(pledge)), key=lambda one: (one.on, one.tranche)
        )
        promised = sum(pledge.amount for pledge in pledges)
        found.append(Contribution(payer, promised, received, tuple(_less(missing, advance))))
    return found


def unplanned(books: Books) -> list[tuple[str, int]]:
    """Return the contracts (references) whose curve says less than they come to, and by how much."""
    left = [
        (one.reference, one.engaged - max(sum(month.amount for month in one.planned), one.paid))
        for one in books.contracts
    ]
    return [(reference, amount) for reference, amount in left if amount > 0]


def shortfalls(books: Books, foundation_share: int, today: date) -> tuple[Shortfall, ...]:
    """Return what is missing of the contracts' curves, month by month, and whose tranche comes too late.

    Source: docs/rules.md, Q1 to Q5.
    """
    cash = at_hand(books, foundation_share)
    return find_shortfalls(to_be_paid(books), cash, contributions(books), today)


def _missing(pledge: Pledge) -> list[Expected]:
    room, parts = pledge.amount - pledge.received, []
    for tranche in sorted(pledge.tranches, key=lambda tranche: (tranche.awaited_on, tranche.number)):
        part = min(tranche.amount - tranche.received, room)
        if part > 0:
            parts.append(Expected(pledge.payer, tranche.number, tranche.awaited_on, part))
            room -= part
    return parts


def _less(expected: Iterable[Expected], advance: int) -> Iterable[Expected]:
    for one in expected:
        given = min(one.amount, advance)
        advance -= given
        if one.amount > given:
            yield Expected(one.payer, one.tranche, one.on, one.amount - given)
