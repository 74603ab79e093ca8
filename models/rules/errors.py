"""What can be refused, and how a refusal is told."""

from collections.abc import Mapping
from typing import ClassVar


class CentreError(Exception):
    """Something a person asked for cannot be done; `code` picks the sentence in each language.

    `details` are the values the sentence needs, as plain strings, numbers, dates or Money.
    """

    code: ClassVar[str] = "centre_error"

    def __init__(self, **details: object) -> None:
        self.details: Mapping[str, object] = details
        super().__init__(f"{self.code} {dict(details)}" if details else self.code)


class UnknownKey(CentreError):
    """A name that is not in the books. Details: noun, key, candidates (nearest first)."""

    code = "unknown_key"


class BadValue(CentreError):
    """A value that breaks a rule of its field. Details: field, value, reason (a code), limit."""

    code = "bad_value"
