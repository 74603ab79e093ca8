"""What a statement of a bank account or a ledger says, and whether it holds together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from models.rules.errors import CentreError
from models.rules.money import Money
from models.rules.portfolio import Problem


class Arrival(StrEnum):
    """What became of a file: taken, there already, refused with its faults kept, or only tried."""

    TAKEN = "taken"
    KNOWN = "known"
    REFUSED = "refused"
    TRIED = "tried"


class BadProfile(CentreError):
    """A profile of a bank's files cannot be used. Details: profile, part (its key), reason, limit."""

    code = "bad_profile"


class ColumnsUnknown(CentreError):
    """No layout can be proposed: the headings needed are not known. Details: file, found, unknown."""

    code = "columns_unknown"


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One movement. Units: centimes of the account's currency, received +, paid -.

    `original_centimes` in hundredths of `original_currency`, where the movement was in another one.
    `row` is where it stands in the file, `raw` the row as it stood there.
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


@dataclass(frozen=True, slots=True)
class Stated:
    """An amount that a file states of itself, and the row where it does. Unit: centimes of its currency."""

    row: int
    amount: Money


def balance_problem(opening: Stated, movements: Money, closing: Stated) -> Problem | None:
    """Return what is wrong where opening balance and movements do not come to the closing balance.

    Raises: CurrencyMismatch.
    Source: docs/rules.md, J1.
    """
    found = opening.amount + movements
    if found == closing.amount:
        return None
    details = {
        "opening": str(opening.amount),
        "movements": str(movements),
        "found": str(found),
        "difference": str(found - closing.amount),
    }
    return Problem(closing.row, "closing", "balance_off", str(closing.amount), details)


def follow_problem(stated: Stated, found: Money) -> Problem | None:
    """Return what is wrong where a part of a file does not begin with what the one before it came to.

    Source: docs/rules.md, J1.
    """
    if stated.amount == found:
        return None
    details = {"found": str(found), "difference": str(found - stated.amount)}
    return Problem(stated.row, "opening", "balance_not_followed", str(stated.amount), details)


def running_problem(stated: Stated, found: Money) -> Problem:
    """Return what is wrong where the balance beside a movement does not follow from the one before.

    Source: docs/rules.md, J1.
    """
    details = {"found": str(found), "difference": str(found - stated.amount)}
    return Problem(stated.row, "balance", "running_off", str(stated.amount), details)


def day_problem(row: StatementRow, today: date) -> Problem | None:
    """Return what is wrong with a movement that was booked on a day that is yet to come.

    Such a day was most often read with its month for its day.
    Source: docs/rules.md, J23.
    """
    if row.day <= today:
        return None
    return Problem(row.row, "day", "in_the_future", row.day.isoformat(), {"limit": today.isoformat()})


def total_problem(name: str, stated: Stated, found: Money) -> Problem | None:
    """Return what is wrong where a total that a file states is not the sum of its rows.

    Source: docs/rules.md, J2.
    """
    if stated.amount == found:
        return None
    details = {"found": str(found), "difference": str(found - stated.amount)}
    return Problem(stated.row, name, "total_off", str(stated.amount), details)


def double_entry_problem(row: int, debit: Money, credit: Money) -> Problem | None:
    """Return what is wrong where the debits of a whole ledger are not its credits.

    Source: docs/rules.md, J2.
    """
    if debit == credit:
        return None
    details = {"credit": str(credit), "difference": str(debit - credit)}
    return Problem(row, "debit", "debit_not_credit", str(debit), details)
