"""A position of money on a day, or what its controls found: plain rows as a workbook, a page and a PDF.

As delimited text it is one table, without totals: what another program reads.

Frames hold amounts as whole centimes; they become numbers or words only at the way out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import cast

import pandas as pd

from models.rules.money import Money
from notifications.words import is_rtl, say, shown
from reports.files import write_file
from reports.listings import Listing, Report, check_ending, value_of
from reports.papers import Block, Paper, Paragraph, Table, to_html, to_pdf
from reports.workbooks import Sheet, Value, delimited, workbook

__all__ = [
    "Listing",
    "Report",
    "frame_of",
    "report_html",
    "report_pdf",
    "report_text",
    "report_workbook",
    "sums_by",
    "totals_of",
    "write_report",
]


def write_report(path: Path, report: Report) -> None:
    """Write a report into a file that is not there yet, in the form that its ending says.

    Raises: BadValue for another ending, a file that is there, too many rows; FileNotWritten.
    Source: docs/rules.md, Y4 and Y9.
    """
    write_file(path, _FORMS[check_ending(path)](report))


def report_text(report: Report) -> str:
    """Return the report's one table as text, its cells apart by semicolons, without totals.

    Raises: BadValue for too many rows.
    Source: docs/rules.md, Y5 and Y9.
    """
    listing = report.flat or report.listings[0]
    rows = [
        [_plain(value_of(row, field), report.language) for field in listing.headings]
        for row in listing.rows
    ]
    return delimited(Sheet(listing.title, list(listing.headings.values()), rows))


def report_workbook(report: Report) -> bytes:
    """Return the report as a workbook, one sheet for each table, its totals in the last row.

    Raises: BadValue for too many rows.
    Source: docs/rules.md, Y5, Y6 and Y8.
    """
    sample = say("paper.sample", report.language) if report.sample else ""
    mark = " · ".join(one for one in (sample, report.alarm) if one)
    tables = [table for listing in report.listings for table in _tables(listing, report.language)]
    return workbook(
        [
            Sheet(
                title=table.title,
                columns=table.headings,
                rows=[[_plain(value, report.language) for value in row] for row in table.rows],
                rtl=is_rtl(report.language),
                totalled=table.totalled,
                mark=mark,
            )
            for table in tables
        ]
    )


def report_html(report: Report) -> str:
    """Return the report as a page. Source: docs/rules.md, Y1 and Y8."""
    return to_html(_paper(report))


def report_pdf(report: Report) -> bytes:
    """Return the report as PDF. Source: docs/rules.md, Y1 and Y8."""
    return to_pdf(_paper(report))


def frame_of(listing: Listing) -> pd.DataFrame:
    """Return the rows as a frame: money as whole centimes (Int64), everything else as it is.

    Its attribute `currencies` has the currency of each field of money, None where there are several.
    """
    columns, currencies = {}, {}
    for field in listing.headings:
        values = [value_of(row, field) for row in listing.rows]
        money = [value for value in values if isinstance(value, Money)]
        if money and all(value is None or isinstance(value, Money) for value in values):
            kinds = {value.currency for value in money}
            currencies[field] = kinds.pop() if len(kinds) == 1 else None
            centimes = [value.centimes if isinstance(value, Money) else None for value in values]
            columns[field] = pd.Series(centimes, dtype="Int64")
        else:
            columns[field] = pd.Series(values, dtype="object")
    frame = pd.DataFrame(columns, columns=list(listing.headings))
    frame.attrs["currencies"] = currencies
    return frame


def totals_of(frame: pd.DataFrame) -> dict[str, Money | None]:
    """Return the sum of each field of money; None where its currencies differ."""
    return {
        field: None if currency is None else Money(int(frame[field].sum()), currency)
        for field, currency in frame.attrs["currencies"].items()
    }


def sums_by(listing: Listing) -> Listing:
    """Return a listing of the sums of money for each value of `by`, in the order of their first row.

    Money in several currencies is not summed.
    """
    frame = frame_of(listing)
    fields = {field: kind for field, kind in frame.attrs["currencies"].items() if kind is not None}
    groups = frame.groupby(listing.by, sort=False, dropna=False)[list(fields)].sum()
    rows = [
        {listing.by: name} | {field: Money(int(sums[field]), kind) for field, kind in fields.items()}
        for name, sums in groups.iterrows()
    ]
    headings = {field: listing.headings[field] for field in (listing.by, *fields)}
    title = f"{listing.title} · {listing.headings[listing.by]}"
    return replace(listing, title=title, headings=headings, rows=rows, by="")


@dataclass(frozen=True, slots=True)
class _Written:
    """A listing with its totals, its values still values."""

    title: str
    headings: list[str]
    rows: list[list[object]]
    totalled: bool


def _tables(listing: Listing, language: str) -> list[_Written]:
    totals = {} if len(listing.rows) == 1 else totals_of(frame_of(listing))
    totals = {field: total for field, total in totals.items() if field not in listing.unsummed}
    rows = [[value_of(row, field) for field in listing.headings] for row in listing.rows]
    if totals:
        last: list[object] = [totals.get(field, "") for field in listing.headings]
        if next(iter(listing.headings)) not in totals:
            last[0] = say("paper.total", language)
        rows.append(last)
    written = _Written(listing.title, list(listing.headings.values()), rows, bool(totals))
    return [written, *(_tables(sums_by(listing), language) if listing.by and listing.rows else ())]


def _paper(report: Report) -> Paper:
    blocks: list[Block] = [Paragraph(say("paper.as_of", report.language, day=report.day))]
    if report.alarm:
        blocks.append(Paragraph(report.alarm, "alarm"))
    blocks += [Paragraph(line) for line in report.lead]
    blocks += [*report.pictures, *report.draw()]
    for listing in report.listings:
        for table in _tables(listing, report.language):
            blocks.append(Paragraph(table.title, "strong"))
            blocks.append(_block(table, report.language))
    return Paper(report.language, report.title, report.day, blocks, report.sample)


def _block(table: _Written, language: str) -> Block:
    if not table.rows:
        return Paragraph(say("paper.nothing", language))
    figures = frozenset(
        place
        for place in range(len(table.headings))
        if any(isinstance(row[place], (Money, int, Decimal)) for row in table.rows)
    )
    rows = [[shown(value, language) for value in row] for row in table.rows]
    return Table(table.headings, rows, figures, table.totalled)


def _plain(value: object, language: str) -> Value:
    """What a cell of a workbook takes as it is; a code becomes its word."""
    if isinstance(value, str) and not isinstance(value, StrEnum):
        return value
    if value is None or (isinstance(value, (Money, Decimal, date, int)) and not isinstance(value, bool)):
        return cast("Value", value)
    return shown(value, language)


_FORMS: Mapping[str, Callable[[Report], bytes]] = {
    ".xlsx": report_workbook,
    ".html": lambda report: report_html(report).encode(),
    ".pdf": report_pdf,
    ".csv": lambda report: report_text(report).encode("utf-8-sig"),  # spreadsheets ask for the mark
}
"""How a report is written, by the ending of its file."""
