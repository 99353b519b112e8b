"""Every action and kind of subject that the program writes into the audit trail, read from its source."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("services", "views", "commands", "jobs")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def written_words(keyword: str) -> tuple[dict[str, str], dict[str, str]]:
    """Words given to `record_audit` as `keyword`, and expressions that no reading tells the word of, with a place.

    A word handed on by a function is looked for wherever that function is called: of a private one in its module.
    """
    words: dict[str, str] = {}
    unread: dict[str, str] = {}
    for path, tree in _trees().items():
        for call in _calls(tree).get("record_audit", ()):
            given = next((word.value for word in call.keywords if word.arg == keyword), ast.Constant(None))
            for word, known in _texts(given, call, tree):
                (words if known else unread).setdefault(word, f"{path.relative_to(ROOT)}:{call.lineno}")
    return words, unread


@cache
def _trees() -> dict[Path, ast.Module]:
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def _texts(node: ast.expr, call: ast.Call, tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """The words that an argument of a call may be, each with True; with False an expression that cannot be read."""
    function = _enclosing(tree).get(id(call))
    match node:
        case ast.Constant(value=str(word)):
            yield word, True
        case ast.IfExp():
            yield from (*_texts(node.body, call, tree), *_texts(node.orelse, call, tree))
        case ast.JoinedStr(values=[ast.Constant(value=str(beginning)), ast.FormattedValue(value=ending)]):
            yield from ((f"{beginning}{word}", known) for word, known in _texts(ending, call, tree))
        case ast.Name(id=name) if value := _assigned(name, function) or _assigned(name, tree):
            yield from _texts(value, call, tree)
        case ast.Name(id=name) if function and name in _parameters(function):
            yield from _handed_on(name, function, tree)
        case _:
            yield ast.unparse(node), False


def _handed_on(name: str, function: Function, tree: ast.Module) -> Iterator[tuple[str, bool]]:
    places = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    for other in [tree] if function.name.startswith("_") else _trees().values():
        for call in _calls(other).get(function.name, ()):
            given = next((word.value for word in call.keywords if word.arg == name), None)
            if given is None and name in places and places.index(name) < len(call.args):
                given = call.args[places.index(name)]
            if given is not None:
                yield from _texts(given, call, other)


def _parameters(function: Function) -> set[str]:
    return {one.arg for one in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}


def _assigned(name: str, scope: Function | ast.Module | None) -> ast.expr | None:
    """What a name stands for, where it is given a value at the top of a function or module."""
    for node in scope.body if scope else ():
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            return node.value
    return None


@cache
def _calls(tree: ast.Module) -> dict[str, list[ast.Call]]:
    """Every call by the last word of what it calls."""
    found: dict[str, list[ast.Call]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            found.setdefault(name, []).append(node)
    return found


@cache
def _enclosing(tree: ast.Module) -> dict[int, Function]:
    """The innermost function around each call, by the call's identity."""
    return {
        id(call): function
        for function in ast.walk(tree)
        if isinstance(function, Function)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
    }
