"""The lines of one night: most pay what is open, some repeat or take back, some say nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import cycle
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert, select

from models.operations.import_write import row_of
from models.rules.statements import LineState
from models.tables import StatementAccount, StatementFile, StatementLine
from models.tables.columns import table_of

Row = dict[str, Any]

REPEATED, TAKEN_BACK, CANCELLED, FEES, UNKNOWN = 0.03, 0.02, 0.02, 0.03, 0.05
"""Parts of the lines: the same again in another export, settled ones taken back, pairs that cancel each
other, fees, and those that say nothing; the rest pay."""

_BACK_DAYS = 60
"""How far back the exports of the night reach."""


@dataclass(frozen=True, slots=True)
class Payable:
    """What is open, and how it is named. Unit: centimes."""

    amount: int
    is_call: bool
    number: int
    partner: str
    contractor: str
    contract: str


def write_new_lines(connection: Connection, payables: Sequence[Payable], new: int, at: datetime) -> None:
    """Write the new lines of each account as one export, which overlaps those of before."""
    today = at.date()
    file_of = {file["account_id"]: file["id"] for file in _exports(connection, at)}
    accounts = cycle(file_of)
    repeated, back, pairs = int(new * REPEATED), int(new * TAKEN_BACK), int(new * CANCELLED) // 2
    fees, silent = int(new * FEES), int(new * UNKNOWN)
    rows = _settled(connection, repeated + back, today)
    rows[repeated:] = [_taken_back(row, today) for row in rows[repeated:]]
    for number in range(pairs):
        rows += _cancelled(number, today, next(accounts))
    rows += [_fee(number, today) for number in range(fees)]
    rows += [_silent(number, today) for number in range(silent)]
    rows += [_pays(one, today) for one in payables[: new - len(rows)]]
    lines = []
    for number, row in enumerate(rows, 1):
        account = row.get("account_id") or next(accounts)
        lines.append(_line(**row | {"account_id": account, "file_id": file_of[account], "row": number}))
    connection.execute(insert(table_of(StatementLine)), lines)


def _exports(connection: Connection, at: datetime) -> list[Row]:
    accounts = connection.execute(select(table_of(StatementAccount).c.id)).scalars()
    files = [
        row_of(
            StatementFile,
            account_id=account,
            sha256=uuid4().hex,
            name="night.csv",
            parser_version="1",
            starts_on=at.date() - timedelta(days=_BACK_DAYS),
            ends_before=at.date() + timedelta(days=1),
            lines=0,
            received_at=at,
            received_by="finance",
        )
        for account in accounts
    ]
    connection.execute(insert(table_of(StatementFile)), files)
    return files


def _settled(connection: Connection, count: int, today: date) -> list[Row]:
    table = table_of(StatementLine)
    names = ("account_id", "day", "amount_centimes", "label", "counterparty", "operation")
    recent = table.c.day > today - timedelta(days=_BACK_DAYS)
    query = select(*(table.c[name] for name in names)).where(recent).order_by(table.c.id).limit(count)
    return [dict(row) for row in connection.execute(query).mappings()]


def _pays(one: Payable, today: date) -> Row:
    """Two of three name what they pay, each fifth no name."""
    named = f"AF 2026 {one.number}" if one.is_call else f"{one.contract} D{one.number}"
    way = "VIR RECU" if one.is_call else "VIREMENT EMIS"
    who = one.partner if one.is_call else one.contractor
    return {
        "amount_centimes": one.amount if one.is_call else -one.amount,
        "day": today - timedelta(days=1),
        "label": f"{way} {named}" if one.number % 6 < 4 else way,
        "counterparty": "" if one.number % 5 == 0 else who,
        "operation": f"NEW{one.number}",
    }


def _taken_back(row: Row, today: date) -> Row:
    label = f"ANNULATION {row['label']}"
    return row | {"amount_centimes": -row["amount_centimes"], "day": today, "label": label}


def _cancelled(number: int, today: date, account: UUID) -> Iterator[Row]:
    for sign, days, word in ((-1, 3, "VIREMENT EMIS"), (1, 2, "REJET VIREMENT EMIS")):
        yield {
            "account_id": account,
            "amount_centimes": sign * (1_234_567 + 97 * number),
            "day": today - timedelta(days=days),
            "label": f"{word} {number}",
            "counterparty": f"UNKNOWN BODY {number}",
        }


def _fee(number: int, today: date) -> Row:
    label = "COMMISSION DE TENUE DE COMPTE"
    return {"amount_centimes": -(1_100 + number), "day": today - timedelta(days=1), "label": label}


def _silent(number: int, today: date) -> Row:
    amount = 7_777_013 + 1_009 * number
    return {"amount_centimes": amount, "day": today - timedelta(days=1), "label": f"VERSEMENT {number}"}


def _line(**values: Any) -> Row:
    return row_of(StatementLine, id=uuid4(), value_day=values["day"], state=LineState.OPEN, **values)
