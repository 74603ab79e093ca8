"""How a gate is told: every criterion for scripts; for people what is missing, by who owes it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from models.rules.gates import CRITERIA, Verdict
from models.rules.needs import AnyOf, Booked, Funded, Need, OnDuty, Planned, Signed
from models.rules.stages import Stage, Status
from tadshin.terminal import paper
from tadshin.terminal.language import _, _n, fill, spoken

if TYPE_CHECKING:
    from models.tables import Project

_HANDS = {"proposed_by": "propose", "certified_by": "certify", "approved_by": "approve"}
_MONEY = {"gap_stated": "gap state", "gap_closed": "commitment set"}


def as_data(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Return the criteria of a gate as scripts read them."""
    from notifications.words import describe_lack, describe_verdict

    listed = []
    for verdict in verdicts:
        words = describe_verdict(verdict, spoken())
        listed.append(
            {
                "rule": verdict.rule,
                "code": verdict.code,
                "hard": verdict.hard,
                "met": verdict.met,
                "waived": verdict.waived,
                "owner": verdict.owner,
                "text": words.text,
                "settle": words.settle,
                "owner_text": words.owner,
                "lacks": [
                    {**lack.as_json(), "text": describe_lack(lack, spoken())} for lack in verdict.lacks
                ],
            }
        )
    return listed


def report(project: "Project", entered: Stage, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return a gate as scripts read it."""
    return {
        "project": project.key,
        "from": project.stage,
        "to": entered,
        "open": is_open(project, verdicts),
        "status": project.status,
        "criteria": as_data(verdicts),
    }


def is_open(project: "Project", verdicts: Sequence[Verdict]) -> bool:
    """Tell whether the move would be made now."""
    return project.status is Status.ACTIVE and all(verdict.passes for verdict in verdicts)


def show(key: str, left: Stage, entered: Stage, verdicts: Sequence[Verdict], every: bool = False) -> None:
    """Print a gate: what is missing, by who owes it, what would settle it, and the next step."""
    missing = [verdict for verdict in verdicts if not verdict.passes]
    if missing:
        shut = _n(
            "shut, {count} criterion of {all} is missing",
            "shut, {count} criteria of {all} are missing",
            len(missing),
        )
        state = shut.replace("{all}", str(len(verdicts)))
    else:
        state = _("open")
    paper.line(
        fill(
            _("{project}, from {left} to {entered}: {state}."),
            project=key,
            left=left,
            entered=entered,
            state=state,
        ),
        style="bold",
    )
    told = [v for v in verdicts if every or not v.met]
    for owner in dict.fromkeys(verdict.owner for verdict in told):
        _show_owner([verdict for verdict in told if verdict.owner is owner])
    paper.line()
    paper.line(fill(_("Next step: {command}"), command=next_step(key, entered, missing)))


def next_step(key: str, entered: Stage, missing: Sequence[Verdict]) -> str:
    """Return the command that settles what comes first, or that makes the move."""
    if not missing:
        return f"tadshin project advance {key} --to {entered} --as LOGIN"
    hands_last = sorted(missing, key=lambda verdict: isinstance(_need(verdict), Signed))
    return _command(key, entered, _need(hands_last[0]))


def _show_owner(verdicts: Sequence[Verdict]) -> None:
    from notifications.words import describe_verdict

    paper.line()
    owner = describe_verdict(verdicts[0], spoken()).owner
    paper.line(owner[:1].upper() + owner[1:], style="bold underline")
    rows: list[tuple[paper.Cell, ...]] = []
    for verdict in verdicts:
        words = describe_verdict(verdict, spoken())
        rows.append((verdict.rule, _state(verdict), words.text))
        if not verdict.passes:
            rows.append(("", "", (f"→ {words.settle}", "dim")))
    paper.lists(rows)


def _state(verdict: Verdict) -> tuple[str, str]:
    if verdict.met:
        return _("met"), "green"
    if verdict.waived:
        return _("waived"), "yellow"
    return (_("needed"), "red") if verdict.hard else (_("may be waived"), "yellow")


def _need(verdict: Verdict) -> Need | None:
    criterion = CRITERIA.get(verdict.rule)
    return criterion.need if criterion else None


def _command(key: str, entered: Stage, need: Need | None) -> str:
    match need:
        case Signed(hand=hand):
            target = f" --to {entered}" if hand == "proposed_by" else ""
            return f"tadshin project {_HANDS[hand]} {key}{target} --as LOGIN"
        case OnDuty(duty=duty):
            return f"tadshin project duty {key} {duty} LOGIN --as LOGIN"
        case Funded(question=question):
            return f"tadshin {_MONEY.get(question, 'commitment set')} {key} ... --as LOGIN"
        case Booked(paper=paper):
            return _command(key, entered, paper)
        case AnyOf(ways=(first, *_rest)):
            return _command(key, entered, first)
    code = need.codes[0] if isinstance(need, Planned) else getattr(need, "code", "CODE")
    return f"tadshin evidence add {key} {code} ... --as LOGIN"
