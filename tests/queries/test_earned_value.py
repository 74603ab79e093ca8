"""Earned value, from the rows of the books and the dossier."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import event
from sqlmodel import Session

from models.queries.earned_value import load_works, project_earned_value, project_s_curve
from models.rules.contracts import AmendmentKind, CertificateKind, ContractKind
from models.rules.errors import UnknownKey
from models.rules.payment_curve import Planned
from models.tables import Evidence, Project
from tests.builders import make_project
from tests.operations.money_builders import (
    STARTED,
    accept,
    amend,
    make_account,
    make_contract,
    plan_payments,
)

ON = date(2025, 2, 28)
FEBRUARY, MARCH = date(2025, 2, 1), date(2025, 3, 1)


def measure(
    session: Session, project: Project, dated: date, hundredths: int, hour: int, *, current: bool
) -> None:
    added_at = datetime(2026, 1, 1, hour, tzinfo=UTC)
    session.add(
        Evidence(
            project_id=project.id,
            code="physical_progress",
            dated=dated,
            value=hundredths,
            added_by="officer",
            added_at=added_at,
            superseded_at=None if current else added_at,
        )
    )
    session.flush()


def make_works(session: Session, key: str = "sample-centre") -> Project:
    """1 000.00 of works in two months, planned anew since; half measured, 600.00 certified."""
    project = make_project(session, key)
    contract = make_contract(session, project, 900_00)
    amend(session, contract, AmendmentKind.EXTRA_WORKS, 100_00, days=10)
    plan_payments(session, contract, {FEBRUARY: 400_00, MARCH: 500_00}, version=1)
    plan_payments(session, contract, {MARCH: 1_000_00}, version=2)
    make_account(session, contract, 1, 600_00, date(2025, 2, 10))
    make_account(session, contract, 2, 1_00, date(2025, 3, 1))
    make_account(session, contract, 3, 7_00, date(2025, 2, 11), kind=CertificateKind.ADVANCE)
    make_contract(session, project, 5_00, reference=f"S-{key}", kind=ContractKind.SUPPLY)
    measure(session, project, date(2025, 2, 1), 20_00, 1, current=False)
    measure(session, project, date(2025, 2, 25), 90_00, 2, current=False)
    measure(session, project, date(2025, 2, 20), 50_00, 3, current=True)
    return project


def test_the_first_plan_is_the_baseline_and_works_alone_count(session: Session) -> None:
    """Q9, Q10: the measure of 90 % was wrong, and corrected by one dated before it."""
    project = make_works(session)

    found = project_earned_value(session, project.key, on=ON)

    assert (found.budget, found.pv, found.ev, found.ac) == (1_000_00, 400_00, 500_00, 600_00)
    assert (found.cpi, found.spi) == (Decimal("0.833"), Decimal("1.250"))
    works = load_works(session, [project.key], on=ON)[project.key]
    assert set(works.planned) == {Planned(FEBRUARY, 400_00), Planned(MARCH, 500_00)}
    assert works.progress == ((date(2025, 2, 1), 20_00), (date(2025, 2, 20), 50_00))


def test_the_days_late_stand_beside_it(session: Session) -> None:
    """Q10, W3: from 1 February 2024, 365 days and 10 more, to the provisional acceptance."""
    project = make_project(session)
    contract = make_contract(session, project, 900_00)
    amend(session, contract, AmendmentKind.TIME, 0, days=10)
    end = STARTED.toordinal() + 375

    assert project_earned_value(session, project.key, on=date.fromordinal(end)).days_late == 0
    assert project_earned_value(session, project.key, on=date.fromordinal(end + 3)).days_late == 3
    accept(session, contract, date.fromordinal(end + 2))
    assert project_earned_value(session, project.key, on=date.fromordinal(end + 90)).days_late == 2


def test_the_curve_ends_with_the_plan(session: Session) -> None:
    """Q9."""
    project = make_works(session)

    points = project_s_curve(session, project.key, on=ON)

    assert [(point.day, point.planned, point.earned) for point in points] == [
        (date(2025, 2, 28), 400_00, 500_00),
        (date(2025, 3, 31), 900_00, None),
    ]


def test_many_projects_take_as_few_reads_as_one(session: Session) -> None:
    keys = [make_works(session, f"c{number}").key for number in range(4)]
    reads: list[str] = []
    event.listen(session.connection(), "before_cursor_execute", lambda *args: reads.append(args[2]))

    load_works(session, keys[:1], on=ON)
    one = len(reads)
    loaded = load_works(session, keys, on=ON)

    assert len(reads) == 2 * one
    assert len(set(loaded.values())) == 1


def test_a_project_without_works_has_sums_of_nothing(session: Session) -> None:
    project = make_project(session)

    found = project_earned_value(session, project.key, on=ON)

    assert (found.budget, found.pv, found.ev, found.ac, found.days_late) == (0, 0, 0, 0, 0)
    assert project_s_curve(session, project.key, on=ON) == ()
    with pytest.raises(UnknownKey):
        project_earned_value(session, "nowhere", on=ON)
