"""The balances of a bank account and of the ledgers that repeat it, on one day, and their movements."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select
from sqlmodel import Session

from models.queries.statements import periods_of
from models.rules.reconciliation import MatchKind, MatchStatus
from models.rules.statement_periods import gaps
from models.rules.statements import LineState
from models.rules.tying import Anchor, Balance, Movement, Tie, anchor_of, names_of, tie
from models.tables import Match, MatchPart, StatementAccount, StatementLine
from models.tables.columns import table_of

_LINES, _ACCOUNTS = table_of(StatementLine), table_of(StatementAccount)
_PARTS, _MATCHES = table_of(MatchPart), table_of(Match)

_PRINTED_TWICE = exists().where(
    _PARTS.c.line_id == _LINES.c.id,
    _MATCHES.c.id == _PARTS.c.match_id,
    _MATCHES.c.kind == MatchKind.DUPLICATE,
    _MATCHES.c.status == MatchStatus.BOOKED,
)
_COUNTS = or_(_LINES.c.state != LineState.DUPLICATE, _PRINTED_TWICE)
"""A line that another export has too counts once; one that the bank prints twice counts as it prints it."""


def ledgers_of(session: Session, account: UUID) -> Sequence[Any]:
    """Return the accounts of the ledger that repeat a bank account, by their keys."""
    query = select(_ACCOUNTS).where(_ACCOUNTS.c.mirrors_id == account).order_by(_ACCOUNTS.c.key)
    return session.connection().execute(query).all()


def read_tie(session: Session, account: UUID, ends_before: date) -> Tie | None:
    """Tie the balance of a bank account to that of its ledger, at an end; None where no ledger repeats it.

    Source: docs/rules.md, R50 and R51.
    """
    session.flush()
    ledgers = [row.id for row in ledgers_of(session, account)]
    if not ledgers:
        return None
    bank, ledger = (
        [one for which in those for one in _movements(session, which, ends_before)]
        for those in ([account], ledgers)
    )
    whole = _summed(read_balance(session, one, ends_before) for one in ledgers)
    return tie(bank, ledger, (read_balance(session, account, ends_before), whole))


def read_balance(session: Session, account: UUID, ends_before: date) -> Balance:
    """Return the balance of an account at an end, from the last one that a file states.

    Source: docs/rules.md, R50.
    """
    periods = [one for one in periods_of(session, account) if one.starts_on < ends_before]
    files = [Anchor(one.file, one.starts_on, one.ends_before, one.opening, one.closing) for one in periods]
    last = max((min(one.ends_before, ends_before) for one in files), default=None)
    until = None if last is None else last - timedelta(days=1)
    before = and_(_LINES.c.account_id == account, _LINES.c.day < ends_before)
    anchor = anchor_of(files, ends_before)
    if anchor is None:
        return Balance(_sum(session, before, _COUNTS), stated=False, until=until)
    own = _LINES.c.file_id == anchor.file
    if anchor.opening is not None:
        base = anchor.opening + _sum(session, own, _LINES.c.day < ends_before)
    else:
        base = (anchor.closing or 0) - _sum(session, own, _LINES.c.day >= ends_before)
    later = _sum(session, before, _COUNTS, ~own, _LINES.c.day >= anchor.ends_before)
    missing = sum(gap.amount or 0 for gap in gaps(periods))
    return Balance(base + later, stated=True, missing=missing, until=until)


def _summed(balances: Iterable[Balance]) -> Balance:
    those = list(balances)
    days = [one.until for one in those if one.until is not None]
    return Balance(
        sum(one.centimes for one in those),
        all(one.stated for one in those),
        sum(one.missing for one in those),
        min(days, default=None),
    )


def _sum(session: Session, *where: Any) -> int:
    query = select(func.coalesce(func.sum(_LINES.c.amount_centimes), 0)).where(*where)
    return int(session.connection().execute(query).scalar_one())


def _movements(session: Session, account: UUID, ends_before: date) -> Iterator[Movement]:
    query = select(
        *(_LINES.c.id, _LINES.c.day, _LINES.c.amount_centimes, _LINES.c.label),
        *(_LINES.c.reference, _LINES.c.operation),
    ).where(_LINES.c.account_id == account, _LINES.c.day < ends_before, _COUNTS)
    for id_, day, amount, label, reference, operation in session.connection().execute(query):
        yield Movement(id_, day, amount, label, names_of(reference, operation))
