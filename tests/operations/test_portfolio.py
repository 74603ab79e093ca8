"""Bringing a portfolio in: all or nothing, once, field by field, and only where the person may."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select

from intake.portfolio import read_portfolio
from models.operations import partners
from models.operations.portfolio import Change, Imported, import_portfolio
from models.operations.report import load_report
from models.queries.projects import find_project, list_projects
from models.rules.authority import NotAllowed, Role
from models.rules.errors import BadValue, UnknownKey
from models.rules.kinds import Sector
from models.rules.money import Money
from models.rules.portfolio import Problem, ProjectRow
from models.rules.stages import Stage, Status
from models.tables import Partner, Partnership, Project, TrailEntry
from tests.builders import AT, link_partners, make_partner, make_person, make_project, make_staff

LATER = AT + timedelta(days=1)

ROW = ProjectRow(
    row=2,
    key="sample-one",
    name_ar="مركز المثال",
    name_fr="Centre d’exemple",
    name_en="Sample centre",
    sector=Sector.HEALTH,
    kind="CMP",
    province="nador",
    region="oriental",
    budget=Money(4_500_000_00),
    stage=Stage.STUDY,
    site_fr="Hay Rahma",
)
OTHER = replace(ROW, row=3, key="sample-two", name_fr="Autre centre", partners=("council",))

Bring = Callable[..., Imported]


@pytest.fixture
def bring(session: Session) -> Bring:
    """Import rows as an officer of the whole portfolio."""
    make_staff(session)
    make_partner(session, "council")

    def import_them(*rows: ProjectRow, by: str = "officer", dry_run: bool = False) -> Imported:
        return import_portfolio(session, rows, by=by, at=LATER, dry_run=dry_run, source="sample.csv")

    return import_them


def entries(session: Session) -> int:
    return session.exec(select(func.count()).select_from(TrailEntry)).one()


def partners_of(session: Session, key: str) -> list[str]:
    query = (
        select(col(Partner.key))
        .join(Partnership, col(Partnership.partner_id) == col(Partner.id))
        .join(Project, col(Project.id) == col(Partnership.project_id))
        .where(Project.key == key)
    )
    return sorted(session.exec(query))


def told(problems: tuple[Problem, ...]) -> list[tuple[int, str, str]]:
    return [(problem.row, problem.field, problem.code) for problem in problems]


def test_new_projects_are_registered_with_their_partners(session: Session, bring: Bring) -> None:
    done = bring(ROW, OTHER)

    assert (done.new, done.changed, done.unchanged, done.problems) == (
        ("sample-one", "sample-two"),
        (),
        (),
        (),
    )
    assert done.written
    project = find_project(session, "sample-one")
    assert (project.stage, project.status, project.budget) == (
        Stage.STUDY,
        Status.ACTIVE,
        Money(4_500_000_00),
    )
    assert (project.province, project.region, project.beds) == ("nador", "oriental", 0)
    assert (project.site_fr, project.site_ar, project.source, project.sample) == (
        "Hay Rahma",
        "",
        "sample.csv",
        False,
    )
    assert partners_of(session, "sample-two") == ["council"]


def test_a_new_project_without_a_stage_waits_for_admission(session: Session, bring: Bring) -> None:
    bring(replace(ROW, stage=None))

    assert find_project(session, "sample-one").stage is Stage.ADMISSION


def test_the_same_portfolio_again_writes_nothing(session: Session, bring: Bring) -> None:
    bring(ROW, OTHER)
    before = entries(session)

    again = bring(ROW, OTHER)

    assert again == Imported((), (), ("sample-one", "sample-two"), (), written=True)
    assert entries(session) == before
    assert find_project(session, "sample-one").version == 1


def test_a_dry_run_tells_all_and_writes_nothing(session: Session, bring: Bring) -> None:
    bring(ROW)
    before = entries(session)

    told_only = bring(replace(ROW, beds=12), OTHER, dry_run=True)

    assert (told_only.new, told_only.written) == (("sample-two",), False)
    assert told_only.changed[0].changes == (Change("beds", 0, 12),)
    assert entries(session) == before
    assert [line.key for line in list_projects(session)] == ["sample-one"]


def test_changes_are_listed_field_by_field_and_written_through_the_trail(
    session: Session, bring: Bring
) -> None:
    bring(ROW)

    done = bring(
        replace(
            ROW,
            name_fr="Centre d’exemple, 2e tranche",
            budget=Money(5_000_000_00),
            province="guercif",
            partners=("Partenaire d'exemple council",),
        )
    )

    (changed,) = done.changed
    assert (changed.key, changed.row) == ("sample-one", 2)
    assert set(changed.changes) == {
        Change("name_fr", "Centre d’exemple", "Centre d’exemple, 2e tranche"),
        Change("budget_centimes", 4_500_000_00, 5_000_000_00),
        Change("province", "nador", "guercif"),
        Change("partners", (), ("council",)),
    }
    project = find_project(session, "sample-one")
    assert (project.budget, project.province) == (Money(5_000_000_00), "guercif")
    kinds = session.exec(
        select(TrailEntry.kind)
        .where(TrailEntry.project_id == project.id)
        .order_by(col(TrailEntry.sequence))
    ).all()
    assert kinds == ["project_registered", "project_corrected", "partner_linked"]


def test_what_the_portfolio_does_not_say_stays(session: Session, bring: Bring) -> None:
    bring(replace(OTHER, beds=40, site_ar="موقع"))

    again = bring(replace(OTHER, stage=None, beds=None, site_ar=None, site_fr=None, partners=()))

    assert again.unchanged == ("sample-two",)
    project = find_project(session, "sample-two")
    assert (project.beds, project.site_ar, project.site_fr) == (40, "موقع", "Hay Rahma")
    assert partners_of(session, "sample-two") == ["council"]


def test_a_stage_is_never_changed_and_the_problem_names_both(session: Session, bring: Bring) -> None:
    bring(ROW)

    done = bring(replace(ROW, stage=Stage.CONSTRUCTION, beds=5))

    (problem,) = done.problems
    assert (problem.row, problem.field, problem.code) == (2, "stage", "stage_by_import")
    assert problem.details == {"stage": Stage.STUDY, "asked": Stage.CONSTRUCTION, "project": "sample-one"}
    assert find_project(session, "sample-one").beds == 0


def test_one_problem_keeps_the_whole_portfolio_out(session: Session, bring: Bring) -> None:
    before = entries(session)

    done = bring(ROW, replace(OTHER, partners=("nobody knows this body",)))

    assert told(done.problems) == [(3, "partners", "unknown_partner")]
    assert (done.new, done.written) == (("sample-one",), False)
    assert entries(session) == before
    assert list_projects(session) == ()


def test_unknown_and_ambiguous_partners_come_with_candidates(session: Session, bring: Bring) -> None:
    load_report(session, by="tests", at=AT)

    done = bring(
        replace(ROW, partners=("Ministère de la Santée publik", "وزارة الصحة", "المديرية الجهوية للصحة"))
    )

    codes = [problem.code for problem in done.problems]
    assert codes == ["unknown_partner", "ambiguous_partner"]
    assert all(problem.details["candidates"] for problem in done.problems)
    assert len(session.exec(select(Partner)).all()) == 96 + 1


def test_two_spellings_of_one_partner_join_it_once(session: Session, bring: Bring) -> None:
    load_report(session, by="tests", at=AT)

    bring(
        replace(
            ROW,
            partners=(
                "وزارة الصحة",
                "ministry-health",
                "Ministère de la Santé et de la Protection sociale",
            ),
        )
    )

    assert partners_of(session, "sample-one") == ["ministry-health"]


def test_a_partner_that_was_left_out_stays_out(session: Session, bring: Bring) -> None:
    bring(OTHER)
    project = find_project(session, "sample-two")
    council = session.exec(select(Partner).where(Partner.key == "council")).one()
    partners.retain(
        session, project=project, partner=council, retained=False, reason="sample", by="director", at=AT
    )

    done = bring(OTHER)

    assert told(done.problems) == [(3, "partners", "partner_left_out")]


def test_a_key_that_comes_twice_is_a_problem(session: Session, bring: Bring) -> None:
    done = bring(ROW, replace(ROW, row=9))

    assert told(done.problems) == [(9, "key", "duplicate_key")]
    assert done.problems[0].details == {"first_row": 2}
    assert list_projects(session) == ()


def test_who_may_import_nothing_hears_so_before_anything_else(session: Session, bring: Bring) -> None:
    make_person(session, "away", Role.OFFICER).disabled_at = AT
    for login in ("director", "finance", "auditor", "away"):
        with pytest.raises(NotAllowed):
            bring(ROW, by=login)
    with pytest.raises(UnknownKey):
        bring(ROW, by="nobody\x00")


def test_an_administrator_may_import(bring: Bring) -> None:
    assert bring(ROW, by="administrator").written


def test_an_officer_of_a_region_imports_its_projects_only(session: Session, bring: Bring) -> None:
    make_person(session, "eastern", Role.OFFICER, region="oriental")
    far = replace(ROW, row=5, key="far", province="rabat", region="rabat-sale-kenitra")

    assert bring(ROW, by="eastern").written
    refused = bring(replace(ROW, beds=3), far, by="eastern")

    assert told(refused.problems) == [(5, "province", "import_not_allowed")]
    assert refused.problems[0].details["region"] == "rabat-sale-kenitra"
    assert find_project(session, "sample-one").beds == 0


def test_no_project_is_taken_out_of_a_region_or_into_it(session: Session, bring: Bring) -> None:
    make_person(session, "eastern", Role.OFFICER, region="oriental")
    make_project(session, "sample-far", province="rabat", region="rabat-sale-kenitra")
    bring(ROW)

    out = bring(replace(ROW, province="rabat", region="rabat-sale-kenitra"), by="eastern")
    into = bring(replace(ROW, key="sample-far"), by="eastern")

    assert told(out.problems) == told(into.problems) == [(2, "province", "import_not_allowed")]


def test_an_officer_of_one_project_corrects_that_one(session: Session, bring: Bring) -> None:
    bring(ROW)
    make_person(session, "keeper", Role.OFFICER, project="sample-one")

    assert bring(replace(ROW, beds=3), by="keeper").written
    assert told(bring(OTHER, by="keeper").problems) == [(3, "province", "import_not_allowed")]


def test_rows_that_no_file_gave_are_checked_all_the_same(session: Session, bring: Bring) -> None:
    for wrong in (
        replace(ROW, key="Not A Key"),
        replace(ROW, name_en="a\u202eb"),
        replace(ROW, kind="hospital"),
        replace(ROW, budget=Money(-1)),
        replace(ROW, beds=-1),
    ):
        with pytest.raises(BadValue):
            bring(wrong)


def test_progress_counts_what_is_written(session: Session, bring: Bring) -> None:
    counted: list[int] = []

    import_portfolio(session, [ROW, OTHER], by="officer", at=AT, progress=counted.append)

    assert counted == [1, 2]


def test_an_export_of_the_report_comes_back_unchanged(session: Session, bring: Bring) -> None:
    load_report(session, by="tests", at=AT)
    before = entries(session)
    rows = [
        ProjectRow(
            row=number,
            key=project.key,
            name_ar=project.name_ar,
            name_fr=project.name_fr,
            name_en=project.name_en,
            sector=project.sector,
            kind=project.kind,
            province=project.province,
            region=project.region,
            budget=project.budget,
            stage=project.stage,
            beds=project.beds,
            site_ar=project.site_ar,
            site_fr=project.site_fr,
            partners=tuple(partners_of(session, project.key)),
        )
        for number, project in enumerate(session.exec(select(Project)).all(), start=2)
    ]

    done = bring(*rows)

    assert (len(done.unchanged), done.new, done.changed, done.problems) == (27, (), (), ())
    assert entries(session) == before


def test_a_file_goes_all_the_way(session: Session, bring: Bring, tmp_path: Path) -> None:
    file = tmp_path / "portfolio.csv"
    headings = (
        "المفتاح;الاسم بالعربية;الاسم بالفرنسية;الاسم بالإنجليزية;القطاع;النوع;الإقليم;الميزانية;المرحلة"
    )
    centre = "sample-cmp;مركز;Centre;Centre;الصحة;مركز طبي للقرب;الناظور;4,5 MDH;الدراسات"
    text = f"{headings};الشركاء\n{centre};Partenaire d'exemple council\n"
    file.write_text(text, encoding="cp1256")

    sheet = read_portfolio(file)
    done = bring(*sheet.rows)

    assert (sheet.problems, sheet.encoding, done.new) == ((), "cp1256", ("sample-cmp",))
    project = find_project(session, "sample-cmp")
    assert (project.budget, project.province, project.stage) == (Money(4_500_000_00), "nador", Stage.STUDY)
    assert partners_of(session, "sample-cmp") == ["council"]


def test_known_projects_are_found_in_a_long_portfolio(session: Session, bring: Bring) -> None:
    rows = [replace(ROW, row=number, key=f"sample-{number}") for number in range(1200)]
    import_portfolio(session, rows[600:700], by="officer", at=AT)
    link_partners(session, find_project(session, "sample-650"), ["council"])

    told_only = bring(*rows, dry_run=True)

    assert (len(told_only.new), len(told_only.unchanged)) == (1100, 100)
