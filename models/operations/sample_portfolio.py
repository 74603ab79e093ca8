"""Putting sample books of the demonstration beside centres that have none, marked as samples everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

from sqlmodel import Session, col, select

from models.clock import local_day
from models.operations import trail
from models.operations.access import hold
from models.operations.import_plan import Conditions, plan_import
from models.operations.import_write import Values, Writer, row_of
from models.operations.sample_plans import (
    BEGUN_DAYS,
    MARK,
    SampleCentre,
    SamplePlan,
    plan_sample,
)
from models.queries.money_rows import HeldLine, load_ground
from models.queries.periods import check_day
from models.rules.budgets import BudgetChange
from models.rules.contracts import AcceptanceKind
from models.rules.stages import Stage, Status
from models.tables import (
    Acceptance,
    Allocation,
    BudgetEntry,
    BudgetLine,
    BudgetPlan,
    Certificate,
    Commitment,
    Contract,
    FundingCall,
    Partner,
    Partnership,
    Payment,
    PlannedPayment,
    Project,
    Receipt,
)

SEED = 7
_QUICK, _SLOW = (5, 45), (60, 150)
"""By how many days partners pay late: most of them, and every third one."""


@dataclass(frozen=True, slots=True)
class SampleLoaded:
    """How many centres got sample books, and how many rows of each noun."""

    centres: int
    written: Mapping[str, int]


def load_sample_books(session: Session, *, by: str, at: datetime, seed: int = SEED) -> SampleLoaded:
    """Give sample books to each centre in study or later that has none; the same seed, the same books.

    Every figure in them is invented, and says so: references begin with EXEMPLE-, conventions and
    contracts are marked as samples. Shares of the partners and of the foundation sum to the budget.
    A centre with a budget line, a contract or a promise of its own, or with no partner, is left alone.
    The caller has authorized it.
    Raises: PeriodClosed where the samples would lie in a closed period.
    Source: docs/rules.md, S8, S10 and S11.
    """
    written: dict[str, int] = {}
    found = _centres(session, at, seed)
    if found:
        check_day(session, min(centre.begun for _project, centre in found))
    for project, centre in found:
        hold(session, project)
        plan = plan_sample(centre, Random(f"{seed}:{centre.key}"))  # noqa: S311
        for noun, rows in _write(session, project, centre, plan, by=by, at=at).items():
            written[noun] = written.get(noun, 0) + rows
    if found:
        payload = {"seed": seed, "centres": [centre.key for _project, centre in found], "written": written}
        trail.record(session, at=at, actor=by, kind="sample_books_loaded", payload=payload)
    return SampleLoaded(len(found), written)


def _centres(session: Session, at: datetime, seed: int) -> list[tuple[Project, SampleCentre]]:
    partners = _partners(session)
    busy = {
        id_
        for owned in (Commitment.project_id, BudgetLine.project_id, Contract.project_id)
        for id_ in session.exec(select(owned).distinct())
    }
    projects = session.exec(
        select(Project)
        .where(col(Project.stage).in_(list(BEGUN_DAYS)), Project.status == Status.ACTIVE)
        .order_by(col(Project.key))
    )
    return [
        (project, _centre(project, partners[project.id], at, seed))
        for project in projects
        if project.id in partners and project.id not in busy and project.currency == "MAD"
    ]


def _partners(session: Session) -> dict[UUID, list[str]]:
    rows = session.exec(
        select(col(Partnership.project_id), col(Partner.key))
        .join(Partner, col(Partner.id) == col(Partnership.partner_id))
        .where(col(Partnership.retained), col(Partner.placeholder).is_(False))
        .order_by(col(Partner.key))
    )
    found: dict[UUID, list[str]] = {}
    for project, key in rows:
        found.setdefault(project, []).append(key)
    return found


def _centre(project: Project, partners: list[str], at: datetime, seed: int) -> SampleCentre:
    share = project.foundation_share_centimes or 0
    return SampleCentre(
        key=project.key,
        stage=Stage(project.stage),
        budget=project.budget_centimes,
        missing=max(0, project.budget_centimes - share),
        delays={partner: _delay(partner, seed) for partner in partners},
        today=local_day(at),
    )


def _delay(partner: str, seed: int) -> int:
    """Return by how many days a partner pays late: its own, whatever the project."""
    luck = Random(f"{seed}:{partner}")  # noqa: S311
    return luck.randint(*(_SLOW if luck.randrange(3) == 0 else _QUICK))


def _write(
    session: Session, project: Project, centre: SampleCentre, plan: SamplePlan, *, by: str, at: datetime
) -> Mapping[str, int]:
    ground = load_ground(session, plan.rows, [project.key])
    ids = [
        row_of(BudgetLine, project_id=project.id, code=code, stage=stage, nature=nature, label=MARK)
        for code, stage, nature, _amount in plan.lines
    ]
    for line, (*_, amount) in zip(ids, plan.lines, strict=True):
        ground.lines[project.key, line["code"]] = HeldLine(line["id"], amount)
    conditions = Conditions(centre.today, None, lambda _action, _project: None, whole_plans=True)
    checked = plan_import(ground, plan.rows, conditions)
    if checked.problems:
        raise RuntimeError(f"sample books break a rule: {checked.problems[0]}")
    writer = Writer(session, checked, by=by, at=at, sample=True, source=MARK)
    _write_lines(writer, project, centre, plan, ids)
    lines = {name: line.id for name, line in ground.lines.items() if line.id is not None}
    writer.write({project.key: project.id}, ground.partners, lines)
    _write_receipts(writer, project, plan, ground.partners)
    _write_works(writer, plan)
    return writer.written


def _write_lines(
    writer: Writer, project: Project, centre: SampleCentre, plan: SamplePlan, lines: list[Values]
) -> None:
    writer.add("lines", BudgetLine, lines)
    entries = [
        row_of(
            BudgetEntry,
            line_id=line["id"],
            change=BudgetChange.INITIAL,
            amount_centimes=amount,
            decided_on=centre.begun,
            reason=MARK,
            proposed_by=writer.by,
            written_at=writer.at,
        )
        for line, (*_, amount) in zip(lines, plan.lines, strict=True)
    ]
    writer.add("", BudgetEntry, entries)
    complete = row_of(
        BudgetPlan,
        project_id=project.id,
        completed_on=centre.begun,
        completed_by=writer.by,
        completed_at=writer.at,
    )
    writer.add("", BudgetPlan, [complete])


def _write_receipts(
    writer: Writer, project: Project, plan: SamplePlan, partners: Mapping[str, UUID]
) -> None:
    numbers = [row.call.number for row in plan.rows.tranches if row.call]
    calls = dict(
        writer.session.exec(
            select(col(FundingCall.number), col(FundingCall.id)).where(col(FundingCall.number).in_(numbers))
        ).all()
    )
    receipts = [
        row_of(
            Receipt,
            project_id=project.id,
            partner_id=partners[one.partner],
            amount_centimes=one.amount,
            received_on=one.on,
            reference=one.reference,
            reason=MARK,
            written_by=writer.by,
            written_at=writer.at,
        )
        for one in plan.receipts
    ]
    writer.add("receipts", Receipt, receipts)
    allocations = [
        row_of(
            Allocation,
            receipt_id=receipt["id"],
            call_id=calls[one.call],
            amount_centimes=one.amount,
            allocated_on=one.on,
        )
        for receipt, one in zip(receipts, plan.receipts, strict=True)
    ]
    writer.add("", Allocation, allocations)


def _write_works(writer: Writer, plan: SamplePlan) -> None:
    references = list(plan.curves)
    contracts = dict(
        writer.session.exec(
            select(Contract.reference, Contract.id).where(col(Contract.reference).in_(references))
        ).all()
    )
    accounts = dict(
        writer.session.exec(
            select(Certificate.reference, Certificate.id).where(
                col(Certificate.contract_id).in_(contracts.values())
            )
        ).all()
    )
    curve = [
        row_of(PlannedPayment, contract_id=contracts[reference], month=month, amount_centimes=amount)
        for reference, months in plan.curves.items()
        for month, amount in months
        if amount
    ]
    writer.add("planned", PlannedPayment, curve)
    payments = [
        row_of(
            Payment,
            certificate_id=accounts[reference],
            amount_centimes=amount,
            paid_on=on,
            reference=f"{reference[:60]}-P",
            reason=MARK,
            written_by=writer.by,
            written_at=writer.at,
        )
        for reference, amount, on in plan.payments
    ]
    writer.add("payments", Payment, payments)
    accepted = [
        row_of(
            Acceptance,
            contract_id=contracts[reference],
            kind=AcceptanceKind.PROVISIONAL,
            dated=on,
            reference=f"{MARK}-PV",
        )
        for reference, on in plan.acceptances
    ]
    writer.add("acceptances", Acceptance, accepted)
