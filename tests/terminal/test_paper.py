"""What is put on paper: tables for any width, safe texts, columns that keep their places in Arabic."""

import json
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import StrEnum
from fcntl import ioctl
from pathlib import Path
from uuid import UUID

import click
import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from models.rules.money import Money
from models.rules.text import deceives
from tadshin.terminal import paper
from tadshin.terminal.language import speaking
from tests.terminal.conftest import PROGRAM, environment_of, run

COLUMNS = [paper.Column("Key", whole=True), paper.Column("Name"), paper.Column("Note", spare=True)]


class Colour(StrEnum):
    RED = "red"


def test_values_are_plain_for_scripts() -> None:
    value = {
        "money": Money(1250, "MAD"),
        "code": Colour.RED,
        "day": date(2026, 3, 2),
        "at": datetime(2026, 3, 2, 9, tzinfo=UTC),
        "id": UUID(int=1),
        "list": (1, None, True),
    }

    assert paper.plain(value) == {
        "money": {"centimes": 1250, "currency": "MAD"},
        "code": "red",
        "day": "2026-03-02",
        "at": "2026-03-02T09:00:00+00:00",
        "id": "00000000-0000-0000-0000-000000000001",
        "list": [1, None, True],
    }


@pytest.mark.parametrize("text", ["\u202eabc", "a\x00b", "\U000e0041x", "\u200babc"])
def test_unseen_characters_are_escaped_in_json(text: str) -> None:
    written = paper.as_json({"text": text})

    assert text not in written
    assert json.loads(written) == {"text": text}


@pytest.mark.parametrize("markup", ["[red]x[/]", "[/]", "[link=x]y[/link]", ":smile:", "{x}", "%s"])
def test_texts_are_never_markup(markup: str) -> None:
    assert _printed(lambda: paper.line(markup)) == f"{markup}\n"
    assert markup in _printed(lambda: paper.table(COLUMNS, [(markup, markup, markup)]))


def test_nothing_is_cut_or_coloured_where_there_is_no_terminal() -> None:
    long = "word " * 200

    printed = _printed(lambda: paper.table(COLUMNS, [("key", (long, "red"), "note")]))

    assert "\x1b" not in printed
    assert long.strip() in printed
    assert all(line == line.rstrip() for line in printed.splitlines())


def test_in_arabic_every_cell_is_isolated() -> None:
    with speaking("ar"):
        printed = _printed(lambda: paper.table(COLUMNS, [("مفتاح", "12 DH", "نص")]))

    row = printed.splitlines()[-1]
    assert row.count("\u2068") == row.count("\u2069") == 3
    assert row.startswith("\u2068مفتاح\u2069")


@pytest.mark.parametrize(("width", "widest"), [(40, 80), (80, 80), (120, 120), (300, 200)])
@pytest.mark.parametrize("language", ["ar", "fr"])
def test_a_table_fits_its_terminal(place_of_work: Path, width: int, widest: int, language: str) -> None:
    printed = _on_a_terminal(width, place_of_work, "portfolio", "list", "--lang", language)

    assert max(cell_len(line) for line in printed.splitlines()) <= widest
    assert "tamesna-complex" in printed
    assert ("Province" in printed or "الإقليم" in printed) is (widest >= paper.COMFORTABLE)


def test_no_colour_where_none_is_wanted(place_of_work: Path) -> None:
    assert "\x1b" not in _on_a_terminal(100, place_of_work, "portfolio", "list", NO_COLOR="1", TERM="dumb")
    assert "\x1b" not in run("project", "gates", "rahma-cmp", home=place_of_work).out


def _printed(write: Callable[[], None]) -> str:
    @click.command()
    def printing() -> None:
        write()

    return CliRunner().invoke(printing, [], catch_exceptions=False).stdout


def _on_a_terminal(width: int, home: Path, *arguments: str, **environment: str) -> str:
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    with subprocess.Popen(
        [str(PROGRAM), *arguments],
        env=environment_of(home, **{"TERM": "xterm", "COLUMNS": "", **environment}),
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    ):
        os.close(theirs)
        read = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the terminal has gone with the program
                break
            if not part:
                break
            read += part
    os.close(ours)
    return _without_styles(read.decode()) if environment == {} else read.decode()


def _without_styles(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\r", "")


def test_every_unseen_character_is_looked_at() -> None:
    unseen = "".join(chr(code) for code in range(0xFFFF) if deceives(chr(code)))
    never_shown = set(unseen) - set("\u2066\u2068\u2069\r")

    assert set(paper.clean("".join(never_shown))) & never_shown == set()


WIDE = [
    paper.Column("Project"),
    paper.Column("Contractor"),
    *(paper.Column(f"Amount number {number}", whole=True, right=True) for number in range(7)),
]


@pytest.mark.parametrize("width", [80, 100])
def test_a_table_that_is_wider_than_its_terminal_is_told_row_by_row(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """X4 and X47: nothing is cut, figures stand side by side, and the hint comes last."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(width))
    rows = [(f"centre-{place}", "Sample builder", *["MAD 12,000,000.00"] * 6, "") for place in range(2)]

    printed = _without_styles(_printed(lambda: paper.table(WIDE, [*rows, rows[0]], "A hint.")))

    lines = printed.splitlines()
    assert max(len(line) for line in lines) <= width
    assert printed.count("MAD 12,000,000.00") == 18
    assert "Amount number 6" not in printed
    assert sum("Amount number 0" in line and "Amount number 1" in line for line in lines) == 3
    assert lines[-1] == "A hint."


def test_a_table_without_rows_is_no_trouble_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")

    assert _printed(lambda: paper.table(WIDE, [])).strip() == ""
