"""A profile proposed from a sample file: what was recognised, what is in doubt, the first rows by it."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from intake import delimited, workbooks
from intake.content import Content, content_of, opened
from intake.dates import day_first_of
from intake.rows import Cell, Row, is_blank
from intake.statements.profiles import Profile, profile_of
from intake.statements.reading import format_of, lines_of, look_through
from intake.statements.tables import LARGEST_FILE, MOST_LINES, MOST_MERGED
from intake.templates import FileNotWritten
from intake.values import decimal_sign_of, plain
from intake.vocabulary import Words
from models.rules.errors import BadValue
from models.rules.names import plain as folded
from models.rules.obstacles import obstacle_of
from models.rules.statement_files import ColumnsUnknown, StatementNote, StatementRow, StatementSummary
from models.settings import DATA, LANGUAGES

WORDS = DATA / "bank-words.toml"
NAME = "proposed"
FIRST_ROWS = 8  # that are shown
SAMPLED = 2_000  # rows that are looked at (J13)

_ISO = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}")
_SHORT = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2}")
_CURRENCIES = re.compile(r"\b(MAD|DHS?|EUR|USD|GBP)\b")
_CAMT_CURRENCY = re.compile(rb'Ccy(?:="|>)([A-Z]{3})')
_SWIFT_CURRENCY = re.compile(rb":6[02][FM]:[CD]\d{6}([A-Z]{3})")
_AMOUNTS = ("amount", "debit", "credit", "balance")
_SIDES = (("amount",), ("debit", "credit"))
_DIRHAM = {"DH": "MAD", "DHS": "MAD"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A profile that fits a file, as far as can be told. `doubts` are what a clerk should look at.

    `found`: headings by field; `unknown`: headings of which nothing is known; `text`: the profile as TOML.
    """

    profile: Profile
    text: str
    found: Mapping[str, str]
    unknown: tuple[str, ...]
    doubts: tuple[StatementNote, ...]
    summary: StatementSummary
    rows: tuple[StatementRow, ...]


def propose(path: Path) -> Proposal:
    """Return the profile that a sample file seems to be laid out in.

    Raises: FileRefused where the file is no statement, HeaderMissing where no heading is known.
    ColumnsUnknown where the columns that a statement needs are not found.
    Source: docs/rules.md, J13.
    """
    file = str(path)
    with opened(path, largest=LARGEST_FILE) as handle:
        kind = format_of(handle, file)
        if kind != "table":
            handle.seek(0)
            head = handle.read(1024 * 1024)
    if kind != "table":
        pattern = _CAMT_CURRENCY if kind == "camt053" else _SWIFT_CURRENCY
        named = pattern.search(head)
        settings: dict[str, Any] = {"format": kind, "currency": named[1].decode() if named else "MAD"}
        return _tried(path, _Sample({}, (), settings, ()))
    return _tried(path, _recognised(path))


def write_profile(proposal: Proposal, path: Path) -> None:
    """Write a profile where there is none yet.

    Raises: BadValue for another ending, or where a file of that name is; FileNotWritten.
    """
    if path.suffix != ".toml":
        raise BadValue(field="file", value=path.name[:60], reason="unknown_ending", limit=(".toml",))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(proposal.text.replace(json.dumps(NAME), json.dumps(path.stem)))
    except FileExistsError:
        raise BadValue(field="file", value=path.name[:60], reason="already_there") from None
    except (OSError, ValueError) as error:
        raise FileNotWritten(file=str(path), **obstacle_of(error)) from error


@dataclass(frozen=True, slots=True)
class _Sample:
    """What a look at a file recognised."""

    found: Mapping[str, str]
    unknown: tuple[str, ...]
    settings: Mapping[str, Any]
    doubts: tuple[str, ...]


def _tried(path: Path, sample: _Sample) -> Proposal:
    """Read the file by what was recognised; where balances run the other way, the newest stands first."""
    text = _as_toml(sample)
    profile = profile_of(NAME, text)
    summary = look_through(path, profile)
    if any(problem.code == "running_off" for problem in summary.problems):
        turned = profile.model_copy(update={"newest_first": True})
        other = look_through(path, turned)
        if other.problem_count < summary.problem_count:
            sample = replace(sample, settings={"newest_first": True, **sample.settings})
            text, profile, summary = _as_toml(sample), turned, other
    rows = tuple(islice(lines_of(path, profile), FIRST_ROWS))
    doubts = [StatementNote(code) for code in sample.doubts]
    if summary.opening is None:
        doubts.append(StatementNote("no_balance_found"))
    return Proposal(profile, text, sample.found, sample.unknown, tuple(doubts), summary, rows)


def _recognised(path: Path) -> _Sample:
    with _sampled(path) as (header, rows, written):
        top = [row for row in rows if row.number < header.number]
        below = [row for row in rows if row.number > header.number]
    places, unknown = _columns(header)
    if not any({"day", "label", *amounts} <= places.keys() for amounts in _SIDES):
        known = tuple(str(header.cells[place]).strip()[:60] for place in places.values())
        raise ColumnsUnknown(file=str(path), found=known, unknown=unknown)
    cells = {name: [_at(row, place) for row in below] for name, place in places.items()}
    doubts: list[str] = []
    settings = {
        **written,
        **_signs(cells, doubts),
        **_dates(cells.get("day", []), doubts),
        "language": _language(header),
        "currency": _currency([*top, header], doubts),
    }
    is_ledger = any(isinstance(cell, str) and folded(cell) in _ledger_words() for cell in header.cells)
    if is_ledger:
        settings |= {"kind": "ledger", "received": "debit"}
        doubts.append("taken_for_ledger")
    settings["rows"] = rows_by = _rows(top, below)
    if _go_on(below, places):
        rows_by["continued"] = True
    return _Sample(
        {name: str(header.cells[place]) for name, place in places.items()}, unknown, settings, tuple(doubts)
    )


@contextmanager
def _sampled(path: Path) -> Iterator[tuple[Row, list[Row], dict[str, str]]]:
    """Give the heading, the first rows, and how the file is written."""
    file, known = str(path), _words().is_known
    with opened(path, largest=LARGEST_FILE) as handle:
        if content_of(handle, file) is Content.TEXT:
            table = delimited.look_at(handle, file, known)
            rows = delimited.text_rows(handle, file, table.encoding, table.separator, strict=False)
            encoding = table.encoding.removesuffix("-sig")
            yield (
                table.header,
                list(islice(rows, SAMPLED)),
                {"encoding": encoding, "separator": table.separator},
            )
            rows.close()
            return
        with workbooks.opened_workbook(
            handle, file, known, workbooks.Limits(MOST_LINES, MOST_MERGED)
        ) as sheet:
            yield sheet.header, list(islice(workbooks.all_rows(sheet), SAMPLED)), {}


def _columns(header: Row) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return the place of each field, by the words of its heading, and the headings that say nothing."""
    places: dict[str, int] = {}
    unknown: list[str] = []
    for place, cell in enumerate(header.cells):
        if not isinstance(cell, str) or is_blank(cell):
            continue
        name = _words().find(cell)
        if name is None or name in places:
            unknown.append(cell.strip()[:60])
        else:
            places[name] = place
    if {"debit", "credit"} <= places.keys():
        places.pop("amount", None)
    return places, tuple(unknown)


def _signs(cells: Mapping[str, Sequence[Cell]], doubts: list[str]) -> dict[str, Any]:
    """Return the decimal sign that the amounts show, and whether debit or credit go below nothing."""
    amounts = [cell for name in _AMOUNTS for cell in cells.get(name, ())]
    written = [cell for cell in amounts if isinstance(cell, str) and not is_blank(cell)]
    sign = decimal_sign_of(written)
    if written and sign is None:
        doubts.append("decimal_in_doubt")
    sides = [cell for name in ("debit", "credit") for cell in cells.get(name, ())]
    negative = any(plain(str(cell)).startswith("-") for cell in sides if not is_blank(cell))
    return {"decimal": sign or ","} | ({"negative_sides": True} if negative else {})


def _dates(days: Sequence[Cell], doubts: list[str]) -> dict[str, Any]:
    """Return the order of the dates, and whether the newest stands first."""
    written = [plain(cell) for cell in days if isinstance(cell, str) and not is_blank(cell)]
    found: dict[str, Any] = {"dates": "day_first"}
    if written and sum(map(bool, map(_ISO.match, written))) > len(written) / 2:
        found["dates"] = "year_first"
    elif written:
        first = day_first_of(written)
        if any(map(_SHORT.fullmatch, written)):
            found["short_years"] = True
        elif first is None:
            doubts.append("dates_in_doubt")
        found["dates"] = "month_first" if first is False else "day_first"
    return found


def _currency(rows: Sequence[Row], doubts: list[str]) -> str:
    text = " ".join(cell for row in rows for cell in row.cells if isinstance(cell, str)).upper()
    named = {_DIRHAM.get(code, code) for code in _CURRENCIES.findall(text)}
    if len(named) != 1:
        doubts.append("currency_in_doubt")
    return min(named) if len(named) == 1 else "MAD"


def _language(header: Row) -> str:
    texts = [folded(cell) for cell in header.cells if isinstance(cell, str) and not is_blank(cell)]
    counts = {
        language: sum(
            any(folded(word) == text for names in _words().by_code.values() for word in names[language])
            for text in texts
        )
        for language in LANGUAGES
    }
    return max(("fr", "ar", "en"), key=lambda language: counts[language])


def _go_on(below: Sequence[Row], places: Mapping[str, int]) -> bool:
    """Tell whether rows with a label alone stand below movements: the label goes on there."""
    known = {folded(word) for words in _read()["rows"].values() for word in words}
    for row in below:
        filled = [place for place, cell in enumerate(row.cells) if not is_blank(cell)]
        if filled == [places.get("label")]:
            text = folded(str(row.cells[filled[0]])[:200])
            if not any(text.startswith(word) for word in known):
                return True
    return False


def _rows(top: Sequence[Row], below: Sequence[Row]) -> dict[str, Any]:
    """Return the words of balances, totals and titles that stand in the file."""
    texts = {folded(text[:200]) for row in (*top, *below) for text in _texts(row)}
    found: dict[str, Any] = {}
    for kind, words in _read()["rows"].items():
        there = [
            word
            for word in words
            if any(text == folded(word) or text.startswith(f"{folded(word)} ") for text in texts)
        ]
        if there:
            found[kind] = there
    return found


def _texts(row: Row) -> Iterator[str]:
    yield from (cell for cell in row.cells if isinstance(cell, str) and not is_blank(cell))


def _at(row: Row, place: int) -> Cell:
    return row.cells[place] if place < len(row.cells) else None


@cache
def _read() -> dict[str, Any]:
    with WORDS.open("rb") as file:
        return tomllib.load(file)


@cache
def _words() -> Words:
    return Words.of(_read()["columns"])


@cache
def _ledger_words() -> frozenset[str]:
    return frozenset(folded(word) for word in _read()["ledger"]["words"])


def _as_toml(sample: _Sample) -> str:
    """Write a profile as a clerk would: what can be changed stands on lines of its own."""
    settings = dict(sample.settings)
    rows: Mapping[str, Any] = settings.pop("rows", {})
    lines = [f"{name} = {_value(value)}" for name, value in settings.items() if value != ""]
    lines += ["", "[title]", *(f"{language} = {_value(NAME)}" for language in LANGUAGES)]
    for title, part in (
        ("columns", {name: [heading.strip()] for name, heading in sample.found.items()}),
        ("rows", rows),
    ):
        if part:
            lines += ["", f"[{title}]", *(f"{name} = {_value(value)}" for name, value in part.items())]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    """Write a value; what JSON writes of texts, lists and yes or no, TOML reads."""
    return json.dumps(value, ensure_ascii=False)
