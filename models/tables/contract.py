from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.rules.contracts import (
    AcceptanceKind,
    AmendmentKind,
    ContractKind,
    OrderKind,
    SecurityKind,
)
from models.tables.columns import centimes, choice, instant


class Contract(SQLModel, table=True):
    """A works, supply or service contract of a project. Unit: centimes, all taxes included.

    `period_days` is the time for completion, in calendar days from the start order.
    """

    __table_args__ = (
        CheckConstraint("amount_centimes > 0", name="amount_positive"),
        CheckConstraint("period_days > 0", name="period_positive"),
        CheckConstraint("index_month IS NULL OR price_index <> ''", name="index_dated"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    line_id: UUID = Field(foreign_key="budget_line.id", index=True)
    reference: str = Field(max_length=64, unique=True)
    kind: ContractKind = choice(ContractKind)
    contractor: str = Field(max_length=300)
    subject: str = Field(default="", max_length=300)
    amount_centimes: int = centimes()
    period_days: int
    signed_on: date
    notified_on: date | None = None
    price_index: str = Field(default="", max_length=40)
    """The index that revises its prices; none: they are firm."""
    index_month: date | None = None
    """The month whose index the prices are of (its first day)."""
    sample: bool = False
    written_by: str = Field(max_length=64)
    written_at: datetime = instant()


class ContractTerm(SQLModel, table=True):
    """A figure of a contract from a day on: its defaults are copied when it is signed.

    Units by name: models.rules.terms.
    """

    __tablename__ = "contract_term"
    __table_args__ = (UniqueConstraint("contract_id", "name", "since"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    contract_id: UUID = Field(foreign_key="contract.id", index=True)
    name: str = Field(max_length=40)
    since: date
    value: int = Field(sa_type=BigInteger)


class ServiceOrder(SQLModel, table=True):
    """An order that starts, stops or resumes the works; one a day at most."""

    __tablename__ = "service_order"
    __table_args__ = (UniqueConstraint("contract_id", "dated"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    contract_id: UUID = Field(foreign_key="contract.id", index=True)
    kind: OrderKind = choice(OrderKind)
    dated: date
    reference: str = Field(default="", max_length=64)


class ContractAmendment(SQLModel, table=True):
    """A signed change of a contract's amount or time."""

    __tablename__ = "contract_amendment"
    __table_args__ = (
        UniqueConstraint("contract_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    contract_id: UUID = Field(foreign_key="contract.id", index=True)
    number: int
    kind: AmendmentKind = choice(AmendmentKind)
    amount_centimes: int = centimes(default=0)
    days: int = 0
    signed_on: date
    reference: str = Field(default="", max_length=64)


class Security(SQLModel, table=True):
    """A bond lodged for a contract, until it is released."""

    __table_args__ = (
        CheckConstraint("amount_centimes > 0", name="amount_positive"),
        CheckConstraint("released_on IS NULL OR released_on >= lodged_on", name="released_after"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    contract_id: UUID = Field(foreign_key="contract.id", index=True)
    kind: SecurityKind = choice(SecurityKind)
    amount_centimes: int = centimes()
    lodged_on: date
    released_on: date | None = None
    reference: str = Field(default="", max_length=64)


class BillItem(SQLModel, table=True):
    """A line of a contract's bill of quantities. `quantity` in thousandths of its unit."""

    __tablename__ = "bill_item"
    __table_args__ = (
        UniqueConstraint("contract_id", "code"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("price_centimes >= 0", name="price_not_negative"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    contract_id: UUID = Field(foreign_key="contract.id", index=True)
    code: str = Field(max_length=32)
    label: str = Field(default="", max_length=300)
    unit: str = Field(default="", max_length=16)
    quantity: int = Field(sa_type=BigInteger)
    price_centimes: int = centimes()


class PlannedPayment(SQLModel, table=True):
    """What a contract is expected to cost in a month: its payment curve. `month` is its first day.

    A plan that is set again keeps the old one under its own `version`.
    """

    __tablename__ = "planned_payment"
    __table_args__ = (
        UniqueConstraint("contract_id", "version", "month"),
        CheckConstraint("amount_centimes > 0", name="amount_positive"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    contract_id: UUID = Field(foreign_key="contract.id", index=True)
    version: int = 1
    month: date
    amount_centimes: int = centimes()


class Acceptance(SQLModel, table=True):
    """The minutes of an acceptance."""

    __table_args__ = (UniqueConstraint("contract_id", "kind"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    contract_id: UUID = Field(foreign_key="contract.id", index=True)
    kind: AcceptanceKind = choice(AcceptanceKind)
    dated: date
    reference: str = Field(default="", max_length=64)


class Reservation(SQLModel, table=True):
    """A defect noted at an acceptance, until it is cleared."""

    __table_args__ = (
        UniqueConstraint("acceptance_id", "number"),
        CheckConstraint("cleared_on IS NULL OR cleared_on >= noted_on", name="cleared_after"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    acceptance_id: UUID = Field(foreign_key="acceptance.id", index=True)
    number: int
    label: str = Field(max_length=2000)
    noted_on: date
    due_on: date | None = None
    blocking: bool = False
    cleared_on: date | None = None
