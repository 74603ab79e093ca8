"""Taking over books that were kept elsewhere: their projects, partners and lines, and then their money."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from models.clock import local_day
from models.operations import partners, projects
from models.operations.import_hands import FileSet, finish, hands_on, settle, writer_of
from models.operations.import_money import follow_others, in_columns, refusal
from models.operations.import_outcome import ImportedMoney, outcome
from models.operations.import_plan import Conditions, plan_import
from models.operations.import_write import Values, Writer, row_of
from models.operations.projects import NewProject
from models.places import province as place_of
from models.queries.money_rows import Ground, HeldLine, HeldProject, load_ground
from models.queries.partners import AmbiguousPartner, Certainty, PartnerBook, open_partner_book
from models.queries.periods import first_open_day
from models.rules.authority import Action
from models.rules.books import BookLine, BookParty, BookProject, Books
from models.rules.budgets import BudgetChange, Nature
from models.rules.errors import UnknownKey
from models.rules.kinds import Sector
from models.rules.money import Money
from models.rules.money_checks import located
from models.rules.money_rows import Located, MoneyRows, Note
from models.rules.names import fold
from models.rules.stages import Stage
from models.tables import BudgetEntry, BudgetLine, BudgetPlan

UNASSIGNED = "NON AFFECTE"
"""The line of what a project's budget holds beside the contracts of the books."""

_NEEDED = ("sector", "kind", "province")


@dataclass(frozen=True, slots=True)
class Unsaid:
    """What holds for every new project of which the books do not say it; None is asked for by row."""

    sector: Sector | None = None
    kind: str | None = None
    province: str | None = None
    stage: Stage = Stage.ADMISSION


@dataclass(slots=True)
class _Taking:
    """What the books bring beside their rows of money."""

    books: Books
    unsaid: Unsaid
    problems: list[Located] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    projects: list[NewProject] = field(default_factory=list)
    silent: dict[str, list[BookProject]] = field(default_factory=lambda: defaultdict(list))
    """The new projects of which nobody says something, by what it is."""
    partners: list[BookParty] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    """The key of each party that is a partner."""
    lines: dict[str, dict[str, int]] = field(default_factory=dict)
    """The lines that a project gets, with their amounts in centimes."""

    @property
    def new(self) -> Mapping[str, int]:
        """Count what is new beside the rows of money."""
        lines = sum(len(lines) for lines in self.lines.values())
        return {"projects": len(self.projects), "partners": len(self.partners), "lines": lines}

    def refuse(
        self, thing: BookProject | BookParty, name: str, code: str, value: object, **more: object
    ) -> None:
        self.problems.append(located(thing.at, name, code, value, **more))


def import_books(
    session: Session,
    books: Books,
    *,
    by: str,
    at: datetime,
    unsaid: Unsaid,
    source: str,
    dry_run: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ImportedMoney:
    """Take over books, with the projects and partners that are not here yet; all of it or nothing.

    A project that is here is the one the books name in `key`, or the one of the same code and name. A new
    one has the budget that the books say, or else the larger of what is promised and what is contracted.
    `unsaid` gives what the books do not say of new projects; `source` stands with everything new.
    `progress` is told how many rows have been written. Where a promise needs a second person, the books
    are proposed, and written when another who may decide on them brings them in.
    Raises: UnknownKey for the person, NotAllowed, AboveBand, OtherWords.
    Source: docs/rules.md, B8 and I20 to I29.
    """
    if not dry_run:
        follow_others(session)
    hands = hands_on(session, _brought(books, unsaid, source), (Action.IMPORT_BOOKS,), by=by)
    actor, source = hands.actor, hands.source
    taking = _Taking(books, unsaid)
    _name_partners(taking, open_partner_book(session))
    rows = _with_keys(books.rows, taking.keys)
    ground = load_ground(session, rows, [project.key for project in books.projects])
    _take_projects(taking, ground, source)
    regions = {key: project.region for key, project in ground.projects.items()}
    conditions = Conditions(
        today=local_day(at),
        until=first_open_day(session),
        refuse=lambda _, project: refusal(actor, Action.IMPORT_BOOKS, project, regions.get(project)),
        whole_plans=False,
    )
    plan = plan_import(ground, rows, conditions)
    found = in_columns(plan.problems, books.columns)
    plan.problems[:] = [*books.problems, *taking.problems, *found]
    plan.notes[:0] = [*books.notes, *taking.notes]
    done = outcome(plan, books.files, dry_run, **taking.new)
    done = settle(session, hands, plan, done, dry_run=dry_run, at=at)
    if done.written:
        writer = writer_of(session, hands, plan, done, at=at, progress=progress)
        finish(session, hands, done, _write(session, taking, writer), at=at)
    return done


def _brought(books: Books, unsaid: Unsaid, source: str) -> FileSet:
    said = {name: getattr(unsaid, name) for name in (*_NEEDED, "stage")}
    words = {name: str(value) if value is not None else None for name, value in said.items()}
    return FileSet("books", books.files, words, source)


def _with_keys(rows: MoneyRows, keys: Mapping[str, str]) -> MoneyRows:
    return replace(
        rows,
        promises=tuple(replace(row, partner=keys.get(row.partner, row.partner)) for row in rows.promises),
        tranches=tuple(replace(row, partner=keys.get(row.partner, row.partner)) for row in rows.tranches),
    )


def _name_partners(taking: _Taking, book: PartnerBook) -> None:
    """Find the partner that each party is, by its exact names; the others are new."""
    promising = dict.fromkeys(row.partner for row in taking.books.rows.promises)
    for party in (taking.books.parties[id_] for id_ in promising):
        try:
            found = _match(book, party)
        except AmbiguousPartner as error:
            names = error.details["candidates"]
            taking.refuse(
                party, "name_fr", "ambiguous_partner", party.name_fr, text=party.name_fr, candidates=names
            )
            continue
        if found is None and party.key in book.bodies:
            taking.refuse(party, "party_id", "taken", party.key)
        elif found is None:
            taking.partners.append(party)
        taking.keys[party.id] = found or party.key


def _match(book: PartnerBook, party: BookParty) -> str | None:
    for name in (party.name_fr, party.name_ar):
        try:
            match = book.match(name)
        except UnknownKey:
            continue
        if match.certainty is Certainty.EXACT and not match.placeholder:
            return match.key
    return None


def _take_projects(taking: _Taking, ground: Ground, source: str) -> None:
    """Let each project of the books be one that is here, or a new one; give it its budget lines."""
    promised, contracted = _sums(taking.books.rows)
    passed_over = derived = 0
    for project in taking.books.projects:
        held = ground.projects.get(project.key)
        wanted = contracted.get(project.key, Counter())
        sure = project.budget or max(promised[project.key], wanted.total())
        if held is None and not sure:
            passed_over += 1
            continue
        if held is None:
            derived += project.budget is None
            held = _new_project(taking, project, sure, source)
        elif not (project.is_named or held.name_fr == project.name):
            taking.refuse(project, "code", "project_taken", project.key, known=held.name_fr)
        # One that was refused stands in for itself: its rows need not be told of as well.
        held = held or HeldProject(None, project.key, project.name, "", "MAD", sure)
        ground.projects[project.key] = held
        _give_lines(taking, ground, project, held, wanted)
    _refuse_silent(taking)
    for code, count in (("projects_without_money", passed_over), ("budgets_from_books", derived)):
        if count:
            taking.notes.append(Note(code, {"count": count}))


def _sums(rows: MoneyRows) -> tuple[Counter[str], Mapping[str, Counter[str]]]:
    """Return what is promised for each project, and what is contracted on each of its lines."""
    promised: Counter[str] = Counter()
    contracted: dict[str, Counter[str]] = defaultdict(Counter)
    for promise in rows.promises:
        promised[promise.project] += promise.amount
    for contract in rows.contracts:
        contracted[contract.project][contract.line] += contract.amount
    return promised, contracted


def _new_project(taking: _Taking, project: BookProject, budget: int, source: str) -> HeldProject | None:
    if project.is_named:
        taking.refuse(project, "key", "unknown_project", project.key, candidates=())
        return None
    unsaid = taking.unsaid
    said = {name: getattr(project, name) or getattr(unsaid, name) for name in _NEEDED}
    for name in _NEEDED:
        if said[name] is None:
            taking.silent[name].append(project)
    if None in said.values():
        return None
    province = place_of(said["province"])
    new = NewProject(
        key=project.key,
        name_ar=project.name_ar or project.name,
        name_fr=project.name,
        name_en=project.name_en or project.name,
        sector=said["sector"],
        kind=said["kind"],
        province=province.code,
        region=province.region,
        budget=Money(budget),
        stage=unsaid.stage,
        source=f"{source} {project.id}"[:200],
    )
    taking.projects.append(new)
    return HeldProject(None, new.key, new.name_fr, new.region, "MAD", budget)


def _refuse_silent(taking: _Taking) -> None:
    """Refuse new projects of which something needed is not said; all of them at once where it is of none.

    Source: docs/rules.md, I21.
    """
    silent = {project.id for those in taking.silent.values() for project in those}
    new = len(taking.projects) + len(silent)
    for name, those in taking.silent.items():
        if len(those) == new > 1:
            taking.refuse(those[0], name, "unsaid_by_all", those[0].id, count=new)
            continue
        for project in those:
            taking.refuse(project, name, "unsaid", project.id)


def _give_lines(
    taking: _Taking, ground: Ground, project: BookProject, held: HeldProject, wanted: Mapping[str, int]
) -> None:
    """Give a project without lines those of its contracts, and one of what its budget holds beside."""
    if any(key == project.key for key, _code in ground.lines) or not wanted:
        return
    total = sum(wanted.values())
    if total > held.budget:
        over, limit = Money(total - held.budget), Money(held.budget)
        taking.refuse(project, "budget", "contracts_over_budget", project.key, over=over, limit=limit)
        return
    lines = dict(wanted)
    if total < held.budget:
        lines[UNASSIGNED] = held.budget - total
    taking.lines[project.key] = lines
    for code, amount in lines.items():
        ground.lines[project.key, code] = HeldLine(None, amount)


def _write(
    session: Session,
    taking: _Taking,
    writer: Writer,
) -> Mapping[str, int]:
    plan, by, at = writer.plan, writer.by, writer.at
    ids = {key: held.id for key, held in plan.ground.projects.items() if held.id is not None}
    ids |= {new.key: projects.register(session, new, by=by, at=at).id for new in taking.projects}
    bodies = dict(plan.ground.partners)
    bodies |= _register(session, taking.partners, by=by, at=at, source=writer.source)
    lines = {name: line.id for name, line in plan.ground.lines.items() if line.id is not None}
    lines |= _write_lines(writer, taking, ids)
    written = dict(writer.write(ids, bodies, lines))
    return {**written, "projects": len(taking.projects), "partners": len(taking.partners)}


def _register(
    session: Session, parties: Iterable[BookParty], *, by: str, at: datetime, source: str
) -> dict[str, UUID]:
    """Write new partners; an acronym is a spelling of theirs where it means nobody else."""
    book = open_partner_book(session)
    taken = set(book.spellings)
    written = {}
    for party in parties:
        new = partners.NewPartner(
            key=party.key,
            name_ar=party.name_ar,
            name_fr=party.name_fr,
            name_en=party.name_fr,
            type=party.type,
            source=f"{source} {party.id}"[:200],
            spellings=(party.acronym,) if party.acronym and fold(party.acronym) not in taken else (),
        )
        written[party.key] = partners.register(session, new, by=by, at=at).id
        taken.add(fold(party.acronym))
    return written


def _write_lines(writer: Writer, taking: _Taking, ids: Mapping[str, UUID]) -> dict[tuple[str, str], UUID]:
    """Write budget lines with their first amounts, decided when their project began."""
    begun = {project.key: project.start for project in taking.books.projects}
    rows = [
        (key, amount, _line(ids[key], code, taking.books.lines))
        for key, lines in taking.lines.items()
        for code, amount in lines.items()
    ]
    writer.add("lines", BudgetLine, [line for _key, _amount, line in rows])
    entries = [
        row_of(
            BudgetEntry,
            line_id=line["id"],
            change=BudgetChange.INITIAL,
            amount_centimes=amount,
            decided_on=begun[key],
            proposed_by=writer.by,
            written_at=writer.at,
        )
        for key, amount, line in rows
    ]
    writer.add("", BudgetEntry, entries)
    plans = [
        row_of(
            BudgetPlan,
            project_id=ids[key],
            completed_on=begun[key],
            completed_by=writer.by,
            completed_at=writer.at,
        )
        for key in taking.lines
    ]
    writer.add("", BudgetPlan, plans)
    return {(key, line["code"]): line["id"] for key, _amount, line in rows}


def _line(project: UUID, code: str, words: Mapping[str, BookLine]) -> Values:
    if code == UNASSIGNED:
        return row_of(
            BudgetLine, project_id=project, code=code, stage=Stage.CONSTRUCTION, nature=Nature.CONTINGENCY
        )
    meant = words[fold(code)]
    return row_of(
        BudgetLine, project_id=project, code=code, stage=meant.stage, nature=meant.nature, label=code
    )
