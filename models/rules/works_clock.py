"""The clock of the works: started, stopped and resumed by service orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from models.rules.contracts import OrderKind
from models.rules.errors import BadValue

_ONE_DAY = timedelta(days=1)
_OUT_OF_SEQUENCE = {
    OrderKind.START: "already_started",
    OrderKind.STOP: "already_stopped",
    OrderKind.RESUME: "not_stopped",
}
_FOLLOWED_BY: dict[OrderKind | None, tuple[OrderKind, ...]] = {
    None: (OrderKind.START,),
    OrderKind.START: (OrderKind.STOP,),
    OrderKind.STOP: (OrderKind.RESUME,),
    OrderKind.RESUME: (OrderKind.STOP,),
}


@dataclass(frozen=True, slots=True)
class Order:
    """A service order: what it does, and its day."""

    kind: OrderKind
    dated: date


@dataclass(frozen=True, slots=True)
class WorksClock:
    """The time of one contract. Units: calendar days; `added_days` come from amendments.

    `orders` stand in the order of their dates. The time runs from the day after the start order, and
    ends after its last day. A day on which a stop order is in force does not count, the day of the
    resume order does.
    Source: docs/rules.md, W12.
    """

    orders: tuple[Order, ...]
    period_days: int
    added_days: int = 0

    @property
    def started_on(self) -> date | None:
        return self.orders[0].dated if self.orders else None

    def is_stopped(self, on: date) -> bool:
        """Tell whether a stop order is in force on a day."""
        last = next((order for order in reversed(self.orders) if order.dated <= on), None)
        return last is not None and last.kind is OrderKind.STOP

    def stopped_days(self, on: date) -> int:
        """Return the days up to and with `on` on which the clock stood still."""
        total, since = 0, None
        for order in self.orders:
            if order.dated > on:
                break
            if order.kind is OrderKind.STOP:
                since = order.dated
            elif since is not None:
                total, since = total + (order.dated - since).days, None
        return total + ((on - since).days + 1 if since is not None else 0)

    def end(self, on: date) -> date | None:
        """Return the last day of the time for completion, as known on a day; None before the start."""
        if self.started_on is None or self.started_on > on:
            return None
        days = self.period_days + self.added_days + self.stopped_days(on)
        return self.started_on + timedelta(days=days)

    def days_late(self, on: date, accepted_on: date | None = None) -> int:
        """Return the calendar days from the end of the time to the provisional acceptance, or to `on`.

        Rest days and holidays count (CCAG-T art. 65-A 6).
        Source: docs/rules.md, W13.
        """
        last = min(on, accepted_on) if accepted_on else on
        end = self.end(last)
        return max(0, (last - end).days) if end else 0


def check_order(orders: Sequence[Order], new: Order) -> None:
    """Refuse an order that does not follow from those before it, in the order of their dates.

    Raises: BadValue, naming why: before the last order, not started, already started, already stopped
    (a stop that overlaps another), not stopped.
    Source: docs/rules.md, W12.
    """
    last = orders[-1] if orders else None
    if last is not None and new.dated <= last.dated:
        raise BadValue(
            field="dated", value=new.dated, reason="before_last_order", rule="W12", limit=last.dated
        )
    if new.kind in _FOLLOWED_BY[last.kind if last else None]:
        return
    if last is None:
        raise BadValue(field="order", value=new.kind, reason="not_started", rule="W12", on=new.dated)
    raise BadValue(
        field="order",
        value=new.kind,
        reason=_OUT_OF_SEQUENCE[new.kind],
        rule="W12",
        on=new.dated,
        limit=last.dated,
    )
