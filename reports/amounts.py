"""Amounts in dirhams written out in words, as a letter or a cheque has them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from models.rules.errors import BadValue
from models.rules.money import CENTIMES_PER_UNIT, Money

BELOW = 10**12  # dirhams: a million millions is called differently by each language
_SCALES = (10**9, 10**6, 10**3)


def spell(amount: Money, language: str) -> str:
    """Write an amount in words, down to the centime: `quatre millions de dirhams et cinquante centimes`.

    Arabic is in the nominative, without vowel signs.
    Raises: BadValue for another currency, another language, an amount below nothing or of 10^12 and over.
    Source: docs/rules.md, Y2.
    """
    if language not in _WAYS:
        raise BadValue(field="language", value=language[:20], reason="unknown_language", limit=tuple(_WAYS))
    if amount.currency != "MAD" or amount.centimes < 0:
        raise BadValue(field="amount", value=str(amount), reason="not_an_amount")
    dirhams, centimes = divmod(amount.centimes, CENTIMES_PER_UNIT)
    if dirhams >= BELOW:
        raise BadValue(field="amount", value=str(amount), reason="amount_too_large")
    write, joined_by = _WAYS[language]
    parts = [write(dirhams, "dirham")] if dirhams or not centimes else []
    parts += [write(centimes, "centime")] if centimes else []
    return joined_by.join(parts)


# French

_FR_SMALL = (
    *("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"),
    *("onze", "douze", "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf"),
)
_FR_TENS = ("", "", "vingt", "trente", "quarante", "cinquante", "soixante")
_FR_NAMES = {10**9: "milliard", 10**6: "million"}


def _french(number: int, unit: str) -> str:
    """A number with its unit: `mille dirhams`, `deux millions de dirhams`."""
    joined = " de " if number and number % 10**6 == 0 else " "
    return f"{_fr_number(number)}{joined}{unit}{'s' if number > 1 else ''}"


def _fr_number(number: int) -> str:
    words, rest = [], number
    for scale in _SCALES:
        count, rest = divmod(rest, scale)
        if count and scale in _FR_NAMES:
            words.append(f"{_fr_hundreds(count)} {_FR_NAMES[scale]}{'s' if count > 1 else ''}")
        elif count:
            words.append("mille" if count == 1 else f"{_fr_hundreds(count, final=False)} mille")
    if rest or not words:
        words.append(_fr_hundreds(rest))
    return " ".join(words)


def _fr_hundreds(number: int, *, final: bool = True) -> str:
    """0 to 999; `cent` and `vingt` take their s only at the end, and not before `mille`."""
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return _fr_tens(rest, final=final)
    cent = "cent" if hundreds == 1 else f"{_FR_SMALL[hundreds]} cent"
    if rest:
        return f"{cent} {_fr_tens(rest, final=final)}"
    return f"{cent}s" if hundreds > 1 and final else cent


def _fr_tens(number: int, *, final: bool) -> str:
    if number < len(_FR_SMALL):
        return _FR_SMALL[number]
    if number >= 80:  # noqa: PLR2004
        rest = number - 80
        return f"quatre-vingt-{_FR_SMALL[rest]}" if rest else f"quatre-vingt{'s' if final else ''}"
    tens = min(number // 10, 6)
    rest = number - 10 * tens
    if not rest:
        return _FR_TENS[tens]
    return f"{_FR_TENS[tens]}{' et ' if rest in (1, 11) else '-'}{_FR_SMALL[rest]}"


# Arabic


@dataclass(frozen=True, slots=True)
class _Noun:
    """A counted noun, masculine: alone, two of it (also before another noun), 3 to 10, 11 to 99."""

    one: str
    two: str
    two_of: str
    few: str
    many: str


_AR_NOUNS = {
    "dirham": _Noun("درهم", "درهمان", "درهما", "دراهم", "درهما"),
    "centime": _Noun("سنتيم", "سنتيمان", "سنتيما", "سنتيمات", "سنتيما"),
    10**3: _Noun("ألف", "ألفان", "ألفا", "آلاف", "ألفا"),
    10**6: _Noun("مليون", "مليونان", "مليونا", "ملايين", "مليونا"),
    10**9: _Noun("مليار", "ملياران", "مليارا", "ملايير", "مليارا"),
}
_AR_SMALL = (
    *("صفر", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة"),
    *("أحد عشر", "اثنا عشر", "ثلاثة عشر", "أربعة عشر", "خمسة عشر"),
    *("ستة عشر", "سبعة عشر", "ثمانية عشر", "تسعة عشر"),
)
_AR_TENS = ("", "", "عشرون", "ثلاثون", "أربعون", "خمسون", "ستون", "سبعون", "ثمانون", "تسعون")
_AR_HUNDREDS = (
    *("", "مائة", "مائتان", "ثلاثمائة", "أربعمائة"),
    *("خمسمائة", "ستمائة", "سبعمائة", "ثمانمائة", "تسعمائة"),
)
_AND = " و"
_FEW, _TEENS = 10, 20


def _arabic(number: int, unit: str) -> str:
    """A number with its unit; one and two of the unit stand by themselves, as in `ألف درهم ودرهم واحد`."""
    noun, alone = _AR_NOUNS[unit], number % 100 in (1, 2)
    big = number - number % 100 if alone else number
    parts = [_ar_big(big, noun)] if big or not number else []
    if alone:
        parts.append(f"{noun.one} واحد" if number % 100 == 1 else noun.two)
    return _AND.join(parts)


def _ar_big(number: int, noun: _Noun) -> str:
    """A number that does not end in one or two, and its unit in the form that the last part asks for."""
    parts = list(_ar_parts(number))
    if not parts:
        return f"{_AR_SMALL[0]} {noun.one}"
    last, scale = parts.pop()
    words = [_ar_counted(count, _AR_NOUNS[of], before_noun=False) for count, of in parts]
    if scale == 1:
        words.append(_ar_counted(last, noun, before_noun=False))
    else:
        words.append(f"{_ar_counted(last, _AR_NOUNS[scale], before_noun=True)} {noun.one}")
    return _AND.join(words)


def _ar_parts(number: int) -> Iterator[tuple[int, int]]:
    """Split a number by its scales, and one or two of a scale from its hundreds."""
    rest = number
    for scale in (*_SCALES, 1):
        count, rest = divmod(rest, scale)
        ends = count % 100 if count % 100 in (1, 2) else 0
        yield from ((part, scale) for part in (count - ends, ends) if part)


def _ar_counted(count: int, noun: _Noun, *, before_noun: bool) -> str:
    """1 to 999 of a noun; `before_noun` where another noun follows at once, as in `ألفا درهم`."""
    if count == 1:
        return noun.one
    if count == 2:  # noqa: PLR2004
        return noun.two_of if before_noun else noun.two
    hundreds, rest = divmod(count, 100)
    if not rest:
        return f"{_AR_HUNDREDS[hundreds].removesuffix('ن')} {noun.one}"
    words = [_AR_HUNDREDS[hundreds]] if hundreds else []
    words.append(_ar_tens(rest))
    many = noun.one if before_noun else noun.many
    return f"{_AND.join(words)} {noun.few if rest <= _FEW else many}"


def _ar_tens(number: int) -> str:
    if number < _TEENS:
        return _AR_SMALL[number]
    tens, ones = divmod(number, 10)
    return f"{_AR_SMALL[ones]}{_AND}{_AR_TENS[tens]}" if ones else _AR_TENS[tens]


# English

_EN_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *(
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ),
)
_EN_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_EN_NAMES = {10**9: "billion", 10**6: "million", 10**3: "thousand"}


def _english(number: int, unit: str) -> str:
    return f"{_en_number(number)} {unit}{'' if number == 1 else 's'}"


def _en_number(number: int) -> str:
    words, rest = [], number
    for scale in _SCALES:
        count, rest = divmod(rest, scale)
        words += [f"{_en_number(count)} {_EN_NAMES[scale]}"] if count else []
    hundreds, rest = divmod(rest, 100)
    words += [f"{_EN_SMALL[hundreds]} hundred"] if hundreds else []
    if rest or not words:
        words += [f"{'and ' if words else ''}{_en_tens(rest)}"]
    return " ".join(words)


def _en_tens(number: int) -> str:
    if number < len(_EN_SMALL):
        return _EN_SMALL[number]
    tens, ones = divmod(number, 10)
    return f"{_EN_TENS[tens]}-{_EN_SMALL[ones]}" if ones else _EN_TENS[tens]


_WAYS: Mapping[str, tuple[Callable[[int, str], str], str]] = {
    "ar": (_arabic, _AND),
    "fr": (_french, " et "),
    "en": (_english, " and "),
}
