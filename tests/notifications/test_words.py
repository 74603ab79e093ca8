"""What is said: values as their readers write them, sentences with every value in its place."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from intake.rows import Note
from models.rules.approvals import AlreadySigned, NotLive, ProposalState
from models.rules.authority import Action, NotAllowed, Role, roles_for
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.evidence import Unit
from models.rules.gates import CRITERIA, Owner, StageRefused, Verdict
from models.rules.money import Money
from models.rules.portfolio import Problem, problem_of
from models.rules.stages import IllegalStatus, IllegalStep, Stage, Status
from models.rules.trail import canonical
from models.settings import LANGUAGES
from models.tables import DeliveryState, Door
from notifications import words
from notifications.catalogues import look_up
from notifications.words import (
    answered,
    describe_note,
    describe_problem,
    describe_verdict,
    is_rtl,
    listed,
    say,
    sentence,
    shown,
    told,
)

MORNING = datetime(2021, 3, 1, 9, 5, tzinfo=UTC)
HOSTILE = ["\x00", "a\u202eb", "x" * 10_000, "<script>", "{{7*7}}", "{login}", "=cmd()", "\u2069\u2066"]


@dataclass(frozen=True)
class Answer:
    """An answer as the inbox keeps it."""

    code: str
    details: dict[str, Any] = field(default_factory=dict)
    project: str = "rahma-cmp"
    left: Stage = Stage.CONSTRUCTION
    entered: Stage = Stage.EQUIPMENT


@pytest.mark.parametrize(
    ("value", "ar", "fr", "en"),
    [
        (
            Money.parse("85000000.00"),
            "\u206685\u202f000\u202f000,00\u00a0DH\u2069",
            "85\u202f000\u202f000,00\u00a0DH",
            "MAD\u00a085,000,000.00",
        ),
        (
            Money.parse("-85.12"),
            "\u2066\u221285,12\u00a0DH\u2069",
            "\u221285,12\u00a0DH",
            "\u2212MAD\u00a085.12",
        ),
        (Money(100, "EUR"), "\u20661,00\u00a0EUR\u2069", "1,00\u00a0EUR", "EUR\u00a01.00"),
        (date(2021, 7, 14), "14 يوليوز 2021", "14 juillet 2021", "14 July 2021"),
        (date(2021, 8, 1), "1 غشت 2021", "1er août 2021", "1 August 2021"),
        (MORNING, "1 مارس 2021 على الساعة 10:05", "1er mars 2021 à 10:05", "1 March 2021 at 10:05"),
        (timedelta(days=1), "يوم واحد", "1 jour", "1 day"),
        (timedelta(days=2), "يومان", "2 jours", "2 days"),
        (timedelta(days=7), "7 أيام", "7 jours", "7 days"),
        (timedelta(days=30), "30 يوما", "30 jours", "30 days"),
        (timedelta(days=100), "100 يوم", "100 jours", "100 days"),
        (2021, "2021", "2021", "2021"),
        (60_000, "\u206660\u202f000\u2069", "60\u202f000", "60,000"),
        (Decimal("9.50"), "\u20669,5\u2069", "9,5", "9.5"),
        (-3, "\u2066\u22123\u2069", "\u22123", "\u22123"),
        (0.0, "0", "0", "0"),
        (True, "نعم", "oui", "yes"),
        (None, "—", "—", "—"),
        (("a", "b", "c"), "\u2068a\u2069، \u2068b\u2069 و\u2068c\u2069", "a, b et c", "a, b and c"),
        ([], "—", "—", "—"),
        (Stage.STUDY, "الدراسات", "études", "study"),
        (Status.SUSPENDED, "معلق", "suspendu", "suspended"),
        (Role.DIRECTOR, "مدير", "directeur", "director"),
        (Owner.CONTROL_OFFICE, "مكتب المراقبة", "bureau de contrôle", "control office"),
        (ProposalState.LAPSED, "منتهي الأجل", "caduque", "lapsed"),
        (DeliveryState.GIVEN_UP, "متخلى عن إرسالها", "abandonné", "given up"),
        (Door.CHAT, "المحادثة", "messagerie", "chat"),
        (Unit.DIRHAM, "درهم", "dirham", "dirham"),
    ],
)
def test_values_are_written_as_their_readers_write_them(value: object, ar: str, fr: str, en: str) -> None:
    assert [shown(value, language) for language in LANGUAGES] == [ar, fr, en]


def test_the_hour_is_that_of_morocco_in_ramadan_too() -> None:
    assert shown(datetime(2021, 4, 20, 9, 5, tzinfo=UTC), "en") == "20 April 2021 at 09:05"


def test_alternatives_are_joined_with_or() -> None:
    assert listed(["a", "b", "c"], "fr", "or") == "a, b ou c"
    assert listed(["مركز", "مدرسة"], "ar", "or") == "مركز أو مدرسة"


def test_only_arabic_runs_from_right_to_left() -> None:
    assert [is_rtl(language) for language in LANGUAGES] == [True, False, False]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_value_disturbs_the_sentence_around_it(hostile: str, language: str) -> None:
    said = say("answer.login_taken", language, login=hostile)

    assert "\x00" not in said
    assert "\u202e" not in said
    assert "7*7" in said or "7*7" not in hostile
    assert ("{login}" in said) == (hostile == "{login}")
    assert _closes_what_it_opens(said)


def _closes_what_it_opens(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character in "\u2066\u2067\u2068") - (character == "\u2069")
        if depth < 0:
            return False
    return depth == 0


def test_words_that_are_shown_already_may_be_shown_again() -> None:
    money = shown(Money.parse("85.00"), "ar")

    assert money in shown(money, "ar")
    assert "\\u2066" not in shown(money, "ar")


def test_a_text_in_the_other_direction_is_isolated() -> None:
    assert shown("rahma-cmp", "ar") == "\u2068rahma-cmp\u2069"
    assert shown("مركز", "ar") == "مركز"
    assert shown("مركز", "fr") == "\u2068مركز\u2069"


def test_a_missing_code_or_value_is_noticed_in_tests() -> None:
    with pytest.raises(KeyError, match=r"stage\.unheard_of"):
        say("stage.unheard_of", "fr")
    with pytest.raises(KeyError, match=r"no value for \{login\}"):
        say("answer.login_taken", "fr")


def test_nobody_is_left_without_an_answer_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "STRICT", False)
    only_english = {"en": "There is more."}

    def gap(code: str, language: str, count: int | None = None) -> str | None:
        return only_english.get(language) if code == "gap" else look_up(code, language, count)

    monkeypatch.setattr(words, "look_up", gap)

    assert say("gap", "ar") == "There is more."
    assert say("stage.unheard_of", "fr") == "stage.unheard_of"
    assert say("answer.login_taken", "en") == "The login — is already taken."
    assert say("stage.study", "de") == "study"


def test_an_unknown_key_offers_what_comes_near() -> None:
    error = UnknownKey(noun="project", key="tamesna", candidates=("tamesna-complex", "rahma-cmp"))

    assert sentence(error, "en") == (
        "There is no project called “tamesna”. Did you mean tamesna-complex or rahma-cmp?"
    )
    assert sentence(error, "fr").startswith("Il n’y a aucun projet du nom de «\u00a0tamesna\u00a0».")
    assert "هل تقصدون \u2068tamesna-complex\u2069 أو \u2068rahma-cmp\u2069؟" in sentence(error, "ar")


def test_an_unknown_key_with_nothing_near_just_says_so() -> None:
    assert sentence(UnknownKey(noun="project", key="zz", candidates=()), "en") == (
        "There is no project called “zz”."
    )


def test_of_many_candidates_only_the_nearest_are_offered() -> None:
    many = ("building_permit", *(f"other_{number}" for number in range(80)))
    said = sentence(UnknownKey(noun="evidence", key="building_permt", candidates=many), "en")

    assert said.endswith("Did you mean building permit (building_permit)?")


def test_candidates_stay_codes_that_can_be_typed() -> None:
    assert "construction" in sentence(
        UnknownKey(noun="stage", key="constrution", candidates=tuple(Stage)), "fr"
    )


def test_a_bad_value_names_its_field_and_why() -> None:
    late = BadValue(field="on", value=date(2030, 1, 2), reason="in_the_future", limit=date(2021, 1, 1))

    assert (
        sentence(late, "en") == "Date: the date (2 January 2030) lies ahead; 1 January 2021 at the latest."
    )
    assert sentence(late, "fr") == (
        "Date\u00a0: la date (2 janvier 2030) est à venir\u00a0; au plus tard le 1er janvier 2021."
    )
    assert sentence(late, "ar") == (
        "التاريخ: التاريخ (2 يناير 2030) لم يحن بعد؛ آخر تاريخ مقبول هو 1 يناير 2021."
    )


def test_money_that_an_error_carries_as_text_reads_as_money() -> None:
    over = BadValue(field="amount", value="90.00 MAD", reason="over_budget", limit="85.00 MAD")

    assert sentence(over, "fr") == (
        "Montant\u00a0: le montant (90,00\u00a0DH) dépasse le budget du projet (85,00\u00a0DH)."
    )


def test_a_refusal_of_right_names_who_may() -> None:
    who = roles_for(Action.ADVANCE)
    one = NotAllowed(login="sample.finance", action=Action.ADVANCE, project="rahma-cmp", who=who)
    everywhere = NotAllowed(login="sample.finance", action=Action.ADVANCE, project=None, who=who)

    assert sentence(one, "en") == (
        "Project rahma-cmp: sample.finance may not advance the project; "
        "this is up to: project officer or director."
    )
    assert sentence(one, "ar") == (
        "المشروع \u2068rahma-cmp\u2069: لا يحق للمستخدم \u2068sample.finance\u2069 "
        "نقل المشروع إلى المرحلة الموالية؛ يعود ذلك إلى: مكلف بالمشاريع أو مدير."
    )
    assert sentence(everywhere, "en").startswith("Whole portfolio: sample.finance may not advance")


def test_a_detail_that_nobody_knows_is_left_out_where_the_sentence_can_do_without() -> None:
    last = IllegalStep(left=Stage.CLOSED, asked=Stage.LAUNCH, legal=None)
    alone = NotLive(state=ProposalState.LAPSED, by=None, at=None)

    assert sentence(last, "en").endswith("no stage is possible in that direction.")
    assert sentence(alone, "en") == "This proposal no longer waits for a decision (lapsed)."


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "error",
    [
        IllegalStep(left=Stage.STUDY, asked=Stage.LAUNCH, legal=Stage.CONSTRUCTION),
        IllegalStatus(status=Status.CANCELLED, asked=Status.ACTIVE),
        NotAllowed(login="a", action=Action.APPROVE, project="p", who=roles_for(Action.APPROVE)),
        AlreadySigned(hand="certified_by", login="a", at=MORNING),
        AlreadySigned(hand=ProposalState.APPROVED, login="a", at=None),
        UnknownKey(noun="project", key="a", candidates=("b", "c")),
        StageRefused((), project="p", left=Stage.STUDY, asked=Stage.CONSTRUCTION),
        BadValue(field="amount", value=str(Money(-100)), reason="negative"),
    ],
    ids=lambda error: getattr(error, "code", error),
)
def test_an_answer_reads_the_same_after_years_in_the_books(error: CentreError, language: str) -> None:
    kept = json.loads(canonical({**error.details, "at": MORNING.isoformat()}))
    fresh = type(error)((), **error.details) if isinstance(error, StageRefused) else error

    if error.details.get("at") is None:
        kept.pop("at")
        kept |= {"at": None} if "at" in error.details else {}
    assert answered(Answer(error.code, kept), language) == sentence(fresh, language)


def test_a_move_overtaken_says_by_whom_and_when() -> None:
    details = {"stage": "equipment", "by": "sample.director", "at": MORNING.isoformat()}

    assert answered(Answer("already_moved", details), "en") == (
        "Project rahma-cmp has already moved to stage “equipment”: "
        "sample.director did it on 1 March 2021 at 10:05."
    )
    assert answered(Answer("already_moved", details), "ar") == (
        "سبق نقل المشروع \u2068rahma-cmp\u2069 إلى مرحلة «التجهيز» من طرف "
        "\u2068sample.director\u2069 بتاريخ 1 مارس 2021 على الساعة 10:05."
    )


def test_a_move_made_names_both_stages() -> None:
    assert answered(Answer("moved"), "fr") == (
        "Le projet rahma-cmp est passé de l’étape «\u00a0travaux\u00a0» à l’étape «\u00a0équipement\u00a0»."
    )


def test_an_entry_of_the_trail_is_told_from_its_payload() -> None:
    payload = {"code": "building_permit", "on": "2021-03-01", "value": None}

    assert told("trail.evidence_added", payload, "fr") == "versé au dossier\u00a0: permis de construire"
    assert told(
        "trail.ramadan_overridden", {"first": date(2021, 4, 14), "last": date(2021, 5, 12)}, "en"
    ) == ("days of Ramadan corrected: 14 April 2021 to 12 May 2021")


def test_the_numbers_of_ports_are_not_amounts() -> None:
    assert "54321" in told("answer.port_taken", {"port": 54321, "setting": "X"}, "fr")


def refused(rule: str) -> Verdict:
    asked = CRITERIA[rule]
    return Verdict(rule, asked.code, asked.hard, met=False, waived=False, owner=asked.owner)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", CRITERIA)
def test_every_criterion_says_what_must_be_there_what_settles_it_and_who_owes_it(
    rule: str, language: str
) -> None:
    said = describe_verdict(refused(rule), language)

    assert said.text
    assert said.settle.endswith(".")
    assert said.owner
    assert "{" not in said.text + said.settle


def test_figures_in_a_criterion_come_from_its_rule() -> None:
    assert "60 days" in describe_verdict(refused("G1.5e"), "en").text
    assert "95\u00a0%" in describe_verdict(refused("G2.2"), "fr").text
    assert "12 شهرا" in describe_verdict(refused("G4.1b"), "ar").text


def test_a_problem_of_a_file_says_why_and_what_comes_near() -> None:
    near = Problem(7, "sector", "unknown_sector", "santee", {"candidates": ("santé",)})
    twice = Problem(9, "key", "duplicate_key", "rahma-cmp", {"first_row": 4})

    assert describe_problem(near, "fr") == "le secteur santee n’existe pas. Vouliez-vous dire santé\u00a0?"
    assert describe_problem(twice, "en") == "the key rahma-cmp stands in row 4 already."


def test_a_problem_that_an_error_told_reads_as_that_error() -> None:
    error = BadValue(field="beds", value=-3, reason="out_of_range", least=0, most=10_000)

    told = describe_problem(problem_of(5, error, "beds"), "en")
    assert told == "-3 is out of range: it goes from 0 to 10,000."
    assert sentence(error, "fr").endswith("\u22123 est hors des limites\u00a0: de 0 à 10\u202f000.")


def test_what_was_passed_over_in_a_file_is_said() -> None:
    assert describe_note(Note("hidden_sheet_ignored", {"sheet": "Feuil2"}), "fr") == (
        "La feuille masquée «\u00a0Feuil2\u00a0» n’a pas été lue."
    )
