"""Conventions, tranches, contracts or accounts in one file: every row that can be read, and every fault."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intake.dates import day_first_of, read_date
from intake.money_words import money_vocabulary
from intake.readers import TableReader
from intake.tables import Cell, Note, Row, Table, is_blank, open_table
from intake.values import check_readable, decimal_sign_of, read_amount, read_text, read_whole, shown
from intake.vocabulary import Vocabulary
from models.rules.contracts import CertificateKind, ContractKind
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.money import Money
from models.rules.money_rows import (
    AccountRow,
    ContractRow,
    FileRow,
    Located,
    MoneyRows,
    MoneyTable,
    PromiseRow,
    TrancheRow,
)
from models.rules.portfolio import Problem, problem_of
from models.rules.stages import Stage
from models.rules.terms import WHOLE
from models.rules.tranches import PlannedTranche, Trigger, check_tranche

MOST_ROWS = 50_000  # of one file of money (I30)
FIRST_YEAR, LAST_YEAR = 1990, 2100

COLUMNS: Mapping[MoneyTable, Mapping[str, str]] = {
    MoneyTable.CONVENTIONS: {"reference": "convention", "partners": "partner"},
    MoneyTable.TRANCHES: {"reference": "convention", "partners": "partner"},
    MoneyTable.CONTRACTS: {"reference": "contract", "budget_line": "line", "kind": "contract_kind"},
    MoneyTable.CERTIFICATES: {"kind": "account_kind"},
}

_AMOUNTS = frozenset(
    {"amount", "gross", "net", "revision", "retention", "recovered", "penalty", "vat_withheld"}
)
_DAYS = frozenset({"signed_on", "ends_on", "expected_on", "start", "dated", "due_on"})
_RATES = frozenset({"progress", "vat", "retention_rate", "retention_cap", "delay_penalty", "delay_cap"})
_WHOLES = {"number": (1, 10_000), "period_days": (1, 10_000), "budget_year": (FIRST_YEAR, LAST_YEAR)}
_SIGNED = frozenset({"revision", "gross", "net"})
_SHORT = frozenset({"convention", "contract", "reference", "line", "budget_line", "document", "project"})
_LONGEST_SHORT, _LONGEST = 64, 300
_OTHER_NAMES = ("contractor_ar", "contractor_fr", "contractor_short")
_TERMS = {
    "vat": "vat",
    "retention_rate": "retention",
    "retention_cap": "retention_cap",
    "delay_penalty": "delay_penalty_per_mille",
    "delay_cap": "delay_cap",
}


@dataclass(frozen=True, slots=True)
class MoneySheet:
    """What a file of money holds. Rows with a problem are not among `rows`; `digest` is its SHA-256."""

    file: str
    table: MoneyTable
    rows: MoneyRows
    problems: tuple[Located, ...]
    problem_count: int
    notes: tuple[Note, ...]
    digest: str

    @property
    def columns(self) -> Mapping[str, Mapping[str, str]]:
        """In which column the field of a row stands, where it has another name there."""
        return {self.file: COLUMNS[self.table]}


def read_money(
    path: Path, table: MoneyTable, *, progress: Callable[[int], None] | None = None
) -> MoneySheet:
    """Read a file of one kind, text or workbook; all that is wrong with it comes back as a list.

    `progress` is told now and then how many rows went by.
    Raises: FileRefused when the file is no table, or none with these headings.
    Source: docs/rules.md, I1 to I16 and I30.
    """
    words = money_vocabulary(table)
    with open_table(path, words.columns.is_known, most_rows=MOST_ROWS, progress=progress) as opened:
        rows = list(opened.rows)
        reader = _Reader(opened, words, table)
    found = reader.read(rows)
    return MoneySheet(
        file=path.name,
        table=table,
        rows=_gathered(table, found),
        problems=tuple(Located(path.name, problem) for problem in reader.problems.listed),
        problem_count=reader.problems.count,
        notes=tuple(reader.notes),
        digest=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def _gathered(table: MoneyTable, found: Sequence[Any]) -> MoneyRows:
    match table:
        case MoneyTable.CONVENTIONS:
            return MoneyRows(promises=tuple(found))
        case MoneyTable.TRANCHES:
            return MoneyRows(tranches=tuple(found))
        case MoneyTable.CONTRACTS:
            return MoneyRows(contracts=tuple(found))
        case MoneyTable.CERTIFICATES:
            return MoneyRows(accounts=tuple(found))


class _Reader(TableReader):
    """Reads the rows of one file of money."""

    def __init__(self, table: Table, words: Vocabulary, kind: MoneyTable) -> None:
        super().__init__(table, words)
        self.kind = kind
        self.decimal_signs: dict[str, str | None] = {}
        self.days_first: dict[str, bool | None] = {}

    def read(self, rows: Sequence[Row]) -> list[Any]:
        rows = [row for row in rows if not self.is_sample(row)]
        for name, place in self.columns.items():
            cells = [row.cells[place] for row in rows if place < len(row.cells)]
            if name in _AMOUNTS:
                self.decimal_signs[name] = decimal_sign_of(cells)
            elif name in _DAYS:
                self.days_first[name] = day_first_of(cells)
        if not rows:
            self.problems.add(Problem(self.table.header.number, "", "no_rows"))
        found = [self._read_row(row) for row in rows]
        return [row for row in found if row is not None]

    def _read_row(self, row: Row) -> Any:
        before = self.problems.count
        self.check_width(row)
        values = {name: self._read_cell(row, name, place) for name, place in self.columns.items()}
        at = FileRow(Path(self.table.file).name, row.number)
        if self.problems.count == before and self.words.needed <= values.keys():
            try:
                return _MAKERS[self.kind](at, values)
            except CentreError as error:
                field = str(error.details.get("field", ""))
                self.problems.add(problem_of(row.number, error, field))
        return None

    def _read_cell(self, row: Row, name: str, place: int) -> Any:
        cell = row.cells[place] if place < len(row.cells) else None
        if is_blank(cell) and name not in self.words.needed:
            return None
        try:
            return self._value(cell, name)
        except CentreError as error:
            self.problems.add(problem_of(row.number, error, name))
        return None

    def _value(self, cell: Cell, name: str) -> Any:
        if name in self.words.choices:
            return self._choice(cell, name)
        if name in _AMOUNTS:
            sign = self.decimal_signs.get(name)
            return read_amount(cell, name, decimal_sign=sign, negative=name in _SIGNED)
        if name in _DAYS:
            return read_date(cell, name, day_first=self.days_first.get(name))
        if name in _WHOLES:
            least, most = _WHOLES[name]
            return read_whole(cell, name, least=least, most=most)
        if name in _RATES:
            return read_share(cell, name)
        longest = _LONGEST_SHORT if name in _SHORT else _LONGEST
        return read_text(cell, name, longest=longest, needed=name in self.words.needed)

    def _choice(self, cell: Cell, name: str) -> str:
        text = read_text(cell, name, needed=True)
        choices = self.words.choices[name]
        code = choices.find(text)
        if code is None:
            limit = ", ".join(choices.near(text) or choices.by_code)
            raise BadValue(field="cell", value=shown(text), reason="not_a_choice", limit=limit)
        return code


def read_share(cell: Cell, name: str) -> int:
    """Return a percentage, or a per mille, such as 7,5 in hundredths of one.

    Raises: BadValue: not_an_amount, ambiguous_amount, too_many_decimals, negative, over_a_hundred.
    """
    value = check_readable(cell, name)
    text = value.replace("%", "").replace("‰", "").strip() if isinstance(value, str) else value
    hundredths = read_amount(text, name)
    if hundredths > WHOLE:
        raise BadValue(field="cell", value=shown(cell), reason="over_a_hundred")
    return hundredths


def _promise(at: FileRow, values: Mapping[str, Any]) -> PromiseRow:
    in_kind = values.get("in_kind") == "yes"
    if values["amount"] == 0 and not in_kind:
        raise BadValue(field="amount", value="0", reason="not_positive")
    return PromiseRow(
        at=at,
        convention=values["convention"],
        project=values["project"],
        partner=values["partner"],
        amount=values["amount"],
        signed_on=values["signed_on"],
        ends_on=values.get("ends_on"),
        title=values.get("title") or "",
        in_kind=in_kind,
        budget_year=values.get("budget_year"),
        budget_line=values.get("budget_line") or "",
    )


def _tranche(at: FileRow, values: Mapping[str, Any]) -> TrancheRow:
    trigger, stage = Trigger(values["trigger"]), values.get("stage")
    planned = PlannedTranche(
        amount=Money(values["amount"]),
        trigger=trigger,
        expected_on=values["expected_on"],
        stage=Stage(stage) if stage else None,
        progress=values.get("progress"),
        document=values.get("document") or "",
    )
    try:
        check_tranche(planned, planned.amount.currency)
    except UnknownKey as error:
        value = shown(planned.document)
        raise BadValue(field="document", value=value, reason="not_a_document") from error
    return TrancheRow(
        at=at,
        convention=values["convention"],
        project=values["project"],
        partner=values["partner"],
        number=values["number"],
        amount=values["amount"],
        trigger=trigger,
        expected_on=values["expected_on"],
        stage=planned.stage,
        progress=planned.progress,
        document=planned.document,
    )


def _contract(at: FileRow, values: Mapping[str, Any]) -> ContractRow:
    if values["amount"] == 0:
        raise BadValue(field="amount", value="0", reason="not_positive")
    terms = {term: values[name] for name, term in _TERMS.items() if values.get(name) is not None}
    return ContractRow(
        at=at,
        reference=values["contract"],
        project=values["project"],
        line=values["line"],
        kind=ContractKind(values["contract_kind"]),
        contractor=values["contractor"],
        amount=values["amount"],
        period_days=values["period_days"],
        signed_on=values["signed_on"],
        start=values.get("start"),
        subject=values.get("subject") or "",
        terms=terms,
        names=tuple(name for column in _OTHER_NAMES if (name := values.get(column))),
    )


def _account(at: FileRow, values: Mapping[str, Any]) -> AccountRow:
    amounts = {name: values.get(name) or 0 for name in _AMOUNTS - {"amount"}}
    return AccountRow(
        at=at,
        contract=values["contract"],
        kind=CertificateKind(values["account_kind"]),
        order=values["number"],
        number=values["number"],
        dated=values["dated"],
        due_on=values["due_on"],
        reference=values.get("reference") or "",
        **amounts,
    )


_MAKERS: Mapping[MoneyTable, Callable[[FileRow, Mapping[str, Any]], Any]] = {
    MoneyTable.CONVENTIONS: _promise,
    MoneyTable.TRANCHES: _tranche,
    MoneyTable.CONTRACTS: _contract,
    MoneyTable.CERTIFICATES: _account,
}
