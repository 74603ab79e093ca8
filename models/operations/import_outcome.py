"""What an import of money comes to, and the one entry that it leaves in the trail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from models.operations import trail
from models.operations.import_plan import Plan
from models.rules.money_rows import Located, Note


@dataclass(frozen=True, slots=True)
class ImportedMoney:
    """What an import does, or would do: rows of each noun that are new, and that are there already.

    `written` is false for a dry run, where there are problems, where nothing is new, and where it waits
    for a second person; `proposal` then says what waits. `files`: the SHA-256 of each file read.
    `approved_by`: the second person under what `proposed_by` has brought in.
    """

    new: Mapping[str, int]
    unchanged: Mapping[str, int]
    problems: tuple[Located, ...]
    notes: tuple[Note, ...]
    written: bool
    files: Mapping[str, str] = field(default_factory=dict)
    proposal: UUID | None = None
    proposed_by: str | None = None
    approved_by: str | None = None

    @property
    def nothing_new(self) -> bool:
        return not any(self.new.values())


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
        "names": len(plan.names),
    }
    written = not dry_run and not plan.problems and any(new.values())
    problems = tuple(sorted(plan.problems, key=lambda one: (one.file, one.problem.row)))
    return ImportedMoney(new, dict(plan.unchanged), problems, tuple(plan.notes), written, files)


def record(
    session: Session, layout: str, done: ImportedMoney, written: Mapping[str, int], *, by: str, at: datetime
) -> None:
    """Put one entry for a whole import into the trail: the files, by what they hold, and the counts.

    What two people bring in is written by whoever proposed it; the other one is named beside.
    Source: docs/rules.md, I28 and B8.
    """
    payload: dict[str, object] = {"layout": layout, "files": dict(done.files), "written": dict(written)}
    if done.approved_by is not None:
        payload |= {"approved_by": done.approved_by, "proposal": done.proposal}
    trail.record(session, at=at, actor=by, kind="money_imported", payload=payload)
