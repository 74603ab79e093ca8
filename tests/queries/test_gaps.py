"""What projects lack, and the certificates as people list them: few statements, however many projects."""

from datetime import date

import pytest
from sqlmodel import Session

from models.queries.account_lines import list_accounts
from models.queries.gaps import project_gaps
from models.rules.contracts import AmendmentKind, CertificateKind
from models.rules.money import Money
from tests.builders import make_project
from tests.operations.centres import counted
from tests.operations.money_builders import (
    amend,
    make_account,
    make_commitment,
    make_contract,
    make_tranche,
    pay,
    plan_payments,
)

ON = date(2026, 3, 2)
APRIL, MAY, JULY = date(2026, 4, 1), date(2026, 5, 1), date(2026, 7, 1)


def make_short(session: Session, key: str) -> None:
    """900.00 are to be paid from April on, with nothing at hand and 500.00 that come in June."""
    project = make_project(session, key)
    promise = make_commitment(session, project, "council", 500_00, reference=f"C-{key}")
    make_tranche(session, promise, 500_00, date(2026, 6, 1))
    contract = make_contract(session, project, 1_000_00)
    amend(session, contract, AmendmentKind.EXTRA_WORKS, 100_00)
    plan_payments(session, contract, {APRIL: 300_00, MAY: 300_00, JULY: 300_00})


def test_what_is_missing_most_is_that_of_one_month(session: Session) -> None:
    """Q2 to Q5."""
    make_short(session, "one")

    (gap,) = project_gaps(session, on=ON)

    assert [(hole.month, hole.missing, hole.source is not None) for hole in gap.shortfalls] == [
        (APRIL, 300_00, True),
        (MAY, 500_00, True),
        (MAY, 100_00, False),
        (JULY, 400_00, False),
    ]
    assert gap.short == Money(600_00)
    assert gap.unplanned == (("M-one", Money(200_00)),)
    assert gap.unstated is None


def test_as_few_statements_for_many_projects_as_for_one(session: Session) -> None:
    for number in range(4):
        make_short(session, f"c{number}")
    make_project(session, "bare")
    sent = []
    for asked in (["c1"], None):
        with counted(session) as statements:
            found = project_gaps(session, on=ON, projects=asked)
        sent.append(len(statements))
    assert sent[0] == sent[1] <= 6
    assert [one.position.project for one in found] == ["bare", "c0", "c1", "c2", "c3"]
    assert found[0].shortfalls == ()
    assert found[0].short == Money(0)


@pytest.mark.parametrize("keys", [["nowhere"], ["\u202e"], []])
def test_projects_that_are_not_there_lack_nothing(session: Session, keys: list[str]) -> None:
    make_short(session, "one")

    assert project_gaps(session, on=ON, projects=keys) == ()
    assert list_accounts(session, on=ON, projects=keys) == ()


def test_accounts_as_they_stood_on_a_day(session: Session) -> None:
    """W23."""
    project = make_project(session)
    contract = make_contract(session, project, 1_000_00)
    first = make_account(session, contract, 1, 400_00, date(2026, 1, 20), retention=40_00, paid=False)
    make_account(session, contract, 2, 100_00, date(2026, 2, 20), kind=CertificateKind.FINAL, paid=False)
    pay(session, first, 100_00, date(2026, 2, 1))
    pay(session, first, 50_00, ON, reference="OP-2")

    with counted(session) as statements:
        one, two = list_accounts(session, on=date(2026, 2, 28))

    assert len(statements) == 1
    assert (one.number, one.net, one.paid, one.owed) == (1, Money(360_00), Money(100_00), Money(260_00))
    assert (two.kind, two.paid) == (CertificateKind.FINAL, Money(0))
    assert [line.paid for line in list_accounts(session, on=ON)] == [Money(150_00), Money(0)]
    assert list_accounts(session, on=date(2026, 1, 19)) == ()
