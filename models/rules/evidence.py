"""The pieces of evidence a dossier can hold (docs/rules.md, E1): what each is, and its unit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum

from models.rules.authority import Action
from models.rules.errors import BadValue, UnknownKey
from models.rules.text import visible


class Form(StrEnum):
    """How a piece of evidence is shown: a document, a dated fact, or a dated measure."""

    DOCUMENT = "document"
    FACT = "fact"
    MEASURE = "measure"


class Unit(StrEnum):
    """What the value of a piece of evidence counts; values are kept in hundredths of it."""

    PERCENT = "percent"
    COUNT = "count"
    DIRHAM = "dirham"


@dataclass(frozen=True, slots=True)
class EvidenceType:
    """One entry of the catalogue. `unit` is set where a value may or must be given."""

    code: str
    form: Form
    unit: Unit | None = None
    planned: bool = False
    """True when its date may lie in the future: a planned opening, a contract's end."""


def _document(*codes: str) -> list[EvidenceType]:
    return [EvidenceType(code, Form.DOCUMENT) for code in codes]


def _fact(*codes: str) -> list[EvidenceType]:
    return [EvidenceType(code, Form.FACT) for code in codes]


def _measure(unit: Unit, *codes: str) -> list[EvidenceType]:
    return [EvidenceType(code, Form.MEASURE, unit) for code in codes]


_CATALOGUE = [
    # admission
    *_document("needs_note", "operator_agreement", "land_parcel", "land_request", "situation_plan"),
    *_document("partnership_convention", "steering_minutes", "risk_register"),
    *_fact("study_budget_available", "targets_set"),
    # study
    *_document("studies_acceptance", "control_opinion", "topographic_survey", "geotechnical_study"),
    *_document("land_title", "building_permit", "civil_protection_opinion"),
    *_document("tender_notice", "tender_rules", "bid_opening_minutes", "award_minutes"),
    *_document("award_approval", "contract_approval", "contract_notification"),
    EvidenceType("works_contract", Form.DOCUMENT, Unit.DIRHAM),
    EvidenceType("works_estimate", Form.DOCUMENT, Unit.DIRHAM),
    EvidenceType("performance_bond", Form.DOCUMENT, Unit.DIRHAM),
    *_document("works_insurance", "budget_revision", "start_order_draft", "baseline_schedule"),
    *_document("supervision_contract", "control_contract"),
    *_fact("first_tranches_received", "payment_curve_covered"),
    # construction
    *_document("completion_notice", "joint_site_minutes", "provisional_acceptance"),
    *_measure(Unit.PERCENT, "physical_progress", "extra_works_share"),
    *_measure(Unit.COUNT, "blocking_reservations", "open_reservations"),
    *_document("reservations_list", "extra_works_amendment", "equipment_list"),
    *_fact("last_account_settled", "retention_checked", "penalties_decided"),
    *_fact("equipment_budget_confirmed", "stage_tranche_called"),
    *_document("equipment_contracts", "water_request", "electricity_request"),
    *_document("telecom_request", "sewer_request"),
    # equipment
    *_document("reservations_schedule", "equipment_delivery", "equipment_acceptance"),
    *_document("equipment_inventory", "conformity_certificate", "control_final_report"),
    *_document("fire_safety_visit", "utilities_connection", "staff_posting", "management_convention"),
    *_document("running_costs_budget", "maintenance_contracts", "as_built_drawings", "manuals"),
    *_document("financial_statement", "health_authorisation", "education_authorisation"),
    *_document("sanitary_approval", "boarding_rules", "social_care_authorisation"),
    *_fact("staff_trained", "penalties_settled", "trial_period", "first_year_indicators"),
    *_measure(Unit.DIRHAM, "uncalled_balance"),
    EvidenceType("opening_date", Form.FACT, planned=True),
    EvidenceType("inauguration_date", Form.FACT, planned=True),
    # launch
    *_document("definitive_acceptance_request", "definitive_acceptance", "defects_clearance"),
    *_document("final_account", "retention_release", "bonds_release", "assets_transfer"),
    *_document("decennial_file", "evaluation", "publication", "archive"),
    *_fact("commitments_settled"),
    *_measure(Unit.COUNT, "open_cases", "beneficiaries_first_year"),
]

EVIDENCE: Mapping[str, EvidenceType] = {kind.code: kind for kind in _CATALOGUE}

FINANCE_OWNED = frozenset(
    {
        "study_budget_available",
        "budget_revision",
        "first_tranches_received",
        "payment_curve_covered",
        "last_account_settled",
        "retention_checked",
        "penalties_decided",
        "equipment_budget_confirmed",
        "stage_tranche_called",
        "financial_statement",
        "uncalled_balance",
        "penalties_settled",
        "final_account",
        "retention_release",
        "bonds_release",
        "commitments_settled",
        "open_cases",
        "assets_transfer",
    }
)
"""What finance alone may add to a dossier (docs/rules.md, E6); the rest is the officer's."""

EARLIEST = date(1999, 7, 1)  # the foundation's founding month: nothing of ours is older
LATEST = date(2100, 12, 31)  # a planned date after it is a typing error
LARGEST_VALUE = 10**15
WHOLE = 100_00  # hundredths of a percent


def evidence_type(code: str) -> EvidenceType:
    """Return the catalogue's entry.

    Raises: UnknownKey (with the nearest entries as candidates) when there is none.
    """
    try:
        return EVIDENCE[code]
    except KeyError:
        near = get_close_matches(code[:60], EVIDENCE)
        raise UnknownKey(noun="evidence", key=visible(code[:60]), candidates=tuple(near)) from None


def action_to_add(kind: EvidenceType) -> Action:
    """Return what a person must be allowed to do to add this evidence.

    Source: docs/rules.md, E6.
    """
    return Action.ADD_FINANCE_EVIDENCE if kind.code in FINANCE_OWNED else Action.ADD_EVIDENCE


def check_evidence(kind: EvidenceType, *, on: date, value: int | None, filed: bool, today: date) -> None:
    """Refuse evidence that says too little, too much, or lies in the future.

    Units: `value` in hundredths of the type's unit. `filed`: a file or paper reference is given.
    Raises: BadValue naming the field.
    Source: docs/rules.md, E2 to E5.
    """
    if on > today and not kind.planned:
        raise BadValue(field="on", value=on, reason="in_the_future", limit=today)
    if on < EARLIEST:
        raise BadValue(field="on", value=on, reason="too_early", limit=EARLIEST)
    if on > LATEST:
        raise BadValue(field="on", value=on, reason="too_late", limit=LATEST)
    if kind.form is Form.DOCUMENT and not filed:
        raise BadValue(field="file", value=kind.code, reason="document_needed")
    if kind.form is Form.MEASURE and value is None:
        raise BadValue(field="value", value=kind.code, reason="value_needed")
    if value is not None:
        _check_value(kind, value)


def _check_value(kind: EvidenceType, value: int) -> None:
    if kind.unit is None:
        raise BadValue(field="value", value=kind.code, reason="takes_no_value")
    if value < 0:
        raise BadValue(field="value", value=value / 100, reason="negative")
    if kind.unit is Unit.PERCENT and value > WHOLE:
        raise BadValue(field="value", value=value / 100, reason="over_a_hundred")
    if kind.unit is Unit.COUNT and value % 100:
        raise BadValue(field="value", value=value / 100, reason="not_whole")
    if value > LARGEST_VALUE:
        raise BadValue(field="value", value=value // 100, reason="amount_too_large")
