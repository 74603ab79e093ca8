"""A portfolio handed in as a file: every row that can be read, and everything that is wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intake.readers import MOST_PROBLEMS, TableReader
from intake.tables import Cell, Note, Row, Table, is_blank, open_table
from intake.values import decimal_sign_of, read_amount, read_text, read_whole, shown
from intake.vocabulary import Vocabulary, vocabulary
from models.places import Province, find_province
from models.rules.errors import BadValue, UnknownKey
from models.rules.kinds import Sector
from models.rules.money import Money
from models.rules.portfolio import Problem, ProjectRow, problem_of
from models.rules.projects import LONGEST_TEXT, MOST_BEDS, check_budget, check_key
from models.rules.stages import Stage

__all__ = ["MOST_PROBLEMS", "MOST_PROJECTS", "Problem", "ProjectRow", "Sheet", "read_portfolio"]

MOST_PROJECTS = 20_000  # rows of one portfolio (I14)
MOST_PARTNERS = 50  # of one project

_APART = "|"
_OTHER_SIGNS = (";", "؛")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a portfolio file holds. Rows with a problem are not among `rows`.

    `problems` lists the first MOST_PROBLEMS of `problem_count`. `encoding` and `separator` belong to a
    text file, `sheet` to a workbook.
    """

    file: str
    rows: tuple[ProjectRow, ...]
    problems: tuple[Problem, ...]
    problem_count: int
    notes: tuple[Note, ...]
    encoding: str
    separator: str
    sheet: str


def read_portfolio(path: Path, *, progress: Callable[[int], None] | None = None) -> Sheet:
    """Read a portfolio from a text file or a workbook; all that is wrong with it comes back as a list.

    `progress` is told now and then how many rows went by.
    Raises: FileRefused when the file is no table, or none with the headings of a portfolio.
    Source: docs/rules.md, I1 to I16.
    """
    words = vocabulary()
    with open_table(path, words.columns.is_known, most_rows=MOST_PROJECTS, progress=progress) as table:
        rows = list(table.rows)
        reader = _Reader(table, words)
    reader.read(rows)
    return Sheet(
        file=table.file,
        rows=tuple(reader.projects),
        problems=tuple(reader.problems.listed),
        problem_count=reader.problems.count,
        notes=tuple(reader.notes),
        encoding=table.encoding,
        separator=table.separator,
        sheet=table.sheet,
    )


class _Reader(TableReader):
    """Reads the rows of one portfolio."""

    def __init__(self, table: Table, words: Vocabulary) -> None:
        super().__init__(table, words)
        self.projects: list[ProjectRow] = []
        self.first_rows: dict[str, int] = {}
        self.decimal_sign: str | None = None

    def read(self, rows: Sequence[Row]) -> None:
        if "budget" in self.columns:
            place = self.columns["budget"]
            self.decimal_sign = decimal_sign_of(row.cells[place] for row in rows if place < len(row.cells))
        rows = [row for row in rows if not self.is_sample(row)]
        if not rows:
            self.problems.add(Problem(self.table.header.number, "", "no_rows"))
        for row in rows:
            self._read_row(row)

    def _read_row(self, row: Row) -> None:
        before = self.problems.count
        self.check_width(row)
        values = {name: self._read_cell(row, name, place) for name, place in self.columns.items()}
        self._check_key_is_new(row.number, values.get("key"))
        if self.problems.count == before and self.words.needed <= values.keys():
            self.projects.append(_project_row(row.number, values))

    def _read_cell(self, row: Row, name: str, place: int) -> Any:
        cell = row.cells[place] if place < len(row.cells) else None
        try:
            return _READERS[name](self, cell)
        except UnknownKey as error:
            self.problems.add(problem_of(row.number, error, name, f"unknown_{name}"))
        except BadValue as error:
            self.problems.add(problem_of(row.number, error, name))
        return None

    def _check_key_is_new(self, row: int, key: str | None) -> None:
        if key is None:
            return
        first = self.first_rows.setdefault(key, row)
        if first != row:
            self.problems.add(Problem(row, "key", "duplicate_key", key, {"first_row": first}))

    def read_budget(self, cell: Cell) -> Money:
        return check_budget(Money(read_amount(cell, "budget", decimal_sign=self.decimal_sign)))

    def read_choice(self, cell: Cell, name: str) -> str:
        text = read_text(cell, name, needed=True)
        choices = self.words.choices[name]
        code = choices.find(text)
        if code is None:
            raise BadValue(
                field=name, value=shown(text), reason=_UNKNOWN[name], candidates=choices.near(text)
            )
        return code


_UNKNOWN = {"sector": "unknown_sector", "kind": "unknown_kind", "stage": "unknown_stage"}


def _read_key(cell: Cell) -> str:
    return check_key(read_text(cell, "key", needed=True))


def _read_province(cell: Cell) -> Province:
    return find_province(read_text(cell, "province", needed=True))


def _read_partners(cell: Cell) -> tuple[str, ...]:
    whole = read_text(cell, "partners", longest=LONGEST_TEXT)
    if any(sign in whole for sign in _OTHER_SIGNS):
        raise BadValue(field="partners", value=shown(whole), reason="wrong_separator", limit=_APART)
    names = [read_text(name, "partners") for name in whole.split(_APART)]
    if len(names) > MOST_PARTNERS:
        raise BadValue(
            field="partners", value=shown(whole), reason="too_many_partners", limit=MOST_PARTNERS
        )
    return tuple(dict.fromkeys(filter(None, names)))


_Read = Callable[[_Reader, Cell], Any]


def _said(read: _Read) -> _Read:
    """Let an empty cell say nothing: what is in the books stays."""
    return lambda reader, cell: None if is_blank(cell) else read(reader, cell)


_READERS: dict[str, _Read] = {
    "key": lambda _reader, cell: _read_key(cell),
    "name_ar": lambda _reader, cell: read_text(cell, "name_ar", needed=True),
    "name_fr": lambda _reader, cell: read_text(cell, "name_fr", needed=True),
    "name_en": lambda _reader, cell: read_text(cell, "name_en", needed=True),
    "sector": lambda reader, cell: reader.read_choice(cell, "sector"),
    "kind": lambda reader, cell: reader.read_choice(cell, "kind"),
    "province": lambda _reader, cell: _read_province(cell),
    "budget": _Reader.read_budget,
    "stage": _said(lambda reader, cell: reader.read_choice(cell, "stage")),
    "beds": _said(lambda _reader, cell: read_whole(cell, "beds", most=MOST_BEDS)),
    "site_ar": _said(lambda _reader, cell: read_text(cell, "site_ar")),
    "site_fr": _said(lambda _reader, cell: read_text(cell, "site_fr")),
    "partners": lambda _reader, cell: _read_partners(cell),
}


def _project_row(row: int, values: dict[str, Any]) -> ProjectRow:
    province: Province = values["province"]
    stage = values.get("stage")
    return ProjectRow(
        row=row,
        key=values["key"],
        name_ar=values["name_ar"],
        name_fr=values["name_fr"],
        name_en=values["name_en"],
        sector=Sector(values["sector"]),
        kind=values["kind"],
        province=province.code,
        region=province.region,
        budget=values["budget"],
        stage=Stage(stage) if stage else None,
        beds=values.get("beds"),
        site_ar=values.get("site_ar"),
        site_fr=values.get("site_fr"),
        partners=values.get("partners", ()),
    )
