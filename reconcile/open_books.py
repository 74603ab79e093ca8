"""The engine over the database's open books: put into arrays, matched, and told in decisions."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import numpy as np

from models.operations.reconciliation_runs import RunOutcome
from models.queries.open_rows import OpenBooks
from models.rules.lessons import LessonKind, habits
from models.rules.reconciliation import (
    Contradiction,
    Decision,
    Evidence,
    MatchKind,
    Piece,
    Rival,
    Scope,
    Taught,
)
from models.rules.statements import AccountKind
from reconcile.booking import Stage
from reconcile.books import (
    UNKNOWN,
)
from reconcile.explain import MATCHED, Reasons, explain
from reconcile.lessons import Lesson, Printed
from reconcile.matching import match
from reconcile.open_arrays import Made, in_arrays
from reconcile.outcome import Outcome
from reconcile.parties import SAYS_SOMETHING
from reconcile.version import rules_version
from reconcile.vocabulary import FOLDER, Kind, read_vocabulary

_GROUPED = {Stage.MERGED: MatchKind.MERGED, Stage.SPLIT: MatchKind.SPLIT}
_PAIRED = {Stage.REVERSAL: MatchKind.REVERSAL, Stage.CORRECTION: MatchKind.CORRECTION}
_MISSING_RATES = ("rates_absent", "rates_end")


def decide(open_books: OpenBooks, scope: Scope, snapshot: str, words: Path = FOLDER) -> RunOutcome:
    """Match what is open, and return what is to be booked, suggested and looked at.

    `words`: the folder of the tables of what banks write.
    Raises: WordsUnreadable.
    """
    made = in_arrays(open_books)
    lessons, printed = _lessons(made, open_books), _printed(made, open_books)
    outcome = match(made.books, lessons, read_vocabulary(words), printed)
    sorting = _Sorting(made, open_books)
    for reasons in explain(outcome):
        sorting.add(reasons)
    sorting.contradictions += _moves(made, outcome)
    return _within(sorting, scope, outcome, snapshot, words)


def _lessons(made: Made, books: OpenBooks) -> list[Lesson]:
    return [
        Lesson(made.party[one.party], _source(made, one.account), one.value, one.times)
        for one in books.lessons
        if one.kind is LessonKind.SPELLING and one.party in made.party
    ]


def _printed(made: Made, books: OpenBooks) -> list[Printed]:
    """Return what banks print before numbers; each export of an account prints alike."""
    return [
        Printed(place, Kind(kind), word, one.times)
        for one in books.lessons
        if one.kind is LessonKind.REFERENCE and one.times
        for kind, _colon, word in [one.value.partition(":")]
        if one.account is not None
        for place in made.sources.get(one.account, ())
    ]


def _source(made: Made, account: UUID | None) -> int:
    exports = made.sources.get(account, ()) if account is not None else ()
    return exports[0] if exports else UNKNOWN


@dataclass(slots=True)
class _Sorting:
    """The rows of an outcome, sorted into what is booked, suggested and contradicted."""

    made: Made
    books: OpenBooks
    groups: dict[tuple[Stage, int], list[Reasons]] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    offers: list[Decision] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)
    ranks: dict[int, int] = field(default_factory=dict)

    def add(self, row: Reasons) -> None:
        if row.stage in _GROUPED:
            place = row.line if row.stage is Stage.MERGED else row.target
            self.groups.setdefault((row.stage, place), []).append(row)
        elif row.stage in (Stage.SINGLE, Stage.PART):
            self.decisions.append(self._decision(MatchKind(row.stage), [row], [self._pays(row)]))
        elif row.stage is Stage.SUGGESTION:
            self._offer(MatchKind.SINGLE, row, self._pays(row))
        elif row.stage is Stage.DUPLICATE:
            self._repeated(row)
        elif row.stage in _PAIRED:
            self._paired(_PAIRED[row.stage], row)
        elif row.stage is Stage.FEE:
            self.decisions.append(self._decision(MatchKind.FEE, [row], [self._alone(row.line)]))
        else:
            self._offer(MatchKind.OTHER, row, self._alone(row.line))

    def finished(self) -> list[Decision]:
        """Return what is to be booked, groups put together, in the order of lines."""
        grouped = [
            self._decision(_GROUPED[stage], rows, [self._pays(row) for row in rows])
            for (stage, _place), rows in self.groups.items()
        ]
        return sorted([*grouped, *self.decisions], key=lambda one: (one.lines, one.kind))

    def _repeated(self, row: Reasons) -> None:
        """The same movement in two exports of one account; of two accounts a person decides."""
        piece = self._beside(row.line, row.other)
        if self._owner(row.line) == self._owner(row.other):
            self.decisions.append(self._decision(MatchKind.DUPLICATE, [row], [piece]))
        else:
            self._offer(MatchKind.DUPLICATE, row, piece)

    def _paired(self, kind: MatchKind, row: Reasons) -> None:
        """Two lines that cancel each other; where one is booked already, a person decides."""
        other = self.made.lines[row.other]
        if other.settled and kind is MatchKind.REVERSAL:
            self.contradictions.append(Contradiction(self.made.lines[row.line].id, other.id))
            self._offer(kind, row, self._beside(row.line, row.other))
        elif not other.settled and row.line < row.other:
            pieces = [self._beside(row.line, row.other), self._beside(row.other, row.line)]
            self.decisions.append(self._decision(kind, [row], pieces))

    def _offer(self, kind: MatchKind, row: Reasons, piece: Piece) -> None:
        rank = self.ranks[row.line] = self.ranks.get(row.line, 0) + 1
        self.offers.append(self._decision(kind, [row], [piece], rank))

    def _decision(
        self, kind: MatchKind, rows: list[Reasons], pieces: list[Piece], rank: int = 0
    ) -> Decision:
        """The weakest row of a group tells how sure the whole is."""
        row = min(rows, key=lambda one: (one.share, one.points, one.target))
        rival = None
        if row.rival != UNKNOWN:
            rival = Rival(self.made.targets[row.rival].id, round(row.rival_points * 100))
        evidence = tuple(Evidence(one.name, one.level, round(one.points * 100)) for one in row.evidence)
        return Decision(
            kind,
            tuple(pieces),
            stage=str(row.stage),
            share=round(row.share * 10_000),
            points=round(row.points * 100),
            evidence=evidence,
            rival=rival,
            rank=rank,
        )

    def _pays(self, row: Reasons) -> Piece:
        line, target = self.made.lines[row.line], self.made.targets[row.target]
        size = row.amount if row.status == MATCHED else abs(line.amount)
        amount = size if line.amount > 0 else -size
        if target.is_call:
            return Piece(line.id, amount, call=target.id)
        return Piece(line.id, amount, certificate=target.id)

    def _beside(self, line: int, other: int) -> Piece:
        return Piece(self.made.lines[line].id, 0, other=self.made.lines[other].id)

    def _alone(self, line: int) -> Piece:
        return Piece(self.made.lines[line].id, self.made.lines[line].amount)

    def _owner(self, line: int) -> str:
        account = self.made.lines[line].account
        return next(one.owner for one in self.books.accounts if one.id == account)


def _moves(made: Made, outcome: Outcome) -> Iterator[Contradiction]:
    """Yield the booked lines that the ledger has moved to another project."""
    moves, into = outcome.facts.structure.moves, outcome.facts.structure.project
    projects = made.books.projects.ids
    seen = set[int]()
    for place in np.flatnonzero(moves != UNKNOWN).tolist():
        moved = int(moves[place])
        if made.lines[moved].settled and moved not in seen and into[moved] != UNKNOWN:
            seen.add(moved)
            project = UUID(hex=projects[int(into[moved])])
            yield Contradiction(made.lines[place].id, made.lines[moved].id, project)


def _within(sorting: _Sorting, scope: Scope, outcome: Outcome, snapshot: str, words: Path) -> RunOutcome:
    """Keep what was asked for: decisions about lines in the scope, of its partner and project."""
    made, books = sorting.made, sorting.books
    keys = {one.id: one.key for one in books.accounts}
    banks = {one.id for one in books.accounts if one.kind is AccountKind.BANK}
    # Also of accounts that the engine leaves out: their lines are cases.
    ours = {one.id for one in books.lines if scope.holds(one.day, keys[one.account])}
    named = scope.partner is not None or scope.project is not None
    if named:
        wanted = _wanted_targets(books, scope)
        every = [*sorting.finished(), *sorting.offers]
        ours &= {line for one in every if _pays_any(one, wanted) for line in one.lines}
    decisions = [one for one in sorting.finished() if ours.issuperset(one.lines)]
    offers = [one for one in sorting.offers if ours.issuperset(one.lines)]
    is_open = {one.id for one in made.lines if not one.settled and one.account in banks}
    everything = {one.id for one in books.lines if not one.settled and one.account in banks}
    notes = [note for note in outcome.notes if note["note"] in _MISSING_RATES]
    return RunOutcome(
        decisions=decisions,
        offers=offers,
        contradictions=sorting.contradictions,
        taught=list(_taught(made, outcome)),
        rates_missing=sorted({str(note["currency"]) for note in notes}),
        lines=frozenset(ours & is_open),
        passed_over=frozenset(everything - ours if ours != everything else ()),
        read=frozenset(
            {one.id for one in books.lines if not one.settled} | {one.id for one in books.targets}
        ),
        snapshot_sha256=snapshot,
        rules_version=rules_version(words),
        careful=outcome.thresholds["single"].is_cautious,
        thresholds={
            stage: {
                "least": round(one.least * 10_000),
                "cases": one.cases,
                "wrong": one.wrong,
                "cautious": int(one.is_cautious),
            }
            for stage, one in sorted(outcome.thresholds.items())
        },
        speaking=_speaking(made, outcome),
    )


def _speaking(made: Made, outcome: Outcome) -> frozenset[UUID]:
    """Return the lines whose text names a party of the books, or a number that is known to them."""
    says = outcome.facts.mentions.says_any | (outcome.facts.naming.best >= SAYS_SOMETHING)
    return frozenset(made.lines[place].id for place in np.flatnonzero(says).tolist())


def _wanted_targets(books: OpenBooks, scope: Scope) -> frozenset[UUID]:
    return frozenset(
        one.id
        for one in books.targets
        if scope.partner in (None, books.partners.get(one.party))
        and scope.project in (None, books.projects.get(one.project))
    )


def _pays_any(decision: Decision, wanted: Collection[UUID]) -> bool:
    return any(piece.target in wanted for piece in decision.pieces)


def _taught(made: Made, outcome: Outcome) -> Iterator[Taught]:
    """Yield how booked lines call their party, where that is certain, and what stands before numbers."""
    line, target = outcome.pairs
    booked = set(zip(line.tolist(), made.books.targets.party[target].tolist(), strict=True))
    said, parties = outcome.facts.spoken, made.books.parties.ids
    for place, party, text in zip(said.line.tolist(), said.party.tolist(), said.text, strict=True):
        if (place, party) in booked:
            found = made.lines[place]
            yield Taught(found.id, found.account, parties[party], text)
    for place, owed in zip(line.tolist(), target.tolist(), strict=True):
        found, paid = made.lines[place], made.targets[owed]
        said_before = habits(
            f"{found.label} {found.reference}",
            reference=paid.reference,
            agreement=paid.agreement_reference,
            is_call=paid.is_call,
        )
        for value in sorted(said_before):
            yield Taught(found.id, found.account, paid.party, value, LessonKind.REFERENCE)
