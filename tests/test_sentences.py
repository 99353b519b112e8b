"""Every code that can reach a person has a sentence; its French is tried beside the catalogue."""

import ast
from collections.abc import Iterator
from pathlib import Path

from services.wording.catalogue import messages

ROOT = Path(__file__).resolve().parents[1]
SAYING = {"PhenothequeError", "UnusableInput", "NotFound", "RefusedByRule", "Issue", "Reason", "say"}


def codes_in_source() -> dict[str, str]:
    """Code → first place that says it, for every code written out where it is said."""
    found: dict[str, str] = {}
    for room in ("domain", "models", "services", "views", "commands"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in SAYING and node.args:
                    for code in texts_of(node.args[0]):
                        found.setdefault(code, f"{path.relative_to(ROOT)}:{node.lineno}")
    return found


def texts_of(node: ast.expr) -> Iterator[str]:
    """The texts written out in an expression; of one put together from pieces, none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*texts_of(node.body), *texts_of(node.orelse))
    elif isinstance(node, ast.BoolOp):
        yield from (text for value in node.values for text in texts_of(value))


def test_every_code_has_a_sentence():
    silent = {code: place for code, place in codes_in_source().items() if code not in messages()}
    assert silent == {}


def test_the_search_for_codes_finds_them():
    assert {"database_unsupported", "migration_unknown", "unknown_policy"} <= codes_in_source().keys()
