"""What stood in the way of using a file is a code, whatever language the system itself speaks."""

import os
from errno import EISDIR, ENOENT, ENOSPC, EOWNERDEAD, EROFS
from pathlib import Path

import pytest

from models.rules.obstacles import OBSTACLES, obstacle_of
from models.settings import LANGUAGES
from notifications.words import describe_obstacle


@pytest.mark.parametrize(
    ("number", "code"),
    [(ENOENT, "nothing_there"), (EISDIR, "is_a_folder"), (ENOSPC, "disk_full"), (EROFS, "read_only")],
)
def test_a_number_of_the_system_is_a_code(number: int, code: str) -> None:
    assert obstacle_of(OSError(number, os.strerror(number))) == {"problem": code, "number": number}


def test_an_unlisted_number_is_told_with_a_general_word() -> None:
    found = obstacle_of(OSError(EOWNERDEAD, os.strerror(EOWNERDEAD)))

    assert EOWNERDEAD not in OBSTACLES
    assert describe_obstacle(found, "en") == f"system error number {EOWNERDEAD}"
    assert str(EOWNERDEAD) in describe_obstacle(found, "ar")


def test_an_error_without_a_number_still_has_words() -> None:
    assert describe_obstacle(obstacle_of(OSError("no number")), "en") == "system error number —"


def test_a_name_that_no_system_takes() -> None:
    with pytest.raises(ValueError, match="null") as refused:
        Path("a\x00b").read_bytes()

    assert obstacle_of(refused.value)["problem"] == "name_unusable"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_system_english_is_in_the_words(language: str) -> None:
    for number in OBSTACLES:
        words = describe_obstacle(obstacle_of(OSError(number, os.strerror(number))), language)
        assert words
        assert os.strerror(number) not in words
