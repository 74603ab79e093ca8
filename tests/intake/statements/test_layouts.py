"""Each layout gives back what was written in it, to the centime and to the letter."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.statements.profiles import FOLDER, find_profile, profile_names, read_profile
from intake.statements.reading import fitting, lines_of, look_through
from models.rules.statement_files import StatementRow
from tests.intake.statements.written import (
    CAMT_02,
    CAMT_08,
    THREE,
    amount,
    bare,
    camt,
    moved,
    table_of,
    write,
    write_csv,
    write_two,
    write_xlsx,
)

TEXTS = (
    "sample-two-columns",
    "sample-signed-amount",
    "sample-arabic",
    "sample-ledger-account",
    "books-ledger",
)
WORKBOOKS = ("sample-arabic", "sample-workbook", "sample-ledger-account")
LETTERS = st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefxyz0123456789 éèàçÉÊ’/.-'")
ARABIC = st.sampled_from("ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأةى 0123456789")


def texts(letters: st.SearchStrategy[str], longest: int = 40) -> st.SearchStrategy[str]:
    return st.text(letters, min_size=1, max_size=longest).map(lambda text: " ".join(f"V {text}".split()))


def movements(letters: st.SearchStrategy[str] = LETTERS) -> st.SearchStrategy[list[StatementRow]]:
    rows = st.builds(
        StatementRow,
        row=st.just(0),
        day=st.dates(date(2015, 1, 1), date(2026, 12, 31)),
        amount=st.integers(-(10**11), 10**11).filter(bool),
        label=texts(letters),
        operation=st.from_regex(r"[0-9]{1,12}", fullmatch=True),
    )
    dated = st.builds(
        lambda row, later: replace(row, value_day=later),
        rows,
        st.dates(date(2015, 1, 1), date(2026, 12, 31)),
    )
    return st.lists(dated, min_size=1, max_size=12)


MANY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def back(path: Path, name: str) -> list[StatementRow]:
    profile = find_profile(name)
    read = bare(lines_of(path, profile))
    return read[::-1] if profile.newest_first else read


def expected(name: str, rows: Sequence[StatementRow]) -> list[StatementRow]:
    """Return the movements with what the layout has columns for."""
    has = find_profile(name).columns
    return [
        replace(
            row,
            operation=row.operation if "operation" in has else "",
            value_day=row.value_day if "value_day" in has else None,
        )
        for row in rows
    ]


@pytest.mark.parametrize("name", TEXTS)
@MANY
@given(rows=movements(), opening=st.integers(-(10**11), 10**11))
def test_a_text_gives_back_what_was_written(
    tmp_path: Path, name: str, rows: list[StatementRow], opening: int
) -> None:
    """J1. Opening balance plus movements is the closing balance, and every movement comes back."""
    file, profile = write(tmp_path / "a.csv", name, rows, opening)
    found = look_through(file, profile)

    assert found.problems == ()
    assert found.lines == len(rows)
    assert found.received - found.paid == sum(row.amount for row in rows)
    assert (found.opening, found.closing) in (
        (None, None),
        (opening, opening + found.received - found.paid),
    )
    assert back(file, name) == expected(name, rows)


@pytest.mark.parametrize("name", WORKBOOKS)
@settings(parent=MANY, max_examples=15)
@given(rows=movements(ARABIC), opening=st.integers(-(10**10), 10**10))
def test_a_workbook_with_floats_gives_back_every_centime(
    tmp_path: Path, name: str, rows: list[StatementRow], opening: int
) -> None:
    file, profile = write(tmp_path / "a.xlsx", name, rows, opening)

    assert look_through(file, profile).problems == ()
    assert back(file, name) == expected(name, rows)


@pytest.mark.parametrize("space", [CAMT_02, CAMT_08])
@MANY
@given(rows=movements(), opening=st.integers(-(10**11), 10**11))
def test_camt_gives_back_what_was_written(
    tmp_path: Path, space: str, rows: list[StatementRow], opening: int
) -> None:
    """J10. Both versions of the message, with names, references and what was instructed in euros."""
    told = [
        replace(
            row,
            counterparty="Conseil & Cie",
            reference="CV-1",
            original_centimes=row.amount * 2,
            original_currency="EUR",
        )
        for row in rows
    ]
    file = tmp_path / "a.xml"
    file.write_text(camt(told, opening, space=space), encoding="utf-8")
    found = look_through(file, find_profile("camt053"))

    assert found.problems == ()
    assert (found.opening, found.closing) == (opening, opening + sum(row.amount for row in rows))
    assert found.number == "007 780 0001"
    assert back(file, "camt053") == told


@MANY
@given(rows=movements(), opening=st.integers(-(10**11), 10**11))
def test_mt940_gives_back_what_was_written(tmp_path: Path, rows: list[StatementRow], opening: int) -> None:
    """J11. The year of a booking is the one nearest to its value day."""
    told = [replace(row, value_day=row.day, reference="CV1") for row in rows]
    file, profile = write(tmp_path / "a.sta", "mt940", told, opening)
    found = look_through(file, profile)

    assert found.problems == ()
    assert (found.opening, found.closing) == (opening, opening + sum(row.amount for row in rows))
    assert back(file, "mt940") == told


def test_every_profile_of_the_house_can_be_read_and_says_what_it_is() -> None:
    """J3. A layout that is made up says so in its name."""
    for name in profile_names():
        profile = read_profile(FOLDER / f"{name}.toml")
        assert set(profile.title) == {"ar", "fr", "en"}
        assert profile.sample == name.startswith("sample-")


@pytest.mark.parametrize("name", [*TEXTS, "camt053", "mt940"])
def test_a_file_is_known_again_by_the_profile_it_was_written_in(tmp_path: Path, name: str) -> None:
    """J12. The other layouts do not fit, or less well."""
    file, _profile = write(tmp_path / "a.csv", name, THREE)

    assert fitting(file)[0] == name


def test_balances_may_stand_above_the_heading_and_behind_words(tmp_path: Path) -> None:
    profile = find_profile("sample-two-columns")
    cells = table_of(profile, THREE)
    del cells[1], cells[-1]
    above = [
        ["Banque exemple"],
        ["Période du 01/01/2024 au 31/01/2024"],
        ["Solde initial au 31/12/2023 : 1 000,00 D"],
    ]
    below = [["Solde final au 31/01/2024", "", "", "", "10,00", ""]]
    file = write_csv(tmp_path / "a.csv", [*above, *cells, *below], profile)

    found = look_through(file, profile)

    assert found.problems == ()
    assert (found.opening, found.closing) == (-1_000_00, -10_00)
    assert (found.starts_on, found.ends_before) == (date(2024, 1, 1), date(2024, 2, 1))


def test_the_label_of_a_payment_may_begin_like_a_total(tmp_path: Path) -> None:
    """J6. A row with a day is a movement: that one only, not the total below it."""
    profile = find_profile("sample-two-columns")
    cells = table_of(profile, THREE)
    cells.insert(-1, ["", "", "Total page", "", amount(260_50), amount(1_250_50)])
    cells.insert(3, cells[0])
    file = write_csv(tmp_path / "a.csv", cells, profile)
    found = look_through(file, profile)

    assert found.problems == ()
    assert [note.code for note in found.notes] == ["headings_passed", "titles_passed"]
    assert bare(lines_of(file, profile)) == list(THREE)


def test_a_payment_may_speak_of_a_balance(tmp_path: Path) -> None:
    """J6. `Solde initial` and a name is a payment; with a day and nothing else it is the balance."""
    spoken = moved(4, -5_00, "SOLDE INITIAL MARCHE 12/2023", operation="1")
    file, profile = write_two(tmp_path / "a.csv", spoken)

    assert look_through(file, profile).problems == ()
    assert bare(lines_of(file, profile)) == [spoken]


def test_a_label_goes_on_in_the_row_below(tmp_path: Path) -> None:
    profile = find_profile("sample-workbook")
    cells = table_of(profile, THREE)
    cells.insert(3, ["", "", "CONSEIL PROVINCIAL", "", "", "", ""])
    file = write_xlsx(tmp_path / "a.xlsx", cells)

    assert look_through(file, profile).problems == ()
    first = next(lines_of(file, profile))

    assert first.label == "Virement reçu de l'élève CONSEIL PROVINCIAL"
