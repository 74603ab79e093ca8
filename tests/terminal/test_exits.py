"""One table from errors to exit codes, which holds every error of the program."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pytest

import intake
import models
import notifications
import reconcile
import tadshin
from models.rules.errors import BadValue, CentreError
from tadshin.terminal.exits import EXIT_OF, MEANINGS, Exit, exit_after, exit_of


def test_every_error_of_the_program_has_its_exit_code() -> None:
    for package in (models, intake, notifications, reconcile, tadshin):
        _load_all(package)

    for error in _below(CentreError):
        codes = [getattr(kind, "code", "") for kind in error.__mro__]
        listed = [code for code in codes if code in EXIT_OF]
        assert listed[0] != CentreError.code or error.code == CentreError.code, error
        assert exit_of(error) is EXIT_OF[listed[0]]


def test_no_exit_code_is_left_over() -> None:
    for package in (models, intake, notifications, reconcile, tadshin):
        _load_all(package)

    assert sorted(set(EXIT_OF) - {error.code for error in _below(CentreError)}) == []


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        ("unknown_key", 2),
        ("bad_value", 2),
        ("illegal_step", 2),
        ("stage_refused", 3),
        ("not_allowed", 4),
        ("overtaken", 5),
        ("store_unavailable", 7),
        ("not_prepared", 7),
    ],
)
def test_what_scripts_rely_on(code: str, exit_code: int) -> None:
    assert EXIT_OF[code] == exit_code


def test_every_exit_code_has_its_meaning() -> None:
    assert set(MEANINGS) == set(Exit)


def _load_all(package: ModuleType) -> None:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _below(error: type[CentreError]) -> Iterator[type[CentreError]]:
    yield error
    for kind in error.__subclasses__():
        yield from _below(kind)


@pytest.mark.parametrize(
    ("details", "exit_code"),
    [
        ({"reason": "over_net", "rule": "W32"}, 3),
        ({"reason": "already_stated", "rule": "W24"}, 5),
        ({"reason": "over_net"}, 2),
    ],
)
def test_a_rule_behind_a_value_refuses(details: dict[str, str], exit_code: int) -> None:
    """X40."""
    assert exit_after(BadValue(field="amount", value="1", **details)) == exit_code
