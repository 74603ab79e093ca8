"""Exports of one account side by side."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from models.rules.money import Money
from models.rules.statement_files import Stated, balance_problem, double_entry_problem, total_problem
from models.rules.statement_periods import QUIET_DAYS, Period, Seen, gaps, overlaps, pairs

FIRST = date(2024, 1, 1)


def period(
    number: int, start: int, end: int, opening: int | None = None, closing: int | None = None
) -> Period:
    """A file of the days of January from `start` until before `end`."""
    days = (FIRST + timedelta(days=start - 1), FIRST + timedelta(days=end - 1))
    return Period(UUID(int=number), f"{number}.csv", *days, opening, closing)


def seen(number: int, operation: str = "", label: str = "VIR", amount: int = 100) -> Seen:
    return Seen(UUID(int=number), FIRST, amount, operation, label)


def test_one_centime_is_a_balance_that_is_off() -> None:
    """J1."""
    opening = Stated(1, Money(100))

    assert balance_problem(opening, Money(50), Stated(9, Money(150))) is None
    problem = balance_problem(opening, Money(50), Stated(9, Money(151)))
    assert problem is not None
    assert (problem.row, problem.details["difference"]) == (9, "-0.01 MAD")


def test_one_centime_is_a_total_that_is_off() -> None:
    """J2."""
    assert total_problem("debit", Stated(9, Money(150)), Money(150)) is None
    assert total_problem("debit", Stated(9, Money(150)), Money(149)) is not None
    assert double_entry_problem(9, Money(5), Money(5)) is None
    assert double_entry_problem(9, Money(5), Money(6)) is not None


def test_days_in_common_end_before_the_end() -> None:
    """J15. A file that ends where another begins shares no day with it."""
    own = period(1, 10, 20)

    assert overlaps(own, [period(2, 1, 10), period(3, 20, 31)]) == ()
    shared = overlaps(own, [period(3, 19, 31), period(2, 1, 11)])
    assert [(one.starts_on.day, one.ends_before.day) for one in shared] == [(10, 11), (19, 20)]


def test_a_file_that_goes_on_within_a_day_shares_no_day() -> None:
    """J15. The second page of a day begins with the balance of the first; a day exported again does not."""
    first, second = period(1, 8, 10, 0, 100), period(2, 9, 10, 100, 130)

    assert overlaps(second, [first]) == overlaps(first, [second]) == ()
    assert overlaps(period(2, 9, 10, 99, 130), [first]) != ()
    assert overlaps(period(2, 9, 10, 40, 100), [first]) != ()
    assert overlaps(period(2, 9, 10, 100, 100), [first]) != ()  # it tells nothing
    assert overlaps(period(2, 8, 10, 100, 130), [first]) != ()
    assert overlaps(period(2, 9, 10), [period(1, 8, 10)]) != ()
    third = period(3, 9, 11, 130, 90)
    assert overlaps(third, [first, second]) == overlaps(first, [third, second]) == ()
    again = overlaps(period(4, 9, 10, 100, 130), [first, second, third])
    assert [one.other for one in again] == [second]  # the second page, exported once more


def test_the_last_page_of_a_day_is_followed() -> None:
    """J16. In whatever order the pages came, the next day begins with what the last one came to."""
    for places in ((1, 2, 3), (3, 2, 1), (2, 3, 1)):
        one, two, three = places
        pages = [period(one, 9, 10, 0, 100), period(two, 9, 10, 100, 90), period(three, 9, 10, 90, 130)]

        assert gaps([*pages, period(9, 10, 12, 130, 150)]) == ()
        assert [gap.amount for gap in gaps([*pages, period(9, 10, 12, 129, 150)])] == [-1]


@pytest.mark.parametrize(("days", "found"), [(QUIET_DAYS, 0), (QUIET_DAYS + 1, 1)])
def test_without_balances_a_long_weekend_is_no_gap(days: int, found: int) -> None:
    """J16."""
    assert len(gaps([period(1, 1, 10), period(2, 10 + days, 25)])) == found


def test_balances_decide_over_a_gap() -> None:
    """J16. Equal balances: nothing is missing, however many days; one centime: something is."""
    assert gaps([period(1, 1, 5, 0, 100), period(2, 25, 31, 100, 200)]) == ()
    found = gaps([period(2, 5, 31, 101, 200), period(1, 1, 5, 0, 100)])

    assert [(one.before.name, one.after.name, one.amount) for one in found] == [("1.csv", "2.csv", 1)]


def test_a_file_inside_another_makes_no_gap() -> None:
    """J16."""
    assert gaps([period(1, 1, 31), period(2, 3, 5), period(3, 31, 32)]) == ()


def test_true_twins_survive() -> None:
    """J14. One older line takes one new line; the second of two alike is new."""
    assert pairs([seen(10), seen(11)], [seen(1)]) == {UUID(int=10): UUID(int=1)}
    assert pairs([seen(10), seen(11)], [seen(1), seen(2)]).keys() == {UUID(int=10), UUID(int=11)}


def test_numbers_go_before_labels() -> None:
    """J14. Another number is another movement; a label counts where one side has no number."""
    assert pairs([seen(10, "A", "X")], [seen(1, "B", "X")]) == {}
    assert pairs([seen(10, "A", "X"), seen(11, "B", "Y")], [seen(1, "B", "X"), seen(2, "", "x.")]) == {
        UUID(int=11): UUID(int=1),
        UUID(int=10): UUID(int=2),
    }
    assert pairs([seen(10, amount=100)], [seen(1, amount=101)]) == {}
