"""Accounts whose statements are read, the files that came in, and what is wrong with one."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, func, select

from models.queries.evidence import FileProblem, compare_folder
from models.queries.projects import nearest
from models.queries.signs import find_by_signs, shown_id
from models.rules.errors import BadValue, UnknownKey
from models.rules.portfolio import Problem
from models.rules.statement_periods import Period
from models.rules.statements import AccountKind, LineState
from models.rules.text import visible
from models.tables import StatementAccount, StatementFault, StatementFile, StatementLine

FAULTS_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class AccountListed:
    """An account. `mirrors`: the key of the bank account whose movements a ledger's repeats."""

    key: str
    kind: AccountKind
    name: str
    currency: str
    number: str
    profile: str
    mirrors: str | None
    files: int
    lines: int


@dataclass(frozen=True, slots=True)
class FileListed:
    """A file that came in. Unit: centimes of the account's currency; `ends_before` is exclusive.

    `duplicates`: lines that an older export had already. A file with faults has no lines.
    """

    id: UUID
    account: str
    currency: str
    name: str
    profile: str
    parser_version: str
    sha256: str
    starts_on: date | None
    ends_before: date | None
    opening: int | None
    closing: int | None
    lines: int
    duplicates: int
    faults: int
    received_at: datetime
    received_by: str


def list_accounts(session: Session) -> list[AccountListed]:
    """Return every account, by kind and key."""
    mirrored = {account.id: account.key for account in session.exec(select(StatementAccount))}
    counts = {
        account: (files, lines or 0)
        for account, files, lines in session.exec(
            select(StatementFile.account_id, func.count(), func.sum(StatementFile.lines)).group_by(
                col(StatementFile.account_id)
            )
        )
    }
    query = select(StatementAccount).order_by(col(StatementAccount.kind), col(StatementAccount.key))
    return [
        AccountListed(
            key=account.key,
            kind=account.kind,
            name=account.name,
            currency=account.currency,
            number=account.number,
            profile=account.profile,
            mirrors=mirrored[account.mirrors_id] if account.mirrors_id else None,
            files=counts.get(account.id, (0, 0))[0],
            lines=counts.get(account.id, (0, 0))[1],
        )
        for account in session.exec(query)
    ]


def find_account(session: Session, key: str) -> StatementAccount:
    """Return the account of a key.

    Raises: UnknownKey with the nearest keys.
    """
    account = session.exec(select(StatementAccount).where(StatementAccount.key == visible(key))).first()
    if account is not None:
        return account
    keys = session.exec(select(StatementAccount.key).order_by(col(StatementAccount.key))).all()
    candidates = nearest(key, keys) or tuple(keys)
    raise UnknownKey(noun="statement_account", key=visible(key[:60]), candidates=candidates)


def only_account(session: Session, kind: AccountKind | None = None) -> StatementAccount:
    """Return the account, or the one of a kind, where there is one alone.

    Raises: BadValue naming those there are.
    """
    query = select(StatementAccount).order_by(col(StatementAccount.key))
    accounts = session.exec(query if kind is None else query.where(StatementAccount.kind == kind)).all()
    if len(accounts) == 1:
        return accounts[0]
    reason = "account_needed" if accounts else "no_account"
    raise BadValue(field="account", value="", reason=reason, limit=tuple(one.key for one in accounts))


def find_by_hash(session: Session, sha256: str) -> StatementFile | None:
    """Return the file of a hash, whole or refused."""
    return session.exec(select(StatementFile).where(StatementFile.sha256 == sha256)).first()


def list_files(session: Session, *, account: str | None = None) -> list[FileListed]:
    """Return the files that came in, by account and day.

    Raises: UnknownKey.
    """
    query = _files()
    if account is not None:
        query = query.where(col(StatementFile.account_id) == find_account(session, account).id)
    rows = session.exec(query).all()
    twice = _duplicates(session, [file.id for file, _account in rows])
    return [_listed(file, found, twice.get(file.id, 0)) for file, found in rows]


def read_file(session: Session, name: str) -> tuple[FileListed, list[Problem]]:
    """Return a file by the first signs of its id, and what is wrong with it.

    Raises: UnknownKey, SeveralFound.
    """
    file = find_by_signs(session, StatementFile, "statement_file", name)
    account = session.get_one(StatementAccount, file.account_id)
    query = (
        select(StatementFault)
        .where(StatementFault.file_id == file.id)
        .order_by(col(StatementFault.row), col(StatementFault.field), col(StatementFault.id))
        .limit(FAULTS_SHOWN)
    )
    faults = [
        Problem(fault.row, fault.field, fault.code, fault.value, json.loads(fault.details))
        for fault in session.exec(query)
    ]
    return _listed(file, account, _duplicates(session, [file.id]).get(file.id, 0)), faults


def periods_of(session: Session, account: UUID) -> list[Period]:
    """Return the days of the whole files of an account."""
    query = select(StatementFile).where(
        StatementFile.account_id == account,
        StatementFile.faults == 0,
        col(StatementFile.starts_on).is_not(None),
        col(StatementFile.ends_before).is_not(None),
    )
    return [
        Period(
            file.id,
            file.name,
            file.starts_on,
            file.ends_before,
            file.opening_centimes,
            file.closing_centimes,
        )
        for file in session.exec(query)
        if file.starts_on is not None and file.ends_before is not None
    ]


def _files() -> Any:
    return (
        select(StatementFile, StatementAccount)
        .join(StatementAccount, col(StatementAccount.id) == col(StatementFile.account_id))
        .order_by(
            col(StatementAccount.key),
            col(StatementFile.starts_on),
            col(StatementFile.received_at),
            col(StatementFile.id),
        )
    )


def _duplicates(session: Session, files: Sequence[UUID]) -> dict[UUID, int]:
    if not files:
        return {}
    query = (
        select(StatementLine.file_id, func.count())
        .where(StatementLine.state == LineState.DUPLICATE)
        .group_by(col(StatementLine.file_id))
    )
    return dict(session.exec(query).all())


def _listed(file: StatementFile, account: StatementAccount, duplicates: int) -> FileListed:
    return FileListed(
        id=file.id,
        account=account.key,
        currency=account.currency,
        name=file.name,
        profile=file.profile,
        parser_version=file.parser_version,
        sha256=file.sha256,
        starts_on=file.starts_on,
        ends_before=file.ends_before,
        opening=file.opening_centimes,
        closing=file.closing_centimes,
        lines=file.lines,
        duplicates=duplicates,
        faults=file.faults,
        received_at=file.received_at,
        received_by=file.received_by,
    )


def verify_statements(session: Session, folder: Path) -> tuple[FileProblem, ...]:
    """Compare the folder of statements with the books, as it is done with evidence.

    Raises: FolderUnavailable.
    Source: docs/rules.md, R20.
    """
    files = session.exec(select(StatementFile).where(StatementFile.stored != "")).all()
    called = {file.stored: f"{file.name} [{shown_id(file.id)}]" for file in files}
    problems = compare_folder([(file.stored, file.sha256) for file in files], folder)
    return tuple(replace(one, called=called.get(one.stored_name, "")) for one in problems)
