"""Drafting calls: a tranche whose trigger has become true gets one, and one that is in doubt is flagged."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, or_, select, update
from sqlmodel import Session, col

from models.clock import local_day
from models.operations import outbox, trail
from models.operations.additions import add_missing
from models.operations.outbox import Told
from models.operations.trail import Noted
from models.rules.money import Money
from models.rules.stages import Stage, Status
from models.rules.tranches import FLAG_OF, PROGRESS, CallFlag, CallState, Trigger
from models.tables import Commitment, Evidence, FundingCall, Partner, Project, Tranche
from models.tables.columns import table_of

SYSTEM = "tadshin"


@dataclass(frozen=True, slots=True)
class DraftReport:
    """What one look at the triggers did; `notes` are what the trail is to keep of it."""

    drafted: int
    flagged: int
    lifted: int
    notes: tuple[Noted, ...] = ()


def draft_due_calls(
    session: Session, *, at: datetime, projects: Collection[UUID] | None = None
) -> DraftReport:
    """Draft a call for each tranche whose trigger is true, and flag calls whose trigger is true no more.

    Over all active projects, or those named, in a handful of statements; again, it adds nothing.
    Source: docs/rules.md, V8 and V9.
    """
    report = refresh(session, at=at, projects=projects)
    trail.record_all(session, report.notes)
    return report


def refresh(session: Session, *, at: datetime, projects: Collection[UUID] | None = None) -> DraftReport:
    """Do what `draft_due_calls` does, but for the trail, which the caller writes last."""
    session.flush()
    lifted = _mark(session, at, projects, true=True)
    flagged = _mark(session, at, projects, true=False)
    drafted = _draft(session, at, projects)
    notes = (*lifted, *flagged, *drafted)
    return DraftReport(len(drafted), len(flagged), len(lifted), notes)


def answer_evidence(session: Session, *, project: UUID, code: str, at: datetime) -> tuple[Noted, ...]:
    """Look at a project's triggers again when a piece of evidence of which they speak was filed.

    The caller writes the trail last.
    Source: docs/rules.md, V8 and V9.
    """
    session.flush()
    speaks = col(Tranche.document) == code
    if code == PROGRESS:
        speaks = col(Tranche.trigger) == Trigger.PROGRESS
    asked = select(col(Tranche.id)).join(Commitment, col(Commitment.id) == col(Tranche.commitment_id))
    asked = asked.where(col(Commitment.project_id) == project, speaks).limit(1)
    if session.connection().execute(asked).first() is None:
        return ()
    return refresh(session, at=at, projects=[project]).notes


def _draft(session: Session, at: datetime, projects: Collection[UUID] | None) -> list[Noted]:
    called = select(col(FundingCall.id)).where(
        col(FundingCall.tranche_id) == col(Tranche.id),
        col(FundingCall.flag) != CallFlag.TRANCHE_DROPPED,  # nobody decided against calling it
    )
    due = (
        _tranches(projects)
        .where(
            col(Tranche.amount_centimes) > 0,
            col(Commitment.in_kind).is_(False),
            ~called.correlate(Tranche).exists(),
            _true_on(local_day(at)),
        )
        .order_by(col(Tranche.id))
        .with_for_update(of=Tranche, read=True, key_share=True)
    )
    rows = session.connection().execute(due).all()
    drafts = {row.tranche: _draft_of(row, at) for row in rows}
    written = add_missing(session, FundingCall, list(drafts.values()))
    new = [(row, drafts[row.tranche]["id"]) for row in rows if drafts[row.tranche]["id"] in written]
    outbox.tell_all(session, [_told(row, call, at) for row, call in new])
    return [Noted(at, SYSTEM, "call_drafted", row.project, _about(row, call)) for row, call in new]


def draft_row(tranche: UUID, amount: int, at: datetime) -> dict[str, Any]:
    """Return the columns of a new draft."""
    empty = ("number", "issued_on", "issued_by", "due_on", "withdrawn_on", "flagged_at", "snoozed_until")
    return {
        "id": uuid4(),
        "tranche_id": tranche,
        "state": CallState.DRAFT,
        "amount_centimes": amount,
        "drafted_at": at,
        "flag": "",
        "snooze_reason": "",
        **dict.fromkeys(empty),
    }


def _draft_of(row: Row[Any], at: datetime) -> dict[str, Any]:
    return draft_row(row.tranche, row.amount, at)


def _mark(session: Session, at: datetime, projects: Collection[UUID] | None, *, true: bool) -> list[Noted]:
    """Flag the calls whose trigger is not true, or lift the flags of those whose trigger is.

    The rows are taken in one order: of two at once, the second waits and finds nothing.
    """
    holds = _true_on(local_day(at))
    issued_by_day = and_(col(Tranche.trigger) == Trigger.DATE, col(FundingCall.state) == CallState.ISSUED)
    doubtful = and_(~holds, ~issued_by_day)  # a date that has come and was called stays come
    found = (
        _tranches(projects)
        .add_columns(col(FundingCall.id).label("call"))
        .join(FundingCall, col(FundingCall.tranche_id) == col(Tranche.id))
        .where(col(FundingCall.state) != CallState.WITHDRAWN)
        .where(
            and_(col(FundingCall.flag) != "", holds)
            if true
            else and_(col(FundingCall.flag) == "", doubtful)
        )
        .order_by(col(FundingCall.id))
        .with_for_update(of=FundingCall)
    )
    rows = session.connection().execute(found).all()
    if not rows:
        return []
    marks = [
        {"call": row.call, "to": "" if true else FLAG_OF[row.trigger], "since": None if true else at}
        for row in rows
    ]
    session.connection().execute(_SET_FLAG, marks)
    _look_again(session, {row.call for row in rows})
    kind = "call_unflagged" if true else "call_flagged"
    return [
        Noted(at, SYSTEM, kind, row.project, _about(row, row.call) | {"flag": FLAG_OF[row.trigger]})
        for row in rows
    ]


def _look_again(session: Session, calls: set[UUID]) -> None:
    """Let the rows that the session knows be read again: the flags were set beside it."""
    for known in session.identity_map.values():
        if isinstance(known, FundingCall) and known.id in calls:
            session.refresh(known, ["flag", "flagged_at"])


_COLUMNS: list[Any] = [
    col(Tranche.id).label("tranche"),
    col(Tranche.number),
    col(Tranche.amount_centimes).label("amount"),
    col(Tranche.trigger),
    col(Commitment.reference),
    col(Commitment.currency),
    col(Commitment.project_id).label("project"),
    col(Partner.key).label("partner"),
    col(Partner.name_ar),
    col(Partner.name_fr),
    col(Partner.name_en),
]


def _tranches(projects: Collection[UUID] | None) -> Select[Any]:
    """The tranches of projects that go on, with what a message or the trail says of them."""
    query = (
        select(*_COLUMNS)
        .join(Commitment, col(Commitment.id) == col(Tranche.commitment_id))
        .join(Project, col(Project.id) == col(Commitment.project_id))
        .join(Partner, col(Partner.id) == col(Commitment.partner_id))
        .where(col(Project.status) == Status.ACTIVE, col(Project.stage) != Stage.CLOSED)
    )
    return query if projects is None else query.where(col(Commitment.project_id).in_(projects))


def _true_on(day: date) -> ColumnElement[bool]:
    """Whether the trigger of a tranche is true on a day."""
    rank = {stage: position for position, stage in enumerate(Stage)}
    reached = case(rank, value=col(Project.stage)) >= case(rank, value=col(Tranche.stage))
    on_file = (
        select(col(Evidence.id))
        .where(
            col(Evidence.project_id) == col(Project.id),
            col(Evidence.superseded_at).is_(None),
            col(Evidence.dated) <= day,
        )
        .correlate(Project, Tranche)
    )
    progress = on_file.where(col(Evidence.code) == PROGRESS, col(Evidence.value) >= col(Tranche.progress))
    document = on_file.where(col(Evidence.code) == col(Tranche.document))
    return or_(
        and_(col(Tranche.trigger) == Trigger.DATE, col(Tranche.expected_on) <= day),
        and_(col(Tranche.trigger) == Trigger.STAGE, reached),
        and_(col(Tranche.trigger) == Trigger.PROGRESS, progress.exists()),
        and_(col(Tranche.trigger) == Trigger.DOCUMENT, document.exists()),
    )


def _told(row: Row[Any], call: UUID, at: datetime) -> Told:
    payload = {
        "partner": {"ar": row.name_ar, "fr": row.name_fr, "en": row.name_en},
        "tranche": row.number,
        "amount": str(Money(row.amount, row.currency)),
        "trigger": row.trigger,
    }
    return Told(f"tranche_due:{call}", "tranche_due", row.project, at, payload)


def _about(row: Row[Any], call: UUID) -> dict[str, Any]:
    return {
        "call": call,
        "partner": row.partner,
        "reference": row.reference,
        "tranche": row.number,
        "amount_centimes": row.amount,
        "currency": row.currency,
        "trigger": row.trigger,
    }


_CALLS = table_of(FundingCall)
_SET_FLAG = (
    update(_CALLS)
    .where(_CALLS.c.id == bindparam("call"))
    .values(flag=bindparam("to"), flagged_at=bindparam("since"))
)
