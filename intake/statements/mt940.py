"""MT940, the statement of SWIFT: tags at the beginning of lines, read one line after the other."""

import re
from collections.abc import Generator, Iterator
from datetime import date
from io import TextIOWrapper
from typing import BinaryIO

from intake.delimited import RowTooLong
from intake.statements.lines import text_of
from intake.statements.movements import Event, Passed
from intake.statements.profiles import Profile
from intake.statements.sayings import Said
from intake.statements.tables import encoding_of, misfit
from intake.values import shown
from models.rules.errors import BadValue, CentreError
from models.rules.money import LARGEST_CENTIMES
from models.rules.portfolio import problem_of
from models.rules.statement_files import StatementRow

MOST_LINES_OF_A_FIELD = 100
LONGEST_LINE = 2_000  # characters

_TAG = re.compile(r":(\d\d[A-Z]?):(.*)", re.DOTALL)
_BALANCE = re.compile(r"(?P<side>[CD])(?P<day>\d{6})(?P<currency>[A-Z]{3})(?P<amount>\d{1,13},\d{0,2})")
_MOVEMENT = re.compile(
    r"(?P<value>\d{6})(?P<entry>\d{4})?(?P<side>R?[CD])[A-Z]?(?P<amount>\d{1,13},\d{0,2})"
    r"(?P<type>[A-Z][A-Z0-9]{3})?(?P<reference>[^\n]*?)(?://(?P<operation>[^\n]*))?(?:\n(?P<more>.*))?",
    re.DOTALL,
)
_PART = re.compile(r"\?(\d\d)")
_CODED = re.compile(r"/(?P<code>REMI|ORDP|BENM|NAME|EREF|PREF)/(?P<text>[^/]*(?:/(?![A-Z]{4}/)[^/]*)*)")
_NAMES = ("32", "33")
_CENTURY = 2000
_HALF_YEAR = 6
_UNSAID = "NONREF"


def movements(handle: BinaryIO, file: str, profile: Profile) -> Generator[Event, None, None]:
    """Yield the movements of every statement in a file, with the balances between them.

    Raises: ProfileMisfit for a text without the tags, RowTooLong, and what finding the encoding raises.
    Source: docs/rules.md, J11.
    """
    encoding = encoding_of(handle, file, profile.encoding)
    run = _Run(profile)
    for row, tag, text in _fields(handle, file, encoding):
        yield from run.take(row, tag, text)
    yield from run.flush()
    if not run.seen:
        raise misfit(file, profile, "MT940", "")


def _fields(handle: BinaryIO, file: str, encoding: str) -> Iterator[tuple[int, str, str]]:
    """Yield the row, the tag and the text of each field; a text may run over several lines."""
    handle.seek(0)
    stream = TextIOWrapper(handle, encoding=encoding, errors="replace", newline=None)
    row, tag, lines = 0, "", list[str]()
    try:
        for number, line in enumerate(iter(lambda: stream.readline(LONGEST_LINE + 1), ""), start=1):
            if len(line) > LONGEST_LINE or len(lines) > MOST_LINES_OF_A_FIELD:
                raise RowTooLong(file=file, row=number, limit=LONGEST_LINE)
            text = line.rstrip("\r\n")
            begun = text.rpartition("{4:")[2]
            found = _TAG.match(begun)
            if found or (begun.startswith("-") and begun.rstrip() in ("-", "-}")):
                if tag:
                    yield row, tag, "\n".join(lines)
                row, tag, lines = (number, found[1], [found[2]]) if found else (number, "", [])
            elif tag:
                lines.append(text)
        if tag:
            yield row, tag, "\n".join(lines)
    finally:
        stream.detach()


class _Run:
    """Puts a movement and what is told of it together."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.pending: tuple[int, str] | None = None
        self.told = ""
        self.seen = False

    def take(self, row: int, tag: str, text: str) -> Iterator[Event]:
        """Take one field in; yield what is complete."""
        if tag == "86":
            self.told = text if self.pending else ""
            return
        yield from self.flush()
        if tag == "61":
            self.pending, self.told, self.seen = (row, text), "", True
        elif tag in ("60F", "60M", "62F", "62M"):
            self.seen = True
            yield self._balance(row, "opening" if tag.startswith("60") else "closing", text)
        elif tag == "25":
            yield Said("number", row, text=shown(text.strip()))

    def flush(self) -> Iterator[Event]:
        """Yield the movement that waited for what is told of it."""
        if self.pending is None:
            return
        (row, text), self.pending = self.pending, None
        try:
            yield self._movement(row, text)
        except CentreError as error:
            yield problem_of(row, error, str(error.details.get("field", "")))

    def _balance(self, row: int, what: str, text: str) -> Event:
        found = _BALANCE.fullmatch(text.strip())
        try:
            if found is None:
                raise BadValue(field=what, value=shown(text), reason="not_a_balance")
            if found["currency"] != self.profile.currency:
                details = {"value": found["currency"], "limit": self.profile.currency}
                raise BadValue(field="currency", reason="other_currency_without_rate", **details)
            amount = _centimes(found["amount"])
            return Said(
                what, row, amount if found["side"] == "C" else -amount, day=_day(found["day"], what)
            )
        except CentreError as error:
            return problem_of(row, error, what)

    def _movement(self, row: int, text: str) -> Event:
        found = _MOVEMENT.fullmatch(text)
        if found is None:
            raise BadValue(field="amount", value=shown(text), reason="not_a_movement")
        amount = _centimes(found["amount"])
        if amount == 0:
            return Passed.ZERO
        value_day = _day(found["value"], "value_day")
        label, name, reference = _told(self.told)
        own = (found["reference"] or "").strip()
        return StatementRow(
            row=row,
            day=_entry_day(found["entry"], value_day),
            value_day=value_day,
            amount=amount if found["side"] in ("C", "RD") else -amount,
            label=text_of((label or found["more"] or "")[:1000], "label"),
            reference=text_of(reference or ("" if own == _UNSAID else own), "reference"),
            counterparty=text_of(name[:300], "counterparty"),
            operation=text_of((found["operation"] or "").strip(), "operation"),
            raw=f":61:{text}" + (f"\n:86:{self.told}" if self.told else ""),
        )


def _centimes(text: str) -> int:
    whole, _comma, fraction = text.partition(",")
    centimes = int(whole) * 100 + int(fraction.ljust(2, "0"))
    if centimes > LARGEST_CENTIMES:
        raise BadValue(field="amount", value=shown(text), reason="amount_too_large", limit=LARGEST_CENTIMES)
    return centimes


def _day(text: str, field: str) -> date:
    try:
        return date(_CENTURY + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        raise BadValue(field=field, value=shown(text), reason="not_a_date") from None


def _entry_day(text: str | None, value_day: date) -> date:
    """Return the day of booking: month and day alone, in the year nearest to the value day."""
    if not text:
        return value_day
    month = int(text[:2])
    year = value_day.year + (month < value_day.month - _HALF_YEAR) - (month > value_day.month + _HALF_YEAR)
    return _day(f"{year % 100:02d}{text}", "day")


def _told(text: str) -> tuple[str, str, str]:
    """Return label, name and reference of what is told of a movement, in the three ways of banks."""
    if _PART.search(text):
        joined = text.replace("\n", "")
        parts = _PART.split(joined)[1:]
        found = list(zip(parts[::2], parts[1::2], strict=True))
        label = " ".join(part.strip() for code, part in found if code[0] in "26" or code == "00")
        return label, " ".join(part.strip() for code, part in found if code in _NAMES), ""
    joined = " ".join(text.split("\n"))
    coded = {found["code"]: found["text"].strip() for found in _CODED.finditer(joined)}
    if coded:
        name = next((coded[code] for code in ("NAME", "ORDP", "BENM") if coded.get(code)), "")
        reference = coded.get("EREF") or coded.get("PREF") or ""
        return coded.get("REMI", joined), name, "" if reference == _UNSAID else reference
    return joined, "", ""
