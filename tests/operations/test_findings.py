"""Settling findings: by whom, once, and what it does to partners, names and places."""

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models import db
from models.clock import local_day
from models.operations import partners
from models.operations.commitments import CommitmentSet, set_commitment
from models.operations.findings import settle
from models.operations.portfolio import import_portfolio
from models.operations.report import load_report
from models.queries.findings import find_finding, list_findings
from models.queries.partners import find_partner
from models.queries.projects import find_project
from models.rules.authority import NotAllowed, Role
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.findings import FindingSettled
from models.rules.money import Money
from models.rules.portfolio import ProjectRow
from models.tables import Commitment, Partner, Partnership, ReportFinding, TrailEntry
from tests.builders import AT, make_person, make_staff

LATER = AT + timedelta(hours=1)
WHY = "Checked against the signed agreement"


def retained(session: Session, project: str) -> set[str]:
    """The partners that a project keeps."""
    session.expire_all()
    return set(
        session.exec(
            select(col(Partner.key))
            .join(Partnership, col(Partnership.partner_id) == col(Partner.id))
            .where(Partnership.project_id == find_project(session, project).id, col(Partnership.retained))
        )
    )


def trail_kinds(session: Session, project: str) -> list[str]:
    """What happened to a project after it was taken over."""
    found = select(TrailEntry).where(
        TrailEntry.project_id == find_project(session, project).id, TrailEntry.at > AT
    )
    return [entry.kind for entry in session.exec(found.order_by(col(TrailEntry.sequence)))]


def test_while_a_finding_is_open_both_readings_stay(loaded: Session) -> None:
    assert {"cp-anfa", "cp-casablanca"} <= retained(loaded, "ibn-rochd-psychosocial")
    assert {"cp-tanger", "cr-tanger-tetouan-alhoceima", "fondation-tanger-med", "tmsa"} <= retained(
        loaded, "jouamaa-women"
    )


@pytest.mark.parametrize(
    ("finding", "reading", "project", "kept", "left_out"),
    [
        ("P1", "overview", "tanger-hearing", set(), {"cr-tanger-tetouan-alhoceima"}),
        ("P1", "detail", "tanger-hearing", {"cr-tanger-tetouan-alhoceima"}, set()),
        ("P3", "overview", "ibn-rochd-psychosocial", {"cp-anfa"}, {"cp-casablanca"}),
        ("P3", "detail", "ibn-rochd-psychosocial", {"cp-casablanca"}, {"cp-anfa"}),
        ("P4", "detail", "ibn-rochd-psychosocial", set(), {"local-specialised-association"}),
        ("P6", "overview", "bouarfa-rehab", set(), {"local-specialised-association"}),
        ("P7", "detail", "bni-ansar-culture", {"marchica-med"}, {"cr-oriental"}),
        ("P8", "detail", "khemis-anjra-youth", {"cr-tanger-tetouan-alhoceima"}, {"cp-tanger"}),
        ("P11", "overview", "jouamaa-women", {"fondation-tanger-med", "cp-tanger"}, {"tmsa"}),
        ("P29", "detail", "fes-btp", {"ofppt"}, set()),
    ],
)
def test_a_settled_reading_decides_who_takes_part(
    loaded: Session, finding: str, reading: str, project: str, kept: set[str], left_out: set[str]
) -> None:
    before = retained(loaded, project)

    settled = settle(loaded, finding=finding, reading=reading, reason=WHY, by="officer", at=LATER)

    after = retained(loaded, project)
    assert before - after == left_out
    assert kept <= after
    assert settled.changed == ((project,) if left_out else ())


def test_another_answer_is_kept_as_said_and_leaves_both_readings(loaded: Session) -> None:
    before = retained(loaded, "khemis-anjra-youth")

    settle(loaded, finding="P8", reading="Les deux conseils signent", reason=WHY, by="director", at=LATER)

    found = find_finding(loaded, "P8")
    assert retained(loaded, "khemis-anjra-youth") == before
    assert (found.settled_reading, found.settled_by, found.settled_at, found.reason) == (
        "Les deux conseils signent",
        "director",
        LATER,
        WHY,
    )


def test_a_settled_name_is_corrected_in_three_languages(loaded: Session) -> None:
    settle(loaded, finding="N1", reading="overview", reason=WHY, by="officer", at=LATER)

    project = find_project(loaded, "tighat-chronic")
    assert "السكري" not in project.name_ar
    assert "diabète" not in project.name_fr
    assert "Diabetes" not in project.name_en


def test_a_settled_name_of_two_centres_is_corrected_in_both(loaded: Session) -> None:
    settled = settle(loaded, finding="N3", reading="overview", reason=WHY, by="officer", at=LATER)

    assert settled.changed == ("bahraouiyine-women", "jouamaa-women")
    for key in settled.changed:
        assert "الشباب" not in find_project(loaded, key).name_ar
        assert trail_kinds(loaded, key) == ["project_corrected", "finding_settled"]


def test_a_settled_place_moves_the_centre_with_its_region(loaded: Session) -> None:
    settle(loaded, finding="L2", reading="detail", reason=WHY, by="officer", at=LATER)
    settle(loaded, finding="L9", reading="Detail ", reason=WHY, by="officer", at=LATER)

    khemis, ibn_rochd = (
        find_project(loaded, "khemis-anjra-youth"),
        find_project(loaded, "ibn-rochd-psychosocial"),
    )
    assert (khemis.province, khemis.region) == ("fahs-anjra", "tanger-tetouan-al-hoceima")
    assert (ibn_rochd.province, ibn_rochd.region) == ("casablanca", "casablanca-settat")


def test_a_reading_that_is_already_in_force_changes_nothing_but_the_finding(loaded: Session) -> None:
    settled = settle(loaded, finding="L2", reading="overview", reason=WHY, by="officer", at=LATER)

    assert settled.changed == ()
    assert trail_kinds(loaded, "khemis-anjra-youth") == ["finding_settled"]


def test_everything_goes_to_the_trail_with_the_reason(loaded: Session) -> None:
    settle(loaded, finding="P3", reading="detail", reason=WHY, by="officer", at=LATER)
    settle(loaded, finding="L9", reading="detail", reason=WHY, by="director", at=LATER)

    assert trail_kinds(loaded, "ibn-rochd-psychosocial") == [
        "partner_unlinked",
        "finding_settled",
        "project_corrected",
        "finding_settled",
    ]
    entries = loaded.exec(
        select(TrailEntry).where(TrailEntry.kind == "finding_settled").order_by(col(TrailEntry.sequence))
    ).all()
    assert json.loads(entries[0].payload) == {
        "finding": "P3",
        "reading": "detail",
        "reason": WHY,
        "projects": ["ibn-rochd-psychosocial"],
        "changed": ["ibn-rochd-psychosocial"],
    }
    assert [entry.actor for entry in entries] == ["officer", "director"]


def test_a_settled_finding_is_answered_with_who_and_when(loaded: Session) -> None:
    settle(loaded, finding="P3", reading="detail", reason=WHY, by="officer", at=LATER)
    before = retained(loaded, "ibn-rochd-psychosocial")

    with pytest.raises(FindingSettled) as settled:
        settle(loaded, finding="P3", reading="overview", reason="No", by="director", at=LATER)

    assert settled.value.details == {"finding": "P3", "reading": "detail", "by": "officer", "at": LATER}
    assert retained(loaded, "ibn-rochd-psychosocial") == before
    assert find_finding(loaded, "P3").settled_by == "officer"


def test_two_officers_at_once_settle_it_once(database: Engine) -> None:
    with db.transaction(database) as session:
        make_staff(session)
        load_report(session, by="tests", at=AT)
    with db.reading(database) as late:
        late.exec(select(ReportFinding).where(ReportFinding.key == "P3")).one()  # has read it open
        late.rollback()
        with db.transaction(database) as first:
            settle(first, finding="P3", reading="detail", reason=WHY, by="officer", at=LATER)
        with pytest.raises(FindingSettled) as settled:
            settle(late, finding="P3", reading="overview", reason=WHY, by="director", at=LATER)
        assert settled.value.details["by"] == "officer"


def test_loading_again_does_not_open_a_settled_finding(loaded: Session) -> None:
    settle(loaded, finding="P3", reading="detail", reason=WHY, by="officer", at=LATER)
    settle(loaded, finding="N1", reading="overview", reason=WHY, by="officer", at=LATER)

    assert load_report(loaded, by="tests", at=LATER).nothing_new

    assert find_finding(loaded, "P3").settled
    assert "cp-anfa" not in retained(loaded, "ibn-rochd-psychosocial")
    assert "السكري" not in find_project(loaded, "tighat-chronic").name_ar


def test_a_partner_with_a_promise_is_not_left_out(loaded: Session) -> None:
    project, partner = find_project(loaded, "ibn-rochd-psychosocial"), find_partner(loaded, "cp-anfa")
    loaded.add(
        Commitment(
            project_id=project.id,
            partner_id=partner.id,
            reference="sample-1",
            amount_centimes=1_00,
            signed_on=date(2026, 1, 5),
        )
    )

    with pytest.raises(partners.PartnerCommitted) as committed:
        settle(loaded, finding="P3", reading="detail", reason=WHY, by="officer", at=LATER)

    assert committed.value.details == {"project": "ibn-rochd-psychosocial", "partner": "cp-anfa"}
    assert "cp-anfa" in retained(loaded, "ibn-rochd-psychosocial")


def sign(session: Session, partner: str, signed_on: date | None) -> CommitmentSet:
    """Enter a promise for the centre of Ibn Rochd, whose council is in doubt (P3)."""
    return set_commitment(
        session,
        project="ibn-rochd-psychosocial",
        partner=partner,
        reference="Conv. 4/2026",
        amount=Money(1_000_000_00),
        in_kind=False,
        signed_on=signed_on,
        budget_year=2026,
        budget_line="1",
        by="officer",
        at=LATER,
    )


def test_a_convention_signed_after_the_settling_overtakes_it_and_says_so(loaded: Session) -> None:
    """D14: the answer, the trail and the finding tell; the decision stays as it was made."""
    settle(loaded, finding="P3", reading="detail", reason=WHY, by="director", at=LATER)
    assert find_finding(loaded, "P3").overtaken == ()

    signed = sign(loaded, "cp-anfa", local_day(AT))

    assert (signed.linked, signed.overtaken) == (True, ("P3",))
    assert "cp-anfa" in retained(loaded, "ibn-rochd-psychosocial")
    (entry,) = loaded.exec(select(TrailEntry).where(TrailEntry.kind == "commitment_set"))
    assert json.loads(entry.payload)["overtakes"] == ["P3"]
    found = find_finding(loaded, "P3")
    assert (found.overtaken, found.settled_reading, found.reason) == (("cp-anfa",), "detail", WHY)
    assert {line.key: line.overtaken for line in list_findings(loaded) if line.overtaken} == {
        "P3": ("cp-anfa",)
    }
    with pytest.raises(FindingSettled):
        settle(loaded, finding="P3", reading="detail", reason=WHY, by="director", at=LATER)


def test_a_convention_signed_before_keeps_the_finding_from_being_settled_against_it(
    loaded: Session,
) -> None:
    """D7: the other order."""
    signed = sign(loaded, "cp-anfa", local_day(AT))

    with pytest.raises(partners.PartnerCommitted):
        settle(loaded, finding="P3", reading="detail", reason=WHY, by="director", at=LATER)

    assert (signed.linked, signed.overtaken) == (False, ())


def test_a_promise_without_a_signature_does_not_overtake_a_decision(loaded: Session) -> None:
    """D14."""
    settle(loaded, finding="P3", reading="detail", reason=WHY, by="director", at=LATER)

    with pytest.raises(BadValue) as refused:
        sign(loaded, "cp-anfa", None)

    assert refused.value.details == {
        "field": "partners",
        "value": "cp-anfa",
        "reason": "partner_left_out",
        "rule": "F1",
    }
    assert "cp-anfa" not in retained(loaded, "ibn-rochd-psychosocial")
    assert sign(loaded, "cp-casablanca", None).overtaken == ()


def test_an_import_takes_a_partner_that_has_signed_after_it_was_left_out(loaded: Session) -> None:
    """D14 and I18: it keeps out only who is out."""
    centre = find_project(loaded, "ibn-rochd-psychosocial")
    row = ProjectRow(
        row=2,
        key=centre.key,
        name_ar=centre.name_ar,
        name_fr=centre.name_fr,
        name_en=centre.name_en,
        sector=centre.sector,
        kind=centre.kind,
        province=centre.province,
        region=centre.region,
        budget=centre.budget,
        partners=(find_partner(loaded, "cp-anfa").name_fr,),
    )
    settle(loaded, finding="P3", reading="detail", reason=WHY, by="director", at=LATER)
    before = import_portfolio(loaded, [row], by="officer", at=LATER, dry_run=True)
    sign(loaded, "cp-anfa", local_day(AT))
    after = import_portfolio(loaded, [row], by="officer", at=LATER)

    assert [problem.code for problem in before.problems] == ["partner_left_out"]
    assert (after.problems, after.unchanged) == ((), (centre.key,))


@pytest.mark.parametrize("login", ["finance", "auditor", "administrator"])
def test_only_officers_and_directors_settle(loaded: Session, login: str) -> None:
    with pytest.raises(NotAllowed):
        settle(loaded, finding="P3", reading="detail", reason=WHY, by=login, at=LATER)

    assert not find_finding(loaded, "P3").settled


def test_an_officer_of_a_region_settles_there_and_nowhere_else(loaded: Session) -> None:
    make_person(loaded, "north", Role.OFFICER, region="tanger-tetouan-al-hoceima")

    settle(loaded, finding="P13", reading="detail", reason=WHY, by="north", at=LATER)
    for elsewhere in ("P3", "P32", "S4", "X1"):  # P32 is half in the region, X1 about the whole
        with pytest.raises(NotAllowed):
            settle(loaded, finding=elsewhere, reading="detail", reason=WHY, by="north", at=LATER)


def test_a_finding_about_the_whole_portfolio_needs_the_whole_portfolio(loaded: Session) -> None:
    make_person(loaded, "one", Role.OFFICER, project="fes-btp")

    with pytest.raises(NotAllowed) as refused:
        settle(loaded, finding="X1", reading="detail", reason=WHY, by="one", at=LATER)
    assert refused.value.details["project"] is None
    assert (
        settle(loaded, finding="x1", reading="detail", reason=WHY, by="officer", at=LATER).finding == "X1"
    )


HOSTILE = ["\x00", "\u202egnidaer", "x" * 10_000]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("field", ["finding", "reading", "reason", "by"])
def test_hostile_input_is_refused_and_settles_nothing(loaded: Session, field: str, hostile: str) -> None:
    given = {"finding": "P3", "reading": "detail", "reason": WHY, "by": "officer", field: hostile}
    before = retained(loaded, "ibn-rochd-psychosocial")

    with pytest.raises(CentreError):
        settle(loaded, **given, at=LATER)

    assert not find_finding(loaded, "P3").settled
    assert retained(loaded, "ibn-rochd-psychosocial") == before


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "{{7*7}}", "=cmd()", "<!channel>"])
def test_text_that_only_looks_like_code_is_kept_as_text(loaded: Session, text: str) -> None:
    settle(loaded, finding="P3", reading=text, reason=text, by="officer", at=LATER)

    assert find_finding(loaded, "P3").settled_reading == find_finding(loaded, "P3").reason == text


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"reason": "  "}, BadValue),
        ({"reading": ""}, BadValue),
        ({"finding": "P99"}, UnknownKey),
        ({"finding": ""}, UnknownKey),
        ({"by": "nobody"}, UnknownKey),
    ],
)
def test_what_is_missing_is_named(
    loaded: Session, given: dict[str, str], refusal: type[CentreError]
) -> None:
    whole = {"finding": "P3", "reading": "detail", "reason": WHY, "by": "officer", **given}

    with pytest.raises(refusal):
        settle(loaded, **whole, at=LATER)
