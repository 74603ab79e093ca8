"""A file beside the others of its account: lines that are there already, days in common, days missing."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, update
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from models.operations.cases import close_cases, open_cases
from models.queries.statements import periods_of
from models.rules.cases import CaseFacts, CaseKind
from models.rules.statement_periods import Gap, Overlap, Period, Seen, gaps, overlaps, pairs, whole_days
from models.rules.statements import LineState
from models.tables import Case, StatementAccount, StatementFile, StatementLine
from models.tables.columns import table_of

AT_ONCE = 20_000
"""Lines of the days that are compared together: more only where one day has more."""

_LINE = table_of(StatementLine)
_IS_FIRST = _LINE.c.state != LineState.DUPLICATE


@dataclass(frozen=True, slots=True)
class Beside:
    """What a file has in common with others, and what is missing around it. Unit: centimes.

    `duplicates`: lines that an older file has. `gone`: lines of older files, in days that both have, that
    this one has no more, and `gone_amount` what they come to. `gaps`: those of the whole account.
    """

    duplicates: int = 0
    gone: int = 0
    gone_amount: int = 0
    overlaps: tuple[Overlap, ...] = ()
    gaps: tuple[Gap, ...] = ()


def hold_beside_others(
    session: Session, account: StatementAccount, file: StatementFile, *, by: str, at: datetime
) -> Beside:
    """Mark the lines that older files have, and open or close the cases of what the files lack.

    Source: docs/rules.md, J14 to J16.
    """
    periods = periods_of(session, account.id)
    own = next((one for one in periods if one.file == file.id), None)
    if own is None:
        return Beside()
    shared = overlaps(own, (one for one in periods if one.file != own.file))
    tally = _mark(session, own, account.id, shared)
    there, amount = _there(session, own, account.id, shared)
    beside = Beside(tally.duplicates, there - tally.compared, amount - tally.amount, shared, gaps(periods))
    _keep_cases(session, account, own, beside, by=by, at=at)
    return beside


@dataclass(slots=True)
class _Tally:
    """Lines that were paired: all of them, and those of days that both files have whole."""

    duplicates: int = 0
    compared: int = 0
    amount: int = 0


def _mark(session: Session, own: Period, account: UUID, shared: Sequence[Overlap]) -> _Tally:
    """Give each line that an older file has the state of a duplicate."""
    tally = _Tally()
    whole_from, whole_until = whole_days(own, shared)
    for days in _days(session, own, shared):
        among = and_(_LINE.c.account_id == account, _LINE.c.day.in_(days))
        new = _seen(session, and_(among, _LINE.c.file_id == own.file))
        old = _seen(session, and_(among, _LINE.c.file_id != own.file, _IS_FIRST))
        found = pairs(new, old)
        if found:
            session.connection().execute(
                update(_LINE).where(_LINE.c.id == bindparam("line")).values(state=LineState.DUPLICATE),
                [{"line": line} for line in sorted(found)],
            )
        paired = [line for line in new if line.id in found and whole_from <= line.day < whole_until]
        tally.duplicates += len(found)
        tally.compared += len(paired)
        tally.amount += sum(line.amount for line in paired)
    return tally


def _there(session: Session, own: Period, account: UUID, shared: Sequence[Overlap]) -> tuple[int, int]:
    """Return how many lines older files have in the days that both have whole, and what they come to."""
    if not shared:
        return 0, 0
    whole_from, whole_until = whole_days(own, shared)
    query = select(func.count(), func.coalesce(func.sum(_LINE.c.amount_centimes), 0)).where(
        _LINE.c.account_id == account,
        _LINE.c.file_id != own.file,
        _IS_FIRST,
        _LINE.c.day >= whole_from,
        _LINE.c.day < whole_until,
        _within(shared),
    )
    count, amount = session.connection().execute(query).one()
    return int(count), int(amount)


def _within(shared: Sequence[Overlap]) -> ColumnElement[bool]:
    return or_(*(and_(_LINE.c.day >= one.starts_on, _LINE.c.day < one.ends_before) for one in shared))


def _days(session: Session, own: Period, shared: Sequence[Overlap]) -> Iterator[list[date]]:
    """Yield the days in common, as many at once as there are lines to compare."""
    if not shared:
        return
    query = (
        select(_LINE.c.day, func.count())
        .where(_LINE.c.file_id == own.file, _within(shared))
        .group_by(_LINE.c.day)
        .order_by(_LINE.c.day)
    )
    days: list[date] = []
    lines = 0
    for day, count in session.connection().execute(query).all():
        if days and lines + count > AT_ONCE:
            yield days
            days, lines = [], 0
        days.append(day)
        lines += count
    if days:
        yield days


def _seen(session: Session, where: ColumnElement[bool]) -> list[Seen]:
    columns = (_LINE.c.id, _LINE.c.day, _LINE.c.amount_centimes, _LINE.c.operation, _LINE.c.label)
    return [Seen(*row) for row in session.connection().execute(select(*columns).where(where))]


def _keep_cases(
    session: Session, account: StatementAccount, own: Period, beside: Beside, *, by: str, at: datetime
) -> None:
    """Open the cases of what is missing, and close those of gaps that are filled."""
    lacking = [_gap_case(account, gap) for gap in beside.gaps]
    gone = [_gone_case(account, own, beside)] if beside.gone else []
    open_cases(session, [*lacking, *gone], at=at, by=by)
    prints = {facts.fingerprint for facts in lacking}
    query = select_rows(Case).where(
        Case.kind == CaseKind.STATEMENT_GAP, Case.account_id == account.id, col(Case.closed_at).is_(None)
    )
    filled = [case.id for case in session.exec(query) if case.fingerprint not in prints]
    found = [] if beside.gone else list(_found_again(session, account, own, beside))
    if filled or found:
        close_cases(session, [*filled, *found], at=at, by=by)


def _found_again(
    session: Session, account: StatementAccount, own: Period, beside: Beside
) -> Iterator[UUID]:
    """Yield the cases of lines that were gone, and that this file has: it has all lines of their days.

    Source: docs/rules.md, J22.
    """
    query = select_rows(Case).where(
        Case.kind == CaseKind.STATEMENT_OVERLAP,
        Case.account_id == account.id,
        col(Case.closed_at).is_(None),
    )
    whole_from, whole_until = whole_days(own, beside.overlaps)
    for case in session.exec(query):
        told = json.loads(case.details)
        first, until = (date.fromisoformat(told[name]) for name in ("first", "until"))
        if whole_from <= first and until <= whole_until:
            yield case.id


def _gap_case(account: StatementAccount, gap: Gap) -> CaseFacts:
    details = {
        "account": account.key,
        "before": gap.before.name,
        "after": gap.after.name,
        "first": gap.starts_on,
        "until": gap.ends_before,
    }
    about = (account.id.hex, gap.before.file.hex, gap.after.file.hex)
    return CaseFacts(
        CaseKind.STATEMENT_GAP,
        about,
        gap.amount or 0,
        account.currency,
        account=account.id,
        details=details,
    )


def _gone_case(account: StatementAccount, own: Period, beside: Beside) -> CaseFacts:
    whole_from, whole_until = whole_days(own, beside.overlaps)
    details = {
        "account": account.key,
        "before": beside.overlaps[0].other.name,
        "after": own.name,
        "lines": beside.gone,
        "first": max(whole_from, min(one.starts_on for one in beside.overlaps)),
        "until": min(whole_until, max(one.ends_before for one in beside.overlaps)),
    }
    return CaseFacts(
        CaseKind.STATEMENT_OVERLAP,
        (account.id.hex, own.file.hex),
        beside.gone_amount,
        account.currency,
        account=account.id,
        details=details,
    )
