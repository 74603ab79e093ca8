"""Bringing money into the books from files: all or nothing, and the same files twice change nothing."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session, text

from models.clock import local_day
from models.operations.import_hands import FileSet, finish, hands_on, settle, writer_of
from models.operations.import_outcome import ImportedMoney, outcome
from models.operations.import_plan import Conditions, plan_import
from models.queries.money_rows import load_ground
from models.queries.partners import AmbiguousPartner, PartnerBook, open_partner_book
from models.queries.periods import first_open_day
from models.rules.authority import Action, Actor, Place, may, roles_for
from models.rules.errors import UnknownKey
from models.rules.money_rows import Located, MoneyRows, PromiseRow, TrancheRow
from models.rules.portfolio import problem_of

Named = TypeVar("Named", PromiseRow, TrancheRow)
ACTIONS = (Action.KEEP_CONVENTIONS, Action.KEEP_CONTRACTS, Action.CERTIFY_ACCOUNT)


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

    Where a promise of them needs a second person, the first call proposes it, and that of another person
    who may decide on it, with the same files, writes it.
    A partner is any spelling that the books know; projects, budget lines and, for tranches and accounts
    alone, conventions and contracts are those of the books. `files`: the SHA-256 of each file, for the
    trail. `columns`: for each file, the column in which a field of a row stands. `unread`: some of the
    rows cannot be read; the others are checked alone, no plan need be whole, and nothing is written.
    `progress` is told how many rows have been written.
    Raises: UnknownKey for the person, NotAllowed where they may import nothing at all, or not decide on
    what another has proposed; AboveBand.
    Source: docs/rules.md, B8 and I20 to I28.
    """
    dry_run = dry_run or unread
    if not dry_run:
        follow_others(session)
    hands = hands_on(session, FileSet("rows", files, {}), ACTIONS, by=by)
    named, problems = _name_partners(open_partner_book(session), rows)
    ground = load_ground(session, named)
    regions = {key: project.region for key, project in ground.projects.items()}
    conditions = Conditions(
        today=local_day(at),
        until=first_open_day(session),
        refuse=lambda action, project: refusal(hands.actor, action, project, regions.get(project)),
        whole_plans=not unread,
    )
    plan = plan_import(ground, named, conditions)
    plan.problems[:] = in_columns([*problems, *plan.problems], columns)
    done = settle(session, hands, plan, outcome(plan, files, dry_run), dry_run=dry_run, at=at)
    if done.written:
        writer = writer_of(session, hands, plan, done, at=at, progress=progress)
        ids = {key: project.id for key, project in ground.projects.items() if project.id is not None}
        lines = {name: line.id for name, line in ground.lines.items() if line.id is not None}
        finish(session, hands, done, writer.write(ids, ground.partners, lines), at=at)
    return done


def in_columns(problems: Iterable[Located], columns: Mapping[str, Mapping[str, str]]) -> list[Located]:
    """Return problems with the names that their fields have as columns of their files."""
    return [
        replace(one, problem=replace(one.problem, field=names.get(one.problem.field, one.problem.field)))
        for one in problems
        for names in [columns.get(one.file, {})]
    ]


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
