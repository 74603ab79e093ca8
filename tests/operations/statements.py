"""Statements written straight into the books, and books that a run can match, for the tests."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from sqlmodel import Session, select

from models.rules.statements import AccountKind
from models.tables import (
    Certificate,
    Contract,
    FundingCall,
    Partner,
    Project,
    StatementAccount,
    StatementFile,
    StatementLine,
)
from tests.builders import AT, link_partners, make_person, make_project
from tests.operations.books import call, certify, make_contract, make_line, promise, slice_of

TODAY = AT.date()
EARLIER = TODAY - timedelta(days=60)


def make_account(session: Session, key: str = "BANK", **given: Any) -> StatementAccount:
    """A bank account in dirhams."""
    asked: dict[str, Any] = {"kind": AccountKind.BANK, "name": f"Sample {key}"} | given
    account = StatementAccount(key=key, **asked)
    session.add(account)
    session.flush()
    return account


def make_file(
    session: Session,
    account: StatementAccount,
    name: str = "sample.csv",
    starts_on: date = TODAY - timedelta(days=120),
    ends_before: date = TODAY + timedelta(days=1),
) -> StatementFile:
    """A file of some months, without balances."""
    file = StatementFile(
        id=uuid5(NAMESPACE_OID, f"{account.key} {name}"),
        account_id=account.id,
        sha256=uuid5(NAMESPACE_OID, name + account.key).hex * 2,
        name=name,
        parser_version="tests",
        starts_on=starts_on,
        ends_before=ends_before,
        lines=0,
        received_at=AT,
        received_by="tests",
    )
    session.add(file)
    session.flush()
    return file


def write_line(
    session: Session, file: StatementFile, centimes: int, *, day: date = TODAY, **said: Any
) -> StatementLine:
    """One line of a file."""
    file.lines += 1
    asked: dict[str, Any] = {"id": uuid5(file.id, str(file.lines))} | said
    line = StatementLine(
        file_id=file.id,
        account_id=file.account_id,
        row=file.lines,
        day=day,
        value_day=day,
        amount_centimes=centimes,
        **asked,
    )
    session.add(line)
    session.flush()
    return line


@dataclass(frozen=True, slots=True)
class Bank:
    """Books with a bank account: a council owes two calls, a contractor is owed two certificates."""

    project: Project
    council: Partner
    calls: tuple[FundingCall, FundingCall]
    contract: Contract
    certificates: tuple[Certificate, Certificate]
    account: StatementAccount
    file: StatementFile


def make_bank(session: Session) -> Bank:
    """Calls of 300 000.00 and 200 000.50, certificates of 100 000.00 and 50 000.00; all of 60 days ago."""
    project = make_project(session)
    link_partners(session, project, ["council"])
    council = session.exec(select(Partner).where(Partner.key == "council")).one()
    promised = promise(session, project, council, 500_000_50, reference="CV-77/2026", signed_on=EARLIER)
    first, second = (
        call(
            session,
            slice_of(session, promised, centimes, number),
            centimes,
            number=f"AF-2026-000{number}",
            on=EARLIER,
        )
        for number, centimes in ((1, 300_000_00), (2, 200_000_50))
    )
    line = make_line(session, project)
    contract = make_contract(session, line, 1_000_000_00, reference="M-7/2026", signed_on=EARLIER)
    works, more = (
        certify(session, contract, centimes, number=number, dated=EARLIER)
        for number, centimes in ((1, 100_000_00), (2, 50_000_00))
    )
    account = make_account(session)
    make_person(session, "finance-2", "finance")
    file = make_file(session, account)
    return Bank(project, council, (first, second), contract, (works, more), account, file)
