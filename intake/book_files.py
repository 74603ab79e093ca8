"""The files of a folder of books: read once, each row found by its id."""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from intake.ledgers import Line, read_ledger, wrong
from intake.values import shown
from models.queries.projects import nearest
from models.rules.books import BookParty, BookProject
from models.rules.money_rows import Located

PROJECTS, PARTNERS, CONVENTIONS, TRANCHES, CONTRACTS, CERTIFICATES = FILES = (
    "projects.csv",
    "partners.csv",
    "conventions.csv",
    "tranches.csv",
    "contracts.csv",
    "certificates.csv",
)
RATES = "rates.csv"
COLUMNS: Mapping[str, Mapping[str, str]] = {
    CONVENTIONS: {
        "reference": "convention_ref",
        "signed_on": "signed",
        "project": "project_id",
        "partners": "party_id",
    },
    TRANCHES: {
        "reference": "convention_ref",
        "number": "seq",
        "call": "call_ref",
        "expected_on": "call_date",
        "due_on": "due_date",
    },
    CONTRACTS: {
        "reference": "contract_ref",
        "project": "project_id",
        "amount": "amount_ttc",
        "signed_on": "start",
    },
    CERTIFICATES: {
        "reference": "certificate_ref",
        "contract": "contract_ref",
        "dated": "date",
        "due_on": "due_date",
        "gross": "gross_ttc",
        "recovered": "advance_recovered",
        "net": "net_payable",
        "project": "project_id",
    },
}
"""In which column the field of a row stands, where it has another name there."""

LONGEST_ID = 64
_OTHERS = re.compile(r"[^a-z0-9]+")


class Reading:
    """The files of one folder while they are read."""

    def __init__(self, folder: Path, progress: Callable[[int], None] | None) -> None:
        self.folder, self.progress = folder, progress
        self.problems: list[Located] = []
        self.files: dict[str, str] = {}
        self.projects: dict[str, BookProject] = {}
        self.parties: dict[str, BookParty] = {}
        self.rates: dict[str, list[tuple[date, int]]] = {}
        self.count = 0

    def lines(self, name: str, needed: str, optional: str = "") -> list[Line]:
        """Return the rows of a file; `needed` and `optional` are its columns, parted by spaces."""
        path = self.folder / name
        ledger = read_ledger(path, needed.split(), optional.split(), self.problems)
        self.files[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        self.count += len(ledger.lines)
        if self.progress:
            self.progress(self.count)
        return ledger.lines

    def keyed(self, lines: list[Line], column: str) -> dict[str, Line]:
        """Return rows by their id, and refuse an id that comes twice."""
        found: dict[str, Line] = {}
        for line in lines:
            key = line.text(column, LONGEST_ID)
            first = found.setdefault(key, line)
            if first is not line and key:
                self.twice(line, column, key, first)
        found.pop("", None)
        return found

    def twice(self, line: Line, column: str, key: str, first: Line) -> None:
        line.refuse(column, wrong(key, "duplicate_key", first_row=first.at.row))

    def find(self, line: Line, column: str, known: Mapping[str, Any], file: str) -> Any:
        """Return what an id names in another file, or refuse it."""
        key = line.text(column, LONGEST_ID)
        found = known.get(key)
        if found is None and key:
            near = nearest(key, known)
            error = wrong(key, "not_in_file", limit=file, candidates=near)
            line.refuse(column, error)
        return found


def same(line: Line, other: Line, *columns: str) -> None:
    """Refuse what a row repeats of another file's row, and otherwise than it stands there."""
    for column in columns:
        said, meant = line.cells.get(column), other.cells.get(column)
        if said != meant and line.is_said(column):
            limit = shown(meant)
            place = {"place": other.at.file, "first_row": other.at.row}
            error = wrong(said, "not_as_in_file", limit=limit, **place)
            line.refuse(column, error)


def key_of(text: str) -> str:
    """Return the key that a code of the books becomes: PRJ-001 is prj-001."""
    return _OTHERS.sub("-", text.casefold()).strip("-")[:LONGEST_ID].strip("-")
