"""`make i18n` adds what no catalogue has, names what no code says, and touches nothing else."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from translations.update import CATALOGUES, ROOT, catalogued, sentences_of_code, update


@pytest.fixture
def copy(tmp_path):
    """The catalogues, to be changed."""
    return shutil.copytree(CATALOGUES, tmp_path / "catalogues")


@pytest.fixture(scope="module")
def code():
    return sentences_of_code()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_sentence_stands_in_one_catalogue_alone():
    """Of two translations the one read last would be said everywhere."""
    places: dict[str, list[str]] = {}
    for path in sorted(CATALOGUES.glob("*.po")):
        with path.open("rb") as file:
            for one in read_po(file):
                if one.id:
                    places.setdefault(one.id if isinstance(one.id, str) else one.id[0], []).append(path.name)
    assert {text: names for text, names in places.items() if len(names) > 1} == {}


def test_on_the_present_tree_it_changes_nothing(copy, code):
    assert update(code, copy) == ([], [])
    assert contents(copy) == contents(CATALOGUES)


def test_make_runs_it_and_it_says_that_nothing_is_to_do():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "-m translations.update" in makefile
    before = contents(CATALOGUES)
    done = subprocess.run(
        [sys.executable, "-m", "translations.update"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("Every sentence stands in a catalogue")
    assert contents(CATALOGUES) == before


def test_new_sentences_go_to_one_file_untranslated_and_the_others_stay(copy, code):
    plural = ("%(n)s new thing", "%(n)s new things")
    new = {"A “new” sentence\nof two lines": "A “new” sentence\nof two lines", plural[0]: plural}
    before = contents(copy)
    assert update(code | new, copy) == (sorted(new), [])
    after = contents(copy)
    assert after.pop("messages.po").startswith(before.pop("messages.po"))
    assert after == before
    with (copy / "messages.po").open("rb") as file:
        found = {entry.id: entry.string for entry in read_po(file, locale="fr")}
    assert (found["A “new” sentence\nof two lines"], found[plural]) == ("", ("", ""))
    assert update(code | new, copy) == ([], [])


def test_a_sentence_that_nobody_says_is_named_with_its_catalogue_and_left_there(copy, code):
    text, name = next(iter(catalogued(copy).items()))
    before = contents(copy)
    assert update({one: code[one] for one in code.keys() - {text}}, copy) == ([], [f"{name}: {text}"])
    assert contents(copy) == before
