"""The sample data of the demonstration (data/samples): people who are nobody, papers that never were."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from models.rules.authority import Role
from models.rules.dossier import Proof
from models.rules.money import Money
from models.rules.stages import Stage
from models.settings import DATA

FOLDER: Path = DATA / "samples"
BUDGET = "budget"
STAY_DAYS: Mapping[Stage, int] = {Stage.CONSTRUCTION: 700, Stage.EQUIPMENT: 200, Stage.LAUNCH: 300}
"""How long a sample centre was in a stage; the study lies inside the days of its pieces."""

_HUNDREDTHS = 100
_FRIDAY = 4


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """A local user of the demonstration; `region` None reaches everything."""

    login: str
    name: str
    language: str
    role: Role
    region: str | None


@dataclass(frozen=True, slots=True)
class SamplePiece:
    """A piece of evidence of the demonstration. `value` in hundredths; or `percent` % of something."""

    stage: Stage
    code: str
    days: int
    value: int | None
    percent: int | None
    of: str

    @property
    def reference(self) -> str:
        return f"SAMPLE-{self.code} / Exemple"

    def dated(self, present: Stage, today: date) -> date:
        """Return its date for a centre that is in a stage today; never on a Saturday or Sunday."""
        since = sum(
            days
            for stage, days in STAY_DAYS.items()
            if stage is not self.stage and stage.reaches(self.stage) and present.reaches(stage)
        )
        return on_weekday(today - timedelta(days=self.days + since))

    def worth(self, budget: Money, proofs: Mapping[str, Proof]) -> int | None:
        """Return its value in hundredths of the unit; a share is rounded up to the centime."""
        if self.percent is None:
            return self.value
        if self.of == BUDGET:
            whole: int | None = budget.centimes
        else:
            proof = proofs.get(self.of)
            whole = proof.value if proof is not None else None
        return None if whole is None else -(-whole * self.percent // 100)


@cache
def sample_people() -> tuple[SamplePerson, ...]:
    """Return the users of the demonstration."""
    return tuple(
        SamplePerson(row["login"], row["name"], row["language"], Role(row["role"]), row["region"] or None)
        for row in _rows("people.csv")
    )


@cache
def sample_pieces() -> Mapping[str, SamplePiece]:
    """Return the sample of each piece of evidence that a gate can ask for, by its code."""
    return {
        row["code"]: SamplePiece(
            stage=Stage(row["stage"]),
            code=row["code"],
            days=int(row["days"]),
            value=int(row["value"]) * _HUNDREDTHS if row["value"] else None,
            percent=int(row["percent"]) if row["percent"] else None,
            of=row["of"],
        )
        for row in _rows("evidence.csv")
    }


def on_weekday(day: date) -> date:
    """Return the day itself, or the Friday before a Saturday or Sunday."""
    return day - timedelta(days=max(0, day.weekday() - _FRIDAY))


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
