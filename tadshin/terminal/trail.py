"""`tadshin audit ...` and `tadshin project history`: what happened, and whether the trail holds."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from models.rules.authority import Action
from tadshin.terminal import paper
from tadshin.terminal.desk import Desk
from tadshin.terminal.exits import Exit
from tadshin.terminal.grammar import Noun, option
from tadshin.terminal.language import _, _n, fill, named, spoken
from tadshin.terminal.projects import project
from tadshin.terminal.standing import PartnerNames
from tadshin.terminal.values import Day, project_key

if TYPE_CHECKING:
    from models.queries.trail import Verification
    from models.rules.trail import Entry


@click.group("audit", cls=Noun)
def audit() -> None:
    """The trail of everything that happened: append-only, each entry sealing the one before."""


@audit.command(
    "verify",
    examples=("tadshin audit verify", "tadshin audit verify --expect HASH"),
)
@option("--expect", "noted", metavar="HASH", help="A hash of `tadshin audit head` that you noted earlier.")
@click.pass_obj
def verify(desk: Desk, noted: str | None) -> Exit:
    """Walk along the whole trail and check every entry.

    A hash noted earlier and kept elsewhere shows whether somebody has sealed the trail anew. The exit
    code is 0 when the trail holds, 3 when it does not.
    """
    from models.queries.trail import verify as walk

    with desk.progress(_("Checking the trail")), desk.reading() as session:
        desk.allow(session, Action.VERIFY_AUDIT)
        found = walk(session, noted.strip().lower() if noted else None)
    data = {
        "holds": found.holds,
        "entries": found.entries,
        "broken": found.broken,
        "breaks": found.breaks,
        "head": {"sequence": found.head_sequence, "hash": found.head},
        "expected_found": found.noted_head,
    }
    desk.answer(data, lambda: _show_verification(found))
    return Exit.DONE if found.holds else Exit.REFUSED


@audit.command("head", examples=("tadshin audit head",))
@click.pass_obj
def head(desk: Desk) -> None:
    """Print the end of the trail: note it elsewhere, and give it to `tadshin audit verify` later."""
    from models.rules.trail import GENESIS
    from models.tables import TrailHead

    with desk.reading() as session:
        desk.allow(session, Action.VERIFY_AUDIT)
        row = session.get(TrailHead, 1)
    sequence, sealed = (row.sequence, row.hash) if row is not None else (0, GENESIS)
    desk.answer({"sequence": sequence, "hash": sealed}, lambda: paper.line(f"{sequence} {sealed}"))


@project.command(
    "history",
    examples=("tadshin project history rahma-cmp", "tadshin project history rahma-cmp --until 2026-03-31"),
)
@project_key
@option("--until", type=Day(), metavar="DATE", help="Only up to the end of this day.")
@click.pass_obj
def history(desk: Desk, key: str, until: date | None) -> None:
    """Show what has happened to a project, by whom and when."""
    from models.queries.partners import partner_names
    from models.queries.projects import find_project, place_of
    from models.queries.trail import history as entries_of

    with desk.reading() as session:
        desk.allow(session, Action.READ, place_of(find_project(session, key)))
        entries = entries_of(session, key, until)
        partners = partner_names(session)
    data = {"project": key, "entries": [_as_data(entry, partners) for entry in entries]}
    desk.answer(data, lambda: _show_history(entries, partners))


def _show_verification(found: "Verification") -> None:
    if found.holds:
        words = _n("The trail holds: {count} entry.", "The trail holds: {count} entries.", found.entries)
        paper.line(words, style="green")
    else:
        paper.line(_("The trail does not hold."), style="bold red")
    for one in found.breaks:
        paper.line(f"{one.sequence}: {named('break', one.problem)}", style="red")
    if found.noted_head is False:
        paper.line(_("The hash you noted is not in the trail: it was cut or sealed anew."), style="red")
    paper.line(
        fill(
            _("End of the trail: {sequence} {hash}"),
            sequence=str(found.head_sequence),
            hash=found.head,
        )
    )


def _as_data(entry: "Entry", partners: PartnerNames) -> dict[str, Any]:
    return {
        "sequence": entry.sequence,
        "at": entry.at,
        "by": entry.actor,
        "kind": entry.kind,
        "text": _told(entry, partners),
        "details": _payload(entry),
        "hash": entry.hash,
    }


def _show_history(entries: Sequence["Entry"], partners: PartnerNames) -> None:
    from notifications.words import shown

    columns = [
        paper.Column(_("No."), whole=True, right=True),
        paper.Column(_("When"), whole=True),
        paper.Column(_("By"), whole=True),
        paper.Column(_("What happened")),
        paper.Column(_("Reason")),
    ]
    rows = [
        (
            str(entry.sequence),
            shown(entry.at, spoken()),
            entry.actor,
            _told(entry, partners),
            str(_payload(entry).get("reason") or ""),
        )
        for entry in entries
    ]
    paper.table(columns, rows)


def _told(entry: "Entry", partners: PartnerNames) -> str:
    """Return what happened, a partner by the name it has now; the trail itself keeps its key."""
    from notifications.words import told

    details = dict(_payload(entry))
    names = partners.get(str(details.get("partner")))
    if names is not None:
        details["partner"] = names[spoken()]
    return told(f"trail.{entry.kind}", details, spoken())


def _payload(entry: "Entry") -> Mapping[str, Any]:
    try:
        payload = json.loads(entry.payload)
    except ValueError:
        return {}  # an entry that was tampered with: the verification says so
    return payload if isinstance(payload, dict) else {}
