"""`tadshin money cashflow`: what comes in and goes out each month, as each partner has paid so far."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.rules.authority import Action
from models.rules.money import Money
from tadshin.terminal.desk import Desk
from tadshin.terminal.language import _, fill, spoken
from tadshin.terminal.money import money
from tadshin.terminal.money_scope import Scope, on_day, open_scope, picture_file, some_projects
from tadshin.terminal.money_tables import frame_of, serve

if TYPE_CHECKING:
    from sqlmodel import Session

    from models.queries.cashflow import CashForecast
    from models.rules.cashflow import Incoming
    from reports.curves import Frame
    from reports.listings import Listing
    from reports.papers import Picture

MAIN = "MAD"
"""The currency whose months a picture shows, where there are several."""


@money.command(
    "cashflow",
    examples=(
        "tadshin money cashflow tamesna-complex",
        "tadshin money cashflow --picture cash.png --out cash.pdf",
    ),
)
@some_projects
@on_day
@picture_file
@click.pass_obj
def cashflow(desk: Desk, key: str | None, out: Path | None, on: date | None, picture: Path | None) -> None:
    """Forecast what comes in and goes out each month, for a project or the whole foundation.

    What comes in stands three times: on the day it is awaited, after the usual delay of each partner
    (the median of its own past), and with caution (what four fifths of its calls did not pass).
    """
    from models.queries.cashflow import foundation_cashflow, project_cashflow
    from reports.listings import Report

    with desk.reading() as session:
        scope = open_scope(desk, session, key, on)
        if key is None:
            desk.allow(session, Action.READ)  # its sums are of all projects
            found = foundation_cashflow(session, on=scope.day)
        else:
            found = (project_cashflow(session, key, on=scope.day),)
        payers = _payers(session, scope)
    report = Report(
        title=scope.title(_("Cash-flow forecast")),
        day=scope.day,
        language=spoken(),
        listings=[*(_months(one) for one in found), _delays(scope, found, payers)],
        lead=[fill(_("At hand: {amount}."), amount=Money(one.at_hand, one.currency)) for one in found],
        draw=lambda: _pictures(scope, found),
        sample=scope.has_samples,
    )
    drawn = {picture: _draw(_main(found), _frame(scope, picture))} if picture is not None else None
    data = {"on": scope.day, "project": key, "forecasts": [_as_data(one, payers) for one in found]}
    serve(desk, data, report, out, drawn)


def _payers(session: "Session", scope: Scope) -> frozenset[str] | None:
    """Return the partners that are to pay for the one project; None for the foundation: all."""
    from models.queries.position import partner_funds

    if scope.one is None:
        return None
    return frozenset(one.partner for one in partner_funds(session, on=scope.day, projects=scope.keys))


def _months(one: "CashForecast") -> "Listing":
    from notifications.writing import write_month
    from reports.listings import Listing

    headings = {
        "month": _("Month"),
        "outgoing": _("Going out"),
        **{f"incoming_{way}": title for way, title in _ways(_("Coming in")).items()},
        **{f"left_{way}": title for way, title in _ways(_("Left")).items()},
    }
    rows = [
        {
            "month": write_month(month.month, spoken()),
            "outgoing": Money(month.outgoing, one.currency),
            **_three("incoming", month.incoming, one.currency),
            **_three("left", month.left, one.currency),
        }
        for month in one.months
    ]
    balances = [name for name in headings if name.startswith("left")]
    title = fill(_("Month by month, {currency}"), currency=one.currency)
    return Listing(title, headings, rows, unsummed=balances)


def _ways(what: str) -> dict[str, str]:
    return {
        "planned": fill(_("{what}, planned"), what=what),
        "likely": fill(_("{what}, likely"), what=what),
        "cautious": fill(_("{what}, cautious"), what=what),
    }


def _three(name: str, amounts: "Incoming", currency: str) -> dict[str, Money]:
    return {
        f"{name}_{way}": Money(getattr(amounts, way), currency) for way in ("planned", "likely", "cautious")
    }


def _delays(scope: Scope, found: Sequence["CashForecast"], payers: frozenset[str] | None) -> "Listing":
    from reports.listings import Listing

    headings = {
        "partner": _("Partner"),
        "median": _("Usual delay, days"),
        "most": _("Delay of four fifths, days"),
    }
    delays = {key: delay for one in found for key, delay in one.delays.items()}
    rows: list[dict[str, Any]] = [
        {"partner": scope.partner(key), "median": delay.median, "most": delay.most}
        for key, delay in sorted(delays.items())
        if payers is None or key in payers
    ]
    if found:
        others = found[0].otherwise
        rows.append({"partner": _("Others, as all together"), "median": others.median, "most": others.most})
    return Listing(_("Past delay of the partners"), headings, rows)


def _as_data(one: "CashForecast", payers: frozenset[str] | None) -> dict[str, Any]:
    return {
        "currency": one.currency,
        "at_hand": Money(one.at_hand, one.currency),
        "months": [
            {
                "month": f"{month.month:%Y-%m}",
                "outgoing": Money(month.outgoing, one.currency),
                "incoming": _amounts(month.incoming, one.currency),
                "left": _amounts(month.left, one.currency),
            }
            for month in one.months
        ],
        "delays": [
            {"partner": key, "median": delay.median, "most": delay.most}
            for key, delay in sorted(one.delays.items())
            if payers is None or key in payers
        ],
        "otherwise": {"median": one.otherwise.median, "most": one.otherwise.most},
    }


def _amounts(amounts: "Incoming", currency: str) -> dict[str, Money]:
    return {way: Money(getattr(amounts, way), currency) for way in ("planned", "likely", "cautious")}


def _main(found: Sequence["CashForecast"]) -> "CashForecast | None":
    """Return the forecast that a picture shows: dirhams where there are some."""
    return next((one for one in found if one.currency == MAIN), found[0] if found else None)


def _draw(one: "CashForecast | None", frame: "Frame") -> bytes:
    from reports.curves import CashMonth, cash_flow

    months = one.months if one is not None else ()
    currency = one.currency if one is not None else MAIN
    points = [
        CashMonth(
            month.month,
            Money(month.incoming.likely, currency),
            Money(month.outgoing, currency),
            Money(month.left.likely, currency),
        )
        for month in months
    ]
    return cash_flow(points, frame)


def _pictures(scope: Scope, found: Sequence["CashForecast"]) -> list["Picture"]:
    from reports.papers import Picture

    words = scope.title(_("Cash-flow forecast"))
    return [
        Picture(_draw(one, _frame(scope)).decode(), f"{words} · {one.currency}")
        for one in found
        if one.months
    ]


def _frame(scope: Scope, picture: Path | None = None) -> "Frame":
    return frame_of(scope, _("Cash-flow forecast, as partners usually pay"), picture)
