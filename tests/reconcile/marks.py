"""How well a run did, by the known answer of its books."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from reconcile.explain import MATCHED, Reasons
from reconcile.outcome import Outcome
from tests.reconcile.world import World

NEAR = 100
"""Centimes within which an amount counts as right."""


@dataclass(frozen=True, slots=True)
class Marks:
    """`precision`, `recall` of pairs; `wrong`: the part of matched lines that stand in an event with any
    wrong pair; `offered`: the part of lines left over that have a right target among their suggestions."""

    matched: int
    precision: float
    recall: float
    wrong: float
    offered: float


def mark(world: World, outcome: Outcome, reasons: Iterable[Reasons]) -> Marks:
    """Mark what a run said: pairs are netted by event and target, for an event is one thing."""
    ids, targets = outcome.books.lines.ids, outcome.books.targets.ids
    answer = {one.id: one for one in world.lines}
    said: dict[tuple[int, str], int] = defaultdict(int)
    lines, offers = set[str](), defaultdict[str, set[str]](set)
    for one in reasons:
        if one.target < 0:
            continue
        line, target = ids[one.line], targets[one.target]
        if one.status == MATCHED:
            said[answer[line].event, target] += one.amount
            lines.add(line)
        else:
            offers[line].add(target)
    true: dict[tuple[int, str], int] = defaultdict(int)
    for each in world.lines:
        for target, amount in each.settles.items():
            true[each.event, target] += amount
    good = {key for key, amount in said.items() if abs(amount - true.get(key, 0)) <= NEAR}
    bad = {event for event, _ in said.keys() - good}
    payments = [one for one in world.lines if one.kind == "payment"]
    left = [one for one in payments if one.id not in lines]
    return Marks(
        matched=len(lines),
        precision=len(good) / max(len(said), 1),
        recall=len(good) / max(len(true), 1),
        wrong=sum(answer[line].event in bad for line in lines) / max(len(lines), 1),
        offered=sum(bool(offers[one.id] & one.settles.keys()) for one in left) / max(len(left), 1),
    )
