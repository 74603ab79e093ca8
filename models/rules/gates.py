"""The gates between stages: one table of criteria, and the question asked of it.

Every criterion has its number in docs/rules.md. A gate is never asked piecemeal: the answer
always carries every criterion, so that a refusal names everything that is missing at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from models.rules.dossier import Dossier
from models.rules.errors import CentreError
from models.rules.kinds import Trait
from models.rules.lacks import Lack
from models.rules.needs import (
    AnyOf,
    AtLeast,
    AtMost,
    Booked,
    Filed,
    Funded,
    MonthsAfter,
    Need,
    NotOver,
    OnDuty,
    Planned,
    ShareOf,
    Signed,
    Within,
    lacks_of,
)
from models.rules.stages import Stage

OFFER_VALIDITY_DAYS = 60  # decree 2-22-431
PERFORMANCE_BOND_PERCENT = Decimal(3)  # CCAG-T, art. 15
PERFORMANCE_BOND_DAYS = 20  # CCAG-T, art. 15
AWARD_TOLERANCE_PERCENT = Decimal(10)
EXTRA_WORKS_LIMIT = 10_00  # CCAG-T, art. 55 and 57; of a paper, where the books are silent
PROGRESS_FOR_EQUIPMENT = 95_00  # hundredths of a percent
GUARANTEE_MONTHS = 12  # CCAG-T, art. 75


class Owner(StrEnum):
    """Who owes what a criterion asks for."""

    OFFICER = "officer"
    FINANCE = "finance"
    DIRECTOR = "director"
    STEERING_COMMITTEE = "steering_committee"
    PARTNERS = "partners"
    OPERATOR = "operator"
    LAND_OWNER = "land_owner"
    MUNICIPALITY = "municipality"
    CIVIL_PROTECTION = "civil_protection"
    LEAD_DESIGNER = "lead_designer"
    CONTROL_OFFICE = "control_office"
    CONTRACTOR = "contractor"
    UTILITIES = "utilities"
    AUTHORITY = "authority"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing a gate asks for. Hard refuses; soft warns by refusing until it is waived."""

    rule: str
    code: str
    owner: Owner
    need: Need
    hard: bool = True
    trait: Trait | None = None
    stands: bool = False
    """True when later gates ask it again: a fact that must go on being true."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one criterion."""

    rule: str
    code: str
    hard: bool
    met: bool
    waived: bool
    owner: Owner
    lacks: tuple[Lack, ...] = ()
    """What exactly is missing, where the books can say."""

    @property
    def passes(self) -> bool:
        return self.met or self.waived


class StageRefused(CentreError):
    """One or more criteria of the gate are not met. Details: project, left, asked."""

    code = "stage_refused"

    def __init__(self, verdicts: tuple[Verdict, ...], **details: object) -> None:
        self.verdicts = verdicts
        super().__init__(**details)

    @property
    def missing(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if not verdict.passes)


def _approvals(number: str) -> tuple[Criterion, ...]:
    return (
        Criterion(f"{number}a", "move_proposed", Owner.OFFICER, Signed("proposed_by")),
        Criterion(f"{number}b", "funds_certified", Owner.FINANCE, Signed("certified_by")),
        Criterion(f"{number}c", "move_approved", Owner.DIRECTOR, Signed("approved_by")),
    )


def _filed(rule: str, code: str, owner: Owner, hard: bool = True, stands: bool = False) -> Criterion:
    return Criterion(rule, code, owner, Filed(code), hard=hard, stands=stands)


def _booked(rule: str, code: str, owner: Owner, hard: bool = True, paper: Need | None = None) -> Criterion:
    return Criterion(rule, code, owner, Booked(code, paper or Filed(code)), hard=hard)


def _permit(rule: str, code: str, trait: Trait) -> Criterion:
    return Criterion(rule, code, Owner.AUTHORITY, Filed(code), trait=trait)


_ADMISSION = (
    _filed("G0.1", "needs_note", Owner.OFFICER),
    _filed("G0.2", "operator_agreement", Owner.OPERATOR, stands=True),
    _filed("G0.3a", "land_parcel", Owner.OFFICER),
    _filed("G0.3b", "land_request", Owner.OFFICER),
    _filed("G0.3c", "situation_plan", Owner.OFFICER),
    _filed("G0.4", "partnership_convention", Owner.PARTNERS, stands=True),
    Criterion(
        "G0.5a",
        "partners_committed",
        Owner.PARTNERS,
        Funded("each_partner_committed"),
        stands=True,
    ),
    Criterion(
        "G0.5b",
        "promises_programmed",
        Owner.PARTNERS,
        Funded("each_promise_programmed"),
        stands=True,
    ),
    Criterion("G0.6a", "gap_stated", Owner.FINANCE, Funded("gap_stated"), stands=True),
    Criterion("G0.6b", "gap_closed", Owner.PARTNERS, Funded("gap_closed"), hard=False),
    _filed("G0.7", "study_budget_available", Owner.FINANCE),
    _filed("G0.8", "steering_minutes", Owner.STEERING_COMMITTEE),
    Criterion("G0.9a", "officer_named", Owner.DIRECTOR, OnDuty("officer"), stands=True),
    Criterion("G0.9b", "finance_named", Owner.DIRECTOR, OnDuty("finance"), stands=True),
    _filed("G0.10a", "targets_set", Owner.OFFICER, hard=False),
    _filed("G0.10b", "risk_register", Owner.OFFICER, hard=False),
    *_approvals("G0.11"),
)

_STUDY = (
    _filed("G1.1a", "studies_acceptance", Owner.LEAD_DESIGNER),
    _filed("G1.1b", "control_opinion", Owner.CONTROL_OFFICE),
    _filed("G1.2a", "topographic_survey", Owner.LEAD_DESIGNER),
    _filed("G1.2b", "geotechnical_study", Owner.LEAD_DESIGNER),
    _filed("G1.3", "land_title", Owner.LAND_OWNER),
    _filed("G1.4a", "building_permit", Owner.MUNICIPALITY),
    _filed("G1.4b", "civil_protection_opinion", Owner.CIVIL_PROTECTION),
    _filed("G1.5a", "tender_notice", Owner.OFFICER),
    _filed("G1.5b", "tender_rules", Owner.OFFICER),
    _filed("G1.5c", "bid_opening_minutes", Owner.OFFICER),
    _filed("G1.5d", "award_minutes", Owner.OFFICER),
    Criterion(
        "G1.5e",
        "award_in_time",
        Owner.DIRECTOR,
        Within("award_approval", "bid_opening_minutes", OFFER_VALIDITY_DAYS),
    ),
    _filed("G1.6a", "works_contract", Owner.CONTRACTOR),
    _filed("G1.6b", "contract_approval", Owner.DIRECTOR),
    _filed("G1.6c", "contract_notification", Owner.OFFICER),
    Criterion(
        "G1.6d",
        "performance_bond",
        Owner.CONTRACTOR,
        ShareOf("performance_bond", "works_contract", PERFORMANCE_BOND_PERCENT),
    ),
    Criterion(
        "G1.6e",
        "bond_in_time",
        Owner.CONTRACTOR,
        Within("performance_bond", "contract_notification", PERFORMANCE_BOND_DAYS, may_be_early=True),
        hard=False,
    ),
    _filed("G1.6f", "works_insurance", Owner.CONTRACTOR),
    Criterion(
        "G1.7",
        "award_within_estimate",
        Owner.FINANCE,
        AnyOf(
            (
                NotOver("works_contract", "works_estimate", AWARD_TOLERANCE_PERCENT),
                Filed("budget_revision"),
            )
        ),
    ),
    _booked("G1.8a", "first_tranches_received", Owner.PARTNERS),
    _booked("G1.8b", "payment_curve_covered", Owner.FINANCE),
    *_approvals("G1.9"),
    _filed("G1.10a", "start_order_draft", Owner.OFFICER),
    _filed("G1.10b", "baseline_schedule", Owner.LEAD_DESIGNER),
    _filed("G1.10c", "supervision_contract", Owner.OFFICER),
    _filed("G1.10d", "control_contract", Owner.OFFICER),
)

_CONSTRUCTION = (
    _filed("G2.1a", "completion_notice", Owner.CONTRACTOR),
    _filed("G2.1b", "joint_site_minutes", Owner.OFFICER),
    _filed("G2.1c", "provisional_acceptance", Owner.OFFICER, hard=False),
    Criterion(
        "G2.2",
        "physical_progress",
        Owner.CONTRACTOR,
        AtLeast("physical_progress", PROGRESS_FOR_EQUIPMENT),
    ),
    _filed("G2.3a", "reservations_list", Owner.LEAD_DESIGNER),
    Criterion(
        "G2.3b",
        "blocking_reservations",
        Owner.CONTRACTOR,
        AtMost("blocking_reservations", 0),
    ),
    _booked("G2.4", "last_account_settled", Owner.FINANCE),
    _booked("G2.5a", "retention_checked", Owner.FINANCE),
    Criterion(
        "G2.5b",
        "penalties_decided",
        Owner.FINANCE,
        AnyOf((Booked("penalties_decided"), Filed("penalties_decided"))),
    ),
    _booked(
        "G2.6a",
        "extra_works_share",
        Owner.OFFICER,
        paper=AtMost("extra_works_share", EXTRA_WORKS_LIMIT),
    ),
    _booked(
        "G2.6b",
        "extra_works_covered",
        Owner.OFFICER,
        paper=AnyOf((AtMost("extra_works_share", 0), Filed("extra_works_amendment"))),
    ),
    _filed("G2.7a", "equipment_list", Owner.OPERATOR),
    _filed("G2.7b", "equipment_budget_confirmed", Owner.FINANCE),
    _filed("G2.8", "equipment_contracts", Owner.OFFICER),
    _booked("G2.9", "stage_tranche_called", Owner.FINANCE, hard=False),
    _filed("G2.10a", "water_request", Owner.OFFICER),
    _filed("G2.10b", "electricity_request", Owner.OFFICER),
    _filed("G2.10c", "telecom_request", Owner.OFFICER),
    _filed("G2.10d", "sewer_request", Owner.OFFICER),
    *_approvals("G2.11"),
)

_EQUIPMENT = (
    _filed("G3.1a", "provisional_acceptance", Owner.OFFICER),
    Criterion(
        "G3.1b",
        "reservations_cleared",
        Owner.CONTRACTOR,
        AnyOf((AtMost("open_reservations", 0), Filed("reservations_schedule"))),
    ),
    _filed("G3.2a", "equipment_delivery", Owner.CONTRACTOR),
    _filed("G3.2b", "equipment_acceptance", Owner.OFFICER),
    _filed("G3.2c", "equipment_inventory", Owner.OFFICER),
    _filed("G3.3a", "conformity_certificate", Owner.MUNICIPALITY),
    _filed("G3.3b", "control_final_report", Owner.CONTROL_OFFICE),
    _filed("G3.3c", "fire_safety_visit", Owner.CIVIL_PROTECTION),
    _filed("G3.4", "utilities_connection", Owner.UTILITIES),
    _filed("G3.5a", "staff_posting", Owner.OPERATOR),
    _filed("G3.5b", "staff_trained", Owner.OPERATOR),
    _filed("G3.6a", "management_convention", Owner.OPERATOR),
    _filed("G3.6b", "running_costs_budget", Owner.OPERATOR),
    _filed("G3.7a", "maintenance_contracts", Owner.OFFICER),
    _filed("G3.7b", "as_built_drawings", Owner.LEAD_DESIGNER),
    _filed("G3.7c", "manuals", Owner.CONTRACTOR),
    _booked("G3.8a", "financial_statement", Owner.FINANCE),
    _booked(
        "G3.8b",
        "uncalled_balance",
        Owner.FINANCE,
        hard=False,
        paper=AtMost("uncalled_balance", 0),
    ),
    _booked("G3.8c", "penalties_settled", Owner.FINANCE, hard=False),
    _permit("G3.9a", "health_authorisation", Trait.HEALTH),
    _permit("G3.9b", "education_authorisation", Trait.EDUCATION),
    _permit("G3.9c", "sanitary_approval", Trait.FOOD),
    _permit("G3.9d", "boarding_rules", Trait.BOARDING),
    _permit("G3.9e", "social_care_authorisation", Trait.SOCIAL_CARE),
    _filed("G3.10a", "trial_period", Owner.OPERATOR, hard=False),
    Criterion(
        "G3.10b",
        "opening_dates_set",
        Owner.OFFICER,
        Planned(("opening_date", "inauguration_date")),
        hard=False,
    ),
    _filed("G3.10c", "first_year_indicators", Owner.OFFICER, hard=False),
    *_approvals("G3.11"),
)

_LAUNCH = (
    _filed("G4.1a", "definitive_acceptance", Owner.OFFICER),
    Criterion(
        "G4.1b",
        "guarantee_elapsed",
        Owner.CONTRACTOR,
        MonthsAfter("definitive_acceptance", "provisional_acceptance", GUARANTEE_MONTHS),
    ),
    _filed("G4.2", "defects_clearance", Owner.CONTRACTOR),
    _booked("G4.3a", "final_account", Owner.FINANCE),
    _booked("G4.3b", "retention_release", Owner.FINANCE),
    _booked("G4.3c", "bonds_release", Owner.FINANCE),
    _booked("G4.4", "commitments_settled", Owner.FINANCE),
    Criterion(
        "G4.5",
        "reconciliation_clear",
        Owner.FINANCE,
        Booked("reconciliation_clear", AtMost("open_cases", 0), held="reconciled"),
    ),
    _filed("G4.6", "assets_transfer", Owner.FINANCE),
    _filed("G4.7", "decennial_file", Owner.CONTRACTOR),
    _filed("G4.8", "evaluation", Owner.OFFICER),
    Criterion("G4.9", "beneficiaries_entered", Owner.OPERATOR, AtLeast("beneficiaries_first_year", 0)),
    _filed("G4.10a", "publication", Owner.OFFICER, hard=False),
    _filed("G4.10b", "archive", Owner.OFFICER, hard=False),
    *_approvals("G4.11"),
)

GATES: Mapping[Stage, tuple[Criterion, ...]] = {
    Stage.ADMISSION: _ADMISSION,
    Stage.STUDY: _STUDY,
    Stage.CONSTRUCTION: _CONSTRUCTION,
    Stage.EQUIPMENT: _EQUIPMENT,
    Stage.LAUNCH: _LAUNCH,
}
"""The criteria of the gate that ends each stage, by the stage it ends."""

CRITERIA: Mapping[str, Criterion] = {c.rule: c for gate in GATES.values() for c in gate}


def criteria_of(stage: Stage, traits: frozenset[Trait]) -> tuple[Criterion, ...]:
    """Return what the gate at the end of `stage` asks of a centre with these traits.

    Earlier criteria that must go on being true come first (docs/rules.md, G.S). Nothing ends the
    last stage, so nothing is asked there.
    """
    if stage not in GATES:
        return ()
    earlier = [c for before, gate in GATES.items() if not before.reaches(stage) for c in gate if c.stands]
    asked = [*earlier, *GATES[stage]]
    return tuple(c for c in asked if c.trait is None or c.trait in traits)


def ask_gate(dossier: Dossier) -> tuple[Verdict, ...]:
    """Ask every criterion of the gate that ends the dossier's stage; met or not, all are returned."""
    return tuple(_judge(criterion, dossier) for criterion in criteria_of(dossier.stage, dossier.traits))


def check_gate(dossier: Dossier, asked: Stage) -> tuple[Verdict, ...]:
    """Return the verdicts of an open gate.

    Raises: StageRefused, with every verdict, when a criterion is neither met nor waived.
    """
    verdicts = ask_gate(dossier)
    if not all(verdict.passes for verdict in verdicts):
        raise StageRefused(verdicts, project=dossier.project, left=dossier.stage, asked=asked)
    return verdicts


def _judge(criterion: Criterion, dossier: Dossier) -> Verdict:
    met = criterion.need.met(dossier)
    expires = dossier.waivers.get(criterion.rule)
    waived = not met and not criterion.hard and expires is not None and dossier.today < expires
    lacks = () if met else lacks_of(criterion.need, dossier)
    return Verdict(criterion.rule, criterion.code, criterion.hard, met, waived, criterion.owner, lacks)
