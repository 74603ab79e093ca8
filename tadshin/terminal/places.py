"""`tadshin place ...`: the regions and provinces, with the codes by which they are named."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from tadshin.terminal import paper
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import Noun, option
from tadshin.terminal.language import LANGUAGES, _, spoken

if TYPE_CHECKING:
    from models.places import Province, Region


@click.group("place", cls=Noun)
def place() -> None:
    """The regions and provinces of Morocco, with their codes and names."""


@place.command("list", examples=("tadshin place list", "tadshin place list --regions --json"))
@option("--regions", "regions_alone", is_flag=True, help="Only the regions.")
@click.pass_obj
def list_all(desk: Desk, regions_alone: bool) -> None:
    """List the regions and, below each, its provinces and prefectures.

    Wherever a region or a province is asked for, its code or any of its names will do.
    """
    from models import places

    listed = [
        (region, [one for one in places.provinces() if one.region == region.code and not regions_alone])
        for region in places.regions()
    ]
    data = [
        {**_as_data(region), **({} if regions_alone else {"provinces": [_as_data(one) for one in below]})}
        for region, below in listed
    ]
    desk.answer({"regions": data}, lambda: _show(listed, regions_alone))


def _as_data(place: "Region | Province") -> dict[str, Any]:
    return {"code": place.code, "name": {language: place.name(language) for language in LANGUAGES}}


def _show(listed: "Sequence[tuple[Region, list[Province]]]", regions_alone: bool) -> None:
    languages = sorted(LANGUAGES, key=lambda language: language != spoken())
    titles = {"ar": _("In Arabic"), "fr": _("In French"), "en": _("In English")}
    columns = [
        paper.Column(_("Code"), whole=True),
        *(paper.Column(titles[language], spare=language != spoken()) for language in languages),
    ]
    rows: list[list[paper.Cell]] = []
    for region, below in listed:
        style = "" if regions_alone else "bold"
        rows.append([(text, style) for text in (region.code, *map(region.name, languages))])
        rows += [[f"  {one.code}", *map(one.name, languages)] for one in below]
    paper.table(columns, rows)
