"""`make i18n`: put the sentences of the code that stand in no catalogue into messages.po, and name those left over.

The catalogues are one dictionary in several files, one for each area. Babel's own update knows one file only: it would
copy every sentence there. Here nothing that is written is touched; a new sentence is added without its translation, to
be given one and moved to the file of its area.
"""

import io
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = ROOT / "translations" / "fr" / "LC_MESSAGES"
NEW = "messages.po"
Sentence = str | tuple[str, ...]  # of a plural both forms


def sentences_of_code() -> dict[str, Sentence]:
    """Every sentence marked in the code and the templates, by its (singular) text."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found: dict[str, Sentence] = {}
    for _, _, message, _, _ in extract_from_dir(ROOT, methods, options):
        key = message if isinstance(message, str) else message[0]
        if not isinstance(found.get(key), tuple):  # a sentence that also has a plural is kept with it
            found[key] = message
    return found


def catalogued(folder: Path) -> dict[str, str]:
    """The name of the catalogue that each (singular) text stands in."""
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as file:
            found |= {one.id if isinstance(one.id, str) else one.id[0]: path.name for one in read_po(file) if one.id}
    return found


def add(sentences: Iterable[Sentence], path: Path) -> None:
    """Write sentences without their translation at the end of a catalogue, which is otherwise left as it is."""
    new = Catalog(locale="fr")
    for sentence in sentences:
        new.add(sentence)
    text = io.BytesIO()
    write_po(text, new, omit_header=True, sort_output=True)
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" + text.getvalue().decode().rstrip("\n") + "\n")


def update(code: Mapping[str, Sentence], folder: Path) -> tuple[list[str], list[str]]:
    """Add what is missing; returns the texts added, and those that no code says any more with their catalogue."""
    known = catalogued(folder)
    missing = sorted(code.keys() - known.keys())
    if missing:
        add((code[text] for text in missing), folder / NEW)
    return missing, [f"{known[text]}: {text}" for text in sorted(known.keys() - code.keys())]


def main() -> None:
    """Update the French catalogues, and say what a person has to do now."""
    missing, unused = update(sentences_of_code(), CATALOGUES)
    say = sys.stdout.write
    say("".join(f"to translate, in {NEW}: {text}\n" for text in missing))
    say("".join(f"no longer said, to be taken out of {line}\n" for line in unused))
    if not missing and not unused:
        say("Every sentence stands in a catalogue, and every catalogue holds only sentences of the code.\n")


if __name__ == "__main__":
    main()
