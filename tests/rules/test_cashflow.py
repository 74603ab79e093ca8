"""The forecast of money: when it comes, by how partners have paid so far."""

from datetime import date

from models.rules.cashflow import Awaited, Delay, ForecastMonth, Incoming, delay_of, forecast
from models.rules.payment_curve import Planned

TODAY = date(2026, 3, 2)
MARCH, APRIL, MAY, JUNE = (date(2026, month, 1) for month in (3, 4, 5, 6))


def test_a_delay_is_the_median_and_the_eightieth_percentile_of_what_was() -> None:
    """Q7: the nearest rank, one of the delays there were."""
    assert delay_of([]) == Delay(0, 0)
    assert delay_of([30]) == Delay(30, 30)
    assert delay_of([90, -5, 10, 40, 20]) == Delay(20, 40)


def test_each_month_has_what_goes_out_what_comes_in_and_what_is_left() -> None:
    """Q7, Q8: the council pays 30 days late, with caution 61; who has no past pays as all together do."""
    delays = {"council": Delay(30, 61)}
    awaited = [Awaited("council", date(2026, 4, 1), 100_00), Awaited("region", date(2026, 4, 30), 50_00)]
    planned = [Planned(APRIL, 80_00), Planned(MAY, 70_00)]

    months = forecast(10_00, planned, awaited, delays, Delay(1, 32), TODAY)

    assert months == (
        ForecastMonth(MARCH, 0, Incoming(), Incoming(10_00, 10_00, 10_00)),
        ForecastMonth(APRIL, 80_00, Incoming(planned=150_00), Incoming(80_00, -70_00, -70_00)),
        ForecastMonth(MAY, 70_00, Incoming(likely=150_00), Incoming(10_00, 10_00, -140_00)),
        ForecastMonth(JUNE, 0, Incoming(cautious=150_00), Incoming(10_00, 10_00, 10_00)),
    )


def test_what_should_have_moved_already_moves_this_month() -> None:
    """Q8: nothing comes or goes before today, however early a partner used to pay."""
    early = {"council": Delay(-40, -40)}

    (month,) = forecast(
        0,
        [Planned(date(2025, 12, 1), 5)],
        [Awaited("council", date(2026, 1, 1), 7), Awaited("council", date(2026, 3, 31), 1)],
        early,
        Delay(),
        TODAY,
    )

    assert (month.month, month.outgoing, month.incoming) == (MARCH, 5, Incoming(8, 8, 8))


def test_where_no_money_moves_there_is_no_forecast() -> None:
    assert forecast(5, [], [], {}, Delay(), TODAY) == ()
