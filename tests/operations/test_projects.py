from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models import db
from models.operations import approvals, projects
from models.rules.approvals import ProposalState
from models.rules.authority import NotAllowed, Role
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.kinds import Sector
from models.rules.money import Money
from models.rules.stages import IllegalStatus, IllegalStep, NotActive, Stage, Status
from models.tables import Parcel, Project, Proposal, StageChange, TrailEntry
from tests.builders import AT, make_person, make_project, make_staff
from tests.operations.at_once import together

REASON = "Sample reason: the site is under water"
NEW = projects.NewProject(
    key="sample-centre",
    name_ar="مركز عينة",
    name_fr="Centre d’exemple",
    name_en="Sample centre",
    sector=Sector.HEALTH,
    kind="CMP",
    province="nador",
    region="oriental",
    budget=Money.parse("12000000.00"),
)

Decide = Callable[..., Any]


def step_back(session: Session, **given: Any) -> Any:
    return projects.step_back(session, entered=Stage.ADMISSION, **given)


DECISIONS: list[Decide] = [step_back, projects.suspend, projects.cancel]


def kinds(session: Session) -> list[str]:
    return list(session.exec(select(TrailEntry.kind).order_by(col(TrailEntry.sequence))))


def told(session: Session) -> list[str]:
    return list(session.exec(select(Parcel.kind).order_by(col(Parcel.id))))


def test_a_registered_project_starts_active_with_its_first_entry(session: Session) -> None:
    project = projects.register(session, replace(NEW, name_en="  Sample centre \n"), by="amal", at=AT)

    assert project.name_en == "Sample centre"
    assert (project.stage, project.status, project.stage_since) == (Stage.ADMISSION, Status.ACTIVE, AT)
    assert project.budget == Money.parse("12000000.00")
    assert kinds(session) == ["project_registered"]


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"key": "Not a key"}, "key", "not_a_key"),
        ({"name_fr": "\x00"}, "name_fr", "hidden_characters"),
        ({"name_ar": "x" * 10_000}, "name_ar", "too_long"),
        ({"kind": "castle"}, "kind", "unknown_kind"),
        ({"sector": "space"}, "sector", "unknown_sector"),
        ({"budget": Money(0)}, "budget", "not_positive"),
        ({"budget": Money(1, "DIRHAM")}, "currency", "not_a_currency"),
        ({"beds": -1}, "beds", "out_of_range"),
        ({"province": "x" * 41}, "province", "too_long"),
        ({"region": ""}, "region", "empty"),
        ({"site_ar": "\u202e"}, "site_ar", "hidden_characters"),
        ({"source": "x" * 201}, "source", "too_long"),
    ],
)
def test_a_description_that_breaks_a_rule_writes_nothing(
    session: Session, changes: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(BadValue) as refused:
        projects.register(session, replace(NEW, **changes), by="amal", at=AT)

    assert (refused.value.details["field"], refused.value.details["reason"]) == (field, reason)
    assert session.exec(select(Project)).all() == []
    assert kinds(session) == []


def test_a_key_belongs_to_one_project(session: Session) -> None:
    """P7."""
    projects.register(session, NEW, by="amal", at=AT)

    with pytest.raises(BadValue) as refused:
        projects.register(session, NEW, by="amal", at=AT)

    assert refused.value.details == {"field": "key", "value": "sample-centre", "reason": "taken"}
    assert kinds(session) == ["project_registered"]


def test_two_who_register_the_same_key_at_once_write_one_project(database: Engine) -> None:
    """P7."""
    answers = together(
        database, [lambda session: projects.register(session, NEW, by="amal", at=AT).key] * 2
    )

    assert sorted(str(answer) for answer in answers)[-1] == "sample-centre"
    assert sum(isinstance(answer, BadValue) for answer in answers) == 1
    with db.reading(database) as session:
        assert kinds(session) == ["project_registered"]


def test_a_correction_says_what_changed_and_why(session: Session) -> None:
    project = make_project(session)
    version = project.version

    changes = {"beds": 12, "budget_centimes": 5_00, "name_en": " Renamed ", "kind": project.kind}
    assert projects.correct(session, project, changes, by="amal", reason=REASON, at=AT)

    assert (project.beds, project.budget, project.name_en) == (12, Money(5_00), "Renamed")
    assert project.version == version + 1
    entry = session.exec(select(TrailEntry).where(TrailEntry.kind == "project_corrected")).one()
    assert '"changes":{"beds":12,"budget_centimes":500,"name_en":"Renamed"}' in entry.payload
    assert REASON in entry.payload


def test_a_correction_that_changes_nothing_leaves_no_entry(session: Session) -> None:
    project = make_project(session)

    assert not projects.correct(session, project, {"beds": 0}, by="amal", reason=REASON, at=AT)
    assert kinds(session) == ["project_registered"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"key": "other"}, "key"),
        ({"stage": Stage.CLOSED}, "stage"),
        ({"no\x00field": 1}, "no\\u0000field"),
        ({"beds": 1, "kind": "castle"}, "kind"),
        ({"budget_centimes": 0}, "budget"),
        ({"sector": "space"}, "sector"),
        ({"site_fr": "\x00"}, "site_fr"),
    ],
)
def test_a_bad_correction_is_refused_and_changes_nothing(
    session: Session, changes: dict[str, Any], field: str
) -> None:
    """P7."""
    project = make_project(session)
    before = project.model_dump()

    with pytest.raises(BadValue) as refused:
        projects.correct(session, project, changes, by="amal", reason=REASON, at=AT)

    assert refused.value.details["field"] == field
    session.flush()
    assert project.model_dump() == before


def test_a_correction_needs_its_reason(session: Session) -> None:
    """P5."""
    project = make_project(session)

    with pytest.raises(BadValue) as refused:
        projects.correct(session, project, {"beds": 1}, by="amal", reason=" ", at=AT)

    assert refused.value.details["reason"] == "reason_needed"


@pytest.mark.parametrize("decide", [*DECISIONS, projects.resume])
@pytest.mark.parametrize("login", ["officer", "finance", "auditor", "administrator"])
def test_only_a_director_decides(session: Session, decide: Decide, login: str) -> None:
    """A3."""
    make_staff(session)
    make_project(session)

    with pytest.raises(NotAllowed) as refused:
        decide(session, project="sample-centre", by=login, reason=REASON, at=AT)

    assert refused.value.details["who"] == (Role.DIRECTOR,)


@pytest.mark.parametrize("decide", DECISIONS)
def test_a_director_decides_where_the_grant_reaches(session: Session, decide: Decide) -> None:
    """A2."""
    make_person(session, "north", Role.DIRECTOR, region="tanger-tetouan-al-hoceima")
    make_person(session, "east", Role.DIRECTOR, region="oriental")
    make_project(session)

    with pytest.raises(NotAllowed):
        decide(session, project="sample-centre", by="north", reason=REASON, at=AT)
    decide(session, project="sample-centre", by="east", reason=REASON, at=AT)


@pytest.mark.parametrize("decide", DECISIONS)
@pytest.mark.parametrize("reason", ["", "  ", "\x00", "x\u202e", "x" * 10_000])
def test_a_decision_without_a_fair_reason_changes_nothing(
    session: Session, decide: Decide, reason: str
) -> None:
    """P5 and T2."""
    make_staff(session)
    before = make_project(session).model_dump()

    with pytest.raises(BadValue):
        decide(session, project="sample-centre", by="director", reason=reason, at=AT)

    assert session.exec(select(Project)).one().model_dump() == before
    assert kinds(session) == ["project_registered"]


@pytest.mark.parametrize(
    "key", ["sample-center", "", "\x00", "\ud800", "x" * 10_000, "'; DROP TABLE project"]
)
@pytest.mark.parametrize("decide", DECISIONS)
def test_an_unknown_project_is_answered_with_the_nearest(
    session: Session, decide: Decide, key: str
) -> None:
    make_staff(session)
    make_project(session)

    with pytest.raises(UnknownKey) as refused:
        decide(session, project=key, by="director", reason=REASON, at=AT)

    if key == "sample-center":
        assert refused.value.details["candidates"] == ("sample-centre",)
    str(refused.value).encode()


def test_a_step_back_returns_to_the_stage_before(session: Session) -> None:
    """L2."""
    make_staff(session)
    project = make_project(session, stage=Stage.STUDY)
    later = AT + timedelta(days=3)

    change = step_back(session, project="sample-centre", by="director", reason=REASON, at=later)

    assert (project.stage, project.stage_since) == (Stage.ADMISSION, later)
    assert (change.left, change.entered, change.reason) == (Stage.STUDY, Stage.ADMISSION, REASON)
    assert session.exec(select(StageChange)).one().moved_by == "director"
    assert kinds(session)[-1] == told(session)[-1] == "stepped_back"


@pytest.mark.parametrize("entered", [Stage.STUDY, Stage.CONSTRUCTION, Stage.CLOSED])
def test_a_step_back_leads_nowhere_else(session: Session, entered: Stage) -> None:
    """L2."""
    make_staff(session)
    make_project(session, stage=Stage.STUDY)

    with pytest.raises(IllegalStep):
        projects.step_back(
            session, project="sample-centre", entered=entered, by="director", reason=REASON, at=AT
        )


def test_a_step_back_ends_what_waits_for_approval(session: Session) -> None:
    """A7: hands given for a project that stood elsewhere count no longer."""
    make_staff(session)
    make_project(session, stage=Stage.STUDY)
    approvals.propose(session, project="sample-centre", entered=Stage.CONSTRUCTION, by="officer", at=AT)
    approvals.certify(session, project="sample-centre", by="finance", at=AT)

    step_back(session, project="sample-centre", by="director", reason=REASON, at=AT)

    proposal = session.exec(select(Proposal)).one()
    assert (proposal.state, proposal.ended_by) == (ProposalState.LAPSED, "director")
    assert (proposal.certified_by, proposal.reason) == ("finance", REASON)
    assert kinds(session)[-2:] == ["proposal_lapsed", "stepped_back"]


def test_a_cancellation_ends_what_waits_for_approval(session: Session) -> None:
    """A7."""
    make_staff(session)
    make_project(session)
    approvals.propose(session, project="sample-centre", entered=Stage.CONSTRUCTION, by="officer", at=AT)

    projects.cancel(session, project="sample-centre", by="director", reason=REASON, at=AT)

    assert session.exec(select(Proposal.state)).one() is ProposalState.LAPSED


def test_a_suspended_project_keeps_its_stage_and_takes_no_step(session: Session) -> None:
    """L3 and L4."""
    make_staff(session)
    project = make_project(session)

    projects.suspend(session, project="sample-centre", by="director", reason=REASON, at=AT)

    assert (project.stage, project.status, project.suspended_at) == (Stage.STUDY, Status.SUSPENDED, AT)
    with pytest.raises(NotActive):
        step_back(session, project="sample-centre", by="director", reason=REASON, at=AT)
    with pytest.raises(IllegalStatus):
        projects.suspend(session, project="sample-centre", by="director", reason=REASON, at=AT)


@pytest.mark.parametrize(
    ("evening", "days"),
    [
        (datetime(2026, 6, 1, 22, 59, tzinfo=UTC), 10),
        (datetime(2026, 6, 1, 23, 0, tzinfo=UTC), 9),
        (datetime(2026, 3, 2, 23, 0, tzinfo=UTC), 10),
    ],
    ids=["evening", "already the next day", "in Ramadan, on winter time"],
)
def test_a_resumed_project_says_how_many_local_days_it_rested(
    session: Session, evening: datetime, days: int
) -> None:
    """M8: days are those of Morocco."""
    make_staff(session)
    project = make_project(session)
    projects.suspend(session, project="sample-centre", by="director", reason=REASON, at=evening)
    morning = evening.replace(hour=9) + timedelta(days=10)

    rested = projects.resume(session, project="sample-centre", by="director", reason=REASON, at=morning)

    assert (rested, project.status, project.suspended_at) == (days, Status.ACTIVE, None)
    assert kinds(session)[-1] == told(session)[-1] == "resumed"


def test_only_a_suspended_project_is_resumed(session: Session) -> None:
    """L4."""
    make_staff(session)
    make_project(session)

    with pytest.raises(IllegalStatus):
        projects.resume(session, project="sample-centre", by="director", reason=REASON, at=AT)


def test_a_cancellation_is_final(session: Session) -> None:
    """L4."""
    make_staff(session)
    project = make_project(session)
    projects.cancel(session, project="sample-centre", by="director", reason=REASON, at=AT)

    assert project.status is Status.CANCELLED
    for decide in (projects.suspend, projects.resume, projects.cancel):
        with pytest.raises(IllegalStatus):
            decide(session, project="sample-centre", by="director", reason=REASON, at=AT)
    with pytest.raises(NotActive):
        step_back(session, project="sample-centre", by="director", reason=REASON, at=AT)


@pytest.mark.parametrize("decide", DECISIONS)
def test_two_directors_at_once_decide_once(database: Engine, decide: Decide) -> None:
    with db.transaction(database) as session:
        make_staff(session)
        make_person(session, "second", Role.DIRECTOR)
        make_project(session)

    def by(login: str) -> Callable[[Session], Any]:
        return lambda session: decide(session, project="sample-centre", by=login, reason=REASON, at=AT)

    answers = together(database, [by("director"), by("second")])

    assert sum(isinstance(answer, CentreError) for answer in answers) == 1
    with db.reading(database) as session:
        assert len(kinds(session)) == 2
        assert len(told(session)) == 1
        assert session.exec(select(Project.version)).one() == 2
