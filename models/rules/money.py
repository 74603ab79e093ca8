"""Money as whole centimes of one currency."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import total_ordering

from models.rules.errors import BadValue, CentreError
from models.rules.text import visible

CENTIMES_PER_UNIT = 100
LARGEST_CENTIMES = 10**15  # ten thousand billion: beyond any project, well inside 64 bits
_PLAIN = re.compile(r"[+-]?\d{1,16}(?:\.\d{1,2})?")


class CurrencyMismatch(CentreError):
    """Two amounts of different currencies met. Details: left, right."""

    code = "currency_mismatch"


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount. Unit: centimes (hundredths) of `currency`, an ISO 4217 code.

    Source: docs/rules.md, F7 and F8.
    """

    centimes: int
    currency: str = "MAD"

    @classmethod
    def parse(cls, text: str, currency: str = "MAD") -> "Money":
        """Read a plain amount such as "1250.50".

        Raises: BadValue when the text is not a number, has over two decimals or is too large.
        """
        if not _PLAIN.fullmatch(text.strip()):
            raise BadValue(field="amount", value=visible(text[:40]), reason="not_an_amount")
        centimes = int(Decimal(text.strip()) * CENTIMES_PER_UNIT)
        if abs(centimes) > LARGEST_CENTIMES:
            raise BadValue(field="amount", value=visible(text[:40]), reason="amount_too_large")
        return cls(centimes, currency)

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.centimes) / CENTIMES_PER_UNIT

    def share(self, percent: Decimal) -> "Money":
        """Return `percent` % of the amount, rounded half to even to the centime."""
        exact = Decimal(self.centimes) * percent / 100
        return Money(int(exact.to_integral_value(ROUND_HALF_EVEN)), self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.centimes + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.centimes - self._same(other), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.centimes < self._same(other)

    def __bool__(self) -> bool:
        return self.centimes != 0

    def __str__(self) -> str:
        return f"{self.decimal:.2f} {self.currency}"

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(left=self.currency, right=other.currency)
        return other.centimes
