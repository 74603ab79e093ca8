"""Sample tranches of the partners' promises, their calls and the money that came."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import uuid4

from sqlmodel import col, select

from models.operations.sample_books import MARK, SampleBooks, short
from models.rules.authority import Role
from models.rules.stages import Stage
from models.rules.tranches import CallState, Trigger
from models.samples import on_weekday
from models.tables import Allocation, Commitment, FundingCall, Partner, Receipt, Tranche

_HUNDRED = 100
_TRANCHES: tuple[tuple[int, int, Stage | None], ...] = (
    (30, 0, None),
    (40, 180, Stage.CONSTRUCTION),
    (30, 540, Stage.EQUIPMENT),
)
"""Percent of a promise, days after the first one, and the stage whose entry lets it be called."""
_CALL_DAYS = 60


def plan_tranches(books: SampleBooks) -> None:
    """Plan what no tranche is planned for of the promises in money."""
    first = books.on("first_tranches_received")
    for promise in promises(books):
        planned = tranches(books, promise)
        missing = promise.amount_centimes - sum(tranche.amount_centimes for tranche in planned)
        parts = _split(missing) if not planned else [missing, 0, 0]
        number = max((tranche.number for tranche in planned), default=0)
        for amount, (_, days, stage) in zip(parts, _TRANCHES, strict=True):
            if amount <= 0:
                continue
            number += 1
            books.add(
                Tranche(
                    commitment_id=promise.id,
                    number=number,
                    amount_centimes=amount,
                    trigger=Trigger.STAGE if stage else Trigger.DATE,
                    expected_on=on_weekday(_start_of_payments(books, first) + timedelta(days=days)),
                    stage=stage,
                    document=MARK,
                )
            )


def _start_of_payments(books: SampleBooks, first: date) -> date:
    return first if books.started else max(first, books.today - timedelta(days=_CALL_DAYS))


def _split(amount: int) -> list[int]:
    """Part a promise among its tranches: what rounding leaves goes to the first."""
    later = [amount * percent // _HUNDRED for percent, _, _ in _TRANCHES[1:]]
    return [amount - sum(later), *later]


def promises(books: SampleBooks) -> Sequence[Commitment]:
    return books.session.exec(
        select(Commitment)
        .join(Partner, col(Partner.id) == col(Commitment.partner_id))
        .where(
            Commitment.project_id == books.project.id,
            col(Commitment.in_kind).is_(False),
            col(Commitment.signed_on) <= books.today,
        )
        .order_by(col(Partner.key), col(Commitment.reference))
    ).all()


def tranches(books: SampleBooks, promise: Commitment) -> Sequence[Tranche]:
    return books.session.exec(
        select(Tranche).where(Tranche.commitment_id == promise.id).order_by(col(Tranche.number))
    ).all()


def receive_first(books: SampleBooks) -> None:
    plan_tranches(books)
    for promise in promises(books):
        for tranche in tranches(books, promise)[:1]:
            receive(books, promise, tranche)


def call_what_has_come(books: SampleBooks) -> None:
    """Call and receive what may be called: an open call could grow too old."""
    plan_tranches(books)
    for promise in promises(books):
        for tranche in tranches(books, promise):
            stage_reached = tranche.stage is not None and books.project.stage.reaches(tranche.stage)
            if stage_reached or tranche.expected_on <= books.today:
                receive(books, promise, tranche)


def receive_all(books: SampleBooks) -> None:
    plan_tranches(books)
    for promise in promises(books):
        for tranche in tranches(books, promise):
            receive(books, promise, tranche)


def receive(books: SampleBooks, promise: Commitment, tranche: Tranche) -> None:
    """Call a tranche where it is not called, and receive what is still missing of the call."""
    received_on = books.day(tranche.expected_on)
    call = _live_call(books, tranche) or _call(books, tranche, received_on)
    if call is None:
        return
    came = books.session.exec(select(Allocation.amount_centimes).where(Allocation.call_id == call.id)).all()
    missing = call.amount_centimes - sum(came)
    if missing <= 0:
        return
    receipt = Receipt(
        project_id=books.project.id,
        partner_id=promise.partner_id,
        amount_centimes=missing,
        received_on=received_on,
        reference=f"{MARK}-{short(uuid4())}",
        written_by=Role.FINANCE.value,
        written_at=books.at,
    )
    books.add(receipt)
    books.add(
        Allocation(
            receipt_id=receipt.id, call_id=call.id, amount_centimes=missing, allocated_on=received_on
        )
    )


def _live_call(books: SampleBooks, tranche: Tranche) -> FundingCall | None:
    """Return the call that a tranche has; a draft goes out as a sample."""
    call = books.session.exec(
        select(FundingCall).where(
            FundingCall.tranche_id == tranche.id, FundingCall.state != CallState.WITHDRAWN
        )
    ).first()
    if call is not None and call.state is CallState.DRAFT:
        _issue(books, call, books.day(tranche.expected_on))
        books.rows.append(call)
    return call


def _call(books: SampleBooks, tranche: Tranche, received_on: date) -> FundingCall | None:
    if tranche.amount_centimes == 0:
        return None
    call = FundingCall(
        tranche_id=tranche.id,
        amount_centimes=tranche.amount_centimes,
        drafted_at=books.at,
        state=CallState.DRAFT,
    )
    _issue(books, call, received_on)
    books.add(call)
    return call


def _issue(books: SampleBooks, call: FundingCall, received_on: date) -> None:
    issued_on = books.day(received_on - timedelta(days=_CALL_DAYS))
    call.state, call.number = CallState.ISSUED, f"{MARK}-{short(call.id)}"
    call.issued_on, call.issued_by = issued_on, Role.FINANCE.value
    call.due_on = issued_on + timedelta(days=_CALL_DAYS)
