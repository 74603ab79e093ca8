"""Taking over the portfolio of the activity report of 2021."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, select, text

from models import report
from models.operations import partners, projects, trail
from models.places import province
from models.tables import FindingProject, Partner, Partnership, Project, ReportFinding


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many rows a load added; what was in the books before is left as it is."""

    projects: int
    partners: int
    links: int
    findings: int

    @property
    def nothing_new(self) -> bool:
        return not (self.projects or self.partners or self.links or self.findings)


def load_report(session: Session, *, by: str, at: datetime) -> Loaded:
    """Add the centres, partners, links and findings of the report that are not in the books yet.

    Loading again adds nothing and overwrites nothing that a person has changed since.
    The caller has authorized it.
    Source: docs/rules.md, D1 to D4.
    """
    _hold_partners(session)
    return Loaded(
        projects=_load_projects(session, by, at),
        partners=_load_partners(session, by, at),
        links=_load_links(session, by, at),
        findings=_load_findings(session, by, at),
    )


def _hold_partners(session: Session) -> None:
    """Let one load follow another: of two at once, the second finds everything there."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("LOCK TABLE partner IN SHARE ROW EXCLUSIVE MODE"))


def _load_projects(session: Session, by: str, at: datetime) -> int:
    known = set(session.exec(select(Project.key)))
    new = [centre for centre in report.centres() if centre.key not in known]
    for centre in new:
        projects.register(session, _as_project(centre), by=by, at=at)
    return len(new)


def _as_project(centre: report.Centre) -> projects.NewProject:
    return projects.NewProject(
        key=centre.key,
        name_ar=centre.name_ar,
        name_fr=centre.name_fr,
        name_en=centre.name_en,
        sector=centre.sector,
        kind=centre.kind,
        province=centre.province,
        region=province(centre.province).region,
        budget=centre.budget,
        stage=centre.stage,
        beds=centre.beds,
        site_ar=centre.site_ar,
        site_fr=centre.site_fr,
        source=centre.source,
    )


def _load_partners(session: Session, by: str, at: datetime) -> int:
    known = set(session.exec(select(Partner.key)))
    new = [row for row in report.partners() if row.key not in known]
    for row in new:
        partners.register(session, partners.NewPartner(**asdict(row)), by=by, at=at)
    return len(new)


def _load_links(session: Session, by: str, at: datetime) -> int:
    centres = {project.key: project for project in session.exec(select(Project))}
    bodies = {partner.key: partner for partner in session.exec(select(Partner))}
    known = set(session.exec(select(Partnership.project_id, Partnership.partner_id)).all())
    added = 0
    for row in report.links():
        project, partner = centres[row.project], bodies[row.partner]
        if (project.id, partner.id) in known:
            continue
        added += partners.link(
            session,
            project=project,
            partner=partner,
            reading=row.reading,
            source=row.source,
            by=by,
            at=at,
        )
    return added


def _load_findings(session: Session, by: str, at: datetime) -> int:
    known = set(session.exec(select(ReportFinding.key)))
    new = [row for row in report.findings() if row.key not in known]
    if not new:
        return 0
    ids = dict(session.exec(select(Project.key, Project.id)).all())
    for row in new:
        _open(session, row, ids)
    payload = {"findings": [asdict(row) for row in new]}
    trail.record(session, at=at, actor=by, kind="findings_opened", payload=payload)
    return len(new)


def _open(session: Session, row: report.FindingRow, ids: dict[str, UUID]) -> None:
    said = {name: value for name, value in asdict(row).items() if name != "projects"}
    finding = ReportFinding(**said)
    session.add(finding)
    session.flush()
    for key in row.projects:
        session.add(FindingProject(finding_id=finding.id, project_id=ids[key]))
    session.flush()
