"""What a statement of a bank account or a ledger says, and whether it holds together."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from models.rules.portfolio import Problem


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One movement. Units: centimes of the account's currency, received +, paid -.

    `original_centimes` in hundredths of `original_currency`, where the movement was in another one.
    `row` is where it stands in the file, `raw` the row as it stood there. `account` is a ledger's own.
    """

    row: int
    day: date
    amount: int
    label: str
    value_day: date | None = None
    reference: str = ""
    counterparty: str = ""
    operation: str = ""
    project_code: str = ""
    original_centimes: int | None = None
    original_currency: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True)
class StatementNote:
    """Something that was passed over or taken as it is. `code` picks the sentence."""

    code: str
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StatementSummary:
    """What reading a whole file found. Units: centimes of `currency`; `ends_before` is exclusive.

    `number`: the account that the file itself names. `problems` are listed up to a limit, all are
    counted; with one problem no line of the file is taken.
    """

    profile: str
    parser_version: str
    currency: str = "MAD"
    number: str = ""
    lines: int = 0
    starts_on: date | None = None
    ends_before: date | None = None
    opening: int | None = None
    closing: int | None = None
    received: int = 0
    paid: int = 0
    problems: tuple[Problem, ...] = ()
    problem_count: int = 0
    notes: tuple[StatementNote, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Tell whether its lines may be taken."""
        return not self.problem_count


Balance = tuple[int, int]
"""The row where an amount is stated, and the amount in centimes."""


def balance_problem(opening: Balance, movements: int, closing: Balance) -> Problem | None:
    """Return what is wrong where opening balance and movements do not come to the closing balance.

    Source: docs/rules.md, J1.
    """
    found = opening[1] + movements
    if found == closing[1]:
        return None
    details = {
        "opening": _money(opening[1]),
        "movements": _money(movements),
        "found": _money(found),
        "difference": _money(found - closing[1]),
    }
    return Problem(closing[0], "closing", "balance_off", str(_money(closing[1])), details)


def totals_problem(row: int, field_name: str, stated: int, found: int) -> Problem | None:
    """Return what is wrong where a total that the file states is not the sum of its rows.

    Source: docs/rules.md, J2.
    """
    if stated == found:
        return None
    details = {"found": _money(found), "difference": _money(found - stated)}
    return Problem(row, field_name, "total_off", str(_money(stated)), details)


def double_entry_problem(row: int, debit: int, credit: int) -> Problem | None:
    """Return what is wrong where the debits of a whole ledger are not its credits.

    Source: docs/rules.md, J2.
    """
    if debit == credit:
        return None
    details = {"credit": _money(credit), "difference": _money(debit - credit)}
    return Problem(row, "debit", "debit_not_credit", str(_money(debit)), details)


def _money(centimes: int) -> str:
    """Write an amount as problems keep it: digits, a point and two decimals, without a currency."""
    sign, whole = "-" if centimes < 0 else "", abs(centimes)
    return f"{sign}{whole // 100}.{whole % 100:02d}"
