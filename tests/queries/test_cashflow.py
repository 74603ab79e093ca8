"""The forecast of a project and of the foundation, from the rows of the books."""

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from models.clock import local_day
from models.queries.cashflow import foundation_cashflow, project_cashflow
from models.queries.dossiers import load_dossier
from models.rules.cashflow import Delay, Incoming
from models.rules.errors import UnknownKey
from models.rules.money_facts import at_hand, contributions, to_be_paid
from models.rules.stages import Status
from models.rules.tranches import ReleaseKind
from models.tables import Commitment, CommitmentRelease, FundingCall, Project
from tests.builders import AT, make_project
from tests.operations.money_builders import (
    make_account,
    make_call,
    make_commitment,
    make_contract,
    make_receipt,
    make_tranche,
    plan_payments,
)

TODAY = local_day(AT)


def late_payer(session: Session, key: str, days: tuple[int, ...]) -> None:
    """A partner that has paid its calls so many days after they were due, for a project that is over."""
    project = make_project(session, f"past-{key}")
    for number, late in enumerate(days):
        promise = make_commitment(session, project, key, 1_00, reference=f"C-{number}")
        tranche = make_tranche(session, promise, 1_00, date(2025, 1, 1))
        call = make_call(session, tranche, date(2025, 1, 1), due_on=date(2025, 3, 1))
        make_receipt(session, promise, 1_00, date(2025, 3, 1) + timedelta(days=late), call=call)


def test_each_partner_is_late_as_it_was_and_a_new_one_as_all_together(session: Session) -> None:
    """Q7."""
    late_payer(session, "council", (10, 20, 90))
    late_payer(session, "ministry", (0,))
    project = make_project(session, "new")
    for partner in ("council", "region"):
        promise = make_commitment(session, project, partner, 100_00)
        make_tranche(session, promise, 100_00, date(2026, 4, 30))

    made = project_cashflow(session, "new", on=TODAY)

    assert made.delays == {"council": Delay(20, 90), "ministry": Delay(0, 0)}
    assert made.otherwise == Delay(10, 90)
    assert [(one.month, one.incoming) for one in made.months if one.incoming != Incoming()] == [
        (date(2026, 4, 1), Incoming(planned=200_00)),
        (date(2026, 5, 1), Incoming(likely=200_00)),
        (date(2026, 7, 1), Incoming(cautious=200_00)),
    ]


def test_without_any_past_money_comes_on_its_day(session: Session) -> None:
    """Q7."""
    project = make_project(session)
    make_tranche(session, make_commitment(session, project, "council", 5_00), 5_00, date(2026, 5, 1))

    made = project_cashflow(session, project.key, on=TODAY)

    assert (made.otherwise, made.months[-1].incoming) == (Delay(), Incoming(5_00, 5_00, 5_00))


def random_tranche(session: Session, promise: Commitment, number: int, chance: random.Random) -> None:
    on = TODAY + timedelta(days=chance.randint(-200, 400))
    tranche = make_tranche(session, promise, 300, on, number=number)
    if chance.random() < 0.6:
        issued = TODAY - timedelta(days=chance.randint(1, 100))
        due = issued + timedelta(days=chance.randint(0, 300))
        call = make_call(session, tranche, issued, due_on=due)
        if chance.random() < 0.6:
            make_receipt(session, promise, chance.randint(1, 300), TODAY, call=call)


def random_books(session: Session, key: str, seed: int) -> Project:
    """Promises, tranches, calls, money with and without calls, releases, a curve set twice, accounts."""
    chance = random.Random(seed)  # noqa: S311
    project = make_project(session, key)
    project.foundation_share_centimes = chance.randint(0, 500)
    for number in range(3):
        partner = chance.choice(("council", "ministry"))
        promise = make_commitment(session, project, partner, 900, reference=f"C-{number}")
        for place in range(3):
            random_tranche(session, promise, place + 1, chance)
        if chance.random() < 0.5:
            make_receipt(session, promise, chance.randint(1, 400), TODAY)
        if chance.random() < 0.5:
            session.add(
                CommitmentRelease(
                    commitment_id=promise.id,
                    kind=ReleaseKind.WRITTEN_OFF,
                    amount_centimes=chance.randint(1, 300),
                    decided_on=TODAY,
                    reference="D",
                    decided_by="director",
                    written_at=AT,
                )
            )
    contract = make_contract(session, project, 1_000)
    for version in (1, 2):
        months = {date(2026, month, 1): chance.randint(1, 300) for month in range(1, 9)}
        plan_payments(session, contract, months, version=version)
    for number in range(chance.randint(0, 3)):
        make_account(session, contract, number + 1, chance.randint(1, 250), TODAY)
    session.flush()
    return project


def test_the_forecast_counts_what_the_gates_count(session: Session) -> None:
    """Q1, Q5: statements over all rows, and values of one project, say the same to the centime."""
    coming = going = cash = 0
    for seed in range(25):
        project = random_books(session, f"c{seed}", seed)
        books = load_dossier(session, project, TODAY).books
        made = project_cashflow(session, project.key, on=TODAY)

        expected = sum(one.amount for part in contributions(books) for one in part.expected)
        assert sum(one.incoming.planned for one in made.months) == expected, seed
        assert sum(one.incoming.cautious for one in made.months) == expected, seed
        planned = sum(one.amount for one in to_be_paid(books))
        assert sum(one.outgoing for one in made.months) == planned, seed
        assert made.at_hand == at_hand(books, project.foundation_share_centimes or 0)
        coming, going, cash = coming + expected, going + planned, cash + made.at_hand

    (whole,) = foundation_cashflow(session, on=TODAY)
    assert sum(one.incoming.likely for one in whole.months) == coming
    assert sum(one.outgoing for one in whole.months) == going
    assert whole.at_hand == cash
    assert whole.months[-1].left.likely == cash + coming - going


def test_the_foundation_takes_as_few_reads_as_one_project_and_leaves_cancelled_ones_out(
    session: Session,
) -> None:
    """Q8."""
    for seed in range(3):
        random_books(session, f"c{seed}", seed)
    session.exec(select(Project).where(Project.key == "c2")).one().status = Status.CANCELLED
    session.flush()
    reads: list[str] = []
    event.listen(session.connection(), "before_cursor_execute", lambda *args: reads.append(args[2]))

    (whole,) = foundation_cashflow(session, on=TODAY)

    assert len(reads) == 4
    parts = [project_cashflow(session, key, on=TODAY) for key in ("c0", "c1")]
    assert whole.at_hand == sum(part.at_hand for part in parts)


def test_an_unknown_project_has_no_forecast(session: Session) -> None:
    with pytest.raises(UnknownKey):
        project_cashflow(session, "nowhere", on=TODAY)
    assert foundation_cashflow(session, on=TODAY) == ()
    assert session.exec(select(FundingCall)).all() == []
