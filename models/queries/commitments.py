"""Who has promised what for a project, and how that stands against its budget."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from models.queries.budgets import current_budget
from models.queries.projects import find_project
from models.rules.commitments import over_budget
from models.rules.money import Money
from models.tables import Commitment, Partner, Project


@dataclass(frozen=True, slots=True)
class CommitmentLine:
    """One promise of a partner for one project."""

    partner: str
    name_ar: str
    name_fr: str
    name_en: str
    reference: str
    amount: Money
    in_kind: bool
    signed_on: date | None
    budget_year: int | None
    budget_line: str

    def name(self, language: str) -> str:
        """The partner's name in a language of the house."""
        return {"ar": self.name_ar, "fr": self.name_fr}.get(language, self.name_en)


@dataclass(frozen=True, slots=True)
class MoneyFacts:
    """How a project's cost is covered, as its dossier says."""

    budget: Money
    foundation_share: Money | None
    commitments: tuple[CommitmentLine, ...]
    gap: Money | None
    gap_plan: str
    gap_stated_on: date | None

    @property
    def over_budget(self) -> Money | None:
        """By how much promises and share pass the budget (docs/rules.md, F4)."""
        return over_budget(self.budget, self.foundation_share, [line.amount for line in self.commitments])


def load_money(session: Session, project: str) -> MoneyFacts:
    """Return the money facts of a project.

    Raises: UnknownKey.
    """
    return money_of(session, find_project(session, project))


def money_of(session: Session, project: Project) -> MoneyFacts:
    """Return the money facts of a project at hand, its commitments in the order of the partners."""
    rows = session.exec(
        select(Commitment, Partner)
        .join(Partner, col(Partner.id) == col(Commitment.partner_id))
        .where(Commitment.project_id == project.id)
        .order_by(col(Partner.key), col(Commitment.reference))
    )
    return MoneyFacts(
        budget=current_budget(session, project),
        foundation_share=_money(project, project.foundation_share_centimes),
        commitments=tuple(line_of(commitment, partner) for commitment, partner in rows),
        gap=_money(project, project.gap_centimes),
        gap_plan=project.gap_plan,
        gap_stated_on=project.gap_stated_on,
    )


def _money(project: Project, centimes: int | None) -> Money | None:
    return None if centimes is None else Money(centimes, project.currency)


def line_of(commitment: Commitment, partner: Partner) -> CommitmentLine:
    """Return a promise as people read it."""
    return CommitmentLine(
        partner=partner.key,
        name_ar=partner.name_ar,
        name_fr=partner.name_fr,
        name_en=partner.name_en,
        reference=commitment.reference,
        amount=commitment.amount,
        in_kind=commitment.in_kind,
        signed_on=commitment.signed_on,
        budget_year=commitment.budget_year,
        budget_line=commitment.budget_line,
    )
