"""Lines of statements: finding one, the queue of those that wait, and everything decided about one."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import inf
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from models.queries.offers import is_offered
from models.queries.owed import AT_ONCE, read_owed
from models.queries.signs import find_by_signs, shown_id
from models.queries.statements import find_account
from models.rules.money import Money
from models.rules.reconciliation import MatchKind, MatchStatus, Owed, is_overtaken
from models.rules.statements import AccountKind, LineState
from models.tables import Match, MatchPart, StatementAccount, StatementFile, StatementLine

SUGGESTED = "suggested"
"""In the place of a state: open, and something is suggested."""


@dataclass(frozen=True, slots=True)
class PartFacts:
    """A part of a match: what it pays, by the names people know, or the other line that it belongs to."""

    line: UUID
    amount: int
    target: UUID | None
    name: str
    project: str
    other: UUID | None


@dataclass(frozen=True, slots=True)
class MatchFacts:
    """A match as it stands in the books. Units: `share` hundredths of a percent, `points` hundredths.

    `undone_by` tells whether an entry has taken it back since, `overtaken` whether it is suggested and
    what it would pay was paid otherwise.
    """

    id: UUID
    kind: MatchKind
    status: MatchStatus
    author: str
    second: str
    rank: int
    stage: str
    share: int
    points: int
    evidence: tuple[Mapping[str, Any], ...]
    rival: Mapping[str, Any] | None
    rules_version: str
    undoes: UUID | None
    undone_by: str | None
    reason: str
    written_at: datetime
    parts: tuple[PartFacts, ...]
    overtaken: bool = False

    @property
    def name(self) -> str:
        """The signs by which people name it."""
        return shown_id(self.id)

    @property
    def holds(self) -> bool:
        """Whether it is booked and was not taken back."""
        return self.status is MatchStatus.BOOKED and self.undone_by is None


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A line with what is suggested for it, or what holds of it, the best first."""

    id: UUID
    account: str
    file: str
    row: int
    day: date
    amount: Money
    label: str
    reference: str
    counterparty: str
    operation: str
    state: LineState
    matches: tuple[MatchFacts, ...]

    @property
    def name(self) -> str:
        """The signs by which people name it."""
        return shown_id(self.id)

    @property
    def best(self) -> MatchFacts | None:
        """What holds of it, or the best suggestion, one that can be accepted still before the others."""
        held = [one for one in self.matches if one.holds]
        overtaken = [one for one in self.matches if one.overtaken]
        return next(iter([*held, *self.offers, *overtaken]), None)

    @property
    def offers(self) -> tuple[MatchFacts, ...]:
        """What is suggested and can be accepted still, the likeliest first."""
        return tuple(one for one in self._suggested if not one.overtaken)

    def place(self, match: MatchFacts) -> int | None:
        """Return the number by which a suggestion is accepted or rejected; None for what is none.

        Source: docs/rules.md, R23: one that is overtaken keeps its number.
        """
        return self._suggested.index(match) + 1 if match in self._suggested else None

    @property
    def _suggested(self) -> list[MatchFacts]:
        """What is suggested for it, by number; not what is suggested for another line with it."""
        found = [one for one in self.matches if one.status is MatchStatus.SUGGESTED]
        own = [one for one in found if any(part.line == self.id for part in one.parts)]
        return sorted(own, key=lambda one: (one.rank, one.id))


def find_line(session: Session, name: str) -> StatementLine:
    """Return the line whose id begins with these signs.

    Raises: UnknownKey, BadValue, SeveralFound.
    """
    return find_by_signs(session, StatementLine, "statement_line", name)


def list_lines(
    session: Session,
    *,
    state: str | None = None,
    account: str | None = None,
    starts: date | None = None,
    ends_before: date | None = None,
    most: int | None = None,
) -> tuple[LineFacts, ...]:
    """Return lines of bank accounts, the largest amounts first; `state`: a LineState, or `suggested`.

    Raises: UnknownKey for the account.
    """
    where: list[ColumnElement[bool]] = []
    if account is not None:
        where.append(col(StatementLine.account_id) == find_account(session, account).id)
    else:
        where.append(col(StatementAccount.kind) == AccountKind.BANK)
    if state == SUGGESTED:
        where += [col(StatementLine.state) == LineState.OPEN, is_offered(col(StatementLine.id))]
    elif state is not None:
        where.append(col(StatementLine.state) == LineState(state))
    if starts is not None:
        where.append(col(StatementLine.day) >= starts)
    if ends_before is not None:
        where.append(col(StatementLine.day) < ends_before)
    return _lines(session, where, most)


def load_line(session: Session, name: str) -> LineFacts:
    """Return a line with what is suggested for it, and everything that was ever decided, the latest first.

    Raises: UnknownKey, BadValue, SeveralFound.
    """
    found = find_line(session, name)
    return _lines(session, [col(StatementLine.id) == found.id], None, every=True)[0]


def _lines(
    session: Session, where: Sequence[ColumnElement[bool]], most: int | None, *, every: bool = False
) -> tuple[LineFacts, ...]:
    session.flush()
    size = func.abs(col(StatementLine.amount_centimes))
    rows = session.exec(
        select(StatementLine, StatementAccount, StatementFile)
        .join(StatementAccount, col(StatementAccount.id) == col(StatementLine.account_id))
        .join(StatementFile, col(StatementFile.id) == col(StatementLine.file_id))
        .where(*where)
        .order_by(size.desc(), col(StatementLine.day), col(StatementLine.id))
        .limit(most)
    ).all()
    matches = load_matches(session, [line.id for line, _account, _file in rows], every=every)
    return tuple(
        LineFacts(
            id=line.id,
            account=account.key,
            file=file.name,
            row=line.row,
            day=line.day,
            amount=Money(line.amount_centimes, account.currency),
            label=line.label,
            reference=line.reference,
            counterparty=line.counterparty,
            operation=line.operation,
            state=line.state,
            matches=matches.get(line.id, ()),
        )
        for line, account, file in rows
    )


def load_matches(
    session: Session, lines: Collection[UUID], *, every: bool = False
) -> dict[UUID, tuple[MatchFacts, ...]]:
    """Return the matches of lines: what holds and what is suggested, or `every` one there ever was."""
    session.flush()
    found: dict[UUID, Match] = {}
    of_line: dict[UUID, dict[UUID, None]] = {line: {} for line in lines}
    for few in _parts_of(lines):
        for side in (col(MatchPart.line_id), col(MatchPart.other_line_id)):
            query = select(Match, side).join(MatchPart, col(Match.id) == col(MatchPart.match_id))
            for match, line in session.exec(query.where(side.in_(few))):
                found[match.id] = match
                if line is not None:
                    of_line[line][match.id] = None
    undone: dict[UUID, str] = {}
    parts: dict[UUID, list[MatchPart]] = {id_: [] for id_ in found}
    for few in _parts_of(found):
        for match in session.exec(select(Match).where(col(Match.undoes_id).in_(few))):
            undone |= {match.undoes_id: match.author} if match.undoes_id is not None else {}
        query_of_parts = select(MatchPart).where(col(MatchPart.match_id).in_(few))
        for part in session.exec(query_of_parts.order_by(col(MatchPart.line_id), col(MatchPart.id))):
            parts[part.match_id].append(part)
    owed = read_owed(
        session, {target for one in parts.values() for part in one if (target := _target(part))}
    )
    told = {id_: _match(match, parts[id_], owed, undone.get(id_)) for id_, match in found.items()}
    return {line: _in_order([told[id_] for id_ in ids], every) for line, ids in of_line.items()}


def _parts_of(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    wanted = sorted(ids)
    for start in range(0, len(wanted), AT_ONCE):
        yield wanted[start : start + AT_ONCE]


def _target(part: MatchPart) -> UUID | None:
    return part.call_id or part.certificate_id


def _in_order(matches: Sequence[MatchFacts], every: bool) -> tuple[MatchFacts, ...]:
    kept = [one for one in matches if every or one.holds or one.status is MatchStatus.SUGGESTED]
    return tuple(sorted(kept, key=_order))


def _order(match: MatchFacts) -> tuple[float, int, UUID]:
    """Suggestions by their numbers, whenever a run wrote them first; then the latest first."""
    suggested = match.status is MatchStatus.SUGGESTED
    return -inf if suggested else -match.written_at.timestamp(), match.rank, match.id


def _match(
    match: Match, parts: Sequence[MatchPart], owed: Mapping[UUID, Owed], undone_by: str | None
) -> MatchFacts:
    return MatchFacts(
        id=match.id,
        kind=match.kind,
        status=match.status,
        author=match.author,
        second=match.second,
        rank=match.rank,
        stage=match.stage,
        share=match.share,
        points=match.points,
        evidence=tuple(json.loads(match.evidence)),
        rival=json.loads(match.rival) if match.rival else None,
        rules_version=match.rules_version,
        undoes=match.undoes_id,
        undone_by=undone_by,
        reason=match.reason,
        written_at=match.written_at,
        parts=tuple(_part(part, owed) for part in parts),
        overtaken=match.status is MatchStatus.SUGGESTED
        and any(is_overtaken(owed.get(target)) for part in parts if (target := _target(part))),
    )


def _part(part: MatchPart, owed: Mapping[UUID, Owed]) -> PartFacts:
    target = _target(part)
    known = owed.get(target) if target is not None else None
    return PartFacts(
        line=part.line_id,
        amount=part.amount_centimes,
        target=target,
        name=known.name if known is not None else "",
        project=known.project_key if known is not None else "",
        other=part.other_line_id,
    )
