"""What people decide about lines: booked at once, above a band by two, taken back by new entries alone."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, func, select

from models.operations import four_eyes, line_requests
from models.operations.line_decisions import Decided
from models.operations.line_requests import Share
from models.operations.periods import close_period
from models.queries.four_eyes import ChangeLine
from models.queries.owed import read_owed
from models.rules.authority import NotAllowed
from models.rules.errors import BadValue, UnknownKey
from models.rules.four_eyes import AboveBand, OwnProposal
from models.rules.money import Money
from models.rules.reconciliation import (
    LineNotBookable,
    LineOpen,
    LineTaken,
    MatchKind,
    MatchStatus,
    SumDiffers,
    WhyNot,
)
from models.rules.stages import Stage, Status
from models.rules.statements import LineState
from models.settings import LANGUAGES
from models.tables import Allocation, Lesson, Match, MatchPart, Parcel, Payment, Receipt, StatementLine
from notifications.words import sentence
from tests.builders import AT
from tests.operations.statements import EARLIER, TODAY, Bank, make_account, make_bank, make_file, write_line

BY: dict[str, Any] = {"by": "finance", "at": AT}


@pytest.fixture
def bank(staff: Session) -> Bank:
    return make_bank(staff)


def left(session: Session, target: Any) -> int:
    return read_owed(session, [target.id])[target.id].left


def test_a_line_is_booked_on_the_call_that_it_names(staff: Session, bank: Bank) -> None:
    line = write_line(staff, bank.file, 300_000_00, counterparty="Sample council")

    done = line_requests.accept(staff, line=line.id.hex, choice="AF-2026-0001", **BY)

    assert isinstance(done, Decided)
    receipt = staff.exec(select(Receipt)).one()
    assert (receipt.amount_centimes, receipt.received_on, receipt.written_by) == (
        300_000_00,
        TODAY,
        "finance",
    )
    assert receipt.reference == f"BANK 2026-03-02 {line.id.hex[:8]}"
    assert (left(staff, bank.calls[0]), left(staff, bank.calls[1])) == (0, 200_000_50)
    staff.refresh(line)
    assert line.state is LineState.SETTLED


def test_what_a_call_does_not_take_is_the_partners_advance(staff: Session, bank: Bank) -> None:
    line = write_line(staff, bank.file, 350_000_00)

    line_requests.accept(staff, line=line.id.hex, choice="AF-2026-0001", **BY)

    assert staff.exec(select(func.sum(Receipt.amount_centimes))).one() == 350_000_00
    assert staff.exec(select(func.sum(Allocation.amount_centimes))).one() == 300_000_00


def test_a_line_is_split_to_the_centime_or_not_at_all(staff: Session, bank: Bank) -> None:
    line = write_line(staff, bank.file, 500_000_50)
    shares = [Share("AF-2026-0001", 300_000_00), Share("AF-2026-0002", 200_000_49)]

    with pytest.raises(SumDiffers):
        line_requests.split(staff, line=line.id.hex, shares=shares, **BY)
    shares[1] = Share("AF-2026-0002", 200_000_50)
    line_requests.split(staff, line=line.id.hex, shares=shares, **BY)

    assert staff.exec(select(func.count()).select_from(Receipt)).one() == 1
    assert [left(staff, one) for one in bank.calls] == [0, 0]


def test_a_share_against_the_lines_way_is_refused(staff: Session, bank: Bank) -> None:
    line = write_line(staff, bank.file, 100_00)
    shares = [Share("AF-2026-0001", 200_00), Share("AF-2026-0002", -100_00)]

    with pytest.raises(SumDiffers):
        line_requests.split(staff, line=line.id.hex, shares=shares, **BY)
    same = [Share("AF-2026-0001", 50_00), Share("AF-2026-0001", 50_00)]
    with pytest.raises(BadValue):
        line_requests.split(staff, line=line.id.hex, shares=same, **BY)


@pytest.mark.parametrize(("more", "taken"), [(0, True), (50, True), (51, False)])
def test_a_payment_is_never_more_than_its_certificate_but_for_cents(
    staff: Session, bank: Bank, more: int, taken: bool
) -> None:
    """R4 and R5, at the boundary."""
    line = write_line(staff, bank.file, -100_000_00 - more)
    if not taken:
        with pytest.raises(LineNotBookable) as refused:
            line_requests.accept(staff, line=line.id.hex, choice="M-7/2026#1", **BY)
        assert refused.value.details["case_kind"] == "paid_above_certified"
        return

    line_requests.accept(staff, line=line.id.hex, choice="M-7/2026 1", **BY)

    assert staff.exec(select(Payment.amount_centimes)).one() == 100_000_00
    assert left(staff, bank.certificates[0]) == 0


def test_a_closed_day_a_closed_project_and_another_way_are_refused(staff: Session, bank: Bank) -> None:
    old = write_line(staff, bank.file, 300_000_00, day=EARLIER + timedelta(days=1))
    close_period(staff, until=EARLIER + timedelta(days=2), by="director", at=AT)
    paid = write_line(staff, bank.file, -300_000_00)
    for line, kind in ((old, "closed_period"), (paid, "not_booked")):
        with pytest.raises(LineNotBookable) as refused:
            line_requests.accept(staff, line=line.id.hex, choice="AF-2026-0001", **BY)
        assert refused.value.details["case_kind"] == kind
    new = write_line(staff, bank.file, 300_000_00)
    for stage, status in ((Stage.CLOSED, Status.ACTIVE), (Stage.STUDY, Status.SUSPENDED)):
        bank.project.stage, bank.project.status = stage, status
        staff.flush()
        with pytest.raises(LineNotBookable) as refused:
            line_requests.accept(staff, line=new.id.hex, choice="AF-2026-0001", **BY)
        assert refused.value.details["case_kind"] == "closed_project"


def test_undoing_is_a_new_entry_and_the_line_is_open_again(staff: Session, bank: Bank) -> None:
    line = write_line(staff, bank.file, 300_000_00)
    done = line_requests.accept(staff, line=line.id.hex, choice="AF-2026-0001", **BY)
    assert isinstance(done, Decided)

    undone = line_requests.undo(staff, name=line.id.hex[:8], reason="Another council", **BY)

    assert isinstance(undone, Decided)
    entry = staff.get_one(Match, undone.undone)
    assert (entry.status, entry.undoes_id, entry.author) == (MatchStatus.UNDONE, done.match, "finance")
    assert sorted(staff.exec(select(Receipt.amount_centimes))) == [-300_000_00, 300_000_00]
    assert left(staff, bank.calls[0]) == 300_000_00
    with pytest.raises(LineOpen):
        line_requests.undo(staff, name=line.id.hex, reason="Once more", **BY)
    again = line_requests.accept(staff, line=line.id.hex, choice="AF-2026-0001", **BY)
    assert isinstance(again, Decided)
    assert again.match != done.match
    assert {one.reference for one in staff.exec(select(Receipt))} == {
        f"BANK 2026-03-02 {line.id.hex[:8]}{end}" for end in ("", " (1)", " /2")
    }


def test_a_payment_is_taken_back_by_its_match(staff: Session, bank: Bank) -> None:
    line = write_line(staff, bank.file, -50_000_00)
    done = line_requests.accept(staff, line=line.id.hex, choice="M-7/2026 2", **BY)
    assert isinstance(done, Decided)
    assert done.match is not None

    line_requests.undo(staff, name=done.match.hex[:10], reason="Paid twice", **BY)

    assert staff.exec(select(func.sum(Payment.amount_centimes))).one() == 0
    assert left(staff, bank.certificates[1]) == 50_000_00


def test_a_line_is_moved_in_one_act(staff: Session, bank: Bank) -> None:
    line = write_line(staff, bank.file, 200_000_50)
    line_requests.accept(staff, line=line.id.hex, choice="AF-2026-0001", **BY)

    done = line_requests.move(staff, line=line.id.hex, target="AF-2026-0002", reason="Its tranche", **BY)

    assert isinstance(done, Decided)
    assert done.undone is not None
    assert done.reopened == ()
    assert [left(staff, one) for one in bank.calls] == [300_000_00, 0]
    with pytest.raises(LineTaken):
        line_requests.accept(staff, line=line.id.hex, choice="AF-2026-0001", **BY)


def test_a_line_is_marked_for_what_it_is(staff: Session, bank: Bank) -> None:
    fee, one, again, back = (
        write_line(staff, bank.file, amount) for amount in (-11_00, -50_000_00, -50_000_00, 50_000_00)
    )
    line_requests.mark(staff, line=fee.id.hex, kind=MatchKind.FEE, reason="Fees of March", **BY)
    with pytest.raises(BadValue):
        line_requests.mark(
            staff, line=again.id.hex, kind=MatchKind.DUPLICATE, other=fee.id.hex, reason="x", **BY
        )
    with pytest.raises(BadValue):
        line_requests.mark(staff, line=again.id.hex, kind=MatchKind.DUPLICATE, reason="no other", **BY)
    line_requests.mark(
        staff, line=again.id.hex, kind=MatchKind.DUPLICATE, other=one.id.hex, reason="Twice", **BY
    )
    line_requests.accept(staff, line=one.id.hex, choice="M-7/2026 2", **BY)
    line_requests.mark(
        staff, line=back.id.hex, kind=MatchKind.REVERSAL, other=one.id.hex, reason="Sent back", **BY
    )

    query = select(StatementLine).order_by(col(StatementLine.row))
    lines = staff.exec(query.execution_options(populate_existing=True))
    assert [line.state for line in lines] == [
        LineState.FEE,
        LineState.REVERSAL,
        LineState.DUPLICATE,
        LineState.REVERSAL,
    ]
    assert left(staff, bank.certificates[1]) == 50_000_00


@pytest.mark.parametrize(("centimes", "alone"), [(1_000_000_00, True), (1_000_000_01, False)])
def test_above_the_band_another_person_decides(
    staff: Session, bank: Bank, centimes: int, alone: bool
) -> None:
    """R16, at the boundary."""
    line = write_line(staff, bank.file, centimes)

    asked = line_requests.accept(staff, line=line.id.hex, choice="AF-2026-0001", **BY)

    assert isinstance(asked, Decided) is alone
    if isinstance(asked, ChangeLine):
        assert staff.exec(select(func.count()).select_from(Receipt)).one() == 0
        again = line_requests.accept(staff, line=line.id.hex, choice="AF-2026-0001", **BY)
        assert isinstance(again, ChangeLine)
        assert again.id == asked.id
        with pytest.raises(OwnProposal):
            four_eyes.decide(staff, proposal=asked.id, approve=True, **BY)
        four_eyes.decide(staff, proposal=asked.id, approve=True, by="finance-2", at=AT)
        booked = staff.exec(select(Match)).one()
        assert (booked.author, booked.second) == ("finance", "finance-2")


def test_no_reason_is_told_where_none_was_given(staff: Session, bank: Bank) -> None:
    """R7: what a line pays needs no reason; nothing is put in its place."""
    line = write_line(staff, bank.file, 1_000_000_01)

    asked = line_requests.accept(staff, line=line.id.hex, choice="AF-2026-0001", **BY)

    assert isinstance(asked, ChangeLine)
    assert asked.reason == ""
    told = json.loads(staff.exec(select(Parcel.payload)).one())
    assert told["reason"] == ""


def test_a_decision_about_a_line_is_in_the_currency_of_its_account(staff: Session, bank: Bank) -> None:
    """R16: an amount in another currency is above all bands, and told in its own."""
    euros = make_file(staff, make_account(staff, "BANK-EUR", currency="EUR"))
    line = write_line(staff, euros, -50_00)

    asked = line_requests.mark(staff, line=line.id.hex, kind=MatchKind.FEE, reason="Frais de tenue", **BY)

    assert isinstance(asked, ChangeLine)
    assert asked.amount == Money(50_00, "EUR")
    with pytest.raises(AboveBand):
        four_eyes.decide(staff, proposal=asked.id, approve=True, by="finance-2", at=AT)
    four_eyes.decide(staff, proposal=asked.id, approve=True, by="director", at=AT)
    payloads = [json.loads(one) for one in staff.exec(select(Parcel.payload))]
    assert [one["amount"] for one in payloads] == ["50.00 EUR", "50.00 EUR"]


@pytest.mark.parametrize(("centimes", "alone"), [(1_000_000_00, True), (1_000_000_01, False)])
def test_what_goes_out_of_the_queue_counts_whole(
    staff: Session, bank: Bank, centimes: int, alone: bool
) -> None:
    """R16: a line that is marked as a copy, and whose mark is taken back, weighs its whole amount."""
    one, again = (write_line(staff, bank.file, centimes) for _copy in range(2))
    said: dict[str, Any] = {"kind": MatchKind.DUPLICATE, "other": one.id.hex, "reason": "Twice"}

    asked = line_requests.mark(staff, line=again.id.hex, **said, **BY)

    assert isinstance(asked, Decided) is alone
    if isinstance(asked, ChangeLine):
        four_eyes.decide(staff, proposal=asked.id, approve=True, by="finance-2", at=AT)
    undone = line_requests.undo(staff, name=again.id.hex, reason="It was not", **BY)
    assert isinstance(undone, Decided) is alone


@pytest.mark.parametrize(
    ("centimes", "target", "why"),
    [
        (-10_00, "AF-2026-0001", WhyNot.WRONG_WAY),
        (10_00, "M-7/2026 2", WhyNot.WRONG_WAY),
        (10_00, "AF-2026-0001", WhyNot.PAID),
    ],
)
def test_a_person_is_told_why_the_books_do_not_take_it(
    staff: Session, bank: Bank, centimes: int, target: str, why: WhyNot
) -> None:
    """R3."""
    if why is WhyNot.PAID:
        paid = write_line(staff, bank.file, 300_000_00)
        line_requests.accept(staff, line=paid.id.hex, choice=target, **BY)
    line = write_line(staff, bank.file, centimes)

    with pytest.raises(LineNotBookable) as refused:
        line_requests.accept(staff, line=line.id.hex, choice=target, **BY)

    assert refused.value.details["why"] is why
    assert all("{" not in sentence(refused.value, language) for language in LANGUAGES)


def test_far_above_it_is_the_directors(staff: Session, bank: Bank) -> None:
    line = write_line(staff, bank.file, 10_000_000_01)
    asked = line_requests.accept(staff, line=line.id.hex, choice="AF-2026-0001", **BY)
    assert isinstance(asked, ChangeLine)

    with pytest.raises(AboveBand):
        four_eyes.decide(staff, proposal=asked.id, approve=True, by="finance-2", at=AT)
    four_eyes.decide(staff, proposal=asked.id, approve=True, by="director", at=AT)

    assert staff.exec(select(Receipt.written_by)).one() == "finance"


def test_what_the_books_refuse_is_refused_before_it_is_proposed(staff: Session, bank: Bank) -> None:
    line = write_line(staff, bank.file, -2_000_000_00)

    with pytest.raises(LineNotBookable):
        line_requests.accept(staff, line=line.id.hex, choice="M-7/2026 1", **BY)

    assert staff.exec(select(func.count()).select_from(Match)).one() == 0


@pytest.mark.parametrize("login", ["officer", "director", "auditor"])
def test_finance_decides(staff: Session, bank: Bank, login: str) -> None:
    line = write_line(staff, bank.file, 100_00)

    with pytest.raises(NotAllowed):
        line_requests.accept(staff, line=line.id.hex, choice="AF-2026-0001", by=login, at=AT)
    with pytest.raises(NotAllowed):
        line_requests.mark(staff, line=line.id.hex, kind=MatchKind.OTHER, reason="Mine", by=login, at=AT)


def test_what_nobody_knows_is_named(staff: Session, bank: Bank) -> None:
    line = write_line(staff, bank.file, 100_00)

    with pytest.raises(UnknownKey) as unknown:
        line_requests.accept(staff, line=line.id.hex, choice="AF-2026-0003", **BY)
    assert "AF-2026-0001" in unknown.value.details["candidates"]  # type: ignore[operator]
    for name in ("zz", "ffffffff", "<script>", "\u202e"):
        with pytest.raises(UnknownKey):
            line_requests.accept(staff, line=name, choice="AF-2026-0001", **BY)
    with pytest.raises(BadValue):
        line_requests.accept(staff, line="abc", choice="AF-2026-0001", **BY)
    with pytest.raises(UnknownKey):
        line_requests.accept(staff, line=line.id.hex, choice="1", **BY)


def test_a_persons_decision_teaches_the_name_on_the_line(staff: Session, bank: Bank) -> None:
    line = write_line(staff, bank.file, 300_000_00, counterparty="PROV. SETTAT")
    line_requests.accept(staff, line=line.id.hex, choice="AF-2026-0001", **BY)

    lesson = staff.exec(select(Lesson)).one()
    assert (lesson.value, lesson.partner_id, lesson.times) == ("PROV. SETTAT", bank.council.id, 1)
    line_requests.undo(staff, name=line.id.hex, reason="Not theirs", **BY)
    staff.refresh(lesson)
    assert lesson.forgotten_by == "finance"
    assert staff.exec(select(MatchPart.amount_centimes).order_by(col(MatchPart.amount_centimes))).all() == [
        -300_000_00,
        300_000_00,
    ]
