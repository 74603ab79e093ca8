"""Loading what the gates are asked of: one project's facts, in a handful of reads."""

from collections import defaultdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, CompoundSelect, bindparam, literal, null, or_, select, union_all
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from models.rules.approvals import LIVE
from models.rules.dossier import Dossier, Gap, Promise, Proof, Quorum, is_programmed
from models.rules.kinds import traits_of
from models.rules.money import Money
from models.rules.stages import Stage
from models.tables import Commitment, Duty, Evidence, Partner, Partnership, Project, Proposal, Waiver


def load_dossier(session: Session, project: Project, today: date) -> Dossier:
    """Return the facts of a project as they are now, for the gate at the end of its stage."""
    facts = _facts(session, project.id)
    return Dossier(
        project=project.key,
        stage=project.stage,
        status=project.status,
        today=today,
        traits=traits_of(project.kind, project.beds),
        budget=project.budget,
        foundation_share=_share(project),
        gap=_gap(project),
        partners=frozenset(code for code, _, _ in facts["partner"]),
        promises=_promises(session, project.id),
        proofs={code: Proof(dated, value) for code, dated, value in facts["proof"]},
        duties=frozenset(code for code, _, _ in facts["duty"]),
        quorum=_quorum(session, project.id, project.stage.following, today),
        waivers=_waivers(facts["waiver"]),
    )


def live_proposal(session: Session, project: UUID, entered: Stage | None, today: date) -> Proposal | None:
    """Return the proposal that waits for a move and still counts today, if there is one."""
    wanted = {"project": project, "entered": entered, "today": today}
    return session.exec(_LIVE_PROPOSAL, params=wanted).first()


# Statements are written once: building one costs more than running it, and gates are asked by the
# hundred. The small lists of a project come in one read, each line with the name of its list.
_PROJECT: BindParameter[UUID] = bindparam("project")
_FACTS: CompoundSelect[Any] = union_all(
    select(
        literal("proof").label("list"), col(Evidence.code), col(Evidence.dated), col(Evidence.value)
    ).where(col(Evidence.project_id) == _PROJECT, col(Evidence.superseded_at).is_(None)),
    select(literal("duty"), col(Duty.duty), null(), null()).where(col(Duty.project_id) == _PROJECT),
    select(literal("waiver"), col(Waiver.rule), col(Waiver.expires_on), null()).where(
        col(Waiver.project_id) == _PROJECT
    ),
    select(literal("partner"), col(Partner.key), null(), null())
    .join(Partnership, col(Partnership.partner_id) == col(Partner.id))
    .where(col(Partnership.project_id) == _PROJECT, col(Partnership.retained)),
)
_PROMISES = (
    select(
        col(Partner.key),
        col(Commitment.amount_centimes),
        col(Commitment.currency),
        col(Commitment.signed_on),
        col(Commitment.in_kind),
        col(Commitment.budget_year),
        col(Commitment.budget_line),
    )
    .join(Partner, col(Partner.id) == col(Commitment.partner_id))
    .where(col(Commitment.project_id) == _PROJECT)
)
_COUNTS_TODAY = (
    col(Proposal.project_id) == _PROJECT,
    col(Proposal.entered) == bindparam("entered"),
    or_(*(col(Proposal.state) == state for state in LIVE)),  # a list as one bound value is slow
    col(Proposal.expires_on) > bindparam("today"),
)
_LIVE_PROPOSAL = select_rows(Proposal).where(*_COUNTS_TODAY)
_QUORUM = select(col(Proposal.proposed_by), col(Proposal.certified_by), col(Proposal.approved_by)).where(
    *_COUNTS_TODAY
)


def _facts(session: Session, project: UUID) -> dict[str, list[tuple[str, date, int]]]:
    session.flush()
    lists: dict[str, list[Any]] = defaultdict(list)
    for name, *fact in session.connection().execute(_FACTS, {"project": project}).all():
        lists[name].append(fact)
    return lists


def _promises(session: Session, project: UUID) -> tuple[Promise, ...]:
    rows = session.connection().execute(_PROMISES, {"project": project}).all()
    return tuple(
        Promise(partner, Money(centimes, currency), signed_on, is_programmed(in_kind, year, line))
        for partner, centimes, currency, signed_on, in_kind, year, line in rows
    )


def _quorum(session: Session, project: UUID, entered: Stage | None, today: date) -> Quorum:
    wanted = {"project": project, "entered": entered, "today": today}
    hands = session.connection().execute(_QUORUM, wanted).first()
    return Quorum(*hands) if hands is not None else Quorum()


def _waivers(granted: list[tuple[str, date, int]]) -> dict[str, date]:
    ends: dict[str, date] = {}
    for rule, expires_on, _ in granted:
        ends[rule] = max(expires_on, ends.get(rule, expires_on))
    return ends


def _share(project: Project) -> Money | None:
    share = project.foundation_share_centimes
    return None if share is None else Money(share, project.currency)


def _gap(project: Project) -> Gap | None:
    if project.gap_centimes is None or project.gap_stated_on is None:
        return None
    return Gap(Money(project.gap_centimes, project.currency), project.gap_stated_on, project.gap_plan)
