"""What the rules say of matches and cases, each at its boundary."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from models.rules.authority import Role
from models.rules.cases import (
    BY_LINE,
    BY_MATCH,
    BY_RUN,
    CARE,
    LATE_AFTER,
    CaseFacts,
    CaseKind,
    is_late,
    kind_of_open,
)
from models.rules.lessons import LessonKind, fingerprint
from models.rules.money import Money
from models.rules.reconciliation import (
    CENTS,
    Days,
    MatchKind,
    MatchStatus,
    Owed,
    Piece,
    Scope,
    SumDiffers,
    WhyNot,
    check_sum,
    difference,
    digest,
    hindrance,
    match_id,
    printed_number,
    settled,
    why_not,
)
from models.rules.stages import Stage, Status

DAY = date(2026, 3, 2)
LINE, OTHER, TARGET = (UUID(int=number) for number in (1, 2, 3))
CALL = Owed(
    id=TARGET,
    is_call=True,
    name="AF-2026-0001",
    project=UUID(int=4),
    project_key="sample-centre",
    region="oriental",
    stage=Stage.CONSTRUCTION,
    status=Status.ACTIVE,
    currency="MAD",
    left=100_000_00,
    since=DAY - timedelta(days=30),
)
CERTIFICATE = replace(CALL, is_call=False, name="M-1/2026 1")
OPEN = Days(today=DAY, first_open=None)


def kept_back(owed: Owed, centimes: int, day: date = DAY, days: Days = OPEN) -> CaseKind | None:
    piece = (
        Piece(LINE, centimes, call=TARGET) if owed.is_call else Piece(LINE, centimes, certificate=TARGET)
    )
    return hindrance(owed, piece, owed.left, "MAD", day, days)


def test_the_same_match_has_one_id_in_whatever_order() -> None:
    """R1."""
    one, two = Piece(LINE, 1, call=TARGET), Piece(OTHER, 2, call=TARGET)
    first = match_id(MatchStatus.BOOKED, MatchKind.SPLIT, [one, two])

    assert match_id(MatchStatus.BOOKED, MatchKind.SPLIT, [two, one]) == first
    others = {
        match_id(MatchStatus.SUGGESTED, MatchKind.SPLIT, [one, two]),
        match_id(MatchStatus.BOOKED, MatchKind.PART, [one, two]),
        match_id(MatchStatus.BOOKED, MatchKind.SPLIT, [one, replace(two, amount=3)]),
        match_id(MatchStatus.BOOKED, MatchKind.SPLIT, [one, two], turn=1),
        match_id(MatchStatus.BOOKED, MatchKind.SPLIT, [one, replace(two, call=None, certificate=OTHER)]),
    }
    assert len(others | {first}) == 6


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, None),
        ({"stage": Stage.LAUNCH}, None),
        ({"stage": Stage.CLOSED}, CaseKind.CLOSED_PROJECT),
        ({"status": Status.SUSPENDED}, CaseKind.CLOSED_PROJECT),
        ({"status": Status.CANCELLED}, CaseKind.CLOSED_PROJECT),
        ({"currency": "EUR"}, CaseKind.OTHER_CURRENCY),
        ({"takes_part": False}, CaseKind.NOT_BOOKED),
        ({"left": 0}, CaseKind.NOT_BOOKED),
        ({"left": 1}, None),
    ],
)
def test_what_a_call_is_of_keeps_money_back(change: dict[str, object], kind: CaseKind | None) -> None:
    """R3."""
    assert kept_back(replace(CALL, **change), 100_00) is kind  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "centimes", "day", "why"),
    [
        ({}, 1, DAY, None),
        ({}, 0, DAY, WhyNot.NO_AMOUNT),
        ({}, -1, DAY, WhyNot.WRONG_WAY),
        ({}, 1, DAY + timedelta(days=1), WhyNot.TO_COME),
        ({"is_call": False, "since": DAY}, -1, DAY, None),
        ({"is_call": False, "since": DAY}, -1, DAY - timedelta(days=1), WhyNot.TOO_EARLY),
        ({"takes_part": False}, 1, DAY, WhyNot.NO_PART),
        ({"left": 0}, 1, DAY, WhyNot.PAID),
    ],
)
def test_it_is_said_why_the_books_do_not_take_a_piece(
    change: dict[str, object], centimes: int, day: date, why: WhyNot | None
) -> None:
    """R3."""
    owed = replace(CALL, **change)  # type: ignore[arg-type]
    assert why_not(owed, Piece(LINE, centimes, call=TARGET), owed.left, day, DAY) is why


def test_a_closed_day_keeps_money_back_and_the_first_open_one_does_not() -> None:
    """R3."""
    closed = Days(today=DAY, first_open=DAY)
    assert kept_back(CALL, 1, DAY - timedelta(days=1), closed) is CaseKind.CLOSED_PERIOD
    assert kept_back(CALL, 1, DAY, closed) is None
    assert kept_back(CALL, 1, DAY + timedelta(days=1), closed) is CaseKind.NOT_BOOKED


def test_money_goes_the_way_of_its_target_and_is_some() -> None:
    """R3."""
    assert kept_back(CALL, -1) is CaseKind.NOT_BOOKED
    assert kept_back(CERTIFICATE, 1) is CaseKind.NOT_BOOKED
    assert kept_back(CALL, 0) is CaseKind.NOT_BOOKED


@pytest.mark.parametrize(
    ("more", "kind"),
    [(-1, None), (0, None), (CENTS, None), (CENTS + 1, CaseKind.PAID_ABOVE_CERTIFIED)],
)
def test_more_than_a_certificate_owes_is_not_paid(more: int, kind: CaseKind | None) -> None:
    """R4."""
    assert kept_back(CERTIFICATE, -CERTIFICATE.left - more) is kind
    assert kept_back(replace(CERTIFICATE, left=0), -1) is CaseKind.PAID_ABOVE_CERTIFIED


def test_a_certificate_is_not_paid_before_its_day() -> None:
    """R4."""
    assert kept_back(CERTIFICATE, -1, CERTIFICATE.since - timedelta(days=1)) is CaseKind.NOT_BOOKED
    assert kept_back(CERTIFICATE, -1, CERTIFICATE.since) is None
    assert kept_back(CALL, 1, CALL.since - timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("apart", "kind"), [(0, None), (1, "off"), (-CENTS, "off"), (CENTS + 1, None), (-CENTS - 1, None)]
)
def test_a_few_centimes_are_told(apart: int, kind: str | None) -> None:
    """R5."""
    found = difference(CALL, Piece(LINE, CALL.left + apart, call=TARGET), CALL.left)

    assert found is (CaseKind.OFF_BY_CENTS if kind else None)
    foreign = difference(replace(CALL, foreign=True), Piece(LINE, CALL.left + apart), CALL.left)
    assert foreign is (CaseKind.EXCHANGE_DIFFERENCE if apart else None)


def test_a_receipt_is_whole_and_a_payment_no_more_than_is_owed() -> None:
    """R5."""
    assert settled(CALL, Piece(LINE, CALL.left + 7), CALL.left) == (CALL.left + 7, CALL.left)
    assert settled(CERTIFICATE, Piece(LINE, -CALL.left - 7), CALL.left) == (CALL.left, CALL.left)
    assert settled(CERTIFICATE, Piece(LINE, -5), CALL.left) == (5, 5)


@pytest.mark.parametrize(
    ("parts", "fits"),
    [
        ([60, 40], True),
        ([100], True),
        ([60, 39], False),
        ([60, 41], False),
        ([110, -10], False),
        ([], False),
    ],
)
def test_parts_come_to_the_line_to_the_centime(parts: list[int], fits: bool) -> None:
    """R7."""
    if fits:
        check_sum("1a2b3c4d", Money(100), parts)
        check_sum("1a2b3c4d", Money(-100), [-part for part in parts])
        return
    with pytest.raises(SumDiffers):
        check_sum("1a2b3c4d", Money(100), parts)


def test_a_scope_holds_its_first_day_and_not_its_end() -> None:
    """R8."""
    scope = Scope(starts=DAY, ends_before=DAY + timedelta(days=1), account="BANK")

    assert scope.holds(DAY, "BANK")
    assert not scope.holds(DAY - timedelta(days=1), "BANK")
    assert not scope.holds(DAY + timedelta(days=1), "BANK")
    assert not scope.holds(DAY, "OTHER")
    assert Scope().holds(DAY, "OTHER")


def test_a_hash_is_of_rows_in_their_order() -> None:
    """R9."""
    assert digest([("a", 1), ("b", 2)]) == digest([("a", 1), ("b", 2)])
    assert digest([("a", 1), ("b", 2)]) != digest([("b", 2), ("a", 1)])


def test_each_kind_of_case_has_an_owner_and_a_step() -> None:
    """R11."""
    assert set(CARE) == set(CaseKind)
    assert {owner for owner, _step in CARE.values()} <= set(Role)
    assert not BY_LINE & BY_MATCH
    assert {CaseKind.STATEMENT_GAP, CaseKind.STATEMENT_OVERLAP} == set(CaseKind) - BY_RUN


def test_a_case_is_one_by_what_it_is_about() -> None:
    """R11."""
    one = CaseFacts(CaseKind.NOT_BOOKED, ("a",), 5)

    assert one.fingerprint == replace(one, amount=6).fingerprint
    assert one.fingerprint != replace(one, about=("b",)).fingerprint
    assert one.fingerprint != replace(one, kind=CaseKind.OTHER_CURRENCY).fingerprint


def test_a_partner_is_late_after_thirty_days() -> None:
    """R13."""
    assert not is_late(DAY - LATE_AFTER, DAY)
    assert is_late(DAY - LATE_AFTER - timedelta(days=1), DAY)


def test_an_open_line_is_a_case_by_what_it_says() -> None:
    """R13."""
    assert kind_of_open(1, says_anything=True) is CaseKind.UNMATCHED_RECEIPT
    assert kind_of_open(-1, says_anything=True) is CaseKind.UNMATCHED_PAYMENT
    assert kind_of_open(1, says_anything=False) is CaseKind.MISSING_REFERENCE


def test_a_lesson_is_one_for_its_bank_and_party() -> None:
    """R15."""
    first = fingerprint(LINE, LessonKind.SPELLING, "party", "CP SETTAT")

    assert first == fingerprint(LINE, LessonKind.SPELLING, "party", "CP SETTAT")
    assert first != fingerprint(OTHER, LessonKind.SPELLING, "party", "CP SETTAT")
    assert first != fingerprint(None, LessonKind.SPELLING, "party", "CP SETTAT")
    assert first != fingerprint(LINE, LessonKind.SPELLING, "other", "CP SETTAT")


@pytest.mark.parametrize(
    ("reference", "number"),
    [
        ("001/FND/2019-D02", 2),
        ("M-7/2026 D015 ", 15),
        ("D999", 999),
        ("D1000", 4),
        ("MARCHE 7/2026", 4),
        ("DERNIER", 4),
        ("", 4),
    ],
)
def test_an_account_is_named_by_the_number_that_its_reference_ends_in(reference: str, number: int) -> None:
    """R19: a year is no number of an account."""
    assert printed_number(reference, 4) == number
