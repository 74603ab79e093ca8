"""A gate's verdicts as people read them beside a run: a page for one project, rows for many."""

from collections.abc import Sequence
from typing import Any

from models.operations.moves import MoveAnswer
from models.rules.gates import Verdict
from notifications.words import describe_verdict, say, shown


def as_markdown(answer: MoveAnswer, language: str) -> str:
    """Write one answer with every verdict of its gate as Markdown."""
    header = [say(f"column.{name}", language) for name in ("rule", "criterion", "owner", "verdict")]
    lines = [
        f"# {_cell(in_a_line(answer, language))}",
        "",
        f"| {' | '.join(header)} |",
        "| --- | --- | --- | --- |",
    ]
    lines += [_line(verdict, language) for verdict in answer.verdicts]
    return "\n".join(lines)


def in_a_line(answer: MoveAnswer, language: str) -> str:
    """Say one answer in a sentence; a refusal names the rules that are not met."""
    return say(
        f"run.{answer.outcome}",
        language,
        project=answer.project,
        entered=answer.entered,
        missing=_missing(answer) or answer.code,
    )


def as_rows(answers: Sequence[MoveAnswer], language: str) -> list[dict[str, Any]]:
    """Write the answers of a run over many projects as rows of a table."""
    return [
        {
            say("column.project", language): answer.project,
            say("column.answer", language): shown(answer.outcome, language),
            say("column.why", language): _missing(answer) or answer.code,
        }
        for answer in answers
    ]


def _missing(answer: MoveAnswer) -> str:
    return ", ".join(verdict.rule for verdict in answer.verdicts if not verdict.passes)


def _line(verdict: Verdict, language: str) -> str:
    state = "waived" if verdict.waived else "met" if verdict.met else "missing"
    cells = (
        verdict.rule,
        describe_verdict(verdict, language).text,
        shown(verdict.owner, language),
        say(f"verdict.{state}", language),
    )
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
