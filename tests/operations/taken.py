"""Taking over the small set of books, and what it has left behind."""

from pathlib import Path
from typing import Any

from sqlmodel import Session, SQLModel, func, select

from intake.money_books import read_books
from models.operations.import_books import Unsaid, import_books
from models.operations.import_money import ImportedMoney
from models.rules.kinds import Sector
from models.tables import BudgetLine, Certificate, Commitment, Contract, Convention, FundingCall, Tranche
from tests.builders import AT
from tests.intake.bookset import BOOKS

SAID = Unsaid(Sector.HEALTH, "CMP", "nador")
MONEY = (Convention, Commitment, Tranche, FundingCall, BudgetLine, Contract, Certificate)
Told = list[tuple[str, int, str, str]]


def taken(session: Session, folder: Path = BOOKS, **changed: Any) -> ImportedMoney:
    given: dict[str, Any] = {"by": "finance", "at": AT, "unsaid": SAID, "source": "test books"}
    return import_books(session, read_books(folder), **(given | changed))


def told(done: ImportedMoney) -> Told:
    return [(one.file, one.problem.row, one.problem.field, one.problem.code) for one in done.problems]


def count(session: Session, model: type[SQLModel]) -> int:
    return session.exec(select(func.count()).select_from(model)).one()
