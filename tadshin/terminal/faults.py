"""What is wrong with the rows of files that people hand in, and what else they should know of them."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from tadshin.terminal import paper
from tadshin.terminal.language import _, _n, named, spoken

if TYPE_CHECKING:
    from models.rules.money_rows import Located
    from models.rules.portfolio import Problem
    from notifications.described import Noted

MOST_SHOWN, MOST_LISTED = 50, 1000
"""Lines of one kind on the screen, and in JSON (docs/rules.md, X7)."""

_UNSAID = frozenset({"unsaid", "unsaid_by_all"})


def problems_as_data(problems: Sequence["Problem"], count: int) -> dict[str, Any]:
    """Return problems as scripts read them, the first ones and how many there are."""
    return {
        "problem_count": count,
        "problems": [problem_as_data(problem) for problem in problems[:MOST_LISTED]],
    }


def located_as_data(problems: Sequence["Located"], count: int) -> dict[str, Any]:
    """Return problems of several files as scripts read them, each with its file."""
    listed = problems[:MOST_LISTED]
    return {
        "problem_count": count,
        "problems": [{"file": one.file, **problem_as_data(one.problem)} for one in listed],
    }


def problem_as_data(problem: "Problem") -> dict[str, Any]:
    """Return one problem as scripts read it."""
    return {
        "row": problem.row,
        "field": problem.field,
        "code": problem.code,
        "value": problem.value,
        "message": problem_words(problem),
        **problem.details,
    }


def notes_as_data(notes: Iterable["Noted"]) -> list[dict[str, Any]]:
    """Return notes as scripts read them."""
    return [{"code": note.code, "message": note_words(note), **note.details} for note in notes]


def show_notes(notes: Sequence["Noted"]) -> None:
    """Print what was passed over or taken as it is."""
    for note in notes[:MOST_SHOWN]:
        paper.line(note_words(note), style="yellow")
    _show_rest(len(notes))


def show_problems(problems: Sequence["Problem"], count: int) -> None:
    """Print the problems of one file by row and field, then that nothing is written."""
    rows = [_row(problem) for problem in problems[:MOST_SHOWN]]
    _show([], rows, [problem.code for problem in problems], count)


def show_located(problems: Sequence["Located"], count: int) -> None:
    """Print the problems of several files by file, row and field, then that nothing is written."""
    rows = [(one.file, *_row(one.problem)) for one in problems[:MOST_SHOWN]]
    _show([paper.Column(_("File"), whole=True)], rows, [one.problem.code for one in problems], count)


def problem_words(problem: "Problem") -> str:
    """Return why a cell or a row cannot be taken."""
    from notifications.words import describe_problem

    return describe_problem(problem, spoken())


def note_words(note: "Noted") -> str:
    """Return what was passed over or taken as it is."""
    from notifications.words import describe_note

    return describe_note(note, spoken())


def _row(problem: "Problem") -> tuple[str, str, str]:
    field = named("field", problem.field) if problem.field else ""
    return str(problem.row), field, problem_words(problem)


def _show(
    before: list[paper.Column], rows: Sequence[Sequence[str]], codes: Sequence[str], count: int
) -> None:
    columns = [
        *before,
        paper.Column(_("Row"), whole=True, right=True),
        paper.Column(_("Field")),
        paper.Column(_("Problem")),
    ]
    paper.table(columns, rows)
    _show_rest(count)
    words = _n(
        "Nothing is written: {count} problem to put right.",
        "Nothing is written: {count} problems to put right.",
        count,
    )
    paper.line(words, style="red")
    if "unknown_partner" in codes:
        paper.line(_("A partner that is new is added first, on purpose: tadshin partner add."))
    if not _UNSAID.isdisjoint(codes):
        paper.line(_("What the books do not say of new projects: --sector, --kind, --province."))


def _show_rest(count: int) -> None:
    if count > MOST_SHOWN:
        paper.line(_n("and {count} more", "and {count} more", count - MOST_SHOWN))
