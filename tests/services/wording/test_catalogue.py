"""A sentence for every code, filled as each language writes numbers and days; a French catalogue without holes."""

import io
import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from services.wording import catalogue
from services.wording.catalogue import messages, sentence
from services.wording.translations import translations
from translations.update import CATALOGUES as FOLDER
from translations.update import sentences_of_code

VOCABULARY = {
    "verdict": ("compatible", "possible", "unknown", "blocked"),
    "why": ("compatible", "possible", "unknown", "blocked"),
    "match": ("identical", "possibly_identical", "cross_reactive", "mismatched", "untyped", "null"),
    "reaction": ("negative", "positive", "undecided", "untested", "untyped"),
    "basis": ("own", "allele", "antigen", "group", "related", "eplet", "untested", "directive", "null"),
    "self": ("certain", "possible", "foreign"),
    "bead_state": ("own", "above", "undecided", "below", "removed"),
    "abo": ("identical", "minor", "major", "bidirectional", "unknown"),
    "abo_rule": ("none", "no-major", "identical"),
    "cd36": ("positive", "negative", "untested"),
    "severity": ("error", "warning", "info"),
}


CATALOGUES = sorted(FOLDER.glob("*.po"))


def entries(path: Path) -> dict[str, Message]:
    with path.open("rb") as file:
        return {e.id if isinstance(e.id, str) else e.id[0]: e for e in read_po(file, locale="fr") if e.id}


@pytest.fixture(scope="module")
def french():
    return {text: entry for path in CATALOGUES for text, entry in entries(path).items()}


def test_no_sentence_stands_in_two_catalogues():
    said = Counter(text for path in CATALOGUES for text in entries(path))
    assert [text for text, times in said.items() if times > 1] == []


def test_every_sentence_of_code_and_templates_is_said_in_french(french):
    missing = [text for text in sentences_of_code() if text not in french]
    assert sorted(missing) == []


def test_no_french_sentence_is_empty_fuzzy_or_forgotten(french):
    assert [text for text, entry in french.items() if entry.fuzzy] == []
    assert [
        text for text, e in french.items() if not (all(e.string) if isinstance(e.string, tuple) else e.string)
    ] == []
    assert sorted(french.keys() - sentences_of_code().keys()) == []


def test_a_french_sentence_keeps_the_places_of_its_values(french):
    places = re.compile(r"%\(\w+\)s|\{\w+\}")
    for text, entry in french.items():
        strings = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        for string in strings:
            assert sorted(set(places.findall(string))) == sorted(set(places.findall(text))), text


def test_a_french_sentence_has_a_space_before_its_high_punctuation(french):
    for entry in french.values():
        strings = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        for string in strings:
            assert not re.search(r"[^\W\d_}][;!?](?=\s|$)", string.replace("MATCH IT!", "")), string
            assert not re.search(r"[^\W\d_}]:(?=\s|$)", string), string
            assert "'" not in string, string


@pytest.mark.parametrize("code", [f"{area}.{word}" for area, words in VOCABULARY.items() for word in words])
def test_every_word_a_page_may_need_is_there(code):
    assert code in messages()


def test_every_flag_has_a_sentence_and_a_short_name():
    short = {code.removeprefix("flag.") for code in messages() if code.startswith("flag.")}
    assert short <= messages().keys()
    assert {"trali_screen", "tagvhd_risk", "strong_possible", "c_antibody", "rhd_positive_donor"} <= short


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en", "Deferred from 1 Dec 2026 to 3 Jan 2027, both days included."),
        ("fr", "Ajourné du 01/12/2026 au 03/01/2027, ces deux jours compris."),
    ],
)
def test_days_are_written_as_the_language_does(locale, said):
    assert sentence("deferral", {"from_on": "2026-12-01", "until_on": "2027-01-03"}, locale) == said


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en", "1,000,000 MFI is no usable threshold: it goes from 1 to 100,000."),
        ("fr", "1\u202f000\u202f000 MFI n’est pas un seuil utilisable\u00a0: il va de 1 à 100\u202f000."),
    ],
)
def test_numbers_are_grouped_as_the_language_does(locale, said):
    assert sentence("threshold_out_of_range", {"threshold": 10**6, "least": 1, "most": 100_000}, locale) == said


def test_a_value_is_put_in_as_it_is():
    """French spaces belong to the sentence: what a person wrote is not touched."""
    said = sentence("threshold_not_a_number", {"threshold": "12 000 ; {x} % : ?"}, "fr")
    assert "12 000 ; {x} % : ?" in said


def test_text_that_only_looks_like_a_day_is_left_alone():
    assert "31/02/2026" in sentence("deferral", {"from_on": "31/02/2026", "until_on": "soon"}, "en")


def test_a_missing_value_stays_visible():
    assert sentence("unknown_patient", {}, "en") == "No patient has the number {patient}."


def test_a_code_without_a_sentence_is_still_quoted():
    assert sentence("no_such_code", {"x": 1}, "fr") == "no_such_code"


def test_one_code_in_two_areas_is_refused(monkeypatch):
    class Area:
        MESSAGES = {"same": "x"}  # noqa: RUF012

    monkeypatch.setattr(catalogue, "import_module", lambda name: Area)
    with pytest.raises(ValueError, match="sentence given twice: same"):
        catalogue.messages.__wrapped__()


def test_a_language_the_project_has_not_is_refused():
    with pytest.raises(ValueError, match="no such language"):
        translations("de")


def test_french_counts_zero_as_one():
    french = translations("fr")
    one, many = (
        french.ngettext("%(figure)s donor", "%(figure)s donors", 0),
        french.ngettext("%(figure)s donor", "%(figure)s donors", 2),
    )
    assert (one, many) == ("%(figure)s donneur", "%(figure)s donneurs")


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_catalogue_compiles_for_other_tools(path):
    with path.open("rb") as file:
        catalogue_read = read_po(file, locale="fr")
    write_mo(io.BytesIO(), catalogue_read)
    assert [errors for message, errors in catalogue_read.check()] == []
