"""`tadshin evidence ...`: the pieces of a dossier."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Any

import click

from models.rules.authority import Action
from models.rules.evidence import EVIDENCE, EvidenceType, Form, Unit, evidence_type
from models.rules.money import Money
from models.rules.obstacles import obstacle_of
from tadshin.terminal import paper
from tadshin.terminal.choices import Coded
from tadshin.terminal.desk import Desk
from tadshin.terminal.errors import NotAFile
from tadshin.terminal.grammar import Noun, argument, option
from tadshin.terminal.language import _, fill, named, spoken
from tadshin.terminal.values import Day, Hundredths, project_key

if TYPE_CHECKING:
    from models.queries.evidence import EvidenceLine
    from models.storage import StoredUpload


@click.group("evidence", cls=Noun)
def evidence() -> None:
    """The dossier of a project: documents, dated facts and measures."""


@evidence.command(
    "add",
    examples=(
        "tadshin evidence add tamesna-complex building_permit --on 2026-02-10 --file permit.pdf --as LOGIN",
        "tadshin evidence add rahma-cmp manuals --on 2026-02-10 --reference 'Box 12/2026' --as LOGIN",
        "tadshin evidence add rahma-cmp physical_progress --on 2026-02-28 --value 96.5 --as LOGIN",
    ),
)
@project_key
@argument(
    "code",
    metavar="CODE",
    type=Coded(EVIDENCE, "evidence", strictly=False),
    help="What it is: a code or a title of `tadshin evidence types`.",
)
@option("--on", "day", type=Day(), metavar="DATE", required=True, help="The date that it bears.")
@option(
    "--value",
    type=Hundredths(),
    metavar="NUMBER",
    help="What was measured: percent, a count, or dirhams, by the kind of evidence.",
)
@option(
    "--reference", default="", metavar="TEXT", help="Where the paper original is: its number or its file."
)
@option(
    "--file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The document itself; it is copied into the evidence folder.",
)
@click.pass_obj
def add(
    desk: Desk, key: str, code: str, day: date, value: int | None, reference: str, file: Path | None
) -> None:
    """Add a piece of evidence to a project's dossier.

    A document needs --file or --reference, a measure needs --value. A newer piece takes the place of
    the older one of the same code, which is kept.
    """
    from models.operations.evidence import add_evidence

    evidence_type(code)
    desk.arrive()
    with ExitStack() as held:
        stored = held.enter_context(_stored(file)) if file is not None else None
        with desk.writing() as session:
            piece = add_evidence(
                session,
                project=key,
                code=code,
                on=day,
                value=value,
                reference=reference,
                file=stored,
                by=desk.login(),
                at=desk.now,
            )
    sentence = fill(
        _("“{evidence}” of {day} is in the dossier of {project}."),
        evidence=named("evidence", code),
        day=day,
        project=key,
    )
    data = {"project": key, "evidence": piece.id, "code": code, "on": day, "value": value}
    data |= {"reference": piece.reference, "sha256": stored.sha256 if stored else None}
    desk.done(data, sentence)


@evidence.command("list", examples=("tadshin evidence list tamesna-complex",))
@project_key
@option("--all", "every", is_flag=True, help="Show the pieces that newer ones have replaced, too.")
@click.pass_obj
def list_pieces(desk: Desk, key: str, every: bool) -> None:
    """List the dossier of a project."""
    from models.queries.evidence import list_evidence
    from models.queries.projects import find_project, place_of

    with desk.reading() as session:
        desk.allow(session, Action.READ, place_of(find_project(session, key)))
        pieces = list_evidence(session, key, superseded=every)
    data = {"project": key, "evidence": [_as_data(piece) for piece in pieces]}
    desk.answer(data, lambda: _show(pieces))


@evidence.command("types", examples=("tadshin evidence types",))
@click.pass_obj
def list_types(desk: Desk) -> None:
    """List what a dossier can hold: the codes, and what each needs."""
    data = {
        "types": [
            {
                "code": kind.code,
                "form": kind.form,
                "unit": kind.unit,
                "planned": kind.planned,
                "text": named("evidence", kind.code),
            }
            for kind in EVIDENCE.values()
        ]
    }
    columns = [paper.Column(_("Code"), whole=True), paper.Column(_("What it is")), paper.Column(_("Needs"))]
    rows = [(kind.code, named("evidence", kind.code), _needs(kind)) for kind in EVIDENCE.values()]
    desk.answer(data, lambda: paper.table(columns, rows))


@contextmanager
def _stored(file: Path) -> Iterator["StoredUpload"]:
    """Keep a copy of the file for the time of the transaction; it goes when the transaction fails."""
    from models import storage
    from models.settings import load_settings

    settings = load_settings()
    try:
        if not (S_ISREG(mode := file.stat().st_mode) or S_ISDIR(mode)):  # a pipe would be waited for
            raise NotAFile(file=str(file)[:200], problem="not_a_file", number=None)
        stream = file.open("rb")  # of a folder, the system says what it is
    except (OSError, ValueError) as error:
        raise NotAFile(file=str(file)[:200], **obstacle_of(error)) from None
    folder, limit = settings.evidence_folder, settings.evidence_max_bytes
    with stream, storage.kept(stream, original_name=file.name, folder=folder, limit=limit) as stored:
        yield stored


def _as_data(piece: "EvidenceLine") -> dict[str, Any]:
    file = piece.file
    return {
        "id": piece.id,
        "code": piece.code,
        "form": piece.form,
        "on": piece.on,
        "value": piece.value,
        "unit": piece.unit,
        "reference": piece.reference,
        "file": {"name": file.original_name, "size": file.size, "sha256": file.sha256} if file else None,
        "sample": piece.sample,
        "added_by": piece.added_by,
        "added_at": piece.added_at,
        "superseded_at": piece.superseded_at,
    }


def _show(pieces: Sequence["EvidenceLine"]) -> None:

    if not pieces:
        paper.line(_("The dossier is empty."))
        return
    columns = [
        paper.Column(_("Code"), whole=True),
        paper.Column(_("What it is")),
        paper.Column(_("Of"), whole=True),
        paper.Column(_("Value"), whole=True, right=True),
        paper.Column(_("Where"), spare=True),
        paper.Column(_("Added by"), whole=True, spare=True),
    ]
    rows = [
        (
            piece.code,
            _titled(piece),
            piece.on.isoformat(),
            _measured(piece),
            piece.file.original_name if piece.file else piece.reference,
            piece.added_by,
        )
        for piece in pieces
    ]
    paper.table(columns, rows)


def _titled(piece: "EvidenceLine") -> str:
    marks = [_("sample")] if piece.sample else []
    marks += [] if piece.current else [_("replaced")]
    title = named("evidence", piece.code)
    return f"{title} ({', '.join(marks)})" if marks else title


def _measured(piece: "EvidenceLine") -> str:
    from notifications.words import shown

    if piece.value is None:
        return ""
    if piece.unit is Unit.DIRHAM:
        return shown(Money(piece.value), spoken())
    number = shown(Decimal(piece.value) / 100, spoken())
    return f"{number} %" if piece.unit is Unit.PERCENT else number


def _needs(kind: EvidenceType) -> str:
    needs = {
        Form.DOCUMENT: _("--file or --reference"),
        Form.MEASURE: _("--value"),
        Form.FACT: _("its date"),
    }[kind.form]
    unit = named("unit", kind.unit) if kind.unit else ""
    return f"{needs} ({unit})" if unit else needs
