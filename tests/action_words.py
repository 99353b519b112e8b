"""Every action and kind of subject that the program writes into the audit trail, read from its source."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("services", "views", "commands", "jobs")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def written_words(keyword: str) -> tuple[dict[str, str], list[str]]:
    """Words given to `record_audit` as `keyword` with their first place, and the places where none can be read.

    A word handed on by a function is looked for where that function is called: in its module, else in all.
    """
    words: dict[str, str] = {}
    unread: list[str] = []
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}
    everything = ast.Module(body=list(trees.values()), type_ignores=[])  # type: ignore[arg-type]
    for path, tree in trees.items():
        for node, enclosing in _recordings(tree):
            place = f"{path.relative_to(ROOT)}:{node.lineno}"
            given = next((word.value for word in node.keywords if word.arg == keyword), None)
            found = [] if given is None else _read(given, enclosing, tree) or _read(given, enclosing, everything)
            if not found:
                unread.append(place)
            for word in found:
                words.setdefault(word, place)
    return words, unread


def _recordings(tree: ast.AST) -> Iterator[tuple[ast.Call, Function | None]]:
    inside = {
        id(call): function
        for function in ast.walk(tree)
        if isinstance(function, Function)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
    }
    yield from ((call, inside.get(id(call))) for call in _calls(tree).get("record_audit", ()))


def _read(node: ast.expr, enclosing: Function | None, tree: ast.AST) -> list[str]:
    return list(_texts(node, enclosing, tree))


def _texts(node: ast.expr, enclosing: Function | None, tree: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*_texts(node.body, enclosing, tree), *_texts(node.orelse, enclosing, tree))
    elif isinstance(node, ast.JoinedStr):
        yield from _joined(node, enclosing, tree)
    elif isinstance(node, ast.Name) and (text := _constants(tree).get(node.id)):
        yield text
    elif isinstance(node, ast.Name) and enclosing is not None:
        yield from _handed_on(node.id, enclosing, tree)


def _joined(node: ast.JoinedStr, enclosing: Function | None, tree: ast.AST) -> Iterator[str]:
    """A beginning written out and a word handed on: `f"reservation_{what}"`."""
    match node.values:
        case [ast.Constant(value=str(beginning)), ast.FormattedValue(value=ending)]:
            yield from (f"{beginning}{word}" for word in _texts(ending, enclosing, tree))


@cache
def _calls(tree: ast.AST) -> dict[str, list[ast.Call]]:
    """Every call by the last word of what it calls."""
    found: dict[str, list[ast.Call]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            found.setdefault(name, []).append(node)
    return found


@cache
def _constants(tree: ast.AST) -> dict[str, str]:
    """Texts that a module names at its top: `SUBJECT = "reservation"`."""
    return {
        node.targets[0].id: node.value.value
        for node in getattr(tree, "body", ())
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def _handed_on(name: str, function: Function, tree: ast.AST) -> Iterator[str]:
    places = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    for call in _calls(tree).get(function.name, ()):
        given = next((word.value for word in call.keywords if word.arg == name), None)
        if given is None and name in places and places.index(name) < len(call.args):
            given = call.args[places.index(name)]
        if given is not None:
            yield from _texts(given, None, tree)
