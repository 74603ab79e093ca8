"""Tables of money put before the reader: on the screen, as JSON, or into a file."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.rules.money import Money
from tadshin.terminal import paper
from tadshin.terminal.desk import Desk
from tadshin.terminal.language import _, fill, spoken
from tadshin.terminal.money_scope import Scope

if TYPE_CHECKING:
    from reports.curves import Frame
    from reports.listings import Listing, Report

_MOST_IN_A_LINE = 5
"""Columns; a single row with more of them is told line by line."""


def serve(
    desk: Desk,
    data: Mapping[str, Any],
    report: "Report",
    out: Path | None = None,
    pictures: Mapping[Path, bytes] | None = None,
) -> None:
    """Write the files that were asked for, and answer: a script with all of it, a person with tables."""
    files = [*(pictures or {}), *([out] if out is not None else [])]
    if files:
        from reports.files import check_new, write_file

        for path in files:
            check_new(path)
        for path, content in (pictures or {}).items():
            write_file(path, content)
    if out is not None:
        from reports.position import write_report

        write_report(out, report)
    told = {**data, "files": [str(path) for path in files]} if files else data
    desk.answer(told, lambda: _show_files(files) if out is not None else show(report, files))


def show(report: "Report", files: Sequence[Path] = ()) -> None:
    """Print a report: its title, its sentences, its tables with their totals."""
    from notifications.words import say

    paper.line(report.title, style="bold")
    paper.line(say("paper.as_of", spoken(), day=report.day))
    if report.sample:
        paper.line(_("Sample: some of these figures are invented."), style="yellow")
    if report.alarm:
        paper.line(report.alarm, style="bold red")
    for sentence in report.lead:
        paper.line(sentence)
    for listing in report.listings:
        paper.line()
        if len(report.listings) > 1:
            paper.line(listing.title, style="bold")
        show_listing(listing)
    _show_files(files)


def show_listing(listing: "Listing") -> None:
    """Print a table; where it is wider than the terminal, each row by itself, nothing cut."""
    from notifications.words import say, shown
    from reports.listings import value_of

    if not listing.rows:
        paper.line(say("paper.nothing", spoken()))
        return
    values = [[value_of(row, field) for field in listing.headings] for row in listing.rows]
    columns = [
        _column(title, [row[place] for row in values])
        for place, title in enumerate(listing.headings.values())
    ]
    rows = [[shown(value, spoken()) for value in row] for row in values]
    totals = _totals(listing)
    if len(rows) == 1 and len(columns) > _MOST_IN_A_LINE:
        paper.pairs(
            [(title, cell) for title, cell in zip(listing.headings.values(), rows[0], strict=True) if cell]
        )
        return
    hint = _("As one table: --out FILE (.xlsx, .html, .pdf or .csv), or a wider terminal.")
    paper.table(columns, [*rows, *([(cell, "bold") for cell in row] for row in totals)], hint)


def totals_as_data(rows: Iterable[Mapping[str, Any]], fields: Iterable[str]) -> list[dict[str, Any]]:
    """Return the sums of rows as scripts read them: one entry for each currency."""
    from reports.listings import sums_of

    return [{"currency": currency, **sums} for currency, sums in sums_of(rows, fields).items()]


def frame_of(scope: Scope, title: str, picture: Path | None = None) -> "Frame":
    """Return what stands around a picture; without a file it is drawn for a page."""
    from reports.curves import Frame

    png = picture is not None and picture.suffix.casefold() == ".png"
    return Frame(scope.title(title), spoken(), "png" if png else "svg", scope.has_samples)


def _totals(listing: "Listing") -> list[list[str]]:
    from notifications.words import say, shown
    from reports.listings import sums_of

    if len(listing.rows) == 1:
        return []
    fields = list(listing.headings)
    sums = sums_of(listing.rows, [field for field in fields if field not in listing.unsummed])
    word = say("paper.total", spoken())
    lines = []
    for currency, of_one in sums.items():
        cells = [shown(of_one[field], spoken()) if field in of_one else "" for field in fields]
        cells[0] = cells[0] or (word if len(sums) == 1 else f"{word} {currency}")
        lines.append(cells)
    return lines


def _column(title: str, values: Sequence[object]) -> paper.Column:
    figures = any(isinstance(value, (Money, Decimal, int)) for value in values)
    whole = figures or any(isinstance(value, date) for value in values)
    return paper.Column(title, whole=whole, right=figures)


def _show_files(files: Iterable[Path]) -> None:
    for path in files:
        paper.line(fill(_("{file} is written."), file=str(path)), style="green")
