"""Messages: their words, their limits, and what hostile or missing values do to them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.settings import LANGUAGES
from notifications import words
from notifications.blocks import MOST_BLOCKS, MOST_IN_TEXT, bullets, fitting, header, section
from notifications.plain import clipped, length, tamed
from notifications.render import MOST_ITEMS, TEMPLATES, CannotRender, Message, kinds, render
from tests.notifications.golden import AT, CASES, FOLDER, PROJECT, golden

HOSTILE = (
    "<!channel> <@U123|ali> <https://evil.example|click> @here @channel @everyone & {{ 7*7 }} "
    "*bold* `code` \u202eexe.gnp\u202c \u2066\u200b\ufeff\x00 =cmd() https://evil.example www.evil.example"
)
NOT_SHOWN = {
    "move_refused-not_active": {"missing"},
    "move_refused-illegal_step": {"missing"},
    "proposal_certified": {"left"},
    "proposal_lapsed": {"left"},
    "payments_uncovered": {"worst"},
    "release_due-bonded": {"since"},
}
OPTIONAL = frozenset({"at", "by", "cause", "previous", "proposal", "reason", "stage", "state", "threshold"})
FORMS = frozenset(
    {
        "account",
        "problems",
        "contracts",
        "more",
        "passed",
        "physical",
        "reached",
        "since",
        "sources",
        "stated",
    }
)
FORMS |= {"careful", "cases", "change", "sample"}
"""What picks the form of a message of money: each of its forms has a golden file."""


@pytest.fixture(autouse=True)
def strict_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "STRICT", True)


def texts(message: Message) -> Iterator[str]:
    for block in message.blocks:
        yield from (part["text"] for part in block.get("elements", [block.get("text")]))


@pytest.mark.parametrize("case", CASES)
def test_a_message_reads_as_its_golden_file(case: str) -> None:
    assert golden(case) == (FOLDER / f"{case}.txt").read_text(encoding="utf-8")


def test_every_kind_has_words_in_each_language_and_a_golden_file() -> None:
    assert {kind for kind, _payload in CASES.values()} == set(kinds())
    for folder in TEMPLATES.glob("**/"):
        if files := {file.name for file in folder.glob("*.j2")}:
            assert files == {f"{language}.txt.j2" for language in LANGUAGES}
    assert {file.stem for file in FOLDER.iterdir()} == set(CASES)


def test_templates_hold_words_only() -> None:
    for file in TEMPLATES.rglob("*.j2"):
        bare = re.sub(r"{[{%].*?[}%]}", "", file.read_text(encoding="utf-8"))
        assert not re.search(r"[<>&*_`{}]", bare), file


def needed(payload: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    for name in payload:
        yield {key: value for key, value in payload.items() if key != name}, name
        yield {**payload, name: None}, name
        yield {**payload, name: ""}, name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", CASES)
def test_a_value_that_is_missing_is_an_error_or_was_not_needed(case: str, language: str) -> None:
    kind, payload = CASES[case]
    whole = render(kind, payload, PROJECT, language, at=AT)
    for broken, name in needed(payload):
        try:
            message = render(kind, broken, PROJECT, language, at=AT)
        except CannotRender:
            continue
        assert name in OPTIONAL | FORMS | NOT_SHOWN.get(case, set()), (
            f"{name} of {case} left an empty place"
        )
        assert "None" not in message.text
        assert len(message.text.split("\n")) <= len(whole.text.split("\n"))


@pytest.mark.parametrize(
    ("case", "name"),
    [
        ("stage_entered", "by"),
        ("stage_entered", "entered"),
        ("suspended", "reason"),
        ("cancelled", "reason"),
        ("proposal_rejected", "reason"),
        ("forecast_moved", "reason"),
        ("forecast_moved", "previous"),
        ("milestone_met", "actual"),
        ("milestone_due-7", "forecast"),
        ("resumed", "days"),
        ("move_refused", "by"),
    ],
)
def test_what_a_reader_must_know_cannot_be_missing(case: str, name: str) -> None:
    kind, payload = CASES[case]
    with pytest.raises(CannotRender):
        render(kind, {key: value for key, value in payload.items() if key != name}, PROJECT, "ar", at=AT)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("rumour", {}),
        ("../parts/days", {}),
        ("parts", {}),
        ("stage_entered", {"entered": "moon"}),
        ("stage_entered", {"entered": 7}),
        ("stage_entered", {"by": ["a", "list"]}),
        ("stage_entered", {"by": "\u202e\u200b"}),
        ("move_refused", {"missing": "nothing"}),
        ("move_refused", {"missing": [{"rule": "G1", "code": "unheard_of", "owner": "officer"}]}),
        ("move_refused", {"missing": [{"rule": "G1", "code": "needs_note", "owner": "nobody"}]}),
        ("milestone_due", {"milestone": "unheard_of"}),
        ("milestone_due", {"forecast": "soon"}),
    ],
)
def test_what_nobody_knows_is_an_error(kind: str, changes: Mapping[str, Any]) -> None:
    payload = CASES.get(f"{kind}-7", CASES.get(kind, ("", {})))[1]
    with pytest.raises(CannotRender):
        render(kind, {**payload, **changes}, PROJECT, "fr", at=AT)


def test_an_error_names_the_missing_value_and_no_text() -> None:
    with pytest.raises(CannotRender) as failed:
        render("suspended", {"stage": "study", "reason": "a secret"}, PROJECT, "fr", at=AT)

    assert failed.value.details["problem"] == "suspended: 'by' is undefined"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hostile_name_and_reason_do_nothing(language: str) -> None:
    project = replace(PROJECT, name_ar=HOSTILE, name_fr=HOSTILE, name_en=HOSTILE, key=HOSTILE)
    payload = {"stage": "study", "reason": HOSTILE, "by": HOSTILE}

    message = render("suspended", payload, project, language, at=AT)

    for text in (message.text, *texts(message)):
        for harmful in ("<", ">", "@here", "@channel", "@everyone", "\x00", "\u202e", "\u200b", "\ufeff"):
            assert harmful not in text
        assert isolates_are_closed(text)
    assert "&lt;!channel&gt;" in message.text
    assert "{{ 7*7 }}" in message.text
    assert "://" not in message.text
    assert "evil.example" not in message.text.split("\n")[1]


def test_every_part_is_plain_text_that_chat_does_not_read() -> None:
    message = render(*CASES["move_refused"], PROJECT, "ar", at=AT)

    parts = [part for block in message.blocks for part in block.get("elements", [block.get("text")])]
    assert all(part["type"] == "plain_text" and part["emoji"] is False for part in parts)


@pytest.mark.parametrize("case", CASES)
def test_arabic_reads_from_the_right_and_keeps_logins_dates_and_keys_in_one_piece(case: str) -> None:
    message = render(*CASES[case], PROJECT, "ar", at=AT)

    for text in (message.text, *texts(message)):
        assert all(line.startswith("\u200f") for line in text.split("\n"))
        assert isolates_are_closed(text)
        bare = re.sub("[\u2066\u2068][^\u2066-\u2069]*\u2069", "", text)
        assert not re.search(r"[A-Za-z]|\d{4}", bare)
        assert not re.search(r"[٠-٩۰-۹]", text)


def test_a_sample_project_is_marked_and_a_real_one_is_not() -> None:
    sample = replace(PROJECT, sample=True)
    marks = {"ar": "بيانات للمثال", "fr": "données d’exemple", "en": "sample data"}
    for language, mark in marks.items():
        assert mark in render(*CASES["suspended"], sample, language, at=AT).text
        assert mark not in render(*CASES["suspended"], PROJECT, language, at=AT).text


def test_a_long_list_is_cut_with_the_count_of_what_is_left_out() -> None:
    kind, payload = CASES["move_refused"]
    one = {"rule": "G1.3", "code": "land_title", "owner": "land_owner"}

    exact = render(kind, {**payload, "missing": [one] * MOST_ITEMS}, PROJECT, "en", at=AT).text
    over = render(kind, {**payload, "missing": [one] * (MOST_ITEMS + 100)}, PROJECT, "en", at=AT).text

    assert exact.count("•") == over.count("•") == MOST_ITEMS
    assert "more" not in exact
    assert "… and 100 more" in over
    assert "Still missing (115)" in over


@pytest.mark.parametrize(
    ("days", "words_for_it"),
    [
        (0, "اليوم"),
        (1, "غدا"),
        (2, "بعد يومين"),
        (3, "بعد 3 أيام"),
        (10, "بعد 10 أيام"),
        (11, "بعد 11 يوما"),
        (30, "بعد 30 يوما"),
    ],
)
def test_arabic_counts_days_by_its_own_grammar(days: int, words_for_it: str) -> None:
    forecast = f"2026-{3 + (days + 1) // 31:02}-{(days + 1) % 31 + 1:02}"
    payload = {**CASES["milestone_due-7"][1], "forecast": forecast, "baseline": "2026-12-31"}

    assert f"، {words_for_it}." in render("milestone_due", payload, PROJECT, "ar", at=AT).text


def test_a_clipped_text_counts_what_was_left_out_and_breaks_no_character() -> None:
    assert clipped("a" * 20, 20) == "a" * 20
    assert clipped("a" * 21, 20) == "a" * 14 + "… (+7)"
    assert "&amp…" not in clipped("&amp;" * 10, 20)
    assert clipped("&amp;" * 10, 20) == "&amp;&amp;… (+8)"
    assert length("🏥") == 2


HOSTILE_TEXT = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("<>&@🏥\u202e\u2068\u2069*`\n"),
    max_size=5000,
)


@settings(max_examples=60, deadline=None)
@given(
    name=HOSTILE_TEXT, reason=HOSTILE_TEXT, count=st.integers(0, 300), language=st.sampled_from(LANGUAGES)
)
def test_whatever_people_write_stays_inside_the_limits(
    name: str, reason: str, count: int, language: str
) -> None:
    project = replace(PROJECT, name_ar=f"x{name}", name_fr=f"x{name}", name_en=f"x{name}")
    one = {"rule": f"G{reason}"[:90], "code": "land_title", "owner": "land_owner"}
    for kind, payload in (
        ("suspended", {"stage": "study", "reason": f"x{reason}", "by": f"x{name}"}),
        ("move_refused", {**CASES["move_refused"][1], "missing": [one] * count}),
    ):
        message = render(kind, payload, project, language, at=AT)
        assert 0 < len(message.blocks) <= MOST_BLOCKS
        assert 0 < length(message.text) <= MOST_IN_TEXT
        assert not set("<>") & set(message.text)
        for block in message.blocks:
            limit = 150 if block["type"] == "header" else 3000
            for part in block.get("elements", [block.get("text")]):
                assert 0 < length(part["text"]) <= limit
                assert isolates_are_closed(part["text"])


@given(lines=st.lists(st.text("a<b", min_size=1, max_size=900), max_size=40), most=st.integers(1, 40))
def test_bullets_fit_one_section_and_count_the_rest(lines: list[str], most: int) -> None:
    kept = bullets(lines, most, lambda left: f"+{left}")

    left = int(kept[-1][1:]) if kept and kept[-1].startswith("+") else 0
    assert length("\n".join(kept)) <= 3000
    assert kept[: len(lines) - left] == lines[: len(lines) - left]
    assert len(lines) - left <= most


def test_too_many_blocks_keep_the_first_and_the_last() -> None:
    blocks = [header("first"), *(section(str(number)) for number in range(100)), section("last")]

    kept = fitting(blocks)

    assert len(kept) == MOST_BLOCKS
    assert (kept[0], kept[-1]) == (blocks[0], blocks[-1])


@given(st.text(max_size=200))
def test_a_tamed_text_is_one_line_without_anything_unseen(text: str) -> None:
    quiet = tamed(text)

    assert "\n" not in quiet
    assert not set("<>\u202e\u202d\u2066\u2067\u2068\u2069\x00") & set(quiet)


def isolates_are_closed(text: str) -> bool:
    for line in text.split("\n"):
        depth = 0
        for character in line:
            depth += (character in "\u2066\u2067\u2068") - (character == "\u2069")
            if depth < 0:
                return False
        if depth:
            return False
    return True
