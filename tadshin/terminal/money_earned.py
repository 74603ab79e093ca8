"""`tadshin money earned-value`: what was planned, earned and certified, and where that leads."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.rules.money import Money
from tadshin.terminal import paper
from tadshin.terminal.desk import Desk
from tadshin.terminal.language import _, spoken
from tadshin.terminal.money import money
from tadshin.terminal.money_scope import Scope, on_day, open_scope, picture_file, some_projects
from tadshin.terminal.money_tables import frame_of, serve, totals_as_data

if TYPE_CHECKING:
    from models.rules.earned_value import EarnedValue, SPoint, Works
    from reports.curves import Frame
    from reports.listings import Report
    from reports.papers import Picture

_MAIN = "MAD"
_AMOUNTS = ("budget", "pv", "ev", "ac", "eac_by_cost", "eac_by_budget", "eac_by_both")
_SUMMED = ("budget", "pv", "ev", "ac")
_RATIOS = ("cpi", "spi", "tcpi")
_EACH_LINE, _MOST_LINES = 40, 60


@money.command(
    "earned-value",
    examples=(
        "tadshin money earned-value tamesna-complex",
        "tadshin money earned-value tamesna-complex --picture curve.png --out works.pdf",
    ),
)
@some_projects
@on_day
@picture_file
@click.pass_obj
def earned_value(
    desk: Desk, key: str | None, out: Path | None, on: date | None, picture: Path | None
) -> None:
    """Show planned, earned and certified value, the indices, and what the works will cost in the end.

    PV: planned by the first payment curves. EV: the measured progress of the contracts. AC: certified.
    EAC: if costs go on as so far, as budgeted from now on, or as costs and time so far together.
    A ratio over nothing is told as none.
    """
    from models.queries.earned_value import load_works
    from models.rules import earned_value as rules

    with desk.reading() as session:
        scope = open_scope(desk, session, key, on)
        works = load_works(session, list(scope.names), on=scope.day)
    rows = [_row(scope, one, rules.earned_value(works[one], scope.day)) for one in scope.names]
    data = {"on": scope.day, "projects": rows, "totals": totals_as_data(rows, _SUMMED)}
    drawn = None
    if picture is not None:
        currency = _main(scope)
        drawn = {picture: _draw(_curve(scope, works, currency), currency, _frame(scope, picture))}
    points = _curve(scope, works, scope.currencies[key]) if key is not None else ()
    if key is not None:
        data["curve"] = [_point(point, scope.currencies[key]) for point in points]
    serve(desk, data, _report(scope, rows, works, out), out, drawn)
    if out is None and not desk.as_json:
        _show_curve(points)


def _main(scope: Scope) -> str:
    """Return the currency whose curve a picture shows: dirhams where there are some."""
    found = set(scope.currencies.values())
    return _MAIN if _MAIN in found or not found else min(found)


def _curve(scope: Scope, works: Mapping[str, "Works"], currency: str) -> Sequence["SPoint"]:
    from models.rules.earned_value import joint_curve

    together = [works[key] for key, kind in scope.currencies.items() if kind == currency]
    return joint_curve(together, scope.day)


def _row(scope: Scope, key: str, one: "EarnedValue") -> dict[str, Any]:
    currency = scope.currencies[key]
    amounts = {name: _money(getattr(one, name), currency) for name in _AMOUNTS}
    told = {"name": scope.names[key], **amounts, **{name: getattr(one, name) for name in _RATIOS}}
    return {**scope.of_project(key), **told, "days_late": one.days_late}


def _point(point: "SPoint", currency: str) -> dict[str, Any]:
    amounts = {name: _money(getattr(point, name), currency) for name in ("planned", "earned", "actual")}
    return {"day": point.day, **amounts}


def _money(centimes: int | None, currency: str) -> Money | None:
    return None if centimes is None else Money(centimes, currency)


def _report(
    scope: Scope, rows: Sequence[Mapping[str, Any]], works: Mapping[str, "Works"], out: Path | None
) -> "Report":
    from reports.listings import Listing, Report

    cells = [
        {name: _("no ratio") if value is None else value for name, value in scope.cells(row).items()}
        for row in rows
    ]
    unsummed = [name for name in _AMOUNTS if name not in _SUMMED]
    headings = {**scope.whose(out), **_headings()}
    return Report(
        title=scope.title(_("Earned value")),
        day=scope.day,
        language=spoken(),
        listings=[Listing(_("Earned value"), headings, cells, unsummed=unsummed)],
        sample=scope.has_samples,
        draw=lambda: _pictures(scope, works),
    )


def _headings() -> dict[str, str]:
    return {
        "budget": _("Contracts"),
        "pv": _("Planned (PV)"),
        "ev": _("Earned (EV)"),
        "ac": _("Certified (AC)"),
        "cpi": _("CPI"),
        "spi": _("SPI"),
        "eac_by_cost": _("EAC by cost"),
        "eac_by_budget": _("EAC by budget"),
        "eac_by_both": _("EAC by both"),
        "tcpi": _("TCPI"),
        "days_late": _("Days late"),
    }


def _frame(scope: Scope, picture: Path | None = None) -> "Frame":
    return frame_of(scope, _("Earned value"), picture)


def _draw(points: Sequence["SPoint"], currency: str, frame: "Frame") -> bytes:
    from reports.curves import CurvePoint, s_curve

    drawn = [
        CurvePoint(
            point.day,
            Money(point.planned, currency),
            _money(point.earned, currency),
            _money(point.actual, currency),
        )
        for point in points
    ]
    return s_curve(drawn, frame)


def _pictures(scope: Scope, works: Mapping[str, "Works"]) -> list["Picture"]:
    from reports.papers import Picture

    words = scope.title(_("Earned value"))
    curves = {currency: _curve(scope, works, currency) for currency in sorted({*scope.currencies.values()})}
    return [
        Picture(_draw(points, currency, _frame(scope)).decode(), f"{words} · {currency}")
        for currency, points in curves.items()
        if points
    ]


def _show_curve(points: Sequence["SPoint"]) -> None:
    """Draw the curve with letters: time runs down, money from left to right."""
    most = max((max(point.planned, point.earned or 0, point.actual or 0) for point in points), default=0)
    if most <= 0:
        return
    step = -(-len(points) // _MOST_LINES)
    paper.line()
    paper.line(_("█ earned, ░ planned, ◆ certified"), style="bold")
    paper.lists([(f"{point.day:%d/%m/%Y}", _bar(point, most)) for point in points[::step]])


def _bar(point: "SPoint", most: int) -> str:
    planned, earned, actual = (
        (amount or 0) * _EACH_LINE // most for amount in (point.planned, point.earned, point.actual)
    )
    signs = ["█" if place < earned else "░" if place < planned else " " for place in range(_EACH_LINE)]
    if actual > 0:
        signs[actual - 1] = "◆"
    return "".join(signs).rstrip() or "·"
