"""`tadshin reconcile profile ...`: how the files of each bank are laid out, and what proposes it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.rules.money import Money
from tadshin.terminal import faults, paper
from tadshin.terminal.desk import Desk
from tadshin.terminal.exits import Exit
from tadshin.terminal.grammar import Noun, argument, option
from tadshin.terminal.language import _, fill, named, spoken
from tadshin.terminal.reconciliation import reconcile
from tadshin.terminal.statement_pages import show_summary, summary_as_data

if TYPE_CHECKING:
    from intake.statements.profiles import Profile
    from intake.statements.proposing import Proposal
    from models.rules.statement_files import StatementRow


@reconcile.group("profile", cls=Noun)
def profile() -> None:
    """How the files of a bank or a ledger are laid out: kept as data that you can edit.

    Those that come with the program are in data/banks; your own, in the folder of TADSHIN_PROFILES, go
    before them.
    """


@profile.command("list", examples=("tadshin reconcile profile list",))
@click.pass_obj
def list_all(desk: Desk) -> None:
    """List the layouts that are known; a sample layout is made up, and no bank's own."""
    from intake.statements.profiles import find_profile, profile_names

    found = [find_profile(name, _own()) for name in profile_names(_own())]
    listed = [
        {
            "profile": one.name,
            "title": one.title,
            "kind": one.kind,
            "format": one.format,
            "currency": one.currency,
            "sample": one.sample,
        }
        for one in found
    ]
    columns = [
        paper.Column(_("Layout"), whole=True),
        paper.Column(_("Kind"), whole=True),
        paper.Column(_("Format"), whole=True),
        paper.Column(_("Currency"), whole=True, spare=True),
        paper.Column(_("Title")),
    ]
    rows = [
        (one.name, named("account_kind", one.kind), _FORMATS[one.format], one.currency, _title(one))
        for one in found
    ]
    desk.answer({"profiles": listed}, lambda: paper.table(columns, rows))


@profile.command("show", examples=("tadshin reconcile profile show sample-two-columns",))
@argument("name", metavar="NAME", help="The name of a layout, as the list has it.")
@click.pass_obj
def show(desk: Desk, name: str) -> None:
    """Show everything that a layout says."""
    from intake.statements.profiles import find_profile

    found = find_profile(name, _own())
    desk.answer({"profile": found.model_dump(mode="json")}, lambda: _show_profile(found))


@profile.command("check", examples=("tadshin reconcile profile check january.csv --profile my-bank",))
@argument("file", type=click.Path(path_type=Path), metavar="FILE", help="A file of this layout.")
@option("--profile", "name", metavar="NAME", required=True, help="The layout to read it by.")
@click.pass_obj
def check(desk: Desk, file: Path, name: str) -> Exit:
    """Read a file by a layout and tell what it says, without the database and without writing."""
    from intake.statements.profiles import find_profile
    from intake.statements.reading import look_through

    with desk.progress(_("Reading the file")) as read:
        summary = look_through(file, find_profile(name, _own()), own=_own(), progress=read)
    desk.answer({"name": file.name, **summary_as_data(summary)}, lambda: show_summary(summary))
    return Exit.BAD_ARGUMENTS if summary.problem_count else Exit.DONE


@profile.command(
    "propose",
    examples=(
        "tadshin reconcile profile propose january.csv",
        "tadshin reconcile profile propose january.csv --out my-bank.toml",
    ),
)
@argument("file", type=click.Path(path_type=Path), metavar="FILE", help="A sample: a file of the bank.")
@option("--out", type=click.Path(path_type=Path), metavar="FILE.toml", help="Where the layout is written.")
@click.pass_obj
def propose(desk: Desk, file: Path, out: Path | None) -> None:
    """Propose a layout from a sample file: what was recognised, what is in doubt, the first rows by it.

    Look at the rows: day, amount and label must be those of the file. A file that is written can be edited,
    and put into the folder of TADSHIN_PROFILES.
    """
    from intake.statements.proposing import propose as propose_profile
    from intake.statements.proposing import write_profile

    proposal = propose_profile(file)
    if out is not None:
        write_profile(proposal, out)
    desk.answer(_proposal_as_data(proposal, out), lambda: _show_proposal(proposal, out))


_FORMATS = {"table": "CSV, XLSX", "camt053": "CAMT.053", "mt940": "MT940"}


def _own() -> Path:
    from models.settings import load_settings

    return load_settings().profiles_folder


def _title(found: "Profile") -> str:
    titles = {str(language): title for language, title in found.title.items()}
    return titles.get(spoken()) or next(iter(titles.values()), found.name)


def _show_profile(found: "Profile") -> None:
    said = found.model_dump(mode="json")
    rows = [(_("Title"), _title(found))]
    for name, value in said.items():
        if name in ("name", "title") or value in ("", [], {}, None):
            continue
        if isinstance(value, dict):
            rows += [
                (f"{name}.{key}", _written(inner))
                for key, inner in value.items()
                if inner not in ("", [], False)
            ]
        else:
            rows.append((name, _written(value)))
    paper.pairs(rows)


def _written(value: Any) -> str:
    import json

    if isinstance(value, list):
        return " | ".join(map(str, value))
    return value if isinstance(value, str) and value.strip() else json.dumps(value, ensure_ascii=False)


def _proposal_as_data(proposal: "Proposal", out: Path | None) -> dict[str, Any]:
    return {
        "found": proposal.found,
        "unknown": proposal.unknown,
        "doubts": faults.notes_as_data(proposal.doubts),
        "toml": proposal.text,
        "file": str(out) if out else None,
        "rows": [_row_as_data(row, proposal.profile.currency) for row in proposal.rows],
        **summary_as_data(proposal.summary),
    }


def _row_as_data(row: "StatementRow", currency: str) -> dict[str, Any]:
    return {
        "row": row.row,
        "day": row.day,
        "value_day": row.value_day,
        "amount": Money(row.amount, currency),
        "label": row.label,
        "reference": row.reference,
        "counterparty": row.counterparty,
        "operation": row.operation,
        "project_code": row.project_code,
    }


def _show_proposal(proposal: "Proposal", out: Path | None) -> None:
    paper.pairs([(named("field", name), heading) for name, heading in proposal.found.items()])
    if proposal.unknown:
        words = _("Headings of which nothing is known: {headings}.")
        paper.line(fill(words, headings=", ".join(proposal.unknown)), style="yellow")
    faults.show_notes(proposal.doubts)
    _show_rows(proposal)
    show_summary(proposal.summary)
    if out is not None:
        paper.line(fill(_("{file} is written."), file=str(out)), style="green")
    else:
        paper.line(proposal.text)


def _show_rows(proposal: "Proposal") -> None:
    from notifications.words import shown

    columns = [
        paper.Column(_("Row"), whole=True, right=True),
        paper.Column(_("Day"), whole=True),
        paper.Column(_("Amount"), whole=True, right=True),
        paper.Column(_("Label")),
        paper.Column(_("Reference"), spare=True),
    ]
    rows = [
        (
            str(row.row),
            row.day.isoformat(),
            shown(Money(row.amount, proposal.profile.currency), spoken()),
            row.label,
            row.reference or row.operation,
        )
        for row in proposal.rows
    ]
    if rows:
        paper.table(columns, rows)
