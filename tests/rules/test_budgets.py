"""Amounts of budget lines, at their boundaries (docs/rules.md, B2 to B4)."""

import pytest

from models.rules.budgets import (
    LineEngaged,
    PlanDiffers,
    check_initial,
    check_left,
    check_plan,
    check_revision,
    check_transfer,
)
from models.rules.errors import BadValue
from models.rules.money import Money
from models.rules.projects import LARGEST_BUDGET


def test_a_plan_sums_to_the_budget_to_the_centime() -> None:
    check_plan("rahma", Money(100), Money(100))
    for planned in (99, 101):
        with pytest.raises(PlanDiffers):
            check_plan("rahma", Money(planned), Money(100))


def test_a_line_keeps_what_is_engaged() -> None:
    check_left("L1", Money(100), Money(100))
    with pytest.raises(LineEngaged):
        check_left("L1", Money(99), Money(100))


def test_amounts_have_their_signs_and_a_size() -> None:
    for amount in (Money(0), LARGEST_BUDGET):
        check_initial(amount, "MAD")
    for amount in (Money(-1), LARGEST_BUDGET, Money(-LARGEST_BUDGET.centimes)):
        check_revision(amount, "MAD")
    check_transfer(Money(1), "MAD", "A", "B")
    for amount in (Money(0), LARGEST_BUDGET + Money(1), Money(-1) - LARGEST_BUDGET):
        with pytest.raises(BadValue):
            check_revision(amount, "MAD")
    with pytest.raises(BadValue):
        check_initial(LARGEST_BUDGET + Money(1), "MAD")
    with pytest.raises(BadValue):
        check_transfer(Money(0), "MAD", "A", "B")
