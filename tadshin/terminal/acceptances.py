"""`tadshin acceptance ...`: minutes of acceptance, and the reservations noted at them."""

from datetime import date
from typing import Any

import click

from models.rules.contracts import AcceptanceKind
from tadshin.terminal import contract_pages, paper
from tadshin.terminal.choices import OneOf
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import Noun, argument, option
from tadshin.terminal.language import _, _n, fill
from tadshin.terminal.values import Day, Whole
from tadshin.terminal.works import contract_reference, dated, reading, referred

_DUE = "The day by which it is to be cleared."


@click.group("acceptance", cls=Noun)
def acceptance() -> None:
    """Acceptance of the works, provisional and definitive, with its reservations."""


@acceptance.command(
    "write",
    examples=(
        "tadshin acceptance write M-1/2026 provisional --on 2027-02-01 --reference PV-1 --as LOGIN",
        'tadshin acceptance write M-1/2026 provisional --on 2027-02-01 --reservation "..." --due 2027-03-01'
        " --as LOGIN",
    ),
)
@contract_reference
@argument(
    "kind", metavar="KIND", type=OneOf(AcceptanceKind, "acceptance_kind"), help="provisional or definitive."
)
@dated("The day of the minutes.")
@referred("The number of the minutes.", required=False)
@option(
    "--reservation",
    "reservations",
    metavar="TEXT",
    multiple=True,
    help="A defect noted in the minutes; may be repeated.",
)
@option(
    "--blocking",
    metavar="TEXT",
    multiple=True,
    help="A defect that keeps the building from being used; may be repeated.",
)
@option(
    "--due", "due_on", type=Day(), metavar="DATE", help="The day by which all of these are to be cleared."
)
@click.pass_obj
def write(
    desk: Desk,
    /,
    contract: str,
    kind: AcceptanceKind,
    dated: date,
    reference: str,
    reservations: tuple[str, ...],
    blocking: tuple[str, ...],
    due_on: date | None,
) -> None:
    """Write the minutes of an acceptance.

    The guarantee runs from the provisional acceptance. The definitive one waits for its end, and for
    every reservation to be cleared.
    """
    from models.operations.acceptances import NewReservation, accept

    noted = [NewReservation(text, due_on) for text in reservations]
    noted += [NewReservation(text, due_on, blocking=True) for text in blocking]
    with desk.writing() as session:
        changed = accept(
            session,
            contract=contract,
            kind=kind,
            dated=dated,
            reference=reference,
            reservations=noted,
            by=desk.login(),
            at=desk.now,
        )
    sentence = _("Written for {contract}: {acceptance} of {day}, {reservations}.")
    if not changed:
        sentence = _("Written for {contract} already: {acceptance} of {day}, {reservations}.")
    counted = _n("{count} reservation", "{count} reservations", len(noted))
    data = {"contract": contract, "kind": kind, "dated": dated, "reference": reference}
    data |= {"reservations": len(noted), "changed": changed}
    words = fill(sentence, contract=contract, acceptance=kind, day=dated, reservations=counted)
    desk.done(data, words)


@acceptance.command(
    "reserve",
    examples=('tadshin acceptance reserve M-1/2026 "..." --on 2027-03-10 --due 2027-04-10 --as LOGIN',),
)
@contract_reference
@argument("label", metavar="TEXT", help="What is wrong, and where.")
@dated("The day it was noted.", "noted_on")
@option("--due", "due_on", type=Day(), metavar="DATE", help=_DUE)
@option("--blocking", is_flag=True, help="It keeps the building from being used.")
@click.pass_obj
def reserve(
    desk: Desk, contract: str, label: str, noted_on: date, due_on: date | None, blocking: bool
) -> None:
    """Note a defect found after the provisional acceptance."""
    from models.operations.acceptances import NewReservation, note_reservation

    with desk.writing() as session:
        number = note_reservation(
            session,
            contract=contract,
            new=NewReservation(label, due_on, blocking),
            noted_on=noted_on,
            by=desk.login(),
            at=desk.now,
        )
    data = {"contract": contract, "number": number, "noted_on": noted_on, "due_on": due_on}
    sentence = _("Reservation {number} of {contract} is noted on {day}.")
    desk.done(
        {**data, "blocking": blocking}, fill(sentence, number=number, contract=contract, day=noted_on)
    )


@acceptance.command("clear", examples=("tadshin acceptance clear M-1/2026 1 --on 2027-04-02 --as LOGIN",))
@contract_reference
@argument(
    "number",
    metavar="NUMBER",
    type=Whole(1, 100_000),
    help="The reservation's number, as `tadshin acceptance show` tells it.",
)
@dated("The day it was cleared.", "cleared_on")
@click.pass_obj
def clear(desk: Desk, contract: str, number: int, cleared_on: date) -> None:
    """Write down that a reservation is cleared."""
    from models.operations.acceptances import clear_reservation

    with desk.writing() as session:
        changed = clear_reservation(
            session,
            contract=contract,
            number=number,
            cleared_on=cleared_on,
            by=desk.login(),
            at=desk.now,
        )
    sentence = _("Reservation {number} of {contract} is cleared on {day}.")
    if not changed:
        sentence = _("Reservation {number} of {contract} was cleared on {day} already.")
    data = {"contract": contract, "number": number, "cleared_on": cleared_on, "changed": changed}
    desk.done(data, fill(sentence, number=number, contract=contract, day=cleared_on))


@acceptance.command("show", examples=("tadshin acceptance show M-1/2026",))
@contract_reference
@option("--open", "only_open", is_flag=True, help="Show the reservations that are not cleared, alone.")
@click.pass_obj
def show(desk: Desk, contract: str, only_open: bool) -> None:
    """Show the acceptances of a contract and their reservations."""
    from models.queries.contract_facts import list_acceptances, list_reservations

    with reading(desk, contract) as read:
        minutes = list_acceptances(read.session, read.contract)
        noted = list_reservations(read.session, read.contract)
    shown = tuple(one for one in noted if not (only_open and one.cleared_on))
    data: dict[str, Any] = {"contract": contract, "acceptances": minutes, "reservations": shown}
    data |= {"open": sum(one.cleared_on is None for one in noted)}
    if minutes:
        desk.answer(data, lambda: contract_pages.show_acceptances(minutes, shown))
    else:
        desk.answer(data, lambda: paper.line(_("Nothing is accepted yet.")))
