"""`tadshin commitment|gap|share ...`: how a project's cost is covered."""

from typing import TYPE_CHECKING, Any

import click

from models.rules.authority import Action
from models.rules.money import Money
from models.rules.tranches import ReleaseKind
from tadshin.terminal import paper
from tadshin.terminal.choices import OneOf
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import Noun, argument, option
from tadshin.terminal.language import _, fill, spoken
from tadshin.terminal.promised import commitment_named, partner_named, promise_meant
from tadshin.terminal.proposing import answer_proposed
from tadshin.terminal.values import Amount, Day, Whole, project_key, reason

if TYPE_CHECKING:
    from models.operations.commitments import CommitmentSet
    from models.queries.commitments import CommitmentLine, MoneyFacts

_AMOUNT = 'The amount in dirhams: 1250.50 or "1 250,50".'


@click.group("commitment", cls=Noun)
def commitment() -> None:
    """What partners have promised for a project."""


@click.group("gap", cls=Noun)
def gap() -> None:
    """The part of the cost that nobody has promised yet."""


@click.group("share", cls=Noun)
def share() -> None:
    """What the foundation pays itself."""


@commitment.command(
    "set",
    examples=(
        "tadshin commitment set tamesna-complex PARTNER 2500000 --reference 'Conv. 12/2026'"
        " --signed 2026-02-01 --year 2026 --line 34.10 --as LOGIN",
    ),
)
@project_key
@partner_named
@argument("amount", type=Amount(), metavar="AMOUNT", help=_AMOUNT)
@option(
    "--reference",
    metavar="TEXT",
    required=True,
    help="The convention or letter; the same one again corrects what is written.",
)
@option("--signed", "signed_on", type=Day(), metavar="DATE", help="The day on which it was signed.")
@option("--year", "budget_year", type=Whole(1999, 2100), metavar="YEAR", help="The partner's budget year.")
@option("--line", "budget_line", default="", metavar="TEXT", help="The partner's budget line.")
@option("--in-kind", is_flag=True, help="Promised in kind: land, works or equipment.")
@option(
    "--reason",
    default="",
    metavar="TEXT",
    help="Why, for whoever decides on a large one; the reference otherwise.",
)
@click.pass_obj
def set_commitment(desk: Desk, /, key: str, partner: str, **given: Any) -> None:
    """Write what a partner has promised for a project, or correct it.

    A large one is proposed, and written when a second person has approved it: `tadshin change approve`.
    A correction is as large as the larger of the two amounts.
    """
    from models.operations.promises import promise
    from models.queries.commitments import load_money
    from models.queries.four_eyes import find_change
    from models.queries.partners import match_partner
    from models.tables import MoneyProposal

    at = desk.now
    with desk.writing() as session:
        body = match_partner(session, partner, key).key
        made = promise(session, project=key, partner=body, **given, by=desk.login(), at=at)
        if isinstance(made, MoneyProposal):
            proposed = find_change(session, made.id.hex)
        facts = load_money(session, key)
    if isinstance(made, MoneyProposal):
        answer_proposed(desk, proposed, at)
        return
    written = next(
        c for c in facts.commitments if (c.partner, c.reference) == (body, made.commitment.reference)
    )
    _answer_set(desk, key, made, written)


@commitment.command("list", examples=("tadshin commitment list tamesna-complex",))
@project_key
@click.pass_obj
def list_commitments(desk: Desk, key: str) -> None:
    """List the promises for a project, and how they stand against its budget."""
    from models.queries.commitments import money_of
    from models.queries.projects import find_project, place_of

    with desk.reading() as session:
        found = find_project(session, key)
        desk.allow(session, Action.READ, place_of(found))
        facts = money_of(session, found)
    desk.answer({"project": key, **as_data(facts)}, lambda: show(facts))


@commitment.command(
    "release",
    examples=(
        "tadshin commitment release tamesna-complex PARTNER 500000 --kind written_off --on 2026-05-04"
        ' --decision "Comité 7/2026" --reason "..." --as LOGIN',
        "tadshin commitment release tamesna-complex PARTNER 500000 --kind cancelled --amendment 1"
        ' --on 2026-09-01 --decision "Avenant 1" --reason "..." --as LOGIN',
    ),
)
@project_key
@partner_named
@argument("amount", type=Amount(), metavar="AMOUNT", help="What will not come, in dirhams.")
@option(
    "--kind",
    type=OneOf(ReleaseKind, "release_kind"),
    metavar="KIND",
    required=True,
    help="cancelled, by an amendment of the convention, or written_off, by a decision.",
)
@option("--on", "decided_on", type=Day(), metavar="DATE", required=True, help="The day of the decision.")
@option(
    "--decision",
    metavar="TEXT",
    required=True,
    help="The reference of the decision; the same one again changes nothing.",
)
@option(
    "--amendment",
    type=Whole(1, 999),
    metavar="NUMBER",
    help="The number of the convention's amendment that cancels it.",
)
@option("--take-back", is_flag=True, help="Take an earlier release of this amount back.")
@commitment_named
@reason
@click.pass_obj
def release(
    desk: Desk,
    /,
    key: str,
    partner: str,
    amount: Money,
    decision: str,
    take_back: bool,
    reference: str,
    **given: Any,
) -> None:
    """Propose that a part of a commitment which was not called is released; another person decides.

    When it is approved the last tranches that were not called are lowered with it.
    """
    from models.operations.promises import propose_release
    from models.queries.four_eyes import find_change
    from models.tables import MoneyProposal

    at = desk.now
    with desk.writing() as session:
        body, promised = promise_meant(session, key, partner, reference)
        made = propose_release(
            session,
            project=key,
            partner=body,
            commitment=promised,
            amount=Money(-amount.centimes, amount.currency) if take_back else amount,
            reference=decision,
            **given,
            by=desk.login(),
            at=at,
        )
        if isinstance(made, MoneyProposal):
            proposed = find_change(session, made.id.hex)
    if isinstance(made, MoneyProposal):
        answer_proposed(desk, proposed, at)
        return
    words = _("{amount} of commitment {reference} was released already ({decision}).")
    data: dict[str, Any] = {"outcome": "released", "project": key, "partner": body}
    data["reference"] = promised
    data |= {"released": made.released, "committed": made.net, "changed": False}
    desk.done(data, fill(words, amount=made.released, reference=promised, decision=decision))


@gap.command("state", examples=('tadshin gap state tamesna-complex 5000000 --plan "..." --as LOGIN',))
@project_key
@argument("amount", type=Amount(), metavar="AMOUNT", help=_AMOUNT)
@option("--plan", metavar="TEXT", required=True, help="How it will be closed, and by when.")
@click.pass_obj
def state_gap(desk: Desk, key: str, amount: Money, plan: str) -> None:
    """State the part of the cost that nobody has promised, with the plan to close it."""
    from models.operations import commitments

    with desk.writing() as session:
        commitments.state_gap(session, project=key, amount=amount, plan=plan, by=desk.login(), at=desk.now)
    sentence = fill(_("The gap of {project} is stated: {amount}."), project=key, amount=amount)
    desk.done({"project": key, "gap": amount, "plan": plan}, sentence)


@share.command("set", examples=("tadshin share set tamesna-complex 40000000 --as LOGIN",))
@project_key
@argument("amount", type=Amount(), metavar="AMOUNT", help=_AMOUNT)
@click.pass_obj
def set_share(desk: Desk, key: str, amount: Money) -> None:
    """Set what the foundation pays itself for a project."""
    from models.operations import commitments

    with desk.writing() as session:
        over = commitments.set_foundation_share(
            session, project=key, amount=amount, by=desk.login(), at=desk.now
        )
    words = fill(_("The foundation's share of {project} is {amount}."), project=key, amount=amount)
    _answer_money(desk, {"project": key, "foundation_share": amount}, words, over)


def as_data(facts: "MoneyFacts") -> dict[str, Any]:
    """Return a project's money as scripts read it."""
    return {
        "budget": facts.budget,
        "foundation_share": facts.foundation_share,
        "commitments": [_line(line) for line in facts.commitments],
        "gap": facts.gap,
        "gap_plan": facts.gap_plan,
        "gap_stated_on": facts.gap_stated_on,
        "over_budget": facts.over_budget,
    }


def show(facts: "MoneyFacts") -> None:
    """Print a project's money: the promises, then how they stand against the budget."""
    from notifications.words import shown

    if facts.commitments:
        _show_commitments(facts)
    rows = [
        (_("Budget"), shown(facts.budget, spoken())),
        (_("Foundation's share"), shown(facts.foundation_share, spoken())),
        (_("Stated gap"), shown(facts.gap, spoken())),
    ]
    if facts.gap_plan:
        rows.append((_("Plan for the gap"), shown(facts.gap_plan, spoken())))
    if facts.over_budget is not None:
        rows.append((_("Over budget by"), shown(facts.over_budget, spoken())))
    paper.pairs(rows)


def _show_commitments(facts: "MoneyFacts") -> None:
    from notifications.words import shown

    columns = [
        paper.Column(_("Partner")),
        paper.Column(_("Reference")),
        paper.Column(_("Amount"), whole=True, right=True),
        paper.Column(_("Signed"), whole=True),
        paper.Column(_("Budget line"), spare=True),
    ]
    rows = [
        (
            line.name(spoken()),
            line.reference,
            shown(line.amount, spoken()),
            _signed(line),
            " ".join(filter(None, (str(line.budget_year or ""), line.budget_line))),
        )
        for line in facts.commitments
    ]
    paper.table(columns, rows)


def _signed(line: "CommitmentLine") -> str:
    from notifications.words import shown

    day = line.signed_on.isoformat() if line.signed_on else shown(None, spoken())
    return f"{day} ({_('in kind')})" if line.in_kind else day


def _line(line: "CommitmentLine") -> dict[str, Any]:
    return {
        "partner": line.partner,
        "reference": line.reference,
        "amount": line.amount,
        "in_kind": line.in_kind,
        "signed_on": line.signed_on,
        "budget_year": line.budget_year,
        "budget_line": line.budget_line,
        "name": {"ar": line.name_ar, "fr": line.name_fr, "en": line.name_en},
    }


def _answer_set(desk: Desk, key: str, made: "CommitmentSet", written: "CommitmentLine") -> None:
    sentence = _("The commitment of {partner} for {project} is written: {amount}.")
    if made.corrected:
        sentence = _("The commitment of {partner} for {project} is corrected: {amount}.")
    elif not made.changed:
        sentence = _("The commitment of {partner} for {project} was written so already: {amount}.")
    words = fill(sentence, partner=written.name(spoken()), project=key, amount=written.amount)
    if made.overtaken:
        left_out = _("{finding}, settled before, had left this partner out; the signature overtakes it.")
        words += " " + fill(left_out, finding=list(made.overtaken))
    data = {"outcome": "written", "project": key, "commitment": _line(written), "linked": made.linked}
    data |= {"overtakes": made.overtaken, "changed": made.changed}
    _answer_money(desk, data, words, made.over_budget)


def _answer_money(desk: Desk, data: dict[str, Any], words: str, over: Money | None) -> None:
    if over is not None:
        words += " " + fill(_("Promises and share now pass the budget by {amount}."), amount=over)
    desk.done({**data, "over_budget": over}, words)
