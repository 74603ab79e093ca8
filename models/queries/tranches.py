"""The plans of partners' commitments: each tranche, what lets it be called, what became of its call."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, func, select

from models.queries.funding import CallLine, list_calls
from models.rules.letters import Named
from models.rules.money import Money
from models.rules.stages import Stage
from models.rules.tranches import CallState, TrancheState, Trigger, tranche_state
from models.tables import Commitment, CommitmentRelease, Convention, Partner, Project, Tranche


@dataclass(frozen=True, slots=True)
class TrancheLine:
    """A tranche with the last call that it had. Unit of `progress`: hundredths of a percent."""

    number: int
    amount: Money
    trigger: Trigger
    expected_on: date
    stage: Stage | None
    progress: int | None
    document: str
    state: TrancheState
    call: CallLine | None


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A commitment with its tranches. `net`: what is left of it after releases."""

    partner: Named
    reference: str
    net: Money
    in_kind: bool
    signed_on: date | None
    budget_year: int | None
    convention: str
    tranches: tuple[TrancheLine, ...]

    @property
    def planned(self) -> Money:
        return Money(sum(one.amount.centimes for one in self.tranches), self.net.currency)


def list_plans(
    session: Session, project: Project, *, on: date, partner: str | None = None
) -> tuple[PlanLine, ...]:
    """Return the commitments for a project with their tranches; `partner`: only those of this key.

    `on`: the day on which a call may be overdue.
    """
    query = (
        select(Commitment, Partner, Convention)
        .join(Partner, col(Partner.id) == col(Commitment.partner_id))
        .outerjoin(Convention, col(Convention.id) == col(Commitment.convention_id))
        .where(Commitment.project_id == project.id)
        .order_by(col(Partner.key), col(Commitment.reference))
    )
    if partner is not None:
        query = query.where(Partner.key == partner)
    tranches, released = _tranches(session, project), _released(session, project)
    calls = _last_calls(session, project)
    return tuple(
        PlanLine(
            partner=Named(body.key, body.name_ar, body.name_fr, body.name_en),
            reference=one.reference,
            net=Money(one.amount_centimes - released.get(one.id, 0), one.currency),
            in_kind=one.in_kind,
            signed_on=one.signed_on,
            budget_year=one.budget_year,
            convention=convention.reference if convention else "",
            tranches=tuple(
                _line(row, one.currency, calls.get((body.key, one.reference, row.number)), on)
                for row in tranches.get(one.id, ())
            ),
        )
        for one, body, convention in session.exec(query)
    )


def _last_calls(session: Session, project: Project) -> dict[tuple[str, str, int], CallLine]:
    """Return the call of each tranche that has had one: the one that lives, or else the last."""
    calls: dict[tuple[str, str, int], CallLine] = {}
    for call in list_calls(session, project=project.key):
        place = (call.partner, call.commitment, call.tranche)
        known = calls.get(place)
        if known is None or known.state is CallState.WITHDRAWN:
            calls[place] = call
    return calls


def _tranches(session: Session, project: Project) -> dict[UUID, list[Tranche]]:
    found: dict[UUID, list[Tranche]] = defaultdict(list)
    query = (
        select(Tranche)
        .join(Commitment, col(Commitment.id) == col(Tranche.commitment_id))
        .where(Commitment.project_id == project.id)
        .order_by(col(Tranche.number))
    )
    for row in session.exec(query):
        found[row.commitment_id].append(row)
    return found


def _released(session: Session, project: Project) -> dict[UUID, int]:
    amount = func.sum(col(CommitmentRelease.amount_centimes))
    query = (
        select(col(CommitmentRelease.commitment_id), amount)
        .join(Commitment, col(Commitment.id) == col(CommitmentRelease.commitment_id))
        .where(Commitment.project_id == project.id)
        .group_by(col(CommitmentRelease.commitment_id))
    )
    return {commitment: int(released or 0) for commitment, released in session.exec(query)}


def _line(row: Tranche, currency: str, call: CallLine | None, on: date) -> TrancheLine:
    lacks = call.outstanding.centimes if call else 0
    state = tranche_state(
        row.amount_centimes, call.state if call else None, lacks, call.due_on if call else None, on
    )
    return TrancheLine(
        number=row.number,
        amount=Money(row.amount_centimes, currency),
        trigger=row.trigger,
        expected_on=row.expected_on,
        stage=row.stage,
        progress=row.progress,
        document=row.document,
        state=state,
        call=call,
    )
