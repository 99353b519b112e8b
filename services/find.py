"""The search box of every page: patients by number, forgivingly; donors by exact number, or by name where one may."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from domain.errors import UnusableInput
from models.crypto import blind_index
from models.donor import Donor, DonorIdentity
from models.patient import Patient
from services.audit import record_audit

LONGEST_QUESTION = 100  # characters
MOST_CANDIDATES = 20_000  # patient numbers compared for likeness
MOST_SHOWN = 20
MOST_WORDS_OF_A_NAME = 6
LEAST_LIKENESS = 70  # of 100, rapidfuzz ratio


@dataclass(frozen=True, slots=True)
class Sought:
    """What the asking person may find."""

    patients: bool
    donors: bool
    names: bool


@dataclass(frozen=True, slots=True)
class Findings:
    """Numbers found, the likeliest patients first; `exact` where the one hit is what was asked for."""

    patients: tuple[str, ...] = ()
    donors: tuple[str, ...] = ()
    exact: bool = False

    @property
    def empty(self) -> bool:
        """Nothing was found."""
        return not self.patients and not self.donors


def clean_question(text: str) -> str:
    """The question without stray spaces. Raises UnusableInput where it is too long."""
    question = " ".join(text.split())
    if len(question) > LONGEST_QUESTION:
        raise UnusableInput("question_too_long", most=LONGEST_QUESTION)
    return question


def asks_for_a_name(question: str) -> bool:
    """Whether the question can be a person's name: letters, and no digit as numbers of people have."""
    return any(sign.isalpha() for sign in question) and not any(sign.isdigit() for sign in question)


def find(session: Session, *, question: str, sought: Sought) -> Findings:
    """The people whose number is, or looks like, the question; no name is looked up."""
    if not question or not question.isprintable():  # PostgreSQL refuses a NUL even in a question
        return Findings()
    donors = _donors_numbered(session, question) if sought.donors else ()
    patients = _patients_like(session, question) if sought.patients else ()
    same = [number for number in patients if _plain(number) == _plain(question)]
    if len(same) + len(donors) == 1:
        return Findings(patients=tuple(same), donors=donors, exact=True)
    return Findings(patients=patients, donors=donors)


def find_named(session: Session, *, question: str, actor: str, now: datetime) -> Findings:
    """The donors of exactly this name, whichever comes first of last and first name.

    The look-up is audited with what it found, and without the name.
    """
    query = (
        select(Donor.donor_number)
        .join(DonorIdentity, col(DonorIdentity.donor_id) == Donor.id)
        .where(col(DonorIdentity.name_index).in_(_name_indexes(question)))
        .order_by(col(Donor.donor_number))
        .limit(MOST_SHOWN)
    )
    numbers = tuple(session.exec(query).all())
    record_audit(
        session, actor=actor, action="name_searched", subject_type="donor", subject_key="",
        details={"found": list(numbers)}, now=now,
    )  # fmt: skip
    return Findings(donors=numbers, exact=len(numbers) == 1)


def _name_indexes(question: str) -> list[str]:
    """The blind index of each turn of the words: the last name may stand first or last, and hold several."""
    words = question.split()[:MOST_WORDS_OF_A_NAME]
    turns = (" ".join(words[place:] + words[:place]) for place in range(len(words)))
    return [index for turn in turns if (index := blind_index(turn, "name"))]


def _donors_numbered(session: Session, question: str) -> tuple[str, ...]:
    """By the number of a record merged into another, that other one."""
    asked, held = aliased(Donor), func.coalesce(col(Donor.merged_into_id), col(Donor.id))
    query = select(asked.donor_number).join(Donor, col(asked.id) == held).distinct()
    named = col(Donor.donor_number).in_({question, question.upper()})
    return tuple(session.exec(query.where(named).order_by(col(asked.donor_number))).all())


def _patients_like(session: Session, question: str) -> tuple[str, ...]:
    numbers = session.exec(select(Patient.patient_number).order_by(col(Patient.id).desc()).limit(MOST_CANDIDATES)).all()
    known = session.exec(select(Patient.patient_number).where(Patient.patient_number == question)).all()
    return tuple(_likeliest(question, dict.fromkeys([*known, *numbers])))[:MOST_SHOWN]


def _likeliest(question: str, numbers: Iterable[str]) -> Sequence[str]:
    """Numbers that hold the question, then those a typing error away; in the order of likeness, then of number."""
    from rapidfuzz import fuzz

    asked = _plain(question)
    if not asked:
        return []
    scores: dict[str, float] = {}
    for number in numbers:
        plain = _plain(number)
        score = 100.0 if plain == asked else fuzz.ratio(asked, plain, score_cutoff=LEAST_LIKENESS)
        if asked in plain:
            score = max(score, 90.0)
        if score:
            scores[number] = score
    return sorted(scores, key=lambda number: (-scores[number], number))


def _plain(text: str) -> str:
    """Letters and digits alone, without case or accents: how a number is remembered."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if sign.isalnum())
