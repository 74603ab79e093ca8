"""`tadshin reconcile snapshot`: what a run read, compared with its hash, for whoever looks into it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.rules.authority import Action
from tadshin.terminal import paper
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import argument, option
from tadshin.terminal.language import _, fill, spoken
from tadshin.terminal.reconciliation import reconcile

if TYPE_CHECKING:
    from models.queries.snapshots import KeptSnapshot


@reconcile.command(
    "snapshot",
    examples=(
        "tadshin reconcile snapshot 1a2b3c4d",
        "tadshin reconcile snapshot 1a2b3c4d --out read.jsonl",
        "tadshin reconcile snapshot 1a2b3c4d --out read.csv",
    ),
)
@argument("run", metavar="RUN", help="The first signs of a run's id, 6 at least.")
@option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the rows into a new file: .jsonl as they are kept, or .csv.",
)
@click.pass_obj
def snapshot(desk: Desk, run: str, out: Path | None) -> None:
    """Compare what a run read with its hash, and write it into a file if asked.

    Each run that changed something keeps the rows that it read: accounts, files, lines, calls and
    certificates, names, projects, rates, and what was learnt. The file .jsonl has the hash that the run
    has, byte for byte. Amounts are in hundredths, rates in ten-thousandths.
    """
    from models.queries.snapshots import TABLES, find_snapshot, read_snapshot
    from models.settings import load_settings
    from reports.snapshots import write_snapshot

    with desk.reading() as session:
        desk.allow(session, Action.READ)
        kept = find_snapshot(session, run)
    with desk.progress(_("Reading")):
        pieces = read_snapshot(kept, load_settings().snapshots_folder)
        if out is not None:
            write_snapshot(out, pieces, TABLES)
    told = {"run": kept.run, "sha256": kept.sha256, "stored": kept.stored, "file": out and str(out)}
    desk.answer(told, lambda: _show(kept, out))


def _show(kept: "KeptSnapshot", out: Path | None) -> None:
    from notifications.words import shown

    ended = shown(kept.ended_at, spoken()) if kept.ended_at is not None else ""
    paper.pairs([(_("Run"), str(kept.run)), (_("Ended"), ended), ("SHA-256", kept.sha256)])
    paper.line(_("The rows are those that the run read."), style="green")
    if out is not None:
        paper.line(fill(_("Written to {file}."), file=str(out)), style="green")
