"""docs/rules.md is whole: every rule that the code names stands there, with its home and its test."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from models.rules.gates import CRITERIA
from models.settings import ROOT

PACKAGES = (
    "models",
    "notifications",
    "intake",
    "reports",
    "reconcile",
    "tasks",
    "flows",
    "tadshin",
    "deployments",
)
NUMBER = r"[A-Z]\d*(?:\.\d+[a-z]?|\.[A-Z])?"
ROW = re.compile(rf"^\| ({NUMBER}) \| (.+) \|$", re.MULTILINE)
MENTION = re.compile(rf"docs/rules\.md, ({NUMBER}(?:(?:,| to| and|, and) {NUMBER})*)")
RANGE = re.compile(r"\b([A-Z])(\d+) to \1(\d+)\b")
FILE = re.compile(rf"\b(?:{'|'.join((*PACKAGES, 'tests', 'data'))})/[\w/.-]*\w")


def rows() -> Mapping[str, str]:
    found = ROW.findall((ROOT / "docs" / "rules.md").read_text())
    numbers = [number for number, _ in found]
    assert len(numbers) == len(set(numbers)), "a number stands for two rules"
    return dict(found)


def named_in(text: str) -> Iterator[str]:
    """Every number that a mention of the rules names, ranges spelt out."""
    for mention in MENTION.findall(text):
        yield from re.findall(NUMBER, mention)
        for letter, first, last in RANGE.findall(mention):
            yield from (f"{letter}{number}" for number in range(int(first), int(last) + 1))


def our_files() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def test_a_mention_is_read_whole() -> None:
    text = "(docs/rules.md, G.S). Source: docs/rules.md, P1 to P3, P6 and G0.5b."

    assert set(named_in(text)) == {"G.S", "P1", "P2", "P3", "P6", "G0.5b"}


def test_every_rule_that_the_code_names_is_listed() -> None:
    listed = rows()
    missing = {
        f"{file.relative_to(ROOT)}: {number}"
        for file in our_files()
        for number in named_in(" ".join(file.read_text().split()))
        if number not in listed
    }

    assert missing == set()


@pytest.mark.parametrize("rule", CRITERIA)
def test_every_criterion_of_a_gate_is_listed_as_it_is(rule: str) -> None:
    criterion = CRITERIA[rule]
    cells = [cell.strip() for cell in rows()[rule].split("|")]
    kind = cells[2]

    assert cells[1] == f"`{criterion.code}`"
    assert kind.startswith("hard" if criterion.hard else "soft")
    assert ("stands" in kind) == criterion.stands
    assert (criterion.trait is None) == ("only" not in kind)
    assert criterion.trait is None or criterion.trait.value in kind


def test_no_gate_is_listed_that_nobody_asks() -> None:
    listed = {number for number in rows() if re.fullmatch(r"G\d.*", number)}

    assert listed == set(CRITERIA)


def test_every_rule_has_its_home_and_its_test() -> None:
    for number, row in rows().items():
        files = [name.rstrip(".") for name in FILE.findall(row)]
        assert [name for name in files if not (ROOT / name).exists()] == [], number
        assert any(name.startswith("tests/") for name in files), number
        assert any(not name.startswith("tests/") for name in files), number


def test_every_number_in_a_test_is_a_rule() -> None:
    """A test that begins with a number says which rule it holds."""
    listed = rows()
    for file in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef):
                words = re.match(rf"({NUMBER})[.:,; ]", ast.get_docstring(node) or "")
                named = words is not None and any(letter.isdigit() for letter in words[1])
                assert not named or words is None or words[1] in listed, f"{file.name}: {node.name}"
