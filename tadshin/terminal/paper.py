"""What is put before the reader: lines, tables and JSON, safe whatever the values hold.

Texts are always printed as plain text, never as markup. In Arabic every cell and every line of a cell
is isolated (U+2068, U+2069): terminals order each line themselves, and columns must keep their places.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Any

import click

from models.rules.money import Money
from models.rules.text import deceives, visible
from tadshin.terminal.language import spoken
from tadshin.terminal.listing import laid_out

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.measure import Measurement
    from rich.table import Table
    from rich.text import Text

NARROWEST, COMFORTABLE, WIDEST = 80, 110, 200
"""Characters a line: what tables are made for at least, with room for spare columns, and at most."""

_NARROW_TEXT, _BETWEEN, _MOST_ABREAST = 14, 2, 3
"""Characters that a column of texts is given at least, and between two columns; figures side by side."""

_UNBOUND = 100_000
"""The width of what is not a terminal: nothing is cut, nothing is wrapped."""

_FSI, _PDI = "\u2068", "\u2069"
_ISOLATES = frozenset("\u2066\u2068\u2069")
_UNUSUAL = re.compile(
    "[^\n\t -~\u00a0-\u00ac\u00ae-\u024f\u0621-\u065f\u0660-\u0669\u2010-\u2027\u202f-\u205e]"
)
"""What is not plainly seen; only this is looked at closely, for a portfolio may be long."""


Cell = str | tuple[str, str]
"""A text, or a text and its style."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `whole`: its cells are never wrapped; `right`: they stand to the right.

    `spare`: it is left out where a terminal is narrower than COMFORTABLE.
    """

    title: str
    whole: bool = False
    right: bool = False
    spare: bool = False


def line(sentence: str = "", style: str = "") -> None:
    """Print one paragraph."""
    from rich.text import Text

    _console().print(Text(clean(sentence)), style=style or None)


def warn(sentence: str) -> None:
    """Print one paragraph where errors go."""
    from rich.text import Text

    _console(stderr=True).print(Text(clean(sentence)), style="red")


def table(columns: Sequence[Column], rows: Iterable[Sequence[Cell]], hint: str = "") -> None:
    """Print rows under their titles; where they are wider than the terminal, each row by itself.

    Nothing is cut then; `hint` says where the whole table can be had.
    Source: docs/rules.md, X4 and X47.
    """
    sheet = _console()
    if not sheet.is_terminal:
        titles = [column.title for column in columns]
        _print_whole([titles, *rows], [column.right for column in columns], headed=True)
        return
    narrow = sheet.width < COMFORTABLE
    places = [place for place, column in enumerate(columns) if not (column.spare and narrow)]
    kept = [columns[place] for place in places]
    shown = [[row[place] for place in places] for row in rows]
    if not fits(kept, shown):
        _print_each(sheet, kept, shown)
        if hint:
            line(hint, style="dim")
        return
    from rich import box
    from rich.table import Table

    grid = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column in kept:
        grid.add_column(
            _cell(column.title),
            no_wrap=column.whole,
            justify="right" if column.right else "left",
            overflow="fold",
        )
    for row in shown:
        grid.add_row(*(_cell(cell) for cell in row))
    sheet.print(grid)


def pairs(rows: Iterable[tuple[str, str]]) -> None:
    """Print a label and its value on each line."""
    lists([((label, "bold"), value) for label, value in rows])


def lists(rows: Sequence[Sequence[Cell]]) -> None:
    """Print rows without titles; only the last column may be wrapped."""
    columns = len(rows[0]) if rows else 0
    sheet = _console()
    if not sheet.is_terminal:
        _print_whole(rows, [False] * columns, headed=False)
        return
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    for place in range(columns):
        grid.add_column(no_wrap=place < columns - 1, overflow="fold")
    for row in rows:
        grid.add_row(*(_cell(cell) for cell in row))
    sheet.print(grid)


def fits(columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> bool:
    """Tell whether a table stands on the terminal without a figure cut; where there is none, it does."""
    sheet = _console()
    if not sheet.is_terminal:
        return True
    widths = [_width(column.title) if column.whole else _NARROW_TEXT for column in columns]
    for row in rows:
        for place, cell in enumerate(row):
            if columns[place].whole:
                widths[place] = max(widths[place], _width(cell))
    return sum(widths) + _BETWEEN * len(widths) <= sheet.width


@contextmanager
def progress(sentence: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show how far long work has come, where errors go; gives the function that hears the count."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    count = [MofNCompleteColumn()] if total is not None else []
    columns = (TextColumn("{task.description}"), BarColumn(), *count, TimeElapsedColumn())
    with Progress(*columns, console=_console(stderr=True), transient=True) as bar:
        task = bar.add_task(sentence, total=total)
        yield lambda done: bar.update(task, completed=done)


def clean(text: str) -> str:
    """Write out the unseen characters of a text, but for the isolates that the words bring."""
    seen = text.replace("\r", "")
    return _UNUSUAL.sub(lambda c: c[0] if c[0] in _ISOLATES else visible(c[0]), seen)


def as_json(data: Mapping[str, Any]) -> str:
    """Write an answer for a script; unseen characters are escaped, and what stdout cannot take."""
    plainly = (sys.stdout.encoding or "utf-8").lower().replace("-", "") == "utf8"
    text = json.dumps(plain(data), ensure_ascii=not plainly, indent=2)
    return _UNUSUAL.sub(lambda c: json.dumps(c[0])[1:-1] if deceives(c[0]) else c[0], text)


def plain(value: Any) -> Any:
    """Return a value as JSON has it: amounts in centimes, dates in ISO, codes for words."""
    for kind, write in _PLAINLY:
        if isinstance(value, kind):
            return write(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return str(value)


_PLAINLY: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (Money, lambda money: {"centimes": money.centimes, "currency": money.currency}),
    (Enum, lambda member: member.value),
    (date, lambda day: day.isoformat()),  # a datetime is one too
    (Mapping, lambda pairs: {str(plain(key)): plain(value) for key, value in pairs.items()}),
    ((str, int, float, type(None)), lambda value: value),
    ((list, tuple, set, frozenset), lambda values: [plain(value) for value in values]),
)
"""How each kind of value is written; the first that fits."""


class Isolated:
    """A text of which every line, once wrapped, is isolated from what stands beside it."""

    def __init__(self, text: "Text") -> None:
        self.text = text

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        for part in self.text.wrap(console, options.max_width, overflow=options.overflow):
            yield part.__class__.assemble(_FSI, part, _PDI)

    def __rich_measure__(self, console: "Console", options: "ConsoleOptions") -> "Measurement":
        return self.text.__rich_measure__(console, options)


def _print_each(sheet: "Console", columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> None:
    """Print each row by itself: its texts on lines of their own, its figures side by side below them."""
    figures = [place for place, column in enumerate(columns) if column.whole and place]
    texts = [place for place, column in enumerate(columns) if not column.whole or not place]
    widths = [max((_width(row[place]) for row in rows), default=0) for place in range(len(columns))]
    slots = _slots([(_width(columns[place].title), widths[place]) for place in figures], sheet.width)
    for number, row in enumerate(rows):
        if number:
            sheet.print()
        pairs([(columns[place].title, text) for place in texts if (text := _text(row[place]))])
        told = [
            ((columns[place].title, "bold"), row[place]) if _text(row[place]) else ("", "")
            for place in figures
        ]
        sheet.print(_abreast(told, slots))


def _slots(widths: Sequence[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Return how wide titles and figures stand side by side, for as many as a line holds."""
    for abreast in range(_MOST_ABREAST, 0, -1):
        slots = [
            (max(title for title, _cell in some), max(cell for _title, cell in some))
            for some in (widths[start::abreast] for start in range(abreast))
            if some
        ]
        if sum(title + cell + 2 * _BETWEEN for title, cell in slots) <= most:
            break
    return slots


def _abreast(told: Sequence[tuple[Cell, Cell]], slots: Sequence[tuple[int, int]]) -> "Table":
    from rich.table import Table

    grid = Table.grid(padding=(0, _BETWEEN, 0, 0))
    for width in (width for slot in slots for width in slot):
        grid.add_column(no_wrap=len(slots) > 1, min_width=width, overflow="fold")
    for start in range(0, len(told), len(slots) or 1):
        some = told[start : start + len(slots)]
        if any(_text(cell) for _title, cell in some):
            grid.add_row(*(_cell(cell) for pair in some for cell in pair))
    return grid


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell[0]


def _width(cell: Cell) -> int:
    from rich.cells import cell_len

    return max((cell_len(part) for part in clean(_text(cell)).split("\n")), default=0)


def _print_whole(rows: Sequence[Sequence[Cell]], right: Sequence[bool], headed: bool) -> None:
    written = [[_lines(_text(cell)) for cell in row] for row in rows]
    for text in laid_out(written, right, headed):
        click.echo(text)


def _lines(text: str) -> list[str]:
    lines = clean(text).split("\n")
    return [f"{_FSI}{one}{_PDI}" if one else one for one in lines] if spoken() == "ar" else lines


def _cell(cell: Cell) -> "Text | Isolated":
    from rich.text import Text

    text, style = (cell, "") if isinstance(cell, str) else cell
    written = Text(clean(text), style=style)
    return Isolated(written) if spoken() == "ar" and text else written


def _console(stderr: bool = False) -> "Console":
    from rich.console import Console

    class Sheet(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    sheet = Sheet(stderr=stderr, highlight=False, emoji=False, markup=False)
    if sheet.is_terminal:
        sheet.width = min(max(sheet.width, NARROWEST), WIDEST)
    else:
        sheet.width = _UNBOUND
    return sheet
