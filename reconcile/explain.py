"""Why a line was booked, offered or set aside: the evidence of each pair in words, points, best rival.

Everything is told in columns first, since books are large; `explain` hands it out row by row.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reconcile.arrays import Flags, Floats, Ints, paired
from reconcile.booking import Stage
from reconcile.books import UNKNOWN
from reconcile.evidence import CENTS, EXACT, FOREIGN, NAMES, ROUNDED, agreed
from reconcile.outcome import Outcome

MATCHED, SUGGESTED = "matched", "suggested"

LEVELS: Mapping[str, tuple[str, ...]] = {
    "amount": ("exact", "cents", "rounded", "foreign", "less", "more", "unlike"),
    "reference": ("silent", "other", "agreement", "named"),
    "party": ("silent", "other", "weaker", "level", "likely", "clear"),
    "project": ("silent", "same", "other"),
    "delay": ("before", "early", "due", "late", "very_late"),
    "structure": (
        *("merged", "split", "part", "repeated", "taken_back", "moved", "frequent", "unconnected"),
    ),
}
"""The words of each kind of evidence, by which sentences are chosen; `less`, `more`: than is owed."""

_LESS, _MORE, _UNLIKE = 4, 5, 6
_OF_PARTY = np.array([0, 1, 1, 2, 2, 3, 4, 4, 5, 5])
_OF_DELAY = np.array([0, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4])
"""The word of each class that evidence.py counts in."""

_STRUCTURE: Mapping[Stage, int] = {
    Stage.MERGED: 0,
    Stage.SPLIT: 1,
    Stage.PART: 2,
    Stage.DUPLICATE: 3,
    Stage.REVERSAL: 4,
    Stage.CORRECTION: 5,
    Stage.FEE: 6,
    Stage.OTHER: 7,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for or against a pair: a name and a level of LEVELS, and its points."""

    name: str
    level: str
    points: float


@dataclass(frozen=True, slots=True)
class Reasons:
    """One row of an answer. Places of rows, UNKNOWN for none; `amount`: centimes of the line.

    `status`: matched or suggested. `other`: the line that this one repeats, takes back or belongs to;
    `moves`: the line that a correction moves to another project. `share`: how sure, from 0 to 1. `rival`:
    the target of another agreement for which most would speak.
    """

    line: int
    target: int
    other: int
    moves: int
    amount: int
    status: str
    stage: Stage
    share: float
    points: float
    evidence: tuple[Evidence, ...]
    rival: int
    rival_points: float


@dataclass(frozen=True, slots=True)
class Told:
    """The rows of an answer in columns, in the order of lines; suggestions the likeliest first.

    `words`, `points_of`: for each name of evidence the place of its level, UNKNOWN for none, and points.
    """

    line: Ints
    target: Ints
    other: Ints
    amount: Ints
    stage: tuple[Stage, ...]
    share: Floats
    points: Floats
    words: Mapping[str, Ints]
    points_of: Mapping[str, Floats]
    rival: Ints
    rival_points: Floats

    def __len__(self) -> int:
        return len(self.line)


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of one stage, before they are put in order."""

    stage: Stage
    line: Ints
    target: Ints
    other: Ints
    amount: Ints
    share: Floats
    points: Floats


def _parts(outcome: Outcome) -> Iterator[_Part]:
    for step in outcome.booked:
        none = np.full(len(step.line), UNKNOWN)
        yield _Part(step.stage, step.line, step.target, none, step.amount, step.share, step.points)
    offered = outcome.suggestions
    none, zeros = np.full(len(offered.line), UNKNOWN), np.zeros(len(offered.line))
    yield _Part(Stage.SUGGESTION, offered.line, offered.target, none, zeros.astype(np.int64), zeros, zeros)
    for stage, rows, other in outcome.classified:
        none, zeros = np.full(len(rows), UNKNOWN), np.zeros(len(rows))
        yield _Part(stage, rows, none, other, zeros.astype(np.int64), zeros + 1, zeros)


def tell(outcome: Outcome) -> Told:
    """Return every pair that was booked or offered and every line that was classified, with its reasons."""
    parts = list(_parts(outcome))
    stages = [part.stage for part in parts]
    kind = np.repeat(np.arange(len(parts)), [len(part.line) for part in parts])
    line, target, other, amount = (
        np.concatenate([getattr(part, name) for part in parts]).astype(np.int64)
        for name in ("line", "target", "other", "amount")
    )
    share, known = (np.concatenate([getattr(part, name) for part in parts]) for name in ("share", "points"))
    # Booked rows of one line stand in the order of their targets, suggestions stay the best first.
    is_offer = np.array([one is Stage.SUGGESTION for one in stages], bool)[kind]
    order = np.lexsort((np.where(is_offer, np.arange(len(line)), target), is_offer, line))
    line, target, kind = line[order], target[order], kind[order]
    stage = tuple(stages[one] for one in kind.tolist())
    words, points_of = _evidence(outcome, line, target, kind, stages, known[order])
    whole = np.sum([points_of[name] for name in LEVELS], axis=0)
    rival, rival_points = _rivals(outcome, line, target)
    return Told(
        line=line,
        target=target,
        other=other[order],
        amount=amount[order],
        stage=stage,
        share=share[order],
        points=whole,
        words=words,
        points_of=points_of,
        rival=rival,
        rival_points=rival_points,
    )


def explain(outcome: Outcome) -> Iterator[Reasons]:
    """Yield the reasons of every row of an answer, in the order of lines."""
    told = tell(outcome)
    moves = outcome.facts.structure.moves
    for row in range(len(told)):
        evidence = tuple(
            Evidence(name, LEVELS[name][told.words[name][row]], round(float(told.points_of[name][row]), 2))
            for name in LEVELS
            if told.words[name][row] != UNKNOWN
        )
        stage = told.stage[row]
        yield Reasons(
            line=int(told.line[row]),
            target=int(told.target[row]),
            other=int(told.other[row]),
            moves=int(moves[told.line[row]]) if stage is Stage.CORRECTION else UNKNOWN,
            amount=int(told.amount[row]),
            status=SUGGESTED if stage is Stage.SUGGESTION else MATCHED,
            stage=stage,
            share=round(float(told.share[row]), 4),
            points=round(float(told.points[row]), 2),
            evidence=evidence,
            rival=int(told.rival[row]),
            rival_points=round(float(told.rival_points[row]), 2),
        )


def _evidence(
    outcome: Outcome, line: Ints, target: Ints, kind: Ints, stages: Sequence[Stage], known: Floats
) -> tuple[dict[str, Ints], dict[str, Floats]]:
    """Return the level and the points of each name of evidence.

    What makes a group: its points beyond those of the evidence of its pairs, so that points add up.
    """
    facts, worth = outcome.facts, outcome.worth
    words = {name: np.full(len(line), UNKNOWN) for name in LEVELS}
    points = {name: np.zeros(len(line)) for name in LEVELS}
    pairs = np.flatnonzero(target != UNKNOWN)
    if len(pairs):
        amount = _amount(outcome, line[pairs], target[pairs])
        levels = facts.levels(line[pairs], target[pairs], np.minimum(amount, FOREIGN))
        told = {**levels, "party": _OF_PARTY[levels["party"]], "delay": _OF_DELAY[levels["delay"]]}
        for name in NAMES:
            words[name][pairs] = told[name]
            points[name][pairs] = worth.points[name][levels[name]]
        words["amount"][pairs] = amount
        points["amount"][pairs[amount > FOREIGN]] = 0.0
    group = np.array([_STRUCTURE.get(stage, UNKNOWN) for stage in stages])[kind]
    words["structure"][:] = group
    is_group = (group != UNKNOWN) & (target != UNKNOWN)
    points["structure"][is_group] = (known - np.sum([points[name] for name in NAMES], axis=0))[is_group]
    repeats = np.array([stage in _OTHER_LINE for stage in stages])[kind]
    words["amount"][repeats] = EXACT
    return words, points


_OTHER_LINE = frozenset({Stage.DUPLICATE, Stage.REVERSAL, Stage.CORRECTION})


def _amount(outcome: Outcome, line: Ints, target: Ints) -> Ints:
    """Return how the amounts of pairs agree; those in another currency as they were looked at."""
    lines, targets = outcome.books.lines, outcome.books.targets
    paid, owed = lines.size[line], targets.amount[target]
    level = agreed(paid, owed)
    apart = np.where(paid < owed, _LESS, _MORE)
    level = np.where(np.isin(level, (EXACT, CENTS, ROUNDED)), level, apart)
    is_foreign = outcome.facts.is_foreign[target]
    width = max(len(targets), 1)
    seen = paired(outcome.candidates.line, outcome.candidates.target, width)
    order = np.argsort(seen, kind="stable")
    asked = paired(line, target, width)
    place = np.minimum(np.searchsorted(seen[order], asked), max(len(seen) - 1, 0))
    found = np.full(len(line), _UNLIKE)
    if len(seen):
        hit = seen[order][place] == asked
        found = np.where(hit, outcome.candidates.levels["amount"][order][place], _UNLIKE)
    return np.where(is_foreign, found, level)


def _rivals(outcome: Outcome, line: Ints, target: Ints) -> tuple[Ints, Floats]:
    """Return for each pair the best target of its line that belongs to another agreement."""
    rival, points = np.full(len(line), UNKNOWN), np.zeros(len(line))
    if not len(outcome.candidates):
        return rival, points
    agreement = outcome.books.targets.agreement
    first, second = _best_two(outcome, agreement)
    pairs = target != UNKNOWN
    own = np.where(pairs, agreement[np.where(pairs, target, 0)], UNKNOWN)
    worth = outcome.worth.of(outcome.candidates.levels)
    for best in (first[line], second[line]):
        known = best != UNKNOWN
        meant = outcome.candidates.target[np.where(known, best, 0)]
        free: Flags = pairs & known & (rival == UNKNOWN) & (agreement[meant] != own)
        rival = np.where(free, meant, rival)
        points = np.where(free, worth[np.where(known, best, 0)], points)
    return rival, points


def _best_two(outcome: Outcome, agreement: Ints) -> tuple[Ints, Ints]:
    """Return for each line its best candidate, and the best one of another agreement than that."""
    candidates, count = outcome.candidates, len(outcome.books.lines)
    order = np.lexsort((candidates.target, -outcome.worth.of(candidates.levels), candidates.line))
    first, second = np.full(count, UNKNOWN), np.full(count, UNKNOWN)
    line = candidates.line[order][::-1]
    first[line] = order[::-1]  # the last one written is the best
    mine = agreement[candidates.target[order]]
    other = mine != agreement[candidates.target[first[candidates.line[order]]]]
    rest = order[other][::-1]
    second[candidates.line[rest]] = rest
    return first, second
