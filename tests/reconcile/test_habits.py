"""What banks print before numbers, once it is known."""

from pathlib import Path

import pytest

from reconcile.lessons import Printed, usage
from reconcile.matching import match
from reconcile.reading import read_books
from reconcile.references import read_mentions
from reconcile.text import scan
from reconcile.vocabulary import NO_WORDS, Kind
from tests.reconcile.folder import line, tranche, write


@pytest.mark.parametrize(
    ("times", "goes"),
    [
        ({"call": 2}, False),
        ({"call": 3}, True),
        ({"call": 9, "convention": 1}, True),
        ({"call": 8, "convention": 1}, False),
    ],
)
def test_a_word_seen_often_and_of_one_kind_is_gone_by(times: dict[str, int], goes: bool) -> None:
    """R20."""
    seen = usage([Printed(0, Kind(kind), "Dde", count) for kind, count in times.items()])
    assert seen.words == (((0, Kind.CALL, "DDE"),) if goes else ())


def test_a_number_is_what_the_word_before_it_means_at_that_bank(tmp_path: Path) -> None:
    """R20: call 2 is of convention 1, call 1 of convention 2; "DDE 2/2024" may be either."""
    calls = [tranche(2, 1, "500000.10"), tranche(1, 2, "500000.10")]
    lines = [
        line(1, "2024-03-20", "500000.10", "VIR DDE 2/2024"),
        line(2, "2024-03-20", "500000.10", "VIR DDE 2/2024", source="BK2"),
    ]
    books = read_books(write(tmp_path, calls, lines))
    seen = scan([books.lines.label, books.lines.reference, books.lines.counterparty])

    def named(*printed: Printed) -> list[tuple[int, str]]:
        found = read_mentions(books, seen, NO_WORDS, usage(printed)).named
        width = len(books.targets)
        return sorted((int(key) // width, books.targets.references[int(key) % width]) for key in found)

    first = books.lines.source[0]
    assert named() == [(0, "AF-2024-0002"), (1, "AF-2024-0002")]
    assert named(Printed(int(first), Kind.CONVENTION, "DDE", 3)) == [(1, "AF-2024-0002")]


def test_what_was_printed_changes_nothing_where_it_says_nothing(tmp_path: Path) -> None:
    books = read_books(
        write(tmp_path, [tranche(1, 1, "500000.10")], [line(1, "2024-03-20", "500000.10", "VIR")])
    )
    printed = [Printed(0, Kind.CALL, "DDE", 5)]
    assert match(books, printed=printed).counts() == match(books).counts()
