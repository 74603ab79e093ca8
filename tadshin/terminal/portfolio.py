"""`tadshin portfolio ...`: the whole list, and bringing projects in."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from models.rules.kinds import Sector
from models.rules.stages import Stage, Status
from tadshin.terminal import paper
from tadshin.terminal.choices import OneOf, province_codes
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import Noun, option
from tadshin.terminal.language import _, _n, fill, named, spoken

if TYPE_CHECKING:
    from models.queries.projects import ProjectLine
    from models.rules.money import Money


@click.group("portfolio", cls=Noun)
def portfolio() -> None:
    """The whole portfolio: list it, total it, bring projects in from a file."""


@portfolio.command(
    "list",
    examples=(
        "tadshin portfolio list --stage construction",
        "tadshin portfolio list --sector health --json",
    ),
)
@option("--stage", type=OneOf(Stage, "stage"), metavar="STAGE", help="Only projects at this stage.")
@option("--sector", type=OneOf(Sector, "sector"), metavar="SECTOR", help="Only projects of this sector.")
@option(
    "--province",
    metavar="PROVINCE",
    help="Only projects in this province: a code or a name of `tadshin place list`.",
    shell_complete=province_codes,
)
@option("--status", type=OneOf(Status, "status"), metavar="STATUS", help="Only projects of this status.")
@click.pass_obj
def list_all(
    desk: Desk, stage: Stage | None, sector: Sector | None, province: str | None, status: Status | None
) -> None:
    """List the projects with their stage and budget, and the total.

    A person named with --as sees what they may read; without, everything is listed: whoever can
    open the database on this machine may read it.
    """
    from models import places
    from models.queries.projects import list_projects, totals

    code = places.find_province(province).code if province is not None else None
    with desk.reading() as session:
        lines = [
            line
            for line in list_projects(session, stage=stage, sector=sector, province=code, status=status)
            if desk.may_read(session, line.key, line.region)
        ]
    sums = totals(lines)
    desk.answer(_as_data(lines, sums), lambda: _show(lines, sums))


def _as_data(lines: Sequence["ProjectLine"], sums: dict[str, "Money"]) -> dict[str, Any]:
    from models.rules.money import Money

    listed = [
        {
            "key": line.key,
            "stage": line.stage,
            "status": line.status,
            "sector": line.sector,
            "province": line.province,
            "budget": line.budget,
            "name": {"ar": line.name_ar, "fr": line.name_fr, "en": line.name_en},
            "region": line.region,
            "kind": line.kind,
            "sample": line.sample,
        }
        for line in lines
    ]
    main = sums.get("MAD") or next(iter(sums.values()), Money(0))
    return {"projects": listed, "total": main, "totals": list(sums.values())}


def _show(lines: Sequence["ProjectLine"], sums: dict[str, "Money"]) -> None:
    from models import places
    from notifications.words import shown

    provinces = {place.code: place.name(spoken()) for place in places.provinces()}
    columns = [
        paper.Column(_("Key"), whole=True),
        paper.Column(_("Name")),
        paper.Column(_("Stage")),
        paper.Column(_("Province"), spare=True),
        paper.Column(_("Budget"), whole=True, right=True),
    ]
    rows = [
        (
            line.key,
            line.name(spoken()),
            _standing(line),
            provinces.get(line.province, line.province),
            shown(line.budget, spoken()),
        )
        for line in lines
    ]
    paper.table(columns, rows)
    total = ", ".join(shown(money, spoken()) for money in sums.values()) or "0"
    count = _n("{count} project", "{count} projects", len(lines))
    paper.line(fill(_("{projects}, {total} in all."), projects=count, total=total), style="bold")


def _standing(line: "ProjectLine") -> str:
    stage = named("stage", line.stage)
    return stage if line.status is Status.ACTIVE else f"{stage} ({named('status', line.status)})"
