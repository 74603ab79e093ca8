"""Settling findings: an officer says which reading of the report holds, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, update

from models import report
from models.operations import partners, projects, trail
from models.operations.access import take_up
from models.places import province
from models.queries.findings import Finding, find_finding
from models.queries.partners import find_partner
from models.queries.people import find_actor
from models.rules.authority import Action, authorize
from models.rules.findings import SIDES, FindingSettled
from models.rules.projects import check_reason, check_text
from models.tables import Project, ReportFinding

LONGEST_READING = 1000


@dataclass(frozen=True, slots=True)
class Settled:
    """A finding as it was settled; `changed` are the keys of the projects that this changed."""

    finding: str
    reading: str
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What an officer answers to a finding."""

    reading: str
    reason: str
    by: str
    at: datetime


def settle(session: Session, *, finding: str, reading: str, reason: str, by: str, at: datetime) -> Settled:
    """Settle a finding by "overview", "detail", or an answer of one's own.

    One of the two readings takes its effect on partners, names and places; any other answer is kept as
    it is said, and changes nothing.
    Raises: UnknownKey, NotAllowed, BadValue, FindingSettled, PartnerCommitted.
    Source: docs/rules.md, D5 to D8.
    """
    found = find_finding(session, finding)
    about = {key: take_up(session, key, Action.SETTLE_FINDING, by) for key in found.projects}
    if not about:
        authorize(find_actor(session, by), Action.SETTLE_FINDING)
    answer = _Answer(_reading(reading), check_reason(reason), by, at)
    _compare_and_set(session, found, answer)
    changed = _take_effect(session, found.key, answer, about)
    payload = {
        "finding": found.key,
        "reading": answer.reading,
        "reason": answer.reason,
        "projects": found.projects,
        "changed": changed,
    }
    places: list[UUID | None] = [project.id for project in about.values()]
    for place in places or [None]:
        trail.record(session, at=at, actor=by, kind="finding_settled", project=place, payload=payload)
    return Settled(found.key, answer.reading, changed)


def _reading(text: str) -> str:
    answer = check_text("reading", text, LONGEST_READING, needed=True)
    return answer.casefold() if answer.casefold() in SIDES else answer


def _compare_and_set(session: Session, finding: Finding, answer: _Answer) -> None:
    changed = session.exec(
        update(ReportFinding)
        .where(col(ReportFinding.id) == finding.id, col(ReportFinding.settled_at).is_(None))
        .values(
            settled_reading=answer.reading, settled_by=answer.by, settled_at=answer.at, reason=answer.reason
        )
        .execution_options(synchronize_session=False)
    )
    session.expire(session.get_one(ReportFinding, finding.id))
    if changed.rowcount != 1:
        now = find_finding(session, finding.key)
        raise FindingSettled(
            finding=now.key, reading=now.settled_reading, by=now.settled_by, at=now.settled_at
        )


def _take_effect(
    session: Session, finding: str, answer: _Answer, about: Mapping[str, Project]
) -> tuple[str, ...]:
    """Carry out what the reading says; return the keys of the projects that changed."""
    if answer.reading not in SIDES:
        return ()
    every = [effect for effect in report.effects() if effect.finding == finding]
    changed = []
    for key, project in about.items():
        ours = [effect for effect in every if effect.project == key]
        parted = _keep_partners(session, project, answer, ours)
        corrected = projects.correct(
            session, project, _fields(answer, ours), by=answer.by, reason=answer.reason, at=answer.at
        )
        if parted or corrected:
            changed.append(key)
    return tuple(changed)


def _keep_partners(
    session: Session, project: Project, answer: _Answer, effects: list[report.Effect]
) -> bool:
    """Keep the partners that the reading names, and leave out those that only the other one names."""
    named = {(effect.finding, effect.value) for effect in effects if effect.field == report.PARTNER}
    changes = [
        partners.retain(
            session,
            project=project,
            partner=find_partner(session, key),
            retained=(project.key, key) not in report.left_out(finding, answer.reading),
            reason=answer.reason,
            by=answer.by,
            at=answer.at,
        )
        for finding, key in sorted(named)
    ]
    return any(changes)


def _fields(answer: _Answer, effects: list[report.Effect]) -> dict[str, str]:
    fields = {
        effect.field: effect.value
        for effect in effects
        if effect.reading == answer.reading and effect.field != report.PARTNER
    }
    if "province" in fields:
        fields["region"] = province(fields["province"]).region
    return fields
