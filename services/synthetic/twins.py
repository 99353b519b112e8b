"""Second records of invented donors, written as another site might have written them: the truth of a benchmark."""

from collections.abc import Mapping
from random import Random

from domain.suggestions import Person, words_of

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def as_person(row: Mapping[str, str], *, antigens: tuple[str, ...] = ()) -> Person:
    """What is compared of one row of an import file."""
    return Person(
        last_name=words_of(row["last_name"]),
        first_name=words_of(row["first_name"]),
        birth_date=row["birth_date"],
        sex=row["sex"],
        postcode=row["postcode"],
        phone="".join(mark for mark in row["phone"] if mark.isdigit()),
        email=row["email"],
        abo=row["abo"],
        rhd=row["rhd"],
        antigens=antigens,
    )


def second_record(row: Mapping[str, str], *, surnames: tuple[str, ...], rng: Random) -> dict[str, str]:
    """The same donor as another site wrote them: one to three faults of the usual kinds."""
    told = dict(row)
    for fault in rng.sample(FAULTS, k=rng.choice((1, 2, 2, 3))):
        fault(told, surnames, rng)
    return told


def _typo(text: str, rng: Random) -> str:
    if len(text) < 3:
        return text
    at = rng.randrange(1, len(text) - 1)
    kind = rng.randrange(3)
    if kind == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + (rng.choice(LETTERS) if kind == 1 else "") + text[at + 1 :]


def _last_typo(told: dict[str, str], _: tuple[str, ...], rng: Random) -> None:
    told["last_name"] = _typo(told["last_name"], rng)


def _first_typo(told: dict[str, str], _: tuple[str, ...], rng: Random) -> None:
    told["first_name"] = _typo(told["first_name"], rng)


def _initial(told: dict[str, str], _: tuple[str, ...], __: Random) -> None:
    told["first_name"] = told["first_name"][:1] + "."


def _names_swapped(told: dict[str, str], _: tuple[str, ...], __: Random) -> None:
    told["last_name"], told["first_name"] = told["first_name"], told["last_name"]


def _married(told: dict[str, str], surnames: tuple[str, ...], rng: Random) -> None:
    other = rng.choice(surnames)
    told["last_name"] = other if rng.random() < 0.5 else f"{told['last_name']}-{other}"


def _day_for_month(told: dict[str, str], _: tuple[str, ...], rng: Random) -> None:
    year, month, day = told["birth_date"].split("-")
    if int(day) <= 12:
        told["birth_date"] = f"{year}-{day}-{month}"
    else:
        told["birth_date"] = f"{year}-{month}-{rng.randrange(1, 29):02d}"


def _placeholder(told: dict[str, str], _: tuple[str, ...], __: Random) -> None:
    told["birth_date"] = told["birth_date"][:4] + "-01-01"


def _no_phone(told: dict[str, str], _: tuple[str, ...], __: Random) -> None:
    told["phone"] = ""


def _no_email(told: dict[str, str], _: tuple[str, ...], __: Random) -> None:
    told["email"] = ""


def _new_contact(told: dict[str, str], _: tuple[str, ...], rng: Random) -> None:
    told["phone"] = f"063998{rng.randrange(10_000):04d}"
    told["email"] = f"other{rng.randrange(10**9)}@example.org"


def _moved(told: dict[str, str], _: tuple[str, ...], rng: Random) -> None:
    told["postcode"] = f"{rng.randrange(1, 96):02d}{rng.randrange(1000):03d}"


FAULTS = (
    _last_typo, _first_typo, _initial, _names_swapped, _married, _day_for_month, _placeholder, _no_phone, _no_email,
    _new_contact, _moved,
)  # fmt: skip
