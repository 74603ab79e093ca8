"""A database of settled lines of any number, and a night's new ones: written by the database itself.

Every settled line has its match, its call or certificate, and the receipt or payment that it became; what
stands beside it in the trail is left out, for no run reads it.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Date,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Uuid,
    and_,
    case,
    cast,
    event,
    func,
    insert,
    literal,
    null,
    select,
)
from sqlmodel import SQLModel

from bench.new_lines import Payable, write_new_lines
from bench.portfolio import fill, start_of_day
from models import db, schema
from models.operations.import_write import row_of
from models.rules.budgets import Nature
from models.rules.contracts import CertificateKind, ContractKind
from models.rules.reconciliation import MatchKind, MatchStatus, ReconciliationState
from models.rules.stages import Stage
from models.rules.statements import AccountKind, LineState
from models.rules.tranches import CallState, Trigger
from models.tables import (
    Allocation,
    BudgetLine,
    Certificate,
    Commitment,
    Contract,
    FundingCall,
    Match,
    MatchPart,
    Partner,
    Partnership,
    Payment,
    Receipt,
    ReconciliationRun,
    StatementAccount,
    StatementFile,
    StatementLine,
    Tranche,
)
from models.tables.columns import table_of

A_DAY = 274
"""Lines of a day: a million are ten years. Fewer lines are fewer days."""

PROJECTS, ACCOUNTS = 1_000, 4
FIRST = 1_000_000
OPEN = 1.25
"""Open calls and certificates for each new line."""

_LARGE = (
    *(Tranche, FundingCall, Certificate, Receipt, Allocation, Payment),
    *(StatementLine, Match, MatchPart),
)
_LAST_DAYS = 20
_EVIDENCE = (
    '[{"name":"amount","level":"exact","points":820},{"name":"reference","level":"named","points":640},'
    '{"name":"party","level":"named","points":410},{"name":"project","level":"silent","points":0},'
    '{"name":"delay","level":"usual","points":95},{"name":"structure","level":"silent","points":0}]'
)

Row = dict[str, Any]
_staging = MetaData()
_DAY = Table(
    "bench_day",
    _staging,
    Column("place", Integer, primary_key=True, autoincrement=False),
    *(Column(name, Date) for name in ("called", "due", "day")),
    *(Column(name, Uuid) for name in ("file", "account", "run")),
)
_NTH = Table("bench_nth", _staging, Column("place", Integer, primary_key=True, autoincrement=False))
_OWNER = Table(
    "bench_owner",
    _staging,
    Column("place", Integer, primary_key=True, autoincrement=False),
    *(Column(name, Uuid) for name in ("project", "partner", "commitment", "contract")),
    *(Column(name, String(64)) for name in ("name", "contractor", "reference")),
)


def build(url: str, lines: int, new: int) -> None:
    """Write a database of about so many settled lines over ten years, and so many new ones of a night."""
    engine, at = _hasty(url), start_of_day()
    schema.upgrade(engine)
    projects = fill(engine, PROJECTS, at=at)
    with db.transaction(engine) as session:
        connection = session.connection()
        _staging.create_all(connection)
        days, more = lines // A_DAY, int(new * OPEN) // A_DAY + 1
        connection.execute(insert(_NTH), [{"place": place} for place in range(A_DAY)])
        owners = list(_owners(connection, projects, at))
        connection.execute(insert(_OWNER), owners)
        connection.execute(insert(_DAY), _days(connection, days + more, at))
        of = Numbered(days)
        with _indexed_afterwards(connection):
            for write in (_write_targets, _write_money, _write_matches):
                write(connection, of, at)
        write_new_lines(connection, _open(connection, of), new, at)
        _staging.drop_all(connection)
    _tidy(engine)
    engine.dispose()


def _hasty(url: str) -> Engine:
    """Open a database in which nothing is checked and nothing outlasts a power cut: it is made once."""
    engine = db.open_engine(url)
    if engine.dialect.name == "sqlite":
        settings = ["foreign_keys=OFF", "synchronous=OFF", "journal_mode=OFF", "cache_size=-2000000"]
        statements = [f"PRAGMA {one}" for one in settings]
    else:
        statements = ["SET session_replication_role=replica", "SET synchronous_commit=off"]
        statements += ["SET work_mem='256MB'", "SET jit=off"]

    def prepare(connection: Any, _record: Any) -> None:
        for statement in statements:
            connection.execute(statement)
        if engine.dialect.name == "sqlite":
            connection.create_function("md5", 1, _md5, deterministic=True)
        else:
            connection.commit()

    event.listen(engine, "connect", prepare)
    return engine


@contextmanager
def _indexed_afterwards(connection: Connection) -> Iterator[None]:
    """Make the indexes of the large tables once their rows are there: a third of the time."""
    indexes = [index for model in _LARGE for index in sorted(table_of(model).indexes, key=str)]
    for index in indexes:
        index.drop(connection)
    yield
    for index in indexes:
        index.create(connection)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _tidy(engine: Engine) -> None:
    """Leave the files as a database that has been in use for long has them."""
    statements = ["PRAGMA wal_checkpoint(TRUNCATE)"] if engine.dialect.name == "sqlite" else []
    statements = statements or ["VACUUM ANALYZE", "CHECKPOINT"]
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def _owners(connection: Connection, projects: Sequence[UUID], at: datetime) -> Iterator[Row]:
    """Yield who pays and is paid: two partners and two contracts of each project, a council in ten."""
    signed = date(2010, 1, 1)
    rows: dict[type[SQLModel], list[Row]] = {}

    def add(model: type[SQLModel], **values: object) -> Row:
        rows.setdefault(model, []).append(row_of(model, **values))
        return rows[model][-1]

    names = [f"SAMPLE COUNCIL {_word(number)}" for number in range(len(projects) // 10)]
    partners = [
        add(Partner, key=f"sample-{n}", name_ar=name, name_fr=name, name_en=name, type="other")
        for n, name in enumerate(names)
    ]
    huge = {"amount_centimes": 10**13, "signed_on": signed}
    by = {"written_by": "finance", "written_at": at}
    for number, project in enumerate(projects):
        line = add(BudgetLine, project_id=project, code="S", stage=Stage.CONSTRUCTION, nature=Nature.WORKS)
        for place in (0, 1):
            partner = partners[(number + place) % len(partners)]
            of_both = {"project_id": project, "partner_id": partner["id"]}
            add(Partnership, **of_both)
            promise = add(Commitment, reference=f"CV-{2 * number + place}/2010", **of_both, **huge)
            contract = add(
                Contract,
                project_id=project,
                line_id=line["id"],
                reference=f"M-{2 * number + place}/2010",
                kind=ContractKind.WORKS,
                contractor=f"SAMPLE WORKS {_word(7 * number + place)}",
                period_days=366 * 20,
                **huge,
                **by,
            )
            yield {
                "place": 2 * number + place,
                "project": project,
                "partner": partner["id"],
                "commitment": promise["id"],
                "contract": contract["id"],
                "name": partner["name_fr"],
                "contractor": contract["contractor"],
                "reference": contract["reference"],
            }
    for model, some in rows.items():
        connection.execute(insert(table_of(model)), some)


def _word(number: int) -> str:
    """Return a name that is like no other: its digits as syllables."""
    syllables = ("BA", "DE", "GHI", "KO", "LU", "MAR", "NES", "RIZ", "SAL", "TOF")
    return "".join(syllables[int(digit)] for digit in f"{number * 7919 % 100_003:05}")


def _days(connection: Connection, count: int, at: datetime) -> list[Row]:
    """Return the days of the books, each with its account, its file of a month and its run of a night."""
    accounts = [
        row_of(StatementAccount, key=f"BANK-{n}", kind=AccountKind.BANK, name=f"SAMPLE {n}")
        for n in range(ACCOUNTS)
    ]
    files: dict[tuple[int, date], Row] = {}
    rows, runs = [], []
    for place in range(count):
        day = at.date() - timedelta(days=count + _LAST_DAYS - place)
        account, month = place % ACCOUNTS, day.replace(day=1)
        id_ = accounts[account]["id"]
        file = files.setdefault((account, month), _file(id_, month, at))
        runs.append(_finished(day, at))
        row = {"place": place, "day": day, "called": day - timedelta(days=50), "account": id_}
        rows.append(row | {"due": day + timedelta(days=10), "file": file["id"], "run": runs[-1]["id"]})
    for model, some in (
        (StatementAccount, accounts),
        (StatementFile, list(files.values())),
        (ReconciliationRun, runs),
    ):
        connection.execute(insert(table_of(model)), some)
    return rows


def _file(account: object, first: date, at: datetime, last: date | None = None) -> Row:
    ends = last or (first + timedelta(days=31)).replace(day=1)
    return row_of(
        StatementFile,
        account_id=account,
        sha256=uuid4().hex,
        name="sample.csv",
        parser_version="1",
        starts_on=first,
        ends_before=ends,
        lines=0,
        received_at=at,
        received_by="finance",
    )


def _finished(day: date, at: datetime) -> Row:
    night = at - (at.date() - day)
    times = {"started_at": night, "ended_at": night, "lease_until": night}
    return row_of(ReconciliationRun, state=ReconciliationState.DONE, asked_by="finance", **times)


class Numbered:
    """One row for each line to be: its number, what it pays, and the ids of all that belongs to it."""

    def __init__(self, days: int) -> None:
        self.number = _DAY.c.place * A_DAY + _NTH.c.place
        self.is_call = self.number % 2 == 0
        self.is_settled = _DAY.c.place < days
        self.amount = self.number * 104_729 % 80_000_021 + 10_007
        self.day, self.owner = _DAY.c, _OWNER.c
        self.source = _DAY.join(_NTH, literal(value=True)).join(
            _OWNER, _OWNER.c.place == self.number // 2 % (2 * PROJECTS)
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


def _write_targets(connection: Connection, of: Numbered, at: datetime) -> None:
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


def _write_money(connection: Connection, of: Numbered, at: datetime) -> None:
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


def _write_matches(connection: Connection, of: Numbered, at: datetime) -> None:
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


def _open(connection: Connection, of: Numbered) -> list[Payable]:
    columns = (
        of.amount,
        of.is_call,
        of.number + FIRST,
        of.owner.name,
        of.owner.contractor,
        of.owner.reference,
    )
    query = select(*columns).select_from(of.source).where(~of.is_settled).order_by(of.number)
    return [Payable(*row) for row in connection.execute(query)]
