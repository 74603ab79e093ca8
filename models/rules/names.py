"""Comparing names of bodies and places across spelling, script and the losses of text extraction."""

import re
import unicodedata
from functools import lru_cache

LONGEST_NAME_COMPARED = 300
SLIP_FROM = 6  # letters: in a shorter word one other letter makes another name (Taza, Tata)
FEWEST_WORDS = 2  # a name of one word is compared letter by letter only
NEAR = 3  # letters by which a second name may differ and still be mistaken for the one meant

_KASHIDA = "\u0640"
_LETTERS = str.maketrans(
    {
        "ى": "ي",
        "ی": "ي",
        "ة": "ه",
        "ۃ": "ه",
        "ە": "ه",
        "ء": "",
        "ٱ": "ا",
        "ک": "ك",
        "گ": "ك",
        "ڭ": "ك",
        "ݣ": "ك",
        "œ": "oe",
        "æ": "ae",
        _KASHIDA: "",
    }
)
_LAM_ALEF = re.compile("(?:ل*ا)+")
_ARTICLES = ("وال", "بال", "فال", "كال", "لل", "ال")
_SHORTEST_STEM = 3
_STOP_WORDS = frozenset(
    "و في من de du des la le les l d et a au aux en pour of the and for to in".split()  # noqa: SIM905
)
_ELISION = re.compile(r"\b([ldLD])['’ʼ`´]")
_ACRONYM = re.compile(r"[A-Z](?:\.?[A-Z0-9]){1,9}\.?")
_BRACKETED = re.compile(r"[()\[\]]")
_DASH = re.compile(r"\s+[-–—/:]\s+")


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Return the letters and digits of a name, in one shape for all its spellings.

    Case, accents, Arabic marks, kashida, punctuation and spaces go; alef, hamza, ya and ta marbuta
    take one form; a lam before an alef goes, because extraction loses it (سا for سلا).
    Source: docs/rules.md, N1 and N2.
    """
    return _LAM_ALEF.sub("ا", "".join(_letters(text).split()))


@lru_cache(maxsize=8192)
def words(text: str) -> tuple[str, ...]:
    """Return the words that carry a name, folded and sorted: no articles, no "of" or "and".

    Source: docs/rules.md, N4.
    """
    parts = _joined(_letters(_ELISION.sub(" ", text)).split())
    stems = (_stem(part, first=not index) for index, part in enumerate(parts))
    return tuple(sorted(stem for stem in stems if stem and stem not in _STOP_WORDS))


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """Return a name in its folded letters with its words in order, for finding the nearest ones."""
    return " ".join(_letters(text).split())


def readings(text: str) -> tuple[str, ...]:
    """Return the names that a text gives for one body: `Office … (OFPPT)` or `OFPPT - Office …`.

    Each of them must be known and mean the same body, or the text means none (N3).
    """
    sides = [side.strip() for side in _DASH.split(text, maxsplit=1)]
    if any(is_acronym(side) for side in sides):
        return tuple(side for side in sides if side)
    return tuple(part.strip() for part in _BRACKETED.split(text) if part.strip())


def is_acronym(text: str) -> bool:
    """Tell whether a text is capital Latin letters only, with or without points."""
    return _ACRONYM.fullmatch(text.strip()) is not None


def is_arabic(text: str) -> bool:
    """Tell whether a text is written in Arabic letters."""
    return any("\u0600" <= letter <= "\u06ff" for letter in text[:LONGEST_NAME_COMPARED])


def difference(left: tuple[str, ...], right: tuple[str, ...]) -> int | None:
    """Return by how many letters two names differ in their one differing word; None when in more.

    A letter added, dropped or changed, or two neighbours exchanged, counts as one.
    """
    if len(left) != len(right) or len(left) < FEWEST_WORDS:
        return None
    ours, theirs = _left_over(left, right), _left_over(right, left)
    if len(ours) > 1:
        return None
    return _distance(ours[0], theirs[0]) if ours else 0


def is_slip(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """Tell whether two names are the same words but for one letter of one long word.

    Source: docs/rules.md, N4.
    """
    if difference(left, right) != 1:
        return False
    differing = (*_left_over(left, right), *_left_over(right, left))
    return min(len(word) for word in differing) >= SLIP_FROM


def _letters(text: str) -> str:
    """Write a text in its folded letters, with one space for whatever is neither letter nor digit."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(_letter(character) for character in plain.translate(_LETTERS))


def _letter(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Mn", "Me", "Cf"} or character in "'’ʼ`´":
        return ""
    if category == "Nd":
        return str(unicodedata.digit(character))
    return character if character.isalnum() else " "


def _joined(parts: list[str]) -> list[str]:
    """Put single Latin letters that stand in a row together: o f p p t."""
    joined: list[str] = []
    row = False
    for part in parts:
        single = len(part) == 1 and part.isascii()
        if single and row:
            joined[-1] += part
        else:
            joined.append(part)
        row = single
    return joined


def _stem(part: str, first: bool) -> str:
    part = _LAM_ALEF.sub("ا", part)
    for article in _ARTICLES:
        if part.startswith(article) and len(part) >= len(article) + _SHORTEST_STEM:
            return part.removeprefix(article)
    if not first and part.startswith("و") and len(part) > _SHORTEST_STEM + 1:
        return part[1:]
    return part


def _left_over(left: tuple[str, ...], right: tuple[str, ...]) -> list[str]:
    rest = list(right)
    over = []
    for word in left:
        if word in rest:
            rest.remove(word)
        else:
            over.append(word)
    return over


def _distance(left: str, right: str) -> int:
    """Count the letters added, dropped, changed or exchanged with a neighbour."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, ours in enumerate(left, 1):
        earlier, before, row = before, row, [i]
        for j, theirs in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (ours != theirs))
            if i > 1 and j > 1 and ours == right[j - 2] and left[i - 2] == theirs:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]
