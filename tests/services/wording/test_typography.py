"""French spaces: which one stands where, and what must be left whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.wording.typography import french_spaces

NARROW, HARD = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("Pourquoi pas ?", f"Pourquoi pas{NARROW}?"),
        ("Fini ! Vraiment ; oui", f"Fini{NARROW}! Vraiment{NARROW}; oui"),
        ("Seuil : 2 000 MFI", f"Seuil{HARD}: 2{NARROW}000 MFI"),
        ("1 000 000", f"1{NARROW}000{NARROW}000"),
        ("12,5 % des donneurs", f"12,5{NARROW}% des donneurs"),
        ("« flask db upgrade »", f"«{HARD}flask db upgrade{HARD}»"),
        ("«B44»", f"«{HARD}B44{HARD}»"),
        ("à %(mfi)s MFI", "à %(mfi)s MFI"),
        ("100 %% de %(total)s", f"100{NARROW}%% de %(total)s"),
        ("{donor} : {count}", f"{{donor}}{HARD}: {{count}}"),
    ],
)
def test_a_sentence_gets_its_spaces(written, printed):
    assert french_spaces(written) == printed


@pytest.mark.parametrize(
    "whole",
    ["A*02:01", "18:05", "https://example.org/?a=1;b=2", "B*57:01/B*57:03", "2026-11-22", "A203 B8", "3008386 3008385"],
)
def test_what_is_no_sentence_stays_whole(whole):
    assert french_spaces(whole) == whole


@given(st.text("aé1 :;!?%«»\u202f\u00a0", max_size=30))
def test_doing_it_twice_changes_nothing_more(text):
    once = french_spaces(text)
    assert french_spaces(once) == once


@given(st.text("aé1 :;!?%\u202f\u00a0", max_size=30))
def test_no_sign_is_lost_and_no_space_added(text):
    kinds = str.maketrans(dict.fromkeys("\u202f\u00a0", " "))
    assert french_spaces(text).translate(kinds) == text.translate(kinds)
