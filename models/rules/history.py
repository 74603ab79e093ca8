"""A project rebuilt from its trail: each entry changes the state a little, in the order of the chain."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from models.rules.approvals import ProposalState
from models.rules.dossier import Gap
from models.rules.errors import CentreError
from models.rules.money import Money
from models.rules.stages import Stage, Status
from models.rules.trail import Entry
from models.rules.tranches import FUNDING_KINDS


class NotYetRegistered(CentreError):
    """The project had no entry in the trail then. Details: project, on, registered."""

    code = "not_yet_registered"


@dataclass(frozen=True, slots=True)
class Piece:
    """A current piece of evidence. `value` is in hundredths of its unit."""

    on: date
    value: int | None
    reference: str
    sha256: str | None
    sample: bool
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Pledge:
    """What a partner had promised under one reference."""

    partner: str
    reference: str
    amount: Money
    in_kind: bool
    signed_on: date | None
    budget_year: int | None
    budget_line: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal and the hands under it."""

    left: Stage
    entered: Stage
    state: ProposalState
    expires_on: date
    proposed_by: str
    certified_by: str | None = None
    approved_by: str | None = None
    ended_by: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Dates:
    """A milestone: first promised, now expected, happened."""

    baseline: date
    forecast: date
    actual: date | None = None


@dataclass(frozen=True, slots=True)
class Waived:
    """A criterion set aside. `expires_on`: the first day on which it no longer counts."""

    expires_on: date
    granted_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unread:
    """An entry that the state could not be built from: of an unknown kind, or with a payload amiss."""

    sequence: int
    kind: str


_NOTHING: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ProjectState:
    """What the trail says a project was, after the last entry that was read."""

    key: str
    description: Mapping[str, Any]
    """Names, sector, kind, beds, place, budget_centimes and currency, as plain text and numbers."""
    sample: bool
    source: str
    registered_at: datetime
    stage: Stage
    stage_since: datetime
    status: Status
    suspended_at: datetime | None = None
    foundation_share: Money | None = None
    gap: Gap | None = None
    evidence: Mapping[str, Piece] = field(default_factory=lambda: _NOTHING)
    pledges: Mapping[tuple[str, str], Pledge] = field(default_factory=lambda: _NOTHING)
    partners: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Partner to the reading of the report, or the convention, that names it."""
    duties: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    waivers: Mapping[str, Waived] = field(default_factory=lambda: _NOTHING)
    proposals: Mapping[str, Proposed] = field(default_factory=lambda: _NOTHING)
    milestones: Mapping[tuple[Stage, str], Dates] = field(default_factory=lambda: _NOTHING)
    findings: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Finding to the reading it was settled with."""
    unread: tuple[Unread, ...] = ()

    @property
    def budget(self) -> Money:
        return Money(self.description["budget_centimes"], self.description["currency"])

    def waived_on(self, day: date) -> dict[str, date]:
        """Return the waivers that count on a day, each with the first day without it."""
        return {rule: w.expires_on for rule, w in self.waivers.items() if day < w.expires_on}


Payload = Mapping[str, Any]
Change = Callable[[ProjectState, Entry, Payload], ProjectState]


def rebuild(entries: Iterable[Entry]) -> ProjectState:
    """Fold the entries of one project, in the order of the chain, into what it was after them.

    An entry of an unknown kind, or one that cannot be read, changes nothing and is listed in `unread`.
    Raises: NotYetRegistered when no entry registers the project.
    Source: docs/rules.md, T3.
    """
    state: ProjectState | None = None
    unread: list[Unread] = []
    for entry in entries:
        try:
            state = _after(state, entry)
        except (KeyError, TypeError, ValueError, AttributeError):
            unread.append(Unread(entry.sequence, entry.kind))
    if state is None:
        raise NotYetRegistered(project=None, on=None, registered=None)
    return replace(state, unread=tuple(unread))


def _after(state: ProjectState | None, entry: Entry) -> ProjectState:
    payload = json.loads(entry.payload)
    if state is None:
        return _REGISTER[entry.kind](entry, payload)
    return _CHANGES[entry.kind](state, entry, payload)


def _registered(entry: Entry, payload: Payload) -> ProjectState:
    apart = ("key", "stage", "status", "sample", "source")
    return ProjectState(
        key=payload["key"],
        description={name: value for name, value in payload.items() if name not in apart},
        sample=payload["sample"],
        source=payload["source"],
        registered_at=entry.at,
        stage=Stage(payload["stage"]),
        stage_since=entry.at,
        status=Status(payload["status"]),
    )


def _corrected(state: ProjectState, _entry: Entry, payload: Payload) -> ProjectState:
    return replace(state, description={**state.description, **payload["changes"]})


def _entered(state: ProjectState, entry: Entry, payload: Payload) -> ProjectState:
    proposals = state.proposals
    if payload["proposal"] is not None:
        done = replace(proposals[payload["proposal"]], state=ProposalState.CARRIED_OUT)
        proposals = {**proposals, payload["proposal"]: done}
    stage = Stage(payload["entered"])
    return replace(state, stage=stage, stage_since=entry.at, proposals=proposals)


def _stepped_back(state: ProjectState, entry: Entry, payload: Payload) -> ProjectState:
    return replace(state, stage=Stage(payload["entered"]), stage_since=entry.at)


def _suspended(state: ProjectState, entry: Entry, _payload: Payload) -> ProjectState:
    return replace(state, status=Status.SUSPENDED, suspended_at=entry.at)


def _resumed(state: ProjectState, _entry: Entry, _payload: Payload) -> ProjectState:
    return replace(state, status=Status.ACTIVE, suspended_at=None)


def _cancelled(state: ProjectState, _entry: Entry, _payload: Payload) -> ProjectState:
    return replace(state, status=Status.CANCELLED)


def _evidence_added(state: ProjectState, entry: Entry, payload: Payload) -> ProjectState:
    piece = Piece(
        on=date.fromisoformat(payload["on"]),
        value=payload["value"],
        reference=payload["reference"],
        sha256=payload["sha256"],
        sample=payload["sample"],
        added_by=entry.actor,
        added_at=entry.at,
    )
    return replace(state, evidence={**state.evidence, payload["code"]: piece})


def _commitment_set(state: ProjectState, entry: Entry, payload: Payload) -> ProjectState:
    pledge = Pledge(
        partner=payload["partner"],
        reference=payload["reference"],
        amount=Money(payload["amount_centimes"], payload["currency"]),
        in_kind=payload["in_kind"],
        signed_on=_day(payload["signed_on"]),
        budget_year=payload["budget_year"],
        budget_line=payload["budget_line"],
    )
    place = (pledge.partner, pledge.reference)
    changed = replace(state, pledges={**state.pledges, place: pledge})
    if payload["linked"]:
        return _partner_linked(changed, entry, {"partner": pledge.partner, "reading": "convention"})
    return changed


def _gap_stated(state: ProjectState, _entry: Entry, payload: Payload) -> ProjectState:
    amount = Money(payload["amount_centimes"], payload["currency"])
    return replace(state, gap=Gap(amount, date.fromisoformat(payload["stated_on"]), payload["plan"]))


def _share_set(state: ProjectState, _entry: Entry, payload: Payload) -> ProjectState:
    return replace(state, foundation_share=Money(payload["amount_centimes"], payload["currency"]))


def _partner_linked(state: ProjectState, _entry: Entry, payload: Payload) -> ProjectState:
    return replace(state, partners={**state.partners, payload["partner"]: payload["reading"]})


def _partner_unlinked(state: ProjectState, _entry: Entry, payload: Payload) -> ProjectState:
    return replace(state, partners=_without(state.partners, payload["partner"]))


def _duty_named(state: ProjectState, _entry: Entry, payload: Payload) -> ProjectState:
    return replace(state, duties={**state.duties, payload["duty"]: payload["login"]})


def _duty_freed(state: ProjectState, _entry: Entry, payload: Payload) -> ProjectState:
    return replace(state, duties=_without(state.duties, payload["duty"]))


def _waiver_granted(state: ProjectState, entry: Entry, payload: Payload) -> ProjectState:
    waived = Waived(date.fromisoformat(payload["expires_on"]), entry.actor, payload["reason"])
    return replace(state, waivers={**state.waivers, payload["rule"]: waived})


def _waiver_revoked(state: ProjectState, _entry: Entry, payload: Payload) -> ProjectState:
    return replace(state, waivers=_without(state.waivers, payload["rule"]))


def _proposal_made(state: ProjectState, entry: Entry, payload: Payload) -> ProjectState:
    proposed = Proposed(
        left=Stage(payload["left"]),
        entered=Stage(payload["entered"]),
        state=ProposalState(payload["state"]),
        expires_on=date.fromisoformat(payload["expires_on"]),
        proposed_by=entry.actor,
    )
    return replace(state, proposals={**state.proposals, payload["proposal"]: proposed})


def _proposal_certified(state: ProjectState, entry: Entry, payload: Payload) -> ProjectState:
    return _with_proposal(state, payload, certified_by=entry.actor)


def _proposal_approved(state: ProjectState, entry: Entry, payload: Payload) -> ProjectState:
    return _with_proposal(state, payload, approved_by=entry.actor)


def _proposal_ended(state: ProjectState, entry: Entry, payload: Payload) -> ProjectState:
    return _with_proposal(state, payload, ended_by=entry.actor, reason=payload["reason"])


def _milestones_opened(state: ProjectState, _entry: Entry, payload: Payload) -> ProjectState:
    stage = Stage(payload["stage"])
    opened = {(stage, one["code"]): date.fromisoformat(one["baseline"]) for one in payload["milestones"]}
    dates = {place: Dates(baseline, baseline) for place, baseline in opened.items()}
    return replace(state, milestones={**state.milestones, **dates})


def _milestones_moved(state: ProjectState, _entry: Entry, payload: Payload) -> ProjectState:
    moved = {}
    for one in payload["milestones"]:
        place = (Stage(one["stage"]), one["code"])
        moved[place] = replace(state.milestones[place], forecast=date.fromisoformat(one["forecast"]))
    return replace(state, milestones={**state.milestones, **moved})


def _milestone_met(state: ProjectState, _entry: Entry, payload: Payload) -> ProjectState:
    place = (Stage(payload["stage"]), payload["code"])
    met = replace(state.milestones[place], actual=date.fromisoformat(payload["actual"]))
    return replace(state, milestones={**state.milestones, place: met})


def _finding_settled(state: ProjectState, _entry: Entry, payload: Payload) -> ProjectState:
    return replace(state, findings={**state.findings, payload["finding"]: payload["reading"]})


def _unchanged(state: ProjectState, _entry: Entry, _payload: Payload) -> ProjectState:
    return state


_REGISTER: Mapping[str, Callable[[Entry, Payload], ProjectState]] = {"project_registered": _registered}
_CHANGES: Mapping[str, Change] = {
    "project_corrected": _corrected,
    "stage_entered": _entered,
    "stepped_back": _stepped_back,
    "suspended": _suspended,
    "resumed": _resumed,
    "cancelled": _cancelled,
    "evidence_added": _evidence_added,
    "commitment_set": _commitment_set,
    "gap_stated": _gap_stated,
    "share_set": _share_set,
    "partner_linked": _partner_linked,
    "partner_unlinked": _partner_unlinked,
    "duty_named": _duty_named,
    "duty_freed": _duty_freed,
    "waiver_granted": _waiver_granted,
    "waiver_revoked": _waiver_revoked,
    "proposal_made": _proposal_made,
    "proposal_certified": _proposal_certified,
    "proposal_approved": _proposal_approved,
    "proposal_rejected": _proposal_ended,
    "proposal_lapsed": _proposal_ended,
    "milestones_opened": _milestones_opened,
    "milestones_shifted": _milestones_moved,
    "milestone_forecast": _milestones_moved,
    "milestone_met": _milestone_met,
    "finding_settled": _finding_settled,
    "sample_money_added": _unchanged,
    **dict.fromkeys(("budget_line_set", "budget_planned", "budget_revised"), _unchanged),
    **dict.fromkeys(("budget_transferred", "money_proposed", "money_approved"), _unchanged),
    "money_rejected": _unchanged,
    **dict.fromkeys(FUNDING_KINDS, _unchanged),
    "role_granted": _unchanged,
    "role_revoked": _unchanged,
}


def _with_proposal(state: ProjectState, payload: Payload, **hands: Any) -> ProjectState:
    place = payload["proposal"]
    changed = replace(state.proposals[place], state=ProposalState(payload["state"]), **hands)
    return replace(state, proposals={**state.proposals, place: changed})


def _without(known: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {other: value for other, value in known.items() if other != name}


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
