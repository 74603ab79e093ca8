"""The figures by which the engine decides, each at its boundary."""

from pathlib import Path

import numpy as np
import pytest

from reconcile.arrays import Ints
from reconcile.books import UNKNOWN
from reconcile.calibration import STRICTEST, calibrate
from reconcile.evidence import CENTS, EXACT, ROUNDED, agreed
from reconcile.explain import Reasons, explain
from reconcile.matching import match
from reconcile.outcome import Outcome
from reconcile.reading import read_books
from tests.reconcile.folder import COUNCILS, line, tranche, write

OCP = COUNCILS[2]
LABEL = "VIREMENT EN FAVEUR FONDATION GROUPE OCP"


def run(folder: Path, tranches: list[list[str]], lines: list[list[str]]) -> Outcome:
    return match(read_books(write(folder, tranches, lines)))


def rows(outcome: Outcome) -> list[Reasons]:
    return list(explain(outcome))


@pytest.mark.parametrize(
    ("paid", "owed", "level"),
    [
        *((100_00, 100_00, EXACT), (100_05, 100_00, CENTS), (100_06, 100_00, UNKNOWN)),
        *((100_00, 100_50, ROUNDED), (100_00, 100_51, UNKNOWN), (100_01, 100_50, UNKNOWN)),
    ],
)
def test_amounts_agree_within_five_centimes_or_to_the_dirham(paid: int, owed: int, level: int) -> None:
    """Z1: five centimes, or fifty where the bank rounded to the dirham."""
    assert agreed(np.array([paid]), np.array([owed])).tolist() == [level]


@pytest.mark.parametrize(
    ("day", "found"),
    [("2024-01-31", False), ("2024-02-01", True), ("2024-10-17", True), ("2024-10-18", False)],
)
def test_a_target_is_paid_from_its_call_until_200_days_after_it_was_due(
    tmp_path: Path, day: str, found: bool
) -> None:
    """Z2: called on 2024-02-01, due on 2024-04-01; the 200th day after that is the first one out."""
    called = tranche(11, 3, "1234.56", month=2)
    called[8] = "2024-04-01"
    outcome = run(tmp_path, [called], [line(1, day, "1234.56", LABEL, who=OCP)])

    assert (len(outcome.candidates) > 0) == found


@pytest.mark.parametrize(
    ("day", "operation", "label", "found"),
    [
        *(("2024-03-12", "7", LABEL, True), ("2024-03-13", "7", LABEL, False)),
        *(("2024-03-12", "8", LABEL, False), ("2024-03-12", "", LABEL[:20] + "X", True)),
        *(("2024-03-12", "", LABEL[:19] + "X", False), ("2024-03-12", "7", "OTHER", True)),
    ],
)
def test_a_second_export_repeats_within_two_days(
    tmp_path: Path, day: str, operation: str, label: str, found: bool
) -> None:
    """Z3: the same number of the bank, or where one has none the same first twenty bytes."""
    lines = [
        line(1, "2024-03-10", "500.00", LABEL, operation="0007"),
        line(2, day, "500.00", label, source="BK2", operation=operation),
    ]
    outcome = run(tmp_path, [], lines)

    assert (outcome.facts.structure.duplicate_of[1] == 0) == found


@pytest.mark.parametrize(("day", "found"), [("2024-04-24", True), ("2024-04-25", False)])
def test_a_payment_is_taken_back_within_45_days(tmp_path: Path, day: str, found: bool) -> None:
    """Z4: the opposite amount, behind words of its own the beginning of the first text."""
    lines = [line(1, "2024-03-10", "500.00", LABEL), line(2, day, "-500.00", f"ZRQ {LABEL}")]

    assert (run(tmp_path, [], lines).facts.structure.reversed_with[0] == 1) == found


@pytest.mark.parametrize(("day", "moved"), [("2024-10-16", True), ("2024-10-17", False)])
def test_the_ledger_moves_a_line_within_220_days(tmp_path: Path, day: str, moved: bool) -> None:
    """Z5: a pair of one day and text; the one line of its amount and project is moved."""
    lines = [
        line(1, "2024-03-10", "500.00", LABEL, project="PRJ-001"),
        line(2, day, "-500.00", "OD", project="PRJ-001", source="GL"),
        line(3, day, "500.00", "OD", project="PRJ-002", source="GL"),
    ]
    structure = run(tmp_path, [], lines).facts.structure

    assert structure.corrected_with.tolist() == [UNKNOWN, 2, 1]
    assert structure.project[0] == (1 if moved else 0)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("ZZ 0011/2024", True),
        ("2024 ZZZZZZZZZZZZ 11", True),
        ("2024 ZZZZZZZZZZZZZ 11", False),
        ("ZZ 011/2024", False),  # the books write four digits: this is the beginning of another number
        ("***11/2024", False),
        ("20240011", True),
        ("2024000011", False),
    ],
)
def test_a_number_and_a_year_that_stand_near_each_other_are_a_reference(
    tmp_path: Path, text: str, named: bool
) -> None:
    """Z6: within 14 bytes, on either side; masked or cut short it is none."""
    outcome = run(tmp_path, [tranche(11, 3, "1234.56")], [line(1, "2024-04-20", "1.00", text)])

    assert (len(outcome.facts.mentions.named) == 1) == named


def test_the_end_of_a_text_that_is_cut_may_be_the_beginning_of_another_number(tmp_path: Path) -> None:
    """Z6: thirty labels that end at one length were cut there."""
    labels = [f"VIR RECU {'X' * (number % 5)} ZZ 2024 11"[-18:].rjust(24, "Y") for number in range(30)]
    lines = [line(number, "2024-04-20", "1.00", label) for number, label in enumerate(labels, 1)]
    lines.append(line(31, "2024-04-20", "1.00", "VIR RECU ZZ 2024 11 BIS"))
    outcome = run(tmp_path, [tranche(11, 3, "1234.56")], lines)

    assert outcome.facts.mentions.named.tolist() == [30]


def shares(
    right: int, wrong: int, share: float = 0.9
) -> tuple["np.ndarray[tuple[int], np.dtype[np.float64]]", "np.ndarray[tuple[int], np.dtype[np.bool_]]"]:
    return np.full(right + wrong, share), np.arange(right + wrong) < right


def test_the_threshold_is_the_least_that_the_books_prove() -> None:
    """Z7: at most 0.7 % wrong, one more than was seen; else 0.99, and the run says so."""
    assert calibrate(*shares(143, 0)).least < 0.9
    assert not calibrate(*shares(143, 0)).is_cautious
    assert calibrate(*shares(142, 0)).least == STRICTEST
    assert calibrate(*shares(142, 0)).is_cautious
    assert calibrate(*shares(400, 2)).is_cautious
    assert calibrate(*shares(500, 2)).least < 0.9


def test_wrong_references_do_not_make_the_run_careful_beyond_their_number() -> None:
    """Z7: what the surest cases show is taken for wrong references, up to 0.8 %."""

    def both(wrong: int) -> bool:
        sure, unsure = shares(1000 - wrong, wrong, 0.999), shares(995, 5, 0.85)
        return calibrate(
            np.concatenate([sure[0], unsure[0]]), np.concatenate([sure[1], unsure[1]])
        ).is_cautious

    assert not both(8)
    assert both(40)


def test_groups_have_a_threshold_of_their_own() -> None:
    """Z7: 3 % of the few cases that groups have; 0.97 where they prove nothing."""
    assert calibrate(*shares(34, 0), of_groups=True).least == 0.8
    assert calibrate(*shares(33, 0), of_groups=True).least == 0.97


def group(number: int) -> tuple[list[list[str]], list[list[str]]]:
    """So many tranches of odd amounts, and the line that names and pays them all."""
    amounts = [1_000_000_01 + 7_919_13 * place for place in range(number)]
    tranches = [
        tranche(20 + place, 3, f"{amount // 100}.{amount % 100:02d}")
        for place, amount in enumerate(amounts)
    ]
    whole = sum(amounts)
    names = " ".join(f"AF 2024 {20 + place:04d}" for place in range(number))
    return tranches, [line(1, "2024-04-20", f"{whole // 100}.{whole % 100:02d}", names, who=OCP)]


@pytest.mark.parametrize(("number", "found"), [(2, True), (6, True), (7, False)])
def test_a_line_pays_six_targets_at_most(tmp_path: Path, number: int, found: bool) -> None:
    """Z8: more are left to a person."""
    outcome = run(tmp_path, *group(number))

    assert len(outcome.pairs[0]) == (number if found else 0)


@pytest.mark.parametrize(("number", "found"), [(4, True), (5, False)])
def test_a_target_has_four_instalments_at_most(tmp_path: Path, number: int, found: bool) -> None:
    """Z8: five lines that name it are part payments of it, each by its own."""
    paid = [
        line(one, f"2024-04-{9 + one}", "1000.01", f"AF 2024 0011 N{one}") for one in range(1, number + 1)
    ]
    whole = 100_001 * number
    outcome = run(tmp_path, [tranche(11, 3, f"{whole // 100}.{whole % 100:02d}")], paid)
    stages = {step.stage for step in outcome.booked if len(step.line)}

    assert ("split" in stages) == found


@pytest.mark.parametrize(
    ("paid", "found"),
    [("10000.00", True), ("10040.00", True), ("10040.01", False), ("9320.00", True), ("9319.99", False)],
)
def test_another_currency_goes_by_the_rate_of_the_day(tmp_path: Path, paid: str, found: bool) -> None:
    """Z9: 0.8 % below it and 600 dirhams of charges, 0.4 % above it."""
    abroad = tranche(11, 3, "1000.00")
    abroad[-1] = "EUR"
    folder = write(tmp_path, [abroad], [line(1, "2024-04-20", paid, "AF 2024 0011")])
    (folder / "rates.csv").write_text("date,currency,mad_per_unit\n2024-04-20,EUR,10.0000\n")

    assert (len(match(read_books(folder)).candidates) == 1) == found


@pytest.mark.parametrize(("times", "fees"), [(4, 0), (5, 5)])
def test_an_amount_that_goes_out_five_times_to_nobody_is_a_fee(
    tmp_path: Path, times: int, fees: int
) -> None:
    """Z10: without a word that says so."""
    lines = [line(number, f"2024-04-{number:02d}", "-33.00", "ZRQ") for number in range(1, times + 1)]

    assert len(run(tmp_path, [], lines).fees) == fees


def test_three_targets_are_offered_at_most(tmp_path: Path) -> None:
    """Z11: the likeliest first."""
    tranches = [tranche(number, 3, "1000000.00", month=number % 3 + 2) for number in range(11, 20)]
    outcome = run(tmp_path, tranches, [line(1, "2024-04-20", "1000000.00", LABEL, who=OCP)])

    assert [one.stage for one in rows(outcome)] == ["suggestion"] * 3


def test_a_part_is_booked_where_its_reference_and_its_project_agree(tmp_path: Path) -> None:
    """Z12: what is smaller than all that it names, of the same project, with nothing else of its amount."""
    tranches = [tranche(11, 3, "1234.56"), tranche(12, 3, "999.00", project=2)]
    lines = [
        line(1, "2024-04-20", "500.00", "AF 2024 0011", project="PRJ-001"),
        line(2, "2024-04-20", "500.00", "AF 2024 0012", project="PRJ-001"),
    ]
    outcome = run(tmp_path, tranches, lines)
    first: Ints = outcome.pairs[0]

    assert first.tolist() == [0]
    assert [step.stage for step in outcome.booked if len(step.line)] == ["part"]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("VIR RECU (TRANCHE-RABAT-NORD2) MERCI", "named"),
        ("VIR RECU tranche-rabat-nord2", "named"),
        ("VIR RECU TRANCHE-RABAT-NORD", "silent"),
        ("VIR RECU TRANCHE-RABAT-NORD21", "silent"),
        ("VIR RECU TRANCHE-RABAT-NORD9", "silent"),
    ],
)
def test_a_reference_without_number_and_year_is_known_where_it_stands_whole(
    tmp_path: Path, text: str, level: str
) -> None:
    """Z6: the whole word, and one that a single target has."""
    owed = tranche(11, 3, "1234.56")
    twice = [tranche(number, 2, "500.00") for number in (12, 13)]
    owed[1], twice[0][1], twice[1][1] = "Tranche-Rabat-Nord2", *["Tranche-Rabat-Nord9"] * 2
    outcome = run(tmp_path, [owed, *twice], [line(1, "2024-04-05", "1234.56", text, who=OCP)])

    (row,) = [one for one in rows(outcome) if one.target == 0]
    assert {one.level for one in row.evidence if one.name == "reference"} == {level}
