"""Dossiers whose gate is open: each test takes one and changes the one thing it is about."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from models.rules.dossier import Dossier, Promise, Proof, Quorum
from models.rules.evidence import EVIDENCE
from models.rules.gates import Verdict, ask_gate
from models.rules.money import Money
from models.rules.stages import Stage, Status

TODAY = date(2026, 6, 1)
OPENED = date(2026, 1, 5)
"""The day the bids were opened; offers are valid for sixty days from it."""

ALL_HANDS = Quorum(proposed_by="officer", certified_by="finance", approved_by="director")

_DATED: Mapping[str, date] = {
    "bid_opening_minutes": OPENED,
    "award_approval": OPENED + timedelta(days=30),
    "contract_notification": date(2026, 3, 2),
    "performance_bond": date(2026, 3, 12),
    "provisional_acceptance": date(2025, 5, 30),
    "definitive_acceptance": date(2026, 5, 30),
}
_VALUED: Mapping[str, int] = {
    "works_contract": 1_000_000_00,
    "works_estimate": 1_000_000_00,
    "performance_bond": 30_000_00,
    "physical_progress": 95_00,
    "extra_works_share": 0,
    "blocking_reservations": 0,
    "open_reservations": 0,
    "uncalled_balance": 0,
    "open_cases": 0,
    "beneficiaries_first_year": 1_200_00,
}
PROOFS = {code: Proof(_DATED.get(code, date(2026, 4, 1)), _VALUED.get(code)) for code in EVIDENCE}

_READY = Dossier(
    project="sample-centre",
    stage=Stage.ADMISSION,
    status=Status.ACTIVE,
    today=TODAY,
    budget=Money.parse("12000000.00"),
    foundation_share=Money.parse("2000000.00"),
    partners=frozenset({"health-ministry"}),
    promises=(Promise("health-ministry", Money.parse("10000000.00"), date(2026, 2, 1), programmed=True),),
    proofs=PROOFS,
    duties=frozenset({"officer", "finance"}),
    quorum=ALL_HANDS,
)


def ready(stage: Stage) -> Dossier:
    """A dossier for which the gate at the end of `stage` is open, with nothing to spare."""
    return replace(_READY, stage=stage)


def with_proofs(dossier: Dossier, **proofs: Proof | None) -> Dossier:
    """The dossier with some proofs replaced, or taken away where None is given."""
    changed = {**dossier.proofs, **proofs}
    return replace(dossier, proofs={code: proof for code, proof in changed.items() if proof is not None})


def shut(dossier: Dossier) -> list[str]:
    """The rules of the criteria that keep the gate shut."""
    return [verdict.rule for verdict in ask_gate(dossier) if not verdict.passes]


def verdict(dossier: Dossier, rule: str) -> Verdict:
    """The answer to one criterion."""
    return next(verdict for verdict in ask_gate(dossier) if verdict.rule == rule)
