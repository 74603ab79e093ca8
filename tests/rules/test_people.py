import pytest

from models.rules.authority import Role
from models.rules.errors import BadValue
from models.rules.people import DUTIES, check_language, check_limits, check_login, check_person_name

UNSEEN = ["a\x00", "a\u202eb", "a\x1b", "\ud800"]


@pytest.mark.parametrize("login", ["ab", "a" * 64, "a.b-c_9", "00", ".-"])
def test_a_login_is_two_to_sixty_four_plain_signs(login: str) -> None:
    """U1."""
    assert check_login(login) == login


@pytest.mark.parametrize(
    "login",
    ["", "a", "a" * 65, "Amina", "a b", "ab\n", "é" * 3, "x" * 10_000, "<b>", "../x", "٢٢", *UNSEEN],
)
def test_another_login_is_refused(login: str) -> None:
    """U1."""
    with pytest.raises(BadValue) as refused:
        check_login(login)

    assert (refused.value.details["field"], refused.value.details["reason"]) == ("login", "not_a_login")
    assert len(str(refused.value)) < 500


def test_a_name_has_up_to_a_hundred_and_twenty_letters() -> None:
    """U1."""
    assert check_person_name(" أمينة ") == "أمينة"
    assert check_person_name("x" * 120) == "x" * 120


@pytest.mark.parametrize("name", ["", " ", "x" * 121, *UNSEEN])
def test_another_name_is_refused(name: str) -> None:
    """U1."""
    with pytest.raises(BadValue) as refused:
        check_person_name(name)

    assert refused.value.details["field"] == "name"


def test_the_house_reads_three_languages() -> None:
    """U1."""
    assert [check_language(language) for language in ("ar", "fr", "en")] == ["ar", "fr", "en"]


@pytest.mark.parametrize("language", ["de", "", "FR", "x" * 10_000, *UNSEEN])
def test_another_language_is_refused(language: str) -> None:
    """U1."""
    with pytest.raises(BadValue) as refused:
        check_language(language)

    assert refused.value.details["reason"] == "unknown_language"
    assert len(str(refused.value)) < 500


def test_a_grant_has_one_limit_at_most() -> None:
    """U2."""
    check_limits(None, None)
    check_limits("oriental", None)
    check_limits(None, "rahma-cmp")
    with pytest.raises(BadValue) as refused:
        check_limits("oriental", "rahma-cmp")
    assert refused.value.details["reason"] == "one_limit"


def test_each_duty_asks_for_a_role() -> None:
    """U6."""
    assert DUTIES == {"officer": Role.OFFICER, "finance": Role.FINANCE}
