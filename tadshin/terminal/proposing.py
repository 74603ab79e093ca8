"""What a command answers whose change of money waits for a second person."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from models.rules.four_eyes import MoneyChange
from tadshin.terminal.desk import Desk
from tadshin.terminal.language import _, fill, spoken

if TYPE_CHECKING:
    from models.queries.four_eyes import ChangeLine


def answer_proposed(desk: Desk, made: "ChangeLine", at: datetime) -> None:
    """Say that a change was proposed at this instant, or before; who decides, and how.

    Source: docs/rules.md, X37.
    """
    desk.done(proposed_data(made, at), proposed_words(made, at))


def proposed_data(made: "ChangeLine", at: datetime) -> dict[str, Any]:
    """Return what was proposed at this instant, or before, as scripts read it."""
    from models.clock import local_day

    return {"outcome": "proposed", "again": made.proposed_at != at, **as_data(made, local_day(at))}


def proposed_words(made: "ChangeLine", at: datetime) -> str:
    """Return what was proposed at this instant, or before; who decides, and how."""
    from models.clock import local_day

    sentence = _("Proposed: {change} ({name}). Another person decides: {who}.")
    if made.proposed_at != at:
        sentence = _(
            "Waiting already: {change} ({name}), proposed by {by} on {day}. Another person decides: {who}."
        )
    day = local_day(made.proposed_at)
    words = [
        fill(
            sentence,
            change=made.change,
            name=made.name,
            by=made.proposed_by,
            day=day,
            who=deciders_of(made),
        ),
        how_to_approve(made),
    ]
    return "\n".join(words)


def how_to_approve(made: "ChangeLine") -> str:
    """Return the command by which another person approves; what files bring in, by the same files."""
    if made.change is not MoneyChange.COMMITMENT_IMPORT:
        return fill(_("To approve it: tadshin change approve {name} --as LOGIN"), name=made.name)
    if made.terms["layout"] == "books":
        return _(
            "To approve it, that person brings the same files in: tadshin money import-books ... --as LOGIN"
        )
    return _("To approve it, that person brings the same files in: tadshin money import ... --as LOGIN")


def deciders_of(line: "ChangeLine") -> str:
    """Return the roles that decide on a proposal, in the language spoken."""
    from notifications.words import listed

    return listed(line.who, spoken(), "or")


def as_data(line: "ChangeLine", today: date) -> dict[str, Any]:
    """Return a proposal as scripts read it."""
    return {
        "proposal": line.name,
        "id": line.id,
        "change": line.change,
        "project": line.project,
        "amount": line.amount,
        "terms": line.terms,
        "reason": line.reason,
        "state": line.state,
        "who": line.who,
        "proposed_by": line.proposed_by,
        "proposed_at": line.proposed_at,
        "days": line.days(today),
        "decided_by": line.decided_by,
        "decided_at": line.decided_at,
        "decision_reason": line.decision_reason,
    }
