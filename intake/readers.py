"""What every table of people has in common: headings that are matched, widths, the example row."""

from dataclasses import dataclass, field

from openpyxl.utils import get_column_letter

from intake.tables import Cell, Note, Row, Table, Unusable, is_blank
from intake.values import shown
from intake.vocabulary import Vocabulary
from models.rules.portfolio import Problem

MOST_PROBLEMS = 1000  # that are listed; the others are counted (I14)


@dataclass(slots=True)
class Problems:
    """The problems of a file, listed up to a limit and counted beyond it."""

    listed: list[Problem] = field(default_factory=list)
    count: int = 0

    def add(self, problem: Problem) -> None:
        """List one more, or count it."""
        self.count += 1
        if len(self.listed) < MOST_PROBLEMS:
            self.listed.append(problem)


class TableReader:
    """Reads the rows of one file, and keeps what was found."""

    def __init__(self, table: Table, words: Vocabulary) -> None:
        self.table = table
        self.words = words
        self.problems = Problems()
        own = {titles["lists"] for titles in words.titles.values()}
        self.notes = [note for note in table.notes if note.details.get("sheet") not in own]
        self.columns = self._match_columns(table.header)

    def _match_columns(self, header: Row) -> dict[str, int]:
        columns: dict[str, int] = {}
        for place, cell in enumerate(header.cells):
            name = self._column(header.number, cell)
            if name in columns:
                self.problems.add(Problem(header.number, name, "duplicate_column", shown(cell)))
            elif name:
                columns[name] = place
        for name in self.words.columns.by_code:
            if name in self.words.needed and name not in columns:
                self.problems.add(Problem(header.number, name, "missing_column"))
        return columns

    def _column(self, row: int, cell: Cell) -> str | None:
        if is_blank(cell):
            return None
        if isinstance(cell, Unusable):
            self.problems.add(Problem(row, "", cell.code, shown(cell)))
            return None
        name = self.words.columns.find(str(cell))
        if name is None:
            near = self.words.columns.near(str(cell))
            self.problems.add(Problem(row, "", "unknown_column", shown(cell), {"candidates": near}))
        return name

    def is_sample(self, row: Row) -> bool:
        """Tell whether a row is the example of a template, which is passed over with a note."""
        first = next(iter(self.words.columns.by_code))
        place = self.columns.get(first)
        if place is None or place >= len(row.cells) or row.cells[place] != self.words.sample[first]:
            return False
        self.notes.append(Note("sample_row_skipped", {"row": row.number}))
        return True

    def check_width(self, row: Row) -> None:
        """Tell of a row cut short, and of a cell beside the table."""
        width = len(self.table.header.cells)
        if self.table.separator and len(row.cells) < width:
            counts = {"found": len(row.cells), "expected": width}
            self.problems.add(Problem(row.number, "", "too_few_cells", "", counts))
        for place, cell in enumerate(row.cells):
            headed = place < width and not is_blank(self.table.header.cells[place])
            if not headed and not is_blank(cell):
                details = {"column": get_column_letter(place + 1)}
                self.problems.add(Problem(row.number, "", "cell_without_heading", shown(cell), details))
                return
