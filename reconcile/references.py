"""Which target or agreement the numbers of a line mean, however they are written.

A reference is a number and a year that stand near each other: AF-2019-0123, APPEL 123/19, 2019/AF/0123.
How each kind is written is learnt from the references of the books themselves; words before a number help
where the tables have them. Source: docs/rules.md, Z6.
"""

from dataclasses import dataclass

import numpy as np

from reconcile.arrays import Flags, Hashes, Ints, distinct, is_in, join, paired, spread
from reconcile.books import INCOMING, UNKNOWN, Books, Lines, Targets
from reconcile.lessons import Usage
from reconcile.text import Numbers, Scan, fold, scan
from reconcile.vocabulary import Kind, Vocabulary, is_among

NO_USAGE = Usage()
NEAR = 14
"""Bytes between a number and its year at most."""

FIRST_YEAR, LAST_YEAR = 1990, 2060
_LONGEST = 5
_NEAR_COUNT = 40  # bytes between a count and its agreement
_AROUND = np.array([1, 1, 1, 0, 1, 1, 1])
_CUT_TIMES, _LEAST_CUT, _SHORTEST_LABEL = 4, 20, 16
_LONG_YEAR, _SHORT_YEAR, _CENTURY = 4, 2, 2000
_LEAST_GROWN, _MOST_GROWN = 7, 9  # digits of a year and a number without anything between them
_NUMBERS = 100_000
_SHORTEST_WRITTEN = 8  # signs of a reference that is known by itself, without number and year
_AROUND_WORDS = ".,;:()[]<>\"'"


@dataclass(frozen=True, slots=True)
class Mentions:
    """What lines mention: targets themselves, and agreements with all their targets.

    `named`: pairs (line, target) as one key each, sorted; `of_agreement`: the same for every target of
    an agreement that a line mentions. `says_any`: whether a line mentions anything that is known.
    """

    named: Ints
    of_agreement: Ints
    agreements: tuple[Ints, Ints]
    """Pairs of line and agreement."""
    says_any: Flags


@dataclass(frozen=True, slots=True)
class Pairs:
    """Numbers with their years: where each stands, the key of both, and the places of the two numbers.

    `digits`: of the number; `doubtful`: it begins with noughts or ends where a text was cut off, so that
    it may be the beginning of another number.
    """

    line: Ints
    key: Ints
    number_at: Ints
    year_at: Ints
    digits: Ints
    doubtful: Flags


def read_mentions(books: Books, lines: Scan, vocabulary: Vocabulary, usage: Usage = NO_USAGE) -> Mentions:
    """Find what each line mentions: the number of a call or certificate, or that of its agreement.

    `usage`: the words that its bank is known to print before numbers, beside those of the tables. What
    stands at the end of a text that was cut off there may be the beginning of something else.
    """
    targets = books.targets
    numbers = lines.numbers
    cut = find_cut(books.lines)
    is_cut = numbers.last & (numbers.field == 0) & cut[numbers.line]
    counts = is_among(numbers.word, vocabulary.hashes(Kind.COUNT))
    said = pairs_of(numbers, most_field=1, is_cut=is_cut, is_count=counts)
    word = numbers.word[np.minimum(said.number_at, said.year_at)]
    source = books.lines.source[said.line]
    of_call, of_convention, of_contract = (
        is_among(word, vocabulary.hashes(kind)) | usage.say(kind, word, source)
        for kind in (Kind.CALL, Kind.CONVENTION, Kind.CONTRACT)
    )
    side = books.lines.side[said.line]
    own, repeats, by_agreement = _keys_of(targets)
    hits = _hits(said, side, own)
    kept = ~(of_convention | of_contract)[hits[0]] & (~repeats[hits[1]] | of_call[hits[0]])
    hits = (hits[0][kept], hits[1][kept])
    width = len(targets)
    named = paired(said.line[hits[0]], hits[1], width)
    pair, agreement = _hits(said, side, by_agreement)
    pair, agreement = pair[~of_call[pair]], agreement[~of_call[pair]]
    line = said.line[pair]
    order = np.argsort(targets.agreement, kind="stable")
    ordered = targets.agreement[order]
    first = np.searchsorted(ordered, agreement, "left")
    which, place = spread(first, np.searchsorted(ordered, agreement, "right") - first)
    target = order[place]
    counted = _counted(numbers, is_cut, said, pair[which], line[which], targets.number[target])
    written = paired(*_written_out(books, cut), width)
    keys = paired(line[which], target, width)
    return Mentions(
        named=distinct(np.concatenate([named, written, keys[counted]])),
        of_agreement=distinct(keys),
        agreements=_distinct(line, agreement),
        says_any=_says(len(books.lines), said.line[hits[0]], line, written // max(width, 1)),
    )


def _says(count: int, *lines: Ints) -> Flags:
    found = np.zeros(count, bool)
    for some in lines:
        found[some] = True
    return found


def _written_out(books: Books, cut: Flags) -> tuple[Ints, Ints]:
    """Return lines and targets whose whole reference, one without number and year, the line prints.

    It stands between blanks, and one target of its side alone has it. The last word of a text that was
    cut off is none. Books whose references have number and year are not looked through.
    """
    owners = _written(books.targets)
    found: list[tuple[int, int]] = []
    lines = books.lines
    if owners:
        rows = zip(lines.label, lines.reference, lines.side.tolist(), cut.tolist(), strict=True)
        for row, (label, reference, side, is_cut) in enumerate(rows):
            words = label.split()
            words = [*(words[:-1] if is_cut else words), *reference.split()]
            targets = {
                owners.get((side, fold(word.strip(_AROUND_WORDS))), UNKNOWN)
                for word in words
                if len(word) >= _SHORTEST_WRITTEN and any(map(str.isdigit, word))
            }
            found += [(row, target) for target in sorted(targets) if target != UNKNOWN]
    pairs = np.array(found, np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _written(targets: Targets) -> dict[tuple[int, str], int]:
    """Return the target of each side that alone has a reference; UNKNOWN for what several have."""
    numbered = set(pairs_of(scan([targets.references]).numbers, most_field=0).line.tolist())
    owners: dict[tuple[int, str], int] = {}
    for row, side in enumerate(targets.side.tolist()):
        text = fold(targets.references[row]) if row not in numbered else ""
        if len(text) < _SHORTEST_WRITTEN or " " in text or not any(map(str.isdigit, text)):
            continue
        owners[side, text] = UNKNOWN if (side, text) in owners else row
    return owners


def find_cut(lines: Lines) -> Flags:
    """Tell which labels end where their bank cuts them off: at a length that far more have than others."""
    length = np.array([len(label) for label in lines.label], np.int64)
    is_cut = np.zeros(len(lines), bool)
    for source in range(len(lines.sources)):
        mine = np.flatnonzero(lines.source == source)
        counts = np.bincount(length[mine], minlength=_SHORTEST_LABEL)
        around = np.convolve(counts, _AROUND, "same")
        cuts = (counts >= _LEAST_CUT) & (counts * _AROUND.sum() > _CUT_TIMES * around)
        cuts[:_SHORTEST_LABEL] = False
        # A blank where the label was cut is not always printed.
        is_cut[mine] = cuts[length[mine]] | np.append(cuts, False)[length[mine] + 1]
    return is_cut


def pairs_of(
    numbers: Numbers, most_field: int, is_cut: Flags | None = None, is_count: Flags | None = None
) -> Pairs:
    """Return the numbers that stand near a year, on either side of it, or grown together with it.

    `is_cut`: numbers that end where a text was cut off; `is_count`: those that may count
    instalments, and are no years.
    """
    none = np.zeros(len(numbers.line), bool)
    cut, count = none if is_cut is None else is_cut, none if is_count is None else is_count
    first = np.arange(max(len(numbers.line) - 1, 0))
    near = (
        (numbers.line[1:] == numbers.line[:-1])
        & (numbers.field[1:] == numbers.field[:-1])
        & (numbers.start[1:] - numbers.end[:-1] <= NEAR)
        & (numbers.field[:-1] <= most_field)
    )
    first = first[near]
    places = [(first, first + 1), (first + 1, first)]
    parts = [_pairs(numbers, number, year) for number, year in places]
    parts.append(_grown_together(numbers, most_field))
    line, key, number_at, year_at = (np.concatenate(column) for column in zip(*parts, strict=True))
    number = key % _NUMBERS
    digits = np.where(
        number_at == year_at, numbers.digits[number_at] - _LONG_YEAR, numbers.digits[number_at]
    )
    doubtful = (number < 10 ** (digits - 1)) | cut[number_at]
    whole = ~numbers.masked[number_at] & ~numbers.masked[year_at]
    whole &= ~count[year_at]
    whole &= ~cut[year_at] | (numbers.digits[year_at] >= _LONG_YEAR)
    columns = (column[whole] for column in (line, key, number_at, year_at, digits, doubtful))
    return Pairs(*columns)


def _pairs(numbers: Numbers, number: Ints, year: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    value = numbers.value[year]
    is_long = (numbers.digits[year] == _LONG_YEAR) & (value >= FIRST_YEAR) & (value <= LAST_YEAR)
    is_short = (numbers.digits[year] == _SHORT_YEAR) & (value + _CENTURY <= LAST_YEAR)
    counts = (numbers.digits[number] <= _LONGEST) & (numbers.value[number] > 0)
    kept = (is_long | is_short) & counts
    whole = np.where(is_long, value, value + _CENTURY)
    key = whole * _NUMBERS + numbers.value[number]
    return numbers.line[year][kept], key[kept], number[kept], year[kept]


def _grown_together(numbers: Numbers, most_field: int) -> tuple[Ints, Ints, Ints, Ints]:
    long = (numbers.digits >= _LEAST_GROWN) & (numbers.digits <= _MOST_GROWN)
    at = np.flatnonzero(long & (numbers.field <= most_field))
    scale = 10 ** (numbers.digits[at] - _LONG_YEAR)
    year, number = numbers.value[at] // scale, numbers.value[at] % scale
    kept = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (number > 0)
    at = at[kept]
    return numbers.line[at], year[kept] * _NUMBERS + number[kept], at, at


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys as the books write them: whose each is, on which side, and how many digits its number has."""

    key: Ints
    row: Ints
    side: Ints
    digits: Ints


def _keys_of(targets: Targets) -> tuple[Keys, Flags, Keys]:
    """Return the keys of targets, which targets repeat that of their agreement, and those of agreements.

    A certificate that repeats its contract's number has none of its own: its count tells it. A call has
    one, but only a word before it tells it from its convention's.
    """
    of_target = pairs_of(scan([targets.references]).numbers, most_field=0)
    of_agreement = pairs_of(scan([targets.agreements]).numbers, most_field=0)
    side = np.zeros(len(targets.agreements), np.int64)
    side[targets.agreement] = targets.side
    width = (LAST_YEAR + 1) * _NUMBERS
    known = distinct(paired(of_agreement.line, of_agreement.key, width))
    same = is_in(paired(targets.agreement[of_target.line], of_target.key, width), known)
    repeats = np.zeros(len(targets), bool)
    repeats[of_target.line[same]] = True
    own = ~repeats[of_target.line] | (targets.side[of_target.line] == INCOMING)
    row = of_target.line[own]
    return (
        Keys(of_target.key[own], row, targets.side[row], of_target.digits[own]),
        repeats,
        Keys(of_agreement.key, of_agreement.line, side[of_agreement.line], of_agreement.digits),
    )


def _hits(said: Pairs, side: Ints, keys: Keys) -> tuple[Ints, Ints]:
    """Return the pairs (place in `said`, row) whose number, year and side are the same.

    A doubtful number counts if it has as many digits as the books write.
    """
    left, right = join(said.key * 3 + side + 1, keys.key * 3 + keys.side + 1)
    whole = ~said.doubtful[left] | (said.digits[left] >= keys.digits[right])
    return left[whole], keys.row[right[whole]]


def _counted(numbers: Numbers, is_cut: Flags, said: Pairs, pair: Ints, line: Ints, number: Ints) -> Flags:
    """Tell where the count of a target stands beside its agreement: T3 of a convention, D05 of one."""
    found = np.zeros(len(pair), bool)
    for step in (-2, -1, 1, 2):
        for edge in (np.minimum, np.maximum):
            at = edge(said.number_at[pair], said.year_at[pair]) + step
            inside = (at >= 0) & (at < len(numbers.line))
            at = np.clip(at, 0, max(len(numbers.line) - 1, 0))
            beside = edge(said.number_at[pair], said.year_at[pair])
            is_other = (at != said.number_at[pair]) & (at != said.year_at[pair])
            is_other &= (
                (numbers.field[at] == numbers.field[beside])
                & ~numbers.masked[at]
                & ~(is_cut[at] & (numbers.digits[at] < _SHORT_YEAR))
            )
            is_other &= np.abs(numbers.start[at] - numbers.start[beside]) <= _NEAR_COUNT
            fits = (
                (numbers.line[at] == line)
                & (numbers.value[at] == number)
                & (numbers.digits[at] <= _SHORT_YEAR)
            )
            found |= inside & is_other & fits & (number > 0)
    return found


def _distinct(line: Ints, agreement: Ints) -> tuple[Ints, Ints]:
    if not len(line):
        return line, agreement
    width = int(agreement.max()) + 1
    keys = distinct(paired(line, agreement, width))
    return keys // width, keys % width


def read_codes(books: Books, lines: Scan) -> Ints:
    """Return for each line the project whose code its text prints, UNKNOWN where it prints none."""
    codes = scan([books.projects.codes]).numbers
    found = np.full(len(books.lines), UNKNOWN)
    key, project = _worded(codes)
    said, line = _worded(lines.numbers)
    left, right = join(said, key)
    found[line[left]] = project[right]
    return found


def _worded(numbers: Numbers) -> tuple[Hashes, Ints]:
    kept = (numbers.word != 0) & (numbers.value >= 0)
    return numbers.word[kept] * np.uint64(1_000_003) + numbers.value[kept].astype(np.uint64), numbers.line[
        kept
    ]
