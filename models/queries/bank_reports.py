"""Everything that a report of a period says of one bank account: lines, decisions, cases, runs, files."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlmodel import Session

from models.clock import local_day
from models.queries.bank_ties import ledgers_of, read_balance, read_tie
from models.queries.signs import shown_id
from models.queries.statement_lines import MatchFacts, load_matches
from models.rules.authority import Role
from models.rules.cases import CARE, CaseKind, CaseStep
from models.rules.marks import is_marked
from models.rules.money import Money
from models.rules.reconciliation import MatchKind, MatchStatus, ReconciliationState
from models.rules.spans import DaySpan
from models.rules.statements import LineState
from models.rules.tying import Balance, Tie
from models.tables import (
    Case,
    Contract,
    Partner,
    Project,
    ReconciliationRun,
    StatementAccount,
    StatementFile,
    StatementLine,
)
from models.tables.columns import table_of

_LINES, _FILES = table_of(StatementLine), table_of(StatementFile)
_PROJECTS, _CONTRACTS, _PARTNERS = table_of(Project), table_of(Contract), table_of(Partner)
_NAMES = ("name_ar", "name_fr", "name_en")
_CASES, _RUNS, _ACCOUNTS = table_of(Case), table_of(ReconciliationRun), table_of(StatementAccount)


@dataclass(frozen=True, slots=True)
class LineTold:
    """A line of the period. `target`: what it pays, or might; `share`: hundredths of a percent."""

    line: str
    day: date
    label: str
    amount: Money
    state: LineState
    match: MatchKind | None = None
    target: str = ""
    project: str = ""
    share: int = 0
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DecisionTold:
    """What a person decided about a line. `second`: who decided with them, where four eyes were needed."""

    at: datetime
    by: str
    second: str
    line: str
    match: MatchKind
    status: MatchStatus
    amount: Money
    target: str
    reason: str


@dataclass(frozen=True, slots=True)
class CaseTold:
    """A case that was opened or closed in the period, or is open since before.

    `line`, `project`, `partner` (its names in each language), `contract`: what it is about.
    """

    case: str
    kind: CaseKind
    amount: Money
    opened: date
    closed: date | None
    owner: Role
    step: CaseStep
    line: str
    project: str
    partner: Mapping[str, str]
    contract: str


@dataclass(frozen=True, slots=True)
class RunTold:
    """A run of the period, with the thresholds it took from the books and the hashes of what it read."""

    at: datetime
    by: str
    rules_version: str
    snapshot: str
    outcome: str
    booked: int
    left: int
    careful: bool
    thresholds: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class FileTold:
    """A file of the bank or of its ledger that has days of the period, or came in refused."""

    account: str
    name: str
    sha256: str
    profile: str
    starts_on: date | None
    last: date | None
    opening: Money | None
    closing: Money | None
    lines: int
    faults: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class BankReport:
    """A bank account in a period. `moved`: lines by what became of them. `tie` is None without a ledger."""

    account: str
    name: str
    number: str
    currency: str
    ledgers: tuple[str, ...]
    days: DaySpan
    balance: Balance
    tie: Tie | None
    moved: Mapping[LineState, tuple[int, Money]]
    booked: Sequence[LineTold]
    suggested: Sequence[LineTold]
    left: Sequence[LineTold]
    decisions: Sequence[DecisionTold]
    cases: Sequence[CaseTold]
    runs: Sequence[RunTold]
    files: Sequence[FileTold]
    sample: bool = False


def read_bank_report(session: Session, account: StatementAccount, days: DaySpan) -> BankReport:
    """Return what a report of a period says of a bank account.

    Source: docs/rules.md, R50 to R53.
    """
    session.flush()
    ledgers = ledgers_of(session, account.id)
    lines = _lines(session, account, days)
    matches = load_matches(session, [row.id for row in lines], every=True)
    sorting = _Sorting(account.currency)
    for row in lines:
        sorting.take(row, matches[row.id])
    names = {account.id: account.key, **{row.id: row.key for row in ledgers}}
    return BankReport(
        account=account.key,
        name=account.name,
        number=account.number,
        currency=account.currency,
        ledgers=tuple(row.key for row in ledgers),
        days=days,
        balance=read_balance(session, account.id, days.ends_before),
        tie=read_tie(session, account.id, days.ends_before),
        moved=sorting.moved(),
        booked=sorting.booked,
        suggested=sorting.suggested,
        left=sorting.left,
        decisions=sorted(sorting.decisions.values(), key=lambda one: (one.at, one.line, one.status)),
        cases=tuple(_cases(session, account, days)),
        runs=tuple(_runs(session, days)),
        files=sorted(_files(session, names, days, account.currency), key=_place),
        sample=is_marked(account.name, *(row.name for row in ledgers)),
    )


@dataclass(slots=True)
class _Sorting:
    """The lines of a period, each where it belongs."""

    currency: str
    booked: list[LineTold] = field(default_factory=list)
    suggested: list[LineTold] = field(default_factory=list)
    left: list[LineTold] = field(default_factory=list)
    decisions: dict[UUID, DecisionTold] = field(default_factory=dict)
    states: dict[LineState, list[int]] = field(default_factory=lambda: defaultdict(list))

    def take(self, row: Any, matches: Sequence[MatchFacts]) -> None:
        self.states[row.state].append(row.amount_centimes)
        holding = [one for one in matches if one.status is MatchStatus.BOOKED and one.holds]
        offered = [one for one in matches if one.status is MatchStatus.SUGGESTED and not one.overtaken]
        if row.state is LineState.OPEN:
            best = min(offered, key=lambda one: (one.rank, one.id), default=None)
            (self.suggested if best else self.left).extend(self._told(row, best))
        else:
            for one in holding:
                self.booked.extend(self._told(row, one))
        for one in matches:
            if one.author:
                self.decisions[one.id] = self._decision(row, one)

    def moved(self) -> Mapping[LineState, tuple[int, Money]]:
        return {
            state: (len(self.states[state]), Money(sum(self.states[state]), self.currency))
            for state in LineState
            if state in self.states
        }

    def _told(self, row: Any, match: MatchFacts | None) -> Iterator[LineTold]:
        """Yield the parts of a line that a match makes, or the line by itself."""
        own = [part for part in match.parts if part.line == row.id] if match else []
        line, label = shown_id(row.id), row.label or row.reference or row.counterparty
        if match is None or not own:
            own_match = match.kind if match else None
            whole = Money(row.amount_centimes, self.currency)
            yield LineTold(line, row.day, label, whole, row.state, own_match)
            return
        for part in own:
            yield LineTold(
                line=line,
                day=row.day,
                label=label,
                amount=Money(part.amount or row.amount_centimes, self.currency),
                state=row.state,
                match=match.kind,
                target=part.name,
                project=part.project,
                share=match.share,
                by=match.author,
                at=match.written_at,
            )

    def _decision(self, row: Any, match: MatchFacts) -> DecisionTold:
        return DecisionTold(
            at=match.written_at,
            by=match.author,
            second=match.second,
            line=shown_id(row.id),
            match=match.kind,
            status=match.status,
            amount=Money(row.amount_centimes, self.currency),
            target=", ".join(dict.fromkeys(part.name for part in match.parts if part.name)),
            reason=match.reason,
        )


def _lines(session: Session, account: StatementAccount, days: DaySpan) -> Sequence[Any]:
    query = (
        select(_LINES)
        .where(
            _LINES.c.account_id == account.id,
            _LINES.c.day >= days.starts,
            _LINES.c.day < days.ends_before,
        )
        .order_by(_LINES.c.day, _LINES.c.row, _LINES.c.id)
    )
    return session.connection().execute(query).all()


def _cases(session: Session, account: StatementAccount, days: DaySpan) -> Iterator[CaseTold]:
    """Yield cases of the account, and those of no account, that were open on a day of the period."""
    ours = or_(_CASES.c.account_id == account.id, _LINES.c.account_id == account.id)
    nobodys = and_(_CASES.c.account_id.is_(None), _CASES.c.line_id.is_(None))
    query = (
        select(_CASES, _PROJECTS.c.key, _CONTRACTS.c.reference, *(_PARTNERS.c[name] for name in _NAMES))
        .outerjoin(_LINES, _LINES.c.id == _CASES.c.line_id)
        .outerjoin(_PROJECTS, _PROJECTS.c.id == _CASES.c.project_id)
        .outerjoin(_PARTNERS, _PARTNERS.c.id == _CASES.c.partner_id)
        .outerjoin(_CONTRACTS, _CONTRACTS.c.id == _CASES.c.contract_id)
        .where(or_(ours, nobodys))
        .order_by(_CASES.c.opened_at, _CASES.c.kind, _CASES.c.id)
    )
    for row in session.connection().execute(query):
        opened = local_day(row.opened_at)
        closed = local_day(row.closed_at) if row.closed_at is not None else None
        if opened < days.ends_before and (closed is None or closed >= days.starts):
            owner, step = CARE[row.kind]
            yield CaseTold(
                case=shown_id(row.id),
                kind=row.kind,
                amount=Money(row.amount_centimes, row.currency),
                opened=opened,
                closed=closed,
                owner=owner,
                step=step,
                line=shown_id(row.line_id) if row.line_id is not None else "",
                project=row.key or "",
                partner={name.removeprefix("name_"): getattr(row, name) or "" for name in _NAMES},
                contract=row.reference or "",
            )


def _runs(session: Session, days: DaySpan) -> Iterator[RunTold]:
    """Yield the runs that began on a day of the period, and the last one after it."""
    query = (
        select(_RUNS)
        .where(_RUNS.c.state == ReconciliationState.DONE)
        .order_by(_RUNS.c.started_at, _RUNS.c.id)
    )
    rows = list(session.connection().execute(query))
    last = rows[-1:] if rows else []
    within = [row for row in rows if days.holds(local_day(row.started_at))]
    for row in [*within, *(one for one in last if one not in within)]:
        counts = json.loads(row.counts)
        yield RunTold(
            at=row.started_at,
            by=row.asked_by,
            rules_version=row.rules_version,
            snapshot=row.snapshot_sha256,
            outcome=row.outcome_sha256,
            booked=sum(one["count"] for one in counts.get("booked", {}).values()),
            left=counts.get("left", {}).get("count", 0),
            careful=bool(counts.get("careful")),
            thresholds=counts.get("thresholds", {}),
        )


def _place(one: FileTold) -> tuple[date, str, str]:
    return (one.starts_on or date.max, one.account, one.sha256)


def _files(
    session: Session, accounts: Mapping[UUID, str], days: DaySpan, currency: str
) -> Iterable[FileTold]:
    query = select(_FILES).where(_FILES.c.account_id.in_(list(accounts)))
    for row in session.connection().execute(query):
        if row.starts_on is None or row.ends_before is None:
            if not days.holds(local_day(row.received_at)):
                continue
        elif row.starts_on >= days.ends_before or row.ends_before <= days.starts:
            continue
        amounts = (row.opening_centimes, row.closing_centimes)
        opening, closing = (None if one is None else Money(one, currency) for one in amounts)
        yield FileTold(
            account=accounts[row.account_id],
            name=row.name,
            sha256=row.sha256,
            profile=row.profile,
            starts_on=row.starts_on,
            last=DaySpan(row.starts_on, row.ends_before).last if row.ends_before else None,
            opening=opening,
            closing=closing,
            lines=row.lines,
            faults=row.faults,
            received_at=row.received_at,
        )
