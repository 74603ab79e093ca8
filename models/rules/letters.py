"""What the letter of a funding call says, before anybody has put it into words."""

from dataclasses import dataclass
from datetime import date

from models.rules.money import Money
from models.rules.stages import Stage
from models.rules.tranches import Trigger


@dataclass(frozen=True, slots=True)
class Named:
    """A project or a partner, with its name in the languages of the house."""

    key: str
    name_ar: str
    name_fr: str
    name_en: str

    def name(self, language: str) -> str:
        """The name in a language of the house."""
        return {"ar": self.name_ar, "fr": self.name_fr}.get(language, self.name_en)


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """One funding call as its letter tells it: the same facts always give the same letter.

    `trigger` says why the tranche is called, with the one of `expected_on`, `stage`, `progress`
    (hundredths of a percent) and `document` that belongs to it. `convention` is empty where the
    commitment rests on none. `outstanding` is what earlier calls of this commitment still owe.
    """

    number: str
    issued_on: date
    due_on: date
    partner: Named
    project: Named
    commitment: str
    committed: Money
    tranche: int
    tranches: int
    amount: Money
    outstanding: Money
    trigger: Trigger
    expected_on: date
    stage: Stage | None = None
    progress: int | None = None
    document: str = ""
    convention: str = ""
    convention_signed_on: date | None = None
    sample: bool = False
