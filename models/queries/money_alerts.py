"""What is amiss with the money of all projects that go on: some statements, however many there are."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import Session

from models.queries.alert_statements import AHEAD, GAPS, LINES, ON_LINES, UNCOVERED
from models.queries.contract_alerts import contract_concerns
from models.queries.money_facts import ProjectMoney, load_money_facts
from models.rules.money import Money
from models.rules.money_alerts import Alert, Concern, ahead_step, points_ahead, worst_hole
from models.rules.money_facts import at_hand, contributions, to_be_paid
from models.rules.payment_curve import Shortfall, find_shortfalls
from models.tables import Project

_AT_ONCE = 500
"""Projects or lines whose ids one statement names."""


def money_concerns(session: Session, day: date) -> Iterator[Concern]:
    """Yield all that is amiss at the end of a day with the money of projects that go on.

    Source: docs/rules.md, B40 to B47 and B49.
    """
    session.flush()
    yield from _gaps(session, day)
    yield from _uncovered(session, day)
    yield from _ahead(session, day)
    yield from _lines(session, day)
    yield from contract_concerns(session, day)


def _gaps(session: Session, day: date) -> Iterator[Concern]:
    """Source: docs/rules.md, B40."""
    for row in session.connection().execute(GAPS, {"on": day}):
        gap = row.budget - row.committed - row.share
        payload = {
            "gap": str(Money(gap, row.currency)),
            "budget": str(Money(row.budget, row.currency)),
            "committed": str(Money(row.committed, row.currency)),
            "share": str(Money(row.share, row.currency)),
            "stated": row.stated is not None and row.stated >= gap,
        }
        yield Concern(Alert.FUNDING_GAP, row.id, row.id, gap, payload, row.currency)


def _uncovered(session: Session, day: date) -> Iterator[Concern]:
    """Source: docs/rules.md, B41."""
    projects = list(session.execute(UNCOVERED, {"on": day}).scalars())
    for some in _parts(projects):
        facts = load_money_facts(session, some, day)
        for project in some:
            yield from _hole(project, facts[project.id], day)


def _hole(project: Project, money: ProjectMoney, day: date) -> Iterator[Concern]:
    books, currency = money.books, project.currency
    cash = at_hand(books, project.foundation_share_centimes or 0)
    hole = worst_hole(find_shortfalls(to_be_paid(books), cash, contributions(books), day))
    if hole is not None:
        payload = {
            "month": hole.month,
            "lacking": str(Money(hole.missing, currency)),
            "worst_month": hole.worst_month,
            "worst": str(Money(hole.worst, currency)),
            "sources": [_source(one, currency, day) for one in hole.sources],
        }
        yield Concern(
            Alert.PAYMENTS_UNCOVERED, project.id, project.id, hole.worst, payload, currency, hole.month
        )


def _source(one: Shortfall, currency: str, day: date) -> dict[str, Any]:
    """Return whose tranche comes too late, and with how much; nobody's where no tranche would bring it."""
    amount, source = str(Money(one.missing, currency)), one.source
    if source is None:
        return {"amount": amount, "partner": None, "tranche": None, "on": None, "late": False}
    payer = source.payer
    return {
        "amount": amount,
        "partner": {"ar": payer.name_ar, "fr": payer.name_fr, "en": payer.name_en},
        "tranche": source.tranche,
        "on": source.on,
        "late": source.on < day,
    }


def _ahead(session: Session, day: date) -> Iterator[Concern]:
    """Source: docs/rules.md, B44."""
    for row in session.connection().execute(AHEAD, {"on": day}):
        points = points_ahead(row.certified, row.engaged, row.progress or 0)
        if step := ahead_step(points):
            payload = {
                "certified": str(Money(row.certified, row.currency)),
                "engaged": str(Money(row.engaged, row.currency)),
                "financial": points + (row.progress or 0),
                "physical": row.progress,
                "points": points,
            }
            yield Concern(Alert.AHEAD_OF_WORKS, row.id, row.id, step, payload)


def _lines(session: Session, day: date) -> Iterator[Concern]:
    """Source: docs/rules.md, B45."""
    rows = session.connection().execute(LINES, {"on": day}).all()
    for some in _parts(rows):
        engaging = _contracts_on(session, [row.row for row in some], day)
        for row in some:
            payload = {
                "line": row.reference,
                "engaged": str(Money(row.amount, row.currency)),
                "budget": str(Money(row.most, row.currency)),
                "over": str(Money(row.amount - row.most, row.currency)),
                "contracts": [
                    one | {"amount": str(Money(one["amount"], row.currency))} for one in engaging[row.row]
                ],
            }
            over = row.amount - row.most
            yield Concern(Alert.LINE_EXCEEDED, row.project_id, row.row, over, payload, row.currency)


def _contracts_on(session: Session, lines: list[UUID], day: date) -> dict[UUID, list[dict[str, Any]]]:
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for line, reference, contractor, amount in session.connection().execute(
        ON_LINES, {"on": day, "lines": lines}
    ):
        found[line].append({"contract": reference, "contractor": contractor, "amount": amount})
    return found


def _parts(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]
