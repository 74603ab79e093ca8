import csv
from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from intake import portfolio
from intake.portfolio import MOST_PROBLEMS, MOST_PROJECTS, Problem, Sheet, read_portfolio
from intake.rows import HeaderMissing, TooManyRows
from intake.tables import FileRefused
from intake.vocabulary import vocabulary
from models.rules.kinds import KINDS, Sector
from models.rules.money import Money
from models.rules.names import fold
from models.rules.stages import Stage
from models.settings import LANGUAGES
from notifications.words import say
from tests.intake.files import chance, mutated, write_workbook

NEEDED = ("key", "name_ar", "name_fr", "name_en", "sector", "kind", "province", "budget")
COLUMNS = (*NEEDED, "stage", "beds", "site_ar", "site_fr", "partners")

CENTRE: Mapping[str, Any] = {
    "key": "sample-cmp",
    "name_ar": "مركز المثال",
    "name_fr": "Centre d’exemple",
    "name_en": "Sample centre",
    "sector": "health",
    "kind": "CMP",
    "province": "Salé",
    "budget": "4 500 000,00",
    "stage": "study",
    "beds": "",
    "site_ar": "حي الرحمة",
    "site_fr": "Hay Rahma",
    "partners": "Ministère de la Santé|OFPPT",
}


def write_csv(
    path: Path, *centres: Mapping[str, Any], columns: Sequence[str] = COLUMNS, encoding: str = "utf-8"
) -> Path:
    """Write a portfolio; each centre changes what it is about."""
    out = StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(columns)
    for centre in centres:
        whole = {**CENTRE, **centre}
        writer.writerow([whole.get(column, "") for column in columns])
    path.write_bytes(out.getvalue().encode(encoding))
    return path


def problems_of(tmp_path: Path, *centres: Mapping[str, Any], **kwargs: Any) -> list[Problem]:
    sheet = read_portfolio(write_csv(tmp_path / "portfolio.csv", *centres, **kwargs))
    assert len(sheet.problems) == sheet.problem_count
    return list(sheet.problems)


def told(problems: Sequence[Problem]) -> list[tuple[int, str, str]]:
    return [(problem.row, problem.field, problem.code) for problem in problems]


def test_a_centre_is_read_with_its_place_its_money_and_its_partners(tmp_path: Path) -> None:
    sheet = read_portfolio(write_csv(tmp_path / "a.csv", {}))

    (row,) = sheet.rows
    assert (sheet.problems, sheet.notes, sheet.encoding, sheet.separator) == ((), (), "utf-8", ";")
    assert (row.row, row.key, row.name_fr, row.site_ar) == (
        2,
        "sample-cmp",
        "Centre d’exemple",
        "حي الرحمة",
    )
    assert (row.sector, row.kind, row.stage) == (Sector.HEALTH, "CMP", Stage.STUDY)
    assert (row.province, row.region) == ("sale", "rabat-sale-kenitra")
    assert row.budget == Money(4_500_000_00)
    assert row.beds is None
    assert row.partners == ("Ministère de la Santé", "OFPPT")


def test_columns_that_need_not_be_there_may_be_missing(tmp_path: Path) -> None:
    (row,) = read_portfolio(write_csv(tmp_path / "a.csv", {}, columns=NEEDED)).rows

    assert (row.stage, row.beds, row.site_ar, row.site_fr, row.partners) == (None, None, None, None, ())


@pytest.mark.parametrize("language", LANGUAGES)
def test_headings_and_choices_are_known_in_each_language(tmp_path: Path, language: str) -> None:
    words = vocabulary()
    headings = [words.columns.shown(column, language) for column in COLUMNS]
    in_words = {"sector": say("sector.health", language), "kind": say("kind.CMP", language)}
    in_words["stage"] = say("stage.construction", language).upper()
    centre = {**CENTRE, **in_words}
    file = write_workbook(tmp_path / "a.xlsx", [[centre[column] for column in COLUMNS]], header=headings)

    (row,) = read_portfolio(file).rows

    assert (row.sector, row.kind, row.stage) == (Sector.HEALTH, "CMP", Stage.CONSTRUCTION)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_choice_may_be_written_as_the_program_writes_it(language: str) -> None:
    for family, codes in (("sector", list(Sector)), ("kind", list(KINDS)), ("stage", list(Stage))):
        choices = vocabulary().choices[family]
        assert set(choices.by_code) == {str(code) for code in codes}
        for code in codes:
            assert choices.find(say(f"{family}.{code}", language)) == code
            assert choices.find(str(code)) == code


def test_no_word_means_two_things() -> None:
    words = vocabulary()
    for group in (words.columns, *words.choices.values()):
        for code, spelled in group.by_code.items():
            for word in (code, *(word for some in spelled.values() for word in some)):
                assert group.by_fold[fold(word)][0] == code


def test_the_2021_names_pass_every_check(tmp_path: Path) -> None:
    from models import report

    centres = [
        {
            "key": centre.key,
            "name_ar": centre.name_ar,
            "name_fr": centre.name_fr,
            "name_en": centre.name_en,
            "sector": centre.sector,
            "kind": centre.kind,
            "province": centre.province,
            "budget": f"{centre.budget.decimal:.2f}",
            "beds": str(centre.beds),
            "partners": "",
        }
        for centre in report.centres()
    ]

    sheet = read_portfolio(write_csv(tmp_path / "a.csv", *centres))

    assert sheet.problems == ()
    assert sum(row.budget.centimes for row in sheet.rows) == 452_500_000_00


def test_every_problem_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    wrong = {
        "key": "Not A Key",
        "name_ar": "",
        "name_fr": "=cmd()",
        "name_en": "a\u202eb",
        "sector": "helth",
        "kind": "hospital",
        "province": "Rabatt",
        "budget": "much",
        "stage": "travau",
        "beds": "many",
        "site_ar": "x" * 301,
        "site_fr": "two\nlines",
        "partners": "OFPPT; ONEE",
    }

    problems = problems_of(tmp_path, wrong, {})

    assert told(problems) == [
        (2, "key", "not_a_key"),
        (2, "name_ar", "empty"),
        (2, "name_fr", "formula_text"),
        (2, "name_en", "hidden_characters"),
        (2, "sector", "unknown_sector"),
        (2, "kind", "unknown_kind"),
        (2, "province", "unknown_province"),
        (2, "budget", "not_an_amount"),
        (2, "stage", "unknown_stage"),
        (2, "beds", "not_a_whole_number"),
        (2, "site_ar", "too_long"),
        (2, "site_fr", "line_break"),
        (2, "partners", "wrong_separator"),
    ]
    details = {problem.field: problem.details for problem in problems}
    assert "health" in details["sector"]["candidates"]  # type: ignore[operator]
    assert details["province"] == {"candidates": ("Rabat",)}
    assert "travaux" in details["stage"]["candidates"]  # type: ignore[operator]
    assert details["site_ar"]["limit"] == 300
    assert problems[3].value == "a\\u202eb"


def test_rows_without_a_problem_are_read_beside_those_with_one(tmp_path: Path) -> None:
    sheet = read_portfolio(write_csv(tmp_path / "a.csv", {"key": "a"}, {"key": "B"}, {"key": "c"}))

    assert [row.key for row in sheet.rows] == ["a", "c"]
    assert told(sheet.problems) == [(3, "key", "not_a_key")]


def test_candidates_come_in_the_script_of_the_mistake(tmp_path: Path) -> None:
    sector, province = problems_of(tmp_path, {"sector": "الصحة العامة", "province": "الربط"})

    assert "الصحة" in sector.details["candidates"]  # type: ignore[operator]
    assert "الرباط" in province.details["candidates"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("budget", "code"),
    [
        ("", "empty"),
        ("0", "not_positive"),
        ("-5", "negative"),
        ("12 000 000 000", "amount_too_large"),
        ("1.250", "ambiguous_amount"),
        ("12,345", "ambiguous_amount"),
        ("1250,505", "too_many_decimals"),
        ("1250 €", "other_currency"),
        ("NaN", "not_an_amount"),
    ],
)
def test_budgets_that_cannot_be(tmp_path: Path, budget: str, code: str) -> None:
    (problem,) = problems_of(tmp_path, {"budget": budget})

    assert (problem.field, problem.code) == ("budget", code)


def test_the_other_budgets_tell_the_decimal_sign(tmp_path: Path) -> None:
    sheet = read_portfolio(
        write_csv(tmp_path / "a.csv", {"key": "a", "budget": "4,5 MDH"}, {"key": "b", "budget": "1.250"})
    )

    assert [row.budget for row in sheet.rows] == [Money(4_500_000_00), Money(1_250_00)]


def test_a_key_that_comes_twice_names_the_first_row(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, {}, {"key": "other"}, {})

    assert (problem.row, problem.field, problem.code) == (4, "key", "duplicate_key")
    assert problem.details == {"first_row": 2}


def test_headings_that_are_missing_unknown_or_twice(tmp_path: Path) -> None:
    columns = (
        "key",
        "name_ar",
        "name_fr",
        "name_en",
        "sector",
        "kind",
        "Provinse",
        "nom en arabe",
        "stage",
    )

    problems = problems_of(tmp_path, {"Provinse": "Rabat", "nom en arabe": "م"}, columns=columns)

    assert told(problems) == [
        (1, "", "unknown_column"),
        (1, "name_ar", "duplicate_column"),
        (1, "province", "missing_column"),
        (1, "budget", "missing_column"),
    ]
    assert "Province" in problems[0].details["candidates"]  # type: ignore[operator]


def test_cells_beside_the_table_and_rows_cut_short_are_told(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", {})
    text = file.read_text(encoding="utf-8")
    beside = text.splitlines()[1] + ";lost remark"
    file.write_text(f"{text}{beside}\nc;م;n;n;health;CMP;Rabat;8500", encoding="utf-8")

    sheet = read_portfolio(file)

    assert [(problem.row, problem.code) for problem in sheet.problems] == [
        (3, "cell_without_heading"),
        (3, "duplicate_key"),
        (4, "too_few_cells"),
    ]
    assert sheet.problems[0].details == {"column": "N"}
    assert sheet.problems[2].details == {"found": 8, "expected": 13}


def test_formulas_and_merged_cells_of_a_workbook_are_told_by_cell(tmp_path: Path) -> None:
    centre = {**CENTRE, "budget": "=A1*2"}
    rows = [[{**centre, "key": key}[column] for column in COLUMNS] for key in ("a", "b", "c")]
    file = write_workbook(tmp_path / "a.xlsx", rows, header=COLUMNS)
    book = openpyxl.load_workbook(file)
    book.worksheets[0].merge_cells("G3:G4")
    book.save(file)

    sheet = read_portfolio(file)

    assert told(sheet.problems) == [
        (2, "budget", "formula"),
        (3, "province", "merged_cells"),
        (3, "budget", "formula"),
        (4, "province", "merged_cells"),
        (4, "budget", "formula"),
    ]
    assert {problem.value for problem in sheet.problems} == {"=A1*2", "G3:G4"}


def test_typed_cells_of_a_workbook_are_read(tmp_path: Path) -> None:
    centre = {**CENTRE, "budget": 4_500_000.5, "beds": 96}
    file = write_workbook(tmp_path / "a.xlsx", [[centre[column] for column in COLUMNS]], header=COLUMNS)

    (row,) = read_portfolio(file).rows

    assert (row.budget, row.beds) == (Money(4_500_000_50), 96)


def test_the_sample_row_is_passed_over_with_a_note(tmp_path: Path) -> None:
    sheet = read_portfolio(write_csv(tmp_path / "a.csv", {"key": "sample-row", "budget": "rubbish"}, {}))

    assert [row.key for row in sheet.rows] == ["sample-cmp"]
    assert [(note.code, note.details) for note in sheet.notes] == [("sample_row_skipped", {"row": 2})]


def test_a_heading_without_rows_is_no_portfolio(tmp_path: Path) -> None:
    assert told(problems_of(tmp_path)) == [(1, "", "no_rows")]


def test_another_table_is_no_portfolio(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("date;libellé;montant\n2021-01-02;x;5\n", encoding="utf-8")

    with pytest.raises(HeaderMissing):
        read_portfolio(file)


def test_problems_are_listed_up_to_a_limit_and_all_counted(tmp_path: Path) -> None:
    centres = [{"key": f"k-{number}", "budget": "x", "beds": "x"} for number in range(600)]

    sheet = read_portfolio(write_csv(tmp_path / "a.csv", *centres))

    assert (len(sheet.problems), sheet.problem_count) == (MOST_PROBLEMS, 1200)


def test_more_projects_than_a_portfolio_has_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    centres = [{"key": f"k-{number}"} for number in range(31)]
    told_rows: list[int] = []
    monkeypatch.setattr(portfolio, "MOST_PROJECTS", 31)
    read_portfolio(write_csv(tmp_path / "a.csv", *centres), progress=told_rows.append)
    monkeypatch.setattr(portfolio, "MOST_PROJECTS", 30)

    with pytest.raises(TooManyRows) as refused:
        read_portfolio(tmp_path / "a.csv")

    assert told_rows == [31]
    assert (refused.value.details["limit"], refused.value.details["count"]) == (30, 31)
    assert MOST_PROJECTS == 20_000


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1256"])
def test_a_portfolio_in_arabic_comes_in_any_alphabet_in_use(tmp_path: Path, encoding: str) -> None:
    centre = {"name_fr": "Centre médical", "budget": "4,5 MDH", "province": "سلا"}
    columns = [vocabulary().columns.shown(column, "ar") for column in COLUMNS]
    file = write_csv(
        tmp_path / "a.csv",
        {heading: {**CENTRE, **centre}[column] for heading, column in zip(columns, COLUMNS, strict=True)},
        columns=columns,
        encoding=encoding,
    )

    (row,) = read_portfolio(file).rows

    assert (row.name_ar, row.name_fr, row.province) == ("مركز المثال", "Centre médical", "sale")


def test_never_a_traceback_on_files_with_accidents(tmp_path: Path) -> None:
    text = write_csv(tmp_path / "a.csv", *({"key": f"k-{number}"} for number in range(4))).read_bytes()
    rows = [[CENTRE[column] for column in COLUMNS]] * 4
    book = write_workbook(tmp_path / "a.xlsx", rows, header=COLUMNS).read_bytes()
    for seed in range(200):
        for whole in (text, book):
            file = tmp_path / "wounded"
            file.write_bytes(mutated(whole, seed))
            with suppress(FileRefused):
                assert isinstance(read_portfolio(file), Sheet)


def test_never_a_traceback_on_hostile_cells(tmp_path: Path) -> None:
    hostile = ("\x00", "\u202e", "x" * 10_000, "<script>", "{{7*7}}", "=cmd()", "|", "|" * 500, "9" * 500)
    luck = chance(1)
    for _ in range(60):
        centre = {column: luck.choice(hostile) for column in COLUMNS if luck.random() < 0.5}
        sheet = read_portfolio(write_csv(tmp_path / "a.csv", centre))
        assert all(len(problem.value) < 400 and "\u202e" not in problem.value for problem in sheet.problems)
