"""The wizard: a layout proposed from a sample reads the sample, and says what is in doubt."""

import tracemalloc
from pathlib import Path

import pytest

from intake.rows import HeaderMissing, TooManyRows
from intake.statements import reading, tables
from intake.statements.profiles import find_profile, profile_of
from intake.statements.proposing import propose, write_profile
from intake.statements.reading import lines_of, look_through
from models.rules.errors import BadValue
from models.rules.statement_files import ColumnsUnknown
from tests.intake.statements.written import THREE, bare, moved, table_of, write, write_csv, write_xlsx

LAYOUTS = [
    ("sample-two-columns", "a.csv"),
    ("sample-signed-amount", "a.csv"),
    ("sample-arabic", "a.csv"),
    ("sample-arabic", "a.xlsx"),
    ("sample-workbook", "a.xlsx"),
    ("sample-ledger-account", "a.csv"),
    ("books-ledger", "a.csv"),
    ("camt053", "a.xml"),
    ("camt053-eur", "a.xml"),
    ("mt940", "a.sta"),
]


@pytest.mark.parametrize(("name", "file"), LAYOUTS)
def test_what_is_proposed_reads_the_sample(tmp_path: Path, name: str, file: str) -> None:
    """J13. Line by line what the true layout reads, and the currency and the kind of book with it."""
    path, profile = write(tmp_path / file, name, THREE, 500)
    proposal = propose(path)

    assert proposal.summary.problems == ()
    assert bare(lines_of(path, proposal.profile)) == bare(lines_of(path, profile))
    assert (proposal.profile.kind, proposal.profile.currency) == (profile.kind, profile.currency)
    assert proposal.profile == profile_of("proposed", proposal.text)


def test_what_no_row_shows_is_told_as_doubt(tmp_path: Path) -> None:
    """J13. A day after the twelfth tells the order of the dates; a line more, and there is no doubt."""
    doubtful, _profile = write(tmp_path / "a.csv", "sample-two-columns", THREE)
    sure, _profile = write(tmp_path / "b.csv", "sample-two-columns", [*THREE, moved(13, 5)])

    assert [note.code for note in propose(doubtful).doubts] == ["dates_in_doubt", "currency_in_doubt"]
    assert [note.code for note in propose(sure).doubts] == ["currency_in_doubt"]


def test_short_years_negative_sides_and_labels_that_go_on_are_seen(tmp_path: Path) -> None:
    profile = find_profile("sample-two-columns")
    cells = table_of(profile, THREE)
    for row in cells[2:5]:
        row[0] = row[0].replace("2024", "24")
    cells[3][4], cells[3][5] = "", "-250,50"
    cells.insert(3, ["", "", "CONSEIL PROVINCIAL", "", "", ""])
    proposal = propose(write_csv(tmp_path / "a.csv", cells, profile))

    found = proposal.profile
    assert (found.short_years, found.negative_sides, found.rows.continued) == (True, True, True)
    assert proposal.summary.problems == ()
    assert proposal.rows[0].label == "Virement reçu de l'élève CONSEIL PROVINCIAL"


def test_a_heading_that_is_not_known_is_told(tmp_path: Path) -> None:
    cells = [["Date", "Libellé", "Montant", "Agence"], ["02/01/2024", "VIR", "1,00", "Fès"]]
    proposal = propose(write_xlsx(tmp_path / "a.xlsx", cells))

    assert proposal.unknown == ("Agence",)
    assert [note.code for note in proposal.doubts][-1] == "no_balance_found"


def test_what_cannot_be_proposed_is_said(tmp_path: Path) -> None:
    profile = find_profile("sample-two-columns")
    with pytest.raises(HeaderMissing):
        propose(write_csv(tmp_path / "a.csv", [["a", "b"], ["1", "2"]], profile))
    with pytest.raises(ColumnsUnknown) as refused:
        propose(
            write_csv(tmp_path / "b.csv", [["Date", "Libellé", "Mt"], ["02/01/2024", "VIR", "1"]], profile)
        )
    assert (refused.value.details["found"], refused.value.details["unknown"]) == (
        ("Date", "Libellé"),
        ("Mt",),
    )


def test_the_usual_headings_of_banks_are_known(tmp_path: Path) -> None:
    head = ["Date opération", "Date valeur", "Libellé opération", "Débit", "Crédit", "Solde"]
    row = ["02/10/2026", "02/10/2026", "VIR", "", "1 250,50", "1 250,50"]
    proposal = propose(write_csv(tmp_path / "a.csv", [head, row], find_profile("sample-two-columns")))

    assert (proposal.unknown, proposal.rows[0].amount) == ((), 1_250_50)


def test_a_layout_is_written_once_and_as_toml(tmp_path: Path) -> None:
    proposal = propose(write(tmp_path / "a.csv", "sample-two-columns", THREE)[0])
    write_profile(proposal, tmp_path / "mine.toml")

    for name, reason in (("mine.toml", "already_there"), ("mine.txt", "unknown_ending")):
        with pytest.raises(BadValue) as refused:
            write_profile(proposal, tmp_path / name)
        assert refused.value.details["reason"] == reason


def test_a_long_file_takes_no_more_memory_than_a_short_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """J4. Lines are counted, never kept; one more than may be read is refused."""
    rows = [moved(1 + place % 28, 1_00, f"VIR {place}", operation=str(place)) for place in range(20_000)]
    file, profile = write(tmp_path / "a.csv", "sample-two-columns", rows)

    tracemalloc.start()
    found = look_through(file, profile)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (found.lines, found.problems) == (20_000, ())
    assert peak < file.stat().st_size * 2 + 4 * 1024 * 1024
    monkeypatch.setattr(reading, "MOST_LINES", 20_000)
    assert look_through(file, profile).lines == 20_000
    monkeypatch.setattr(reading, "MOST_LINES", 19_999)
    with pytest.raises(TooManyRows):
        look_through(file, profile)
    assert tables.MOST_LINES == 2_000_000
