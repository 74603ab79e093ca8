"""Loading what the gates are asked of: one project's facts, in a handful of reads."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, CompoundSelect, bindparam, literal, null, or_, select, union_all
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from models.queries.money_facts import load_money_facts
from models.queries.project_cases import load_open_cases
from models.rules.approvals import LIVE
from models.rules.dossier import Dossier, Gap, Proof, Quorum
from models.rules.kinds import traits_of
from models.rules.money import Money
from models.rules.stages import Stage
from models.tables import Duty, Evidence, Partner, Partnership, Project, Proposal, Waiver


def load_dossier(session: Session, project: Project, today: date) -> Dossier:
    """Return the facts of a project as they are now, for the gate at the end of its stage."""
    return load_dossiers(session, [project], today)[project.id]


def load_dossiers(session: Session, projects: Sequence[Project], today: date) -> dict[UUID, Dossier]:
    """Return the facts of projects, by their ids: as few reads for many as for one."""
    session.flush()
    of = {"projects": [project.id for project in projects]}
    facts = _facts(session, of)
    money = load_money_facts(session, projects, today)
    quorums = _quorums(session, of, today)
    closing = [project.id for project in projects if project.stage is Stage.LAUNCH]
    cases = load_open_cases(session, closing)
    return {
        project.id: Dossier(
            project=project.key,
            stage=project.stage,
            status=project.status,
            today=today,
            traits=traits_of(project.kind, project.beds),
            budget=_budget(project, money[project.id].budget),
            foundation_share=_share(project),
            gap=_gap(project),
            partners=frozenset(code for code, _, _ in facts[project.id, "partner"]),
            promises=tuple(money[project.id].promises),
            proofs={code: Proof(dated, value) for code, dated, value in facts[project.id, "proof"]},
            duties=frozenset(code for code, _, _ in facts[project.id, "duty"]),
            quorum=quorums.get((project.id, project.stage.following), Quorum()),
            waivers=_waivers(facts[project.id, "waiver"]),
            books=replace(money[project.id].books, cases=cases.get(project.id)),
        )
        for project in projects
    }


def live_proposal(session: Session, project: UUID, entered: Stage | None, today: date) -> Proposal | None:
    """Return the proposal that waits for a move and still counts today, if there is one."""
    wanted = {"project": project, "entered": entered, "today": today}
    return session.exec(_LIVE_PROPOSAL, params=wanted).first()


# Statements are written once: building one costs more than running it, and gates are asked by the
# hundred. The small lists of projects come in one read, each line with the name of its list.
_OF_PROJECTS: BindParameter[Any] = bindparam("projects", expanding=True)
_FACTS: CompoundSelect[Any] = union_all(
    select(
        col(Evidence.project_id),
        literal("proof").label("list"),
        col(Evidence.code),
        col(Evidence.dated),
        col(Evidence.value),
    ).where(col(Evidence.project_id).in_(_OF_PROJECTS), col(Evidence.superseded_at).is_(None)),
    select(col(Duty.project_id), literal("duty"), col(Duty.duty), null(), null()).where(
        col(Duty.project_id).in_(_OF_PROJECTS)
    ),
    select(
        col(Waiver.project_id), literal("waiver"), col(Waiver.rule), col(Waiver.expires_on), null()
    ).where(col(Waiver.project_id).in_(_OF_PROJECTS)),
    select(col(Partnership.project_id), literal("partner"), col(Partner.key), null(), null())
    .join(Partner, col(Partnership.partner_id) == col(Partner.id))
    .where(col(Partnership.project_id).in_(_OF_PROJECTS), col(Partnership.retained)),
)
_COUNTS_TODAY = (
    or_(*(col(Proposal.state) == state for state in LIVE)),  # a list as one bound value is slow
    col(Proposal.expires_on) > bindparam("today"),
)
_LIVE_PROPOSAL = select_rows(Proposal).where(
    col(Proposal.project_id) == bindparam("project"),
    col(Proposal.entered) == bindparam("entered"),
    *_COUNTS_TODAY,
)
_QUORUMS = select(
    col(Proposal.project_id),
    col(Proposal.entered),
    col(Proposal.proposed_by),
    col(Proposal.certified_by),
    col(Proposal.approved_by),
).where(col(Proposal.project_id).in_(_OF_PROJECTS), *_COUNTS_TODAY)

_OfProjects = Mapping[str, list[UUID]]


def _facts(session: Session, of: _OfProjects) -> dict[tuple[UUID, str], list[tuple[str, date, int]]]:
    lists: dict[tuple[UUID, str], list[Any]] = defaultdict(list)
    for project, name, *fact in session.connection().execute(_FACTS, of).all():
        lists[project, name].append(fact)
    return lists


def _quorums(session: Session, of: _OfProjects, today: date) -> dict[tuple[UUID, Stage | None], Quorum]:
    rows = session.connection().execute(_QUORUMS, {**of, "today": today}).all()
    return {(project, entered): Quorum(*hands) for project, entered, *hands in rows}


def _waivers(granted: list[tuple[str, date, int]]) -> dict[str, date]:
    ends: dict[str, date] = {}
    for rule, expires_on, _ in granted:
        ends[rule] = max(expires_on, ends.get(rule, expires_on))
    return ends


def _budget(project: Project, of_lines: int | None) -> Money:
    return project.budget if of_lines is None else Money(of_lines, project.currency)


def _share(project: Project) -> Money | None:
    share = project.foundation_share_centimes
    return None if share is None else Money(share, project.currency)


def _gap(project: Project) -> Gap | None:
    if project.gap_centimes is None or project.gap_stated_on is None:
        return None
    return Gap(Money(project.gap_centimes, project.currency), project.gap_stated_on, project.gap_plan)
