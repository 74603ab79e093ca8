"""Closed periods: whatever is dated, by whatever operation, is not dated before the first open day."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from models.operations import (
    acceptances,
    bills,
    budgets,
    certificates,
    commitments,
    contracts,
    conventions,
    funding_calls,
    payments,
    periods,
    receipts,
    releases,
    securities,
    tranches,
)
from models.operations.acceptances import NewReservation
from models.operations.certificates import NewAccount
from models.rules.budgets import Nature
from models.rules.contracts import AcceptanceKind, AmendmentKind, OrderKind, SecurityKind
from models.rules.money import Money
from models.rules.periods import PeriodClosed
from models.rules.stages import Stage
from models.rules.tranches import PlannedTranche, ReleaseKind, Trigger
from models.tables import ClosedPeriod, TrailEntry
from tests.builders import link_partners, make_partner
from tests.operations import works
from tests.operations.works import CONTRACT, NOW, STARTED

OPEN = date(2028, 3, 1)
"""The first day that is open; the books below are written before it."""
SHUT = OPEN - timedelta(days=1)
PROVISIONAL = date(2027, 1, 20)
KEY, REASON = "sample-centre", "Sample reason"
OFFICER: dict[str, Any] = {"by": "officer", "at": NOW}
FINANCE: dict[str, Any] = {"by": "finance", "at": NOW}
PROMISE: dict[str, Any] = {"project": KEY, "partner": "council", "reference": "CONV-7"}


@pytest.fixture
def books(session: Session) -> Session:
    """A centre with a convention, a draft, and works under guarantee; closed before 1 March 2028."""
    project = works.begin(session)
    link_partners(session, project, ["council"])
    make_partner(session, "ministry")
    for number, parties in (("1", ["council"]), ("2", ["council", "ministry"])):
        conventions.write_convention(
            session, reference=f"P-{number}", title="Sample", parties=parties, ends_on=None, **OFFICER
        )
        conventions.sign_convention(
            session, reference=f"P-{number}", party="council", on=STARTED, **OFFICER
        )
    promised(session, STARTED)
    for_call = [PlannedTranche(Money(100_00), Trigger.DATE, day) for day in (STARTED, STARTED, OPEN)]
    tranches.plan_tranches(session, tranches=for_call, **PROMISE, **OFFICER)
    issue(session, STARTED)
    receive(session, STARTED, "VIR-1")
    works.certify(session, "D1", date(2026, 5, 31), 400_000)
    lodge(session, STARTED, "B-1")
    acceptances.accept(
        session,
        contract=CONTRACT,
        kind=AcceptanceKind.PROVISIONAL,
        dated=PROVISIONAL,
        reservations=[NewReservation("Sample: a door")],
        **OFFICER,
    )
    pay(session, date(2026, 6, 30), "V-1")
    periods.close_period(session, until=OPEN, by="director", at=NOW)
    return session


def promised(session: Session, on: date, reference: str = "CONV-7", amount: int = 300_00) -> Any:
    given = {**PROMISE, "reference": reference, "amount": Money(amount), "signed_on": on, "in_kind": False}
    return commitments.set_commitment(session, budget_year=2026, budget_line="1", **given, **OFFICER)


def issue(session: Session, on: date) -> Any:
    from models.queries.funding import list_calls
    from models.rules.tranches import CallState

    draft = list_calls(session, project=KEY, states=[CallState.DRAFT])[0]
    return funding_calls.issue_call(session, call=draft.id, on=on, **FINANCE)


def receive(session: Session, on: date, reference: str) -> Any:
    given: dict[str, Any] = {"project": KEY, "partner": "council", "received_on": on}
    return receipts.enter_receipt(session, amount=Money(1), reference=reference, **given, **FINANCE)


def release(session: Session, on: date) -> Any:
    given: dict[str, Any] = {"project": KEY, "partner": "council", "commitment": "CONV-7"}
    given |= {"kind": ReleaseKind.WRITTEN_OFF, "reference": "D-1", "proposed_by": "officer"}
    return releases.release_commitment(session, amount=Money(1), decided_on=on, **given, **FINANCE)


def sign(session: Session, on: date) -> Any:
    return works.sign(session, reference="M-2", signed_on=on)


def amend(session: Session, on: date) -> Any:
    given: dict[str, Any] = {"kind": AmendmentKind.TIME, "amount": Money(0), "days": 1}
    return contracts.amend(session, contract=CONTRACT, number=1, signed_on=on, **given, **OFFICER)


def lodge(session: Session, on: date, reference: str = "B-2") -> Any:
    given: dict[str, Any] = {"kind": SecurityKind.ADVANCE, "amount": Money(1), "reference": reference}
    return securities.lodge_security(session, contract=CONTRACT, lodged_on=on, **given, **OFFICER)


def pay(session: Session, on: date, reference: str) -> Any:
    given: dict[str, Any] = {"contract": CONTRACT, "number": 1, "amount": Money(1)}
    return payments.pay(session, paid_on=on, reference=reference, **given, **FINANCE)


def correct_payment(session: Session, on: date) -> Any:
    given: dict[str, Any] = {"contract": CONTRACT, "number": 1, "payment": "V-1", "reference": "V-2"}
    return payments.correct_payment(session, corrected_on=on, reason=REASON, **given, **FINANCE)


def add_line(session: Session, on: date) -> Any:
    given: dict[str, Any] = {"project": KEY, "code": "E1", "stage": Stage.EQUIPMENT}
    given |= {"nature": Nature.EQUIPMENT, "amount": Money(1)}
    return budgets.add_line(session, decided_on=on, **given, **FINANCE)


def give_back(session: Session, on: date) -> Any:
    """All that is held: the last reservation is cleared and the works are accepted for good today."""
    if on >= OPEN:
        clear(session, on)
        accept(session, on)
    return certificates.release_retention(session, contract=CONTRACT, reference="R", dated=on, **FINANCE)


def accept(session: Session, on: date) -> Any:
    if on >= OPEN:
        clear(session, on)
    kind = AcceptanceKind.DEFINITIVE
    return acceptances.accept(session, contract=CONTRACT, kind=kind, dated=on, **OFFICER)


def clear(session: Session, on: date) -> Any:
    return acceptances.clear_reservation(session, contract=CONTRACT, number=1, cleared_on=on, **OFFICER)


def advance(session: Session, on: date) -> Any:
    given: dict[str, Any] = {"contract": CONTRACT, "reference": "A", "amount": Money(1)}
    return certificates.give_advance(session, dated=on, **given, **FINANCE)


def set_term(session: Session, on: date) -> Any:
    given: dict[str, Any] = {"contract": CONTRACT, "name": "vat", "value": 10_00, "reason": REASON}
    return contracts.set_term(session, since=on, **given, **OFFICER)


def certify(session: Session, on: date) -> Any:
    new = NewAccount("D2", on, Money(1))
    return certificates.certify(session, contract=CONTRACT, new=new, **FINANCE)


def note(session: Session, on: date) -> Any:
    new = NewReservation("Sample: a leak")
    return acceptances.note_reservation(session, contract=CONTRACT, new=new, noted_on=on, **OFFICER)


DATED: Mapping[str, Callable[[Session, date], Any]] = {
    "budget line": add_line,
    "commitment": lambda session, on: promised(session, on, "CONV-8"),
    "signature": lambda session, on: conventions.sign_convention(
        session, reference="P-2", party="ministry", on=on, **OFFICER
    ),
    "amendment of a convention": lambda session, on: conventions.amend_convention(
        session, reference="P-1", number=1, signed_on=on, subject="Sample", **OFFICER
    ),
    "call": issue,
    "receipt": lambda session, on: receive(session, on, "VIR-2"),
    "release": release,
    "contract": sign,
    "figure of a contract": set_term,
    "service order": lambda session, on: works.give_order(session, OrderKind.STOP, on),
    "amendment": amend,
    "bond": lodge,
    "bond released": lambda session, on: securities.release_security(
        session, contract=CONTRACT, reference="B-1", released_on=on, **OFFICER
    ),
    "account": certify,
    "advance": advance,
    "retention given back": give_back,
    "payment": lambda session, on: pay(session, on, "V-3"),
    "payment corrected": correct_payment,
    "acceptance": accept,
    "reservation": note,
    "reservation cleared": clear,
}
"""Every operation of the books that is told a day."""


@pytest.mark.parametrize("noun", DATED)
def test_no_operation_writes_into_a_closed_period(books: Session, noun: str) -> None:
    """B1: the last closed day is refused and nothing stays of it, the first open one is taken."""
    write, entries = DATED[noun], len(books.exec(select(TrailEntry)).all())
    with pytest.raises(PeriodClosed) as refused, books.begin_nested():
        write(books, SHUT)
    assert (refused.value.details["on"], refused.value.details["until"]) == (SHUT, OPEN)
    assert len(books.exec(select(TrailEntry)).all()) == entries

    write(books, OPEN)


def test_what_was_signed_in_a_closed_period_is_not_corrected(books: Session) -> None:
    """B1: it is released, or promised anew; what its partner's books call it may still be told."""
    for on, amount in ((STARTED, 400_00), (OPEN, 300_00)):
        with pytest.raises(PeriodClosed):
            promised(books, on, amount=amount)
    given: dict[str, Any] = {**PROMISE, "amount": Money(300_00), "signed_on": STARTED, "in_kind": False}
    commitments.set_commitment(books, budget_year=2027, budget_line="2", **given, **OFFICER)


UNDATED: Mapping[str, Callable[[Session], Any]] = {
    "receipt corrected": lambda session: receipts.correct_receipt(
        session,
        project=KEY,
        partner="council",
        reference="VIR-1",
        amount=Money(2),
        reason=REASON,
        **FINANCE,
    ),
    "call withdrawn": lambda session: funding_calls.withdraw_call(
        session, call="AF-2026-0001", reason=REASON, **FINANCE
    ),
    "tranche moved": lambda session: tranches.move_tranche(
        session, number=3, expected_on=NOW.date(), reason=REASON, **PROMISE, **OFFICER
    ),
    "gap": lambda session: commitments.state_gap(
        session, project=KEY, amount=Money(1), plan="Sample", **FINANCE
    ),
    "index": lambda session: bills.state_index(
        session, name="BAT6", month=date(2026, 1, 1), value=1, **OFFICER
    ),
}


@pytest.mark.parametrize("noun", UNDATED)
def test_what_changes_today_is_open(books: Session, noun: str) -> None:
    """B7: today is never closed, so what is dated today is a new entry of an open day."""
    books.add(ClosedPeriod(until=NOW.date(), closed_by="director", closed_at=NOW))
    books.flush()
    UNDATED[noun](books)
