"""What a run leaves is told from what it read: it looks at nothing else once it has booked."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models import db
from models.operations.reconciliation_runs import SETTLED_DAYS
from models.queries.open_books import read_open_books
from models.queries.snapshots import snapshot
from models.rules.reconciliation import Scope
from models.rules.statements import LineState
from models.tables import Commitment, Contract, ReconciliationRun, StatementFile
from tasks.reconciling import run_reconciliation
from tests.builders import AT
from tests.operations.books import call, certify, slice_of
from tests.operations.statements import EARLIER, TODAY, Bank, write_line
from tests.tasks.running import add, run, states

TARGETS, NIGHTS, LINES = 8, 4, 6


def owe(session: Session, bank: Bank, chance: random.Random) -> dict[str, int]:
    """Let the council and the contractor of a bank owe some more; return the amounts by their numbers."""
    promised = session.exec(select(Commitment).where(col(Commitment.reference) == "CV-77/2026")).one()
    contract = session.get_one(Contract, bank.contract.id)
    owed = {}
    for number in range(11, 11 + TARGETS):
        amount = chance.randrange(1_000_00, 9_000_00)
        part = slice_of(session, promised, amount, number)
        owed[f"AF-2026-00{number}"] = amount
        call(session, part, amount, number=f"AF-2026-00{number}", on=EARLIER)
        amount = chance.randrange(1_000_00, 9_000_00)
        owed[f"M-7/2026 D{number}"] = -amount
        certify(session, contract, amount, number=number, dated=EARLIER)
    return owed


def happen(session: Session, file: StatementFile, owed: dict[str, int], chance: random.Random) -> None:
    """Write a line that pays something, a part, too much or two at once, takes back, or says nothing."""
    name, other = chance.sample(sorted(owed), 2)
    amount = owed[name]
    ways: tuple[tuple[int, str], ...] = (
        (amount, name),
        (amount, ""),
        (amount // 2, name),
        (amount - amount // 2, name),
        (amount + 5_00, name),
        (amount + owed[other], f"{name} {other}"),
        (-amount, f"ANNULATION {name}"),
        (-7_50, "COMMISSION DE TENUE DE COMPTE"),
        (777_13, "VERSEMENT"),
    )
    centimes, said = chance.choice(ways)
    who = "COUNCIL" if centimes > 0 else session.exec(select(Contract.contractor)).one()
    day = TODAY - timedelta(days=chance.randrange(30))
    write_line(session, file, centimes, day=day, label=f"VIR {said}", counterparty=chance.choice((who, "")))


def left_and_there(engine: Engine, at: datetime) -> tuple[str, str]:
    """Return what the last run said that it left, and what is there by a reading of everything."""
    with db.reading(engine) as session:
        last = col(ReconciliationRun.ended_at).desc()
        left = session.exec(select(ReconciliationRun.left_sha256).order_by(last)).first()
        return left or "", snapshot(read_open_books(session, settled_days=SETTLED_DAYS), at)


@pytest.mark.parametrize("seed", range(4))
def test_what_a_run_leaves_is_what_a_reading_of_everything_finds(
    database: Engine, bank: Bank, seed: int
) -> None:
    """R9, over histories by chance."""
    chance = random.Random(seed)  # noqa: S311
    with db.transaction(database) as session:
        owed = owe(session, bank, chance)
    for night in range(NIGHTS):
        at = AT + timedelta(minutes=night)
        with db.transaction(database) as session:
            file = session.get_one(StatementFile, bank.file.id)
            for _ in range(LINES):
                happen(session, file, owed, chance)

        assert run(database, at=at).changed

        left, there = left_and_there(database, at)
        assert left == there
        assert not run(database, at=at).changed
    assert {LineState.OPEN, LineState.SETTLED} <= set(states(database))


def come_late(session: Session, bank: Bank, owed: str) -> None:
    """Let a line come, or what an open line pays."""
    if owed:
        promised = session.exec(select(Commitment).where(col(Commitment.reference) == "CV-77/2026")).one()
        call(session, slice_of(session, promised, 44_000_00, 9), 44_000_00, number=owed, on=EARLIER)
    else:
        file = session.get_one(StatementFile, bank.file.id)
        write_line(session, file, 200_000_50, label="VIR RECU AF-2026-0002", counterparty="COUNCIL")


@pytest.mark.parametrize("owed", ["AF-2026-0099", ""], ids=["a call", "a line"])
def test_what_comes_while_a_run_is_at_work_is_for_the_next(database: Engine, bank: Bank, owed: str) -> None:
    """R9: nobody has decided about it yet."""
    add(database, bank, 44_000_00, label="VIR RECU AF-2026-0099", counterparty="COUNCIL")

    @contextmanager
    def step(name: str) -> Iterator[None]:
        if name == "matching":
            with db.transaction(database) as session:
                come_late(session, bank, owed)
        yield

    first = run_reconciliation(database, Scope(), "", AT, step)
    second = run_reconciliation(database, Scope(), "", AT + timedelta(minutes=1))

    assert [sum(one.count for one in answer.booked.values()) for answer in (first, second)] == [2, 1]
    assert (first.left.count, second.left.count) == ((1, 0) if owed else (1, 1))
