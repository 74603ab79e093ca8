"""`tadshin reconcile ...`: what the bank moved, matched with what was called and certified."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tadshin.terminal import paper
from tadshin.terminal.desk import Desk
from tadshin.terminal.exits import Exit
from tadshin.terminal.figures import percent
from tadshin.terminal.grammar import Noun, argument, option
from tadshin.terminal.language import _, _n, fill, spoken

if TYPE_CHECKING:
    from reconcile.outcome import Outcome
    from reconcile.reading import BooksUnreadable
    from reconcile.vocabulary import WordsUnreadable


@click.group("reconcile", cls=Noun)
def reconcile() -> None:
    """Match the lines of bank and ledger with the tranches and certificates that they pay."""


@reconcile.command("books", examples=("tadshin reconcile books DIR --out matches.csv",))
@argument("folder", metavar="DIR", type=click.Path(path_type=Path), help="A folder of books, as CSV.")
@option(
    "--out",
    "out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    required=True,
    help="Where the matches are written, as CSV; a file that is there is replaced.",
)
@click.pass_obj
def books(desk: Desk, folder: Path, out: Path) -> int | None:
    """Match a folder of books that are kept elsewhere, without the database.

    Only what is certain is matched; of the rest up to three suggestions are written for each line. The
    same files always give the same answer, in whatever order their rows stand.
    """
    from models.settings import load_settings
    from reconcile.matching import match
    from reconcile.reading import BooksUnreadable, read_books
    from reconcile.vocabulary import WordsUnreadable, read_vocabulary
    from reconcile.writing import write_matches

    try:
        with desk.progress(_("Matching")):
            words = read_vocabulary(load_settings().reconciliation_words)
            outcome = match(read_books(folder), vocabulary=words)
    except (BooksUnreadable, WordsUnreadable) as error:
        _refuse(desk, error)
        return Exit.BAD_ARGUMENTS
    write_matches(outcome, out)
    desk.answer(_as_data(outcome, out), lambda: _show(outcome, out))
    return None


def _as_data(outcome: "Outcome", out: Path) -> dict[str, Any]:
    thresholds = {
        stage: {"least": one.least, "cases": one.cases, "wrong": one.wrong, "cautious": one.is_cautious}
        for stage, one in outcome.thresholds.items()
    }
    return {
        "file": str(out),
        "counts": outcome.counts(),
        "thresholds": thresholds,
        "notes": list(outcome.notes),
    }


def _show(outcome: "Outcome", out: Path) -> None:
    counts = outcome.counts()
    names = {
        "lines": _("Lines"),
        "matched": _("Matched"),
        "suggested": _("With suggestions for a person"),
        "duplicates": _("Printed twice"),
        "reversals": _("Taken back, with what they take back"),
        "corrections": _("Moved between projects by the ledger"),
        "fees": _("Fees"),
        "others": _("Of no call or certificate"),
    }
    paper.pairs([(words, str(counts[name])) for name, words in names.items()])
    _show_thresholds(outcome)
    for note in outcome.notes:
        paper.line(_note(note), style="yellow")
    paper.line(fill(_("Written to {file}."), file=str(out)), style="green")


def _show_thresholds(outcome: "Outcome") -> None:
    """Say from where each kind of match was booked, and why."""
    kinds = {
        "single": _("one line, one target"),
        "merged": _("one line, several targets"),
        "split": _("one target, several lines"),
    }
    for kind, name in kinds.items():
        one = outcome.thresholds[kind]
        words = (
            _("{kind}: few known answers ({cases}), so that only the surest are booked, from {share}.")
            if one.is_cautious
            else _("{kind}: booked from {share}; of {cases} known answers {wrong} went wrong from there.")
        )
        share = percent(round(one.least * 1000) * 10)
        style = "yellow" if one.is_cautious else "dim"
        paper.line(fill(words, kind=name, cases=one.cases, wrong=one.wrong, share=share), style=style)


def _note(note: Mapping[str, object]) -> str:
    if note["note"] == "file_absent":
        return fill(_("{file} is not there; the run went on without it."), file=str(note["file"]))
    if note["note"] == "rates_absent":
        return fill(_("There is no rate of {currency}."), currency=note["currency"])
    if note["note"] == "rates_end":
        words = _("The rates of {currency} end on {day}; {count} later lines are read by that last rate.")
        return fill(words, currency=note["currency"], day=note["day"], count=note["lines"])
    words = _("Lines name projects that are not in the books: {codes}.")
    return fill(words, codes=note["codes"])


_REASONS: Mapping[str, Callable[[], str]] = {
    "file_missing": lambda: _("the file is missing"),
    "not_a_folder": lambda: _("there is no such folder"),
    "not_a_table": lambda: _("this is no table of CSV"),
    "column_missing": lambda: _("the column is missing"),
    "bad_amount": lambda: _("no amount with a point and two decimals"),
    "bad_date": lambda: _("no date such as 2026-03-31"),
    "bad_number": lambda: _("no whole number"),
    "bad_rate": lambda: _("no rate"),
    "duplicate_key": lambda: _("an id that stands there already"),
    "currency_not_dirham": lambda: _("an amount that is not in dirhams"),
    "unknown_kind": lambda: _("no kind of word"),
    "not_one_word": lambda: _("not one word"),
    "empty": lambda: _("nothing stands there"),
    "too_long": lambda: _("too long"),
}


def _refuse(desk: Desk, error: "BooksUnreadable | WordsUnreadable") -> None:
    from notifications.words import sentence

    details: dict[str, Any] = dict(error.details)
    problems = [{**one, "message": _REASONS[one["reason"]]()} for one in details["problems"]]
    told = {
        "error": error.code,
        "message": sentence(error, spoken()),
        **error.details,
        "problems": problems,
    }
    desk.answer(told, lambda: _show_problems(problems, details["count"]))


def _show_problems(problems: list[dict[str, Any]], count: int) -> None:
    columns = [
        paper.Column(_("File"), whole=True),
        paper.Column(_("Row"), whole=True, right=True),
        paper.Column(_("Field")),
        paper.Column(_("Problem")),
    ]
    rows = [
        (
            str(one["file"]),
            str(one["row"] or ""),
            str(one["column"]),
            f"{one['message']} {one['value']}".strip(),
        )
        for one in problems
    ]
    paper.table(columns, rows)
    if count > len(problems):
        paper.line(_n("and {count} more", "and {count} more", count - len(problems)))
    words = _n(
        "Nothing is matched: {count} problem to put right.",
        "Nothing is matched: {count} problems to put right.",
        count,
    )
    paper.line(words, style="red")
