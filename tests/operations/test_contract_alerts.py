"""The morning's alerts about contracts: penalties, bonds, guarantee and release, each on its day."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from dateutil.relativedelta import relativedelta
from sqlmodel import Session, select

from models.rules.contracts import AcceptanceKind, AmendmentKind, CertificateKind, OrderKind, SecurityKind
from models.rules.money_alerts import Alert
from models.rules.stages import Stage
from models.tables import (
    Acceptance,
    Contract,
    ContractTerm,
    Milestone,
    MoneyAlert,
    Project,
    Reservation,
    Security,
    ServiceOrder,
)
from tests.builders import AT, make_project
from tests.operations.alerted import look, said
from tests.operations.money_builders import amend, make_account, make_contract

TODAY = AT.date()
DAY = timedelta(days=1)
YEAR = relativedelta(years=1)
CAP, BOND = Alert.PENALTY_CAP, Alert.BOND_MISSING
RELEASE, GUARANTEE = Alert.RELEASE_DUE, Alert.GUARANTEE_ENDING
MILLION = 1_000_000_00


def contract_of(session: Session, stage: Stage = Stage.CONSTRUCTION, **given: Any) -> Contract:
    """A contract of a million, on a line of its own."""
    return make_contract(session, make_project(session, stage=stage), MILLION, **given)


def late_by(session: Session, days: int) -> Contract:
    """A contract whose time ended so many days ago."""
    started = TODAY - days * DAY - 100 * DAY
    return contract_of(session, signed_on=started - 10 * DAY, started_on=started, period_days=100)


def order(session: Session, contract: Contract, kind: OrderKind, dated: date) -> None:
    session.add(ServiceOrder(contract_id=contract.id, kind=kind, dated=dated))
    session.flush()


def secure(session: Session, contract: Contract, kind: SecurityKind, amount: int) -> Security:
    row = Security(contract_id=contract.id, kind=kind, amount_centimes=amount, lodged_on=contract.signed_on)
    session.add(row)
    session.flush()
    return row


def accept(session: Session, contract: Contract, on: date, kind: AcceptanceKind) -> Acceptance:
    row = Acceptance(contract_id=contract.id, kind=kind, dated=on)
    session.add(row)
    session.flush()
    return row


def test_a_cap_is_told_when_near_and_when_reached(session: Session) -> None:
    """B43: 8 % at a thousandth a day is reached on the 80th day, and near from the 64th on."""
    late_by(session, 63)

    told = [look(session, day, only=CAP) for day in (0, 1, 2, 16, 17, 18, 90)]

    once = {"penalty_cap": 1}
    assert told == [{}, once, {}, {}, once, {}, {}]
    near, reached = said(session, CAP)
    assert near == {
        "contract": "M-sample-centre",
        "contractor": "Sample contractor",
        "days": 64,
        "due": "64000.00 MAD",
        "cap": "80000.00 MAD",
        "share": 8000,
        "reached": False,
    }
    assert (reached["days"], reached["due"], reached["reached"]) == (80, "80000.00 MAD", True)


def test_a_day_stopped_or_given_holds_the_penalty_back(session: Session) -> None:
    """B43 and W12: an alert closes with an amendment that adds days, and is told anew later."""
    contract = late_by(session, 64)
    order(session, contract, OrderKind.STOP, TODAY - 30 * DAY)
    order(session, contract, OrderKind.RESUME, TODAY - 29 * DAY)
    assert look(session, only=CAP) == {}
    assert look(session, 1, only=CAP) == {"penalty_cap": 1}
    amend(session, contract, AmendmentKind.TIME, 0, days=10)

    assert [bool(look(session, day, only=CAP)) for day in (1, 10, 11, 12)] == [False, False, True, False]


def test_after_the_last_account_no_cap_is_told(session: Session) -> None:
    """B43."""
    contract = late_by(session, 100)
    make_account(session, contract, 1, 500_000_00, TODAY, kind=CertificateKind.FINAL)

    assert look(session, only=CAP) == {}


def notified(session: Session, days_ago: int, lodged: int = 0) -> Contract:
    contract = contract_of(session, signed_on=TODAY - 60 * DAY, started_on=None)
    contract.notified_on = TODAY - days_ago * DAY
    if lodged:
        secure(session, contract, SecurityKind.PERFORMANCE, lodged)
    session.flush()
    return contract


def test_a_bond_is_told_missing_the_day_after_its_time(session: Session) -> None:
    """B46: not on the 20th day."""
    notified(session, 20)

    assert [bool(look(session, day, only=BOND)) for day in (0, 1, 2, 50)] == [False, True, False, False]
    assert said(session, BOND) == [
        {
            "contract": "M-sample-centre",
            "contractor": "Sample contractor",
            "needed": "30000.00 MAD",
            "lacking": "30000.00 MAD",
            "notified_on": "2026-02-10",
            "by": "2026-03-02",
            "days": 1,
            "penalty": "10000.00 MAD",
        }
    ]


@pytest.mark.parametrize(("lodged", "told"), [(30_000_00, {}), (29_999_99, {"bond_missing": 1})])
def test_a_bond_that_lacks_a_centime_is_missing(
    session: Session, lodged: int, told: dict[str, int]
) -> None:
    """B46."""
    notified(session, 30, lodged)

    assert look(session, only=BOND) == told


def test_a_contract_may_give_the_bond_more_time_or_ask_for_more(session: Session) -> None:
    """B46 and W11."""
    contract = notified(session, 30, 30_000_00)
    given: dict[str, Any] = {"contract_id": contract.id, "since": contract.signed_on}
    session.add(ContractTerm(name="performance_bond", value=4_00, **given))
    session.add(ContractTerm(name="bond_days", value=30, **given))
    session.flush()

    assert look(session, only=BOND) == {}
    assert look(session, 1, only=BOND) == {"bond_missing": 1}
    secure(session, contract, SecurityKind.PERFORMANCE, 10_000_00)
    assert look(session, 2, only=BOND) == {}
    assert said(session, BOND)[0]["lacking"] == "10000.00 MAD"


def test_without_a_notice_or_after_the_acceptance_no_bond_is_asked_for(session: Session) -> None:
    """B46."""
    contract = notified(session, 30)
    accept(session, contract, TODAY, AcceptanceKind.PROVISIONAL)
    make_contract(session, make_project(session, "other"), MILLION)

    assert look(session, only=BOND) == {}


def accepted(session: Session, guarantee_ends: date, stage: Stage = Stage.EQUIPMENT) -> Contract:
    """A contract whose guarantee of a year ends on a day, with what it still holds."""
    since = guarantee_ends - YEAR
    signed: dict[str, Any] = {"signed_on": since - 200 * DAY, "started_on": since - 180 * DAY}
    contract = contract_of(session, stage, **signed)
    make_account(session, contract, 1, 700_000_00, since - 10 * DAY, retention=70_000_00)
    secure(session, contract, SecurityKind.PERFORMANCE, 30_000_00)
    accept(session, contract, since, AcceptanceKind.PROVISIONAL)
    return contract


def test_a_guarantee_that_is_over_asks_for_the_release(session: Session) -> None:
    """B42: on its last day, once; again at definitive acceptance; closed once all is given back."""
    contract = accepted(session, TODAY + DAY)
    assert [bool(look(session, day, only=RELEASE)) for day in (0, 1, 2)] == [False, True, False]
    acceptance = accept(session, contract, TODAY + 3 * DAY, AcceptanceKind.DEFINITIVE)
    session.add(
        Reservation(acceptance_id=acceptance.id, number=1, label="Fuite", noted_on=acceptance.dated)
    )
    session.flush()
    assert look(session, 3, only=RELEASE) == {}
    session.exec(select(Reservation)).one().cleared_on = TODAY + 4 * DAY
    session.flush()
    assert look(session, 4, only=RELEASE) == {"release_due": 1}
    make_account(session, contract, 2, 70_000_00, TODAY + 5 * DAY, kind=CertificateKind.RETENTION)
    session.exec(select(Security)).one().released_on = TODAY + 5 * DAY
    session.flush()

    assert look(session, 5, only=RELEASE) == {}
    found = [
        (one["reason"], one["since"], one["retention"], one["bonds"]) for one in said(session, RELEASE)
    ]
    assert found == [
        ("guarantee_over", "2026-03-03", "70000.00 MAD", "30000.00 MAD"),
        ("definitive", "2026-03-05", "70000.00 MAD", "30000.00 MAD"),
    ]
    assert not session.exec(select(MoneyAlert.is_open).where(MoneyAlert.alert == RELEASE)).one()


@pytest.mark.parametrize(
    ("bond", "told"), [(0, {}), (1, {"release_due": 1}), (70_000_00, {"release_due": 1})]
)
def test_what_a_bond_stands_for_is_given_back(session: Session, bond: int, told: dict[str, int]) -> None:
    """B42: 7 % of the contract is retained; a bond of a centime frees a centime."""
    contract = contract_of(session, started_on=None)
    make_account(session, contract, 1, 700_000_00, TODAY, retention=70_000_00)
    if bond:
        secure(session, contract, SecurityKind.RETENTION, bond)

    assert look(session, only=RELEASE) == told
    assert [one["retention"] for one in said(session, RELEASE)] == [f"{bond / 100:.2f} MAD"] * len(told)


def test_the_request_is_told_30_and_7_days_before_its_last_day_and_once_it_has_passed(
    session: Session,
) -> None:
    """B47: the last day is 20 days before the end; from the end on a release is due instead (B42)."""
    accepted(session, TODAY + 51 * DAY)

    told = {day for day in range(53) if look(session, day, only=GUARANTEE)}

    assert told == {1, 24, 32}
    assert [(one["days"], one["passed"]) for one in said(session, GUARANTEE)] == [
        (30, False),
        (7, False),
        (1, True),
    ]
    assert (said(session, GUARANTEE)[0]["by"], said(session, GUARANTEE)[0]["until"]) == (
        "2026-04-02",
        "2026-04-22",
    )


def request(session: Session, contract: Contract, accepted_on: date, **given: Any) -> None:
    """The milestone of a launched project that tells people to ask for definitive acceptance."""
    day = accepted_on + YEAR - 20 * DAY
    dates: dict[str, Any] = {
        "baseline": day,
        "forecast": day,
        "planned_by": uuid4(),
        "guarantee_from": accepted_on,
    } | given
    session.add(
        Milestone(project_id=contract.project_id, stage=Stage.LAUNCH, code="acceptance_requested", **dates)
    )
    session.flush()


@pytest.mark.parametrize(
    ("stage", "given", "told"),
    [
        (Stage.LAUNCH, {}, {}),
        (Stage.EQUIPMENT, {}, {"guarantee_ending": 1}),
        (Stage.LAUNCH, {"forecast": TODAY + 31 * DAY}, {"guarantee_ending": 1}),
        (Stage.LAUNCH, {"guarantee_from": TODAY}, {"guarantee_ending": 1}),
        (Stage.LAUNCH, {"guarantee_from": None, "actual": TODAY}, {}),
    ],
)
def test_what_a_milestone_tells_is_not_told_twice(
    session: Session, stage: Stage, given: dict[str, Any], told: dict[str, int]
) -> None:
    """B47: only where it counts from this acceptance, is early enough, and the project is launched."""
    until = TODAY + 50 * DAY
    contract = accepted(session, until, stage)
    request(session, contract, until - YEAR, **given)

    assert look(session, only=GUARANTEE) == told


def test_alerts_go_where_their_project_goes(session: Session) -> None:
    """B49: each message is that of its project, by which it finds its channels."""
    contract = late_by(session, 70)
    look(session)

    (kept,) = session.exec(select(MoneyAlert).where(MoneyAlert.alert == CAP)).all()
    assert (kept.subject_id, kept.project_id) == (contract.id, contract.project_id)
    assert session.get_one(Project, kept.project_id).region == "oriental"
