"""What a run has done and how the books stand after it: what people are told each morning."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, select
from sqlmodel import Session

from models.clock import local_day
from models.queries.offers import is_offered
from models.rules.authority import Role
from models.rules.cases import CARE, CaseKind, CaseStep
from models.rules.marks import is_marked
from models.rules.money import Money
from models.rules.reconciliation import MatchKind, MatchStatus, ReconciliationState
from models.rules.statements import AccountKind, LineState
from models.tables import Case, Match, MatchPart, ReconciliationRun, StatementAccount, StatementLine
from models.tables.columns import table_of

_RUNS, _MATCHES, _PARTS, _CASES = (table_of(one) for one in (ReconciliationRun, Match, MatchPart, Case))
_LINES, _ACCOUNTS = table_of(StatementLine), table_of(StatementAccount)


@dataclass(frozen=True, slots=True)
class Tally:
    """So many, and of how much in each currency, whichever way the money went."""

    count: int = 0
    amounts: tuple[Money, ...] = ()

    @classmethod
    def of(cls, rows: Iterable[Iterable[Any]]) -> "Tally":
        """Sum rows of currency, count and centimes; nothing of a currency is not told."""
        count, sums = 0, Counter[str]()
        for currency, some, centimes in rows:
            count += some
            sums[currency] += int(centimes or 0)
        return cls(count, tuple(Money(sums[name], name) for name in sorted(sums) if sums[name]))


@dataclass(frozen=True, slots=True)
class CaseTally:
    """The open cases of a kind. `oldest`: the day the first was opened; `before`: how many there were."""

    kind: CaseKind
    count: int
    amounts: tuple[Money, ...]
    oldest: date
    before: int
    owner: Role
    step: CaseStep


@dataclass(frozen=True, slots=True)
class RunDigest:
    """A run and the books after it. `booked`: lines by kind of match; `left`: lines that are open still.

    `suggested`: those of them with a suggestion. `left_before` is None where no run came before. `opened`
    and `closed` count cases.
    """

    booked: Mapping[MatchKind, Tally]
    suggested: Tally
    left: Tally
    left_before: int | None
    opened: int
    closed: int
    cases: tuple[CaseTally, ...]
    sample: bool = False
    """Whether one of the accounts is a sample."""

    @property
    def whole(self) -> Tally:
        """All that was booked."""
        amounts = (amount for tally in self.booked.values() for amount in tally.amounts)
        whole = Tally.of((amount.currency, 0, amount.centimes) for amount in amounts)
        return Tally(sum(tally.count for tally in self.booked.values()), whole.amounts)


def read_digest(session: Session, run: UUID | None) -> RunDigest:
    """Return what a run did, beside what the run before it left. None: a run that changed nothing.

    Source: docs/rules.md, R44.
    """
    session.flush()
    own = _counts(session, _RUNS.c.id == run) if run is not None else {}
    before = _before(session, run)
    return RunDigest(
        booked=booked_by_kind(session, run) if run is not None else {},
        suggested=offered(session),
        left=Tally.of(_open_lines(session)),
        left_before=before.get("left", {}).get("count"),
        opened=int(own.get("opened", 0)),
        closed=int(own.get("closed", 0)),
        cases=tuple(open_cases(session, before.get("cases", {}))),
        sample=has_sample_accounts(session),
    )


def offered(session: Session) -> Tally:
    """Return the open lines for which something is suggested that can be accepted still."""
    return Tally.of(_open_lines(session, is_offered(_LINES.c.id)))


def has_sample_accounts(session: Session) -> bool:
    """Tell whether one of the accounts is a sample's, whose figures are invented.

    Source: docs/rules.md, X45.
    """
    return any(is_marked(name) for name in session.connection().execute(select(_ACCOUNTS.c.name)).scalars())


def last_run(session: Session) -> datetime | None:
    """Return when a run last ended that changed something."""
    ended = select(func.max(_RUNS.c.ended_at)).where(_RUNS.c.state == ReconciliationState.DONE)
    found: datetime | None = session.connection().execute(ended).scalar()
    return found


def _counts(session: Session, which: Any) -> dict[str, Any]:
    query = select(_RUNS.c.counts).where(which, _RUNS.c.state == ReconciliationState.DONE)
    found = session.connection().execute(query.order_by(_RUNS.c.ended_at.desc()).limit(1)).scalar()
    told: dict[str, Any] = json.loads(found) if found else {}
    return told


def _before(session: Session, run: UUID | None) -> dict[str, Any]:
    """Return what the run before counted; for one that changed nothing the last one is before it."""
    if run is None:
        return _counts(session, _RUNS.c.ended_at.is_not(None))
    started = select(_RUNS.c.started_at).where(_RUNS.c.id == run).scalar_subquery()
    return _counts(session, and_(_RUNS.c.id != run, _RUNS.c.started_at <= started))


def booked_by_kind(session: Session, run: UUID) -> dict[MatchKind, Tally]:
    """Return what a run booked, by the kind of match."""
    columns = [_MATCHES.c.kind, _ACCOUNTS.c.currency]
    query = (
        select(
            *columns,
            func.count(_PARTS.c.line_id.distinct()),
            func.sum(func.abs(_PARTS.c.amount_centimes)),
        )
        .join(_PARTS, _PARTS.c.match_id == _MATCHES.c.id)
        .join(_LINES, _LINES.c.id == _PARTS.c.line_id)
        .join(_ACCOUNTS, _ACCOUNTS.c.id == _LINES.c.account_id)
        .where(_MATCHES.c.run_id == run, _MATCHES.c.status == MatchStatus.BOOKED)
        .group_by(*columns)
        .order_by(*columns)
    )
    rows = session.connection().execute(query).all()
    kinds = [kind for kind in MatchKind if any(row[0] is kind for row in rows)]
    return {kind: Tally.of(row[1:] for row in rows if row[0] is kind) for kind in kinds}


def _open_lines(session: Session, *where: Any) -> list[Row[Any]]:
    query = (
        select(_ACCOUNTS.c.currency, func.count(), func.sum(func.abs(_LINES.c.amount_centimes)))
        .select_from(_LINES.join(_ACCOUNTS, _ACCOUNTS.c.id == _LINES.c.account_id))
        .where(_LINES.c.state == LineState.OPEN, _ACCOUNTS.c.kind == AccountKind.BANK, *where)
        .group_by(_ACCOUNTS.c.currency)
        .order_by(_ACCOUNTS.c.currency)
    )
    return list(session.connection().execute(query))


def open_cases(session: Session, before: Mapping[str, Any]) -> Iterable[CaseTally]:
    """Yield the kinds of open cases in their own order, by currency within a kind."""
    columns = [_CASES.c.kind, _CASES.c.currency]
    query = (
        select(
            *columns,
            func.count(),
            func.sum(func.abs(_CASES.c.amount_centimes)),
            func.min(_CASES.c.opened_at),
        )
        .where(_CASES.c.closed_at.is_(None))
        .group_by(*columns)
        .order_by(*columns)
    )
    rows = session.connection().execute(query).all()
    for kind in CaseKind:
        those = [row for row in rows if row[0] is kind]
        if not those:
            continue
        tally = Tally.of(row[1:4] for row in those)
        owner, step = CARE[kind]
        oldest = local_day(min(row[4] for row in those))
        known = int(before.get(kind, {}).get("count", 0))
        yield CaseTally(kind, tally.count, tally.amounts, oldest, known, owner, step)
