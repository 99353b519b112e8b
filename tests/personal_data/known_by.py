"""The people of the tests of personal data, and every text by which each could be known."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.accounts.permissions import Permission
from tests.small_registry import DONORS, IDENTITY

P = Permission
PATIENTS_FILE = "quoxfile.csv"
NUMBER = "QUOXPATIENT-1"
RESERVED, CONFIRMED, OTHER, NEW, ERASED = "PT0001", "PT0002", "PT0004", "QX0015", "PT0014"
INVITED, GONE = "Quoxinvited", "Quoxgone"  # notes about an invited donor, and about one erased afterwards
CALLED, ASKED, WISHED, RESERVED_FOR = "Quoxcalled", "Quoxcontact", "Quoxwished", "Quoxreservedfor"
CARED = "Quoxcared"
JUDGED, MERGED, UNDONE = "Quoxjudged", "Quoxmerged", "Quoxundone"  # why two records are, or are not, one person
COLLEAGUE, ADDRESS = "colleague", "quoxcolleague@nowhere.example"
AUNT, REPORT = "Quoxaunt", "Quoxreport"  # what relatives call a member of a family, and how a result is known


@dataclass(frozen=True)
class Secret:
    """A text by which somebody is known, and the permissions of which all of one set let a person read it."""

    what: str
    text: str
    ways: tuple[frozenset[Permission], ...]
    donor: str = ""

    def readable(self, permissions: frozenset[Permission]) -> bool:
        return any(way <= permissions for way in self.ways)


def way(*permissions: Permission) -> tuple[frozenset[Permission], ...]:
    return (frozenset(permissions),)


def person_of(number: str) -> dict[str, str]:
    """Who the donor of a number is: plain letters, so that no way of writing a text hides it, and nobody else's."""
    place = int(number[2:])
    mark = "".join("abcdefghij"[int(digit)] for digit in f"{place:02}")
    return {
        "last_name": f"Quoxlast{mark}",
        "first_name": f"Quoxfirst{mark}",
        "birth_date": date(1969 + place, 3, 10 + place).isoformat(),
        "postcode": f"Qx{mark}975",
        "phone": f"06 99 00 41 {place:02}",
        "email": f"quox.{mark}@nowhere.example",
    }


def ways_of_writing(name: str, text: str) -> list[str]:
    if name == "birth_date":
        day = date.fromisoformat(text)
        return [text, *(f"{day:{form}}" for form in ("%d/%m/%Y", "%d.%m.%Y", "%Y%m%d")),
                *(f"{day.day} {month} {day.year}" for month in ("Mar", "March", "mars"))]  # fmt: skip
    digits = text.replace(" ", "")
    return [text, digits, f"33{digits[1:]}", f"33 {text[1:]}"] if name == "phone" else [text]


def secrets_of_donors() -> Iterator[Secret]:
    for number in (*(one.number for one in DONORS), NEW):
        gone = number == ERASED
        for name, text in person_of(number).items():
            for one in ways_of_writing(name, text):
                yield Secret("erased donor", one, ()) if gone else Secret(name, one, way(P.SEE_IDENTITY), number)


MISPLACED = {"person as headings": "Quoxheading", "name under another heading": "Quoxshifted"}
IN_FILES = {"row of a file": ("Quoxrow", "Quoxmisplaced"), "raw text of a file": ("Quoxday",)}
OF_PATIENTS = {
    "birth date": ("1959-08-23", "23/08/1959", "23 Aug 1959"),
    "diagnosis": ("Quoxdiagnosis",),
    "request": (ASKED, WISHED),
    "reservation's note": (RESERVED_FOR,),
    "raw text": ("Quoxbirth",),
}
SECRETS = (
    *secrets_of_donors(),
    *(Secret("what an identity was before", text, ()) for text in (IDENTITY["last_name"], IDENTITY["email"])),
    *(Secret("what was encrypted or hashed", text, ()) for text in ("gAAAAAB", "$argon2")),
    Secret("call's note", CALLED, way(P.SEE_IDENTITY, P.CALL_DONORS)),
    Secret("invitation's note", INVITED, way(P.SEE_IDENTITY, P.RUN_CAMPAIGNS)),
    Secret("erased donor", GONE, ()),
    *(Secret("relative's name", text, way(P.SEE_IDENTITY, P.SEE_FAMILIES)) for text in (AUNT, REPORT)),
    *(Secret(what, text, way(P.SEE_IDENTITY)) for what, texts in IN_FILES.items() for text in texts),
    *(
        Secret("judgement of a pair", text, way(P.SEE_IDENTITY, P.RESOLVE_DUPLICATES))
        for text in (JUDGED, MERGED, UNDONE)
    ),
    Secret("colleague's address", ADDRESS, way(P.ADMINISTER)),
    Secret("rare donor's care", CARED, way(P.RUN_CAMPAIGNS)),
    Secret("deferral's reason", "Quoxdeferred", way(P.SEE_DONORS)),
    *(Secret(what, text, way(P.SEE_IDENTITY)) for what, text in MISPLACED.items()),
    Secret("patient's number", NUMBER, (*way(P.SEE_PATIENTS), *way(P.SEE_AUDIT))),
    Secret("patient's file", PATIENTS_FILE, way(P.SEE_PATIENTS)),
    *(Secret(f"patient's {what}", text, way(P.SEE_PATIENTS)) for what, texts in OF_PATIENTS.items() for text in texts),
)
SOUGHT = tuple(one.text.casefold() for one in SECRETS)
PERSON = frozenset({"last_name", "first_name", "birth_date", "postcode", "phone", "email"})
OF_IDENTITY = PERSON | IN_FILES.keys()  # each look at one of these is in the trail
