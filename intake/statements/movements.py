"""The rows of a table one after the other: movements, and what the file says of itself between them."""

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum, auto

from intake.rows import Row, Unusable, is_blank
from intake.statements.lines import LineReader, text_of
from intake.statements.profiles import Profile
from intake.statements.sayings import Running, Said, Sayings
from intake.statements.tables import Laid
from models.rules.errors import BadValue, CentreError
from models.rules.money import Money
from models.rules.names import plain
from models.rules.portfolio import Problem, problem_of
from models.rules.statement_files import (
    Stated,
    StatementRow,
    double_entry_problem,
    running_problem,
    total_problem,
)


class Passed(Enum):
    """Why a row is no movement."""

    HEADING = auto()
    TITLE = auto()
    ZERO = auto()
    OTHER_ACCOUNT = auto()
    PENDING = auto()


Event = StatementRow | Problem | Said | Passed


class Movements:
    """Goes once through the rows of a table that is laid out."""

    def __init__(self, profile: Profile, laid: Laid) -> None:
        self.profile = profile
        self.laid = laid
        self.lines = LineReader(profile, laid)
        self.sayings = Sayings(profile, self.lines)
        self.account = ""
        self.debit = self.credit = 0
        self.pending: StatementRow | None = None
        self.running = Running(newest_first=profile.newest_first) if "balance" in laid.places else None
        self.last_row = 0
        self._sections = bool(profile.rows.section) or "account" in laid.places
        self._heading = _headings(laid.header)

    def __iter__(self) -> Iterator[Event]:
        header = self.laid.header.number
        for row in self.laid.rows:
            if _is_bare(row):
                continue
            self.last_row = row.number
            if row.number < header:
                yield from self._above(row)
            elif row.number > header:
                kind = self.sayings.kind_of(row)
                if kind == "end":
                    break
                yield from self._below(row, kind)
        yield from self._flush()
        yield from self._whole()

    def _above(self, row: Row) -> Iterator[Event]:
        kind = self.sayings.kind_of(row, above=True)
        if kind in ("opening", "closing"):
            yield from self._balance(row, kind)
        elif kind == "period":
            yield from self.sayings.days(row)

    def _below(self, row: Row, kind: str) -> Iterator[Event]:
        if kind:
            yield from self._flush()
        if kind == "section":
            self.account = self.sayings.number(row)
        elif kind in ("opening", "closing"):
            yield from self._balance(row, kind)
        elif kind == "total":
            yield from self._total(row)
        elif kind:
            yield Passed.TITLE
        elif self._is_heading(row):
            yield Passed.HEADING
        else:
            yield from self._movement(row)

    def _movement(self, row: Row) -> Iterator[Event]:
        row = self.lines.filled(row)
        if self.profile.rows.continued and self._goes_on(row):
            return
        yield from self._flush()
        try:
            read, kept = self.lines.read(row), self._is_kept(row)
            self.debit += self.lines.debit
            self.credit += self.lines.credit
            if kept and self.running is not None:
                yield from self._follow(row, self.running, read.amount if read else 0)
        except CentreError as error:
            yield problem_of(row.number, error, str(error.details.get("field", "")))
            return
        if read is None or not kept:
            yield Passed.OTHER_ACCOUNT if not kept else Passed.ZERO
        else:
            self.pending = read

    def _flush(self) -> Iterator[Event]:
        """Hand out the movement that was read last, when no row goes on with its label."""
        if self.pending is not None:
            yield self.pending
            self.pending = None

    def _goes_on(self, row: Row) -> bool:
        """Put the text of a row with nothing but a label behind the label above."""
        label = self.lines.cell(row, "label")
        others = (name for name in self.laid.places if name not in ("label", *self.profile.rows.fill))
        if self.pending is None or is_blank(label):
            return False
        if any(not is_blank(self.lines.cell(row, name)) for name in others):
            return False
        self.pending = replace(self.pending, label=text_of(f"{self.pending.label} {label}", "label"))
        return True

    def _is_kept(self, row: Row) -> bool:
        if not self._sections or not self.profile.ledger.keep:
            return True
        cell = self.lines.cell(row, "account")
        number = self.account if is_blank(cell) else str(cell).replace(" ", "")
        return number.startswith(self.profile.ledger.keep)

    def _follow(self, row: Row, running: Running, moved: int) -> Iterator[Event]:
        """Compare the balance after a movement with the one before it (J1)."""
        cell = self.lines.cell(row, "balance")
        stated = None if is_blank(cell) else self.sayings.balance(cell)
        if differ := running.off(row.number, stated, moved):
            yield running_problem(Stated(row.number, self._money(differ[0])), self._money(differ[1]))

    def _balance(self, row: Row, kind: str) -> Iterator[Event]:
        if self._sections and self.profile.ledger.keep and not self._is_kept(row):
            yield Passed.OTHER_ACCOUNT
            return
        try:
            amount = self.sayings.amount(row)
        except BadValue as error:
            yield problem_of(row.number, error, kind)
            return
        if amount is not None:
            yield Said(kind, row.number, amount)

    def _total(self, row: Row) -> Iterator[Event]:
        """Compare the sums that the file states with those of its rows (J2)."""
        try:
            for name, found in (("debit", self.debit), ("credit", self.credit)):
                stated = self.lines.side_of(row, name)
                if stated is not None and (
                    problem := total_problem(
                        name, Stated(row.number, self._money(stated)), self._money(found)
                    )
                ):
                    yield problem
        except BadValue as error:
            yield problem_of(row.number, error, str(error.details["field"]))

    def _whole(self) -> Iterator[Event]:
        if self.running is not None:
            yield from (said for said in (self.running.first, self.running.last) if said)
        if self.profile.ledger.balanced:
            debit, credit = self._money(self.debit), self._money(self.credit)
            if problem := double_entry_problem(self.last_row, debit, credit):
                yield problem

    def _is_heading(self, row: Row) -> bool:
        day = self.lines.cell(row, "day")
        if not isinstance(day, str) or any(letter.isdigit() for letter in day):
            return False
        return _headings(row) == self._heading

    def _money(self, amount: int) -> Money:
        return Money(amount, self.profile.currency)


def _headings(row: Row) -> set[str]:
    return {plain(cell) for cell in row.cells if isinstance(cell, str) and cell.strip()}


def _is_bare(row: Row) -> bool:
    """Tell whether a row holds nothing, or only what a merged range above covers."""
    for cell in row.cells:
        if type(cell) is str:
            if cell and not cell.isspace():
                return False
        elif cell is not None and not (isinstance(cell, Unusable) and cell.code == "merged_cells"):
            return False
    return True
