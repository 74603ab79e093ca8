"""A project is not closed over an open case that touches it; cases of others do not keep it (G4.5, R55)."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, select

from models.clock import local_day
from models.operations.cases import assign_case, close_cases, open_cases, settle_case
from models.queries.cases import list_cases
from models.queries.dossiers import load_dossier, load_dossiers
from models.rules.authority import NotAllowed
from models.rules.cases import CaseFacts, CaseKind
from models.rules.errors import BadValue
from models.rules.gates import Verdict, ask_gate
from models.rules.reconciliation import MatchKind, MatchStatus, ReconciliationState
from models.rules.stages import Stage
from models.tables import Case, Match, MatchPart, Project, ReconciliationRun
from tests.builders import AT, make_project
from tests.operations.statements import Bank, make_bank, write_line

EARLIER = AT - timedelta(days=12)
TODAY = local_day(AT)


@pytest.fixture
def bank(staff: Session) -> Bank:
    """Books with a bank account, once reconciled; the project is about to be closed."""
    made = make_bank(staff)
    made.project.stage = Stage.LAUNCH
    staff.add(
        ReconciliationRun(
            state=ReconciliationState.DONE,
            started_at=AT,
            ended_at=AT,
            asked_by="finance",
            lease_until=AT,
        )
    )
    staff.flush()
    return made


@pytest.fixture
def other(staff: Session) -> Project:
    """A second project that is about to be closed."""
    project = make_project(staff, "other-centre")
    project.stage = Stage.LAUNCH
    staff.flush()
    return project


def verdict(session: Session, project: Project) -> Verdict:
    session.flush()
    return next(one for one in ask_gate(load_dossier(session, project, TODAY)) if one.rule == "G4.5")


def opened(session: Session, kind: CaseKind, amount: int = -7_00, **about: Any) -> Case:
    """Open a case of twelve days ago."""
    facts = CaseFacts(kind, (uuid4().hex,), amount, **about)
    open_cases(session, [facts], at=EARLIER)
    return session.exec(select(Case).where(Case.fingerprint == facts.fingerprint)).one()


def matched(session: Session, line: UUID, status: MatchStatus, rank: int = 0, **target: Any) -> UUID:
    """Write a match of a line with a call or a certificate."""
    match = Match(
        id=uuid4(),
        kind=MatchKind.SINGLE,
        status=status,
        rank=rank,
        stage="single",
        rules_version="t",
        written_at=AT,
    )
    session.add(match)
    session.flush()
    session.add(MatchPart(match_id=match.id, line_id=line, **target))
    session.flush()
    return match.id


def test_a_case_of_the_project_keeps_it_and_is_named(staff: Session, bank: Bank, other: Project) -> None:
    assert verdict(staff, bank.project).met
    case = opened(staff, CaseKind.WRONG_PROJECT, project=bank.project.id)

    (lack,) = verdict(staff, bank.project).lacks

    assert dict(lack.details) == {
        "case": case.id.hex[:8],
        "case_kind": "wrong_project",
        "amount": "7.00 MAD",
        "days": 12,
        "who": "finance",
    }
    assert verdict(staff, other).met
    assign_case(staff, case=case.id.hex, to="director", by="finance", at=AT)
    assert verdict(staff, bank.project).lacks[0].details["who"] == "director"
    close_cases(staff, [case.id], at=AT)
    assert verdict(staff, bank.project).met


def test_the_largest_comes_first_and_each_once(staff: Session, bank: Bank) -> None:
    line = write_line(staff, bank.file, 5_00, project_code="SAMPLE-CENTRE")
    small = opened(staff, CaseKind.WRONG_PROJECT, 5_00, project=bank.project.id, line=line.id)
    large = opened(staff, CaseKind.OFF_BY_CENTS, -9_00, contract=bank.contract.id)

    named = [lack.details["case"] for lack in verdict(staff, bank.project).lacks]

    assert named == [large.id.hex[:8], small.id.hex[:8]]
    listed = list_cases(staff, project=bank.project.id)
    assert [one.name for one in listed] == named


def test_a_case_of_a_booking_touches_what_it_pays(staff: Session, bank: Bank, other: Project) -> None:
    line = write_line(staff, bank.file, -5_00)
    target: dict[str, Any] = {"certificate_id": bank.certificates[0].id}
    booked = matched(staff, line.id, MatchStatus.BOOKED, **target)
    opened(staff, CaseKind.BOOKING_CONTRADICTED, match=booked)

    assert not verdict(staff, bank.project).met
    assert verdict(staff, other).met


def test_an_open_line_touches_the_project_that_it_names(staff: Session, bank: Bank, other: Project) -> None:
    line = write_line(staff, bank.file, 5_00, project_code="Other-Centre")
    opened(staff, CaseKind.UNMATCHED_RECEIPT, 5_00, line=line.id)

    assert verdict(staff, bank.project).met
    assert not verdict(staff, other).met


def test_of_what_is_suggested_only_the_first_touches(staff: Session, bank: Bank) -> None:
    """R55: what is thought of as well, and what was rejected, keeps nobody."""
    line = write_line(staff, bank.file, 5_00)
    opened(staff, CaseKind.UNMATCHED_RECEIPT, 5_00, line=line.id)
    second = matched(staff, line.id, MatchStatus.SUGGESTED, 2, call_id=bank.calls[0].id)
    first = matched(staff, line.id, MatchStatus.SUGGESTED, 1)
    assert verdict(staff, bank.project).met

    match = staff.get_one(Match, first)
    match.status, match.author = MatchStatus.REJECTED, "finance"
    assert not verdict(staff, bank.project).met

    match = staff.get_one(Match, second)
    match.status, match.author = MatchStatus.REJECTED, "finance"
    assert verdict(staff, bank.project).met


@pytest.mark.parametrize(
    "kind", [CaseKind.STATEMENT_GAP, CaseKind.STATEMENT_OVERLAP, CaseKind.RATE_MISSING]
)
def test_a_case_of_no_project_keeps_none(staff: Session, bank: Bank, kind: CaseKind) -> None:
    opened(staff, kind, account=bank.account.id)

    assert verdict(staff, bank.project).met


def test_a_late_partner_is_told_by_the_money_that_is_missing(staff: Session, bank: Bank) -> None:
    """R55: one case of a partner is for all projects; G4.4 asks for the money of this one."""
    opened(staff, CaseKind.LATE_PARTNER, partner=bank.council.id)

    assert verdict(staff, bank.project).met
    asked = ask_gate(load_dossier(staff, bank.project, TODAY))
    assert not next(one for one in asked if one.rule == "G4.4").met


def test_a_run_that_has_not_ended_proves_nothing(staff: Session, bank: Bank) -> None:
    run = staff.exec(select(ReconciliationRun)).one()
    run.state, run.ended_at = ReconciliationState.ABANDONED, AT

    (lack,) = verdict(staff, bank.project).lacks

    assert lack.code == "never_reconciled"


def test_many_projects_are_asked_as_one(staff: Session, bank: Bank, other: Project) -> None:
    case = opened(staff, CaseKind.WRONG_PROJECT, project=other.id)

    dossiers = load_dossiers(staff, [bank.project, other], TODAY)

    assert dossiers[bank.project.id].books.cases == ()
    assert [one.name for one in dossiers[other.id].books.cases or ()] == [case.id.hex[:8]]


BORNE = (CaseKind.OFF_BY_CENTS, CaseKind.EXCHANGE_DIFFERENCE, CaseKind.WRONG_PROJECT)


@pytest.mark.parametrize("kind", BORNE)
def test_what_the_books_would_never_close_finance_closes_with_a_reason(
    staff: Session, bank: Bank, kind: CaseKind
) -> None:
    """R56: a centime too much cannot be paid; the project is not kept for ever."""
    case = opened(staff, kind, 1, project=bank.project.id)
    with pytest.raises(NotAllowed):
        settle_case(staff, case=case.id.hex, reason="Borne", by="officer", at=AT)
    assert not verdict(staff, bank.project).met

    settle_case(staff, case=case.id.hex, reason="Borne", by="finance", at=AT)

    assert verdict(staff, bank.project).met


@pytest.mark.parametrize("kind", [CaseKind.DUPLICATE_PAYMENT, CaseKind.BOOKING_CONTRADICTED])
def test_no_other_case_is_closed_by_hand(staff: Session, bank: Bank, kind: CaseKind) -> None:
    """R56."""
    case = opened(staff, kind, project=bank.project.id)

    with pytest.raises(BadValue):
        settle_case(staff, case=case.id.hex, reason="Borne", by="finance", at=AT)

    assert not verdict(staff, bank.project).met
