import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.errors import BadValue
from models.rules.money import Money
from models.rules.projects import (
    LARGEST_BUDGET,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_BEDS,
    check_place,
    check_project,
    check_reason,
    check_text,
)
from models.rules.text import visible

ONE = Money(1)
NAMES = ("مركز عينة", "Centre d’exemple", "Sample centre")


def refusal(
    key: str = "sample-centre",
    names: tuple[str, str, str] = NAMES,
    kind: str = "CMP",
    budget: Money = ONE,
    beds: int = 0,
) -> tuple[object, object] | None:
    try:
        check_project(key, names, kind, budget, beds)
    except BadValue as error:
        return error.details["field"], error.details["reason"]
    return None


@pytest.mark.parametrize("key", ["a", "cmp-rahma", "2021-centre", "a" * 64])
def test_a_key_is_small_letters_digits_and_single_dashes(key: str) -> None:
    """P1."""
    assert refusal(key=key) is None


@pytest.mark.parametrize(
    "key",
    [
        "",
        "A",
        "-a",
        "a-",
        "a--b",
        "a b",
        "a_b",
        "é",
        "../etc",
        "a\x00",
        "a\n",
        "a" * 65,
        "مركز",
        "<script>",
    ],
)
def test_any_other_key_is_refused(key: str) -> None:
    """P1."""
    assert refusal(key=key) == ("key", "not_a_key")


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_project_has_its_name_in_three_languages(place: int) -> None:
    """P2."""
    fields = ("name_ar", "name_fr", "name_en")
    for name, reason in (
        ("  ", "empty"),
        ("x" * (LONGEST_NAME + 1), "too_long"),
        ("x\u202ey", "hidden_characters"),
    ):
        names = tuple(name if at == place else good for at, good in enumerate(NAMES))
        assert refusal(names=names) == (fields[place], reason)  # type: ignore[arg-type]
    longest = tuple("x" * LONGEST_NAME for _ in fields)
    assert refusal(names=longest) is None  # type: ignore[arg-type]


def test_a_kind_is_one_of_the_catalogue() -> None:
    """P3."""
    assert refusal(kind="cmp") == ("kind", "unknown_kind")
    assert refusal(kind="") == ("kind", "unknown_kind")


def test_a_budget_is_over_nothing_and_up_to_ten_billion() -> None:
    """P4."""
    assert refusal(budget=Money(0)) == ("budget", "not_positive")
    assert refusal(budget=Money(-1)) == ("budget", "not_positive")
    assert refusal(budget=Money(1)) is None
    assert refusal(budget=LARGEST_BUDGET) is None
    assert refusal(budget=LARGEST_BUDGET + Money(1)) == ("budget", "amount_too_large")


def test_beds_are_a_count_with_an_end() -> None:
    """P4."""
    assert refusal(beds=-1) == ("beds", "out_of_range")
    assert refusal(beds=MOST_BEDS) is None
    assert refusal(beds=MOST_BEDS + 1) == ("beds", "out_of_range")


@pytest.mark.parametrize("currency", ["", "mad", "DH", "MADS", "M\x00D"])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    """P6."""
    assert refusal(budget=Money(1, currency)) == ("currency", "not_a_currency")


def test_a_place_is_named_and_short() -> None:
    """P6."""
    check_place("agadir", "souss-massa", ("", ""), "")
    for arguments, field in (
        (("", "souss-massa", ("", ""), ""), "province"),
        (("agadir", "x" * 41, ("", ""), ""), "region"),
        (("agadir", "souss-massa", ("\x00", ""), ""), "site_ar"),
        (("agadir", "souss-massa", ("", "x" * 301), ""), "site_fr"),
        (("agadir", "souss-massa", ("", ""), "x" * 201), "source"),
    ):
        with pytest.raises(BadValue) as refused:
            check_place(*arguments)
        assert refused.value.details["field"] == field


@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
def test_a_decision_needs_its_reason(reason: str) -> None:
    """P5."""
    with pytest.raises(BadValue) as refused:
        check_reason(reason)

    assert refused.value.details["reason"] == "reason_needed"


def test_a_reason_keeps_its_words_and_loses_its_margins() -> None:
    assert (
        check_reason("  Crue de l’oued\r\nle chantier est noyé ") == "Crue de l’oued\nle chantier est noyé"
    )


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "{{7*7}}", "=cmd()", "م\u200cم", "a\tb\nc"])
def test_words_that_only_look_dangerous_are_kept_as_they_are(text: str) -> None:
    """T2: what is shown is escaped where it is shown."""
    assert check_text("reason", text) == text


@pytest.mark.parametrize(
    "hidden",
    ["\x00", "\x1b", "\r", "\u202e", "\u2066", "\u200b", "\u200f", "\u2028", "\ufeff", "\ud800", "\ue000"],
)
def test_a_character_nobody_sees_is_refused_and_shown(hidden: str) -> None:
    """T2."""
    with pytest.raises(BadValue) as refused:
        check_text("reason", f"a{hidden}b")

    assert refused.value.details["reason"] == "hidden_characters"
    assert refused.value.details["value"] == f"a\\u{ord(hidden):04x}b"


def test_a_text_has_an_end() -> None:
    """T2."""
    assert len(check_text("reason", "x" * LONGEST_TEXT)) == LONGEST_TEXT
    for length in (LONGEST_TEXT + 1, 10_000):
        with pytest.raises(BadValue) as refused:
            check_text("reason", "\u202e" * length)
        assert refused.value.details["reason"] == "too_long"
        assert "\u202e" not in str(refused.value.details["value"])


@given(st.text())
def test_any_text_is_taken_or_refused_and_shown_without_tricks(text: str) -> None:
    try:
        shown = check_text("reason", text)
    except BadValue as error:
        shown = str(error.details["value"])

    assert visible(shown) == shown
    shown.encode()
