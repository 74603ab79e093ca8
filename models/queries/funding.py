"""Where the money of partners stands: what is promised, called, received, owed, and how late it comes."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from models.queries import funding_statements as statements
from models.queries.projects import CANDIDATES, find_project, nearest
from models.rules.ageing import Age
from models.rules.errors import UnknownKey
from models.rules.evidence import LATEST
from models.rules.funding import MEDIAN, MOST, CallNotIssued, percentile
from models.rules.letters import LetterFacts, Named
from models.rules.marks import is_marked
from models.rules.money import Money
from models.rules.text import visible
from models.rules.tranches import CallState
from models.tables import Commitment, CommitmentRelease, Convention, FundingCall, Partner, Project, Tranche

_WHOLE_ID = 32
_ID_SIGNS = re.compile(rf"[0-9a-f]{{6,{_WHOLE_ID}}}")


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of one partner for one project, or of many. Unit: centimes of one currency."""

    promised: int = 0
    released: int = 0
    planned: int = 0
    called: int = 0
    received: int = 0
    paid: int = 0
    """What of the money received is allocated to calls."""

    @property
    def committed(self) -> int:
        return self.promised - self.released

    @property
    def not_yet_due(self) -> int:
        return self.committed - self.called

    @property
    def outstanding(self) -> int:
        return self.called - self.paid

    @property
    def advance(self) -> int:
        return self.received - self.paid

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(getattr(self, name) + getattr(other, name) for name in _SUMS))


_SUMS = tuple(field.name for field in fields(Sums))


@dataclass(frozen=True, slots=True)
class Position:
    """How a partner stands with a project (keys). Unit of the sums: centimes of `currency`."""

    project: str
    partner: str
    currency: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class AgeingLine:
    """What a partner owes for a project (keys), by how long. Unit: centimes of `currency`."""

    project: str
    partner: str
    currency: str
    owed: Mapping[Age, int]

    @property
    def total(self) -> int:
        return sum(self.owed.values())


@dataclass(frozen=True, slots=True)
class PastDelay:
    """How late a partner has paid its calls. Unit: calendar days after the due date, negative before."""

    calls: int
    median: int
    most: int
    """What four fifths of its calls did not pass."""


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call that is not paid in full. Unit: centimes.

    `settled_from`: the first day from which a new payment may count, after what was taken back.
    """

    id: UUID
    number: str
    issued_on: date
    due_on: date
    amount: int
    paid: int
    settled_from: date | None

    @property
    def lacks(self) -> int:
        return self.amount - self.paid


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call with what it is about; `number`, `issued_on` and `due_on` are None while it is a draft."""

    id: UUID
    project: str
    partner: str
    commitment: str
    tranche: int
    state: CallState
    number: str | None
    amount: Money
    paid: Money
    issued_on: date | None
    due_on: date | None
    flag: str
    snoozed_until: date | None

    @property
    def outstanding(self) -> Money:
        return self.amount - self.paid


def positions(
    session: Session, *, projects: Collection[str] | None = None, on: date = LATEST
) -> tuple[Position, ...]:
    """Return how each partner stands with each project, in one read; at any day, by the day of each fact.

    `projects`: keys; None for all.
    Source: docs/rules.md, V20.
    """
    query = statements.POSITIONS if projects is None else statements.POSITIONS_OF
    given: dict[str, Any] = {"on": on} | ({} if projects is None else {"projects": list(projects)})
    session.flush()
    return tuple(
        Position(project, partner, currency, Sums(*(int(amount or 0) for amount in sums)))
        for project, partner, currency, *sums in session.connection().execute(query, given)
    )


def by_project(lines: Iterable[Position]) -> dict[str, Position]:
    """Return the positions of the partners of each project together; `partner` is empty."""
    whole: dict[str, Position] = {}
    for line in lines:
        known = whole.get(line.project)
        sums = known.sums + line.sums if known else line.sums
        whole[line.project] = Position(line.project, "", line.currency, sums)
    return whole


def by_partner(lines: Iterable[Position]) -> dict[tuple[str, str], Position]:
    """Return the positions of each partner over its projects, by partner and currency."""
    whole: dict[tuple[str, str], Position] = {}
    for line in lines:
        place = (line.partner, line.currency)
        sums = whole[place].sums + line.sums if place in whole else line.sums
        whole[place] = Position("", line.partner, line.currency, sums)
    return whole


def ageing(
    session: Session, *, on: date, projects: Collection[str] | None = None
) -> tuple[AgeingLine, ...]:
    """Return what each partner owes for each project on a day, by how long it has been overdue.

    Source: docs/rules.md, V21.
    """
    session.flush()
    rows = session.connection().execute(statements.ageing(on, projects))
    return tuple(
        AgeingLine(
            project,
            partner,
            currency,
            {age: int(amount or 0) for age, amount in zip(Age, owed, strict=True)},
        )
        for project, partner, currency, *owed in rows
    )


def past_delays(session: Session, *, on: date = LATEST) -> dict[str, PastDelay]:
    """Return how late each partner (key) has paid the calls that it has paid in full, by a day.

    A call counts as paid on the day of the last receipt that pays it, at the earliest when it was issued.
    Source: docs/rules.md, V22.
    """
    session.flush()
    days: dict[str, list[int]] = defaultdict(list)
    for partner, due_on, issued_on, last in session.connection().execute(statements.PAID, {"on": on}):
        days[partner].append((max(last, issued_on) - due_on).days)
    return {
        partner: PastDelay(len(late), percentile(late, MEDIAN), percentile(late, MOST))
        for partner, late in days.items()
    }


def open_calls(session: Session, project: UUID, partner: UUID) -> tuple[OpenCall, ...]:
    """Return the calls of a partner for a project that are not paid in full, the oldest first."""
    session.flush()
    rows = session.connection().execute(statements.OPEN_CALLS, {"project": project, "partner": partner})
    calls = (OpenCall(*row) for row in rows)
    return tuple(call for call in calls if call.lacks > 0)


def free_receipts(session: Session, project: UUID, partner: UUID) -> tuple[tuple[UUID, int], ...]:
    """Return the receipts that no call has taken whole, the oldest first, with what is free of each.

    A correction counts with the receipt that it corrects. Unit: centimes.
    """
    session.flush()
    rows = session.connection().execute(statements.FREE_RECEIPTS, {"project": project, "partner": partner})
    return tuple((row.receipt, int(row.free)) for row in rows if row.free > 0)


def find_call(session: Session, call: UUID | str) -> FundingCall:
    """Return a call by its number, by its id, or by the first signs of the id: a draft has no number.

    Raises: UnknownKey, with the nearest numbers, or with the ids that begin so where several do.
    Source: docs/rules.md, X32.
    """
    text = visible(str(call)).strip()
    known, signs = col(FundingCall.id), text.replace("-", "").lower()
    wanted: ColumnElement[bool] = col(FundingCall.number).in_((text, text.upper()))
    if _ID_SIGNS.fullmatch(signs):
        first, last = (UUID(hex=signs.ljust(_WHOLE_ID, sign)) for sign in "0f")
        wanted = or_(wanted, known.between(first, last))
    found = session.exec(select_rows(FundingCall).where(wanted).limit(CANDIDATES)).all()
    exact = [one for one in found if one.number == text]
    if len(exact or found) == 1:
        return (exact or found)[0]
    candidates = tuple(str(one.id) for one in found)
    if not found:
        numbers = session.exec(select_rows(FundingCall.number).where(col(FundingCall.number).is_not(None)))
        candidates = nearest(str(call), [number for number in numbers if number])
    raise UnknownKey(noun="funding_call", key=visible(str(call)[:60]), candidates=candidates)


def load_call(session: Session, call: UUID | str) -> CallLine:
    """Return a call with what it is about.

    Raises: UnknownKey.
    """
    query = statements.CALLS.where(col(FundingCall.id) == find_call(session, call).id)
    return _call_line(session.connection().execute(query).one())


def list_calls(
    session: Session, *, project: str | None = None, states: Collection[CallState] = tuple(CallState)
) -> tuple[CallLine, ...]:
    """Return the calls of a project, or of all, in the order of project, partner and tranche.

    Raises: UnknownKey.
    """
    query = statements.CALLS.where(col(FundingCall.state).in_(states))
    if project is not None:
        query = query.where(col(Project.id) == find_project(session, project).id)
    session.flush()
    return tuple(_call_line(row) for row in session.connection().execute(query))


def letter_facts(session: Session, call: UUID | str) -> LetterFacts:
    """Return what the letter of an issued call says.

    Raises: UnknownKey, CallNotIssued.
    """
    found = find_call(session, call)
    if found.state is not CallState.ISSUED or not (found.number and found.issued_on and found.due_on):
        raise CallNotIssued(call=str(found.number or found.id), state=found.state)
    tranche, promise, project, partner = session.exec(
        select_rows(Tranche, Commitment, Project, Partner)
        .join(Commitment, col(Commitment.id) == col(Tranche.commitment_id))
        .join(Project, col(Project.id) == col(Commitment.project_id))
        .join(Partner, col(Partner.id) == col(Commitment.partner_id))
        .where(Tranche.id == found.tranche_id)
    ).one()
    convention = session.get(Convention, promise.convention_id) if promise.convention_id else None
    counted = select(func.count()).where(
        col(Tranche.commitment_id) == promise.id, col(Tranche.amount_centimes) > 0
    )
    earlier = {"commitment": promise.id, "before": found.issued_on, "number": found.number}
    released = select(func.sum(col(CommitmentRelease.amount_centimes))).where(
        col(CommitmentRelease.commitment_id) == promise.id
    )
    connection = session.connection()
    net = promise.amount_centimes - int(connection.execute(released).scalar() or 0)
    return LetterFacts(
        number=found.number,
        issued_on=found.issued_on,
        due_on=found.due_on,
        partner=_named(partner),
        project=_named(project),
        commitment=promise.reference,
        committed=Money(net, promise.currency),
        tranche=tranche.number,
        tranches=connection.execute(counted).scalar_one(),
        amount=Money(found.amount_centimes, promise.currency),
        outstanding=Money(
            int(connection.execute(statements.OWED_BEFORE, earlier).scalar() or 0), promise.currency
        ),
        trigger=tranche.trigger,
        expected_on=tranche.expected_on,
        stage=tranche.stage,
        progress=tranche.progress,
        document=tranche.document,
        convention=convention.reference if convention else "",
        convention_signed_on=convention.signed_on if convention else None,
        sample=project.sample
        or bool(convention and convention.sample)
        or is_marked(found.number, promise.reference),
    )


def _call_line(row: Row[Any]) -> CallLine:
    return CallLine(
        id=row.id,
        project=row.project,
        partner=row.partner,
        commitment=row.reference,
        tranche=row.tranche,
        state=row.state,
        number=row.number,
        amount=Money(row.amount, row.currency),
        paid=Money(int(row.paid or 0), row.currency),
        issued_on=row.issued_on,
        due_on=row.due_on,
        flag=row.flag,
        snoozed_until=row.snoozed_until,
    )


def _named(row: Project | Partner) -> Named:
    return Named(row.key, row.name_ar, row.name_fr, row.name_en)
