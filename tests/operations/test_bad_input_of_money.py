"""What issue 3 lists as bad input: each refused by name and amount, and nothing of it written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, select

from models import db
from models.operations import conventions
from models.operations.bills import NewItem, set_bill
from models.operations.certificates import release_retention
from models.operations.contracts import set_term
from models.queries.funding import list_calls
from models.rules.errors import CentreError
from models.rules.money import Money
from models.rules.stages import Stage
from models.tables import Certificate, Project
from tests.operations import promised, works
from tests.operations.promised import HALF, PROMISED, on_day
from tests.operations.works import CONTRACT, END, NOW, STARTED

SECOND = "second-centre"
THERE: dict[str, Any] = {"project": SECOND}
OFFICER: dict[str, Any] = {"contract": CONTRACT, "by": "officer", "at": NOW}


@dataclass(frozen=True)
class Case:
    """A change that is refused, the code of its refusal, and details that must be among those told."""

    change: Callable[[Session], Any]
    code: str
    told: Mapping[str, Any] = field(default_factory=dict)


@pytest.fixture
def books(database: Engine) -> Engine:
    """Works with an account, and a second centre with a draft, on a convention that nobody has signed."""
    with db.transaction(database) as session:
        works.begin(session)
        item = NewItem("1.1", "Sample concrete", "m3", 100_000, Money(4_000_00))
        set_bill(session, items=[item], **OFFICER)
        works.certify(session, "D1", END, 400_000)
        promised.promised_centre(session, SECOND)
        promised.plan(session, on_day(amount=PROMISED), **THERE)
        conventions.write_convention(
            session,
            reference="PART-1",
            title="Sample",
            parties=["council"],
            ends_on=None,
            by="officer",
            at=NOW,
        )
        conventions.link_commitment(
            session,
            **THERE,
            partner="council",
            reference="CONV-7",
            convention="PART-1",
            by="officer",
            at=NOW,
        )
    return database


def three_decimals(_session: Session) -> None:
    Money.parse("1250.505")


def receive_when_closed(session: Session) -> None:
    project = session.exec(select(Project).where(Project.key == SECOND)).one()
    project.stage = Stage.CLOSED
    session.flush()
    promised.receive(session, HALF, **THERE)


def issue_unsigned(session: Session) -> None:
    promised.issue(session, **THERE)


def give_back_less_than_nothing(session: Session) -> None:
    given = OFFICER | {"by": "finance"}
    release_retention(session, reference="R", dated=END, amount=Money(-1), **given)


CASES: Mapping[str, Case] = {
    "three decimals": Case(three_decimals, "bad_value", {"value": "1250.505", "field": "amount"}),
    "another currency without its rate": Case(
        lambda session: promised.receive(session, Money(100_00, "EUR"), **THERE),
        "currency_mismatch",
        {"left": "EUR", "right": "MAD"},
    ),
    "a rate that is none": Case(
        lambda session: promised.receive(session, Money(100_00, "EUR"), rate=Decimal(0), **THERE),
        "bad_value",
        {"field": "rate", "value": "0"},
    ),
    "a plan that does not sum": Case(
        lambda session: promised.plan(session, on_day(), on_day(amount=HALF - Money(1)), **THERE),
        "plan_uneven",
        {"planned": PROMISED - Money(1), "amount": PROMISED, "reference": "CONV-7", "partner": "council"},
    ),
    "a tranche of less than nothing": Case(
        lambda session: promised.plan(session, on_day(), on_day(amount=Money(-1)), **THERE),
        "bad_value",
        {"tranche": 2, "field": "amount", "value": "-0.01 MAD"},
    ),
    "an account out of order": Case(
        lambda session: works.certify(session, "D2", END, 1, number=3),
        "bad_value",
        {"field": "number", "value": 3, "limit": 2, "reason": "out_of_order"},
    ),
    "an account before the last one": Case(
        lambda session: works.certify(session, "D2", END - timedelta(days=1), 1),
        "bad_value",
        {"field": "dated", "limit": END, "reason": "before_last_account"},
    ),
    "a quantity above the contract": Case(
        lambda session: works.certify(session, "D2", END, quantities={"1.1": 100_001}),
        "bad_value",
        {"item": "1.1", "value": Decimal("100.001"), "limit": Decimal(100), "reason": "over_quantity"},
    ),
    "more than the contract": Case(
        lambda session: works.certify(session, "D2", END, 600_001),
        "bad_value",
        {"value": "1000001.00 MAD", "limit": "1000000.00 MAD", "reason": "above_contract"},
    ),
    "retention of less than nothing": Case(
        lambda session: set_term(
            session, name="retention", value=-1, since=END, reason="Sample", **OFFICER
        ),
        "bad_value",
        {"reason": "out_of_range"},
    ),
    "less than nothing given back": Case(
        give_back_less_than_nothing, "bad_value", {"value": "-0.01 MAD", "reason": "not_positive"}
    ),
    "a call on an unsigned convention": Case(
        issue_unsigned, "unsigned", {"paper": "convention", "reference": "PART-1"}
    ),
    "a receipt for a closed project": Case(receive_when_closed, "project_closed", {"project": SECOND}),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_named_and_nothing_is_written(books: Engine, name: str) -> None:
    case, before = CASES[name], everything(books)

    with pytest.raises(CentreError) as refused, db.transaction(books) as session:
        case.change(session)

    told = refused.value.details
    assert refused.value.code == case.code
    assert {detail: told.get(detail) for detail in case.told} == case.told
    assert everything(books) == before


def test_an_account_before_the_service_order_is_named(database: Engine) -> None:
    """W30: one that was given, or one that was not."""
    with db.transaction(database) as session:
        works.begin(session)
    before = everything(database)

    with pytest.raises(CentreError) as refused, db.transaction(database) as session:
        works.certify(session, "D1", STARTED - timedelta(days=1), 1)

    assert (refused.value.details["reason"], refused.value.details["limit"]) == (
        "before_start_order",
        STARTED,
    )
    assert everything(database) == before


@pytest.mark.parametrize("column", ["retention", "recovered", "special"])
def test_the_database_refuses_a_deduction_of_less_than_nothing(books: Engine, column: str) -> None:
    before = everything(books)
    with pytest.raises(IntegrityError), db.transaction(books) as session:
        setattr(session.exec(select(Certificate)).one(), f"{column}_centimes", -1)
    assert everything(books) == before


def test_a_draft_is_there_to_be_called(books: Engine) -> None:
    """The books of these tests lack nothing but what each case is about."""
    with db.transaction(books) as session:
        promised.signed(session, "council")
        promised.issue(session, **THERE)
        promised.receive(session, HALF, **THERE)
        works.certify(session, "D2", END, 600_000)
    with db.reading(books) as session:
        assert [call.outstanding for call in list_calls(session, project=SECOND)] == [HALF]


def everything(database: Engine) -> Mapping[str, list[str]]:
    """Every row of every table."""
    with database.connect() as connection:
        return {
            table.name: sorted(map(str, connection.execute(table.select())))
            for table in SQLModel.metadata.sorted_tables
        }
