"""`tadshin contractor ...`: who carries contracts out, and the names under which banks write them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from models.rules.authority import Action
from tadshin.terminal import paper
from tadshin.terminal.choices import contractor_names
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import Noun, argument, option
from tadshin.terminal.language import _, _n, fill
from tadshin.terminal.values import reason

if TYPE_CHECKING:
    from models.queries.contractors import ContractorLine


@click.group("contractor", cls=Noun)
def contractor() -> None:
    """Those who carry contracts out, with the other names that banks write them under."""


_of_contractor = argument(
    "contractor",
    metavar="CONTRACTOR",
    help="The contractor: its name in the contracts, or any other of its names.",
    shell_complete=contractor_names,
)
_name = argument("name", metavar="NAME", help="The other name: Arabic, French, of trade or short.")


@contractor.command(
    "list",
    examples=(
        "tadshin contractor list",
        'tadshin contractor list "Société Exemple"',
        "tadshin contractor list --unnamed --json",
    ),
)
@argument(
    "name",
    required=False,
    metavar="CONTRACTOR",
    help="Only this contractor, with where each of its names is from.",
    shell_complete=contractor_names,
)
@option("--unnamed", is_flag=True, help="Only those that are known by one name alone.")
@click.pass_obj
def list_all(desk: Desk, name: str | None, unnamed: bool) -> None:
    """List the contractors with their contracts and their other names.

    A line of the bank that writes one of these names speaks for the contractor.
    """
    from models.queries.contractors import find_contractor, list_contractors

    with desk.reading() as session:
        desk.allow(session, Action.READ)
        found = (find_contractor(session, name),) if name is not None else list_contractors(session)
    lines = [line for line in found if not (unnamed and line.in_use)]
    data = {"contractors": [_as_data(line) for line in lines]}
    desk.answer(data, lambda: _show_one(lines[0]) if name is not None and lines else _show(lines))


@contractor.command(
    "add-name",
    examples=('tadshin contractor add-name "Société Exemple" "شركة المثال" --as LOGIN',),
)
@_of_contractor
@_name
@option("--source", default="", metavar="TEXT", help="Where this is known from.")
@click.pass_obj
def add_name(desk: Desk, contractor: str, name: str, source: str) -> None:
    """Let a contractor be known by one more name; the same again changes nothing."""
    from models.operations import contractors

    with desk.writing() as session:
        found, new = contractors.add_name(
            session, contractor=contractor, name=name, source=source, by=desk.login(), at=desk.now
        )
    sentence = _("{contractor} is known as “{name}” too.")
    if not new:
        sentence = _("{contractor} was known as “{name}” already.")
    _done(desk, found, name, new, sentence)


@contractor.command(
    "remove-name",
    examples=('tadshin contractor remove-name "Société Exemple" "شركة المثال" --reason "..." --as LOGIN',),
)
@_of_contractor
@_name
@reason
@click.pass_obj
def remove_name(desk: Desk, contractor: str, name: str, reason: str) -> None:
    """Let a contractor be known by a name no more; no file brings it in again, a person may."""
    from models.operations import contractors

    with desk.writing() as session:
        found, new = contractors.remove_name(
            session, contractor=contractor, name=name, reason=reason, by=desk.login(), at=desk.now
        )
    sentence = _("{contractor} is known as “{name}” no more.")
    if not new:
        sentence = _("{contractor} was known as “{name}” no more already.")
    _done(desk, found, name, new, sentence)


def _done(desk: Desk, found: "ContractorLine", name: str, new: bool, sentence: str) -> None:
    said = name.strip()
    data = {"contractor": found.name, "name": said, "changed": new}
    desk.done(data, fill(sentence, contractor=found.name, name=said))


def _as_data(line: "ContractorLine") -> dict[str, Any]:
    return {"name": line.name, "contracts": line.contracts, "other_names": line.names}


def _show(lines: Sequence["ContractorLine"]) -> None:
    columns = [
        paper.Column(_("Contractor")),
        paper.Column(_("Contracts"), whole=True, right=True),
        paper.Column(_("Other names")),
    ]
    rows = [(line.name, str(line.contracts), " · ".join(one.name for one in line.in_use)) for line in lines]
    if rows:
        paper.table(columns, rows)
    paper.line(_n("{count} contractor.", "{count} contractors.", len(lines)), style="bold")


def _show_one(line: "ContractorLine") -> None:
    count = _n("{count} contract.", "{count} contracts.", line.contracts)
    paper.line(fill("{name}: {count}", name=line.name, count=count), style="bold")
    columns = [
        paper.Column(_("Other name")),
        paper.Column(_("Written by"), whole=True),
        paper.Column(_("Source"), spare=True),
        paper.Column(_("Taken away by"), spare=True),
    ]
    rows = [(one.name, one.written_by, one.source, one.removed_by or "") for one in line.names]
    if rows:
        paper.table(columns, rows)
    else:
        paper.line(_("It is known by no other name: tadshin contractor add-name."))
