"""What people decide about lines: written as matches of theirs, taken back by new entries alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from models.clock import local_day
from models.operations import trail
from models.operations.booking import Author, book, match_row
from models.operations.cases import close_cases
from models.operations.import_write import Values, row_of
from models.operations.lessons import learn, unlearn
from models.operations.line_entries import write_rows
from models.operations.payments import correct_payment
from models.operations.receipts import correct_receipt
from models.queries.owed import read_owed
from models.queries.signs import shown_id
from models.rules.cases import BY_LINE, BY_MATCH
from models.rules.errors import UnknownKey
from models.rules.lessons import LessonKind, LessonSource, habits
from models.rules.money import Money
from models.rules.reconciliation import (
    Decision,
    LineNotBookable,
    LineOpen,
    LineTaken,
    MatchKind,
    MatchStatus,
    Taught,
)
from models.rules.statements import LineState
from models.tables import (
    Case,
    Certificate,
    Contract,
    Match,
    MatchPart,
    Partner,
    Payment,
    Project,
    Receipt,
    StatementLine,
)
from models.tables.columns import table_of

STAGE = "person"
"""The step by which a person decides."""

SENT_BACK = "sent_back"
"""The step by which a booking is taken back with a line that the bank sent back (R10)."""


@dataclass(frozen=True, slots=True)
class Act:
    """A decision of a person: what is booked, which match is taken back for it, and why.

    `line` is the one that it is about; `rules_version` that of the suggestion that was taken.
    """

    line: UUID
    booked: Decision | None = None
    undoes: UUID | None = None
    reason: str = ""
    rules_version: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision has written: the match that is booked, and the entry that took another one back.

    `reopened`: the lines that are open again.
    """

    match: UUID | None
    undone: UUID | None
    reopened: tuple[UUID, ...] = ()
    kind: MatchKind | None = None


def carry_out(session: Session, act: Act, *, by: str, second: str = "", at: datetime) -> Decided:
    """Write a decision: take back what it undoes, book what it books.

    Raises: LineTaken, LineNotBookable, LineOpen, and what the corrections of receipts and payments raise.
    Source: docs/rules.md, R7 and R10.
    """
    _check_known(session, act)
    author = Author(by, by, at, act.rules_version, second=second, reason=act.reason)
    undone, reopened = None, tuple[UUID, ...]()
    if act.undoes is not None:
        sent_back = act.booked is not None and act.booked.kind is MatchKind.REVERSAL
        stage = SENT_BACK if sent_back else STAGE
        undone, reopened = _take_back(session, act.undoes, author, stage)
    match = _book(session, act.booked, author) if act.booked is not None else None
    lines = set(reopened) | set(act.booked.lines if act.booked else ())
    _answer_cases(session, lines, act.undoes, author)
    payload = {"line": shown_id(act.line), "match": match, "undone": undone, "reason": act.reason}
    payload |= {"kind": act.booked.kind if act.booked else None, "second": second}
    trail.record(session, at=at, actor=by, kind="line_decided", payload=payload)
    still = tuple(line for line in reopened if act.booked is None or line not in act.booked.lines)
    return Decided(match, undone, still, act.booked.kind if act.booked else None)


def _check_known(session: Session, act: Act) -> None:
    """Refuse a decision about lines or a match that are not in the books."""
    lines = {act.line, *(act.booked.lines if act.booked is not None else ())}
    lines |= (
        {piece.other for piece in act.booked.pieces if piece.other} if act.booked is not None else set()
    )
    for line in sorted(lines):
        if session.get(StatementLine, line) is None:
            raise UnknownKey(noun="statement_line", key=shown_id(line), candidates=())
    if act.undoes is not None and session.get(Match, act.undoes) is None:
        raise UnknownKey(noun="match", key=shown_id(act.undoes), candidates=())


def reject(
    session: Session, *, line: UUID, offers: Sequence[Match], by: str, reason: str, at: datetime
) -> list[UUID]:
    """Refuse suggestions for a line: no run suggests or books them again.

    Source: docs/rules.md, R10.
    """
    ids = []
    for offer in offers:
        parts = session.exec(select(MatchPart).where(MatchPart.match_id == offer.id)).all()
        entry = _entry_of(
            offer, MatchStatus.REJECTED, Author(by, by, at, offer.rules_version, reason=reason)
        )
        write_rows(session, Match, [entry])
        write_rows(session, MatchPart, [_copied(part, entry["id"]) for part in parts])
        offer.status = MatchStatus.LAPSED
        ids.append(UUID(str(entry["id"])))
    payload = {"line": shown_id(line), "rejected": [one.id for one in offers], "reason": reason}
    trail.record(session, at=at, actor=by, kind="line_decided", payload=payload)
    return ids


def holding(session: Session, line: UUID) -> Match | None:
    """Return the match that holds of a line, as one of its own."""
    matches, parts = table_of(Match), table_of(MatchPart)
    undone = matches.alias("undone")
    query = (
        select_columns(matches.c.id)
        .join(parts, parts.c.match_id == matches.c.id)
        .outerjoin(undone, undone.c.undoes_id == matches.c.id)
        .where(parts.c.line_id == line, matches.c.status == MatchStatus.BOOKED, undone.c.id.is_(None))
        .limit(1)
    )
    found = session.connection().execute(query).scalar()
    return session.get(Match, found) if found is not None else None


def _book(session: Session, decision: Decision, author: Author) -> UUID:
    done = book(session, [decision], author)
    line = decision.lines[0]
    if done.taken:
        state = session.get_one(StatementLine, line).state
        raise LineTaken(line=shown_id(line), state=state)
    for one in done.hindered:
        name = one.owed.name if one.owed is not None else ""
        told = {"case_kind": one.kind, "why": one.why or one.kind}
        raise LineNotBookable(line=shown_id(one.piece.line), target=name, **told)
    (match,) = done.booked
    _teach(session, decision, match, author)
    return match


def _teach(session: Session, decision: Decision, match: UUID, author: Author) -> None:
    """Learn from a person how the line's account calls the party, and what it prints before its numbers."""
    owed = read_owed(session, {piece.target for piece in decision.pieces if piece.target is not None})
    taught = []
    for piece in decision.pieces:
        line = session.get_one(StatementLine, piece.line)
        if piece.target is None:
            continue
        target = owed[piece.target]
        party = (
            target.partner.hex if target.partner else session.get_one(Contract, target.contract).contractor
        )
        place = (line.id, line.account_id, party)
        taught.append(Taught(*place, line.counterparty.strip()))
        said = habits(
            f"{line.label} {line.reference}",
            reference=target.name,
            agreement=target.contract_reference,
            is_call=target.is_call,
        )
        taught += [Taught(*place, one, LessonKind.REFERENCE) for one in sorted(said)]
    matches = dict.fromkeys(decision.lines, match)
    learn(session, dict.fromkeys(taught), matches, source=LessonSource.PERSON, at=author.at)


def _take_back(session: Session, match: UUID, author: Author, stage: str) -> tuple[UUID, tuple[UUID, ...]]:
    """Write the entry that takes a match back, and correct what it wrote into the books of money."""
    found = session.exec(
        select(Match).where(Match.id == match).with_for_update().execution_options(populate_existing=True)
    ).one()
    if session.exec(select(Match).where(Match.undoes_id == match)).first() is not None:
        raise LineOpen(line=shown_id(match))
    parts = session.exec(select(MatchPart).where(MatchPart.match_id == match).order_by(col(MatchPart.id)))
    entry = _entry_of(found, MatchStatus.UNDONE, author, stage)
    rows, receipts = [], dict[UUID, UUID]()
    for part in parts.all():
        row = _copied(part, entry["id"], sign=-1)
        if part.receipt_id is not None:
            if part.receipt_id not in receipts:
                receipts[part.receipt_id] = _correct_receipt(session, part.receipt_id, author)
            row["receipt_id"] = receipts[part.receipt_id]
        if part.payment_id is not None:
            row["payment_id"] = _correct_payment(session, part.payment_id, author)
        rows.append(row)
    session.flush()
    write_rows(session, Match, [entry])
    write_rows(session, MatchPart, rows)
    lines = tuple(dict.fromkeys(UUID(str(row["line_id"])) for row in rows))
    for line in lines:
        session.get_one(StatementLine, line).state = LineState.OPEN
    unlearn(session, match=match, by=author.login, reason=author.reason, at=author.at)
    session.flush()
    return UUID(str(entry["id"])), lines


def _correct_receipt(session: Session, receipt: UUID, author: Author) -> UUID:
    found = session.get_one(Receipt, receipt)
    project, partner = (
        session.get_one(Project, found.project_id),
        session.get_one(Partner, found.partner_id),
    )
    answer = correct_receipt(
        session,
        project=project.key,
        partner=partner.key,
        reference=found.reference,
        amount=Money(0, project.currency),
        reason=author.reason,
        by=author.writes,
        at=author.at,
    )
    return answer.receipt.id


def _correct_payment(session: Session, payment: UUID, author: Author) -> UUID:
    """Take a payment back, unless somebody has done so already."""
    found = session.get_one(Payment, payment)
    before = session.exec(select(Payment).where(Payment.corrects_id == payment)).first()
    if before is not None:
        return before.id
    certificate = session.get_one(Certificate, found.certificate_id)
    paid = correct_payment(
        session,
        contract=session.get_one(Contract, certificate.contract_id).reference,
        number=certificate.number,
        payment=found.reference,
        reference=f"{found.reference} (1)",
        corrected_on=local_day(author.at),
        reason=author.reason,
        by=author.writes,
        at=author.at,
    )
    return paid.payment.id


def _entry_of(match: Match, status: MatchStatus, author: Author, stage: str = STAGE) -> Values:
    """Return the row of an entry that speaks about another match."""
    decision = Decision(MatchKind(match.kind), (), stage=stage)
    row = match_row(uuid4(), decision, status, author)
    return {**row, "undoes_id": match.id}


def _copied(part: MatchPart, match: Any, sign: int = 1) -> Values:
    return row_of(
        MatchPart,
        match_id=match,
        line_id=part.line_id,
        call_id=part.call_id,
        certificate_id=part.certificate_id,
        other_line_id=part.other_line_id,
        amount_centimes=sign * part.amount_centimes,
    )


def _answer_cases(session: Session, lines: set[UUID], undone: UUID | None, author: Author) -> None:
    """Close the cases of lines that are open no more, and of a booking that does not hold any more."""
    session.flush()
    of_line = and_(
        col(Case.line_id).in_(lines),
        col(Case.kind).in_(BY_LINE),
        col(StatementLine.state) != LineState.OPEN,
    )
    of_match = and_(col(Case.match_id) == undone, col(Case.kind).in_(BY_MATCH))
    query = (
        select(col(Case.id))
        .join(StatementLine, col(StatementLine.id) == col(Case.line_id))
        .where(col(Case.closed_at).is_(None), or_(of_line, of_match) if undone is not None else of_line)
    )
    close_cases(session, session.exec(query).all(), at=author.at, by=author.login, note=author.reason)
