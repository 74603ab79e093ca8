from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from models.rules.approvals import ProposalState
from models.rules.history import Dates, NotYetRegistered, Unread, rebuild
from models.rules.money import Money
from models.rules.stages import Stage, Status
from models.rules.trail import Entry, canonical

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PROJECT, PROPOSAL = UUID(int=7), str(UUID(int=8))
REGISTERED = {
    "key": "sample-centre",
    "name_ar": "مركز",
    "name_fr": "Centre",
    "name_en": "Centre",
    "sector": "health",
    "kind": "CMP",
    "beds": 0,
    "province": "nador",
    "region": "oriental",
    "site_ar": "",
    "site_fr": "",
    "budget_centimes": 12_000_000_00,
    "currency": "MAD",
    "stage": "study",
    "status": "active",
    "sample": True,
    "source": "",
}


def trail(*events: tuple[str, dict[str, Any]]) -> list[Entry]:
    happened = [("project_registered", REGISTERED), *events]
    return [
        Entry(n, AT + timedelta(hours=n), "amal", kind, PROJECT, canonical(payload), "", "")
        for n, (kind, payload) in enumerate(happened)
    ]


def proposal(kind: str, state: str, **more: Any) -> tuple[str, dict[str, Any]]:
    payload = {"proposal": PROPOSAL, "left": "study", "entered": "construction", "state": state}
    return kind, {**payload, "expires_on": "2026-05-01", "reason": "", **more}


def test_a_registered_project_is_as_it_was_registered() -> None:
    """T3."""
    state = rebuild(trail())

    assert (state.key, state.stage, state.status) == ("sample-centre", Stage.STUDY, Status.ACTIVE)
    assert (state.stage_since, state.registered_at, state.sample) == (AT, AT, True)
    assert state.budget == Money.parse("12000000.00")
    assert state.description["province"] == "nador"
    assert not state.evidence
    assert not state.unread


def test_nothing_comes_before_the_registration() -> None:
    """T3."""
    with pytest.raises(NotYetRegistered):
        rebuild([])
    with pytest.raises(NotYetRegistered):
        rebuild(trail(("suspended", {"reason": "x"}))[1:])


def test_an_entry_of_an_unknown_kind_changes_nothing_and_is_listed() -> None:
    """T3."""
    state = rebuild(trail(("haunted", {"by": "a ghost"}), ("suspended", {"reason": "x"})))

    assert state.unread == (Unread(1, "haunted"),)
    assert state.status is Status.SUSPENDED


@pytest.mark.parametrize("payload", ["{}", "[]", "null", "", '{"entered":"space","proposal":null}', "\x00"])
def test_an_entry_that_cannot_be_read_is_listed_too(payload: str) -> None:
    """T3."""
    entries = trail(("stage_entered", {}))
    entries[1] = replace(entries[1], payload=payload)

    state = rebuild(entries)

    assert state.unread == (Unread(1, "stage_entered"),)
    assert state.stage is Stage.STUDY


def test_a_second_registration_is_not_believed() -> None:
    state = rebuild(trail(("project_registered", {**REGISTERED, "key": "other"})))

    assert state.key == "sample-centre"
    assert state.unread == (Unread(1, "project_registered"),)


def test_a_correction_changes_what_it_names() -> None:
    state = rebuild(trail(("project_corrected", {"changes": {"budget_centimes": 5}, "reason": "x"})))

    assert state.budget == Money(5)
    assert state.description["beds"] == 0


def test_a_proposal_gathers_its_hands_and_is_carried_out() -> None:
    signed = (
        proposal("proposal_made", "open"),
        proposal("proposal_certified", "open"),
        proposal("proposal_approved", "approved"),
    )
    waiting = rebuild(trail(*signed)).proposals[PROPOSAL]
    moved = rebuild(trail(*signed, ("stage_entered", {"entered": "construction", "proposal": PROPOSAL})))

    assert (waiting.proposed_by, waiting.certified_by, waiting.approved_by) == ("amal",) * 3
    assert (waiting.state, waiting.expires_on) == (ProposalState.APPROVED, date(2026, 5, 1))
    assert moved.proposals[PROPOSAL].state is ProposalState.CARRIED_OUT
    assert (moved.stage, moved.stage_since) == (Stage.CONSTRUCTION, AT + timedelta(hours=4))


@pytest.mark.parametrize(
    ("kind", "state"), [("proposal_rejected", "rejected"), ("proposal_lapsed", "lapsed")]
)
def test_a_proposal_that_ended_keeps_who_and_why(kind: str, state: str) -> None:
    ended = rebuild(trail(proposal("proposal_made", "open"), proposal(kind, state, reason="too early")))

    assert ended.proposals[PROPOSAL].state.value == state
    assert (ended.proposals[PROPOSAL].ended_by, ended.proposals[PROPOSAL].reason) == ("amal", "too early")


def test_a_suspension_ends_with_the_resumption_and_a_cancellation_never() -> None:
    suspended = rebuild(trail(("suspended", {})))
    resumed = rebuild(trail(("suspended", {}), ("resumed", {})))
    cancelled = rebuild(trail(("suspended", {}), ("cancelled", {})))

    assert suspended.suspended_at == AT + timedelta(hours=1)
    assert (resumed.status, resumed.suspended_at) == (Status.ACTIVE, None)
    assert cancelled.status is Status.CANCELLED


def test_a_milestone_keeps_its_baseline_through_every_shift() -> None:
    place = (Stage.STUDY, "building_permit")
    opened = {"stage": "study", "milestones": [{"code": "building_permit", "baseline": "2026-10-01"}]}
    moved = [{"stage": "study", "code": "building_permit", "forecast": "2026-11-02"}]
    events: list[tuple[str, dict[str, Any]]] = [
        ("milestones_opened", opened),
        ("milestones_shifted", {"milestones": moved}),
        ("milestone_met", {"stage": "study", "code": "building_permit", "actual": "2026-11-03"}),
    ]

    assert rebuild(trail(*events[:1])).milestones[place] == Dates(date(2026, 10, 1), date(2026, 10, 1))
    assert rebuild(trail(*events[:2])).milestones[place].forecast == date(2026, 11, 2)
    assert rebuild(trail(*events)).milestones[place] == Dates(
        date(2026, 10, 1), date(2026, 11, 2), date(2026, 11, 3)
    )


def test_a_waiver_counts_until_its_day_or_until_it_is_taken_back() -> None:
    granted = ("waiver_granted", {"rule": "G0.10b", "expires_on": "2026-04-01", "reason": "x"})
    state = rebuild(trail(granted))

    assert state.waived_on(date(2026, 3, 31)) == {"G0.10b": date(2026, 4, 1)}
    assert state.waived_on(date(2026, 4, 1)) == {}
    assert rebuild(trail(granted, ("waiver_revoked", {"rule": "G0.10b"}))).waivers == {}
