from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.rules.contracts import CertificateKind
from models.tables.columns import centimes, choice, instant


class Certificate(SQLModel, table=True):
    """A payment certificate with each deduction. Unit: centimes, all taxes included.

    `gross` is what this account alone certifies, price revision not counted; of an advance and of
    retention given back it is what is paid, and no works. `net` is what is owed: gross + revision -
    retention - advance recovered - penalty - VAT withheld. A last account may owe less than nothing.
    Never changed: a correction is an account of its own.
    """

    __table_args__ = (
        UniqueConstraint("contract_id", "number"),
        Index("ix_certificate_owed", "id", "net_centimes"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint(
            "net_centimes = gross_centimes + revision_centimes - retention_centimes"
            " - recovered_centimes - penalty_centimes - vat_withheld_centimes",
            name="net_adds_up",
        ),
        CheckConstraint(
            "kind = 'final' OR (gross_centimes >= 0 AND net_centimes >= 0)",
            name="only_the_last_is_negative",
        ),
        CheckConstraint("retention_centimes >= 0", name="retention_not_negative"),
        CheckConstraint("recovered_centimes >= 0", name="recovered_not_negative"),
        CheckConstraint("special_centimes >= 0", name="special_not_negative"),
        CheckConstraint("due_on >= dated", name="due_after_date"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    contract_id: UUID = Field(foreign_key="contract.id", index=True)
    number: int
    kind: CertificateKind = choice(CertificateKind)
    reference: str = Field(default="", max_length=64)
    dated: date = Field(index=True)
    due_on: date = Field(index=True)
    gross_centimes: int = centimes()
    revision_centimes: int = centimes(default=0)
    retention_centimes: int = centimes(default=0)
    recovered_centimes: int = centimes(default=0)
    penalty_centimes: int = centimes(default=0)
    special_centimes: int = centimes(default=0)
    """The part of the penalty that is not for delay."""
    vat_withheld_centimes: int = centimes(default=0)
    net_centimes: int = centimes()
    vat_centimes: int = centimes(default=0)
    """The part of gross and revision that is VAT, for the books; it is included in both."""
    written_by: str = Field(max_length=64)
    written_at: datetime = instant()


class Measurement(SQLModel, table=True):
    """The quantity of a bill item done up to a certificate, in thousandths of its unit."""

    __table_args__ = (
        UniqueConstraint("certificate_id", "item_id"),
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    certificate_id: UUID = Field(foreign_key="certificate.id", index=True)
    item_id: UUID = Field(foreign_key="bill_item.id", index=True)
    quantity: int = Field(sa_type=BigInteger)


class Payment(SQLModel, table=True):
    """Money paid on a certificate. Never changed: a correction is an entry of the opposite sign."""

    __table_args__ = (
        UniqueConstraint("certificate_id", "reference"),
        Index("ix_payment_paid", "certificate_id", "amount_centimes"),
        CheckConstraint("amount_centimes > 0 OR corrects_id IS NOT NULL", name="amount_positive"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    certificate_id: UUID = Field(foreign_key="certificate.id")
    amount_centimes: int = centimes()
    paid_on: date = Field(index=True)
    reference: str = Field(max_length=64)
    corrects_id: UUID | None = Field(default=None, foreign_key="payment.id", index=True)
    reason: str = Field(default="", max_length=2000)
    written_by: str = Field(max_length=64)
    written_at: datetime = instant()


class PriceIndex(SQLModel, table=True):
    """A published index for price revision, in hundredths, for a month (its first day)."""

    __tablename__ = "price_index"
    __table_args__ = (
        UniqueConstraint("name", "month"),
        CheckConstraint("value > 0", name="value_positive"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    name: str = Field(max_length=40)
    month: date
    value: int
