"""Every bad file is named by row and field, and none of it is taken."""

import tracemalloc
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from intake.archives import WorkbookOversized
from intake.content import FileEmpty, NotATable
from intake.delimited import QuotesBroken
from intake.encodings import EncodingUnknown
from intake.rows import FileRefused
from intake.statements.profiles import find_profile, profile_of
from intake.statements.reading import lines_of, look_through
from intake.statements.tables import EncodingDiffers, ProfileMisfit
from models.rules.statement_files import BadProfile, StatementSummary
from tests.intake.files import write_parts
from tests.intake.statements.written import (
    THREE,
    amount,
    moved,
    table_of,
    write_csv,
    write_two,
    write_xlsx,
)

TWO = "sample-two-columns"


def told(found: StatementSummary) -> list[tuple[int, str, str]]:
    return [(one.row, one.field, one.code) for one in found.problems]


def looked(path: Path, cells: list[list[str]], name: str = TWO) -> StatementSummary:
    profile = find_profile(name)
    write = write_xlsx(path, cells) if path.suffix == ".xlsx" else write_csv(path, cells, profile)
    return look_through(write, profile)


def changed(row: int, column: int, text: str, name: str = TWO) -> list[list[str]]:
    """Return the three movements with one cell changed; the heading is row 1, the first movement row 3."""
    cells = table_of(find_profile(name), THREE)
    cells[row - 1][column] = text
    return cells


DAY, LABEL, DEBIT, CREDIT = 0, 2, 4, 5
CELLS = [
    (3, CREDIT, "1,250.50", ("credit", "other_decimal_sign")),
    (3, CREDIT, "1250.5", ("credit", "other_decimal_sign")),
    (3, CREDIT, "1 250,505", ("credit", "too_many_decimals")),
    (3, CREDIT, "", ("amount", "no_amount")),
    (3, DEBIT, "1,00", ("credit", "both_sides")),
    (4, DEBIT, "-250,50", ("debit", "negative")),
    (4, DEBIT, "EUR 250,50", ("debit", "other_currency")),
    (4, DEBIT, "douze", ("debit", "not_an_amount")),
    (4, DEBIT, "99999999999999999,00", ("debit", "amount_too_large")),
    (3, DAY, "01/13/2024", ("day", "other_date_order")),
    (3, DAY, "31/02/2024", ("day", "not_a_date")),
    (3, DAY, "02/01/24", ("day", "short_year")),
    (3, DAY, "", ("day", "empty")),
    (3, LABEL, "=cmd()", ("label", "formula_text")),
    (3, LABEL, "x" * 10_000, ("label", "too_long")),
    (3, LABEL, "a\x00b", ("label", "nul_bytes")),
]


@pytest.mark.parametrize(("row", "column", "text", "problem"), CELLS)
def test_each_bad_cell_is_named(
    tmp_path: Path, row: int, column: int, text: str, problem: tuple[str, str]
) -> None:
    """J6. The row and the field are told; the balance that is off for it is told besides."""
    found = told(looked(tmp_path / "a.csv", changed(row, column, text)))

    assert found[0] == (row, *problem)
    assert [code for _row, _field, code in found[1:]] in ([], ["balance_off"])


def test_every_bad_row_is_listed(tmp_path: Path) -> None:
    """J6. The first one stops nothing."""
    cells = changed(3, CREDIT, "x")
    cells[4][DAY] = "y"

    assert told(looked(tmp_path / "a.csv", cells))[:2] == [
        (3, "credit", "not_an_amount"),
        (5, "day", "not_a_date"),
    ]


def test_a_point_before_thousands_is_what_the_profile_says(tmp_path: Path) -> None:
    """J7. `1.250,50` and `1.250` are read by the comma of the profile; `1,250.50` is refused."""
    cells = changed(3, CREDIT, "1.250,50")
    assert told(looked(tmp_path / "a.csv", cells)) == []
    cells[4][DEBIT], cells[5][CREDIT] = "1.010", "-10,00"
    assert told(looked(tmp_path / "b.csv", cells)) == []
    cells[3][DEBIT] = "1,250.50"

    assert told(looked(tmp_path / "c.csv", cells))[0] == (4, "debit", "other_decimal_sign")


def test_arabic_digits_are_read(tmp_path: Path) -> None:
    cells = table_of(find_profile("sample-arabic"), THREE)
    cells[2][0], cells[2][5] = "٠٢/٠١/٢٠٢٤", "١٢٥٠٫٥٠"

    found = looked(tmp_path / "a.csv", cells, "sample-arabic")

    assert told(found) == []
    assert found.starts_on == date(2024, 1, 2)


def test_balance_that_is_off_is_told_with_both_figures_and_the_difference(tmp_path: Path) -> None:
    """J1. One centime is enough."""
    cells = changed(6, CREDIT, amount(990_01))
    found = looked(tmp_path / "a.csv", cells)

    assert told(found) == [(6, "closing", "balance_off")]
    assert found.problems[0].value == "990.01 MAD"
    assert found.problems[0].details == {
        "opening": "0.00 MAD",
        "movements": "990.00 MAD",
        "found": "990.00 MAD",
        "difference": "-0.01 MAD",
    }
    assert not found.is_whole


def test_a_file_cut_short_lacks_its_closing_balance(tmp_path: Path) -> None:
    """J1. What the profile says of balances is there, or the file is not whole."""
    assert told(looked(tmp_path / "a.csv", table_of(find_profile(TWO), THREE)[:-1])) == [
        (5, "closing", "balance_missing")
    ]


def test_a_row_that_is_missing_is_found_by_the_balance_beside_the_next_one(tmp_path: Path) -> None:
    """J1. The running balance names the row, also where the newest comes first."""
    name = "sample-signed-amount"
    cells = table_of(find_profile(name), THREE)
    del cells[2]

    assert told(looked(tmp_path / "a.csv", cells, name)) == [
        (2, "closing", "balance_off"),
        (3, "balance", "running_off"),
    ]


def test_a_part_of_a_file_begins_with_what_the_one_before_came_to(tmp_path: Path) -> None:
    """J1. Two months in one file."""
    cells = table_of(find_profile(TWO), THREE)
    second = [row.copy() for row in cells[1:]]
    second[0][CREDIT], second[-1][CREDIT] = amount(990_00), amount(1_980_00)
    assert told(looked(tmp_path / "a.csv", [*cells, *second])) == []
    second[0][CREDIT], second[-1][CREDIT] = amount(990_01), amount(1_980_01)

    assert told(looked(tmp_path / "b.csv", [*cells, *second])) == [(7, "opening", "balance_not_followed")]


def test_rows_in_another_alphabet_are_named(tmp_path: Path) -> None:
    """J5. One row of UTF-8 in a text of Windows, one of Windows in a text of UTF-8."""
    profile = find_profile(TWO)
    cells = table_of(profile, [moved(2, 100, f"élève {place}") for place in range(40)])
    whole = write_csv(tmp_path / "a.csv", cells, profile).read_bytes()
    mixed = whole.replace("élève 7;".encode("cp1252"), "élève 7;".encode())
    (tmp_path / "a.csv").write_bytes(mixed)
    arabic = find_profile("sample-arabic")
    other = write_csv(tmp_path / "b.csv", table_of(arabic, THREE), arabic).read_bytes()
    (tmp_path / "b.csv").write_bytes(other.replace("élève".encode(), "élève".encode("cp1252")))

    assert told(look_through(tmp_path / "a.csv", profile)) == [
        (10, "label", "mixed_encodings"),
        (43, "closing", "balance_off"),
    ]
    with pytest.raises(EncodingUnknown) as refused:
        look_through(tmp_path / "b.csv", arabic)
    assert refused.value.details["row"] == 3


@pytest.mark.parametrize("label", ["‘SANTÉ’", "COMMUNAUTÉ’ VIR", "Frais n°7 §"])
def test_what_could_be_one_letter_of_another_alphabet_by_chance_is_taken(
    tmp_path: Path, label: str
) -> None:
    """J5."""
    profile = find_profile(TWO)
    file = write_csv(tmp_path / "a.csv", changed(3, LABEL, label), profile)

    assert look_through(file, profile).problems == ()
    assert next(lines_of(file, profile)).label == label


def test_another_alphabet_than_the_profile_says_is_told(tmp_path: Path) -> None:
    """J5. UTF-8 read as cp1252 would give strange letters in silence."""
    file, profile = write_two(tmp_path / "a.csv")
    file.write_text(file.read_text(encoding="cp1252"), encoding="utf-8")

    with pytest.raises(EncodingDiffers) as refused:
        look_through(file, profile)

    assert (refused.value.details["expected"], refused.value.details["found"]) == ("cp1252", "utf-8")


def test_a_profile_that_does_not_fit_names_what_it_expects_and_what_fits(tmp_path: Path) -> None:
    """J12. Headings of another layout, and another format."""
    file, _profile = write_two(tmp_path / "a.csv")

    for name, expected in (("sample-ledger-account", "Date écriture"), ("mt940", "MT940")):
        with pytest.raises(ProfileMisfit) as refused:
            look_through(file, find_profile(name))
        assert expected in str(refused.value.details["expected"])
        assert refused.value.details["candidates"] == (TWO,)


FOREIGN: list[tuple[dict[str, str], Any]] = [
    ({"currency": "EUR"}, ("currency", "other_currency_without_rate")),
    ({"currency": "EUR", "rate": "10,8"}, (1080, 100, "EUR")),
    ({"currency": "EUR", "rate": "dix"}, ("rate", "not_a_rate")),
    ({"currency": "EUR", "rate": "0"}, ("rate", "not_a_rate")),
    ({"currency": "EUR", "original_amount": "9.25"}, (100, 925, "EUR")),
    ({"original_amount": "9.25", "original_currency": "EUR"}, (100, 925, "EUR")),
    ({"original_amount": "9.25"}, ("original_currency", "currency_missing")),
    ({"original_amount": "1.00"}, (100, None, "")),
    ({"currency": "euros"}, ("currency", "not_a_currency")),
    ({"currency": "DH"}, (100, None, "")),
]


def test_a_movement_of_tomorrow_is_named(tmp_path: Path) -> None:
    """J23. Of today it is taken, and a value day may come later."""
    profile = find_profile(TWO)
    cells = table_of(profile, THREE)
    file = write_csv(tmp_path / "a.csv", cells, profile)
    last = max(row.day for row in lines_of(file, profile))

    assert told(look_through(file, profile, today=last)) == []
    found = look_through(file, profile, today=last - timedelta(days=1)).problems
    assert {(one.field, one.code, one.value) for one in found} == {("day", "in_the_future", str(last))}
    assert found[0].details == {"limit": str(last - timedelta(days=1))}


@pytest.mark.parametrize(("cells", "outcome"), FOREIGN)
def test_another_currency_needs_its_amount_or_its_rate(
    tmp_path: Path, cells: dict[str, str], outcome: Any
) -> None:
    """J8."""
    names = ("day", "label", "amount", *cells)
    columns = "".join(f'{name} = ["{name}"]\n' for name in names)
    head = 'separator = ";"\ndecimal = "."\ndates = "year_first"\n[title]\nen = "x"\n[columns]\n'
    profile = profile_of("foreign", head + columns)
    row = ["2024-01-02", "VIR", "1.00", *cells.values()]
    file = write_csv(tmp_path / "a.csv", [names, row], profile)
    found = look_through(file, profile)

    if len(outcome) == 2:
        assert told(found) == [(2, *outcome)]
    else:
        line = next(lines_of(file, profile))
        assert (line.amount, line.original_centimes, line.original_currency) == outcome


def test_formulas_and_merged_amounts_of_a_workbook_are_named(tmp_path: Path) -> None:
    """J9. A title may be merged, an amount not; nothing is worked out."""
    cells = [["Relevé", "", "", "", "", "", ""], *table_of(find_profile("sample-workbook"), THREE)]
    file = write_xlsx(tmp_path / "a.xlsx", cells)
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    sheet.merge_cells("A1:G1")
    book.save(file)
    assert told(look_through(file, find_profile("sample-workbook"))) == []
    sheet["E4"] = "=SUM(1,2)"
    sheet.merge_cells("E5:E6")
    book.save(file)

    found = told(look_through(file, find_profile("sample-workbook")))

    assert found[:2] == [(4, "debit", "formula"), (6, "debit", "merged_cells")]


def test_a_row_with_too_few_cells_is_named(tmp_path: Path) -> None:
    file, profile = write_two(tmp_path / "a.csv")
    file.write_bytes(file.read_bytes().replace(b"FRAIS;00014;10,00;\r\n", b"FRAIS\r\n"))

    assert told(look_through(file, profile))[0] == (5, "", "too_few_cells")


def test_a_text_that_ends_inside_quotes_is_refused(tmp_path: Path) -> None:
    file, profile = write_two(tmp_path / "a.csv", moved(2, 100, "a;b"))
    file.write_bytes(file.read_bytes().partition(b";b")[0])

    with pytest.raises(QuotesBroken) as refused:
        look_through(file, profile)

    assert refused.value.details["row"] == 3


def test_a_bomb_and_what_is_no_table_are_refused(tmp_path: Path) -> None:
    """I2 and I6 hold for statements too."""
    profile = find_profile("sample-workbook")
    (tmp_path / "b.csv").write_bytes(b"%PDF-1.7 " + bytes(range(256)) * 40)
    (tmp_path / "c.csv").write_bytes(b"")
    cases: list[tuple[Path, type[FileRefused]]] = [
        (write_parts(tmp_path / "a.xlsx", bytes(20 * 1024 * 1024)), WorkbookOversized),
        (tmp_path / "b.csv", NotATable),
        (tmp_path / "c.csv", FileEmpty),
    ]

    for file, error in cases:
        tracemalloc.start()
        with pytest.raises(error):
            look_through(file, profile)
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
        tracemalloc.stop()


BAD_PROFILES = [
    ("name = 3", "name"),
    ("", "title"),
    ('[title]\nen = "x"', "columns"),
    ('[title]\nen = "x"\n[columns]\nday = ["a"]\nlabel = ["b"]\namount = ["c"]\nsum = ["d"]', "sum"),
    ('decimal = "x"\n[title]\nen = "x"', "decimal"),
    ('strange = 1\n[title]\nen = "x"', "strange"),
    ("[", ""),
]


@pytest.mark.parametrize(("text", "part"), BAD_PROFILES)
def test_a_profile_that_is_wrong_is_named_with_its_key(text: str, part: str) -> None:
    """J3."""
    with pytest.raises(BadProfile) as refused:
        profile_of("wrong", text)

    assert refused.value.details["part"] == part
