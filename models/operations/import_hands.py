"""Whose hands stand under what files bring in: a large promise needs two, and the same files both times."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, select

from models.operations.four_eyes import approved, held, put_forward
from models.operations.import_outcome import ImportedMoney, record
from models.operations.import_plan import Plan
from models.operations.import_write import Writer
from models.operations.money_changes import plain
from models.queries.four_eyes import ChangeLine, find_change
from models.queries.people import find_actor
from models.rules.authority import Action, Actor, NotAllowed, Place, may, roles_for
from models.rules.four_eyes import (
    ChangeState,
    MoneyChange,
    OtherWords,
    check_decider,
    deciders,
    may_decide,
    needs_second,
)
from models.rules.money import Money
from models.rules.money_rows import Note, PromiseRow
from models.rules.text import visible
from models.tables import MoneyProposal, Project

IMPORT = MoneyChange.COMMITMENT_IMPORT
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class FileSet:
    """What somebody brings in. `files`: the SHA-256 of each; `said`: what was said beside them.

    `source` is what stands with new rows as where they are from; it need not be said alike twice.
    """

    layout: str
    files: Mapping[str, str]
    said: Mapping[str, str | None]
    source: str = ""


@dataclass(frozen=True, slots=True)
class ImportHands:
    """Who brings files in, and by whose rights their rows are weighed.

    `waiting`: the proposal of the same files. Whoever may decide on it, and has not made it, approves it:
    then `actor` is whoever proposed it, and writes.
    """

    by: str
    actor: Actor
    brought: FileSet
    waiting: ChangeLine | None
    approves: bool

    @property
    def source(self) -> str:
        """Where new rows are from: as it was said when they were proposed."""
        return str(self.waiting.terms["origin"]) if self.approves and self.waiting else self.brought.source


def hands_on(session: Session, brought: FileSet, actions: Sequence[Action], *, by: str) -> ImportHands:
    """Return whose hands are on files: of who begins, or of who approves what another has proposed.

    Raises: UnknownKey for the person, NotAllowed where they may import nothing at all, OtherWords.
    Source: docs/rules.md, B8.
    """
    actor = find_actor(session, by)
    waiting = _waiting(session, brought)
    if waiting is not None and waiting.terms["said"] != dict(brought.said):
        raise OtherWords(proposal=waiting.name, by=waiting.proposed_by, said=_told(waiting.terms["said"]))
    if waiting is not None and _decides(actor, waiting):
        return ImportHands(by, find_actor(session, waiting.proposed_by), brought, waiting, approves=True)
    check_may_import(actor, actions)
    return ImportHands(by, actor, brought, waiting, approves=False)


def settle(
    session: Session, hands: ImportHands, plan: Plan, done: ImportedMoney, *, dry_run: bool, at: datetime
) -> ImportedMoney:
    """Let an import be written as it is, or by two; or propose it, where one person began it.

    Nothing is written here but the proposal, and that it is approved.
    Raises: NotAllowed, AboveBand for somebody else than who proposed it, who may not decide on it.
    Source: docs/rules.md, B8.
    """
    largest = max(plan.promises, key=lambda row: row.amount, default=None)
    amount = Money(largest.amount if largest else 0)
    second = largest is not None and needs_second(IMPORT, amount)
    if dry_run and second and not hands.approves and not done.problems:
        note = Note("import_needs_second", {"amount": amount, "who": deciders(IMPORT, amount)})
        return replace(done, notes=(*done.notes, note))
    if not done.written or not (second or hands.approves):
        return done
    waiting = hands.waiting
    if largest is not None and waiting is None:
        made = _propose(session, hands, plan, done, largest, at)
        return replace(done, written=False, proposal=made.id)
    if waiting is None or waiting.proposed_by == hands.by:
        return replace(done, written=False, proposal=waiting.id if waiting else None)
    weight = max(amount, waiting.weight)
    check_decider(find_actor(session, hands.by), IMPORT, weight, waiting.place, waiting.proposed_by)
    held(session, waiting.id)
    return replace(done, proposal=waiting.id, proposed_by=waiting.proposed_by, approved_by=hands.by)


def writer_of(
    session: Session,
    hands: ImportHands,
    plan: Plan,
    done: ImportedMoney,
    *,
    at: datetime,
    progress: Callable[[int], None] | None,
) -> Writer:
    """Return what writes a plan with the hands that are under it: as whoever proposed it."""
    hand, second = hands.actor.login, done.approved_by
    return Writer(session, plan, by=hand, approved_by=second, at=at, source=hands.source, progress=progress)


def finish(
    session: Session, hands: ImportHands, done: ImportedMoney, written: Mapping[str, int], *, at: datetime
) -> None:
    """Put what was written into the trail, and the approval of it where two people stand under it."""
    record(session, hands.brought.layout, done, written, by=hands.actor.login, at=at)
    if done.proposal is not None and done.approved_by is not None:
        approved(session, held(session, done.proposal), by=done.approved_by, at=at)


def check_may_import(actor: Actor, actions: Sequence[Action]) -> None:
    """Refuse somebody who may import nothing anywhere, before a word is said of the books.

    Raises: NotAllowed.
    """
    places = [Place(grant.project or "", grant.region) for grant in actor.grants]
    if not any(may(actor, action, place) for action in actions for place in places):
        action = actions[0]
        raise NotAllowed(login=actor.login, action=action, project=None, who=roles_for(action))


def _waiting(session: Session, brought: FileSet) -> ChangeLine | None:
    """Return the proposal of the same files that waits, whatever they are called."""
    open_ones = session.exec(
        select(MoneyProposal).where(
            col(MoneyProposal.change) == IMPORT, col(MoneyProposal.state) == ChangeState.OPEN
        )
    )
    hashes = sorted(brought.files.values())
    for proposal in open_ones:
        terms = json.loads(proposal.terms)
        if terms["layout"] == brought.layout and sorted(terms["files"].values()) == hashes:
            return find_change(session, proposal.id.hex)
    return None


def _decides(actor: Actor, waiting: ChangeLine) -> bool:
    return may_decide(actor, IMPORT, waiting.weight, waiting.place, waiting.proposed_by)


def _propose(
    session: Session,
    hands: ImportHands,
    plan: Plan,
    done: ImportedMoney,
    largest: PromiseRow,
    at: datetime,
) -> MoneyProposal:
    large = [row for row in plan.promises if needs_second(IMPORT, Money(row.amount))]
    projects = {plan.ground.projects[row.project].id for row in large}
    # Of several projects, or of one that is new, whoever decides must reach the whole portfolio.
    of = projects.pop() if len(projects) == 1 else None
    brought = hands.brought
    terms = {
        "layout": brought.layout,
        "files": dict(brought.files),
        "said": dict(brought.said),
        "origin": brought.source,
        "new": {noun: count for noun, count in done.new.items() if count},
        "large": len(large),
        "largest": {"project": largest.project, "reference": largest.convention},
    }
    return put_forward(
        session,
        change=IMPORT,
        project=session.get_one(Project, of) if of is not None else None,
        amount=Money(largest.amount),
        terms=plain(IMPORT, terms),
        reason=", ".join(visible(name) for name in brought.files)[:_LONGEST_REASON],
        by=hands.by,
        at=at,
    )


def _told(said: Mapping[str, str | None]) -> str:
    return ", ".join(f"--{name} {value}" for name, value in said.items() if value) or "-"
