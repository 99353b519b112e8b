"""Rows of invented donors in the import format of INTERFACES §2, the same rows for the same seed."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from domain.eligibility import Deferral
from domain.reference import Reference
from services.synthetic.population import Haplotype, Population
from services.synthetic.typings import write_typing

# In France the numbers that start so belong to nobody: they are kept for films and books.
FICTITIOUS_PHONES = ("06 39 98", "01 99 00", "02 61 91", "03 53 01", "04 65 71", "05 36 49")
NUMBERS_EACH = 10_000
RECOMBINED_SHARE = 0.15  # of haplotypes: A of one, B and C of another, so that rare combinations occur
YEAR_DAYS = 365.25
DEFERRED_SHARE = 0.02
DEFERRAL_REASONS = ("travel", "dental care", "infection", "surgery planned")
PLACE_COLUMNS = ("region", "centre", "postcode")
HPA_COLUMNS = ("hpa_1", "hpa_2", "hpa_3", "hpa_5", "hpa_15")
GENOTYPES = ("a/a", "a/b", "b/b")


def donor_rows(
    population: Population, *, reference: Reference, count: int, seed: int, on: date
) -> Iterator[dict[str, str]]:
    """Invented donors as they are on a given day; the first n of a longer list are the list of n."""
    for place in range(count):
        # Not a secret; and one source for each donor, so that no row shifts another.
        rng = Random(f"{seed}:{place}")  # noqa: S311
        region = population.regions.pick(rng)
        ancestry = population.ancestries[region].pick(rng)
        yield donor_row(population, place, reference, rng, on, region=region, ancestry=ancestry)


def donor_row(
    population: Population, place: int, reference: Reference, rng: Random, on: date, *, region: str, ancestry: str
) -> dict[str, str]:
    """One invented donor of a region and a declared ancestry."""
    sex = population.people["sex"].pick(rng)
    return {
        "donor_number": donor_number(place),
        **_identity(population, place, rng, on),
        "sex": sex,
        **_place(population, region, rng),
        "ancestry": ancestry,
        "consent_contact": population.people["consent_contact"].pick(rng),
        "abo": population.weights("abo", ancestry).pick(rng),
        "rhd": population.weights("rhd", ancestry).pick(rng),
        "cmv": population.people["cmv"].pick(rng),
        **_body(sex, rng),
        **_hla(population, ancestry, reference, rng),
        **_hpa(population, ancestry, rng),
        "cd36": _cd36(population, ancestry, rng),
        **_pregnancies(population, sex, rng, on),
        **_donations(population, rng, on),
        "status": population.people["status"].pick(rng),
    }


def _identity(population: Population, place: int, rng: Random, on: date) -> dict[str, str]:
    born_on = on - timedelta(days=int(rng.triangular(17.5, 68.0, 38.0) * YEAR_DAYS))
    return {
        "last_name": rng.choice(population.last_names),
        "first_name": rng.choice(population.first_names),
        "birth_date": born_on.isoformat(),
        "phone": fictitious_phone(place),
        "email": f"demo{place + 1:05d}@example.org",
    }


def invented_deferrals(*, count: int, seed: int, on: date) -> dict[str, Deferral]:
    """Which invented donors may not give for a while, by number: some now, some later, some with no known end."""
    found = {}
    for place in range(count):
        rng = Random(f"{seed}:{place}:deferral")  # noqa: S311
        if rng.random() < DEFERRED_SHARE:
            from_on = on + timedelta(days=rng.randrange(-60, 60))
            until_on = from_on + timedelta(days=rng.randrange(7, 180)) if rng.random() < 0.9 else None
            found[donor_number(place)] = Deferral(from_on, until_on, rng.choice(DEFERRAL_REASONS))
    return found


def donor_number(place: int) -> str:
    """The number of an invented donor, counted from 0."""
    return f"DEMO-{place + 1:05d}"


def fictitious_phone(place: int) -> str:
    """A telephone number that is nobody's, one for each place; empty once all are given out."""
    series, number = divmod(place, NUMBERS_EACH)
    if series >= len(FICTITIOUS_PHONES):
        return ""
    return f"{FICTITIOUS_PHONES[series]} {number // 100:02d} {number % 100:02d}"


def invented_contact(population: Population, place: int, region: str) -> dict[str, str]:
    """Name, postcode and ways to reach nobody, for one place of a synthetic registry."""
    rng = Random(place)  # noqa: S311  invented, not a secret
    return {
        "last_name": rng.choice(population.last_names),
        "first_name": rng.choice(population.first_names),
        "postcode": population.centres[region][place % len(population.centres[region])][1],
        "phone": fictitious_phone(place),
        "email": f"syn{place:08d}@example.org",
    }


def _place(population: Population, region: str, rng: Random) -> dict[str, str]:
    centre, postcode = rng.choice(population.centres[region])
    known = rng.random() < 0.995  # a few donors moved away and left no address
    return {"region": region, "centre": centre, "postcode": postcode} if known else dict.fromkeys(PLACE_COLUMNS, "")


def _body(sex: str, rng: Random) -> dict[str, str]:
    height_cm = round(rng.gauss(165 if sex == "F" else 177, 7))
    weight_kg = max(44, round(rng.gauss(68 if sex == "F" else 80, 12)))
    platelet_count = max(110, round(rng.gauss(250, 50)))
    return {
        "weight_kg": str(weight_kg) if rng.random() < 0.92 else "",
        "height_cm": str(height_cm),
        "platelet_count": str(platelet_count) if rng.random() < 0.75 else "",
    }


def _hla(population: Population, ancestry: str, reference: Reference, rng: Random) -> dict[str, str]:
    style = population.people["typing_style"].pick(rng)
    first, second = _haplotype(population, ancestry, rng), _haplotype(population, ancestry, rng)
    return write_typing(first, second, style=style, reference=reference, rng=rng)


def _haplotype(population: Population, ancestry: str, rng: Random) -> Haplotype:
    table = population.haplotypes[ancestry]
    drawn = table.pick(rng)
    if rng.random() < RECOMBINED_SHARE:
        return Haplotype(table.pick(rng).a, drawn.b, drawn.c)
    return drawn


def _hpa(population: Population, ancestry: str, rng: Random) -> dict[str, str]:
    if rng.random() >= population.share("hpa", "tested", ancestry):
        return dict.fromkeys(HPA_COLUMNS, "")
    return {
        column: GENOTYPES[sum(rng.random() < population.share(column, "b", ancestry) for _ in range(2))]
        for column in HPA_COLUMNS
    }


def _cd36(population: Population, ancestry: str, rng: Random) -> str:
    if rng.random() >= population.share("cd36", "tested", ancestry):
        return ""
    if rng.random() >= population.share("cd36", "negative", ancestry):
        return "positive"
    second_type = rng.random() < population.share("cd36", "type_ii_share", ancestry)
    return "negative type II" if second_type else "negative type I"


def _pregnancies(population: Population, sex: str, rng: Random, on: date) -> dict[str, str]:
    pregnancies = population.people["pregnancies"].pick(rng) if sex == "F" else ""
    screen = population.people["hla_antibody_screen"].pick(rng) if pregnancies not in ("", "0") else ""
    screened_on = (on - timedelta(days=rng.randrange(30, 900))).isoformat() if screen else ""
    return {"pregnancies": pregnancies, "hla_antibody_screen": screen, "screened_on": screened_on}


def _donations(population: Population, rng: Random, on: date) -> dict[str, str]:
    if rng.random() < 0.08:
        return {"last_donation_on": "", "last_donation_type": "", "donations_12m": "0"}
    days_ago = 1 + int(rng.expovariate(1 / 110))
    given = max(1, min(26, int(rng.expovariate(1 / 4)))) if days_ago < YEAR_DAYS else 0
    return {
        "last_donation_on": (on - timedelta(days=days_ago)).isoformat(),
        "last_donation_type": population.people["last_donation_type"].pick(rng),
        "donations_12m": str(given),
    }
