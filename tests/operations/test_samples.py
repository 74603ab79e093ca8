"""The demonstration's people and dossiers: complete, plausible, marked as samples, and never in the way."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from sqlmodel import Session, select

from models.operations import evidence
from models.operations.commitments import set_commitment, set_foundation_share
from models.operations.samples import complete_dossier, load_sample_people
from models.queries.commitments import load_money
from models.queries.dossiers import load_dossier
from models.queries.evidence import list_evidence
from models.queries.people import list_people
from models.rules.authority import Grant, Role
from models.rules.evidence import EVIDENCE
from models.rules.gates import GATES, ask_gate, check_gate
from models.rules.kinds import KINDS, traits_of
from models.rules.money import Money
from models.rules.needs import promised
from models.rules.people import LoginTaken
from models.rules.stages import Stage
from models.samples import sample_people, sample_pieces
from models.tables import Commitment
from tests.builders import AT, link_partners, make_partner, make_person, make_project, make_ready
from tests.operations.sampled import SIGNED, TODAY, make_centre, moved_on, passes_but_for_the_hands


def test_there_is_a_sample_of_every_piece_of_evidence() -> None:
    assert set(sample_pieces()) == set(EVIDENCE)


def test_nobody_takes_a_sample_person_for_a_real_one() -> None:
    words = {"fr": "personne fictive", "ar": "شخص غير حقيقي", "en": "not a real person"}

    assert all(words[person.language] in person.name for person in sample_people())
    assert {person.language for person in sample_people()} == {"ar", "fr", "en"}


def test_there_is_one_sample_person_of_each_role_and_an_officer_of_one_region(session: Session) -> None:
    assert load_sample_people(session, at=AT) == 6

    people = {line.login: line for line in list_people(session)}
    assert {login: line.grants for login, line in people.items()} == {
        "admin": (Grant(Role.ADMINISTRATOR),),
        "auditor": (Grant(Role.AUDITOR),),
        "director": (Grant(Role.DIRECTOR),),
        "finance": (Grant(Role.FINANCE),),
        "officer": (Grant(Role.OFFICER),),
        "officer-oriental": (Grant(Role.OFFICER, region="oriental"),),
    }
    assert all(line.sample for line in people.values())


def test_the_sample_people_are_added_once(session: Session) -> None:
    load_sample_people(session, at=AT)

    assert load_sample_people(session, at=AT) == 0


def test_a_real_person_is_never_made_a_sample_one(session: Session) -> None:
    make_person(session, "director", Role.AUDITOR).sample = False

    with pytest.raises(LoginTaken):
        load_sample_people(session, at=AT)


@pytest.mark.parametrize("stage", list(GATES))
def test_a_completed_dossier_of_any_kind_lacks_the_three_hands_alone(
    session: Session, stage: Stage
) -> None:
    each = {traits_of(kind, beds): (kind, beds) for kind in KINDS for beds in (0, 96)}
    for number, (kind, beds) in enumerate(each.values()):
        project = make_centre(session, f"c{number}", kind=kind, beds=beds, stage=stage)

        added = complete_dossier(session, project=project.key, at=AT)

        missing = [v.code for v in ask_gate(load_dossier(session, project, TODAY)) if not v.passes]
        assert missing == ["move_proposed", "funds_certified", "move_approved"], kind
        assert added > 10


def test_a_completed_dossier_opens_the_gate_once_the_hands_are_there(session: Session) -> None:
    project = make_ready(session)

    dossier = replace(load_dossier(session, project, TODAY), quorum=SIGNED)

    assert check_gate(dossier, Stage.CONSTRUCTION)


def test_one_life_from_admission_to_the_end_in_one_day(session: Session) -> None:
    project = make_centre(session, stage=Stage.ADMISSION, kind="social-complex")

    while project.stage is not Stage.CLOSED:
        complete_dossier(session, project=project.key, at=AT)
        assert passes_but_for_the_hands(session, project), project.stage
        moved_on(session, project)

    assert complete_dossier(session, project=project.key, at=AT) == 0


def test_completing_again_adds_nothing(session: Session) -> None:
    project = make_centre(session, stage=Stage.LAUNCH)
    complete_dossier(session, project=project.key, at=AT)

    assert complete_dossier(session, project=project.key, at=AT) == 0
    assert complete_dossier(session, project=project.key, at=AT + timedelta(days=40)) == 0


def test_everything_in_a_completed_dossier_is_marked_as_a_sample(session: Session) -> None:
    project = make_centre(session)
    complete_dossier(session, project=project.key, at=AT)

    assert all(line.sample for line in list_evidence(session, project.key))
    assert all(
        line.reference.startswith("SAMPLE-") and "Exemple" in line.reference
        for line in list_evidence(session, project.key)
    )
    assert all(line.reference.startswith("SAMPLE-") for line in load_money(session, "centre").commitments)


def test_officers_add_papers_and_finance_adds_its_own(session: Session) -> None:
    project = make_centre(session)
    complete_dossier(session, project=project.key, at=AT)

    by = {line.code: line.added_by for line in list_evidence(session, project.key)}

    assert (by["building_permit"], by["first_tranches_received"]) == ("officer", "finance")


def test_the_pieces_are_dated_on_weekdays_and_in_the_order_of_a_life(session: Session) -> None:
    project = make_centre(session, stage=Stage.ADMISSION)
    for _ in range(4):
        complete_dossier(session, project=project.key, at=AT)
        moved_on(session, project)
    on = {line.code: line.on for line in list_evidence(session, project.key)}

    story = [
        "needs_note",
        "partnership_convention",
        "geotechnical_study",
        "building_permit",
        "bid_opening_minutes",
        "award_approval",
        "contract_notification",
        "performance_bond",
        "start_order_draft",
        "completion_notice",
        "provisional_acceptance",
        "equipment_delivery",
        "trial_period",
    ]
    assert all(on[first] < on[then] for first, then in pairwise(story))
    assert all(day.weekday() < 5 for day in on.values())
    assert on["trial_period"] < TODAY < on["opening_date"] < on["inauguration_date"]


@pytest.mark.parametrize("budget", [1, 2, 3, 100, 4_000_000_01, 85_000_000_00])
def test_promises_and_share_sum_to_the_budget_to_the_centime(session: Session, budget: int) -> None:
    project = make_centre(session, budget=Money(budget))

    complete_dossier(session, project=project.key, at=AT)

    dossier = load_dossier(session, project, TODAY)
    assert promised(dossier) == Money(budget)
    assert {promise.partner for promise in dossier.promises} == dossier.partners
    association = [line for line in load_money(session, "centre").commitments if "assoc" in line.partner]
    assert [(line.amount.centimes, line.in_kind) for line in association] == [(0, True)]


def test_a_centre_whose_only_partner_is_unnamed_is_paid_by_the_foundation(session: Session) -> None:
    make_partner(session, "local-association", placeholder=True)
    project = make_project(session)
    link_partners(session, project, ["local-association"])

    complete_dossier(session, project=project.key, at=AT)

    assert load_money(session, project.key).foundation_share == project.budget
    assert passes_but_for_the_hands(session, project)


def test_what_partners_have_really_promised_stays_and_the_rest_is_filled(session: Session) -> None:
    project = make_centre(session, budget=Money(10_000_000_00))
    load_sample_people(session, at=AT)
    set_commitment(
        session,
        project=project.key,
        partner="centre-council",
        reference="REAL-1",
        amount=Money(2_500_000_00),
        in_kind=False,
        signed_on=TODAY,
        budget_year=2026,
        budget_line="L1",
        by="officer",
        at=AT,
        approved_by="director",
    )
    set_foundation_share(session, project=project.key, amount=Money(1_000_000_00), by="finance", at=AT)

    complete_dossier(session, project=project.key, at=AT)

    money = load_money(session, project.key)
    assert [(line.partner, line.reference, line.amount.centimes) for line in money.commitments] == [
        ("centre-association", "SAMPLE-02", 0),
        ("centre-council", "REAL-1", 2_500_000_00),
        ("centre-ministry", "SAMPLE-02", 6_500_000_00),
    ]
    assert money.foundation_share == Money(1_000_000_00)


def test_partners_who_have_all_promised_too_little_promise_the_rest(session: Session) -> None:
    project = make_centre(session)
    complete_dossier(session, project=project.key, at=AT)
    project.budget_centimes += 2_00
    session.flush()

    complete_dossier(session, project=project.key, at=AT)

    assert promised(load_dossier(session, project, TODAY)) == project.budget
    more = [c.amount.centimes for c in session.exec(select(Commitment)) if c.reference == "SAMPLE-04"]
    assert more == [1_00, 1_00]


def add_real(session: Session, code: str, on: date, value: int | None = None) -> None:
    load_sample_people(session, at=AT)
    evidence.add_evidence(
        session,
        project="centre",
        code=code,
        on=on,
        value=value,
        reference="A real paper",
        file=None,
        by="officer",
        at=AT,
    )


def test_a_sample_never_supersedes_what_people_have_really_added(session: Session) -> None:
    project = make_centre(session, stage=Stage.CONSTRUCTION)
    add_real(session, "physical_progress", TODAY, 40_00)

    complete_dossier(session, project=project.key, at=AT)

    missing = [v.code for v in ask_gate(load_dossier(session, project, TODAY)) if not v.passes]
    assert missing[0] == "physical_progress"
    assert [line.value for line in list_evidence(session, "centre") if not line.sample] == [40_00]


@pytest.mark.parametrize("days", [0, 1, 30, 60, 61, 400])
def test_sample_dates_go_with_real_ones(session: Session, days: int) -> None:
    project = make_centre(session)
    add_real(session, "bid_opening_minutes", TODAY - timedelta(days=days))
    add_real(session, "contract_notification", TODAY - timedelta(days=days))

    complete_dossier(session, project=project.key, at=AT)

    assert passes_but_for_the_hands(session, project)


def test_sample_amounts_go_with_real_ones(session: Session) -> None:
    project = make_centre(session)
    add_real(session, "works_contract", TODAY, 11_999_999_99)

    complete_dossier(session, project=project.key, at=AT)

    value = {line.code: line.value for line in list_evidence(session, "centre")}
    assert value["performance_bond"] == 360_000_00
    assert "budget_revision" in value
    assert passes_but_for_the_hands(session, project)


def test_extra_works_that_are_there_get_their_amendment(session: Session) -> None:
    project = make_centre(session, stage=Stage.CONSTRUCTION)
    add_real(session, "extra_works_share", TODAY, 4_50)

    complete_dossier(session, project=project.key, at=AT)

    assert passes_but_for_the_hands(session, project)


def test_the_guarantee_of_a_real_acceptance_is_respected(session: Session) -> None:
    project = make_centre(session, stage=Stage.LAUNCH)
    add_real(session, "provisional_acceptance", TODAY - timedelta(days=366))

    complete_dossier(session, project=project.key, at=AT)

    assert passes_but_for_the_hands(session, project)


def test_a_guarantee_that_runs_keeps_the_last_gate_shut(session: Session) -> None:
    project = make_centre(session, stage=Stage.LAUNCH)
    add_real(session, "provisional_acceptance", TODAY - timedelta(days=364))

    complete_dossier(session, project=project.key, at=AT)

    missing = [v.code for v in ask_gate(load_dossier(session, project, TODAY)) if not v.passes]
    assert missing[0] == "guarantee_elapsed"
