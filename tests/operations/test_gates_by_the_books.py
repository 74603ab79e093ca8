"""A centre whose money is written by the operations alone, and what the gates then say of it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import Session

from models.clock import local_day
from models.operations import (
    acceptances,
    budgets,
    carrying_out,
    certificates,
    commitments,
    contracts,
    funding_calls,
    moves,
    payments,
    receipts,
    releases,
    securities,
    tranches,
)
from models.operations.certificates import NewAccount
from models.operations.contracts import NewContract
from models.operations.moves import MoveAnswer
from models.queries.contracts import contract_position
from models.queries.dossiers import load_dossier
from models.queries.funding import list_calls
from models.rules.budgets import Nature
from models.rules.contracts import AcceptanceKind, AmendmentKind, ContractKind, OrderKind, SecurityKind
from models.rules.gates import Verdict, ask_gate
from models.rules.lacks import Lack
from models.rules.money import Money
from models.rules.stages import Stage
from models.rules.tranches import CallState, PlannedTranche, ReleaseKind, Trigger
from models.tables import Door, Outcome, Project
from tests.builders import AT, link_partners, make_project, make_staff

TODAY = local_day(AT)
KEY, CONTRACT = "sample-centre", "M-1"
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
OFFICER: dict[str, Any] = {"by": "officer", "at": AT}
FINANCE: dict[str, Any] = {"by": "finance", "at": AT}
PROMISE: dict[str, Any] = {"project": KEY, "partner": "council", "reference": "CONV-7"}
START = TODAY - timedelta(days=300)


@dataclass
class Centre:
    """The centre, asked as its gate asks it."""

    session: Session
    project: Project

    def verdict(self, rule: str) -> Verdict:
        dossier = load_dossier(self.session, self.project, TODAY)
        return next(one for one in ask_gate(dossier) if one.rule == rule)

    def lacks(self, rule: str) -> list[str]:
        """What keeps a criterion from being met: the code of each thing."""
        verdict = self.verdict(rule)
        assert verdict.met is not bool(verdict.lacks)
        return [lack.code for lack in verdict.lacks]

    def lack(self, rule: str) -> Lack:
        (found,) = self.verdict(rule).lacks
        return found


def centre(session: Session, stage: Stage) -> Centre:
    make_staff(session)
    project = make_project(session, stage=stage)
    link_partners(session, project, ["council"])
    budgets.add_line(
        session,
        project=KEY,
        code="WORKS",
        stage=Stage.CONSTRUCTION,
        nature=Nature.WORKS,
        amount=Money(10_000_00),
        decided_on=START,
        **FINANCE,
    )
    return Centre(session, project)


def promise(session: Session, *planned: tuple[int, date]) -> None:
    """A commitment of 900.00, and its tranches."""
    commitments.set_commitment(
        session,
        **PROMISE,
        amount=Money(900_00),
        in_kind=False,
        signed_on=START,
        budget_year=2026,
        budget_line="1",
        **OFFICER,
    )
    parts = [PlannedTranche(Money(amount), Trigger.DATE, day) for amount, day in planned]
    tranches.plan_tranches(session, tranches=parts, **PROMISE, **OFFICER)


def call(session: Session, **changes: Any) -> None:
    draft = list_calls(session, project=KEY, states=[CallState.DRAFT])[0]
    funding_calls.issue_call(session, call=draft.id, **(FINANCE | changes))


def receive(session: Session, amount: int, reference: str) -> None:
    given: dict[str, Any] = {"project": KEY, "partner": "council", "received_on": TODAY}
    receipts.enter_receipt(session, amount=Money(amount), reference=reference, **given, **FINANCE)


def sign(session: Session, **changes: Any) -> None:
    new = NewContract(
        reference=CONTRACT,
        kind=ContractKind.WORKS,
        contractor="Sample builder",
        amount=Money(900_00),
        period_days=400,
        signed_on=START,
        **changes,
    )
    contracts.sign_contract(session, project=KEY, line="WORKS", new=new, **OFFICER)


def certify(session: Session, reference: str, amount: int, on: date = TODAY, **given: Any) -> None:
    new = NewAccount(reference, on, Money(amount), **given)
    certificates.certify(session, contract=CONTRACT, new=new, **FINANCE)


def pay(session: Session, number: int, amount: int) -> None:
    given: dict[str, Any] = {"contract": CONTRACT, "number": number, "paid_on": TODAY}
    payments.pay(session, amount=Money(amount), reference=f"V-{number}", **given, **FINANCE)


def advance(session: Session) -> MoveAnswer:
    """Ask for the next stage as people do, and carry it out."""
    request = uuid4()
    asked: dict[str, Any] = {"project": KEY, "entered": Stage.CONSTRUCTION, "asked_by": "officer"}
    moves.ask(session, request=request, **asked, door=Door.TERMINAL, at=AT)
    return carrying_out.carry_out(session, request=request, at=AT)


@pytest.fixture
def study(session: Session) -> Centre:
    """300.00 came of 900.00; 600.00 is expected the day before June, when 600.00 is to be paid."""
    found = centre(session, Stage.STUDY)
    promise(session, (300_00, TODAY), (600_00, JUNE - timedelta(days=1)))
    call(session)
    receive(session, 300_00, "VIR-1")
    sign(session)
    curve = {MAY: Money(300_00), JUNE: Money(600_00)}
    contracts.plan_payments(session, contract=CONTRACT, months=curve, **OFFICER)
    return found


def test_a_second_tranche_moved_by_ninety_days_is_refused_with_month_partner_and_amount(
    study: Centre,
) -> None:
    """G1.8b: issue 3, section 3, word for word, by the operations that people use."""
    before = {one.rule: one.met for one in advance(study.session).verdicts}
    assert (before["G1.8a"], before["G1.8b"]) == (True, True)

    moved = JUNE - timedelta(days=1) + timedelta(days=90)
    tranches.move_tranche(
        study.session, number=2, expected_on=moved, reason="Sample: late", **PROMISE, **OFFICER
    )
    answer = advance(study.session)

    assert answer.outcome is Outcome.REFUSED
    (lack,) = next(one.lacks for one in answer.verdicts if one.rule == "G1.8b")
    assert (lack.code, lack.details["month"], lack.details["partner"]) == (
        "curve_short",
        "2026-06",
        "council",
    )
    assert (lack.details["amount"], lack.details["tranche"], lack.details["on"]) == (
        "600.00 MAD",
        2,
        moved.isoformat(),
    )


def test_money_that_came_covers_the_curve_whatever_day_was_expected(study: Centre) -> None:
    """G1.8b and Q5: an advance is money too, to the centime."""
    late: dict[str, Any] = {"number": 2, "expected_on": JUNE, "reason": "Sample: late"}
    tranches.move_tranche(study.session, **late, **PROMISE, **OFFICER)
    receive(study.session, 599_99, "VIR-2")
    assert study.lack("G1.8b").details["amount"] == "0.01 MAD"

    receive(study.session, 1, "VIR-3")

    assert study.lacks("G1.8b") == []


def test_a_curve_that_an_amendment_has_passed_is_planned_again(study: Centre) -> None:
    """G1.8b."""
    given: dict[str, Any] = {"kind": AmendmentKind.MASS, "amount": Money(10_00), "days": 0}
    contracts.amend(study.session, contract=CONTRACT, number=1, signed_on=TODAY, **given, **OFFICER)

    lacks = study.verdict("G1.8b").lacks

    assert [(one.code, one.details["amount"]) for one in lacks] == [("payments_unplanned", "10.00 MAD")]


@pytest.fixture
def building(session: Session) -> Centre:
    """Works of 900.00 that began 300 days ago and have 400."""
    found = centre(session, Stage.CONSTRUCTION)
    promise(session, (300_00, START), (600_00, TODAY))
    sign(session)
    contracts.order(session, contract=CONTRACT, kind=OrderKind.START, dated=START, **OFFICER)
    return found


def test_accounts_are_up_to_date_when_what_is_due_was_paid(building: Centre) -> None:
    """G2.4: due on the sixtieth day, and owed on the sixty-first."""
    assert building.lacks("G2.4") == ["no_account"]
    certify(building.session, "D1", 400_00, TODAY - timedelta(days=61))
    assert building.lack("G2.4").details["amount"] == "360.00 MAD"
    pay(building.session, 1, 360_00)
    certify(building.session, "D2", 100_00, TODAY - timedelta(days=60))
    assert building.lacks("G2.4") == []


def test_retention_and_penalties_are_those_of_the_contract(building: Centre) -> None:
    """G2.5a and G2.5b: late by 100 days, 8 % of 900.00; the account takes all it can bear."""
    days: dict[str, Any] = {"kind": AmendmentKind.TIME, "amount": Money(0), "days": -200}
    contracts.amend(building.session, contract=CONTRACT, number=1, signed_on=TODAY, **days, **OFFICER)
    certify(building.session, "D1", 50_00)
    assert (building.lacks("G2.5a"), building.lacks("G2.5b")) == ([], ["penalty_open"])
    open_ = building.lack("G2.5b").details
    assert (open_["amount"], open_["days"]) == ("27.00 MAD", 100)  # 72.00 − (50.00 − 5.00)

    certify(building.session, "D2", 100_00)

    assert building.lacks("G2.5b") == []


def test_retention_is_right_when_a_smaller_bond_takes_the_place_of_a_larger(building: Centre) -> None:
    """G2.5a: 40.00 went back for a bond of 63.00; one of 40.00 leaves 23.00 to retain of the next.

    The first bond was lodged on the day of the first account, after it.
    """
    days = [TODAY - timedelta(days=back) for back in (90, 60, 30)]
    certify(building.session, "D1", 400_00, days[0])
    bond: dict[str, Any] = {"kind": SecurityKind.RETENTION, "contract": CONTRACT, **OFFICER}
    lodge = securities.lodge_security
    lodge(building.session, amount=Money(63_00), lodged_on=days[0], reference="R-1", **bond)
    certificates.release_retention(
        building.session, contract=CONTRACT, reference="R", dated=days[0], **FINANCE
    )
    lodge(building.session, amount=Money(40_00), lodged_on=days[1], reference="R-2", **bond)
    securities.release_security(
        building.session, contract=CONTRACT, reference="R-1", released_on=days[1], **OFFICER
    )
    certify(building.session, "D2", 300_00, days[2])

    held = contract_position(building.session, CONTRACT, on=TODAY).retention_held
    assert (held, building.lacks("G2.5a")) == (Money(23_00), [])


def test_extra_works_stay_within_their_limit_and_their_amendment(building: Centre) -> None:
    """G2.6a and G2.6b: a tenth of 900.00, and not a centime more."""
    extra: dict[str, Any] = {"kind": AmendmentKind.EXTRA_WORKS, "days": 0, "signed_on": TODAY}
    for number, amount in ((1, 90_00), (2, 1)):
        assert building.lacks("G2.6a") == []
        contracts.amend(
            building.session,
            contract=CONTRACT,
            number=number,
            amount=Money(amount),
            **extra,
            **OFFICER,
        )
    assert building.lack("G2.6a").details["amount"] == "0.01 MAD"
    certify(building.session, "D1", 990_01)
    assert building.lacks("G2.6b") == []


def test_what_may_be_called_is_called_and_not_owed_for_long(building: Centre) -> None:
    """G2.9: 90 days overdue, and no longer."""
    assert building.lacks("G2.9") == ["tranche_not_called"] * 2
    long_ago = TODAY - timedelta(days=152)
    call(building.session, on=long_ago)
    call(building.session)
    (old,) = building.verdict("G2.9").lacks
    assert (old.code, old.details["amount"]) == ("call_too_old", "300.00 MAD")
    receive(building.session, 300_00, "VIR-1")
    assert building.lacks("G2.9") == []


@pytest.fixture
def ready(session: Session) -> Centre:
    """Works that are done and accepted for good, with a bond, retention and a promise still open."""
    found = centre(session, Stage.LAUNCH)
    promise(session, (300_00, START), (600_00, TODAY))
    call(session)
    sign(session, terms={"guarantee_months": 1})
    contracts.order(session, contract=CONTRACT, kind=OrderKind.START, dated=START, **OFFICER)
    bond: dict[str, Any] = {"kind": SecurityKind.PERFORMANCE, "amount": Money(27_00), "reference": "B-1"}
    securities.lodge_security(session, contract=CONTRACT, lodged_on=START, **bond, **OFFICER)
    given: dict[str, Any] = {"contract": CONTRACT, **OFFICER}
    acceptances.accept(session, kind=AcceptanceKind.PROVISIONAL, dated=TODAY - timedelta(days=90), **given)
    acceptances.accept(session, kind=AcceptanceKind.DEFINITIVE, dated=TODAY, **given)
    return found


def test_the_last_account_is_signed_and_paid(ready: Centre) -> None:
    """G4.3a."""
    certify(ready.session, "D1", 800_00)
    pay(ready.session, 1, 737_00)
    assert ready.lacks("G4.3a") == ["final_account_missing"]
    certify(ready.session, "D2", 100_00, last=True)
    assert ready.lack("G4.3a").details["amount"] == "100.00 MAD"
    pay(ready.session, 2, 100_00)
    assert ready.lacks("G4.3a") == []


def test_retention_and_bonds_are_given_back(ready: Centre) -> None:
    """G4.3b and G4.3c: given back and paid."""
    certify(ready.session, "D1", 900_00, last=True)
    held = [ready.lack(rule).details["amount"] for rule in ("G4.3b", "G4.3c")]
    assert held == ["63.00 MAD", "27.00 MAD"]

    certificates.release_retention(ready.session, contract=CONTRACT, reference="R", dated=TODAY, **FINANCE)
    assert ready.lack("G4.3b").details["amount"] == "63.00 MAD"
    pay(ready.session, 2, 63_00)
    released: dict[str, Any] = {"reference": "B-1", "released_on": TODAY}
    securities.release_security(ready.session, contract=CONTRACT, **released, **OFFICER)

    assert (ready.lacks("G4.3b"), ready.lacks("G4.3c")) == ([], [])


def test_a_promise_is_received_or_released(ready: Centre) -> None:
    """G4.4."""
    receive(ready.session, 300_00, "VIR-1")
    assert ready.lack("G4.4").details["amount"] == "600.00 MAD"
    written: dict[str, Any] = {"kind": ReleaseKind.WRITTEN_OFF, "decided_on": TODAY, "reference": "D-1"}
    for_whom: dict[str, Any] = {"project": KEY, "partner": "council", "commitment": "CONV-7"}
    releases.release_commitment(
        ready.session, amount=Money(600_00), proposed_by="officer", **written, **for_whom, **FINANCE
    )
    assert ready.lacks("G4.4") == []


def test_committed_paid_and_owed_are_known(session: Session) -> None:
    """G3.8a to G3.8c."""
    found = centre(session, Stage.EQUIPMENT)
    assert found.lacks("G3.8a") == ["no_commitment", "no_works_contract"]
    promise(session, (900_00, TODAY))
    sign(session)
    contracts.order(session, contract=CONTRACT, kind=OrderKind.START, dated=START, **OFFICER)
    assert found.lacks("G3.8a") == ["no_account"]
    assert found.lack("G3.8b").details["amount"] == "900.00 MAD"
    certify(session, "D1", 900_00)
    call(session)
    assert [found.lacks(rule) for rule in ("G3.8a", "G3.8b", "G3.8c")] == [[], [], []]
