"""Accounts whose statements are read, and the files that come in: each once, or not at all."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlmodel import Session, col, select

from models.operations import trail
from models.operations.statement_exports import Beside, hold_beside_others
from models.operations.statement_rows import Ready, file_id, write_lines
from models.queries.people import find_actor
from models.queries.statements import find_account, find_by_hash
from models.rules.authority import Action, authorize
from models.rules.errors import BadValue
from models.rules.projects import check_text
from models.rules.statement_files import Arrival, StatementSummary
from models.rules.statements import AccountKind
from models.rules.trail import canonical
from models.tables import StatementAccount, StatementFault, StatementFile

HOUSE = "tadshin"
"""Who brings in what the scheduled run finds."""

_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_CURRENCY = re.compile("[A-Z]{3}")
_NUMBER = re.compile(r"[^0-9A-Za-z]")
_LONGEST_KEY, _LONGEST_NUMBER, _LONGEST_VALUE = 40, 40, 300


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of a file that came in. `file`: its id, None where nothing was written.

    `known_as`: the name under which the same file came in before. `beside`: what it has in common with
    the others of its account.
    """

    arrival: Arrival
    account: str
    summary: StatementSummary | None = None
    file: UUID | None = None
    known_as: str = ""
    beside: Beside = field(default_factory=Beside)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file as it lies in our folder: `stored` is its name there."""

    name: str
    sha256: str
    stored: str


def add_account(
    session: Session,
    *,
    key: str,
    kind: AccountKind,
    name: str,
    currency: str,
    number: str,
    profile: str,
    mirrors: str | None,
    by: str,
    at: datetime,
) -> tuple[StatementAccount, bool]:
    """Add an account whose statements are read; tell whether it is new. The same again changes nothing.

    Raises: UnknownKey, NotAllowed, BadValue.
    Source: docs/rules.md, J17.
    """
    authorize(find_actor(session, by), Action.RECONCILE)
    if not _KEY.fullmatch(key) or len(key) > _LONGEST_KEY:
        raise BadValue(field="key", value=key[:60], reason="not_a_key")
    if not _CURRENCY.fullmatch(currency):
        raise BadValue(field="currency", value=currency[:10], reason="not_a_currency")
    mirrored = _mirrored(session, kind, mirrors)
    facts: dict[str, Any] = {
        "kind": kind,
        "name": check_text("name", name, _LONGEST_VALUE, needed=True),
        "currency": currency,
        "number": check_text("number", number, _LONGEST_NUMBER),
        "profile": profile,
        "mirrors_id": mirrored.id if mirrored else None,
    }
    known = session.exec(select(StatementAccount).where(StatementAccount.key == key)).first()
    if known is not None:
        if any(getattr(known, name) != value for name, value in facts.items()):
            raise BadValue(field="key", value=key, reason="already_stated", rule="J17")
        return known, False
    account = StatementAccount(key=key, **facts)
    session.add(account)
    payload = {"account": key, **facts, "mirrors_id": mirrored.key if mirrored else None}
    trail.record(session, at=at, actor=by, kind="statement_account_added", payload=payload)
    return account, True


def check_reader(session: Session, by: str) -> None:
    """Refuse somebody who may bring in no statements, before a file is read. `by` "": the scheduled run.

    Raises: UnknownKey, NotAllowed.
    """
    if by:
        authorize(find_actor(session, by), Action.RECONCILE)


def check_account(account: StatementAccount, summary: StatementSummary, kind: AccountKind) -> None:
    """Refuse a file that is of another account: another kind of book, currency or number.

    Raises: BadValue.
    Source: docs/rules.md, J18.
    """
    if kind is not account.kind:
        raise BadValue(
            field="profile", value=summary.profile, reason="other_account_kind", limit=account.key
        )
    if summary.currency != account.currency:
        raise BadValue(
            field="currency",
            value=summary.currency,
            reason="other_account_currency",
            limit=account.currency,
        )
    said, known = (_NUMBER.sub("", one).upper() for one in (summary.number, account.number))
    if said and known and said not in known and known not in said:
        raise BadValue(field="account", value=summary.number, reason="other_account", limit=account.number)


def take_file(
    session: Session,
    *,
    account: str,
    facts: FileFacts,
    summary: StatementSummary,
    lines: Iterable[list[Ready]],
    by: str,
    at: datetime,
) -> Arrived:
    """Write a file that was looked through: its lines, or, where it has a fault, its faults alone.

    The same file again writes nothing, whatever its name; one that was refused before is read anew.
    `lines` were made ready for this file (`made_ready`); where it is refused or known they are not
    touched. The case of whatever is missing between the files of the account is opened, or closed where
    this file brings it.
    Raises: UnknownKey, NotAllowed.
    Source: docs/rules.md, J14 to J19.
    """
    check_reader(session, by)
    _follow_others(session)
    owner, known = find_account(session, account), find_by_hash(session, facts.sha256)
    if known is not None and not known.faults:
        where = session.get_one(StatementAccount, known.account_id)
        return Arrived(Arrival.KNOWN, where.key, None, known.id, known.name)
    if known is not None:
        session.exec(delete(StatementFault).where(col(StatementFault.file_id) == known.id))
        session.delete(known)
        session.flush()
    file = _file(owner, facts, summary, by, at)
    session.add(file)
    session.flush()
    if summary.problem_count:
        _write_faults(session, file, summary)
        _record(session, "statement_refused", file, owner, summary, by, at)
        return Arrived(Arrival.REFUSED, owner.key, summary, file.id)
    write_lines(session.connection(), lines)
    beside = hold_beside_others(session, owner, file, by=by, at=at)
    _record(session, "statement_taken", file, owner, summary, by, at, duplicates=beside.duplicates)
    return Arrived(Arrival.TAKEN, owner.key, summary, file.id, beside=beside)


def _mirrored(session: Session, kind: AccountKind, mirrors: str | None) -> StatementAccount | None:
    if mirrors is None:
        return None
    found = find_account(session, mirrors)
    if kind is not AccountKind.LEDGER or found.kind is not AccountKind.BANK:
        raise BadValue(field="mirrors", value=mirrors, reason="mirrors_no_bank")
    return found


def _follow_others(session: Session) -> None:
    """Let one file follow another; SQLite does so by itself."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("LOCK TABLE statement_file IN SHARE ROW EXCLUSIVE MODE"))


def _file(
    account: StatementAccount, facts: FileFacts, summary: StatementSummary, by: str, at: datetime
) -> StatementFile:
    return StatementFile(
        id=file_id(facts.sha256),
        account_id=account.id,
        sha256=facts.sha256,
        name=facts.name,
        stored=facts.stored,
        profile=summary.profile,
        parser_version=summary.parser_version,
        starts_on=summary.starts_on,
        ends_before=summary.ends_before,
        opening_centimes=summary.opening,
        closing_centimes=summary.closing,
        lines=0 if summary.problem_count else summary.lines,
        faults=summary.problem_count,
        received_at=at,
        received_by=by or HOUSE,
    )


def _write_faults(session: Session, file: StatementFile, summary: StatementSummary) -> None:
    for problem in summary.problems:
        session.add(
            StatementFault(
                file_id=file.id,
                row=problem.row,
                field=problem.field[:40],
                code=problem.code,
                value=problem.value[:_LONGEST_VALUE],
                details=canonical(problem.details),
            )
        )
    session.flush()


def _record(
    session: Session,
    kind: str,
    file: StatementFile,
    account: StatementAccount,
    summary: StatementSummary,
    by: str,
    at: datetime,
    **more: int,
) -> None:
    payload = {
        "file": file.id,
        "account": account.key,
        "name": file.name,
        "sha256": file.sha256,
        "profile": file.profile,
        "lines": file.lines,
        "faults": file.faults,
        "received_centimes": summary.received,
        "paid_centimes": summary.paid,
        **more,
    }
    trail.record(session, at=at, actor=by or HOUSE, kind=kind, payload=payload)
