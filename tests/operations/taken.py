"""Taking over the small set of books, and what it has left behind."""

from pathlib import Path
from typing import Any

from sqlmodel import Session, SQLModel, func, select

from intake.money_books import read_books
from intake.money_tables import MoneySheet
from models.operations.import_books import Unsaid, import_books
from models.operations.import_money import import_money
from models.operations.import_outcome import ImportedMoney
from models.rules.kinds import Sector
from models.rules.money_rows import MoneyRows
from models.tables import BudgetLine, Certificate, Commitment, Contract, Convention, FundingCall, Tranche
from tests.builders import AT
from tests.intake.bookset import BOOKS

SAID = Unsaid(Sector.HEALTH, "CMP", "nador")
MONEY = (Convention, Commitment, Tranche, FundingCall, BudgetLine, Contract, Certificate)
NOUNS = ("promises", "tranches", "contracts", "accounts")
Told = list[tuple[str, int, str, str]]


def taken(session: Session, folder: Path = BOOKS, **changed: Any) -> ImportedMoney:
    """Take over books, a second person too where one is needed."""
    done = begun(session, folder, **changed)
    return done if done.proposal is None else begun(session, folder, **(changed | {"by": "director"}))


def begun(session: Session, folder: Path = BOOKS, **changed: Any) -> ImportedMoney:
    """Take over books as one person."""
    given: dict[str, Any] = {"by": "finance", "at": AT, "unsaid": SAID, "source": "test books"}
    return import_books(session, read_books(folder), **(given | changed))


def handed_in(session: Session, *sheets: MoneySheet, **changed: Any) -> ImportedMoney:
    """Bring in files that were read, as one person."""
    rows = MoneyRows(
        *(tuple(row for sheet in sheets for row in getattr(sheet.rows, noun)) for noun in NOUNS)
    )
    given: dict[str, Any] = {"by": "finance", "at": AT}
    given |= {"files": {sheet.file: sheet.digest for sheet in sheets}}
    given |= {"columns": {name: one for sheet in sheets for name, one in sheet.columns.items()}}
    return import_money(session, rows, **(given | changed))


def told(done: ImportedMoney) -> Told:
    return [(one.file, one.problem.row, one.problem.field, one.problem.code) for one in done.problems]


def count(session: Session, model: type[SQLModel]) -> int:
    return session.exec(select(func.count()).select_from(model)).one()
