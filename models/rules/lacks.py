"""What exactly keeps a criterion from being met: a code and plain values, for the sentence that says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from models.rules.letters import Named
from models.rules.money import Money


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that is missing. `details` are plain JSON values, for it is kept with the answer."""

    code: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "details": dict(self.details)}


def lack(code: str, payer: Named | None = None, **details: Money | date | str | int) -> Lack:
    """Return a lack, its amounts and days as text, a partner with its name in each language."""
    plain: dict[str, Any] = {
        name: value if isinstance(value, int) else _text(value) for name, value in details.items()
    }
    if payer is not None:
        plain |= {
            "partner": payer.key,
            "partner_ar": payer.name_ar,
            "partner_fr": payer.name_fr,
            "partner_en": payer.name_en,
        }
    return Lack(code, plain)


def _text(value: Money | date | str) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
