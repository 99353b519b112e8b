"""The house rules a parser can see: directions of imports, forbidden libraries, sizes."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MOST_MODULE_LINES, MOST_FUNCTION_LINES, MOST_VIEW_LINES = 300, 40, 15
TOP = ("app", "config", "instance_folder", "logs")
# A room may import itself and the rooms named here; a top-level module is named as such.
MAY_IMPORT = {
    "domain": set(),
    "models": {"domain"},
    "services": {"models", "domain"},
    "views": {"services", "models", "domain", "config"},
    "commands": {"services", "models", "domain", "config", "jobs"},  # `flask jobs run`
    "jobs": {"services", "models", "domain", "config", "logs", "instance_folder"},
    "config": {"instance_folder", "models"},  # of models a type, for the checker alone
    "instance_folder": {"models"},
    "logs": set(),
    "app": {"commands", "views", "services", "models", "domain", "config", "logs", "instance_folder"},
}
ROOMS = set(MAY_IMPORT)
# Libraries that live in few rooms; every other outside library is free outside domain.
WEB = {"flask", "flask_wtf", "flask_babel", "wtforms", "werkzeug", "secure", "gunicorn"}
LIVES_IN = {
    **{library: {"app", "views", "commands"} for library in WEB},
    "apscheduler": {"jobs"},
    "click": {"commands", "instance_folder", "app"},
    "rich": {"commands"},
    "pydantic_settings": {"config"},
}
# Domain is the standard library, but for the pure libraries that three of its files are about.
DOMAIN_MAY = {
    "networkx": {"allocation", "kinship"},
    "rapidfuzz": {"suggestions"},
    "scipy": {"recruitment"},
}
# Standard library that reads a file, a socket, a clock or a log: not for domain.
DOMAIN_NEVER = {"os", "io", "pathlib", "socket", "sqlite3", "logging", "subprocess", "time", "random", "tempfile"}


def sources() -> list[Path]:
    """Every Python file of the rooms, and the top-level modules."""
    rooms = [path for room in sorted(ROOMS) for path in sorted((ROOT / room).rglob("*.py"))]
    return rooms + [ROOT / f"{name}.py" for name in TOP]


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")


def faults_of_imports(room: str, stem: str, tree: ast.AST) -> list[str]:
    """What this module imports and may not."""
    faults = []
    for line, name in imports(tree):
        top = name.split(".")[0]
        if name.startswith("."):
            faults.append(f"{line}: relative import; write the room's name")
        elif top in ROOMS and top != room and top not in MAY_IMPORT[room]:
            faults.append(f"{line}: {room} may not import {name}")
        elif top in LIVES_IN and room not in LIVES_IN[top]:
            faults.append(f"{line}: {top} lives in {', '.join(sorted(LIVES_IN[top]))} only")
        elif room == "domain" and top != "domain" and not domain_may(top, stem):
            faults.append(f"{line}: domain is pure, {name} is not for it")
    return faults


def domain_may(top: str, stem: str) -> bool:
    if top in DOMAIN_MAY:
        return stem in DOMAIN_MAY[top]
    return top in sys.stdlib_module_names and top not in DOMAIN_NEVER


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def is_view(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    called = [d.func for d in function.decorator_list if isinstance(d, ast.Call)]
    return any(isinstance(f, ast.Attribute) and f.attr in {"route", "get", "post", "put"} for f in called)


def faults_of_size(room: str, text: str, tree: ast.AST) -> list[str]:
    """Modules and functions that grew past the house's numbers."""
    faults = []
    if (lines := len(text.splitlines())) > MOST_MODULE_LINES:
        faults.append(f"1: {lines} lines; a module has at most {MOST_MODULE_LINES}")
    for function in functions(tree):
        most = MOST_VIEW_LINES if room == "views" and is_view(function) else MOST_FUNCTION_LINES
        if (length := function.end_lineno - function.lineno + 1) > most:
            faults.append(f"{function.lineno}: {function.name} has {length} lines, at most {most}")
    return faults


def faults_inside_functions(tree: ast.AST) -> list[str]:
    """Imports of our own rooms hidden in a function."""
    return [
        f"{line}: {name} imported inside {function.name}"
        for function in functions(tree)
        for line, name in imports(function)
        if name.split(".")[0] in ROOMS
    ]


def has_logic(tree: ast.Module) -> bool:
    """Whether an __init__.py holds more than a docstring, imports and the list of what it offers."""
    return any(
        not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        and not isinstance(node, ast.Import | ast.ImportFrom)
        and not (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__")
        for node in tree.body
    )


def faults_of_clocks(room: str, tree: ast.AST) -> list[str]:
    """Readings of the clock outside the edges: there, time is an argument."""
    if room not in {"domain", "models", "services"}:
        return []
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [
        f"{call.lineno}: {ast.unparse(call)} reads the clock; take it as an argument"
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"now", "today", "utcnow"}
    ]


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_module_keeps_the_house_rules(path):
    room, text = room_of(path), path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    faults = faults_of_imports(room, path.stem, tree)
    faults += faults_of_size(room, text, tree)
    faults += faults_inside_functions(tree) + faults_of_clocks(room, tree)
    if path.name == "__init__.py" and has_logic(tree):
        faults.append("1: logic in __init__.py")
    if path.stem in {"utils", "helpers"}:
        faults.append("1: a module is named after what it knows")
    if room == "models" and any(name == "__future__" for _, name in imports(tree)):
        faults.append("1: __future__ annotations break SQLModel's relationships")
    assert not faults, "\n".join(f"{path.relative_to(ROOT)}:{fault}" for fault in faults)


def test_every_room_has_files():
    """The rooms the rules speak of are there: a renamed one would otherwise pass unseen."""
    rooms = {room_of(path) for path in sources()}
    assert {"domain", "models", "services", "views", "commands", "app", "config"} <= rooms


@pytest.mark.parametrize(
    ("room", "stem", "source"),
    [
        ("domain", "profile", "import numpy"),
        ("domain", "profile", "import models.donor"),
        ("domain", "ranking", "from pathlib import Path"),
        ("domain", "ranking", "import networkx"),
        ("models", "donor", "from services import donors"),
        ("services", "searches", "import flask"),
        ("services", "searches", "from apscheduler.triggers import cron"),
        ("services", "searches", "from config import Settings"),
        ("views", "workbench", "from commands.common import runtime"),
        ("jobs", "runner", "from flask import current_app"),
        ("services", "donors", "from . import imports"),
    ],
)
def test_a_wrong_import_is_seen(room, stem, source):
    assert faults_of_imports(room, stem, ast.parse(source))


@pytest.mark.parametrize(
    ("room", "stem", "source"),
    [
        ("domain", "allocation", "import networkx"),
        ("domain", "ranking", "from datetime import date"),
        ("services", "searches", "from domain.errors import Issue"),
        ("commands", "search", "from commands.common import runtime"),
        ("models", "donor", "import sqlalchemy as sa"),
    ],
)
def test_a_right_import_passes(room, stem, source):
    assert faults_of_imports(room, stem, ast.parse(source)) == []


def test_a_reading_of_the_clock_is_seen_below_the_edges():
    tree = ast.parse("on = date.today()")
    assert faults_of_clocks("services", tree)
    assert not faults_of_clocks("views", tree)


def test_sizes_and_hidden_imports_are_seen():
    long = "def f():\n" + "    x = 1\n" * 40
    assert faults_of_size("services", long, ast.parse(long))
    view = "@page.get('/')\ndef f():\n" + "    x = 1\n" * 15
    assert faults_of_size("views", view, ast.parse(view))
    assert faults_inside_functions(ast.parse("def f():\n    from services import donors\n"))
