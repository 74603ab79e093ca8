"""What a row says of its file instead of a movement: balances, totals, titles, the next account."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from intake.dates import read_date
from intake.rows import Cell, Row, is_blank
from intake.statements.lines import LineReader
from intake.statements.profiles import Profile
from intake.values import shown
from models.rules.errors import BadValue
from models.rules.names import plain

_BEHIND = frozenset("au le du de des en mad eur usd dh dhs crediteur debiteur compte date valeur".split())  # noqa: SIM905
"""What may stand behind the words of a balance in a row that has a day: a payment says more."""

_DAY = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}")
_NUMBER = re.compile(r"\d[\d ]*\d|\d")
_SIDE = re.compile(
    r"\s*\b(?P<paid>d|db|deb|debiteur|débiteur)?(?P<received>c|cr|cred|crediteur|créditeur)?\.?\s*$", re.I
)
RUNNING = "running"
"""The text of a balance that stands beside a movement: one that the file states by words goes before it."""

_KINDS = ("opening", "closing", "total", "end", "section", "skip", "period")
_OPEN = ("opening", "closing")
_PREFIX = 2


@dataclass(frozen=True, slots=True)
class Said:
    """What a row says of the whole file: `what` is opening, closing, starts_on, ends_before or number."""

    what: str
    row: int
    amount: int = 0
    day: date | None = None
    text: str = ""


class Sayings:
    """Knows the rows that are no movements by the words they begin with."""

    def __init__(self, profile: Profile, lines: LineReader) -> None:
        self.profile = profile
        self.lines = lines
        rows = profile.rows
        self.words: Mapping[str, tuple[str, ...]] = {
            kind: tuple(plain(word) for word in getattr(rows, kind)) for kind in _KINDS
        }
        self._starts = {word[:_PREFIX] for words in self.words.values() for word in words}
        self._seen: dict[str, bool] = {}

    def kind_of(self, row: Row, *, above: bool = False) -> str:
        """Return what a row is by its words; "" for a movement, or for nothing that is known.

        A row that has a day is a movement, whatever it begins with, unless it is a balance and nothing
        else: the label of a payment may begin with "Total".
        """
        for text in self._texts(row):
            if not self._may_begin(text):
                continue
            written = plain(text[:200])
            for kind in _KINDS:
                word = next((word for word in self.words[kind] if _begins(written, word)), None)
                if word and (
                    above or not self._has_day(row) or (kind in _OPEN and _is_bare(written, word))
                ):
                    return kind
        return ""

    def amount(self, row: Row) -> int | None:
        """Return the balance that a row states, received + and paid -; None where it states none.

        Raises: BadValue.
        """
        sides = {self.lines.places.get("debit"): "debit", self.lines.places.get("credit"): "credit"}
        found: int | None = None
        for place, cell in enumerate(row.cells):
            if is_blank(cell) or isinstance(cell, date):
                continue
            name = sides.get(place, "") if row.number > self.lines.heading_at else ""
            stated = self.balance(cell, sided=bool(name))
            if stated is None:
                continue
            if name and self.profile.received != name:
                stated = -stated
            if stated or found is None:
                found = stated
        return found

    def balance(self, cell: Cell, *, sided: bool = False) -> int | None:
        """Return a balance that stands in a cell by itself, or behind words; None where there is none.

        It may bear its side, as in 1 250,50 D; not where its column says it (`sided`).
        Raises: BadValue.
        """
        if not isinstance(cell, str):
            return self.lines.centimes_of(cell, "balance")
        text = _DAY.sub(" ", cell.rpartition(":")[2])
        bare, sign = _side_of(text)
        number = bare.strip()
        if not number or not any(letter.isdigit() for letter in number):
            return None
        try:
            return self.lines.centimes_of(number, "balance") * (1 if sided else sign)
        except BadValue as error:
            if error.details["reason"] == "not_an_amount":
                return _behind_words(number, self.lines, sign)
            raise BadValue(**{**error.details, "value": shown(cell)}) from None

    def days(self, row: Row) -> Iterator[Said]:
        """Yield the first day and the day after the last one that a row says its file is about."""
        texts = [cell for cell in row.cells if not is_blank(cell)]
        found = [day for cell in texts for day in _days_in(cell, self.profile)]
        if len(found) == len(("first", "last")) and found[0] <= found[1]:
            yield Said("starts_on", row.number, day=found[0])
            yield Said("ends_before", row.number, day=found[1] + timedelta(days=1))

    def number(self, row: Row) -> str:
        """Return the number of the account that a section is of."""
        text = " ".join(str(cell) for cell in row.cells if not is_blank(cell))
        found = _NUMBER.search(text)
        return found.group().replace(" ", "") if found else ""

    def _texts(self, row: Row) -> Iterator[str]:
        first = next((cell for cell in row.cells if isinstance(cell, str) and cell.strip()), None)
        label = self.lines.cell(row, "label")
        if first is not None:
            yield first.strip()
        if isinstance(label, str) and label is not first:
            yield label.strip()

    def _may_begin(self, text: str) -> bool:
        start = text[:_PREFIX]
        known = self._seen.get(start)
        if known is None:
            folded = plain(start)
            known = len(folded) < _PREFIX or folded in self._starts
            self._seen[start] = known
        return known

    def _has_day(self, row: Row) -> bool:
        cell = self.lines.cell(row, "day")
        if is_blank(cell) or (isinstance(cell, str) and not any(letter.isdigit() for letter in cell)):
            return False
        try:
            self.lines.day_of(row, "day")
        except BadValue:
            return False
        return True


class Running:
    """The balance after each movement, where a column has it: each one must follow from the one before."""

    def __init__(self, *, newest_first: bool) -> None:
        self.newest_first = newest_first
        self.known: int | None = None
        self.first: Said | None = None
        self.last: Said | None = None
        self.started = False

    def off(self, row: int, stated: int | None, moved: int) -> tuple[int, int] | None:
        """Take one row in; return what it states and what follows from the rows above, if they differ."""
        expected = self.known if self.known is None or self.newest_first else self.known + moved
        after = expected if stated is None else stated
        if after is None:
            self.started = True
            return None
        before = after - moved
        edge, far = (after, before) if self.newest_first else (before, after)
        if not self.started and stated is not None:
            self.first = Said("closing" if self.newest_first else "opening", row, edge, text=RUNNING)
        self.started = True
        self.known = far
        self.last = Said("opening" if self.newest_first else "closing", row, far, text=RUNNING)
        return (after, expected) if expected is not None and after != expected else None


def _begins(written: str, word: str) -> bool:
    return written == word or written.startswith(f"{word} ")


def _is_bare(written: str, word: str) -> bool:
    rest = written[len(word) :].split()
    return all(part.isdigit() or part in _BEHIND for part in rest)


def _side_of(text: str) -> tuple[str, int]:
    """Take the sign of a balance, D or C, from behind it."""
    found = _SIDE.search(text)
    if found is None or not (found["paid"] or found["received"]):
        return text, 1
    return text[: found.start()], -1 if found["paid"] else 1


def _behind_words(text: str, lines: LineReader, sign: int) -> int | None:
    """Read the amount at the end of words such as `Solde initial 1 250,50`."""
    found = re.search(r"(?<![\d/.,-])-?\d[\d \u00a0\u202f.,]*$", text)
    if found is None:
        return None
    try:
        return lines.centimes_of(found.group().strip(), "balance") * sign
    except BadValue:
        return None


def _days_in(cell: Cell, profile: Profile) -> Iterator[date]:
    if isinstance(cell, date):
        yield cell
        return
    for written in _DAY.findall(cell) if isinstance(cell, str) else ():
        try:
            yield read_date(written, "day", day_first=profile.dates != "month_first")
        except BadValue:
            continue
