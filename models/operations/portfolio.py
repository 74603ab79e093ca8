"""Bringing a portfolio into the books: all of it or nothing, and the same one twice changes nothing."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import Session, col, select, text

from models.operations import partners, projects
from models.operations.projects import NewProject
from models.queries.partners import AmbiguousPartner, PartnerBook, PartnerMatch, open_partner_book
from models.queries.people import find_actor
from models.queries.projects import place_of
from models.rules.authority import Action, Actor, NotAllowed, Place, may, roles_for
from models.rules.errors import UnknownKey
from models.rules.portfolio import Problem, ProjectRow, problem_of
from models.rules.stages import Stage
from models.tables import Partner, Partnership, Project

REASON = "portfolio_import"
"""What stands as the reason in the trail of a project that an import has corrected."""

_AT_ONCE = 500
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a project that the portfolio gives another value. Units: centimes in a budget."""

    field: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class ChangedProject:
    """A project of the books that the portfolio changes. `row` is that of the file."""

    row: int
    key: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import does, or would do: keys of new and unchanged projects, changes field by field.

    `written` is false for a dry run, and where there are problems.
    """

    new: tuple[str, ...]
    changed: tuple[ChangedProject, ...]
    unchanged: tuple[str, ...]
    problems: tuple[Problem, ...]
    written: bool


def import_portfolio(
    session: Session,
    sheet_rows: Sequence[ProjectRow],
    *,
    by: str,
    at: datetime,
    dry_run: bool = False,
    source: str = "",
    progress: Callable[[int], None] | None = None,
) -> Imported:
    """Register the projects that are new and correct those that are known; nothing with a problem.

    `source` (such as the name of the file) stands with each new project and partner. `progress` is told
    how many rows have been written.
    Raises: UnknownKey for the person, NotAllowed where they may import nothing at all, BadValue.
    Source: docs/rules.md, I14 to I18.
    """
    actor = find_actor(session, by)
    _check_may_import(actor)
    if not dry_run:
        _follow_others(session)
    plan = _Plan(session, actor, sheet_rows, to_write=not dry_run)
    written = not dry_run and not plan.problems
    if written:
        for count, step in enumerate(plan.steps, start=1):
            _carry_out(session, step, by=by, at=at, source=source)
            if progress:
                progress(count)
    return Imported(
        new=tuple(step.row.key for step in plan.steps if step.project is None),
        changed=tuple(
            ChangedProject(step.row.row, step.row.key, step.changes) for step in plan.steps if step.project
        ),
        unchanged=tuple(plan.unchanged),
        problems=tuple(plan.problems),
        written=written,
    )


@dataclass(frozen=True, slots=True)
class _Step:
    """What one row asks for: a new project, or the changes of a known one."""

    row: ProjectRow
    project: Project | None
    values: dict[str, Any]
    changes: tuple[Change, ...]
    joining: tuple[PartnerMatch, ...]


class _Plan:
    """What a portfolio would do to the books, worked out before anything is written."""

    def __init__(
        self, session: Session, actor: Actor, rows: Sequence[ProjectRow], *, to_write: bool
    ) -> None:
        self.actor = actor
        self.book: PartnerBook = open_partner_book(session)
        self.known = _load_projects(session, [row.key for row in rows], to_write)
        self.parts = _load_parts(session, [project.id for project in self.known.values()])
        self.steps: list[_Step] = []
        self.unchanged: list[str] = []
        self.problems: list[Problem] = []
        self.first_rows: dict[str, int] = {}
        for row in rows:
            self._consider(row)

    def _consider(self, row: ProjectRow) -> None:
        project = self.known.get(row.key)
        before = len(self.problems)
        self._check_key_is_new(row)
        self._check_allowed(row, project)
        self._check_stage(row, project)
        joining = self._match_partners(row, project)
        if len(self.problems) > before:
            return
        values = _described(row)
        changes = _changes(project, values, self._keys_of(project), joining) if project else ()
        if project and not changes:
            self.unchanged.append(row.key)
        else:
            self.steps.append(_Step(row, project, values, changes, joining))

    def _check_key_is_new(self, row: ProjectRow) -> None:
        first = self.first_rows.setdefault(row.key, row.row)
        if first != row.row:
            self.problems.append(Problem(row.row, "key", "duplicate_key", row.key, {"first_row": first}))

    def _check_allowed(self, row: ProjectRow, project: Project | None) -> None:
        """A project may neither be taken out of somebody's region nor brought into another one."""
        places = [Place(row.key, row.region)] + ([place_of(project)] if project else [])
        if not all(may(self.actor, Action.IMPORT_PORTFOLIO, place) for place in places):
            details = {"who": roles_for(Action.IMPORT_PORTFOLIO), "region": places[-1].region}
            self.problems.append(Problem(row.row, "province", "import_not_allowed", row.key, details))

    def _check_stage(self, row: ProjectRow, project: Project | None) -> None:
        if project and row.stage and row.stage is not project.stage:
            details = {"stage": project.stage, "asked": row.stage, "project": row.key}
            self.problems.append(Problem(row.row, "stage", "stage_by_import", row.stage, details))

    def _match_partners(self, row: ProjectRow, project: Project | None) -> tuple[PartnerMatch, ...]:
        """Return the partners of a row that the project does not have yet."""
        parts = self.parts[project.id] if project else {}
        linked = frozenset(parts)
        joining: dict[str, PartnerMatch] = {}
        for name in row.partners:
            try:
                match = self.book.match(name, linked)
            except UnknownKey as error:
                self.problems.append(problem_of(row.row, error, "partners", "unknown_partner"))
            except AmbiguousPartner as error:
                self.problems.append(problem_of(row.row, error, "partners", "ambiguous_partner"))
            else:
                if parts.get(match.key) is False:
                    self.problems.append(Problem(row.row, "partners", "partner_left_out", name[:60]))
                elif match.key not in parts:
                    joining[match.key] = match
        return tuple(joining.values())

    def _keys_of(self, project: Project | None) -> tuple[str, ...]:
        return tuple(sorted(self.parts[project.id])) if project else ()


def _check_may_import(actor: Actor) -> None:
    """Refuse somebody who may import nothing anywhere, before a word is said of the books."""
    places = (Place(grant.project or "", grant.region) for grant in actor.grants)
    if not any(may(actor, Action.IMPORT_PORTFOLIO, place) for place in places):
        raise NotAllowed(
            login=actor.login,
            action=Action.IMPORT_PORTFOLIO,
            project=None,
            who=roles_for(Action.IMPORT_PORTFOLIO),
        )


def _follow_others(session: Session) -> None:
    """Let one import follow another, and the taking over of the report; SQLite does so by itself.

    Two that register the same projects in another order would wait for each other for ever.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("LOCK TABLE partner IN SHARE ROW EXCLUSIVE MODE"))


def _load_projects(session: Session, keys: Sequence[str], to_write: bool) -> dict[str, Project]:
    """Return the projects that are known; held, in the order of their keys, where they will be written.

    They are held all together before the first entry in the trail: whoever holds one of them and waits
    for the trail would otherwise wait for us, and we for them.
    """
    found: dict[str, Project] = {}
    for some in _in_parts(sorted(set(keys))):
        query = select(Project).where(col(Project.key).in_(some)).order_by(col(Project.key))
        if to_write:
            query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
        found |= {project.key: project for project in session.exec(query)}
    return found


def _load_parts(session: Session, projects: Sequence[UUID]) -> dict[UUID, dict[str, bool]]:
    """Return for each project the keys of its partners, and whether they are still part of it."""
    parts: dict[UUID, dict[str, bool]] = defaultdict(dict)
    for some in _in_parts(projects):
        query = (
            select(col(Partnership.project_id), col(Partner.key), col(Partnership.retained))
            .join(Partner, col(Partner.id) == col(Partnership.partner_id))
            .where(col(Partnership.project_id).in_(some))
        )
        for project, key, retained in session.exec(query):
            parts[project][key] = retained
    return parts


def _in_parts(items: Sequence[Item]) -> Iterable[Sequence[Item]]:
    return (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))


def _described(row: ProjectRow) -> dict[str, Any]:
    """Return the fields that a row says something about, as the books keep them."""
    values = {
        "name_ar": row.name_ar,
        "name_fr": row.name_fr,
        "name_en": row.name_en,
        "sector": row.sector,
        "kind": row.kind,
        "province": row.province,
        "region": row.region,
        "budget_centimes": row.budget.centimes,
        "currency": row.budget.currency,
        "beds": row.beds,
        "site_ar": row.site_ar,
        "site_fr": row.site_fr,
    }
    return {name: value for name, value in values.items() if value is not None}


def _changes(
    project: Project, values: dict[str, Any], keys: tuple[str, ...], joining: tuple[PartnerMatch, ...]
) -> tuple[Change, ...]:
    changes = [
        Change(name, getattr(project, name), value)
        for name, value in values.items()
        if getattr(project, name) != value
    ]
    if joining:
        after = tuple(sorted({*keys, *(match.key for match in joining)}))
        changes.append(Change("partners", keys, after))
    return tuple(changes)


def _carry_out(session: Session, step: _Step, *, by: str, at: datetime, source: str) -> None:
    project = step.project
    if project is None:
        project = projects.register(session, _new_project(step.row, source), by=by, at=at)
    else:
        projects.correct(session, project, step.values, by=by, reason=REASON, at=at)
    for match in step.joining:
        partner = session.get_one(Partner, match.partner)
        partners.link(session, project=project, partner=partner, by=by, at=at, source=source)


def _new_project(row: ProjectRow, source: str) -> NewProject:
    return NewProject(
        key=row.key,
        name_ar=row.name_ar,
        name_fr=row.name_fr,
        name_en=row.name_en,
        sector=row.sector,
        kind=row.kind,
        province=row.province,
        region=row.region,
        budget=row.budget,
        stage=row.stage or Stage.ADMISSION,
        beds=row.beds or 0,
        site_ar=row.site_ar or "",
        site_fr=row.site_fr or "",
        source=source,
    )
