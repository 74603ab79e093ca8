"""What samples answer to the gates' questions to the books.

Rows are written as they are; one entry of the trail names them all (docs/rules.md, Q6).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlmodel import SQLModel

from models.operations.sample_books import SampleBooks
from models.operations.sample_funding import (
    call_what_has_come,
    plan_tranches,
    promises,
    receive,
    receive_all,
    receive_first,
    tranches,
)
from models.operations.sample_works import (
    certify_works,
    close_account,
    give_retention_back,
    plan_payments,
    release_bonds,
    sample_contract,
)
from models.rules.money_gates import MONEY


def answer(books: SampleBooks, question: str) -> None:
    """Write what a question of the gates lacks, as far as samples may."""
    _ANSWERS[question](books)
    books.session.flush()


def as_payload(rows: Sequence[SQLModel]) -> dict[str, Any]:
    """Return sample rows as the trail keeps them, by the names of their tables."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        tables.setdefault(str(row.__tablename__), []).append(row.model_dump(mode="json"))
    return {"rows": tables}


def _cover_payments(books: SampleBooks) -> None:
    """Plan the contract's payments, and receive tranches until they are covered."""
    plan_tranches(books)
    contract = sample_contract(books)
    if contract is not None:
        plan_payments(books, contract)
    waiting = [(tranche, promise) for promise in promises(books) for tranche in tranches(books, promise)]
    for tranche, promise in sorted(waiting, key=lambda one: one[0].expected_on):
        if next(MONEY["payment_curve_covered"](books.dossier()), None) is None:
            return
        receive(books, promise, tranche)


def _tell_position(books: SampleBooks) -> None:
    plan_tranches(books)
    certify_works(books)


def _leave_cases(_books: SampleBooks) -> None:
    """What the bank's lines raise, people close."""


_ANSWERS: Mapping[str, Callable[[SampleBooks], None]] = {
    "first_tranches_received": receive_first,
    "payment_curve_covered": _cover_payments,
    "last_account_settled": certify_works,
    "retention_checked": certify_works,
    "penalties_decided": certify_works,
    "penalties_settled": certify_works,
    "extra_works_share": certify_works,
    "extra_works_covered": certify_works,
    "stage_tranche_called": call_what_has_come,
    "financial_statement": _tell_position,
    "uncalled_balance": receive_all,
    "final_account": close_account,
    "retention_release": give_retention_back,
    "bonds_release": release_bonds,
    "commitments_settled": receive_all,
    "reconciliation_clear": _leave_cases,
}
