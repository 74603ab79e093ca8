"""The words of the files by which people hand in money: headings and choices (money_columns.toml)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from intake.vocabulary import Vocabulary, Words, vocabulary
from models.rules.money_rows import MoneyTable
from models.settings import LANGUAGES

FILE = Path(__file__).with_name("money_columns.toml")


@cache
def money_vocabulary(table: MoneyTable) -> Vocabulary:
    """Return the words of one kind of file."""
    return words_of(_read(), table, {"stage": vocabulary().choices["stage"]})


def words_of(read: Mapping[str, Any], table: str, known: Mapping[str, Words] | None = None) -> Vocabulary:
    """Return the words of one table of a file of columns; `known`: choices that have words elsewhere."""
    titles: Any = read["tables"][table]
    names = (*titles["needed"], *titles["optional"])
    columns = {name: read["columns"][name] for name in names}
    own = read.get("choices", {})
    choices = {name: Words.of(own[name]) for name in names if name in own}
    choices |= {name: words for name, words in (known or {}).items() if name in names}
    return Vocabulary(
        columns=Words.of(columns),
        needed=frozenset(titles["needed"]),
        hints={name: entry["hint"] for name, entry in columns.items()},
        choices=choices,
        titles={language: {"sheet": titles[language], **read["lists"][language]} for language in LANGUAGES},
        sample={name: entry["sample"] for name, entry in columns.items()},
    )


@cache
def _read() -> dict[str, Any]:
    with FILE.open("rb") as file:
        return tomllib.load(file)
