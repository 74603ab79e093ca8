"""What the words need of the things they describe, whatever room these come from."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from models.rules.stages import Stage


class Answer(Protocol):
    """What became of a move, as the inbox keeps it: a code, and details in plain JSON values."""

    @property
    def project(self) -> str: ...
    @property
    def left(self) -> Stage: ...
    @property
    def entered(self) -> Stage: ...
    @property
    def code(self) -> str: ...
    @property
    def details(self) -> Mapping[str, Any]: ...


class Noted(Protocol):
    """What `describe_note` reads: a code and the values of its sentence."""

    @property
    def code(self) -> str: ...
    @property
    def details(self) -> Mapping[str, object]: ...


class Wrong(Noted, Protocol):
    """What `describe_problem` reads: a reason, the field and value as they stand in the file, the rest."""

    @property
    def field(self) -> str: ...
    @property
    def value(self) -> str: ...


class Judged(Protocol):
    """What `describe_verdict` reads of a verdict."""

    @property
    def code(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def lacks(self) -> Sequence[Noted]: ...
