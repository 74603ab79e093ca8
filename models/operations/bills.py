"""A contract's bill of quantities, and the indices that revise prices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from models.operations import trail
from models.operations.contract_access import Held, check_money, is_known, take_up_contract, write_down
from models.queries.contract_states import load_states
from models.queries.contracts import measured_so_far
from models.queries.people import find_actor
from models.rules.accounts import THOUSAND, measured
from models.rules.authority import Action, authorize
from models.rules.errors import BadValue
from models.rules.evidence import EARLIEST, LATEST
from models.rules.money import Money
from models.rules.projects import LONGEST_NAME, check_text
from models.tables import BillItem, PriceIndex

LONGEST_CODE, LONGEST_UNIT, LONGEST_INDEX = 32, 16, 40
MOST_QUANTITY = 10**12
LARGEST_INDEX = 10_000_00


@dataclass(frozen=True, slots=True)
class NewItem:
    """A line of a bill. Units: `quantity` in thousandths of `unit`; `price` of one unit, taxes included."""

    code: str
    label: str
    unit: str
    quantity: int
    price: Money


@dataclass(frozen=True, slots=True)
class BillSet:
    """What became of a bill: how many items are new or differ now, and what all of it comes to."""

    added: int
    changed: int
    total: Money


def set_bill(
    session: Session, *, contract: str, items: Sequence[NewItem], by: str, at: datetime
) -> BillSet:
    """Write the lines of a contract's bill; those that are not named stay as they are.

    A line may change until it is measured; then its price stays, and its quantity is at least what is
    measured. The same again changes nothing.
    Raises: UnknownKey, NotAllowed, CurrencyMismatch, BadValue, also where the bill passes the contract.
    Source: docs/rules.md, W29.
    """
    held = take_up_contract(session, contract, Action.KEEP_CONTRACTS, by)
    rows = session.exec(select(BillItem).where(BillItem.contract_id == held.contract.id)).all()
    known = {row.code: row for row in rows}
    done = measured_so_far(session, held.contract.id)
    of = held.contract.id
    changes = [one for item in _checked(items, held) if (one := _change(item, of, known, done))]
    bill = {row.code: (row.quantity, row.price_centimes) for row in rows}
    bill |= {item.code: (item.quantity, item.price.centimes) for item, _ in changes}
    total = _check_total(session, held, measured(bill.values()))
    for item, row in changes:
        row.label, row.unit = item.label, item.unit
        row.quantity, row.price_centimes = item.quantity, item.price.centimes
        session.add(row)
    added = sum(item.code not in known for item, _ in changes)
    if changes:
        said = [_said(item) for item, _ in changes]
        payload = {"items": said, "total_centimes": total.centimes}
        write_down(session, held, "bill_set", by, at, payload)
    return BillSet(added, len(changes) - added, total)


def state_index(session: Session, *, name: str, month: date, value: int, by: str, at: datetime) -> bool:
    """Write a published index for a month (its first day), in hundredths; return False where it is known.

    Raises: UnknownKey, NotAllowed, BadValue.
    Source: docs/rules.md, W19.
    """
    authorize(find_actor(session, by), Action.KEEP_CONTRACTS)
    words = check_text("price_index", name, LONGEST_INDEX, needed=True)
    if month.day != 1 or not EARLIEST <= month <= LATEST:
        raise BadValue(field="month", value=month, reason="not_a_month")
    if not 0 < value <= LARGEST_INDEX:
        bounds = {"least": 1, "most": LARGEST_INDEX}
        raise BadValue(field="value", value=value, reason="out_of_range", **bounds)
    known = session.exec(
        select(PriceIndex).where(PriceIndex.name == words, PriceIndex.month == month)
    ).first()
    if is_known(known, {"value": value}, words):
        return False
    session.add(PriceIndex(name=words, month=month, value=value))
    payload = {"name": words, "month": month, "value": value}
    trail.record(session, at=at, actor=by, kind="price_index_stated", payload=payload)
    return True


def _checked(items: Sequence[NewItem], held: Held) -> list[NewItem]:
    """Return items without the spaces around their texts, or refuse one with its code and field named."""
    checked: dict[str, NewItem] = {}
    for item in items:
        code = check_text("code", item.code, LONGEST_CODE, needed=True)
        if code in checked:
            raise BadValue(field="code", value=code, reason="taken")
        check_money("price", item.price, held.project.currency, positive=False)
        if item.price.centimes < 0:
            raise BadValue(field="price", value=str(item.price), reason="negative", item=code)
        if not 0 < item.quantity <= MOST_QUANTITY:
            bounds = {"least": 1, "most": MOST_QUANTITY}
            raise BadValue(
                field="quantity", value=item.quantity, reason="out_of_range", item=code, **bounds
            )
        label = check_text("label", item.label, LONGEST_NAME)
        unit = check_text("unit", item.unit, LONGEST_UNIT)
        checked[code] = NewItem(code, label, unit, item.quantity, item.price)
    return list(checked.values())


def _change(
    item: NewItem, contract: UUID, known: Mapping[str, BillItem], done: Mapping[UUID, int]
) -> tuple[NewItem, BillItem] | None:
    """Return the row that an item writes; None where it stands so already."""
    row = known.get(item.code)
    if row is None:
        return item, BillItem(contract_id=contract, code=item.code, quantity=0, price_centimes=0)
    if _said(item) == _stands(row):
        return None
    quantity = done.get(row.id, 0)
    if quantity and item.price.centimes != row.price_centimes:
        limit = Money(row.price_centimes, item.price.currency)
        raise BadValue(
            field="price",
            value=str(item.price),
            reason="price_measured",
            rule="W29",
            item=item.code,
            limit=str(limit),
        )
    if item.quantity < quantity:
        raise BadValue(
            field="quantity",
            value=units(item.quantity),
            reason="below_measured",
            rule="W29",
            item=item.code,
            limit=units(quantity),
        )
    return item, row


def units(thousandths: int) -> Decimal:
    """Return a quantity in whole units of its bill item."""
    return Decimal(thousandths) / THOUSAND


def _check_total(session: Session, held: Held, total: int) -> Money:
    (state,) = load_states(session, on=date.max, contract=held.contract.id)
    bill, most = Money(total, held.project.currency), Money(state.amounts.total, held.project.currency)
    if bill > most:
        raise BadValue(
            field="amount", value=str(bill), reason="bill_over_contract", rule="W29", limit=str(most)
        )
    return bill


def _said(item: NewItem) -> dict[str, Any]:
    return {
        "code": item.code,
        "label": item.label,
        "unit": item.unit,
        "quantity": item.quantity,
        "price_centimes": item.price.centimes,
    }


def _stands(row: BillItem) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("code", "label", "unit", "quantity", "price_centimes")}
