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
    Connection,
    Engine,
    event,
    insert,
    select,
)
from sqlmodel import SQLModel

from bench.new_lines import Payable, write_new_lines
from bench.numbered_rows import (
    A_DAY,
    DAY,
    FIRST,
    NTH,
    OWNER,
    OWNERS,
    STAGING,
    Numbered,
    write_matches,
    write_money,
    write_targets,
)
from bench.portfolio import fill, start_of_day
from models import db, schema
from models.operations.import_write import row_of
from models.rules.budgets import Nature
from models.rules.contracts import ContractKind
from models.rules.reconciliation import ReconciliationState
from models.rules.stages import Stage
from models.rules.statements import AccountKind
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

ACCOUNTS = 4
OPEN = 1.25
"""Open calls and certificates for each new line."""

_LARGE = (
    *(Tranche, FundingCall, Certificate, Receipt, Allocation, Payment),
    *(StatementLine, Match, MatchPart),
)
_LAST_DAYS = 20

Row = dict[str, Any]


def build(url: str, lines: int, new: int) -> None:
    """Write a database of about so many settled lines over ten years, and so many new ones of a night."""
    engine, at = _hasty(url), start_of_day()
    schema.upgrade(engine)
    projects = fill(engine, OWNERS // 2, at=at)
    with db.transaction(engine) as session:
        connection = session.connection()
        STAGING.create_all(connection)
        days, more = lines // A_DAY, int(new * OPEN) // A_DAY + 1
        connection.execute(insert(NTH), [{"place": place} for place in range(A_DAY)])
        owners = list(_owners(connection, projects, at))
        connection.execute(insert(OWNER), owners)
        connection.execute(insert(DAY), _days(connection, days + more, at))
        of = Numbered(days)
        with _indexed_afterwards(connection):
            for write in (write_targets, write_money, write_matches):
                write(connection, of, at)
        write_new_lines(connection, _open(connection, of), new, at)
        STAGING.drop_all(connection)
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
    """Make the indexes of the large tables once their rows are there, which is quicker."""
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
    statements = {"sqlite": ("PRAGMA wal_checkpoint(TRUNCATE)",)}.get(
        engine.dialect.name, ("VACUUM ANALYZE", "CHECKPOINT")
    )
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
