"""What a command answers whose change of money waits for a second person."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from tadshin.terminal.desk import Desk
from tadshin.terminal.language import _, fill, spoken

if TYPE_CHECKING:
    from models.queries.four_eyes import ChangeLine


def answer_proposed(desk: Desk, made: "ChangeLine", at: datetime) -> None:
    """Say that a change was proposed at this instant, or before; who decides, and how.

    Source: docs/rules.md, X37.
    """
    from models.clock import local_day

    again = made.proposed_at != at
    sentence = _("Proposed: {change} ({name}). Another person decides: {who}.")
    if again:
        sentence = _(
            "Waiting already: {change} ({name}), proposed by {by} on {day}. Another person decides: {who}."
        )
    day = local_day(made.proposed_at)
    how = _("To approve it: tadshin change approve {name} --as LOGIN")
    words = [
        fill(part, change=made.change, name=made.name, by=made.proposed_by, day=day, who=deciders_of(made))
        for part in (sentence, how)
    ]
    data = {"outcome": "proposed", "again": again, **as_data(made, local_day(at))}
    desk.done(data, "\n".join(words))


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
