"""Bringing money into the books from files: all or nothing, and the same files twice change nothing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session, text

from models.clock import local_day
from models.operations import trail
from models.operations.import_plan import Conditions, Plan, plan_import
from models.operations.import_write import Writer
from models.queries.money_rows import load_ground
from models.queries.partners import AmbiguousPartner, PartnerBook, open_partner_book
from models.queries.people import find_actor
from models.queries.periods import first_open_day
from models.rules.authority import Action, Actor, NotAllowed, Place, may, roles_for
from models.rules.errors import UnknownKey
from models.rules.money_rows import Located, MoneyRows, Note, PromiseRow, TrancheRow
from models.rules.portfolio import problem_of

Named = TypeVar("Named", PromiseRow, TrancheRow)
ACTIONS = (Action.KEEP_CONVENTIONS, Action.KEEP_CONTRACTS, Action.CERTIFY_ACCOUNT)


@dataclass(frozen=True, slots=True)
class ImportedMoney:
    """What an import does, or would do: rows of each noun that are new, and that are there already.

    `written` is false for a dry run, where there are problems, and where nothing is new. `files`: the
    SHA-256 of each file read.
    """

    new: Mapping[str, int]
    unchanged: Mapping[str, int]
    problems: tuple[Located, ...]
    notes: tuple[Note, ...]
    written: bool
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def nothing_new(self) -> bool:
        return not any(self.new.values())


def import_money(
    session: Session,
    rows: MoneyRows,
    *,
    by: str,
    at: datetime,
    files: Mapping[str, str],
    columns: Mapping[str, Mapping[str, str]],
    dry_run: bool = False,
    unread: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ImportedMoney:
    """Write conventions, tranches, contracts and accounts that are not in the books yet; all or nothing.

    A partner is any spelling that the books know; projects, budget lines and, for tranches and accounts
    alone, conventions and contracts are those of the books. `files`: the SHA-256 of each file, for the
    trail. `columns`: for each file, the column in which a field of a row stands. `unread`: some of the
    rows cannot be read; the others are checked alone, no plan need be whole, and nothing is written.
    `progress` is told how many rows have been written.
    Raises: UnknownKey for the person, NotAllowed where they may import nothing at all.
    Source: docs/rules.md, I20 to I28.
    """
    actor = find_actor(session, by)
    check_may_import(actor, ACTIONS)
    dry_run = dry_run or unread
    if not dry_run:
        follow_others(session)
    named, problems = _name_partners(open_partner_book(session), rows)
    ground = load_ground(session, named)
    regions = {key: project.region for key, project in ground.projects.items()}
    conditions = Conditions(
        today=local_day(at),
        until=first_open_day(session),
        refuse=lambda action, project: refusal(actor, action, project, regions.get(project)),
        whole_plans=not unread,
    )
    plan = plan_import(ground, named, conditions)
    plan.problems[:] = in_columns([*problems, *plan.problems], columns)
    done = outcome(plan, files, dry_run)
    if done.written:
        writer = Writer(session, plan, by=by, at=at, source="", progress=progress)
        ids = {key: project.id for key, project in ground.projects.items() if project.id is not None}
        lines = {name: line.id for name, line in ground.lines.items() if line.id is not None}
        record(session, "rows", done, writer.write(ids, ground.partners, lines), by=by, at=at)
    return done


def in_columns(problems: Iterable[Located], columns: Mapping[str, Mapping[str, str]]) -> list[Located]:
    """Return problems with the names that their fields have as columns of their files."""
    return [
        replace(one, problem=replace(one.problem, field=names.get(one.problem.field, one.problem.field)))
        for one in problems
        for names in [columns.get(one.file, {})]
    ]


def outcome(plan: Plan, files: Mapping[str, str], dry_run: bool, **more: int) -> ImportedMoney:
    """Return what a plan comes to. `more`: new rows of other nouns."""
    known = {pledge[2] for pledge in plan.ground.promises} | set(plan.ground.conventions)
    new = {
        **more,
        "conventions": len({row.convention for row in plan.promises} - known),
        "promises": len(plan.promises),
        "tranches": len(plan.tranches),
        "calls": sum(row.call is not None for row in plan.tranches),
        "contracts": len(plan.contracts),
        "accounts": len(plan.accounts),
    }
    written = not dry_run and not plan.problems and any(new.values())
    problems = tuple(sorted(plan.problems, key=lambda one: (one.file, one.problem.row)))
    return ImportedMoney(new, dict(plan.unchanged), problems, tuple(plan.notes), written, files)


def record(
    session: Session, layout: str, done: ImportedMoney, written: Mapping[str, int], *, by: str, at: datetime
) -> None:
    """Put one entry for a whole import into the trail: the files, by what they hold, and the counts.

    Source: docs/rules.md, I28.
    """
    payload = {"layout": layout, "files": dict(done.files), "written": dict(written)}
    trail.record(session, at=at, actor=by, kind="money_imported", payload=payload)


def check_may_import(actor: Actor, actions: Sequence[Action]) -> None:
    """Refuse somebody who may import nothing anywhere, before a word is said of the books.

    Raises: NotAllowed.
    """
    places = [Place(grant.project or "", grant.region) for grant in actor.grants]
    if not any(may(actor, action, place) for action in actions for place in places):
        action = actions[0]
        raise NotAllowed(login=actor.login, action=action, project=None, who=roles_for(action))


def refusal(actor: Actor, action: Action, project: str, region: str | None) -> Mapping[str, object] | None:
    """Return who may do what the actor may not do for a project; None where they may."""
    if may(actor, action, Place(project, region)):
        return None
    return {"who": roles_for(action), "region": region}


def follow_others(session: Session) -> None:
    """Let one import follow another; SQLite does so by itself."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(
            text("LOCK TABLE partner, convention, contract IN SHARE ROW EXCLUSIVE MODE")
        )


def _name_partners(book: PartnerBook, rows: MoneyRows) -> tuple[MoneyRows, list[Located]]:
    """Return the rows with the keys of their partners, and what is wrong with their names."""
    keys: dict[str, str] = {}
    problems: list[Located] = []
    naming: list[PromiseRow | TrancheRow] = [*rows.promises, *rows.tranches]
    for row in naming:
        if row.partner in keys:
            continue
        try:
            keys[row.partner] = book.match(row.partner).key
        except UnknownKey as error:
            problem = problem_of(row.at.row, error, "partners", "unknown_partner")
            problems.append(Located(row.at.file, problem))
        except AmbiguousPartner as error:
            problem = problem_of(row.at.row, error, "partners", "ambiguous_partner")
            problems.append(Located(row.at.file, problem))
    return (
        replace(
            rows,
            promises=tuple(_with_key(row, keys) for row in rows.promises if row.partner in keys),
            tranches=tuple(_with_key(row, keys) for row in rows.tranches if row.partner in keys),
        ),
        problems,
    )


def _with_key(row: Named, keys: Mapping[str, str]) -> Named:
    return replace(row, partner=keys[row.partner])
