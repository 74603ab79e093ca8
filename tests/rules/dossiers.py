"""Dossiers whose gate is open: each test takes one and changes the one thing it is about."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from models.rules.contracts import CertificateKind, ContractKind, OrderKind, SecurityKind
from models.rules.dossier import Dossier, Promise, Proof, Quorum
from models.rules.evidence import EVIDENCE
from models.rules.gates import Verdict, ask_gate
from models.rules.letters import Named
from models.rules.money import Money
from models.rules.money_facts import Account, Bond, Books, ContractFacts, Instalment, Pledge
from models.rules.payment_curve import Planned
from models.rules.stages import Stage, Status
from models.rules.tranches import Trigger
from models.rules.works_clock import Order

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

MINISTRY = Named("health-ministry", "وزارة الصحة", "Ministère de la Santé", "Ministry of Health")
PLEDGE = Pledge(
    MINISTRY,
    10_000_000_00,
    signed=True,
    tranches=(
        Instalment(
            number=1,
            amount=10_000_000_00,
            expected_on=date(2025, 1, 10),
            trigger=Trigger.DATE,
            called=10_000_000_00,
            due_on=date(2025, 3, 10),
            received=10_000_000_00,
        ),
    ),
)
WORKS = ContractFacts(
    reference="M-1",
    kind=ContractKind.WORKS,
    amount=1_000_000_00,
    period_days=120,
    signed_on=date(2025, 1, 15),
    orders=(Order(OrderKind.START, date(2025, 2, 1)),),
    accounts=(
        Account(
            number=1,
            kind=CertificateKind.WORK,
            dated=date(2025, 4, 30),
            due_on=date(2025, 6, 29),
            gross=600_000_00,
            retention=60_000_00,
            net=540_000_00,
            paid=540_000_00,
        ),
        Account(
            number=2,
            kind=CertificateKind.FINAL,
            dated=date(2026, 4, 1),
            due_on=TODAY,
            gross=400_000_00,
            retention=10_000_00,
            net=390_000_00,
            paid=390_000_00,
        ),
        Account(
            number=3,
            kind=CertificateKind.RETENTION,
            dated=date(2026, 5, 30),
            due_on=TODAY,
            gross=70_000_00,
            net=70_000_00,
            paid=70_000_00,
        ),
    ),
    bonds=(Bond(SecurityKind.PERFORMANCE, 30_000_00, date(2025, 1, 20), date(2026, 5, 30)),),
    planned=(Planned(date(2025, 5, 1), 600_000_00), Planned(date(2025, 6, 1), 400_000_00)),
    provisional_on=date(2025, 5, 30),
)
BOOKS = Books({MINISTRY.key: 10_000_000_00}, (PLEDGE,), (WORKS,), cases=())
"""A ministry that has paid all it promised, and one contract that is finished, paid and released."""

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
    books=BOOKS,
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
