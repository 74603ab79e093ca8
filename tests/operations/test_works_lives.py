"""Random histories of a works contract: whatever happens, in any order, its books add up to the centime."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models import db
from models.operations import acceptances, certificates, contracts, payments, securities
from models.operations.securities import needed_of
from models.queries.budgets import list_lines
from models.queries.contract_states import ContractState, load_states
from models.queries.contracts import contract_position, days_late_of
from models.queries.controls import run_controls
from models.queries.money_facts import load_money_facts
from models.queries.position import position
from models.rules.contracts import AcceptanceKind, AmendmentKind, OrderKind, SecurityKind
from models.rules.dossier import Dossier
from models.rules.errors import CentreError
from models.rules.money import Money
from models.rules.money_facts import ContractFacts
from models.rules.money_gates import MONEY
from models.rules.penalties import delay_penalty
from models.tables import Certificate, ContractAmendment, Payment, Project, Security
from tests.operations import works
from tests.operations.works import CONTRACT, NOW, STARTED

STEP = st.tuples(st.integers(0, 11), st.integers(0, 2**16), st.integers(1, 600_000_00))
EXAMPLES = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
OFFICER: dict[str, Any] = {"contract": CONTRACT, "by": "officer", "at": NOW}
FINANCE: dict[str, Any] = {"contract": CONTRACT, "by": "finance", "at": NOW}
MAY_BE = {"line_over", "retention_over_cap"}
"""A line that contracts pass is taken and told; a decrease may leave more retention than the cap."""


class Life:
    """One contract. `day` goes on; what is dated follows it."""

    def __init__(self, session: Session) -> None:
        self.session, self.day, self.count = session, STARTED, 0
        self.project: Project = works.begin(session, period_days=120)

    @property
    def state(self) -> ContractState:
        (found,) = load_states(self.session, on=self.day)
        return found

    def name(self, noun: str) -> str:
        self.count += 1
        return f"{noun}-{self.count}"


def give_order(life: Life, chance: int, _amount: int) -> None:
    kind = (OrderKind.STOP, OrderKind.RESUME, OrderKind.START)[chance % 3]
    works.give_order(life.session, kind, life.day)


def amend(life: Life, chance: int, amount: int) -> None:
    kind = list(AmendmentKind)[chance % 4]
    change = 0 if kind is AmendmentKind.TIME else amount // 3 * (-1 if chance % 5 == 0 else 1)
    number = 1 + len(life.session.exec(select(ContractAmendment.id)).all())
    contracts.amend(
        life.session,
        number=number,
        kind=kind,
        amount=Money(change),
        days=chance % 40,
        signed_on=life.day,
        **OFFICER,
    )


def certify(life: Life, chance: int, amount: int) -> None:
    special = Money(amount // 50) if chance % 7 == 0 else None
    works_done = amount if chance % 11 else -amount
    certificates.certify(
        life.session,
        new=certificates.NewAccount(
            life.name("D"), life.day, Money(works_done), last=chance % 13 == 0, special_penalty=special
        ),
        **FINANCE,
    )


def give_advance(life: Life, _chance: int, amount: int) -> None:
    name, part = life.name("A"), Money(amount // 10 + 1)
    certificates.give_advance(life.session, reference=name, dated=life.day, amount=part, **FINANCE)


def lodge(life: Life, chance: int, amount: int) -> None:
    kind = SecurityKind.RETENTION if chance % 3 else SecurityKind.PERFORMANCE
    securities.lodge_security(
        life.session,
        kind=kind,
        amount=Money(amount // 10 + 1),
        lodged_on=life.day,
        reference=life.name("B"),
        **OFFICER,
    )


def release_bond(life: Life, chance: int, _amount: int) -> None:
    bonds = life.session.exec(select(Security.reference).order_by(col(Security.reference))).all()
    if bonds:
        reference = bonds[chance % len(bonds)]
        securities.release_security(life.session, reference=reference, released_on=life.day, **OFFICER)


def give_back(life: Life, chance: int, amount: int) -> None:
    part = Money(amount // 20 + 1) if chance % 2 else None
    name = life.name("R")
    certificates.release_retention(life.session, reference=name, dated=life.day, amount=part, **FINANCE)


def pay(life: Life, chance: int, amount: int) -> None:
    numbers = life.session.exec(select(Certificate.number).order_by(col(Certificate.number))).all()
    if numbers:
        number = numbers[chance % len(numbers)]
        given: dict[str, Any] = {"number": number, "amount": Money(amount), "reference": life.name("V")}
        payments.pay(life.session, paid_on=life.day, **given, **FINANCE)


def take_back(life: Life, chance: int, _amount: int) -> None:
    paid = select(Payment.reference, Certificate.number).join(
        Certificate, col(Certificate.id) == col(Payment.certificate_id)
    )
    rows = life.session.exec(paid.order_by(col(Payment.reference))).all()
    if rows:
        wrong, number = rows[chance % len(rows)]
        given: dict[str, Any] = {"payment": wrong, "number": number, "reference": life.name("C")}
        payments.correct_payment(
            life.session, corrected_on=life.day, reason="Sample reason", **given, **FINANCE
        )


def accept(life: Life, chance: int, _amount: int) -> None:
    kind = AcceptanceKind.DEFINITIVE if chance % 2 else AcceptanceKind.PROVISIONAL
    acceptances.accept(life.session, kind=kind, dated=life.day, **OFFICER)


def set_term(life: Life, chance: int, _amount: int) -> None:
    name, value = (("vat", 10_00), ("vat_withheld", 75_00), ("retention", 5_00))[chance % 3]
    given: dict[str, Any] = {"name": name, "value": value, "reason": "Sample reason"}
    contracts.set_term(life.session, since=life.day, **given, **OFFICER)


STEPS: tuple[Callable[[Life, int, int], None], ...] = (
    *(give_order, amend, certify, certify, give_advance, lodge, release_bond),
    *(give_back, pay, take_back, accept, set_term),
)


def live(life: Life, steps: list[tuple[int, int, int]]) -> None:
    """Take the steps, each whole or not at all; look at the books after every one."""
    for which, chance, amount in steps:
        life.day = min(life.day + timedelta(days=chance % 45), NOW.date())
        try:
            with life.session.begin_nested():
                STEPS[which](life, chance, amount)
        except CentreError:
            pass
        look_at_the_contract(life)


def look_at_the_contract(life: Life) -> None:
    state, here = life.state, contract_position(life.session, CONTRACT, on=life.day)
    standing = state.standing
    assert 0 <= state.sums["gross"] <= state.amounts.total
    assert min(standing.retention_held, standing.advance_left, here.total.centimes) >= 0
    accounts = life.session.exec(select(Certificate).order_by(col(Certificate.number))).all()
    assert [one.number for one in accounts] == list(range(1, len(accounts) + 1))
    assert [one.dated for one in accounts] == sorted(one.dated for one in accounts)
    assert sum(one.net_centimes for one in accounts) - state.sums["paid"] == here.owed.centimes
    last = next((one for one in accounts if one.kind.value == "final"), None)
    if last is not None:
        due = delay_penalty(state.amounts, days_late_of(state, last.dated), state.terms)
        assert (standing.advance_left, standing.penalty_taken <= due.cap) == (0, True)
    if AcceptanceKind.DEFINITIVE not in state.accepted_on:
        assert state.bonds.get(SecurityKind.RETENTION, 0) >= needed_of(state, SecurityKind.RETENTION) or (
            not state.bonds.get(SecurityKind.RETENTION)
        )


def look_at_the_whole(life: Life) -> None:
    """The project, its line, the gates and the controls say what the contract says."""
    here, today = contract_position(life.session, CONTRACT, on=life.day), life.day
    whole = position(life.session, life.project.key, today)
    (line,) = list_lines(life.session, on=today)
    assert whole.engaged == line.engaged == here.total
    assert whole.certified == line.certified == here.certified + here.revision
    assert (whole.retention_held, whole.advance_to_recover) == (here.retention_held, here.advance_left)
    assert (whole.paid, whole.owed) == (here.paid, here.owed)
    (facts,) = load_money_facts(life.session, [life.project], today)[life.project.id].books.contracts
    look_at_the_gates(life, facts, today)
    found = {one.control.value for one in run_controls(life.session, today=today)}
    assert found <= MAY_BE


def look_at_the_gates(life: Life, facts: ContractFacts, today: date) -> None:
    state = life.state
    assert (facts.engaged, facts.paid) == (state.amounts.total, state.sums["paid"])
    assert facts.retention_held == state.standing.retention_held
    assert facts.clock.days_late(today, facts.provisional_on) == days_late_of(state, today)
    assert facts.amounts(today) == state.amounts
    books = load_money_facts(life.session, [life.project], today)[life.project.id].books
    dossier = Dossier(life.project.key, life.project.stage, life.project.status, today, books=books)
    assert list(MONEY["retention_checked"](dossier)) == []


@EXAMPLES
@given(st.lists(STEP, min_size=5, max_size=25))
def test_the_books_of_a_contract_add_up_whatever_happens(
    database: Engine, steps: list[tuple[int, int, int]]
) -> None:
    """W11 to W32, and B9, B11, B27 to B33 on the books that they leave."""
    with db.transaction(database) as session:
        try:
            with session.begin_nested():
                life = Life(session)
                life.project.stage = life.project.stage.CONSTRUCTION
                session.flush()
                live(life, steps)
                look_at_the_whole(life)
                raise _Over
        except _Over:
            pass


class _Over(Exception):
    """Takes the life back: the next one begins with the same names."""
