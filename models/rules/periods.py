"""Closed periods: what was reported is not written into any more."""

from datetime import date

from models.rules.errors import CentreError


class PeriodClosed(CentreError):
    """Something was to be written into a closed period. Details: on, until (the first open day)."""

    code = "period_closed"


def check_open(on: date, until: date | None) -> None:
    """Refuse a day before `until`, the first one that is still open.

    Raises: PeriodClosed.
    Source: docs/rules.md, B1.
    """
    if until is not None and on < until:
        raise PeriodClosed(on=on, until=until)
