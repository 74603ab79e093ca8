"""The sample dossiers of the centres of 2021: what they have passed, and what they still lack."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from models.operations import samples
from models.operations.report import load_report
from models.operations.samples import complete_dossier, load_sample_dossiers, load_sample_people
from models.queries.commitments import load_money
from models.queries.dossiers import load_dossier
from models.queries.evidence import list_evidence
from models.rules.gates import GATES, ask_gate
from models.rules.needs import promised
from models.rules.stages import Stage
from models.tables import Evidence, Project, StageChange, TrailEntry
from tests.builders import AT
from tests.operations.sampled import TODAY, make_centre, moved_on, passes_but_for_the_hands


@pytest.mark.parametrize("stage", [Stage.CONSTRUCTION, Stage.EQUIPMENT, Stage.LAUNCH, Stage.CLOSED])
def test_the_gates_that_a_centre_has_passed_are_on_record(session: Session, stage: Stage) -> None:
    project = make_centre(session, stage=stage)

    load_sample_dossiers(session, at=AT)

    passed = [gate for gate in GATES if gate is not stage and stage.reaches(gate)]
    assert all(passes_but_for_the_hands(session, project, gate) for gate in passed)
    assert stage is Stage.CLOSED or not passes_but_for_the_hands(session, project)


def test_a_centre_in_study_gets_nothing(session: Session) -> None:
    project = make_centre(session, stage=Stage.STUDY)

    assert load_sample_dossiers(session, at=AT) == 0
    assert list_evidence(session, project.key) == ()
    assert load_money(session, project.key).commitments == ()


def test_the_sample_dossiers_are_added_once_and_not_to_centres_that_moved_here(session: Session) -> None:
    make_centre(session, "one", stage=Stage.CONSTRUCTION)
    assert load_sample_dossiers(session, at=AT) > 30
    two = make_centre(session, "two", stage=Stage.CONSTRUCTION)
    session.add(
        StageChange(
            project_id=two.id,
            request=two.id,
            left=Stage.STUDY,
            entered=Stage.CONSTRUCTION,
            moved_by="officer",
            moved_at=AT,
        )
    )
    session.flush()
    before = len(session.exec(select(TrailEntry.sequence)).all())

    assert load_sample_dossiers(session, at=AT + timedelta(days=100)) == 0
    assert len(session.exec(select(TrailEntry.sequence)).all()) == before


def test_a_centre_of_the_portfolio_is_not_made_a_sample_itself(session: Session) -> None:
    project = make_centre(session, stage=Stage.CONSTRUCTION)
    load_sample_dossiers(session, at=AT)

    assert project.sample is False


def test_a_superseded_sample_is_kept(session: Session) -> None:
    project = make_centre(session, stage=Stage.CONSTRUCTION)
    for _ in range(3):
        complete_dossier(session, project=project.key, at=AT)
        moved_on(session, project)

    kept = session.exec(
        select(Evidence.code).where(col(Evidence.superseded_at).is_not(None)).order_by(Evidence.code)
    ).all()
    assert kept == ["provisional_acceptance"]


def test_the_house_stands_in_the_trail_for_the_samples(session: Session) -> None:
    load_sample_people(session, at=AT)

    entries = session.exec(select(TrailEntry).order_by(col(TrailEntry.sequence))).all()
    assert [entry.kind for entry in entries] == ["person_added", "role_granted"] * 6
    assert {entry.actor for entry in entries} == {samples.HOUSE}


def test_the_27_centres_of_the_report_are_completed_to_the_centime(session: Session) -> None:
    load_report(session, by="administrator", at=AT)
    load_sample_dossiers(session, at=AT)
    projects = session.exec(select(Project).order_by(col(Project.key))).all()

    for project in projects:
        complete_dossier(session, project=project.key, at=AT)

    assert len(projects) == 27
    shut = [project.key for project in projects if not passes_but_for_the_hands(session, project)]
    assert shut == []
    dossiers = [load_dossier(session, project, TODAY) for project in projects]
    assert [promised(dossier) for dossier in dossiers] == [project.budget for project in projects]


def test_a_centre_of_the_report_that_has_passed_gates_still_lacks_the_next_one(session: Session) -> None:
    load_report(session, by="administrator", at=AT)
    load_sample_dossiers(session, at=AT)
    found = {project.key: project for project in session.exec(select(Project))}

    rahma, tamesna = found["rahma-cmp"], found["tamesna-complex"]
    assert passes_but_for_the_hands(session, rahma, Stage.STUDY)
    missing = {v.code for v in ask_gate(load_dossier(session, rahma, TODAY)) if not v.passes}
    assert {"physical_progress", "equipment_list", "last_account_settled"} <= missing
    assert not {"partnership_convention", "partners_committed", "officer_named"} & missing
    assert load_dossier(session, tamesna, TODAY).proofs == {}
