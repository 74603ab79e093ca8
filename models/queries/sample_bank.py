"""Invented movements of a sample bank account: some pay the sample books' calls, some puzzle."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from models.queries.open_books import OpenBooks, read_open_books
from models.queries.open_targets import OpenTarget
from models.queries.periods import first_open_day
from models.rules.marks import DOSSIER_MARK, is_marked
from models.rules.stages import Stage, Status
from models.rules.statement_files import StatementRow
from models.tables import Project

MARK = f"{DOSSIER_MARK} / EXEMPLE"
OPENING = 2_500_000_00
"""What the sample account begins with, in centimes."""

_DAYS = 12
"""The statement tells of so many days before today."""

_NAMED, _UNNAMED, _CERTIFIED = 4, 2, 2
"""Calls that are paid by their number, and by the partner's name alone; certificates that are paid."""

_FEE, _NOBODYS, _CHEQUE = -45_00, 123_456_78, -18_250_00


@dataclass(frozen=True, slots=True)
class SampleMovements:
    """What the bank says, and what the ledger says: a fee is the bank's alone, a cheque the ledger's."""

    bank: Sequence[StatementRow]
    ledger: Sequence[StatementRow]


def sample_movements(session: Session, today: date, apart: Sequence[str]) -> SampleMovements | None:
    """Return the movements of the days before today; None where the sample books owe too little.

    `apart`: keys of projects whose books are left alone.
    Source: docs/rules.md, S14.
    """
    starts = max(today - timedelta(days=_DAYS), first_open_day(session) or date.min)
    books = read_open_books(session, settled_days=0)
    targets = _targets(session, books, starts, apart)
    calls = [one for one in targets if one.is_call]
    certificates = [one for one in targets if not one.is_call]
    if (today - starts).days < _DAYS // 2 or len(calls) < _NAMED + _UNNAMED:
        return None
    shared = list(_numbered(_shared(books, calls, certificates[:_CERTIFIED]), starts, today))
    last = today - timedelta(days=1)
    fee = StatementRow(0, last, _FEE, f"{MARK} FRAIS TENUE DE COMPTE", operation="000901")
    nobodys = StatementRow(0, last, _NOBODYS, f"{MARK} VERSEMENT ESPECES", operation="000902")
    cheque = StatementRow(0, last, _CHEQUE, f"{MARK} CHEQUE EMIS", operation="000903")
    return SampleMovements([*shared, fee, nobodys], [*shared, nobodys, cheque])


def _targets(session: Session, books: OpenBooks, starts: date, apart: Sequence[str]) -> list[OpenTarget]:
    """Return what sample books of active projects owe since before the statement begins."""
    query = select(Project.id).where(
        Project.status == Status.ACTIVE,
        Project.stage != Stage.CLOSED,
        Project.currency == "MAD",
        col(Project.key).not_in(apart),
    )
    active = set(session.exec(query))
    found = [
        one
        for one in books.targets
        if is_marked(one.reference)
        and one.project in active
        and one.dated < starts
        and one.currency == "MAD"
    ]
    return sorted(found, key=lambda one: one.reference)


def _shared(
    books: OpenBooks, calls: Sequence[OpenTarget], certificates: Sequence[OpenTarget]
) -> Iterator[tuple[int, str]]:
    """Yield what bank and ledger both have: amounts and labels."""
    for one in calls[:_NAMED]:
        yield one.left, f"{MARK} VIR RECU {_name(books, one)} {one.reference}"
    yield calls[0].left, f"{MARK} VIR RECU {_name(books, calls[0])} {calls[0].reference}"
    for one in calls[_NAMED : _NAMED + _UNNAMED]:
        yield one.left, f"{MARK} VIR RECU {_name(books, one)}"
    for one in certificates:
        yield -one.left, f"{MARK} VIR EMIS {one.party} {one.reference}"


def _name(books: OpenBooks, target: OpenTarget) -> str:
    return next(iter(books.parties[target.party]))[:80]


def _numbered(movements: Iterator[tuple[int, str]], starts: date, today: date) -> Iterator[StatementRow]:
    days = (today - starts).days
    for number, (amount, label) in enumerate(movements, start=1):
        day = starts + timedelta(days=min(number, days - 1))
        yield StatementRow(0, day, amount, label, value_day=day, operation=f"{number:06}")
