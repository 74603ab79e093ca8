"""`tadshin reconcile learnt|forget`: how banks call parties and references, as runs and people taught."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from models.rules.lessons import LessonKind
from tadshin.terminal import paper
from tadshin.terminal.choices import partner_keys
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import argument, option
from tadshin.terminal.language import _, _n, fill, named, spoken
from tadshin.terminal.reconcile_run import of_account
from tadshin.terminal.reconciliation import reconcile
from tadshin.terminal.values import reason

if TYPE_CHECKING:
    from models.queries.lessons import LessonLine


@reconcile.command(
    "learnt",
    examples=("tadshin reconcile learnt", "tadshin reconcile learnt --party PARTNER --account BMCE --json"),
)
@option(
    "--party",
    metavar="PARTY",
    help="Only of this partner (its key), or of this contractor (its name).",
    shell_complete=partner_keys,
)
@of_account
@option("--forgotten", is_flag=True, help="What was forgotten, instead.")
@click.pass_obj
def learnt(desk: Desk, party: str | None, account: str | None, forgotten: bool) -> None:
    """List how each bank account calls partners and contractors, as certain matches and people taught."""
    from models.queries.lessons import list_lessons

    with desk.reading() as session:
        found = list_lessons(session, party=party, account=account, forgotten=forgotten)
    desk.answer({"lessons": [_as_data(one) for one in found]}, lambda: _show(found))


@reconcile.command("forget", examples=('tadshin reconcile forget 1a2b3c4d --reason "..." --as LOGIN',))
@argument("name", metavar="LESSON", help="Its first signs in `tadshin reconcile learnt`, 6 at least.")
@reason
@click.pass_obj
def forget(desk: Desk, name: str, reason: str) -> None:
    """Let a lesson count no more; no run learns it again, a person's decision may."""
    from models.operations import lessons

    with desk.writing() as session:
        found, changed = lessons.forget(session, lesson=name, reason=reason, by=desk.login(), at=desk.now)
        data = {"lesson": found.id.hex[:8], "value": found.value, "changed": changed}
    sentence = _("“{value}” is forgotten.")
    if not changed:
        sentence = _("“{value}” was forgotten already.")
    desk.done(data, fill(sentence, value=data["value"]))


def _as_data(one: "LessonLine") -> dict[str, Any]:
    return {
        "lesson": one.name,
        "id": one.id,
        "account": one.account or None,
        "partner": one.partner,
        "party": one.party,
        "kind": one.kind,
        "value": one.value,
        "times": one.times,
        "source": one.source,
        "learnt_at": one.learnt_at,
        "forgotten_by": one.forgotten_by,
        "forgotten_at": one.forgotten_at,
        "reason": one.reason or None,
    }


def _called(one: "LessonLine") -> str:
    """Return a spelling, or the word before a number with what that number is then."""
    habit, _colon, word = one.value.partition(":")
    if one.kind is not LessonKind.REFERENCE:
        return one.value
    return fill(_("{word}: {meaning}"), word=word, meaning=named("habit", habit))


def _show(found: Sequence["LessonLine"]) -> None:
    columns = [
        paper.Column(_("Lesson"), whole=True),
        paper.Column(_("Account")),
        paper.Column(_("Party")),
        paper.Column(_("As printed")),
        paper.Column(_("Times"), whole=True, right=True),
        paper.Column(_("Taught by"), spare=True),
    ]
    rows = [
        (
            one.name,
            one.account,
            one.party[spoken()],
            _called(one),
            str(one.times),
            named("lesson_source", one.source),
        )
        for one in found
    ]
    if rows:
        paper.table(columns, rows)
    paper.line(_n("{count} lesson.", "{count} lessons.", len(found)), style="bold")
