"""The morning's alert of a month whose payments nothing covers: which month, whose money, how much."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session, select

from models.queries.alert_statements import UNCOVERED as UNCOVERED_PROJECTS
from models.rules.money_alerts import Alert
from models.rules.stages import Stage
from models.tables import Commitment, Contract, MoneyAlert, Project
from tests.builders import AT, BUDGET, make_project
from tests.operations.alerted import look, said
from tests.operations.money_builders import (
    make_call,
    make_commitment,
    make_contract,
    make_receipt,
    make_tranche,
    plan_payments,
)

TODAY = AT.date()
DAY = timedelta(days=1)
SIGNED = date(2026, 1, 15)
UNCOVERED = Alert.PAYMENTS_UNCOVERED
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def building(session: Session, promised: int = 7_000_000_00) -> tuple[Commitment, Contract]:
    """A centre whose contract is planned; its budget is promised, in money and for the rest in kind."""
    project = make_project(session, stage=Stage.CONSTRUCTION)
    in_money = make_commitment(session, project, "council", promised, signed_on=SIGNED)
    rest = BUDGET.centimes - promised
    make_commitment(session, project, "ministry", rest, reference="C-2", in_kind=True)
    contract = make_contract(session, project, 7_000_000_00, signed_on=SIGNED, started_on=None)
    plan_payments(session, contract, {MAY: 3_000_000_00, JUNE: 4_000_000_00})
    return in_money, contract


@pytest.mark.parametrize(("second", "told"), [(JUNE - DAY, {}), (JUNE, {"payments_uncovered": 1})])
def test_money_that_comes_the_day_before_covers_a_month(
    session: Session, second: date, told: dict[str, int]
) -> None:
    """B41: not on the first day of the month itself (Q2)."""
    promised, _ = building(session)
    make_tranche(session, promised, 3_000_000_00, MAY - DAY)
    make_tranche(session, promised, 4_000_000_00, second, number=2)

    assert look(session, only=UNCOVERED) == told


@pytest.mark.parametrize(
    ("centimes", "told"), [(3_000_000_00, {}), (2_999_999_99, {"payments_uncovered": 1})]
)
def test_one_centime_too_little_is_told(session: Session, centimes: int, told: dict[str, int]) -> None:
    """B41: what is there, and what comes in time."""
    promised, _ = building(session)
    make_receipt(session, promised, centimes, TODAY)
    make_tranche(session, promised, 7_000_000_00, JUNE - DAY)

    assert look(session, only=UNCOVERED) == told


def test_whole_books_are_read_of_projects_with_a_hole_alone(session: Session) -> None:
    """B41: the statement that looks for holes counts as the rule does, to the day and the centime."""
    promised, contract = building(session)
    first = make_tranche(session, promised, 3_000_000_00, MAY - DAY)
    second = make_tranche(session, promised, 4_000_000_00, JUNE - DAY, number=2)
    make_receipt(session, promised, 1_000_000_00, TODAY)

    def found() -> int:
        session.flush()
        return len(session.execute(UNCOVERED_PROJECTS, {"on": TODAY}).all())

    assert found() == 0
    second.expected_on = JUNE
    assert found() == 1
    second.expected_on = JUNE - DAY
    first.amount_centimes -= 1
    assert found() == 1
    plan_payments(session, contract, {MAY: 3_000_000_00, JUNE: 3_999_999_99}, version=2)
    assert found() == 1
    session.get_one(Project, promised.project_id).foundation_share_centimes = 1
    assert found() == 0


def test_a_hole_names_month_partner_and_amount(session: Session) -> None:
    """B41."""
    promised, _ = building(session)
    make_tranche(session, promised, 3_000_000_00, MAY - DAY)
    make_tranche(session, promised, 3_999_999_00, JUNE + DAY, number=2)
    look(session)

    (told,) = said(session, UNCOVERED)
    late, nobodys = told.pop("sources")
    assert told == {
        "month": "2026-06-01",
        "lacking": "4000000.00 MAD",
        "worst_month": "2026-06-01",
        "worst": "4000000.00 MAD",
        "more": None,
    }
    assert late | {"partner": late["partner"]["en"]} == {
        "amount": "3999999.00 MAD",
        "partner": "Sample partner council",
        "tranche": 2,
        "on": "2026-06-02",
        "late": False,
    }
    assert (nobodys["amount"], nobodys["partner"]) == ("1.00 MAD", None)


def test_a_hole_that_deepens_or_comes_nearer_is_told_again(session: Session) -> None:
    """B41 and B48: one that shrinks, or closes, is not."""
    promised, contract = building(session)
    first = make_tranche(session, promised, 3_000_000_00, MAY - DAY)
    second = make_tranche(session, promised, 4_000_000_00, JUNE + DAY, number=2)
    assert look(session, only=UNCOVERED) == {"payments_uncovered": 1}
    months = {MAY: 3_000_000_00, JUNE: 4_000_000_05}
    plan_payments(session, contract, months, version=2)
    assert [look(session, day, only=UNCOVERED) for day in (1, 2)] == [{"payments_uncovered": 1}, {}]
    first.expected_on = MAY
    session.flush()
    assert look(session, 3, only=UNCOVERED) == {"payments_uncovered": 1}
    second.expected_on = first.expected_on = MAY - DAY
    session.flush()
    assert look(session, 4, only=UNCOVERED) == {}
    plan_payments(session, contract, {MAY: 3_000_000_00, JUNE: 4_000_000_00}, version=3)
    assert look(session, 5, only=UNCOVERED) == {}

    found = [(one["month"], one["worst"], one["more"]) for one in said(session, UNCOVERED)]
    assert found == [
        ("2026-06-01", "4000000.00 MAD", None),
        ("2026-06-01", "4000000.05 MAD", "0.05 MAD"),
        ("2026-05-01", "4000000.05 MAD", None),
    ]
    kept = session.exec(select(MoneyAlert).where(MoneyAlert.alert == UNCOVERED)).one()
    assert (kept.is_open, kept.times) == (False, 3)


def test_a_tranche_that_is_late_covers_nothing(session: Session) -> None:
    """B41 and Q4: the day after the one on which its call was due."""
    promised, _ = building(session)
    tranche = make_tranche(session, promised, 7_000_000_00, SIGNED)
    make_call(session, tranche, SIGNED, due_on=TODAY)

    assert look(session, only=UNCOVERED) == {}
    assert look(session, 1, only=UNCOVERED) == {"payments_uncovered": 1}
    assert said(session, UNCOVERED)[0]["sources"][0]["late"] is True
