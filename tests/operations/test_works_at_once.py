"""Two people at once at one contract, promise or budget: what one has written, the other one counts."""

from typing import Any

from sqlalchemy import Engine
from sqlmodel import select

from models import db
from models.operations import four_eyes, payments, releases
from models.operations.budgets import complete_plan
from models.queries.contracts import contract_position
from models.queries.controls import run_controls
from models.rules.budgets import LineEngaged
from models.rules.contracts import OrderKind
from models.rules.errors import BadValue
from models.rules.funding import OverCommitment
from models.rules.money import Money
from models.rules.tranches import ReleaseKind
from models.tables import Certificate, CommitmentRelease, Payment, ServiceOrder
from tests.builders import AT, make_person, make_project, make_staff
from tests.operations import promised, works
from tests.operations.at_once import together
from tests.operations.books import WORKS, plan
from tests.operations.works import CONTRACT, NOW

FINANCE: dict[str, Any] = {"by": "finance", "at": NOW}
MAY, JUNE = NOW.date().replace(year=2026, month=5), NOW.date().replace(year=2026, month=6)


def begin(database: Engine, *, certified: bool = False) -> None:
    with db.transaction(database) as session:
        works.begin(session)
        if certified:
            works.certify(session, "D0", MAY, 400_000)


def kinds(answers: list[Any]) -> list[str]:
    return sorted(type(answer).__name__ for answer in answers)


def test_accounts_certified_at_once_never_pass_the_contract(database: Engine) -> None:
    """W31: of a million, 600 000 goes in once; the same account twice is one."""
    begin(database)

    accounts = [
        lambda session, name=name: works.certify(session, name, MAY, 600_000).certificate.number
        for name in ("D1", "D2", "D1", "D2")
    ]
    answers = together(database, accounts)

    refused = [answer for answer in answers if isinstance(answer, BadValue)]
    assert {answer for answer in answers if isinstance(answer, int)} == {1}
    assert {answer.details["reason"] for answer in refused} == {"above_contract"}
    with db.reading(database) as session:
        assert [row.gross_centimes for row in session.exec(select(Certificate))] == [600_000_00]


def test_payments_at_once_never_pass_what_is_owed(database: Engine) -> None:
    """W32: of 360 000, 200 000 goes out once."""
    begin(database, certified=True)
    given: dict[str, Any] = {"contract": CONTRACT, "number": 1, "paid_on": JUNE, **FINANCE}

    paid = [
        lambda session, name=name: (
            payments.pay(session, amount=Money(200_000_00), reference=name, **given).left
        )
        for name in ("V1", "V2", "V3")
    ]
    answers = together(database, paid)

    assert kinds(answers) == ["BadValue", "BadValue", "Money"]
    with db.reading(database) as session:
        assert len(session.exec(select(Payment)).all()) == 1
        assert contract_position(session, CONTRACT, on=JUNE).owed == Money(160_000_00)
        assert run_controls(session, today=NOW.date()) == ()


def test_stop_orders_at_once_are_one(database: Engine) -> None:
    """W12."""
    begin(database)

    stops = [
        lambda session, day=day: works.give_order(session, OrderKind.STOP, MAY.replace(day=day))
        for day in (1, 2, 3, 3)
    ]
    answers = together(database, stops)

    assert answers.count(True) == 1
    with db.reading(database) as session:
        assert len(session.exec(select(ServiceOrder)).all()) == 2


def test_releases_at_once_never_pass_the_promise(database: Engine) -> None:
    """V4: of four millions, three are released once."""
    with db.transaction(database) as session:
        promised.prepare(session)
    given: dict[str, Any] = {"project": promised.KEY, "partner": promised.PARTNER}
    given |= {"commitment": promised.REFERENCE, "kind": ReleaseKind.WRITTEN_OFF}
    given |= {"decided_on": promised.TODAY, "proposed_by": "officer", "by": "finance", "at": AT}

    released = [
        lambda session, name=name: (
            releases.release_commitment(session, amount=Money(3_000_000_00), reference=name, **given).net
        )
        for name in ("D1", "D2", "D3")
    ]
    answers = together(database, released)

    assert kinds(answers) == ["Money", "OverCommitment", "OverCommitment"]
    assert {type(answer) for answer in answers} == {Money, OverCommitment}
    with db.reading(database) as session:
        assert len(session.exec(select(CommitmentRelease)).all()) == 1


def test_transfers_approved_at_once_never_empty_a_line_twice(database: Engine) -> None:
    """B4: each was possible when it was proposed."""
    with db.transaction(database) as session:
        make_staff(session)
        make_person(session, "director-2", "director")
        make_project(session)
        plan(session, complete=False)
        complete_plan(session, project="sample-centre", by="finance", at=AT)
        proposals = [
            four_eyes.propose_transfer(
                session,
                project="sample-centre",
                source="WORKS",
                target="EQUIPMENT",
                amount=amount,
                reason="Sample",
                by="finance",
                at=AT,
            ).id
            for amount in (WORKS, WORKS - Money(1))
        ]

    decisions = [
        lambda session, one=one, by=by: (
            four_eyes.decide(session, proposal=one, approve=True, by=by, at=AT).state
        )
        for one, by in zip(proposals, ("director", "director-2"), strict=True)
    ]
    answers = together(database, decisions)

    assert sum(isinstance(answer, LineEngaged) for answer in answers) == 1
    with db.reading(database) as session:
        assert run_controls(session, today=AT.date()) == ()
