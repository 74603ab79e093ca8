"""Taking over the portfolio of 2021: whole, once, and never over a person's correction."""

import csv
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, col, func, select

from models import db, report
from models.operations import partners, projects
from models.operations.report import Loaded, load_report
from models.places import province
from models.queries.partners import find_partner
from models.queries.projects import find_project, list_projects, totals
from models.rules.findings import Reading, Severity
from models.rules.kinds import Trait, traits_of
from models.rules.money import Money
from models.rules.stages import Stage, Status
from models.rules.trail import Entry, find_breaks
from models.tables import (
    FindingProject,
    Partner,
    PartnerAlias,
    Partnership,
    Project,
    ReportFinding,
    TrailEntry,
    TrailHead,
)
from tests.builders import AT, make_project

LATER = AT + timedelta(days=1)
MDH = 1_000_000_00
LAST_LINE = 3200
NOTHING = Loaded(projects=0, partners=0, links=0, findings=0)


def test_the_report_is_taken_over_whole(session: Session) -> None:
    loaded = load_report(session, by="tests", at=AT)

    assert loaded == Loaded(projects=27, partners=96, links=87, findings=51)
    assert not loaded.nothing_new


def test_the_budgets_add_up_to_what_the_report_states(loaded: Session) -> None:
    def sum_at(stage: Stage | None) -> Money:
        return totals(list_projects(loaded, stage=stage))["MAD"]

    assert sum_at(Stage.LAUNCH) == Money(48 * MDH)
    assert sum_at(Stage.CONSTRUCTION) == Money(2145 * MDH // 10)
    assert sum_at(Stage.STUDY) == Money(190 * MDH)
    assert sum_at(None) == Money(4525 * MDH // 10)
    assert Counter(line.stage for line in list_projects(loaded)) == {
        Stage.LAUNCH: 1,
        Stage.CONSTRUCTION: 14,
        Stage.STUDY: 12,
    }


def test_every_cost_on_a_project_page_is_that_of_the_overview() -> None:
    with (report.FOLDER / "centres.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["budget_mdh_detail"]]

    assert len(rows) == 17
    assert all(row["budget_mdh_detail"] == row["budget_mdh_overview"] for row in rows)


def test_each_centre_is_described_and_says_where_that_comes_from(loaded: Session) -> None:
    for project in loaded.exec(select(Project)):
        assert all(project.name(language) for language in ("ar", "fr", "en"))
        assert re.search("[\u0600-\u06ff]", project.name_ar)
        assert province(project.province).region == project.region
        assert project.status is Status.ACTIVE
        assert project.source.startswith("report 2021, lines ")
        assert not project.sample


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("khemis-anjra-youth", "tanger-assilah"),  # as printed, finding L2
        ("drarga-oils", "agadir-ida-ou-tanane"),  # finding L5
        ("bni-drar-phc", "oujda-angad"),  # finding L7
        ("fes-btp", "fes"),  # finding L8
        ("ibn-rochd-psychosocial", "anfa"),  # finding L9
        ("ben-msik-second-chance", "ben-msik"),
        ("tamesna-complex", "skhirate-temara"),
    ],
)
def test_a_doubtful_place_is_read_as_printed(loaded: Session, key: str, code: str) -> None:
    assert find_project(loaded, key).province == code


def test_centres_with_beds_are_boarding_centres(loaded: Session) -> None:
    with_beds = {project.key: project.beds for project in loaded.exec(select(Project)) if project.beds}
    school = find_project(loaded, "elhank-tourism")

    assert with_beds == {"elhank-tourism": 96, "tamesna-complex": 160 + 80 + 240 + 160}
    assert Trait.BOARDING in traits_of(school.kind, school.beds)


def test_both_readings_of_the_partners_are_kept_with_their_lines(loaded: Session) -> None:
    links = loaded.exec(select(Partnership)).all()

    assert Counter(link.reading for link in links) == {"both": 70, "overview": 9, "detail": 8}
    assert all(link.retained for link in links)
    assert all(link.source.startswith("report 2021, lines ") for link in links)


def test_loading_again_adds_and_changes_nothing_and_says_so(loaded: Session) -> None:
    before = _books(loaded)

    again = load_report(loaded, by="somebody-else", at=LATER)

    assert again == NOTHING
    assert again.nothing_new
    assert _books(loaded) == before


def test_what_a_person_has_changed_since_is_left_alone(loaded: Session) -> None:
    project = find_project(loaded, "tamesna-complex")
    projects.correct(loaded, project, {"beds": 700}, by="officer", reason="Counted again", at=AT)
    project.stage, project.status = Stage.CONSTRUCTION, Status.SUSPENDED
    partner = find_partner(loaded, "ofppt")
    partners.retain(
        loaded, project=project, partner=partner, retained=False, reason="Left", by="officer", at=AT
    )
    partner.name_fr = "Office, corrigé"
    loaded.flush()

    load_report(loaded, by="tests", at=LATER)

    loaded.expire_all()
    assert (project.beds, project.stage, project.status) == (700, Stage.CONSTRUCTION, Status.SUSPENDED)
    assert partner.name_fr == "Office, corrigé"
    kept = select(Partnership.retained).where(
        Partnership.project_id == project.id, Partnership.partner_id == partner.id
    )
    assert loaded.exec(kept).one() is False


def test_a_centre_that_is_in_the_books_already_is_completed_not_replaced(session: Session) -> None:
    mine = make_project(session, "rahma-cmp", budget=Money(1_00))

    loaded = load_report(session, by="tests", at=LATER)

    assert (loaded.projects, loaded.links) == (26, 87)
    assert find_project(session, "rahma-cmp").budget == mine.budget == Money(1_00)


def test_the_trail_of_a_load_is_whole_and_names_who_did_it(loaded: Session) -> None:
    rows = loaded.exec(select(TrailEntry).order_by(col(TrailEntry.sequence))).all()
    head = loaded.exec(select(TrailHead)).one()
    entries = [Entry(project=row.project_id, **row.model_dump(exclude={"project_id"})) for row in rows]

    assert list(find_breaks(entries, head.sequence, head.hash)) == []
    assert {row.actor for row in rows} == {"tests"}
    assert Counter(row.kind for row in rows) == {
        "project_registered": 27,
        "partner_registered": 96,
        "partner_linked": 87,
        "findings_opened": 1,
    }


def test_two_loads_at_once_write_everything_once(database: Engine) -> None:
    def load(login: str) -> Loaded:
        with db.transaction(database) as opened:
            return load_report(opened, by=login, at=AT)

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(load, ("officer", "director"))

    assert NOTHING in (one, other)
    assert one.findings + other.findings == 51


def test_a_load_takes_few_statements(database: Engine) -> None:
    counted = count()
    event.listen(database, "before_cursor_execute", lambda *_: next(counted))

    with db.transaction(database) as opened:
        load_report(opened, by="tests", at=AT)
    first = next(counted)
    with db.transaction(database) as opened:
        load_report(opened, by="tests", at=AT)

    assert first < 1_500  # about six for each row that the trail names: under a second when idle
    assert next(counted) - first < 20


def test_the_sectors_add_up_to_the_commitments_of_2021() -> None:
    stated = {row.key: row.amount for row in report.commitments()}
    sectors = sum(amount.centimes for key, amount in stated.items() if key.startswith("sector-"))

    assert sectors == 38579 * MDH // 100
    assert abs(stated["total-2021"].centimes - sectors) == MDH // 100  # printed 385.8: rounding
    assert stated["overview-all"] == Money(4525 * MDH // 10)
    assert stated["new-centres-12"] == stated["overview-study-or-construction"] == Money(190 * MDH)


def test_every_finding_of_severity_a_or_b_is_there() -> None:
    graves = {finding.key for finding in report.findings() if finding.severity is Severity.A}
    others = {finding.key for finding in report.findings() if finding.severity is Severity.B}

    assert graves == {
        *(f"P{number}" for number in (1, 3, 4, 6, 7, 8, 9, 10, 11, 12)),
        *("L2", "L5", "L8", "S1", "S2", "S3", "X1"),
    }
    assert others == {
        *(f"P{number}" for number in (2, 13, 14, 15, 18, 19, 23, 29, 31, 32)),
        *("O1", "O2", "O3", "O4", "O6", "N1", "N2", "N3", "N4"),
        *("L1", "L3", "L7", "L9", "L12", "L14"),
        *("S4", "S5", "S6", "S7", "S8", "S9", "S11", "X2", "X3"),
    }


def test_every_finding_says_both_readings_in_three_languages_and_its_lines() -> None:
    known = {centre.key for centre in report.centres()}
    for finding in report.findings():
        assert set(finding.projects) <= known
        assert len(set(finding.projects)) == len(finding.projects)
        for language in ("ar", "fr", "en"):
            assert getattr(finding, f"overview_{language}") != getattr(finding, f"detail_{language}") != ""
        assert re.search("[\u0600-\u06ff]", finding.overview_ar + finding.detail_ar)
        numbers = [int(number) for number in re.findall(r"\d+", finding.lines)]
        assert numbers
        assert all(0 < number < LAST_LINE for number in numbers)


def test_every_effect_fits_its_finding_and_the_links_of_the_report() -> None:
    about = {finding.key: finding.projects for finding in report.findings()}
    links = {(link.project, link.partner): link.reading for link in report.links()}
    for effect in report.effects():
        assert effect.project in about[effect.finding]
        assert effect.reading in (Reading.OVERVIEW, Reading.DETAIL)
        if effect.field == report.PARTNER:
            assert links[effect.project, effect.value] in (effect.reading, Reading.BOTH)
        else:
            assert effect.field in projects.CORRECTABLE
        if effect.field == "province":
            assert province(effect.value).code == effect.value


def test_every_partner_of_one_list_only_has_a_finding_that_decides_on_it() -> None:
    undecided = {
        (link.project, link.partner, link.reading)
        for link in report.links()
        if link.reading is not Reading.BOTH and link.project != "fes-btp"  # no page, nothing to decide
    }
    decided = {
        (effect.project, effect.value, effect.reading)
        for effect in report.effects()
        if effect.field == report.PARTNER
    }

    assert undecided <= decided


def test_the_finding_of_many_centres_is_tied_to_each(loaded: Session) -> None:
    tied = dict(
        loaded.exec(
            select(col(ReportFinding.key), func.count())
            .join(FindingProject, col(FindingProject.finding_id) == col(ReportFinding.id))
            .group_by(col(ReportFinding.key))
        ).all()
    )

    assert (tied["P1"], tied["N3"], tied["S4"], tied["O6"]) == (1, 2, 12, 19)
    assert "X1" not in tied


def test_budgets_are_exact_to_the_centime() -> None:
    budgets = {centre.key: centre.budget for centre in report.centres()}

    assert budgets["fes-atlas-women"] == Money(4_500_000_00)
    assert budgets["guercif-women"].decimal == Decimal("3500000.00")


def _books(session: Session) -> list[object]:
    session.expire_all()
    every = (Project, Partner, PartnerAlias, Partnership, ReportFinding, FindingProject, TrailEntry)
    return [sorted(str(row.model_dump()) for row in session.exec(select(table))) for table in every]
