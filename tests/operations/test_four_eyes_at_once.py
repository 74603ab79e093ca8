"""Two persons at the same moment: what they propose is one, what they decide is decided once."""

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from intake.money_tables import read_money
from models import db
from models.operations.four_eyes import decide
from models.queries.budgets import list_lines
from models.rules.budgets import BudgetChange
from models.rules.four_eyes import ChangeState, MoneyChange
from models.rules.money import Money
from models.rules.money_rows import MoneyTable
from models.tables import BudgetEntry, BudgetLine, Commitment, MoneyProposal
from tests.builders import AT, make_partner, make_person, make_project, make_staff
from tests.intake.test_money_tables import write_money
from tests.operations.at_once import Work, together
from tests.operations.books import TODAY, WORKS, make_contract, plan
from tests.operations.proposals import asked, told
from tests.operations.taken import handed_in


def test_of_two_decisions_at_once_one_counts(database: Engine) -> None:
    """B6."""
    with db.transaction(database) as session:
        make_staff(session)
        make_person(session, "finance-2", "finance")
        make_project(session)
        plan(session)
        proposal = asked(session, MoneyChange.BUDGET_REVISION, Money(1)).id

    def decision(by: str) -> Work:
        return lambda session: decide(session, proposal=proposal, approve=True, by=by, at=AT).state

    answers = together(database, [decision("director"), decision("finance-2")])

    assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyDecided", "ChangeState"]
    with db.reading(database) as session:
        assert len(session.exec(select(BudgetEntry).where(BudgetEntry.amount_centimes == 1)).all()) == 1


@pytest.mark.parametrize("change", [MoneyChange.BUDGET_REVISION, MoneyChange.PARTNER_DETAILS])
def test_the_same_proposed_twice_at_once_is_one(database: Engine, change: MoneyChange) -> None:
    with db.transaction(database) as session:
        make_staff(session)
        make_person(session, "finance-2", "finance")
        make_project(session)
        make_partner(session)
        plan(session)

    def proposing(by: str) -> Work:
        return lambda session: asked(session, change, Money(0 if "partner" in change else 1), by=by).id

    first, second = together(database, [proposing("finance"), proposing("finance-2")])

    assert first == second
    with db.reading(database) as session:
        assert len(session.exec(select(MoneyProposal)).all()) == 1
        assert len(told(session)) == 1


def test_the_same_approval_twice_at_once_is_one(database: Engine) -> None:
    """B6."""
    with db.transaction(database) as session:
        make_staff(session)
        make_project(session)
        plan(session)
        proposal = asked(session, MoneyChange.BUDGET_TRANSFER, Money(1_00)).id

    def approval(session: Session) -> ChangeState:
        return decide(session, proposal=proposal, approve=True, by="director", at=AT).state

    answers = together(database, [approval, approval])

    assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyDecided", "ChangeState"]
    with db.reading(database) as session:
        moved = session.exec(select(BudgetEntry).where(BudgetEntry.change == BudgetChange.TRANSFER)).all()
        assert sorted(entry.amount_centimes for entry in moved) == [-1_00, 1_00]
        assert [kind for kind, _payload in told(session)] == ["change_proposed", "change_approved"]


def test_two_transfers_approved_at_once_leave_what_is_engaged(database: Engine) -> None:
    """B4 and B6: each was possible alone."""
    with db.transaction(database) as session:
        make_staff(session)
        make_person(session, "finance-2", "finance")
        make_project(session)
        plan(session)
        line = session.exec(select(BudgetLine).where(BudgetLine.code == "WORKS")).one()
        make_contract(session, line, WORKS.centimes - 3_00)
        names = [asked(session, MoneyChange.BUDGET_TRANSFER, Money(c)).id for c in (2_00, 2_01)]

    def approval(name: UUID, by: str) -> Work:
        return lambda session: decide(session, proposal=name, approve=True, by=by, at=AT).state

    answers = together(database, [approval(names[0], "director"), approval(names[1], "finance-2")])

    assert sorted(type(answer).__name__ for answer in answers) == ["ChangeState", "LineEngaged"]
    with db.reading(database) as session:
        works = next(one for one in list_lines(session, on=TODAY) if one.code == "WORKS")
        assert works.budget >= works.engaged
        assert (
            len(session.exec(select(MoneyProposal).where(MoneyProposal.state == ChangeState.OPEN)).all())
            == 1
        )


def test_of_two_who_bring_the_same_files_in_at_once_one_writes(database: Engine, tmp_path: Path) -> None:
    """B8."""
    file = write_money(tmp_path / "c.csv", MoneyTable.CONVENTIONS, {})
    sheet = read_money(file, MoneyTable.CONVENTIONS)
    with db.transaction(database) as session:
        make_staff(session)
        make_person(session, "finance-2", "finance")
        make_project(session)
        make_partner(session)
        handed_in(session, sheet, by="officer")

    def bringing(by: str) -> Work:
        return lambda session: handed_in(session, sheet, by=by).written

    answers = together(database, [bringing("finance"), bringing("finance-2")])

    assert sorted(answers) == [False, True]
    with db.reading(database) as session:
        assert len(session.exec(select(Commitment)).all()) == 1
        assert session.exec(select(MoneyProposal)).one().state is ChangeState.APPROVED
