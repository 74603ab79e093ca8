"""The words of banks stand in tables that a clerk edits; what is wrong in them is named by file and row."""

from pathlib import Path
from typing import Any

import pytest

from reconcile.explain import explain
from reconcile.matching import match
from reconcile.outcome import Outcome
from reconcile.reading import read_books
from reconcile.vocabulary import FOLDER, NO_WORDS, Kind, WordsUnreadable, read_vocabulary
from tests.reconcile.folder import COUNCILS, line, tranche, write

BOOKS = [tranche(number, number % 4 + 1, f"{number}00000.00") for number in range(11, 31)]


def tables(folder: Path, words: str = "", aliases: str = "") -> Path:
    folder.mkdir()
    (folder / "words.csv").write_text(f"kind,word,means\n{words}", encoding="utf-8")
    (folder / "aliases.csv").write_text(f"party,alias\n{aliases}", encoding="utf-8")
    return folder


def matched(tmp_path: Path, lines: list[list[str]], words: str = "", aliases: str = "") -> Outcome:
    vocabulary = read_vocabulary(tables(tmp_path / "words", words, aliases))
    return match(read_books(write(tmp_path / "books", BOOKS, lines)), vocabulary=vocabulary)


def test_the_tables_that_come_with_the_program_are_whole() -> None:
    known = read_vocabulary()

    assert all(known.words[kind] for kind in Kind if kind is not Kind.ABBREVIATION)
    assert known.abbreviations["MIN"] == "MINISTERE"
    assert known == read_vocabulary(FOLDER)


@pytest.mark.parametrize("party", ["PA1", COUNCILS[0], COUNCILS[0].upper()])
def test_an_alias_names_its_party(tmp_path: Path, party: str) -> None:
    paid = [line(1, "2024-04-20", "1.00", "VIR ZRQTN")]
    outcome = matched(tmp_path, paid, aliases=f'"{party}",Zrqtn\n')

    assert outcome.facts.naming.who.tolist() == [0]


def test_an_abbreviation_stands_for_its_word(tmp_path: Path) -> None:
    paid = [line(1, "2024-04-20", "1.00", "VIR MGHB")]
    outcome = matched(tmp_path, paid, words="abbreviation,Mghb,Maghrib\n")

    assert outcome.facts.naming.who.tolist() == [3]
    assert match(outcome.books, vocabulary=NO_WORDS).facts.naming.who.tolist() == [-1]


def test_a_fee_is_told_by_its_word(tmp_path: Path) -> None:
    paid = [line(1, "2024-04-20", "-33.00", "ABONNEMENT ZRQT"), line(2, "2024-04-21", "-34.00", "LOYER")]
    outcome = matched(tmp_path, paid, words="fee,zrqt,\n")

    assert (outcome.fees.tolist(), outcome.others.tolist()) == ([0], [1])


def test_a_reversal_is_told_by_its_word_and_what_both_say(tmp_path: Path) -> None:
    lines = [
        line(1, "2024-04-20", "77.00", "VIR RECU", reference="X77"),
        line(2, "2024-04-25", "-77.00", "ZRQT", reference="X77"),
        line(3, "2024-05-20", "78.00", "VIR RECU", reference="X78"),
        line(4, "2024-05-25", "-78.00", "ZRQT", reference="X79"),
    ]
    outcome = matched(tmp_path, lines, words="reversal,ZRQT,\n")

    assert outcome.facts.structure.reversed_with.tolist() == [1, 0, -1, -1]


def test_a_word_before_a_number_tells_what_it_is(tmp_path: Path) -> None:
    """CONV-2024-003 is the agreement of party 3; call 3 of 2024 is another one's."""
    calls = [tranche(3, 1, "300000.00"), tranche(21, 3, "300000.00")]
    paid = [line(1, "2024-04-20", "300000.00", "VIR ZRQT 3/2024")]
    books = read_books(write(tmp_path / "books", calls, paid))
    vocabulary = read_vocabulary(tables(tmp_path / "words", "convention,ZRQT,\n"))

    first = next(explain(match(books, vocabulary=vocabulary)))
    alike = {one.evidence[1].level for one in explain(match(books, vocabulary=NO_WORDS))}

    assert (books.targets.ids[first.target], first.evidence[1].level) == ("T021", "agreement")
    assert "named" in alike


def test_everything_wrong_in_the_tables_is_named(tmp_path: Path) -> None:
    words = "feee,X,\nabbreviation,MIN,\nfee,TWO WORDS,\nfee,,\nabbreviation,A1,B\n"
    folder = tables(tmp_path / "words", words, f"PA1,\n{'x' * 200},Y\n")

    with pytest.raises(WordsUnreadable) as refused:
        read_vocabulary(folder)

    problems: Any = refused.value.details["problems"]
    assert [(one["file"], one["row"], one["column"], one["reason"]) for one in problems] == [
        ("words.csv", 2, "kind", "unknown_kind"),
        ("words.csv", 3, "means", "empty"),
        ("words.csv", 4, "word", "not_one_word"),
        ("words.csv", 5, "word", "empty"),
        ("words.csv", 6, "word", "not_one_word"),
        ("aliases.csv", 2, "alias", "empty"),
        ("aliases.csv", 3, "party", "too_long"),
    ]


def test_tables_that_are_none_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "words"
    folder.mkdir()
    (folder / "words.csv").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(WordsUnreadable) as refused:
        read_vocabulary(folder)

    problems: Any = refused.value.details["problems"]
    assert [(one["file"], one["reason"]) for one in problems] == [
        ("words.csv", "not_a_table"),
        ("aliases.csv", "file_missing"),
    ]
