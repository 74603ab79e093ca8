"""Runs over the books, one at a time: what each read and decided, written all of it or nothing."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from models.clock import local_day
from models.operations import trail
from models.operations.booking import Author, Booking, book
from models.operations.case_keeping import Seen, keep_cases
from models.operations.cases import CasesKept
from models.operations.drafting import SYSTEM
from models.operations.lessons import learn
from models.operations.run_digests import tell_run
from models.operations.suggesting import is_refused, refused_pairs, suggest
from models.queries.open_books import read_open_books
from models.queries.open_rows import OpenBooks
from models.queries.partners import find_partner
from models.queries.people import find_actor
from models.queries.projects import find_project
from models.queries.run_digests import Tally, booked_by_kind, offered, open_cases
from models.queries.snapshots import snapshot
from models.queries.statements import find_account
from models.rules.authority import Action, authorize
from models.rules.lessons import LessonSource
from models.rules.money import Money
from models.rules.reconciliation import (
    Contradiction,
    Decision,
    ReconciliationState,
    RunBusy,
    RunOvertaken,
    Scope,
    Taught,
    digest,
)
from models.rules.statements import AccountKind
from models.rules.trail import canonical
from models.tables import ReconciliationRun
from models.tables.columns import table_of

LEASE = timedelta(minutes=15)
"""How long a run is waited for whose process nobody can see; one of this machine that died is not."""

SETTLED_DAYS = 220
"""How far before the first open line settled ones are read: as far back as a ledger moves one."""


Thresholds = Mapping[str, Mapping[str, int]]
"""By the kind of match: the least share that was booked (hundredths of a percent), the cases with a known
answer that stood for it, how many of them went wrong, and whether they proved too little (1)."""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What a run decided. `decisions` are to be booked, `offers` to be suggested, in their order.

    `lines`: those that it was to decide about; `passed_over`: those of them outside of what was asked for.
    `read`: each line that was open, each target that was owed: what comes later is for the next run.
    """

    decisions: Sequence[Decision]
    offers: Sequence[Decision]
    contradictions: Sequence[Contradiction]
    taught: Sequence[Taught]
    rates_missing: Sequence[str]
    lines: Collection[UUID]
    passed_over: Collection[UUID]
    read: Collection[UUID]
    snapshot_sha256: str
    rules_version: str
    careful: bool
    """Whether the books could prove so little that only the surest matches were to be booked."""
    thresholds: Thresholds = field(default_factory=dict)
    speaking: Collection[UUID] = frozenset()
    """Lines whose text says who pays or is paid, or for what, as far as the books know it."""


@dataclass(frozen=True, slots=True)
class RunAnswer:
    """A run after it ended. `changed` is False when the books were as the run before had left them.

    `booked`: by the kind of match; `left`: the lines that are open still; `cases`: the open ones by kind.
    """

    run: UUID | None
    changed: bool
    booked: Mapping[str, Tally]
    suggested: int
    left: Tally
    cases: Mapping[str, Tally]
    opened: int
    closed: int
    hindered: int
    learnt: int
    careful: bool
    rules_version: str
    snapshot_sha256: str
    outcome_sha256: str
    thresholds: Thresholds = field(default_factory=dict)


def begin(
    session: Session,
    *,
    scope: Scope,
    asked_by: str,
    holder: str,
    is_alive: Callable[[str], bool],
    at: datetime,
) -> UUID:
    """Begin a run, if no other one is under way; one whose process has died is abandoned.

    `asked_by` "" is the schedule. Raises: RunBusy, NotAllowed, UnknownKey for what the scope names.
    Source: docs/rules.md, R9.
    """
    if asked_by:
        authorize(find_actor(session, asked_by), Action.RECONCILE)
    _check(session, scope)
    present = session.exec(
        select(ReconciliationRun)
        .where(ReconciliationRun.state == ReconciliationState.OPEN)
        .with_for_update()
    ).first()
    if present is not None:
        if present.lease_until > at and is_alive(present.holder):
            raise RunBusy(by=present.asked_by or SYSTEM, since=present.started_at)
        present.state, present.ended_at = ReconciliationState.ABANDONED, at
        session.flush()
    run = uuid4()
    values = {"id": run, "state": ReconciliationState.OPEN, "started_at": at, "ended_at": None}
    values |= {"holder": holder, "lease_until": at + LEASE, "asked_by": asked_by or SYSTEM}
    values |= {"scope": canonical(scope.as_json()), "rules_version": "", "snapshot_sha256": ""}
    values |= {"outcome_sha256": "", "left_sha256": "", "counts": "{}", "snapshot_stored": ""}
    try:
        session.connection().execute(insert(table_of(ReconciliationRun)), values)
    except IntegrityError:  # somebody else began at the same instant
        raise RunBusy(by=SYSTEM, since=at) from None
    return run


def give_up(session: Session, *, run: UUID, at: datetime) -> None:
    """Abandon a run that failed: it has booked nothing, and the next one need not wait."""
    _end(session, run, state=ReconciliationState.ABANDONED, ended_at=at)


def last_left(session: Session, read: str, scope: Scope, rules_version: str) -> RunAnswer | None:
    """Return what the last run answered, if the books are as it left them and nothing else was asked.

    None, too, if they did not take something then: what hindered it, such as a project that rested, may be
    over, and is not among what a run reads.
    Source: docs/rules.md, R9.
    """
    last = session.exec(
        select(ReconciliationRun)
        .where(ReconciliationRun.state == ReconciliationState.DONE)
        .order_by(col(ReconciliationRun.ended_at).desc())
        .limit(1)
    ).first()
    if last is None or last.left_sha256 != read or last.rules_version != rules_version:
        return None
    answer = _as_left(session, last)
    return answer if last.scope == canonical(scope.as_json()) and not answer.hindered else None


def leave_no_trace(session: Session, *, run: UUID) -> None:
    """Let a run that found nothing new be as if it had never begun."""
    table = table_of(ReconciliationRun)
    session.connection().execute(delete(table).where(table.c.id == run))
    session.expire_all()


def record(
    session: Session, *, run: UUID, outcome: RunOutcome, at: datetime, stored: str = ""
) -> RunAnswer:
    """Write everything that a run decided, or nothing of it; one that changes nothing leaves no trace.

    `stored`: under which name what it read is kept.
    Raises: RunOvertaken.
    Source: docs/rules.md, R1, R3 to R6 and R9 to R15.
    """
    _hold(session, run)
    author = Author("", SYSTEM, at, rules_version=outcome.rules_version, run=run)
    refused = refused_pairs(session, {line for one in outcome.decisions for line in one.lines})
    refused |= refused_pairs(session, {line for one in outcome.offers for line in one.lines})
    decisions = [one for one in outcome.decisions if not is_refused(one, refused)]
    booking = book(session, decisions, author)
    busy = {line for one in booking.booked.values() for line in one.lines}
    offers = [*outcome.offers, *(_as_offer(one.decision) for one in booking.hindered)]
    offers = [one for one in offers if not is_refused(one, refused) and busy.isdisjoint(one.lines)]
    came, gone = suggest(session, offers, set(outcome.lines) - busy, author)
    matches = {line: id_ for id_, one in booking.booked.items() for line in one.lines}
    learnt = learn(session, outcome.taught, matches, source=LessonSource.RUN, at=at)
    left = read_open_books(session, settled_days=SETTLED_DAYS, among=outcome.read)
    told = (outcome.contradictions, outcome.rates_missing, outcome.passed_over, outcome.speaking)
    seen = Seen(left, booking, *told)
    kept = keep_cases(session, seen, today=local_day(at), at=at)
    answer = _answer(session, run, outcome, booking, left, kept, learnt, bool(came or gone))
    _finish(session, run, answer, left, stored, at)
    return answer


def _as_offer(decision: Decision) -> Decision:
    """What the books do not take is left to a person, as the first suggestion."""
    return Decision(
        decision.kind,
        decision.pieces,
        decision.stage,
        decision.share,
        decision.points,
        decision.evidence,
        decision.rival,
        rank=1,
    )


def _check(session: Session, scope: Scope) -> None:
    if scope.partner is not None:
        find_partner(session, scope.partner)
    if scope.project is not None:
        find_project(session, scope.project)
    if scope.account is not None:
        find_account(session, scope.account)


def _hold(session: Session, run: UUID) -> None:
    found = session.exec(
        select(ReconciliationRun).where(ReconciliationRun.id == run).with_for_update()
    ).first()
    if found is None or found.state is not ReconciliationState.OPEN:
        raise RunOvertaken(run=run.hex[:8])


def _answer(
    session: Session,
    run: UUID,
    outcome: RunOutcome,
    booking: Booking,
    left: OpenBooks,
    kept: CasesKept,
    learnt: int,
    offers_changed: bool,
) -> RunAnswer:
    banks = {one.id: one.currency for one in left.accounts if one.kind is AccountKind.BANK}
    still = [line for line in left.lines if not line.settled and line.account in banks]
    return RunAnswer(
        run=run,
        changed=bool(booking.booked or offers_changed or learnt or kept),
        booked={str(kind): one for kind, one in booked_by_kind(session, run).items()},
        suggested=offered(session).count,
        left=Tally.of((banks[line.account], 1, abs(line.amount)) for line in still),
        cases=_cases(session),
        opened=kept.opened,
        closed=kept.closed,
        hindered=len(booking.hindered),
        learnt=learnt,
        careful=outcome.careful,
        rules_version=outcome.rules_version,
        snapshot_sha256=outcome.snapshot_sha256,
        outcome_sha256=digest((id_.hex, one) for id_, one in sorted(booking.booked.items())),
        thresholds=outcome.thresholds,
    )


def _finish(
    session: Session, run: UUID, answer: RunAnswer, left: OpenBooks, stored: str, at: datetime
) -> None:
    if not answer.changed:
        leave_no_trace(session, run=run)
        return
    counts = asdict(answer)
    del counts["run"]
    _end(
        session,
        run,
        state=ReconciliationState.DONE,
        ended_at=at,
        rules_version=answer.rules_version,
        snapshot_sha256=answer.snapshot_sha256,
        snapshot_stored=stored,
        outcome_sha256=answer.outcome_sha256,
        left_sha256=snapshot(left, at),
        counts=canonical(counts),
    )
    payload = {"run": run, "snapshot": answer.snapshot_sha256, "outcome": answer.outcome_sha256}
    payload |= {"rules_version": answer.rules_version, "booked": counts["booked"], "left": counts["left"]}
    trail.record(session, at=at, actor=SYSTEM, kind="reconciliation_run", payload=payload)
    tell_run(session, run=run, at=at, careful=answer.careful)


def _end(session: Session, run: UUID, **values: Any) -> None:
    """End a run that is still open.

    Raises: RunOvertaken.
    """
    table = table_of(ReconciliationRun)
    done = session.connection().execute(
        update(table).where(table.c.id == run, table.c.state == ReconciliationState.OPEN).values(**values)
    )
    session.expire_all()
    if done.rowcount != 1:
        raise RunOvertaken(run=run.hex[:8])


def _as_left(session: Session, run: ReconciliationRun) -> RunAnswer:
    """Return what the last run answered, for one that found everything as it was left.

    What people refused and closed since is no part of what a run reads: that is counted anew.
    """
    told = json.loads(run.counts)
    booked = {kind: _read(one) for kind, one in told["booked"].items()}
    now = {"cases": _cases(session), "suggested": offered(session).count, "left": _read(told["left"])}
    return RunAnswer(**{**told, **now, "booked": booked, "run": run.id, "changed": False})


def _cases(session: Session) -> dict[str, Tally]:
    return {str(one.kind): Tally(one.count, one.amounts) for one in open_cases(session, {})}


def _read(told: Mapping[str, Any]) -> Tally:
    # A run of before sums were told by currency has none that could be told.
    return Tally(told["count"], tuple(Money(**one) for one in told.get("amounts", ())))
