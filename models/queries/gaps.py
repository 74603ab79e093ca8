"""What projects lack: the gap with what was stated of it, what is unsigned, what comes too late."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from models.queries.commitments import CommitmentLine, line_of
from models.queries.money_facts import load_money_facts
from models.queries.position import Position, positions
from models.rules.money import Money
from models.rules.money_facts import shortfalls, unplanned
from models.rules.payment_curve import Shortfall
from models.tables import Commitment, Partner, Project


@dataclass(frozen=True, slots=True)
class ProjectGap:
    """What of one project nobody pays for, or not in time, on a day.

    `position` has the amounts. `plan` and `stated_on`: of the gap as last stated, whatever the day.
    `unsigned`: the promises that nobody has signed; `unplanned`: contracts (references) with
    what of them no payment is planned for.
    """

    position: Position
    plan: str
    stated_on: date | None
    unsigned: tuple[CommitmentLine, ...]
    unplanned: tuple[tuple[str, Money], ...]
    shortfalls: tuple[Shortfall, ...]

    @property
    def unstated(self) -> Money | None:
        """The gap less what was stated of it; None where none was."""
        stated = self.position.stated_gap
        return None if stated is None else self.position.gap - stated

    @property
    def short(self) -> Money:
        """The most that is missing in one month: what has to be found, or to come earlier."""
        months: dict[date, int] = {}
        for hole in self.shortfalls:
            months[hole.month] = months.get(hole.month, 0) + hole.missing
        return Money(max(months.values(), default=0), self.position.budget.currency)


def project_gaps(
    session: Session, *, on: date, projects: Collection[str] | None = None
) -> tuple[ProjectGap, ...]:
    """Return what projects (keys), or all, lack at the end of a day, in the order of the keys.

    As few statements for many as for one.
    Source: docs/rules.md, B9 to B11, Q1 to Q5.
    """
    query = select(Project).order_by(col(Project.key))
    if projects is not None:
        query = query.where(col(Project.key).in_(projects))
    found = session.exec(query).all()
    money = load_money_facts(session, found, on)
    unsigned = _unsigned(session)
    standing = {one.project: one for one in positions(session, on=on, projects=projects)}
    return tuple(
        ProjectGap(
            position=standing[project.key],
            plan=project.gap_plan,
            stated_on=project.gap_stated_on,
            unsigned=tuple(unsigned.get(project.key, ())),
            unplanned=tuple(
                (reference, Money(amount, project.currency))
                for reference, amount in unplanned(money[project.id].books)
            ),
            shortfalls=shortfalls(money[project.id].books, project.foundation_share_centimes or 0, on),
        )
        for project in found
    )


def _unsigned(session: Session) -> dict[str, list[CommitmentLine]]:
    """Return the promises that nobody has signed, by project."""
    rows = session.exec(
        select(col(Project.key), Commitment, Partner)
        .join(Commitment, col(Commitment.project_id) == col(Project.id))
        .join(Partner, col(Partner.id) == col(Commitment.partner_id))
        .where(col(Commitment.signed_on).is_(None))
        .order_by(col(Project.key), col(Partner.key), col(Commitment.reference))
    )
    found: dict[str, list[CommitmentLine]] = {}
    for key, commitment, partner in rows:
        found.setdefault(key, []).append(line_of(commitment, partner))
    return found
