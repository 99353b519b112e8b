"""Every code that can reach a person has a sentence, with the values that the code gives it, in both languages."""

import ast
import string
from pathlib import Path

import pytest

from services.wording.catalogue import messages
from services.wording.translations import translations

ROOT = Path(__file__).resolve().parents[1]
SAYING = {"PhenothequeError", "UnusableInput", "NotFound", "RefusedByRule", "Issue", "Reason", "say"}


def codes_in_source() -> dict[str, str]:
    """Code → first place that says it, for every code written out where it is said."""
    found: dict[str, str] = {}
    for room in ("domain", "models", "services", "views", "commands"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in SAYING and node.args:
                    for part in ast.walk(node.args[0]):
                        if isinstance(part, ast.Constant) and isinstance(part.value, str):
                            found.setdefault(part.value, f"{path.relative_to(ROOT)}:{node.lineno}")
    return found


def test_every_code_has_a_sentence():
    silent = {code: place for code, place in codes_in_source().items() if code not in messages()}
    assert silent == {}


def test_the_search_for_codes_finds_them():
    assert {"database_unsupported", "migration_unknown", "unknown_policy"} <= codes_in_source().keys()


@pytest.mark.parametrize("code", sorted(messages()))
def test_sentence_is_said_in_french_with_the_same_values(code):
    english = messages()[code]
    french = translations("fr").gettext(english)
    assert french != english, "no French sentence"
    assert fields(french) == fields(english)


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
