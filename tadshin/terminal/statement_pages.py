"""What the terminal shows of files of banks and ledgers, and what scripts read of them."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.rules.money import Money
from tadshin.terminal import faults, paper
from tadshin.terminal.language import _, _n, fill, named, spoken

if TYPE_CHECKING:
    from intake.statements.inbox import TakenIn
    from models.operations.statements import Arrived
    from models.queries.statements import FileListed
    from models.rules.portfolio import Problem
    from models.rules.statement_files import StatementSummary


def summary_as_data(summary: "StatementSummary | None") -> dict[str, Any]:
    """Return what a whole file says, as scripts read it."""
    if summary is None:
        return {"problem_count": 0, "problems": [], "notes": []}
    return {
        "profile": summary.profile,
        "parser_version": summary.parser_version,
        "number": summary.number,
        "from": summary.starts_on,
        "until": summary.ends_before,
        "lines": summary.lines,
        "received": Money(summary.received, summary.currency),
        "paid": Money(summary.paid, summary.currency),
        "opening": _money(summary.opening, summary.currency),
        "closing": _money(summary.closing, summary.currency),
        **faults.problems_as_data(summary.problems, summary.problem_count),
        "notes": faults.notes_as_data(summary.notes),
    }


def show_summary(summary: "StatementSummary") -> None:
    """Print what a whole file says, then all that is wrong with it."""
    from notifications.words import shown

    def money(centimes: int | None) -> str:
        return shown(_money(centimes, summary.currency), spoken())

    rows = [
        (_("Layout"), summary.profile),
        (_("Days"), days(summary.starts_on, summary.ends_before)),
        (_("Lines"), shown(summary.lines, spoken())),
        (_("Opening balance"), money(summary.opening)),
        (_("Received"), money(summary.received)),
        (_("Paid"), money(summary.paid)),
        (_("Closing balance"), money(summary.closing)),
    ]
    paper.pairs(rows)
    faults.show_notes(summary.notes)
    if summary.problem_count:
        faults.show_problems(summary.problems, summary.problem_count)


def days(first: date | None, until: date | None) -> str:
    """Write the days of a file, the last one included; of none the day at which they would begin."""
    if first is None or until is None:
        return ""
    last = max(first, until - timedelta(days=1))
    return first.isoformat() if first == last else f"{first.isoformat()} … {last.isoformat()}"


def _money(centimes: int | None, currency: str) -> Money | None:
    return None if centimes is None else Money(centimes, currency)


def arrived_as_data(arrived: "Arrived", file: Path) -> dict[str, Any]:
    beside = arrived.beside
    return {
        "outcome": arrived.arrival,
        "account": arrived.account,
        "file": arrived.file.hex if arrived.file else None,
        "name": file.name,
        "known_as": arrived.known_as or None,
        **summary_as_data(arrived.summary),
        "duplicates": beside.duplicates,
        "gone": beside.gone,
        "gone_centimes": beside.gone_amount,
        "overlaps": [
            {"file": one.other.name, "from": one.starts_on, "until": one.ends_before}
            for one in beside.overlaps
        ],
        "gaps": [
            {
                "before": one.before.name,
                "after": one.after.name,
                "from": one.starts_on,
                "until": one.ends_before,
                "centimes": one.amount,
            }
            for one in beside.gaps
        ],
    }


def show_arrived(arrived: "Arrived", file: Path) -> None:
    if arrived.summary is None:
        words = _("{file} is in the books of {account} already, as {name}: nothing is written.")
        told = fill(words, file=file.name, account=arrived.account, name=arrived.known_as)
        paper.line(told, style="green")
        return
    show_summary(arrived.summary)
    if arrived.summary.problem_count:
        if arrived.file is not None:
            words = _(
                "The file is kept, without lines, with what is wrong: tadshin reconcile statement {id}."
            )
            paper.line(fill(words, id=arrived.file.hex[:8]))
        return
    _show_beside(arrived)
    if arrived.file is None:
        paper.line(_("A dry run: nothing is written."))
    else:
        words = _("The file is taken in for {account}: {id}.")
        paper.line(fill(words, account=arrived.account, id=arrived.file.hex[:8]), style="green")


def _show_beside(arrived: "Arrived") -> None:
    beside = arrived.beside
    for one in beside.overlaps:
        words = _("{file} has these days too: {days}.")
        paper.line(
            fill(words, file=one.other.name, days=days(one.starts_on, one.ends_before)), style="yellow"
        )
    if beside.duplicates:
        words = _n(
            "{count} line was there already; it is marked as a duplicate.",
            "{count} lines were there already; they are marked as duplicates.",
            beside.duplicates,
        )
        paper.line(words, style="yellow")
    if beside.gone:
        words = _n(
            "{count} line of an older file is missing here; a case is opened.",
            "{count} lines of older files are missing here; a case is opened.",
            beside.gone,
        )
        paper.line(words, style="red")
    for gap in beside.gaps:
        words = _("Something is missing between {before} and {after}: {days}.")
        missing = days(gap.starts_on, gap.ends_before)
        paper.line(fill(words, before=gap.before.name, after=gap.after.name, days=missing), style="yellow")


def taken_as_data(one: "TakenIn") -> dict[str, Any]:
    from notifications.words import sentence

    summary = one.arrived.summary if one.arrived else None
    return {
        "account": one.account or (one.arrived.account if one.arrived else None),
        "name": one.name,
        "moved_to": str(one.moved_to),
        "outcome": one.outcome,
        "file": one.arrived.file.hex if one.arrived and one.arrived.file else None,
        "error": one.error.code if one.error else None,
        "message": sentence(one.error, spoken()) if one.error else None,
        "problem_count": summary.problem_count if summary else 0,
        "lines": summary.lines if summary and not summary.problem_count else 0,
    }


def show_taken(taken: Sequence["TakenIn"]) -> None:
    if not taken:
        paper.line(_("Nothing waits in the inbox."))
        return
    columns = [
        paper.Column(_("Account"), whole=True),
        paper.Column(_("File")),
        paper.Column(_("Outcome"), whole=True),
        paper.Column(_("Lines"), whole=True, right=True),
        paper.Column(_("Reason")),
    ]
    rows: list[tuple[paper.Cell, ...]] = []
    for one in taken:
        data = taken_as_data(one)
        count = data["problem_count"]
        why = data["message"] or (_n("{count} problem", "{count} problems", count) if count else "")
        state = (named("arrival", data["outcome"]), "red" if one.is_refused else "green")
        rows.append((data["account"] or "", one.name, state, str(data["lines"] or ""), why))
    paper.table(columns, rows)


def file_as_data(file: "FileListed") -> dict[str, Any]:
    return {
        "file": file.id.hex,
        "account": file.account,
        "name": file.name,
        "refused": bool(file.faults),
        "profile": file.profile,
        "parser_version": file.parser_version,
        "sha256": file.sha256,
        "from": file.starts_on,
        "until": file.ends_before,
        "opening": _money(file.opening, file.currency),
        "closing": _money(file.closing, file.currency),
        "lines": file.lines,
        "duplicates": file.duplicates,
        "faults": file.faults,
        "received_at": file.received_at,
        "received_by": file.received_by,
    }


def show_files(files: Sequence["FileListed"]) -> None:
    from notifications.words import shown

    if not files:
        paper.line(_("No statement has come in yet."))
        return
    columns = [
        paper.Column(_("File"), whole=True),
        paper.Column(_("Account"), whole=True),
        paper.Column(_("Name")),
        paper.Column(_("Days"), whole=True),
        paper.Column(_("Opening balance"), whole=True, right=True, spare=True),
        paper.Column(_("Closing balance"), whole=True, right=True),
        paper.Column(_("Lines"), whole=True, right=True),
        paper.Column(_("Twice"), whole=True, right=True, spare=True),
        paper.Column(_("Faults"), whole=True, right=True),
    ]
    rows: list[tuple[paper.Cell, ...]] = [
        (
            *(one.id.hex[:8], one.account, one.name, days(one.starts_on, one.ends_before)),
            *(shown(_money(amount, one.currency), spoken()) for amount in (one.opening, one.closing)),
            *(str(one.lines), str(one.duplicates or "")),
            (fill(_("{count}: refused"), count=one.faults) if one.faults else "", "red"),
        )
        for one in files
    ]
    paper.table(columns, rows)


def show_file(file: "FileListed", found: Sequence["Problem"]) -> None:
    from notifications.words import shown

    paper.pairs(
        [
            (_("File"), file.name),
            (_("Account"), file.account),
            (_("Layout"), f"{file.profile} ({file.parser_version})"),
            (_("Days"), days(file.starts_on, file.ends_before)),
            (_("Opening balance"), shown(_money(file.opening, file.currency), spoken())),
            (_("Closing balance"), shown(_money(file.closing, file.currency), spoken())),
            (_("Lines"), shown(file.lines, spoken())),
            (_("Twice"), shown(file.duplicates, spoken())),
            ("SHA-256", file.sha256),
            (_("Taken in"), shown(file.received_at, spoken())),
            (_("By"), file.received_by),
        ]
    )
    if file.faults:
        faults.show_problems(found, file.faults)
