"""The receipts and payments that booked lines are, written beside the session's unit of work."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import and_, column, insert, select, values
from sqlmodel import Session, SQLModel

from models.operations.import_write import Values, row_of
from models.operations.trail import Noted
from models.queries.owed import AT_ONCE
from models.rules.reconciliation import Owed
from models.rules.statements import LineState
from models.tables import Allocation, Payment, Receipt
from models.tables.columns import table_of

Key = TypeVar("Key", str, UUID)

_Found = tuple[Any, ...]

_LONGEST_ACCOUNT = 30
"""With the day and the signs of a line a reference of 50 letters: room for numbers of corrections."""


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A line that is held until the transaction ends. Unit: centimes of `currency`."""

    id: UUID
    account: str
    account_id: UUID
    currency: str
    day: date
    amount: int
    state: LineState

    @property
    def is_open(self) -> bool:
        return self.state is LineState.OPEN

    @property
    def reference(self) -> str:
        """What receipts and payments made from it are called: its account, its day, its first signs."""
        return f"{self.account[:_LONGEST_ACCOUNT]} {self.day.isoformat()} {self.id.hex[:8]}"


@dataclass(slots=True)
class Entries:
    """What booked lines write into the books of money. `by`: whoever writes, `at`: when."""

    by: str
    at: datetime
    receipts: dict[tuple[int, UUID, UUID, UUID | None], Values] = field(default_factory=dict)
    allocations: list[Values] = field(default_factory=list)
    payments: list[Values] = field(default_factory=list)
    notes: list[tuple[Values, Owed, dict[str, Any]]] = field(default_factory=list)
    given: dict[UUID, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, match: int, line: HeldLine, owed: Owed, written: int, taken: int) -> UUID:
        """Write what one line pays of one target; return the receipt's or the payment's id.

        `match`: the place of the match, whose receipts of one partner for one project are one. Units:
        centimes; `written` comes into the books, `taken` of it settles the target.
        Source: docs/rules.md, R5 and R6.
        """
        if not owed.is_call:
            row = self._payment(line, owed, written)
            self.payments.append(row)
            self.notes.append((row, owed, {"line": line.id}))
            return UUID(str(row["id"]))
        place = (match, line.id, owed.project, owed.partner)
        row = self.receipts.get(place) or self._receipt(line, owed)
        if place not in self.receipts:
            self.receipts[place] = row
            given = self.given.setdefault(row["id"], [])
            self.notes.append((row, owed, {"line": line.id, "given": given}))
        row["amount_centimes"] += written
        if taken:
            self._allocate(row, line, owed, taken)
        return UUID(str(row["id"]))

    def write(self, session: Session) -> list[Noted]:
        """Write everything; return what the trail is to keep of it."""
        self._name(session, Receipt, list(self.receipts.values()), ("project_id", "partner_id"))
        self._name(session, Payment, self.payments, ("certificate_id",))
        for model, rows in (
            (Receipt, list(self.receipts.values())),
            (Allocation, self.allocations),
            (Payment, self.payments),
        ):
            write_rows(session, model, rows)
        return [self._noted(row, owed, more) for row, owed, more in self.notes]

    def _receipt(self, line: HeldLine, owed: Owed) -> Values:
        return row_of(
            Receipt,
            project_id=owed.project,
            partner_id=owed.partner,
            amount_centimes=0,
            received_on=line.day,
            reference=line.reference,
            written_by=self.by,
            written_at=self.at,
        )

    def _payment(self, line: HeldLine, owed: Owed, written: int) -> Values:
        return row_of(
            Payment,
            certificate_id=owed.id,
            amount_centimes=written,
            paid_on=line.day,
            reference=line.reference,
            written_by=self.by,
            written_at=self.at,
        )

    def _allocate(self, receipt: Values, line: HeldLine, owed: Owed, taken: int) -> None:
        """A part counts from the day on which both the money and the call were there (V15)."""
        day = max(line.day, owed.since, owed.settled_from or line.day)
        self.allocations.append(
            row_of(
                Allocation,
                receipt_id=receipt["id"],
                call_id=owed.id,
                amount_centimes=taken,
                allocated_on=day,
            )
        )
        self.given[receipt["id"]].append({"call": owed.name, "amount_centimes": taken})

    def _name(
        self, session: Session, model: type[Receipt | Payment], rows: Sequence[Values], of: tuple[str, ...]
    ) -> None:
        """Give each entry a reference of its own: that of its line, with the first number that is free."""
        columns = [table_of(model).c[name] for name in (*of, "reference")]
        wanted = sorted({tuple(row[name] for name in (*of, "reference")) for row in rows})
        known = _found(session, columns, wanted)
        for key in sorted(known):  # such as a line that was taken back before
            is_owner = and_(*(place == one for place, one in zip(columns[:-1], key[:-1], strict=True)))
            numbered = columns[-1].startswith(f"{key[-1]} /", autoescape=True)
            query = select(*columns).where(is_owner, numbered)
            known.update(tuple(row) for row in session.connection().execute(query))
        for row in rows:
            owner, first, number = tuple(row[name] for name in of), str(row["reference"]), 1
            while (*owner, row["reference"]) in known:
                number += 1
                row["reference"] = f"{first} /{number}"
            known.add((*owner, row["reference"]))

    def _noted(self, row: Values, owed: Owed, more: dict[str, Any]) -> Noted:
        common = {"reference": row["reference"], "amount_centimes": row["amount_centimes"], **more}
        if owed.is_call:
            payload = {"partner": owed.partner_key, "currency": owed.currency, "original": "", **common}
            payload |= {"received_on": row["received_on"]}
            return Noted(self.at, self.by, "receipt_entered", owed.project, payload)
        payload = {"contract": owed.contract_reference, "number": owed.number, **common}
        payload |= {"paid_on": row["paid_on"]}
        return Noted(self.at, self.by, "payment_entered", owed.project, payload)


def write_rows(session: Session, model: type[SQLModel], rows: Sequence[Values]) -> None:
    """Insert whole rows, some hundred a statement."""
    for start in range(0, len(rows), AT_ONCE):
        session.connection().execute(insert(table_of(model)), list(rows[start : start + AT_ONCE]))


def _found(session: Session, columns: Sequence[Any], wanted: Sequence[_Found]) -> set[_Found]:
    """Return those of some keys that are there; joined, for a list of keys makes SQLite read them all."""
    found = set[_Found]()
    for start in range(0, len(wanted), AT_ONCE):
        some = values(*(column(one.name, one.type) for one in columns), name="wanted")
        keys = some.data(wanted[start : start + AT_ONCE]).cte()
        is_wanted = and_(*(one == keys.c[one.name] for one in columns))
        query = select(*columns).join_from(keys, columns[0].table, is_wanted)
        found.update(tuple(row) for row in session.connection().execute(query))
    return found


def in_parts(keys: Iterable[Key]) -> Iterator[list[Key]]:
    """Yield some keys in their order, as many at once as one statement takes."""
    wanted = sorted(keys)
    for start in range(0, len(wanted), AT_ONCE):
        yield wanted[start : start + AT_ONCE]
