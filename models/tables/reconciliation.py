from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from models.rules.cases import CaseChange, CaseKind, CaseStep
from models.rules.lessons import LessonKind, LessonSource
from models.rules.reconciliation import MatchKind, MatchStatus, ReconciliationState
from models.tables.columns import centimes, choice, instant, long_text


class ReconciliationRun(SQLModel, table=True):
    """One run over the open lines: what it read, under which rules, and what it decided (hashes, counts).

    One at a time: a second is refused until `lease_until`, or while the process `holder` lives. `scope`
    and `counts` are JSON. `left_sha256` is of what it left open: the same again is not run again.
    `snapshot_stored` names the rows that it read, in our folder; "" for a run of before they were kept.
    """

    __tablename__ = "reconciliation_run"
    __table_args__ = (
        CheckConstraint("state <> 'open' OR ended_at IS NULL", name="open_has_no_end"),
        Index(
            "uq_reconciliation_run_open",
            "state",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    state: ReconciliationState = choice(ReconciliationState, default=ReconciliationState.OPEN)
    started_at: datetime = instant(index=True)
    ended_at: datetime | None = instant(default=None, nullable=True)
    holder: str = Field(default="", max_length=120)
    lease_until: datetime = instant()
    asked_by: str = Field(max_length=64)
    scope: str = long_text(default="{}")
    rules_version: str = Field(default="", max_length=40)
    snapshot_sha256: str = Field(default="", max_length=64)
    snapshot_stored: str = Field(default="", max_length=120)
    outcome_sha256: str = Field(default="", max_length=64)
    left_sha256: str = Field(default="", max_length=64)
    counts: str = long_text(default="{}")


class Match(SQLModel, table=True):
    """What lines pay, or what they are: booked, or proposed to a person. Never changed once booked.

    `id` follows from kind, lines, targets and amounts: the same again is no second row. `author` "" is
    the run. `points` in hundredths; `share` in hundredths of a percent. `evidence` and `rival` are JSON
    ("" : no rival). An entry that takes another back, or refuses it, points to it: `undoes_id`.
    """

    __tablename__ = "line_match"
    __table_args__ = (
        CheckConstraint("share BETWEEN 0 AND 10000", name="share_in_range"),
        CheckConstraint("status <> 'undone' OR undoes_id IS NOT NULL", name="undone_is_named"),
        CheckConstraint("author <> '' OR status NOT IN ('rejected', 'undone')", name="person_decides"),
        Index(
            "ix_line_match_suggested",
            "status",
            sqlite_where=text("status = 'suggested'"),
            postgresql_where=text("status = 'suggested'"),
        ),
    )

    id: UUID = Field(primary_key=True)
    kind: MatchKind = choice(MatchKind)
    status: MatchStatus = choice(MatchStatus)
    author: str = Field(default="", max_length=64)
    second: str = Field(default="", max_length=64)
    """Who decided with the author, where four eyes were needed."""
    rank: int = 0
    """The place among the suggestions of a line, from 1; 0 for what is booked."""
    stage: str = Field(default="", max_length=40)
    share: int = 0
    points: int = 0
    evidence: str = long_text(default="[]")
    rival: str = long_text(default="")
    rules_version: str = Field(default="", max_length=40)
    run_id: UUID | None = Field(default=None, foreign_key="reconciliation_run.id", index=True)
    undoes_id: UUID | None = Field(default=None, foreign_key="line_match.id", unique=True)
    reason: str = Field(default="", max_length=2000)
    written_at: datetime = instant()


def _of_those_named(column: str) -> Index:
    """An index that passes over the rows in which a column is empty: they would be most of it."""
    named = text(f"{column} IS NOT NULL")
    return Index(f"ix_match_part_{column}", column, sqlite_where=named, postgresql_where=named)


class MatchPart(SQLModel, table=True):
    """The part of a line that pays a call or a certificate, or the other line that it repeats or undoes.

    Unit: centimes, + received, - paid, as the line has it. The receipt or the payment is what was written
    into the books for it.
    """

    __tablename__ = "match_part"
    __table_args__ = (
        CheckConstraint("call_id IS NULL OR certificate_id IS NULL", name="one_target"),
        CheckConstraint("receipt_id IS NULL OR payment_id IS NULL", name="one_entry"),
        *map(_of_those_named, ("call_id", "certificate_id", "other_line_id", "receipt_id", "payment_id")),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    match_id: UUID = Field(foreign_key="line_match.id", index=True)
    line_id: UUID = Field(foreign_key="statement_line.id", index=True)
    call_id: UUID | None = Field(default=None, foreign_key="funding_call.id")
    certificate_id: UUID | None = Field(default=None, foreign_key="certificate.id")
    other_line_id: UUID | None = Field(default=None, foreign_key="statement_line.id")
    amount_centimes: int = centimes(default=0)
    receipt_id: UUID | None = Field(default=None, foreign_key="receipt.id")
    payment_id: UUID | None = Field(default=None, foreign_key="payment.id")


class Case(SQLModel, table=True):
    """Something the books do not agree about, until they do. Unit: centimes of `currency`.

    `fingerprint` names what it is about: one case is open for it. `owner` is the role that settles it,
    `assignee` a login, "" while nobody in particular. `details` is JSON: what its sentence needs.
    """

    __tablename__ = "reconciliation_case"
    __table_args__ = (
        CheckConstraint("closed_at IS NULL OR closed_at >= opened_at", name="closed_after"),
        Index(
            "uq_reconciliation_case_open",
            "fingerprint",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_reconciliation_case_kind", "kind", "closed_at"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    kind: CaseKind = choice(CaseKind)
    fingerprint: str = Field(max_length=64, index=True)
    account_id: UUID | None = Field(default=None, foreign_key="statement_account.id")
    line_id: UUID | None = Field(default=None, foreign_key="statement_line.id", index=True)
    project_id: UUID | None = Field(default=None, foreign_key="project.id", index=True)
    partner_id: UUID | None = Field(default=None, foreign_key="partner.id")
    contract_id: UUID | None = Field(default=None, foreign_key="contract.id")
    match_id: UUID | None = Field(default=None, foreign_key="line_match.id", index=True)
    amount_centimes: int = centimes(default=0)
    currency: str = Field(default="MAD", max_length=3)
    owner: str = Field(max_length=32)
    assignee: str = Field(default="", max_length=64)
    next_step: CaseStep = choice(CaseStep)
    details: str = long_text(default="{}")
    opened_at: datetime = instant()
    closed_at: datetime | None = instant(default=None, nullable=True)


class CaseEvent(SQLModel, table=True):
    """What happened to a case. `author` "": a run."""

    __tablename__ = "case_event"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    case_id: UUID = Field(foreign_key="reconciliation_case.id", index=True)
    at: datetime = instant()
    author: str = Field(default="", max_length=64)
    kind: CaseChange = choice(CaseChange)
    note: str = Field(default="", max_length=2000)


class Lesson(SQLModel, table=True):
    """What certain matches and people's decisions taught of a party. No account: true of every bank.

    A party is a partner, or a contractor by the name its contracts have. One lesson of a `fingerprint`
    is in use at a time; one that was forgotten stays, and is not learnt again from a run.
    """

    __table_args__ = (
        CheckConstraint("times > 0", name="times_positive"),
        CheckConstraint("(forgotten_at IS NULL) = (forgotten_by IS NULL)", name="forgotten_whole"),
        Index(
            "uq_lesson_in_use",
            "fingerprint",
            unique=True,
            sqlite_where=text("forgotten_at IS NULL"),
            postgresql_where=text("forgotten_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    fingerprint: str = Field(max_length=64, index=True)
    account_id: UUID | None = Field(default=None, foreign_key="statement_account.id", index=True)
    kind: LessonKind = choice(LessonKind)
    partner_id: UUID | None = Field(default=None, foreign_key="partner.id", index=True)
    contractor: str = Field(default="", max_length=300)
    value: str = Field(max_length=300)
    times: int = 1
    source: LessonSource = choice(LessonSource)
    match_id: UUID | None = Field(default=None, foreign_key="line_match.id", index=True)
    """The match that taught it last."""
    learnt_at: datetime = instant()
    forgotten_at: datetime | None = instant(default=None, nullable=True)
    forgotten_by: str | None = Field(default=None, max_length=64)
    forgotten_reason: str = Field(default="", max_length=2000)
