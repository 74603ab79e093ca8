"""Statements written straight into the books, and books that a run can match, for the tests."""

from datetime import date, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from sqlmodel import Session

from models.rules.statements import AccountKind
from models.tables import (
    StatementAccount,
    StatementFile,
    StatementLine,
)
from tests.builders import AT

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
    starts_on: date = TODAY - timedelta(days=90),
    ends_before: date = TODAY + timedelta(days=1),
) -> StatementFile:
    """A file of the quarter, without balances."""
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
    line = StatementLine(
        id=uuid5(file.id, str(file.lines)),
        file_id=file.id,
        account_id=file.account_id,
        row=file.lines,
        day=day,
        value_day=day,
        amount_centimes=centimes,
        **said,
    )
    session.add(line)
    session.flush()
    return line
