"""Which cases a run opens, and which of those that are open the books have answered."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from models.operations.booking import Apart, Booking, Hindered
from models.operations.cases import CasesKept, close_cases, open_cases
from models.operations.line_entries import in_parts
from models.queries.open_rows import OpenBooks, OpenLine
from models.queries.owed import read_owed
from models.rules.cases import BY_LINE, BY_MATCH, BY_RUN, CaseFacts, CaseKind, is_late, kind_of_open
from models.rules.rates import DIRHAM
from models.rules.reconciliation import Contradiction, MatchStatus
from models.rules.statements import AccountKind, LineState
from models.tables import Case, Match, MatchPart, StatementLine
from models.tables.columns import table_of

TWICE_WITHIN = timedelta(days=90)
"""A payment of the same amount to the same name within this time may be one that was made twice (R13)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run sees of the books once it has booked. `passed_over`: lines it was not to decide on.

    `speaking`: lines whose text names somebody or something of the books.
    """

    books: OpenBooks
    booking: Booking
    contradictions: Sequence[Contradiction]
    rates_missing: Sequence[str]
    passed_over: Collection[UUID]
    speaking: Collection[UUID] = frozenset()


def keep_cases(session: Session, seen: Seen, *, today: date, at: datetime) -> CasesKept:
    """Open the cases that the books make, and close those that they have answered.

    Source: docs/rules.md, R11 to R13.
    """
    wanted = {facts.fingerprint: facts for facts in _wanted(session, seen, today)}
    kept = open_cases(session, wanted.values(), at=at)
    closed = close_cases(session, list(_answered(session, wanted, seen.passed_over)), at=at)
    return CasesKept(kept.opened, kept.grew, closed)


def _wanted(session: Session, seen: Seen, today: date) -> Iterator[CaseFacts]:
    hindered = {line: one for one in seen.booking.hindered for line in one.decision.lines}
    twice = _paid_twice(seen.books)
    banks = {one.id: one for one in seen.books.accounts if one.kind is AccountKind.BANK}
    contradicted = list(_contradicted(session, seen))
    told = {one.line for one in contradicted if one.kind is CaseKind.BOOKING_CONTRADICTED}
    for line in seen.books.lines:
        if line.settled or line.account not in banks or line.id in seen.passed_over or line.id in told:
            continue
        currency, speaks = banks[line.account].currency, line.id in seen.speaking
        yield _of_line(line, currency, hindered.get(line.id), twice.get(line.id), speaks)
    yield from (_of_difference(one) for one in seen.booking.apart)
    yield from _of_projects(seen.booking)
    yield from contradicted
    yield from _late(seen.books, today)
    yield from _rates_missing(seen)


def _of_line(
    line: OpenLine, currency: str, hindered: Hindered | None, twice: UUID | None, speaks: bool
) -> CaseFacts:
    says = speaks or bool(line.reference or line.counterparty)
    kind = kind_of_open(line.amount, says_anything=says)
    facts: dict[str, Any] = {}
    if hindered is not None:
        kind = hindered.kind
        if (owed := hindered.owed) is not None:
            facts = {"project": owed.project, "partner": owed.partner, "contract": owed.contract}
            facts["details"] = {"target": owed.name, "project": owed.project_key}
    elif twice is not None:
        kind = CaseKind.DUPLICATE_PAYMENT
        facts["details"] = {"other": twice.hex}
    elif currency != "MAD":
        kind = CaseKind.OTHER_CURRENCY
    return CaseFacts(
        kind, (line.id.hex,), line.amount, currency, account=line.account, line=line.id, **facts
    )


def _rates_missing(seen: Seen) -> Iterator[CaseFacts]:
    """Yield the currencies of which a rate is missing, and from which day on.

    Their amount is that of the open lines that were made in them, and have no rate.
    Source: docs/rules.md, R21.
    """
    books = seen.books
    banks = {one.id for one in books.accounts if one.kind is AccountKind.BANK}
    lines = [one for one in books.lines if not one.settled and one.account in banks]
    known = {currency: day for currency, day, _rate in sorted(books.rates)}
    first = {currency: day for currency, day, _rate in sorted(books.rates, reverse=True)}
    lacking: dict[str, list[OpenLine]] = {}
    for line in lines:
        currency = line.original_currency
        if currency not in ("", DIRHAM) and line.day < first.get(currency, date.max):
            lacking.setdefault(currency, []).append(line)
    for currency in sorted({*seen.rates_missing, *lacking}):
        of_it = lacking.get(currency, [])
        day = min((one.day for one in of_it or lines), default=None)
        if not of_it and currency in known:
            day = known[currency] + timedelta(days=1)
        yield CaseFacts(
            CaseKind.RATE_MISSING,
            (currency,),
            sum(abs(one.amount) for one in of_it),
            details={"currency": currency, "since": day and day.isoformat()},
        )


def _paid_twice(books: OpenBooks) -> dict[UUID, UUID]:
    """Return open payments with an earlier settled one of the same amount to the same name."""
    paid: dict[tuple[int, str], list[OpenLine]] = {}
    for line in books.lines:
        if line.settled and line.amount < 0 and line.counterparty:
            paid.setdefault((line.amount, line.counterparty), []).append(line)
    found = {}
    for line in books.lines:
        if line.settled or line.amount > 0:
            continue
        for earlier in paid.get((line.amount, line.counterparty), ()):
            if timedelta() <= line.day - earlier.day <= TWICE_WITHIN:
                found[line.id] = earlier.id
    return found


def _of_difference(apart: Apart) -> CaseFacts:
    owed = apart.owed
    return CaseFacts(
        apart.kind,
        (apart.match.hex, owed.id.hex),
        apart.centimes,
        owed.currency,
        line=apart.piece.line,
        project=owed.project,
        partner=owed.partner,
        contract=owed.contract,
        match=apart.match,
        details={"target": owed.name, "project": owed.project_key},
    )


def _of_projects(booking: Booking) -> Iterator[CaseFacts]:
    """Yield what was booked although the line named another project."""
    for id_, decision in booking.booked.items():
        if not any((one.name, one.level) == ("project", "other") for one in decision.evidence):
            continue
        piece = decision.pieces[0]
        owed = booking.owed[piece.target or piece.line]
        yield CaseFacts(
            CaseKind.WRONG_PROJECT,
            (id_.hex,),
            piece.amount,
            owed.currency,
            line=piece.line,
            project=owed.project,
            match=id_,
            details={"target": owed.name, "project": owed.project_key},
        )


def _contradicted(session: Session, seen: Seen) -> Iterator[CaseFacts]:
    """Yield bookings that a later line takes back, or moves to a project that they are not of."""
    booked = _bookings_of(session, [one.booked for one in seen.contradictions])
    owed = read_owed(session, {target for _match, target, _amount in booked.values() if target is not None})
    for one in seen.contradictions:
        if one.booked not in booked:
            continue
        match, target, amount = booked[one.booked]
        found = owed.get(target) if target is not None else None
        if one.project is not None and (found is None or found.project == one.project):
            continue
        kind = CaseKind.BOOKING_CONTRADICTED if one.project is None else CaseKind.WRONG_PROJECT
        yield CaseFacts(
            kind,
            (match.hex,),
            amount,
            line=one.line,
            project=one.project or (found.project if found else None),
            match=match,
            details={"booked": one.booked.hex, "line": one.line.hex},
        )


def _bookings_of(session: Session, lines: Collection[UUID]) -> dict[UUID, tuple[UUID, UUID | None, int]]:
    """Return the match that holds of each line, its first target, and what the line is in it.

    Unit: centimes.
    """
    matches, parts = table_of(Match), table_of(MatchPart)
    undone = matches.alias("undone")
    found: dict[UUID, tuple[UUID, UUID | None, int]] = {}
    for few in in_parts(set(lines)):
        query = (
            select(
                *(parts.c.line_id, matches.c.id, parts.c.call_id, parts.c.certificate_id),
                parts.c.amount_centimes,
            )
            .join(matches, matches.c.id == parts.c.match_id)
            .outerjoin(undone, undone.c.undoes_id == matches.c.id)
            .where(parts.c.line_id.in_(few), matches.c.status == MatchStatus.BOOKED, undone.c.id.is_(None))
            .order_by(matches.c.id, parts.c.id)
        )
        for line, match, call, certificate, amount in session.connection().execute(query):
            held, target, before = found.get(line, (match, call or certificate, 0))
            if held == match:
                found[line] = (held, target, before + amount)
    return found


def _late(books: OpenBooks, today: date) -> Iterator[CaseFacts]:
    late: dict[tuple[str, str], int] = {}
    for target in books.targets:
        if target.is_call and is_late(target.due, today):
            place = (target.party, target.home)
            late[place] = late.get(place, 0) + target.left
    for (party, currency), amount in sorted(late.items()):
        yield CaseFacts(CaseKind.LATE_PARTNER, (party, currency), amount, currency, partner=UUID(hex=party))


_OF_OPEN_LINES = BY_LINE | {CaseKind.BOOKING_CONTRADICTED}
"""What an open line is told as: one of these, and not twice."""


def _answered(
    session: Session, wanted: Mapping[str, CaseFacts], passed_over: Collection[UUID]
) -> Iterator[UUID]:
    """Yield the open cases that the books have answered, or that became a case of another kind."""
    query = select(table_of(Case)).where(col(Case.closed_at).is_(None), col(Case.kind).in_(BY_RUN))
    rows = [row for row in session.connection().execute(query) if row.fingerprint not in wanted]
    lines = {row.line_id for row in rows if row.line_id is not None}
    still_open = _open_lines(session, lines)
    undone = _undone(session, {row.match_id for row in rows if row.match_id is not None})
    settled = _settled(session, rows)
    told = {facts.line for facts in wanted.values() if facts.kind in _OF_OPEN_LINES}
    for row in rows:
        if row.kind in BY_LINE:
            over = row.line_id not in still_open or (row.line_id in told and row.line_id not in passed_over)
        elif row.kind in BY_MATCH:
            away = row.kind is CaseKind.BOOKING_CONTRADICTED and row.line_id not in still_open
            over = row.match_id in undone or away or row.id in settled
        else:
            over = True
        if over:
            yield row.id


def _open_lines(session: Session, lines: Collection[UUID]) -> set[UUID]:
    table, found = table_of(StatementLine), set[UUID]()
    for few in in_parts(set(lines)):
        query = select(table.c.id).where(table.c.id.in_(few), table.c.state == LineState.OPEN)
        found.update(session.connection().execute(query).scalars())
    return found


def _undone(session: Session, matches: Collection[UUID]) -> set[UUID]:
    table, found = table_of(Match), set[UUID]()
    for few in in_parts(set(matches)):
        query = select(table.c.undoes_id).where(table.c.undoes_id.in_(few))
        found.update(session.connection().execute(query).scalars())
    return found


_OF_DIFFERENCES = (CaseKind.OFF_BY_CENTS, CaseKind.EXCHANGE_DIFFERENCE)


def _settled(session: Session, rows: Iterable[Any]) -> set[UUID]:
    """Return the cases of a difference whose call or certificate is paid to the centime since."""
    short = {
        row.match_id: row.id for row in rows if row.kind in _OF_DIFFERENCES and row.amount_centimes < 0
    }
    parts, targets = table_of(MatchPart), dict[UUID, list[UUID]]()
    for few in in_parts(short):
        query = select(parts.c.match_id, parts.c.call_id, parts.c.certificate_id).where(
            parts.c.match_id.in_(few)
        )
        for match, call, certificate in session.connection().execute(query):
            targets.setdefault(match, []).append(call or certificate)
    owed = read_owed(session, {one for those in targets.values() for one in those if one is not None})
    return {
        short[match]
        for match, those in targets.items()
        if all(one is None or one not in owed or owed[one].left <= 0 for one in those)
    }
