import subprocess
import sys
from pathlib import Path

import pytest

from intake.delimited import QuotesBroken, RowTooLong
from intake.encodings import CutShort, EncodingUnknown
from intake.rows import HeaderMissing, TooManyColumns, TooManyRows
from intake.tables import open_table
from models.settings import ROOT
from tests.intake.files import (
    ARABIC,
    FRENCH,
    cells,
    is_heading,
    read,
    write_text,
)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", ARABIC),
        ("utf-8-sig", FRENCH),
        ("utf-16", ARABIC + FRENCH),
        ("cp1252", FRENCH),
        ("cp1252", FRENCH.upper()),
        ("cp1256", ARABIC),
        ("cp1256", f"{ARABIC} / Centre médical, Fès"),
        ("ascii", "Centre"),
    ],
)
def test_every_alphabet_and_separator_in_use_is_read(
    tmp_path: Path, encoding: str, name: str, separator: str
) -> None:
    text = f'key{separator}Name\na{separator}"{name}"\n'

    assert cells(write_text(tmp_path / "a.csv", text, encoding)) == [("a", name)]


def test_utf_16_is_read_in_both_byte_orders(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"\xfe\xff" + f"key;name\na;{ARABIC}\n".encode("utf-16-be"))

    assert cells(file) == [("a", ARABIC)]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("mac_roman", "Centre de santé de Fès, complexe d’hôtellerie"),
        ("cp850", "Centre de santé de Fès, complexe d'hôtellerie"),
        ("cp850", "CENTRE DE SANTÉ, ÉCOLE DE FÈS"),
        ("iso8859-6", ARABIC),
        ("cp1256", "أ"),
        ("utf-16-le", ARABIC),
        ("utf-16-le", "Centre"),
    ],
)
def test_letters_that_prove_nothing_are_refused_with_the_encodings_tried(
    tmp_path: Path, encoding: str, name: str
) -> None:
    with pytest.raises(EncodingUnknown) as refused:
        read(write_text(tmp_path / "a.csv", f"key;name\na;{name}\n", encoding))

    assert refused.value.details["tried"] == ("utf-8", "utf-16", "cp1252", "cp1256")
    assert refused.value.details["row"] in {1, 2}


def test_two_alphabets_in_one_file_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    french = "a;CITÉ DE L'ÉLÈVE\n".encode("cp1252")
    file.write_bytes(b"key;name\n" + french * 8 + f"b;{ARABIC}\n".encode("cp1256"))

    with pytest.raises(EncodingUnknown):
        read(file)


def test_one_damaged_letter_does_not_turn_utf_8_into_another_alphabet(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(f"key;name\na;{ARABIC}\n".encode() + b"b;\xff\n")

    with pytest.raises(EncodingUnknown) as refused:
        read(file)

    assert refused.value.details["row"] == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_text_cut_in_the_middle_of_a_letter_says_so(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(f"key;name\na;{ARABIC}".encode(encoding)[:-1])

    with pytest.raises(CutShort) as refused:
        read(file)

    assert refused.value.details["row"] == 2


def test_rows_keep_the_numbers_that_a_spreadsheet_shows(tmp_path: Path) -> None:
    text = 'Portfolio 2021;;\r\n\r\nKEY; Name ;extra\r\na;"two\r\nlines";1\r\n;;\r\n\r\nb;x\r\n'

    with open_table(write_text(tmp_path / "a.csv", text), is_heading) as table:
        rows = list(table.rows)

    assert table.header.number == 3
    assert table.header.cells == ("KEY", " Name ", "extra")
    assert [(row.number, row.cells) for row in rows] == [
        (4, ("a", "two\r\nlines", "1")),
        (7, ("b", "x")),
    ]
    assert (table.encoding, table.separator, table.sheet) == ("utf-8", ";", "")


def test_commas_inside_names_do_not_hide_the_separator(tmp_path: Path) -> None:
    text = "key;name;amount\na;Fès, Meknès, Taza;1,5\n"

    assert cells(write_text(tmp_path / "a.csv", text)) == [("a", "Fès, Meknès, Taza", "1,5")]


@pytest.mark.parametrize("broken", ['b;"never closed\n', 'b;"closed" and on\n'])
def test_broken_quotes_name_their_row(tmp_path: Path, broken: str) -> None:
    with pytest.raises(QuotesBroken) as refused:
        read(write_text(tmp_path / "a.csv", f"key;name\na;x\n{broken}"))

    assert refused.value.details["row"] == 3


@pytest.mark.parametrize("cell", ["x" * 1_000_001, "x" * 140_000, '"' + "\n" * 1_000_001, ";" * 1_000_001])
def test_an_endless_row_is_not_taken_into_memory(tmp_path: Path, cell: str) -> None:
    with pytest.raises(RowTooLong) as refused:
        read(write_text(tmp_path / "a.csv", f"key;name\na;{cell}"))

    assert refused.value.details["row"] == 2


def test_a_row_wider_than_a_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TooManyColumns) as refused:
        read(write_text(tmp_path / "a.csv", "key;name\na;b\nc" + ";x" * 100))

    assert (refused.value.details["row"], refused.value.details["limit"]) == (3, 100)


def test_a_file_without_the_heading_shows_what_stands_there(tmp_path: Path) -> None:
    with pytest.raises(HeaderMissing) as refused:
        read(write_text(tmp_path / "a.csv", "one;two\u202e;three\n1;2;3\n"))

    assert refused.value.details["found"] == ("one", "two\\u202e", "three")


def test_the_heading_is_not_looked_for_beyond_row_20(tmp_path: Path) -> None:
    assert cells(write_text(tmp_path / "a.csv", "\n" * 19 + "key;name\na;b\n")) == [("a", "b")]
    with pytest.raises(HeaderMissing):
        read(write_text(tmp_path / "b.csv", "x;y\n" * 20 + "key;name\na;b\n"))


def test_nul_passes_as_text_for_the_fields_to_refuse(tmp_path: Path) -> None:
    assert cells(write_text(tmp_path / "a.csv", "key;name\na;b\x00c\n")) == [("a", "b\x00c")]


def test_a_million_rows_are_read_up_to_the_limit_in_bounded_memory(tmp_path: Path) -> None:
    file = tmp_path / "million.csv"
    block = "".join(f"k{row};Centre été {row};1 250,50\n" for row in range(10_000)).encode("cp1252")
    with file.open("wb") as out:
        out.write(b"key;name;amount\n")
        for _ in range(100):
            out.write(block)
    script = (
        "import resource, sys\nfrom pathlib import Path\nfrom intake.tables import open_table\n"
        "from intake.rows import TooManyRows\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n"
        "    with open_table(Path(sys.argv[1]), {'key', 'name'}.__contains__) as table:\n"
        "        for row in table.rows: pass\n"
        "except TooManyRows as refused: print(refused.details['limit'], refused.details['count'])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=True,
    )

    limit, count, kibibytes = map(int, done.stdout.split())
    assert (limit, count) == (200_000, 200_001)
    assert kibibytes < 32 * 1024


def test_progress_is_told_and_the_limit_can_be_lower(tmp_path: Path) -> None:
    file = write_text(tmp_path / "a.csv", "key;name\n" + "a;b\n" * 2500)
    told: list[int] = []

    assert len(read(file, progress=told.append)) == 2500
    assert told == [1000, 2000, 2500]
    with pytest.raises(TooManyRows) as refused:
        read(file, most_rows=2499)
    assert (refused.value.details["limit"], refused.value.details["count"]) == (2499, 2500)
