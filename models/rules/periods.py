"""Closed periods: what was reported is not written into any more."""

from datetime import date

from models.rules.errors import BadValue, CentreError


class PeriodClosed(CentreError):
    """Something was to be written into a closed period. Details: on, until (the first open day), rule."""

    code = "period_closed"


class ClosedFurther(CentreError):
    """The books are closed further than that, and are not opened again. Details: until, closed, rule."""

    code = "closed_further"


def check_open(on: date, until: date | None) -> None:
    """Refuse a day before `until`, the first one that is still open.

    Raises: PeriodClosed.
    Source: docs/rules.md, B1.
    """
    if until is not None and on < until:
        raise PeriodClosed(on=on, until=until, rule="B1")


def check_closing(until: date, closed: date | None, today: date) -> None:
    """Let the books be closed before a day that is not in the future, and never less far than they are.

    Raises: BadValue, ClosedFurther.
    Source: docs/rules.md, B7.
    """
    if until > today:
        raise BadValue(field="until", value=until, reason="in_the_future", limit=today)
    if closed is not None and until < closed:
        raise ClosedFurther(until=until, closed=closed, rule="B7")
