"""One true-to-life fact of each kind, and its message in three languages as the golden files keep it.

`python -m tests.notifications.golden` writes the files anew; read the difference before committing it.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from models.queries.deliveries import About
from models.settings import LANGUAGES
from notifications.render import render
from tests.notifications.nights import NIGHTS

FOLDER = Path(__file__).resolve().parent.parent / "golden" / "messages"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

PROJECT = About(
    id=UUID(int=1),
    key="tamesna-complex",
    name_ar="المركب الاجتماعي بتامسنا",
    name_fr="Complexe social de Tamesna",
    name_en="Tamesna Social Complex",
    sample=False,
)

_MILESTONE = {"milestone": "works_complete", "stage": "construction", "baseline": "2026-03-01"}
_MOVE = {"left": "study", "entered": "construction"}
_PROPOSAL = {**_MOVE, "proposal": str(UUID(int=2)), "state": "open", "reason": ""}
_COUNCIL = {"ar": "مجلس المثال", "fr": "Conseil d’exemple", "en": "Sample council"}
_CHANGE = {"proposal": "1a2b3c4d", "by": "sample.finance", "reason": "Prix du terrassement revus"}
_LARGE = {"amount": "1500000.00 MAD"}
_DECIDED = {**_CHANGE, "proposed_by": "sample.finance", "by": "sample.director"}
_CONTROL = {
    "control": "line_over",
    "number": "B27",
    "severity": "block",
    "reference": "WORKS",
    "amount": "9500000.00 MAD",
    "limit": "9000000.00 MAD",
}
_CONTRACT = {"contract": "M-1/2026", "contractor": "Entreprise d’exemple"}
_GAP = {
    "gap": "2000000.00 MAD",
    "budget": "12000000.00 MAD",
    "committed": "9000000.00 MAD",
    "share": "1000000.00 MAD",
    "stated": False,
    "more": None,
}
_LATER = {
    "amount": "1500000.00 MAD",
    "partner": _COUNCIL,
    "tranche": 2,
    "on": "2026-07-15",
    "late": False,
}
_UNPROMISED = {"amount": "200000.00 MAD", "partner": None, "tranche": None, "on": None, "late": False}
_UNCOVERED = {
    "month": "2026-06-01",
    "lacking": "1700000.00 MAD",
    "worst_month": "2026-06-01",
    "worst": "1700000.00 MAD",
    "more": None,
    "sources": [_LATER, _UNPROMISED],
}
_RELEASE = {
    **_CONTRACT,
    "reason": "definitive",
    "since": "2026-02-20",
    "retention": "70000.00 MAD",
    "bonds": "30000.00 MAD",
}
_CAP = {
    **_CONTRACT,
    "days": 64,
    "due": "64000.00 MAD",
    "cap": "80000.00 MAD",
    "share": 8000,
    "reached": False,
}
_AHEAD = {
    "certified": "6000000.00 MAD",
    "engaged": "9000000.00 MAD",
    "financial": 6666,
    "physical": 5600,
    "points": 1066,
}
_LINE = {
    "line": "WORKS",
    "engaged": "9500000.00 MAD",
    "budget": "9000000.00 MAD",
    "over": "500000.00 MAD",
    "more": None,
    "contracts": [{**_CONTRACT, "amount": "9500000.00 MAD"}],
}
_BOND = {
    **_CONTRACT,
    "needed": "30000.00 MAD",
    "lacking": "10000.00 MAD",
    "notified_on": "2026-02-09",
    "by": "2026-03-01",
    "days": 1,
    "penalty": "10000.00 MAD",
}
_GUARANTEE = {**_CONTRACT, "until": "2026-04-20", "by": "2026-03-31", "days": 29, "passed": False}
_MISSING = (
    ("G0.4", "partnership_convention", "partners"),
    ("G0.5a", "partners_committed", "partners"),
    ("G0.6a", "gap_stated", "finance"),
    ("G1.1a", "studies_acceptance", "lead_designer"),
    ("G1.1b", "control_opinion", "control_office"),
    ("G1.2a", "topographic_survey", "lead_designer"),
    ("G1.3", "land_title", "land_owner"),
    ("G1.4a", "building_permit", "municipality"),
    ("G1.4b", "civil_protection_opinion", "civil_protection"),
    ("G1.5a", "tender_notice", "officer"),
    ("G1.5e", "award_in_time", "director"),
    ("G1.6a", "works_contract", "contractor"),
    ("G1.6d", "performance_bond", "contractor"),
    ("G1.6e", "bond_in_time", "contractor"),
    ("G1.7", "award_within_estimate", "finance"),
    ("G1.9a", "move_proposed", "officer"),
    ("G1.9b", "funds_certified", "finance"),
    ("G1.9c", "move_approved", "director"),
)
_REFUSED = {
    **_MOVE,
    "by": "sample.officer",
    "code": "stage_refused",
    "missing": [{"rule": rule, "code": code, "owner": owner} for rule, code, owner in _MISSING],
}

CASES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "stage_entered": ("stage_entered", {**_MOVE, "by": "sample.officer", "at": AT.isoformat()}),
    "stage_entered-closed": (
        "stage_entered",
        {"left": "launch", "entered": "closed", "by": "sample.officer", "at": AT.isoformat()},
    ),
    "move_refused": ("move_refused", _REFUSED),
    "move_refused-one": ("move_refused", {**_REFUSED, "missing": _REFUSED["missing"][:1]}),
    "move_refused-not_active": ("move_refused", {**_REFUSED, "code": "not_active", "missing": []}),
    "move_refused-illegal_step": ("move_refused", {**_REFUSED, "code": "illegal_step", "missing": []}),
    "milestone_due-30": ("milestone_due", {**_MILESTONE, "forecast": "2026-04-01", "threshold": "30"}),
    "milestone_due-7": ("milestone_due", {**_MILESTONE, "forecast": "2026-03-04", "threshold": "7"}),
    "milestone_due-1": (
        "milestone_due",
        {**_MILESTONE, "baseline": "2026-03-03", "forecast": "2026-03-03", "threshold": "1"},
    ),
    "milestone_due-today": (
        "milestone_due",
        {**_MILESTONE, "baseline": "2026-03-02", "forecast": "2026-03-02", "threshold": "1"},
    ),
    "milestone_overdue": (
        "milestone_overdue",
        {**_MILESTONE, "baseline": "2026-01-15", "forecast": "2026-02-27", "threshold": "overdue"},
    ),
    "milestone_met": (
        "milestone_met",
        {**_MILESTONE, "forecast": "2026-03-01", "actual": "2026-02-26", "by": "sample.officer"},
    ),
    "milestone_met-late": (
        "milestone_met",
        {
            **_MILESTONE,
            "baseline": "2026-02-18",
            "forecast": "2026-03-01",
            "actual": "2026-03-01",
            "previous": "2026-02-20",
            "reason": "Date du procès-verbal",
            "by": "sample.officer",
        },
    ),
    "milestone_met-on_time": (
        "milestone_met",
        {**_MILESTONE, "forecast": "2026-03-01", "actual": "2026-03-01", "by": "sample.officer"},
    ),
    "forecast_moved": (
        "forecast_moved",
        {
            **_MILESTONE,
            "forecast": "2026-04-15",
            "previous": "2026-03-01",
            "reason": "توقف الورش بسبب الأمطار",
            "cause": "person",
            "by": "sample.officer",
        },
    ),
    "forecast_moved-feast": (
        "forecast_moved",
        {
            **_MILESTONE,
            "baseline": "2026-03-23",
            "forecast": "2026-03-20",
            "previous": "2026-03-23",
            "reason": "",
            "cause": "feast",
            "by": "sample.officer",
        },
    ),
    "suspended": (
        "suspended",
        {"stage": "construction", "reason": "Litige avec l'entreprise", "by": "sample.director"},
    ),
    "resumed": (
        "resumed",
        {
            "stage": "construction",
            "reason": "Litige réglé",
            "days": 45,
            "milestones": 3,
            "by": "sample.director",
        },
    ),
    "resumed-same_day": (
        "resumed",
        {
            "stage": "construction",
            "reason": "خطأ في الإدخال",
            "days": 0,
            "milestones": 0,
            "by": "sample.director",
        },
    ),
    "cancelled": (
        "cancelled",
        {"stage": "study", "reason": "Land handed to another programme", "by": "sample.director"},
    ),
    "stepped_back": (
        "stepped_back",
        {
            "left": "construction",
            "entered": "study",
            "stage": "study",
            "reason": "Permis annulé",
            "by": "sample.director",
        },
    ),
    "proposal_made": ("proposal_made", {**_PROPOSAL, "by": "sample.officer"}),
    "proposal_certified": ("proposal_certified", {**_PROPOSAL, "by": "sample.finance"}),
    "proposal_approved": (
        "proposal_approved",
        {**_PROPOSAL, "by": "sample.director", "state": "approved"},
    ),
    "proposal_rejected": (
        "proposal_rejected",
        {**_PROPOSAL, "by": "sample.finance", "state": "rejected", "reason": "Crédits non disponibles"},
    ),
    "proposal_lapsed": ("proposal_lapsed", {**_PROPOSAL, "by": "tadshin", "state": "lapsed"}),
    "tranche_due": (
        "tranche_due",
        {
            "partner": _COUNCIL,
            "tranche": 2,
            "amount": "2000000.00 MAD",
            "trigger": "progress",
        },
    ),
    "call_overdue": (
        "call_overdue",
        {
            "partner": _COUNCIL,
            "call": "AF-2026-0001",
            "amount": "2000000.00 MAD",
            "outstanding": "1500000.50 MAD",
            "due_on": "2026-01-30",
            "days": 31,
        },
    ),
    "change_proposed": (
        "change_proposed",
        {
            **_CHANGE,
            "change": "budget_transfer",
            "source": "EQUIPEMENT",
            "target": "TRAVAUX",
            "amount": "250000.00 MAD",
            "who": ["finance", "director"],
        },
    ),
    "change_proposed-partner": (
        "change_proposed",
        {**_CHANGE, "change": "partner_details", "partner": _COUNCIL, "who": ["finance", "director"]},
    ),
    "change_proposed-import": (
        "change_proposed",
        {
            **_CHANGE,
            "reason": "conventions.xlsx",
            "change": "commitment_import",
            "large": 3,
            "amount": "12000000.00 MAD",
            "who": ["director"],
        },
    ),
    "change_proposed-commitment": (
        "change_proposed",
        {
            **_CHANGE,
            "change": "commitment",
            "partner": _COUNCIL,
            "amount": "12000000.00 MAD",
            "who": ["director"],
        },
    ),
    "change_proposed-line": (
        "change_proposed",
        _CHANGE | {"reason": "", "change": "bank_match", "line": "f2ce8291", "who": ["director"]} | _LARGE,
    ),
    "change_approved": (
        "change_approved",
        {**_DECIDED, "change": "budget_revision", "line": "TRAVAUX", "amount": "-500000.00 MAD"},
    ),
    "change_rejected": (
        "change_rejected",
        {
            **_DECIDED,
            "change": "commitment_release",
            "partner": _COUNCIL,
            "amount": "100000.01 MAD",
            "reason": "Le conseil a confirmé sa part",
        },
    ),
    **NIGHTS,
    "control_failed": ("control_failed", _CONTROL),
    "control_failed-warn": (
        "control_failed",
        {**_CONTROL, "control": "advance_held", "number": "B26", "severity": "warn"},
    ),
    "funding_gap": ("funding_gap", _GAP),
    "funding_gap-wider": ("funding_gap", {**_GAP, "stated": True, "more": "500000.00 MAD"}),
    "payments_uncovered": ("payments_uncovered", _UNCOVERED),
    "payments_uncovered-wider": (
        "payments_uncovered",
        {
            **_UNCOVERED,
            "worst_month": "2026-09-01",
            "worst": "2500000.00 MAD",
            "more": "800000.00 MAD",
            "sources": [{**_LATER, "on": "2026-02-20", "late": True}],
        },
    ),
    "release_due": ("release_due", _RELEASE),
    "release_due-bonded": (
        "release_due",
        {**_RELEASE, "reason": "bonded", "since": None, "bonds": "0.00 MAD"},
    ),
    "release_due-guarantee_over": ("release_due", {**_RELEASE, "reason": "guarantee_over"}),
    "penalty_cap": ("penalty_cap", _CAP),
    "penalty_cap-reached": (
        "penalty_cap",
        {**_CAP, "days": 80, "due": "80000.00 MAD", "share": 10000, "reached": True},
    ),
    "ahead_of_works": ("ahead_of_works", _AHEAD),
    "ahead_of_works-unmeasured": ("ahead_of_works", {**_AHEAD, "physical": None, "points": 6666}),
    "line_exceeded": ("line_exceeded", _LINE),
    "line_exceeded-wider": ("line_exceeded", {**_LINE, "more": "100000.00 MAD"}),
    "bond_missing": ("bond_missing", _BOND),
    "guarantee_ending": ("guarantee_ending", _GUARANTEE),
    "guarantee_ending-passed": (
        "guarantee_ending",
        {**_GUARANTEE, "by": "2026-03-01", "until": "2026-03-21", "days": 1, "passed": True},
    ),
}
"""Kind and payload by the name of the golden file."""

_MARKS: dict[str, str | int | None] = {
    "\u200f": "⟪RLM⟫",
    "\u2066": "⟪LRI⟫",
    "\u2068": "⟪FSI⟫",
    "\u2069": "⟪PDI⟫",
    "\u2060": "⟪WJ⟫",
    "\u00a0": "⟪NBSP⟫",
    "\u202f": "⟪NNBSP⟫",
}


def golden(case: str) -> str:
    """Return what the golden file of a case holds: text and blocks in each language, marks written out."""
    kind, payload = CASES[case]
    parts = []
    for language in LANGUAGES:
        message = render(kind, payload, PROJECT, language, at=AT)
        blocks = json.dumps(message.blocks, ensure_ascii=False, indent=1)
        parts.append(f"=== {language}: text\n{message.text}\n=== {language}: blocks\n{blocks}\n")
    return "".join(parts).translate(str.maketrans(_MARKS))


def write() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        (FOLDER / f"{case}.txt").write_text(golden(case), encoding="utf-8")


if __name__ == "__main__":
    write()
