"""The position of projects, and its identities over random books (docs/rules.md, B9 to B11)."""

import random
from datetime import date, timedelta

from sqlmodel import Session, select

from models.queries.budgets import list_lines
from models.queries.position import Funds, Position, partner_funds, position, positions
from models.rules.budgets import BudgetChange
from models.rules.contracts import CertificateKind
from models.rules.money import Money
from models.rules.tranches import CallState, ReleaseKind
from models.tables import (
    BudgetEntry,
    BudgetLine,
    CommitmentRelease,
    FundingCall,
    Partner,
    Project,
    Receipt,
)
from tests.builders import AT, BUDGET, make_partner, make_project, make_staff
from tests.operations.books import (
    TODAY,
    added,
    allot,
    amend,
    call,
    certify,
    make_contract,
    make_line,
    pay,
    plan,
    promise,
    receive,
    slice_of,
)
from tests.operations.centres import counted

DAYS = [TODAY + timedelta(days=30 * month) for month in range(6)]
NOTHING = Money(0)


def test_a_project_without_books_has_its_budget_and_nothing_else(session: Session) -> None:
    """B9."""
    make_project(session)
    now = position(session, "sample-centre", TODAY)
    assert (now.budget, now.available, now.gap) == (BUDGET, BUDGET, BUDGET)
    assert {now.engaged, now.certified, now.paid, now.owed, now.committed, now.received} == {NOTHING}


def test_a_contract_is_followed_from_line_to_payment(session: Session) -> None:
    """B9 and B11."""
    make_staff(session)
    project = make_project(session)
    plan(session)
    line = session.exec(select(BudgetLine).where(BudgetLine.code == "WORKS")).one()
    contract = make_contract(session, line, 1_000_000_00)
    amend(session, contract, 50_000_00, DAYS[1])
    certify(session, contract, 100_000_00, kind=CertificateKind.ADVANCE)
    work = certify(
        session,
        contract,
        400_000_00,
        number=2,
        dated=DAYS[1],
        revision=5_000_00,
        retention=40_000_00,
        recovered=60_000_00,
        penalty=1_000_00,
    )
    pay(session, work, 300_000_00, DAYS[2])
    certify(session, contract, 10_000_00, number=3, kind=CertificateKind.RETENTION, dated=DAYS[3])

    first, later, last = (position(session, project.key, on) for on in (DAYS[0], DAYS[2], DAYS[3]))

    assert (first.engaged, first.certified, first.owed) == (Money(1_000_000_00), NOTHING, Money(100_000_00))
    assert (later.engaged, later.available) == (Money(1_050_000_00), Money(10_950_000_00))
    assert (later.certified, later.paid) == (Money(405_000_00), Money(300_000_00))
    assert (later.retention_held, later.advance_to_recover) == (Money(40_000_00), Money(40_000_00))
    assert later.owed == Money(100_000_00 + 304_000_00 - 300_000_00)
    assert (last.retention_held, last.owed) == (Money(30_000_00), Money(114_000_00))
    (works,) = (one for one in list_lines(session, on=DAYS[3]) if one.code == "WORKS")
    assert (works.engaged, works.certified, works.paid) == (last.engaged, last.certified, last.paid)


def test_a_call_that_is_withdrawn_counts_until_that_day(session: Session) -> None:
    """B10."""
    project, partner = make_project(session), make_partner(session)
    tranche = slice_of(session, promise(session, project, partner, 100), 100)
    issued = call(session, tranche, 100)
    issued.state, issued.withdrawn_on = CallState.WITHDRAWN, DAYS[2]
    added(
        session,
        FundingCall(tranche_id=tranche.id, amount_centimes=100, drafted_at=AT),
    )
    called = [position(session, project.key, on).called for on in DAYS[:3]]
    assert called == [Money(100), Money(100), NOTHING]


def test_unsigned_promises_are_counted_and_told(session: Session) -> None:
    """B10."""
    project, partner = make_project(session), make_partner(session)
    promise(session, project, partner, 100, signed_on=None)
    promise(session, project, partner, 30, reference="CV-2", signed_on=DAYS[1])
    now, later = (position(session, project.key, on) for on in DAYS[:2])
    assert (now.committed, now.unsigned) == (Money(100), Money(100))
    assert (later.committed, later.unsigned) == (Money(130), Money(100))


def test_the_identities_hold_on_every_day_of_random_books(session: Session) -> None:
    """B9 to B11."""
    make_staff(session)
    partners = [make_partner(session, key) for key in ("council", "ministry", "agency")]
    chance = random.Random(7)  # noqa: S311 - chance, no secret
    for key in ("one", "two", "three"):
        project = make_project(session, key)
        project.foundation_share_centimes = chance.randrange(10**8)
        plan(session, key)
        for partner in partners:
            _live(session, project, partner, chance)
        _revise(session, project, chance)

    for on in (*DAYS, date(2020, 1, 1), date(2040, 1, 1)):
        by_partner = partner_funds(session, on=on)
        for now in positions(session, on=on):
            _holds(session, now, [one for one in by_partner if one.project == now.project])


def _live(session: Session, project: Project, partner: Partner, chance: random.Random) -> None:
    given = chance.randrange(1000, 10**8)
    commitment = promise(session, project, partner, given, signed_on=chance.choice([*DAYS, None]))
    if chance.random() < 0.5:
        release = CommitmentRelease(
            commitment_id=commitment.id,
            kind=ReleaseKind.CANCELLED,
            amount_centimes=given // 10,
            decided_on=chance.choice(DAYS),
            reference="D-1",
            decided_by="tests",
            written_at=AT,
        )
        added(session, release)
    for number in (1, 2):
        tranche = slice_of(session, commitment, given // 3, number)
        name = f"{project.key}-{partner.key}-{number}"
        on = chance.choice(DAYS)
        issued = call(session, tranche, given // 3, number=name, on=on)
        receipt = receive(session, project, partner, given // 4, on=on, reference=name)
        allot(session, receipt, issued, given // chance.randrange(5, 9), on=on)


def _revise(session: Session, project: Project, chance: random.Random) -> None:
    line = session.exec(
        select(BudgetLine).where(BudgetLine.project_id == project.id, BudgetLine.code == "WORKS")
    ).one()
    revision = BudgetEntry(
        line_id=line.id,
        change=BudgetChange.REVISION,
        amount_centimes=chance.randrange(1, 10**8),
        decided_on=DAYS[3],
        proposed_by="finance",
        approved_by="director",
        written_at=AT,
    )
    added(session, revision)


def _holds(session: Session, now: Position, partners: list[Funds]) -> None:
    everything: list[Funds] = [now, *partners]
    for funds in everything:
        assert funds.committed == funds.called + funds.not_yet_due
        assert funds.called == funds.allocated + funds.outstanding
        assert funds.received == funds.allocated + funds.advance
    for name in ("committed", "unsigned", "planned", "called", "received", "allocated"):
        assert sum(getattr(one, name).centimes for one in partners) == getattr(now, name).centimes
    assert now.committed + now.share + now.gap == now.budget
    came = session.exec(select(Receipt).join(Project).where(Project.key == now.project)).all()
    assert now.received.centimes == sum(one.amount_centimes for one in came if one.received_on <= now.on)
    lines = list_lines(session, on=now.on, projects=[now.project])
    if now.on >= TODAY:
        assert sum(line.budget.centimes for line in lines) == now.budget.centimes


def test_one_statement_answers_for_any_number_of_projects(session: Session) -> None:
    for number in range(5):
        make_line(session, make_project(session, f"centre-{number}"))
    for asked in (None, ["centre-1", "centre-3"]):
        with counted(session) as sent:
            found = positions(session, on=TODAY, projects=asked)
        assert (len(sent), [one.project for one in found]) == (
            1,
            asked or [f"centre-{number}" for number in range(5)],
        )
        with counted(session) as sent:
            partner_funds(session, on=TODAY, projects=asked)
        assert len(sent) == 1
