"""Every parcel that the operations write can be said in each language."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import Session, select

from models.clock import local_day
from models.operations import (
    approvals,
    calendar,
    carrying_out,
    controlling,
    four_eyes,
    funding_watch,
    milestones,
    money_alerts,
    moves,
    projects,
    reconciliation_runs,
)
from models.operations.reconciliation_runs import SETTLED_DAYS
from models.operations.refused_files import tell_refused
from models.queries.open_books import read_open_books
from models.queries.snapshots import snapshot
from models.rules.approvals import PROPOSAL_VALID_DAYS
from models.rules.four_eyes import MoneyChange
from models.rules.money import Money
from models.rules.money_alerts import Alert
from models.rules.reconciliation import Scope
from models.rules.stages import Stage
from models.settings import LANGUAGES
from models.tables import Door, Milestone, Parcel, Project
from notifications import words
from notifications.render import kinds, render
from reconcile.open_books import decide
from tests.builders import AT, make_partner, make_project, make_staff
from tests.operations.books import plan
from tests.operations.money_builders import (
    accept,
    make_account,
    make_call,
    make_commitment,
    make_contract,
    make_tranche,
    plan_payments,
)
from tests.operations.ready import make_ready, sign
from tests.operations.statements import make_bank, write_line

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def strict_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "STRICT", True)


def ask(session: Session, key: str, entered: Stage) -> None:
    request = uuid4()
    moves.ask(
        session,
        request=request,
        project=key,
        entered=entered,
        asked_by="officer",
        door=Door.TERMINAL,
        at=AT,
    )
    session.flush()
    carrying_out.carry_out(session, request=request, at=AT)


def live_through_moves(session: Session) -> None:
    """A move refused for what is missing, two proposals that came to nothing, a move, a step back."""
    make_project(session, "empty")
    ask(session, "empty", Stage.CONSTRUCTION)
    approvals.propose(session, project="empty", entered=Stage.CONSTRUCTION, by="officer", at=AT)
    approvals.reject(session, project="empty", by="finance", reason="Crédits épuisés", at=AT)
    approvals.propose(session, project="empty", entered=Stage.CONSTRUCTION, by="officer", at=AT)
    approvals.lapse(session, at=AT + (PROPOSAL_VALID_DAYS + 1) * DAY)
    make_ready(session, "ready")
    carrying_out.carry_out(session, request=sign(session, "ready"), at=AT)
    projects.step_back(session, project="ready", entered=Stage.STUDY, by="director", reason="ok", at=AT)


def live_through_decisions(session: Session) -> None:
    """A suspension with a move refused in it, a resumption, a cancellation."""
    make_project(session, "stopped")
    projects.suspend(session, project="stopped", by="director", reason="Litige", at=AT)
    ask(session, "stopped", Stage.CONSTRUCTION)
    projects.resume(session, project="stopped", by="director", reason="Réglé", at=AT + 40 * DAY)
    projects.cancel(session, project="stopped", by="director", reason="Abandon", at=AT + 41 * DAY)


def live_through_milestones(session: Session) -> None:
    """Milestones opened, moved by a person and a feast, due, overdue, met and corrected."""
    project = make_project(session, "built", stage=Stage.CONSTRUCTION)
    milestones.open_stage(
        session,
        project=project,
        stage=Stage.CONSTRUCTION,
        entered_on=local_day(AT),
        request=uuid4(),
        by="tadshin",
        at=AT,
    )
    session.flush()
    first, *_others = session.exec(select(Milestone).order_by(Milestone.forecast)).all()  # type: ignore[arg-type]
    code, due = first.code, first.forecast
    for days in (20, 3, 1, -2):
        milestones.watch(session, at=AT + ((due - local_day(AT)).days - days) * DAY)
    later = AT + 60 * DAY
    forecast = local_day(later) + 10 * DAY
    milestones.set_forecast(
        session, project="built", code=code, forecast=forecast, reason="Pluies", by="officer", at=later
    )
    calendar.override_feast(session, day=forecast, name="Fête", feast=True, by="officer", at=later)
    on = local_day(later)
    milestones.meet(session, project="built", code=code, on=on, by="officer", at=later)
    milestones.meet(
        session, project="built", code=code, on=on - DAY, by="officer", at=later, reason="Erreur"
    )


def live_through_money(session: Session) -> None:
    """A tranche that falls due, a call that stays unpaid, and a plan over what was promised."""
    project, today = make_project(session, "funded", stage=Stage.CONSTRUCTION), local_day(AT)
    promise = make_commitment(session, project, "council", 900_00, signed_on=today - 200 * DAY)
    late = make_tranche(session, promise, 800_00, today - 150 * DAY)
    make_call(session, late, today - 150 * DAY, due_on=today - 40 * DAY)
    make_tranche(session, promise, 200_00, today - DAY, number=2)
    funding_watch.watch(session, at=AT)
    controlling.control(session, at=AT)


def live_through_changes(session: Session) -> None:
    """A revision that a director approves, a transfer that one rejects."""
    make_project(session, "planned")
    plan(session, "planned")
    about: dict[str, Any] = {"project": "planned", "reason": "Prix revus", "by": "finance", "at": AT}
    first = four_eyes.propose_revision(session, line="WORKS", amount=Money(-5_000_00), **about)
    second = four_eyes.propose_transfer(
        session, source="WORKS", target="EQUIPMENT", amount=Money(1_00), **about
    )
    four_eyes.decide(session, proposal=first.id, approve=True, by="director", at=AT)
    four_eyes.decide(session, proposal=second.id, approve=False, reason="Non", by="director", at=AT)


def test_a_correction_of_a_partner_is_told_in_its_name_without_a_project(session: Session) -> None:
    """O22."""
    make_staff(session)
    partner = make_partner(session)
    names = {f"name_{language}": partner.name(language) for language in LANGUAGES}
    four_eyes.propose_change(
        session,
        change=MoneyChange.PARTNER_DETAILS,
        project=None,
        amount=Money(0),
        terms={"partner": partner.key, **names, "type": "ministry"},
        reason="Décret",
        by="finance",
        at=AT,
    )

    (parcel,) = session.exec(select(Parcel)).all()

    assert (parcel.kind, parcel.project_id) == ("change_proposed", None)
    for language in LANGUAGES:
        told = render(parcel.kind, json.loads(parcel.payload), None, language, at=AT).text
        assert partner.name(language) in told


def live_through_alerts(session: Session) -> None:
    """Contracts above their line: one late, without its bond and uncovered; two in their guarantee."""
    project, today = make_project(session, "amiss", stage=Stage.CONSTRUCTION), local_day(AT)
    make_commitment(session, project, "ministry", 1_00)
    late = make_contract(session, project, 900_00)
    late.notified_on = late.signed_on
    plan_payments(session, late, {(today + 40 * DAY).replace(day=1): 900_00})
    for reference, over_in in (("M-ends", 25), ("M-over", -1)):
        contract = make_contract(session, project, 100_00, reference=reference)
        make_account(session, contract, 1, 100_00, contract.signed_on + 60 * DAY, retention=7_00)
        accept(session, contract, today - (365 - over_in) * DAY)
    told = money_alerts.raise_alerts(session, at=AT).told
    assert set(told) == set(Alert)


def live_through_a_night(session: Session) -> None:
    """One line that is booked, and one that nobody knows."""
    bank = make_bank(session)
    write_line(session, bank.file, 200_000_50, reference="AF-2026-0002", counterparty="Sample council")
    write_line(session, bank.file, -7_777_77, counterparty="<script>")
    run = reconciliation_runs.begin(
        session, scope=Scope(), asked_by="", holder="tests", is_alive=lambda _holder: True, at=AT
    )
    books = read_open_books(session, settled_days=SETTLED_DAYS)
    outcome = decide(books, Scope(), snapshot(books, AT))
    assert reconciliation_runs.record(session, run=run, outcome=outcome, at=AT).booked
    asked: dict[str, Any] = {"digest": "0" * 64, "account": "bank-1", "name": "=cmd().csv", "at": AT}
    assert tell_refused(session, problems=3, **asked)
    assert not tell_refused(session, problems=3, **asked)


def test_every_fact_that_is_told_has_words(session: Session) -> None:
    make_staff(session)
    live_through_moves(session)
    live_through_decisions(session)
    live_through_milestones(session)
    live_through_money(session)
    live_through_changes(session)
    live_through_alerts(session)
    live_through_a_night(session)
    session.flush()

    told = session.exec(select(Parcel, Project).outerjoin(Project)).all()

    for parcel, project in told:
        for language in LANGUAGES:
            payload = json.loads(parcel.payload)
            message = render(parcel.kind, payload, project, language, at=parcel.created_at)
            assert project is None or project.name(language) in message.text
    assert {parcel.kind for parcel, _project in told} == set(kinds())
