"""What exactly is missing, wherever a verdict is told, in the three languages."""

from dataclasses import replace
from datetime import date

import pytest

from models.rules.gates import Owner, Verdict
from models.rules.lacks import Lack, lack
from models.rules.letters import Named
from models.rules.money import Money
from models.settings import LANGUAGES
from notifications.render import render
from notifications.words import describe_lack, describe_verdict
from tests.notifications.golden import AT, PROJECT
from tests.notifications.test_words import refused

COUNCIL = Named("council", "مجلس الجهة", "Conseil régional", "Regional council")
SHORT = lack(
    "curve_short", COUNCIL, month="2026-06", amount=Money(600_000_00), tranche=2, on=date(2026, 8, 29)
)
SAID = {
    "ar": "يونيو 2026: ينقص \u2066600\u202f000,00\u00a0DH\u2069؛"
    " لن يصل الشطر 2 من مجلس الجهة إلا بتاريخ 29 غشت 2026",
    "fr": "juin 2026\u00a0: il manque 600\u202f000,00\u00a0DH\u00a0;"
    " la tranche 2 de Conseil régional n’arrive que le 29 août 2026",
    "en": "June 2026: MAD\u00a0600,000.00 missing;"
    " tranche 2 of Regional council comes on 29 August 2026 only",
}


def short(*lacks: Lack) -> Verdict:
    return Verdict("G1.8b", "payment_curve_covered", True, False, False, Owner.FINANCE, lacks)


@pytest.mark.parametrize("language", LANGUAGES)
def test_month_partner_and_amount_are_named(language: str) -> None:
    """S9."""
    assert describe_lack(SHORT, language) == SAID[language]
    assert SAID[language] in describe_verdict(short(SHORT), language).text
    assert describe_verdict(short(), language) == describe_verdict(refused("G1.8b"), language)


def test_of_many_things_the_first_three_are_named_and_the_others_counted() -> None:
    """S9."""
    text = describe_verdict(short(*[SHORT] * 5), "en").text

    assert text.count("June 2026") == 3
    assert text.endswith("(and others: 2)")
    assert "others" not in describe_verdict(short(*[SHORT] * 3), "en").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_in_chat_names_them_and_takes_nothing_for_an_order(language: str) -> None:
    """S9: a partner's name pings nobody and opens no link."""
    hostile = lack("balance_uncalled", Named("x", *["<!here> @channel https://a.ma"] * 3), amount=Money(1))
    by_finance = {"owner": "finance"}
    payload = {
        "left": "study",
        "entered": "construction",
        "by": "sample.officer",
        "code": "stage_refused",
        "missing": [
            {
                "rule": "G1.8b",
                "code": "payment_curve_covered",
                "owner": "finance",
                "lacks": [SHORT.as_json()],
            },
            {"rule": "G3.8b", "code": "uncalled_balance", **by_finance, "lacks": [hostile.as_json()]},
            {"rule": "G1.4a", "code": "building_permit", "owner": "municipality"},
        ],
    }

    text = render("move_refused", payload, PROJECT, language, at=AT).text

    assert SAID[language] in text
    assert "<!here>" not in text
    assert "@channel" not in text
    assert "https://" not in text


CASE = lack(
    "case_open", case="1a2b3c4d", case_kind="wrong_project", amount=Money(1_000_00), days=12, who="finance"
)
OF_A_CASE = {
    "ar": ("1a2b3c4d", "مشروع", "12", "1\u202f000,00"),
    "fr": ("1a2b3c4d", "projet", "12", "1\u202f000,00"),
    "en": ("1a2b3c4d", "another project than the line names", "12", "MAD\u00a01,000.00", "finance"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_case_is_named_with_kind_age_amount_and_owner(language: str) -> None:
    """S9 and G4.5."""
    said = describe_lack(CASE, language)
    assigned = describe_lack(replace(CASE, details={**CASE.details, "who": "sample.person"}), language)

    assert all(part in said for part in OF_A_CASE[language])
    assert "wrong_project" not in said
    assert "{" not in said
    assert "sample.person" in assigned
