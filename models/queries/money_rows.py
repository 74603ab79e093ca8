"""What the books hold already of the rows that an import brings; read set-wise."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from models.rules.contractors import contractor_key
from models.rules.contracts import OrderKind
from models.rules.money_rows import MoneyRows, PromiseRow, TrancheRow
from models.rules.tranches import CallState, Trigger
from models.tables import (
    BudgetEntry,
    BudgetLine,
    Certificate,
    Commitment,
    CommitmentRelease,
    Contract,
    ContractAmendment,
    ContractorName,
    ContractTerm,
    Convention,
    FundingCall,
    Partner,
    Partnership,
    Project,
    ServiceOrder,
    Tranche,
)

AT_ONCE = 500
Item = TypeVar("Item")
Pledge = tuple[str, str, str]
"""Project, partner and reference: what names a promise."""


@dataclass(frozen=True, slots=True)
class HeldProject:
    """A project as an import must know it. Unit: centimes of `currency`. No `id`: not in the books yet."""

    id: UUID | None
    key: str
    name_fr: str
    region: str
    currency: str
    budget: int


@dataclass(slots=True)
class HeldLine:
    """A budget line: what it holds and what its contracts have engaged. Unit: centimes."""

    id: UUID | None
    budget: int = 0
    engaged: int = 0


@dataclass(frozen=True, slots=True)
class HeldPromise:
    """A promise in the books. `released`: what of it will not come. Unit: centimes."""

    id: UUID
    terms: Mapping[str, object]
    released: int


@dataclass(frozen=True, slots=True)
class HeldTranche:
    """A tranche in the books, with the number of its call where one has gone out."""

    id: UUID
    amount: int
    trigger: Trigger
    expected_on: date
    call: str | None


@dataclass(frozen=True, slots=True)
class HeldContract:
    """A contract in the books. `amount` with its amendments; unit: centimes."""

    id: UUID
    terms: Mapping[str, object]
    amount: int
    initial: int
    period_days: int
    signed_on: date
    start: date | None
    figures: Mapping[str, int]
    """Its latest figures, by name."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What is in the books of all that an import names."""

    projects: dict[str, HeldProject]
    partners: Mapping[str, UUID]
    parts: Mapping[tuple[str, str], bool]
    """Project and partner, and whether the partner is still retained."""
    conventions: Mapping[str, tuple[UUID, date | None]]
    promises: Mapping[Pledge, HeldPromise]
    tranches: Mapping[Pledge, Mapping[int, HeldTranche]]
    calls: Mapping[str, UUID]
    """The tranche of each call, by the number of the call."""
    lines: dict[tuple[str, str], HeldLine] = field(default_factory=dict)
    contracts: Mapping[str, HeldContract] = field(default_factory=dict)
    accounts: Mapping[str, Sequence[Certificate]] = field(default_factory=dict)
    """The certificates of each contract, in their order."""
    contractors: frozenset[str] = frozenset()
    """The keys of the contractors of all contracts, where rows bring other names."""
    names: frozenset[tuple[str, str]] = frozenset()
    """Contractor and other name, as keys, of what is known or was taken away."""


def load_ground(session: Session, rows: MoneyRows, projects: Iterable[str] = ()) -> Ground:
    """Read what the books hold of the projects, conventions, calls and contracts that rows name."""
    pledges: list[PromiseRow | TrancheRow] = [*rows.promises, *rows.tranches]
    keys = {*projects, *(row.project for row in pledges), *(row.project for row in rows.contracts)}
    conventions = {row.convention for row in pledges}
    contracts = {row.reference for row in rows.contracts} | {row.contract for row in rows.accounts}
    held = _contracts(session, contracts)
    promises = _promises(session, conventions)
    contractors, names = _contractors(session) if any(row.names for row in rows.contracts) else _NOBODY
    return Ground(
        projects=_projects(session, keys | {str(one.terms["project"]) for one in held.values()}),
        partners=dict(session.execute(select(col(Partner.key), col(Partner.id))).all()),
        parts=_parts_of(session, keys),
        conventions=_conventions(session, conventions),
        promises=promises,
        tranches=_tranches(session, promises),
        calls=_calls(session, [row.call.number for row in rows.tranches if row.call]),
        lines=_lines(session, keys),
        contracts=held,
        accounts=_accounts(session, held),
        contractors=contractors,
        names=names,
    )


_NOBODY: tuple[frozenset[str], frozenset[tuple[str, str]]] = (frozenset(), frozenset())


def _contractors(session: Session) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    known = session.scalars(select(col(Contract.contractor)).distinct())
    names = session.execute(select(col(ContractorName.contractor), col(ContractorName.folded)))
    return frozenset(map(contractor_key, known)), frozenset((one, name) for one, name in names)


def in_parts(items: Iterable[Item]) -> Iterator[Sequence[Item]]:
    """Yield items a few hundred at a time, as many as a statement may name."""
    listed = list(items)
    yield from (listed[start : start + AT_ONCE] for start in range(0, len(listed), AT_ONCE))


def _projects(session: Session, keys: Iterable[str]) -> dict[str, HeldProject]:
    found: dict[str, HeldProject] = {}
    for some in in_parts(keys):
        rows = session.execute(
            select(
                col(Project.id),
                col(Project.key),
                col(Project.name_fr),
                col(Project.region),
                col(Project.currency),
                col(Project.budget_centimes),
            ).where(col(Project.key).in_(some))
        )
        found |= {row[1]: HeldProject(*row) for row in rows}
    return found


def _parts_of(session: Session, keys: Iterable[str]) -> dict[tuple[str, str], bool]:
    found: dict[tuple[str, str], bool] = {}
    for some in in_parts(keys):
        rows = session.execute(
            select(col(Project.key), col(Partner.key), col(Partnership.retained))
            .join(Partnership, col(Partnership.project_id) == col(Project.id))
            .join(Partner, col(Partner.id) == col(Partnership.partner_id))
            .where(col(Project.key).in_(some))
        )
        found |= {(project, partner): retained for project, partner, retained in rows}
    return found


def _conventions(session: Session, references: Iterable[str]) -> dict[str, tuple[UUID, date | None]]:
    found: dict[str, tuple[UUID, date | None]] = {}
    for some in in_parts(references):
        rows = session.scalars(select(Convention).where(col(Convention.reference).in_(some)))
        found |= {row.reference: (row.id, row.signed_on) for row in rows}
    return found


def _promises(session: Session, references: Iterable[str]) -> dict[Pledge, HeldPromise]:
    found: dict[Pledge, HeldPromise] = {}
    for some in in_parts(references):
        released = (
            select(func.sum(col(CommitmentRelease.amount_centimes)))
            .where(col(CommitmentRelease.commitment_id) == col(Commitment.id))
            .scalar_subquery()
        )
        rows = session.execute(
            select(Commitment, col(Project.key), col(Partner.key), released)
            .join(Project, col(Project.id) == col(Commitment.project_id))
            .join(Partner, col(Partner.id) == col(Commitment.partner_id))
            .where(col(Commitment.reference).in_(some))
        )
        for promise, project, partner, gone in rows:
            terms = {
                "amount": promise.amount_centimes,
                "currency": promise.currency,
                "in_kind": promise.in_kind,
                "signed_on": promise.signed_on,
                "budget_year": promise.budget_year,
                "budget_line": promise.budget_line,
                "convention": promise.convention_id,
            }
            held = HeldPromise(promise.id, terms, int(gone or 0))
            found[project, partner, promise.reference] = held
    return found


def _tranches(
    session: Session, promises: Mapping[Pledge, HeldPromise]
) -> dict[Pledge, dict[int, HeldTranche]]:
    named = {held.id: pledge for pledge, held in promises.items()}
    found: dict[Pledge, dict[int, HeldTranche]] = defaultdict(dict)
    for some in in_parts(named):
        rows = session.execute(
            select(
                col(Tranche.commitment_id),
                col(Tranche.number),
                col(Tranche.id),
                col(Tranche.amount_centimes),
                col(Tranche.trigger),
                col(Tranche.expected_on),
                col(FundingCall.number),
            )
            .outerjoin(
                FundingCall,
                (col(FundingCall.tranche_id) == col(Tranche.id))
                & (col(FundingCall.state) == CallState.ISSUED),
            )
            .where(col(Tranche.commitment_id).in_(some))
        )
        for promise, number, *terms in rows:
            found[named[promise]][number] = HeldTranche(*terms)
    return found


def _calls(session: Session, numbers: Iterable[str]) -> dict[str, UUID]:
    found: dict[str, UUID] = {}
    for some in in_parts(numbers):
        rows = session.execute(
            select(col(FundingCall.number), col(FundingCall.tranche_id)).where(
                col(FundingCall.number).in_(some)
            )
        )
        found |= {str(number): tranche for number, tranche in rows}
    return found


def _lines(session: Session, keys: Iterable[str]) -> dict[tuple[str, str], HeldLine]:
    found: dict[tuple[str, str], HeldLine] = {}
    for some in in_parts(keys):
        budget = (
            select(func.sum(col(BudgetEntry.amount_centimes)))
            .where(col(BudgetEntry.line_id) == col(BudgetLine.id))
            .scalar_subquery()
        )
        engaged = (
            select(func.sum(col(Contract.amount_centimes)))
            .where(col(Contract.line_id) == col(BudgetLine.id))
            .scalar_subquery()
        )
        amended = (
            select(func.sum(col(ContractAmendment.amount_centimes)))
            .join(Contract, col(Contract.id) == col(ContractAmendment.contract_id))
            .where(col(Contract.line_id) == col(BudgetLine.id))
            .scalar_subquery()
        )
        rows = session.execute(
            select(col(Project.key), col(BudgetLine.code), col(BudgetLine.id), budget, engaged, amended)
            .join(Project, col(Project.id) == col(BudgetLine.project_id))
            .where(col(Project.key).in_(some))
        ).all()
        for project, code, line, planned, bound, more in rows:
            found[project, code] = HeldLine(line, int(planned or 0), int(bound or 0) + int(more or 0))
    return found


def _contracts(session: Session, references: Iterable[str]) -> dict[str, HeldContract]:
    rows: list[Any] = []
    for some in in_parts(references):
        rows += session.execute(
            select(Contract, col(Project.key), col(BudgetLine.code))
            .join(Project, col(Project.id) == col(Contract.project_id))
            .join(BudgetLine, col(BudgetLine.id) == col(Contract.line_id))
            .where(col(Contract.reference).in_(some))
        ).all()
    more, started, figures = _dated_facts(session, [contract.id for contract, _, _ in rows])
    return {
        contract.reference: HeldContract(
            contract.id,
            {
                "project": project,
                "line": line,
                "kind": contract.kind,
                "contractor": contract.contractor,
                "amount": contract.amount_centimes,
                "signed_on": contract.signed_on,
            },
            contract.amount_centimes + more.get(contract.id, 0),
            contract.amount_centimes,
            contract.period_days,
            contract.signed_on,
            started.get(contract.id),
            figures[contract.id],
        )
        for contract, project, line in rows
    }


def _dated_facts(
    session: Session, ids: Iterable[UUID]
) -> tuple[dict[UUID, int], dict[UUID, date], dict[UUID, dict[str, int]]]:
    """Return what amendments add to contracts, the day each was started, and its latest figures."""
    more: dict[UUID, int] = {}
    started: dict[UUID, date] = {}
    figures: dict[UUID, dict[str, int]] = defaultdict(dict)
    for some in in_parts(ids):
        amended = session.execute(
            select(col(ContractAmendment.contract_id), func.sum(col(ContractAmendment.amount_centimes)))
            .where(col(ContractAmendment.contract_id).in_(some))
            .group_by(col(ContractAmendment.contract_id))
        )
        more |= {contract: int(amount) for contract, amount in amended}
        orders = select(col(ServiceOrder.contract_id), col(ServiceOrder.dated)).where(
            col(ServiceOrder.contract_id).in_(some), col(ServiceOrder.kind) == OrderKind.START
        )
        started |= dict(session.execute(orders).all())
        terms = select(ContractTerm).where(col(ContractTerm.contract_id).in_(some))
        for term in session.scalars(terms.order_by(col(ContractTerm.since))):
            figures[term.contract_id][term.name] = term.value
    return more, started, figures


def _accounts(session: Session, held: Mapping[str, HeldContract]) -> dict[str, list[Certificate]]:
    named = {contract.id: reference for reference, contract in held.items()}
    found: dict[str, list[Certificate]] = defaultdict(list)
    for some in in_parts(named):
        rows = session.scalars(
            select(Certificate)
            .where(col(Certificate.contract_id).in_(some))
            .order_by(col(Certificate.contract_id), col(Certificate.number))
        )
        for row in rows:
            found[named[row.contract_id]].append(row)
    return found
