"""Books of money for the tests of the terminal: every figure of them is worked out in the tests by hand."""

from datetime import date

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from models import db
from models.queries.projects import find_project
from models.rules.contracts import CertificateKind, OrderKind
from models.rules.money import Money
from models.tables import BudgetLine, Contract, Evidence, Project, ServiceOrder
from tests import builders
from tests.builders import AT
from tests.operations import books
from tests.operations.money_builders import (
    make_call,
    make_commitment,
    make_receipt,
    make_tranche,
    plan_payments,
)

KEY, OTHER, EURO, BARE = "sample-centre", "other-centre", "euro-centre", "bare-centre"
DAY = "2026-03-31"
MILLION = 1_000_000_00
MARCH, JUNE = date(2026, 3, 1), date(2026, 6, 1)


def dirhams(centimes: int, currency: str = "MAD") -> dict[str, object]:
    """An amount as scripts read it."""
    return {"centimes": centimes, "currency": currency}


def fill(session: Session) -> None:
    """Write a project with both sides of its money, one with a past, one in euros, one without money."""
    builders.make_staff(session)
    project = builders.make_project(session, KEY)
    builders.make_project(session, OTHER, province="fes", region="fes-meknes")
    builders.make_project(session, EURO, budget=Money(3 * MILLION, "EUR"))
    builders.make_project(session, BARE)
    project.foundation_share_centimes, project.gap_centimes = 2 * MILLION, MILLION
    project.gap_plan, project.gap_stated_on = "The region is asked.", date(2026, 2, 1)
    _promises(session, project)
    _past(session, find_project(session, OTHER))
    _works(session, project)


def _promises(session: Session, project: Project) -> None:
    """6 000 000 signed, of which 2 000 000 are called and 1 500 000 came; 3 000 000 that nobody signed."""
    council = make_commitment(session, project, "council", 6 * MILLION)
    first = make_tranche(session, council, 2 * MILLION, date(2026, 1, 10))
    make_tranche(session, council, 4 * MILLION, date(2026, 9, 1), number=2)
    call = make_call(session, first, date(2026, 1, 12), due_on=date(2026, 2, 20))
    call.number = "AF-2026-0001"
    make_receipt(session, council, 1_500_000_00, date(2026, 3, 1), call=call)
    ministry = make_commitment(session, project, "ministry", 3 * MILLION, signed_on=None, reference="C-2")
    make_receipt(session, ministry, 100_000_00, date(2026, 3, 3))


def _past(session: Session, project: Project) -> None:
    """The council has paid one call before, 30 days late."""
    promise = make_commitment(session, project, "council", 100_00, reference="C-0")
    call = make_call(
        session,
        make_tranche(session, promise, 100_00, date(2025, 1, 1)),
        date(2025, 1, 1),
        due_on=date(2025, 3, 1),
    )
    make_receipt(session, promise, 100_00, date(2025, 3, 31), call=call)


def _works(session: Session, project: Project) -> None:
    """A contract of 5 000 000: 4 000 000 planned, 500 000 advanced, 1 200 000 certified, 30 % measured."""
    books.plan(session, project.key)
    line = session.exec(select(BudgetLine).where(BudgetLine.code == "WORKS")).one()
    contract = books.make_contract(
        session, line, 5 * MILLION, reference="M-1/2026", signed_on=date(2026, 2, 1)
    )
    session.add(ServiceOrder(contract_id=contract.id, kind=OrderKind.START, dated=date(2026, 2, 2)))
    plan_payments(session, contract, {MARCH: 2 * MILLION, JUNE: 2 * MILLION})
    _accounts(session, contract)
    session.add(
        Evidence(
            project_id=project.id,
            code="physical_progress",
            dated=date(2026, 3, 15),
            value=30_00,
            added_by="officer",
            added_at=AT,
        )
    )
    session.flush()


def _accounts(session: Session, contract: Contract) -> None:
    advance = books.certify(
        session, contract, 500_000_00, kind=CertificateKind.ADVANCE, dated=date(2026, 2, 5)
    )
    books.pay(session, advance, 500_000_00, date(2026, 2, 10))
    books.certify(
        session,
        contract,
        1_200_000_00,
        number=2,
        dated=date(2026, 3, 20),
        retention=120_000_00,
        recovered=100_000_00,
    )


@pytest.fixture
def money(place: Engine) -> Engine:
    """A place whose books hold money."""
    with db.transaction(place) as session:
        fill(session)
    return place
