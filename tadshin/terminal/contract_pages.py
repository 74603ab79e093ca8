"""How a contract is shown: what it stands at, then what was written of it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from tadshin.terminal import paper
from tadshin.terminal.language import _, fill, named, spoken
from tadshin.terminal.works import day, month, passed_limits, section

if TYPE_CHECKING:
    from models.queries.contract_facts import AcceptanceLine, ContractFile, ReservationLine
    from models.queries.contracts import ContractPosition, PlannedMonth


def show(found: "ContractFile") -> None:
    """Print a contract and everything that was written of it."""
    paper.pairs([*_signed(found.position), *_time(found.position), *_money(found.position)])
    if found.position.over_limits:
        paper.line(passed_limits(found.position.over_limits).strip(), style="yellow")
    _show_orders(found)
    _show_amendments(found)
    _show_bonds(found)
    if found.acceptances or found.reservations:
        section(_("Acceptances"))
        show_acceptances(found.acceptances, found.reservations)
    if found.planned:
        section(_("Payments planned"))
        show_plan(found.planned)


def show_plan(months: "Sequence[PlannedMonth]") -> None:
    """Print a payment curve."""
    from notifications.words import shown

    columns = [paper.Column(_("Month"), whole=True), paper.Column(_("Amount"), whole=True, right=True)]
    paper.table(columns, [(month(one.month), shown(one.amount, spoken())) for one in months])


def show_acceptances(
    minutes: "Sequence[AcceptanceLine]", reservations: "Sequence[ReservationLine]"
) -> None:
    """Print the acceptances of a contract and their reservations."""
    columns = [
        paper.Column(_("Acceptance")),
        paper.Column(_("On"), whole=True),
        paper.Column(_("Reference")),
    ]
    rows = [(named("acceptance_kind", one.kind), day(one.dated), one.reference) for one in minutes]
    paper.table(columns, rows)
    if reservations:
        section(_("Reservations"))
        _show_reservations(reservations)


def _show_reservations(reservations: "Sequence[ReservationLine]") -> None:
    columns = [
        paper.Column(_("No."), whole=True, right=True),
        paper.Column(_("Reservation")),
        paper.Column(_("Noted on"), whole=True, spare=True),
        paper.Column(_("Due on"), whole=True),
        paper.Column(_("Cleared on"), whole=True),
    ]
    rows: list[tuple[paper.Cell, ...]] = [
        (
            str(one.number),
            (f"{one.label} ({_('blocking')})" if one.blocking else one.label),
            day(one.noted_on),
            day(one.due_on),
            day(one.cleared_on),
        )
        for one in reservations
    ]
    paper.table(columns, rows)


def _signed(position: "ContractPosition") -> Iterator[tuple[str, str]]:
    from notifications.words import shown

    mark = f" ({_('sample')})" if position.sample else ""
    yield _("Contract"), f"{position.reference} ({named('contract_kind', position.kind)}){mark}"
    yield _("Project"), position.project
    yield _("Budget line"), position.line
    yield _("Contractor"), position.contractor
    if position.subject:
        yield _("Subject"), position.subject
    yield _("Signed"), day(position.signed_on)
    yield _("As of"), day(position.on)
    yield _("Amount"), shown(position.amount, spoken())
    if position.amendments:
        yield _("Amendments"), shown(position.amendments, spoken())
        yield _("Amount with amendments"), shown(position.total, spoken())


def _time(position: "ContractPosition") -> Iterator[tuple[str, str]]:
    from notifications.words import shown

    yield _("Started on"), day(position.started_on)
    if position.stopped_days:
        stopped = shown(timedelta(days=position.stopped_days), spoken())
        yield _("Stopped for"), f"{stopped} ({_('still stopped')})" if position.stopped else stopped
    yield _("Time ends on"), day(position.ends_on)
    if position.days_late:
        yield _("Late by"), shown(timedelta(days=position.days_late), spoken())
    if position.accepted_on:
        yield _("Guarantee ends on"), day(position.guarantee_until)


def _money(position: "ContractPosition") -> Iterator[tuple[str, str]]:
    from notifications.words import shown

    capped = _("{amount} of {cap} at most")
    held = fill(capped, amount=position.retention_held, cap=position.retention_cap)
    penalty = fill(capped, amount=position.penalty, cap=position.penalty_cap)
    yield _("Certified"), shown(position.certified, spoken())
    if position.revision:
        yield _("Price revision"), shown(position.revision, spoken())
    yield _("Retention held"), held
    if position.advance:
        yield _("Advance to recover"), shown(position.advance_left, spoken())
    if position.penalty:
        yield _("Penalty for delay"), penalty
    yield _("Net of all accounts"), shown(position.net, spoken())
    yield _("Paid"), shown(position.paid, spoken())
    yield _("Owed"), shown(position.owed, spoken())
    if position.overdue:
        yield _("Overdue"), shown(position.overdue, spoken())


def _show_orders(found: "ContractFile") -> None:
    if not found.orders:
        return
    section(_("Service orders"))
    columns = [paper.Column(_("Order")), paper.Column(_("On"), whole=True), paper.Column(_("Reference"))]
    paper.table(columns, [(named("order_kind", o.kind), day(o.dated), o.reference) for o in found.orders])


def _show_amendments(found: "ContractFile") -> None:
    from notifications.words import shown

    if not found.amendments:
        return
    section(_("Amendments"))
    columns = [
        paper.Column(_("No."), whole=True, right=True),
        paper.Column(_("What it changes")),
        paper.Column(_("Amount"), whole=True, right=True),
        paper.Column(_("Days"), whole=True, right=True),
        paper.Column(_("Signed"), whole=True),
        paper.Column(_("Reference"), spare=True),
    ]
    rows = [
        (
            str(one.number),
            named("amendment_kind", one.kind),
            shown(one.amount, spoken()),
            shown(one.days, spoken()),
            day(one.signed_on),
            one.reference,
        )
        for one in found.amendments
    ]
    paper.table(columns, rows)


def _show_bonds(found: "ContractFile") -> None:
    from notifications.words import shown

    if not found.bonds:
        return
    section(_("Bonds"))
    columns = [
        paper.Column(_("Bond")),
        paper.Column(_("Reference")),
        paper.Column(_("Amount"), whole=True, right=True),
        paper.Column(_("Lodged on"), whole=True),
        paper.Column(_("Released on"), whole=True),
    ]
    rows = [
        (
            named("security_kind", one.kind),
            one.reference,
            shown(one.amount, spoken()),
            day(one.lodged_on),
            day(one.released_on),
        )
        for one in found.bonds
    ]
    paper.table(columns, rows)
