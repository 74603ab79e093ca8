"""R54: a lesson keeps only the words that speak for the party."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from reconcile.matching import match
from reconcile.reading import read_books
from tests.reconcile.folder import line, tranche, write

SETTAT, TANGER, OCP, BAM = 1, 2, 3, 4


def taught(
    folder: Path, labels: Sequence[tuple[int, str]], who: str = "", name: str = "Centre 1"
) -> list[str]:
    """Return what lines teach that each name the call of their own tranche; each belongs to a party."""
    numbers = range(11, 11 + len(labels))
    amounts = [f"{number}1111.11" for number in numbers]
    rows = list(zip(numbers, labels, amounts, strict=True))
    tranches = [tranche(number, party, amount) for number, (party, _label), amount in rows]
    lines = [
        line(number, "2024-04-20", amount, label, reference=f"AF-2024-00{number}", who=who)
        for number, (_party, label), amount in rows
    ]
    write(folder, tranches, lines)
    projects = folder / "projects.csv"
    projects.write_text(projects.read_text().replace("Centre 1", name))
    found = match(read_books(folder)).lessons
    return sorted(one.text for one in found if one.party == 0)


OTHERS = [(TANGER, "VIR COMMUNE TANGER"), (OCP, "VIR GROUPE OCP"), (BAM, "VIR BANK AL MAGHRIB")]


def test_the_words_of_banks_are_left_out(tmp_path: Path) -> None:
    assert taught(tmp_path, [(SETTAT, "VIR CONSEIL PROVINCIAL SETTAT"), *OTHERS]) == [
        "CONSEIL PROVINCIAL SETTAT"
    ]


def test_a_name_that_the_books_do_not_know_is_learnt(tmp_path: Path) -> None:
    assert taught(tmp_path, [(SETTAT, "VIR ZRQTN"), *OTHERS]) == ["ZRQTN"]


def test_the_words_of_the_project_are_left_out(tmp_path: Path) -> None:
    labels = [(SETTAT, "VIR ZRQTN HANDICAP BERRECHID"), *OTHERS]

    assert taught(tmp_path, labels, name="Centre de handicap à Berrechid") == ["ZRQTN"]
    assert taught(tmp_path / "other", labels) == ["ZRQTN HANDICAP BERRECHID"]


def test_a_word_of_the_project_that_is_in_the_name_too_is_kept(tmp_path: Path) -> None:
    labels = [(SETTAT, "VIR CONSEIL SETTAT"), *OTHERS]

    assert taught(tmp_path, labels, name="Centre de Settat") == ["CONSEIL SETTAT"]


def test_the_words_of_the_reference_are_left_out(tmp_path: Path) -> None:
    labels = [(SETTAT, "VIR ZRQTN XKCV AF-2024-0011"), *OTHERS]
    folder = tmp_path / "books"
    taught(folder, labels)
    for name in ("tranches.csv", "ledger.csv"):
        file = folder / name
        file.write_text(file.read_text().replace("CONV-2024-001", "XKCV-2024-001"))

    found = match(read_books(folder)).lessons

    assert [one.text for one in found if one.party == 0] == ["ZRQTN"]


@pytest.mark.parametrize("label", ["TRANCHE CONVENTION ANNULATION", "TGR TRESORERIE", "– 2024 —"])
def test_words_that_the_tables_have_for_another_end_teach_nothing(tmp_path: Path, label: str) -> None:
    assert taught(tmp_path, [(SETTAT, f"VIR {label}"), *OTHERS]) == []


def test_a_line_that_names_its_party_clearly_teaches_no_more(tmp_path: Path) -> None:
    said = "VIR CONSEIL PROVINCIAL SETTAT ZRQTN"

    assert taught(tmp_path, [(SETTAT, said), *OTHERS]) == ["CONSEIL PROVINCIAL SETTAT"]


def test_the_field_for_names_goes_before_the_label(tmp_path: Path) -> None:
    labels = [(SETTAT, "VIR CONSEIL SETTAT")]

    assert taught(tmp_path, labels, who="ZRQTN SETTAT") == ["ZRQTN SETTAT"]
    assert taught(tmp_path / "nobody", labels, who="TGR") == ["CONSEIL SETTAT"]


@pytest.mark.parametrize(("others", "learnt"), [(1, True), (2, False)])
def test_nine_of_ten_lines_of_a_word_must_be_of_the_party(
    tmp_path: Path, others: int, learnt: bool
) -> None:
    labels = [(SETTAT, "VIR ZRQTN")] * 9 + [(OCP, "VIR ZRQTN")] * others + OTHERS

    assert taught(tmp_path, labels) == (["ZRQTN"] if learnt else [])
