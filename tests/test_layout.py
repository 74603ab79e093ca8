"""The house keeps its shape: who imports whom, what the packages are called, how long things grow."""

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from models.settings import ROOT

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = [contract["name"] for contract in SETTINGS["tool"]["importlinter"]["contracts"]]
PACKAGES = SETTINGS["tool"]["importlinter"]["root_packages"]
LONGEST_FILE = 400
LONGEST_FUNCTION = 50
PURE = sys.stdlib_module_names - {"io", "logging", "os", "pathlib", "random", "secrets", "socket", "time"}


def our_files(*folders: str) -> Iterator[Path]:
    for folder in folders or (*PACKAGES, "bench", "tests"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


def test_no_other_software_has_packages_of_our_names() -> None:
    owners = packages_distributions()

    for package in (*PACKAGES, "tests"):
        assert set(owners.get(package, [])) <= {"tadshin"}, package


def test_every_package_is_listed_where_it_is_installed_from() -> None:
    found = {
        named(file.parent).replace(os.sep, ".")
        for file in our_files(*PACKAGES)
        if file.name == "__init__.py"
    }

    assert found == set(SETTINGS["tool"]["setuptools"]["packages"])
    assert "Private :: Do Not Upload" in SETTINGS["project"]["classifiers"]


def test_no_file_grows_too_long() -> None:
    lengths = {named(file): len(file.read_text().splitlines()) for file in our_files()}

    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_grows_too_long() -> None:
    lengths = {
        f"{named(file)}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for file in our_files()
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


# who may import whom


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages and their contracts, to be broken at leisure."""
    folder = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_contracts_hold() -> None:
    found = lint(ROOT)

    assert found.returncode == 0, found.stdout


BREACHES = {
    "Only downward": ("models/clock.py", "import notifications.words"),
    "Inside models: operations, queries, tables, rules": ("models/rules/money.py", "import models.tables"),
    "Business and words know no Prefect": ("notifications/words.py", "import prefect"),
    "Only reports and reconciliation deal in frames": ("tasks/moves.py", "import pandas"),
}


def test_every_contract_is_tried() -> None:
    assert set(BREACHES) == set(CONTRACTS)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_each_contract_fails_when_it_is_broken(copied: Path, contract: str) -> None:
    name, line = BREACHES[contract]
    file = copied / name
    kept = file.read_text()
    file.write_text(f"{kept}\n{line}\n")

    found = lint(copied)

    file.write_text(kept)
    assert found.returncode == 1
    assert f"{contract} BROKEN" in found.stdout


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_the_rules_are_pure() -> None:
    """They know the standard library and dateutil, but no clock, file, log or chance."""
    strangers, asked = set(), set()
    for file in our_files("models/rules"):
        tree = ast.parse(file.read_text())
        for module in imported(tree):
            ours = module.startswith("models.rules")
            if not ours and module.split(".")[0] not in {*PURE, "dateutil"}:
                strangers.add(f"{named(file)}: {module}")
        for node in ast.walk(tree):
            called = node.func if isinstance(node, ast.Call) else None
            name = getattr(called, "attr", getattr(called, "id", ""))
            if name in {"now", "today", "utcnow", "open", "uuid4", "print", "input"}:
                asked.add(f"{named(file)}: {name}")

    assert strangers == set()
    assert asked == set()


# what comes from outside


def at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when a module is imported."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from at_import(node)


def reads_environment(node: ast.AST) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name in {"environ", "getenv", "environb"}


def test_no_module_reads_the_environment_when_it_is_imported() -> None:
    found = [
        named(file)
        for file in our_files(*PACKAGES)
        if any(reads_environment(node) for node in at_import(ast.parse(file.read_text())))
    ]

    assert found == []


def test_only_the_settings_and_the_terminal_read_it_at_all() -> None:
    readers = {
        named(file)
        for file in our_files(*PACKAGES)
        if any(reads_environment(node) for node in ast.walk(ast.parse(file.read_text())))
    }

    assert {reader for reader in readers if not reader.startswith("tadshin")} == {"models/settings.py"}


def test_the_lock_names_no_registry() -> None:
    lock = (ROOT / "requirements.lock").read_text()

    assert "://" not in lock
    assert [line for line in lock.splitlines() if line.startswith("-")] == []
    assert lock.count("--hash=sha256:") > lock.count("==")
