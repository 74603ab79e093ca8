"""What comes in and goes out each month: as planned, as partners usually pay, and with caution."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from models.rules.funding import MEDIAN, MOST, percentile
from models.rules.payment_curve import Planned


@dataclass(frozen=True, slots=True)
class Delay:
    """How late money comes after its due day. Unit: calendar days, below nothing when it came before.

    `most`: what four fifths of the calls did not pass.
    """

    median: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class Awaited:
    """Money that a partner (key) is to send, on the day on which it is awaited. Unit: centimes."""

    partner: str
    on: date
    amount: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """One amount three times: on the day awaited, after the usual delay, after the delay with caution."""

    planned: int = 0
    likely: int = 0
    cautious: int = 0

    def __add__(self, other: "Incoming") -> "Incoming":
        return Incoming(
            self.planned + other.planned, self.likely + other.likely, self.cautious + other.cautious
        )

    def less(self, amount: int) -> "Incoming":
        """Return what is left of each after a payment."""
        return Incoming(self.planned - amount, self.likely - amount, self.cautious - amount)


@dataclass(frozen=True, slots=True)
class ForecastMonth:
    """One month (its first day): what goes out, what comes in, and what is left at its end. Centimes."""

    month: date
    outgoing: int
    incoming: Incoming
    left: Incoming


def delay_of(days: Iterable[int]) -> Delay:
    """Return the median and the 80th percentile of past delays; none are no delay.

    Source: docs/rules.md, Q7.
    """
    past = list(days)
    return Delay(percentile(past, MEDIAN), percentile(past, MOST)) if past else Delay()


def forecast(
    at_hand: int,
    planned: Iterable[Planned],
    awaited: Iterable[Awaited],
    delays: Mapping[str, Delay],
    otherwise: Delay,
    today: date,
) -> tuple[ForecastMonth, ...]:
    """Return each month from today's to the last one in which money moves.

    `otherwise`: the delay of a partner that has not paid a call yet. Nothing comes before today: what
    should have come or been paid is counted in this month.
    Source: docs/rules.md, Q7 and Q8.
    """
    first = today.replace(day=1)
    outgoing: dict[date, int] = {}
    for one in planned:
        month = max(one.month, first)
        outgoing[month] = outgoing.get(month, 0) + one.amount
    incoming: dict[date, Incoming] = {}
    for money in awaited:
        delay = delays.get(money.partner, otherwise)
        for days, part in (
            (0, Incoming(planned=money.amount)),
            (delay.median, Incoming(likely=money.amount)),
            (delay.most, Incoming(cautious=money.amount)),
        ):
            month = max(money.on + timedelta(days=days), today).replace(day=1)
            incoming[month] = incoming.get(month, Incoming()) + part
    return tuple(_months(at_hand, first, outgoing, incoming))


def _months(
    at_hand: int, first: date, outgoing: Mapping[date, int], incoming: Mapping[date, Incoming]
) -> Iterable[ForecastMonth]:
    left = Incoming(at_hand, at_hand, at_hand)
    last = max((*outgoing, *incoming), default=None)
    month = first
    while last is not None and month <= last:
        came, paid = incoming.get(month, Incoming()), outgoing.get(month, 0)
        left = (left + came).less(paid)
        yield ForecastMonth(month, paid, came, left)
        month += relativedelta(months=1)
