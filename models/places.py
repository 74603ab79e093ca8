"""The regions, prefectures and provinces of Morocco, as divided in 2015 (data/places.csv)."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz, process

from models.rules.errors import UnknownKey
from models.rules.names import LONGEST_NAME_COMPARED, fold, is_arabic
from models.rules.text import visible
from models.settings import DATA

CLOSE_ENOUGH = 60
PART_CLOSE_ENOUGH, FEWEST_LETTERS = 75, 3  # for a part of a name: most have a letter or two in common
CANDIDATES = 3


@dataclass(frozen=True)
class Region:
    """One of the twelve regions."""

    code: str
    name_ar: str
    name_fr: str
    name_en: str

    def name(self, language: str) -> str:
        """The name in a language of the house."""
        return {"ar": self.name_ar, "fr": self.name_fr}.get(language, self.name_en)


@dataclass(frozen=True)
class Province:
    """A province or prefecture, or a prefecture of arrondissements of Casablanca."""

    code: str
    region: str
    name_ar: str
    name_fr: str
    name_en: str

    def name(self, language: str) -> str:
        """The name in a language of the house."""
        return {"ar": self.name_ar, "fr": self.name_fr}.get(language, self.name_en)


def regions() -> tuple[Region, ...]:
    """Return the regions, in the order of the decree."""
    return tuple(_books().regions.values())


def provinces() -> tuple[Province, ...]:
    """Return the provinces and prefectures, region by region."""
    return tuple(_books().provinces.values())


def region(code: str) -> Region:
    """Return the region of a code.

    Raises: UnknownKey, with the nearest codes.
    """
    found = _books().regions.get(code)
    if found is None:
        raise UnknownKey(noun="region", key=visible(code[:60]), candidates=_near(code, _books().regions))
    return found


def province(code: str) -> Province:
    """Return the province of a code.

    Raises: UnknownKey, with the nearest codes.
    """
    found = _books().provinces.get(code)
    if found is None:
        raise UnknownKey(
            noun="province", key=visible(code[:60]), candidates=_near(code, _books().provinces)
        )
    return found


def find_province(text: str) -> Province:
    """Return the province that a text means: its code, or any spelling of its name.

    Raises: UnknownKey, with the nearest names in the script of the text.
    Source: docs/rules.md, N1 and N6.
    """
    spellings = _books().spellings
    folded = fold(text[: LONGEST_NAME_COMPARED + 1])
    found = spellings.get(folded)
    if found is None:
        language = "ar" if is_arabic(text) else "fr"
        near = dict.fromkeys(spellings[spelling].name(language) for spelling in _near(folded, spellings))
        raise UnknownKey(noun="province", key=visible(text[:60]), candidates=tuple(near))
    return found


def find_region(text: str) -> Region:
    """Return the region that a text means: its code, or any spelling of its name.

    Raises: UnknownKey, with the nearest codes.
    Source: docs/rules.md, N1 and N6.
    """
    spellings = _books().spellings_of_regions
    folded = fold(text[: LONGEST_NAME_COMPARED + 1])
    found = spellings.get(folded)
    if found is None:
        near = dict.fromkeys(spellings[spelling].code for spelling in _near(folded, spellings))
        raise UnknownKey(noun="region", key=visible(text[:60]), candidates=tuple(near))
    return found


@dataclass(frozen=True)
class _Books:
    regions: Mapping[str, Region]
    provinces: Mapping[str, Province]
    spellings: Mapping[str, Province]
    spellings_of_regions: Mapping[str, Region]


@cache
def _books() -> _Books:
    regions: dict[str, Region] = {}
    provinces: dict[str, Province] = {}
    spellings: dict[str, Province] = {}
    spellings_of_regions: dict[str, Region] = {}
    with (DATA / "places.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            code, names = row["code"], (row["name_ar"], row["name_fr"], row["name_en"])
            others = filter(None, row["spellings"].split("|"))
            written = [fold(spelling) for spelling in (code, *names, *others)]
            if row["level"] == "region":
                regions[code] = Region(code, *names)
                spellings_of_regions |= dict.fromkeys(written, regions[code])
            else:
                provinces[code] = Province(code, row["region"], *names)
                spellings |= dict.fromkeys(written, provinces[code])
    return _Books(regions, provinces, spellings, spellings_of_regions)


def _near(wanted: str, known: Mapping[str, object]) -> tuple[str, ...]:
    """Return what looks like the text wanted; failing that, what has a part of it."""
    ways = ((fuzz.ratio, CLOSE_ENOUGH), (fuzz.WRatio, PART_CLOSE_ENOUGH))
    for scorer, cutoff in ways if len(wanted) >= FEWEST_LETTERS else ways[:1]:
        near = process.extract(
            wanted[:100],
            list(known),
            scorer=scorer,
            processor=fold,
            score_cutoff=cutoff,
            limit=CANDIDATES,
        )
        if near:
            break
    return tuple(match for match, _score, _index in near)
