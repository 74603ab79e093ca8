"""Conventions as people read them: a list, and one of them with what rests on it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from tadshin.terminal import paper
from tadshin.terminal.language import _, _n, spoken

if TYPE_CHECKING:
    from models.queries.conventions import ConventionLine, RestingLine


def show_all(lines: Sequence["ConventionLine"]) -> None:
    """Print conventions, one a line, and how many are not signed by all."""
    from notifications.words import shown

    if not lines:
        paper.line(_("No conventions here."))
        return
    columns = [
        paper.Column(_("Convention")),
        paper.Column(_("Title"), spare=True),
        paper.Column(_("Signed"), whole=True),
        paper.Column(_("Still to sign")),
        paper.Column(_("Ends"), whole=True),
        paper.Column(_("Projects"), whole=True, right=True),
    ]
    rows: list[tuple[paper.Cell, ...]] = [
        (
            _title(line),
            line.title,
            _day(line.signed_on),
            (
                shown([party.name(spoken()) for party in line.unsigned], spoken()) if line.unsigned else "",
                "yellow",
            ),
            _day(line.ends_on),
            str(len(line.projects)),
        )
        for line in lines
    ]
    paper.table(columns, rows)
    unsigned = sum(bool(line.unsigned) for line in lines)
    words = _n("{count} convention.", "{count} conventions.", len(lines))
    if unsigned:
        words += " " + _n("{count} not signed by all.", "{count} not signed by all.", unsigned)
    paper.line(words, style="bold")


def show(
    line: "ConventionLine",
    resting: Sequence["RestingLine"],
    names: Mapping[str, Mapping[str, str]],
) -> None:
    """Print one convention: its parties, its amendments, and the commitments that rest on it."""
    from notifications.words import shown

    paper.pairs(
        [
            (_("Convention"), _title(line)),
            (_("Title"), line.title or shown(None, spoken())),
            (_("Signed"), _day(line.signed_on)),
            (_("Ends"), _day(line.ends_on)),
            (_("Days to pay a call"), str(line.payment_days)),
        ]
    )
    columns = [paper.Column(_("Party")), paper.Column(_("Signed"), whole=True)]
    paper.table(columns, [(party.name(spoken()), _day(party.signed_on)) for party in line.parties])
    if line.amendments:
        columns = [
            paper.Column(_("Amendment"), whole=True, right=True),
            paper.Column(_("Signed"), whole=True),
            paper.Column(_("Subject")),
        ]
        paper.table(
            columns, [(str(one.number), _day(one.signed_on), one.subject) for one in line.amendments]
        )
    if not resting:
        paper.line(_("No commitment rests on it yet: tadshin convention link."))
        return
    columns = [
        paper.Column(_("Project"), whole=True),
        paper.Column(_("Partner")),
        paper.Column(_("Commitment")),
        paper.Column(_("Amount"), whole=True, right=True),
    ]
    rows = [
        (one.project, names[one.partner][spoken()], one.reference, shown(one.amount, spoken()))
        for one in resting
    ]
    paper.table(columns, rows)


def _title(line: "ConventionLine") -> str:
    return f"{line.reference} ({_('sample')})" if line.sample else line.reference


def _day(day: date | None) -> str:
    from notifications.words import shown

    return day.isoformat() if day else shown(None, spoken())
