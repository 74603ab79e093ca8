"""Reading the findings: where the report disagrees with itself, open or settled."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from models import report
from models.queries.projects import find_project, nearest
from models.rules.errors import BadValue, UnknownKey
from models.rules.findings import Severity, in_order
from models.rules.text import visible
from models.tables import FindingProject, Partner, Partnership, Project, ReportFinding


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. No projects: it is about the whole portfolio. `settled_*` are None while it is open."""

    id: UUID
    key: str
    severity: Severity
    type: str
    subject: str
    projects: tuple[str, ...]
    overview_ar: str
    overview_fr: str
    overview_en: str
    detail_ar: str
    detail_fr: str
    detail_en: str
    lines: str
    settled_reading: str | None
    settled_by: str | None
    settled_at: datetime | None
    reason: str
    overtaken: tuple[str, ...] = ()
    """Partners whom the settled reading left out, and who have signed since (D14)."""

    @property
    def settled(self) -> bool:
        return self.settled_at is not None

    def overview(self, language: str) -> str:
        """What the overview tables say, in a language of the house."""
        return {"ar": self.overview_ar, "fr": self.overview_fr}.get(language, self.overview_en)

    def detail(self, language: str) -> str:
        """What the project pages or the text say, in a language of the house."""
        return {"ar": self.detail_ar, "fr": self.detail_fr}.get(language, self.detail_en)


def list_findings(
    session: Session,
    *,
    settled: bool | None = None,
    severity: str | None = None,
    project: str | None = None,
) -> tuple[Finding, ...]:
    """Return the findings, the gravest first, narrowed by what is given.

    Raises: BadValue for another severity than A or B, UnknownKey for the project.
    """
    query = select(ReportFinding)
    if settled is not None:
        settled_at = col(ReportFinding.settled_at)
        query = query.where(settled_at.is_not(None) if settled else settled_at.is_(None))
    if severity is not None:
        query = query.where(ReportFinding.severity == _severity(severity))
    if project is not None:
        query = query.join(FindingProject).where(
            FindingProject.project_id == find_project(session, project).id
        )
    about, rows = _projects(session), session.exec(query).all()
    back = _back_again(session, rows)
    found = [_as_finding(row, about.get(row.id, ()), back.get(row.key, ())) for row in rows]
    return tuple(sorted(found, key=lambda finding: (finding.severity, in_order(finding.key))))


def find_finding(session: Session, key: str) -> Finding:
    """Return the finding of a key, in small or capital letters.

    Raises: UnknownKey, with the nearest keys.
    """
    wanted = key.strip().upper()
    found = None
    if visible(wanted) == wanted:
        found = session.exec(select(ReportFinding).where(ReportFinding.key == wanted)).first()
    if found is None:
        known = {one.casefold(): one for one in session.exec(select(ReportFinding.key))}
        candidates = tuple(known[one] for one in nearest(key, known))
        raise UnknownKey(noun="finding", key=visible(key[:60]), candidates=candidates)
    back = _back_again(session, [found]).get(found.key, ())
    return _as_finding(found, _projects(session, found.id).get(found.id, ()), back)


def left_out_by(session: Session, project: Project, partner: Partner) -> tuple[str, ...]:
    """Return the keys of the settled findings whose reading leaves a partner out of a project."""
    settled = (
        select(col(ReportFinding.key), col(ReportFinding.settled_reading))
        .join(FindingProject, col(FindingProject.finding_id) == col(ReportFinding.id))
        .where(FindingProject.project_id == project.id, col(ReportFinding.settled_at).is_not(None))
    )
    place = (project.key, partner.key)
    found = [key for key, reading in session.exec(settled) if place in report.left_out(key, reading or "")]
    return tuple(sorted(found, key=in_order))


def _back_again(session: Session, rows: Iterable[ReportFinding]) -> dict[str, tuple[str, ...]]:
    """Return by finding the partners that its settled reading left out and that take part all the same."""
    parted = {row.key: report.left_out(row.key, row.settled_reading or "") for row in rows}
    centres = {project for places in parted.values() for project, _ in places}
    if not centres:
        return {}
    taking_part = (
        select(col(Project.key), col(Partner.key))
        .join(Partnership, col(Partnership.project_id) == col(Project.id))
        .join(Partner, col(Partner.id) == col(Partnership.partner_id))
        .where(col(Project.key).in_(centres), col(Partnership.retained))
    )
    present = {(project, partner) for project, partner in session.exec(taking_part)}
    return {
        key: tuple(sorted({partner for _, partner in places & present})) for key, places in parted.items()
    }


def _severity(text: str) -> Severity:
    try:
        return Severity(text.strip().upper())
    except ValueError:
        shown, limit = visible(text[:60]), ", ".join(Severity)
        raise BadValue(field="severity", value=shown, reason="not_a_choice", limit=limit) from None


def _projects(session: Session, finding: UUID | None = None) -> dict[UUID, tuple[str, ...]]:
    query = select(col(FindingProject.finding_id), col(Project.key)).join(
        Project, col(Project.id) == col(FindingProject.project_id)
    )
    if finding is not None:
        query = query.where(FindingProject.finding_id == finding)
    about: dict[UUID, list[str]] = defaultdict(list)
    for of, key in session.exec(query.order_by(col(Project.key))):
        about[of].append(key)
    return {of: tuple(keys) for of, keys in about.items()}


def _as_finding(row: ReportFinding, projects: tuple[str, ...], overtaken: tuple[str, ...]) -> Finding:
    return Finding(**row.model_dump(), projects=projects, overtaken=overtaken)
