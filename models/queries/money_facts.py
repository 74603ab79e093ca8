"""Loading what the gates ask of the books: the money of many projects in two reads."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Date,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlmodel import Session, col

from models.rules.contracts import (
    AcceptanceKind,
    AmendmentKind,
    CertificateKind,
    ContractKind,
    OrderKind,
    SecurityKind,
)
from models.rules.dossier import Promise, is_programmed
from models.rules.letters import Named
from models.rules.money import Money
from models.rules.money_facts import Account, Amended, Bond, Books, ContractFacts, Instalment, Pledge
from models.rules.payment_curve import Planned
from models.rules.stages import Stage
from models.rules.tranches import CallState, Trigger
from models.rules.works_clock import Order
from models.tables import (
    Acceptance,
    Allocation,
    BudgetEntry,
    BudgetLine,
    BudgetPlan,
    Certificate,
    Commitment,
    CommitmentRelease,
    Contract,
    ContractAmendment,
    ContractTerm,
    FundingCall,
    Partner,
    Payment,
    PlannedPayment,
    Project,
    Receipt,
    Security,
    ServiceOrder,
    Tranche,
)


@dataclass(frozen=True, slots=True)
class ProjectMoney:
    """What was read of a project: its promises, its books, and its budget where its lines are complete."""

    promises: list[Promise]
    books: Books
    budget: int | None


def load_money_facts(
    session: Session, projects: Sequence[Project], today: date
) -> dict[UUID, ProjectMoney]:
    """Return the money of projects as it stands on a day: as few reads for many as for one.

    What only works under way have (orders, terms, bonds, acceptances) is read from construction on.
    """
    asked = {"projects": [project.id for project in projects], "today": today}
    building = [project.id for project in projects if project.stage.reaches(Stage.CONSTRUCTION)]
    connection = session.connection()
    pledges = connection.execute(_PLEDGES, asked).all()
    rows = connection.execute(_BOOKS, asked).all()
    if building:
        rows = [*rows, *connection.execute(_SITE, {**asked, "projects": building}).all()]
    lists: dict[UUID, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for project, name, *fact in rows:
        lists[project][name].append(_parts(fact))
    by_project = {project: list(rows) for project, rows in groupby(pledges, key=lambda row: row[0])}
    return {one.id: _money_of(by_project.get(one.id, ()), lists[one.id], today) for one in projects}


def _money_of(pledges: Sequence[Any], rows: Mapping[str, list[Any]], today: date) -> ProjectMoney:
    promises, signed = _promises(pledges, today)
    received = {partner: sums[0] for _, partner, _, sums, _ in rows["receipt"]}
    budget = next((sums[0] for _, _, _, sums, _ in rows["budget"]), None)
    books = Books(received, tuple(signed), tuple(_contracts(rows)))
    return ProjectMoney(promises, books, budget)


def _promises(rows: Sequence[Any], today: date) -> tuple[list[Promise], list[Pledge]]:
    promises, pledges = [], []
    for _, of_one in groupby(rows, key=lambda row: row.commitment):
        lines = list(of_one)
        row = lines[0]
        amount = row.amount - row.released
        programmed = is_programmed(row.in_kind, row.budget_year, row.budget_line)
        promises.append(Promise(row.key, Money(amount, row.currency), row.signed_on, programmed))
        payer = Named(row.key, row.name_ar, row.name_fr, row.name_en)
        signed = row.signed_on is not None and row.signed_on <= today
        tranches = tuple(_instalment(line) for line in lines if line.number is not None)
        pledges.append(Pledge(payer, amount, signed, row.in_kind, tranches))
    return promises, pledges


def _instalment(row: Any) -> Instalment:
    return Instalment(
        number=row.number,
        amount=row.planned,
        expected_on=row.expected_on,
        trigger=Trigger(row.trigger),
        stage=None if row.stage is None else Stage(row.stage),
        called=row.called or 0,
        due_on=row.due_on,
        received=row.received,
    )


def _contracts(rows: Mapping[str, list[Any]]) -> list[ContractFacts]:
    children = {name: _by_contract(rows[name]) for name in _CHILDREN}
    found = []
    for one, reference, kind, (amount, period, *_), (signed_on, _) in rows["contract"]:
        of = {name: [make(row) for row in children[name].get(one, ())] for name, make in _CHILDREN.items()}
        latest = max((version for version, _ in of["planned"]), default=0)
        acceptances = dict(of["acceptance"])
        found.append(
            ContractFacts(
                reference=reference,
                kind=ContractKind(kind),
                amount=amount,
                period_days=period,
                signed_on=signed_on,
                figures=tuple(of["term"]),
                amendments=tuple(of["amendment"]),
                orders=tuple(sorted(of["order"], key=lambda order: order.dated)),
                accounts=tuple(sorted(of["account"], key=lambda account: account.number)),
                bonds=tuple(of["bond"]),
                planned=tuple(planned for version, planned in of["planned"] if version == latest),
                provisional_on=acceptances.get(AcceptanceKind.PROVISIONAL),
            )
        )
    return sorted(found, key=lambda contract: (contract.signed_on, contract.reference))


def _parts(row: list[Any]) -> tuple[UUID, str, str, list[Any], list[Any]]:
    contract, text, kind, *rest = row
    return contract, text, kind, rest[:_NUMBERS], rest[_NUMBERS:]


def _by_contract(rows: list[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


def _account(row: Any) -> Account:
    _, _, kind, (number, gross, revision, retention, penalty, net, paid), (dated, due_on) = row
    return Account(
        number=number,
        kind=CertificateKind(kind),
        dated=dated,
        due_on=due_on,
        gross=gross,
        revision=revision,
        retention=retention,
        delay_penalty=penalty,
        net=net,
        paid=paid,
    )


_CHILDREN: Mapping[str, Callable[[Any], Any]] = {
    "amendment": lambda row: Amended(AmendmentKind(row[2]), row[3][0], row[3][1], row[4][0]),
    "term": lambda row: (row[1], row[4][0], row[3][0]),
    "order": lambda row: Order(OrderKind(row[2]), row[4][0]),
    "account": _account,
    "bond": lambda row: Bond(SecurityKind(row[2]), row[3][0], *row[4]),
    "planned": lambda row: (row[3][0], Planned(row[4][0], row[3][1])),
    "acceptance": lambda row: (AcceptanceKind(row[2]), row[4][0]),
}
"""What is read of a contract, by the name of its list, and how a row of it becomes a value."""

# Statements are written once, as those of the dossier are: gates are asked by the hundred.
_NUMBERS = 7
_TERMS_ASKED = (
    *("retention", "retention_cap", "delay_penalty_per_mille", "delay_cap"),
    *("extra_works", "mass_increase", "mass_decrease"),
)
"""The figures of a contract that gates ask for; the others need not be read."""
_OF_PROJECTS: BindParameter[Any] = bindparam("projects", expanding=True)
_TODAY: BindParameter[Any] = bindparam("today", type_=Date)


def _sum_of(amount: Any, *where: Any, **joined: Any) -> ColumnElement[int]:
    """Return a sum as a value of the row it belongs to; nothing there is nothing."""
    query = select(func.coalesce(func.sum(amount), 0))
    for table, on in joined.values():
        query = query.join(table, on)
    return cast(query.where(*where).scalar_subquery(), BigInteger)


_RELEASED = _sum_of(
    col(CommitmentRelease.amount_centimes),
    col(CommitmentRelease.commitment_id) == col(Commitment.id),
    col(CommitmentRelease.decided_on) <= _TODAY,
)
_RECEIVED = _sum_of(
    col(Allocation.amount_centimes),
    col(FundingCall.tranche_id) == col(Tranche.id),
    col(Allocation.allocated_on) <= _TODAY,
    call=(FundingCall, col(FundingCall.id) == col(Allocation.call_id)),
)
_CALL = FundingCall.__table__.alias("live_call")  # type: ignore[attr-defined]
_PLEDGES: Any = (
    select(
        col(Commitment.project_id),
        col(Commitment.id).label("commitment"),
        col(Partner.key),
        col(Partner.name_ar),
        col(Partner.name_fr),
        col(Partner.name_en),
        col(Commitment.amount_centimes).label("amount"),
        col(Commitment.currency),
        col(Commitment.signed_on),
        col(Commitment.in_kind),
        col(Commitment.budget_year),
        col(Commitment.budget_line),
        _RELEASED.label("released"),
        col(Tranche.number),
        col(Tranche.amount_centimes).label("planned"),
        col(Tranche.expected_on),
        type_coerce(col(Tranche.trigger), String).label("trigger"),
        type_coerce(col(Tranche.stage), String).label("stage"),
        _CALL.c.amount_centimes.label("called"),
        _CALL.c.due_on,
        _RECEIVED.label("received"),
    )
    .join(Partner, col(Partner.id) == col(Commitment.partner_id))
    .outerjoin(Tranche, col(Tranche.commitment_id) == col(Commitment.id))
    .outerjoin(
        _CALL,
        and_(
            _CALL.c.tranche_id == col(Tranche.id),
            _CALL.c.state == CallState.ISSUED,
            _CALL.c.issued_on <= _TODAY,
        ),
    )
    .where(col(Commitment.project_id).in_(_OF_PROJECTS))
    .order_by(col(Commitment.project_id), col(Partner.key), col(Commitment.id), col(Tranche.number))
)


def _list(
    name: str,
    project: Any,
    contract: Any = None,
    text: Any = None,
    kind: Any = None,
    numbers: Sequence[Any] = (),
    days: Sequence[Any] = (),
) -> Select[Any]:
    """Return one list of the books in the shape that all lists share, each column of one type."""
    counted = [*numbers, *[None] * (_NUMBERS - len(numbers))]
    dated = [*days, *[None] * (2 - len(days))]
    return select(
        project,
        literal(name).label("list"),
        cast(null(), Uuid) if contract is None else contract,
        cast(null(), String) if text is None else text,
        cast(null(), String) if kind is None else type_coerce(kind, String),
        *(cast(null() if number is None else number, BigInteger) for number in counted),
        *(cast(null(), Date) if day is None else day for day in dated),
    )


def _of_contract(name: str, child: Any, **columns: Any) -> Select[Any]:
    listed = _list(name, col(Contract.project_id), col(child.contract_id), **columns)
    joined = listed.join(Contract, col(Contract.id) == col(child.contract_id))
    return joined.where(col(Contract.project_id).in_(_OF_PROJECTS))


_PAID = _sum_of(
    col(Payment.amount_centimes),
    col(Payment.certificate_id) == col(Certificate.id),
    col(Payment.paid_on) <= _TODAY,
)
_BOOKS: CompoundSelect[Any] = union_all(
    _list(
        "contract",
        col(Contract.project_id),
        col(Contract.id),
        col(Contract.reference),
        col(Contract.kind),
        (col(Contract.amount_centimes), col(Contract.period_days)),
        (col(Contract.signed_on),),
    ).where(col(Contract.project_id).in_(_OF_PROJECTS), col(Contract.signed_on) <= _TODAY),
    _list(
        "receipt",
        col(Receipt.project_id),
        text=col(Partner.key),
        numbers=(func.sum(col(Receipt.amount_centimes)),),
    )
    .join(Partner, col(Partner.id) == col(Receipt.partner_id))
    .where(col(Receipt.project_id).in_(_OF_PROJECTS), col(Receipt.received_on) <= _TODAY)
    .group_by(col(Receipt.project_id), col(Partner.key)),
    _list("budget", col(BudgetLine.project_id), numbers=(func.sum(col(BudgetEntry.amount_centimes)),))
    .join(BudgetEntry, col(BudgetEntry.line_id) == col(BudgetLine.id))
    .join(BudgetPlan, col(BudgetPlan.project_id) == col(BudgetLine.project_id))
    .where(
        col(BudgetLine.project_id).in_(_OF_PROJECTS),
        col(BudgetPlan.completed_on) <= _TODAY,
        col(BudgetEntry.decided_on) <= _TODAY,
    )
    .group_by(col(BudgetLine.project_id)),
    _of_contract(
        "amendment",
        ContractAmendment,
        kind=col(ContractAmendment.kind),
        numbers=(col(ContractAmendment.amount_centimes), col(ContractAmendment.days)),
        days=(col(ContractAmendment.signed_on),),
    ).where(col(ContractAmendment.signed_on) <= _TODAY),
    _of_contract(
        "account",
        Certificate,
        kind=col(Certificate.kind),
        numbers=(
            col(Certificate.number),
            col(Certificate.gross_centimes),
            col(Certificate.revision_centimes),
            col(Certificate.retention_centimes),
            col(Certificate.penalty_centimes) - col(Certificate.special_centimes),
            col(Certificate.net_centimes),
            _PAID,
        ),
        days=(col(Certificate.dated), col(Certificate.due_on)),
    ).where(col(Certificate.dated) <= _TODAY),
    _of_contract(
        "planned",
        PlannedPayment,
        numbers=(col(PlannedPayment.version), col(PlannedPayment.amount_centimes)),
        days=(col(PlannedPayment.month),),
    ),
)
_SITE: CompoundSelect[Any] = union_all(
    _of_contract(
        "term",
        ContractTerm,
        text=col(ContractTerm.name),
        numbers=(col(ContractTerm.value),),
        days=(col(ContractTerm.since),),
    ).where(col(ContractTerm.since) <= _TODAY, col(ContractTerm.name).in_(_TERMS_ASKED)),
    _of_contract("order", ServiceOrder, kind=col(ServiceOrder.kind), days=(col(ServiceOrder.dated),)).where(
        col(ServiceOrder.dated) <= _TODAY
    ),
    _of_contract(
        "bond",
        Security,
        kind=col(Security.kind),
        numbers=(col(Security.amount_centimes),),
        days=(col(Security.lodged_on), col(Security.released_on)),
    ).where(col(Security.lodged_on) <= _TODAY),
    _of_contract("acceptance", Acceptance, kind=col(Acceptance.kind), days=(col(Acceptance.dated),)).where(
        col(Acceptance.dated) <= _TODAY
    ),
)
