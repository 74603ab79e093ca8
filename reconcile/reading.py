"""Books in a folder of files: read in one go, every wrong cell named by file, row and column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.rules.errors import CentreError
from reconcile.arrays import Flags, Ints
from reconcile.books import (
    DIRHAM,
    INCOMING,
    OUTGOING,
    UNKNOWN,
    Books,
    Lines,
    Parties,
    Projects,
    Rates,
    Targets,
)

LEDGER_SOURCE = "GL"
MOST_PROBLEMS = 50
"""Problems that are listed; all are counted."""

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "projects": ("project_id", "code"),
    "partners": ("party_id", "name_fr", "name_ar", "acronym"),
    "conventions": ("convention_id", "convention_ref"),
    "tranches": (
        *("tranche_id", "call_ref", "convention_id", "convention_ref", "project_id", "party_id"),
        *("seq", "call_date", "due_date", "amount", "currency"),
    ),
    "contracts": ("contract_id", "contract_ref"),
    "certificates": (
        *("certificate_id", "certificate_ref", "contract_id", "contract_ref", "project_id", "party_id"),
        *("seq", "date", "due_date", "net_payable", "currency"),
    ),
    "rates": ("date", "currency", "mad_per_unit"),
    "ledger": (
        *("line_id", "source", "op_date", "amount", "currency", "orig_amount", "orig_currency"),
        *("label", "reference", "counterparty", "project_code", "bank_ref"),
    ),
}
_SPARE: Mapping[str, tuple[str, ...]] = {"projects": ("name",)}
"""Columns that may be missing: they are empty then."""

_OPTIONAL = ("rates", "conventions", "contracts", "tranches", "certificates", "projects", "partners")
_AMOUNT = r"-?\d{1,13}(?:\.\d{1,2})?"
_RATE = r"\d{1,6}(?:\.\d{1,6})?"
Texts = NDArray[np.object_]


class BooksUnreadable(CentreError):
    """A folder of books cannot be read. Details: folder, problems (file, row, column, reason), count."""

    code = "books_unreadable"


@dataclass(slots=True)
class _Reading:
    """The files of a folder while they are read, and what is wrong with them."""

    folder: Path
    problems: list[dict[str, object]] = field(default_factory=list)
    notes: list[dict[str, object]] = field(default_factory=list)
    count: int = 0

    def table(self, name: str) -> dict[str, Texts]:
        """Return the columns of a file as texts; one that may be missing comes back empty, with a note."""
        file = self.folder / f"{name}.csv"
        wanted, spare = _COLUMNS[name], _SPARE.get(name, ())
        empty: dict[str, Texts] = {column: np.zeros(0, object) for column in (*wanted, *spare)}
        if not file.is_file():
            if name in _OPTIONAL:
                self.notes.append({"note": "file_absent", "file": file.name})
            else:
                self.refuse(file.name, None, "", "file_missing")
            return empty
        try:
            frame = pd.read_csv(
                file, dtype=str, keep_default_na=False, na_filter=False, encoding="utf-8-sig", engine="c"
            )
        except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, OSError) as error:
            self.refuse(file.name, None, "", "not_a_table", str(error)[:200])
            return empty
        missing = [column for column in wanted if column not in frame.columns]
        for column in missing:
            self.refuse(file.name, 1, column, "column_missing")
        for column in spare:
            if column not in frame.columns:
                frame[column] = ""
        return empty if missing else {c: frame[c].to_numpy(object) for c in (*wanted, *spare)}

    def refuse(self, file: str, row: int | None, column: str, reason: str, value: object = "") -> None:
        self.count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(
                {"file": file, "row": row, "column": column, "reason": reason, "value": str(value)[:60]}
            )

    def wrong(self, name: str, column: str, reason: str, values: Texts, bad: Flags) -> None:
        """Name the rows of a column that cannot be read; the first row of data is row 2 of the file."""
        for place in np.flatnonzero(bad)[:MOST_PROBLEMS].tolist():
            self.refuse(f"{name}.csv", place + 2, column, reason, values[place])
        self.count += max(int(bad.sum()) - MOST_PROBLEMS, 0)

    def amounts(self, name: str, column: str, values: Texts, *, needed: bool = True) -> Ints:
        """Return amounts in centimes; an empty cell is 0 where none is needed."""
        text = pd.Series(values, dtype=object).astype(str)
        is_said = (text != "").to_numpy()
        good = text.str.fullmatch(_AMOUNT).to_numpy(bool)
        self.wrong(name, column, "bad_amount", values, (is_said | needed) & ~good)
        numbers = pd.to_numeric(text.where(good, "0")).to_numpy(np.float64)
        return np.asarray(np.rint(numbers * 100), np.int64)

    def days(self, name: str, column: str, values: Texts) -> Ints:
        """Return days since 1970."""
        read = pd.to_datetime(pd.Series(values, dtype=object), format="%Y-%m-%d", errors="coerce")
        bad = read.isna().to_numpy()
        self.wrong(name, column, "bad_date", values, bad)
        days: Ints = read.to_numpy().astype("datetime64[D]").astype(np.int64)
        return np.where(bad, 0, days)

    def whole(self, name: str, column: str, values: Texts) -> Ints:
        read = pd.to_numeric(pd.Series(values, dtype=object), errors="coerce")
        bad = read.isna().to_numpy()
        self.wrong(name, column, "bad_number", values, bad)
        return np.where(bad, 0, read.to_numpy(np.float64)).astype(np.int64)

    def unique(self, name: str, column: str, values: Texts) -> None:
        twice = pd.Series(values, dtype=object).duplicated().to_numpy()
        self.wrong(name, column, "duplicate_key", values, twice)


def read_books(folder: Path) -> Books:
    """Return the books of a folder in the layout that docs/reconciliation.md describes.

    Raises: BooksUnreadable with every problem.
    """
    reading = _Reading(folder)
    if not folder.is_dir():
        reading.refuse(folder.name, None, "", "not_a_folder")
        raise BooksUnreadable(folder=str(folder), problems=reading.problems, count=reading.count)
    projects, parties = _projects(reading), _parties(reading)
    targets, parties = _targets(reading, projects, parties)
    lines = _lines(reading, projects)
    rates = _rates(reading)
    if reading.count:
        raise BooksUnreadable(folder=str(folder), problems=reading.problems, count=reading.count)
    ledger = frozenset(n for n, source in enumerate(lines.sources) if source == LEDGER_SOURCE)
    return Books(parties, projects, targets, lines, rates, ledger, tuple(reading.notes))


def _projects(reading: _Reading) -> Projects:
    table = reading.table("projects")
    reading.unique("projects", "project_id", table["project_id"])
    order = np.argsort(table["project_id"], kind="stable")
    names = tuple((name,) for name in table["name"][order])
    return Projects(tuple(table["project_id"][order]), tuple(table["code"][order]), names)


def _parties(reading: _Reading) -> Parties:
    table = reading.table("partners")
    reading.unique("partners", "party_id", table["party_id"])
    order = np.argsort(table["party_id"], kind="stable")
    names = zip(*(table[column][order] for column in ("name_fr", "name_ar", "acronym")), strict=True)
    return Parties(tuple(table["party_id"][order]), tuple(names))


def _targets(reading: _Reading, projects: Projects, parties: Parties) -> tuple[Targets, Parties]:
    tables = [reading.table("tranches"), reading.table("certificates")]
    names = ("tranches", "certificates")
    columns = (
        ("tranche_id", "call_ref", "convention_id", "convention_ref", "call_date", "amount"),
        ("certificate_id", "certificate_ref", "contract_id", "contract_ref", "date", "net_payable"),
    )

    def both(place: int) -> Texts:
        return np.concatenate([table[columns[n][place]] for n, table in enumerate(tables)])

    def shared(column: str) -> Texts:
        return np.concatenate([table[column] for table in tables])

    for n, table in enumerate(tables):
        reading.unique(names[n], columns[n][0], table[columns[n][0]])
    ids, sizes = both(0), [len(table["seq"]) for table in tables]
    numbers = {
        "dated": [reading.days(names[n], columns[n][4], t[columns[n][4]]) for n, t in enumerate(tables)],
        "due": [reading.days(names[n], "due_date", t["due_date"]) for n, t in enumerate(tables)],
        "amount": [
            reading.amounts(names[n], columns[n][5], t[columns[n][5]]) for n, t in enumerate(tables)
        ],
        "number": [reading.whole(names[n], "seq", t["seq"]) for n, t in enumerate(tables)],
    }
    side = np.concatenate([np.full(sizes[0], INCOMING), np.full(sizes[1], OUTGOING)]).astype(np.int64)
    order = np.lexsort((ids.astype(str), -side)) if len(ids) else np.zeros(0, np.int64)
    agreements, agreement = np.unique(both(2).astype(str), return_inverse=True)
    references = np.full(len(agreements), "", object)
    references[agreement] = both(3)
    known = Parties(*_with_unknown(parties, shared("party_id")))
    return (
        Targets(
            ids=tuple(ids[order]),
            references=tuple(both(1)[order]),
            side=side[order],
            agreement=agreement.astype(np.int64)[order],
            agreements=tuple(references),
            party=_places(shared("party_id"), known.ids)[order],
            project=_places(shared("project_id"), projects.ids)[order],
            currency=tuple(shared("currency")[order]),
            **{name: np.concatenate(parts)[order] for name, parts in numbers.items()},
        ),
        known,
    )


def _with_unknown(parties: Parties, named: Texts) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Parties that targets name and the list does not are known by their id alone."""
    more = sorted(set(named) - set(parties.ids))
    names = dict(zip(parties.ids, parties.names, strict=True)) | dict.fromkeys(more, ())
    ids = tuple(sorted(names))
    return ids, tuple(names[one] for one in ids)


def _lines(reading: _Reading, projects: Projects) -> Lines:
    table = reading.table("ledger")
    reading.unique("ledger", "line_id", table["line_id"])
    amount = reading.amounts("ledger", "amount", table["amount"])
    original = np.abs(reading.amounts("ledger", "orig_amount", table["orig_amount"], needed=False))
    day = reading.days("ledger", "op_date", table["op_date"])
    strange = (table["currency"] != "") & (table["currency"] != DIRHAM)
    reading.wrong("ledger", "currency", "currency_not_dirham", table["currency"], np.asarray(strange, bool))
    sources, source = np.unique(table["source"].astype(str), return_inverse=True)
    order = np.argsort(table["line_id"].astype(str), kind="stable")
    project = _places(table["project_code"], projects.codes)
    unknown = sorted(set(table["project_code"][(project == UNKNOWN)]) - {""})
    if unknown:
        reading.notes.append({"note": "unknown_projects", "count": len(unknown), "codes": unknown[:5]})
    return Lines(
        ids=tuple(table["line_id"][order]),
        label=tuple(table["label"][order]),
        reference=tuple(table["reference"][order]),
        operation=tuple(table["bank_ref"][order]),
        counterparty=tuple(table["counterparty"][order]),
        original_currency=tuple(table["orig_currency"][order]),
        sources=tuple(sources),
        source=source.astype(np.int64)[order],
        day=day[order],
        amount=amount[order],
        original=original[order],
        project=project[order],
    )


def _rates(reading: _Reading) -> Rates:
    table = reading.table("rates")
    day = reading.days("rates", "date", table["date"])
    text = pd.Series(table["mad_per_unit"], dtype=object).astype(str)
    good = text.str.fullmatch(_RATE).to_numpy(bool)
    reading.wrong("rates", "mad_per_unit", "bad_rate", table["mad_per_unit"], ~good)
    value = np.rint(pd.to_numeric(text.where(good, "0")).to_numpy(np.float64) * 10_000).astype(np.int64)
    days, values = {}, {}
    for currency in sorted(set(table["currency"])):
        mine = np.flatnonzero(table["currency"] == currency)
        mine = mine[np.argsort(day[mine], kind="stable")]
        days[str(currency)], values[str(currency)] = day[mine], value[mine]
    return Rates(days, values)


def _places(values: Texts, known: Sequence[str]) -> Ints:
    """Return the place of each value among the known ones, UNKNOWN for what is none of them."""
    places = {one: place for place, one in enumerate(known)}
    return np.array([places.get(value, UNKNOWN) for value in values], np.int64)
