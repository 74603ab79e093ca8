"""A works contract on a budget line, for the tests of what happens to it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from models.operations import certificates, contracts
from models.operations.budgets import add_line
from models.operations.certificates import Certified, NewAccount
from models.operations.contracts import NewContract
from models.rules.budgets import Nature
from models.rules.contracts import ContractKind, OrderKind
from models.rules.money import Money
from models.rules.stages import Stage
from models.tables import Project
from tests.builders import make_project, make_staff

NOW = datetime(2028, 6, 1, 9, 0, tzinfo=UTC)
SIGNED, STARTED = date(2026, 1, 10), date(2026, 2, 1)
END = STARTED + timedelta(days=365)
CONTRACT = "M-1/2026"
MILLION = Money(1_000_000_00)
LINE = Money(2_000_000_00)

NEW = NewContract(
    reference=CONTRACT,
    kind=ContractKind.WORKS,
    contractor="Sample builder",
    amount=MILLION,
    period_days=365,
    signed_on=SIGNED,
)


def prepare(session: Session, line: Money = LINE) -> Project:
    """A centre with a line for works, and one person of each role."""
    make_staff(session)
    project = make_project(session, at=NOW)
    add_line(
        session,
        project=project.key,
        code="T1",
        stage=Stage.CONSTRUCTION,
        nature=Nature.WORKS,
        amount=line,
        decided_on=date(2026, 1, 2),
        by="finance",
        at=NOW,
    )
    return project


def sign(session: Session, **changes: Any) -> contracts.ContractSigned:
    new = replace(NEW, **changes)
    return contracts.sign_contract(
        session, project="sample-centre", line="T1", new=new, by="officer", at=NOW
    )


def begin(session: Session, **changes: Any) -> Project:
    """A centre whose works have started."""
    project = prepare(session)
    sign(session, **changes)
    give_order(session, OrderKind.START, STARTED)
    return project


def give_order(session: Session, kind: OrderKind, dated: date, **given: Any) -> bool:
    return contracts.order(
        session, contract=CONTRACT, kind=kind, dated=dated, by="officer", at=NOW, **given
    )


def certify(
    session: Session, reference: str, dated: date, gross: int | None = None, **given: Any
) -> Certified:
    """Certify an account of so many dirhams, or of what is given."""
    amount = None if gross is None else Money(gross * 100)
    new = NewAccount(reference, dated, amount, **given)
    return certificates.certify(session, contract=CONTRACT, new=new, by="finance", at=NOW)
