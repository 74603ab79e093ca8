from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from models.rules.statements import AccountKind, LineState
from models.tables.columns import centimes, choice, instant, long_text


class StatementAccount(SQLModel, table=True):
    """A bank's or a ledger's account whose movements are read. `number`: RIB or IBAN, "" where unknown.

    `mirrors_id` is the bank account whose movements a ledger's account repeats. `profile` names how its
    files are read.
    """

    __tablename__ = "statement_account"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    key: str = Field(max_length=40, unique=True)
    kind: AccountKind = choice(AccountKind)
    name: str = Field(max_length=300)
    currency: str = Field(default="MAD", max_length=3)
    number: str = Field(default="", max_length=40)
    profile: str = Field(default="", max_length=40)
    mirrors_id: UUID | None = Field(default=None, foreign_key="statement_account.id")


class StatementFile(SQLModel, table=True):
    """A file of movements as it was received. `stored`: its name in our folder; `ends_before` is exclusive.

    A balance is empty where the file has none, a day where no row of it could be read. `lines` counts the
    rows that were taken, `faults` what is wrong: a file with a fault has no lines.
    """

    __tablename__ = "statement_file"
    __table_args__ = (
        CheckConstraint("starts_on < ends_before", name="starts_before_end"),
        CheckConstraint("lines >= 0", name="lines_not_negative"),
        CheckConstraint("faults >= 0", name="faults_not_negative"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    account_id: UUID = Field(foreign_key="statement_account.id", index=True)
    sha256: str = Field(max_length=64, unique=True)
    name: str = Field(max_length=120)
    stored: str = Field(default="", max_length=64)
    profile: str = Field(default="", max_length=40)
    parser_version: str = Field(max_length=40)
    starts_on: date | None = None
    ends_before: date | None = None
    opening_centimes: int | None = centimes(default=None, nullable=True)
    closing_centimes: int | None = centimes(default=None, nullable=True)
    lines: int
    faults: int = 0
    received_at: datetime = instant()
    received_by: str = Field(max_length=64)


class StatementFault(SQLModel, table=True):
    """A row of a file that could not be read. `code` says why; `row` is counted as people count rows.

    `details` is JSON: what the sentence of the code needs besides the value.
    """

    __tablename__ = "statement_fault"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    file_id: UUID = Field(foreign_key="statement_file.id", index=True)
    row: int
    field: str = Field(default="", max_length=40)
    code: str = Field(max_length=40)
    value: str = Field(default="", max_length=300)
    details: str = long_text(default="{}")


class StatementLine(SQLModel, table=True):
    """One movement, as the file has it. Unit: centimes of the account's currency, + received, - paid.

    `id` follows from the file and the row, so that the same file gives the same lines. `operation` is
    the bank's own number; `original_centimes` what it was in the currency it was made in; `raw` the row.
    """

    __tablename__ = "statement_line"
    __table_args__ = (
        CheckConstraint("amount_centimes <> 0", name="amount_not_zero"),
        Index("ix_statement_line_state_day", "state", "day"),
        Index("ix_statement_line_account_day", "account_id", "day"),
    )

    id: UUID = Field(primary_key=True)
    file_id: UUID = Field(foreign_key="statement_file.id", index=True)
    account_id: UUID = Field(foreign_key="statement_account.id")
    row: int
    day: date
    value_day: date
    amount_centimes: int = centimes()
    original_centimes: int | None = centimes(default=None, nullable=True)
    original_currency: str = Field(default="", max_length=3)
    label: str = Field(default="", max_length=1000)
    reference: str = Field(default="", max_length=300)
    counterparty: str = Field(default="", max_length=300)
    project_code: str = Field(default="", max_length=64)
    operation: str = Field(default="", max_length=64)
    raw: str = long_text(default="")
    state: LineState = choice(LineState, default=LineState.OPEN)
