"""Setting a soft criterion aside: a director, a reason, an end, and never a hard one."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from models.clock import local_day
from models.operations.waivers import grant_waiver, revoke_waiver
from models.queries.dossiers import load_dossier
from models.rules.approvals import WAIVER_LONGEST_DAYS
from models.rules.authority import NotAllowed, Role
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.gates import Verdict, ask_gate
from models.rules.stages import Stage
from models.rules.waivers import HardCriterion
from models.tables import Project, TrailEntry, Waiver
from tests.builders import AT, make_project, make_staff

TODAY = local_day(AT)
SOFT = "G1.6e"  # the bond came late
HARD = "G1.4a"  # the building permit


@pytest.fixture
def project(session: Session) -> Project:
    """A centre in study, and one person of each role."""
    make_staff(session)
    return make_project(session, stage=Stage.STUDY)


def grant(session: Session, **changes: Any) -> Waiver:
    given: dict[str, Any] = {
        "project": "sample-centre",
        "rule": SOFT,
        "reason": "The bank was on strike",
        "expires_on": TODAY + timedelta(days=30),
        "by": "director",
        "at": AT,
    }
    return grant_waiver(session, **(given | changes))


def verdict(session: Session, project: Project, rule: str, on: date = TODAY) -> Verdict:
    session.flush()
    return next(v for v in ask_gate(load_dossier(session, project, on)) if v.rule == rule)


def kinds(session: Session) -> list[str]:
    return [
        kind
        for kind in session.exec(select(TrailEntry.kind).order_by(col(TrailEntry.sequence)))
        if kind.startswith("waiver")
    ]


def test_a_waived_soft_criterion_passes_without_being_met(session: Session, project: Project) -> None:
    assert not verdict(session, project, SOFT).passes

    grant(session)

    after = verdict(session, project, SOFT)
    assert (after.met, after.waived, after.passes) == (False, True, True)


def test_a_waiver_counts_until_its_day_and_not_on_it(session: Session, project: Project) -> None:
    """W2."""
    grant(session, expires_on=TODAY + timedelta(days=30))

    assert verdict(session, project, SOFT, TODAY + timedelta(days=29)).waived
    assert not verdict(session, project, SOFT, TODAY + timedelta(days=30)).passes


def test_a_hard_criterion_is_never_waived(session: Session, project: Project) -> None:
    """W1."""
    with pytest.raises(HardCriterion) as refused:
        grant(session, rule=HARD)

    assert refused.value.details["rule"] == HARD
    assert refused.value.details["criterion"] == "building_permit"
    assert not verdict(session, project, HARD).passes


def test_a_rule_that_the_gate_does_not_ask_is_answered_with_those_it_does(
    session: Session, project: Project
) -> None:
    """W1."""
    for rule in ("G2.9", "G9.9", "building_permit", "", "\x00", "x" * 10_000, "a\u202eb"):
        with pytest.raises(UnknownKey) as refused:
            grant(session, rule=rule)
        assert refused.value.details["candidates"] == (SOFT,)
        assert len(str(refused.value)) < 300


def test_a_project_that_is_closed_has_nothing_to_waive(session: Session) -> None:
    make_staff(session)
    make_project(session, stage=Stage.CLOSED)

    with pytest.raises(UnknownKey):
        grant(session)


def test_the_candidates_are_the_soft_rules_of_the_gate_nearest_first(session: Session) -> None:
    make_staff(session)
    make_project(session, stage=Stage.EQUIPMENT)

    with pytest.raises(UnknownKey) as refused:
        grant(session, rule="G3.10")

    candidates = refused.value.details["candidates"]
    assert isinstance(candidates, tuple)
    assert set(candidates) == {"G3.8b", "G3.8c", "G3.10a", "G3.10b", "G3.10c"}
    assert candidates[0].startswith("G3.10")


def test_a_criterion_of_another_kind_of_centre_is_not_asked(session: Session) -> None:
    make_staff(session)
    make_project(session, stage=Stage.EQUIPMENT, kind="women-centre")

    with pytest.raises(UnknownKey):
        grant(session, rule="G3.9a")


def test_only_a_director_waives(session: Session, project: Project) -> None:
    for by in (role for role in Role if role is not Role.DIRECTOR):
        with pytest.raises(NotAllowed):
            grant(session, by=by)
        with pytest.raises(NotAllowed):
            revoke_waiver(session, project="sample-centre", rule=SOFT, reason="x", by=by, at=AT)


def test_a_waiver_needs_a_reason_and_an_end_within_reach(session: Session, project: Project) -> None:
    """W2."""
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"reason": " "}, "reason_needed"),
        ({"reason": "x" * 2001}, "too_long"),
        ({"reason": "a\u202eb"}, "hidden_characters"),
        ({"expires_on": TODAY}, "not_after_today"),
        ({"expires_on": date.min}, "not_after_today"),
        ({"expires_on": TODAY + timedelta(days=WAIVER_LONGEST_DAYS + 1)}, "too_late"),
        ({"expires_on": date.max}, "too_late"),
    ]
    for changes, reason in wrong:
        with pytest.raises(BadValue) as refused:
            grant(session, **changes)
        assert refused.value.details["reason"] == reason

    assert kinds(session) == []


@pytest.mark.parametrize("days", [1, WAIVER_LONGEST_DAYS])
def test_a_waiver_at_the_limits_is_granted(session: Session, project: Project, days: int) -> None:
    """W2."""
    grant(session, expires_on=TODAY + timedelta(days=days))

    assert verdict(session, project, SOFT).waived


def test_the_trail_keeps_who_waived_what_and_why(session: Session, project: Project) -> None:
    waiver = grant(session)

    entry = session.exec(select(TrailEntry).where(TrailEntry.kind == "waiver_granted")).one()
    assert (entry.actor, entry.project_id) == ("director", project.id)
    assert json.loads(entry.payload) == {
        "waiver": str(waiver.id),
        "rule": SOFT,
        "criterion": "bond_in_time",
        "reason": "The bank was on strike",
        "expires_on": "2026-04-01",
    }


def test_a_new_waiver_takes_the_place_of_the_one_before(session: Session, project: Project) -> None:
    """W3: a shorter end counts too."""
    grant(session, expires_on=TODAY + timedelta(days=300))
    grant(session, expires_on=TODAY + timedelta(days=3))

    assert not verdict(session, project, SOFT, TODAY + timedelta(days=3)).waived
    assert len(session.exec(select(Waiver)).all()) == 2


def test_a_revoked_waiver_counts_no_more_and_is_kept(session: Session, project: Project) -> None:
    """W4."""
    grant(session)

    revoke_waiver(
        session, project="sample-centre", rule=SOFT, reason="The bond is here", by="director", at=AT
    )

    assert not verdict(session, project, SOFT).passes
    assert len(session.exec(select(Waiver)).all()) == 1
    assert kinds(session) == ["waiver_granted", "waiver_revoked"]


def test_what_does_not_run_cannot_be_revoked(session: Session, project: Project) -> None:
    """W4."""
    grant(session)
    later = AT + timedelta(days=30)

    for rule, at in (("G1.4a", AT), ("\x00", AT), (SOFT, later)):
        with pytest.raises(UnknownKey) as refused:
            revoke_waiver(session, project="sample-centre", rule=rule, reason="x", by="director", at=at)
        assert refused.value.details["candidates"] == ((SOFT,) if at == AT else ())


def test_revoking_needs_a_reason(session: Session, project: Project) -> None:
    grant(session)

    with pytest.raises(CentreError):
        revoke_waiver(session, project="sample-centre", rule=SOFT, reason="", by="director", at=AT)
    assert verdict(session, project, SOFT).waived
