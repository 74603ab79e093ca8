"""`tadshin tranche ...`: when partners' commitments are paid, and what lets each part be called."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from models.rules.authority import Action
from models.rules.tranches import MOST_TRANCHES, PlannedTranche, TrancheState, Trigger
from tadshin.terminal import paper
from tadshin.terminal.choices import partner_keys
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import Noun, argument, option
from tadshin.terminal.language import _, fill, named, spoken
from tadshin.terminal.plans import lay_out, read_plan
from tadshin.terminal.promised import call_name, commitment_named, partner_named, promise_meant
from tadshin.terminal.values import DAY_FIRST, Day, Whole, project_key, reason

if TYPE_CHECKING:
    from sqlmodel import Session

    from models.queries.tranches import PlanLine, TrancheLine

_STYLES = {TrancheState.OVERDUE: "red", TrancheState.PAID: "green", TrancheState.DRAFTED: "yellow"}


@click.group("tranche", cls=Noun)
def tranche() -> None:
    """The parts in which a partner pays what it has promised."""


@tranche.command(
    "list",
    examples=(
        "tadshin tranche list tamesna-complex",
        "tadshin tranche list tamesna-complex PARTNER --json",
    ),
)
@project_key
@argument(
    "partner",
    metavar="[PARTNER]",
    required=False,
    help="Only this partner's: a key or a name of `tadshin partner list`.",
    shell_complete=partner_keys,
)
@click.pass_obj
def list_them(desk: Desk, key: str, partner: str | None) -> None:
    """List the tranches promised for a project: what lets each be called, and where it stands."""
    from models.clock import local_day
    from models.queries.partners import match_partner
    from models.queries.projects import find_project, place_of
    from models.queries.tranches import list_plans

    with desk.reading() as session:
        found = find_project(session, key)
        desk.allow(session, Action.READ, place_of(found))
        body = match_partner(session, partner, key).key if partner is not None else None
        plans = list_plans(session, found, on=local_day(desk.now), partner=body)
    data = {"project": key, "commitments": [_as_data(plan) for plan in plans]}
    desk.answer(data, lambda: _show(plans))


@tranche.command(
    "plan",
    examples=(
        "tadshin tranche plan tamesna-complex PARTNER --tranche 30%@stage:construction"
        " --tranche 5000000@date:2026-06-30 --tranche 2500000@progress:50@2026-11-30"
        " --tranche rest@document:provisional_acceptance --as LOGIN",
    ),
)
@project_key
@partner_named
@option(
    "--tranche",
    "texts",
    multiple=True,
    required=True,
    metavar="TRANCHE",
    help="AMOUNT@TRIGGER:VALUE[@DATE], once for each in their order. AMOUNT: dirhams, a percentage of"
    " the commitment, or “rest”. TRIGGER:VALUE: date:DATE, stage:STAGE, progress:PERCENT or"
    " document:CODE. DATE: when the money is expected.",
)
@commitment_named
@click.pass_obj
def plan(desk: Desk, key: str, partner: str, texts: tuple[str, ...], reference: str) -> None:
    """Write the whole plan of a commitment; the tranches must come to what is left of it.

    A plan replaces the one before, but for what was called, which must stay in its place as it is. A
    tranche without a date keeps the one that it has, or is expected at the end of the budget year.
    """
    from models.operations.tranches import plan_tranches

    desk.arrive()
    asked = read_plan(texts, day_first=True if spoken() in DAY_FIRST else None)
    with desk.writing() as session:
        body, reference = promise_meant(session, key, partner, reference)
        before = _plan_of(desk, session, key, body, reference)
        laid = lay_out(asked, before.net, _planned(before), _usual_day(desk, before))
        plan_tranches(
            session,
            project=key,
            partner=body,
            reference=reference,
            tranches=laid.tranches,
            by=desk.login(),
            at=desk.now,
        )
        after = _plan_of(desk, session, key, body, reference)
    changed = _planned(after) != _planned(before)
    words = _("The tranches of {partner} for {project} are planned: {amount}.")
    if not changed:
        words = _("The tranches of {partner} for {project} were planned so already: {amount}.")
    sentences = [fill(words, partner=after.partner.name(spoken()), project=key, amount=after.planned)]
    if laid.assumed:
        told = _(
            "No day was given for tranches {numbers}: expected on {day}, to be moved when it is known."
        )
        numbers = list(laid.assumed)
        sentences.append(fill(told, numbers=numbers, day=laid.tranches[numbers[0] - 1].expected_on))
    data = {"project": key, **_as_data(after), "assumed": laid.assumed, "changed": changed}
    desk.answer(data, lambda: _show_planned(after, sentences))


@tranche.command(
    "move",
    examples=('tadshin tranche move tamesna-complex PARTNER 2 --to 2026-11-30 --reason "..." --as LOGIN',),
)
@project_key
@partner_named
@argument("number", type=Whole(1, MOST_TRANCHES), metavar="NUMBER", help="The tranche's number.")
@option("--to", "expected_on", type=Day(), metavar="DATE", required=True, help="When it is expected now.")
@commitment_named
@reason
@click.pass_obj
def move(
    desk: Desk, key: str, partner: str, number: int, expected_on: date, reference: str, reason: str
) -> None:
    """Expect a tranche on another day; what lets it be called stays, unless that is the day itself."""
    from models.operations.tranches import move_tranche

    with desk.writing() as session:
        body, reference = promise_meant(session, key, partner, reference)
        moved = move_tranche(
            session,
            project=key,
            partner=body,
            reference=reference,
            number=number,
            expected_on=expected_on,
            reason=reason,
            by=desk.login(),
            at=desk.now,
        )
        plan = _plan_of(desk, session, key, body, reference)
    line = next(one for one in plan.tranches if one.number == number)
    sentence = _("Tranche {number} of {partner} for {project} is expected on {day}.")
    if not moved.changed:
        sentence = _("Tranche {number} of {partner} for {project} was expected on {day} already.")
    words = fill(sentence, number=number, partner=plan.partner.name(spoken()), project=key, day=expected_on)
    data = {"project": key, "partner": body, "reference": reference, "tranche": _tranche_data(line)}
    desk.done({**data, "changed": moved.changed}, words)


def _plan_of(desk: Desk, session: "Session", key: str, partner: str, reference: str) -> "PlanLine":
    from models.clock import local_day
    from models.queries.projects import find_project
    from models.queries.tranches import list_plans

    plans = list_plans(session, find_project(session, key), on=local_day(desk.now), partner=partner)
    return next(plan for plan in plans if plan.reference == reference)


def _planned(plan: "PlanLine") -> dict[int, PlannedTranche]:
    return {
        one.number: PlannedTranche(
            one.amount, one.trigger, one.expected_on, one.stage, one.progress, one.document
        )
        for one in plan.tranches
    }


def _usual_day(desk: Desk, plan: "PlanLine") -> date:
    """Return when a tranche without a day is expected: the end of the budget year, of this one if past.

    Source: docs/rules.md, X31.
    """
    from models.clock import local_day

    this_year = local_day(desk.now).year
    return date(max(plan.budget_year or this_year, this_year), 12, 31)


def _as_data(plan: "PlanLine") -> dict[str, Any]:
    body = plan.partner
    return {
        "partner": body.key,
        "name": {"ar": body.name_ar, "fr": body.name_fr, "en": body.name_en},
        "reference": plan.reference,
        "convention": plan.convention or None,
        "in_kind": plan.in_kind,
        "signed_on": plan.signed_on,
        "committed": plan.net,
        "planned": plan.planned,
        "tranches": [_tranche_data(one) for one in plan.tranches],
    }


def _tranche_data(line: "TrancheLine") -> dict[str, Any]:
    call = line.call
    return {
        "number": line.number,
        "amount": line.amount,
        "trigger": line.trigger,
        "stage": line.stage,
        "progress": line.progress / 100 if line.progress is not None else None,
        "document": line.document or None,
        "expected_on": line.expected_on,
        "state": line.state,
        "call": {"id": str(call.id), "number": call.number, "paid": call.paid} if call else None,
        "due_on": call.due_on if call else None,
        "flag": (call.flag or None) if call else None,
    }


def _show(plans: Sequence["PlanLine"]) -> None:
    if not plans:
        paper.line(_("Nothing is promised for this project yet: tadshin commitment set."))
        return
    for plan in plans:
        paper.line(_heading(plan), style="bold")
        if plan.tranches:
            _show_tranches(plan)
        for sentence in _lacks(plan):
            paper.line(sentence, style="yellow")


def _heading(plan: "PlanLine") -> str:
    words = _("{partner}, {reference}: {amount}")
    return fill(words, partner=plan.partner.name(spoken()), reference=plan.reference, amount=plan.net)


def _lacks(plan: "PlanLine") -> Iterator[str]:
    """Give what keeps a commitment from being called: a plan, a signature."""
    if plan.in_kind:
        yield _("Promised in kind: it has no tranches.")
        return
    if not plan.tranches:
        yield _("No tranches are planned yet: tadshin tranche plan.")
    elif plan.planned != plan.net:
        yield fill(_("The tranches come to {planned}."), planned=plan.planned)
    if plan.signed_on is None:
        yield _("Not signed yet: nothing is called on it.")


def _show_tranches(plan: "PlanLine") -> None:
    from notifications.words import shown

    columns = [
        paper.Column(_("No."), whole=True, right=True),
        paper.Column(_("Amount"), whole=True, right=True),
        paper.Column(_("Is called")),
        paper.Column(_("Expected"), whole=True),
        paper.Column(_("State")),
        paper.Column(_("Call"), whole=True),
        paper.Column(_("Paid"), whole=True, right=True, spare=True),
    ]
    rows: list[tuple[paper.Cell, ...]] = [
        (
            str(one.number),
            shown(one.amount, spoken()),
            trigger_words(one),
            one.expected_on.isoformat(),
            (_state(one), _STYLES.get(one.state, "")),
            call_name(one.call.number, one.call.id) if one.call else "",
            shown(one.call.paid, spoken()) if one.call and one.call.paid else "",
        )
        for one in plan.tranches
    ]
    paper.table(columns, rows)


def _state(line: "TrancheLine") -> str:
    from notifications.words import shown

    state = shown(line.state, spoken())
    if line.call is None or not line.call.flag:
        return state
    return fill(_("{state}; in doubt: {flag}"), state=state, flag=named("call_flag", line.call.flag))


def trigger_words(line: Any) -> str:
    """Say what lets a tranche be called: of a tranche, or of a call with what it is about."""
    if line.trigger is Trigger.STAGE:
        return fill(_("on entering “{stage}”"), stage=line.stage)
    if line.trigger is Trigger.PROGRESS:
        return fill(_("once the works are at {percent}%"), percent=Decimal(line.progress) / 100)
    if line.trigger is Trigger.DOCUMENT:
        return fill(_("with the document “{document}”"), document=named("evidence", line.document))
    return fill(_("on {day}"), day=line.expected_on)


def _show_planned(plan: "PlanLine", sentences: Sequence[str]) -> None:
    _show_tranches(plan)
    paper.line(sentences[0], style="green")
    for sentence in sentences[1:]:
        paper.line(sentence, style="yellow")
