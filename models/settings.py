"""The only reader of the environment: TADSHIN_* variables and the file .env beside the program."""

import json
import os
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from models.rules.errors import CentreError, UnknownKey
from models.rules.kinds import Sector
from models.rules.obstacles import obstacle_of
from models.rules.text import visible

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
LANGUAGES = ("ar", "fr", "en")
ENV_FILE = ".env"

LONGEST_WAIT = 3600
"""Seconds that the terminal waits for an answer at most (docs/rules.md, X6)."""

Language = Literal["ar", "fr", "en"]


class Channel(BaseModel):
    """A chat channel: whom it speaks to, in which language. None means every sector or region."""

    model_config = ConfigDict(extra="forbid")  # a misspelt "sector" would send everything to everybody

    name: str = Field(min_length=1, max_length=80)
    language: Language = "fr"
    sector: Sector | None = None
    region: str | None = None

    @field_validator("region")
    @classmethod
    def _check_region(cls, value: str | None) -> str | None:
        from models.places import regions  # which reads its file from our folder of data

        codes = tuple(region.code for region in regions())
        if value is not None and value not in codes:
            raise PydanticCustomError("setting_not_a_choice", "", {"place": codes})
        return value


class BadSettings(CentreError):
    """A setting is wrong. Details: setting, entry (of a list, from 1), part (its key), reason, limit."""

    code = "bad_settings"


class SettingsUnreadable(CentreError):
    """The file of settings cannot be read. Details: file, problem (a code), number."""

    code = "settings_unreadable"


REASONS: Mapping[str, str] = {
    "int_parsing": "setting_not_whole",
    "int_parsing_size": "setting_not_whole",
    "float_parsing": "setting_not_a_number",
    "finite_number": "setting_not_a_number",
    "greater_than_equal": "setting_too_small",
    "less_than_equal": "setting_too_large",
    "literal_error": "setting_not_a_choice",
    "enum": "setting_not_a_choice",
    "string_type": "setting_not_a_text",
    "string_too_short": "setting_empty",
    "string_too_long": "setting_too_long",
    "missing": "setting_missing",
    "extra_forbidden": "setting_unknown_field",
    "tuple_type": "setting_not_a_list",
    "model_type": "setting_not_an_object",
    "model_attributes_type": "setting_not_an_object",
    "setting_not_json": "setting_not_json",
    "setting_no_path": "setting_no_path",
    "setting_no_database": "setting_no_database",
    "setting_no_address": "setting_no_address",
    "setting_not_a_choice": "setting_not_a_choice",
}
"""What pydantic calls an error, or our own checks below, to the reason that has words."""

ANY_OTHER = "setting_wrong"
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "language": LANGUAGES,
    "sector": tuple(sector.value for sector in Sector),
}
_PREFIX = "TADSHIN_"
_LIMITS = ("ge", "le", "max_length", "place")
_ADDRESS = re.compile(r"https?://[^\s/]+(/\S*)?$")
_DATABASE = re.compile(r"(sqlite(\+pysqlite)?|postgres(ql)?(\+psycopg)?)://")


class Settings(BaseSettings):
    """What a place of work can set; every field is described in .env.example."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_file=ENV_FILE, env_ignore_empty=True, extra="ignore"
    )

    home: Path = Path("var")
    database_url: str = ""
    language: Language | None = None
    user: str = ""
    channels: Annotated[tuple[Channel, ...], NoDecode] = (
        Channel(name="#tadshin-ar", language="ar"),
        Channel(name="#tadshin-fr", language="fr"),
    )
    slack_token: SecretStr = SecretStr("")
    slack_api_url: str = "https://slack.com/api/"
    slack_seconds_between_posts: float = Field(default=1.0, ge=0, allow_inf_nan=False)
    reconciliation_words: Path = ROOT / "data" / "reconciliation"
    profiles: Path | None = None
    inbox: Path | None = None
    evidence_max_bytes: int = Field(default=25 * 1024 * 1024, ge=1)
    prefect_api_url: str = ""
    prefect_auth: SecretStr = SecretStr("")
    prefect_port: int = Field(default=4210, ge=1, le=65535)
    wait_seconds: float = Field(default=15.0, ge=0, le=LONGEST_WAIT)
    crash_at: str = ""

    @field_validator("channels", mode="before")
    @classmethod
    def _read_channels(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise PydanticCustomError("setting_not_json", "", {"place": error.pos + 1}) from None
        except (ValueError, RecursionError):
            raise PydanticCustomError("setting_not_json", "", {"place": 1}) from None

    @field_validator("home", "profiles", "inbox")
    @classmethod
    def _check_home(cls, value: Path | None) -> Path | None:
        if value is None:
            return None
        try:
            whole = str(value.resolve())
        except (OSError, RuntimeError, ValueError):  # links in a circle, or a NUL
            raise PydanticCustomError("setting_no_path", "") from None
        if "?" in whole:  # the address of a database ends there
            raise PydanticCustomError("setting_no_path", "")
        return value

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, value: str) -> str:
        if value and not _DATABASE.match(value):
            raise PydanticCustomError("setting_no_database", "")
        return value

    @field_validator("slack_api_url", "prefect_api_url")
    @classmethod
    def _check_address(cls, value: str) -> str:
        if value and not _ADDRESS.match(value):
            raise PydanticCustomError("setting_no_address", "")
        return value

    @cached_property
    def database(self) -> str:
        """The URL of our own tables: the one that is set, or an SQLite file under home."""
        return self.database_url or f"sqlite:///{self.home.resolve() / 'tadshin.db'}"

    @property
    def house_language(self) -> Language:
        """The language of what no single person reads: runs, logs, the first screen."""
        return self.language or "fr"

    @property
    def evidence_folder(self) -> Path:
        return self.home.resolve() / "evidence"

    @property
    def statements_folder(self) -> Path:
        """Where the files of banks and ledgers are kept as they came in."""
        return self.home.resolve() / "statements"

    @property
    def snapshots_folder(self) -> Path:
        """Where is kept what each run of the reconciliation read."""
        return self.home.resolve() / "snapshots"

    @property
    def profiles_folder(self) -> Path:
        """Where a clerk's own profiles of banks are; it need not be there."""
        return (self.profiles or self.home / "banks").resolve()

    @property
    def inbox_folder(self) -> Path:
        """Where files of banks and ledgers are put to be taken in."""
        return (self.inbox or self.home / "inbox").resolve()


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """Read the environment and .env, once in the life of a process.

    Raises: BadSettings naming the first setting that is wrong; SettingsUnreadable; UnknownKey for one
    that is none of ours, such as a misspelt name, which would leave another database in force.
    Source: docs/rules.md, X9.
    """
    _check_env_file(Path(ENV_FILE))
    _check_names((*os.environ, *dotenv_values(ENV_FILE)))
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        raise _wrong(first["type"], first["loc"], first.get("ctx", {})) from None


def _check_names(names: Iterable[str]) -> None:
    known = [name.upper() for name in Settings.model_fields]
    for name in sorted(names):
        own = name.upper().removeprefix(_PREFIX)
        if own != name.upper() and own not in known:
            near = tuple(f"{_PREFIX}{match}" for match in get_close_matches(own[:60], known))
            raise UnknownKey(noun="setting", key=visible(name[:60]), candidates=near)


def bad_database() -> BadSettings:
    """Return the error of a database URL that cannot be read."""
    return _wrong("setting_no_database", ("database_url",), {})


def _wrong(kind: str, place: tuple[int | str, ...], context: Mapping[str, Any]) -> BadSettings:
    name, *inside = place
    entry = next((part + 1 for part in inside if isinstance(part, int)), None)
    key = next((part for part in inside if isinstance(part, str)), None)
    limit = next((context[key] for key in _LIMITS if key in context), None)
    if kind in ("literal_error", "enum"):
        limit = _CHOICES.get(str(key or name))
    if kind == "extra_forbidden":
        limit = tuple(Channel.model_fields)
    return BadSettings(
        setting=f"TADSHIN_{name}".upper(),
        entry=entry,
        part=key,
        reason=REASONS.get(kind, ANY_OTHER),
        limit=limit,
    )


def _check_env_file(file: Path) -> None:
    """Make sure that every line of the file can be read: dotenv itself only murmurs, in English."""
    if not file.exists():
        return
    place = str(file.resolve())
    try:
        with file.open(encoding="utf-8") as stream:
            lines = [binding.original.line for binding in parse_stream(stream) if binding.error]
    except UnicodeDecodeError:
        raise SettingsUnreadable(file=place, problem="not_utf8", number=None) from None
    except OSError as error:
        raise SettingsUnreadable(file=place, **obstacle_of(error)) from None
    if lines:
        raise SettingsUnreadable(file=place, problem="line_not_understood", number=lines[0])
