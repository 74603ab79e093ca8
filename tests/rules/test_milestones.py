from datetime import date, timedelta
from uuid import UUID

import pytest
from dateutil.relativedelta import relativedelta

from models.calendar import working_calendar
from models.rules.errors import BadValue
from models.rules.milestones import (
    FURTHEST_AHEAD,
    IN_ORDER,
    OVERDUE,
    STEPS,
    TEMPLATES,
    WINDOWS,
    Planned,
    alert_key,
    check_days_ahead,
    check_forecast,
    check_met,
    check_order,
    delay_days,
    due_threshold,
    off_the_feast,
    plan,
    plan_guarantee,
    replan,
    shifted,
)
from models.rules.money import Money
from models.rules.stages import Stage

CALENDAR = working_calendar([], range(2024, 2032))
BUDGET = Money.parse("12000000.00")
TODAY = date(2026, 3, 2)


def due(
    stage: Stage, entered_on: date, budget: Money | None = BUDGET, accepted_on: date | None = None
) -> dict[str, date]:
    return {one.code: one.due for one in plan(stage, entered_on, budget, CALENDAR, accepted_on)}


def test_no_code_stands_in_two_stages() -> None:
    assert len(STEPS) == sum(len(steps) for steps in TEMPLATES.values())


@pytest.mark.parametrize("stage", [Stage.STUDY, Stage.CONSTRUCTION, Stage.EQUIPMENT, Stage.LAUNCH])
def test_every_milestone_falls_on_a_working_day_in_whatever_month_a_stage_is_entered(stage: Stage) -> None:
    for offset in range(0, 731, 5):
        entered = date(2026, 1, 1) + timedelta(days=offset)
        assert all(CALENDAR.is_working(day) for day in due(stage, entered).values())


@pytest.mark.parametrize("stage", [Stage.ADMISSION, Stage.CLOSED])
def test_before_admission_and_after_closing_nothing_opens(stage: Stage) -> None:
    assert due(stage, TODAY) == {}


def test_months_are_counted_from_the_entry() -> None:
    assert due(Stage.STUDY, TODAY) == {
        "land_secured": date(2026, 6, 2),
        "outline_design": date(2026, 6, 2),
        "detailed_design": date(2026, 8, 3),
        "building_permit": date(2026, 10, 2),
        "tender_published": date(2026, 11, 2),
        "contract_signed": date(2027, 2, 2),
    }


def test_a_month_that_is_too_short_ends_at_its_last_day() -> None:
    assert due(Stage.STUDY, date(2026, 11, 30))["land_secured"] == date(2027, 3, 1)
    assert due(Stage.STUDY, date(2027, 11, 30))["land_secured"] == date(2028, 2, 29)


def test_a_guarantee_from_a_leap_day_ends_on_the_last_of_february() -> None:
    ends = due(Stage.LAUNCH, date(2028, 3, 1), accepted_on=date(2028, 2, 29))["guarantee_end"]

    assert ends == date(2029, 2, 28)


def test_a_due_date_on_a_feast_goes_to_the_next_working_day() -> None:
    assert due(Stage.STUDY, date(2026, 2, 1))["land_secured"] == date(2026, 5, 4)


def test_working_days_pass_over_ramadan_but_not_over_the_feast_at_its_end() -> None:
    assert due(Stage.CONSTRUCTION, TODAY)["works_started"] == date(2026, 3, 24)


def test_a_budget_of_twenty_million_is_large_and_one_centime_less_is_not() -> None:
    usual = due(Stage.CONSTRUCTION, TODAY, Money.parse("19999999.99"))
    large = due(Stage.CONSTRUCTION, TODAY, Money.parse("20000000.00"))

    assert usual["works_complete"] == date(2027, 3, 2)
    assert large["works_complete"] == date(2028, 1, 3)
    assert usual["works_started"] == large["works_started"]


def test_without_a_budget_in_dirhams_the_usual_time_is_given() -> None:
    usual = due(Stage.CONSTRUCTION, TODAY)

    assert due(Stage.CONSTRUCTION, TODAY, None) == usual
    assert due(Stage.CONSTRUCTION, TODAY, Money.parse("90000000.00", "EUR")) == usual


def test_the_guarantee_runs_from_the_acceptance_and_only_its_milestones_do() -> None:
    accepted = date(2025, 12, 15)
    from_entry, from_acceptance = due(Stage.LAUNCH, TODAY), due(Stage.LAUNCH, TODAY, accepted_on=accepted)

    assert from_entry["guarantee_end"] == date(2027, 3, 2)
    assert from_acceptance["guarantee_end"] == date(2026, 12, 15)
    assert from_acceptance["definitive_acceptance"] == date(2026, 12, 29)
    for code in ("commissioning", "inauguration", "first_year_review"):
        assert from_acceptance[code] == from_entry[code]


def test_acceptance_is_asked_for_twenty_days_before_the_end_and_never_later() -> None:
    for offset in range(400):
        accepted = TODAY + timedelta(days=offset)
        dates = {one.code: one.due for one in plan_guarantee(accepted, CALENDAR)}
        end = accepted + relativedelta(months=12)
        assert end - timedelta(days=30) < dates["acceptance_requested"] <= end - timedelta(days=20)
        assert end <= dates["guarantee_end"] < dates["definitive_acceptance"]


def test_a_request_due_on_a_sunday_is_due_on_the_friday_before() -> None:
    dates = {one.code: one.due for one in plan_guarantee(date(2026, 4, 10), CALENDAR)}

    assert dates["acceptance_requested"] == date(2027, 3, 19)
    assert dates["guarantee_end"] == date(2027, 4, 12)


def test_what_runs_with_the_guarantee_says_from_which_acceptance() -> None:
    accepted = date(2025, 12, 15)
    counted = {
        one.code for one in plan(Stage.LAUNCH, TODAY, None, CALENDAR, accepted) if one.guarantee_from
    }

    assert counted == {"acceptance_requested", "guarantee_end", "definitive_acceptance"}
    assert counted == {one.code for one in plan_guarantee(accepted, CALENDAR)}
    assert not any(one.guarantee_from for one in plan(Stage.LAUNCH, TODAY, None, CALENDAR))


def test_a_second_entry_only_pushes_a_date_later() -> None:
    planned = Planned("works_complete", date(2027, 3, 2))

    assert replan(date(2026, 12, 1), None, planned) == date(2027, 3, 2)
    assert replan(date(2027, 9, 1), None, planned) == date(2027, 9, 1)


def test_a_second_entry_leaves_the_guarantee_where_the_acceptance_put_it() -> None:
    accepted = date(2025, 12, 15)
    planned = Planned("guarantee_end", date(2026, 12, 15), accepted)

    assert replan(date(2027, 1, 4), accepted, planned) == date(2027, 1, 4)
    assert replan(date(2027, 3, 2), None, planned) == date(2026, 12, 15)


def test_off_a_feast_goes_forward_and_a_deadline_back_but_not_into_the_past() -> None:
    feast = date(2026, 11, 6)

    assert off_the_feast("works_complete", feast, CALENDAR, TODAY) == date(2026, 11, 9)
    assert off_the_feast("acceptance_requested", feast, CALENDAR, TODAY) == date(2026, 11, 5)
    assert off_the_feast("acceptance_requested", feast, CALENDAR, feast) == feast


def test_a_suspension_shifts_by_calendar_days_to_a_working_day() -> None:
    assert shifted("works_complete", date(2026, 4, 1), 30, CALENDAR) == date(2026, 5, 4)
    assert shifted("acceptance_requested", date(2026, 4, 1), 30, CALENDAR) == date(2026, 4, 30)
    assert shifted("works_complete", date(2026, 4, 1), 1, CALENDAR) == date(2026, 4, 2)


@pytest.mark.parametrize(
    ("days", "threshold"),
    [
        (10_000, None),
        (31, None),
        (30, "30"),
        (8, "30"),
        (7, "7"),
        (2, "7"),
        (1, "1"),
        (0, "1"),
        (-1, OVERDUE),
        (-10_000, OVERDUE),
    ],
)
def test_the_nearest_threshold_that_has_been_passed_speaks(days: int, threshold: str | None) -> None:
    assert due_threshold(TODAY + timedelta(days=days), TODAY) == threshold


def test_the_windows_leave_no_day_out_and_share_none() -> None:
    for days in range(-40, 31):
        assert sum(window.holds(days) for window in WINDOWS) == 1


def test_an_alert_is_one_by_milestone_date_and_threshold() -> None:
    milestone = UUID(int=7)

    assert (
        alert_key(milestone, TODAY, "30") == "milestone:00000000-0000-0000-0000-000000000007:2026-03-02:30"
    )
    assert alert_key(milestone, TODAY + timedelta(days=1), "30") != alert_key(milestone, TODAY, "30")


def test_delay_is_against_the_baseline_and_the_actual_date_counts_once_it_is_there() -> None:
    assert delay_days(TODAY, TODAY + timedelta(days=12), None) == 12
    assert delay_days(TODAY, TODAY + timedelta(days=12), TODAY - timedelta(days=1)) == -1


@pytest.mark.parametrize(
    ("forecast", "reason", "field", "code"),
    [
        (TODAY, " \n", "reason", "reason_needed"),
        (TODAY, "x" * 10_000, "reason", "too_long"),
        (TODAY, "late\u202e", "reason", "hidden_characters"),
        (TODAY - timedelta(days=1), "Rain", "forecast", "in_the_past"),
        (date(2101, 1, 1), "Rain", "forecast", "too_late"),
    ],
)
def test_a_forecast_needs_a_reason_and_a_day_that_can_come(
    forecast: date, reason: str, field: str, code: str
) -> None:
    with pytest.raises(BadValue) as refused:
        check_forecast(forecast, reason, TODAY)
    assert (refused.value.details["field"], refused.value.details["reason"]) == (field, code)


def test_a_forecast_for_today_and_for_the_last_day_is_taken() -> None:
    assert check_forecast(TODAY, "  Rain ", TODAY) == "Rain"
    assert check_forecast(date(2100, 12, 31), "<script>", TODAY) == "<script>"


def test_a_milestone_is_met_between_the_founding_month_and_today() -> None:
    """M7."""
    check_met(date(1999, 7, 1), TODAY)
    check_met(TODAY, TODAY)
    for day, reason in ((TODAY + timedelta(days=1), "in_the_future"), (date(1999, 6, 30), "too_early")):
        with pytest.raises(BadValue) as refused:
            check_met(day, TODAY)
        assert refused.value.details["reason"] == reason


@pytest.mark.parametrize(("first", "then"), IN_ORDER)
def test_what_must_come_first_is_met_first_or_on_the_same_day(first: str, then: str) -> None:
    """M12."""
    day, next_day = date(2020, 3, 2), date(2020, 3, 3)
    check_order(then, day, {first: day})
    check_order(first, day, {then: day})
    check_order(then, day, {})

    with pytest.raises(BadValue) as early:
        check_order(then, day, {first: next_day})
    with pytest.raises(BadValue) as late:
        check_order(first, next_day, {then: day})

    assert early.value.details == {
        "field": "on",
        "value": day,
        "reason": "before_first_step",
        "milestone": first,
        "limit": next_day,
    }
    assert (late.value.details["reason"], late.value.details["milestone"]) == ("after_next_step", then)


def test_only_milestones_of_one_stage_are_put_in_order() -> None:
    stage_of = {step.code: stage for stage, steps in TEMPLATES.items() for step in steps}

    assert all(stage_of[first] is stage_of[then] for first, then in IN_ORDER)


@pytest.mark.parametrize("days", [-1, FURTHEST_AHEAD + 1, 10**12])
def test_a_list_looks_ahead_ten_years_at_most(days: int) -> None:
    check_days_ahead(0)
    check_days_ahead(FURTHEST_AHEAD)
    with pytest.raises(BadValue):
        check_days_ahead(days)
