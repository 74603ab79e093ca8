"""The only reader of the environment: TADSHIN_* variables and the file .env beside the program."""

import json
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from models.rules.errors import CentreError
from models.rules.kinds import Sector

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
LANGUAGES = ("ar", "fr", "en")

Language = Literal["ar", "fr", "en"]


class Channel(BaseModel):
    """A chat channel: whom it speaks to, in which language. None means every sector or region."""

    name: str = Field(min_length=1, max_length=80)
    language: Language = "fr"
    sector: Sector | None = None
    region: str | None = None


class BadSettings(CentreError):
    """A setting is missing or wrong. Details: setting, problem."""

    code = "bad_settings"


class Settings(BaseSettings):
    """What a place of work can set; every field is described in .env.example."""

    model_config = SettingsConfigDict(
        env_prefix="TADSHIN_", env_file=".env", env_ignore_empty=True, extra="ignore"
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
    slack_seconds_between_posts: float = Field(default=1.0, ge=0)
    evidence_max_bytes: int = Field(default=25 * 1024 * 1024, ge=1)
    prefect_api_url: str = ""
    prefect_auth: SecretStr = SecretStr("")
    prefect_port: int = Field(default=4210, ge=1, le=65535)
    wait_seconds: float = Field(default=15.0, ge=0)
    crash_at: str = ""

    @field_validator("channels", mode="before")
    @classmethod
    def _read_channels(cls, value: object) -> object:
        return json.loads(value) if isinstance(value, str) else value

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


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """Read the environment and .env, once in the life of a process.

    Raises: BadSettings naming the first setting that is wrong.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"][:1]).upper()
        raise BadSettings(setting=f"TADSHIN_{name}", problem=first["msg"]) from None
    except (ValueError, OSError) as error:
        raise BadSettings(setting=".env", problem=str(error)) from None
