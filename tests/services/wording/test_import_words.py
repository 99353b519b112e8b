"""Every issue an import can tell has a few words of its own, and so has every column, in both languages."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from services.uploads.kinds import FORMS
from services.wording.catalogue import messages, sentence

ROOT = Path(__file__).resolve().parents[3]
# Where the importers make issues, and the readers of a typed text whose issues they pass on.
SOURCES = (
    *sorted((ROOT / "services" / "imports").glob("*.py")),
    *(
        ROOT / "domain" / f"{name}.py"
        for name in ("typing_text", "allele_code", "gl_string", "release", "phenotype", "hpa", "cd36")
    ),
)
WHOLE_FILE = ("UnusableInput", "NotFound", "RefusedByRule", "FieldFault")
HEADING = "issue_heading."
# A column of that name; an empty cell, of which nothing is said; what stops a whole file, named for its reader.
NOT_OF_FILES = {"status", "not_typed", "platelet_columns_missing"}
FROM_AN_ERROR = {
    "hpa_antigen_unreadable",
    "hpa_system_unknown",
    "low_expression_unknown",
    "low_expression_unreadable",
}  # of a specificity, turned into an issue of its row


def codes_an_importer_writes() -> set[str]:
    """Every code that stands in the sources of the imports, but for those that stop the whole file."""
    found = set(FROM_AN_ERROR)
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) in WHOLE_FILE]
        stopping = {id(argument) for call in calls for argument in call.args}
        found |= {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and id(node) not in stopping and isinstance(node.value, str)
        } & messages().keys()
    return found - NOT_OF_FILES


def test_every_issue_of_an_import_has_a_heading_in_words():
    codes = codes_an_importer_writes()
    assert {"key_repeated", "word_unknown", "consent_column_absent", "unknown_antigen", "donor_erased_row"} <= codes
    assert {code.removeprefix(HEADING) for code in messages() if code.startswith(HEADING)} == codes


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_no_two_issues_have_one_heading_and_each_is_short(locale):
    said = [sentence(code, {}, locale) for code in messages() if code.startswith(HEADING)]
    assert [text for text, times in Counter(said).items() if times > 1] == []
    assert [text for text in said if len(text) > 45] == []


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_every_column_of_a_file_has_words(locale):
    for form in FORMS.values():
        said = {name: sentence(f"import_column.{name}", {}, locale) for name in form.fields}
        assert [name for name, text in said.items() if text.startswith("import_column.")] == []
        assert len(set(said.values())) == len(said)
