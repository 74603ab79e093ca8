"""Payment certificates as people list them: each with its deductions, and what of it was paid."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, bindparam, cast, func, select
from sqlmodel import Session, col

from models.queries.budgets import ON
from models.rules.contracts import CertificateKind
from models.rules.money import Money
from models.tables import Certificate, Contract, Payment, Project


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A certificate of a contract, with what was paid on it by a day. Amounts include all taxes."""

    project: str
    contract: str
    number: int
    kind: CertificateKind
    reference: str
    dated: date
    due_on: date
    gross: Money
    revision: Money
    retention: Money
    recovered: Money
    penalty: Money
    vat_withheld: Money
    net: Money
    paid: Money

    @property
    def owed(self) -> Money:
        """What it comes to and was not paid."""
        return self.net - self.paid


def list_accounts(
    session: Session, *, on: date, projects: Collection[str] | None = None
) -> tuple[AccountLine, ...]:
    """Return the certificates of projects (keys), or of all, that were dated by a day.

    One statement; in the order of project, contract and number.
    Source: docs/rules.md, W23.
    """
    session.flush()
    asked: dict[str, Any] = {"on": on}
    query = _ACCOUNTS
    if projects is not None:
        query, asked = _ACCOUNTS_OF, asked | {"projects": list(projects)}
    return tuple(_line(row) for row in session.connection().execute(query, asked))


def _line(row: Any) -> AccountLine:
    currency, *described = row[: _DESCRIBED + 1]
    return AccountLine(*described, *(Money(amount, currency) for amount in row[_DESCRIBED + 1 :]))


_AMOUNTS = ("gross", "revision", "retention", "recovered", "penalty", "vat_withheld", "net")
_DESCRIBED = 7  # columns before the amounts, the currency not counted
_PAID = (
    select(
        col(Payment.certificate_id).label("of"),
        cast(func.sum(col(Payment.amount_centimes)), BigInteger).label("paid"),
    )
    .where(col(Payment.paid_on) <= ON)
    .group_by(col(Payment.certificate_id))
    .subquery()
)
_COLUMNS: list[Any] = [Project.currency, Project.key, Contract.reference, Certificate.number]
_COLUMNS += [Certificate.kind, Certificate.reference, Certificate.dated, Certificate.due_on]
_COLUMNS += [getattr(Certificate, f"{name}_centimes") for name in _AMOUNTS]
_ACCOUNTS: Any = (
    select(*_COLUMNS, func.coalesce(_PAID.c.paid, 0))
    .select_from(Certificate)
    .join(Contract, col(Contract.id) == col(Certificate.contract_id))
    .join(Project, col(Project.id) == col(Contract.project_id))
    .outerjoin(_PAID, _PAID.c["of"] == col(Certificate.id))
    .where(col(Certificate.dated) <= ON)
    .order_by(col(Project.key), col(Contract.reference), col(Certificate.number))
)
_ACCOUNTS_OF = _ACCOUNTS.where(col(Project.key).in_(bindparam("projects", expanding=True)))
