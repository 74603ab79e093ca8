"""A file of movements under a profile: looked through once as a whole, then handed out line by line.

No line is handed out of a file with a fault. Looking through keeps counts and faults, never lines, so
that a million rows take no more memory than a hundred.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import BinaryIO

from intake.content import content_of, opened
from intake.readers import Problems
from intake.rows import Note, TooManyRows
from intake.statements import camt, mt940
from intake.statements.movements import Event, Movements, Passed
from intake.statements.profiles import Profile, find_profile, profile_names
from intake.statements.sayings import RUNNING, Said
from intake.statements.tables import (
    LARGEST_FILE,
    MOST_LINES,
    EncodingDiffers,
    ProfileMisfit,
    laid_out,
    misfit,
)
from models.rules.errors import CentreError
from models.rules.money import Money
from models.rules.portfolio import Problem
from models.rules.statement_files import (
    Stated,
    StatementNote,
    StatementRow,
    StatementSummary,
    balance_problem,
    day_problem,
    follow_problem,
)

PARSER_VERSION = "1"
"""Of the readers in this folder; raised when the same file would give other lines."""

PROGRESS_EVERY = 5000

_HEAD = 4096
_FORMATS = {"table": "CSV, XLSX", "camt053": "CAMT.053", "mt940": "MT940"}
_NOTES = {
    Passed.HEADING: "headings_passed",
    Passed.TITLE: "titles_passed",
    Passed.ZERO: "zero_rows_passed",
    Passed.OTHER_ACCOUNT: "other_accounts_passed",
    Passed.PENDING: "pending_passed",
}


def look_through(
    path: Path,
    profile: Profile,
    *,
    today: date = date.max,
    own: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> StatementSummary:
    """Read a whole file and return what it says; all that is wrong with it is listed by row and field.

    `today`: no movement is of a later day. `own`: a folder of further profiles, for naming one that fits
    better. `progress` is told how many rows went by.
    Raises: FileRefused when the file is none that the profile describes.
    Source: docs/rules.md, J1 to J11 and J23.
    """
    gathered = _Gathered(profile, str(path), today)
    try:
        with events_of(path, profile) as (events, notes):
            gathered.notes += notes
            for count, event in enumerate(events, start=1):
                gathered.take(event)
                if progress and count % PROGRESS_EVERY == 0:
                    progress(count)
    except (ProfileMisfit, EncodingDiffers) as error:
        candidates = fitting(path, own=own, but=profile.name)
        raise type(error)(**{**error.details, "candidates": candidates}) from None
    return gathered.summary()


def lines_of(path: Path, profile: Profile) -> Iterator[StatementRow]:
    """Yield the movements of a file that was looked through and is whole."""
    with events_of(path, profile) as (events, _notes):
        yield from (event for event in events if isinstance(event, StatementRow))


@contextmanager
def events_of(path: Path, profile: Profile) -> Iterator[tuple[Iterator[Event], list[Note]]]:
    """Open a file under a profile; everything that its rows say comes one after the other.

    Raises: FileRefused.
    """
    file = str(path)
    with opened(path, largest=LARGEST_FILE) as handle:
        found = format_of(handle, file)
        if found != profile.format:
            raise misfit(file, profile, _FORMATS[profile.format], _FORMATS[found])
        if found == "table":
            with laid_out(handle, file, content_of(handle, file), profile) as laid:
                yield iter(Movements(profile, laid)), list(laid.notes)
        else:
            read = camt.movements if found == "camt053" else mt940.movements
            with closing(read(handle, file, profile)) as events:
                yield events, []


def format_of(handle: BinaryIO, file: str) -> str:
    """Tell a table from CAMT.053 and MT940; the name of a file is not asked.

    Raises: NotATable, FileEmpty and others of their kind.
    """
    handle.seek(0)
    head = handle.read(_HEAD)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<") and (b"camt.05" in head or start.startswith(b"<?xml")):
        return "camt053"
    if start.startswith((b"{1:", b":20:", b":940:")) or b"\n:20:" in head:
        return "mt940"
    content_of(handle, file)
    return "table"


def fitting(path: Path, *, own: Path | None = None, but: str = "") -> tuple[str, ...]:
    """Return the names of the profiles that a file fits, the closest ones first.

    Source: docs/rules.md, J12.
    """
    found: list[tuple[int, str]] = []
    for name in profile_names(own):
        if name != but and (fits := _fits(path, name, own)):
            found.append((-fits, name))
    return tuple(name for _fit, name in sorted(found))[:3]


def _fits(path: Path, name: str, own: Path | None) -> int:
    """Return how many columns of a file a profile knows; 0 where it does not fit."""
    try:
        profile = find_profile(name, own)
        with events_of(path, profile) as (events, _notes):
            first = next(events, None)
        if profile.format != "table":
            return len(profile.format) if first is not None else 0
        return len(profile.columns) + 1
    except CentreError:
        return 0


class _Gathered:
    """What was found so far."""

    def __init__(self, profile: Profile, file: str, today: date) -> None:
        self.profile = profile
        self.file = file
        self.today = today
        self.problems = Problems()
        self.notes: list[Note] = []
        self.passed: Counter[Passed] = Counter()
        self.balances = _Balances(profile, self.problems)
        self.lines = self.received = self.paid = self.row = 0
        self.days: set[date] = set()
        self.ends: set[date] = set()
        self.numbers: set[str] = set()

    def take(self, event: Event) -> None:
        """Take one row in.

        Raises: TooManyRows.
        """
        if isinstance(event, StatementRow):
            self._count(event)
        elif isinstance(event, Problem):
            self.problems.add(event)
        elif isinstance(event, Passed):
            self.passed[event] += 1
        elif event.what == "number":
            self.numbers.add(event.text)
        elif event.what in ("opening", "closing"):
            self.balances.hear(event)
        elif event.day is not None:
            self._widen(event.day, event.day) if event.what == "starts_on" else self.ends.add(event.day)

    def _count(self, row: StatementRow) -> None:
        self.lines += 1
        self.row = row.row
        if self.lines > MOST_LINES:
            raise TooManyRows(file=self.file, limit=MOST_LINES, count=self.lines)
        if (problem := day_problem(row, self.today)) is not None:
            self.problems.add(problem)
        self.balances.moved += row.amount
        if row.amount > 0:
            self.received += row.amount
        else:
            self.paid -= row.amount
        if row.day not in self.days:
            self._widen(row.day, row.day)

    def _widen(self, first: date, last: date) -> None:
        """Keep the first and the last day alone."""
        self.days = {min({first, *self.days}), max({last, *self.days})}

    def summary(self) -> StatementSummary:
        """Close the balances, and return what the whole file says."""
        self.balances.close(self.row)
        if len(self.numbers) > 1:
            details = {"limit": ", ".join(sorted(self.numbers))}
            self.problems.add(Problem(self.row, "account", "several_accounts", "", details))
        if not self.lines and not self.problems.count and self.balances.began is None:
            self.problems.add(Problem(self.row, "", "no_rows"))
        ends = {*self.ends, *(day + timedelta(days=1) for day in self.days)}
        return StatementSummary(
            profile=self.profile.name,
            parser_version=PARSER_VERSION,
            currency=self.profile.currency,
            number=min(self.numbers, default=""),
            lines=self.lines,
            starts_on=min(self.days, default=None),
            ends_before=max(ends, default=None),
            opening=self.balances.began.amount.centimes if self.balances.began else None,
            closing=self.balances.closing.amount.centimes if self.balances.closing else None,
            received=self.received,
            paid=self.paid,
            problems=tuple(sorted(self.problems.listed, key=lambda one: (not one.row, one.row))),
            problem_count=self.problems.count,
            notes=(
                *(StatementNote(note.code, note.details) for note in self.notes),
                *(
                    StatementNote(_NOTES[why], {"count": count})
                    for why, count in sorted(self.passed.items(), key=lambda one: one[0].value)
                ),
            ),
        )


class _Balances:
    """Holds opening and closing balances against what moved between them (J1)."""

    def __init__(self, profile: Profile, problems: Problems) -> None:
        self.profile = profile
        self.problems = problems
        self.began: Stated | None = None
        self.opening: Stated | None = None
        self.closing: Stated | None = None
        self.moved = 0

    def hear(self, said: Said) -> None:
        """Take a balance in: one that follows on a closing balance begins the next part of the file."""
        stated = Stated(said.row, self._money(said.amount))
        if said.text == RUNNING:
            if said.what == "opening":
                self.began = self.opening = self.opening or stated
            else:
                self.closing = self.closing or stated
        elif said.what == "closing":
            self.closing = stated
        elif self.opening is None:
            self.began = self.opening = stated
        elif self.closing is not None:
            self._check()
            self._follows(stated, self.closing.amount)
            self.opening, self.closing, self.moved = stated, None, 0
        elif stated.amount != self.opening.amount:
            self._follows(stated, self.opening.amount + self._money(self.moved))

    def close(self, row: int) -> None:
        """Check the last part, and that what the profile says of balances is there."""
        wanted = self.profile.rows
        every = self.profile.format != "table" or "balance" in self.profile.needed
        if self.opening is None and (wanted.opening or every):
            self.problems.add(Problem(row, "opening", "balance_missing"))
        if self.closing is None and (wanted.closing or every):
            self.problems.add(Problem(row, "closing", "balance_missing"))
        self._check()

    def _check(self) -> None:
        if self.opening is None or self.closing is None:
            return
        if problem := balance_problem(self.opening, self._money(self.moved), self.closing):
            self.problems.add(problem)

    def _follows(self, stated: Stated, found: Money) -> None:
        if problem := follow_problem(stated, found):
            self.problems.add(problem)

    def _money(self, amount: int) -> Money:
        return Money(amount, self.profile.currency)
