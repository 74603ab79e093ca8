"""Where a project stands: its facts gathered for `tadshin project show`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from models.rules.stages import Stage
from tadshin.terminal import commitments, milestones, paper
from tadshin.terminal.gates import is_open
from tadshin.terminal.language import _, _n, fill, named, spoken

if TYPE_CHECKING:
    from sqlmodel import Session

    from models.queries.commitments import MoneyFacts
    from models.queries.milestones import MilestoneLine
    from models.rules.dossier import Dossier
    from models.rules.gates import Verdict
    from models.tables import MoveRequest, Project, Proposal

PartnerNames = Mapping[str, Mapping[str, str]]
"""The names of partners, by key and language."""

_HANDS = ("proposed_by", "certified_by", "approved_by")


@dataclass(frozen=True)
class Standing:
    """Everything that `project show` says of a project today."""

    project: "Project"
    dossier: "Dossier"
    verdicts: "tuple[Verdict, ...]"
    money: "MoneyFacts"
    proposal: "Proposal | None"
    kept: "list[MoveRequest]"
    """Moves that were asked for and wait to be carried out."""
    milestones: "tuple[MilestoneLine, ...]"
    duties: dict[str, str]
    partners: PartnerNames

    @property
    def entered(self) -> Stage | None:
        return self.project.stage.following

    @property
    def missing(self) -> int:
        return sum(not verdict.passes for verdict in self.verdicts)

    @property
    def is_open(self) -> bool:
        return self.entered is not None and is_open(self.project, self.verdicts)

    @property
    def open_milestones(self) -> "tuple[MilestoneLine, ...]":
        return tuple(line for line in self.milestones if line.actual is None)


def read(session: "Session", project: "Project", today: date) -> Standing:
    """Gather the facts of a project as they are today."""
    from models.queries.commitments import money_of
    from models.queries.dossiers import live_proposal, load_dossier
    from models.queries.milestones import list_milestones
    from models.queries.moves import kept_for
    from models.queries.partners import partner_names
    from models.queries.people import list_people
    from models.rules.gates import ask_gate

    dossier = load_dossier(session, project, today)
    names = partner_names(session)
    return Standing(
        project=project,
        dossier=dossier,
        verdicts=ask_gate(dossier),
        money=money_of(session, project),
        proposal=live_proposal(session, project.id, project.stage.following, today),
        kept=kept_for(session, project.id),
        milestones=list_milestones(session, project.id),
        duties={
            duty: person.login
            for person in list_people(session)
            for key, duty in person.duties
            if key == project.key
        },
        partners={key: names[key] for key in sorted(dossier.partners)},
    )


def as_data(now: Standing) -> dict[str, Any]:
    """Return a project as scripts read it."""
    row = now.project
    return {
        "project": row.key,
        "name": {"ar": row.name_ar, "fr": row.name_fr, "en": row.name_en},
        "stage": row.stage,
        "stage_since": row.stage_since,
        "status": row.status,
        "suspended_at": row.suspended_at,
        "sector": row.sector,
        "kind": row.kind,
        "beds": row.beds,
        "province": row.province,
        "region": row.region,
        "site": {"ar": row.site_ar, "fr": row.site_fr},
        "budget": row.budget,
        "money": commitments.as_data(now.money),
        "partners": list(now.partners),
        "partner_names": now.partners,
        "duties": now.duties,
        "gate": {"to": now.entered, "open": now.is_open, "missing": now.missing} if now.entered else None,
        "proposal": _proposal_as_data(now.proposal),
        "waiting": [
            {"request": one.id, "to": one.entered, "asked_by": one.asked_by, "asked_at": one.asked_at}
            for one in now.kept
        ],
        "waivers": now.dossier.waivers,
        "milestones": now.milestones,
        "sample": row.sample,
        "source": row.source,
    }


def show(now: Standing) -> None:
    """Print a project: who it is, where it stands, its money, what comes next."""
    row = now.project
    paper.line(f"{row.name(spoken())} ({row.key})", style="bold")
    paper.pairs(_description(now))
    paper.line()
    commitments.show(now.money)
    if now.open_milestones:
        paper.line()
        paper.line(_("Open milestones"), style="bold underline")
        milestones.show(now.open_milestones)


def _description(now: Standing) -> list[tuple[str, str]]:
    from models import places

    row = now.project
    where = [place.name(spoken()) for place in places.provinces() if place.code == row.province]
    rows = [
        (_("Stage"), fill(_("{stage}, since {day}"), stage=row.stage, day=_local(row.stage_since))),
        (_("Status"), named("status", row.status)),
        (_("Sector"), named("sector", row.sector)),
        (_("Kind"), named("kind", row.kind)),
        (_("Province"), where[0] if where else row.province),
        (_("Partners"), partner_words(now.partners, now.partners)),
    ]
    rows += [(named("duty", duty), login) for duty, login in sorted(now.duties.items())]
    if now.entered is not None:
        rows.append((_("Next gate"), _gate_words(now, now.entered)))
    rows += [(_("Waits to be carried out"), _kept_words(one)) for one in now.kept]
    if now.proposal is not None:
        rows.append((_("Proposal"), _proposal_words(now.proposal)))
    rows += [
        (fill(_("Waived: {rule}"), rule=rule), fill(_("until {day}"), day=day))
        for rule, day in sorted(now.dossier.waivers.items())
        if day > now.dossier.today
    ]
    return rows


def partner_words(keys: Iterable[str], names: PartnerNames) -> str:
    """Return the names of partners, one a line; a dash where there is none."""
    from notifications.words import shown

    words = sorted(shown(names[key][spoken()] if key in names else key, spoken()) for key in keys)
    return "\n".join(words) or shown(None, spoken())


def _local(at: Any) -> date:
    from models.clock import local_day

    return local_day(at)


def _gate_words(now: Standing, entered: Stage) -> str:
    if not now.missing:
        return fill(_("to {stage}: open"), stage=entered)
    missing = _n("{count} criterion is missing", "{count} criteria are missing", now.missing)
    return fill(_("to {stage}: shut, {missing}"), stage=entered, missing=missing)


def _kept_words(kept: "MoveRequest") -> str:
    words = _("to {stage}, asked for by {login} on {day}")
    return fill(words, stage=kept.entered, login=kept.asked_by, day=_local(kept.asked_at))


def _proposal_words(proposal: "Proposal") -> str:
    hands = [
        fill(_("{hand}: {login}"), hand=named("hand", hand), login=login)
        for hand in _HANDS
        if (login := getattr(proposal, hand))
    ]
    return _(", ").join([*hands, fill(_("lapses on {day}"), day=proposal.expires_on)])


def _proposal_as_data(proposal: "Proposal | None") -> dict[str, Any] | None:
    if proposal is None:
        return None
    return {
        "proposal": proposal.id,
        "to": proposal.entered,
        "state": proposal.state,
        **{hand: getattr(proposal, hand) for hand in _HANDS},
        "expires_on": proposal.expires_on,
    }
