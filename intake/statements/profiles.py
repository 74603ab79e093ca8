"""Profiles: how the files of a bank or a ledger are laid out, kept as data that a clerk can edit."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from rapidfuzz import process

from models.rules.errors import UnknownKey
from models.rules.names import plain
from models.rules.obstacles import obstacle_of
from models.rules.statement_files import BadProfile
from models.rules.statements import AccountKind
from models.rules.text import visible
from models.settings import ANY_OTHER, DATA, LANGUAGES, REASONS, Language

FOLDER = DATA / "banks"
"""The profiles that come with the program; those of a clerk's own folder go before them."""

LARGEST_PROFILE = 64 * 1024  # bytes
LONGEST_NAME = 40  # characters, as accounts and files keep it
FIELDS = (
    *("day", "value_day", "amount", "debit", "credit", "balance", "label", "reference", "counterparty"),
    *("operation", "project_code", "currency", "original_amount", "original_currency", "rate", "account"),
)
"""What a column may hold; `balance` is the one after each movement, `account` a ledger's own account."""

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MOST = 30
_CANDIDATES, _CLOSE = 3, 50


_REASONS: Mapping[str, str] = {
    **REASONS,
    "string_pattern_mismatch": "profile_no_pattern",
    "unknown_column": "profile_unknown_column",
    "columns_missing": "profile_columns_missing",
}

Words = Annotated[tuple[str, ...], Field(max_length=_MOST)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rows(_Part):
    """Which rows are no movements, by the words they begin with, and how movements run over rows.

    `skip`: titles, subtotals, amounts carried over; `end`: the table ends there; `total`: the sums of
    debit and credit are stated there; `section`: a ledger's next account begins. `fill`: a column whose
    empty or merged cells repeat what stands above. `continued`: a row with a label alone goes on with
    the label above. `ragged`: rows may be shorter than the heading.
    """

    opening: Words = ()
    closing: Words = ()
    total: Words = ()
    skip: Words = ()
    end: Words = ()
    section: Words = ()
    period: Words = ()
    fill: Words = ()
    continued: bool = False
    ragged: bool = False


class Ledger(_Part):
    """Which accounts of a ledger are kept: those whose number begins so. `balanced`: it holds them all."""

    keep: Words = ()
    balanced: bool = False


class Profile(_Part):
    """How one kind of file is read. `sample` marks a layout that is made up and no bank's own.

    `received`: the column, debit or credit, of what comes in: credit on a bank's paper, debit in our own
    books. `encoding` empty: found in the file itself. `short_years`: 31/01/24 is of 2024.
    `negative_sides`: debit and credit may be less than nothing. `spare`: columns that may be missing.
    """

    name: str
    title: dict[Language, str]
    kind: AccountKind = AccountKind.BANK
    format: Literal["table", "camt053", "mt940"] = "table"
    sample: bool = False
    language: Language = "fr"
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "MAD"
    encoding: Literal["", "utf-8", "utf-16", "cp1252", "cp1256"] = ""
    separator: Literal["", ";", ",", "\t", "|"] = ""
    decimal: Literal[".", ","] = ","
    dates: Literal["day_first", "month_first", "year_first"] = "day_first"
    short_years: bool = False
    received: Literal["debit", "credit"] = "credit"
    negative_sides: bool = False
    newest_first: bool = False
    spare: Words = ()
    columns: dict[str, Words] = {}
    rows: Rows = Rows()
    ledger: Ledger = Ledger()

    @model_validator(mode="after")
    def _check(self) -> "Profile":
        if self.format != "table":
            return self
        named = (*self.columns, *self.spare, *self.rows.fill)
        if strange := [name for name in named if name not in FIELDS]:
            raise PydanticCustomError("unknown_column", "", {"key": strange[0], "place": FIELDS})
        has = self.columns.keys()
        one, two = "amount" in has, {"debit", "credit"} <= has
        if not {"day", "label"} <= has or one == two or (one and {"debit", "credit"} & has):
            raise PydanticCustomError("columns_missing", "", {"key": "columns"})
        return self

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns without which a file is not of this layout."""
        return tuple(name for name in self.columns if name not in self.spare)

    def field_of(self, heading: str) -> str | None:
        """Return what the column of a heading holds, or None."""
        wanted = plain(heading)
        for name, headings in self.columns.items():
            if wanted and any(plain(one) == wanted for one in headings):
                return name
        return None


def profile_names(own: Path | None = None) -> tuple[str, ...]:
    """Return the names of all profiles, sorted."""
    return tuple(sorted({path.stem for path in _files(own)}))


def find_profile(name: str, own: Path | None = None) -> Profile:
    """Return the profile of a name; one of the clerk's own goes before one that came with the program.

    Raises: UnknownKey with the nearest names; BadProfile.
    Source: docs/rules.md, J3.
    """
    for path in _files(own):
        if path.stem == name:
            return read_profile(path)
    names = profile_names(own)
    near = process.extract(name[:60], names, score_cutoff=_CLOSE, limit=_CANDIDATES)
    candidates = tuple(found for found, _score, _place in near)
    raise UnknownKey(noun="profile", key=visible(name[:60]), candidates=candidates or names)


def read_profile(path: Path) -> Profile:
    """Read a profile from its file, whose name it bears.

    Raises: BadProfile.
    Source: docs/rules.md, J3.
    """
    shown = visible(path.stem[:60])
    if not _NAME.fullmatch(path.stem) or len(path.stem) > LONGEST_NAME:
        raise BadProfile(profile=shown, part="name", reason="profile_not_a_name", limit=None)
    try:
        if path.stat().st_size > LARGEST_PROFILE:
            raise BadProfile(profile=shown, part="", reason="profile_too_long", limit=LARGEST_PROFILE)
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        problem = "not_utf8" if isinstance(error, UnicodeDecodeError) else obstacle_of(error)["problem"]
        raise BadProfile(profile=shown, part="", reason="profile_unreadable", limit=problem) from None
    return profile_of(path.stem, text)


def profile_of(name: str, text: str) -> Profile:
    """Return the profile that a text of TOML describes.

    Raises: BadProfile naming the first key that is wrong.
    """
    try:
        read = tomllib.loads(text)
        if "name" in read:  # the file bears it
            fields = tuple(field for field in Profile.model_fields if field != "name")
            raise BadProfile(profile=name, part="name", reason="setting_unknown_field", limit=fields)
        return Profile(name=name, **read)
    except tomllib.TOMLDecodeError as error:
        raise BadProfile(
            profile=name, part="", reason="profile_no_toml", limit=visible(str(error)[:80])
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        raise _wrong(name, first["type"], first["loc"], first.get("ctx", {})) from None


def _wrong(name: str, kind: str, place: tuple[int | str, ...], context: Mapping[str, Any]) -> BadProfile:
    part = ".".join(visible(str(step)[:40]) for step in (*place, *filter(None, [context.get("key")])))
    keys = ("expected", "place", "pattern", "max_length", "ge", "le")
    limit = next((context[key] for key in keys if key in context), None)
    if kind == "extra_forbidden" and limit is None:
        owner: Any = Profile.model_fields[str(place[0])].annotation if len(place) > 1 else Profile
        limit = tuple(getattr(owner, "model_fields", LANGUAGES))
    return BadProfile(profile=name, part=part, reason=_REASONS.get(kind, ANY_OTHER), limit=limit)


def _files(own: Path | None) -> Iterator[Path]:
    for folder in filter(None, (own, FOLDER)):
        if folder.is_dir():
            yield from sorted(folder.glob("*.toml"))
