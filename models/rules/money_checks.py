"""What rows of money that are handed in must satisfy among themselves and with what is in the books."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from models.rules.contracts import CertificateKind
from models.rules.money import Money
from models.rules.money_rows import AccountRow, FileRow, Located, TrancheRow
from models.rules.portfolio import Problem
from models.rules.terms import WHOLE, part

WORKS = (CertificateKind.WORK, CertificateKind.FINAL)


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """What the accounts of a contract are held against. Units: centimes; rates in 1/100 of a percent.

    `advance` None: the contract does not say what it may be.
    """

    reference: str
    amount: int
    start: date | None = None
    retention_rate: int | None = None
    retention_cap: int | None = None
    advance: int | None = None
    vat: int = 0

    def vat_in(self, account: AccountRow) -> int:
        """Return the VAT that is part of what an account certifies."""
        value = account.gross + account.revision
        return part(value, self.vat, WHOLE + self.vat) if account.kind in WORKS else 0


@dataclass(slots=True)
class Standing:
    """What the accounts of a contract come to, up to some account. Unit: centimes."""

    works: int = 0
    retained: int = 0
    released: int = 0
    advanced: int = 0
    recovered: int = 0
    last: date | None = None
    """The day of the last account of works."""

    def add(self, account: AccountRow) -> None:
        """Count an account in."""
        if account.kind is CertificateKind.ADVANCE:
            self.advanced += account.gross
        elif account.kind is CertificateKind.RETENTION:
            self.released += account.gross
        else:
            self.works += account.gross
            self.last = max(self.last or account.dated, account.dated)
        self.retained += account.retention
        self.recovered += account.recovered


def located(at: FileRow, field: str, code: str, value: object, **details: object) -> Located:
    """Return the problem of one cell of one file."""
    return Located(at.file, Problem(at.row, field, code, str(value), details))


def check_plan(
    convention: str, promised: int, planned: int, rows: Sequence[TrancheRow], *, whole: bool
) -> Iterator[Located]:
    """Refuse tranches that come to more than is promised; where the plan must be `whole`, to less too.

    `planned`: what the tranches in the books come to already. Unit: centimes.
    Source: docs/rules.md, I24.
    """
    total = planned
    for row in rows:
        total += row.amount
        if total > promised:
            amounts = {"planned": Money(total), "promised": Money(promised)}
            over = Money(total - promised)
            yield located(row.at, "amount", "plan_over", convention, over=over, **amounts)
            return
    if whole and rows and total < promised:
        amounts = {"planned": Money(total), "promised": Money(promised)}
        missing = Money(promised - total)
        yield located(rows[-1].at, "amount", "plan_short", convention, missing=missing, **amounts)


def check_accounts(
    contract: ContractFacts, standing: Standing, rows: Sequence[AccountRow]
) -> Iterator[Located]:
    """Refuse accounts that do not add up, stand out of order, or pass what their contract allows.

    `standing` is what the accounts in the books come to; it is counted on.
    Source: docs/rules.md, I25 to I27.
    """
    yield from _check_order(standing.last, [row for row in rows if row.kind in WORKS])
    told: set[str] = set()
    for row in sorted(rows, key=lambda row: (row.dated, row.order)):
        yield from _check_alone(contract, row)
        standing.add(row)
        for problem in _check_sums(contract, standing, row):
            if problem.problem.code not in told:  # what follows passes it too
                told.add(problem.problem.code)
                yield problem


def _check_order(last: date | None, rows: Iterable[AccountRow]) -> Iterator[Located]:
    for row in sorted(rows, key=lambda row: row.order):
        if last is not None and row.dated < last:
            yield located(row.at, "dated", "account_out_of_order", row.dated, limit=last)
        last = max(last or row.dated, row.dated)


def _check_alone(contract: ContractFacts, row: AccountRow) -> Iterator[Located]:
    if row.net != row.due:
        yield located(row.at, "net", "net_does_not_add_up", Money(row.net), expected=Money(row.due))
    for field in ("gross", "net") if row.kind is not CertificateKind.FINAL else ():
        if getattr(row, field) < 0:
            yield located(row.at, field, "negative", Money(getattr(row, field)))
    if row.due_on < row.dated:
        yield located(row.at, "due_on", "due_before_date", row.due_on, limit=row.dated)
    if contract.start is not None and row.dated < contract.start:
        yield located(row.at, "dated", "before_start", row.dated, limit=contract.start)
    if row.kind in WORKS and contract.retention_rate is not None:
        value = row.gross + max(row.revision, 0)  # revision is retained from too (W17)
        most = -(-value * contract.retention_rate // WHOLE)
        if row.retention > max(most, 0):
            yield located(
                row.at, "retention", "retention_over_rate", Money(row.retention), limit=Money(most)
            )


def _check_sums(contract: ContractFacts, standing: Standing, row: AccountRow) -> Iterator[Located]:
    ref = contract.reference
    held = standing.retained
    sums = [("gross", "over_contract", standing.works, contract.amount)]
    if contract.retention_cap is not None:
        cap = -(-contract.amount * contract.retention_cap // WHOLE)
        sums.append(("retention", "over_retention_cap", held, cap))
    if contract.advance is not None:
        sums.append(("gross", "over_advance_agreed", standing.advanced, contract.advance))
    sums.append(("recovered", "over_advance", standing.recovered, standing.advanced))
    sums.append(("gross", "over_retention_held", standing.released, held))
    for field, code, total, limit in sums:
        if total > limit:
            over = Money(total - limit)
            yield located(row.at, field, code, ref, total=Money(total), limit=Money(limit), over=over)
