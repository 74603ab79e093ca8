"""CAMT.053, the statement of ISO 20022: read entry by entry, without document types or entities.

The standard library's own parser is fed piece by piece, so that a file of any length takes little
memory and nothing from outside is ever fetched (docs/decisions/0002-libraries.md).
"""

import json
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import BinaryIO
from xml.parsers import expat

from intake.rows import FileRefused
from intake.statements.lines import text_of
from intake.statements.movements import Event, Passed
from intake.statements.profiles import Profile
from intake.statements.sayings import Said
from intake.statements.tables import misfit
from intake.values import shown
from models.rules.errors import BadValue, CentreError
from models.rules.money import LARGEST_CENTIMES
from models.rules.portfolio import problem_of
from models.rules.statement_files import StatementRow

LONGEST_TEXT = 10_000  # characters of one element
MOST_LEAVES = 20_000  # of one entry
DEEPEST = 60

_CHUNK = 256 * 1024
_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.\d\d")
_AMOUNT = re.compile(r"\d{1,15}(?:\.\d{1,5})?")
_GATHERED = ("Ntry", "Bal", "Acct", "FrToDt")
_OPENING, _CLOSING = ("OPBD", "PRCD"), "CLBD"
_UNSAID = frozenset({"NOTPROVIDED", "NOT PROVIDED", "NONREF"})
_TX = ("NtryDtls", "TxDtls")

Leaf = tuple[tuple[str, ...], str, str]
"""The path of an element below what is gathered, its text, and its currency."""


class StatementDamaged(FileRefused):
    """A statement in XML is cut short or cannot be read. Details: file, row (its line)."""

    code = "statement_damaged"


class StatementUnsafe(FileRefused):
    """A statement in XML declares a document type or is built to do harm. Details: file, row, problem."""

    code = "statement_unsafe"


class _Unsafe(Exception):
    """Something that no statement has. The first argument says what."""


def movements(handle: BinaryIO, file: str, profile: Profile) -> Generator[Event, None, None]:
    """Yield the entries of every statement in a file, with the balances between them.

    Raises: ProfileMisfit for XML of another kind, StatementDamaged, StatementUnsafe.
    Source: docs/rules.md, J10.
    """
    run = _Run(profile)
    handle.seek(0)
    try:
        while chunk := handle.read(_CHUNK):
            run.parser.Parse(chunk, False)
            yield from run.taken()
        run.parser.Parse(b"", True)
    except _Unsafe as error:
        line = run.parser.CurrentLineNumber
        raise StatementUnsafe(file=file, row=line, problem=error.args[0]) from None
    except expat.ExpatError as error:
        raise StatementDamaged(file=file, row=error.lineno) from None
    except _Other as error:
        raise misfit(file, profile, "CAMT.053", error.args[0]) from None
    yield from run.taken()


class _Other(Exception):
    """The root is that of another message."""


@dataclass(slots=True)
class _Entry:
    """What stands in one gathered element."""

    leaves: list[Leaf] = field(default_factory=list)
    details: list[list[Leaf]] = field(default_factory=list)

    def first(self, *path: str) -> str:
        """Return the text at a path, or ""."""
        return _first(self.leaves, *path)


class _Run:
    """Gathers the elements of a file, and turns each into what it means."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.parser.StartDoctypeDeclHandler = _refuse_doctype
        self.path: list[str] = []
        self.entry: _Entry | None = None
        self.base = 0
        self.letters: list[str] = []
        self.currency = ""
        self.events: list[Event] = []
        self.number = 0

    def taken(self) -> Iterator[Event]:
        """Hand out what was read since."""
        events, self.events = self.events, []
        yield from events

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _brace, local = name.rpartition("}")
        if not self.path and not (local == "Document" and _NAMESPACE.fullmatch(namespace)):
            raise _Other(shown(namespace.rpartition(":")[2] or local))
        self.path.append(local)
        if len(self.path) > DEEPEST:
            raise _Unsafe("too_deep")
        if self.entry is None and local in _GATHERED:
            self.entry, self.base = _Entry(), len(self.path)
        elif self.entry is not None and tuple(self.path[self.base :]) == _TX:
            self.entry.details.append([])
        self.letters, self.currency = [], attributes.get("Ccy", "")

    def text(self, text: str) -> None:
        self.letters.append(text)
        if sum(map(len, self.letters[-4:])) > LONGEST_TEXT or len(self.letters) > LONGEST_TEXT:
            raise _Unsafe("text_too_long")

    def end(self, name: str) -> None:
        if self.entry is not None:
            self._gather(self.entry)
            if len(self.path) == self.base:
                entry, self.entry = self.entry, None
                self._close(self.path[-1], entry)
        self.letters, self.currency = [], ""
        self.path.pop()

    def _gather(self, entry: _Entry) -> None:
        text = "".join(self.letters).strip()
        if not text:
            return
        path = tuple(self.path[self.base :])
        leaf = (path, text, self.currency)
        if path[: len(_TX)] == _TX and entry.details:
            entry.details[-1].append((path[len(_TX) :], text, self.currency))
        else:
            entry.leaves.append(leaf)
        if len(entry.leaves) + sum(map(len, entry.details)) > MOST_LEAVES:
            raise _Unsafe("entry_too_long")

    def _close(self, name: str, entry: _Entry) -> None:
        if name == "Ntry":
            self.number += 1
            self.events += self._movements(entry)
        elif name == "Bal":
            self._balance(entry)
        elif name == "FrToDt":
            self._days(entry)
        elif self.path[-2:-1] == ["Stmt"]:
            number = entry.first("Id", "IBAN") or entry.first("Id", "Othr", "Id")
            self.events.append(Said("number", self.number, text=shown(number)))

    def _balance(self, entry: _Entry) -> None:
        code = entry.first("Tp", "CdOrPrtry", "Cd")
        if code not in (*_OPENING, _CLOSING):
            return
        what = "closing" if code == _CLOSING else "opening"
        try:
            amount = self._amount(entry.leaves, what)
        except BadValue as error:
            self.events.append(problem_of(self.number, error, what))
        else:
            self.events.append(Said(what, self.number, amount))

    def _days(self, entry: _Entry) -> None:
        for what, name in (("starts_on", "Fr"), ("ends_before", "To")):
            text = entry.first(f"{name}DtTm") or entry.first(f"{name}Dt")
            try:
                day = date.fromisoformat(text[:10])
            except ValueError:
                continue
            self.events.append(
                Said(what, self.number, day=day if name == "Fr" else day + timedelta(days=1))
            )

    def _movements(self, entry: _Entry) -> list[Event]:
        status = entry.first("Sts") or entry.first("Sts", "Cd")
        if status and status != "BOOK":
            return [Passed.PENDING]
        try:
            whole = self._amount(entry.leaves, "amount")
            if not whole:
                return [Passed.ZERO]
            parts = self._parts(entry, whole)
            return [
                self._row(entry, details, amount, place) for place, (details, amount) in enumerate(parts)
            ]
        except CentreError as error:
            return [problem_of(self.number, error, str(error.details.get("field", "")))]

    def _parts(self, entry: _Entry, whole: int) -> list[tuple[list[Leaf], int]]:
        """Take a collective entry apart where its parts come to the whole of it."""
        if len(entry.details) > 1:
            sign = 1 if whole > 0 else -1
            paths = (("AmtDtls", "TxAmt", "Amt"), ("Amt",))
            amounts = [
                next(filter(None, (_money(part, self.profile, *path) for path in paths)), 0)
                for part in entry.details
            ]
            if all(amounts) and sum(amounts) * sign == whole:
                return [(part, amount * sign) for part, amount in zip(entry.details, amounts, strict=True)]
            return [([], whole)]
        return [(entry.details[0] if entry.details else [], whole)]

    def _row(self, entry: _Entry, details: list[Leaf], amount: int, place: int) -> StatementRow:
        if place:
            self.number += 1
        day, value_day = (_day(entry, name) for name in ("BookgDt", "ValDt"))
        if day is None and value_day is None:
            raise BadValue(field="day", value="", reason="empty")
        original, currency = _original(details or entry.leaves, self.profile.currency)
        party = ("Dbtr", "UltmtDbtr") if amount > 0 else ("Cdtr", "UltmtCdtr")
        return StatementRow(
            row=self.number,
            day=day or value_day or date.min,
            value_day=value_day,
            amount=amount,
            label=text_of(_label(entry, details)[:1000], "label"),
            reference=text_of(_reference(details), "reference"),
            counterparty=text_of(_party(details, party), "counterparty"),
            operation=text_of(_operation(entry, details), "operation"),
            original_centimes=None if original is None else (original if amount > 0 else -original),
            original_currency=currency,
            raw=json.dumps(
                [*map(list, _plainly(entry.leaves)), *map(list, _plainly(details))], ensure_ascii=False
            ),
        )

    def _amount(self, leaves: list[Leaf], name: str) -> int:
        found = next((leaf for leaf in leaves if leaf[0] == ("Amt",)), None)
        if found is None:
            raise BadValue(field=name, value="", reason="no_amount")
        if found[2] != self.profile.currency:
            details = {"value": shown(found[2]), "limit": self.profile.currency}
            raise BadValue(field="currency", reason="other_currency_without_rate", **details)
        side = _first(leaves, "CdtDbtInd")
        if side not in ("CRDT", "DBIT"):
            raise BadValue(field=name, value=shown(side), reason="no_side")
        return _centimes(found[1], name) * (1 if side == "CRDT" else -1)


def _refuse_doctype(*_declared: object) -> None:
    raise _Unsafe("document_type")


def _first(leaves: list[Leaf], *path: str) -> str:
    return next((text for found, text, _currency in leaves if found == path), "")


def _centimes(text: str, name: str) -> int:
    if not _AMOUNT.fullmatch(text):
        raise BadValue(field=name, value=shown(text), reason="not_an_amount")
    whole, _point, fraction = text.partition(".")
    if fraction[2:].strip("0"):
        raise BadValue(field=name, value=shown(text), reason="too_many_decimals", limit=2)
    centimes = int(whole) * 100 + int(fraction[:2].ljust(2, "0") or 0)
    if centimes > LARGEST_CENTIMES:
        raise BadValue(field=name, value=shown(text), reason="amount_too_large", limit=LARGEST_CENTIMES)
    return centimes


def _money(leaves: list[Leaf], profile: Profile, *path: str) -> int:
    found = next((leaf for leaf in leaves if leaf[0] == path and leaf[2] == profile.currency), None)
    return _centimes(found[1], "amount") if found else 0


def _day(entry: _Entry, name: str) -> date | None:
    text = entry.first(name, "Dt") or entry.first(name, "DtTm")
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise BadValue(field="day", value=shown(text), reason="not_a_date") from None


def _original(leaves: list[Leaf], own: str) -> tuple[int | None, str]:
    for path in (("AmtDtls", "InstdAmt", "Amt"), ("AmtDtls", "TxAmt", "Amt")):
        for found, text, currency in leaves:
            if found == path and currency and currency != own:
                return _centimes(text, "original_amount"), currency
    return None, ""


def _label(entry: _Entry, details: list[Leaf]) -> str:
    told = [text for path, text, _currency in details if path in (("RmtInf", "Ustrd"), ("AddtlTxInf",))]
    return " ".join(told) or entry.first("AddtlNtryInf")


def _reference(details: list[Leaf]) -> str:
    for path in (("RmtInf", "Strd", "CdtrRefInf", "Ref"), ("Refs", "EndToEndId"), ("Refs", "InstrId")):
        text = _first(details, *path)
        if text and text.upper() not in _UNSAID:
            return text
    return ""


def _party(details: list[Leaf], names: tuple[str, ...]) -> str:
    for name in names:
        for path in (("RltdPties", name, "Nm"), ("RltdPties", name, "Pty", "Nm")):
            if text := _first(details, *path):
                return text
    return ""


def _operation(entry: _Entry, details: list[Leaf]) -> str:
    own = _first(details, "Refs", "AcctSvcrRef")
    return own or entry.first("AcctSvcrRef") or entry.first("NtryRef")


def _plainly(leaves: list[Leaf]) -> Iterator[tuple[str, str]]:
    yield from (("/".join(path), f"{text} {currency}".strip()) for path, text, currency in leaves)
