"""Rows by their number: each settled line with its call or certificate, its money and its match."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    MetaData,
    String,
    Table,
    Uuid,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    select,
)
from sqlmodel import SQLModel

from models.operations.import_write import row_of
from models.rules.contracts import CertificateKind
from models.rules.reconciliation import MatchKind, MatchStatus
from models.rules.statements import LineState
from models.rules.tranches import CallState, Trigger
from models.tables import (
    Allocation,
    Certificate,
    FundingCall,
    Match,
    MatchPart,
    Payment,
    Receipt,
    StatementLine,
    Tranche,
)
from models.tables.columns import table_of

A_DAY = 274
"""Lines of a day: a million are ten years. Fewer lines are fewer days."""

OWNERS = 2_000
"""Pairs of a partner and a contract, each of a project; two of a project."""

FIRST = 1_000_000
"""The number that papers count from, so that all have as many digits."""

_EVIDENCE = (
    '[{"name":"amount","level":"exact","points":820},{"name":"reference","level":"named","points":640},'
    '{"name":"party","level":"named","points":410},{"name":"project","level":"silent","points":0},'
    '{"name":"delay","level":"usual","points":95},{"name":"structure","level":"silent","points":0}]'
)

STAGING = MetaData()
DAY = Table(
    "bench_day",
    STAGING,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    *(Column(name, Date) for name in ("called", "due", "day")),
    *(Column(name, Uuid) for name in ("file", "account", "run")),
)
NTH = Table("bench_nth", STAGING, Column("place", BigInteger, primary_key=True, autoincrement=False))
OWNER = Table(
    "bench_owner",
    STAGING,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    *(Column(name, Uuid) for name in ("project", "partner", "commitment", "contract")),
    *(Column(name, String(64)) for name in ("name", "contractor", "reference")),
)


class Numbered:
    """One row for each line to be: its number, what it pays, and the ids of all that belongs to it."""

    def __init__(self, days: int) -> None:
        self.number = DAY.c.place * A_DAY + NTH.c.place
        self.is_call = self.number % 2 == 0
        self.is_settled = DAY.c.place < days
        self.amount = self.number * 104_729 % 80_000_021 + 10_007
        self.day, self.owner = DAY.c, OWNER.c
        self.source = DAY.join(NTH, literal(value=True)).join(
            OWNER, OWNER.c.place == self.number // 2 % OWNERS
        )

    def text(self, before: str) -> Any:
        """Return a text that ends with the number, in seven digits."""
        return literal(before) + cast(self.number + FIRST, String)

    def id(self, name: str) -> Any:
        """Return an id that follows from the number, as scattered as one by chance."""
        return cast(func.md5(self.text(name)), Uuid)

    def write(self, connection: Connection, model: type[SQLModel], where: Any, **values: Any) -> None:
        """Write a row of a table for each number; what is not given is what the class has."""
        plain = row_of(model)
        given = {
            column.name: _value(column, values.get(column.name, plain.get(column.name)))
            for column in table_of(model).columns
        }
        query = select(*given.values()).select_from(self.source).where(where)
        connection.execute(insert(table_of(model)).from_select(list(given), query))


def _value(column: Any, value: Any) -> Any:
    if value is None:
        return null()
    return value if isinstance(value, ColumnElement) else literal(value, column.type)


def write_targets(connection: Connection, of: Numbered, at: datetime) -> None:
    """Write calls and certificates, those that are paid and those that are open still."""
    of.write(
        connection,
        Tranche,
        of.is_call,
        id=of.id("tranche"),
        commitment_id=of.owner.commitment,
        number=of.number + FIRST,
        amount_centimes=of.amount,
        trigger=Trigger.DATE,
        expected_on=of.day.called,
    )
    of.write(
        connection,
        FundingCall,
        of.is_call,
        id=of.id("call"),
        tranche_id=of.id("tranche"),
        state=CallState.ISSUED,
        amount_centimes=of.amount,
        drafted_at=at,
        number=of.text("AF-2026-"),
        issued_on=of.day.called,
        issued_by="finance",
        due_on=of.day.due,
    )
    of.write(
        connection,
        Certificate,
        ~of.is_call,
        id=of.id("certificate"),
        contract_id=of.owner.contract,
        number=of.number + FIRST,
        kind=CertificateKind.WORK,
        dated=of.day.called,
        due_on=of.day.due,
        gross_centimes=of.amount,
        net_centimes=of.amount,
        written_by="finance",
        written_at=at,
    )


def write_money(connection: Connection, of: Numbered, at: datetime) -> None:
    """Write what settled lines became: receipts given to calls, and payments."""
    calls, certificates = and_(of.is_settled, of.is_call), and_(of.is_settled, ~of.is_call)
    by = {"amount_centimes": of.amount, "written_by": "system", "written_at": at}
    of.write(
        connection,
        Receipt,
        calls,
        id=of.id("receipt"),
        project_id=of.owner.project,
        partner_id=of.owner.partner,
        received_on=of.day.day,
        reference=of.text("BANK "),
        **by,
    )
    of.write(
        connection,
        Allocation,
        calls,
        id=of.id("allocation"),
        receipt_id=of.id("receipt"),
        call_id=of.id("call"),
        amount_centimes=of.amount,
        allocated_on=of.day.day,
    )
    of.write(
        connection,
        Payment,
        certificates,
        id=of.id("payment"),
        certificate_id=of.id("certificate"),
        paid_on=of.day.day,
        reference=of.text("BANK "),
        **by,
    )


def write_matches(connection: Connection, of: Numbered, at: datetime) -> None:
    """Write settled lines, each with the match that settled it."""
    signed = case((of.is_call, of.amount), else_=-of.amount)
    of.write(
        connection,
        StatementLine,
        of.is_settled,
        id=of.id("line"),
        file_id=of.day.file,
        account_id=of.day.account,
        row=of.number,
        day=of.day.day,
        value_day=of.day.day,
        amount_centimes=signed,
        label=case((of.is_call, of.text("VIR RECU AF 2026 ")), else_=of.text("VIREMENT EMIS DECOMPTE ")),
        counterparty=case((of.is_call, of.owner.name), else_=of.owner.contractor),
        operation=of.text("OP"),
        raw=of.text("SAMPLE ROW OF A BANK; NOT SHORTER THAN SUCH ROWS ARE; "),
        state=LineState.SETTLED,
    )
    of.write(
        connection,
        Match,
        of.is_settled,
        id=of.id("match"),
        kind=MatchKind.SINGLE,
        status=MatchStatus.BOOKED,
        stage="single",
        share=99_90,
        points=20_00,
        evidence=_EVIDENCE,
        rules_version="1",
        run_id=of.day.run,
        written_at=at,
    )
    of.write(
        connection,
        MatchPart,
        of.is_settled,
        id=of.id("part"),
        match_id=of.id("match"),
        line_id=of.id("line"),
        call_id=case((of.is_call, of.id("call"))),
        certificate_id=case((~of.is_call, of.id("certificate"))),
        amount_centimes=signed,
        receipt_id=case((of.is_call, of.id("receipt"))),
        payment_id=case((~of.is_call, of.id("payment"))),
    )
