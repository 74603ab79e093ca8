"""Centres with a partner's signed commitment, for the tests of tranches, calls and receipts."""

from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from models.clock import local_day
from models.operations import commitments, conventions, evidence, funding_calls, receipts, tranches
from models.operations.funding_calls import CallAnswer
from models.operations.receipts import ReceiptAnswer
from models.operations.tranches import TranchePlanned
from models.queries.funding import CallLine, list_calls
from models.rules.money import Money
from models.rules.stages import Stage
from models.rules.tranches import CallState, PlannedTranche, Trigger
from models.tables import Project
from tests.builders import AT, link_partners, make_partner, make_project, make_staff

TODAY = local_day(AT)
KEY, PARTNER, REFERENCE = "sample-centre", "council", "CONV-7"
PROMISED = Money(4_000_000_00)
HALF = Money(2_000_000_00)
REASON = "Sample reason"


def prepare(session: Session, stage: Stage = Stage.STUDY) -> Project:
    """A centre to which the council has promised four million, and one person of each role."""
    make_staff(session)
    make_partner(session, "ministry")
    return promised_centre(session, stage=stage)


def promised_centre(session: Session, key: str = KEY, stage: Stage = Stage.STUDY) -> Project:
    project = make_project(session, key, stage=stage)
    link_partners(session, project, [PARTNER])
    promise(session, project=key)
    return project


def promise(session: Session, **changes: Any) -> None:
    given: dict[str, Any] = {
        "project": KEY,
        "partner": PARTNER,
        "reference": REFERENCE,
        "amount": PROMISED,
        "in_kind": False,
        "signed_on": date(2026, 1, 15),
        "budget_year": 2026,
        "budget_line": "20.10.30",
        "by": "officer",
        "at": AT,
        "approved_by": "director",
    }
    commitments.set_commitment(session, **(given | changes))


def convention(session: Session, *parties: str, reference: str = "PART-1", **changes: Any) -> None:
    """Write a convention that each of the parties has signed."""
    given: dict[str, Any] = {"title": "Sample convention", "ends_on": None, "by": "officer", "at": AT}
    conventions.write_convention(session, reference=reference, parties=parties, **(given | changes))
    for party in parties:
        signed(session, party, reference=reference)


def signed(session: Session, party: str, on: date = date(2026, 1, 10), **changes: Any) -> None:
    given: dict[str, Any] = {"reference": "PART-1", "by": "officer", "at": AT}
    conventions.sign_convention(session, party=party, on=on, **(given | changes))


def on_day(day: date = TODAY, amount: Money = HALF) -> PlannedTranche:
    return PlannedTranche(amount, Trigger.DATE, day)


def on_stage(stage: Stage, amount: Money = HALF) -> PlannedTranche:
    return PlannedTranche(amount, Trigger.STAGE, TODAY + timedelta(days=90), stage=stage)


def on_progress(percent: int, amount: Money = HALF) -> PlannedTranche:
    expected = TODAY + timedelta(days=200)
    return PlannedTranche(amount, Trigger.PROGRESS, expected, progress=percent * 100)


def on_document(code: str, amount: Money = HALF) -> PlannedTranche:
    return PlannedTranche(amount, Trigger.DOCUMENT, TODAY + timedelta(days=60), document=code)


def plan(session: Session, *planned: PlannedTranche, **changes: Any) -> tuple[TranchePlanned, ...]:
    given: dict[str, Any] = {"project": KEY, "partner": PARTNER, "reference": REFERENCE}
    given |= {"by": "officer", "at": AT}
    return tranches.plan_tranches(session, tranches=planned, **(given | changes))


def progress(session: Session, percent: int, **changes: Any) -> None:
    """File a measure of the works."""
    given: dict[str, Any] = {"project": KEY, "on": TODAY, "reference": "", "file": None}
    given |= {"by": "officer", "at": AT}
    evidence.add_evidence(session, code="physical_progress", value=percent * 100, **(given | changes))


def calls(session: Session, project: str = KEY) -> tuple[CallLine, ...]:
    return list_calls(session, project=project)


def the_call(session: Session, tranche: int = 1, project: str = KEY) -> CallLine:
    """The call of a tranche that is not withdrawn."""
    (found,) = [
        call
        for call in calls(session, project)
        if call.tranche == tranche and call.state is not CallState.WITHDRAWN
    ]
    return found


def issue(session: Session, tranche: int = 1, project: str = KEY, **changes: Any) -> CallAnswer:
    given: dict[str, Any] = {"call": the_call(session, tranche, project).id, "by": "finance", "at": AT}
    return funding_calls.issue_call(session, **(given | changes))


def withdraw(session: Session, tranche: int = 1, **changes: Any) -> CallAnswer:
    given: dict[str, Any] = {"call": the_call(session, tranche).id, "reason": REASON}
    given |= {"by": "finance", "at": AT}
    return funding_calls.withdraw_call(session, **(given | changes))


def receive(session: Session, amount: Money, reference: str = "VIR-1", **changes: Any) -> ReceiptAnswer:
    given: dict[str, Any] = {"project": KEY, "partner": PARTNER, "received_on": TODAY}
    given |= {"by": "finance", "at": AT}
    return receipts.enter_receipt(session, amount=amount, reference=reference, **(given | changes))


def correct(session: Session, amount: Money, reference: str = "VIR-1", **changes: Any) -> ReceiptAnswer:
    given: dict[str, Any] = {"project": KEY, "partner": PARTNER, "reason": REASON}
    given |= {"by": "finance", "at": AT}
    return receipts.correct_receipt(session, amount=amount, reference=reference, **(given | changes))
