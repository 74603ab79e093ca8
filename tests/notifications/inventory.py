"""Every code that the program can say, found in the program itself, so that none stays without words."""

import ast
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

from models.rules.dossier import Quorum
from models.rules.evidence import EVIDENCE
from models.rules.gates import GATES
from models.rules.kinds import KINDS
from models.rules.milestones import TEMPLATES
from models.rules.obstacles import NAMELESS, OBSTACLES, UNLISTED
from models.rules.partners import PARTNER_TYPES
from models.rules.people import DUTIES
from models.rules.terms import DEFAULTS
from models.settings import ANY_OTHER, REASONS, ROOT
from models.troubles import OF_CONNECTING, OF_POSTGRESQL, OF_SQLITE, SERVER_AWAY, STORE_ERROR
from reconcile.explain import LEVELS

FOLDERS = ("models", "intake", "reports", "notifications", "tasks", "flows", "deployments", "tadshin")
ANSWERS = ("moved", "already_moved", "already_there")
"""What a move can be answered with that is not an error."""

REFUSING = (*FOLDERS, "reconcile")
"""Where errors may come from; what else matching finds, the terminal puts into words of its own."""

BUILT: dict[str, tuple[str, ...]] = {
    "column": (
        *("amount", "answer", "change", "control", "criterion", "limit", "lines", "next_step", "owner"),
        *("project", "reference", "rule", "severity", "since", "verdict", "what", "why"),
    ),
    "digest": ("left", "suggested"),
    "field": ("project_code", "mad_per_unit"),
    "finding": (
        *("partner-missing", "partner-name", "partner-swap", "name", "place", "stage", "sector"),
        *("operator", "count", "total", "layout", "spelling"),
    ),
    "lack": ("extra_works_over", "mass_increase_over", "mass_decrease_over"),
    "line": ("suggested",),
    "list": ("and", "or"),
    "reason": (
        *("formula", "merged_cells", "cell_error", "unknown_province"),
        *("over_contract", "over_retention_cap", "over_advance_agreed", "over_advance"),
        "over_retention_held",
        *("profile_no_pattern", "profile_unknown_column", "profile_columns_missing", "mixed_encodings"),
    ),
    "note": ("decimal_in_doubt", "dates_in_doubt", "currency_in_doubt", "taken_for_ledger"),
    "run": ("moved", "refused", "conflict", "not_allowed", "waiting"),
    "step": (
        *("loading", "starting_postgres", "starting_prefect", "starting_schedules", "stopping"),
        "waiting_for_dispatcher",
    ),
    "verdict": ("met", "missing", "waived"),
}
"""Codes that the program puts together, by family: where the second half comes from data or a choice."""


DATABASES = (OF_SQLITE, OF_POSTGRESQL, OF_CONNECTING)


@cache
def all_codes() -> frozenset[str]:
    """Return every code that must have a sentence in each language."""
    found = {f"{family}.{name}" for family, name in _pairs()}
    return frozenset(found | _said_outright())


def _pairs() -> Iterator[tuple[str, str]]:
    for criterion in (criterion for gate in GATES.values() for criterion in gate):
        yield from (("criterion", criterion.code), ("settle", criterion.code))
    yield from (("evidence", code) for code in EVIDENCE)
    yield from (("kind", code) for code in KINDS)
    yield from (("partner_type", code) for code in PARTNER_TYPES)
    yield from (("contract_term", code) for code in DEFAULTS)
    yield from ((f"evidence_{name}", level) for name, levels in LEVELS.items() for level in levels)
    yield from (("milestone", step.code) for steps in TEMPLATES.values() for step in steps)
    yield from (("hand", field.name) for field in fields(Quorum))
    yield from (("duty", duty) for duty in DUTIES)
    yield from (("reason", code) for code in (*REASONS.values(), ANY_OTHER))
    yield from (("problem", code) for table in DATABASES for code in table.values())
    yield from (
        ("problem", code) for code in (*OBSTACLES.values(), NAMELESS, UNLISTED, SERVER_AWAY, STORE_ERROR)
    )
    yield from (("answer", code) for code in (*ANSWERS, *_errors()))
    yield from ((family, name) for family, names in BUILT.items() for name in names)
    yield from _members()
    yield from _flowing_in()
    yield from _typed_arguments()


@cache
def _trees(folders: tuple[str, ...] = FOLDERS) -> dict[Path, ast.Module]:
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    return {file: ast.parse(file.read_text(encoding="utf-8")) for file in files}


def _classes(folders: tuple[str, ...] = FOLDERS) -> Iterator[ast.ClassDef]:
    for tree in _trees(folders).values():
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


@cache
def _errors() -> set[str]:
    """Return the codes of CentreError and its heirs; the terminal's own speak for themselves."""
    heirs, own = {"CentreError"}, "TerminalError"
    classes = list(_classes(REFUSING))
    for _ in classes:  # each round finds at least the next generation
        found = {c.name for c in classes if heirs & {ast.unparse(base) for base in c.bases}} - {own}
        if found <= heirs:
            break
        heirs |= found
    return {code for node in classes if node.name in heirs for code in _values(node, "code")}


_SPOKEN_ELSEWHERE = {"State"}
"""Choices of the terminal, which has its own sentences."""


def _members() -> Iterator[tuple[str, str]]:
    for node in _classes():
        if node.name not in _SPOKEN_ELSEWHERE and "StrEnum" in {ast.unparse(base) for base in node.bases}:
            name = "".join(f"_{c.lower()}" if c.isupper() else c for c in node.name).lstrip("_")
            for member in _values(node):
                yield name.removesuffix("_state"), member


def _values(node: ast.ClassDef, only: str | None = None) -> Iterator[str]:
    """Yield the texts that a class gives to its names, or to one of them."""
    for statement in node.body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        if isinstance(statement, ast.AnnAssign):
            target = statement.target
        value = getattr(statement, "value", None)
        if isinstance(target, ast.Name) and only in (None, target.id):
            yield from _texts(value)


def _texts(node: ast.AST | None) -> Iterator[str]:
    """Yield a text, the texts of a tuple, or both branches of a choice."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Tuple(elts=parts):
            for part in parts:
                yield from _texts(part)
        case ast.IfExp(body=first, orelse=second):
            yield from (*_texts(first), *_texts(second))


_SINKS: dict[tuple[str, str | int], str] = {
    ("BadValue", "reason"): "reason",
    ("BadValue", "field"): "field",
    ("BadProfile", "reason"): "reason",
    ("StatementUnsafe", "problem"): "problem",
    ("_Unsafe", 0): "problem",
    ("StatementNote", 0): "note",
    ("UnknownKey", "noun"): "noun",
    ("trail.record", "kind"): "trail",
    ("trail.record_each", "kind"): "trail",
    ("Noted", 2): "trail",
    ("WorkbookOversized", "reason"): "oversize",
    ("WorkbookDamaged", "problem"): "problem",
    ("EvidenceDamaged", "problem"): "problem",
    ("Problem", 2): "reason",
    ("problem_of", 3): "reason",
    ("FileProblem", 1): "problem",
    ("FileUnreadable", "problem"): "problem",
    ("SettingsUnreadable", "problem"): "problem",
    ("Note", 0): "note",
    ("Break", 1): "break",
    ("lack", 0): "lack",
}
"""Where a text becomes a code: the call, and its keyword or position."""

_GENERATIONS = 4


def _flowing_in() -> set[tuple[str, str]]:
    """Return what flows into the sinks, through the parameters and names that carry it there."""
    sinks, found = dict(_SINKS), set[tuple[str, str]]()
    for _ in range(_GENERATIONS):
        for file, tree in _trees().items():
            for family, value in _arguments(tree, sinks, file):
                found |= {(family, text) for text in _texts(value)}
            for function in _functions(tree):
                for family, name in _carried(function, sinks, file):
                    found |= {(family, text) for text in _given_to(name, tree, function)}
                    sinks |= dict.fromkeys(_ways_in(name, function, file), family)
    return found


def _carried(
    function: ast.FunctionDef, sinks: dict[tuple[str, str | int], str], file: Path
) -> Iterator[tuple[str, str]]:
    for family, value in _arguments(function, sinks, file):
        carrier = value.value if isinstance(value, ast.Subscript) else value
        if isinstance(carrier, ast.Name):
            yield family, carrier.id


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _arguments(
    scope: ast.AST, sinks: dict[tuple[str, str | int], str], file: Path
) -> Iterator[tuple[str, ast.expr]]:
    for call in (node for node in ast.walk(scope) if isinstance(node, ast.Call)):
        whole = ast.unparse(call.func)
        given: list[tuple[str | int, ast.expr]] = [*enumerate(call.args)]
        given += [(keyword.arg or "", keyword.value) for keyword in call.keywords]
        for name in (whole, _known_as(whole.rpartition(".")[2], file)):
            yield from ((sinks[name, place], value) for place, value in given if (name, place) in sinks)


def _known_as(name: str, file: Path) -> str:
    """Return a function's name, which means one thing only in its file when it is private."""
    return f"{file}:{name}" if name.startswith("_") else name


def _given_to(name: str, tree: ast.Module, function: ast.FunctionDef) -> Iterator[str]:
    """Yield the texts that a name is given: in its function, or else in its file."""
    if name in _parameters(function):
        return
    for node in (*ast.walk(function), *tree.body):
        targets = [getattr(node, "target", None), *getattr(node, "targets", [])]
        if any(name in _names(target) for target in targets if target is not None):
            value = getattr(node, "iter", None) or getattr(node, "value", None)
            parts = value.values if isinstance(value, ast.Dict) else [value] if value else []
            yield from (text for part in parts for inner in ast.walk(part) for text in _texts(inner))


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _ways_in(name: str, function: ast.FunctionDef, file: Path) -> Iterator[tuple[str, str | int]]:
    """Yield the places through which a caller gives a function what ends in a sink."""
    if name in _parameters(function):
        ordered = [argument.arg for argument in function.args.args if argument.arg != "self"]
        called = _known_as(function.name, file)
        yield called, name
        yield from ((called, place) for place, other in enumerate(ordered) if other == name)


def _parameters(function: ast.FunctionDef) -> set[str]:
    return {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)}


def _typed_arguments() -> Iterator[tuple[str, str]]:
    """Yield the terminal's arguments whose text can be refused when it is read."""
    for tree in _trees().values():
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id="option" | "argument"), args=names, keywords=keywords):
                    kind = next((ast.unparse(k.value) for k in keywords if k.arg == "type"), "")
                    texts = [text for name in names for text in _texts(name)]
                    if kind.startswith(("Day(", "Amount(", "Hundredths(", "Whole(")):
                        yield "field", texts[-1].lstrip("-").replace("-", "_")
                case ast.Call(func=ast.Name(id="OneOf" | "Coded"), args=[_, noun], keywords=[]):
                    yield from ((family, text) for text in _texts(noun) for family in ("field", "noun"))


def _said_outright() -> set[str]:
    """Return the codes that are written out in full where they are said."""
    found = set()
    for tree in _trees().values():
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id="say" | "told" | "_compose" | "_find"), args=[first, *_]):
                    found |= {text for text in _texts(first) if "." in text}
                case ast.Call(func=ast.Name(id="named"), args=[first, second]):
                    found |= {f"{a}.{b}" for a in _texts(first) for b in _texts(second)}
    return found


def raised() -> Iterator[tuple[str, str | None, frozenset[str]]]:
    """Yield, for each place that raises an error, its code, its reason if any, its details' names."""
    codes = {node.name: next(iter(_values(node, "code")), "") for node in _classes()}
    for tree in _trees().values():
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id=name), keywords=keywords) if codes.get(name) in _errors():
                    given = {keyword.arg: keyword.value for keyword in keywords}
                    reason = next(_texts(given.get("reason")), None) if name == "BadValue" else None
                    if None not in given:  # such as BadValue(**details), which was raised once before
                        yield codes[name], reason, frozenset(str(name) for name in given)
                case ast.Call(func=ast.Name(id="Problem"), args=[_, _, reason, *rest]):
                    details = [part for part in rest if isinstance(part, ast.Dict)]
                    names = {text for part in details for key in part.keys for text in _texts(key)}
                    for code in _texts(reason) if len(details) == len(rest[1:]) else ():
                        yield "bad_value", code, frozenset({"value", "field", *names})
