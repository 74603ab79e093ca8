"""What people ask of lines: accept, split, move, mark, undo; done, or proposed to a second person."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from models.operations import four_eyes, line_decisions
from models.operations.line_decisions import STAGE, Act, Decided, holding
from models.operations.line_terms import as_terms
from models.queries.four_eyes import ChangeLine, find_change
from models.queries.match_targets import find_target
from models.queries.owed import read_owed
from models.queries.people import find_actor
from models.queries.signs import find_by_signs, shown_id
from models.queries.statement_lines import find_line
from models.rules.authority import Action, Place, authorize
from models.rules.cases import CaseKind
from models.rules.errors import BadValue, UnknownKey
from models.rules.four_eyes import MoneyChange, needs_second
from models.rules.money import Money
from models.rules.projects import check_reason
from models.rules.reconciliation import (
    Decision,
    Evidence,
    LineNotBookable,
    LineOpen,
    LineTaken,
    MatchKind,
    MatchStatus,
    Owed,
    Piece,
    WhyNot,
    check_sum,
    is_overtaken,
)
from models.rules.statements import LineState
from models.rules.text import visible
from models.tables import FundingCall, Match, MatchPart, StatementAccount, StatementLine

Answer = Decided | ChangeLine
"""What was written, or the proposal that waits for another person."""

_UNEXPLAINED = (MatchKind.FEE, MatchKind.OTHER)
_PAIRS = {MatchKind.DUPLICATE: 1, MatchKind.REVERSAL: -1}
"""What the amount of the other line must be, times that of the line."""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a line for a call or a certificate. Unit: centimes, as people write them: positive."""

    target: str
    centimes: int


def accept(
    session: Session, *, line: str, choice: str = "1", reason: str = "", by: str, at: datetime
) -> Answer:
    """Book a line on one of its suggestions (its place, from 1), or whole on a call or certificate.

    What holds of a line that it takes back is undone with it, for the bank's reason if none is said.
    Raises: UnknownKey, BadValue, NotAllowed, LineTaken, LineNotBookable, and what the books refuse.
    Source: docs/rules.md, R7, R10 and R16.
    """
    found = _open(session, line)
    words = reason.strip() and check_reason(reason)
    if choice.isdigit() and len(choice) == 1:
        offer = _offer(session, found, int(choice))
        _check_owed(session, found, offer)
        decision, undoes = _as_decision(session, offer), None
        if decision.kind is MatchKind.REVERSAL:
            beside = session.get_one(StatementLine, decision.pieces[0].other)
            pieces, undoes = _taken_back(session, found, beside)
            decision = replace(decision, pieces=pieces)
            words = words or check_reason(visible(found.label) or shown_id(found.id))
        return _ask(session, Act(found.id, decision, undoes, words, offer.rules_version), by, at)
    decision = _whole(session, found, find_target(session, choice))
    return _ask(session, Act(found.id, decision, None, words), by, at)


def split(
    session: Session, *, line: str, shares: Sequence[Share], reason: str = "", by: str, at: datetime
) -> Answer:
    """Book a line on several calls or certificates; the parts come to its amount, to the centime.

    Raises: SumDiffers, and what `accept` raises.
    Source: docs/rules.md, R7, R10 and R16.
    """
    found = _open(session, line)
    words = reason.strip() and check_reason(reason)
    sign = 1 if found.amount_centimes > 0 else -1
    check_sum(shown_id(found.id), _money(session, found), [sign * share.centimes for share in shares])
    parts: dict[UUID, Piece] = {}
    for share in shares:
        target = find_target(session, share.target)
        if target.id in parts:
            raise BadValue(field="match_target", value=visible(share.target[:60]), reason="given_twice")
        parts[target.id] = _piece(found, target, sign * share.centimes)
    kind = MatchKind.MERGED if len(parts) > 1 else MatchKind.SINGLE
    act = Act(found.id, Decision(kind, tuple(parts.values()), stage=STAGE), None, words)
    return _ask(session, act, by, at)


def move(session: Session, *, line: str, target: str, reason: str, by: str, at: datetime) -> Answer:
    """Take back what holds of a line, and book it whole on another call or certificate.

    Raises: LineOpen, and what `accept` raises.
    Source: docs/rules.md, R7, R10 and R16.
    """
    found = find_line(session, line)
    held = _held(session, found)
    decision = _whole(session, found, find_target(session, target))
    return _ask(session, Act(found.id, decision, held.id, check_reason(reason)), by, at)


def mark(
    session: Session,
    *,
    line: str,
    kind: MatchKind,
    other: str | None = None,
    reason: str,
    by: str,
    at: datetime,
) -> Answer:
    """Say what a line is that pays nothing; with the line that it repeats, or takes back.

    What holds of a line that is taken back is undone with it.
    Raises: what `accept` raises.
    Source: docs/rules.md, R7, R10 and R16.
    """
    found, words = _open(session, line), check_reason(reason)
    if kind in _UNEXPLAINED:
        pieces: tuple[Piece, ...] = (Piece(found.id, found.amount_centimes),)
        return _ask(session, Act(found.id, Decision(kind, pieces, stage=STAGE), None, words), by, at)
    beside = _beside(session, found, kind, other)
    pieces, undoes = (Piece(found.id, 0, other=beside.id),), None
    if kind is MatchKind.REVERSAL:
        pieces, undoes = _taken_back(session, found, beside)
    return _ask(session, Act(found.id, Decision(kind, pieces, stage=STAGE), undoes, words), by, at)


def undo(session: Session, *, name: str, reason: str, by: str, at: datetime) -> Answer:
    """Take back what holds of a line, or a match, by an entry that points to it.

    Raises: LineOpen where nothing holds, and what `accept` raises.
    Source: docs/rules.md, R10 and R16.
    """
    words = check_reason(reason)
    try:
        found = find_line(session, name)
        held = _held(session, found)
        line = found.id
    except UnknownKey:
        held = find_by_signs(session, Match, "match", name)
        first = session.exec(select(MatchPart.line_id).where(MatchPart.match_id == held.id)).first()
        if held.status is not MatchStatus.BOOKED or first is None:
            raise LineOpen(line=shown_id(held.id)) from None
        line = first
        current = holding(session, line)
        if current is None or current.id != held.id:
            raise LineOpen(line=shown_id(line)) from None
    return _ask(session, Act(line, None, held.id, words), by, at)


def reject(
    session: Session, *, line: str, choice: int | None = None, reason: str, by: str, at: datetime
) -> list[UUID]:
    """Refuse one suggestion for a line (its place), or all of them.

    Raises: UnknownKey, BadValue, NotAllowed, LineTaken.
    Source: docs/rules.md, R10.
    """
    found, words = _open(session, line), check_reason(reason)
    authorize(find_actor(session, by), Action.RECONCILE)
    offers = [_offer(session, found, choice)] if choice is not None else _offers(session, found)
    if not offers:
        raise _no_offer(found, [], "1")
    return line_decisions.reject(session, line=found.id, offers=offers, by=by, reason=words, at=at)


def _ask(session: Session, act: Act, by: str, at: datetime) -> Answer:
    """Do it, or propose it where the amount needs a second person.

    Source: docs/rules.md, R16 and B5.
    """
    _allow(session, act, by)
    amount = _weight(session, act)
    if not needs_second(MoneyChange.BANK_MATCH, amount):
        return line_decisions.carry_out(session, act, by=by, at=at)
    proposal = four_eyes.propose_change(
        session,
        change=MoneyChange.BANK_MATCH,
        project=None,
        amount=amount,
        terms=as_terms(act),
        reason=act.reason,
        by=by,
        at=at,
    )
    return find_change(session, proposal.id.hex)


def _allow(session: Session, act: Act, by: str) -> None:
    """Let finance decide, wherever the money is of; without a project, over the whole portfolio."""
    actor = find_actor(session, by)
    ids = {piece.target for piece in act.booked.pieces} if act.booked is not None else set()
    if act.undoes is not None:
        parts = session.exec(select(MatchPart).where(MatchPart.match_id == act.undoes)).all()
        ids |= {part.call_id or part.certificate_id for part in parts}
    owed = read_owed(session, {id_ for id_ in ids if id_ is not None})
    places = {Place(one.project_key, one.region) for one in owed.values()}
    for place in sorted(places, key=lambda one: one.project):
        authorize(actor, Action.RECONCILE, place)
    if not places:
        authorize(actor, Action.RECONCILE)


def _weight(session: Session, act: Act) -> Money:
    """Return what chooses who decides: the largest of what is booked, what is taken back, and the line.

    A line that is marked pays nothing, and goes out of the queue with its whole amount all the same.

    Source: docs/rules.md, R16.
    """
    booked = sum(abs(piece.amount) for piece in act.booked.pieces) if act.booked is not None else 0
    undone = 0
    if act.undoes is not None:
        parts = session.exec(select(MatchPart).where(MatchPart.match_id == act.undoes)).all()
        undone = sum(abs(part.amount_centimes) for part in parts)
    line = session.get_one(StatementLine, act.line)
    return Money(max(booked, undone, abs(line.amount_centimes)), _money(session, line).currency)


def _money(session: Session, line: StatementLine) -> Money:
    account = session.get_one(StatementAccount, line.account_id)
    return Money(line.amount_centimes, account.currency)


def _open(session: Session, name: str) -> StatementLine:
    found = find_line(session, name)
    if found.state is not LineState.OPEN:
        raise LineTaken(line=shown_id(found.id), state=found.state)
    return found


def _held(session: Session, line: StatementLine) -> Match:
    held = holding(session, line.id)
    if held is None:
        raise LineOpen(line=shown_id(line.id))
    return held


def _whole(session: Session, line: StatementLine, target: Owed) -> Decision:
    return Decision(MatchKind.SINGLE, (_piece(line, target, line.amount_centimes),), stage=STAGE)


def _piece(line: StatementLine, target: Owed, centimes: int) -> Piece:
    if target.is_call:
        return Piece(line.id, centimes, call=target.id)
    return Piece(line.id, centimes, certificate=target.id)


def _beside(session: Session, line: StatementLine, kind: MatchKind, name: str | None) -> StatementLine:
    """Return the line that another one repeats or takes back: of the same amount, or of its opposite."""
    if name is None:
        raise BadValue(field="with", value="", reason="empty")
    other = find_line(session, name)
    if other.id == line.id or other.amount_centimes != _PAIRS[kind] * line.amount_centimes:
        raise BadValue(field="with", value=shown_id(other.id), reason="amount_unlike")
    return other


def _taken_back(
    session: Session, line: StatementLine, beside: StatementLine
) -> tuple[tuple[Piece, ...], UUID | None]:
    """Return two lines that cancel each other as pieces, and the earlier one's match to be undone."""
    held = holding(session, beside.id)
    pieces = Piece(line.id, 0, other=beside.id), Piece(beside.id, 0, other=line.id)
    return pieces, held.id if held is not None else None


def _offers(session: Session, line: StatementLine) -> list[Match]:
    """Return what is suggested for a line, the likeliest first."""
    query = (
        select(Match)
        .join(MatchPart, col(MatchPart.match_id) == col(Match.id))
        .where(MatchPart.line_id == line.id, Match.status == MatchStatus.SUGGESTED)
        .order_by(col(Match.rank), col(Match.id))
    )
    return list({one.id: one for one in session.exec(query)}.values())


def _offer(session: Session, line: StatementLine, place: int) -> Match:
    offers = _offers(session, line)
    if not 1 <= place <= len(offers):
        raise _no_offer(line, offers, str(place))
    return offers[place - 1]


def _no_offer(line: StatementLine, offers: Sequence[Match], key: str) -> UnknownKey:
    places = tuple(str(place) for place in range(1, len(offers) + 1))
    return UnknownKey(noun="suggestion", key=f"{shown_id(line.id)} {key}", candidates=places)


def _check_owed(session: Session, line: StatementLine, offer: Match) -> None:
    """Refuse a suggestion to pay what was paid otherwise since, or is called no longer.

    Source: docs/rules.md, R23.
    """
    parts = session.exec(select(MatchPart).where(MatchPart.match_id == offer.id)).all()
    targets = [id_ for part in parts if (id_ := part.call_id or part.certificate_id) is not None]
    owed = read_owed(session, targets)
    for target in targets:
        known = owed.get(target)
        if is_overtaken(known):
            name = known.name if known is not None else session.get_one(FundingCall, target).number or ""
            why = WhyNot.PAID if known is not None else WhyNot.WITHDRAWN
            told = {"case_kind": CaseKind.NOT_BOOKED, "why": why}
            raise LineNotBookable(line=shown_id(line.id), target=name, **told)


def _as_decision(session: Session, offer: Match) -> Decision:
    """Return a suggestion as it is booked: with what spoke for it."""
    parts = session.exec(select(MatchPart).where(MatchPart.match_id == offer.id)).all()
    pieces = tuple(
        Piece(part.line_id, part.amount_centimes, part.call_id, part.certificate_id, part.other_line_id)
        for part in parts
    )
    return Decision(
        offer.kind,
        pieces,
        stage=offer.stage,
        share=offer.share,
        points=offer.points,
        evidence=tuple(Evidence(**one) for one in json.loads(offer.evidence)),
    )
