"""A booking of several parts of which the bank sends one line back: the rest is matched again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import func, select

from models import db
from models.operations import line_requests
from models.operations.line_decisions import Decided
from models.operations.line_requests import Share
from models.queries.cases import list_cases
from models.rules.cases import CaseKind
from models.rules.reconciliation import MatchKind, MatchStatus
from models.tables import Match, MatchPart, StatementLine
from tests.builders import AT
from tests.operations.statements import TODAY, Bank
from tests.tasks.running import add, run

LATER = AT + timedelta(hours=1)


def instalments(engine: Engine, bank: Bank) -> tuple[StatementLine, StatementLine]:
    """Let a run book two lines on the second call, and then the bank send the second one back."""
    said: dict[str, Any] = {"counterparty": "COUNCIL", "day": TODAY - timedelta(days=9)}
    first = add(engine, bank, 120_000_00, label="1ER VERSEMENT AF-2026-0002", **said)
    add(engine, bank, 80_000_50, label="2E VERSEMENT AF-2026-0002", **said)
    assert run(engine).booked[MatchKind.SPLIT].count == 2
    back = add(engine, bank, -80_000_50, label="REJET 2E VERSEMENT AF-2026-0002", **said)
    run(engine, at=LATER)
    return first, back


def accept(engine: Engine, line: UUID) -> Decided:
    with db.transaction(engine) as session:
        done = line_requests.accept(session, line=line.hex, by="finance", at=LATER)
    assert isinstance(done, Decided)
    return done


def test_what_came_beside_an_instalment_that_was_sent_back_is_matched_again(
    database: Engine, bank: Bank
) -> None:
    """R10: nobody refused what the bank did not send back."""
    first, back = instalments(database, bank)
    done = accept(database, back.id)
    assert done.reopened == (first.id,)

    run(database, at=LATER + timedelta(hours=1))

    with db.reading(database) as session:
        on = select(MatchPart.call_id).join(Match).where(MatchPart.line_id == first.id)
        held = on.where(Match.status != MatchStatus.LAPSED, Match.written_at > LATER)
        assert set(session.exec(held)) == {bank.calls[1].id}


def test_the_suggestions_that_are_told_are_those_that_are_there(database: Engine, bank: Bank) -> None:
    """R10: what a person has refused is none of them."""
    line = add(database, bank, 150_000_00, label="VIR CV-77/2026", counterparty="COUNCIL")
    before = run(database).suggested
    with db.transaction(database) as session:
        line_requests.reject(session, line=line.id.hex, reason="Neither", by="finance", at=AT)

    after = run(database, at=LATER).suggested

    with db.reading(database) as session:
        lines = select(func.count(func.distinct(MatchPart.line_id))).join(Match)
        there = session.exec(lines.where(Match.status == MatchStatus.SUGGESTED)).one()
    assert (before, after) == (1, there)


def test_the_case_of_a_merged_payment_that_is_sent_back_tells_its_whole_amount(
    database: Engine, bank: Bank
) -> None:
    """R13."""
    line = add(database, bank, 120_000_00, label="VIR RECU", counterparty="COUNCIL")
    with db.transaction(database) as session:
        shares = [Share("AF-2026-0001", 50_000_00), Share("AF-2026-0002", 70_000_00)]
        line_requests.split(session, line=line.id.hex, shares=shares, by="finance", at=AT)
    add(database, bank, -120_000_00, label="REJET VIR RECU", counterparty="COUNCIL", day=TODAY)

    run(database, at=LATER)

    with db.reading(database) as session:
        (case,) = [one for one in list_cases(session) if one.kind == CaseKind.BOOKING_CONTRADICTED]
        assert case.amount.centimes == 120_000_00
