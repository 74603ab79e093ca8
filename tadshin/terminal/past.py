"""What a project was on a day, rebuilt from its trail, for `tadshin project show --as-of`."""

from datetime import date
from typing import TYPE_CHECKING, Any

from tadshin.terminal import paper
from tadshin.terminal.language import _, _n, fill, named, spoken
from tadshin.terminal.standing import PartnerNames, partner_words

if TYPE_CHECKING:
    from models.rules.history import ProjectState

_NAMES = ("ar", "fr", "en")


def as_data(then: "ProjectState", day: date, partners: PartnerNames) -> dict[str, Any]:
    """Return a project's state on a day as scripts read it; `partners` has the names of all of them."""
    described = dict(then.description)
    names = {language: described.pop(f"name_{language}", "") for language in _NAMES}
    for name in ("budget_centimes", "currency"):
        described.pop(name, None)
    return {
        "project": then.key,
        "as_of": day,
        "name": names,
        "stage": then.stage,
        "stage_since": then.stage_since,
        "status": then.status,
        "suspended_at": then.suspended_at,
        **described,
        "budget": then.budget,
        "foundation_share": then.foundation_share,
        "gap": then.gap,
        "commitments": list(then.pledges.values()),
        "partners": then.partners,
        "partner_names": {key: partners[key] for key in sorted(then.partners) if key in partners},
        "duties": then.duties,
        "waivers": then.waived_on(day),
        "proposals": [{"proposal": id_, **paper.plain(one)} for id_, one in then.proposals.items()],
        "milestones": [
            {"stage": stage, "code": code, **paper.plain(dates)}
            for (stage, code), dates in then.milestones.items()
        ],
        "evidence": [{"code": code, **paper.plain(piece)} for code, piece in then.evidence.items()],
        "findings": then.findings,
        "sample": then.sample,
        "source": then.source,
        "registered_at": then.registered_at,
        "unread": then.unread,
    }


def show(then: "ProjectState", day: date, partners: PartnerNames) -> None:
    """Print a project's state on a day, its partners by the names that they have now."""
    from notifications.words import shown

    name = str(then.description.get(f"name_{spoken()}", ""))
    paper.line(f"{name} ({then.key})", style="bold")
    paper.line(fill(_("As it was at the end of {day}, from the trail alone."), day=day))
    met = sum(dates.actual is not None for dates in then.milestones.values())
    milestones = fill(_("{met} met of {all}"), met=met, all=len(then.milestones))
    paper.pairs(
        [
            (_("Stage"), fill(_("{stage}, since {day}"), stage=then.stage, day=_local(then.stage_since))),
            (_("Status"), named("status", then.status)),
            (_("Budget"), shown(then.budget, spoken())),
            (_("Foundation's share"), shown(then.foundation_share, spoken())),
            (_("Commitments"), shown(sum_of(then), spoken())),
            (_("Stated gap"), shown(then.gap.amount if then.gap else None, spoken())),
            (_("Partners"), partner_words(then.partners, partners)),
            *((named("duty", duty), login) for duty, login in sorted(then.duties.items())),
            (_("Evidence"), _n("{count} piece", "{count} pieces", len(then.evidence))),
            (_("Milestones"), milestones),
        ]
    )
    if then.unread:
        paper.line(
            _n(
                "{count} entry of the trail could not be read.",
                "{count} entries of the trail could not be read.",
                len(then.unread),
            ),
            style="red",
        )


def sum_of(then: "ProjectState") -> Any:
    """Return the sum of the promises that were in the books."""
    from models.rules.money import Money

    return sum((pledge.amount for pledge in then.pledges.values()), Money(0, then.budget.currency))


def _local(at: Any) -> date:
    from models.clock import local_day

    return local_day(at)
