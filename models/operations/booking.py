"""Booking what lines pay: matches, receipts with their allocations, and payments, in one transaction.

Runs and people book by the same way. What the books do not take is told, and stops nothing else.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session

from models.clock import local_day
from models.operations import trail
from models.operations.import_write import Values, row_of
from models.operations.line_entries import Entries, HeldLine, in_parts, write_rows
from models.queries.owed import read_owed
from models.queries.periods import check_day, first_open_day
from models.rules.cases import CaseKind
from models.rules.periods import PeriodClosed
from models.rules.reconciliation import (
    SHOWN_SIGNS,
    Days,
    Decision,
    LineTaken,
    MatchKind,
    MatchStatus,
    Owed,
    Piece,
    WhyNot,
    difference,
    hindrance,
    match_id,
    settled,
    why_not,
)
from models.rules.statements import LineState
from models.rules.trail import canonical
from models.tables import Match, MatchPart, Project, StatementAccount, StatementLine
from models.tables.columns import table_of

STATES: Mapping[MatchKind, LineState] = {
    MatchKind.DUPLICATE: LineState.DUPLICATE,
    MatchKind.REVERSAL: LineState.REVERSAL,
    MatchKind.CORRECTION: LineState.CORRECTION,
    MatchKind.FEE: LineState.FEE,
    MatchKind.OTHER: LineState.OTHER,
}
"""What a line becomes by a match; by one that pays something it is settled."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who decides: a run ("" , with its id), or a person, with a second one where four eyes are needed.

    `writes`: under which name receipts and payments are written.
    """

    login: str
    writes: str
    at: datetime
    rules_version: str = ""
    run: UUID | None = None
    second: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Hindered:
    """A decision that the books do not take, the piece that they do not take, and as which case."""

    decision: Decision
    piece: Piece
    kind: CaseKind
    owed: Owed | None
    why: WhyNot | None = None


@dataclass(frozen=True, slots=True)
class Apart:
    """A booked piece that is not to the centime what was owed. Unit: centimes, more paid is positive."""

    match: UUID
    piece: Piece
    owed: Owed
    kind: CaseKind
    centimes: int


@dataclass(slots=True)
class Booking:
    """What became of decisions: booked ones by their match, those hindered, what was not to the centime.

    `taken`: decisions about lines that are not open any more. `owed`: what each target lacked before.
    """

    booked: dict[UUID, Decision] = field(default_factory=dict)
    hindered: list[Hindered] = field(default_factory=list)
    apart: list[Apart] = field(default_factory=list)
    taken: list[Decision] = field(default_factory=list)
    owed: Mapping[UUID, Owed] = field(default_factory=dict)


def book(session: Session, decisions: Sequence[Decision], author: Author) -> Booking:
    """Book decisions in their order, as far as the books take them.

    Source: docs/rules.md, R1 and R3 to R6.
    """
    pool = _hold(session, decisions, author)
    done = Booking(owed=pool.owed)
    kept: list[_Kept] = []
    for decision in decisions:
        if not all(pool.is_open(line) for line in decision.lines):
            done.taken.append(decision)
        elif (hindered := pool.hindered(decision)) is not None:
            done.hindered.append(hindered)
        else:
            kept.append(pool.take(decision, len(kept)))
    ids = _write(session, pool, kept, author)
    for id_, one in zip(ids, kept, strict=True):
        done.booked[id_] = one.decision
        done.apart += [Apart(id_, *apart) for apart in one.apart]
    return done


def foresee(session: Session, decision: Decision, author: Author) -> Hindered | None:
    """Tell what would keep one decision from being booked now, and write nothing.

    Raises: LineTaken.
    """
    pool = _hold(session, [decision], author)
    for line in decision.lines:
        if not pool.is_open(line):
            raise LineTaken(line=line.hex[:SHOWN_SIGNS], state=pool.lines[line].state)
    return pool.hindered(decision)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A decision that is booked: the entry of each piece, and what was not to the centime."""

    decision: Decision
    entries: tuple[UUID | None, ...]
    apart: tuple[tuple[Piece, Owed, CaseKind, int], ...]


@dataclass(slots=True)
class _Pool:
    """Lines and targets that are held, and what is left of them while decisions are taken."""

    lines: Mapping[UUID, HeldLine]
    owed: Mapping[UUID, Owed]
    days: Days
    entries: Entries
    left: dict[UUID, int]
    used: set[UUID] = field(default_factory=set)

    def is_open(self, line: UUID) -> bool:
        return self.lines[line].is_open and line not in self.used

    def hindered(self, decision: Decision) -> Hindered | None:
        """Return the first piece that the books do not take."""
        left = dict(self.left)
        for piece in decision.pieces if decision.kind.pays else ():
            owed, line = self.owed.get(piece.target or piece.line), self.lines[piece.line]
            if owed is None:
                return Hindered(decision, piece, CaseKind.NOT_BOOKED, None)
            kind = hindrance(owed, piece, left[owed.id], line.currency, line.day, self.days)
            if kind is not None:
                why = why_not(owed, piece, left[owed.id], line.day, self.days.today)
                return Hindered(decision, piece, kind, owed, why if kind is CaseKind.NOT_BOOKED else None)
            left[owed.id] -= settled(owed, piece, left[owed.id])[1]
        return None

    def take(self, decision: Decision, place: int) -> _Kept:
        """Write down what a decision makes of the books. `place`: its own, among all that are taken."""
        entries: list[UUID | None] = []
        apart: list[tuple[Piece, Owed, CaseKind, int]] = []
        self.used.update(decision.lines)
        if not decision.kind.pays:
            return _Kept(decision, (None,) * len(decision.pieces), ())
        last = {piece.target: number for number, piece in enumerate(decision.pieces)}
        for number, piece in enumerate(decision.pieces):
            owed = self.owed[piece.target or piece.line]
            left = self.left[owed.id]
            written, taken = settled(owed, piece, left)
            self.left[owed.id] = left - taken
            entries.append(self.entries.add(place, self.lines[piece.line], owed, written, taken))
            kind = difference(owed, piece, left)
            if kind is not None and last[piece.target] == number:
                apart.append((piece, owed, kind, abs(piece.amount) - left))
        return _Kept(decision, tuple(entries), tuple(apart))


def _hold(session: Session, decisions: Sequence[Decision], author: Author) -> _Pool:
    """Hold the projects, then the lines, each in one order: two at once never wait in a ring."""
    pieces = [piece for decision in decisions for piece in decision.pieces]
    targets = {piece.target for piece in pieces if piece.target is not None}
    seen = read_owed(session, targets)
    if session.get_bind().dialect.name == "postgresql":
        table = table_of(Project)
        for few in in_parts({one.project for one in seen.values()}):
            held = select(table.c.id).where(table.c.id.in_(few)).order_by(table.c.id)
            session.connection().execute(held.with_for_update(key_share=True))
    today = local_day(author.at)
    days = Days(today, _open_since(session, today))
    lines = _hold_lines(session, {piece.line for piece in pieces})
    owed = read_owed(session, targets)
    left = {id_: one.left for id_, one in owed.items()}
    return _Pool(lines, owed, days, Entries(author.writes, author.at), left)


def _open_since(session: Session, today: date) -> date | None:
    """Return the first day that is open, and let nobody close more until the transaction ends."""
    with suppress(PeriodClosed):
        check_day(session, today)
    return first_open_day(session)


def _hold_lines(session: Session, ids: set[UUID]) -> dict[UUID, HeldLine]:
    lines, accounts = table_of(StatementLine), table_of(StatementAccount)
    held: dict[UUID, HeldLine] = {}
    for few in in_parts(ids):
        query = (
            select(
                *(lines.c.id, accounts.c.key, accounts.c.id, accounts.c.currency),
                *(lines.c.day, lines.c.amount_centimes, lines.c.state),
            )
            .join(accounts, accounts.c.id == lines.c.account_id)
            .where(lines.c.id.in_(few))
            .order_by(lines.c.id)
            .with_for_update(of=lines)
        )
        held |= {row[0]: HeldLine(*row) for row in session.connection().execute(query)}
    return held


def _write(session: Session, pool: _Pool, kept: Sequence[_Kept], author: Author) -> list[UUID]:
    if not kept:
        return []
    notes = pool.entries.write(session)
    ids = _free_ids(session, [one.decision for one in kept])
    matches = [match_row(id_, one.decision, MatchStatus.BOOKED, author) for id_, one in _zip(ids, kept)]
    parts = [
        part_row(id_, piece, entry)
        for id_, one in _zip(ids, kept)
        for piece, entry in zip(one.decision.pieces, one.entries, strict=True)
    ]
    write_rows(session, Match, matches)
    write_rows(session, MatchPart, parts)
    _settle_lines(session, [one.decision for one in kept])
    trail.record_all(session, notes)
    return ids


def _zip(ids: Sequence[UUID], kept: Sequence[_Kept]) -> Iterable[tuple[UUID, _Kept]]:
    return zip(ids, kept, strict=True)


def _free_ids(session: Session, decisions: Sequence[Decision]) -> list[UUID]:
    """Return an id for each: that of its content, or of its next turn where it was taken back before."""
    wanted = [match_id(MatchStatus.BOOKED, one.kind, one.pieces) for one in decisions]
    known = known_matches(session, wanted)
    ids = []
    for id_, one in zip(wanted, decisions, strict=True):
        free, turn = id_, 0
        while free in known:
            turn += 1
            free = match_id(MatchStatus.BOOKED, one.kind, one.pieces, turn)
            known |= known_matches(session, [free])
        ids.append(free)
    return ids


def known_matches(session: Session, ids: Iterable[UUID]) -> set[UUID]:
    """Return those of some ids that are matches in the books."""
    table, found = table_of(Match), set[UUID]()
    for few in in_parts(set(ids)):
        found.update(session.connection().execute(select(table.c.id).where(table.c.id.in_(few))).scalars())
    return found


def match_row(id_: UUID, decision: Decision, status: MatchStatus, author: Author) -> Values:
    """Return the row of a match."""
    return row_of(
        Match,
        id=id_,
        kind=decision.kind,
        status=status,
        author=author.login,
        second=author.second,
        rank=decision.rank,
        stage=decision.stage,
        share=decision.share,
        points=decision.points,
        evidence=json.dumps([asdict(one) for one in decision.evidence], separators=(",", ":")),
        rival=canonical(asdict(decision.rival)) if decision.rival is not None else "",
        rules_version=author.rules_version,
        run_id=author.run,
        reason=author.reason,
        written_at=author.at,
    )


def part_row(match: UUID, piece: Piece, entry: UUID | None = None) -> Values:
    """Return the row of a piece, with the receipt or the payment that was written for it."""
    is_payment = entry is not None and piece.certificate is not None
    return row_of(
        MatchPart,
        match_id=match,
        line_id=piece.line,
        call_id=piece.call,
        certificate_id=piece.certificate,
        other_line_id=piece.other,
        amount_centimes=piece.amount,
        receipt_id=None if is_payment else entry,
        payment_id=entry if is_payment else None,
    )


def _settle_lines(session: Session, decisions: Sequence[Decision]) -> None:
    table = table_of(StatementLine)
    became: dict[LineState, set[UUID]] = {}
    for decision in decisions:
        became.setdefault(STATES.get(decision.kind, LineState.SETTLED), set()).update(decision.lines)
    for state, lines in sorted(became.items()):
        for few in in_parts(lines):
            session.connection().execute(update(table).where(table.c.id.in_(few)).values(state=state))
    lapse(session, {line for lines in became.values() for line in lines})


def lapse(session: Session, lines: Iterable[UUID], kept: Collection[UUID] = ()) -> int:
    """Take down what is suggested for lines, but for the matches kept; return how many."""
    matches, parts = table_of(Match), table_of(MatchPart)
    whole = 0
    for few in in_parts(set(lines)):
        query = (
            select(matches.c.id)
            .join(parts, parts.c.match_id == matches.c.id)
            .where(parts.c.line_id.in_(few), matches.c.status == MatchStatus.SUGGESTED)
        )
        gone = {id_ for id_ in session.connection().execute(query).scalars() if id_ not in kept}
        for some in in_parts(gone):
            session.connection().execute(
                update(matches).where(matches.c.id.in_(some)).values(status=MatchStatus.LAPSED)
            )
        whole += len(gone)
    session.expire_all()
    return whole
