"""The letter of a funding call, in one language: its facts put into words on a paper."""

from decimal import Decimal

from models.rules.errors import BadValue
from models.rules.evidence import EVIDENCE
from models.rules.letters import LetterFacts
from models.rules.tranches import Trigger
from models.settings import LANGUAGES
from notifications.words import say, shown
from reports.amounts import spell
from reports.papers import Paper, Paragraph, Table, to_html, to_pdf


def letter_html(facts: LetterFacts, language: str) -> str:
    """Return the letter as a page. Raises: BadValue for another language, or an amount without words."""
    return to_html(letter(facts, language))


def letter_pdf(facts: LetterFacts, language: str) -> bytes:
    """Return the letter as PDF. Raises: BadValue for another language, or an amount without words."""
    return to_pdf(letter(facts, language))


def letter(facts: LetterFacts, language: str) -> Paper:
    """Put the facts of a call into a letter: the amount in figures and in words, and what it rests on.

    Raises: BadValue for another language, or an amount without words.
    Source: docs/rules.md, Y1 to Y3.
    """
    if language not in LANGUAGES:
        raise BadValue(field="language", value=language[:20], reason="unknown_language", limit=LANGUAGES)
    project, words = facts.project.name(language), spell(facts.amount, language)
    return Paper(
        language=language,
        title=say("letter.title", language, call=facts.number),
        day=facts.issued_on,
        sample=facts.sample,
        blocks=(
            Paragraph(say("letter.sender", language), "strong"),
            Paragraph(say("letter.dated", language, day=facts.issued_on), "apart"),
            Paragraph(say("letter.to", language, partner=facts.partner.name(language)), "strong"),
            Paragraph(
                say(
                    "letter.subject", language, tranche=facts.tranche, count=facts.tranches, project=project
                )
            ),
            Paragraph(_promise(facts, language)),
            Paragraph(_because(facts, language)),
            Paragraph(say("letter.ask", language, amount=facts.amount, words=words, due=facts.due_on)),
            Table(columns=(), rows=_summary(facts, language)),
            Paragraph(say("letter.quote", language, call=facts.number)),
            Paragraph(say("letter.greeting", language)),
            Paragraph(say("letter.signature", language), "apart"),
        ),
    )


def _promise(facts: LetterFacts, language: str) -> str:
    given = {"reference": facts.commitment, "amount": facts.committed}
    if not facts.convention:
        return say("letter.promise", language, **given)
    if facts.convention_signed_on is None:
        return say("letter.promise_by", language, convention=facts.convention, **given)
    signed = {"convention": facts.convention, "signed": facts.convention_signed_on}
    return say("letter.promise_signed", language, **signed, **given)


def _because(facts: LetterFacts, language: str) -> str:
    """Say why the tranche is called, by the trigger that came true."""
    match facts.trigger:
        case Trigger.STAGE if facts.stage:
            return say("letter.because_stage", language, stage=facts.stage)
        case Trigger.PROGRESS if facts.progress:
            return say("letter.because_progress", language, progress=Decimal(facts.progress) / 100)
        case Trigger.DOCUMENT if facts.document in EVIDENCE:
            piece = say(f"evidence.{facts.document}", language)
            return say("letter.because_document", language, document=piece)
        case Trigger.DOCUMENT:
            return say("letter.because_document", language, document=facts.document)
        case _:
            return say("letter.because_date", language, day=facts.expected_on)


def _summary(facts: LetterFacts, language: str) -> list[tuple[str, str]]:
    lines = [
        (say("letter.line_call", language), facts.number),
        (say("letter.line_amount", language), facts.amount),
        (say("letter.line_due", language), facts.due_on),
    ]
    if facts.outstanding:
        lines.append((say("letter.line_outstanding", language), facts.outstanding))
    return [(title, shown(value, language)) for title, value in lines]
