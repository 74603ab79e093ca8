"""Every English sentence of the terminal: the msgids that its catalogues must have."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click

from tadshin.terminal.exits import MEANINGS
from tadshin.terminal.grammar import Argument, Noun, Option, Spoken, paragraphs
from tadshin.terminal.root import tadshin

ROOT = Path(__file__).resolve().parents[2]
PLURAL = 2

CLICKS_OWN = {
    "Aborted!",
    "Commands",
    "Missing argument",
    "Missing command.",
    "Missing option",
    "No such command {name!r}.",
    "No such option {name!r}.",
    "Invalid value for {param_hint}: {message}",
    "Invalid value: {message}",
    "Options",
    "Positional arguments",
    "Option {name!r} does not take a value.",
    "Try '{command} {option}' for help.",
    "Usage:",
    "default: {default}",
    "required",
}
"""The sentences of click that a call of ours can bring up; it asks our catalogue for them."""

CLICKS_OWN_PLURALS = {
    "Did you mean {possibility}?": "(Did you mean one of: {possibilities}?)",
    "Got unexpected extra argument ({args})": "Got unexpected extra arguments ({args})",
    "Option {name!r} requires an argument.": "Option {name!r} requires {nargs} arguments.",
    "{value!r} is not {choice}.": "{value!r} is not one of {choices}.",
}


def singles() -> set[str]:
    """Return the sentences that have one form."""
    return {*CLICKS_OWN, *MEANINGS.values(), *_called("_"), *_of_help()}


def plurals() -> dict[str, str]:
    """Return the sentences that have a form for one and a form for many."""
    return {**CLICKS_OWN_PLURALS, **dict(_counted())}


def commands(command: click.Command = tadshin) -> Iterator[click.Command]:
    """Give the command and everything below it."""
    yield command
    if isinstance(command, Noun):
        for below in command.commands.values():
            yield from commands(below)


def _of_help() -> Iterator[str]:
    for command in commands():
        assert isinstance(command, Spoken), command.name
        texts = [_english(command, name) for name in ("help", "options_metavar", "subcommand_metavar")]
        for param in [*command.params, command.get_help_option(click.Context(command))]:
            assert isinstance(param, Option | Argument), (command.name, param)
            texts += [_english(param, "help"), _english(param, "metavar")]
        for text in texts:
            yield from paragraphs(text)


def _english(holder: object, name: str) -> str:
    return getattr(holder, f"_{name}_in_english", None) or ""


def _called(name: str) -> Iterator[str]:
    for call in _calls(name):
        first = call.args[0]
        if isinstance(first, ast.Constant):
            yield str(first.value)


def _counted() -> Iterator[tuple[str, str]]:
    for call in _calls("_n"):
        one, many = call.args[:PLURAL]
        assert isinstance(one, ast.Constant)
        assert isinstance(many, ast.Constant)
        yield str(one.value), str(many.value)


def _calls(name: str) -> Iterator[ast.Call]:
    for file in sorted((ROOT / "tadshin").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield node


def places(sentence: str) -> set[str]:
    """Return the places for values in a sentence."""
    return set(re.findall(r"\{[^}]*\}", sentence))
