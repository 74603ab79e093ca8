from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from models.operations import four_eyes, projects
from models.operations.budgets import LineAdded, add_line, complete_plan
from models.operations.commitments import set_foundation_share, state_gap
from models.queries.budgets import current_budget, line_history, list_lines
from models.queries.commitments import load_money
from models.rules.authority import NotAllowed
from models.rules.budgets import BudgetChange, LineEngaged, Nature, PlanComplete, PlanDiffers, PlanOpen
from models.rules.errors import BadValue, UnknownKey
from models.rules.money import CurrencyMismatch, Money
from models.rules.periods import PeriodClosed
from models.rules.stages import Stage
from models.tables import BudgetEntry, BudgetLine, BudgetPlan, ClosedPeriod, MoneyProposal
from tests.builders import AT, BUDGET, make_person, make_project
from tests.operations.books import EQUIPMENT, TODAY, WORKS, added, amend, make_contract, plan
from tests.operations.centres import counted
from tests.operations.kept import trail_of

REASON = "Sample reason: prices rose"
LATER = AT + timedelta(days=30)


def line(session: Session, **changes: Any) -> LineAdded:
    given: dict[str, Any] = {
        "project": "sample-centre",
        "code": "WORKS",
        "stage": Stage.CONSTRUCTION,
        "nature": Nature.WORKS,
        "amount": WORKS,
        "by": "finance",
        "at": AT,
    }
    return add_line(session, **(given | changes))


def on_lines(session: Session, on: date = TODAY) -> dict[str, Money]:
    return {one.code: one.budget for one in list_lines(session, on=on, projects=["sample-centre"])}


def transfer(session: Session, amount: Money, **changes: Any) -> MoneyProposal:
    given: dict[str, Any] = {
        "project": "sample-centre",
        "source": "WORKS",
        "target": "EQUIPMENT",
        "reason": REASON,
        "by": "finance",
        "at": LATER,
    }
    return four_eyes.propose_transfer(session, amount=amount, **(given | changes))


def revision(session: Session, amount: Money, **changes: Any) -> MoneyProposal:
    given: dict[str, Any] = {
        "project": "sample-centre",
        "line": "WORKS",
        "reason": REASON,
        "by": "finance",
        "at": LATER,
    }
    return four_eyes.propose_revision(session, amount=amount, **(given | changes))


def approve(session: Session, proposal: MoneyProposal, by: str = "director") -> None:
    four_eyes.decide(session, proposal=proposal.id, approve=True, by=by, at=LATER)


def test_lines_are_complete_when_they_sum_to_the_budget_to_the_centime(staff: Session) -> None:
    """B2."""
    make_project(staff)
    line(staff)
    short = line(staff, code="EQUIPMENT", amount=EQUIPMENT - Money(1))
    assert (short.planned, short.budget) == (BUDGET - Money(1), BUDGET)

    with pytest.raises(PlanDiffers) as refused:
        complete_plan(staff, project="sample-centre", by="finance", at=AT)
    assert refused.value.details == {
        "project": "sample-centre",
        "planned": BUDGET - Money(1),
        "budget": BUDGET,
        "rule": "B2",
    }
    assert staff.exec(select(BudgetPlan)).all() == []

    corrected = line(staff, code="EQUIPMENT", amount=EQUIPMENT)
    first = complete_plan(staff, project="sample-centre", by="finance", at=AT)
    assert complete_plan(staff, project="sample-centre", by="finance", at=LATER).id == first.id
    assert corrected.changed
    assert on_lines(staff) == {"EQUIPMENT": EQUIPMENT, "WORKS": WORKS}
    entries = [(one.line, one.amount, one.change) for one in line_history(staff, "sample-centre")]
    assert (len(entries), ("EQUIPMENT", Money(1), BudgetChange.INITIAL) in entries) == (3, True)
    assert len(trail_of(staff, "budget_planned")) == 1


def test_the_same_line_again_changes_nothing_even_after_closing(staff: Session) -> None:
    """B2."""
    make_project(staff)
    assert line(staff).changed
    staff.add(ClosedPeriod(until=TODAY + timedelta(days=1), closed_by="director", closed_at=AT))

    assert not line(staff, at=LATER).changed
    assert len(staff.exec(select(BudgetEntry)).all()) == len(trail_of(staff, "budget_line_set")) == 1


def test_after_the_declaration_a_first_amount_stands_and_a_new_line_is_empty(staff: Session) -> None:
    """B2."""
    make_project(staff)
    plan(staff)

    with pytest.raises(PlanComplete):
        line(staff, amount=WORKS - Money(1))
    with pytest.raises(PlanComplete):
        line(staff, code="NEW", amount=Money(1))
    assert line(staff, code="NEW", amount=Money(0)).changed
    assert on_lines(staff) == {"EQUIPMENT": EQUIPMENT, "NEW": Money(0), "WORKS": WORKS}


HOSTILE = ("\x00", "a\u202eb", "x" * 10_000)


@pytest.mark.parametrize(
    "changes",
    [
        *({"code": text} for text in ("", *HOSTILE)),
        *({"label": text} for text in HOSTILE),
        {"amount": Money(-1)},
        {"amount": Money(10**14)},
        {"decided_on": TODAY + timedelta(days=1)},
        {"decided_on": date(1990, 1, 1)},
    ],
)
def test_a_line_that_cannot_be_is_refused_and_nothing_is_written(
    staff: Session, changes: dict[str, Any]
) -> None:
    make_project(staff)
    with pytest.raises(BadValue):
        line(staff, **changes)
    staff.flush()
    assert staff.exec(select(BudgetLine)).all() == []


def test_a_line_is_refused_by_name(staff: Session) -> None:
    make_project(staff)
    line(staff)
    with pytest.raises(CurrencyMismatch):
        line(staff, amount=Money(1, "EUR"))
    with pytest.raises(NotAllowed):
        line(staff, by="officer")
    with pytest.raises(BadValue) as refused:
        line(staff, nature=Nature.LAND)
    assert refused.value.details == {
        "field": "nature",
        "value": Nature.LAND,
        "reason": "line_differs",
        "limit": Nature.WORKS,
    }


def test_a_closed_period_takes_no_line(staff: Session) -> None:
    """B1."""
    make_project(staff)
    staff.add(ClosedPeriod(until=TODAY, closed_by="director", closed_at=AT))
    with pytest.raises(PeriodClosed):
        line(staff, decided_on=TODAY - timedelta(days=1))
    assert line(staff, decided_on=TODAY).changed


def test_a_transfer_is_two_entries_that_sum_to_zero_and_keeps_the_history(staff: Session) -> None:
    """B3 and B4."""
    make_project(staff)
    plan(staff)
    proposal = transfer(staff, Money(500_000_00))
    assert on_lines(staff, LATER.date()) == {"EQUIPMENT": EQUIPMENT, "WORKS": WORKS}

    approve(staff, proposal)

    moved = staff.exec(select(BudgetEntry).where(BudgetEntry.change == BudgetChange.TRANSFER)).all()
    assert sum(entry.amount_centimes for entry in moved) == 0
    assert len({entry.transfer for entry in moved}) == 1
    assert {(entry.proposed_by, entry.approved_by, entry.reason) for entry in moved} == {
        ("finance", "director", REASON)
    }
    assert on_lines(staff, LATER.date()) == {
        "EQUIPMENT": Money(3_500_000_00),
        "WORKS": Money(8_500_000_00),
    }
    assert on_lines(staff, TODAY) == {"EQUIPMENT": EQUIPMENT, "WORKS": WORKS}
    assert trail_of(staff, "budget_transferred")[0]["source"] == "WORKS"


def test_a_line_may_fall_to_what_is_engaged_on_it_and_no_lower(staff: Session) -> None:
    """B4."""
    project = make_project(staff)
    plan(staff)
    works = staff.exec(select(BudgetLine).where(BudgetLine.code == "WORKS")).one()
    amend(staff, make_contract(staff, works, 8_000_000_00), 500_000_00)

    approve(staff, transfer(staff, Money(500_000_00)))
    for refused in (transfer, lambda _session, amount: revision(staff, Money(-amount.centimes))):
        with pytest.raises(LineEngaged) as error:
            refused(staff, Money(1))
        assert error.value.details == {
            "line": "WORKS",
            "left": Money(8_499_999_99),
            "engaged": Money(8_500_000_00),
            "rule": "B4",
        }
    assert project.budget == BUDGET


def test_what_was_engaged_meanwhile_stops_an_approved_transfer(staff: Session) -> None:
    """B4: the books are asked again when it is carried out."""
    make_project(staff)
    plan(staff)
    proposal = transfer(staff, Money(500_000_00))
    works = staff.exec(select(BudgetLine).where(BudgetLine.code == "WORKS")).one()
    make_contract(staff, works, 9_000_000_00)

    with pytest.raises(LineEngaged):
        approve(staff, proposal)
    assert on_lines(staff, LATER.date())["WORKS"] == WORKS


def test_a_revision_changes_the_budget_and_keeps_the_first_amounts(staff: Session) -> None:
    """B3."""
    make_project(staff)
    plan(staff)
    approve(staff, revision(staff, Money(250_000_00)))
    approve(staff, revision(staff, Money(-100_000_00), reason="Sample: an error"))

    (works,) = (one for one in list_lines(staff, on=LATER.date()) if one.code == "WORKS")
    assert (works.initial, works.budget) == (WORKS, Money(9_150_000_00))
    history = [(one.change, one.amount) for one in line_history(staff, "sample-centre")]
    assert (BudgetChange.REVISION, Money(-100_000_00)) in history
    assert [entry["amount_centimes"] for entry in trail_of(staff, "budget_revised")] == [
        250_000_00,
        -100_000_00,
    ]


def test_nothing_is_revised_or_transferred_before_the_lines_are_complete(staff: Session) -> None:
    make_project(staff)
    plan(staff, complete=False)
    with pytest.raises(PlanOpen):
        revision(staff, Money(1))
    with pytest.raises(PlanOpen):
        transfer(staff, Money(1))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"amount": Money(0)}, BadValue),
        ({"amount": Money(-1)}, BadValue),
        ({"amount": Money(1, "EUR")}, CurrencyMismatch),
        ({"amount": Money(1), "target": "WORKS"}, BadValue),
        ({"amount": Money(1), "target": "NOWHERE"}, UnknownKey),
        ({"amount": Money(1), "source": "\x00"}, UnknownKey),
        ({"amount": Money(1), "reason": " "}, BadValue),
        ({"amount": Money(1), "by": "officer"}, NotAllowed),
    ],
)
def test_a_transfer_that_cannot_be_is_not_even_proposed(
    staff: Session, changes: dict[str, Any], error: type[Exception]
) -> None:
    make_project(staff)
    plan(staff)
    with pytest.raises(error):
        transfer(staff, **changes)
    assert staff.exec(select(MoneyProposal)).all() == []


def test_a_line_of_another_project_is_unknown(staff: Session) -> None:
    """B4: a transfer stays inside its project."""
    make_project(staff)
    make_project(staff, "other")
    plan(staff)
    line(staff, project="other", code="OTHER")
    with pytest.raises(UnknownKey):
        transfer(staff, Money(1), target="OTHER")


@pytest.mark.parametrize(
    "entry",
    [
        {"change": BudgetChange.REVISION},
        {"change": BudgetChange.REVISION, "approved_by": "finance"},
        {"change": BudgetChange.TRANSFER, "approved_by": "director"},
    ],
)
def test_the_database_refuses_a_change_with_one_hand(staff: Session, entry: dict[str, Any]) -> None:
    """B3."""
    make_project(staff)
    known = line(staff).line
    one_handed = BudgetEntry(
        line_id=known.id,
        amount_centimes=1,
        decided_on=TODAY,
        proposed_by="finance",
        written_at=AT,
        **entry,
    )
    with pytest.raises(IntegrityError), staff.begin_nested():
        added(staff, one_handed)


def test_lines_of_many_projects_are_read_in_one_statement(staff: Session) -> None:
    make_person(staff, "planner", "finance")
    for key in ("one", "two", "three"):
        make_project(staff, key)
        plan(staff, key)
    with counted(staff) as sent:
        lines = list_lines(staff, on=TODAY)
    assert (len(lines), len(sent)) == (6, 1)


def test_a_first_amount_is_not_corrected_under_what_is_engaged_nor_before_it_was_there(
    staff: Session,
) -> None:
    """B4: before the lines are complete too."""
    make_project(staff)
    line(staff)
    works = staff.exec(select(BudgetLine).where(BudgetLine.code == "WORKS")).one()
    make_contract(staff, works, 8_000_000_00)

    with pytest.raises(LineEngaged) as refused:
        line(staff, amount=Money(7_999_999_99))
    assert refused.value.details["engaged"] == Money(8_000_000_00)
    with pytest.raises(BadValue) as early:
        line(staff, amount=Money(8_000_000_00), decided_on=TODAY - timedelta(days=1))
    assert (early.value.details["reason"], early.value.details["limit"]) == ("too_early", TODAY)
    assert line(staff, amount=Money(8_000_000_00)).changed


def test_a_revision_is_part_of_the_budget_that_shares_and_gaps_are_held_against(staff: Session) -> None:
    """F4 to F6 and B3."""
    project = make_project(staff)
    plan(staff)
    for ask in (set_foundation_share, state_gap):
        given: dict[str, Any] = {"plan": "Sample"} if ask is state_gap else {}
        with pytest.raises(BadValue):
            ask(
                staff,
                project=project.key,
                amount=BUDGET + Money(500_00),
                by="finance",
                at=LATER,
                **given,
            )
    approve(staff, revision(staff, Money(500_00)))

    assert current_budget(staff, project) == BUDGET + Money(500_00)
    whole: dict[str, Any] = {"project": project.key, "by": "finance", "at": LATER}
    assert set_foundation_share(staff, amount=BUDGET + Money(500_00), **whole) is None
    state_gap(staff, amount=BUDGET + Money(500_00), plan="Sample", **whole)
    with pytest.raises(BadValue) as refused:
        state_gap(staff, amount=BUDGET + Money(500_01), plan="Sample", **whole)
    assert refused.value.details["limit"] == str(BUDGET + Money(500_00))
    assert load_money(staff, project.key).over_budget is None


def test_a_budget_whose_lines_are_complete_is_changed_by_revisions_alone(staff: Session) -> None:
    """P7 and B3: its currency stays as soon as an amount was written in it."""
    project = make_project(staff)
    more = {"budget_centimes": BUDGET.centimes + 1}
    given: dict[str, Any] = {"by": "officer", "reason": REASON, "at": AT}
    line(staff)
    with pytest.raises(BadValue) as refused:
        projects.correct(staff, project, {"currency": "EUR"}, **given)
    assert (refused.value.details["field"], refused.value.details["reason"]) == (
        "currency",
        "not_correctable",
    )
    assert projects.correct(staff, project, more, **given)
    projects.correct(staff, project, {"budget_centimes": BUDGET.centimes}, **given)
    plan(staff)
    with pytest.raises(PlanComplete):
        projects.correct(staff, project, more, **given)
    assert projects.correct(
        staff, project, {**more, "budget_centimes": BUDGET.centimes, "beds": 3}, **given
    )
