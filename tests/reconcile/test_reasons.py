"""What a run hands out beside its matches: reasons, lessons, and what concerns lines of earlier runs."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from reconcile.booking import Stage
from reconcile.books import UNKNOWN, Books
from reconcile.explain import LEVELS, MATCHED, SUGGESTED, Reasons, explain
from reconcile.lessons import Lesson
from reconcile.matching import match
from reconcile.reading import read_books
from tests.reconcile.folder import COUNCILS, line, tranche, write

SETTAT, TANGER, OCP, _BAM = COUNCILS


def settle(books: Books, *ids: str) -> Books:
    """The same books, with some lines settled by an earlier run."""
    settled = np.isin(np.array(books.lines.ids), ids)
    return replace(books, lines=replace(books.lines, settled=settled))


def told(books: Books) -> dict[str, list[Reasons]]:
    rows: dict[str, list[Reasons]] = {}
    for one in explain(match(books)):
        rows.setdefault(books.lines.ids[one.line], []).append(one)
    return rows


def test_a_match_tells_its_evidence_and_its_rival(tmp_path: Path) -> None:
    tranches = [tranche(11, 1, "1234567.89"), tranche(12, 2, "1234567.89")]
    paid = line(1, "2024-04-10", "1234567.89", "VIR RECU", reference="AF-2024-0011", who=SETTAT)
    books = read_books(write(tmp_path, tranches, [paid]))

    (only,) = told(books)["L001"]

    assert (only.status, only.stage) == (MATCHED, Stage.SINGLE)
    assert books.targets.ids[only.target] == "T011"
    assert {one.name: one.level for one in only.evidence} == {
        "amount": "exact",
        "reference": "named",
        "party": "clear",
        "project": "silent",
        "delay": "due",
    }
    assert abs(sum(one.points for one in only.evidence) - only.points) < 0.1
    assert books.targets.ids[only.rival] == "T012"
    assert only.rival_points < only.points


def test_points_of_a_group_add_up_too(tmp_path: Path) -> None:
    tranches = [tranche(1, 1, "100000.10"), tranche(2, 1, "200000.21", month=4)]
    paid = line(1, "2024-04-20", "300000.31", "VIR", who=SETTAT, reference="AF 2024 0001 AF 2024 0002")
    rows = told(read_books(write(tmp_path, tranches, [paid])))["L001"]

    assert [one.stage for one in rows] == [Stage.MERGED, Stage.MERGED]
    assert sum(one.amount for one in rows) == 300_000_31
    for one in rows:
        assert one.evidence[-1].level == "merged"
        assert abs(sum(part.points for part in one.evidence) - one.points) < 0.1


def test_every_level_that_is_told_has_a_word(tmp_path: Path) -> None:
    tranches = [tranche(n, n % 4 + 1, f"{n % 5 + 1}00000.00", month=n % 9 + 1) for n in range(1, 40)]
    lines = [
        line(n, f"2024-{n % 9 + 2:02d}-15", f"{n % 5 + 1}00000.00", "VIR", who=COUNCILS[n % 4])
        for n in range(1, 40)
    ]
    rows = [one for mine in told(read_books(write(tmp_path, tranches, lines))).values() for one in mine]

    assert {SUGGESTED} <= {one.status for one in rows}
    assert [one.line for one in rows] == sorted(one.line for one in rows)
    for one in rows:
        assert all(part.level in LEVELS[part.name] for part in one.evidence)


def test_a_settled_line_is_never_matched_again(tmp_path: Path) -> None:
    tranches = [tranche(1, 3, "500000.00")]
    paid = line(1, "2024-03-10", "500000.00", "VIR GROUPE OCP", reference="AF-2024-0001")
    books = read_books(write(tmp_path, tranches, [paid]))

    assert "L001" in told(books)
    assert told(settle(books, "L001")) == {}


def test_what_repeats_takes_back_or_moves_a_settled_line_is_found(tmp_path: Path) -> None:
    label = "VIREMENT EN VOTRE FAVEUR GROUPE OCP AF-2024-0001"
    lines = [
        line(1, "2024-03-10", "500000.00", label, project="PRJ-001", operation="42"),
        line(2, "2024-03-11", "500000.00", label, source="BK2", operation="42"),
        line(3, "2024-04-01", "70000.00", "REMISE CHEQUE COMMUNE DE TANGER"),
        line(4, "2024-04-09", "-70000.00", "IMPAYE REMISE CHEQUE COMMUNE DE TANGER"),
        line(5, "2024-06-01", "-500000.00", "OD PRJ-001 PRJ-002", project="PRJ-001", source="GL"),
        line(6, "2024-06-01", "500000.00", "OD PRJ-001 PRJ-002", project="PRJ-002", source="GL"),
    ]
    books = settle(read_books(write(tmp_path, [tranche(1, 3, "500000.00")], lines)), "L002", "L003")
    place = {name: number for number, name in enumerate(books.lines.ids)}

    rows = told(books)

    assert set(rows) == {"L001", "L004", "L005", "L006"}
    again, back = rows["L001"][0], rows["L004"][0]
    assert (again.stage, again.other) == (Stage.DUPLICATE, place["L002"])
    assert (back.stage, back.other) == (Stage.REVERSAL, place["L003"])
    assert rows["L005"][0].stage is rows["L006"][0].stage is Stage.CORRECTION
    assert rows["L005"][0].moves == rows["L006"][0].moves == UNKNOWN  # L001 is a copy: it counts no more


def test_a_correction_names_the_settled_line_that_it_moves(tmp_path: Path) -> None:
    lines = [
        line(1, "2024-03-10", "500000.00", "VIR", project="PRJ-001"),
        line(2, "2024-06-01", "-500000.00", "OD PRJ-001 PRJ-002", project="PRJ-001", source="GL"),
        line(3, "2024-06-01", "500000.00", "OD PRJ-001 PRJ-002", project="PRJ-002", source="GL"),
    ]
    rows = told(settle(read_books(write(tmp_path, [], lines)), "L001"))

    assert [one.moves for one in (*rows["L002"], *rows["L003"])] == [0, 0]


def test_two_exports_of_a_twin_stay_two(tmp_path: Path) -> None:
    """Two real payments on one day, each printed by three exports: two remain."""
    lines = [
        line(number, "2024-03-10", "500000.00", "VIREMENT EN VOTRE FAVEUR", source=f"BK{export}")
        for number, export in enumerate((1, 1, 2, 2, 3, 3), 1)
    ]
    rows = told(read_books(write(tmp_path, [tranche(1, 3, "500000.00")], lines)))

    repeated = [name for name, mine in rows.items() if mine[0].stage is Stage.DUPLICATE]
    assert len(repeated) == 4
    assert not {"L001", "L002"} & set(repeated)


def test_what_certain_lines_teach_names_a_party_in_the_next_run(tmp_path: Path) -> None:
    """The books do not know that ZRQTN is the council of Settat; a certain line has taught it."""
    tranches = [tranche(n, max(n - 10, 1), f"{n}11111.11") for n in range(11, 15)]
    names = ("ZRQTN", *COUNCILS[1:])
    first = [
        line(n, "2024-04-20", f"{n}11111.11", "VIR", reference=f"AF-2024-00{n}", who=names[n - 11])
        for n in range(11, 15)
    ]
    taught = match(read_books(write(tmp_path / "first", tranches, first))).lessons
    later = [tranche(10, 2, "700000.00", month=6), tranche(11, 1, "700000.00", month=6)]
    paid = [line(2, "2024-06-20", "700000.00", "VIR", who="ZRQTN")]
    books = read_books(write(tmp_path / "later", later, paid))
    (lesson,) = (one for one in taught if one.party == 0)

    often = [replace(one, times=20 if one.party == 0 else 400) for one in taught]
    barred = [replace(one, times=0 if one.party == 0 else 400) for one in taught]
    known = next(explain(match(books, often)))
    forgotten = next(explain(match(books, barred)))

    assert (lesson.party, lesson.text, lesson.times) == (0, "ZRQTN", 1)
    assert books.targets.ids[known.target] == "T011"
    assert next(one.level for one in known.evidence if one.name == "party") == "likely"
    assert next(one.level for one in forgotten.evidence if one.name == "party") == "silent"


def test_a_lesson_about_nobody_is_left_out(tmp_path: Path) -> None:
    books = read_books(write(tmp_path, [tranche(1, 1, "5.00")], [line(1, "2024-03-20", "5.00", "X")]))

    lessons = [Lesson(99, UNKNOWN, "X", 3), Lesson(0, UNKNOWN, "", 3), Lesson(0, UNKNOWN, "<b>=1\u202e", 3)]
    assert match(books, lessons).counts()["lines"] == 1


def test_rates_that_end_too_early_are_told(tmp_path: Path) -> None:
    abroad = tranche(11, 1, "1000.00")
    abroad[-1] = "EUR"
    folder = write(tmp_path, [abroad], [line(1, "2024-04-20", "10900.00", "VIR", reference="AF-2024-0011")])
    (folder / "rates.csv").write_text("date,currency,mad_per_unit\n2024-03-01,EUR,10.9000\n")

    outcome = match(read_books(folder))

    assert {"note": "rates_end", "currency": "EUR", "day": "2024-03-01", "lines": 1} in outcome.notes
    (only,) = explain(outcome)
    assert (only.target, only.evidence[0].level) == (0, "foreign")


def test_a_currency_without_a_rate_is_told(tmp_path: Path) -> None:
    abroad = tranche(1, 1, "1000.00")
    abroad[-1] = "USD"
    folder = write(tmp_path, [abroad], [line(1, "2024-04-20", "10900.00", "VIR", reference="AF-2024-0001")])

    outcome = match(read_books(folder))

    assert {"note": "rates_absent", "currency": "USD"} in outcome.notes
    assert not len(outcome.pairs[0])
