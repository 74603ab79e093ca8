"""A file of rates of exchange: a day, a currency, and dirhams for one unit of it."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from intake.dates import read_date
from intake.readers import Problems
from intake.tables import Cell, Row, open_table
from intake.values import check_readable, plain, shown
from models.rules.errors import BadValue, CentreError
from models.rules.portfolio import Problem, problem_of
from models.rules.rates import check_rate

COLUMNS = ("date", "currency", "mad_per_unit")
_CURRENCY = re.compile("[A-Z]{3}")
_RATE = re.compile(r"\d{1,7}(?:[.,]\d{1,6})?")


@dataclass(frozen=True, slots=True)
class RateSheet:
    """What a file of rates holds: currency, rate, day. Rows with a problem are not among them."""

    rates: tuple[tuple[str, Decimal, date], ...]
    problems: tuple[Problem, ...]
    problem_count: int


def read_currency(cell: Cell, field: str = "currency") -> str:
    """Return the code of a currency, such as EUR.

    Raises: BadValue: not_a_currency, and what `check_readable` raises.
    """
    code = str(check_readable(cell, field)).strip().upper()
    if not _CURRENCY.fullmatch(code):
        raise BadValue(field=field, value=shown(cell), reason="not_a_currency")
    return code


def read_rate(cell: Cell, field: str = "rate") -> Decimal:
    """Return a rate of exchange such as 10.8512 or "10,8512".

    Raises: BadValue: not_a_rate, and what `check_readable` raises.
    """
    text = plain(str(check_readable(cell, field)))
    if not _RATE.fullmatch(text):
        raise BadValue(field=field, value=shown(cell), reason="not_a_rate")
    return Decimal(text.replace(",", "."))


def read_rates(path: Path, today: date) -> RateSheet:
    """Read a file of rates, text or workbook; all that is wrong with it comes back as a list.

    Raises: FileRefused when the file is no table, or none with these headings.
    Source: docs/rules.md, R21.
    """
    problems, found = Problems(), dict[tuple[str, date], Decimal]()
    with open_table(path, lambda text: text.strip().casefold() in COLUMNS) as table:
        places = {str(cell).strip().casefold(): place for place, cell in enumerate(table.header.cells)}
        for name in COLUMNS:
            if name not in places:
                problems.add(Problem(table.header.number, name, "missing_column"))
        for row in table.rows if not problems.count else ():
            read = _read(row, places, today, problems)
            if read is None:
                continue
            currency, rate, day = read
            if (currency, day) in found:
                problems.add(Problem(row.number, "date", "taken", f"{currency} {day}"))
            found[currency, day] = rate
    if not found and not problems.count:
        problems.add(Problem(table.header.number, "", "no_rows"))
    rates = tuple((currency, rate, day) for (currency, day), rate in found.items())
    return RateSheet(rates, tuple(problems.listed), problems.count)


def _read(
    row: Row, places: dict[str, int], today: date, problems: Problems
) -> tuple[str, Decimal, date] | None:
    before, cells = problems.count, dict[str, Cell]()
    for name in COLUMNS:
        cells[name] = row.cells[places[name]] if places[name] < len(row.cells) else None
    try:
        day = read_date(cells["date"], "date")
    except CentreError as error:
        problems.add(problem_of(row.number, error, "date"))
    try:
        currency = read_currency(cells["currency"])
    except CentreError as error:
        problems.add(problem_of(row.number, error, "currency"))
    try:
        rate = read_rate(cells["mad_per_unit"])
        if problems.count == before:
            check_rate(currency, rate, day, today)
    except CentreError as error:
        named = str(error.details.get("field", ""))
        problems.add(problem_of(row.number, error, named if named in COLUMNS else "mad_per_unit"))
    return None if problems.count > before else (currency, rate, day)
